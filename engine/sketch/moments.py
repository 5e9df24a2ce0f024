"""Sixth pass: which column is the moment of a row, and when rows of each table happen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

from engine.catalog.model import Column
from engine.sketch.checks import ColumnFacts
from engine.sketch.room import is_open
from engine.sketch.sheet import Sheet, Sketch
from engine.sketch.wish import TableKey
from engine.types import Family

HISTORY = timedelta(days=180)
"""How long what is referred to takes to come about before what refers to it begins."""

ACTIVITY = "activity"
"""The timeline of tables whose own is not known."""

_NAMES = (
    re.compile(r"^(created|creation|inserted|create|insert)(_?(at|on|date|time|ts|timestamp|datetime))?$"),
    re.compile(r"^(date|time|dt|ts)_?(created|added|inserted|placed|ordered|joined|registered)$"),
    re.compile(r"^(placed|ordered|order|occurred|happened|logged|recorded|received|sent|posted|published|registered|"
               r"joined|signed_up|signup|opened|booked|paid|issued|requested|submitted|started|event|entry|transaction|"
               r"payment|invoice|purchase|sale)_?(at|on|date|time|ts|timestamp)$"),
    re.compile(r"^(timestamp|ts|occurred|datetime|event_time|moment|time|date|when|day)$"),
    re.compile(r"(_at|_on|_date|_time|_ts|timestamp|datum|fecha)$"),
)  # fmt: skip
"""Names of moments, the surest first."""

_NOT = re.compile(r"(updated|modified|changed|deleted|expire|expiry|valid|until|end|due|birth|dob|last_|next_|cancel)")
"""Moments of something else than of the row's beginning."""


def find_moments(sketch: Sketch) -> None:
    """Choose a moment for each table that has one; what is pointed to lies before what points to it."""
    for sheet in sketch.sheets.values():
        sheet.moment = _moment(sketch, sheet)
    heights = _heights(sketch)
    for key, sheet in sketch.sheets.items():
        if sheet.moment is not None:
            sheet.height = heights[key]
    if any(s.moment is not None and on_timeline(s) and not _known(sketch, s) for s in sketch.sheets.values()):
        sketch.timelines[ACTIVITY] = {
            "daily": "online_retail",
            "weekly": {"mon": 1.1, "sat": 0.9, "sun": 1.05},
            "noise": 0.05,
        }
    for sheet in sketch.sheets.values():
        if (known := _known(sketch, sheet)) is not None:
            sketch.timelines[sheet.name] = known


def on_timeline(sheet: Sheet) -> bool:
    """Whether the rows follow a timeline over the window; else they are spread over a span."""
    return sheet.height == 0 and sheet.moment not in sheet.reach


def timeline_of(sketch: Sketch, sheet: Sheet) -> str:
    """The timeline that a table's rows follow."""
    return sheet.name if _known(sketch, sheet) is not None else ACTIVITY


def _known(sketch: Sketch, sheet: Sheet) -> Mapping[str, object] | None:
    found = sketch.wish.rhythms.get(sheet.table.id)
    return found[1] if found is not None and found[0] == sheet.moment else None


def _moment(sketch: Sketch, sheet: Sheet) -> str | None:
    rhythm = sketch.wish.rhythms.get(sheet.table.id)
    free = [c for c in sheet.table.columns if _free(sheet, c)]
    if rhythm is not None and any(c.name == rhythm[0] for c in free):
        return rhythm[0]
    for pattern in _NAMES:
        found = [c for c in free if pattern.search(c.name.lower()) and not _NOT.search(c.name.lower())]
        if found:
            return min(found, key=lambda c: c.nullable).name
    return None


def _free(sheet: Sheet, column: Column) -> bool:
    """Whether a column could be the moment: a time that nothing else says anything about."""
    facts = sheet.facts.columns.get(column.name)
    if column.type.array or column.type.family not in (Family.TIMESTAMP, Family.DATE) or column.generated:
        return False
    if not is_open(facts):
        return False
    taken = (
        *sheet.filled_by,
        *sheet.nulled,
        *sheet.columns,
        *sheet.alone,
        *(n for group in sheet.groups for n in group),
    )
    return column.name not in taken and not column.domain_checks


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


def span_of(sketch: Sketch, sheet: Sheet) -> tuple[str, str]:
    """When the rows of a table come about: of one that is pointed to before the window, in a part of their own."""
    end = sketch.wish.start - HISTORY * (sheet.height - 1)
    start, last = (end - HISTORY, end) if sheet.height else (sketch.wish.start, sketch.wish.end)
    reach = sheet.reach.get(str(sheet.moment))
    if reach is not None:
        start, last = _inside(reach, start, last)
    return start.isoformat(), last.isoformat()


def _inside(reach: ColumnFacts, start: date, last: date) -> tuple[date, date]:
    """The part of a span for which there are partitions; else a span of theirs."""
    low, high = (date.fromisoformat(str(end)[:10]) if end is not None else None for end in (reach.low, reach.high))
    first, end = max(start, low or start), min(last, high or last)
    if first < end:
        return first, end
    if low is not None and high is not None:
        return low, max(high, low + timedelta(days=1))
    return (low, low + HISTORY) if low is not None else (end - HISTORY, end)
