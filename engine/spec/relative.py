"""Moments that are counted from the clock or the window: ``today - 90d``, ``+10m``; and how long windows are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from engine.errors import Code, Diagnostic, Path
from engine.units import Duration, Moment, parse_duration, parse_story_moment, zone

_WORDS = re.compile(r"(now|today)(?:\s*([+-])\s*(\S.*))?")
_ENDS = re.compile(r"(?:(start|end)|(?=[+-]))\s*(?:([+-])\s*(\S.*))?")
_EVERY = "*"
PLACES: tuple[Path, ...] = (
    ("window", "start"),
    ("window", "end"),
    ("timelines", _EVERY, "spikes", _EVERY, "at"),
    ("timelines", _EVERY, "outages", _EVERY, "at"),
    ("timelines", _EVERY, "steps", _EVERY, "at"),
    ("timelines", _EVERY, "trend", "linear", "start"),
    ("timelines", _EVERY, "trend", "logistic", "midpoint"),
    ("events", _EVERY, "at"),
    ("entities", _EVERY, "moment", "spread", "start"),
    ("entities", _EVERY, "moment", "spread", "end"),
    ("entities", _EVERY, "moment", "spread", "growth", "linear", "start"),
    ("entities", _EVERY, "moment", "spread", "growth", "logistic", "midpoint"),
    ("entities", _EVERY, "every", "from"),
    ("entities", _EVERY, "every", "until"),
    ("entities", _EVERY, "per", "every", "from"),
    ("entities", _EVERY, "per", "every", "until"),
    ("entities", _EVERY, "per", "calendar", "from"),
    ("entities", _EVERY, "per", "calendar", "until"),
)
"""Where such a moment may stand; anywhere else the words are text."""


def pin(data: object, now: datetime | None) -> tuple[object, tuple[Diagnostic, ...]]:
    """The data with every such moment as a `Moment` of the spec's own zone, and what is wrong with them.

    `now` is an instant with its offset; without one the words are mistakes.
    """
    pins = _Pins(now, _zone(data))
    data = pins.window(pins.below(data, ()))
    pins.ends = _ends(data)
    return pins.below(data, ()), tuple(pins.found)


class _Pins:
    def __init__(self, now: datetime | None, local: ZoneInfo) -> None:
        self.clock = None if now is None else now.astimezone(local)
        self.ends: dict[str, datetime] = {}
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
        """A moment of the clock or of the window, where the data are the words for one."""
        if not isinstance(data, str):
            return data
        if self.ends and path[0] != "window" and (words := _ENDS.fullmatch(data.strip())):
            return self.shifted(self.ends[words[1] or "start"], words, path, data)
        if (words := _WORDS.fullmatch(data.strip())) is None or self.ends:
            return data
        if self.clock is None:
            return self.wrong(Code.BAD_UNIT, f"'{data}': there is no clock here", path, data)
        base = self.clock if words[1] == "now" else datetime(self.clock.year, self.clock.month, self.clock.day)
        return self.shifted(base, words, path, data)

    def shifted(self, base: datetime, words: re.Match[str], path: Path, data: object) -> object:
        """So much later or earlier."""
        try:
            shift = parse_duration(words[3]).micros if words[3] else 0
            return Moment(_later(base, shift if words[2] == "+" else -shift))
        except ValueError as error:
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
        (end,) = ends
        length, known = self.length(window["for"]), self.known(rest[end], ("window", end))
        if length is None or known is None:
            return {**data, "window": _filled(rest)}
        other = {"start": "end", "end": "start"}[end]
        try:
            rest[other] = parse_story_moment(Moment(_later(known, length if end == "start" else -length)))
        except ValueError as error:
            self.wrong(Code.OUT_OF_RANGE, f"the window's other end: {error}", ("window", "for"), None)
            rest = _filled(rest)
        return {**data, "window": rest}

    def length(self, data: object) -> int | None:
        """How long the window is, in microseconds; None where it was reported."""
        path: Path = ("window", "for")
        try:
            found = parse_duration(data).micros
        except ValueError as error:
            self.wrong(Code.BAD_UNIT, str(error), path, None)
            return None
        if found <= 0:
            self.wrong(Code.OUT_OF_RANGE, f"'for': {Duration(found)} is not longer than nothing", path, None)
            return None
        return found

    def known(self, data: object, path: Path) -> datetime | None:
        """The end of the window that is written; None where it was reported."""
        if any(d.path == path for d in self.found):
            return None
        try:
            return parse_story_moment(data).wall
        except ValueError as error:
            self.wrong(Code.BAD_UNIT, str(error), path, None)
            return None

    def wrong(self, code: Code, message: str, path: Path, data: object) -> object:
        """Report, and let the data be."""
        said, _, hint = message.partition("; ")
        self.found.append(Diagnostic(code, said, path, hint or None))
        return data


def _ends(data: object) -> dict[str, datetime]:
    """When the window starts and ends; nothing where that cannot be read, which is reported where it stands."""
    window = data.get("window") if isinstance(data, Mapping) else None
    try:
        return {end: parse_story_moment(window[end]).wall for end in ("start", "end")} if window else {}
    except (KeyError, TypeError, ValueError):
        return {}


def _later(wall: datetime, micros: int) -> datetime:
    """A wall time as many days and hours later; an instant as much time later, in its own zone.

    Python counts an aware time's wall clock: an hour wrong where daylight saving changes between the two.
    Raises ValueError where the calendar ends.
    """
    try:
        shift = timedelta(microseconds=micros)
        return wall + shift if wall.tzinfo is None else (wall.astimezone(timezone.utc) + shift).astimezone(wall.tzinfo)
    except OverflowError:
        raise ValueError(f"{Duration(micros)} from {wall.date()} is outside the calendar") from None


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
