"""What texts look like that are all different: ABC-00123 is three capitals, a dash and five digits."""

from __future__ import annotations

from collections.abc import Sequence

from engine.generators.pattern_syntax import Node, One, Row, Times
from engine.sketch.shapes import CAPITALS, DIGITS, LETTERS, among, write

_FEWEST = 20
_KINDS = (DIGITS, CAPITALS, LETTERS)
_LONGEST = 12
"""More parts than these are no form, but prose."""

Run = tuple[str, int]
"""What a run of characters is of, and how long it is."""


def common_shape(texts: Sequence[str]) -> str | None:
    """The pattern that all of the texts match; None where they have no form in common, or are too few to tell."""
    runs = [_runs(text) for text in texts]
    kinds = {tuple(kind for kind, _ in run) for run in runs}
    if len(texts) < _FEWEST or len(kinds) != 1 or not 0 < len(runs[0]) <= _LONGEST:
        return None
    parts: list[Node] = []
    for number, (kind, _) in enumerate(runs[0]):
        sizes = [run[number][1] for run in runs]
        one = among(kind) if kind in _KINDS else One(kind)
        parts.append(Times(one, min(sizes), max(sizes)))
    return write(Row(tuple(parts)))


def _runs(text: str) -> list[Run]:
    """Digits, capitals and small letters by runs, all else as it is."""
    found: list[Run] = []
    for letter in text:
        kind = next((kind for kind in _KINDS if letter in kind), letter)
        if found and found[-1][0] == kind:
            found[-1] = kind, found[-1][1] + 1
        else:
            found.append((kind, 1))
    return found
