"""The odd catalog with a few tables more: for faults that a table forbids, and for their labels."""

from __future__ import annotations

from dataclasses import replace

from engine.catalog.model import Catalog
from tests.odd_world import ODD
from tests.worlds import catalog, table

_LABEL = ("table_name text", "row_key text", "column_name text", "clean_value text null")

FAULTY: Catalog = catalog(
    *ODD.tables.values(),
    table("narrow", "id int2"),
    table("tags", "id uuid", "person_id int8", "name text null"),
    replace(table("heap", "name text null"), primary_key=(), uniques=()),
    table("notes", "fault text", *_LABEL),
    table("numbers", "fault int4", *_LABEL),
    table("more", "fault text", *_LABEL, "by text"),
)
