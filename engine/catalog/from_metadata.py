"""The catalog of tables that exist as SQLAlchemy metadata only, so that a spec can be validated without a server."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import CompileError
from sqlalchemy.types import TypeEngine

from engine.catalog.model import Catalog, Check, Column, Exclusion, ExpressionUnique, ForeignKey, Indexed, Table, Unique
from engine.pgtype import parse_type
from engine.sqltext import quote, quote_table
from engine.types import PgType

DEFAULT_SCHEMA = "public"
NAME_BYTES = 63
"""Longer names are cut by PostgreSQL (NAMEDATALEN), those of sequences in a way of its own."""

RANGES = {"int4": "int4", "int8": "int8", "num": "numeric", "date": "date", "ts": "timestamp", "tstz": "timestamptz"}
"""What PostgreSQL's own ranges are of, by the beginning of their names."""

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
        checks=tuple(_check(table, c) for c in constraints if isinstance(c, sa.CheckConstraint)),
        expression_uniques=_expression_uniques(table),
        exclusions=tuple(_exclusion(table, c) for c in constraints if isinstance(c, postgresql.ExcludeConstraint)),
        indexed=_indexed(table),
        comment=table.comment,
    )


def _check(table: sa.Table, constraint: sa.CheckConstraint) -> Check:
    """The columns are those that the metadata know of: none where the words are a plain text."""
    return Check(_name(constraint), _words(constraint.sqltext), _among(table, constraint.columns))


def _among(table: sa.Table, columns: Iterable[sa.ColumnElement[Any]]) -> tuple[str, ...]:
    """The names of these columns in the table's order."""
    names = {column.name for column in columns if isinstance(column, sa.Column)}
    return tuple(column.name for column in table.columns if column.name in names)


def _column(column: sa.Column[Any]) -> Column:
    table = column.table
    serial = table.autoincrement_column is column and column.server_default is None and column.identity is None
    sequence = _sequence(table, column) if serial or column.identity else None
    default = f"nextval('{sequence}'::regclass)" if serial else _default(column)
    return Column(
        column.name,
        _type(column.type),
        nullable=bool(column.nullable) and not column.primary_key and not _domain_says_not_null(column.type),
        default=default,
        identity=None if column.identity is None else "always" if column.identity.always else "by default",
        generated=column.computed is not None,
        expression=None if column.computed is None else _words(column.computed.sqltext),
        sequence=sequence,
        comment=column.comment,
        domain_checks=_domain_checks(column.type),
    )


def _domain_says_not_null(kind: TypeEngine[Any]) -> bool:
    return isinstance(kind, postgresql.DOMAIN) and (bool(kind.not_null) or _domain_says_not_null(kind.data_type))


def _domain_checks(kind: TypeEngine[Any]) -> tuple[Check, ...]:
    if not isinstance(kind, postgresql.DOMAIN):
        return ()
    name = str(kind.constraint_name or f"{kind.name}_check")
    own = () if kind.check is None else (Check(name, _words(kind.check)),)
    return (*_domain_checks(kind.data_type), *own)


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
        return _with_subtype(parse_type(kind.compile(dialect=_dialect)))
    except CompileError as error:
        raise ValueError(f"{kind!r} is not a type of PostgreSQL") from error


def _with_subtype(plain: PgType) -> PgType:
    multirange = plain.name.endswith("multirange")
    of = RANGES.get(plain.name.removesuffix("multirange" if multirange else "range"))
    is_range = of is not None and plain.name.endswith("range")
    return replace(plain, subtype=PgType(of), multirange=multirange) if is_range and of else plain


def _foreign_key(constraint: sa.ForeignKeyConstraint) -> ForeignKey:
    target = constraint.referred_table
    return ForeignKey(
        _name(constraint),
        tuple(constraint.column_keys),
        (target.schema or DEFAULT_SCHEMA, target.name),
        tuple(element.column.name for element in constraint.elements),
        deferrable=bool(constraint.deferrable),
        on_delete=(constraint.ondelete or "no action").lower(),
        on_update=(constraint.onupdate or "no action").lower(),
        match_full=(constraint.match or "").lower() == "full",
    )


def _uniques(table: sa.Table) -> tuple[Unique, ...]:
    """Unique constraints, and unique indexes over plain columns, by name."""
    constraints = (c for c in table.constraints if isinstance(c, sa.UniqueConstraint))
    named = [Unique(_name(c), _columns(c), nulls_not_distinct=_nulls_not_distinct(c)) for c in constraints]
    for index in table.indexes:
        if index.unique and _plain(index):
            columns, where = tuple(c.name for c in index.columns), _where(index)
            missing = _nulls_not_distinct(index)
            named.append(Unique(str(index.name), columns, where is not None, where, nulls_not_distinct=missing))
    return tuple(sorted(named, key=lambda unique: unique.name))


def _expression_uniques(table: sa.Table) -> tuple[ExpressionUnique, ...]:
    """Unique indexes with an expression among their keys, by name."""
    indexes = sorted((i for i in table.indexes if i.unique and not _plain(i)), key=lambda index: str(index.name))
    return tuple(
        ExpressionUnique(str(i.name), tuple(map(_key, i.expressions)), _among(table, i.columns), _where(i))
        for i in indexes
    )


def _indexed(table: sa.Table) -> tuple[Indexed, ...]:
    """Indexes with a condition or with an expression among their keys, those of exclusions too, by name."""
    found = [
        Indexed(str(i.name), _expressions(i.expressions), _among(table, i.columns), _where(i))
        for i in table.indexes
        if _where(i) or not _plain(i)
    ]
    for constraint in table.constraints:
        if isinstance(constraint, postgresql.ExcludeConstraint):
            told = constraint._render_exprs  # noqa: SLF001 - what is public leaves out keys that are expressions
            keys = _expressions(key for key, _, _ in told)
            where = None if constraint.where is None else _words(constraint.where)
            if keys or where:
                found.append(Indexed(_name(constraint), keys, _among(table, constraint.columns), where))
    return tuple(sorted(found, key=lambda one: one.name))


def _expressions(parts: Iterable[Any]) -> tuple[str, ...]:
    return tuple(_words(part) for part in parts if not isinstance(part, sa.Column))


def _exclusion(table: sa.Table, constraint: postgresql.ExcludeConstraint) -> Exclusion:
    told = constraint._render_exprs  # noqa: SLF001 - what is public leaves out keys that are expressions
    elements = tuple((_key(key), operator) for key, _, operator in told)
    where = None if constraint.where is None else _words(constraint.where)
    return Exclusion(_name(constraint), elements, _among(table, constraint.columns), where)


def _plain(index: sa.Index) -> bool:
    return all(isinstance(part, sa.Column) for part in index.expressions)


def _where(index: sa.Index) -> str | None:
    clause = index.dialect_options["postgresql"]["where"]
    return None if clause is None else _words(clause)


def _nulls_not_distinct(key: sa.Index | sa.UniqueConstraint) -> bool:
    return bool(key.dialect_options["postgresql"]["nulls_not_distinct"])


def _key(part: Any) -> str:
    return quote(part.name) if isinstance(part, sa.Column) else _words(part)


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


def _words(clause: sa.ClauseElement | str) -> str:
    if isinstance(clause, str):
        return clause
    return str(clause.compile(dialect=_dialect, compile_kwargs={"literal_binds": True}))
