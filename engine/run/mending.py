"""What a draft does not understand is tried: a sample of its rows is put to the CHECKs, and mended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from engine.catalog.model import Catalog
from engine.dsn import Connection
from engine.errors import SpecError
from engine.plan.model import EntityPlan, Plan
from engine.run.candidates import candidates
from engine.run.existing import with_samples
from engine.run.prepare import Prepared, Request, compiled, read
from engine.run.rehearse import Broken, broken_by, passing, texts_of
from engine.run.sampled import sampled
from engine.sketch.checks.facts import Compare, Computed, Relation
from engine.sketch.draft import sketch_of, written
from engine.sketch.excerpt import excerpt
from engine.sketch.made import Made
from engine.sketch.room import is_open
from engine.sketch.sheet import Sheet, Sketch
from engine.sketch.wish import Remedy, TableKey, Wish

ROUNDS = 8
"""How often a draft is tried and mended; what is broken then is left out."""

ENOUGH = 12
"""So many different values that pass are enough to choose from; with fewer a column that may be null is left null."""

MOST = 200
"""Values, or rows of values that belong together, that a draft lists."""

Texts = dict[str, list[str | None]]


@dataclass(frozen=True, slots=True)
class Tried:
    """A draft that was tried, and what is wrong with it still."""

    sketch: Sketch
    problems: tuple[str, ...] = ()


async def mended(connection: Connection, catalog: Catalog, wish: Wish) -> Tried:
    """A sketch whose rows PostgreSQL lets pass, as far as a sample shows."""
    doubts: set[TableKey] | None = None
    stuck: set[TableKey] = set()
    for attempt in range(ROUNDS + 1):
        sketch = sketch_of(catalog, wish)
        doubts = {key for key, sheet in sketch.sheets.items() if _doubtful(sheet)} if doubts is None else doubts
        tried = _with_targets(sketch, doubts)
        if not tried:
            return Tried(sketch)
        try:
            prepared = await _prepared(connection, catalog, excerpt(sketch, tried, frozenset(doubts)))
        except SpecError as error:
            return Tried(sketch, tuple(str(found) for found in error.diagnostics))
        broken, _ = await broken_by(connection, prepared, doubts)
        if not broken:
            return Tried(sketch)
        doubts = {one.table.id for one in broken}
        remedies = dict(wish.remedies)
        for key, some in _apart(broken).items():
            known, last = remedies.get(key, Remedy()), attempt >= ROUNDS - 1 or key in stuck
            remedies[key] = await _remedy(connection, prepared.plan, sketch.sheets[key], some, known, last=last)
        stuck = {key for key in doubts if remedies[key] == wish.remedies.get(key, Remedy())}
        wish = replace(wish, remedies=remedies)
    return Tried(sketch_of(catalog, wish))


def _doubtful(sheet: Sheet) -> bool:
    """Whether a CHECK may be broken: it was not understood, or speaks of columns that are not made to keep it."""
    settled = {*sheet.filled_by, *sheet.alone, *(name for group in sheet.groups for name in group), sheet.moment}
    said = any(name in settled and not _kept_by_itself(sheet, name) for name in sheet.facts.columns)
    compared = any(not _kept(sheet, relation, settled) for relation in sheet.facts.relations)
    return bool(sheet.facts.opaque or compared or sheet.table.exclusions or sheet.conditions or said)


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


async def _remedy(
    connection: Connection, plan: Plan, sheet: Sheet, some: Sequence[Broken], known: Remedy, *, last: bool
) -> Remedy:
    """What is done about constraints of a table, beside what was done before."""
    if last:
        return _given_up(some[0], known)
    for one in some:
        if one.trial.exclusion is not None:
            return _given_up(one, known)
        found = await _found(connection, plan, sheet, one, known)
        if found is None and one is some[0]:
            found = _by_another_null(sheet, one, known)
            if found is None:
                return _given_up(one, known)
        known = known if found is None else _beside(found, known)
    return known


def _given_up(one: Broken, known: Remedy) -> Remedy:
    return replace(known, broken=f"{one.trial.title} is not understood, and no value is known that passes it")


def _beside(found: Remedy, known: Remedy) -> Remedy:
    """Two remedies as one, without the tables of values that nothing is drawn from any more."""
    made = {**known.made, **found.made}
    said = [one.said for one in made.values() if isinstance(one.said, Mapping)]
    drawn = {str(one["lookup"]).partition(".")[0] for one in said if "lookup" in one}
    lookups = {name: said for name, said in {**known.lookups, **found.lookups}.items() if name in drawn}
    return Remedy({**known.nulled, **found.nulled}, made, lookups, found.without or known.without)


async def _found(connection: Connection, plan: Plan, sheet: Sheet, one: Broken, known: Remedy) -> Remedy | None:
    """The first way to mend a constraint that there is."""
    why = f"PostgreSQL lets these pass {one.trial.title}"
    names = _together(one, known)
    texts = _texts(plan.entities[one.entity], plan, names)
    alone = {name: texts[name] for name in one.trial.written} if texts else {}
    found = await _by_values(connection, sheet, one, alone, why) if names == one.trial.written else None
    if found is None:
        found = await _by_null(connection, sheet, one, alone)
    return found if found is not None else await _by_rows(connection, sheet, one, texts, why)


def _together(one: Broken, known: Remedy) -> tuple[str, ...]:
    """The columns that a constraint reads, with those whose values are drawn together with one of them."""
    names = dict.fromkeys(one.trial.written)
    for said in known.lookups.values():
        columns = said["columns"]
        if isinstance(columns, list) and not names.keys().isdisjoint(columns):
            names |= dict.fromkeys(columns)
    return tuple(names)


def _texts(entity: EntityPlan, plan: Plan, names: tuple[str, ...]) -> Texts:
    """A sample of some columns, as PostgreSQL reads it."""
    from_sample = dict(sampled(plan, {entity.name: names}))
    return texts_of(entity.table, from_sample[entity.name]) if entity.name in from_sample else {}


async def _by_values(connection: Connection, sheet: Sheet, one: Broken, texts: Texts, why: str) -> Remedy | None:
    """Of a constraint on one plain column: the values of the sample that pass."""
    if len(one.trial.written) != 1 or not texts or not _plain(sheet, one.trial.written[0]):
        return None
    (name,) = one.trial.written
    found = await passing(connection, one.table, one.trial, texts)
    values = list(dict.fromkeys(texts[name][i] for i in found or () if texts[name][i] is not None))[:MOST]
    if not values and (plainest := candidates(sheet.column(name).type)):
        found = await passing(connection, one.table, one.trial, {name: [*plainest]})
        values = [plainest[i] for i in found or ()]
    if not values or (len(values) < ENOUGH and sheet.nullable(name)):
        return None
    return Remedy(made={name: Made({"choice": values}, why)})


async def _by_null(connection: Connection, sheet: Sheet, one: Broken, texts: Texts) -> Remedy | None:
    """A column that may be null, by whose null the constraint holds in every row of the sample."""
    names = [n for n in one.trial.written if sheet.nullable(n) and n not in sheet.solid]
    for name in sorted(names, key=lambda n: n in sheet.filled_by):
        without: Texts = {**texts, name: [None] * len(texts[name])} if texts else {}
        found = await passing(connection, one.table, one.trial, without) if without else None
        if found is not None and len(found) == len(without[name]):
            return Remedy(nulled={name: f"so that {one.trial.title} holds"})
    return None


def _by_another_null(sheet: Sheet, one: Broken, known: Remedy) -> Remedy | None:
    """A column that may be null, of a CHECK that shares a column with this one: as null it may turn both round."""
    shared = [c for c in sheet.table.checks if set(c.columns) & set(one.trial.columns) and c.name != one.trial.name]
    names = dict.fromkeys(name for check in shared for name in check.columns)
    able = [n for n in names if sheet.column(n).nullable and n not in known.without and n not in sheet.solid]
    return Remedy(without=(*known.without, able[0])) if able else None


async def _by_rows(connection: Connection, sheet: Sheet, one: Broken, texts: Texts, why: str) -> Remedy | None:
    """Values of several plain columns that pass together, as a table to draw from."""
    names = tuple(texts)
    if not texts or not all(_plain(sheet, name) and name.isidentifier() for name in names) or "weight" in names:
        return None
    found = await passing(connection, one.table, one.trial, texts)
    rows = list(dict.fromkeys(tuple(texts[name][i] for name in names) for i in found or ()))[:MOST]
    if not rows:
        return None
    table = f"{sheet.name}_{one.trial.name}".lower()
    table = "".join(c if c.isalnum() and c.isascii() else "_" for c in table)[:63]
    drawn: Mapping[str, Made] = {name: Made({"lookup": f"{table}.{name}"}, why) for name in names}
    return Remedy(made=drawn, lookups={table: {"columns": list(names), "rows": [list(row) for row in rows]}})


def _plain(sheet: Sheet, name: str) -> bool:
    """Whether a column is free to hold something else."""
    dealt = any(name in group for group in sheet.groups)
    computed = any(isinstance(r, Computed) and r.column == name for r in sheet.facts.relations)
    taken = dealt or computed or name in sheet.filled_by or name in sheet.alone
    return not taken and name != sheet.moment
