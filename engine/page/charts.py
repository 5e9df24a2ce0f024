"""Charts as Vega-Lite specifications; names of strangers are in them as data and titles only, never as expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from engine.page import ink
from engine.page.words import count, moment, percent
from engine.preview.model import Span
from engine.timelines.clock import clock
from engine.types import DAY

Spec = dict[str, object]
WIDE, NARROW = (900, 190), (330, 150)
TOLD = 100
"""The most parts of a chart that say something when pointed at."""
_LEFT = 44
LETTERED = 40
"""With more bands than this a chart has no letters."""
_LETTER = 13


@dataclass(frozen=True, slots=True)
class Course:
    """Values in parts of `width` microseconds from `start` on, and beside them, after a run, the actual ones."""

    start: int
    end: int
    width: int
    planned: tuple[float, ...]
    actual: tuple[float, ...] | None
    unit: str
    timezone: str

    @property
    def peak(self) -> int:
        """The part that is highest, in what is planned."""
        return self.planned.index(max(self.planned))

    @property
    def peaked(self) -> bool:
        """Whether the highest part is one to speak of."""
        return max(self.planned) > 1.1 * sum(self.planned) / len(self.planned)

    def begin(self, part: int) -> int:
        """Where a part starts, microseconds UTC."""
        return min(self.start + part * self.width, self.end)


@dataclass(frozen=True, slots=True)
class Lettered:
    """An event of the legend: its letter, and every time that it is on."""

    letter: str
    spans: tuple[Span, ...]


def lettered(events: Sequence[Span]) -> list[Lettered]:
    """The events of a timeline by name, with letters: A, B, … Z, A2, …"""
    named: dict[str, list[Span]] = {}
    for event in events:
        named.setdefault(event.event, []).append(event)
    letters = (f"{chr(65 + n % 26)}{n // 26 + 1 if n >= 26 else ''}" for n in range(len(named)))
    return [Lettered(letter, tuple(spans)) for letter, spans in zip(letters, named.values(), strict=True)]


def course_chart(course: Course, events: Sequence[Lettered], size: tuple[int, int]) -> Spec:
    """A rate over time: events shaded and lettered, the peak marked, what is actual as a line over what is planned."""
    width, height = size
    layers = [*_events(course, events, width), _area(course, planned_only=course.actual is None)]
    if course.actual is not None:
        layers.append(_line(course, course.actual))
    if course.peaked:
        layers.append(_peak(course))
    if size == WIDE:
        layers.append(_told(course))
    return {
        "width": width - _LEFT - 16,
        "height": height - 40,
        "layer": layers,
        "padding": {"left": 2, "right": 14, "top": 6, "bottom": 2},
    }


def column_of(charts: Sequence[tuple[str, str, Spec]], heading: str) -> Spec:
    """Charts one under the other with their titles and subtitles, as one picture."""
    parts = []
    for title, subtitle, chart in charts:
        words = {"text": title, "subtitle": subtitle, "anchor": "start", "fontSize": 13, "offset": 12}
        parts.append({**{k: v for k, v in chart.items() if k != "padding"}, "title": words})
    head = {"text": heading, "anchor": "start", "fontSize": 18, "offset": 16}
    return {"vconcat": parts, "title": head, "padding": 24, "spacing": 28, "config": {"view": {"stroke": None}}}


CONFIG: Spec = {
    "background": None,
    "font": ink.FONT,
    "view": {"stroke": None},
    "axis": {
        "labelFont": ink.FONT,
        "labelColor": ink.SOFT,
        "titleColor": ink.SOFT,
        "labelFontSize": 11,
        "domain": False,
        "ticks": False,
        "gridColor": ink.LINE,
        "gridWidth": 1,
        "labelPadding": 6,
    },
    "text": {"font": ink.FONT},
    "title": {"color": ink.INK, "font": ink.FONT, "subtitleColor": ink.SOFT, "subtitleFont": ink.FONT},
}


def _wall(course: Course, instants: Sequence[int]) -> list[float]:
    """Instants as the clock of the scenario shows them, in milliseconds as if it were UTC."""
    found = clock(course.timezone).wall(np.asarray(instants, np.int64)) / 1_000
    return list(map(float, found.tolist()))


def _x(course: Course) -> Spec:
    length = course.end - course.start
    layout = "%b %Y" if length > 500 * DAY else "%-d %b" if length > 10 * DAY else "%-d %b %H:%M"
    low, high = _wall(course, [course.start, course.end])
    return {
        "field": "t",
        "type": "temporal",
        "scale": {"type": "utc", "domain": [low, high]},
        "axis": {"title": None, "format": layout, "grid": False, "labelOverlap": "greedy", "labelSeparation": 14},
    }


def _y(course: Course) -> Spec:
    layout = ",.2~f" if course.unit == "×" else "~s"
    return {
        "field": "v",
        "type": "quantitative",
        "scale": {"zero": True, "nice": True},
        "axis": {"title": None, "format": layout, "tickCount": 4, "minExtent": 30},
    }


def _steps(course: Course, values: Sequence[float]) -> list[Mapping[str, object]]:
    begins = _wall(course, [course.begin(n) for n in range(len(values) + 1)])
    return [{"t": t, "v": round(v, 4)} for t, v in zip(begins, [*values, values[-1]], strict=True)]


def _area(course: Course, *, planned_only: bool) -> Spec:
    line = {"color": ink.MARK, "strokeWidth": 1.5, "interpolate": "step-after"} if planned_only else False
    mark = {
        "type": "area",
        "interpolate": "step-after",
        "color": ink.MARK,
        "line": line,
        "opacity": 0.22 if planned_only else 0.35,
    }
    data = {"values": _steps(course, course.planned)}
    return {"data": data, "mark": mark, "encoding": {"x": _x(course), "y": _y(course)}}


def _line(course: Course, values: Sequence[float]) -> Spec:
    mark = {"type": "line", "interpolate": "step-after", "color": ink.ACTUAL, "strokeWidth": 1.4}
    data = {"values": _steps(course, values)}
    return {"data": data, "mark": mark, "encoding": {"x": _x(course), "y": _y(course)}}


def _peak(course: Course) -> Spec:
    """A dot on the highest part, and how high it is."""
    t = _wall(course, [course.begin(course.peak), course.begin(course.peak + 1)])
    top = course.planned[course.peak]
    values = [{"t": sum(t) / 2, "v": top, "told": f"peak {value_of(course, top)}"}]
    left = course.peak > len(course.planned) / 2
    text = {"type": "text", "align": "right" if left else "left", "dx": -9 if left else 9, "fontSize": 11}
    encoding = {"x": _x(course), "y": _y(course)}
    dot = {"mark": {"type": "point", "filled": True, "size": 40, "color": ink.INK, "opacity": 1}, "encoding": encoding}
    word = {
        "mark": {**text, "color": ink.INK, "fontWeight": 600},
        "encoding": {**encoding, "text": {"field": "told", "type": "nominal"}},
    }
    return {"data": {"values": values}, "layer": [dot, word]}


def value_of(course: Course, value: float) -> str:
    """A value of a course with its unit: ``4.8×``, ``220 rows an hour``."""
    return f"{value:.1f}×" if course.unit == "×" else f"{count(round(value))} {course.unit}"


def _events(course: Course, events: Sequence[Lettered], width: int) -> list[Spec]:
    """Bands behind the rate, and letters above it while there are not too many."""
    bands = [(event.letter, span) for event in events for span in event.spans]
    if not bands:
        return []
    spans = [(max(s.start, course.start), min(s.end, course.end)) for _, s in bands]
    walls = _wall(course, [m for pair in spans for m in pair])
    values = [
        {
            "t": walls[2 * n],
            "u": walls[2 * n + 1],
            "m": (walls[2 * n] + walls[2 * n + 1]) / 2,
            "letter": letter,
            "level": -7 - 12 * level,
            "kind": s.kind,
        }
        for n, ((letter, s), level) in enumerate(zip(bands, _levels(course, walls, width), strict=True))
    ]
    scale = {"domain": ["spike", "outage"], "range": [ink.SPIKE, ink.OUTAGE]}
    colour = {"field": "kind", "type": "nominal", "legend": None, "scale": scale}
    x = _x(course)
    band = {"mark": {"type": "rect", "opacity": 0.25}, "encoding": {"x": x, "x2": {"field": "u"}, "color": colour}}
    if len(bands) > LETTERED:
        return [{"data": {"values": values}, **band}]
    letter = {
        "mark": {"type": "text", "baseline": "bottom", "fontSize": 11, "fontWeight": 700, "color": ink.INK},
        "encoding": {
            "x": {**x, "field": "m"},
            "y": {"field": "level", "type": "quantitative", "scale": None, "axis": None},
            "text": {"field": "letter", "type": "nominal"},
        },
    }
    return [{"data": {"values": values}, "layer": [band, letter]}]


def _levels(course: Course, walls: Sequence[float], width: int) -> list[int]:
    """On which line above the chart each letter stands, so that it is clear of the one before it."""
    scale = (width - _LEFT) / max(1, (course.end - course.start) / 1_000)
    free: list[float] = []
    found = []
    for begin, end in zip(walls[::2], walls[1::2], strict=True):
        x = (begin + end) / 2 * scale
        level = next((n for n, taken in enumerate(free) if x - taken >= _LETTER), len(free))
        free[level : level + 1] = [x]
        found.append(level)
    return found


def _told(course: Course) -> Spec:
    """Bands that nobody sees, each of which says what lies in it."""
    parts = len(course.planned)
    cuts = [parts * n // min(parts, TOLD) for n in range(min(parts, TOLD) + 1)]
    walls = _wall(course, [course.begin(cut) for cut in cuts])
    values = [
        {"t": walls[n], "u": walls[n + 1], "told": _sentence(course, low, high)}
        for n, (low, high) in enumerate(pairwise(cuts))
    ]
    mark = {"type": "rect", "color": ink.PAPER, "opacity": 0, "aria": True}
    encoding = {"x": _x(course), "x2": {"field": "u"}, "description": {"field": "told", "type": "nominal"}}
    return {"data": {"values": values}, "mark": mark, "encoding": encoding}


def _sentence(course: Course, low: int, high: int) -> str:
    when = f"from {moment(course.begin(low), course.timezone)}"
    planned = max(course.planned[low:high])
    if course.actual is None:
        return f"{when}: {value_of(course, planned)}"
    actual = max(course.actual[low:high])
    apart = f", {percent(abs(actual / planned - 1))} {'more' if actual > planned else 'less'}" if planned else ""
    return f"{when}: {value_of(course, planned)} planned, {value_of(course, actual)} actual{apart}"
