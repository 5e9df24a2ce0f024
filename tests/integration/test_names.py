"""Schemas, tables and columns of every name: each road that a draft goes."""

from __future__ import annotations

import json
from pathlib import Path

from tests.runs import engine
from tests.schemas.audit import rows, violations
from tests.servers import run_sql

LONG = "n" * 63
UNITS = f"""
create table "s.t"."unit.price" (
    id int generated always as identity primary key,
    "unit.price" numeric(8, 2) not null check ("unit.price" > 0), "list.price" numeric(8, 2) not null,
    "Net" numeric(8, 2) not null, "tax %" numeric(8, 2) not null, "{{{{ gross }}}}" numeric(8, 2) not null,
    "a b" text not null, "Ünïcode" text not null, "select" int not null, "x%y" text not null check (length("x%y") >= 3),
    "start.at" timestamptz not null, "end.at" timestamptz, "back\\slash" int not null, "quo""te" text not null,
    "'" int, "%s" int, "{{% if %}}" text, {LONG} int not null, "parent.id" int references "s.t"."unit.price",
    check ("list.price" >= "unit.price"), check ("end.at" > "start.at"), check ("{{{{ gross }}}}" = "Net" + "tax %"))
"""
TABLES = (
    'create schema "s.t"',
    'create schema "q""s %s {{x}}"',
    UNITS,
    'create table "s.t"."a.b" ("x.y" int references "s.t"."unit.price", "z w" int, "kind.of" text not null'
    " check (\"kind.of\" in ('a.b', '{{ e }}', 'x''y')), primary key (\"x.y\", \"z w\"))",
    'create table "q""s %s {{x}}"."t ""q"" \'a\' {{y}}" ("unit.id" int not null references "s.t"."unit.price",'
    ' "role.id" int not null references "s.t"."unit.price", unique ("unit.id", "role.id"))',
    f'create table "s.t".{LONG} ("from" int primary key, "order" int references "s.t".{LONG})',
    'create table "s.t"."new\nline" (id int primary key)',
)


def test_every_road_leads_through_names_that_people_regret(database: str, tmp_path: Path):
    run_sql(database, *TABLES)
    spec = tmp_path / "odd.yaml"
    drafted = engine("init", "-o", str(spec), "--rows", "60", dsn=database)
    assert "drafted 4 tables to fill" in drafted.stderr, drafted.stderr
    assert "  s.t.new line is left out: its name cannot be written in a spec\n" in drafted.stderr
    for words in (("validate",), ("plan",), ("preview",)):
        done = engine(words[0], str(spec), "--json", dsn=database)
        assert done.returncode == 0, (words, done.stderr)
    run_id = json.loads(engine("run", str(spec), "--json", dsn=database).stdout.splitlines()[-1])["run_id"]
    assert engine("run", str(spec), "--append", "--seed", "5", dsn=database).returncode == 0
    assert violations(database) == []
    assert {name for name, count in rows(database).items() if not count} == {"s.t.new\nline"}
    assert engine("init", "-o", str(spec), "--profile", "--force", dsn=database).returncode == 0
    assert engine("report", run_id, "--html", str(tmp_path / "odd.html"), dsn=database).returncode == 0
    cleaned = engine("clean", run_id, "--yes", "--json", dsn=database)
    assert cleaned.returncode == 0, cleaned.stderr
