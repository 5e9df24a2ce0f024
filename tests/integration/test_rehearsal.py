"""Before a load, CHECKs and EXCLUDEs are put to a sample of the rows by PostgreSQL, and nothing is written."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import asyncpg
import pytest

from engine.errors import Code, Diagnostic, SpecError
from engine.run import Request, prepare, run
from engine.run.look import check
from engine.run.rehearse import rehearse
from tests.runs import engine
from tests.servers import ask, run_sql

SPEC = """
scenario: store
seed: 7
window: {start: 2025-01-01, end: 2026-01-01}
entities:
  goods:
    table: goods
    count: 1_000
    columns:
%s
"""


def spec(*columns: str) -> Request:
    return Request(SPEC % "\n".join(f"      {column}" for column in columns), "store.yaml")


def findings(dsn: str, request: Request) -> list[Diagnostic]:
    """What a rehearsal refuses; that nothing was written."""
    with pytest.raises(SpecError) as refused:
        asyncio.run(run(request, dsn=dsn))
    assert ask(dsn, "select count(*) from goods") == 0
    return list(refused.value.diagnostics)


def notes(dsn: str, request: Request) -> tuple[str, ...]:
    async def rehearsed() -> tuple[str, ...]:
        connection = await asyncpg.connect(dsn)
        try:
            return await rehearse(connection, await prepare(connection, request))
        finally:
            await connection.close()

    return asyncio.run(rehearsed())


def test_a_check_that_rows_break_is_told_at_the_column_with_what_to_write(each_database: str):
    run_sql(each_database, "create table goods (id int primary key, price numeric(8,2), check (price > 0))")
    request = spec("id: {sequence: 1}", "price: {uniform: {min: -10, max: 30}}")
    (found,) = findings(each_database, request)
    assert (found.code, found.path) == (Code.CHECK_VIOLATED, ("entities", "goods", "columns", "price"))
    assert found.location is not None
    assert (found.location.line, found.location.file) == (11, "store.yaml")
    assert (
        "of 256 sampled rows break the CHECK 'goods_price_check' of public.goods: one has price = '-" in found.message
    )
    assert found.hint == "it asks for (price > (0)::numeric); give 'price' a `min: 0.01`"


def test_about_as_many_rows_are_told_as_break_it(database: str):
    run_sql(database, "create table goods (id int primary key, price numeric(8,2), check (price > 0))")
    (found,) = findings(database, spec("id: {sequence: 1}", "price: {uniform: {min: -10, max: 30}}"))
    assert 40 <= int(found.message.split(" ")[0]) <= 90  # a quarter of 256


def test_all_that_is_broken_is_told_at_once(database: str):
    run_sql(
        database,
        "create domain iso as text check (value ~ '^[A-Z]{2}$')",
        "create table goods (id int primary key, kind text check (kind in ('a', 'b')), country iso,"
        " made date, sold date, check (made < sold), check (kind <> 'c' or sold is null))",
    )
    found = findings(
        database,
        spec(
            "id: {sequence: 1}",
            "kind: {choice: [a, c]}",
            "country: {choice: [de, FR]}",
            "made: {constant: 2025-06-01}",
            "sold: {constant: 2025-05-01}",
        ),
    )
    said = {one.message.split(" sampled rows break ")[1]: (one.hint or "").partition("; ")[2] for one in found}
    assert said == {
        "the CHECK 'goods_kind_check' of public.goods: one has kind = 'c'": "give 'kind' `choice: [a, b]`",
        "the CHECK 'goods_check1' of public.goods: one has kind = 'c', sold = '2025-05-01'": (
            "give 'kind' other values than 'c'"
        ),
        "the CHECK 'iso_check' of the domain 'iso' of public.goods: one has country = 'de'": (
            "give 'country' values that do match ^[A-Z]{2}$"
        ),
        "the CHECK 'goods_check' of public.goods: one has made = '2025-06-01', sold = '2025-05-01'": (
            "see that made < sold in every row, as `sold: {after: made, by: …}` does"
        ),
    }


def test_rows_that_would_exclude_each_other_are_told(database: str):
    run_sql(
        database,
        "create table goods (id int primary key, room int, during int4range,"
        " exclude using gist (int4range(room, room, '[]') with =, during with &&))",
    )
    (found,) = findings(database, spec("id: {sequence: 1}", "room: {choice: [1, 2]}", 'during: {constant: "[1,4)"}'))
    assert "pairs of 256 sampled rows break the EXCLUDE constraint" in found.message
    assert found.path[-1] == "room"


def test_a_spec_that_keeps_its_checks_is_loaded_and_validated(each_database: str):
    run_sql(
        each_database,
        "create domain amount as numeric(8,2) check (value >= 0)",
        "create table goods (id int primary key, price amount, kind text not null default 'x' check (kind <> 'y'),"
        " tags text[] check (cardinality(tags) < 3), part bool, check (price < 100 or part))",
    )
    request = spec("id: {sequence: 1}", "price: {uniform: {min: 0, max: 99}}", "part: {bernoulli: 0.5}")
    assert asyncio.run(check(request, each_database)).plan.entities["goods"].count == 1000
    report = asyncio.run(run(request, dsn=each_database))
    assert (report.rows, report.notes) == (1000, ())


def test_children_are_tried_too(database: str):
    run_sql(
        database,
        "create table goods (id int primary key)",
        "create table parts (good_id int references goods, no int check (no <= 3), primary key (good_id, no))",
    )
    text = spec("id: {sequence: 1}").text + (
        "  parts:\n    table: parts\n    per: {parent: goods, as: good_id, count: 5}\n"
        "    columns: {no: {expr: ordinal}}\n"
    )
    (found,) = findings(database, Request(text, "store.yaml"))
    assert found.path == ("entities", "parts", "columns", "no")
    assert found.message.startswith("102 of 255 sampled rows break")  # 51 goods with 5 parts


def test_what_postgresql_makes_itself_is_noted_and_not_guessed(database: str):
    run_sql(
        database,
        "create table goods (id int primary key, serial bigserial, price int, total bigint generated always as"
        " (price + serial) stored, constraint a check (price < total + 9), constraint b check (serial + price > -5))",
    )
    numbered = "of public.goods was not tried on a sample: 'serial' is numbered by PostgreSQL"
    assert notes(database, spec("id: {sequence: 1}", "price: {constant: 3}")) == (
        f"the CHECK 'a' {numbered}",
        f"the CHECK 'b' {numbered}",
        f"the expression of the generated column 'total' {numbered}",
    )


def test_a_check_that_fails_itself_is_noted_and_the_others_are_tried(database: str):
    run_sql(
        database,
        "create function broken(int) returns bool immutable language plpgsql as 'begin raise exception ''no''; end'",
        "create table goods (id int primary key, price int, constraint a check (broken(price)),"
        " constraint b check (price > 5))",
    )
    (found,) = findings(database, spec("id: {sequence: 1}", "price: {constant: 3}"))
    assert "'b'" in found.message
    (note,) = notes(database, spec("id: {sequence: 1}", "price: {constant: 7}"))
    assert note == "the CHECK 'a' of public.goods was not tried on a sample: PostgreSQL refuses: no"


def test_validate_and_run_say_what_could_not_be_tried(database: str, tmp_path: Path):
    path = tmp_path / "store.yaml"
    path.write_text(spec("id: {sequence: 1}", "price: {constant: 7}").text)
    run_sql(
        database,
        "create table goods (id int primary key, price int, number serial, constraint a check (price < number + 1000))",
    )
    told = "the CHECK 'a' of public.goods was not tried on a sample: 'number' is numbered by PostgreSQL"
    said = engine("validate", str(path), dsn=database)
    assert (said.returncode, f"note: {told}" in said.stderr) == (0, True), said.stderr
    assert json.loads(engine("validate", str(path), "--json", dsn=database).stdout)["notes"] == [told]
    assert f"note: {told}" in engine("run", str(path), dsn=database).stderr


def test_a_row_on_which_a_check_raises_an_error_breaks_it(each_database: str):
    run_sql(each_database, "create table goods (id int primary key, code text, constraint a check (code::int > 0))")
    (found,) = findings(each_database, spec("id: {sequence: 1}", "code: {choice: {'7': 3, x: 1}}"))
    assert 40 <= int(found.message.split(" ")[0]) <= 90  # a quarter of 256
    assert found.message.endswith("break the CHECK 'a' of public.goods: one has code = 'x'")
    (found,) = findings(each_database, spec("id: {sequence: 1}", "code: {constant: x}"))
    assert found.message.startswith("256 of 256 sampled rows")


def test_rows_may_overlap_that_an_exclusion_passes_over(database: str):
    run_sql(
        database,
        'create table goods (id int primary key, during int4range, state text, "is ""on" bool,'
        ' exclude using gist (during with &&) where (state <> \'off\' and "is ""on"))',
    )
    usual = ("id: {sequence: 1}", 'during: {constant: "[1,4)"}')
    assert notes(database, spec(*usual, 'state: {constant: "off"}', "'is \"on': {constant: true}")) == ()
    (found,) = findings(database, spec(*usual, 'state: {constant: "up"}', "'is \"on': {constant: true}"))
    assert "32640 pairs of 256" in found.message.replace(",", "")


def test_a_check_that_takes_too_long_is_stopped_and_noted(database: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("engine.run.rehearse.TIMEOUT_S", 0.2)
    run_sql(
        database,
        "create function slow(int) returns bool immutable language plpgsql"
        " as 'begin perform pg_sleep(0.05); return true; end'",
        "create table goods (id int primary key, price int, constraint a check (slow(price)))",
    )
    (note,) = notes(database, spec("id: {sequence: 1}", "price: {constant: 7}"))
    assert note.endswith("PostgreSQL took longer than 0.2 s")


def test_a_check_cannot_write_while_it_is_tried(database: str):
    run_sql(
        database,
        "create table log (n int)",
        "create function writes(int) returns bool language plpgsql as"
        " 'begin insert into public.log values ($1); return true; end'",
        "create table goods (id int primary key, price int, constraint a check (writes(price)))",
    )
    (note,) = notes(database, spec("id: {sequence: 1}", "price: {constant: 7}"))
    assert "read-only transaction" in note
    assert ask(database, "select count(*) from log") == 0


def test_columns_of_any_name_are_tried(database: str):
    run_sql(
        database,
        'create table goods (id int primary key, "value" int, "row 0" int, "a "" b" int,'
        ' check ("value" > 5), check ("row 0" > 5), check ("a "" b" > 5))',
    )
    columns = ("value", "row 0", '"a \\" b"')
    found = findings(database, spec("id: {sequence: 1}", *(f"{name}: {{constant: 3}}" for name in columns)))
    assert len(found) == 3


def test_the_command_says_where_it_is(database: str, tmp_path: Path):
    run_sql(database, "create table goods (id int primary key, price int, check (price > 0))")
    file = tmp_path / "store.yaml"
    file.write_text(spec("id: {sequence: 1}", "price: {constant: -3}").text)
    said = engine("validate", str(file), dsn=database)
    assert said.returncode == 2
    assert f"{file}:11:7: R022 256 of 256 sampled rows break the CHECK 'goods_price_check'" in said.stderr
    assert "give 'price' a `min: 1`" in said.stderr
