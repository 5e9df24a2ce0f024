"""What PostgreSQL computes of every row that is written, for an index or a column, is tried on a sample first."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import Code
from tests.integration.test_mending import drafted, filled
from tests.integration.test_rehearsal import findings, spec
from tests.servers import ask, run_sql


def test_a_row_that_an_index_cannot_be_computed_of_is_told_before_the_load(each_database: str):
    run_sql(
        each_database,
        "create table goods (id int primary key, code text)",
        "create index by_code on goods (((code)::integer))",
    )
    (found,) = findings(each_database, spec("id: {sequence: 1}", "code: {choice: [a, '7']}"))
    assert (found.code, found.path) == (Code.CHECK_VIOLATED, ("entities", "goods", "columns", "code"))
    assert "break the expression of the index 'by_code' of public.goods: one has code = 'a'" in found.message
    assert found.hint is not None
    assert "computes ((code)::integer) of every row; give 'code' values that it can be computed of" in found.hint


def test_so_is_one_that_the_condition_of_an_index_cannot_be_asked_of(database: str):
    run_sql(
        database,
        "create table goods (id int primary key, code text)",
        "create index certain on goods (id) where (code)::integer > 3",
    )
    (found,) = findings(database, spec("id: {sequence: 1}", "code: {constant: a}"))
    assert "break the expression of the index 'certain'" in found.message


def test_the_keys_of_an_index_are_computed_of_the_rows_of_its_condition_only(database: str):
    run_sql(
        database,
        "create table goods (id int primary key, kind text, code text)",
        "create index numbers on goods (((code)::integer)) where kind = 'n'",
    )
    (found,) = findings(database, spec("id: {sequence: 1}", "kind: {choice: [n, t]}", "code: {constant: a}"))
    assert 60 <= int(found.message.split(" ")[0]) <= 196  # half of 256


def test_a_generated_column_that_cannot_be_computed_or_must_not_be_null_is_told(each_database: str):
    run_sql(
        each_database,
        "create table goods (id int primary key, code text, data jsonb,"
        " number int generated always as ((code)::integer) stored,"
        " name text generated always as (data ->> 'name') stored not null)",
    )
    found = findings(each_database, spec("id: {sequence: 1}", "code: {constant: a}", "data: {constant: '{}'}"))
    told = [one.message.partition(" of public.goods")[0] for one in found]
    assert told == [
        "256 of 256 sampled rows break the expression of the generated column 'number'",
        "256 of 256 sampled rows break the expression of the generated column 'name'",
    ]


def test_a_check_on_a_generated_column_is_tried_on_what_is_computed(database: str):
    run_sql(
        database,
        "create table goods (id int primary key, price int, twice int generated always as (price * 2) stored"
        " constraint small check (twice < 100))",
    )
    (found,) = findings(database, spec("id: {sequence: 1}", "price: {uniform: {min: 0, max: 99}}"))
    assert "break the CHECK 'small'" in found.message
    assert 60 <= int(found.message.split(" ")[0]) <= 196  # half of 256


CASTS = {
    "integer": "create index on app.t (((v)::integer))",
    "smallint": "create index on app.t (((v)::smallint))",
    "numeric": "create unique index on app.t (((v)::numeric))",
    "boolean": "create index on app.t (((v)::boolean))",
    "uuid": "create index on app.t (((v)::uuid))",
    "jsonb": "create index on app.t ((((v)::jsonb ->> 'os')))",
    "number in json": "create index on app.t (((((v)::json ->> 'n'))::integer))",
    "condition": "create index on app.t (id) where (v)::integer > 3",
    "generated": "alter table app.t add n int not null generated always as ((v)::integer) stored",
}


@pytest.mark.parametrize("kind", CASTS)
def test_a_text_that_is_cast_is_made_like_that(kind: str, database: str, tmp_path: Path):
    run_sql(database, "create schema app; create table app.t (id int primary key, v varchar(60) not null)", CASTS[kind])
    entities, _ = drafted(database, tmp_path / "spec.yaml")
    assert not {"faker", "sequence"} & set(entities["t"]["columns"]["v"])
    filled(database, tmp_path / "spec.yaml")
    assert ask(database, "select count(*) from app.t") == 200
    assert ask(database, "select count(distinct v) from app.t") >= (2 if kind == "boolean" else 20)


def test_what_nobody_can_read_is_mended_by_values_that_it_can_be_computed_of(each_database: str, tmp_path: Path):
    run_sql(
        each_database,
        "create schema app",
        "create function app.number(t text) returns int language plpgsql immutable as 'begin return t::int; end'",
        "create table app.a (id int primary key, v text not null, w text)",
        "create index on app.a (app.number(v))",
        "create index on app.a (app.number(w))",
        "create table app.b (id int primary key, d jsonb not null, t timestamptz not null"
        " generated always as (to_timestamp((d ->> 'ts')::double precision)) stored)",
        "create table app.c (id int primary key, d jsonb not null, ref text not null"
        " generated always as (d ->> 'id') stored check (ref ~ '^[0-9a-f]{8}-[0-9a-f]{4}$'))",
    )
    entities, _ = drafted(each_database, tmp_path / "spec.yaml")
    assert set(entities) == {"a", "b", "c"}
    assert entities["a"]["columns"]["w"] is None or "choice" in entities["a"]["columns"]["w"]
    filled(each_database, tmp_path / "spec.yaml")
    assert ask(each_database, "select count(distinct ref) from app.c") > 10


def test_a_table_is_left_out_where_no_value_can_be_computed(each_database: str):
    run_sql(
        each_database,
        "create schema app",
        "create function app.never(t text) returns int language plpgsql immutable as"
        " 'begin raise exception using errcode = ''22000''; end'",
        "create table app.bad (id int primary key, v text not null)",
        "create index sad on app.bad (app.never(v))",
        "create table app.good (id int primary key)",
    )
    entities, done = drafted(each_database)
    assert set(entities) == {"good"}
    assert "app.bad is left out: the expression of the index 'sad' is not understood" in done.stderr
