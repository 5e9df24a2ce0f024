"""How far down its keyed order a fault must go to find as many rows as it is asked for: by looking, before the load."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.batch import BATCH_ROWS
from engine.errors import Code, Diagnostic, GenerateError, SpecError, wrong
from engine.generate.faults import hits
from engine.generate.partition import run_length
from engine.generate.rows import World
from engine.plan.model import EntityPlan, FaultPlan, Plan
from engine.types import Bool

LOOKED_AT = 1 << 18
"""Rows that are made to look at for one fault: a quarter of a second where they are simple."""


def settle(plan: Plan) -> Plan:
    """The plan with faults that pass over rows in which there is nothing to change, and still take as many.

    Raises SpecError (INFEASIBLE) with every fault for which there are not enough.
    """
    if not any(entity.faults for entity in plan.entities.values()):
        return plan
    world = World(plan)
    problems: list[Diagnostic] = []
    entities = dict(plan.entities)
    for name, entity in plan.entities.items():
        settled: tuple[FaultPlan, ...] = ()
        for fault in entity.faults:
            try:
                settled += (_settled(world, entity, settled, fault),)
            except SpecError as error:
                settled += (fault,)
                problems += error.under("faults", fault.name).diagnostics
        entities[name] = replace(entity, faults=settled)
    if problems:
        raise SpecError(problems)
    return replace(plan, entities=entities)


def _settled(world: World, entity: EntityPlan, before: tuple[FaultPlan, ...], fault: FaultPlan) -> FaultPlan:
    draw = fault.draw
    family = world.plan.lineage(entity.name)
    thinned = any(world.plan.entities[name].keep is not None for name in family)
    some = thinned or fault.where is not None
    sure = fault.again and not some and not draw.one_each
    if draw.count is None or sure or not 0 < draw.ranks <= (draw.count if some else LOOKED_AT):
        return fault
    found, looked = 0, 0
    most = min(draw.count, LOOKED_AT)
    while looked < most:
        stop = min(most, looked + min(run_length(world.plan, family[0], BATCH_ROWS), max(draw.ranks - found, 1_024)))
        try:
            good = _good(world, family, (*before, fault), looked, stop)
        except GenerateError:  # the load will tell
            return fault
        enough = np.flatnonzero(good)[draw.ranks - found - 1 :]
        if len(enough):
            return replace(fault, draw=replace(draw, ranks=looked + int(enough[0]) + 1))
        found += int(good.sum())
        looked = stop
    among = f"of {looked:,}" if looked == draw.count else f"of the {looked:,} that were looked at"
    among = f"{among}, one below each '{family[0]}'," if draw.one_each else among
    among = f"{among} (`keep` or `fold` leaves some out)" if thinned else among
    message = f"{draw.ranks:,} rows of '{entity.name}' are asked for, and only {found:,} {among} can be changed so"
    raise wrong(Code.INFEASIBLE, message, hint="ask for fewer, or for others with `where`")


def _good(world: World, family: tuple[str, ...], faults: tuple[FaultPlan, ...], start: int, stop: int) -> Bool:
    """At which of these places of the last fault's order it would take a row, (stop - start,)."""
    *before, last = faults
    assert last.draw.count is not None
    index = last.draw.numbers(start, stop)
    order = np.argsort(index)
    root = world.roots(family[0], index[order])
    rows = kept = root.kept()
    try:
        for name in family[1:]:
            rows, _ = rows.children(name)
        *_, hit = hits(rows, (*before, replace(last, draw=replace(last.draw, ranks=last.draw.count))))
    finally:
        kept.release()
        root.release()
    good = np.zeros(stop - start, np.bool_)
    good[order[np.searchsorted(root.index, rows.index[hit.at])]] = True
    return good
