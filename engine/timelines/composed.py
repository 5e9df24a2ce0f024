"""Timelines made of others: sums, products and mixtures of tables of bins, cut wherever one of them is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from graphlib import TopologicalSorter

import numpy as np

from engine.errors import Code, SpecError, wrong
from engine.timelines.compile import compile_timeline, require_rows
from engine.timelines.model import Timeline
from engine.timelines.parts import Parts
from engine.timelines.rate import Rate
from engine.timelines.scatter import Scatter
from engine.timelines.tree import total
from engine.timelines.wall import HOUR, bin_width, stretches_between
from engine.timelines.window import Window
from engine.types import F64, I64

KINDS = ("spikes", "outages", "steps")


def compile_all(
    timelines: Mapping[str, Timeline],
    window: Window,
    *,
    seed: int,
    without: tuple[str, ...] = (),
    report: Callable[[SpecError, str], None],
) -> dict[str, Rate]:
    """The rate of every timeline but those that are `reported` wrong, and those made of them.

    The names of parts are known, and none is made of itself.
    """
    rates: dict[str, Rate] = {}
    for name in TopologicalSorter({name: parts_of(line) for name, line in timelines.items()}).static_order():
        line = timelines[name]
        try:
            if not parts_of(line):
                rates[name] = compile_timeline(without_events(line, name, without), window, seed=seed, name=name)
            elif all(part in rates for part in parts_of(line)):
                rates[name] = replace(_composed(line, rates), scatter=_scatter(line, window))
        except SpecError as error:
            report(error, name)
    return {name: rates[name] for name in timelines if name in rates}


def without_events(timeline: Timeline, name: str, left_out: tuple[str, ...]) -> Timeline:
    """A timeline without some of its events, which are named with its own name before theirs."""
    there = {k: {e: how for e, how in getattr(timeline, k).items() if f"{name}.{e}" not in left_out} for k in KINDS}
    return timeline.model_copy(update=there)


def parts_of(timeline: Timeline) -> tuple[str, ...]:
    """The timelines that it is made of; none for one with a rate of its own."""
    parts = timeline.sum or timeline.product
    return () if parts is None else parts.names


def leaves(timelines: Mapping[str, Timeline], name: str) -> tuple[str, ...]:
    """The timelines with a rate of their own that one is made of, each once."""
    found: dict[str, None] = {}
    ahead = [name]
    while ahead:
        here = ahead.pop()
        if here not in found and here in timelines:
            found[here] = None
            ahead.extend(reversed(parts_of(timelines[here])))
    return tuple(one for one in found if not parts_of(timelines[one]))


def mixed(parts: Parts, rates: Mapping[str, Rate]) -> Rate:
    """A rate of which each part has its share of the rows, whatever its own rate and events add up to."""
    return _added([rates[name] for name in parts.names], parts.shares, [total(rates[n].weights) for n in parts.names])


def _composed(timeline: Timeline, rates: Mapping[str, Rate]) -> Rate:
    if timeline.sum is not None:
        some = [rates[name] for name in timeline.sum.names]
        made = _added(some, timeline.sum.shares, [rate.ordinary for rate in some])
    else:
        assert timeline.product is not None
        made = _multiplied([rates[name] for name in timeline.product.names])
    require_rows(made.weights)
    return made


def _scatter(timeline: Timeline, window: Window) -> Scatter | None:
    parts = stretches_between(window.start, window.end, window.timezone)
    return timeline.counts.scatter(parts, bin_width(window.end - window.start))


def _added(rates: Sequence[Rate], shares: Sequence[float], units: Sequence[float]) -> Rate:
    """The sum of the weights in units of one each, times a share."""
    _require_chance(rates)
    edges = _union([rate.edges for rate in rates])
    weights = np.zeros(len(edges) - 1)
    with np.errstate(all="ignore"):  # what does not fit into a number is refused afterwards
        for rate, share, unit in zip(rates, shares, units, strict=True):
            weights += _on(edges, rate) * (share / np.float64(unit))
    return Rate(edges, weights)


def _multiplied(rates: Sequence[Rate]) -> Rate:
    """The product of the rates, each in units of its ordinary one."""
    _require_chance(rates)
    edges = _union([rate.edges for rate in rates])
    hours: F64 = np.diff(edges) / HOUR
    weights = hours.copy()
    with np.errstate(all="ignore"):
        for rate in rates:
            weights *= _on(edges, rate) / hours / np.float64(rate.ordinary)
    return Rate(edges, weights)


def _require_chance(rates: Sequence[Rate]) -> None:
    """A law of counts is about an entity's rows; of what is made of several, none could be kept."""
    if any(rate.scatter is not None for rate in rates):
        message = "a timeline whose `counts` are not poisson cannot be a part of what is made of several"
        raise wrong(Code.CONFLICT, message, hint="leave `counts` out of the parts")


def _union(edges: Sequence[I64]) -> I64:
    """Every edge of all, once; the array itself where all are the same."""
    if all(np.array_equal(edges[0], other) for other in edges[1:]):
        return edges[0]
    return np.unique(np.concatenate(edges))


def _on(edges: I64, rate: Rate) -> F64:
    """The weights of a rate on finer bins: a part of a bin has its share of the weight, as it is of the length."""
    if len(edges) == len(rate.edges):
        return rate.weights
    place = np.searchsorted(rate.edges, edges[:-1], side="right") - 1
    found: F64 = rate.weights[place] * (np.diff(edges) / np.diff(rate.edges)[place])
    return found
