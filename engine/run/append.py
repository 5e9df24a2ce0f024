"""Before an append: what its tables hold, and a plan that goes on behind it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import replace

import asyncpg

from engine.catalog.held import Appended, Held
from engine.catalog.introspect import introspect
from engine.catalog.model import Catalog, Table
from engine.catalog.sample import Samples
from engine.dsn import Connection
from engine.errors import Code, Diagnostic, Refused, SpecError
from engine.ledger import RunLedger, RunRecord
from engine.plan.circles import stuck
from engine.plan.widen import Ways, excludes_old, widened
from engine.report import Report, Status
from engine.run.dealt import Dealt, Short
from engine.run.existing import sample_rows
from engine.run.holds import held
from engine.run.prepare import Prepared, Request, Rows, compiled, prepare, read, tables_in
from engine.run.rehearse import broken_by
from engine.sink.errors import message_of
from engine.spec.entity import Entity
from engine.spec.load import Spec, place
from engine.telemetry.catalogue import COMPILE
from engine.telemetry.spans import span

MOST_LOOKS = 12
"""So often is an append compiled at most, each time with fewer rows of what is used up."""


async def prepare_run(
    connection: Connection, request: Request, spec: Spec | None = None, record: RunRecord | None = None
) -> Prepared:
    """Compile a request; of an append with what its tables hold, or held when the run of `record` began.

    Raises SpecError, ConnectError, Refused.
    """
    appended = None if record is None else record.appended
    if appended is None and (record is not None or not _appends(request)):
        return await prepare(connection, request, spec, None if record is None else record.samples)
    with span(COMPILE):
        spec = spec or read(request)
        catalog = await introspect(connection, tables_in(spec))
        if record is not None:
            return await _compiled(connection, request, spec, replace(catalog, appended=appended), record.samples)
        return await _looked(connection, request, spec, catalog)


async def same_append(ledger: RunLedger, request: Request, spec: Spec) -> Report | None:
    """The report of a run that made the same append, None where there is none. Raises Refused where it is not done."""
    known = await ledger.alike(request.text, spec.scenario.seed, request.overrides) if _appends(request) else None
    if known is None or known[1] == Status.FAILED:  # a failed run leaves nothing
        return None
    run, status = known
    if status != Status.SUCCEEDED:
        raise Refused(
            f"this append is run {run}, which was begun and is {status}\n"
            f"  hint: `engine resume {run}` finishes it; another --seed makes another append"
        )
    report = Report.from_json((await ledger.ending(run)).report, Status.SUCCEEDED)
    note = f"run {run} made this append already, so nothing was done; another --seed makes another append"
    return replace(report, notes=(*report.notes, note))


def _appends(request: Request) -> bool:
    return request.rows is Rows.APPEND


def digest(request: Request, seed: int) -> str:
    """What tells an append from every other: its spec, parameters and seed."""
    told = json.dumps([request.text, sorted(request.overrides.items()), seed], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


async def _looked(connection: Connection, request: Request, spec: Spec, catalog: Catalog) -> Prepared:
    """Compile with what the tables hold now, and again where dealt values are taken, or not enough of them are free."""
    try:
        filled = _filled(spec, catalog)
        several = Counter(table.id for _, (table, _) in filled)
        tables = {
            name: await held(connection, table, entity, alone=several[table.id] == 1)
            for name, (table, entity) in filled
        }
    except asyncpg.InsufficientPrivilegeError as error:
        raise Refused(
            f"we cannot see what the tables hold: {message_of(error)}\n  hint: grant SELECT on them"
        ) from error
    for name, (table, entity) in filled:
        if tables[name].rows and entity.count != 0 and excludes_old(entity, table):
            tables[name] = replace(tables[name], most=0)
    appended = Appended(digest(request, spec.scenario.seed), tables)
    dealt = Dealt(connection)
    samples: Samples | None = None
    for _ in range(MOST_LOOKS):
        try:
            prepared = await _compiled(connection, request, spec, replace(catalog, appended=appended), samples)
            samples = prepared.samples
            passed = await dealt.passed(prepared.plan, appended)
            await _require_in_bounds(connection, prepared)
        except SpecError as error:
            fewer = _fewer(error, appended)
            if not fewer:
                raise SpecError(place(error.diagnostics, spec.source)) from None
            appended = replace(appended, tables={**appended.tables, **fewer})
            continue
        if not passed:
            return prepared
        tables = {name: replace(one, passed=passed.get(name, ())) for name, one in appended.tables.items()}
        again = replace(catalog, appended=replace(appended, tables=tables))
        return await _compiled(connection, request, spec, again, samples)
    raise Refused("what can be added to these tables was not settled\n  hint: add to fewer of them at a time")


async def _require_in_bounds(connection: Connection, prepared: Prepared) -> None:
    """Make sure that what is counted on does not leave the bounds that a CHECK sets. Raises Short."""
    there = prepared.appended.tables if prepared.appended else {}
    counted = {
        entity.name: entity
        for entity in prepared.plan.filled
        if any({*check.columns} & {*there[entity.name].ends} for check in entity.table.checks)
    }
    if not counted:
        return
    broken, _ = await broken_by(connection, prepared, {entity.table.id for entity in counted.values()})
    over = [n for n in counted if any(one.entity == n and {*one.trial.columns} & {*there[n].ends} for one in broken)]
    message = "the numbers behind those that are there are out of bounds"
    told = [Diagnostic(Code.CHECK_VIOLATED, message, ("entities", name), most=0) for name in over]
    if told:
        raise Short(told)


def _fewer(error: SpecError, appended: Appended) -> dict[str, Held]:
    """What the tables hold, with fewer rows to add where that is the remedy for all that is wrong; else nothing.

    More are asked for than can be because values are taken (`Short`), or because something is short already.
    """
    found: dict[str, Held] = {}
    if not isinstance(error, Short) and not any(held.most is not None for held in appended.tables.values()):
        return {}
    for one in error.diagnostics:
        name = str(one.path[1]) if len(one.path) > 1 else ""
        held = appended.tables.get(name)
        if one.most is None or held is None or (held.most is not None and held.most <= one.most):
            return {}
        found[name] = replace(held, most=min(one.most, found[name].most or 0) if name in found else one.most)
    return found


async def _compiled(
    connection: Connection, request: Request, spec: Spec, catalog: Catalog, samples: Samples | None
) -> Prepared:
    """Compile with references to rows that are there; those keep to new ones that cannot be without something of them.

    `samples` are those that were taken already. Raises SpecError.
    """
    assert catalog.appended is not None
    apart: Ways = frozenset()
    old: Ways = frozenset()
    while True:
        wide = widened(spec, catalog, catalog.appended, apart, old)
        samples = await _sampled(connection, wide.spec, catalog, samples or {})
        try:
            prepared = compiled(request, wide.spec, replace(catalog, samples=samples))
        except SpecError as error:
            more = wide.blamed(error.diagnostics) - apart
            if not more or any(one.most is not None for one in error.diagnostics):
                raise
            apart |= more
            continue
        ring = frozenset(stuck(prepared.plan)) & frozenset(wide.ways)
        more_old = {min(ring)} - old if ring else set()
        if not more_old:
            return prepared
        old |= more_old


async def _sampled(connection: Connection, spec: Spec, catalog: Catalog, known: Samples) -> Samples:
    """The samples known, and those that are missing. Raises SpecError."""
    wanted = {n: e for n, e in spec.scenario.entities.items() if e.existing is not None and not _covers(known, n, e)}
    if not wanted:
        return known
    only = replace(spec, scenario=spec.scenario.model_copy(update={"entities": wanted}))
    return {**known, **await sample_rows(connection, only, catalog)}


def _covers(known: Samples, name: str, entity: Entity) -> bool:
    return name in known and entity.existing is not None and {*entity.existing.columns} <= {*known[name].columns}


def shortfalls(spec: Spec, prepared: Prepared) -> tuple[str, ...]:
    """What an append adds fewer rows to than the spec asks for, one line each."""
    told = []
    for name, there in (prepared.appended.tables if prepared.appended else {}).items():
        asked, left = spec.scenario.entities[name].count, prepared.plan.entities.get(name)
        if left is None:
            told.append(f"nothing is added to '{name}': no values, places or rows to point to are known to be free")
        elif there.most is not None:
            told.append(f"{there.most:,} of {asked or 0:,} rows are added to '{name}': no more values are free")
    return tuple(told)


def _filled(spec: Spec, catalog: Catalog) -> list[tuple[str, tuple[Table, Entity]]]:
    """The entities that are written, and their tables."""
    found = []
    for name, entity in spec.scenario.entities.items():
        table = catalog.table(entity.table) if not entity.virtual and entity.existing is None else None
        if table is not None:
            found.append((name, (table, entity)))
    return found
