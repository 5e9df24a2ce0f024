"""Eighth pass: how each column is made that nothing before has settled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from engine.catalog.model import Column
from engine.generators.arbitrary import can_make
from engine.sketch.alone import made_alone, made_in_group
from engine.sketch.checks import ColumnFacts
from engine.sketch.ends import nulls_of
from engine.sketch.entities import nameable
from engine.sketch.fit import fit
from engine.sketch.guess import guess
from engine.sketch.made import Made
from engine.sketch.moments import existed_at
from engine.sketch.plain import plain
from engine.sketch.popularity import popularity
from engine.sketch.profile import profiled
from engine.sketch.room import is_open
from engine.sketch.sheet import Pointer, Sheet, Sketch
from engine.sqltext import quote

SOME = 0.1
"""The share of nulls where nothing is known of a column that may be null."""

POPULAR = 0.7
"""How unevenly rows are pointed to: Zipf's exponent of what shops sell (0.65 to 0.9)."""

FEW = 20
"""So many rows are pointed to evenly."""


def make_columns(sketch: Sketch) -> None:
    """Choose a generator for every column, or say why PostgreSQL is to fill it."""
    for sheet in sketch.sheets.values():
        for column in sheet.table.columns:
            if column.generated or column.name == sheet.moment or not nameable(column.name):
                if not nameable(column.name):
                    _leave(sheet, column, "its name cannot be written in a spec")
                continue
            pointer = sheet.filled_by.get(column.name)
            if pointer is None:
                settle(sketch, sheet, column)
            elif pointer.single:
                sheet.columns[column.name] = reference(sketch, sheet, pointer)


def settle(sketch: Sketch, sheet: Sheet, column: Column) -> None:
    """A column that points to nothing."""
    name, facts = column.name, sheet.facts.columns.get(column.name)
    if name in sheet.nulled:
        sheet.columns[name] = Made(None, sheet.nulled[name])
    elif name in sheet.columns:
        sheet.columns[name] = _with_nulls(sketch, sheet, column, sheet.columns[name])
    elif column.type.name in sketch.wish.without_types:
        _leave(sheet, column, f"this server has no values of {column.type}")
    elif facts is not None and facts.null is True:
        sheet.columns[name] = Made(None, "by a CHECK")
    elif (made := _made(sketch, sheet, column, facts)) is not None:
        sheet.columns[name] = _with_nulls(sketch, sheet, column, made)
    else:
        _leave(sheet, column, f"nothing makes a {column.type}")


def _leave(sheet: Sheet, column: Column, why: str) -> None:
    """Leave a column to PostgreSQL, if that has something for it."""
    if column.required:
        sheet.broken = f"{column.name} must be filled, and {why}"
    else:
        sheet.left[column.name] = f"{'left to its default' if column.default else 'stays null'}: {why}"


def _made(sketch: Sketch, sheet: Sheet, column: Column, facts: ColumnFacts | None) -> Made | None:
    if column.name in sheet.alone:
        return made_alone(sketch, sheet, column)
    if any(column.name in group for group in sheet.groups):
        return made_in_group(sketch, sheet, column)
    found = _usual(sketch, sheet, column)
    if is_open(facts) or (facts is not None and _as_seen(sketch, column, found, facts)):
        return found
    return fit(column, found, facts) if found is not None else fit(column, Made(None), facts)


BY_ANALYZE = "by ANALYZE"
LISTED = ("choice", "constant", "bernoulli")
SEEN = (*LISTED, "quantiles", "uniform", "lognormal", "normal", "exponential", "gamma", "beta")
"""What lies among the values that a table holds, which its CHECKs let pass, if it has their ends."""


def _as_seen(sketch: Sketch, column: Column, made: Made | None, facts: ColumnFacts) -> bool:
    """Whether a law of the rows that are there keeps a CHECK on the column because they do."""
    if not sketch.wish.profile or made is None or column.statistics is None or BY_ANALYZE not in made.why:
        return False
    said = made.said if isinstance(made.said, Mapping) else {"constant": made.said}
    kind = next(iter(said), "")
    ends = kind in (*LISTED, "quantiles", "uniform") or {"min", "max"} <= said.keys()
    plainly = replace(
        facts, null=None, low=None, high=None, low_strict=False, high_strict=False, one_of=None, none_of=()
    )
    return kind in SEEN and ends and (plainly == ColumnFacts() or kind in LISTED)


def _usual(sketch: Sketch, sheet: Sheet, column: Column) -> Made | None:
    """Like the rows that are there, else by its name, else by its type."""
    if sketch.wish.profile and column.statistics is not None:
        like = profiled(sheet.table, column, column.statistics.redacted, sketch.wish.locale)
        if like is not None:
            return like
    found = guess(sheet.table, column, sketch.wish.locale) or plain(column, sketch.wish.window)
    if found is not None and _is_arbitrary(found) and not can_make(column.type):
        return None
    return found


def _is_arbitrary(made: Made) -> bool:
    return isinstance(made.said, Mapping) and "arbitrary" in made.said


def _with_nulls(sketch: Sketch, sheet: Sheet, column: Column, made: Made) -> Made:
    """Some nulls where there may be some: as many as statistics say; or where a CHECK wants them."""
    if (condition := sheet.conditions.get(column.name)) is not None and made.said is not None:
        arms: list[object] = [{"when": condition.when, "then": made.said}, {"else": None}]
        return Made({"case": arms}, f"{made.why}; or null, by {condition.check}")
    if (step := sheet.steps.get(column.name)) is not None and made.said is not None:
        arms = [{"when": step.when, "then": made.said}, {"else": None}]
        return Made({"case": arms}, f"{made.why}; in step with {step.check}")
    if not sheet.nullable(column.name) or column.name in sheet.alone or _said_nulls(made):
        return made
    facts = sheet.facts.columns.get(column.name)
    if facts is not None and facts.null is False:
        return made
    share = _share(sketch, column)
    if not share:
        return made
    said = dict(made.said) if isinstance(made.said, Mapping) else {"constant": made.said}
    return Made({**said, "null_fraction": share}, made.why, made.pool)


def _share(sketch: Sketch, column: Column) -> float:
    """The share of nulls in a column that may be null."""
    if sketch.wish.profile and column.statistics is not None:
        return round(column.statistics.null_fraction, 4)
    known = nulls_of(column)
    return SOME if known is None else known


def _said_nulls(made: Made) -> bool:
    """Whether it says itself which rows are null; a table of values that belong together has those, too."""
    return made.said is None or (isinstance(made.said, Mapping) and bool({"null_fraction", "lookup"} & set(made.said)))


def reference(sketch: Sketch, sheet: Sheet, pointer: Pointer) -> Made:
    """What the spec says of a reference in one column."""
    if pointer.way is not None:
        condition = sheet.conditions.get(pointer.name) or sheet.steps[pointer.name]
        theirs = pointer.key.target_columns[0]
        plain_name = re.fullmatch(r"\w+", theirs)  # an attribute can have no other
        read = {"attribute": f"{pointer.way}.{theirs}"} if plain_name else {"expr": f"{pointer.way}.{quote(theirs)}"}
        return Made({"case": [{"when": condition.when, "then": read}, {"else": None}]}, f"by {condition.check}")
    return Made({"reference": pointer.target, **said_of(sketch, sheet, pointer)}, _why(pointer))


def said_of(sketch: Sketch, sheet: Sheet, pointer: Pointer) -> dict[str, object]:
    """How a reference picks, in one column or with a name."""
    said: dict[str, object] = {}
    dealt = any(pointer.name in group for group in sheet.groups)
    rows = sketch.rows_of(pointer.key.target)
    if pointer.even:
        said["pick"] = "even"
    elif pointer.tree and not dealt:
        said["pick"] = {"tree": {"roots": max(sheet.rows // 20, 1), "branching": 4}}
        return said
    elif rows > FEW and not dealt:
        exponent = _popularity(sketch, sheet, pointer, rows)
        if exponent:
            said["pick"] = {"zipf": exponent}
    if pointer.same is not None:
        said["same"] = pointer.same
    elif not (dealt or pointer.even or pointer.tree or pointer.differs or pointer.after):
        target = sketch.sheets.get(pointer.key.target)
        asked = sketch.wish.profile or (target is not None and target.lasting)
        moment = existed_at(sketch, sheet, target) if asked else None
        if moment is not None:
            said["existing_at"] = moment
    if pointer.after is not None:
        said["comes_after"] = pointer.after
    elif pointer.differs is not None:
        said["differs_from"] = pointer.differs
    where = None if dealt or pointer.even or pointer.same or pointer.tree else _where(sheet, pointer)
    if where is not None:
        said["where"] = where
    if pointer.nullable and all(sheet.nullable(c) for c in pointer.key.columns if c not in pointer.skipped):
        share = _nulls_of(sketch, sheet, pointer)
        if share:
            said["null_fraction"] = share
    return said


def _where(sheet: Sheet, pointer: Pointer) -> str | None:
    """A condition on the rows pointed to, where a CHECK says which keys the column may hold."""
    parts = []
    for column, theirs in zip(pointer.key.columns, pointer.key.target_columns, strict=True):
        facts = sheet.facts.columns.get(column) if column not in pointer.skipped else None
        if facts is not None and not is_open(facts):
            parts += _asked(quote(theirs), facts)
    return " and ".join(parts) or None


def _asked(key: str, facts: ColumnFacts) -> list[str]:
    parts = []
    if facts.one_of is not None:
        parts.append(f"{key} in ({', '.join(map(_literal, facts.one_of))})")
    if facts.none_of:
        parts.append(f"{key} not in ({', '.join(map(_literal, facts.none_of))})")
    if facts.low is not None:
        parts.append(f"{key} {'>' if facts.low_strict else '>='} {_literal(facts.low)}")
    if facts.high is not None:
        parts.append(f"{key} {'<' if facts.high_strict else '<='} {_literal(facts.high)}")
    return parts


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def _nulls_of(sketch: Sketch, sheet: Sheet, pointer: Pointer) -> float:
    return _share(sketch, sheet.column(pointer.key.columns[-1]))


def _popularity(sketch: Sketch, sheet: Sheet, pointer: Pointer, rows: int) -> float:
    """How unevenly rows are pointed to: as statistics say, else as is usual in shops."""
    column = sheet.column(pointer.key.columns[-1])
    known = popularity(column, rows) if sketch.wish.profile and pointer.single else None
    return POPULAR if known is None else known


def _why(pointer: Pointer) -> str:
    if pointer.tree:
        return f"{pointer.key.name}: a tree of rows of this table"
    return pointer.key.name if not pointer.even else f"{pointer.key.name}; in turn, so that all have as many"
