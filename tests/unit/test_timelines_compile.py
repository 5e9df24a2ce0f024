"""A timeline as a table of bins: the shape is the one that was asked for, minute by minute."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from engine.timelines.hours import noise, slopes
from engine.timelines.profiles import DAILY
from engine.timelines.rate import Rate
from engine.types import F64
from tests.timelines import DAY, HOUR, MINUTE, NEW_YORK, lengths, local, micros, rate_of, window

NOVEMBER = window("2025-11-01", "2025-12-05")
SALE = {"on": "black_friday", "peak": 7.5, "rise": "8h", "hold": "14h", "decay": "10h"}


def rates(rate: Rate) -> F64:
    return rate.weights / lengths(rate)


def test_bins_are_minutes_that_fill_the_window():
    rate = rate_of(NOVEMBER)
    assert rate.edges[0] == NOVEMBER.start
    assert rate.edges[-1] == NOVEMBER.end
    assert set(lengths(rate).tolist()) == {MINUTE}


def test_every_bin_is_what_a_slow_loop_over_the_wall_clock_says():
    start, end = micros("2025-10-31 22:00:17"), micros("2025-11-03 01:30:00.5")
    span = type(NOVEMBER)(start, end, NEW_YORK)
    rate = rate_of(span, daily="online_retail", weekly={"sat": 0.5, "sun": 2.0}, trend={"per_day": 1.2})
    curve = np.array(DAILY["online_retail"]) / np.mean(DAILY["online_retail"])
    slope, weekly = slopes(curve), (1, 1, 1, 1, 1, 0.5, 2.0)
    middles = local((rate.edges[:-1] + rate.edges[1:]) // 2)
    expected = []
    for length, at in zip(lengths(rate), middles, strict=True):
        wall = at.replace(tzinfo=None)
        hours = (wall.replace(minute=0, second=0, microsecond=0) - middles[0].replace(tzinfo=None)) / timedelta(days=1)
        share = (wall.minute * 60 + wall.second + wall.microsecond / 1e6) / 3600 - 0.5
        expected.append(length * weekly[wall.weekday()] * (curve[wall.hour] + slope[wall.hour] * share) * 1.2**hours)
    np.testing.assert_allclose(rate.weights / rate.weights[0], np.array(expected) / expected[0], rtol=1e-5)


def test_the_hours_of_a_day_are_those_of_the_curve():
    span = window("2025-11-03", "2025-11-10")  # a week without a change of the clock
    rate = rate_of(span, daily="online_grocery")
    hours = np.array([at.hour for at in local(rate.edges[:-1])])
    shares = np.bincount(hours, rate.weights)
    np.testing.assert_allclose(shares / shares.sum(), np.array(DAILY["online_grocery"]) / sum(DAILY["online_grocery"]))


def test_straight_pieces_keep_the_mean_of_each_hour_and_never_go_below_nothing():
    for curve in map(np.array, DAILY.values()):
        assert (np.abs(slopes(curve)) / 2 <= curve + 1e-12).all()
        assert (np.abs(slopes(curve)) <= np.ptp(curve)).all()


def test_the_days_of_a_week_are_those_of_the_profile():
    rate = rate_of(window("2025-09-01", "2025-09-29"), weekly="store_grocery")
    days = np.array([at.weekday() for at in local(rate.edges[:-1])])
    shares = np.bincount(days, rate.weights)
    np.testing.assert_allclose(shares / shares[0], np.array([14.1, 13.4, 13.2, 13.4, 13.8, 15.9, 16.3]) / 14.1)


def test_a_trend_multiplies_the_rate_each_period():
    rate = rate_of(window("2025-01-01", "2025-03-01"), trend={"per_week": 1.5})
    week = 7 * 24 * 60
    np.testing.assert_allclose(rate.weights[week:] / rate.weights[:-week], 1.5, rtol=1e-9)


def test_a_steep_trend_over_ten_years_does_not_overflow():
    rate = rate_of(window("2020-01-01", "2030-01-01"), trend={"per_day": 1000})
    assert np.isfinite(rate.weights).all()
    assert rate.weights.any()


def test_a_day_of_23_or_25_hours_has_that_many():
    for start, end, hours in (("2025-03-09", "2025-03-10", 23), ("2025-11-02", "2025-11-03", 25)):
        rate = rate_of(window(start, end), daily="office")
        assert len(rate.weights) == hours * 60
        assert rate.edges[-1] - rate.edges[0] == hours * HOUR


def test_a_skipped_hour_has_no_bins_and_a_repeated_hour_has_two_of_each():
    spring = [at.hour for at in local(rate_of(window("2025-03-09", "2025-03-10")).edges[:-1])]
    autumn = [at.hour for at in local(rate_of(window("2025-11-02", "2025-11-03")).edges[:-1])]
    assert spring.count(2) == 0
    assert autumn.count(1) == 120


def test_the_hours_after_a_change_of_the_clock_keep_their_wall_time():
    rate = rate_of(window("2025-11-01", "2025-11-04"), daily="office")
    nine = {
        at.date(): w
        for at, w in zip(local(rate.edges[:-1]), rate.weights, strict=True)
        if (at.hour, at.minute) == (9, 0)
    }
    assert len(nine) == 3
    assert len(set(nine.values())) == 1


def test_an_offset_of_odd_seconds_still_gives_bins_on_the_wall_clocks_minutes():
    rate = rate_of(window("1883-11-18", "1883-11-19"))  # New York left local mean time, -4:56:02, on this day
    seconds = {at.second for at in local(rate.edges[1:-1])}
    assert seconds == {0}
    assert rate.edges[-1] - rate.edges[0] == DAY + (3 * 60 + 58) * 1_000_000


def test_a_spike_raises_only_its_own_bins():
    plain, raised = rate_of(NOVEMBER, daily="web"), rate_of(NOVEMBER, daily="web", spikes={"sale": SALE})
    ratio = raised.weights / plain.weights
    inside = (plain.edges[:-1] >= micros("2025-11-28")) & (plain.edges[:-1] < micros("2025-11-29 08:00"))
    assert (ratio[~inside] == 1).all()
    assert (ratio[inside] > 1).all()


def test_a_spike_rises_along_a_line_holds_its_peak_and_comes_back():
    plain, raised = rate_of(NOVEMBER), rate_of(NOVEMBER, spikes={"sale": SALE})

    def multiple(at: str) -> float:
        place = int(np.searchsorted(plain.edges, micros(at)))
        return float(raised.weights[place] / plain.weights[place])

    assert multiple("2025-11-28 04:00") == pytest.approx(1 + 6.5 / 2, abs=0.01)
    assert multiple("2025-11-28 08:00") == multiple("2025-11-28 21:59") == 7.5
    assert multiple("2025-11-29 05:30") == pytest.approx(1 + 6.5 / 4, abs=0.01)
    assert raised.spans["sale"] == ((micros("2025-11-28 08:00"), micros("2025-11-28 22:00")),)
    assert raised.ramps["sale"] == ((micros("2025-11-28"), micros("2025-11-29 08:00")),)


def test_a_ramp_holds_as_many_rows_as_the_triangle_under_it():
    rise = {"at": "2025-11-20 10:00:20", "peak": 3, "rise": "5m", "hold": "1us"}
    plain, raised = rate_of(NOVEMBER), rate_of(NOVEMBER, spikes={"x": rise})
    more = (raised.weights.sum() - plain.weights.sum()) / (plain.weights[0] / MINUTE)
    assert more == pytest.approx(2 * 5 * MINUTE / 2, rel=1e-6)


def test_a_step_of_122_times_begins_in_its_second():
    rate = rate_of(
        NOVEMBER, spikes={"flash": {"at": "2025-11-11 00:00:05", "peak": 122, "hold": "10s", "decay": "20m"}}
    )
    start = micros("2025-11-11 00:00:05")
    before, during = rate.at(np.array([start - 1, start]))
    assert during / before == pytest.approx(122)


def test_a_spike_starts_at_a_wall_time_on_a_day_with_a_change_of_the_clock():
    spike = {"on": "2025-11-02", "starts": "12h", "peak": 2, "hold": "1h"}
    assert rate_of(NOVEMBER, spikes={"x": spike}).spans["x"] == (
        (micros("2025-11-02 12:00"), micros("2025-11-02 13:00")),
    )


def test_spikes_that_overlap_multiply():
    spikes = {name: {"on": "2025-11-20", "peak": 2, "hold": "4h"} for name in "ab"}
    rate = rate_of(NOVEMBER, spikes=spikes)
    assert rates(rate).max() / rates(rate).min() == pytest.approx(4)


def test_a_named_day_comes_back_every_year():
    rate = rate_of(window("2023-01-01", "2026-01-01"), spikes={"sale": {"on": "black_friday", "peak": 5, "hold": "1d"}})
    starts = [start for start, _ in rate.spans["sale"]]
    assert starts == [micros("2023-11-24"), micros("2024-11-29"), micros("2025-11-28")]


def test_a_spike_that_began_before_the_window_still_decays_in_it():
    spike = {"on": "new_years_eve", "peak": 9, "hold": "1d", "decay": "4h"}
    rate = rate_of(window("2026-01-01", "2026-01-02"), spikes={"party": spike})
    assert rate.spans["party"] == ()
    assert rate.ramps["party"] == ((micros("2026-01-01"), micros("2026-01-01 04:00")),)
    assert rate.at(np.array([rate.edges[0]]))[0] > 3


def test_an_outage_is_exact_to_the_second():
    rate = rate_of(NOVEMBER, outages={"down": {"at": "2025-11-28 14:05:30", "for": "22m"}})
    start = micros("2025-11-28 14:05:30")
    assert rate.spans["down"] == ((start, start + 22 * MINUTE),)
    rates_there = rate.at(np.array([start - 1, start, start + 22 * MINUTE - 1, start + 22 * MINUTE]))
    assert ((rates_there > 0) == [True, False, False, True]).all()
    assert rate.weights.sum() * HOUR == pytest.approx((NOVEMBER.end - NOVEMBER.start - 22 * MINUTE) * 1.0)


def test_an_outage_may_drop_a_share():
    rate = rate_of(NOVEMBER, outages={"slow": {"on": "2025-11-20", "starts": "3h", "for": "2h", "drop": "40%"}})
    before, inside = rate.at(np.array([micros("2025-11-20 02:59"), micros("2025-11-20 03:00")]))
    assert inside / before == pytest.approx(0.6)


def test_noise_varies_by_as_much_as_it_says():
    rate = rate_of(window("2023-01-01", "2026-01-01", "UTC"), noise=0.2)
    hours = rate.weights.reshape(-1, 60).sum(axis=1)
    within = hours.reshape(-1, 24)
    assert np.std(hours) / np.mean(hours) == pytest.approx(
        np.sqrt(1.04**2 - 1), rel=0.05
    )  # a day's and an hour's factor
    assert np.mean(np.std(within, axis=1, ddof=1) / within.mean(axis=1)) == pytest.approx(0.2, rel=0.05)


def test_noise_has_mean_1_and_is_never_below_nothing():
    factors = noise(0.4, (np.arange(100_000) + 0.5) / 100_000)
    assert factors.mean() == pytest.approx(1, abs=1e-4)
    assert factors.std() == pytest.approx(0.4, abs=1e-3)
    assert factors.min() > 0


def test_noise_stays_where_it_is_when_the_window_grows():
    small = rate_of(window("2025-11-10 07:30", "2025-11-20"), noise=0.3, daily="web")
    large = rate_of(window("2024-02-01", "2026-01-01"), noise=0.3, daily="web")
    begin, end = np.searchsorted(large.edges, small.edges[[0, -1]])
    np.testing.assert_array_equal(small.weights, large.weights[begin:end])


def test_noise_is_another_for_another_seed_or_name():
    weights = [rate_of(NOVEMBER, seed, name, noise=0.3).weights for seed, name in ((1, "a"), (2, "a"), (1, "b"))]
    assert all(abs(np.corrcoef(weights[i], weights[j])[0, 1]) < 0.15 for i, j in ((0, 1), (0, 2), (1, 2)))


def test_the_mean_rate_is_1_and_the_peak_is_where_the_spike_is():
    rate = rate_of(NOVEMBER, daily="online_retail", spikes={"sale": SALE})
    middles = (rate.edges[:-1] + rate.edges[1:]) // 2
    assert np.average(rate.at(middles), weights=lengths(rate)) == pytest.approx(1)
    moment, multiple = rate.peak()
    assert micros("2025-11-28 19:00") <= moment < micros("2025-11-28 22:00")
    assert multiple == rate.at(middles).max()
    assert (rate.at(np.array([rate.edges[0] - 1, rate.edges[-1]])) == 0).all()


def test_the_rows_to_expect_between_two_moments_are_their_share():
    rate = rate_of(
        window("2025-11-03", "2025-11-05"), outages={"x": {"on": "2025-11-03", "starts": "12h", "for": "12h"}}
    )
    days = np.array([micros("2025-11-03"), micros("2025-11-04"), micros("2025-11-05")])
    np.testing.assert_allclose(rate.expected(300, days), [100, 200])


def test_a_very_long_window_has_coarser_bins_and_never_too_many():
    rate = rate_of(window("2000-01-01", "2025-01-01"), daily="web")
    assert max(set(lengths(rate).tolist())) == 3 * MINUTE
    assert len(rate.weights) < 6_000_000
    assert rate_of(window("2020-01-01", "2020-01-02")).edges[1] - micros("2020-01-01") == MINUTE
