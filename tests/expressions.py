"""Expressions evaluated twice: by us, and by a real PostgreSQL over the same rows."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import pyarrow as pa
import yaml

from engine.errors import EngineError, GenerateError
from engine.expressions import Expression, compile_expression
from engine.generators.literal import literal
from engine.pgtype import parse_type
from engine.types import PgType, value_type
from engine.units import parse_duration

CASES = Path(__file__).parent / "cases" / "expressions"
FAILS = "an error"
"""What stands for a row that cannot be computed."""
TOO_LONG = "more digits than we compute with"
"""What stands for a row that we refuse to compute and PostgreSQL does."""

T = TypeVar("T")


@dataclass(frozen=True)
class Group:
    """Rows of typed columns, the zone in which they are read, and expressions over them."""

    name: str
    columns: Mapping[str, str]
    rows: Sequence[Sequence[Any]]
    exprs: tuple[str, ...]
    timezone: str = "America/New_York"
    enums: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def type_of(self, path: tuple[str, ...]) -> PgType:
        (name,) = path
        written = self.columns[name]
        return PgType(written, labels=tuple(self.enums[written])) if written in self.enums else parse_type(written)

    def arrow(self, name: str) -> pa.Array:
        at, kind = list(self.columns).index(name), self.type_of((name,))
        return pa.array([ours(row[at], kind, self.timezone) for row in self.rows], value_type(kind))

    def compile(self, expr: str, **more: Any) -> Expression:
        return compile_expression(expr, type_of=self.type_of, constants={}, timezone=self.timezone, **more)


def ours(value: Any, kind: PgType, zone: str) -> Any:
    if kind.name == "float8" and isinstance(value, str):
        return float(value)
    if value is None or kind.name == "numeric":
        return value if value is None else Decimal(str(value))
    return literal(value if isinstance(value, bool | int | float) else str(value), kind, zone).as_py()


def theirs(value: Any, kind: PgType) -> str | None:
    """A value as text that PostgreSQL reads."""
    if value is None:
        return None
    return f"{parse_duration(value).micros} microseconds" if kind.name == "interval" else str(value)


def groups() -> list[Group]:
    found = []
    for file in sorted(CASES.glob("*.yaml")):
        for number, case in enumerate(yaml.safe_load(file.read_text()), 1):
            found.append(Group(f"{file.stem}-{number}", **{**case, "exprs": tuple(case["exprs"])}))
    return found


def evaluated(group: Group, expression: Expression) -> list[Any]:
    """Our answers, row by row where the whole fails."""
    columns = {name: group.arrow(name) for name in group.columns}
    try:
        return shown(expression.evaluate(lambda path: columns[path[0]], len(group.rows)), expression.type)
    except GenerateError:
        pass
    found = []
    for at in range(len(group.rows)):
        try:
            one = expression.evaluate(lambda path, at=at: columns[path[0]].slice(at, 1), 1)
            found.extend(shown(one, expression.type))
        except GenerateError as error:
            found.append(TOO_LONG if "76 digits" in str(error) else FAILS)
    return found


def shown(values: pa.Array, kind: PgType) -> list[Any]:
    return [comparable(value, kind) for value in values.to_pylist()]


def comparable(value: Any, kind: PgType) -> Any:
    """Both sides' values in one form: NaN equals itself, -0.0 is not 0.0, instants are UTC."""
    if isinstance(value, bytes) and kind.name == "uuid":
        return UUID(bytes=value)
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else value.hex()
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(timezone.utc)
    if isinstance(value, UUID):
        return UUID(int=value.int)
    return Fraction(value) if isinstance(value, Decimal) and value.is_finite() else value


class Server:
    """One connection to a database that holds the rows of a group as table `given`."""

    def __init__(self, dsn: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._connection: asyncpg.Connection[Any] = self._run(asyncpg.connect(dsn))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)

    def close(self) -> None:
        self._run(self._connection.close())
        self._loop.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def execute(self, sql: str) -> None:
        self._run(self._connection.execute(sql))

    def fetch(self, sql: str, *args: Any) -> list[Any]:
        return self._run(self._connection.fetch(sql, *args))

    def give(self, group: Group) -> None:
        """Make the table of a group's rows, and a session as its scenario would have it."""
        self.execute(f"set timezone = '{group.timezone}'; drop table if exists given")
        for name, labels in group.enums.items():
            self.execute(f"drop type if exists {name}; create type {name} as enum ({quoted(labels)})")
        columns = ", ".join(f"{name} {kind}" for name, kind in group.columns.items())
        self.execute(f"create table given (id_ int primary key, {columns})")
        kinds = [group.type_of((name,)) for name in group.columns]
        for number, row in enumerate(group.rows):
            texts = [theirs(value, kind) for value, kind in zip(row, kinds, strict=True)]
            values = ", ".join("null" if text is None else quoted([text]) for text in texts)
            self.execute(f"insert into given values ({number}, {values})")

    def answers(self, expr: str, count: int) -> tuple[list[Any], str | None]:
        """PostgreSQL's answers, row by row where the whole fails, and the type that it gives them."""
        sql = f"select ({expr}) as v, pg_typeof(({expr}))::text as t from given"
        try:
            rows = self.fetch(f"{sql} order by id_")
            return [row["v"] for row in rows], rows[0]["t"]
        except asyncpg.DataError:
            pass
        found, kind = [], None
        for number in range(count):
            try:
                (row,) = self.fetch(f"{sql} where id_ = {number}")
                found.append(row["v"])
                kind = row["t"]
            except asyncpg.DataError:
                found.append(FAILS)
        return found, kind


def quoted(texts: Sequence[str]) -> str:
    return ", ".join("'" + text.replace("'", "''") + "'" for text in texts)


__all__ = ["FAILS", "EngineError", "Group", "Server", "comparable", "evaluated", "groups", "quoted"]
