"""How a column is made like the rows that are there, by what ANALYZE found out about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from engine.catalog.model import Column, Table
from engine.catalog.statistics import Statistics
from engine.generators.fakers import DEFAULT_LOCALE
from engine.sketch.bounds import Span, number
from engine.sketch.checks.values import value_at
from engine.sketch.fit_times import duration
from engine.sketch.guess import guess
from engine.sketch.held import Holder, is_counted
from engine.sketch.made import Made
from engine.sketch.profile_laws import law_of
from engine.sketch.profile_shapes import common_shape
from engine.sketch.profile_shares import Spread, covered, rounded, spread_of
from engine.types import Family, PgType

_ALL = 0.97
"""Where common values cover so much of a column they are all that it has."""
_MOST_VALUES = 200
_FEW_NUMBERS = 40
_REPEATED = 20
"""A text is somebody's own unless it stands in so many rows on average."""
_DIGITS = 5
_PLACES = 6


def profiled(table: Table, column: Column, personal: bool, locale: str = DEFAULT_LOCALE) -> Made | None:
    """Values as they are spread over the rows that are there; None where statistics do not tell.

    Of a column that looks personal not one value is used, only how many different ones there are.
    """
    found = column.statistics
    if found is None or column.type.array or table.estimated_rows <= 0:
        return None
    if personal or found.redacted:
        return _as_many(table, column, found, locale)
    match column.type.family:
        case Family.BOOLEAN:
            return _truth(found)
        case Family.TEXT:
            return _text(table, column, found, locale)
        case Family.INTEGER | Family.DECIMAL | Family.FLOAT:
            return _number(column, found) if is_counted(column.type) else None
        case Family.DATE | Family.TIMESTAMP | Family.TIME | Family.INTERVAL:
            return _time(column.type, found)
    return None


def _as_many(table: Table, column: Column, found: Statistics, locale: str) -> Made | None:
    """What its name says, out of as many different values as there are."""
    made = guess(table, column, locale)
    distinct = round(found.values_in(table.estimated_rows))
    if made is None or not isinstance(made.said, dict) or "faker" not in made.said or not 0 < distinct < 1_000:
        return None
    said = {**made.said, "pool": distinct}
    return Made(said, f"{made.why}; of its values only their number is known by ANALYZE: {distinct}")


def _truth(found: Statistics) -> Made | None:
    shares = dict(found.common)
    total = sum(shares.values())
    if not total or set(shares) - {"t", "f"}:
        return None
    if len(shares) == 1:
        return Made({"constant": "t" in shares}, "the only value there is, by ANALYZE", 1)
    return Made({"bernoulli": f"{rounded(100 * shares.get('t', 0.0) / total, 4):f}%"}, "its share by ANALYZE")


def _text(table: Table, column: Column, found: Statistics, locale: str) -> Made | None:
    """Values that repeat by their shares; of those that are all different only their form."""
    distinct = found.values_in(table.estimated_rows)
    holder = Holder(column.type)
    if found.common and covered(found) >= _ALL and len(found.common) <= _MOST_VALUES:
        return _choice(found, str, lambda text: not holder.takes(text))
    repeats = distinct > 0 and distinct * _REPEATED <= table.estimated_rows * (1 - found.null_fraction)
    if repeats and len(found.common) + len(found.histogram) >= distinct * 0.9:
        rest = (1 - covered(found)) / max(len(found.histogram), 1)
        every = (*found.common, *((text, rest) for text in found.histogram))
        return _choice(
            replace(found, common=tuple(dict(reversed(every)).items())), str, lambda text: not holder.takes(text)
        )
    pattern = common_shape([*found.histogram, *(text for text, _ in found.common)])
    made = None if pattern is None else holder.hold({"pattern": pattern})
    if made is None:
        return _as_many(table, column, found, locale)
    return replace(made, why="the form of its values by ANALYZE, none of which stands here")


def _choice(found: Statistics, write: Callable[[str], object], odd: Callable[[str], bool]) -> Made | None:
    """Values by their shares, as weights of a hundred."""
    total = sum(share for _, share in found.common)
    if not total or any(odd(text) for text, _ in found.common):
        return None
    ordered = sorted(found.common, key=lambda one: (-one[1], one[0]))
    weights = {write(text): number(rounded(100 * share / total, 3)) for text, share in ordered}
    if len(weights) == 1:
        return Made({"constant": next(iter(weights))}, "the only value there is, by ANALYZE", 1)
    return Made({"choice": weights}, f"{len(weights)} values and their shares by ANALYZE")


def _number(column: Column, found: Statistics) -> Made | None:
    if found.common and covered(found) >= _ALL and len(found.common) <= _FEW_NUMBERS:
        return _choice(found, lambda text: number(Decimal(text)), lambda text: not Decimal(text).is_finite())
    spread = spread_of(found, column.type)
    if spread is None:
        return None
    places = _places(column.type, spread)
    law = law_of(spread, lambda value: _written(value, column.type, places), whole=places == 0)
    why = f"{law.name} by ANALYZE, off by at most {rounded(max(law.off, 0.001) * 100, 2):f} %"
    said: dict[str, object] = dict(law.said)
    if places < _kept(column.type):
        said["round"] = places
    return Made(said, why, _pool(column.type, said, places))


def _kept(pg: PgType) -> int:
    """The decimal places that a column has by itself; whole numbers are rounded anyway."""
    if pg.family is Family.FLOAT:
        return _PLACES
    return 0 if pg.family is Family.INTEGER else 10 if pg.precision is None else pg.scale or 0


def _places(pg: PgType, spread: Spread) -> int:
    """The decimal places that values have."""
    return (
        0 if pg.family is Family.INTEGER else min(spread.places, pg.scale if pg.scale is not None else _PLACES, _PLACES)
    )


def _written(value: float, pg: PgType, places: int) -> int | float:
    """A number of the column's own, with no more digits than count."""
    small = Decimal(repr(value)).quantize(Decimal(1).scaleb(-max(places, 0)))
    if pg.family is Family.INTEGER:
        return int(small)
    return number(small) if places < _PLACES else number(rounded(value, _DIGITS))


def _pool(pg: PgType, said: dict[str, object], places: int) -> int | None:
    ends = said.get("uniform")
    if not isinstance(ends, dict) or pg.family is Family.FLOAT:
        return None
    return Span.of(pg, places).cut(Decimal(str(ends["min"])), Decimal(str(ends["max"]))).size


def _time(pg: PgType, found: Statistics) -> Made | None:
    """Moments, days and lengths of time as they are spread."""
    spread = spread_of(found, pg)
    if spread is None:
        return None
    try:
        law = law_of(spread, lambda value: _when(value, pg), whole=False)
    except OverflowError:
        return None
    if not {"uniform", "quantiles"} & set(law.said) and pg.family in (Family.DATE, Family.TIMESTAMP):
        return None
    return Made(law.said, f"{law.name} by ANALYZE, off by at most {rounded(max(law.off, 0.001) * 100, 2):f} %")


def _when(value: float, pg: PgType) -> object:
    """A moment to the second, a day, or a length of time."""
    if pg.family in (Family.INTERVAL, Family.TIME):
        coarse = 1_000_000 if abs(value) >= 60_000_000 else 1
        return duration(round(value / coarse) * coarse)
    whole = Decimal(round(value / 1_000_000) * 1_000_000)
    return str(value_at(whole, pg))
