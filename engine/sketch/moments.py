"""Sixth pass: which column is the moment of a row, and when rows of each table happen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

from engine.catalog.model import Column
from engine.sketch.checks import ColumnFacts
from engine.sketch.epochs import counted, epoch_of
from engine.sketch.made import Made
from engine.sketch.rhythm import Rhythm
from engine.sketch.room import is_open
from engine.sketch.sheet import Sheet, Sketch
from engine.sketch.wish import TableKey
from engine.types import Family

HISTORY = timedelta(days=180)
"""How long before the window the first rows of what is referred to come about; all generations share it."""

ACTIVITY = "activity"
"""The timeline of tables whose own is not known."""

MOST_BUSY = 12
"""Tables that follow it: those that refer to most others. A year of minutes takes 4 MiB of each; the rest is spread."""

_NAMES = (
    re.compile(r"^(created|creation|inserted|create|insert)(_?(at|on|date|time|ts|timestamp|datetime))?$"),
    re.compile(r"^(date|time|dt|ts)_?(created|added|inserted|placed|ordered|joined|registered)$"),
    re.compile(r"^(placed|ordered|order|occurred|happened|logged|recorded|received|registered|joined|signed_up|signup|"
               r"queued|enqueued|added|uploaded|observed|measured|collected|captured|committed|detected|imported|"
               r"event|entry|transaction|payment|invoice|purchase|sale)_?(at|on|date|time|ts|timestamp)$"),
    re.compile(r"^(timestamp|ts|occurred|datetime|event_time|moment|time|date|when|day)$"),
    re.compile(r"^(sent|posted|published|opened|booked|paid|issued|requested|submitted|started)_?"
               r"(at|on|date|time|ts|timestamp)$"),
    re.compile(r"(_at|_on|_date|_time|_ts|timestamp|datum|fecha)$"),
)  # fmt: skip
"""Names of moments, the surest first."""

_SURE = 4
"""So many of them every row has, also where it may be null; what it may have or not is no moment of all rows."""

_MANY = 50
"""Of so many rows the first one surely comes in the first days."""

_SURELY = 30
"""So many rows are expected among the first; that there is none then has odds of one in 10^13."""

LATER = re.compile(r"(updated|modified|changed|deleted|expire|expiry|valid|until|end|due|birth|dob|last_|next_|cancel)")
"""Moments of something else than of the row's beginning."""


def find_moments(sketch: Sketch) -> None:
    """Choose a moment for each table that has one; what is pointed to lies before what points to it.

    Where rows were counted by the hour they follow the timeline that was seen, over its own days.
    """
    for sheet in sketch.sheets.values():
        sheet.moment = _moment(sketch, sheet)
    heights = _heights(sketch)
    timely = [sheet for sheet in sketch.sheets.values() if sheet.moment is not None]
    for sheet in timely:
        sheet.height = heights[sheet.table.id]
    for sheet in timely:
        seen = _seen(sketch, sheet)
        if seen is not None and _whole(sketch, seen) and seen.timeline:
            sheet.timeline = sheet.name
            sketch.timelines[sheet.name] = seen.timeline
        elif seen is not None:
            sheet.span = (seen.first, seen.last + timedelta(days=1))
        elif sheet.height or sheet.moment in sheet.reach:
            sheet.span = span_of(sketch, sheet)
            if sheet.height and sheet.moment not in sheet.reach and _lasts(sketch, sheet, heights):
                sheet.lasting, sheet.span = True, (sheet.span[0], sketch.wish.end)
        else:
            sheet.span = (sketch.wish.start, sketch.wish.end)
    busy = [s for s in sketch.sheets.values() if s.moment and s.span == (sketch.wish.start, sketch.wish.end)]
    for sheet in sorted(busy, key=lambda s: (-len(s.pointers), -s.rows))[:MOST_BUSY]:
        sheet.timeline = ACTIVITY
    if any(sheet.timeline == ACTIVITY for sheet in sketch.sheets.values()):
        sketch.timelines[ACTIVITY] = {
            "daily": "online_retail",
            "weekly": {"mon": 1.1, "sat": 0.9, "sun": 1.05},
            "noise": 0.05,
        }


def _lasts(sketch: Sketch, sheet: Sheet, heights: Mapping[TableKey, int]) -> bool:
    """Whether rows may come about all through the window, as who points to them can choose among those that are there.

    So there have to be some in the first generation; and nothing that happens hangs on them but by such a choice.
    """
    start, end = span_of(sketch, sheet)
    if sheet.rows * (end - start) / (sketch.wish.end - start) < _SURELY:
        return False
    for other in sketch.sheets.values():
        for pointer in other.pointers.values():
            if pointer.key.target != sheet.table.id or other is sheet:
                continue
            bound = pointer.same or pointer.even or pointer.differs or pointer.after or other.outside
            dealt = any(pointer.name in group for group in other.groups)
            if bound or dealt or other.depth <= sheet.depth or (other.moment is None and heights[other.table.id]):
                return False
    return True


def _seen(sketch: Sketch, sheet: Sheet) -> Rhythm | None:
    found = sketch.wish.rhythms.get(sheet.table.id)
    return found[1] if found is not None and found[0] == sheet.moment and sheet.moment not in sheet.reach else None


def _whole(sketch: Sketch, seen: Rhythm) -> bool:
    """Whether the rows lie all over the window, and hardly elsewhere."""
    wish, tolerance = sketch.wish, max((sketch.wish.end - sketch.wish.start) / 10, timedelta(days=1))
    last = seen.last + timedelta(days=1)
    return abs(seen.first - wish.start) <= tolerance and abs(last - wish.end) <= tolerance


def _moment(sketch: Sketch, sheet: Sheet) -> str | None:
    rhythm = sketch.wish.rhythms.get(sheet.table.id)
    free = [c for c in sheet.table.columns if _free(sheet, c)]
    if rhythm is not None and any(c.name == rhythm[0] for c in free):
        return rhythm[0]
    free = [c for c in free if not LATER.search(c.name.lower())]
    for at, pattern in enumerate(_NAMES):
        found = [c for c in free if pattern.search(c.name.lower()) and (at < _SURE or not c.nullable)]
        if found:
            return min(found, key=lambda c: c.nullable).name
    return _counted(sketch, sheet)


def _counted(sketch: Sketch, sheet: Sheet) -> str | None:
    """A moment that is never written, and a column that counts it: the surest of those that are numbers since 1970."""
    known = [(c, e) for c in sheet.table.columns if (e := epoch_of(c)) and counts_moments(sketch, sheet, c)]
    for at, pattern in enumerate(_NAMES):
        for column, epoch in known:
            later = epoch.ahead or LATER.search(epoch.spelled) or _LATER_VERBS.match(epoch.spelled)
            if pattern.search(epoch.spelled) and not later and (at < _SURE or not column.nullable):
                taken = {*(c.name for c in sheet.table.columns), *sheet.pointers, *sheet.hidden}
                name = next(n for i in range(len(taken) + 1) if (n := f"moment{'_' * i}") not in taken)
                why = "the row's moment as a number, by its name"
                sheet.columns[column.name] = Made({"expr": counted(name, epoch, column)}, why)
                sheet.solid.add(column.name)
                return name
    return None


def counts_moments(sketch: Sketch, sheet: Sheet, column: Column) -> bool:
    """Whether nothing speaks against a column of numbers of moments: no key, no CHECK, no rows that are known."""
    known = sketch.wish.profile and column.statistics is not None
    spoken = {c for r in sheet.facts.relations for c in (r.column, getattr(r, "other", r.column))}
    spoken |= {c for check in sheet.facts.opaque for c in check.columns}
    spoken |= {c for unique in sheet.table.uniques for c in unique.columns} | {*sheet.table.primary_key}
    return not known and column.name not in {*spoken, *sheet.reach} and _is_untouched(sheet, column)


_LATER_VERBS = re.compile(r"(updat|modif|chang|delet|edit|last|next|end_|finish|complet)")
"""How numbers are called of what happens later."""


def is_beginning(name: str) -> bool:
    """Whether a moment of this name is when the row came about."""
    return any(pattern.search(name.lower()) for pattern in _NAMES[:_SURE]) and not LATER.search(name.lower())


def _free(sheet: Sheet, column: Column) -> bool:
    """Whether a column could be the moment: a time that nothing else says anything about."""
    timely = column.type.family in (Family.TIMESTAMP, Family.DATE) and not column.type.array
    return timely and column.name not in sheet.steps and _is_untouched(sheet, column)


def _is_untouched(sheet: Sheet, column: Column) -> bool:
    """Whether no pass has settled a column, and no rule speaks of it."""
    if column.generated or not is_open(sheet.facts.columns.get(column.name)):
        return False
    taken = (
        *sheet.filled_by,
        *sheet.nulled,
        *sheet.columns,
        *sheet.alone,
        *sheet.conditions,
        *(n for group in sheet.groups for n in group),
        *(n for check in sheet.outside.values() for n in check.columns),
    )
    return column.name not in taken and not column.domain_checks and "." not in column.name


def _heights(sketch: Sketch) -> dict[TableKey, int]:
    """How many generations of rows with a moment come after those of each table."""
    heights = dict.fromkeys(sketch.sheets, 0)
    for key in reversed(tuple(sketch.sheets)):  # what points to others comes after them
        sheet = sketch.sheets[key]
        own = heights[key] + (sheet.moment is not None)
        for pointer in sheet.pointers.values():
            target = pointer.key.target
            if target in heights and sketch.sheets[target].depth < sheet.depth:
                heights[target] = max(heights[target], own)
    return heights


def span_of(sketch: Sketch, sheet: Sheet) -> tuple[date, date]:
    """When the rows of a table come about: of one that is pointed to before the window, in a part of their own."""
    tallest = max(other.height for other in sketch.sheets.values())
    share = timedelta(days=max(HISTORY.days // max(tallest, 1), 1))
    end = sketch.wish.start - share * (sheet.height - 1)
    start, last = (end - share, end) if sheet.height else (sketch.wish.start, sketch.wish.end)
    reach = sheet.reach.get(str(sheet.moment))
    return (start, last) if reach is None else _inside(reach, start, last)


def existed_at(sketch: Sketch, sheet: Sheet, target: Sheet | None) -> str | None:
    """The moment by which rows that are pointed to have to exist, where they surely begin before those that point."""
    if sheet.moment is None or target is None or target.moment is None or target is sheet or target.rows < _MANY:
        return None
    own, theirs = _begin(sketch, sheet), _begin(sketch, target)
    return sheet.moment if theirs + timedelta(days=1) <= own else None


def _begin(sketch: Sketch, sheet: Sheet) -> date:
    return sheet.span[0] if sheet.span is not None else sketch.wish.start


def _inside(reach: ColumnFacts, start: date, last: date) -> tuple[date, date]:
    """The part of a span for which there are partitions; else a span of theirs."""
    low, high = (date.fromisoformat(str(end)[:10]) if end is not None else None for end in (reach.low, reach.high))
    first, end = max(start, low or start), min(last, high or last)
    if first < end:
        return first, end
    if low is not None and high is not None:
        return low, max(high, low + timedelta(days=1))
    return (low, low + HISTORY) if low is not None else (end - HISTORY, end)
