"""What a spec says of one entity: its table, how many rows, when they happen, and its columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, StringConstraints, Tag, model_validator

from engine.generators import AnyDistribution, AnyGenerator
from engine.generators.base import Context, Distribution, Kernel
from engine.generators.correlation import Correlation
from engine.generators.fold import Fold
from engine.spec.calendar import Calendar
from engine.spec.every import Every
from engine.spec.existing import Existing
from engine.spec.fields import NO_TABLE, ColumnName, Model, Name, TableName, TypeField
from engine.spec.named import NamedReference
from engine.timelines.pace import PaceField
from engine.timelines.parts import FollowedField
from engine.timelines.trend import TrendField
from engine.types import ColumnPath
from engine.units import FractionField, MomentField

MAX_ROWS = 10**12
MAX_FAN_OUT = 100_000


class Column(Model):
    """One column: a generator's keys, and beside them what holds for any column.

    A bare scalar is a constant: ``currency: EUR``.
    """

    generator: AnyGenerator
    hidden: bool = Field(default=False, description="Computed so that others can use it, never written.")
    null_fraction: FractionField = Field(0.0, description="The share of rows that are null.")
    unique: bool = Field(default=False, description="No value twice; refused where the generator cannot promise it.")
    type: TypeField | None = Field(None, description="The PostgreSQL type, where no table says it.")

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, value: Any) -> Any:
        """Take the modifiers out of the mapping; what is left belongs to the generator."""
        if isinstance(value, Column):
            return value
        if not isinstance(value, Mapping):
            return {"generator": value}
        modifiers = {key: value[key] for key in MODIFIERS if key in value}
        return {**modifiers, "generator": {k: v for k, v in value.items() if k not in modifiers}}


MODIFIERS = tuple(name for name in Column.model_fields if name != "generator")


class ExprCount(Model):
    """A fan-out that the parent's row decides, by an expression or a case: ``{expr: "seats", max: 50}``.

    ``{case: [{during: shop.sale, then: {poisson: 4, max: 9}}, {else: 1}], max: 9}``; null is none.
    """

    generator: AnyGenerator
    max: int = Field(ge=0, le=MAX_FAN_OUT, description="The largest result; a larger one fails the run.")

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, value: Any) -> Any:
        """Take `max` out of the mapping; what is left is the expression."""
        if not isinstance(value, Mapping):
            return value
        maximum = {"max": value["max"]} if "max" in value else {}
        return {**maximum, "generator": {k: v for k, v in value.items() if k != "max"}}

    def reads(self) -> tuple[ColumnPath, ...]:
        """The parent's columns that it is made from."""
        return self.generator.reads()

    def reads_moment(self) -> bool:
        """Whether it tests an event at the parent's moment."""
        return self.generator.reads_moment()

    def aggregates(self) -> tuple[ColumnPath, ...]:
        """What it sums over, of other children of the parent."""
        return self.generator.aggregates()

    def compile(self, context: Context) -> Kernel:
        """The number of children of each parent. Raises SpecError."""
        return self.generator.compile(context)


def _count_tag(value: object) -> str:
    if isinstance(value, Mapping):
        return "<expr>" if "expr" in value or "case" in value else "<law>"
    if isinstance(value, ExprCount):
        return "<expr>"
    return "<int>" if value is None or isinstance(value, str | int | float | list) else "<law>"


if TYPE_CHECKING:
    FanOutCount: TypeAlias = int | ExprCount | Distribution
else:
    FanOutCount = Annotated[
        Annotated[int, Field(ge=0, le=MAX_FAN_OUT), Tag("<int>")]
        | Annotated[ExprCount, Tag("<expr>")]
        | Annotated[AnyDistribution, Tag("<law>")],
        Discriminator(_count_tag),
    ]


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


OnField = Annotated[
    tuple[Annotated[str, StringConstraints(pattern=r"^[^.]+(\.[^.]+)?$")], ...],
    Field(min_length=1, max_length=100, strict=False),
    BeforeValidator(_listed, json_schema_input_type=str | tuple[str, ...]),
]


class Per(Model):
    """Rows of a parent's row: ``{parent: orders, as: order_id, count: {poisson: 1.9, max: 9}}``.

    How many may be a matter of the parent's row: ``count: {expr: seats, max: 50}``, or a `case` in which ``during``
    tests the parent's moment: ``count: {case: [{during: shop.sale, then: {poisson: 4, max: 9}}, {else: 1}], max: 9}``.
    """

    parent: Name = Field(description="The entity whose rows have these as children.")
    as_: ColumnName = Field(alias="as", description="The column of this entity that holds the parent's key.")
    count: FanOutCount | None = Field(
        None, description="A whole number, a distribution with a finite max, an expression or a case; or say `on`."
    )
    on: OnField | None = Field(
        None,
        description="One row for each time that the parent enters a state: status.paid, a list, or all of `status`.",
    )
    every: Every | None = Field(
        None, description="One row at each place of a grid: 15m, or {step: 1mo, from: started_at}; or say `count`."
    )
    calendar: Calendar | None = Field(
        None, description="One row in each slot that is taken: {hours: 09:00-17:00, length: 30m}; or say `count`."
    )
    hidden: bool = Field(default=False, description="`as` is no column of the table, only a path to the parent.")

    @property
    def maximum(self) -> int | None:
        """The largest fan-out where it is written down; a law knows its own."""
        if isinstance(self.count, ExprCount):
            return self.count.max
        return self.count if isinstance(self.count, int) else None


class Spread(Model):
    """Moments spread evenly over a span, or growing: ``{start: 2023-11-01, end: 2025-12-05, growth: 1.6 per year}``."""

    start: MomentField = Field(description="Where the first rows may lie.")
    end: MomentField = Field(description="Half-open: no row is at the end itself.")
    growth: TrendField | None = Field(
        None, description="What the rate is multiplied by in each period, or {linear: …} or {logistic: …}."
    )


class MomentOf(Model):
    """Which column is the moment of a row, and what places it.

    With `timeline` or `spread` rows are sorted by it and need no generator; with neither it names a column
    that a generator makes.

    Of ``timeline: {web: 3, app: 1}`` three rows in four follow the one and one the other, whatever their own rates and
    events add up to: weights are shares of the rows to expect in the whole window. (Where rates are to be added, and a
    spike of one to bring rows on top, name a timeline that is a `sum`.)

    With `local_to` each row keeps the hours of its own clock: ``{column: placed_at, timeline: storefront, local_to:
    customer_id.timezone}``. What is there is the name of a time zone (IANA), and the moment is when that zone's clock
    shows the wall time at which the timeline placed the row on the scenario's. Guarantees the same local hours for all
    zones, the timeline's own, events included: a sale at 8 is at 8 everywhere. What falls out of the window is moved
    by the whole days of the window to its other end. A time that is skipped when clocks go forward is an hour later,
    one that comes twice is the second, as PostgreSQL reads it; null is the scenario's own zone. The reference that
    leads to the zone picks with `existing_at` among those that existed at the earliest that the moment can be in any
    zone: in the last hours of the window, whose rows may be moved to its begin, only those that existed then. Costs
    that the rows are no longer sorted by their moment. Refuses windows shorter than 3 days, names that are no zones,
    and references to these rows by others with `existing_at`.
    """

    column: ColumnName = Field(description="The column of the table that holds it.")
    timeline: FollowedField | None = Field(None, description="A timeline of this spec, or several: {web: 3, app: 1}.")
    spread: Spread | None = Field(None, description="A span of its own, without a timeline.")
    local_to: str | None = Field(
        None, pattern=r"^\w+(\.\w+)*$", description="A column, or one through references, with the row's time zone."
    )
    hidden: bool = Field(default=False, description="`column` is no column of the table, only there to be read.")

    @property
    def made(self) -> bool:
        """Whether the moment makes the column's values; otherwise a generator does."""
        return self.timeline is not None or self.spread is not None


def _table_is_optional(schema: dict[str, Any]) -> None:
    del schema["required"]
    schema |= {"if": {"not": {"required": ["virtual"]}}, "then": {"required": ["table"]}}


class Entity(Model):
    """One population of rows made for one table, or for none.

    ``{virtual: true, count: 400}`` makes rows that only parent others: bursts, months, sessions. Their columns are
    computed like hidden ones, nothing of them is written, and `per … as` may name a way to them that is no column:
    ``per: {parent: bursts, as: burst, hidden: true, count: 9}``.

    ``keep: "random_gap > 0.02"`` leaves rows out, and their children with them. Those that stay are the same rows, with
    the same keys and ordinals, as if all had stayed; sums and counts of a parent see only them. How many stay is
    estimated from a sample before the load, and counted while it runs.

    ``distinct: [[student_id, course_id]]``: no two rows agree in these columns. Guaranteed by construction, for any
    number of rows, without a memory: all combinations of what the columns can hold are put in a keyed order, and row i
    has the i-th. References, choices, uniform laws of whole numbers or days, bernoullis and patterns can be dealt out
    so, each value as often as any other; a column may be in one group. A group of one reference is a row of its own
    for each: one-to-one. Refuses more rows than there are combinations, and rows made `per` others.

    ``traits: [audited]`` gives it the columns of a trait, as if they were written here; beside `entities` stands
    ``traits: {audited: {updated_at: {attribute: created_at}}}``.

    ``rate: {per_hour: 120}`` instead of `count` fixes the rows per time, not their number: 120 in an ordinary hour of
    the timeline. That is the mean of its daily, weekly, monthly and yearly curves over the whole calendar, at the level
    that it has when the window starts, without events. So a spike of peak 7.5 brings 780 rows an hour more, an outage
    loses rows, growth adds some and a longer window has more; `--without` an event there is another number of rows.
    The number is drawn by the seed, from the Poisson law whose mean follows, and is known before the load. Refuses to
    stand without a timeline or a spread.

    ``triggers: suspend`` switches the triggers of the table off for the load, if we own it, and back to what they were:
    an audit log is not filled with made-up rows. Without it they fire for each row, as they would for anybody's, and
    what they write elsewhere is theirs: `engine clean` does not know of it.
    """

    model_config = ConfigDict(json_schema_extra=_table_is_optional)

    table: TableName = Field(description="The table that is filled, such as shop.orders.")
    existing: Existing | None = Field(None, description="Rows that the table holds already: {sample: 10_000}.")
    virtual: bool = Field(default=False, description="The rows have no table; they are there for others to hang on.")
    count: int | None = Field(None, ge=0, le=MAX_ROWS, description="How many rows; or say `per`.")
    rate: PaceField | None = Field(
        None, description="How many rows in an ordinary hour, day, …: {per_hour: 120}; or say `count`."
    )
    every: Every | None = Field(
        None, description="One row at each place of a grid: 1mo, or {step: 15m, jitter: 1m}; or say `count`."
    )
    per: Per | None = Field(None, description="Rows that belong to a parent's row; or say `count`.")
    moment: MomentOf | None = Field(None, description="When the rows happen.")
    layout: Literal["by_time"] | None = Field(
        None, description="by_time: within a partition rows are loaded in the order of their moments."
    )
    keep: str | None = Field(
        None, min_length=1, description="A condition on the row; where it is not true there is no such row."
    )
    fold: Fold | None = Field(
        None, description="A state that siblings change in turn and that keeps its bounds: a balance, a stock."
    )
    correlations: dict[Name, Correlation] = Field(
        default_factory=dict, description="Groups of columns that go together."
    )
    triggers: Literal["keep", "suspend"] = Field(
        "keep", description="suspend: the table's own triggers are off during the load, then what they were."
    )
    traits: tuple[Name, ...] = Field(
        (), strict=False, max_length=100, description="Sets of columns that it has too; its own win."
    )
    distinct: tuple[Annotated[tuple[ColumnName, ...], Field(min_length=1, max_length=32, strict=False)], ...] = Field(
        (), max_length=100, strict=False, description="Columns in which no two rows agree: [[student_id, course_id]]."
    )
    references: dict[Name, NamedReference] = Field(
        default_factory=dict, max_length=200, description="Rows of other entities that each row points to, by name."
    )
    columns: dict[ColumnName, Column] = Field(
        default_factory=dict,
        description="How each column is made; the others are left to their defaults.",
    )

    @property
    def grid(self) -> Every | Calendar | None:
        """The grid or the calendar that its rows lie on, be it one or one for each parent."""
        return self.every if self.per is None else self.per.every or self.per.calendar

    @model_validator(mode="before")
    @classmethod
    def _without_a_table(cls, value: Any) -> Any:
        """A virtual entity needs no table."""
        if isinstance(value, Mapping) and value.get("virtual") is True and "table" not in value:
            return {**value, "table": NO_TABLE}
        return value
