"""A small shop to draft specs for: its tables, rows with names that are nobody's business, and what was drafted."""

from __future__ import annotations

import subprocess
from typing import Any

import yaml

from tests.runs import engine
from tests.servers import run_sql

SHOP = """
create schema shop;
create table shop.countries (id int generated always as identity primary key, name text not null unique);
create table shop.people (
    id bigserial primary key, first_name text not null, email text not null unique, city text,
    country_id int not null references shop.countries, created_at timestamptz not null default now()
);
create table shop.orders (
    id uuid primary key default gen_random_uuid(), person_id bigint not null references shop.people on delete cascade,
    status text not null check (status in ('new', 'paid')), total numeric(10, 2) not null check (total > 0),
    ordered_at timestamptz not null, channel text not null default 'shop'
);
create schema other;
create table other.notes (id int primary key, order_id uuid references shop.orders, text text);
create table other.audit (id int primary key, what text);
"""
TABLES = ("shop.countries", "shop.people", "shop.orders", "other.notes", "other.audit")


def drafted(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    return dict(yaml.safe_load(done.stdout))


def tables(spec: dict[str, Any]) -> set[str]:
    return {entity["table"] for entity in spec["entities"].values()}


def init(dsn: str, *words: str) -> subprocess.CompletedProcess[str]:
    return engine("init", "--dsn", dsn, "-o", "-", *words, dsn=dsn)


def fill(dsn: str) -> None:
    run_sql(
        dsn,
        "insert into shop.countries (name) select 'Land ' || g from generate_series(1, 5) as g",
        "insert into shop.people (first_name, email, city, country_id) select 'Xantippe' || g % 3,"
        " 'marker' || g || '@geheim.example', 'Rome', 1 + g % 5 from generate_series(1, 400) as g",
        "insert into shop.orders (person_id, status, total, channel, ordered_at) select 1 + g % 400, 'paid',"
        " 10 + g % 90, 'web', timestamptz '2025-03-01' + g * interval '1 hour' from generate_series(1, 2000) as g",
        "analyze",
    )
