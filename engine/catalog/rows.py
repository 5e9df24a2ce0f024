"""The rows that each query answers with, as they are after having been JSON or straight from the driver."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NotRequired

from pydantic import FiniteFloat
from typing_extensions import TypedDict


class TableRow(TypedDict):
    """Of `tables`."""

    oid: int
    schema: str
    name: str
    kind: str
    partition: bool
    owned: bool
    row_security: bool
    estimated_rows: int
    bytes: int
    comment: str | None
    parents: list[list[str]]  # schema and name of each


class ColumnRow(TypedDict):
    """Of `columns`."""

    table: int
    name: str
    type: int
    modifier: int
    nullable: bool
    identity: str | None
    generated: bool
    expression: NotRequired[str | None]  # older answers of the probe have none
    default: str | None
    sequence_schema: str | None
    sequence_name: str | None
    comment: str | None


class PgTypeRow(TypedDict):
    """Of `types`; numbers in `field_types` and `field_modifiers` are texts."""

    oid: int
    schema: str
    name: str
    base: int | None
    modifier: int
    required: bool
    default: str | None
    element: int | None
    labels: list[str]
    field_names: list[str] | None
    field_types: list[str] | None
    field_modifiers: list[str] | None
    subtype: int | None
    multirange: bool
    check_names: list[str] | None
    check_expressions: list[str] | None


class ConstraintRow(TypedDict):
    """Of `constraints`."""

    table: int
    name: str
    kind: str
    is_deferrable: bool
    expression: str | None
    target_schema: str | None
    target_name: str | None
    on_delete: str
    on_update: str
    match_full: bool
    enforced: bool
    columns: list[str]
    target_columns: list[str]


class IndexRow(TypedDict):
    """Of `indexes`: of each key its column's name or its SQL; operators only of exclusions.

    Older answers of the probe have no others than unique ones and exclusions, and do not say what all of it reads.
    """

    table: int
    name: str
    nulls_not_distinct: bool
    condition: str | None
    names: list[str | None]
    expressions: list[str | None]
    operators: list[str] | None
    columns: list[str]
    is_unique: NotRequired[bool]
    reads: NotRequired[list[str]]


class TriggerRow(TypedDict):
    """Of `triggers`."""

    table: int
    name: str
    kind: int
    enabled: bool
    constraint: bool
    function: str


class PartitioningRow(TypedDict):
    """Of `partitioning`."""

    table: int
    strategy: str
    columns: list[str | None]
    bounds: list[str]


class StatisticsRow(TypedDict):
    """Of `statistics`; `shares` are numbers as texts. Where it was `redacted` on the server, it has no values."""

    table: int
    name: str
    null_fraction: FiniteFloat
    n_distinct: FiniteFloat
    correlation: FiniteFloat | None
    common: list[str] | None
    shares: list[str] | None
    histogram: list[str] | None
    redacted: bool


@dataclass(frozen=True, slots=True)
class Answers:
    """The rows of each query, and the version of the server that gave them."""

    version: int
    tables: list[TableRow]
    columns: list[ColumnRow]
    types: list[PgTypeRow]
    constraints: list[ConstraintRow]
    indexes: list[IndexRow]
    triggers: list[TriggerRow]
    partitioning: list[PartitioningRow]
    statistics: list[StatisticsRow] = field(default_factory=list)
