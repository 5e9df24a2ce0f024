-- A column of every type, and types of our own: enums, domains over domains, composites, arrays, ranges.
create extension if not exists citext;
create extension if not exists hstore;
create extension if not exists ltree;
create schema kinds;

create type kinds.mood as enum ('sad', 'ok', 'happy', 'it''s "odd"');
create domain kinds.positive as integer check (value > 0);
create domain kinds.percentage as numeric(5, 2) default 0 not null check (value >= 0 and value <= 100);
create domain kinds.small_positive as kinds.positive check (value < 1000);
create domain kinds.email as citext check (value ~ '^[a-z0-9.]+@[a-z0-9.]+\.[a-z]{2,}$');
create domain kinds.postcode as text check (value ~ '^\d{5}$' or value ~ '^\d{5}-\d{4}$');
create domain kinds.year as integer constraint year_check check (value >= 1901 and value <= 2155);
create domain kinds.tags as text [] check (cardinality(value) <= 5);
create type kinds.point_3d as (x double precision, y double precision, z double precision);
create type kinds.money_amount as (amount numeric(12, 2), currency char(3));
create type kinds.float_range as range (subtype = double precision, subtype_diff = float8mi);

create table kinds.required (
    id bigint generated always as identity primary key,
    a_smallint smallint not null,
    a_integer integer not null,
    a_bigint bigint not null,
    a_numeric numeric not null,
    a_numeric_scaled numeric(20, 6) not null,
    a_negative_scale numeric(5, -2) not null,
    a_real real not null,
    a_double double precision not null,
    a_money money not null,
    a_boolean boolean not null,
    a_char char not null,
    a_char_n char(7) not null,
    a_varchar varchar not null,
    a_varchar_n varchar(3) not null,
    a_text text not null,
    a_name name not null,
    an_internal_char "char" not null, -- noqa: RF06
    a_bytea bytea not null,
    a_date date not null,
    a_time time not null,
    a_time_3 time(3) not null,
    a_timetz timetz not null,
    a_timestamp timestamp not null,
    a_timestamp_0 timestamp(0) not null,
    a_timestamptz timestamptz not null,
    an_interval interval not null,
    a_short_interval interval(3) not null,
    a_uuid uuid not null,
    a_json json not null,
    a_jsonb jsonb not null,
    a_jsonpath jsonpath not null,
    an_inet inet not null,
    a_cidr cidr not null,
    a_macaddr macaddr not null,
    a_macaddr8 macaddr8 not null,
    a_bit bit(5) not null,
    a_varbit bit varying(12) not null,
    a_tsvector tsvector not null,
    a_tsquery tsquery not null,
    a_point point not null,
    a_line line not null,
    an_lseg lseg not null,
    a_box box not null,
    a_path path not null,
    a_polygon polygon not null,
    a_circle circle not null,
    an_oid oid not null,
    a_regclass regclass not null,
    a_pg_lsn pg_lsn not null,
    a_txid_snapshot pg_snapshot not null,
    an_xid xid not null,
    an_xid8 xid8 not null,
    a_tid tid not null
);

create table kinds.collected (
    id integer generated always as identity primary key,
    an_int4range int4range not null,
    an_int8range int8range not null,
    a_numrange numrange not null,
    a_tsrange tsrange not null,
    a_tstzrange tstzrange not null,
    a_daterange daterange not null,
    a_multirange int4multirange not null,
    a_datemultirange datemultirange not null,
    a_float_range kinds.float_range not null,
    some_integers integer [] not null,
    a_matrix integer [] [] not null,
    some_texts text [] not null,
    some_moods kinds.mood [] not null,
    some_uuids uuid [] not null,
    some_moments timestamptz [] not null,
    some_numbers numeric(8, 2) [] not null,
    some_domains kinds.positive [] not null,
    some_json jsonb [] not null,
    a_few_tags kinds.tags not null,
    a_point_3d kinds.point_3d not null,
    some_points kinds.point_3d [] not null,
    an_amount kinds.money_amount not null
);

create table kinds.own (
    id integer generated always as identity primary key,
    mood kinds.mood not null,
    default_mood kinds.mood not null default 'ok',
    positive kinds.positive not null,
    small_positive kinds.small_positive not null,
    percentage kinds.percentage not null,
    email kinds.email not null unique,
    postcode kinds.postcode,
    year kinds.year not null,
    case_blind citext not null unique,
    attributes hstore not null,
    path ltree not null unique,
    pattern lquery,
    word text collate "C" not null
);

create table kinds.defaults (
    id uuid primary key default gen_random_uuid(),
    created_at timestamptz not null default current_timestamp,
    updated_at timestamptz not null default now(),
    updated_by name not null default current_user,
    token text not null unique default md5(random()::text),
    attributes jsonb not null default '{}'::jsonb,
    list text [] not null default '{}',
    price numeric(10, 2) not null default 0.00,
    quantity integer not null default 1,
    price_with_tax numeric(12, 2) generated always as (price * 1.19) stored,
    total numeric generated always as (price * quantity) stored,
    slug text generated always as (lower(token)) stored,
    search tsvector generated always as (to_tsvector('english', token)) stored
);

create unique index defaults_slug on kinds.defaults (slug);

create table kinds.enum_keys (
    mood kinds.mood primary key,
    weight integer not null
);

create table kinds.moods_of_people (
    person text not null,
    mood kinds.mood not null references kinds.enum_keys,
    day date not null default current_date,
    primary key (person, mood, day)
);
