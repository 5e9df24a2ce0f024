"""What the columns of the sampled rows hold: shares where there are few values, a histogram where numbers are many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.generators.instants import instants
from engine.preview.cells import texts
from engine.preview.model import ALL, OTHERWISE, Bar, Fact, Group, Period, Share
from engine.types import I64, Family, PgType

MOST_VALUES = 12
"""A column with more values than this has no shares."""
BARS = 24
_SHARED = (Family.INTEGER, Family.DECIMAL, Family.FLOAT, Family.BOOLEAN, Family.TEXT, Family.DATE)
_COUNTED = (Family.INTEGER, Family.DECIMAL, Family.FLOAT)


def shares_of(name: str, type_: PgType, values: pa.Array, groups: Mapping[str, I64]) -> list[Share]:
    """The share of each value in each group; none where there are many values or only one.

    `groups` are positions in `values`.
    """
    if type_.family not in _SHARED:
        return []
    coded = values.dictionary_encode(null_encoding="encode")
    known, codes = len(coded.dictionary), coded.indices.to_numpy(zero_copy_only=False)
    if not 1 < known <= MOST_VALUES or known * 3 > len(values):
        return []
    written = texts(coded.dictionary, type_, "UTC")
    counts = {group: np.bincount(codes[some], minlength=known) for group, some in groups.items() if len(some)}
    order = np.argsort(-counts[ALL], kind="stable").tolist()
    return [
        Share(name, group, written[i], float(found[i] / found.sum())) for group, found in counts.items() for i in order
    ]


def histogram_of(name: str, type_: PgType, values: pa.Array) -> list[Bar]:
    """Equal bars from the least number to the 99th percentile, the last one with all above; none for few values."""
    if type_.family not in _COUNTED:
        return []
    numbers = pc.drop_null(values).cast("float64", safe=False).to_numpy(zero_copy_only=False)
    numbers = numbers[np.isfinite(numbers)]
    if len(np.unique(numbers)) <= MOST_VALUES:
        return []
    low, high = float(numbers.min()), float(np.quantile(numbers, 0.99))
    if not low < high or not np.isfinite(high - low):
        return []
    counts, edges = np.histogram(np.minimum(numbers, high), bins=BARS, range=(low, high))
    return [
        Bar(name, float(edges[i]), float(edges[i + 1]), float(counts[i] / len(numbers))) for i in range(len(counts))
    ]


def periods_of(name: str, type_: PgType, values: pa.Array, timezone: str) -> list[Period]:
    """Equal parts of the time from the first moment to the last; none for few moments."""
    if type_.family not in (Family.TIMESTAMP, Family.DATE) or type_.array:
        return []
    moments = instants(pc.drop_null(values), timezone)
    if len(np.unique(moments)) <= MOST_VALUES:
        return []
    first, last = int(moments.min()), int(moments.max())
    cuts = [first + (last + 1 - first) * i // BARS for i in range(BARS + 1)]
    counts = np.diff(np.searchsorted(np.sort(moments), cuts)).tolist()
    return [Period(name, cuts[i], cuts[i + 1], counts[i] / len(moments)) for i in range(BARS)]


def fact_of(name: str, values: pa.Array) -> Fact:
    """How many of the sampled rows are null, and how many values differ (0 for types that cannot be told apart)."""
    nested = pa.types.is_nested(values.type)
    distinct = 0 if nested else pc.count_distinct(values, mode="only_valid").as_py()
    return Fact(name, len(values), values.null_count / max(len(values), 1), distinct)


def moved(shares: Sequence[Share], groups: Sequence[Group]) -> list[str]:
    """The columns whose shares differ inside an event from those outside all, the most changed first.

    Differs: by 5 points, and by four standard errors of what was sampled.
    """
    sampled = {group.name: group.sampled for group in groups}
    outside = {(s.column, s.value): s.share for s in shares if s.group == OTHERWISE}
    found: dict[str, float] = {}
    for share in shares:
        here = outside.get((share.column, share.value))
        if share.group == ALL or here is None:
            continue
        spread = here * (1 - here) / sampled[OTHERWISE] + share.share * (1 - share.share) / sampled[share.group]
        apart = abs(share.share - here)
        if apart > max(0.05, 4 * spread**0.5):
            found[share.column] = max(apart, found.get(share.column, 0.0))
    return sorted(found, key=lambda name: -found[name])
