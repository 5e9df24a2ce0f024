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

-- What one column says of others, and of all together.
create table stubborn.days (
    d date primary key,
    day smallint not null check (day = extract(day from d)),
    month smallint not null check (month = extract(month from d)),
    is_weekend boolean not null check (is_weekend = (extract(isodow from d) in (6, 7)))
);

create table stubborn.opened (
    day date not null references stubborn.days,
    opens time not null,
    closes time not null,
    check (opens < closes),
    primary key (day, opens)
);

create table stubborn.splits (
    id integer primary key,
    equity smallint not null check (equity >= 0),
    bonds smallint not null check (bonds >= 0),
    cash smallint not null check (cash >= 0),
    check (equity + bonds + cash = 100),
    paid numeric(10, 2) not null,
    open numeric(10, 2) not null,
    owed numeric(10, 2) not null check (owed > 0),
    check (paid + open = owed),
    code text not null check (code::integer > 5)
);

-- Tenants in every key; few rows may be active, and many are not.
create table stubborn.tenants (id uuid primary key);

create table stubborn.users (
    tenant_id uuid not null references stubborn.tenants,
    id bigint,
    role text not null check (role in ('owner', 'member')),
    invited_by bigint,
    primary key (tenant_id, id),
    foreign key (tenant_id, invited_by) references stubborn.users
);
create unique index on stubborn.users (tenant_id) where role = 'owner';

create table stubborn.projects (
    tenant_id uuid not null references stubborn.tenants,
    id bigint,
    owner_id bigint not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, owner_id) references stubborn.users
);

create table stubborn.memberships (
    tenant_id uuid,
    project_id bigint,
    user_id bigint,
    granted_by bigint not null,
    primary key (tenant_id, project_id, user_id),
    foreign key (tenant_id, project_id) references stubborn.projects,
    foreign key (tenant_id, user_id) references stubborn.users,
    foreign key (tenant_id, granted_by) references stubborn.users
);

create table stubborn.doubled (
    a integer not null,
    b integer generated always as (a * 2) stored unique
);

-- Partitions by what is a key elsewhere, and hashes that fill their columns.
create table stubborn.calendar (d date primary key);

create table stubborn.facts (
    d date not null references stubborn.calendar,
    receipt bigint,
    product smallint,
    primary key (d, receipt, product)
) partition by range (d);
create table stubborn.facts_2021 partition of stubborn.facts for values from ('2021-01-01') to ('2022-01-01');
create table stubborn.facts_2022 partition of stubborn.facts for values from ('2022-01-01') to ('2023-01-01');

create table stubborn.files (
    id integer primary key,
    content_hash char(64) not null unique check (content_hash ~ '^[0-9a-f]{64}$')
);
