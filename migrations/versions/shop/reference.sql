-- What the shop takes for granted: tables that a migration fills and no scenario touches.

-- name: schema
do $$
begin
    if to_regnamespace('shop') is null then
        create schema shop;
    end if;
end
$$;

-- name: currencies
create table shop.currencies (
    code text primary key,
    name text not null,
    minor_unit smallint not null,
    constraint currencies_code_is_iso_4217 check (code ~ '^[A-Z]{3}$'),
    constraint currencies_minor_unit_is_small check (minor_unit between 0 and 4)
);

-- name: countries
create table shop.countries (
    code text primary key,
    name text not null,
    currency_code text references shop.currencies,
    constraint countries_code_is_iso_3166 check (code ~ '^[A-Z]{2}$')
);

-- name: order_statuses
create table shop.order_statuses (
    code text primary key,
    name text not null,
    position smallint not null unique,
    is_final boolean not null
);

-- name: payment_types
create table shop.payment_types (
    code text primary key,
    name text not null,
    is_instant boolean not null
);
