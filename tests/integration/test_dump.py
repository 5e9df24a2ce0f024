"""What a DBA's dump tells is what the database is, and a hostile one can do nothing."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest

from engine.catalog.introspect import introspect
from engine.catalog.model import Catalog
from engine.catalog.probe import probe
from engine.embedded import Throwaway
from engine.errors import UsageError
from engine.run import dump
from engine.run.dump import Dumped, Note, catalog_of_dump, catalog_of_file
from engine.run.dump_course import TOGETHER
from engine.types import PgType
from tests.oddities import ODD, on, table
from tests.servers import ask, binaries, run_sql

ROWS = """
create table app.people (email text, kind text, at timestamptz);
insert into app.people
select 'p' || g % 3 || '@example.com', 'k' || g % 3, timestamptz '2025-01-01' + g * interval '1 hour'
from generate_series(1, 1000) as g;
insert into app.parts select g, 2025, g from generate_series(1, 100) as g;
"""


def dumped(text: str, **more: float) -> Dumped:
    return asyncio.run(catalog_of_dump(text, **more))


def pg_dump(dsn: str, *options: str, version: str = "pg18") -> str:
    command = [str(binaries(version).program("pg_dump")), *options, dsn]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def test_a_dump_tells_what_the_database_is(each_database: str, postgres_server: Throwaway):
    async def fill(connection: asyncpg.Connection) -> Catalog:
        await connection.execute(ODD)
        await connection.execute(ROWS)
        await connection.execute("analyze")
        return await introspect(connection, statistics=True)

    expected = on(each_database, fill)
    version = f"pg{postgres_server.binaries.major}"
    schema = pg_dump(each_database, "--schema-only", version=version)
    found = dumped(schema + pg_dump(each_database, "--statistics-only"))
    assert found.notes == ()
    assert list(found.catalog.tables) == list(expected.tables)
    for name in expected.tables:
        assert found.catalog.tables[name] == expected.tables[name]
    assert found.catalog.server_version == expected.server_version
    email = table(found.catalog, "people").column("email")
    assert email is not None
    assert email.statistics is not None
    assert email.statistics.redacted


def test_personal_values_are_there_only_for_who_asks(database: str):
    run_sql(
        database, "create table people (email text)", "insert into people select 'a@b.de' from generate_series(1, 9)"
    )
    run_sql(database, "analyze")
    text = pg_dump(database, "--no-data", "--statistics")

    def common(redact: bool) -> object:
        found = asyncio.run(catalog_of_dump(text, redact=redact))
        (email,) = table(found.catalog, "people").columns
        assert email.statistics is not None
        return email.statistics.common

    assert common(redact=True) == ()
    assert common(redact=False) == (("a@b.de", 1.0),)


def test_rows_owners_and_rights_in_a_dump_are_passed_over(database: str):
    run_sql(
        database,
        "create table t (id int primary key, note text)",
        "insert into t values (1, E'it''s; \\\\. drop table t;\\n\\\\.\\n')",
        "create role somebody",
        "alter table t owner to somebody",
        "grant select on t to public",
        "alter table t enable row level security",
        "create policy p on t to somebody using (true)",
        "create materialized view counted as select count(*) from t",
        "create publication everything for all tables",
    )
    try:
        expected = on(database, introspect)
        for options in ((), ("--inserts",), ("--clean", "--if-exists", "--create")):
            found = dumped(pg_dump(database, *options))
            assert found.notes == ()
            assert list(found.catalog.tables) == list(expected.tables)
            assert table(found.catalog, "t").columns == table(expected, "t").columns
    finally:
        run_sql(database, "drop owned by somebody cascade", "drop role somebody")


HAND_MADE = """
-- by hand, in no good order
CREATE TABLE orders (id uuid DEFAULT uuid_generate_v4() PRIMARY KEY, shop int REFERENCES shops (id),
    place geometry(Point, 4326), secret bytea DEFAULT digest('x', 'sha256'));
CREATE TABLE shops (id int PRIMARY KEY, tags hstore, at vector(3));
CREATE EXTENSION "uuid-ossp"; CREATE EXTENSION pgcrypto; CREATE EXTENSION postgis;
CREATE EXTENSION hstore WITH SCHEMA public; CREATE EXTENSION vector; CREATE EXTENSION pg_stat_statements;
CREATE FUNCTION odd(x text) RETURNS bool LANGUAGE plpython3u IMMUTABLE AS 'return len(x) % 2';
CREATE TABLE odds (x text CHECK (odd(x)), y nosuchtype);
CREATE TABLE evens (x text CHECK (NOT odd(x)));
CREATE INDEX ON orders USING gist (place);
CREATE EXTENSION nosuchthing;
"""


def test_what_a_dump_needs_and_is_not_here_is_told_and_the_rest_stands():
    found = dumped(HAND_MADE)
    assert [(note.line, note.reason) for note in found.notes] == [
        (9, 'type "nosuchtype" does not exist'),
        (11, 'data type geometry has no default operator class for access method "gist"'),
        (12, "the extension is not one of those that are known to do no harm: it was not made"),
    ]
    assert sorted(item.name for item in found.catalog.tables.values()) == ["evens", "orders", "shops"]
    types = {column.name: column.type for column in table(found.catalog, "orders").columns}
    assert types["place"] == PgType("geometry", schema="public")
    assert {column.name: column.type for column in table(found.catalog, "shops").columns}["at"].length == 3
    assert table(found.catalog, "orders").foreign_keys[0].target == ("public", "shops")
    assert found.catalog.server_version == 0
    assert str(found.notes[0]) == (
        'line 9: CREATE TABLE odds (x text CHECK (odd(x)), y nosuchtype): type "nosuchtype" does not exist'
    )


ATTACKS = (
    "copy (select 1) to program 'touch {mark}'",
    "copy (select 1) to '{mark}'",
    "create temp table x (a text); copy x from '/etc/passwd'",
    "select pg_read_file('/etc/passwd')",
    "select pg_ls_dir('/')",
    "select lo_import('/etc/passwd')",
    "create extension file_fdw",
    "create extension dblink",
    "create extension postgres_fdw",
    "alter role author superuser",
    "set role postgres",
    "set session authorization postgres",
    "alter system set archive_command = 'touch {mark}'",
    "load 'dblink'",
    "create function x() returns int language c as 'libc', 'system'",
    "create subscription s connection 'host=127.0.0.1' publication p",
    "create function y() returns event_trigger language plpgsql as '';"
    " create event trigger y on ddl_command_end execute function y()",
)
HOSTILE = r"""
\! touch {mark}
CREATE TABLE fine (id int) ;
COPY (SELECT 1) TO PROGRAM 'touch {mark}';
\copy fine from program 'touch {mark}'
SELECT pg_read_file('/etc/passwd');
CREATE EXTENSION file_fdw;
DO $$ begin execute 'copy (select 1) to program ''touch {mark}'''; end $$;
CREATE VIEW passwords AS SELECT pg_read_file('/etc/passwd');
CREATE TABLE parts (id text) PARTITION BY LIST (id);
CREATE FUNCTION attack() RETURNS text LANGUAGE plpgsql AS $attack$
DECLARE
    attack text;
    told text := '';
BEGIN
    FOREACH attack IN ARRAY ARRAY[{attacks}] LOOP
        BEGIN
            EXECUTE attack;
            told := told || ' DONE ' || attack;
        EXCEPTION WHEN OTHERS THEN
            told := told || '|' || sqlstate;
        END;
    END LOOP;
    RAISE EXCEPTION '%', told;
END $attack$;
CREATE TABLE part PARTITION OF parts FOR VALUES IN (attack());
CREATE FUNCTION spin() RETURNS text LANGUAGE plpgsql AS 'BEGIN LOOP END LOOP; END';
CREATE TABLE spun PARTITION OF parts FOR VALUES IN (spin());
CREATE TABLE also_fine (id int);
"""


@pytest.fixture
def anybodys() -> Iterator[Path]:
    """A folder in which every user of the machine can write, the server's too."""
    with TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


def test_a_hostile_dump_does_nothing_and_is_told(anybodys: Path, monkeypatch: pytest.MonkeyPatch):
    mark = anybodys / "mark"
    monkeypatch.setitem(dump.LIMITS, "statement_timeout", "500ms")
    attacks = ", ".join(f"$a${attack.replace('{mark}', str(mark))}$a$" for attack in ATTACKS)
    found = dumped(HOSTILE.replace("{mark}", str(mark)).replace("{attacks}", attacks))
    assert not mark.exists()
    told = {note.line: note.reason for note in found.notes}
    refused = "it is no part of a schema: it was not run"
    assert {line: reason for line, reason in told.items() if reason == refused} == dict.fromkeys(
        (2, 4, 5, 6, 8), refused
    )
    assert told[7] == "the extension is not one of those that are known to do no harm: it was not made"
    codes = told[26].split("|")[1:]
    assert "DONE" not in told[26]
    assert len(codes) == len(ATTACKS)
    assert set(codes) <= {"42501", "0A000", "25001"}, told[26]
    assert told[28] == "canceling statement due to statement timeout"
    assert sorted(told) == [2, 4, 5, 6, 7, 8, 26, 28]
    assert {item.name for item in found.catalog.tables.values()} == {"fine", "parts", "passwords", "also_fine"}


def test_a_server_with_a_password_lets_nobody_in_without_it():
    with Throwaway(binaries("pg18"), password="a-secret") as server:
        assert ask(server.dsn(), "select 1") == 1
        with pytest.raises(asyncpg.InvalidPasswordError):
            ask(server.dsn().replace("a-secret", "another"), "select 1")


def test_a_dump_that_cannot_be_stopped_is_left_alone_after_a_while(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(dump.LIMITS, "statement_timeout", "200ms")
    text = """
    create table fine (id int);
    create table parts (id text) partition by list (id);
    create function spin() returns text language plpgsql as
    'begin loop begin perform pg_sleep(1000); exception when query_canceled then null; end; end loop; end';
    """
    endless = "create table spun partition of parts for values in (spin());"
    filling = "comment on table fine is 'x';" * TOGETHER  # what is run together stands or falls together
    found = dumped(text + filling + endless, total_s=3)
    assert [note for note in found.notes if note.line == 0] == [
        Note(0, "", "all of it took longer than 3 s: the rest was not read")
    ]
    assert {item.name for item in found.catalog.tables.values()} == {"fine", "parts"}


def test_a_file_may_be_a_dump_or_the_answer_of_the_script(database: str, tmp_path: Path):
    run_sql(database, ODD)
    script, file = tmp_path / "probe.sql", tmp_path / "file"
    script.write_text(probe())
    psql = [str(binaries("pg18").program("psql")), "-X", "-d", database, "-f", str(script)]
    found = []
    for text in (
        pg_dump(database, "--schema-only"),
        subprocess.run(psql, capture_output=True, text=True, check=True).stdout,
    ):
        file.write_text(text)
        found.append(asyncio.run(catalog_of_file(file)))
    schema, answer = (list(one.catalog.tables) for one in found)
    assert schema == answer
    assert ("app", "types") in schema
    assert [one.catalog.server_version for one in found] == [int(str(ask(database, "show server_version_num")))] * 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "there is no table in it"),
        ("hello", "there is no table in it"),
        ("\\connect a\ncreate table t (a int);\n\\connect b\n", "a dump of several databases"),
        ("create table t (a text default 'x", "never ends"),
    ],
)
def test_what_is_no_dump_is_refused(text: str, reason: str):
    with pytest.raises(UsageError, match=reason):
        dumped(text)
