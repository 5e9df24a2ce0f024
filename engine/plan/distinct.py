"""A pass over groups of columns in which no two rows agree: what each of them is dealt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

from engine.errors import Code, Diagnostic, Path, SpecError, wrong
from engine.generators.deal import MOST_PLACES, Pair, deals
from engine.generators.reference import Reference
from engine.generators.sequence import Sequence
from engine.generators.uuid4 import Uuid4
from engine.generators.uuid7 import Uuid7
from engine.plan.draft import ColumnDraft, Draft, EntityDraft, column_place, follows, listed, nearest
from engine.plan.kernels import context_of
from engine.plan.links import key_of
from engine.types import Family

ORDERED = frozenset({Family.INTEGER, Family.DECIMAL, Family.UUID, Family.DATE, Family.TIMESTAMP})
"""Keys that we put in the order in which PostgreSQL puts them; that of texts hangs on a collation."""


def deal_columns(draft: Draft) -> None:
    """Give each column of a group its digit of the group's combinations; report groups that cannot be."""
    for entity in draft.entities.values():
        for number, group in enumerate(entity.spec.distinct):
            try:
                _deal(draft, entity, group)
            except SpecError as error:
                draft.report(error, "entities", entity.name, "distinct", number)


def _deal(draft: Draft, entity: EntityDraft, group: tuple[str, ...]) -> None:
    members = tuple(dict.fromkeys(_member(draft, entity, name, place) for place, name in enumerate(group)))
    columns = [entity.columns[name] for name in members]
    if any(differs(column, entity) for column in columns):
        return
    if entity.count is None:
        raise wrong(
            Code.INFEASIBLE,
            f"combinations are dealt out by the number of a row, and '{entity.name}' has a `per`",
            hint="give it a `count` and a reference; or use `distinct_within`, or a sequence `within: parent`",
        )
    pairs = _pairs(draft, entity, members)
    singles = [column for column in columns if column.name not in {name for pair in pairs for name in pair.names}]
    counts = [*(pair.kind.combinations(pair.rows) for pair in pairs)]
    counts += [_places(draft, entity, column, group) for column in singles]
    total = prod(counts)
    if entity.count > total:
        told = " × ".join(f"{count:,}" for count in counts)
        message = f"{entity.count:,} rows cannot differ in {listed(members)}: there are {told} = {total:,} combinations"
        hint = f"ask for {total:,} rows at most, or let the columns hold more"
        raise SpecError([Diagnostic(Code.INFEASIBLE, message, hint=hint, most=total)])
    shares = deals(counts, draft.key(entity.name, "distinct", *members))
    for pair, share in zip(pairs, shares, strict=False):
        for second, name in enumerate(pair.names):
            entity.deals[name] = replace(share, pair=pair.kind, rows=pair.rows, second=bool(second), keyed=pair.keyed)
    entity.deals |= dict(zip((column.name for column in singles), shares[len(pairs) :], strict=True))


@dataclass(frozen=True, slots=True)
class _PairOf:
    """Two members that point to the same rows, and what they have to be to each other."""

    names: tuple[str, str]
    kind: Pair
    rows: int
    keyed: tuple[str, str] | None  # what puts them in order, where the numbers of rows do not


def _pairs(draft: Draft, entity: EntityDraft, members: tuple[str, ...]) -> list[_PairOf]:
    """Members that are to differ from, or come after, another member. Raises SpecError."""
    found: list[_PairOf] = []
    for name in members:
        made = entity.columns[name].generator
        other = (made.comes_after or made.differs_from) if isinstance(made, Reference) else None
        if not isinstance(made, Reference) or other not in members:
            continue
        first = entity.columns[other].generator
        if not isinstance(first, Reference) or first.reference != made.reference:
            message = f"'{name}' and '{other}' do not point to the same entity"
            raise wrong(Code.WRONG_KIND, message, hint="leave `differs_from` or `comes_after` out")
        kind = Pair.ASCENDING if made.comes_after else Pair.APART
        keyed = _order(draft, made.entity, key_of(draft, entity, name)) if kind is Pair.ASCENDING else None
        rows = made.places(context_of(draft, entity, entity.columns[name]))
        if rows is None or kind.combinations(rows) == 0 or any({name, other} & set(pair.names) for pair in found):
            message = f"no pair of different rows of '{made.entity}' can be dealt out"
            raise wrong(Code.INFEASIBLE, message, hint=f"give '{made.entity}' a `count` of 2 or more")
        found.append(_PairOf((other, name), kind, rows, keyed))
    return found


def _order(draft: Draft, name: str, key: str) -> tuple[str, str] | None:
    """The key that puts rows in order, None where it is the order of their numbers. Raises SpecError (WRONG_KIND)."""
    column = draft.entities[name].columns[key]
    if column.type is None:
        raise follows()
    made = column.generator
    if isinstance(made, Sequence) and not str(made.sequence.step or 1).startswith("-"):
        return None
    if column.type.family not in ORDERED or column.type.array:
        message = f"the keys of '{name}' are {column.type}, whose order is PostgreSQL's own, so none comes first"
        raise wrong(Code.WRONG_KIND, message, hint="key it by numbers, moments or UUIDs, or say `differs_from`")
    return name, key


def _member(draft: Draft, entity: EntityDraft, name: str, place: int) -> str:
    """The column that is dealt out for a name: of one that a named reference fills, the way to its rows."""
    column = entity.columns.get(name)
    if column is None:
        hint = nearest(name, entity.columns) or f"there are {listed(n for n in entity.columns if chr(0) not in n)}"
        raise wrong(Code.UNKNOWN_COLUMN, f"'{entity.name}' has no column '{name}'", path=(place,), hint=hint)
    found = _way(entity, column)
    if found in entity.deals or found in entity.correlated:
        raise wrong(Code.CONFLICT, f"'{name}' is in two groups", path=(place,), hint="make one group of them")
    if draft.broken(*column_place(entity, name)):
        raise follows()
    return found


def _way(entity: EntityDraft, column: ColumnDraft) -> str:
    at: Path = column.place or ()
    return str(at[3]) if at[:3] == ("entities", entity.name, "references") and len(at) > 4 else column.name


def differs(column: ColumnDraft, entity: EntityDraft) -> bool:
    """Whether a column alone keeps all rows, or all siblings of one parent, apart."""
    made = column.generator
    if isinstance(made, Reference) and made.distinct_within is not None:
        return True
    if isinstance(made, Sequence):
        return made.sequence.within is None or entity.parent_column is not None
    return column.unique or isinstance(made, Uuid4 | Uuid7)


def _places(draft: Draft, entity: EntityDraft, column: ColumnDraft, group: tuple[str, ...]) -> int:
    made = column.generator
    if column.type is None or made is None:
        raise follows() if made is not None else _not_countable(column)
    try:
        found = made.places(context_of(draft, entity, column))
    except SpecError as error:
        raise SpecError(d.under() for d in error.diagnostics) from None
    if found is None:
        raise _not_countable(column)
    if found == 0:
        raise wrong(Code.INFEASIBLE, f"'{column.name}' has nothing to choose from", path=(len(group) - 1,))
    return min(found, MOST_PLACES)


def _not_countable(column: ColumnDraft) -> SpecError:
    kind = column.generator.kind if column.generator else "what the entity's shape makes"
    return wrong(
        Code.WRONG_KIND,
        f"'{column.name}' is made by '{kind}', whose values are not counted, so it cannot be dealt out",
        hint="take a reference, a choice, a uniform law of whole numbers or days, or a pattern; or make one of them "
        "`unique`",
    )
