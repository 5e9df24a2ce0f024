"""What a draft would like to make of a column, narrowed to what CHECKs allow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from engine.catalog.model import Column
from engine.sketch.checks import ColumnFacts
from engine.sketch.checks.facts import Value
from engine.sketch.fit_numbers import fit_number
from engine.sketch.fit_others import fit_array, fit_boolean, fit_bytes, fit_json, fit_other, fit_uuid
from engine.sketch.fit_texts import fit_text
from engine.sketch.fit_times import duration, fit_length, fit_moment, fit_time
from engine.sketch.made import Made
from engine.types import Family

Fit = Callable[[Column, Made, ColumnFacts], Made | None]

_FITS: Mapping[Family, Fit] = {
    Family.INTEGER: fit_number,
    Family.DECIMAL: fit_number,
    Family.FLOAT: fit_number,
    Family.TEXT: fit_text,
    Family.DATE: fit_moment,
    Family.TIMESTAMP: fit_moment,
    Family.TIME: fit_time,
    Family.INTERVAL: fit_length,
    Family.BOOLEAN: fit_boolean,
    Family.JSON: fit_json,
    Family.BYTES: fit_bytes,
    Family.UUID: fit_uuid,
    Family.OTHER: fit_other,
}
BY_CHECK = "as its CHECK says"


def fit(column: Column, made: Made | None, facts: ColumnFacts | None) -> Made | None:
    """A generator none of whose values the facts forbid: the one that is given where it is sure, else another.

    None where none is known. `made` may say nothing, as a Made of None.
    """
    wanted = made if made is not None else Made(None)
    if facts is None or replace(facts, null=None) == ColumnFacts():
        return made
    if facts.null:
        return Made(None, BY_CHECK)
    nulls = _share_of_nulls(wanted)
    bare = replace(wanted, said=_without(wanted.said))
    found = _fitted(column, bare, facts)
    if found is None:
        return None
    why = wanted.why if found.said == bare.said else f"{wanted.why}, {BY_CHECK}" if _alike(found, bare) else BY_CHECK
    said = {**found.said, **nulls} if isinstance(found.said, Mapping) else found.said
    return Made(said, why, found.pool)


def _fitted(column: Column, made: Made, facts: ColumnFacts) -> Made | None:
    if column.type.array:
        return fit_array(column, made, facts)
    if facts.one_of is not None:
        return _listed(column, made, facts.one_of)
    if column.type.labels:
        return _listed(column, made, tuple(label for label in column.type.labels if label not in facts.none_of))
    return _FITS[column.type.family](column, made, facts)


def _listed(column: Column, made: Made, values: tuple[Value, ...]) -> Made | None:
    """One of the values that there are, by the weights that a guess knows them all by."""
    listed = [_written(column, value) for value in values]
    if not listed:
        return None
    if len(listed) == 1:
        return Made({"constant": listed[0]}, pool=1)
    choice = made.said.get("choice") if isinstance(made.said, Mapping) else None
    if isinstance(choice, Mapping) and {str(v) for v in listed} <= {str(v) for v in choice}:
        return Made({"choice": {value: weight for value, weight in choice.items() if value in listed}})
    return Made({"choice": listed}, pool=len(listed))


def _written(column: Column, value: Value) -> object:
    """A value as YAML has it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if column.type.family is Family.INTERVAL and isinstance(value, int):
        return duration(value)
    return value


def _share_of_nulls(made: Made) -> dict[str, object]:
    said = made.said if isinstance(made.said, Mapping) else {}
    return {key: said[key] for key in ("null_fraction",) if key in said}


def _without(said: object) -> object:
    return {k: v for k, v in said.items() if k != "null_fraction"} if isinstance(said, Mapping) else said


def _alike(one: Made, other: Made) -> bool:
    """Whether two generators are of one kind, and of two choices the one a part of the other."""
    if not isinstance(one.said, Mapping) or not isinstance(other.said, Mapping) or not other.why:
        return False
    if "choice" in one.said:
        known = {str(value).lower() for value in other.said.get("choice", ())}
        return {str(value).lower() for value in one.said["choice"]} <= known
    return bool(next(iter(one.said)) == next(iter(other.said), None))
