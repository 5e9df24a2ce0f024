"""How alike two databases of the same schema are: categories, numbers, fan-out and the hours of the day."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.sqltext import load_queries, quote, quote_table
from tests.servers import ask

QUERIES = load_queries("tests.acceptance", "likeness.sql")
CATEGORIES = 30
"""A column with no more values than this is one of categories."""
MOST_CHILDREN = 20


@dataclass(frozen=True)
class Likeness:
    """A distance between two databases, from 0 for alike to 1 for nothing in common."""

    measure: str
    what: str
    distance: float

    def __str__(self) -> str:
        return f"{self.measure:<16} {self.what:<55} {self.distance:6.3f}"


def variation(one: Mapping[object, float], other: Mapping[object, float]) -> float:
    """Total variation distance of two counts: half the sum of the differences of their shares."""
    sums = sum(one.values()), sum(other.values())
    if not all(sums):
        return float(sums[0] != sums[1])
    keys = {*one, *other}
    return sum(abs(one.get(k, 0) / sums[0] - other.get(k, 0) / sums[1]) for k in keys) / 2


def kolmogorov_smirnov(one: Sequence[float], other: Sequence[float]) -> float:
    """The largest difference between the two shares of values below some value."""
    if not one or not other:
        return float(bool(one) != bool(other))
    a, b = np.sort(np.asarray(one, float)), np.sort(np.asarray(other, float))
    edges = np.concatenate([a, b])
    below = [np.searchsorted(x, edges, side="right") / len(x) for x in (a, b)]
    return float(np.abs(below[0] - below[1]).max())


def likenesses(one: str, other: str, schema: str) -> Iterator[Likeness]:
    """Every distance between the tables of `schema` in the databases of two DSNs."""
    for found in _records(one, QUERIES["columns"]):
        if found["in_schema"] == schema:
            yield from _of_column(one, other, **found)
    for found in _records(one, QUERIES["references"]):
        if found["in_schema"] == schema:
            yield _of_reference(one, other, **found)


def _of_column(one: str, other: str, in_schema: str, of_table: str, named: str, kind: str) -> Iterator[Likeness]:
    where, source, name = f"{of_table}.{named}", quote_table(in_schema, of_table), quote(named)
    nulls = [counts(dsn, source, f"{name} is null") for dsn in (one, other)]
    yield Likeness("nulls", where, variation(*nulls))
    values = [counts(dsn, source, name) for dsn in (one, other)]
    if kind in ("text", "boolean", "number") and len(values[0]) <= CATEGORIES:
        yield Likeness("categories", where, variation(*values))
    elif kind in ("number", "moment"):
        value = f"{name}::float8" if kind == "number" else f"extract(epoch from {name})::float8"
        found = [_records(dsn, f"select {value} as v from {source} where {name} is not null") for dsn in (one, other)]
        numbers = [[record["v"] for record in records] for records in found]
        yield Likeness("numbers" if kind == "number" else "moments", where, kolmogorov_smirnov(*numbers))


def _of_reference(one: str, other: str, **found: str) -> Likeness:
    """How many parents have 0, 1, 2 … children; the last count is of all that have more."""
    child, parent = (quote_table(found["in_schema"], found[side]) for side in ("child", "parent"))
    column, key = quote(found["named"]), quote(found["parent_key"])
    each = f"select least(count(c.{column}), {MOST_CHILDREN}) as n from {parent} as p left join {child} as c"
    source = f"({each} on c.{column} = p.{key} group by p.{key}) as fans"
    fans = [counts(dsn, source, "n") for dsn in (one, other)]
    return Likeness("fan-out", f"{found['child']}.{found['named']} of {found['parent']}", variation(*fans))


def counts(dsn: str, source: str, value: str) -> dict[object, float]:
    """How many rows of a table there are with each value of an expression."""
    found = _records(dsn, f"select ({value})::text as v, count(*) as n from {source} group by 1")
    return {record["v"]: record["n"] for record in found}


def _records(dsn: str, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(str(ask(dsn, f"select coalesce(json_agg(q), '[]') from ({query}) as q")))
    return found
