"""Looking without touching: validating a spec, and planning a run of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module

from engine.catalog.introspect import introspect
from engine.catalog.model import Catalog
from engine.embedded import Resident
from engine.errors import Diagnostic, EngineError, Refused, SpecError
from engine.plan.circles import untangled
from engine.run.append import prepare_run, shortfalls
from engine.run.course import decide, kept_keys
from engine.run.database import connected, resolve
from engine.run.existing import with_samples
from engine.run.prepare import Prepared, Request, compile_spec, compiled, prepare, read, tables_in
from engine.run.rehearse import rehearse
from engine.sink.constraints import Decision
from engine.spec.load import Spec
from engine.spec.salvage import salvage


@dataclass(frozen=True, slots=True)
class Outlook:
    """A compiled spec and, where there is a database to ask, what would be suspended in it.

    `tangle` says why no row could come first, where foreign keys that would stay lead round; `notes` what an append
    adds fewer rows to than are asked for.
    """

    prepared: Prepared
    decisions: tuple[Decision, ...] | None
    tangle: str | None = None
    notes: tuple[str, ...] = ()


async def check(request: Request, dsn: str | None) -> Prepared:
    """Compile a spec against the user's database, or against what is known of the shop. Raises SpecError.

    A database is also asked what its CHECKs make of a sample of the rows; what it does not say is in the notes.
    """
    spec = await read_or_tell(request, dsn)
    if dsn is not None:
        async with connected(dsn) as connection:
            prepared = await prepare(connection, request, spec)
            return replace(prepared, notes=await rehearse(connection, prepared))
    return compiled(request, spec, shop_catalog())


async def read_or_tell(request: Request, dsn: str | None) -> Spec:
    """The spec of a request. Raises SpecError: where only columns are wrong, with what a database has to say too.

    No server is started for it; one that cannot be reached has nothing to say.
    """
    try:
        return read(request)
    except SpecError as error:
        rest = salvage(
            request.text, error, file=request.file, overrides=request.overrides, seed=request.seed, now=request.now
        )
        if rest is None:
            raise
    raise rest.with_more(await _found_in(rest.spec, dsn))


async def _found_in(spec: Spec, dsn: str | None) -> tuple[Diagnostic, ...]:
    """What compiling finds wrong with a spec."""
    try:
        compile_spec(spec, await _catalog_for(spec, dsn))
    except SpecError as error:
        return error.diagnostics
    except EngineError:
        pass  # no database to ask: what the text alone shows is told anyway
    return ()


async def _catalog_for(spec: Spec, dsn: str | None) -> Catalog:
    if dsn is None and not Resident().status().running:
        return shop_catalog()
    async with connected(await resolve(dsn)) as connection:
        return await with_samples(connection, spec, await introspect(connection, tables_in(spec)), None)


async def outlook(request: Request, dsn: str | None) -> Outlook:
    """Compile a spec and survey its tables; nothing is changed. Raises SpecError, ConnectError.

    Without a DSN the engine's own server is asked if it runs, and else nobody.
    """
    spec = await read_or_tell(request, dsn)
    if dsn is None and Resident().status().running:
        dsn = await resolve(None)
    if dsn is None:
        return Outlook(compiled(request, spec, shop_catalog()), None)
    async with connected(dsn) as connection:
        prepared = await prepare_run(connection, request, spec)
        decisions = await decide(connection, prepared.plan)
    notes = shortfalls(spec, prepared)
    try:
        plan = untangled(prepared.plan, kept_keys(decisions))
    except Refused as error:
        return Outlook(prepared, decisions, str(error), notes)
    return Outlook(replace(prepared, plan=plan), decisions, notes=notes)


def shop_catalog() -> Catalog:
    """The shop's tables, known without a server; imported when they are asked for."""
    known: Catalog = import_module("engine.run.shop").CATALOG
    return known
