"""What a draft does not understand is tried: a sample of its rows is put to the CHECKs, and mended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from engine.catalog.model import Catalog
from engine.dsn import Connection
from engine.errors import SpecError
from engine.plan.model import Plan
from engine.run.existing import with_samples
from engine.run.mending_ways import Bench, by_another_null, found_remedy
from engine.run.prepare import Prepared, Request, compiled, read
from engine.run.rehearse import Broken, broken_by
from engine.run.trials import computed
from engine.sketch.checks.facts import Compare, Relation
from engine.sketch.draft import sketch_of, written
from engine.sketch.excerpt import excerpt
from engine.sketch.room import is_open
from engine.sketch.sheet import Sheet, Sketch
from engine.sketch.wish import Remedy, TableKey, Wish

ROUNDS = 8
"""How often a draft is tried and mended; what is broken then is left out."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A draft that was tried, and what is wrong with it still."""

    sketch: Sketch
    problems: tuple[str, ...] = ()


async def mended(connection: Connection, catalog: Catalog, wish: Wish) -> Tried:
    """A sketch whose rows PostgreSQL lets pass, as far as a sample shows, and that can be compiled.

    First what may be broken is tried, then that which was, in the end all of it. Each round after ROUNDS costs every
    table its place that has a broken rule still, so it comes to an end.
    """
    doubts: set[TableKey] | None = None
    stuck: set[TableKey] = set()
    attempt, whole = 0, False
    while True:
        sketch = sketch_of(_with_asked(catalog, wish), wish)
        doubts = {key for key, sheet in sketch.sheets.items() if _doubtful(sheet)} if doubts is None else doubts
        try:
            broken, plan = await _judged(connection, catalog, sketch, None if whole else doubts)
        except SpecError as error:
            if not whole:
                whole = True  # the excerpt may lack what the draft has
                continue
            refused = _refused(sketch, error)
            if not refused:
                return Tried(sketch, tuple(str(found) for found in error.diagnostics))
            wish = replace(wish, remedies={**wish.remedies, **refused})
            attempt += 1
            continue
        if not broken or plan is None:
            if whole or not attempt:
                return Tried(sketch)
            whole = True
            continue
        doubts, whole = {one.table.id for one in broken}, False
        remedies = dict(wish.remedies)
        bench = Bench(connection, sketch, plan)
        for key, some in _apart(broken).items():
            known, last = remedies.get(key, Remedy()), attempt >= ROUNDS - 1 or key in stuck
            remedies[key] = await _remedy(bench, sketch.sheets[key], some, known, last=last)
        stuck = {key for key in doubts if remedies[key] == wish.remedies.get(key, Remedy())}
        wish = replace(wish, remedies=remedies)
        attempt += 1


async def _judged(
    connection: Connection, catalog: Catalog, sketch: Sketch, doubts: set[TableKey] | None
) -> tuple[list[Broken], Plan | None]:
    """What rows of these tables, or of all, break, and the plan that they were made by; none where there is no table.

    Raises SpecError.
    """
    tried = _with_targets(sketch, doubts if doubts is not None else set(sketch.sheets))
    if not tried:
        return [], None
    shown = sketch if doubts is None else excerpt(sketch, tried, frozenset(doubts))
    prepared = await _prepared(connection, catalog, shown)
    broken, _ = await broken_by(connection, prepared, doubts)
    return broken, prepared.plan


def _with_asked(catalog: Catalog, wish: Wish) -> Catalog:
    """The tables with what was found out that must be asked of them, too."""
    asked = {key: one.asked for key, one in wish.remedies.items() if one.asked and key in catalog.tables}
    more = {key: replace(catalog.tables[key], checks=(*c, *catalog.tables[key].checks)) for key, c in asked.items()}
    return replace(catalog, tables={**catalog.tables, **more}) if more else catalog


def _refused(sketch: Sketch, error: SpecError) -> dict[TableKey, Remedy]:
    """The tables that nothing can be made of, by the first that is wrong with each."""
    found: dict[TableKey, Remedy] = {}
    for one in error.diagnostics:
        sheet = sketch.named(str(one.path[1])) if len(one.path) > 1 and one.path[0] == "entities" else None
        if sheet is not None:
            found.setdefault(sheet.table.id, Remedy(broken=one.message))
    return found


def _doubtful(sheet: Sheet) -> bool:
    """Whether a CHECK may be broken: it was not understood, or speaks of columns that are not made to keep it."""
    settled = {*sheet.filled_by, *sheet.alone, *(name for group in sheet.groups for name in group), sheet.moment}
    said = any(name in settled and not _kept_by_itself(sheet, name) for name in sheet.facts.columns)
    compared = any(not _kept(sheet, relation, settled) for relation in sheet.facts.relations)
    ruled = sheet.table.exclusions or sheet.conditions or any(computed(sheet.table))
    return bool(sheet.facts.opaque or compared or ruled or said)


def _kept_by_itself(sheet: Sheet, name: str) -> bool:
    """Whether a CHECK asks no more of a reference, or of what is unique, than to be there."""
    facts = sheet.facts.columns[name]
    return facts.null is False and is_open(facts) and (name in sheet.filled_by or name in sheet.alone)


def _kept(sheet: Sheet, relation: Relation, settled: set[str | None]) -> bool:
    """Whether two plain columns were made so that a comparison of them holds."""
    names = (relation.column, *([relation.other] if isinstance(relation, Compare) else relation.columns))
    made = [sheet.columns[name].why for name in names if name in sheet.columns]
    free = not settled.intersection(names) and all(is_open(sheet.facts.columns.get(name)) for name in names)
    return free and any(why.endswith("by a CHECK") for why in made)


def _with_targets(sketch: Sketch, keys: set[TableKey]) -> frozenset[TableKey]:
    """Tables, and all that they refer to."""
    found, waiting = set(), [key for key in keys if key in sketch.sheets]
    while waiting:
        key = waiting.pop()
        if key not in found and key in sketch.sheets:
            found.add(key)
            waiting.extend(pointer.key.target for pointer in sketch.sheets[key].pointers.values())
            named = (sketch.named(entity) for entity in sketch.sheets[key].ways.values())
            waiting.extend(sheet.table.id for sheet in named if sheet is not None)
    return frozenset(found)


async def _prepared(connection: Connection, catalog: Catalog, sketch: Sketch) -> Prepared:
    request = Request(written(sketch), "the draft")
    spec = read(request)
    return compiled(request, spec, await with_samples(connection, spec, catalog, None))


def _apart(broken: Sequence[Broken]) -> dict[TableKey, list[Broken]]:
    """Constraints of each table that share no column: of others, what mends the one may mend the other."""
    found: dict[TableKey, list[Broken]] = {}
    for one in broken:
        chosen = found.setdefault(one.table.id, [])
        if not any(set(one.trial.columns) & set(other.trial.columns) for other in chosen):
            chosen.append(one)
    return found


async def _remedy(bench: Bench, sheet: Sheet, some: Sequence[Broken], known: Remedy, *, last: bool) -> Remedy:
    """What is done about constraints of a table, beside what was done before."""
    if last:
        return _given_up(bench.sketch, some[0], known)
    for one in some:
        if one.trial.exclusion is not None:
            return _given_up(bench.sketch, one, known)
        found = await found_remedy(bench, sheet, one, known)
        if found is None and one is some[0]:
            found = by_another_null(sheet, one, known)
            if found is None:
                return _given_up(bench.sketch, one, known)
        known = known if found is None else _beside(found, known)
    return known


def _given_up(sketch: Sketch, one: Broken, known: Remedy) -> Remedy:
    """A table that is left out: because of another that is not there, or of a rule that nobody understands."""
    read = set(one.trial.columns)
    keys = [key for key in one.table.foreign_keys if read & set(key.columns) and key.target in sketch.lost]
    if keys:
        column, target = ", ".join(keys[0].columns), ".".join(keys[0].target)
        why = f"{one.trial.title} does not hold while {column} is null, because {target} is not in this draft"
        return replace(known, broken=why)
    return replace(known, broken=f"{one.trial.title} is not understood, and no value is known that passes it")


def _beside(found: Remedy, known: Remedy) -> Remedy:
    """Two remedies as one, without the tables of values that nothing is drawn from any more."""
    made = {**known.made, **found.made}
    said = [one.said for one in made.values() if isinstance(one.said, Mapping)]
    drawn = {str(one["lookup"]).partition(".")[0] for one in said if "lookup" in one}
    lookups = {name: said for name, said in {**known.lookups, **found.lookups}.items() if name in drawn}
    asked = tuple(dict.fromkeys((*known.asked, *found.asked)))
    return Remedy({**known.nulled, **found.nulled}, made, lookups, found.without or known.without, asked)
