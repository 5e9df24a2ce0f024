"""What the queries answer, read into a catalog: rows of a server, or the same rows after having been JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from engine.catalog import constraints
from engine.catalog.model import Catalog, Check, Column, Table
from engine.catalog.resolve import TypeRow, resolve
from engine.catalog.statistics import Statistics
from engine.sqltext import quote_table

Row: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = Sequence[Row]

_PLAIN = ("schema", "name", "kind", "owned", "row_security", "estimated_rows", "partition", "bytes", "comment")


@dataclass(frozen=True, slots=True)
class Answers:
    """The rows of each query, and the version of the server that gave them."""

    version: int
    tables: Rows
    columns: Rows
    types: Rows
    constraints: Rows
    indexes: Rows
    triggers: Rows
    partitioning: Rows
    statistics: Rows = ()


def catalog_of(answers: Answers) -> Catalog:
    """The catalog that the rows tell of."""
    types = {row["oid"]: _type_row(row) for row in answers.types}
    columns = _by_table(answers.columns)
    names = {row["oid"]: quote_table(row["schema"], row["name"]) for row in answers.tables}
    rules = constraints.Rules(
        _by_table(answers.constraints),
        _by_table(answers.indexes),
        _by_table(answers.triggers),
        {row["table"]: constraints.partitioning(row, names) for row in answers.partitioning},
    )
    known = {(row["table"], row["name"]): row for row in answers.statistics}
    return Catalog(
        {
            (row["schema"], row["name"]): Table(
                **{name: row[name] for name in _PLAIN},
                columns=tuple(
                    _column(column, types, known.get((row["oid"], column["name"])))
                    for column in columns.get(row["oid"], ())
                ),
                parents=tuple((schema, name) for schema, name in row["parents"]),
                **rules.of(row["oid"]),
            )
            for row in answers.tables
        },
        server_version=answers.version,
    )


def _by_table(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row["table"], []).append(row)
    return found


def _type_row(row: Row) -> TypeRow:
    plain = ("schema", "name", "base", "modifier", "required", "default", "element", "subtype", "multirange")
    fields = zip(row["field_names"] or (), row["field_types"] or (), row["field_modifiers"] or (), strict=True)
    checks = zip(row["check_names"] or (), row["check_expressions"] or (), strict=True)
    return TypeRow(
        **{name: row[name] for name in plain},
        labels=tuple(row["labels"]),
        fields=tuple((name, int(type_), int(modifier)) for name, type_, modifier in fields),
        checks=tuple(Check(name, expression) for name, expression in checks),
    )


def _column(row: Row, types: Mapping[int, TypeRow], known: Row | None) -> Column:
    resolved = resolve(row["type"], row["modifier"], types)
    return Column(
        row["name"],
        resolved.type,
        nullable=row["nullable"] and not resolved.required,
        default=None if row["generated"] else row["default"] or resolved.default,
        identity=row["identity"],
        generated=row["generated"],
        sequence=row["sequence_name"] and quote_table(row["sequence_schema"], row["sequence_name"]),
        comment=row["comment"],
        domain_checks=resolved.checks,
        statistics=None if known is None else _statistics(known),
    )


def _statistics(row: Row) -> Statistics:
    return Statistics(
        null_fraction=row["null_fraction"],
        distinct=row["n_distinct"],
        common=tuple(zip(row["common"] or (), map(float, row["shares"] or ()), strict=True)),
        histogram=tuple(row["histogram"] or ()),
        correlation=row["correlation"],
        redacted=bool(row.get("redacted")),
    )
