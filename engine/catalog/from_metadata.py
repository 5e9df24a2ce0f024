"""The catalog of tables that exist as SQLAlchemy metadata only, so that a spec can be validated without a server."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import CompileError
from sqlalchemy.types import TypeEngine

from engine.catalog.model import Catalog, Check, Column, ForeignKey, Table, Unique
from engine.pgtype import parse_type
from engine.sqltext import quote_table
from engine.types import PgType

DEFAULT_SCHEMA = "public"
NAME_BYTES = 63
"""Longer names are cut by PostgreSQL (NAMEDATALEN), those of sequences in a way of its own."""

_dialect = postgresql.dialect()  # type: ignore[no-untyped-call]


def catalog_from_metadata(metadata: sa.MetaData) -> Catalog:
    """The tables of `metadata` as PostgreSQL would have them once they are created.

    Defaults and checks keep the words of the metadata, which PostgreSQL would print in its own.
    Raises ValueError for a type that PostgreSQL does not have.
    """
    tables = (_table(table) for table in metadata.sorted_tables)
    return Catalog({(table.schema, table.name): table for table in tables})


def _table(table: sa.Table) -> Table:
    constraints = sorted(table.constraints, key=_name)
    return Table(
        table.schema or DEFAULT_SCHEMA,
        table.name,
        tuple(_column(column) for column in table.columns),
        primary_key=tuple(column.name for column in table.primary_key.columns),
        foreign_keys=tuple(_foreign_key(c) for c in constraints if isinstance(c, sa.ForeignKeyConstraint)),
        uniques=_uniques(table),
        checks=tuple(Check(_name(c), _words(c.sqltext)) for c in constraints if isinstance(c, sa.CheckConstraint)),
    )


def _column(column: sa.Column[Any]) -> Column:
    table = column.table
    serial = table.autoincrement_column is column and column.server_default is None and column.identity is None
    sequence = _sequence(table, column) if serial or column.identity else None
    default = f"nextval('{sequence}'::regclass)" if serial else _default(column)
    return Column(
        column.name,
        _type(column.type),
        nullable=bool(column.nullable) and not column.primary_key,
        default=default,
        identity=None if column.identity is None else "always" if column.identity.always else "by default",
        generated=column.computed is not None,
        sequence=sequence,
    )


def _default(column: sa.Column[Any]) -> str | None:
    if column.identity is not None or column.computed is not None:
        return None
    compiler = _dialect.ddl_compiler(_dialect, None)  # type: ignore[arg-type]  # None: a statement is not needed
    return compiler.get_column_default_string(column)


def _sequence(table: sa.Table, column: sa.Column[Any]) -> str | None:
    name = f"{table.name}_{column.name}_seq"
    return quote_table(table.schema or DEFAULT_SCHEMA, name) if len(name.encode()) <= NAME_BYTES else None


def _type(kind: TypeEngine[Any]) -> PgType:
    """The type by the words of its DDL; what these do not say (labels, a domain's base) from the object."""
    if isinstance(kind, sa.TypeDecorator):
        return _type(kind.type_engine(_dialect))
    if isinstance(kind, postgresql.DOMAIN):
        return replace(_type(kind.data_type), domain=kind.name)
    if isinstance(kind, sa.ARRAY):
        return replace(_type(kind.item_type), array=True, domain=None)
    if isinstance(kind, sa.Enum) and kind.native_enum and kind.name:
        return PgType(kind.name, labels=tuple(kind.enums), schema=kind.schema or DEFAULT_SCHEMA)
    try:
        return parse_type(kind.compile(dialect=_dialect))
    except CompileError as error:
        raise ValueError(f"{kind!r} is not a type of PostgreSQL") from error


def _foreign_key(constraint: sa.ForeignKeyConstraint) -> ForeignKey:
    target = constraint.referred_table
    return ForeignKey(
        _name(constraint),
        tuple(constraint.column_keys),
        (target.schema or DEFAULT_SCHEMA, target.name),
        tuple(element.column.name for element in constraint.elements),
        deferrable=bool(constraint.deferrable),
    )


def _uniques(table: sa.Table) -> tuple[Unique, ...]:
    """Unique constraints, and unique indexes over plain columns, by name."""
    named = [Unique(_name(c), _columns(c)) for c in table.constraints if isinstance(c, sa.UniqueConstraint)]
    for index in table.indexes:
        if index.unique and all(isinstance(part, sa.Column) for part in index.expressions):
            partial = index.dialect_options["postgresql"]["where"] is not None
            named.append(Unique(str(index.name), tuple(c.name for c in index.columns), partial=partial))
    return tuple(sorted(named, key=lambda unique: unique.name))


def _columns(constraint: sa.UniqueConstraint) -> tuple[str, ...]:
    return tuple(column.name for column in constraint.columns)


def _name(constraint: sa.Constraint) -> str:
    """The constraint's name, or the one that PostgreSQL would give it."""
    if isinstance(constraint.name, str):
        return str(constraint.name)
    table = constraint.table.name
    if isinstance(constraint, sa.ForeignKeyConstraint):
        return f"{table}_{'_'.join(constraint.column_keys)}_fkey"
    if isinstance(constraint, sa.UniqueConstraint):
        return f"{table}_{'_'.join(_columns(constraint))}_key"
    return f"{table}_{'pkey' if isinstance(constraint, sa.PrimaryKeyConstraint) else 'check'}"


def _words(clause: sa.ColumnElement[Any]) -> str:
    return str(clause.compile(dialect=_dialect, compile_kwargs={"literal_binds": True}))
