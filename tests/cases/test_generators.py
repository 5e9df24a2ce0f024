"""Every kind of column on its first rows: `generators/<kind>.yaml`, one list of cases per kind.

A case is ``column`` (as a spec writes it), ``type`` (as PostgreSQL writes it) and ``first``: the first values of a
column named `value` of an entity named `things`, seed 1. Columns that it reads are ``given`` by path, each a mapping
of one type to its values: ``{price: {"numeric(8,2)": ["1.50"]}}``. ``targets`` are entities to point to, by name:
``{key: id, columns: {id: {int8: [10, 20]}}}``; ``children`` are `per` entities with the size of each row's group:
``{sizes: [2, 0], columns: {amount: {int8: [1, 2]}}}``; ``spans`` are events' [start, end), ``curves`` how busy a
timeline is from some moments on: ``{storefront: {2025-11-28: 7.5}}``; ``unique`` is as it says;
``child: true`` makes `things` an entity made `per` parent; ``moment`` names the column of its own moment;
``lookups`` are tables of the spec, ``generators`` what makes other columns; ``families`` are
the sizes of groups of siblings.

The values are the promise of sameness: if one changes, so does everybody's data.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pytest
import yaml
from pydantic import TypeAdapter

from engine.generators import AnyGenerator
from engine.generators.base import Target
from engine.generators.literal import literal
from engine.generators.lookup_table import LookupTable
from engine.pgtype import parse_type
from engine.timelines.intensity import Intensity
from engine.types import INT8, PgType, value_type
from engine.units import parse_moment, zone
from tests.rows import FakeRows, FakeScope, context

CASES = Path(__file__).parent / "generators"
READER: TypeAdapter[Any] = TypeAdapter(AnyGenerator)


def cases() -> list[Any]:
    return [
        pytest.param(file.stem, case, id=f"{file.stem}-{number}")
        for file in sorted(CASES.glob("*.yaml"))
        for number, case in enumerate(yaml.safe_load(file.read_text()), 1)
    ]


@pytest.mark.parametrize(("kind", "case"), cases())
def test_the_first_values_are_these(kind: str, case: dict[str, Any]):
    wanted = parse_type(case["type"])
    generator = READER.validate_python(plain(case["column"]))
    rows = rows_of(case)
    count, moment = None if case.get("child") else rows.size, (case["moment"],) if "moment" in case else None
    asked = context(wanted, scope=scope_of(case), count=count, unique=case.get("unique", False), moment=moment)

    made = values(generator.compile(asked), rows, case.get("targets", {}))

    assert made.type == value_type(wanted)
    assert [shown(value, wanted) for value in made.to_pylist()] == case["first"]
    assert generator.kind == kind


def values(kernel: Any, rows: FakeRows, targets: dict[str, Any]) -> pa.Array:
    """The column; of a reference, which reads its key through the plan, the keys of the rows that it picks."""
    for entity, target in targets.items() if hasattr(kernel, "pick") else ():
        return rows.at(entity, kernel.pick(rows)).read((target["key"],))
    return kernel.values(rows)


def scope_of(case: dict[str, Any]) -> FakeScope:
    given, children = columns(case.get("given", {})), case.get("children", {})
    own = {path: kind for path, (kind, _) in given.items()}
    theirs = {
        (entity, *path): kind
        for entity, child in children.items()
        for path, (kind, _) in columns(child.get("columns", {})).items()
    }
    theirs |= {(entity, ""): INT8 for entity in children}  # a count reads no column
    spans = {name: tuple((micros(a), micros(b)) for a, b in pairs) for name, pairs in case.get("spans", {}).items()}
    targets = {
        entity: Target(entity, others(target).size, target["key"], None)
        for entity, target in case.get("targets", {}).items()
    }
    levels = {n: {micros(at): m for at, m in c.items()} for n, c in case.get("curves", {}).items()}
    curves = {n: Intensity(np.array([*c, 2**60]), np.array([*c.values()])) for n, c in levels.items()}
    lookups = {name: LookupTable.model_validate(plain(table)) for name, table in case.get("lookups", {}).items()}
    generators = {name: READER.validate_python(plain(made)) for name, made in case.get("generators", {}).items()}
    return FakeScope(own | theirs, spans, {}, targets, curves=curves, lookups=lookups, generators=generators)


def rows_of(case: dict[str, Any]) -> FakeRows:
    given = {"__".join(path): values for path, (_, values) in columns(case.get("given", {})).items()}
    groups = {
        entity: (others(child), np.concatenate(([0], np.cumsum(child["sizes"]))).astype(np.int64))
        for entity, child in case.get("children", {}).items()
    }
    targets = {entity: others(target) for entity, target in case.get("targets", {}).items()}
    rows = replace(FakeRows.of(len(case["first"]), **given), groups=groups, others=targets)
    return (
        replace(rows, parents=np.repeat(np.arange(len(case["families"])), case["families"]))
        if "families" in case
        else rows
    )


def others(entity: dict[str, Any]) -> FakeRows:
    given = columns(entity.get("columns", {}))
    count = max((len(values) for _, values in given.values()), default=sum(entity.get("sizes", [0])))
    return FakeRows.of(count, **{"__".join(path): values for path, (_, values) in given.items()})


def columns(given: dict[str, dict[str, list[Any]]]) -> dict[tuple[str, ...], tuple[PgType, pa.Array]]:
    found = {}
    for path, typed in given.items():
        ((written, values),) = typed.items()
        kind = parse_type(written)
        scalars = [literal(plain(value), kind, "UTC").as_py() for value in values]
        found[tuple(path.split("."))] = (kind, pa.array(scalars, value_type(kind)))
    return found


def plain(value: Any) -> Any:
    """What our own loader would give: moments stay text."""
    match value:
        case dict():
            return {key if isinstance(key, str) else str(key): plain(item) for key, item in value.items()}
        case list():
            return [plain(item) for item in value]
        case datetime():
            return value.isoformat(sep=" ")
        case bool() | int() | float() | str() | None:
            return value
        case _:
            return str(value)


def micros(text: Any) -> int:
    return parse_moment(plain(text)).micros(zone("UTC"))


def shown(value: Any, kind: PgType) -> Any:
    """A value as a case file writes it."""
    match value:
        case bytes() if kind.name == "uuid":
            return str(UUID(bytes=value))
        case bytes():
            return value.hex()
        case bool() | int() | float() | str() | None:
            return value
        case datetime():
            return value.isoformat(sep=" ")
        case Decimal():
            return str(value)
        case _:
            return str(value)
