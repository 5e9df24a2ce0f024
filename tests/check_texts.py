"""A table with a column of every kind, and what is read of its CHECKs in words that a data file can hold."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import yaml

from engine.catalog.model import Check, Column, Table
from engine.sketch.checks import ColumnFacts, TableFacts, read_table
from engine.sketch.checks.facts import Computed, Like, Matches, Part, Relation
from engine.types import PgType

FILE = Path(__file__).parent / "cases" / "checks" / "facts.yaml"
TYPES = {
    "a": "int", "b": "int", "c": "int", "big": "bigint", "small": "smallint", "price": "numeric(10,2)",
    "lat": "numeric", "w": "float8", "name": "varchar(40)", "code": "varchar(8)", "note": "text", "email": "text",
    "ch": "char(3)", "starts": "timestamptz", "ends": "timestamptz", "ts": "timestamp", "d": "date", "dd": "date",
    "iv": "interval", "tm": "time", "tags": "text[]", "doc": "jsonb", "m": "mood", "ok": "boolean", "u": "uuid",
    "r": "int4range", "ip": "inet", "bits": "bit(3)", "data": "bytea", "must": "int not null",
}  # fmt: skip
DDL = (
    "create type mood as enum ('sad', 'ok', 'happy')",
    f"create table things ({', '.join(f'{name} {written}' for name, written in TYPES.items())})",
)
COLUMNS = {
    name: Column(name, pg, nullable=name != "must")
    for name, pg in {
        **dict.fromkeys(("a", "b", "c", "must"), PgType("int4")),
        "big": PgType("int8"),
        "small": PgType("int2"),
        "price": PgType("numeric", precision=10, scale=2),
        "lat": PgType("numeric"),
        "w": PgType("float8"),
        "name": PgType("varchar", length=40),
        "code": PgType("varchar", length=8),
        **dict.fromkeys(("note", "email"), PgType("text")),
        "ch": PgType("bpchar", length=3),
        **dict.fromkeys(("starts", "ends"), PgType("timestamptz")),
        "ts": PgType("timestamp"),
        **dict.fromkeys(("d", "dd"), PgType("date")),
        "iv": PgType("interval"),
        "tm": PgType("time"),
        "tags": PgType("text", array=True),
        "doc": PgType("jsonb"),
        "m": PgType("mood", labels=("sad", "ok", "happy"), schema="public"),
        "ok": PgType("bool"),
        "u": PgType("uuid"),
        "r": PgType("int4range", subtype=PgType("int4")),
        "ip": PgType("inet"),
        "bits": PgType("bit", length=3),
        "data": PgType("bytea"),
    }.items()
}


def things(*checks: str) -> Table:
    """The table with these CHECKs."""
    return Table("public", "things", tuple(COLUMNS.values()), checks=tuple(map(check, checks)))


def check(text: str) -> Check:
    """A CHECK of a name that is its text, to be known by."""
    return Check(text, text, tuple(name for name in COLUMNS if name in text))


def cases() -> list[dict[str, str]]:
    """The file's: `written` by a person, `printed` by PostgreSQL, `said` as below."""
    found: list[dict[str, str]] = yaml.safe_load(FILE.read_text())
    return found


def read(*checks: str) -> str:
    """What is read of CHECKs, in words."""
    return said(read_table(things(*checks)))


def said(facts: TableFacts) -> str:
    """Facts in words: ``price low 0.01 high 100; a < b``."""
    columns = [f"{name}{_said(one)}" for name, one in facts.columns.items() if one != ColumnFacts()]
    opaque = ["opaque" + "".join(f", unless {name} is null" for name in _escapes(facts))] if facts.opaque else []
    return "; ".join([*columns, *map(_relation, facts.relations), *opaque]) or "anything"


def _escapes(facts: TableFacts) -> list[str]:
    return [name for names in facts.escapes.values() for name in names]


def _said(one: ColumnFacts) -> str:
    words = ""
    for field in fields(one):
        value = getattr(one, field.name)
        if value != field.default:
            words += f" {field.name}" if value is True else f" {field.name} {_value(value)}"
    return words


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Matches | Like):
        text = value.regex if isinstance(value, Matches) else value.pattern
        return ("not " if value.negated else "") + text + (" in any case" if value.case_insensitive else "")
    if isinstance(value, Part):
        return f"{value.field} {_value(value.values)}"
    return str(value) or "''"


def _relation(one: Relation) -> str:
    if isinstance(one, Computed):
        return f"{one.column} = {one.expression}"
    return f"{one.column} {one.op} {one.other}" + (f" + {one.offset:f}" if one.offset else "")
