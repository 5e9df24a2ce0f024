"""Seventh pass: columns that are compared with each other, by a CHECK or by what their names say."""

from __future__ import annotations

import re
from decimal import Decimal
from graphlib import CycleError, TopologicalSorter

from engine.sketch.checks.facts import Compare, Computed
from engine.sketch.made import Made
from engine.sketch.room import limits
from engine.sketch.sheet import Sheet, Sketch
from engine.sqltext import quote
from engine.types import DAY, Family

NUMBERS = (Family.INTEGER, Family.DECIMAL, Family.FLOAT)
TIMES = (Family.TIMESTAMP, Family.DATE)
WIDTH = 1_000
"""Numbers that are compared lie among so many, where nothing else is known."""

_PAIRS = (
    (re.compile(r"^(.*?)(start|starts|started|begin|begins|from|opened|first|since)(.*)$"),
     ("end", "ends", "ended", "finish", "to", "until", "closed", "last", "thru", "expires")),
    (re.compile(r"^(.*?)(created|inserted|create|creation)(.*)$"),
     ("updated", "modified", "changed", "deleted", "update", "modification", "expires", "finished", "completed")),
    (re.compile(r"^(.*?)(ordered|placed|order|issued|issue|sent)(.*)$"),
     ("shipped", "paid", "delivered", "due", "received", "cancelled", "required", "ship")),
)  # fmt: skip
"""What comes first, and what later, in the names of moments."""


def relate_columns(sketch: Sketch) -> None:
    """Make the columns of each comparison so that it holds; what cannot be is left to be tried before a run."""
    for sheet in sketch.sheets.values():
        relations = [r for r in sheet.facts.relations if isinstance(r, Compare)]
        for relation in sheet.facts.relations:
            if isinstance(relation, Computed) and _open(sheet, relation.column):
                sheet.columns[relation.column] = Made({"expr": relation.expression}, "as a CHECK computes it")
        for relation in relations:
            _agree(sheet, relation)
        _order(sheet, [r for r in relations if r.op in ("<", "<=", ">", ">=")], "by a CHECK")
        _order(sheet, _by_name(sheet), "by its name")


def _open(sheet: Sheet, name: str) -> bool:
    """Whether nothing fills a column yet."""
    dealt = any(name in group for group in sheet.groups)
    known = sheet.table.column(name)
    if known is None or known.generated or dealt:
        return False
    return name not in (*sheet.filled_by, *sheet.nulled, *sheet.columns, *sheet.alone, sheet.moment)


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
    found = []
    for first in times:
        for pattern, later in _PAIRS:
            parts = pattern.match(first.lower())
            if parts is None:
                continue
            names = [n for n in times if n.lower() in {f"{parts[1]}{word}{parts[3]}" for word in later}]
            found += [Compare(name, ">=", first) for name in names if name != first]
    return found


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
    for family in (TIMES, NUMBERS):
        names = [n for n in ordered if sheet.column(n).type.family in family]
        if len(names) > 1:
            (_follow if family is TIMES else _slice)(sheet, names, later, why)


def _follow(sheet: Sheet, names: list[str], later: dict[str, dict[str, Decimal]], why: str) -> None:
    """Each moment follows the latest that it has to; one that is fixed already is followed backwards."""
    for name in names:
        lows = [low for low in later.get(name, {}) if low in names]
        if not lows:
            continue
        low = max(lows, key=names.index)
        if _open(sheet, name):
            unit = DAY if Family.DATE in (sheet.column(name).type.family, sheet.column(low).type.family) else 1_000_000
            least = max(int(later[name][low]), 0) + unit
            sheet.columns[name] = Made(
                {"after": low, "by": {"uniform": {"min": _length(least), "max": _length(least + 30 * DAY)}}},
                f"after {low}, {why}",
            )
        elif _open(sheet, low) and name not in sheet.columns:
            back = {"uniform": {"min": "-30d", "max": "-1d"}}
            sheet.columns[low] = Made({"after": name, "by": back}, f"before {name}, {why}")


def _length(micros: int) -> str:
    """A length of time as specs write it."""
    if micros % DAY == 0:
        return f"{micros // DAY}d"
    return f"{-(-micros // 1_000_000)}s"


def _slice(sheet: Sheet, names: list[str], later: dict[str, dict[str, Decimal]], why: str) -> None:
    """Numbers lie in slices of their own of what all of them may hold, one above the other."""
    ranks: dict[str, int] = {}
    for name in names:
        ranks[name] = max((ranks[low] + 1 for low in later.get(name, {}) if low in ranks), default=0)
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
