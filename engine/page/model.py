"""What a page shows, as frozen values: everything is counted, worded and drawn; the template only sets it."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Mark:
    """An event in a chart's legend: the letter that stands for it, its name and kind, and when it is on."""

    letter: str
    name: str
    kind: str
    when: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing for wide screens and one for narrow ones, what it shows in a sentence, and its legend."""

    title: str
    alternative: str
    wide: Markup
    narrow: Markup
    marks: tuple[Mark, ...] = ()
    compared: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A named bar: its share of the widest, 0 to 1, what is written beside it; `actual` and `found` after a run."""

    label: str
    length: float
    told: str
    actual: float | None = None
    found: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One column: what makes it, what is in it, and bars or a small histogram with what stands at its ends."""

    name: str
    type: str
    made: str
    told: str
    hidden: bool
    bars: tuple[Bar, ...] = ()
    histogram: Markup | None = None
    low: str = ""
    high: str = ""

    @property
    def drawn(self) -> bool:
        """Whether there is anything to see."""
        return bool(self.bars or self.histogram)


@dataclass(frozen=True, slots=True)
class Cell:
    """One hour of the week: how full it is, 0 to 1, and what it says when pointed at."""

    level: float
    told: str


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the week, hour by hour."""

    name: str
    hours: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows under their columns' names; `titles` are (name, whether it is hidden)."""

    caption: str
    titles: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Life:
    """A life cycle in a column: its drawing (None where it would be a tangle) and its `ways` transitions in words."""

    column: str
    lifecycle: str
    drawing: Markup | None
    told: tuple[str, ...]
    ways: int


@dataclass(frozen=True, slots=True)
class Section:
    """One entity. `anchor` is made of its number, because names come from strangers."""

    anchor: str
    name: str
    table: str
    told: str
    note: str = ""
    chart: Chart | None = None
    week: tuple[Day, ...] = ()
    fan_out: tuple[Bar, ...] = ()
    parent: str = ""
    lives: tuple[Life, ...] = ()
    changes: Grid | None = None
    panels: tuple[Panel, ...] = ()
    plain: tuple[Panel, ...] = ()
    hidden: tuple[Panel, ...] = ()
    rows: tuple[Grid, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """An expectation and how it came out."""

    name: str
    passed: bool
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Page:
    """A whole page; `facts` are (label, value), `diagram` is the graph of the entities."""

    title: str
    kind: str  # preview or report
    description: str
    facts: tuple[tuple[str, str], ...]
    charts: tuple[Chart, ...]
    diagram: Markup
    sections: tuple[Section, ...]
    verdicts: tuple[Verdict, ...] = ()
    notes: tuple[str, ...] = ()
    compared: bool = False
