-- PostgreSQL 18's keys over time: no overlaps, references to a whole period, and constraints that are not enforced.
-- noqa: disable=all (sqlfluff does not know this syntax yet)
create extension if not exists btree_gist;
create schema temporal;

create table temporal.flats (
    id integer not null,
    at daterange not null,
    rent numeric(8, 2) not null,
    primary key (id, at without overlaps)
);

create table temporal.leases (
    id integer generated always as identity primary key,
    flat integer not null,
    at daterange not null,
    tenant text not null,
    foreign key (flat, period at) references temporal.flats (id, period at)
);

create table temporal.rates (
    currency char(3) not null,
    valid tstzrange not null,
    rate numeric(12, 6) not null check (rate > 0),
    unique (currency, valid without overlaps)
);

create table temporal.loose (
    id uuid default uuidv7() primary key,
    flat integer,
    size integer not null,
    doubled integer generated always as (size * 2) virtual,
    constraint positive check (size > 0) not enforced
);
