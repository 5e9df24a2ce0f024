"""Values of a column by its type alone, where its name says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from engine.catalog.model import Column
from engine.generators.arbitrary import can_make
from engine.generators.fakers import DEFAULT_LOCALE
from engine.sketch.held import Holder, room
from engine.sketch.made import Made
from engine.types import Family, PgType

WHY = "by its type"
_SENTENCE, _WORD = 256, 12
"""Texts of more characters are sentences, of at least so many words."""

_BY_FAMILY: Mapping[Family, tuple[dict[str, Any], ...]] = {
    Family.INTEGER: ({"uniform": {"min": 1, "max": 10_000}},),
    Family.DECIMAL: ({"uniform": {"min": 0, "max": 1000}, "round": 2}, {"uniform": {"min": 0, "max": 1}}),
    Family.FLOAT: ({"uniform": {"min": 0, "max": 1000}, "round": 2},),
    Family.TIME: ({"uniform": {"min": "0h", "max": "24h"}},),
    Family.INTERVAL: ({"lognormal": {"median": "2h", "sigma": 1.2}, "min": "1s", "max": "30d"},),
}


def plain(column: Column, window: tuple[str, str], locale: str = DEFAULT_LOCALE) -> Made | None:
    """Values of the column's type; dates and moments lie in the window. None for a type that nobody knows."""
    pg = column.type
    if pg.labels and not pg.array:
        return Made({"choice": list(pg.labels)}, "its labels", len(pg.labels))
    made = None if pg.array else _by_family(pg, window, locale)
    if made is None and can_make(pg):
        made = Made({"arbitrary": {}})
    return None if made is None else replace(made, why=WHY)


def _by_family(pg: PgType, window: tuple[str, str], locale: str) -> Made | None:
    match pg.family:
        case Family.BOOLEAN:
            return Made({"bernoulli": "50%"}, pool=2)
        case Family.UUID:
            return Made({"uuid4": True})
        case Family.DATE:
            return _days(*window)
        case Family.TIMESTAMP:
            return Made({"uniform": {"min": window[0], "max": window[1]}})
        case Family.TEXT:
            return _text(Holder(pg, locale))
    holder = Holder(pg, locale)
    return next((made for said in _BY_FAMILY.get(pg.family, ()) if (made := holder.hold(said))), None)


def _days(start: str, end: str) -> Made:
    """Every day of the window, which its end is not."""
    first, last = date.fromisoformat(start[:10]), date.fromisoformat(end[:10]) - timedelta(days=1)
    last = max(first, last)
    return Made({"uniform": {"min": first.isoformat(), "max": last.isoformat()}}, pool=(last - first).days + 1)


def _text(holder: Holder) -> Made | None:
    """Sentences where there is no end of room; what has a length is seldom prose: words, else letters."""
    most = room(holder.type)
    said: list[dict[str, Any]] = []
    if holder.type.name != "bpchar":
        said += [{"faker": "sentence"}] if most is None or most > _SENTENCE else []
        said += [{"faker": "word"}] if most is None or most >= _WORD else []
    if most is not None:
        least = most if holder.type.name == "bpchar" else max(min(most, 3), 1)
        long = min(most, 12)
        said.append({"pattern": f"[A-Z]{{{min(least, long)}{'' if least >= long else f',{long}'}}}"})
    return next((made for one in said if (made := holder.hold(one))), None)
