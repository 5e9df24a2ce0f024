-- What dumps need of extensions that may be missing here: types and functions of the right names, which nobody calls.

-- name: uuid-ossp
create function uuid_nil() returns uuid language sql immutable as 'select null::uuid';
create function uuid_ns_dns() returns uuid language sql immutable as 'select null::uuid';
create function uuid_ns_url() returns uuid language sql immutable as 'select null::uuid';
create function uuid_ns_oid() returns uuid language sql immutable as 'select null::uuid';
create function uuid_ns_x500() returns uuid language sql immutable as 'select null::uuid';
create function uuid_generate_v1() returns uuid language sql volatile as 'select gen_random_uuid()';
create function uuid_generate_v1mc() returns uuid language sql volatile as 'select gen_random_uuid()';
create function uuid_generate_v4() returns uuid language sql volatile as 'select gen_random_uuid()';
create function uuid_generate_v3(uuid, text) returns uuid language sql immutable as 'select null::uuid';
create function uuid_generate_v5(uuid, text) returns uuid language sql immutable as 'select null::uuid';

-- name: pgcrypto
create function gen_random_uuid() returns uuid language sql volatile as 'select pg_catalog.gen_random_uuid()';
create function gen_random_bytes(integer) returns bytea language sql volatile as 'select null::bytea';
create function gen_salt(text) returns text language sql volatile as 'select null::text';
create function gen_salt(text, integer) returns text language sql volatile as 'select null::text';
create function crypt(text, text) returns text language sql immutable as 'select null::text';
create function digest(text, text) returns bytea language sql immutable as 'select null::bytea';
create function digest(bytea, text) returns bytea language sql immutable as 'select null::bytea';
create function hmac(text, text, text) returns bytea language sql immutable as 'select null::bytea';
create function hmac(bytea, bytea, text) returns bytea language sql immutable as 'select null::bytea';
create function encrypt(bytea, bytea, text) returns bytea language sql immutable as 'select null::bytea';
create function decrypt(bytea, bytea, text) returns bytea language sql immutable as 'select null::bytea';
create function pgp_sym_encrypt(text, text) returns bytea language sql volatile as 'select null::bytea';
create function pgp_sym_encrypt(text, text, text) returns bytea language sql volatile as 'select null::bytea';
create function pgp_sym_decrypt(bytea, text) returns text language sql immutable as 'select null::text';
create function pgp_sym_decrypt(bytea, text, text) returns text language sql immutable as 'select null::text';

-- name: postgis
create type geometry;
create type geography;
create function geometry_in(cstring) returns geometry language internal immutable strict as 'textin';
create function geometry_out(geometry) returns cstring language internal immutable strict as 'textout';
create function geography_in(cstring) returns geography language internal immutable strict as 'textin';
create function geography_out(geography) returns cstring language internal immutable strict as 'textout';
create function geometry_typmod_in(cstring[]) returns integer language sql immutable strict as 'select 0';
create type geometry (
    input = geometry_in, output = geometry_out, typmod_in = geometry_typmod_in, like = text
);
create type geography (
    input = geography_in, output = geography_out, typmod_in = geometry_typmod_in, like = text
);
