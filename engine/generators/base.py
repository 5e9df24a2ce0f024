"""What a generator is: a strict YAML model that compiles to a kernel, and what each of them may ask."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Protocol

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from engine.expressions import Curve
from engine.generators.draws import CorrelatedDraw, Draw, OwnDraw
from engine.generators.lookup_table import LookupTable
from engine.stream import Key
from engine.timelines.moments import Moments
from engine.types import F64, I64, U64, ColumnPath, PgType
from engine.units import QuantityField

if TYPE_CHECKING:
    from engine.generators.deal import Deal


NUMBER = "\0number"
"""What `Rows.read` gives for the number of a row, from 1, as references count; ``row`` is what its author sees."""


class Rows(Protocol):
    """Some rows of one entity, in any order, each known by its address; what a kernel is given.

    Columns are evaluated at most once and remembered for as long as this object lives.
    """

    @property
    def size(self) -> int:
        """How many rows, n."""

    @property
    def identity(self) -> U64:
        """The rows' stream addresses, (n,): a root's index, a child's hash of parent and ordinal."""

    @property
    def index(self) -> I64:
        """The number, from 0, of each row (of a child: of its root ancestor), (n,)."""

    @property
    def place(self) -> I64:
        """The place of each row where values are dealt out, (n,): its number, but that an append passes over places.

        Those are places whose values rows have that were in the table before.
        """

    @property
    def lineage(self) -> I64:
        """Places among siblings, 20 bits a level, deepest lowest, (n,); zeros for entities with a `count`.

        (index, lineage) names a row of an entity uniquely.
        """

    def read(self, path: ColumnPath) -> pa.Array:
        """A column of these rows, or through a reference of the rows they point to, (n,).

        ``('row',)`` (entities with a `count`) and ``('ordinal',)`` (children) count from 1.
        """

    def read_as_of(self, path: ColumnPath, moments: I64) -> pa.Array:
        """A column of the rows that these point to, as it was at the moments, (n,) microseconds UTC.

        `path` leads through one reference or to the parent.
        """

    def subset(self, positions: I64) -> Rows:
        """Some of these rows, (m,), so that an arm is evaluated only where it applies."""

    def children(self, entity: str) -> tuple[Rows, I64]:
        """All rows of a `per` child, grouped by these rows in order, and where each group starts, (n + 1,)."""

    def siblings(self) -> tuple[Rows, I64]:
        """For children: rows that hold these and all of their siblings in order, and where these stand, (n,).

        Those that `keep` or `fold` leaves out are among them.
        """

    def at(self, entity: str, index: I64) -> Rows:
        """Rows of another entity, by number from 0, (m,)."""

    def seen_at(self, entity: str, index: I64, moments: I64) -> Rows:
        """The same as they were at moments, (m,) microseconds UTC, by their life cycles."""

    @property
    def as_of(self) -> I64 | None:
        """The moment that each row is seen at, microseconds UTC, (n,); None for the end of the window.

        What a life cycle did after it has not happened.
        """

    def firsts(self, entity: str) -> I64:
        """How many rows of `entity` come before each row of its parent, and how many there are, (parents + 1,).

        For an entity with a `count` and a `keep`: how many rows stay before each row.
        """

    @property
    def parent_position(self) -> I64:
        """For children: which parent row each belongs to, ascending, (n,)."""


class Kernel(Protocol):
    """Makes the values of one column; frozen, picklable, decides nothing that could be decided before."""

    def values(self, rows: Rows) -> pa.Array:
        """The column for these rows, (n,), in the Arrow type `value_type(context.type)`."""


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open span of the scenario, in microseconds since 1970 UTC, and its time zone's name."""

    start: int
    end: int
    timezone: str


@dataclass(frozen=True, slots=True)
class Target:
    """An entity that a reference points to; `count` and `moments` are those of its ancestor with a `count`."""

    entity: str
    count: int
    key: str  # the column that the reference stores
    moments: Moments | None  # None where its rows are not sorted by a moment
    chain: tuple[str, ...] = ()  # entities whose `firsts` lead from rows of the ancestor with a `count` to its own
    lag: int | None = 0  # microseconds by which it may come later than that ancestor; None where there is no bound
    parent: str | None = None  # what it is made `per`, where that has a `count`
    lives: bool = False  # whether its rows change by a life cycle
    local: bool = False  # whether its rows follow clocks of their own


class Scope(Protocol):
    """The names that a column's generator may see while it is compiled."""

    def target(self, entity: str, column: str) -> Target:
        """The entity that `column` of this one refers to. Raises SpecError (UNKNOWN_ENTITY, …)."""

    def around(self, entity: str) -> Scope:
        """The names that the rows of another entity see."""

    def leads_to(self, path: ColumnPath) -> tuple[str, ...]:
        """The entities that the column at `path` refers to, mostly one or none. Raises SpecError (UNKNOWN_COLUMN)."""

    def child_type(self, entity: str, column: str) -> PgType:
        """The type of a column of a `per` child of this entity. Raises SpecError."""

    def parent_column(self) -> str | None:
        """The column that `per … as` fills, or None for an entity with a `count`."""

    def type_of(self, path: ColumnPath) -> PgType:
        """The type of a column of this entity, or of one reached through a reference or `per`.

        Raises SpecError (UNKNOWN_COLUMN, with the nearest name as hint).
        """

    def names(self) -> tuple[str, ...]:
        """Every name that may be read bare: this entity's columns."""

    def parameter(self, name: str) -> int | float | str | bool | None:
        """A scenario parameter, or None where there is none of that name."""

    def thinned(self) -> bool:
        """Whether `keep` or `fold` leaves out some of this entity's rows."""

    def span(self, event: str) -> tuple[tuple[int, int], ...]:
        """When a spike or outage is on: half-open [start, end) in microseconds UTC, sorted.

        `event` is ``timeline.event``. Raises SpecError (UNKNOWN_EVENT).
        """

    def lookup(self, table: str) -> LookupTable:
        """A table of the spec. Raises SpecError (UNKNOWN_LOOKUP)."""

    def made_by(self, column: str) -> Generator | None:
        """What makes a column of this entity; None where the shape of the entity does."""

    def key(self, *names: str) -> Key:
        """A stream of this entity that several columns share."""

    def shared(self, *names: str) -> Key:
        """A stream of the scenario, for what columns of several entities share."""

    def curve(self, timeline: str) -> Curve:
        """How busy a timeline is, in multiples of its mean. Raises SpecError (UNKNOWN_TIMELINE)."""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that a generator is told when it is compiled."""

    entity: str
    column: str
    type: PgType  # what the values must be
    key: Key  # the column's stream
    window: Window
    scope: Scope
    moment: ColumnPath | None = None  # the entity's moment column, if it has one
    count: int | None = None  # rows of the entity; None for a child
    unique: bool = False
    correlated: CorrelatedDraw | None = None  # the draw that the column must take instead of its own stream's

    @property
    def draw(self) -> Draw:
        """The uniform draw behind the column."""
        return self.correlated or OwnDraw(self.key)


class Generator(BaseModel):
    """Base of every generator's YAML model: strict, frozen, no unknown keys.

    A model is the YAML mapping as it stands: the field named like `kind` is the head
    (``reference: customers``), its other fields stand beside it (``pick: …``).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    kind: ClassVar[str]

    def reads(self) -> tuple[ColumnPath, ...]:
        """The columns that this one is made from, as `Rows.read` takes them; the plan orders by them."""
        return ()

    def reads_moment(self) -> bool:
        """Whether it reads the entity's moment without naming it."""
        return False

    def aggregates(self) -> tuple[ColumnPath, ...]:
        """The (child entity, column) pairs that this one is summed over."""
        return ()

    def links(self) -> str | None:
        """The entity that this column refers to, where it is a reference."""
        return None

    def target_columns(self) -> tuple[str, ...]:
        """Columns of the entity that `links` names, which picking looks at."""
        return ()

    def target_reads(self) -> tuple[ColumnPath, ...]:
        """Paths from rows of that entity, which a condition on them reads."""
        return ()

    def result(self, scope: Scope) -> PgType:
        """The type of the values where no catalog says it (a hidden column)."""
        raise NotImplementedError

    def compile(self, context: Context) -> Kernel:
        """Decide everything. Raises SpecError with paths relative to this mapping."""
        raise NotImplementedError

    def places(self, context: Context) -> int | None:  # noqa: ARG002
        """How many different values it could deal out, so that `distinct` can take it; None where nobody knows.

        Raises SpecError.
        """
        return None

    def dealt(self, context: Context, deal: Deal) -> Kernel:
        """The kernel whose value is that of the deal's digit; only where `places` is not None. Raises SpecError."""
        raise NotImplementedError


class Dimension(StrEnum):
    """What the numbers of a law measure."""

    NUMBER = "numbers"
    DURATION = "durations"  # microseconds
    MOMENT = "moments"  # microseconds since 1970


class Law(Protocol):
    """A probability distribution by its quantile: one uniform in, one number out, monotone."""

    @property
    def discrete(self) -> bool:
        """Whether values are whole numbers."""

    @property
    def mean(self) -> float:
        """The expected value, for the plan's estimates."""

    @property
    def low(self) -> float:
        """The smallest possible value; may be -inf."""

    @property
    def high(self) -> float:
        """The largest possible value; may be inf."""

    def quantile(self, u: F64) -> F64:
        """The value below which a share `u` of all draws lies, (n,) → (n,); u in (0, 1)."""

    def cdf(self, x: float) -> float:
        """The share of draws that are ≤ x; used once, at compile time."""


class Distribution(Generator):
    """A generator that is a law of numbers; usable as a column, a fan-out or a delay alike."""

    min: QuantityField | None = Field(None, description="The law is truncated below this.")
    max: QuantityField | None = Field(None, description="The law is truncated above this.")
    round: int | None = Field(None, ge=0, le=20, description="Decimal places; half away from zero.")

    def law(self, window: Window) -> Law:
        """The law, truncated to `min` and `max`. Durations are microseconds, moments microseconds since 1970."""
        raise NotImplementedError

    def whole(self, window: Window) -> Law:
        """The law of whole numbers that this one is rounded to, for fan-outs and counts."""
        raise NotImplementedError

    def dimension(self) -> Dimension:
        """What the values measure. Raises SpecError (WRONG_KIND) where the arguments mix kinds."""
        raise NotImplementedError
