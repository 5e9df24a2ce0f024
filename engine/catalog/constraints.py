"""What the rows of a table must keep to, read from the rows of the queries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.catalog.model import Check, Exclusion, ExpressionUnique, ForeignKey, Indexed, Partitioning, Trigger, Unique
from engine.catalog.rows import ConstraintRow, IndexRow, PartitioningRow, TriggerRow
from engine.sqltext import quote

ACTIONS = {"a": "no action", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}
EVENTS = {"insert": 4, "delete": 8, "update": 16, "truncate": 32}
"""The bits of `pg_trigger.tgtype`, see pg_trigger.h."""
PER_ROW, BEFORE, INSTEAD = 1, 2, 64

_HASH = re.compile(r"satisfies_hash_partition\('(\d+)'::oid")


@dataclass(frozen=True, slots=True)
class Rules:
    """The rows of each query by the oid of their table, and how tables are cut."""

    constraints: Mapping[int, Sequence[ConstraintRow]]
    indexes: Mapping[int, Sequence[IndexRow]]
    triggers: Mapping[int, Sequence[TriggerRow]]
    partitioning: Mapping[int, Partitioning]

    def of(self, oid: int) -> dict[str, Any]:
        """The fields of a `Table` that come of them."""
        told, indexes = self.constraints.get(oid, ()), self.indexes.get(oid, ())
        uniques = [row for row in indexes if not row["operators"] and row.get("is_unique", True)]
        return {
            "primary_key": next((tuple(row["columns"]) for row in told if row["kind"] == "p"), ()),
            "foreign_keys": tuple(_foreign_key(row) for row in told if row["kind"] == "f"),
            "checks": tuple(_check(row) for row in told if row["kind"] == "c"),
            "uniques": tuple(_unique(row) for row in uniques if not any(row["expressions"])),
            "expression_uniques": tuple(_expression_unique(row) for row in uniques if any(row["expressions"])),
            "exclusions": tuple(_exclusion(row) for row in indexes if row["operators"]),
            "indexed": tuple(_indexed(row) for row in indexes if row["condition"] or any(row["expressions"])),
            "triggers": tuple(map(_trigger, self.triggers.get(oid, ()))),
            "partitioning": self.partitioning.get(oid),
        }


def partitioning(row: PartitioningRow, names: Mapping[int, str]) -> Partitioning:
    """How a table is cut; `names` are the quoted names of tables by oid, in place of oids in the bounds."""

    def named(found: re.Match[str]) -> str:
        name = names.get(int(found[1]))
        return f"satisfies_hash_partition('{name.replace(chr(39), chr(39) * 2)}'::regclass" if name else found[0]

    bounds = tuple(_HASH.sub(named, bound) for bound in row["bounds"])
    return Partitioning(row["strategy"], tuple(row["columns"]), bounds)


def _foreign_key(row: ConstraintRow) -> ForeignKey:
    return ForeignKey(
        row["name"],
        tuple(row["columns"]),
        (row["target_schema"] or "", row["target_name"] or ""),
        tuple(row["target_columns"]),
        deferrable=row["is_deferrable"],
        on_delete=ACTIONS[row["on_delete"]],
        on_update=ACTIONS[row["on_update"]],
        match_full=row["match_full"],
        enforced=row["enforced"],
    )


def _check(row: ConstraintRow) -> Check:
    return Check(row["name"], row["expression"] or "", tuple(row["columns"]))


def _unique(row: IndexRow) -> Unique:
    return Unique(
        row["name"],
        tuple(filter(None, row["names"])),
        partial=row["condition"] is not None,
        where=row["condition"],
        nulls_not_distinct=row["nulls_not_distinct"],
    )


def _keys(row: IndexRow) -> Iterator[str]:
    """The SQL of each key of an index, in order."""
    for name, expression in zip(row["names"], row["expressions"], strict=True):
        yield expression or quote(name or "")


def _expression_unique(row: IndexRow) -> ExpressionUnique:
    return ExpressionUnique(row["name"], tuple(_keys(row)), tuple(row["columns"]), row["condition"])


def _indexed(row: IndexRow) -> Indexed:
    keys = tuple(filter(None, row["expressions"]))
    return Indexed(row["name"], keys, tuple(row.get("reads", row["columns"])), row["condition"])


def _exclusion(row: IndexRow) -> Exclusion:
    elements = tuple(zip(_keys(row), row["operators"] or (), strict=True))
    return Exclusion(row["name"], elements, tuple(row["columns"]), row["condition"])


def _trigger(row: TriggerRow) -> Trigger:
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
