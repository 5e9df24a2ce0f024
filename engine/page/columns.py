"""What the columns of an entity hold, as panels: bars for few values, a small histogram for numbers and moments."""

from __future__ import annotations

from collections.abc import Sequence

from engine.page.histogram import Part, histogram
from engine.page.model import Bar, Grid, Panel
from engine.page.words import amount, clean, count, day, moment, percent
from engine.preview import model
from engine.preview.actual import EntityActual
from engine.preview.columns import moved
from engine.preview.model import ALL, ColumnView, EntityView, Fact, Share
from engine.types import DAY

NULL = "null"


def panels(view: EntityView, actual: EntityActual | None, timezone: str) -> list[Panel]:
    """A panel for each column, in the order of the spec."""
    return [_panel(view, column, fact, actual, timezone) for column, fact in zip(view.columns, view.facts, strict=True)]


def _panel(view: EntityView, column: ColumnView, fact: Fact, actual: EntityActual | None, timezone: str) -> Panel:
    nulls = None if actual is None else actual.nulls.get(column.name)
    told = (clean(column.name), column.type, clean(column.made), _told(fact, nulls), column.hidden)
    shares = [s for s in view.shares if s.column == column.name and s.group == ALL]
    if shares:
        return Panel(*told, bars=tuple(_bars(shares, actual)))
    numbers = [b for b in view.histograms if b.column == column.name]
    if numbers:
        low, high = numbers[0].low, numbers[-1].high
        found = {b.low: b.share for b in actual.bars if b.column == column.name} if actual else {}
        parts = [_part(b, found.get(b.low)) for b in numbers]
        return Panel(*told, histogram=histogram(parts), low=amount(low), high=f"{amount(high)} and more")
    periods = [p for p in view.periods if p.column == column.name]
    if periods:
        since = {p.start: p.share for p in actual.periods if p.column == column.name} if actual else {}
        long = periods[-1].end - periods[0].start > 3 * DAY
        say = day if long else moment
        ends = say(periods[0].start, timezone), say(periods[-1].end, timezone)
        ends = (ends[0].rpartition(" ")[0], ends[1].rpartition(" ")[0]) if long and ":" in ends[0] else ends
        drawn = histogram([_period(p, since.get(p.start), timezone) for p in periods])
        return Panel(*told, histogram=drawn, low=ends[0], high=ends[1])
    return Panel(*told)


def _told(fact: Fact, actual_nulls: float | None) -> str:
    words = []
    held = round(fact.sampled * (1 - fact.nulls))
    if fact.distinct and held > 1:
        words.append("every value differs" if fact.distinct == held else f"{count(fact.distinct)} values")
    if fact.distinct == 1:
        words = ["always the same"]
    if fact.nulls or actual_nulls:
        words.append(f"null {percent(fact.nulls)}")
    if actual_nulls is not None and (fact.nulls or actual_nulls):
        words[-1] += f" (actual {percent(actual_nulls)})"
    return ", ".join(words)


def _bars(shares: Sequence[Share], actual: EntityActual | None) -> list[Bar]:
    found = {(s.column, s.value): s.share for s in actual.shares} if actual else {}
    seen = [found.get((s.column, s.value), 0.0) if any(k[0] == s.column for k in found) else None for s in shares]
    most = max([s.share for s in shares] + [a for a in seen if a is not None])
    return [
        Bar(
            NULL if s.value is None else clean(s.value),
            s.share / most,
            percent(s.share),
            None if a is None else a / most,
            "" if a is None else percent(a),
        )
        for s, a in zip(shares, seen, strict=True)
    ]


def _part(bar: model.Bar, actual: float | None) -> Part:
    return Part(bar.share, f"{amount(bar.low)} to {amount(bar.high)}: {_beside(bar.share, actual)}", actual)


def _period(period: model.Period, actual: float | None, timezone: str) -> Part:
    when = f"{moment(period.start, timezone)} to {moment(period.end, timezone)}"
    return Part(period.share, f"{when}: {_beside(period.share, actual)}", actual)


def _beside(planned: float, actual: float | None) -> str:
    return percent(planned) if actual is None else f"{percent(planned)} planned, {percent(actual)} actual"


def fan_out(view: EntityView) -> list[Bar]:
    """How many children the parents of an entity have; the long tail in one bar."""
    shown = list(view.fan_out[:12])
    rest = view.fan_out[12:]
    most = max((b.share for b in view.fan_out), default=1.0)
    bars = [Bar(count(b.children), b.share / most, percent(b.share)) for b in shown]
    if rest:
        share = sum(b.share for b in rest)
        bars.append(Bar(f"{count(rest[0].children)} and more", min(share / most, 1.0), percent(share)))
    return bars


def changes(view: EntityView) -> Grid | None:
    """The shares of written columns that differ inside events from those outside; None where none does."""
    hidden = {column.name for column in view.columns if column.hidden}
    changed = [name for name in moved(view.shares, view.groups) if name not in hidden]
    if not changed:
        return None
    found = {(s.column, s.group, s.value): percent(s.share) for s in view.shares}
    groups = [group.name for group in view.groups]
    rows = []
    for name in changed:
        values = [s.value for s in view.shares if (s.column, s.group) == (name, ALL)]
        for value in values:
            label = f"{name} = {NULL if value is None else value}"
            rows.append((clean(label), *(found.get((name, group, value)) for group in groups)))
    titles = (("", False), *((clean(group), False) for group in groups))
    return Grid(
        "What events change: shares of the sampled rows inside each event, and outside all of them", titles, tuple(rows)
    )
