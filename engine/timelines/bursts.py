"""Self-exciting bursts: each raises the rate for a while, and may set off others."""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.errors import Code, wrong
from engine.maths import exp, log
from engine.stream import Key, bits, descend, uniform
from engine.timelines.rate import Rate
from engine.timelines.refusal import refuse
from engine.timelines.split import split
from engine.timelines.tree import total
from engine.timelines.wall import MINUTE
from engine.types import DAY, F64, I64
from engine.units import Duration, DurationField, FractionField

MOST_BURSTS = 250_000
LARGEST_BRANCHING = 0.9
_LONGEST = 30 * DAY
_GENERATIONS = 100
"""At a branching of 0.9, three in 100,000 bursts would come later."""
_FINEST = 2
"""Bins that the decay must last, so that its shape can be seen."""
_BLOCK = 1 << 14
_NOTHING = 1e-20


class Bursts(BaseModel):
    """Activity that feeds on itself: ``{per_day: 6, share: 20%, decay: 15m, branching: 0.5}``.

    First bursts come at the timeline's own rate before events, as many as `per_day` makes in the window; each sets off
    others, `branching` on average, each after an exponential delay of mean `decay`, and those more (A. G. Hawkes,
    Biometrika 58, 1971). Every burst raises the rate at once by the same, and that falls off exponentially.
    Guarantees the share of the rows to expect that bursts bring, before events, which multiply them like all else;
    where the rate is 0 they bring none. All entities on the timeline share them. Costs a few numbers a burst.
    Refuses a branching over 0.9, more than 250,000 bursts, and a decay shorter than two bins of the window.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    per_day: float = Field(gt=0, le=1e6, description="First bursts a day, on average over the window.")
    share: FractionField = Field(description="The share of rows that bursts bring: 0.2 or 20%.")
    decay: DurationField = Field(description="The mean time from a burst to one of its rows: e^-1 is left after it.")
    branching: float = Field(0.0, ge=0, description="How many others each burst sets off, on average: 0 to 0.9.")

    @model_validator(mode="after")
    def _ends(self) -> Bursts:
        if self.branching >= 1:
            message = f"branching: each burst would set off {self.branching:g} others, and so on without end"
            raise refuse(Code.OUT_OF_RANGE, message, f"stay at or below {LARGEST_BRANCHING}")
        if self.branching > LARGEST_BRANCHING:
            each = 1 / (1 - self.branching)
            message = f"branching: 1 / (1 - {self.branching:g}) = {each:.0f} bursts would come of each; 10 are the most"
            raise refuse(Code.OUT_OF_RANGE, message, f"stay at or below {LARGEST_BRANCHING}")
        if not MINUTE <= self.decay.micros <= _LONGEST:
            raise refuse(Code.OUT_OF_RANGE, f"decay: {self.decay} must be from 1m to {Duration(_LONGEST)}")
        if self.share == 0:
            raise refuse(Code.OUT_OF_RANGE, "share: bursts that bring no rows are none", "leave `bursts` out")
        return self


def with_bursts(bursts: Bursts, calm: Rate, edges: I64, weights: F64, key: Key) -> F64:
    """The weights of bins with a share of them moved to where bursts are, (bins,) → (bins,); their sum stays.

    `calm` is the same rate in coarser bins, from which first bursts are drawn, so that an event that cuts `edges` moves
    none. Raises SpecError (OUT_OF_RANGE).
    """
    width = int(np.diff(edges).max())
    if bursts.decay.micros < _FINEST * width:
        message = f"decay: {bursts.decay} is less than two of this window's bins of {Duration(width)}"
        raise wrong(Code.OUT_OF_RANGE, message, path=("bursts", "decay"))
    brought = carried(begun(bursts, calm, key), bursts.decay.micros, edges)
    brought[weights <= 0] = 0.0
    whole, raw = total(weights), total(brought)
    if not (whole > 0 and raw > 0):
        return weights
    brought *= bursts.share * (whole / raw)
    brought += weights * (1.0 - bursts.share)
    return brought


def begun(bursts: Bursts, calm: Rate, key: Key) -> I64:
    """When bursts begin in the window of a rate, ascending, microseconds UTC. Raises SpecError (OUT_OF_RANGE)."""
    end = int(calm.edges[-1])
    days = (end - int(calm.edges[0])) / DAY
    count = max(1, round(bursts.per_day * days))
    expected = count / (1.0 - bursts.branching)
    if expected > MOST_BURSTS:
        message = (
            f"{bursts.per_day:g} a day in {days:,.0f} days, {1 / (1 - bursts.branching):.3g} of each: {expected:,.0f}"
        )
        hint = "ask for fewer a day, or leave small ones to `noise` and `counts`"
        raise wrong(Code.OUT_OF_RANGE, f"{message} bursts; {MOST_BURSTS:,} are the most", path=("bursts",), hint=hint)
    at = _first(calm, count, key.child("first"))
    who = bits(key.child("who"), np.arange(count, dtype=np.uint64))
    found = [at]
    offspring = _shares(bursts.branching)
    for _ in range(_GENERATIONS):
        number = np.searchsorted(offspring, uniform(key.child("offspring"), who))
        parent = np.repeat(np.arange(len(who)), number)
        place = np.arange(len(parent)) - np.repeat(np.cumsum(number) - number, number)
        who = descend(who[parent], place, key)
        delay = log(uniform(key.child("delay"), who)) * -float(bursts.decay.micros)
        at = at[parent] + delay.astype(np.int64)
        inside = np.flatnonzero(at < end)
        if not len(inside):
            break
        at, who = at[inside], who[inside]
        found.append(at)
    return np.sort(np.concatenate(found))


def _first(calm: Rate, count: int, key: Key) -> I64:
    """So many instants at a rate, each in its bin wherever chance has it, (count,)."""
    counts = np.diff(split(calm.weights, count, key))
    bin_of = np.repeat(np.arange(len(counts)), counts)
    into = uniform(key.child("into"), np.arange(count, dtype=np.uint64)) * np.diff(calm.edges)[bin_of]
    return calm.edges[bin_of] + into.astype(np.int64)


def carried(begin: I64, decay: int, edges: I64) -> F64:
    """What bursts of size 1 that begin at ascending instants bring to each bin, (bursts,), (bins + 1,) → (bins,)."""
    still = _still_there(begin, decay)
    found = np.empty(len(edges) - 1)
    for low in range(0, len(found), _BLOCK):
        start, end = edges[:-1][low : low + _BLOCK], edges[1:][low : low + _BLOCK]
        last = np.searchsorted(begin, start, side="right") - 1
        some = np.maximum(last, 0)
        left = still[some] * exp((begin[some] - start) / decay) * (last >= 0)
        length = end - start
        alike = length[:1] if (length == length[0]).all() else length
        found[low : low + _BLOCK] = left * (1.0 - exp(alike / -decay))
    bin_of = np.searchsorted(edges, begin, side="left") - 1
    inside = np.flatnonzero((bin_of >= 0) & (bin_of < len(found)))
    bin_of = bin_of[inside]
    np.add.at(found, bin_of, 1.0 - exp((begin[inside] - edges[bin_of + 1]) / decay))
    return found


def _still_there(begin: I64, decay: int) -> F64:
    """What is left at the beginning of each burst of it and all before, (n,) → (n,): a sum in log n steps."""
    still = np.ones(len(begin))
    kept = np.zeros(len(begin))
    kept[1:] = exp(np.diff(begin) / -decay)
    step = 1
    while step < len(begin) and kept.max() > _NOTHING:
        still[step:] += kept[step:] * still[:-step]
        kept[step:] = kept[step:] * kept[:-step]
        step *= 2
    return still


def _shares(mean: float) -> F64:
    """The Poisson law's distribution function at 0, 1, 2, …"""
    mass = float(exp(np.array([-mean]))[0])
    found = [mass]
    for k in range(1, 30):
        mass *= mean / k
        found.append(found[-1] + mass)
    return np.array(found)
