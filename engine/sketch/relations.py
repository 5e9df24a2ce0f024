"""Seventh pass: columns that are compared with each other, by a CHECK or by what their names say."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from graphlib import CycleError, TopologicalSorter

from engine.catalog.model import Column
from engine.sketch.checks import ColumnFacts
from engine.sketch.checks.facts import Compare, Computed, Value
from engine.sketch.checks.words import spelled
from engine.sketch.delays import MONTH, delay, written
from engine.sketch.ends import ended
from engine.sketch.guess import guess
from engine.sketch.leaning import lean
from engine.sketch.made import Made
from engine.sketch.moments import is_beginning
from engine.sketch.number_pairs import order_numbers
from engine.sketch.precedence import moments_in_order
from engine.sketch.room import is_open, limits
from engine.sketch.sheet import Sheet, Sketch
from engine.sqltext import quote
from engine.types import DAY, Family

NUMBERS = (Family.INTEGER, Family.DECIMAL, Family.FLOAT)
TIMES = (Family.TIMESTAMP, Family.DATE)
CLOCKS = (Family.TIME,)
_MORNING_H, _EVENING_H = 6, 22
"""Between them times of day lie that are compared."""
WIDTH = 1_000
"""Numbers that are compared lie among so many, where nothing else is known."""

_AGAIN = re.compile(r"^(last_?|latest_|updated|modified|changed|update_|modification_|change_|edited|expir)")
"""How moments are called of what happens to rows again and again, and how long they last."""

_TOUCHED = re.compile(r"^(updated|modified|changed|last_?(updated|modified|changed)|update_|modification_|change_)")
_RUNS = re.compile(r"^(start|begin|began|queue|enqueue|end|finish|stop|complete)")
"""What is changed last, in tables without a moment of their own; and what is before."""

_PERHAPS, _BEFORE = re.compile(r"[a-z]d_?at$|_at$"), re.compile(r"born|birth|dob|since|previous|prior|origin")
"""How moments are called of what may happen to rows, and of what has happened before."""


def relate_columns(sketch: Sketch) -> None:
    """Make the columns of each comparison so that it holds; what cannot be is left to be tried before a run."""
    for sheet in sketch.sheets.values():
        relations = [r for r in sheet.facts.relations if isinstance(r, Compare)]
        for relation in sheet.facts.relations:
            if isinstance(relation, Computed) and _open(sheet, relation.column):
                _narrow_terms(sheet, relation)
                sheet.columns[relation.column] = Made({"expr": relation.expression}, "as a CHECK computes it")
        for relation in relations:
            _agree(sheet, relation)
            if sketch.wish.profile:
                lean(sketch, sheet, relation, {n: _open(sheet, n) for n in (relation.column, relation.other)})
        _order(sheet, [r for r in relations if r.op in ("<", "<=", ">", ">=")], "by a CHECK")
        for found in (_by_name(sheet), _clocks_by_name(sketch, sheet)):
            _order(sheet, found, "by its name")
        order_numbers(sketch, sheet, {c.name for c in sheet.table.columns if _open(sheet, c.name)})


def _open(sheet: Sheet, name: str) -> bool:
    """Whether nothing fills a column yet."""
    dealt = any(name in group for group in sheet.groups)
    known = sheet.table.column(name)
    if known is None or known.generated or dealt:
        return False
    return name not in (*sheet.filled_by, *sheet.nulled, *sheet.columns, *sheet.alone, sheet.moment)


def _narrow_terms(sheet: Sheet, relation: Computed) -> None:
    """What is added up lies so that the sum keeps to what is said of it."""
    wanted = sheet.facts.columns.get(relation.column)
    if wanted is None or sorted(relation.expression.split(" + ")) != sorted(map(spelled, relation.columns)):
        return
    columns = dict(sheet.facts.columns)
    for name in relation.columns:
        known = columns.get(name, ColumnFacts())
        columns[name] = replace(
            known,
            low=wanted.low if known.low is None else known.low,
            low_strict=wanted.low_strict if known.low is None else known.low_strict,
            high=_share(wanted.high, len(relation.columns)) if known.high is None else known.high,
        )
    sheet.facts = replace(sheet.facts, columns=columns)


def _share(high: Value | None, count: int) -> Value | None:
    return Decimal(high) / count if isinstance(high, int | Decimal) else None


def _agree(sheet: Sheet, relation: Compare) -> None:
    if relation.op != "=":
        return
    for own, other in ((relation.column, relation.other), (relation.other, relation.column)):
        if _open(sheet, own):
            sheet.columns[own] = Made({"expr": quote(other)}, f"the same as {other}, by a CHECK")
            return


def _by_name(sheet: Sheet) -> list[Compare]:
    """Moments whose names say which comes first."""
    times = [c.name for c in sheet.table.columns if c.type.family in TIMES and not c.type.array]
    found = [Compare(later, ">=", first) for first, later in moments_in_order(sheet.table, TIMES)]
    begun = sheet.moment if sheet.moment is not None and is_beginning(sheet.moment) else None
    if begun is not None:
        return [*found, *(Compare(n, ">=", begun) for n in times if n != begun and _happens_later(sheet.column(n)))]
    ends = [n for n in times if not _AGAIN.match(n.lower()) and (n == sheet.moment or _RUNS.search(n.lower()))]
    return [*found, *(Compare(name, ">=", end) for name in times if _TOUCHED.match(name.lower()) for end in ends)]


def _clocks_by_name(sketch: Sketch, sheet: Sheet) -> list[Compare]:
    """Times of day of which one comes first; those whose names say more, as of opening, are in order already."""
    pairs = tuple(moments_in_order(sheet.table, CLOCKS))
    unknown = {n for pair in pairs for n in pair if guess(sheet.table, sheet.column(n), sketch.wish.locale) is None}
    return [Compare(later, ">=", first) for first, later in pairs if {first, later} & unknown]


def _happens_later(column: Column) -> bool:
    """Whether it tells, by its name, when something has happened to a row that was there."""
    named, name = ended(column), column.name.lower()
    perhaps = column.nullable and _PERHAPS.search(name) is not None and _BEFORE.search(name) is None
    return (named is not None and named.when) or _AGAIN.match(name) is not None or perhaps


def _order(sheet: Sheet, relations: list[Compare], why: str) -> None:
    """Columns that are less or greater than others, group by group."""
    later: dict[str, dict[str, Decimal]] = {}
    for relation in relations:
        high, low, offset = relation.column, relation.other, relation.offset
        if relation.op in ("<", "<="):
            high, low, offset = low, high, -offset
        if sheet.table.column(high) and sheet.table.column(low):
            later.setdefault(high, {})[low] = max(offset, later.get(high, {}).get(low, offset))
    try:
        ordered = tuple(TopologicalSorter({high: tuple(lows) for high, lows in later.items()}).static_order())
    except CycleError:
        return
    for family, made in ((TIMES, _follow), (NUMBERS, _slice), (CLOCKS, _share_day)):
        names = [n for n in ordered if sheet.column(n).type.family in family]
        if len(names) > 1:
            made(sheet, names, later, why)


def _follow(sheet: Sheet, names: list[str], later: dict[str, dict[str, Decimal]], why: str) -> None:
    """Each moment follows the latest that it has to; one that is fixed, or never null, is followed backwards."""
    for name in names:
        lows = [low for low in later.get(name, {}) if low in names]
        if not lows:
            continue
        low = max(lows, key=names.index)
        unit = DAY if Family.DATE in (sheet.column(name).type.family, sheet.column(low).type.family) else 1_000_000
        least = max(int(later[name][low]), 0) + unit
        can_follow = _open(sheet, name) and "." not in low  # which would be a way through references
        if can_follow and (sheet.nullable(name) or not _may_be_null(sheet, low)):
            law = delay(sheet.column(low), sheet.column(name), least)
            sheet.columns[name] = Made({"after": low, "by": law}, f"after {low}, {why}")
        elif _open(sheet, low) and name not in (*sheet.columns, *sheet.nulled) and "." not in name:
            nearest = -(-least // DAY) * DAY
            back = {"uniform": {"min": f"-{written(nearest + MONTH - DAY)}", "max": f"-{written(nearest)}"}}
            sheet.columns[low] = Made({"after": name, "by": back}, f"before {name}, {why}")


def _may_be_null(sheet: Sheet, name: str) -> bool:
    """Whether a moment is null in some rows, or the one that it follows."""
    made = sheet.columns.get(name)
    before = made.said.get("after") if made is not None and isinstance(made.said, dict) else None
    if isinstance(before, str) and sheet.table.column(before) and _may_be_null(sheet, before):
        return True
    known = sheet.table.column(name)
    return name in {*sheet.steps, *sheet.conditions, *sheet.nulled} or (known is not None and sheet.nullable(name))


def _slice(sheet: Sheet, names: list[str], later: dict[str, dict[str, Decimal]], why: str) -> None:
    """Numbers lie in slices of their own of what all of them may hold, one above the other."""
    ranks = _ranks(names, later)
    low, high = _common(sheet, names)
    slices = max(ranks.values()) + 1
    if high - low + 1 < slices:
        return
    step = (high - low + 1) // slices if high - low + 1 >= slices else 0
    shift = Decimal(0)
    highest = max(ranks.values())
    for name in [n for n in names if n in sheet.alone and ranks[n] == highest]:
        sheet.starts[name] = int(high) + 1  # counted from above the others on
    for name in sorted(names, key=lambda n: ranks[n]):
        shift = max([shift, *(later[name].values() if name in later else ())])
        if not _open(sheet, name):
            continue
        first = low + step * ranks[name] + shift * ranks[name]
        last = min(first + step - 1, high)
        sheet.columns[name] = Made(
            {"uniform": {"min": int(first), "max": int(max(first, last))}}, f"less or more than others, {why}"
        )


def _ranks(names: list[str], later: dict[str, dict[str, Decimal]]) -> dict[str, int]:
    ranks: dict[str, int] = {}
    for name in names:
        ranks[name] = max((ranks[low] + 1 for low in later.get(name, {}) if low in ranks), default=0)
    return ranks


def _share_day(sheet: Sheet, names: list[str], later: dict[str, dict[str, Decimal]], why: str) -> None:
    """Times of day lie in parts of the day of their own, one after the other."""
    ranks = _ranks(names, later)
    width = (_EVENING_H - _MORNING_H) * 3_600_000_000 // (max(ranks.values()) + 1)
    if any(later[name].values() and max(later[name].values()) > 0 for name in names if name in later):
        return
    for name in names:
        alone = name in sheet.alone and name not in sheet.columns
        if (alone or _open(sheet, name)) and is_open(sheet.facts.columns.get(name)):
            start = _MORNING_H * 3_600_000_000 + ranks[name] * width
            ends = {"min": written(start), "max": written(start + width - 1_000_000)}
            once: dict[str, object] = {"unique": True} if alone else {}
            sheet.columns[name] = Made({"uniform": ends, **once}, f"before or after others, {why}")


def _common(sheet: Sheet, names: list[str]) -> tuple[Decimal, Decimal]:
    """What all of some numeric columns may hold, a thousand whole numbers at most."""
    lows, highs = [], []
    for name in names:
        column, facts = sheet.column(name), sheet.facts.columns.get(name)
        low, high = limits(column) if column.type.family is not Family.FLOAT else (Decimal(0), Decimal(WIDTH))
        if facts is not None and isinstance(facts.low, int | Decimal):
            low = Decimal(facts.low)
        if facts is not None and isinstance(facts.high, int | Decimal):
            high = Decimal(facts.high)
        lows.append(low.to_integral_value(rounding="ROUND_CEILING"))
        highs.append(high.to_integral_value(rounding="ROUND_FLOOR"))
    low = max(lows)
    return low, min(min(highs), low + WIDTH)
