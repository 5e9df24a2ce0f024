"""Numbers that a CHECK compares, each by its own law: the smaller one is never more than the greater allows."""

from __future__ import annotations

from collections.abc import Mapping

from engine.sketch.checks.facts import Compare
from engine.sketch.made import Made
from engine.sketch.profile import profiled
from engine.sketch.sheet import Sheet, Sketch
from engine.sqltext import quote
from engine.types import Family

NUMBERS = (Family.INTEGER, Family.DECIMAL)
DRAWN = "_drawn"


def lean(sketch: Sketch, sheet: Sheet, relation: Compare, open_: Mapping[str, bool]) -> None:
    """Make both columns of ``low <= high`` like the rows that are there, where statistics know both."""
    high, low = relation.column, relation.other
    if relation.op == "<=":
        high, low = low, high
    elif relation.op != ">=":
        return
    laws = [_law(sketch, sheet, name) for name in (high, low)]
    hidden = f"{low}{DRAWN}"
    if relation.offset or not (open_.get(high) and open_.get(low)) or None in laws or sheet.table.column(hidden):
        return
    above, below = laws
    assert above is not None
    assert below is not None
    assert isinstance(below.said, Mapping)
    sheet.columns[high] = Made(above.said, f"{above.why}; by a CHECK")
    sheet.hidden[hidden] = Made({**below.said, "hidden": True, "type": str(sheet.column(low).type)}, below.why)
    sheet.columns[low] = Made({"expr": f"least({quote(hidden)}, {quote(high)})"}, f"at most {high}, by a CHECK")


def _law(sketch: Sketch, sheet: Sheet, name: str) -> Made | None:
    column = sheet.table.column(name)
    if column is None or column.type.family not in NUMBERS or column.statistics is None or column.type.domain:
        return None
    made = profiled(sheet.table, column, column.statistics.redacted, sketch.wish.locale)
    return made if made is not None and isinstance(made.said, Mapping) else None
