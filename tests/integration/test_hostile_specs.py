"""Specs from strangers against a real server: what they smuggle in is refused or is plain data; nothing is executed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from engine.errors import EngineError, SpecError
from engine.report import Report, Status
from engine.run import Request, run
from tests.servers import ask, run_sql

HEAD = "scenario: hostile\nwindow: {start: 2025-11-01, end: 2025-12-01}\n"
EVERYTHING = """
    select string_agg(c.oid::regclass::text || ' ' || c.relkind::text, ', ' order by c.oid::regclass::text)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
"""
NAMES = [
    "x; drop table victim",
    "a') ; drop table victim; --",
    "na me",
    "%s",
    "$1",
    "Größe",
    "select",
    "\\",
    "*/",
]
"""Names that PostgreSQL allows; a spec does not allow double quotes, dots and braces besides."""


@pytest.fixture
def target(database: str) -> str:
    """A database with a table to fill and one to lose."""
    run_sql(
        database,
        "create table victim (id int8 primary key, note text)",
        "insert into victim select n, 'precious' from generate_series(1, 7) n",
        "create table people (id int8 primary key, note text, active bool, score int8)",
    )
    return database


def attack(dsn: str, text: str, **parameters: str) -> Report:
    return asyncio.run(run(Request(text, "hostile.yaml", overrides=parameters), dsn=dsn))


def people(column: str, *, before: str = "") -> str:
    entity = "  people:\n    table: people\n    count: 5\n    columns:\n      id: {sequence: 1}\n"
    return f"{HEAD}{before}entities:\n{entity}      {column}\n"


def quoted(text: str) -> str:
    """As a single-quoted YAML scalar."""
    return "'" + text.replace("'", "''") + "'"


@pytest.mark.parametrize(
    "expression",
    [
        "read_csv('{file}')",
        "getenv('HOME')",
        "pg_read_file('{file}')",
        "pg_sleep(60)",
        "lo_import('{file}')",
        "current_setting('data_directory')",
        "set_config('search_path', 'x', false)",
        "(select note from victim limit 1)",
        "exists (select 1)",
        "copy victim to '{file}'",
        "'victim'::regclass::text",
        "cast('victim' as regclass)",
        "'x'; drop table victim",
        "'x' /* */ || note",
        "'x' -- note",
        "dblink('', 'drop table victim')",
        "query_to_xml('delete from victim', true, true, '')::text",
        "repeat('x', 1000000000)",
        "(array_fill('x'::text, array[100000000]))[1]",
        "$$x$$",
        "victim.note",
        "current_user",
    ],
)
def test_an_expression_that_would_do_anything_is_refused(target: str, expression: str, tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("do not read")
    before = ask(target, EVERYTHING)
    with pytest.raises(SpecError) as refused:
        attack(target, people(f"note: {{expr: {quoted(expression.replace('{file}', str(secret)))}}}"))
    (diagnostic,) = refused.value.diagnostics
    assert diagnostic.location is not None
    assert diagnostic.location.line == 9
    assert "do not read" not in str(diagnostic)
    untouched(target, before)
    assert secret.read_text() == "do not read"


@pytest.mark.parametrize(
    "template",
    [
        "{{ id.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{% for i in range(10**9) %}x{% endfor %}",
        "{{ range(10**9) }}",
        "{{ id | attr('x') }}",
        "{{ 'x' | center(999999999) }}",
        "{% include '/etc/passwd' %}",
        "{% import '/etc/passwd' as x %}",
        "{% extends '/etc/passwd' %}",
        "{% set x = 1 %}",
        "{{ 'a' * 10**9 }}",
        "{{ self }}",
        "{{ config }}",
        "{{ lipsum() }}",
        "{{ cycler.__init__.__globals__ }}",
        "{% autoescape true %}{% endautoescape %}",
    ],
)
def test_a_template_that_would_do_anything_is_refused(target: str, template: str):
    before = ask(target, EVERYTHING)
    with pytest.raises(SpecError) as refused:
        attack(target, people(f"note: {{template: {quoted(template)}}}"))
    assert len(refused.value.diagnostics) == 1
    untouched(target, before)


@pytest.mark.parametrize(
    "text", ["'; drop table victim; --", '"; drop table victim; --', "{ {", "$1 %s \\. \\N", "\\copy x"]
)
def test_texts_that_look_like_sql_are_data(target: str, text: str):
    report = attack(target, people(f"note: {{constant: {quoted(text)}}}"))
    assert report.status is Status.SUCCEEDED
    assert ask(target, "select array_agg(distinct note) from people") == [text]
    assert ask(target, "select count(*) from victim") == 7


@pytest.mark.parametrize("value", ["'; drop table victim; --", "pg_sleep(60)", "(select 1)", "$1", "%(x)s"])
def test_a_parameter_from_the_command_line_is_data_whatever_it_says(target: str, value: str):
    text = people("note: {expr: word}", before="params: {word: plain}\n")
    report = attack(target, text, word=value)
    assert report.status is Status.SUCCEEDED
    assert ask(target, "select array_agg(distinct note) from people") == [value]
    assert ask(target, "select count(*) from victim") == 7


@pytest.mark.parametrize(
    "value", ["1; drop table victim", "__import__('os')", "9**9**9", "{{ 9**9**9 }}", "{% for x in y %}{% endfor %}"]
)
def test_a_number_from_the_command_line_is_a_number_or_refused(target: str, value: str):
    before = ask(target, EVERYTHING)
    text = people("note: x", before="params: {rows: 5}\n").replace("count: 5", 'count: "{{ rows }}"')
    with pytest.raises(EngineError, match="rows"):
        attack(target, text, rows=value)
    untouched(target, before)


@pytest.mark.parametrize("name", NAMES)
def test_names_of_tables_and_columns_that_carry_sql_are_quoted(target: str, name: str):
    run_sql(target, f'create table "{name}" (id int8 primary key, "{name}" text, "{name}2" int8 unique)')
    key, second = quoted(name), quoted(name + "2")
    columns = f"      id: {{sequence: 1}}\n      {key}: x\n      {second}: {{sequence: 5}}\n"
    text = f"{HEAD}entities:\n  things:\n    table: {key}\n    count: 3\n    columns:\n{columns}"
    report = attack(target, text)
    assert report.status is Status.SUCCEEDED, report.diagnostics
    assert ask(target, f'select sum("{name}2") from "{name}"') == 5 + 6 + 7
    assert ask(target, "select count(*) from victim") == 7


@pytest.mark.parametrize("place", ["scenario: hostile", "  people:", "table: people", "      id:"])
def test_names_with_quotes_are_refused_everywhere(target: str, place: str):
    before = ask(target, EVERYTHING)
    evil = place.replace(place.strip(" :").split(": ")[-1], "'x\"; drop table victim; --'")
    with pytest.raises(SpecError):
        attack(target, people("note: x").replace(place, evil))
    untouched(target, before)


def test_a_bomb_of_doubling_columns_leaves_nothing_behind(target: str):
    doubled = "\n      ".join(f'c{i}: {{expr: "c{i - 1} || c{i - 1}", hidden: true}}' for i in range(1, 36))
    report = attack(target, people(f"c0: {{constant: xx, hidden: true}}\n      {doubled}\n      note: {{expr: c35}}"))
    assert report.status is Status.FAILED
    assert "people.c20: a text of 2,097,152 bytes" in report.diagnostics[0]
    assert ask(target, "select count(*) from people") == 0


def test_a_bomb_of_aliases_is_refused(target: str):
    before = ask(target, EVERYTHING)
    levels = "".join(f"  l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 9))
    with pytest.raises(SpecError, match="Y003"):
        attack(target, people("note: x", before=f"params:\n  l0: &l0 [x]\n{levels}"))
    untouched(target, before)


def untouched(dsn: str, before: object) -> None:
    """Nothing was made in the database, and nothing in it changed."""
    assert ask(dsn, EVERYTHING) == before
    assert ask(dsn, "select count(*) from victim where note = 'precious'") == 7
    assert ask(dsn, "select count(*) from people") == 0
