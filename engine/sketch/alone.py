"""Columns in which no two rows agree, and small ones that are dealt out together with references."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import ROUND_CEILING, Decimal
from functools import cache

from engine.catalog.model import Column
from engine.generators.fakers import DEFAULT_LOCALE, make_pool
from engine.sketch.checks import ColumnFacts
from engine.sketch.fit import fit
from engine.sketch.guess import guess
from engine.sketch.made import Made
from engine.sketch.members import seen
from engine.sketch.plain import plain
from engine.sketch.room import PLENTY, byte_width, is_open, limits, room
from engine.sketch.sheet import Sheet, Sketch
from engine.types import Family

_TRIED = 60
"""Values of Faker's that are looked at."""

_ROOMY = 60
_MOST_DAYS = 36_500
"""How far back days go where each row has its own: a century."""
"""Characters in which names, a number and a domain have room."""

_ADDRESSES = {
    "inet": r"10\.[1-9][0-9]\.[1-9][0-9]\.[1-9][0-9]",
    "cidr": r"10\.[1-9][0-9]\.[1-9][0-9]\.[1-9][0-9]",
    "macaddr": r"02:[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2}",
    "ltree": r"[a-z]{8}",
}


def made_alone(sketch: Sketch, sheet: Sheet, column: Column) -> Made | None:
    """A column that is unique on its own."""
    facts, why = sheet.facts.columns.get(column.name), f"unique: {sheet.alone[column.name]}"
    open_ = is_open(facts)
    if facts is not None and facts.one_of:
        return Made({"choice": list(facts.one_of), "unique": True}, why)
    if sketch.wish.profile and (known := all_values(sheet, column)):
        return Made({"choice": list(known), "unique": True}, f"{why}; all that there are, by ANALYZE")
    if column.type.labels:
        return Made({"choice": list(column.type.labels), "unique": True}, why)
    if not open_ and column.type.family in (Family.TIMESTAMP, Family.TIME, Family.INTERVAL):
        return _within(sketch, column, facts, why)
    match column.type.family:
        case Family.INTEGER:
            return (
                Made({"sequence": sheet.starts.get(column.name, 1)}, why)
                if open_
                else Made(_bounded(column, facts, sheet.rows), why)
            )
        case Family.DECIMAL:
            return _decimal(sheet, column, facts, why)
        case Family.FLOAT:
            return Made({"sequence": 1}, why)
        case Family.BOOLEAN:
            return Made({"choice": [False, True], "unique": True}, why)
        case Family.UUID:
            ordered = sheet.moment is not None and column.name in sheet.table.primary_key
            return Made({"uuid7": sheet.moment} if ordered else {"uuid4": True}, why)
        case Family.TIMESTAMP:
            return Made({"sequence": {"start": sketch.wish.window[0], "step": "1m"}}, why)
        case Family.DATE:
            return _dates(sketch, sheet, facts, why)
        case Family.INTERVAL:
            return Made({"sequence": {"start": "1s", "step": "1s"}}, why)
        case Family.TIME:
            return Made({"uniform": {"min": "0s", "max": "24h"}, "unique": True}, why)
        case Family.TEXT:
            return _text(sketch, sheet, column, facts, why)
    pattern = _ADDRESSES.get(column.type.name)
    return Made({"pattern": pattern, "unique": True}, why) if pattern else _of_its_type(column, facts, why)


def _of_its_type(column: Column, facts: ColumnFacts | None, why: str) -> Made | None:
    """Ranges that lie apart, and values of a type that are made by number."""
    if not room(column, facts):
        return None
    if column.type.subtype is not None:
        return Made({"arbitrary": {"disjoint": True}}, why)
    width = byte_width(facts)
    asked = {"length": {"min": width, "max": width}} if width is not None else {}
    return Made({"arbitrary": asked, "unique": True}, why)


def all_values(sheet: Sheet, column: Column) -> tuple[str, ...]:
    """Every value of a small table's key, where statistics have them all: of so few the histogram leaves none out."""
    found = column.statistics
    if any(column.name in check.columns for check in sheet.facts.opaque):
        return ()  # what goes with which of them nobody knows
    if found is None or found.redacted or column.type.family is not Family.TEXT or column.type.labels:
        return ()
    values = tuple(dict.fromkeys((*(value for value, _ in found.common), *found.histogram)))
    return values if sheet.table.estimated_rows and len(values) >= max(sheet.table.estimated_rows, sheet.rows) else ()


def _within(sketch: Sketch, column: Column, facts: ColumnFacts | None, why: str) -> Made | None:
    """Moments and lengths of time as CHECKs want them, each once."""
    usual = plain(column, sketch.wish.window)
    fitting = fit(column, usual, facts) if usual is not None else None
    if fitting is None or not isinstance(fitting.said, Mapping) or "uniform" not in fitting.said:
        return None
    return Made({**fitting.said, "unique": True}, why)


def _bounded(column: Column, facts: ColumnFacts | None, rows: int) -> dict[str, object]:
    """Whole numbers within bounds: one after the other from the least on."""
    low, _ = limits(column)
    if facts is None:
        return {"sequence": int(low)}
    first = Decimal(facts.low) if isinstance(facts.low, int | Decimal) else None
    last = Decimal(facts.high) if isinstance(facts.high, int | Decimal) else None
    step = facts.multiple_of or Decimal(1)
    if first is None:
        first = low if last is None or last >= low + rows * step else last - (rows - 1) * step
    first = (first / step).to_integral_value(rounding=ROUND_CEILING) * step
    first += facts.remainder if facts.multiple_of else 0
    while any(Decimal(v) >= first for v in facts.none_of if isinstance(v, int | Decimal)) and (
        last is None or first + (rows + 1) * step < last
    ):
        first = max(Decimal(v) for v in facts.none_of if isinstance(v, int | Decimal)) + step
        first = (first / step).to_integral_value(rounding=ROUND_CEILING) * step
    return {"sequence": {"start": int(first), "step": int(step)} if step != 1 else int(first)}


def _decimal(sheet: Sheet, column: Column, facts: ColumnFacts | None, why: str) -> Made:
    low, high = limits(column)
    if facts is not None and isinstance(facts.low, int | Decimal):
        low = max(low, Decimal(facts.low))
    if facts is not None and isinstance(facts.high, int | Decimal):
        high = min(high, Decimal(facts.high))
    start = max(low.to_integral_value(rounding=ROUND_CEILING), Decimal(1) if high >= sheet.rows + 1 else Decimal(0))
    if start + sheet.rows - 1 <= high:
        return Made({"sequence": int(start)}, why)
    return Made({"uniform": {"min": _number(low), "max": _number(high)}, "unique": True}, why)


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _dates(sketch: Sketch, sheet: Sheet, facts: ColumnFacts | None, why: str) -> Made:
    start = facts.low if facts is not None and isinstance(facts.low, str) else None
    if facts is not None and isinstance(facts.high, str):
        return Made({"uniform": {"min": start or "1950-01-01", "max": facts.high}, "unique": True}, why)
    first = start or _early(sketch, sheet.rows)
    return Made({"sequence": {"start": first[:10], "step": "1d"}}, why)


def _early(sketch: Sketch, rows: int) -> str:
    """A day from which on so many days lie in the window, or end with it."""
    days = (sketch.wish.end - sketch.wish.start).days
    first = sketch.wish.start if rows <= days else sketch.wish.end - timedelta(days=min(rows, _MOST_DAYS))
    return first.isoformat()


def _text(sketch: Sketch, sheet: Sheet, column: Column, facts: ColumnFacts | None, why: str) -> Made | None:
    """A natural text that can be told apart, else a number behind a prefix, else letters and digits."""
    found = guess(sheet.table, column, sketch.wish.locale)
    for wanted in (*_told_apart(found, column), *_numbered(sheet, column, facts), Made(None)):
        fitting = wanted if is_open(facts) else fit(column, wanted, facts)
        once = None if fitting is None else _once(sheet, column, fitting, why)
        if once is not None:
            return once
    return None


def _told_apart(found: Made | None, column: Column) -> list[Made]:
    """What the name suggests, and an address that is put together of others with the row's number in it."""
    if found is None:
        return []
    text = found.said.get("template") if isinstance(found.said, Mapping) else None
    if not isinstance(text, str) or "{{ row }}" in text or (column.type.length or _ROOMY) < _ROOMY:
        return [found]
    name, at, domain = text.rpartition("@")
    numbered = f"{name}.{{{{ row }}}}@{domain}" if at else f"{text} {{{{ row }}}}"
    return [Made({"template": numbered}, found.why), found]


def _numbered(sheet: Sheet, column: Column, facts: ColumnFacts | None) -> list[Made]:
    """Texts without a meaning that can be told apart: a number behind a prefix, else letters and digits."""
    longest = min(column.type.length or 30, facts.max_length if facts and facts.max_length is not None else 30)
    prefix, width = f"{_stem(sheet, column)}-", max(len(str(sheet.rows)) + 1, 5)
    found = []
    if len(prefix) + width <= longest:
        found.append(Made({"sequence": {"prefix": prefix, "width": width}}))
    for letters in ("A-Z0-9", "a-z"):
        for length in (min(longest, 8), longest):
            size = (36 if letters == "A-Z0-9" else 26) ** length
            found.append(Made({"pattern": f"[{letters}]{{{length}}}"}, pool=size))
    return found


def _once(sheet: Sheet, column: Column, made: Made, why: str) -> Made | None:
    """The same generator with no value twice, where it can promise that for so many rows."""
    said = made.said
    if not isinstance(said, Mapping):
        return None
    why = f"{why}; {made.why}" if made.why else why
    if "sequence" in said:
        return Made(said, why)
    if "template" in said and "{{ row }}" in str(said["template"]):
        return Made({**said, "unique": True}, why)
    if "pattern" in said and (made.pool or 0) >= sheet.rows:
        return Made({**said, "unique": True}, why, made.pool)
    if "choice" in said and (made.pool or 0) >= sheet.rows:
        return Made({**said, "unique": True}, why, made.pool)
    wide = column.type.length is None or column.type.length >= 20
    if "faker" in said and wide and not column.type.labels and _markable(str(said["faker"]), said.get("locale")):
        return Made({**said, "unique": True}, why)
    return None


@cache
def _markable(name: str, locale: object) -> bool:
    """Whether most of Faker's values can carry a number that tells rounds apart: they do not end in one."""
    try:
        values = make_pool(name, str(locale or DEFAULT_LOCALE), _TRIED, 1)
    except LookupError:
        return False
    plain_ones = [value for value in values if not re.search(r"[-.]\d+(@|$)", str(value))]
    return len(plain_ones) * 2 > len(values)


def _stem(sheet: Sheet, column: Column) -> str:
    """What stands before the number of a text: `cust` for a customers' code."""
    plain_name = "".join(c for c in sheet.table.name.lower() if c.isascii() and c.isalnum())[:4] or "row"
    return plain_name if column.name.lower() in ("id", "code", "key", "number", "no") else _letters(column.name)


def _letters(name: str) -> str:
    return "".join(c for c in name.lower() if c.isascii() and (c.isalnum() or c == "_"))[:8].strip("_") or "v"


def made_in_group(sketch: Sketch, sheet: Sheet, column: Column) -> Made | None:
    """A plain column that is dealt out together with others: so many values, all as likely."""
    facts, why = sheet.facts.columns.get(column.name), "no two rows agree in all of the key"
    if facts is not None and facts.one_of:
        return Made({"choice": list(facts.one_of)}, why)
    if column.type.labels:
        return Made({"choice": list(column.type.labels)}, why)
    if column.type.family is Family.BOOLEAN:
        return Made({"bernoulli": "50%"}, why)
    if seen(sketch, sheet, column) < PLENTY and column.statistics is not None and not column.statistics.redacted:
        values = [value for value, _ in column.statistics.common]
        return Made({"choice": values}, f"{why}; all that there are, by ANALYZE")
    if column.type.family is Family.INTEGER:
        first = int(facts.low) if facts is not None and isinstance(facts.low, int | Decimal) else int(limits(column)[0])
        last = first + sheet.spans.get(column.name, 1_000) - 1
        if facts is not None and isinstance(facts.high, int | Decimal):
            last = min(last, int(facts.high))
        return Made({"uniform": {"min": first, "max": last}}, why)
    if column.type.family is Family.DATE:
        return plain(column, sketch.wish.window)
    if not is_open(facts):
        return fit(column, Made(None), facts)
    return Made({"pattern": f"[A-Z0-9]{{{min(column.type.length or 6, 6)}}}"}, why)
