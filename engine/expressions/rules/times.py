"""Dates, times and intervals; whatever depends on a time zone uses the scenario's, as a session's TimeZone would."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from functools import partial
from typing import Any

from engine.errors import SpecError
from engine.expressions import clock, fields
from engine.expressions.nodes import Node, Strict
from engine.expressions.promotion import INTEGERS, UNKNOWN, exactly, family_words, is_moment
from engine.expressions.site import Rule, Site
from engine.expressions.zones import Zone, zone_table
from engine.types import DATE, INT4, INTERVAL, TIME, TIMESTAMP, TIMESTAMPTZ, PgType

_STAMPS = ("timestamp", "timestamptz")


def time_arithmetic(site: Site, a: Node, b: Node) -> Node:
    """+, -, * where one side is a date, a time or an interval. Raises SpecError for what has no meaning."""
    turned = {"+": a.type.name in ("interval", *INTEGERS) or b.type == DATE, "*": b.type == INTERVAL}
    if turned.get(site.call.name) and b.type != a.type:
        return _pair(site, b, a, (1, 0))
    return _pair(site, a, b, (0, 1))


def _pair(site: Site, a: Node, b: Node, at: tuple[int, int]) -> Node:
    name = site.call.name
    if b.type == UNKNOWN:
        b = site.fit(b, _beside(site, a.type, at[1]), at[1])
    elif a.type == UNKNOWN:
        a = site.fit(a, b.type, at[0])
    sign = -1 if name == "-" else 1
    kinds = (a.type.name, b.type.name)
    if name == "*" and kinds[0] == "interval" and kinds[1] in INTEGERS:
        return Strict(INTERVAL, clock.interval_times, (a, b))
    if name not in "+-":
        raise _no_such(site, a, b)
    if name == "-" and is_moment(a.type) and is_moment(b.type):
        return _difference(site, a, b)
    if kinds[0] in _STAMPS and kinds[1] in ("interval", "time"):
        zone = site.zone() if kinds[0] == "timestamptz" else None
        return Strict(a.type, partial(clock.shift, zone, sign), (a, site.fit(b, INTERVAL, at[1])))
    if kinds[0] == "date":
        return _date_shift(site, a, b, sign)
    if kinds == ("interval", "interval"):
        return Strict(INTERVAL, partial(clock.interval_sum, sign), (a, b))
    if kinds == ("time", "interval"):
        return Strict(TIME, partial(clock.shift_time, sign), (a, b))
    if kinds == ("time", "time") and name == "-":
        return Strict(INTERVAL, _time_difference, (a, b))
    raise _no_such(site, a, b)


def _no_such(site: Site, a: Node, b: Node) -> SpecError:
    hint = "write n * interval '1 day'" if "interval" not in (a.type.name, b.type.name) else None
    return site.wrong(f"there is no {family_words(a.type)} {site.call.name} {family_words(b.type)}", hint)


def _beside(site: Site, other: PgType, at: int) -> PgType:
    """What a quoted literal means beside a moment: an interval to add, a moment of the same type to subtract."""
    if other == DATE:
        raise site.wrong(
            "beside a date it is not clear what this is", "write interval '1 day', or a number of days", at
        )
    return INTERVAL if site.call.name != "-" or other in (INTERVAL, TIME) else other


def _difference(site: Site, a: Node, b: Node) -> Node:
    if a.type == DATE and b.type == DATE:
        return Strict(INT4, _day_difference, (a, b), risky=False)
    return Strict(INTERVAL, clock.between, site.same((a, b)), risky=False)


def _date_shift(site: Site, a: Node, b: Node, sign: int) -> Node:
    if b.type.name in ("int2", "int4"):
        return Strict(DATE, partial(clock.add_days, sign), (a, b))
    if b.type == TIME and sign == 1:
        return Strict(TIMESTAMP, clock.moment_at, (a, b))
    if b.type.name in ("interval", "time"):
        stamp = Strict(TIMESTAMP, partial(clock.midnight, None), (a,))
        return Strict(TIMESTAMP, partial(clock.shift, None, sign), (stamp, site.fit(b, INTERVAL, 1)))
    raise _no_such(site, a, b)


def _day_difference(nulls: Any, a: Any, b: Any) -> Any:  # noqa: ARG001
    return a - b


def _time_difference(nulls: Any, a: Any, b: Any) -> Any:  # noqa: ARG001
    return clock.interval((a - b) * 0, (a - b) * 0, a - b)


def _field(site: Site, position: int, known: Callable[[str], bool]) -> str:
    word = site.string(position).lower()
    field = fields.ALIASES.get(word, word)
    if not known(field):
        every = [*fields.DAY_PARTS, *fields.TIME_PARTS, "epoch"]
        near = get_close_matches(field, [name for name in every if known(name)], 1)
        raise site.wrong(f"there is no field '{word}' here", f"did you mean {near[0]}?" if near else None, position)
    return field


def _extract(site: Site) -> Node:
    site.count(2, 2)
    node = site.node(1)
    if node.type == DATE:
        field = _field(site, 0, lambda f: f in fields.DAY_PARTS or f == "epoch")
        return _numbered(field, partial(fields.of_date, field), node, 0)
    if node.type == TIME:
        field = _field(site, 0, lambda f: f in fields.TIME_PARTS or f == "epoch")
        return _numbered(field, partial(fields.of_time, field), node)
    if node.type == INTERVAL:
        field = _field(site, 0, lambda f: f in fields.INTERVAL_PARTS or f == "epoch")
        return _numbered(field, partial(fields.of_interval, field), node)
    field = _field(site, 0, lambda f: f in fields.DAY_PARTS or f in fields.TIME_PARTS or f == "epoch")
    if node.type not in (TIMESTAMP, TIMESTAMPTZ):
        raise site.wrong(f"EXTRACT takes a date, a time or an interval, and this is {family_words(node.type)}", at=1)
    zone = site.zone() if node.type == TIMESTAMPTZ and field != "epoch" else None
    return _numbered(field, partial(fields.of_moment, field, zone), node)


def _numbered(field: str, function: Callable[..., Any], node: Node, places: int | None = None) -> Node:
    scale = fields.PLACES.get(field, 0) if places is None else places
    return Strict(exactly(scale), function, (node,), risky=False)


def _truncate(site: Site) -> Node:
    site.count(2, 2)
    field = _field(site, 0, lambda f: f in fields.TRUNCATIONS)
    node = site.node(1)
    if node.type == DATE or node.type == UNKNOWN:
        node = site.fit(node, TIMESTAMPTZ, 1)
    if node.type not in (TIMESTAMP, TIMESTAMPTZ):
        raise site.wrong(f"date_trunc takes a date or a timestamp, and this is {family_words(node.type)}", at=1)
    zone = site.zone() if node.type == TIMESTAMPTZ else None
    return Strict(node.type, partial(fields.truncated, field, zone), (node,), risky=False)


def _at_zone(site: Site) -> Node:
    site.count(2, 2)
    zone = _named(site)
    node = site.node(0)
    if node.type == DATE or node.type == UNKNOWN:
        node = site.fit(node, TIMESTAMPTZ, 0)
    if node.type == TIMESTAMPTZ:
        return Strict(TIMESTAMP, partial(clock.to_wall, zone), (node,), risky=False)
    if node.type == TIMESTAMP:
        return Strict(TIMESTAMPTZ, partial(clock.to_instant, zone), (node,), risky=False)
    raise site.wrong(f"AT TIME ZONE takes a timestamp, and this is {family_words(node.type)}", at=0)


def _named(site: Site) -> Zone:
    try:
        return zone_table(site.string(1))
    except ValueError as error:
        raise site.wrong(str(error), "write an IANA name, such as Europe/Berlin", 1) from None


def _make_date(site: Site) -> Node:
    args = tuple(site.fit(node, INT4, at) for at, node in enumerate(site.nodes(3)))
    return Strict(DATE, clock.make_date, args)


TIMES: dict[str, Rule] = {
    "extract": _extract,
    "date_trunc": _truncate,
    "at time zone": _at_zone,
    "make_date": _make_date,
}
