"""After the seventh pass: columns that count the time since 1970 follow moments that are computed and never written."""

from __future__ import annotations

from datetime import datetime, timezone

from engine.catalog.model import Column
from engine.sketch.delays import written
from engine.sketch.ends import ended
from engine.sketch.epochs import Epoch, counted, epoch_of
from engine.sketch.made import Made
from engine.sketch.moments import counts_moments, is_beginning
from engine.sketch.sheet import Sheet, Sketch
from engine.types import DAY, Family

SOON = {"min": "1s", "max": written(30 * DAY)}
AHEAD = {"min": written(DAY), "max": written(90 * DAY)}
"""When things happen after the beginning of a row; and until when they last."""


def count_moments(sketch: Sketch) -> None:
    """Numbers of moments lie in the window, and those of later moments after the row's own."""
    for sheet in sketch.sheets.values():
        found = {c.name: epoch for c in sheet.table.columns if (epoch := _epoch(sketch, sheet, c)) is not None}
        shadows: dict[str, str] = {}
        for name in sorted(found, key=lambda n: any(found[n].ends(other) for other in found.values())):
            _count(sketch, sheet, name, found, shadows)


def _epoch(sketch: Sketch, sheet: Sheet, column: Column) -> Epoch | None:
    return epoch_of(column) if counts_moments(sketch, sheet, column) else None


def _count(sketch: Sketch, sheet: Sheet, name: str, found: dict[str, Epoch], shadows: dict[str, str]) -> None:
    epoch, column = found[name], sheet.column(name)
    begins = next((shadows[other] for other in shadows if epoch.ends(found[other])), None) or _begin(sheet)
    starts = any(other.ends(epoch) for other in found.values())
    zero = not sheet.nullable(name) or (name not in sheet.steps and epoch.verb == "delete")
    named = ended(column)
    absent = named.of.nulls if named is not None and zero else 0.0
    if begins is None and not starts and not absent:
        low, high = (_since(end, epoch.unit) for end in sketch.wish.window)
        sheet.columns[name] = Made({"uniform": {"min": low, "max": high}}, "a moment as a number, by its name")
        return
    shadow = shadows[name] = _free(sheet, f"{name}_moment")
    law = {"after": begins, "by": {"uniform": AHEAD if epoch.ahead else SOON}}
    said = law if begins is not None else {"uniform": dict(zip(("min", "max"), sketch.wish.window, strict=True))}
    nulls = {"null_fraction": absent} if absent else {}
    sheet.hidden[shadow] = Made({**said, **nulls, "hidden": True, "type": "timestamptz"}, f"what {name} counts")
    text = counted(shadow, epoch, column)
    sheet.columns[name] = Made(
        {"expr": f"coalesce({text}, 0)" if absent else text}, "a moment as a number, by its name"
    )
    if absent:
        sheet.solid.add(name)


def _begin(sheet: Sheet) -> str | None:
    """The moment at which the row came about, if it is one of a clock."""
    if sheet.moment is None or not is_beginning(sheet.moment) or "." in sheet.moment:
        return None
    column = sheet.table.column(sheet.moment)
    return sheet.moment if column is None or column.type.family is Family.TIMESTAMP else None


def _free(sheet: Sheet, wanted: str) -> str:
    taken = {*sheet.hidden, *(column.name for column in sheet.table.columns), *sheet.pointers}
    return next(name for n in range(len(taken) + 1) if (name := f"{wanted}{n or ''}") not in taken)


def _since(day: str, unit: int) -> int:
    return round(datetime.fromisoformat(day).replace(tzinfo=timezone.utc).timestamp()) * unit
