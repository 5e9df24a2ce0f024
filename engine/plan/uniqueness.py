"""A pass that looks at keys: a column that must be unique in PostgreSQL is made by something that can promise it."""

from __future__ import annotations

from engine.errors import Code, wrong
from engine.generators.after import After
from engine.generators.ar1 import Ar1
from engine.generators.arbitrary import Arbitrary
from engine.generators.base import Distribution
from engine.generators.bernoulli import Bernoulli
from engine.generators.choice import Choice
from engine.generators.constant import Constant
from engine.generators.distribution import not_unique
from engine.generators.expr import Expr
from engine.generators.faker import Faker
from engine.generators.lookup import Lookup
from engine.generators.pattern import Pattern
from engine.generators.reference import Reference
from engine.generators.sequence import Sequence
from engine.generators.several import Several
from engine.generators.shares import ExactShares
from engine.generators.template import Template
from engine.generators.uniform import Uniform
from engine.generators.uuid4 import Uuid4
from engine.generators.uuid7 import Uuid7
from engine.generators.walk import Walk
from engine.plan.draft import ColumnDraft, Draft, EntityDraft, column_place

REPEATING = (Arbitrary, Pattern, Constant, Choice, ExactShares, Lookup, Bernoulli, Distribution, Reference, Several)
"""Generators that repeat values unless they are told not to; what an expression does is not known beforehand."""

PROMISING = (
    *(Arbitrary, Pattern, Ar1, Walk, Choice, Uniform, Sequence, Uuid4, Uuid7, Faker, Template, Distribution, After),
    Expr,
)
"""Generators that look at `unique: true` themselves: they keep it, or refuse it."""


def require_promises(draft: Draft) -> None:
    """Refuse `unique: true` where nothing would keep it."""
    for entity in draft.entities.values():
        for name, column in entity.columns.items():
            made = column.generator
            if column.unique and made is not None and entity.expected_rows >= 2 and not isinstance(made, PROMISING):
                place = column_place(entity, name)
                if not draft.broken(*place):
                    draft.report(not_unique(made.kind), *place)


def require_unique_keys(draft: Draft) -> None:
    """Refuse a unique column of its own, the primary key above all, that is sure to get values twice."""
    for entity in draft.entities.values():
        for name, constraint in alone(entity).items():
            column = entity.columns.get(name)
            place = column_place(entity, name)
            if column is None or column.hidden or draft.broken(*place) or not _repeats(entity, column):
                continue
            error = wrong(
                Code.NOT_UNIQUE,
                f"'{name}' is unique in '{entity.spec.table}' ({constraint}), and this makes values twice",
                hint=_hint(column),
            )
            draft.report(error, *place)


def alone(entity: EntityDraft) -> dict[str, str]:
    """Columns that are unique on their own, and by which constraint."""
    table = entity.table
    found = {u.columns[0]: u.name for u in table.uniques if len(u.columns) == 1 and not u.partial}
    key = {table.primary_key[0]: "its primary key"} if len(table.primary_key) == 1 else {}
    return {**found, **key}


def _repeats(entity: EntityDraft, column: ColumnDraft) -> bool:
    if entity.expected_rows < 2 or column.unique or (column.nulls is not None and column.nulls.fraction >= 1):
        return False
    deal, made = entity.deals.get(column.name), column.generator
    if (deal is not None and deal.alone) or (isinstance(made, Reference) and made.capacity == 1):
        return False
    if made is None:
        return column.name == entity.parent_column and entity.fan_out is not None and entity.fan_out.maximum > 1
    if isinstance(made, Arbitrary) and made.arbitrary.disjoint:
        return False  # what lies apart differs
    if isinstance(made, Sequence):
        return made.sequence.within is not None
    return isinstance(made, REPEATING) and not (isinstance(made, Constant) and made.constant is None)


def _hint(column: ColumnDraft) -> str | None:
    made = column.generator
    if made is None:
        return "let `per` make at most one row for each parent"
    if isinstance(made, Reference | Several):
        return f"add distinct: [[{column.name}]] to the entity, or make it `per` the one that it refers to"
    return "use uuid7, uuid4 or sequence" + (
        ", or add `unique: true`" if isinstance(made, Choice | Distribution) else ""
    )
