"""A script that asks a database all that we ask it, for somebody else to run; and its answer, read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from textwrap import indent
from typing import NoReturn

from pydantic import TypeAdapter, ValidationError

from engine.catalog.answers import catalog_of
from engine.catalog.model import Catalog, Table
from engine.catalog.patterns import FOLDED, FOREIGN, Names, patterns
from engine.catalog.personal import withhold_personal
from engine.catalog.queries import SHAPES, query
from engine.catalog.rows import Answers
from engine.errors import UsageError

LARGEST = 64 * 2**20
"""Longer answers are refused, in characters."""
FORM = "1"
"""The number of the answer's form: what another engine printed may be another."""
MARK = "scenario engine probe"
"""The first key of the answer."""

_BEGINS = re.compile(rf'^\{{\s*"{MARK}"\s*:\s*(\d+)', re.MULTILINE)


def probe() -> str:
    """The script, for psql: it only reads, and prints one JSON document."""
    text = files("engine.catalog").joinpath("probe.psql").read_text(encoding="utf-8")
    names = ("tables", *SHAPES, "statistics")
    parts = {
        "{lists}": "\n".join(f"\\set {name} '{value}'" for name, value in _lists()),
        "{settings}": query("settings"),
        "{queries}": ",\n\n".join(f"{name} as (\n{indent(_of_all(query(name)), '    ')}\n)" for name in names),
    }
    for place, part in parts.items():
        text = text.replace(place, part)
    return text


def _lists() -> Iterator[tuple[str, str]]:
    """What looks personal, as variables of psql; none has a quote, a backslash or a colon in it."""
    known = patterns()
    for name in ("text", "number", "moment", "secret"):
        names: Names = getattr(known, name)
        yield f"{name}_words", names.words
        yield f"{name}_parts", names.parts
    for name in ("last", "people", "called", "kind", "counted", "value"):
        yield name, getattr(known, name)
    yield "foreign", FOREIGN
    yield "longest", str(known.longest)
    for name, types in known.types.items():
        yield f"types_{name}", f"{{{','.join(types)}}}"
    single = {letter: plain for letter, plain in FOLDED.items() if len(plain) == 1}
    yield "accents", "".join(single)
    yield "plain", "".join(single.values())


def _of_all(text: str) -> str:
    """A query about every table there is, in place of those that it is given."""
    if "$2" in text:
        return re.sub(r"\$[12](?:::text\[\])?", "null::text[]", text)
    return text.replace("$1", "(select array_agg(a.oid::oid) from tables as a)")


def read_probe(text: str, *, redact: bool = True) -> Catalog:
    """The catalog that the script's answer tells of, with statistics.

    Raises UsageError for a text that is no answer of the script, or of another engine's.
    """
    if len(text) > LARGEST:
        _refuse(f"it is longer than {LARGEST // 2**20} MiB")
    found = _BEGINS.search(text)
    if found is None:
        _refuse(f'it has no line that begins with {{"{MARK}"')
    if found[1] != FORM:
        _refuse("it is of another version of the engine")
    try:
        catalog = catalog_of(_shape().validate_json(text[found.start() :].rstrip(), strict=True))
        for table in catalog.tables.values():
            _require_sense(table, catalog)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        _refuse(": ".join(filter(None, (".".join(map(str, first["loc"])), first["msg"]))))
    except (LookupError, ValueError, RecursionError) as error:
        _refuse(f"its parts do not fit together ({type(error).__name__}: {error})")
    return withhold_personal(catalog) if redact else catalog


def _require_sense(table: Table, catalog: Catalog) -> None:
    """Make sure that what is said of a table could be true of one. Raises ValueError."""
    names = [column.name for column in table.columns]
    if len(set(names)) < len(names) or not all((table.schema, table.name, *names)):
        raise ValueError(f"{table.qualified} has columns of one name, or of none")
    keys = [table.primary_key, *(u.columns for u in table.uniques), *(k.columns for k in table.foreign_keys)]
    keys += [check.columns for check in table.checks]
    if lost := sorted({name for key in keys for name in key} - set(names)):
        raise ValueError(f"{table.qualified} has no column '{lost[0]}'")
    for key in table.foreign_keys:
        target = catalog.tables.get(key.target)
        there = target is None or {column.name for column in target.columns}.issuperset(key.target_columns)
        if not key.columns or len(key.columns) != len(key.target_columns) or not there:
            raise ValueError(f"the foreign key {key.name} of {table.qualified} leads nowhere")
    for column in table.columns:
        if column.statistics and not 0 <= column.statistics.null_fraction <= 1:
            raise ValueError(f"{column.statistics.null_fraction} of {table.qualified}.{column.name} is no share")


def is_probe(text: str) -> bool:
    """Whether the text looks like the script's answer."""
    return _BEGINS.search(text) is not None


def _refuse(reason: str) -> NoReturn:
    raise UsageError(
        f"this is not what the script of `engine init --print-probe` prints: {reason}\n"
        "  hint: psql --no-psqlrc --dbname DATABASE --file probe.sql > answer.json"
    )


@cache
def _shape() -> TypeAdapter[Answers]:
    return TypeAdapter(Answers)
