"""The hint of a mistyped name: the nearest one that is known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str]) -> str | None:
    """``did you mean 'count'?`` where some known name is like this one, else None."""
    folded = {candidate.lower(): candidate for candidate in known}
    matches = get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
    return f"did you mean '{folded[matches[0]]}'?" if matches else None


def nearest_or_all(name: str, known: Iterable[str], *, nothing: str) -> str:
    """The nearest name, else the list of the first ones, else what to do where there are none."""
    names = tuple(known)
    listed = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return nearest(name, names) or (f"there are: {listed}" if names else nothing)
