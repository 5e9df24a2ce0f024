"""What the queries answer, read into a catalog: rows of a server, or the same rows after having been JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TypeVar, cast

from engine.catalog import constraints
from engine.catalog.model import Catalog, Check, Column, Table
from engine.catalog.resolve import Resolved, TypeRow, resolve
from engine.catalog.rows import Answers, ColumnRow, PgTypeRow, StatisticsRow
from engine.catalog.statistics import Statistics
from engine.sqltext import quote_table

Row = TypeVar("Row", bound=Mapping[str, object])


def catalog_of(answers: Answers) -> Catalog:
    """The catalog that the rows tell of."""
    types = {row["oid"]: _type_row(row) for row in answers.types}
    resolved = cache(lambda oid, modifier: resolve(oid, modifier, types))
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
                schema=row["schema"],
                name=row["name"],
                kind=row["kind"],
                owned=row["owned"],
                row_security=row["row_security"],
                estimated_rows=row["estimated_rows"],
                partition=row["partition"],
                bytes=row["bytes"],
                comment=row["comment"],
                columns=tuple(
                    _column(
                        column, resolved(column["type"], column["modifier"]), known.get((row["oid"], column["name"]))
                    )
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
        found.setdefault(cast(int, row["table"]), []).append(row)
    return found


def _type_row(row: PgTypeRow) -> TypeRow:
    fields = zip(row["field_names"] or (), row["field_types"] or (), row["field_modifiers"] or (), strict=True)
    checks = zip(row["check_names"] or (), row["check_expressions"] or (), strict=True)
    return TypeRow(
        row["schema"],
        row["name"],
        base=row["base"],
        modifier=row["modifier"],
        required=row["required"],
        default=row["default"],
        element=row["element"],
        subtype=row["subtype"],
        multirange=row["multirange"],
        labels=tuple(row["labels"]),
        fields=tuple((name, int(type_), int(modifier)) for name, type_, modifier in fields),
        checks=tuple(Check(name, expression) for name, expression in checks),
    )


def _column(row: ColumnRow, resolved: Resolved, known: StatisticsRow | None) -> Column:
    schema, sequence = row["sequence_schema"], row["sequence_name"]
    return Column(
        row["name"],
        resolved.type,
        nullable=row["nullable"] and not resolved.required,
        default=None if row["generated"] else row["default"] or resolved.default,
        identity=row["identity"],
        generated=row["generated"],
        expression=row.get("expression"),
        sequence=quote_table(schema, sequence) if schema and sequence else None,
        comment=row["comment"],
        domain_checks=resolved.checks,
        statistics=None if known is None else _statistics(known),
    )


def _statistics(row: StatisticsRow) -> Statistics:
    return Statistics(
        null_fraction=row["null_fraction"],
        distinct=row["n_distinct"],
        common=tuple(zip(row["common"] or (), map(_share, row["shares"] or ()), strict=True)),
        histogram=tuple(row["histogram"] or ()),
        correlation=row["correlation"],
        redacted=row["redacted"],
    )


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise ValueError(f"{text} is no share of the rows")
    return share
