"""What the shop's tables share: their names, their types, the columns of every row that lives and changes."""

from __future__ import annotations

from typing import Any, TypeAlias

import sqlalchemy as sa

SCHEMA = "shop"

metadata = sa.MetaData(
    schema=SCHEMA,
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "ck": "%(table_name)s_%(constraint_name)s",
    },
)

Column: TypeAlias = sa.Column[Any]

MOMENT = sa.TIMESTAMP(timezone=True)
MONEY = sa.Numeric(12, 2)
SHARE = sa.Numeric(5, 2)
CHANNELS = "channel in ('web', 'mobile_web', 'app', 'marketplace', 'phone', 'store')"


def required(name: str, kind: sa.types.TypeEngine[Any], default: str | None = None) -> Column:
    """A NOT NULL column; `default` is SQL."""
    return sa.Column(name, kind, nullable=False, server_default=None if default is None else sa.text(default))


def optional(name: str, kind: sa.types.TypeEngine[Any]) -> Column:
    """A column that may be NULL."""
    return sa.Column(name, kind, nullable=True)


def refers(name: str, target: str, *, default: str | None = None, null: bool = False, cascade: bool = False) -> Column:
    """A foreign key to the column `target` (``table.column``) of this schema, in its type."""
    key = sa.ForeignKey(f"{SCHEMA}.{target}", ondelete="CASCADE" if cascade else None)
    kind = sa.Uuid() if target.endswith(".id") else sa.Text()
    return sa.Column(name, kind, key, nullable=null, server_default=None if default is None else sa.text(default))


def identity() -> Column:
    """The primary key: UUID v7 from whoever writes the row; the default (version 4) is for those who write by hand."""
    return sa.Column("id", sa.Uuid(), primary_key=True, server_default=sa.text("gen_random_uuid()"))


def born() -> tuple[Column, Column]:
    """When the row was made and last changed."""
    return required("created_at", MOMENT, "now()"), required("updated_at", MOMENT, "now()")


def deleted() -> tuple[Column, sa.CheckConstraint]:
    """Soft delete: when the row left the shop without leaving the table."""
    check = sa.CheckConstraint("deleted_at >= created_at", name="deleted_after_created")
    return optional("deleted_at", MOMENT), check


def version() -> Column:
    """Optimistic locking: counted up by a trigger, which refuses an update that names another version."""
    return required("version", sa.Integer(), "1")


def check(name: str, sql: str) -> sa.CheckConstraint:
    """A CHECK; its name is what must be true, the table's name goes before it."""
    return sa.CheckConstraint(sql, name=name)


def sparse(column: str) -> sa.Index:
    """An index over a foreign key that is mostly NULL."""
    return sa.Index(None, column, postgresql_where=sa.text(f"{column} is not null"))
