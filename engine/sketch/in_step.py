"""Before the sixth pass: what tells of the same end of a row is there in the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.catalog.model import Column
from engine.sketch.conditions import Condition
from engine.sketch.ends import Ended, ended, flagged
from engine.sketch.entities import nameable
from engine.sketch.guess import guess
from engine.sketch.made import Made
from engine.sketch.references import way_of
from engine.sketch.sheet import Sheet, Sketch
from engine.sketch.words import joined, tokens
from engine.sqltext import quote
from engine.types import Family

_STATES = (("status",), ("state",))


@dataclass(slots=True)
class _End:
    """The columns of a table that tell of one end: when, by whom and why; and whether it has come."""

    of: Ended
    told: list[Column] = field(default_factory=list)  # those that tell when come first
    flags: list[Column] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Leader:
    """The column that decides, and the condition by which it does."""

    column: str
    when: str
    derives: bool = False  # whether a yes or no can follow it


def keep_in_step(sketch: Sketch) -> None:
    """Who has deleted a row and when is there where it is deleted; a profile knows how often better than names do."""
    for sheet in sketch.sheets.values() if not sketch.wish.profile else ():
        for end in _ends(sheet):
            leader = _leader(sketch, sheet, end)
            if leader is not None:
                _follow(sketch, sheet, end, leader)


def _ends(sheet: Sheet) -> list[_End]:
    found: dict[tuple[str, frozenset[str]], _End] = {}
    for column in sheet.table.columns:
        if column.type.array or not nameable(column.name) or column.generated:
            continue
        yes_or_no = column.type.family in (Family.BOOLEAN, Family.INTEGER)
        if (named := ended(column)) is not None and column.nullable and column.type.family is not Family.BOOLEAN:
            end = found.setdefault((named.to, named.of.words), _End(named.of))
            end.told.insert(0 if named.when else len(end.told), column)
        elif yes_or_no and (named := flagged(column)) is not None:
            found.setdefault((named.to, named.of.words), _End(named.of)).flags.append(column)
    return [end for end in found.values() if end.told]


def _leader(sketch: Sketch, sheet: Sheet, end: _End) -> _Leader | None:
    """What decides: a column that is not free to follow, else the yes or no, the state of the row, or the moment."""
    there = [column for column in end.told if _can_lead(sheet, column)]
    for column in there:
        if not _free(sheet, column.name) and not _loose(sketch, sheet, column.name):
            return _there(column)
    for column in end.flags:
        if column.name not in sheet.nulled:
            yes = quote(column.name) if column.type.family is Family.BOOLEAN else f"{quote(column.name)} <> 0"
            return _Leader(column.name, yes)
    return _by_state(sketch, sheet, end) or next(map(_there, there), None)


def _there(column: Column) -> _Leader:
    return _Leader(column.name, f"{quote(column.name)} is not null", derives=True)


def _can_lead(sheet: Sheet, column: Column) -> bool:
    """Whether a column is null in some rows, by no rule that reads the others."""
    name = column.name
    if name in {*sheet.nulled, *sheet.conditions, *sheet.steps, *sheet.columns}:
        return False
    pointer = sheet.filled_by.get(name)
    if pointer is not None:
        return pointer.single and pointer.nullable and pointer.way is None
    return sheet.nullable(name) or any(name in check.columns for check in sheet.outside.values())


def _loose(sketch: Sketch, sheet: Sheet, name: str) -> bool:
    """Whether a reference can be taken or not, as another column says: rows that it points to are there before."""
    pointer = sheet.filled_by.get(name)
    if pointer is None or not (pointer.single and pointer.nullable) or name in sheet.nulled:
        return False
    target = sketch.sheets.get(pointer.key.target)
    bound = pointer.way or pointer.same or pointer.differs or pointer.after or pointer.also or pointer.even
    asked = any(name in (p.same, p.differs, p.after) for p in sheet.pointers.values())
    before = target is None or target.depth < sheet.depth
    return before and not (bound or asked or name in {*_spoken_of(sheet), *sheet.alone, *sheet.reach})


def _spoken_of(sheet: Sheet) -> Iterator[str]:
    """Columns that a key or a CHECK speaks of, or that are dealt out together."""
    yield from sheet.table.primary_key
    yield from (column for unique in sheet.table.uniques for column in unique.columns)
    yield from (column for index in sheet.table.expression_uniques for column in index.columns)
    for check in (*sheet.table.checks, *sheet.outside.values()):
        yield from check.columns
    for group in sheet.groups:
        yield from group


def _free(sheet: Sheet, name: str) -> bool:
    """Whether nothing else says what a column holds."""
    taken = {*sheet.filled_by, *sheet.nulled, *sheet.columns, *sheet.alone, *sheet.conditions, *sheet.steps}
    return name not in {*taken, *sheet.reach, *_spoken_of(sheet)}


def _by_state(sketch: Sketch, sheet: Sheet, end: _End) -> _Leader | None:
    """The state of the row, where it has one of this name and none comes after it."""
    for column in sheet.table.columns if end.of.last else ():
        named = tokens(column.name)[-1:] in _STATES
        if not named or column.generated or column.name in sheet.nulled:
            continue
        labels = [label for label in _labels(sketch, sheet, column) if joined(tokens(label)) in _stems(end.of)]
        if labels:
            among = ", ".join("'" + label.replace("'", "''") + "'" for label in labels)
            return _Leader(column.name, f"{quote(column.name)} in ({among})")
    return None


def _stems(of: Ended) -> frozenset[str]:
    return frozenset(joined((word,)) for word in of.words)


def _labels(sketch: Sketch, sheet: Sheet, column: Column) -> Iterator[str]:
    """The values that a state will have, as far as they are known already."""
    facts = sheet.facts.columns.get(column.name)
    if column.type.array or column.type.family is not Family.TEXT or column.name in sheet.columns:
        return
    said: object = column.type.labels or (facts.one_of if facts is not None else ())
    if not said and _free(sheet, column.name):
        made = guess(sheet.table, column, sketch.wish.locale)
        said = made.said.get("choice") if made is not None and isinstance(made.said, dict) else ()
    yield from (label for label in said or () if isinstance(label, str))  # type: ignore[attr-defined]


def _follow(sketch: Sketch, sheet: Sheet, end: _End, leader: _Leader) -> None:
    for name in (column.name for column in end.told if column.name != leader.column):
        step = Condition(name, leader.when, (leader.column,), leader.column)
        if _free(sheet, name):
            sheet.steps[name] = step
        elif _loose(sketch, sheet, name):
            sheet.steps[name] = step
            pointer = sheet.filled_by[name]
            pointer.way, pointer.nullable, pointer.tree = way_of(sheet, pointer.key), False, False
    for column in end.flags if leader.derives else ():
        if _free(sheet, column.name) and column.type.family is Family.BOOLEAN and not column.type.domain:
            sheet.columns[column.name] = Made({"expr": leader.when}, f"in step with {leader.column}")
            sheet.solid.add(column.name)
