"""What a CHECK says, in small parts: facts about one column, and relations between two."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

Value: TypeAlias = int | Decimal | str | bool
"""A number; a boolean; a text; a date, moment or time of day as ISO text; an interval as microseconds."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The column's values lie between two values, or on one side of one."""

    column: str
    low: Value | None = None
    high: Value | None = None
    low_strict: bool = False
    high_strict: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """Values lie before or after the moment that a row is written at, by so many microseconds at least."""

    column: str
    latest: int | None = None  # value <= now + this
    earliest: int | None = None  # value >= now + this


@dataclass(frozen=True, slots=True)
class OneOf:
    """The only values there are."""

    column: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class NotOneOf:
    """Values that must not be."""

    column: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Length:
    """Characters of a text, bytes of a bytea; `ascii` where bytes of a text are counted."""

    column: str
    min: int = 0
    max: int | None = None
    ascii: bool = False


@dataclass(frozen=True, slots=True)
class Matches:
    """Texts in which the regular expression is found somewhere, or nowhere."""

    column: str
    regex: str
    negated: bool = False
    case_insensitive: bool = False


@dataclass(frozen=True, slots=True)
class Like:
    """Texts that are like a LIKE pattern, or unlike it."""

    column: str
    pattern: str
    negated: bool = False
    case_insensitive: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """Texts that `upper` or `lower` leaves as they are."""

    column: str
    case: str


@dataclass(frozen=True, slots=True)
class Trimmed:
    """Texts without a blank at either end."""

    column: str


@dataclass(frozen=True, slots=True)
class MultipleOf:
    """Numbers n for which n % `step` is `remainder`."""

    column: str
    step: Decimal
    remainder: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Truncated:
    """Dates and moments that `date_trunc` of this unit leaves as they are."""

    column: str
    unit: str


@dataclass(frozen=True, slots=True)
class Part:
    """Dates and moments of which this field of `extract`, such as dow or hour, has one of these values."""

    column: str
    field: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """How many elements an array has."""

    column: str
    min: int = 0
    max: int | None = None


@dataclass(frozen=True, slots=True)
class Elements:
    """All that an array may hold."""

    column: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class JsonType:
    """What `jsonb_typeof` says of a document."""

    column: str
    name: str


@dataclass(frozen=True, slots=True)
class JsonKeys:
    """Keys that a document must have."""

    column: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotEmpty:
    """Ranges that hold something."""

    column: str


@dataclass(frozen=True, slots=True)
class IsNull:
    """The column is NULL."""

    column: str


@dataclass(frozen=True, slots=True)
class NotNull:
    """The column is not NULL."""

    column: str


@dataclass(frozen=True, slots=True)
class Compare:
    """``column op other + offset``; offsets of dates and moments are microseconds."""

    column: str
    op: str  # < <= > >= = <>
    other: str
    offset: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Computed:
    """``column = expression`` over other columns, in words that are PostgreSQL's and the spec's alike."""

    column: str
    expression: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that is not understood, about these columns."""

    columns: tuple[str, ...]


Relation: TypeAlias = Compare | Computed
Fact: TypeAlias = (
    Bound | Clock | OneOf | NotOneOf | Length | Matches | Like | Case | Trimmed | MultipleOf | Truncated | Part
    | Items | Elements | JsonType | JsonKeys | NotEmpty | IsNull | NotNull | Relation | Unknown
)  # fmt: skip
