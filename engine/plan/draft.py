"""The plan while it is being made: mutable, full of gaps, and collecting everything that is wrong."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.catalog.model import Catalog, Table
from engine.errors import Diagnostic, Path, SpecError
from engine.generators.base import Generator, Kernel, Window
from engine.generators.condition import Test
from engine.generators.deal import Deal
from engine.generators.draws import CorrelatedDraw
from engine.generators.several import Several
from engine.lifecycles.graph import Graph
from engine.plan.model import Cost, FanOut, FaultPlan, LabelPlan, Nulls, Stage
from engine.spec.entity import Entity
from engine.spec.model import Scenario
from engine.spec.scalars import Scalar
from engine.stream import Key, stream_key
from engine.timelines.intensity import Intensity
from engine.timelines.moments import Moments
from engine.timelines.rate import Rate
from engine.types import ColumnPath, PgType


@dataclass(slots=True)
class ColumnDraft:
    """One column on its way: `generator` is None for the columns that `per` and `moment` fill."""

    name: str
    generator: Generator | None = None
    type: PgType | None = None
    hidden: bool = False
    nullable: bool = True
    unique: bool = False
    nulls: Nulls | None = None
    target: str | None = None
    kernel: Kernel | None = None
    reads: tuple[tuple[str, str], ...] = ()
    place: Path | None = None  # where it stands in the spec, if not among the columns
    base: Path | None = None  # what its generator's errors are relative to, if not to its place


@dataclass(slots=True)
class EntityDraft:
    """One entity on its way."""

    name: str
    spec: Entity
    table: Table
    columns: dict[str, ColumnDraft] = field(default_factory=dict)
    parent: str | None = None
    parent_column: str | None = None
    key_column: str | None = None  # what references to this entity store
    rate: Rate | None = None
    moments: Moments | None = None
    moment_column: str | None = None
    fan_out: FanOut | None = None
    correlated: dict[str, CorrelatedDraw] = field(default_factory=dict)
    deals: dict[str, Deal] = field(default_factory=dict)  # of columns that are dealt out together
    expected_rows: float = 0.0
    server_columns: tuple[str, ...] = ()
    keep: Test | None = None
    stored_rows: int = 0  # of one whose rows are in the table already
    grid_rows: int = 0  # of an entity that lies on a grid without a parent
    drawn_rows: int = 1  # of one with a rate; 1 until it is known
    unsettled: bool = False  # a life cycle that is wrong may set columns which nobody knows
    faults: list[FaultPlan] = field(default_factory=list)

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The primary key, where the spec makes all of it."""
        written = [c.name for c in self.columns.values() if not c.hidden]
        key = self.table.primary_key
        return key if all(name in written for name in key) else ()

    @property
    def unwritten(self) -> bool:
        """Whether nothing of it is written."""
        return self.spec.virtual or self.spec.existing is not None

    @property
    def local(self) -> bool:
        """Whether its rows follow clocks of their own, so that their order is not that of their moments."""
        return self.spec.moment is not None and self.spec.moment.local_to is not None

    @property
    def count(self) -> int | None:
        """Rows of a root; None for a child."""
        if self.parent:
            return None
        if self.spec.existing is not None:
            return self.stored_rows
        if self.spec.rate is not None:
            return self.drawn_rows
        return self.grid_rows if self.spec.every else int(self.spec.count or 0)


@dataclass(slots=True)
class Draft:
    """What the passes work on, in order."""

    scenario: Scenario
    catalog: Catalog
    seed: int
    window: Window
    parameters: Mapping[str, Scalar]
    entities: dict[str, EntityDraft] = field(default_factory=dict)
    rates: dict[str, Rate] = field(default_factory=dict)
    wholes: dict[str, Rate] = field(default_factory=dict)  # the same with the events that are left out
    curves: dict[str, Intensity] = field(default_factory=dict)  # of the timelines that expressions ask for
    spans: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)  # of events beside the timelines
    graphs: dict[str, Graph] = field(default_factory=dict)
    stages: tuple[Stage, ...] = ()
    partition_rows: dict[str, int] = field(default_factory=dict)
    costs: tuple[Cost, ...] = ()
    labels: LabelPlan | None = None
    diagnostics: list[Diagnostic] = field(default_factory=list)
    said: set[Path] = field(default_factory=set)

    def report(self, error: SpecError, *prefix: str | int) -> None:
        """Note what is wrong and go on, so that everything is said at once.

        An error without a diagnostic follows from another mistake: the place is broken, and nothing more is said.
        """
        found = error.under(*prefix).diagnostics
        self.diagnostics.extend(found)
        for path in [d.path for d in found] or [prefix]:
            self.said.update(path[:length] for length in range(len(path) + 1))

    def key(self, *names: str) -> Key:
        """The stream of (seed, names…)."""
        appended = self.catalog.appended
        return stream_key(self.seed, *(("append", appended.digest) if appended else ()), *names)

    def broken(self, *prefix: str | int) -> bool:
        """Whether something was already said about this place or below it."""
        return prefix in self.said


def column_place(entity: EntityDraft, column: str) -> Path:
    """Where a column stands in the spec."""
    name, known = entity.name, entity.columns.get(column)
    if known is not None and known.place is not None:
        return known.place
    if column in entity.spec.columns:
        return ("entities", name, "columns", column)
    return ("entities", name, "per", "as") if column == entity.parent_column else ("entities", name, "moment", "column")


def forks(entity: EntityDraft, column: str) -> tuple[str, ...]:
    """The columns through one of which a reference to several entities goes."""
    made = entity.columns[column].generator if column in entity.columns else None
    return made.ways if isinstance(made, Several) else ()


def follows() -> SpecError:
    """The error of what cannot be made only because something else, already reported, is wrong."""
    return SpecError(())


def nearest(name: str, known: Iterable[str]) -> str | None:
    """A hint with the known name that looks most like `name`."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean '{found[0]}'?" if found else None


def listed(names: Iterable[str], limit: int = 8) -> str:
    """Names as a person lists them, cut after `limit`."""
    some = list(names)
    return ", ".join(some[:limit]) + (f" and {len(some) - limit} more" if len(some) > limit else "")


def path_text(path: ColumnPath) -> str:
    """A column path as it is written."""
    return ".".join(path).replace(".\0", ".").replace("\0", " at ")
