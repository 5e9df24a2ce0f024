-- What may not be twice: partial, with expressions, with nulls that count, across references; and what may not overlap.
create extension if not exists btree_gist;
create schema uniques;

create table uniques.users (
    id integer generated always as identity primary key,
    email text not null,
    username varchar(30) not null,
    phone text,
    is_primary boolean not null default false,
    deleted_at timestamptz
);

create unique index users_email_lower on uniques.users (lower(email));
create unique index users_username_alive on uniques.users (username) where deleted_at is null;
create unique index users_phone_primary on uniques.users (phone) where is_primary;

create table uniques.addresses (
    id integer generated always as identity primary key,
    user_id integer not null references uniques.users,
    kind text not null check (kind in ('home', 'work', 'other')),
    line text not null,
    is_default boolean not null default false,
    unique (user_id, kind)
);

create unique index addresses_one_default on uniques.addresses (user_id) where is_default;

create table uniques.settings (
    scope text not null,
    user_id integer references uniques.users,
    name text not null,
    value jsonb,
    unique nulls not distinct (scope, user_id, name)
);

create table uniques.singletons (
    id boolean primary key default true check (id),
    title text not null
);

create table uniques.small_domain (
    level smallint not null check (level between 1 and 5),
    letter char(1) not null check (letter in ('A', 'B', 'C', 'D')),
    active boolean not null,
    primary key (level, letter, active)
);

create table uniques.weekdays (
    day smallint primary key check (day >= 0 and day < 7),
    name varchar(9) not null unique
);

create table uniques.versions (
    document_id bigint not null,
    version integer not null check (version > 0),
    published boolean not null default false,
    body text,
    primary key (document_id, version)
);

create unique index versions_one_published on uniques.versions (document_id) where published;
create unique index versions_hash on uniques.versions (md5(body)) where body is not null;

create table uniques.prices (
    product_id integer not null,
    currency char(3) not null check (currency ~ '^[A-Z]{3}$'),
    valid_from date not null,
    valid_to date,
    amount numeric(10, 2) not null check (amount >= 0),
    unique (product_id, currency, valid_from),
    check (valid_to is null or valid_to > valid_from)
);

create table uniques.rooms (
    id integer generated always as identity primary key,
    name text not null unique
);

create table uniques.bookings (
    id bigint generated always as identity primary key,
    room_id integer not null references uniques.rooms,
    during tstzrange not null check (not isempty(during)),
    cancelled boolean not null default false,
    constraint bookings_do_not_overlap exclude using gist (room_id with =, during with &&) where (not cancelled)
);

create table uniques.shifts (
    worker_id integer not null,
    starts_at timestamp not null,
    ends_at timestamp not null,
    check (ends_at > starts_at),
    exclude using gist (worker_id with =, tsrange(starts_at, ends_at) with &&)
);

create table uniques.leases (
    flat integer not null,
    during daterange not null,
    exclude using gist (flat with =, during with &&) deferrable initially deferred
);

create table uniques.pairs (
    low integer not null,
    high integer not null,
    check (low < high),
    unique (low, high)
);

create unique index pairs_unordered on uniques.pairs (least(low, high), greatest(low, high));

create table uniques.deferred (
    id integer primary key,
    position integer not null unique deferrable initially deferred
);

create table uniques.covering (
    code varchar(8) not null,
    label text,
    unique (code) include (label)
);
