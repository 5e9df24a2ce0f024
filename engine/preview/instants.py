"""Instants as an author reads them: in the scenario's own time zone."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from engine.units import zone

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_FIRST, _LAST = -62_135_510_400_000_000, 253_402_214_400_000_000
"""Years 1 to 9999, less a day at each end for the offset."""


def local(micros: int, name: str) -> datetime:
    """An instant on the clock of a zone; one outside the years 1 to 9999 is held at their ends."""
    return (_EPOCH + timedelta(microseconds=min(max(micros, _FIRST), _LAST))).astimezone(zone(name))


def iso(micros: int, name: str) -> str:
    """An instant with its offset, to the second: ``2025-11-28T00:00:00-05:00``."""
    return local(micros, name).isoformat(timespec="seconds")


def readable(micros: int, name: str) -> str:
    """An instant to the second, without its offset: ``2025-11-28 00:00:00``."""
    return f"{local(micros, name):%Y-%m-%d %H:%M:%S}"
