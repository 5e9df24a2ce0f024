-- Keys of types that seldom are keys, and ranges that may not overlap in ways that real schemas write.
create schema stubborn;

create table stubborn.blobs (
    hash bytea primary key,
    digest bytea not null unique check (octet_length(digest) = 32),
    flags bit(12) not null unique,
    small bytea not null unique check (length(small) between 4 and 20)
);

create table stubborn.ratios (ratio numeric(3, 3) primary key check (ratio >= 0));

create table stubborn.spans (
    span int4range primary key,
    during daterange not null unique,
    seen tsmultirange unique
);

create table stubborn.prices (
    id integer primary key,
    valid_from date not null,
    valid_to date,
    amount numeric(10, 2) not null,
    check (valid_to > valid_from),
    exclude using gist (daterange(valid_from, valid_to, '[)') with &&)
);

create table stubborn.meetings (
    id integer primary key,
    starts_at timestamptz not null,
    ends_at timestamptz,
    status text not null check (status in ('held', 'cancelled')),
    exclude using gist (tstzrange(starts_at, ends_at, '[)') with &&) where (status <> 'cancelled')
);
