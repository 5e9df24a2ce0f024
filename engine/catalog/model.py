"""A PostgreSQL schema as frozen values: what the planner, the loader and `engine init` need to know of tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.catalog.held import Appended
from engine.catalog.sample import Samples
from engine.catalog.statistics import Statistics
from engine.types import PgType


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK constraint and its SQL text; of a domain, where `VALUE` stands for the column."""

    name: str
    expression: str
    columns: tuple[str, ...] = ()  # those that it reads, in attribute order


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `default` is its SQL text; `identity` is 'always', 'by default' or None."""

    name: str
    type: PgType
    nullable: bool = True
    default: str | None = None
    identity: str | None = None
    generated: bool = False  # GENERATED ALWAYS AS (…) STORED or VIRTUAL
    sequence: str | None = None  # the quoted name of the sequence that serial or identity owns
    comment: str | None = None
    domain_checks: tuple[Check, ...] = ()  # of the domains that it is declared by, innermost first
    statistics: Statistics | None = None  # what ANALYZE found, where it was asked for
    expression: str | None = None  # what a generated column is computed by

    @property
    def required(self) -> bool:
        """Whether a row cannot be written without a value for it."""
        return not (self.nullable or self.default or self.identity or self.generated)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`columns` of this table point to `target_columns` of `target` (schema, table)."""

    name: str
    columns: tuple[str, ...]
    target: tuple[str, str]
    target_columns: tuple[str, ...]
    deferrable: bool = False
    on_delete: str = "no action"  # or restrict, cascade, set null, set default
    on_update: str = "no action"
    match_full: bool = False
    enforced: bool = True


@dataclass(frozen=True, slots=True)
class Unique:
    """A unique constraint or a unique index over plain columns; `partial` where it has a WHERE clause, `where`."""

    name: str
    columns: tuple[str, ...]
    partial: bool = False
    where: str | None = None
    nulls_not_distinct: bool = False


@dataclass(frozen=True, slots=True)
class ExpressionUnique:
    """A unique index with an expression among its keys; `columns` are all that they read."""

    name: str
    keys: tuple[str, ...]  # SQL, a plain column by its quoted name
    columns: tuple[str, ...]
    where: str | None = None


@dataclass(frozen=True, slots=True)
class Indexed:
    """What an index computes of every row that is written: keys that are expressions, for the rows of its condition."""

    name: str
    keys: tuple[str, ...]  # SQL
    columns: tuple[str, ...]  # all that they and the condition read
    where: str | None = None


@dataclass(frozen=True, slots=True)
class Exclusion:
    """An EXCLUDE constraint: no two rows for which every operator holds between their keys."""

    name: str
    elements: tuple[tuple[str, str], ...]  # (SQL of the key, operator)
    columns: tuple[str, ...]
    where: str | None = None

    @property
    def signs(self) -> tuple[str, ...]:
        """The operators without the schemas that they are written with, such as those of an extension."""
        return tuple(sign.removesuffix(")").rpartition(".")[2] for _, sign in self.elements)


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger of the user's: `events` are insert, delete, update and truncate; `timing` before, after, instead of."""

    name: str
    timing: str
    events: tuple[str, ...]
    per_row: bool
    enabled: bool
    function: str  # schema.name
    constraint: bool = False


@dataclass(frozen=True, slots=True)
class Partitioning:
    """How a partitioned table is cut: `bounds` say for each partition that holds rows what must hold for these.

    `columns` has None where a key is an expression. A bound is the SQL of a boolean expression over the columns, as
    `pg_get_partition_constraintdef` prints it, with all that the partitions above ask. That of a default partition is
    NOT of its siblings' (``true`` without any), and a hash names its table:

    ``((year IS NOT NULL) AND (year >= 2025) AND (year < 2026))``
    ``((kind IS NOT NULL) AND (kind = ANY (ARRAY['a'::text, 'b'::text])))``
    ``satisfies_hash_partition('"app"."parts"'::regclass, 4, 0, id)``
    """

    strategy: str  # range, list or hash
    columns: tuple[str | None, ...]
    bounds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One table or partitioned table; `columns` in attribute order."""

    schema: str
    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    uniques: tuple[Unique, ...] = ()
    checks: tuple[Check, ...] = ()
    kind: str = "table"  # table, partitioned, view, materialized view, foreign table
    owned: bool = True  # whether we may ALTER it
    row_security: bool = False  # whether row-level security applies to us
    estimated_rows: int = 0
    partition: bool = False  # whether it is a partition of another table
    expression_uniques: tuple[ExpressionUnique, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    partitioning: Partitioning | None = None
    parents: tuple[tuple[str, str], ...] = ()  # tables that it inherits from, or is a partition of
    bytes: int = 0  # on disk when it was last analysed, its indexes not counted
    comment: str | None = None
    indexed: tuple[Indexed, ...] = ()  # of every index that computes something, unique or not

    @property
    def qualified(self) -> str:
        """``schema.table``, unquoted: for messages, not for SQL."""
        return f"{self.schema}.{self.name}"

    @property
    def id(self) -> tuple[str, str]:
        """(schema, name), by which a catalog knows it."""
        return self.schema, self.name

    def column(self, name: str) -> Column | None:
        """The column of this name, or None."""
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every table we were asked to look at, by (schema, name)."""

    tables: Mapping[tuple[str, str], Table] = field(default_factory=dict)
    server_version: int = 0  # e.g. 180006; 0 where no server was asked
    samples: Samples = field(default_factory=dict)  # rows that are there already, by entity
    appended: Appended | None = None  # what the tables hold, where a run adds to them

    def table(self, name: str) -> Table | None:
        """A table by ``schema.table`` (either may have dots of its own), or by its bare name if that is unambiguous."""
        for at, sign in enumerate(name):
            if sign == "." and (name[:at], name[at + 1 :]) in self.tables:
                return self.tables[name[:at], name[at + 1 :]]
        found = [t for t in self.tables.values() if t.name == name]
        return found[0] if len(found) == 1 else None
