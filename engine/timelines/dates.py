"""One date, as people write it."""

from __future__ import annotations

import re
from datetime import date, datetime

from engine.errors import Code
from engine.timelines.calendar import EVENTS
from engine.timelines.refusal import refuse, shown
from engine.units import FIRST_YEAR, LAST_YEAR

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_date(value: object, what: str = "") -> date:
    """Read ``2025-11-28``; `what` begins a message. Raises PydanticCustomError (BAD_UNIT, WRONG_TYPE, OUT_OF_RANGE)."""
    found = value if isinstance(value, date) and not isinstance(value, datetime) else _written(value, what)
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise refuse(Code.OUT_OF_RANGE, f"{what}{found} is not in the years {FIRST_YEAR} to {LAST_YEAR}")
    return found


def _written(value: object, what: str) -> date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise refuse(Code.BAD_UNIT, f"{what}{value!r} is not a date: there is no such day") from None
    if isinstance(value, str) and value in EVENTS:
        raise refuse(Code.WRONG_TYPE, f"'{value}' is every year's, and cannot be one of a list of dates")
    raise refuse(
        Code.BAD_UNIT,
        f"{what}{shown(value)} is not a date",
        "write 2025-11-28; a time of day goes to `starts:` or, whole, to `at:`",
    )
