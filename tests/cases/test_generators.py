"""Every kind of column on its first rows: `generators/<kind>.yaml`, one list of cases per kind.

A case is ``column`` (as a spec writes it), ``type`` (as PostgreSQL writes it) and ``first`` (the first values of
a column named `value` of an entity named `things`, seed 1). What the column reads is ``given``, by path, each a
mapping with one type and its values: ``{price: {numeric(8,2): ["1.50"]}}``; ``spans`` are events' [start, end).

The values are the promise of sameness: if one changes, so does everybody's data.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest
import yaml
from pydantic import TypeAdapter

from engine.generators import AnyGenerator
from engine.generators.literal import literal
from engine.pgtype import parse_type
from engine.types import PgType, value_type
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
    given = columns(case.get("given", {}))
    scope = FakeScope(
        types={path: kind for path, (kind, _) in given.items()},
        spans={name: tuple((micros(a), micros(b)) for a, b in spans) for name, spans in case.get("spans", {}).items()},
    )
    generator = READER.validate_python(plain(case["column"]))
    kernel = generator.compile(context(wanted, scope=scope, unique=case.get("unique", False)))
    rows = FakeRows.of(len(case["first"]), **{"__".join(path): values for path, (_, values) in given.items()})

    made = kernel.values(rows)

    assert made.type == value_type(wanted)
    assert [shown(value, wanted) for value in made.to_pylist()] == case["first"]
    assert generator.kind == kind


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
