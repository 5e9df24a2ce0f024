"""How a preview looks in a terminal: tables that fit its width, charts of block characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from engine.plan.explain import sparkline
from engine.preview.columns import moved
from engine.preview.instants import readable
from engine.preview.model import ALL, Cells, EntityView, Preview, Share, TimelineView, TimeShape
from engine.printable import printable

CELL = 24
"""The widest cell of a row."""
HEIGHT = 6
_LABEL = 8
_BLOCKS = " ▁▂▃▄▅▆▇█"
_PERCENT = 100


def tell(console: Console, seen: Preview, *, whole: bool) -> None:
    """Print a preview; `whole` shows every column, in several tables where they do not fit into one."""
    window = f"{_day(seen.start, seen)} to {_day(seen.end, seen)}"
    _say(console, f"{seen.scenario}, seed {seen.seed}, {window} ({seen.timezone})", "bold")
    for timeline in seen.timelines:
        _timeline(console, timeline, seen)
    for entity in seen.entities:
        _entity(console, entity, seen, whole=whole)
    if seen.faults:
        _say(console, "\nfaults, made of these rows by a run:", "bold")
    for name, told in seen.faults.items():
        _say(console, f"  {name:<18} {told}")
    if any(column.hidden for entity in seen.entities for column in entity.columns):
        _say(console, "\n* hidden: computed for other columns, never written", "dim")


def chart(values: Sequence[float], width: int, height: int = HEIGHT) -> list[str]:
    """Lines of block characters, the highest first; each column is the highest of the values it stands for."""
    parts = [values[len(values) * i // width : max(len(values) * (i + 1) // width, 1)] for i in range(width)]
    tops = [max(part) if part else values[len(values) * i // width] for i, part in enumerate(parts)]
    most = max(*tops, 0.0) or 1.0
    eighths = [-(-8 * height * top // most) for top in tops]
    return ["".join(_BLOCKS[int(min(8, max(0, e - 8 * row)))] for e in eighths) for row in reversed(range(height))]


def _say(console: Console, text: str, style: str = "") -> None:
    console.print(Text(printable(text), style), soft_wrap=True)


def _day(micros: int, seen: Preview) -> str:
    return readable(micros, seen.timezone).removesuffix(" 00:00:00")


def _timeline(console: Console, view: TimelineView, seen: Preview) -> None:
    width = max(20, min(console.width - _LABEL - 2, 120))
    most = max(view.rates)
    _say(console, f"\ntimeline {view.name}", "bold")
    for number, line in enumerate(chart(view.rates, width)):
        label = f"{most:.1f}×" if number == 0 else ""
        _say(console, f"{label:>{_LABEL}} {line}")
    days = _day(view.start, seen), _day(view.end, seen)
    _say(console, f"{'':{_LABEL}} {days[0]}{days[1]:>{width - len(days[0])}}", "dim")
    for event in view.events:
        first, last = (
            len(view.rates) * width * (m - view.start) // (view.end - view.start) for m in (event.start, event.end)
        )
        begin, stop = first // len(view.rates), max(first // len(view.rates) + 1, -(-last // len(view.rates)))
        mark = f"{' ' * begin}{'━' * (stop - begin)}"
        when = f"{readable(event.start, seen.timezone)[:-3]} to {readable(event.end, seen.timezone)[:-3]}"
        _say(console, f"{'':{_LABEL}} {mark}", "yellow")
        _say(console, f"{'':{_LABEL}} {event.kind} {event.event}: {when}", "dim")


def _entity(console: Console, view: EntityView, seen: Preview, *, whole: bool) -> None:
    per = f", per {view.parent}" if view.parent else ""
    _say(console, f"\n{view.name} → {view.table or 'nothing (virtual)'}: {view.rows:,} rows{per}", "bold")
    if view.time is not None:
        _time(console, view.time, seen)
    left = _rows(console, view, view.first, whole=whole)
    if view.peak and view.time is not None:
        _say(console, f"around the peak, {readable(view.time.peak, seen.timezone)[:-3]}:", "dim")
        _rows(console, view, view.peak, whole=whole)
    if left:
        _say(console, f"… and {len(left)} more: {', '.join(left)}", "dim")
    _shares(console, view, whole=whole)


def _time(console: Console, time: TimeShape, seen: Preview) -> None:
    width = max(20, min(console.width - _LABEL - 2, 68))
    (line,) = chart(time.counts, width, 1)
    _say(console, f"{'window':{_LABEL}} {line}")
    _say(console, f"{'':{_LABEL}} {_day(time.start, seen)[:10]}{_day(time.end, seen)[:10]:>{width - 10}}", "dim")
    if time.hours:
        _say(console, f"{'hours':{_LABEL}} {sparkline(time.hours)} 0 to 23 h")
        _say(console, f"{'weekdays':{_LABEL}} {sparkline(time.weekdays)} Monday to Sunday")


def _rows(console: Console, view: EntityView, rows: Sequence[Cells], *, whole: bool) -> list[str]:
    """A table of as many columns as fit, keys and columns without a value last; the names of the others.

    With `whole` all of them, in as many tables as it takes.
    """
    if not rows:
        return []
    order = sorted(range(len(view.columns)), key=lambda i: _dull(view, rows, i))
    if whole:
        order = list(range(len(view.columns)))
    while order:
        taken = _fitting(view, rows, order, console.width)
        table = Table(box=None, pad_edge=False)
        for i in taken:
            table.add_column(Text(_title(view, i)), no_wrap=True, style="dim" if view.columns[i].hidden else "")
        for row in rows:
            table.add_row(*(Text(_cell(row[i])) for i in taken))
        console.print(table)
        order = order[len(taken) :]
        if not whole:
            return [_title(view, i) for i in order]
    return []


def _dull(view: EntityView, rows: Sequence[Cells], i: int) -> tuple[bool, bool]:
    empty = all(row[i] is None for row in rows)
    return view.columns[i].hidden, empty or view.columns[i].type == "uuid"


def _fitting(view: EntityView, rows: Sequence[Cells], order: Sequence[int], width: int) -> list[int]:
    taken: list[int] = []
    used = 0
    for i in order:
        used += max(len(_title(view, i)), *(len(_cell(row[i])) for row in rows)) + 1
        if taken and used > width:
            break
        taken.append(i)
    return taken


def _title(view: EntityView, i: int) -> str:
    return printable(f"{view.columns[i].name}{'*' if view.columns[i].hidden else ''}")


def _cell(value: str | None) -> str:
    text = printable(value or "").replace("\n", "·")
    return text if len(text) <= CELL else f"{text[: CELL - 1]}…"


def _shares(console: Console, view: EntityView, *, whole: bool) -> None:
    """What the columns hold: in a table where an event changes it, in a line each where none does."""
    hidden = {column.name for column in view.columns if column.hidden}
    changed = [name for name in moved(view.shares, view.groups) if whole or name not in hidden]
    if changed:
        _changes(console, view, changed, hidden)
    for name in dict.fromkeys(share.column for share in view.shares):
        if name not in changed and (whole or name not in hidden):
            told = ", ".join(f"{_cell(s.value) or 'null'} {_share(s)}" for s in _overall(view.shares, name))
            _say(console, f"{name}: {told}", "dim")


def _overall(shares: Sequence[Share], name: str) -> Iterator[Share]:
    return (s for s in shares if s.column == name and s.group == ALL)


def _share(share: Share | None) -> str:
    return f"{share.share * _PERCENT:.0f} %" if share is not None else ""


def _changes(console: Console, view: EntityView, changed: Sequence[str], hidden: set[str]) -> None:
    table = Table(title="what events change", title_justify="left", title_style="dim", box=None, pad_edge=False)
    table.add_column("")
    for group in view.groups:
        table.add_column(Text(printable(group.name)), justify="right")
    found = {(s.column, s.group, s.value): s for s in view.shares}
    for name in changed:
        for number, share in enumerate(_overall(view.shares, name)):
            head = f"{name}{'*' if name in hidden else ''} " if number == 0 else " " * (len(name) + 1)
            cells = [_share(found.get((name, group.name, share.value))) for group in view.groups]
            table.add_row(Text(f"{printable(head)}{_cell(share.value) or 'null'}"), *cells)
    console.print(table)
