"""What the plan knows of timelines by name: their rates, and how busy they are for expressions that ask."""

from __future__ import annotations

from engine.errors import Code, wrong
from engine.plan.draft import Draft, follows, listed, nearest
from engine.timelines.intensity import Intensity, intensity
from engine.timelines.rate import Rate


def rate_of(draft: Draft, timeline: str) -> Rate:
    """The rate of a timeline. Raises SpecError (UNKNOWN_TIMELINE)."""
    rate = draft.rates.get(timeline)
    if rate is not None:
        return rate
    known = list(draft.scenario.timelines)
    if timeline in known:
        raise follows()
    others = f"there are {listed(known)}" if known else "the spec has no timelines"
    near = nearest(timeline, known) or others
    raise wrong(Code.UNKNOWN_TIMELINE, f"no timeline is called '{timeline}'", hint=near)


def curve_of(draft: Draft, timeline: str) -> Intensity:
    """How busy a timeline is, in multiples of its mean with all events, so that without one the rest stays as it is.

    Raises SpecError (UNKNOWN_TIMELINE).
    """
    if timeline not in draft.curves:
        rate = rate_of(draft, timeline)
        draft.curves[timeline] = intensity(rate, draft.wholes.get(timeline, rate))
    return draft.curves[timeline]
