"""The script that a DBA runs with psql: what it prints is the catalog, and nothing that looks personal."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from engine.catalog.introspect import introspect
from engine.catalog.model import Catalog
from engine.catalog.probe import is_probe, probe, read_probe
from engine.catalog.statistics import Statistics
from engine.embedded import Throwaway
from engine.errors import UsageError
from engine.sqltext import quote
from tests.oddities import ODD, on, table
from tests.servers import ask, binaries, fresh_database, run_sql

NAMES = (
    *(
        "email",
        "eMail",
        "billToEmail",
        "HTMLBody",
        "Straße1",
        "ÄnderungsDatum",
        "ŁÓDŹ",
        "имя",
        "a'b",
        "weird--name",
        "x:y",
    ),
    *(
        "status",
        "phone",
        "phone_type",
        "card_count",
        "account_id",
        "dob",
        "token",
        "name",
        "country_code",
        "IPAddress2",
    ),
    *("ŒUVRE", "cœur", "ssn", "latitude", "note", "sku", "reset_token", "birthYear", "key", "city", "type", "İstanbul"),
    *("created_by", "customer", "customer_segment"),
)
TYPES = (
    "text",
    "int",
    "date",
    "uuid",
    "bool",
    "numeric",
    "jsonb",
    "inet",
    "mood",
    "colour",
    "mail",
    "text[]",
    "mood[]",
    "pair",
)
VALUES = (
    *("fine", "ann@example.com", "DE89370400440532013000", "+49 30 901820", "4111 1111 1111 1111", "10.1.2.3", "1.2.3"),
    *("x" * 80, "x" * 81, "a\nb@c.de", "ünï@example.com", "NULL", "{a,b}", 'q"q', "back\\slash", ""),
)


def asked(dsn: str, script: Path) -> subprocess.CompletedProcess[str]:
    """What psql, the newest, says to the script."""
    psql = binaries("pg18").program("psql")
    command = [str(psql), "--no-psqlrc", "--dbname", dsn, "--file", str(script)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("probe") / "probe.sql"
    path.write_text(probe())
    return path


@pytest.fixture(scope="module")
def filled(postgres_server: Throwaway) -> Iterator[str]:
    """A database with oddities, names in every type, and values that give themselves away; analysed."""

    async def fill(connection: asyncpg.Connection) -> None:
        await connection.execute(ODD)
        await connection.execute("create type mood as enum ('sad', 'email')")
        await connection.execute("create type pair as (a int, b text)")
        await connection.execute("create domain colour as text; create domain mail as colour")
        for name in ("things", "Customers"):
            columns = [
                f"{quote(f'{column} {number}')} {type_}" for column in NAMES for number, type_ in enumerate(TYPES)
            ]
            for part, start in enumerate(range(0, len(columns), 400)):
                await connection.execute(
                    f"create table {quote(f'{name} {part}')} ({', '.join(columns[start : start + 400])})"
                )
                await connection.execute(f"insert into {quote(f'{name} {part}')} default values")
        values = ", ".join(f"v{number} text" for number, _ in enumerate(VALUES))
        await connection.execute(f"create table given_away ({values})")
        row = ", ".join(f"${number + 1}" for number, _ in enumerate(VALUES))
        for _ in range(3):
            await connection.execute(f"insert into given_away values ({row})", *VALUES)
        await connection.execute("analyze")

    with fresh_database(postgres_server) as dsn:
        on(dsn, fill)
        yield dsn


@pytest.fixture(scope="module")
def answer(filled: str, script: Path) -> str:
    done = asked(filled, script)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_answer_is_the_catalog_that_introspection_gives(filled: str, answer: str):
    assert is_probe(answer)
    expected = on(filled, lambda connection: introspect(connection, statistics=True))
    found = read_probe(answer)
    assert found.server_version == expected.server_version
    assert list(found.tables) == list(expected.tables)
    for name in expected.tables:
        assert found.tables[name] == expected.tables[name]


def test_python_and_the_server_agree_about_what_looks_personal(filled: str, answer: str):
    def hidden(catalog: Catalog) -> dict[tuple[str, str], bool]:
        return {
            (found.name, column.name): column.statistics.redacted
            for found in catalog.tables.values()
            for column in found.columns
            if column.statistics
        }

    told = hidden(read_probe(answer, redact=False))
    ours = hidden(on(filled, lambda connection: introspect(connection, statistics=True)))
    assert told == ours
    assert len(told) > 2 * len(NAMES) * len(TYPES)
    assert 0.2 < sum(told.values()) / len(told) < 0.9


def test_nothing_personal_leaves_the_server(answer: str):
    raw = json.loads(answer)
    shown = {value for row in raw["statistics"] for value in (row["common"] or []) + (row["histogram"] or [])}
    assert shown & set(VALUES) == {"fine", "1.2.3", "x" * 80, "NULL", "{a,b}", 'q"q', "back\\slash", ""}
    assert "example.com" not in answer
    assert known(read_probe(answer), "v0").common == (("fine", 1.0),)
    assert known(read_probe(answer), "v1") == Statistics(0, pytest.approx(-1 / 3), correlation=1, redacted=True)


def known(catalog: Catalog, column: str) -> Statistics:
    found = table(catalog, "given_away").column(column)
    assert found is not None
    assert found.statistics is not None
    return found.statistics


def test_the_script_only_reads(database: str, script: Path, tmp_path: Path):
    greedy = tmp_path / "greedy.sql"
    greedy.write_text(probe().replace("\n\nwith recursive", "\n\ncreate table made (id int);\n\nwith recursive", 1))
    assert "read-only transaction" in asked(database, greedy).stderr
    assert asked(database, script).returncode == 0
    assert ask(database, "select count(*) from pg_class where relname = 'made'") == 0


def test_an_empty_database_and_a_user_who_may_nothing_get_an_answer(each_database: str, script: Path):
    assert read_probe(asked(each_database, script).stdout).tables == {}
    run_sql(
        each_database,
        "create table secrets (id int)",
        "insert into secrets values (1)",
        "analyze",
        "create role nobody_here",
    )
    alone = script.with_name("alone.sql")
    alone.write_text("set role nobody_here;\n" + probe())
    found = read_probe(asked(each_database, alone).stdout)
    try:
        assert table(found, "secrets").columns[0].statistics is None
        assert not table(found, "secrets").owned
    finally:
        run_sql(each_database, "drop role nobody_here")


def test_what_psql_prints_around_the_answer_does_no_harm(answer: str):
    assert read_probe(f"SET\nBEGIN\n{answer}\n\n") == read_probe(answer)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda _: "", "it has no line"),
        (lambda _: '{"x": 1}', "it has no line"),
        (lambda text: text[:-100], "EOF while parsing"),
        (lambda text: text.replace('probe" : 1', 'probe" : 2'), "another version of the engine"),
        (
            lambda text: text.replace('"version" : ', '"version" : "x", "was" : '),
            "version: Input should be a valid integer",
        ),
        (lambda text: text.replace('"kind":"table"', '"kind":7', 1), "tables.0.kind"),
        (lambda text: text.replace('"tables"', '"other"', 1), "tables: "),
        (lambda text: text + "[" * 100_000, "trailing characters"),
        (lambda text: text.replace('"common":["fine"]', f'"common":{"[" * 9999}', 1), "recursion limit"),
        (lambda text: text.replace('"schema":"app"', '"schema":""', 1), "cannot be the name"),
        (lambda text: text.replace('"shares":["1"]', '"shares":["nan"]', 1), "no share of the rows"),
        (lambda text: text.replace('"shares":["1"]', '"shares":["1","1"]', 1), "do not fit together"),
        (lambda text: text.replace('"on_delete":"c"', '"on_delete":"?"', 1), "do not fit together"),
        (lambda text: text.replace('"base":null', '"base":1', 1), "do not fit together"),
    ],
)
def test_anything_else_is_refused_with_the_reason(answer: str, change: object, reason: str):
    assert callable(change)
    forged = change(answer)
    assert forged != answer
    with pytest.raises(UsageError, match="this is not what the script") as refused:
        read_probe(forged)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("part", "key", "lie", "reason"),
    [
        ("columns", "name", "same", "columns of one name, or of none"),
        ("tables", "name", "", "cannot be the name of anything"),
        ("constraints", "columns", ["nowhere"], "has no column 'nowhere'"),
        ("constraints", "target_columns", ["nowhere"], "leads nowhere"),
        ("statistics", "null_fraction", -3.0, "is no share"),
        ("tables", "estimated_rows", "many", "valid integer"),
        ("columns", "nullable", 7, "valid boolean"),
    ],
)
def test_an_answer_that_lies_is_refused_and_not_believed(answer: str, part: str, key: str, lie: object, reason: str):
    told = json.loads(answer[answer.index("{") :])
    for row in told[part]:
        row[key] = lie
    with pytest.raises(UsageError, match=reason):
        read_probe(json.dumps(told))
    told[part] = "[" * 20_000 + "]" * 20_000
    with pytest.raises(UsageError, match="recursion limit"):
        read_probe(json.dumps(told).replace('"[[', "[[").replace(']]"', "]]"))


def test_a_type_that_is_made_of_itself_is_refused(answer: str):
    raw = json.loads(answer)
    raw["types"] = [row | {"base": row["oid"]} for row in raw["types"]]
    with pytest.raises(UsageError, match="RecursionError"):
        read_probe(json.dumps(raw))


def test_an_answer_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch, answer: str):
    monkeypatch.setattr("engine.catalog.probe.LARGEST", len(answer) - 1)
    with pytest.raises(UsageError, match="longer than"):
        read_probe(answer)


def test_the_catalog_of_another_order_of_keys_is_the_same(answer: str):
    raw = json.loads(answer)
    mark = next(iter(raw))
    turned = {mark: raw[mark]} | dict(reversed(list(raw.items())))
    assert read_probe(json.dumps(turned)) == read_probe(answer)


def test_an_answer_of_before_indexes_were_asked_what_they_compute_is_read(answer: str):
    raw, now = json.loads(answer), read_probe(answer)
    raw["indexes"] = [row for row in raw["indexes"] if row["is_unique"] or row["operators"]]
    for row in raw["indexes"]:
        del row["is_unique"], row["reads"]
    for row in raw["columns"]:
        del row["expression"]
    before = read_probe(json.dumps(raw))
    assert {key: table.uniques for key, table in before.tables.items()} == {k: t.uniques for k, t in now.tables.items()}
    assert not any(column.expression for table in before.tables.values() for column in table.columns)
