"""A small catalog with what a schema can have that is not plain: for specs that are wrong or odd."""

from __future__ import annotations

from dataclasses import replace

from engine.catalog.model import Catalog, Column, ForeignKey, Table
from engine.types import PgType
from tests.worlds import catalog, table

MOOD = PgType("mood", labels=("sad", "ok", "happy"), schema="public")


def _with(plain: Table, *columns: Column) -> Table:
    """The table with columns that a word cannot describe."""
    return replace(plain, columns=(*plain.columns, *columns))


PEOPLE = replace(
    table(
        "people",
        "id int8",
        "name varchar(8) null",
        "born timestamptz null",
        "day date null",
        "score int2 null",
        "price numeric(6,2) null",
        "ratio float8 null",
        "active bool null",
        "note text null",
        "code uuid null",
        "boss_id int8 null",
        "pause interval null",
    ),
    foreign_keys=(ForeignKey("people_boss_fkey", ("boss_id",), ("public", "people"), ("id",)),),
)

ODD: Catalog = catalog(
    _with(
        PEOPLE,
        Column("mood", MOOD),
        Column("twice", PgType("int4"), generated=True),
        Column("serial", PgType("int8"), nullable=False, identity="always"),
    ),
    table(
        "pets",
        "id int8",
        "person_id int8",
        "born timestamptz null",
        "name text null",
        "weight int4 null",
        references={"person_id": "public.people.id"},
    ),
    table("toys", "id int8", "pet_id int8", "price int4 null", references={"pet_id": "public.pets.id"}),
    table("strict", "id int8", "name text", "amount int4"),
    replace(table("grown_ups", "id int8"), kind="view"),
    table("a.twin", "id int8"),
    table("b.twin", "id int8"),
    replace(table("pair", "a int8", "b int8"), primary_key=("a", "b")),
    table("keyless", "serial int8 default", "name text null"),
)
