"""What the rows of a table must keep to, read from the rows of the queries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from engine.catalog.model import Check, Exclusion, ExpressionUnique, ForeignKey, Partitioning, Trigger, Unique
from engine.sqltext import quote

Row: TypeAlias = Mapping[str, Any]
Grouped: TypeAlias = Mapping[int, Sequence[Row]]

ACTIONS = {"a": "no action", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}
EVENTS = {"insert": 4, "delete": 8, "update": 16, "truncate": 32}
"""The bits of `pg_trigger.tgtype`, see pg_trigger.h."""
PER_ROW, BEFORE, INSTEAD = 1, 2, 64

_HASH = re.compile(r"satisfies_hash_partition\('(\d+)'::oid")


@dataclass(frozen=True, slots=True)
class Rules:
    """The rows of each query by the oid of their table, and how tables are cut."""

    constraints: Grouped
    indexes: Grouped
    triggers: Grouped
    partitioning: Mapping[int, Partitioning]

    def of(self, oid: int) -> dict[str, Any]:
        """The fields of a `Table` that come of them."""
        told, indexes = self.constraints.get(oid, ()), self.indexes.get(oid, ())
        uniques = [row for row in indexes if not row["operators"]]
        return {
            "primary_key": next((tuple(row["columns"]) for row in told if row["kind"] == "p"), ()),
            "foreign_keys": tuple(_foreign_key(row) for row in told if row["kind"] == "f"),
            "checks": tuple(_check(row) for row in told if row["kind"] == "c"),
            "uniques": tuple(_unique(row) for row in uniques if not any(row["expressions"])),
            "expression_uniques": tuple(_expression_unique(row) for row in uniques if any(row["expressions"])),
            "exclusions": tuple(_exclusion(row) for row in indexes if row["operators"]),
            "triggers": tuple(map(_trigger, self.triggers.get(oid, ()))),
            "partitioning": self.partitioning.get(oid),
        }


def partitioning(row: Row, names: Mapping[int, str]) -> Partitioning:
    """How a table is cut; `names` are the quoted names of tables by oid, in place of oids in the bounds."""

    def named(found: re.Match[str]) -> str:
        name = names.get(int(found[1]))
        return f"satisfies_hash_partition('{name.replace(chr(39), chr(39) * 2)}'::regclass" if name else found[0]

    bounds = tuple(_HASH.sub(named, bound) for bound in row["bounds"])
    return Partitioning(row["strategy"], tuple(row["columns"]), bounds)


def _foreign_key(row: Row) -> ForeignKey:
    return ForeignKey(
        row["name"],
        tuple(row["columns"]),
        (row["target_schema"], row["target_name"]),
        tuple(row["target_columns"]),
        deferrable=row["is_deferrable"],
        on_delete=ACTIONS[row["on_delete"]],
        on_update=ACTIONS[row["on_update"]],
        match_full=row["match_full"],
        enforced=row["enforced"],
    )


def _check(row: Row) -> Check:
    return Check(row["name"], row["expression"], tuple(row["columns"]))


def _unique(row: Row) -> Unique:
    return Unique(
        row["name"],
        tuple(row["names"]),
        partial=row["condition"] is not None,
        where=row["condition"],
        nulls_not_distinct=row["nulls_not_distinct"],
    )


def _keys(row: Row) -> Iterator[str]:
    """The SQL of each key of an index, in order."""
    for name, expression in zip(row["names"], row["expressions"], strict=True):
        yield quote(name) if expression is None else expression


def _expression_unique(row: Row) -> ExpressionUnique:
    return ExpressionUnique(row["name"], tuple(_keys(row)), tuple(row["columns"]), row["condition"])


def _exclusion(row: Row) -> Exclusion:
    elements = tuple(zip(_keys(row), row["operators"], strict=True))
    return Exclusion(row["name"], elements, tuple(row["columns"]), row["condition"])


def _trigger(row: Row) -> Trigger:
    bits = row["kind"]
    return Trigger(
        row["name"],
        timing="before" if bits & BEFORE else "instead of" if bits & INSTEAD else "after",
        events=tuple(event for event, bit in EVENTS.items() if bits & bit),
        per_row=bool(bits & PER_ROW),
        enabled=row["enabled"],
        function=row["function"],
        constraint=row["constraint"],
    )
