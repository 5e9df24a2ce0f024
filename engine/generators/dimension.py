"""What a law's arguments measure, and their amounts in the engine's own units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import inf

from engine.errors import Code, Path, wrong
from engine.generators.base import Dimension, Window
from engine.generators.moving import Moving
from engine.types import Family, PgType
from engine.units import Duration, Moment, Quantity, zone


def dimension_of(quantity: Quantity | Moving) -> Dimension:
    """What one quantity measures; what a row makes is a number."""
    if isinstance(quantity, Duration):
        return Dimension.DURATION
    return Dimension.MOMENT if isinstance(quantity, Moment) else Dimension.NUMBER


def shared(quantities: Mapping[Path, Quantity | Moving | None]) -> Dimension:
    """What all of these measure; None is passed over. Raises SpecError (WRONG_KIND) where they differ."""
    given = {path: dimension_of(q) for path, q in quantities.items() if q is not None}
    first_path, first = next(iter(given.items()), ((), Dimension.NUMBER))
    for path, found in given.items():
        if found is not first:
            raise wrong(
                Code.WRONG_KIND,
                f"'{_last(path)}' is one of {found} but '{_last(first_path)}' one of {first}",
                path=path,
                hint=f"write both as {first}, such as {_EXAMPLE[first]}",
            )
    return first


def require(quantity: Quantity | Moving | None, wanted: Dimension, path: Path) -> None:
    """Raise SpecError (WRONG_KIND) unless a quantity, if given, measures what is wanted."""
    if quantity is not None and (found := dimension_of(quantity)) is not wanted:
        raise wrong(
            Code.WRONG_KIND,
            f"'{_last(path)}' is one of {found} where the law is one of {wanted}",
            path=path,
            hint=f"write it as {wanted}, such as {_EXAMPLE[wanted]}",
        )


def amount(quantity: Quantity | Moving, window: Window) -> float:
    """A number as it is, a duration in microseconds, a moment in microseconds since 1970 UTC."""
    return float(exact(quantity, window))


def exact(quantity: Quantity | Moving, window: Window) -> int | float:
    """As `amount`, without turning whole numbers into doubles."""
    if isinstance(quantity, Moving):
        raise TypeError("what a row makes has no amount before there are rows")
    if isinstance(quantity, Duration):
        return quantity.micros
    return quantity.micros(zone(window.timezone)) if isinstance(quantity, Moment) else quantity


def positive(quantity: Quantity | Moving | None, window: Window, path: Path) -> float:
    """The amount, which must be above 0. Raises SpecError (OUT_OF_RANGE, WRONG_KIND for a moment)."""
    if isinstance(quantity, Moment):
        raise wrong(
            Code.WRONG_KIND,
            f"'{_last(path)}' is a moment, where a number or a duration is wanted",
            path=path,
            hint="write a number such as 24 or a duration such as 4h",
        )
    found = 0.0 if quantity is None else amount(quantity, window)
    if not 0 < found < inf:
        raise wrong(Code.OUT_OF_RANGE, f"'{_last(path)}' must be above 0, not {quantity}", path=path)
    return found


def wall(window: Window, pg: PgType) -> Window:
    """The window in whose zone moments are read for a column: dates and `timestamp` hold wall-clock time."""
    return replace(window, timezone="UTC") if pg.name in ("date", "timestamp") else window


FAMILIES: Mapping[Dimension, tuple[Family, ...]] = {
    Dimension.NUMBER: (Family.INTEGER, Family.DECIMAL, Family.FLOAT),
    Dimension.DURATION: (Family.INTERVAL, Family.TIME),
    Dimension.MOMENT: (Family.TIMESTAMP, Family.DATE),
}
"""The columns that can hold what a law measures."""

_EXAMPLE = {Dimension.NUMBER: "24", Dimension.DURATION: "4h", Dimension.MOMENT: "2025-11-01"}


def _last(path: Path) -> str:
    return str(path[-1])
