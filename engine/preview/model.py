"""What a preview shows, as frozen values; `as_json` is what the command line and the API hand out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engine.preview.instants import iso

Cells = tuple[str | None, ...]
ALL, OTHERWISE = "all rows", "otherwise"
"""The groups beside the events: every row, and those outside every event."""


@dataclass(frozen=True, slots=True)
class ColumnView:
    """One column: its PostgreSQL type, whether it is never written, and what makes it."""

    name: str
    type: str
    hidden: bool
    made: str


@dataclass(frozen=True, slots=True)
class TimeShape:
    """How many rows lie where, counted exactly: `counts` in parts of `width` microseconds from `start` on.

    `hours` (24,), `weekdays` (7, Monday first) and `week` (7 × 24, hour by hour from Monday) are local; empty where the
    span is too long to be cut so finely.
    """

    column: str
    start: int
    end: int
    width: int
    counts: tuple[int, ...]
    hours: tuple[int, ...]
    weekdays: tuple[int, ...]
    week: tuple[int, ...]

    @property
    def peak(self) -> int:
        """The middle of the first of the fullest parts, microseconds UTC."""
        return self.start + self.width * self.counts.index(max(self.counts)) + self.width // 2


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that are looked at together: all, those of one event, or the others. `rows` is None where only sampled."""

    name: str
    rows: int | None
    sampled: int


@dataclass(frozen=True, slots=True)
class Share:
    """How often a column has a value in a group, 0 to 1, of the rows that were sampled; null is None."""

    column: str
    group: str
    value: str | None
    share: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a histogram: the share of the sampled rows whose value is in [low, high)."""

    column: str
    low: float
    high: float
    share: float


@dataclass(frozen=True, slots=True)
class Period:
    """One bar of a histogram of moments: the share of the sampled rows in [start, end), microseconds UTC."""

    column: str
    start: int
    end: int
    share: float


@dataclass(frozen=True, slots=True)
class Fact:
    """What a column's sampled rows hold in all: how many there are, the share of nulls, how many values differ."""

    column: str
    sampled: int
    nulls: float
    distinct: int


@dataclass(frozen=True, slots=True)
class Link:
    """A reference: a column of one entity that holds keys of another, its `target`."""

    column: str
    target: str


@dataclass(frozen=True, slots=True)
class Brood:
    """The share of the sampled parents that have so many children."""

    children: int
    share: float


@dataclass(frozen=True, slots=True)
class WayView:
    """One transition: its probability (None where rows decide it), the median of its delay in microseconds, its terms.

    `fixed` is whether the delay is the same for all, `during` are (event, probability), `hours` is whether it waits
    for hours in which it may happen.
    """

    source: str
    to: str
    odds: float | None
    delay: int
    fixed: bool = False
    during: tuple[tuple[str, float], ...] = ()
    at_most: int | None = None
    hours: bool = False


@dataclass(frozen=True, slots=True)
class LifeView:
    """A life cycle in a column: `states` are (name, the share of the sampled rows that are in it at the end)."""

    column: str
    lifecycle: str
    start: str
    states: tuple[tuple[str, float], ...]
    ways: tuple[WayView, ...]


@dataclass(frozen=True, slots=True)
class EntityView:
    """One entity: its first rows, those around its peak, its time, and what its columns hold."""

    name: str
    table: str
    parent: str | None
    rows: int
    columns: tuple[ColumnView, ...]
    first: tuple[Cells, ...]
    peak: tuple[Cells, ...]
    time: TimeShape | None
    groups: tuple[Group, ...]
    shares: tuple[Share, ...]
    histograms: tuple[Bar, ...]
    periods: tuple[Period, ...]
    facts: tuple[Fact, ...]
    stage: int  # which stage of a run loads it, from 1
    links: tuple[Link, ...]
    fan_out: tuple[Brood, ...]  # of its parents, by number of children; empty for a root
    timelines: tuple[str, ...]  # those that its moments follow
    lives: tuple[LifeView, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """An event of a timeline, once: `start` inclusive, `end` exclusive, microseconds UTC."""

    event: str
    kind: str  # spike or outage
    start: int
    end: int


def within(timeline: str, event: Span) -> Span:
    """The event by its whole name, with its timeline's before it."""
    return event if "." in event.event else replace(event, event=f"{timeline}.{event.event}")


@dataclass(frozen=True, slots=True)
class TimelineView:
    """A rate over the window as multiples of its mean, in parts of `width` microseconds, and its events."""

    name: str
    start: int
    end: int
    width: int
    rates: tuple[float, ...]
    events: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A scenario, looked at before a row is loaded."""

    scenario: str
    description: str
    seed: int
    timezone: str
    start: int
    end: int
    timelines: tuple[TimelineView, ...]
    entities: tuple[EntityView, ...]
    faults: Mapping[str, str] = field(default_factory=dict)  # what a run will spoil; the rows here are clean

    def as_json(self) -> dict[str, object]:
        """One object whose lists are records, as Vega-Lite takes them."""
        return {
            "scenario": self.scenario,
            "description": self.description,
            "seed": self.seed,
            "timezone": self.timezone,
            "window": {"start": iso(self.start, self.timezone), "end": iso(self.end, self.timezone)},
            "timelines": {t.name: timeline_records(t, self.timezone) for t in self.timelines},
            "entities": {e.name: _entity(e, self.timezone) for e in self.entities},
            "faults": dict(self.faults),
        }


def timeline_records(view: TimelineView, timezone: str) -> dict[str, object]:
    """The rate and the events of a timeline, moments as text."""
    starts = [iso(view.start + view.width * i, timezone) for i in range(len(view.rates))]
    return {
        "rate": [{"start": s, "rate": round(r, 4)} for s, r in zip(starts, view.rates, strict=True)],
        "events": [
            {"event": e.event, "kind": e.kind, "start": iso(e.start, timezone), "end": iso(e.end, timezone)}
            for e in view.events
        ],
    }


def time_records(time: TimeShape, timezone: str) -> dict[str, object]:
    """The counts of a shape of time as records; weekdays are 1 (Monday) to 7."""
    starts = [iso(time.start + time.width * i, timezone) for i in range(len(time.counts))]
    return {
        "column": time.column,
        "window": [{"start": s, "rows": n} for s, n in zip(starts, time.counts, strict=True)],
        "hours": [{"hour": hour, "rows": n} for hour, n in enumerate(time.hours)],
        "weekdays": [{"weekday": day, "rows": n} for day, n in enumerate(time.weekdays, start=1)],
        "week": [{"weekday": 1 + i // 24, "hour": i % 24, "rows": n} for i, n in enumerate(time.week)],
    }


def _entity(view: EntityView, timezone: str) -> dict[str, object]:
    names = [column.name for column in view.columns]
    return {
        "table": view.table,
        "parent": view.parent,
        "rows": view.rows,
        "columns": [{"name": c.name, "type": c.type, "hidden": c.hidden, "made": c.made} for c in view.columns],
        "first": [dict(zip(names, row, strict=True)) for row in view.first],
        "peak": [dict(zip(names, row, strict=True)) for row in view.peak],
        "time": time_records(view.time, timezone) if view.time else None,
        "groups": [{"group": g.name, "rows": g.rows, "sampled": g.sampled} for g in view.groups],
        "shares": [
            {"column": s.column, "group": s.group, "value": s.value, "share": round(s.share, 6)} for s in view.shares
        ],
        "histograms": [
            {"column": b.column, "low": b.low, "high": b.high, "share": round(b.share, 6)} for b in view.histograms
        ],
        "periods": [_period(p, timezone) for p in view.periods],
        "facts": [
            {"column": f.column, "sampled": f.sampled, "nulls": round(f.nulls, 6), "distinct": f.distinct}
            for f in view.facts
        ],
        "timeline": ", ".join(view.timelines) or None,
        "stage": view.stage,
        "references": [{"column": link.column, "target": link.target} for link in view.links],
        "fan_out": [{"children": b.children, "share": round(b.share, 6)} for b in view.fan_out],
        "lifecycles": [_life(life) for life in view.lives],
    }


def _life(life: LifeView) -> dict[str, object]:
    return {
        "column": life.column,
        "lifecycle": life.lifecycle,
        "start": life.start,
        "states": [{"state": state, "share": round(share, 6)} for state, share in life.states],
        "transitions": [
            {"from": w.source, "to": w.to, "p": None if w.odds is None else round(w.odds, 6), "median_us": w.delay}
            for w in life.ways
        ],
    }


def _period(period: Period, timezone: str) -> dict[str, object]:
    span = {"start": iso(period.start, timezone), "end": iso(period.end, timezone)}
    return {"column": period.column, **span, "share": round(period.share, 6)}
