"""Moments that are counted from the clock: ``today - 90d``, and windows that say how long they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from engine.errors import Code, Diagnostic, Path
from engine.units import Moment, parse_duration, parse_moment, zone

_WORDS = re.compile(r"(now|today)(?:\s*([+-])\s*(\S.*))?")
_EVERY = "*"
PLACES: tuple[Path, ...] = (
    ("window", "start"),
    ("window", "end"),
    ("timelines", _EVERY, "spikes", _EVERY, "at"),
    ("timelines", _EVERY, "outages", _EVERY, "at"),
    ("timelines", _EVERY, "steps", _EVERY, "at"),
    ("entities", _EVERY, "moment", "spread", "start"),
    ("entities", _EVERY, "moment", "spread", "end"),
    ("entities", _EVERY, "every", "from"),
    ("entities", _EVERY, "every", "until"),
    ("entities", _EVERY, "per", "every", "from"),
    ("entities", _EVERY, "per", "every", "until"),
)
"""Where such a moment may stand; anywhere else the words are text."""


def pin(data: object, now: datetime | None) -> tuple[object, tuple[Diagnostic, ...]]:
    """The data with every such moment as a `Moment` of the spec's own zone, and what is wrong with them.

    `now` is an instant with its offset; without one the words are mistakes.
    """
    pins = _Pins(now, _zone(data))
    return pins.window(pins.below(data, ())), tuple(pins.found)


class _Pins:
    def __init__(self, now: datetime | None, local: ZoneInfo) -> None:
        self.clock = None if now is None else now.astimezone(local)
        self.found: list[Diagnostic] = []

    def below(self, data: object, path: Path) -> object:
        """The data below a path; only the ways to `PLACES` are walked."""
        ways = [place for place in PLACES if len(place) >= len(path) and all(map(_fits, place, path))]
        if not ways:
            return data
        if isinstance(data, Mapping):
            return {key: self.below(value, (*path, str(key))) for key, value in data.items()}
        return self.moment(data, path) if any(len(place) == len(path) for place in ways) else data

    def moment(self, data: object, path: Path) -> object:
        """A moment of the clock, where the data are the words for one."""
        words = _WORDS.fullmatch(data.strip()) if isinstance(data, str) else None
        if words is None:
            return data
        if self.clock is None:
            return self.wrong(Code.BAD_UNIT, f"'{data}': there is no clock here", path, data)
        base = self.clock if words[1] == "now" else datetime(self.clock.year, self.clock.month, self.clock.day)
        try:
            shift = parse_duration(words[3]).micros if words[3] else 0
            return Moment(base + timedelta(microseconds=shift if words[2] == "+" else -shift))
        except (ValueError, OverflowError) as error:
            return self.wrong(Code.BAD_UNIT, f"'{data}': {error}", path, data)

    def window(self, data: object) -> object:
        """The data with the window's other end, where it says how long it is."""
        window = data.get("window") if isinstance(data, Mapping) else None
        if not isinstance(data, Mapping) or not isinstance(window, Mapping) or "for" not in window:
            return data
        rest = {key: value for key, value in window.items() if key != "for"}
        ends = [end for end in ("start", "end") if end in rest]
        if len(ends) != 1:
            self.wrong(Code.CONFLICT, "`for` stands beside `start` or `end`, one of them", ("window", "for"), None)
            return {**data, "window": _filled(rest)}
        try:
            length = timedelta(microseconds=parse_duration(window["for"]).micros)
            known = parse_moment(rest[ends[0]]).wall
            rest |= {"end": Moment(known + length)} if ends == ["start"] else {"start": Moment(known - length)}
        except (ValueError, OverflowError) as error:
            self.wrong(Code.BAD_UNIT, str(error), ("window", "for"), None)
            rest = _filled(rest)
        return {**data, "window": rest}

    def wrong(self, code: Code, message: str, path: Path, data: object) -> object:
        """Report, and let the data be."""
        self.found.append(Diagnostic(code, message, path))
        return data


def _fits(step: str | int, name: str | int) -> bool:
    return step in (_EVERY, name)


def _filled(window: Mapping[object, object]) -> dict[object, object]:
    """A window whose length cannot be told, so that only that is reported."""
    return {"start": Moment(datetime(2000, 1, 1)), "end": Moment(datetime(2001, 1, 1))} | {
        key: value for key, value in window.items() if key not in ("start", "end")
    }


def _zone(data: object) -> ZoneInfo:
    name = data.get("timezone", "UTC") if isinstance(data, Mapping) else "UTC"
    try:
        return zone(str(name))
    except ValueError:  # reported where it stands
        return zone("UTC")
