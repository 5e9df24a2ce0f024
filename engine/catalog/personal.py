"""Which columns look personal: by their names, their types, and what their values give away."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from engine.catalog.model import Catalog, Column, Table
from engine.catalog.patterns import FOREIGN, cut, fold, patterns
from engine.types import PgType


def looks_personal(table: str, column: str, type_: PgType) -> bool:
    """Whether values of this column should be shown to nobody; `table` may have its schema before it.

    Errs towards yes. Never of enums and booleans; always of documents, addresses of machines, places and composites.
    """
    return _looks_personal(table.rpartition(".")[2], column, type_)


def _looks_personal(table: str, column: str, type_: PgType) -> bool:
    known = patterns()
    if type_.labels or type_.name in known.types["never"]:
        return False
    if type_.fields or type_.name in known.types["always"]:
        return True
    names = [column] if type_.domain is None else [column, type_.domain]
    return any(_is_personal(name, type_.name, of_people=_is_of_people(table)) for name in names)


def look_personal(values: Iterable[str]) -> bool:
    """Whether one of these texts gives away that it is an address, a number of somebody's, or prose."""
    known = patterns()
    return any(len(value) > known.longest or re.search(known.value, value) for value in values)


def withhold_personal(catalog: Catalog) -> Catalog:
    """The catalog without values in the statistics of columns that look personal: their numbers stay."""
    return replace(catalog, tables={id_: _withhold(table) for id_, table in catalog.tables.items()})


def _withhold(table: Table) -> Table:
    return replace(table, columns=tuple(_without_values(column, table.name) for column in table.columns))


def _without_values(column: Column, table: str) -> Column:
    found = column.statistics
    if found is None or found.redacted:
        return column
    values = [value for value, _ in found.common] + list(found.histogram)
    if _looks_personal(table, column.name, column.type) or (is_text(column.type) and look_personal(values)):
        return replace(column, statistics=replace(found, common=(), histogram=(), redacted=True))
    return column


def is_text(type_: PgType) -> bool:
    """Whether values are texts that could hold anything."""
    known = patterns().types
    return not type_.labels and not any(type_.name in names for names in known.values())


@lru_cache(maxsize=10_000)
def _is_personal(name: str, type_: str, *, of_people: bool) -> bool:
    known, words = patterns(), cut(name)
    number = type_ in known.types["numbers"]
    if re.search(known.kind, words) or (number and re.search(known.counted, words)):
        return False
    if any(names.among(words) for names in known.of(type_)):
        return True
    if any(type_ in known.types[kind] for kind in ("numbers", "moments", "keys")):
        return False
    if re.search(known.last, words) or re.search(FOREIGN, fold(name)):
        return True
    return of_people and re.search(known.called, words) is not None


@lru_cache(maxsize=10_000)
def _is_of_people(table: str) -> bool:
    return re.search(patterns().people, cut(table).replace("_", "")) is not None
