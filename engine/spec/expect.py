"""What must be true of the rows once they are there: the `expect` part of a spec."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from engine.errors import Code
from engine.spec.fields import Model, Name, Span, refuse
from engine.spec.scalars import Scalar
from engine.units import Moment, parse_story_moment

KINDS = ("sql", "count", "unique", "no_orphans", "share", "mean", "peak")
VERDICTS = ("equals", "between", "is_empty", "falls_in")
_OWN_VERDICT = ("unique", "no_orphans")
_MOST_SQL = 10_000
_SHARE = re.compile(r"-?[0-9]+(\.[0-9]+)?%")

Bound: TypeAlias = Decimal | str
"""A number, a share such as ``5%`` (0.05), or a text that PostgreSQL reads as the type of what it is compared with."""


def _bound(value: object) -> Bound:
    if isinstance(value, Decimal) or (isinstance(value, int | float) and not isinstance(value, bool)):
        number = Decimal(str(value))
        if not number.is_finite():
            raise refuse(Code.OUT_OF_RANGE, "a bound is a number that can be counted to", "a text, 'Infinity', is too")
        return number
    if not isinstance(value, str):
        raise refuse(Code.WRONG_TYPE, f"a bound is a number, a share such as 5%, or a text, not {_shown(value)}")
    return Decimal(value.strip()[:-1]) / 100 if _SHARE.fullmatch(value.strip()) else value


def _pair(value: object) -> tuple[Bound, Bound]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise refuse(Code.WRONG_TYPE, f"write the two ends, [1, 10], not {_shown(value)}")
    return _bound(value[0]), _bound(value[1])


def _column(value: object) -> str:
    if not isinstance(value, str) or not re.match(_COLUMN, value):
        raise refuse(Code.BAD_NAME, f"{_shown(value)} is not entity.column")
    return value


def _shown(value: object) -> str:
    """A value as its author may have written it."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_shown, value[:5]))}{', …' if len(value) > 5 else ''}]"
    if isinstance(value, bool) or value is None:
        return "null" if value is None else str(value).lower()
    return f"'{value[:80]}'" if isinstance(value, str) else str(value)[:80]


def _columns(value: object) -> tuple[str, ...]:
    given = (value,) if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not given or not all(isinstance(one, str) for one in given):
        raise refuse(Code.WRONG_TYPE, f"write entity.column, or a list of them, not {_shown(value)}")
    wrong = next((one for one in given if not re.match(_COLUMN, one)), None)
    if wrong is not None:
        raise refuse(Code.BAD_NAME, f"'{wrong[:80]}' is not entity.column")
    return tuple(given)


def _target(value: object) -> Span | Moment | str:
    if isinstance(value, dict):
        return Span.model_validate(value)
    try:
        return parse_story_moment(value)
    except ValueError as error:
        if isinstance(value, str) and not value[:1].isdigit():
            return value
        if isinstance(value, str):
            message, _, hint = str(error).partition("; ")
            raise refuse(Code.BAD_UNIT, message, hint or None) from None
        ways = "a day, a named day, timeline.event or {start: …, end: …}"
        raise refuse(Code.WRONG_TYPE, f"write {ways}, not {_shown(value)}") from None


_BOUND = {"anyOf": [{"type": "number"}, {"type": "string"}], "examples": [2_000_000, "5%", "2025-11-28"]}
_PAIR = {"type": "array", "items": _BOUND, "minItems": 2, "maxItems": 2}
PairField = Annotated[tuple[Bound, Bound], PlainValidator(_pair), WithJsonSchema(_PAIR)]
BoundField = Annotated[Bound, PlainValidator(_bound), WithJsonSchema(_BOUND)]
_SPAN = {
    "type": "object",
    "properties": {"start": {"type": "string"}, "end": {"type": "string"}},
    "required": ["start", "end"],
    "additionalProperties": False,
}
_TARGET = {
    "anyOf": [{"type": "string"}, _SPAN],
    "examples": ["black_friday", "storefront.flash_sale", "2025-11-28", {"start": "2025-11-28", "end": "2025-11-30"}],
}
TargetField = Annotated[Span | Moment | str, PlainValidator(_target), WithJsonSchema(_TARGET)]
_COLUMN = r'^[a-z_][a-z0-9_]*\.[^.{}"]+$'
ColumnOf = Annotated[str, PlainValidator(_column), WithJsonSchema({"type": "string", "pattern": _COLUMN})]
_COLUMNS = {"anyOf": [{"type": "string", "pattern": _COLUMN}, {"type": "array", "items": {"type": "string"}}]}
ColumnsField = Annotated[tuple[str, ...], PlainValidator(_columns), WithJsonSchema(_COLUMNS)]


class Expectation(Model):
    """One thing that must be true: what is looked at, and what it must be.

    Looked at by PostgreSQL after the load, in a session that can only read, by code that knows nothing of how the
    rows were made. Guarantees that PostgreSQL reads the author's own words, but for what is neither PostgreSQL's own
    nor a table of the spec: extensions' functions, operators and types (citext compares as text).
    A number is compared as numeric (a real by the digits it is shown with), a text as the type of the value:
    an array is ``equals: "{1,2}"``; json and rows cannot be compared, cast them.
    Costs a pass over the table for each; 120 seconds at the most for one, 600 for all.
    Refuses statements that do more than read the tables that the spec fills, WITH RECURSIVE, functions that
    make rows, long texts or use the clock (``now()``), what an answer can never be (a share of 3), and moments, numbers
    or texts beside a value of another kind.
    """

    name: str | None = Field(None, max_length=200, description="What the report calls it.")
    sql: str | None = Field(None, max_length=_MOST_SQL, description="A SELECT; of one value unless `is_empty`.")
    count: Name | None = Field(None, description="The rows of an entity's table.")
    unique: ColumnsField | None = Field(None, description="No two rows have the same value, or values; nulls aside.")
    no_orphans: ColumnOf | None = Field(None, description="Every value of this foreign key has its row.")
    share: Name | None = Field(None, description="Which share of an entity's table `where` holds for, from 0 to 1.")
    mean: ColumnOf | None = Field(None, description="The mean of a column; nulls do not count.")
    peak: ColumnOf | None = Field(None, description="The hour, or what `by` says, in which most of these moments lie.")
    where: str | None = Field(None, max_length=_MOST_SQL, description="A condition: only these rows are looked at.")
    by: Literal["minute", "hour", "day", "week", "month"] | None = Field(
        None, description="How wide a peak is; an hour where it is not said."
    )
    equals: BoundField | bool | None = Field(None, description="What it must be.")
    between: PairField | None = Field(None, description="From the first to the second, both allowed.")
    is_empty: bool | None = Field(None, description="true: the statement returns no row.")
    falls_in: TargetField | None = Field(
        None,
        description="Where a peak begins: a day, a named day, a span, or an event such as storefront.flash_sale "
        "(its plateau, from the beginning of the hour, or of what `by` says, that it begins in).",
    )

    @property
    def kind(self) -> str:
        """Which of KINDS it is."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @model_validator(mode="after")
    def _is_one_question(self) -> Expectation:
        kinds = [kind for kind in KINDS if getattr(self, kind) is not None]
        verdicts = [verdict for verdict in VERDICTS if verdict in self.model_fields_set]
        if len(kinds) != 1:
            said = " and ".join(kinds) if kinds else "nothing"
            raise refuse(Code.MISSING_KEY, f"an expectation asks one thing, here {said}", f"one of {_list(KINDS)}")
        (kind,) = kinds
        allowed = _verdicts_of(kind)
        if any(verdict not in allowed for verdict in verdicts) or (allowed and len(verdicts) != 1):
            wanted = f"exactly one of {_list(allowed)}" if allowed else "nothing else: it is true or not"
            raise refuse(Code.CONFLICT, f"`{kind}` wants {wanted}", None)
        nothing = next((v for v in verdicts if v != "equals" and getattr(self, v) is None), None)
        if nothing is not None:
            hint = "a column that must be null: equals: null" if nothing == "between" else None
            raise refuse(Code.MISSING_KEY, f"`{nothing}` says nothing", hint)
        if self.is_empty is False:
            raise refuse(Code.OUT_OF_RANGE, "is_empty is true, or not written", "ask for a count with `between`")
        if kind == "share" and self.where is None:
            raise refuse(
                Code.MISSING_KEY, "`share` needs `where`", "say which rows are counted: where: status = 'paid'"
            )
        if self.where is not None and kind in ("sql", "no_orphans"):
            raise refuse(Code.CONFLICT, f"`{kind}` takes no `where`", "write the condition into the SQL")
        if self.by is not None and kind != "peak":
            raise refuse(Code.CONFLICT, "`by` belongs to `peak`", None)
        return self


def _verdicts_of(kind: str) -> tuple[str, ...]:
    if kind in _OWN_VERDICT:
        return ()
    return {"sql": ("equals", "between", "is_empty"), "peak": ("falls_in",)}.get(kind, ("equals", "between"))


def _list(words: tuple[str, ...]) -> str:
    return ", ".join(words)


def spelled(value: Scalar | Bound) -> str:
    """A bound as a report shows it."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value).lower() if isinstance(value, bool) else str(value)
