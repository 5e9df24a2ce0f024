"""Numbers, moments and names as a reader of the page finds them."""

from __future__ import annotations

from engine.preview.instants import local
from engine.printable import printable
from engine.types import DAY, SECOND

_THOUSAND = 1_000
_LENGTHS = ((DAY, "days"), (3600 * SECOND, "h"), (60 * SECOND, "min"), (SECOND, "s"), (SECOND // 1000, "ms"))
_PERCENT = 100


def clean(text: str) -> str:
    """A stranger's text without anything that is not to be seen; markup is the template's care."""
    return printable(text)


def count(number: float) -> str:
    """``16,000``, or to three digits where it is less than ten."""
    return f"{number:,.0f}" if number == round(number) or abs(number) >= 10 else f"{number:.3g}"


def amount(number: float) -> str:
    """A value at the end of an axis: ``1,240``, ``24.99``, ``0.031``."""
    if number == round(number) and abs(number) < 1e15:
        return f"{number:,.0f}"
    return f"{number:,.0f}" if abs(number) >= _THOUSAND else f"{number:.3g}"


def percent(share: float) -> str:
    """``12 %``; what is there but less than half a percent is not told as nothing."""
    told = share * _PERCENT
    if 0 < told < 0.95:
        return f"{told:.1g} %" if told >= 0.1 else "< 0.1 %"
    return f"{told:.0f} %"


def length(micros: int) -> str:
    """A length of time to three digits: ``4 min``, ``2.5 h``, ``9 days``."""
    for unit, name in _LENGTHS:
        if micros >= unit:
            told = amount(float(f"{micros / unit:.3g}"))
            return f"{told} {'day' if name == 'days' and told == '1' else name}"
    return f"{micros} µs"


def moment(micros: int, timezone: str) -> str:
    """``28 Nov 2025 14:00``, on the scenario's clock."""
    found = local(micros, timezone)
    return f"{found.day} {found:%b %Y %H:%M}"


def day(micros: int, timezone: str) -> str:
    """``28 Nov 2025``, with the hour where it is not midnight."""
    return moment(micros, timezone).removesuffix(" 00:00")


def span(start: int, end: int, timezone: str) -> str:
    """From one moment to another; the day is said once where it is the same."""
    first, last = local(start, timezone), local(end, timezone)
    if first.date() == last.date():
        return f"{moment(start, timezone)} to {last:%H:%M}"
    return f"{day(start, timezone)} to {day(end, timezone)}"
