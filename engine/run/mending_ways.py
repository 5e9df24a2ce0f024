"""The ways to mend a rule that rows of a draft break, each tried on the sample that breaks it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.catalog.model import Check
from engine.dsn import Connection
from engine.plan.model import EntityPlan, Plan
from engine.run.candidates import candidates
from engine.run.mending_sources import by_source
from engine.run.rehearse import Broken, default_of, passing, texts_of
from engine.run.sampled import sampled
from engine.run.trials import Trial, out_of_reach, trials_of
from engine.sketch.checks.facts import Computed
from engine.sketch.made import Made
from engine.sketch.sheet import Sheet, Sketch
from engine.sketch.wish import Remedy
from engine.sqltext import quote

ENOUGH = 12
"""So many different values that pass are enough to choose from; with fewer a column that may be null is left null."""

MOST = 200
"""Values, or rows of values that belong together, that a draft lists."""

Texts = dict[str, list[str | None]]


@dataclass(frozen=True, slots=True)
class Bench:
    """What a remedy is looked for with: a draft, the plan of it, and a server to ask."""

    connection: Connection
    sketch: Sketch
    plan: Plan


async def found_remedy(bench: Bench, sheet: Sheet, one: Broken, known: Remedy) -> Remedy | None:
    """The first way to mend a constraint that there is."""
    why = f"PostgreSQL lets these pass {one.trial.title}"
    names = _together(one, known)
    texts = _texts(bench.plan.entities[one.entity], bench.plan, names)
    alone = {name: texts[name] for name in one.trial.written} if texts else {}
    connection = bench.connection
    found = await by_source(connection, sheet, one)
    if found is not None and set(found.asked) <= set(known.asked):
        found = None
    if found is None and names == one.trial.written:
        found = await _by_values(bench, sheet, one, alone, why)
    if found is None:
        found = await _by_null(connection, sheet, one, alone)
    if found is None:
        found = await _by_presence(connection, sheet, one, alone)
    if found is None:
        found = await _by_rows(connection, sheet, one, texts, why)
    return found if found is not None else await _by_default(connection, sheet, one, alone)


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


async def _by_values(bench: Bench, sheet: Sheet, one: Broken, texts: Texts, why: str) -> Remedy | None:
    """Of a constraint on one plain column: the values of the sample that pass."""
    if len(one.trial.written) != 1 or not texts or not _plain(sheet, one.trial.written[0]):
        return None
    (name,) = one.trial.written
    tried = _of_same_columns(bench, one)
    values = [text for text in await _passing(bench, one, tried, texts[name]) if text is not None]
    if not values:
        column = sheet.column(name)
        default = await default_of(bench.connection, column)
        spoken = " ".join(_spoken(sheet, trial) for trial in tried)
        plainest = [*([] if default is None else [default]), *candidates(column.type, spoken)]
        values = [text for text in await _passing(bench, one, tried, plainest) if text is not None] if plainest else []
    if not values or (len(values) < ENOUGH and sheet.nullable(name)):
        return None
    return Remedy(made={name: Made({"choice": values[:MOST]}, why)})


def _of_same_columns(bench: Bench, one: Broken) -> list[Trial]:
    """A constraint, and all others that read no other columns: what passes the one may break the next."""
    trials = trials_of(bench.plan.entities[one.entity])
    alike = [t for t in trials if t.written == one.trial.written and t.exclusion is None and t != one.trial]
    return [one.trial, *(t for t in alike if out_of_reach(t, one.table) is None)]


async def _passing(bench: Bench, one: Broken, tried: Sequence[Trial], texts: Sequence[str | None]) -> list[str | None]:
    """The values of a column that pass all constraints, or as many of them, from the first on, as any value passes."""
    left = list(dict.fromkeys(texts))
    for trial in tried:
        found = await passing(bench.connection, one.table, trial, {trial.written[0]: left})
        if not found and trial is not tried[0]:
            continue
        left = [left[i] for i in found or ()]
    return left


def _spoken(sheet: Sheet, trial: Trial) -> str:
    """The SQL of a rule, and of the generated columns that it reads."""
    generated = (sheet.column(name).expression for name in trial.columns if sheet.table.column(name))
    return " ".join((trial.text, *filter(None, generated)))


async def _by_presence(connection: Connection, sheet: Sheet, one: Broken, texts: Texts) -> Remedy | None:
    """A column that may be null, where the constraint holds in every row of the sample if it never is."""
    for name in (n for n in one.trial.written if texts and sheet.nullable(n) and n not in sheet.conditions):
        there = [text for text in texts[name] if text is not None]
        if not there or len(there) == len(texts[name]):
            continue
        filled: Texts = {**texts, name: [t or there[i % len(there)] for i, t in enumerate(texts[name])]}
        found = await passing(connection, one.table, one.trial, filled)
        if found is not None and len(found) == len(filled[name]):
            return Remedy(asked=(Check(one.trial.name, f"{quote(name)} IS NOT NULL", (name,)),))
    return None


async def _by_default(connection: Connection, sheet: Sheet, one: Broken, texts: Texts) -> Remedy | None:
    """A column whose default makes the constraint hold in every row of the sample, else all that have one."""
    free = [n for n in one.trial.written if texts and _plain(sheet, n) and not sheet.column(n).type.array]
    told = {name: await default_of(connection, sheet.column(name)) for name in free}
    known = {name: default for name, default in told.items() if default is not None}
    why = f"its default, by which {one.trial.title} holds"
    for names in dict.fromkeys((*((name,) for name in known), tuple(known))):
        same: Texts = {**texts, **{name: [known[name]] * len(texts[name]) for name in names}}
        found = await passing(connection, one.table, one.trial, same) if names else None
        if found is not None and len(found) == len(same[names[0]]):
            return Remedy(made={name: Made({"choice": [known[name]]}, why) for name in names})
    return None


async def _by_null(connection: Connection, sheet: Sheet, one: Broken, texts: Texts) -> Remedy | None:
    """A column that may be null, by whose null the constraint holds in every row of the sample."""
    names = [n for n in one.trial.written if sheet.nullable(n) and n not in sheet.solid]
    for name in sorted(names, key=lambda n: n in sheet.filled_by):
        without: Texts = {**texts, name: [None] * len(texts[name])} if texts else {}
        found = await passing(connection, one.table, one.trial, without) if without else None
        if found is not None and len(found) == len(without[name]):
            return Remedy(nulled={name: f"so that {one.trial.title} holds"})
    return None


def by_another_null(sheet: Sheet, one: Broken, known: Remedy) -> Remedy | None:
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
