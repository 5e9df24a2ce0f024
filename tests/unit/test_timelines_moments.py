"""The moment of any row, against slow twins that count; the pitfalls that others fell into."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from engine.errors import Code, SpecError
from engine.stream import stream_key, uniform
from engine.timelines.moments import Moments, moments
from engine.timelines.rate import Rate
from engine.timelines.search import last_at_most
from engine.types import I64
from tests.timelines import DAY, HOUR, MINUTE, local, micros, rate_of, window

KEY = stream_key(1, "orders", "placed_at")
DOWN = {"at": "2025-11-28 14:05:30", "for": "22m"}
SALE = {"on": "black_friday", "peak": 7.5, "rise": "8h", "hold": "14h", "decay": "10h"}
EVENTS = {"spikes": {"sale": SALE}, "outages": {"down": DOWN}}
MONTH = rate_of(window("2025-11-01", "2025-12-05"), daily="online_retail", noise=0.1, **EVENTS)


def every(placed: Moments) -> I64:
    return placed.at(np.arange(placed.count))


def slow_at(placed: Moments, row: int) -> int:
    """The moment of a row in whole numbers of any size."""
    place = max(b for b in range(len(placed.offsets) - 1) if placed.offsets[b] <= row)
    before, start = int(placed.offsets[place]), int(placed.edges[place])
    rows, length = int(placed.offsets[place + 1]) - before, int(placed.edges[place + 1]) - start
    first, last = (row - before) * length // rows, (row - before + 1) * length // rows
    return start + first + int(float(uniform(placed.key, np.array([row], np.uint64))[0]) * (last - first))


def test_rows_are_sorted_and_inside_the_half_open_window():
    at = every(moments(MONTH, 300_000, KEY))
    assert (np.diff(at) >= 0).all()
    assert at[0] >= MONTH.edges[0]
    assert at[-1] < MONTH.edges[-1]


def test_every_row_is_in_its_bin():
    placed = moments(MONTH, 300_000, KEY)
    counts = np.histogram(every(placed), placed.edges)[0]
    assert (counts[:-1] == np.diff(placed.offsets)[:-1]).all()  # numpy's last bin is closed


def test_the_moment_of_a_row_is_the_slow_twins():
    placed = moments(rate_of(window("2025-11-01", "2025-11-02")), 5000, KEY)
    rows = np.arange(0, 5000, 83)
    assert placed.at(rows).tolist() == [slow_at(placed, row) for row in rows.tolist()]


def test_who_is_born_is_counted():
    placed = moments(MONTH, 20_000, KEY)
    at = every(placed)
    probes = np.concatenate([at, at - 1, at + 1, placed.edges[::97], [placed.edges[0] - 1, placed.edges[-1], 0, 2**62]])
    assert (placed.born(probes) == np.searchsorted(at, probes, side="right")).all()


def test_a_row_is_found_alone_in_any_order_and_in_the_whole():
    placed = moments(MONTH, 200_000, KEY)
    at = every(placed)
    shuffled = np.argsort(uniform(KEY, np.arange(placed.count, dtype=np.uint64)))
    sparse = np.arange(5, placed.count, 1777)
    alone = [int(placed.at(np.array([row]))[0]) for row in sparse[:50]]
    assert (placed.at(shuffled) == at[shuffled]).all()
    assert (placed.at(sparse) == at[sparse]).all()
    assert (placed.at(np.repeat(sparse, 3)) == np.repeat(at[sparse], 3)).all()
    assert alone == at[sparse[:50]].tolist()


def test_moments_survive_the_way_to_another_process():
    placed = moments(MONTH, 1000, KEY)
    assert (every(pickle.loads(pickle.dumps(placed))) == every(placed)).all()


def test_no_rows_are_no_rows():
    placed = moments(MONTH, 0, KEY)
    assert placed.at(np.array([], np.int64)).tolist() == []
    assert placed.born(np.array([0, MONTH.edges[5], 2**62])).tolist() == [0, 0, 0]


def test_an_outage_that_drops_everything_has_no_rows():
    at = every(moments(MONTH, 1_000_000, KEY))
    start = micros("2025-11-28 14:05:30")
    assert not ((at >= start) & (at < start + 22 * MINUTE)).any()
    assert ((at >= start - 30_000_000) & (at < start)).any()
    assert ((at >= start + 22 * MINUTE) & (at < start + 23 * MINUTE)).any()


def test_a_search_never_answers_with_an_empty_bin():
    edges, offsets = np.arange(7) * MINUTE, np.array([0, 0, 5, 5, 5, 9, 9])
    at = every(Moments(edges, offsets, KEY))
    assert ((at[:5] >= MINUTE) & (at[:5] < 2 * MINUTE)).all()
    assert ((at[5:] >= 4 * MINUTE) & (at[5:] < 5 * MINUTE)).all()


def test_moments_are_exact_to_the_microsecond_however_late():
    year_9000 = 220_000_000_000_000_000  # as a double it would be off by 16 microseconds
    edges, offsets = year_9000 + np.array([0, 1, 2, 3]), np.array([0, 2, 2, 7])
    assert every(Moments(edges, offsets, KEY)).tolist() == [year_9000] * 2 + [year_9000 + 2] * 5


def test_more_rows_than_microseconds_are_spread_over_all_of_them():
    placed = Moments(np.array([0, 1000]), np.array([0, 10**9]), KEY)
    rows = np.arange(0, 10**9, 9973)
    at = placed.at(rows)
    assert (at == rows // 10**6).all()
    assert (placed.born(np.arange(-1, 1001)) == np.clip(np.arange(0, 1002) * 10**6, 0, 10**9)).all()


def test_a_trillion_rows_are_placed_and_counted():
    placed = moments(MONTH, 10**12, KEY)
    rows = np.linspace(0, 10**12 - 1, 5003).astype(np.int64)
    at = placed.at(rows)
    born = placed.born(at)
    assert (np.diff(at) >= 0).all()
    assert (born > rows).all()
    assert (placed.at(born - 1) == at).all()
    inside = born < placed.count
    assert (placed.at(born[inside]) > at[inside]).all()


def test_more_rows_in_a_bin_than_can_be_told_apart_are_refused():
    rate = Rate(np.array([0, HOUR]), np.array([1.0]))
    assert moments(rate, 10**9, KEY).count == 10**9
    with pytest.raises(SpecError) as caught:
        moments(rate, 10**12, KEY)
    assert [d.code for d in caught.value.diagnostics] == [Code.INFEASIBLE]


def test_the_hours_of_rows_follow_the_curve():
    span = window("2025-11-03", "2025-11-10")
    rate = rate_of(span, daily="online_grocery")
    at = every(moments(rate, 200_000, KEY))
    found = np.bincount((at - span.start) // HOUR % 24, minlength=24)
    expected = rate.expected(200_000, span.start + np.arange(7 * 24 + 1) * HOUR).reshape(7, 24).sum(axis=0)
    assert ((found - expected) ** 2 / expected).sum() / 23 == pytest.approx(1, abs=1.2)


def test_the_days_of_rows_are_no_more_regular_than_chance():
    rate = rate_of(window("2024-01-01", "2025-01-01", "UTC"))
    found = np.bincount((every(moments(rate, 500_000, KEY)) - rate.edges[0]) // DAY)
    chi2 = ((found - 500_000 / 366) ** 2 / (500_000 / 366)).sum() / 365
    assert chi2 == pytest.approx(1, abs=0.3)


def test_rows_in_a_repeated_hour_are_twice_those_of_its_neighbours():
    rate = rate_of(window("2025-11-02", "2025-11-03"))
    hours = np.array([at.hour for at in local(every(moments(rate, 5000, KEY)))])
    counts = np.bincount(hours, minlength=24)
    assert counts[1] / np.median(counts) == pytest.approx(2, rel=0.2)


def test_no_row_has_a_wall_time_that_does_not_exist():
    rate = rate_of(window("2025-03-09", "2025-03-10"))
    assert not [at for at in local(every(moments(rate, 5000, KEY))) if at.hour == 2]


def test_midnight_belongs_to_the_day_that_begins():
    rate = rate_of(window("2025-11-03", "2025-11-05", "UTC"))
    placed = moments(rate, 2_000_000, KEY)
    midnight = micros("2025-11-04", "UTC")
    first = int(placed.offsets[1440])
    assert placed.at(np.array([first - 1, first])).tolist() < [midnight, midnight + DAY]
    assert placed.born(np.array([midnight - 1]))[0] == first


@pytest.mark.parametrize("size", [1, 2, 1023, 1024, 1025, 5000])
def test_a_search_in_two_steps_is_a_search(size: int):
    table = np.sort((uniform(KEY, np.arange(size, dtype=np.uint64)) * size).astype(np.int64))
    table[0], end = 0, int(table[-1]) + 3
    table = np.append(table, end)
    values = (uniform(KEY.child("v"), np.arange(4000, dtype=np.uint64)) * end).astype(np.int64)
    expected = np.searchsorted(table, values, side="right") - 1
    assert (last_at_most(table, values) == expected).all()
    assert (last_at_most(table, np.sort(values)) == np.sort(expected)).all()
    assert (last_at_most(table, np.sort(values)[::500]) == np.sort(expected)[::500]).all()


def test_a_search_in_a_table_beyond_the_cache_is_a_search():
    table = np.arange(3_000_000) * 3
    values = np.arange(2000) * 4111
    assert (last_at_most(table, values) == values // 3).all()
    assert (last_at_most(table, values[::-1]) == values[::-1] // 3).all()
