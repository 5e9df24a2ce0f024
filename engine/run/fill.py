"""A run from the first connection to the report, and the way out of it that each kind of trouble takes."""

from __future__ import annotations

import threading
from pathlib import Path
from uuid import UUID

import asyncpg

from engine.dsn import Connection, redact
from engine.errors import ConnectError, EngineError, Interrupted, LedgerError, LoadError
from engine.ledger import Ledger, RunEnd, RunRecord, claim_run, claim_tables, differences, fingerprint, new_run_id
from engine.report import Observer, Report, Silence, Status
from engine.run.append import prepare_run, same_append, shortfalls
from engine.run.course import Course
from engine.run.database import connected, open_ledger, resolve
from engine.run.look import read_or_tell
from engine.run.prepare import Prepared, Request, Rows
from engine.run.production import ask_for_production
from engine.run.rehearse import rehearse
from engine.run.tables import require_no_suspensions, require_rights, require_room, tables_of
from engine.sink.errors import GONE
from engine.spec.load import Spec
from engine.telemetry.catalogue import RUN, RUN_S
from engine.telemetry.measure import record
from engine.telemetry.spans import current, span


async def run(
    request: Request,
    *,
    dsn: str | None = None,
    ledger: Path | None = None,
    observer: Observer | None = None,
    stop: threading.Event | None = None,
    run_id: UUID | None = None,
) -> Report:
    """Compile a spec and fill the database with it; the ledger is in a file where one is named.

    A run that has begun ends in a report, whatever its status; where `stop` is set the partitions under way are
    finished and the run can be resumed. Raises SpecError, ConnectError, Refused, before anything is written.
    """
    with span(RUN):
        return await _run(request, dsn, ledger, observer or Silence(), stop or threading.Event(), run_id)


async def _run(
    request: Request,
    dsn: str | None,
    ledger: Path | None,
    observer: Observer,
    stop: threading.Event,
    run_id: UUID | None,
) -> Report:
    spec = await read_or_tell(request, dsn)
    target = await resolve(dsn)
    async with connected(target) as connection:
        if dsn is not None and not request.sure:
            await ask_for_production(connection, dsn)
        if done := await _appended_before(connection, target, ledger, request, spec):
            return done
        prepared = await prepare_run(connection, request, spec)
        await require_rights(connection, prepared.plan)
        notes = await rehearse(connection, prepared)
        async with open_ledger(connection, target, ledger) as books:
            await claim_tables(connection, tables_of(prepared.plan))
            if done := await same_append(books.ledger, request, spec):  # it may have been made while we waited
                return done
            await require_no_suspensions(books.ledger, prepared.plan)
            line = _record(prepared, redact(target), run_id or new_run_id())
            course = Course(target, connection, books, prepared.plan, line.id, observer)
            course.batch_rows = request.batch_rows
            course.appended = prepared.appended
            course.notes += [*shortfalls(spec, prepared), *notes]
            emptied = request.rows is Rows.EMPTY
            if not emptied:
                await require_room(connection, prepared.plan, request.rows)
            await course.look(emptied=emptied)
            if emptied:  # only now: whatever is refused is refused before
                await require_room(connection, prepared.plan, request.rows)
            await books.ledger.create(line)
            return await _finish(course, prepared, request.workers, stop)


async def _appended_before(
    connection: Connection, target: str, ledger: Path | None, request: Request, spec: Spec
) -> Report | None:
    """The report of an append that was made already; only looks, where the ledger is not in the database yet."""
    if request.rows is not Rows.APPEND or (ledger is None and await _without_ledger(connection)):
        return None
    async with open_ledger(connection, target, ledger) as books:
        return await same_append(books.ledger, request, spec)


async def _without_ledger(connection: Connection) -> bool:
    return await Ledger(connection).permitted() and not await Ledger(connection).ready()


async def resume(
    run_id: UUID,
    *,
    dsn: str | None = None,
    ledger: Path | None = None,
    workers: int | None = None,
    observer: Observer | None = None,
    stop: threading.Event | None = None,
) -> Report:
    """Finish a run that was stopped or killed: what it committed stays, the rest is made.

    Raises LedgerError for a run that is not known, has succeeded, or was made by other versions; Refused for one that
    is still at work, or whose tables do not hold what it committed.
    """
    with span(RUN):
        return await _resume(run_id, dsn, ledger, workers, observer or Silence(), stop or threading.Event())


async def _resume(
    run_id: UUID,
    dsn: str | None,
    ledger: Path | None,
    workers: int | None,
    observer: Observer,
    stop: threading.Event,
) -> Report:
    target = await resolve(dsn)
    async with connected(target) as connection, open_ledger(connection, target, ledger) as books:
        record, status = await books.ledger.run(run_id)
        _require_resumable(record, status)
        request = Request(record.spec, record.file, record.parameters, record.seed, record.clock)
        prepared = await prepare_run(connection, request, record=record)
        await claim_tables(connection, tables_of(prepared.plan))
        await claim_run(connection, run_id)
        _require_resumable(*await books.ledger.run(run_id))  # it may have ended while we waited
        course = Course(target, connection, books, prepared.plan, run_id, observer)
        course.appended = prepared.appended
        await course.remember()
        await course.look()
        await books.ledger.reopen(run_id)
        return await _finish(course, prepared, workers or record.workers, stop)


async def _finish(course: Course, prepared: Prepared, workers: int | None, stop: threading.Event) -> Report:
    report = await _walked(course, prepared, workers, stop)
    told: dict[str, str | int] = {"engine.run.id": report.run_id, "engine.scenario": report.scenario}
    current().set_attributes({**told, "engine.status": str(report.status), "engine.rows": report.rows})
    record(RUN_S, report.seconds, {"status": str(report.status)})
    return report


async def _walked(course: Course, prepared: Prepared, workers: int | None, stop: threading.Event) -> Report:
    """Walk the course; on trouble take the way back that fits it, and write down how it ended."""
    try:
        try:
            await course.suspend(workers)
            await course.load(stop)
        finally:
            await course.dismiss()
        await course.rebuild()
        await course.settle()
    except Interrupted as error:
        await course.pause()
        return await course.close(Status.INTERRUPTED, str(error))
    except (EngineError, asyncpg.PostgresError, *GONE) as error:
        trouble = _trouble(error)
        await course.undo(trouble)
        return await course.close(Status.FAILED, str(trouble))
    await course.check(prepared.checks, prepared.spec.scenario.timezone, stop)
    return await course.close(Status.SUCCEEDED, None)


async def fate(run_id: UUID, *, dsn: str | None = None) -> tuple[str, RunEnd] | None:
    """The status of a run and how it ended so far, None where the ledger of its database does not know it."""
    target = await resolve(dsn)
    async with connected(target) as connection, open_ledger(connection, target) as books:
        try:
            _, status = await books.ledger.run(run_id)
        except LedgerError:
            return None
        return status, await books.ledger.ending(run_id)


def _trouble(error: Exception) -> EngineError:
    """What the driver says between the parts of a run, as an error of ours."""
    if isinstance(error, EngineError):
        return error
    if isinstance(error, GONE):
        return ConnectError(f"the connection was lost: {error}")
    return LoadError(f"the database refuses: {error}")


def _require_resumable(record: RunRecord, status: str) -> None:
    if record.cleaned_at is not None:
        raise LedgerError(f"run {record.id} was cleaned: its rows are removed, and nothing is left to resume")
    if status == Status.SUCCEEDED:
        raise LedgerError(f"run {record.id} has succeeded; there is nothing to resume")
    changed = differences(dict(record.fingerprint), fingerprint(record.spec))
    if changed:
        raise LedgerError(
            f"run {record.id} was begun with other versions, so its rows might differ: {', '.join(changed)}\n"
            "  hint: install those versions, or start again with `engine run --fresh`"
        )


def _record(prepared: Prepared, target: str, run_id: UUID) -> RunRecord:
    request, plan = prepared.request, prepared.plan
    return RunRecord(
        id=run_id,
        scenario=plan.scenario,
        seed=plan.seed,
        spec=request.text,
        file=request.file,
        parameters=dict(request.overrides),
        clock=request.now,
        target=target,
        fingerprint=fingerprint(request.text),
        workers=request.workers,
        rows_expected=round(prepared.expected_rows),
        samples=prepared.samples,
        filled=tables_of(plan),
        appended=prepared.appended,
    )
