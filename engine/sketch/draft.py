"""Catalog → the text of a spec: a tuple of passes over a sketch, and the writing of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.catalog.model import Catalog, Table
from engine.sketch.admitted import admit_rows
from engine.sketch.columns import make_columns, said_of
from engine.sketch.counts import count_rows
from engine.sketch.entities import find_entities
from engine.sketch.epoch_columns import count_moments
from engine.sketch.in_step import keep_in_step
from engine.sketch.moments import find_moments
from engine.sketch.order import order_entities
from engine.sketch.pairs import relate_pointers
from engine.sketch.polymorphic import find_polymorphic
from engine.sketch.references import find_references
from engine.sketch.relations import relate_columns
from engine.sketch.sheet import Pointer, Sheet, Sketch
from engine.sketch.subtypes import find_subtypes
from engine.sketch.text import clean, flow, line, scalar
from engine.sketch.uniques import keep_uniques
from engine.sketch.wish import TableKey, Wish

PASSES: tuple[Callable[[Sketch], None], ...] = (
    find_entities,
    find_subtypes,
    find_references,
    find_polymorphic,
    relate_pointers,
    order_entities,
    count_rows,
    keep_uniques,
    keep_in_step,
    find_moments,
    relate_columns,
    count_moments,
    make_columns,
    admit_rows,
)


def sketch_of(catalog: Catalog, wish: Wish) -> Sketch:
    """Everything decided about a draft.

    A table of which no row could be made is left out, and with it what cannot do without it.
    """
    without: dict[TableKey, str] = {}
    avoided: dict[TableKey, frozenset[str]] = {}
    while True:
        sketch = Sketch(catalog, wish, without=without, avoided=avoided)
        for run in PASSES:
            run(sketch)
        costly = {key: s.costly - avoided.get(key, frozenset()) for key, s in sketch.sheets.items()}
        if any(costly.values()):
            avoided |= {key: names | avoided.get(key, frozenset()) for key, names in costly.items()}
            continue
        broken = {key: sheet.broken for key, sheet in sketch.sheets.items() if sheet.broken}
        if not broken:
            return sketch
        without = {**without, **broken}


def draft(catalog: Catalog, wish: Wish) -> str:
    """The text of a spec that fills the tables of a catalog."""
    return written(sketch_of(catalog, wish))


def written(sketch: Sketch, only: frozenset[TableKey] | None = None) -> str:
    """A sketch, or some tables of it with all that they refer to, as YAML."""
    return "\n".join(_lines(sketch, only)) + "\n"


def _lines(sketch: Sketch, only: frozenset[TableKey] | None) -> Iterator[str]:
    wish = sketch.wish
    yield "# Drafted by `engine init` from the schema of a database: edit it as you like."
    yield from (f"# Left out: {clean('.'.join(key))}, {clean(why)}." for key, why in sketch.left_out().items())
    yield f"scenario: {wish.scenario}"
    yield f"seed: {wish.seed}"
    yield f"timezone: {scalar(wish.timezone)}"
    yield f"window: {{start: {wish.window[0]}, end: {wish.window[1]}}}"
    if sketch.timelines:
        yield "\ntimelines:"
        for name, said in sketch.timelines.items():
            yield f"  {scalar(name)}:"
            for key, value in said.items():
                yield from line(4, key, value)
    if sketch.lookups:
        yield "\nlookups:"
        for name, values in sketch.lookups.items():
            yield from line(2, name, values, "values that PostgreSQL lets pass together")
    yield "\nentities:"
    pointed = {pointer.key.target for sheet in sketch.sheets.values() for pointer in sheet.pointers.values()}
    for table, name in ((key, name) for key, name in sketch.held.items() if key in pointed):
        yield f"  {scalar(name)}:  # its rows are there already: others point to them"
        yield f"    table: {flow('.'.join(table))}"
        yield f"    existing: {flow(_existing(sketch, table))}"
    for place, sheet in sketch.sheets.items():
        if only is None or place in only:
            yield from _entity(sketch, sheet)


def insert_triggers(table: Table) -> tuple[str, ...]:
    """Triggers that would fire on every row of a load."""
    return tuple(t.name for t in table.triggers if t.enabled and "insert" in t.events) if table.owned else ()


def _existing(sketch: Sketch, key: tuple[str, str]) -> dict[str, object]:
    """Which columns of existing rows others read: those that foreign keys point to, beside the primary key."""
    table = sketch.catalog.tables[key]
    asked = {
        column: None
        for sheet in sketch.sheets.values()
        for pointer in sheet.pointers.values()
        if pointer.key.target == key
        for column in pointer.key.target_columns
        if column not in table.primary_key
    }
    return {"columns": list(asked)} if asked else {}


def _entity(sketch: Sketch, sheet: Sheet) -> Iterator[str]:
    yield ""
    if sheet.table.comment:
        yield f"  # {clean(sheet.table.comment)[:200]}"
    yield f"  {scalar(sheet.name)}:"
    yield from (f"    # {clean(note)}" for note in sheet.notes)
    yield f"    table: {flow(sheet.table.qualified)}"
    yield from line(4, "count", sheet.rows, sheet.why_rows)
    if fires := insert_triggers(sheet.table):
        told = f"{', '.join(fires[:3])}{f' and {len(fires) - 3} more' if len(fires) > 3 else ''}"
        why = f"{told}: not fired for these rows, whatever they write, change, check or refuse; or keep"
        yield from line(4, "triggers", "suspend", why)
    yield from _moment(sheet)
    if sheet.groups:
        groups = [[*_columns_of(sheet, group)] for group in sheet.groups]
        yield from line(4, "distinct", groups, "no two rows agree in all of these")
    named = [pointer for pointer in sheet.pointers.values() if not pointer.single or pointer.way]
    if named or sheet.ways:
        yield "    references:"
        for pointer in named:
            yield from line(6, pointer.way or pointer.name, _named(sketch, sheet, pointer), pointer.key.name)
    for name, entity in sheet.ways.items():
        yield from line(6, name, {"to": entity})
    columns = {name: sheet.columns[name] for name in _in_order(sheet) if name in sheet.columns}
    if columns:
        yield "    columns:"
    for name, made in sheet.hidden.items():
        yield from line(6, name, made.said, made.why)
    for name, made in columns.items():
        yield from line(6, name, made.said, made.why)
    yield from (f"      # {clean(name)}: {clean(why)}" for name, why in sheet.left.items())


def _in_order(sheet: Sheet) -> tuple[str, ...]:
    return tuple(column.name for column in sheet.table.columns)


def _columns_of(sheet: Sheet, group: tuple[str, ...]) -> Iterator[str]:
    for name in group:
        pointer = sheet.pointers.get(name)
        if pointer is None or pointer.single:
            yield name if pointer is None or pointer.way is None else pointer.way
        else:
            yield from pointer.key.columns


def _moment(sheet: Sheet) -> Iterator[str]:
    if sheet.moment is None:
        return
    said: dict[str, object] = {"column": sheet.moment}
    said |= {} if sheet.table.column(sheet.moment) else {"hidden": True}
    if sheet.timeline is not None:
        yield from line(4, "moment", {**said, "timeline": sheet.timeline})
    elif sheet.span is not None:
        start, end = (day.isoformat() for day in sheet.span)
        why = "when it has partitions" if sheet.moment in sheet.reach else ""
        before = (
            "from before the window on, as others point to these" if sheet.lasting else "before those that point here"
        )
        why = why or (before if sheet.height else "")
        yield from line(4, "moment", {**said, "spread": {"start": start, "end": end}}, why)


def _named(sketch: Sketch, sheet: Sheet, pointer: Pointer) -> dict[str, object]:
    filled = dict(zip(pointer.key.columns, pointer.key.target_columns, strict=True))
    filled = {} if pointer.way else filled
    return {"to": pointer.target, **({"as": filled} if filled else {}), **said_of(sketch, sheet, pointer)}
