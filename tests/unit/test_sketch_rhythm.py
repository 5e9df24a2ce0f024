"""Timelines that are found again in the rows that they made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
import yaml

from engine.catalog.model import Column, Table
from engine.catalog.statistics import Statistics
from engine.pgtype import parse_type
from engine.sketch.rhythm import Rhythm, rhythm
from engine.sketch.rhythm_bounds import timeline_of
from engine.timelines.model import Timeline
from tests.worlds import catalog, plan_of, rows_of, table

THINGS = catalog(table("things", "id int8", "at timestamptz"))
NEW_YORK = "America/New_York"
HOUR = timedelta(hours=1)


def hours_by(timeline: Mapping[str, Any], rows: int, window: tuple[str, str], zone: str = NEW_YORK) -> Any:
    """Rows by the hour of an entity that follows the timeline."""
    story = {
        "scenario": "seen",
        "seed": 3,
        "timezone": zone,
        "window": {"start": window[0], "end": window[1]},
        "timelines": {"shop": dict(timeline)},
        "entities": {
            "things": {
                "table": "things",
                "count": rows,
                "moment": {"column": "at", "timeline": "shop"},
                "columns": {"id": {"sequence": 1}},
            }
        },
    }
    made = rows_of(plan_of(yaml.safe_dump(story), THINGS))["things"]["at"].cast("int64").to_numpy()
    hour, count = np.unique(made // 3_600_000_000, return_counts=True)
    start = datetime(1970, 1, 1, tzinfo=timezone.utc)
    return {start + int(h) * HOUR: float(c) for h, c in zip(hour, count, strict=True)}


def seen(timeline: Mapping[str, Any], rows: int, window: tuple[str, str], zone: str = NEW_YORK) -> dict[str, Any]:
    found = rhythm(hours_by(timeline, rows, window, zone), zone)
    assert found is not None
    Timeline.model_validate(found.timeline)  # the language takes it
    return found.timeline


AUTUMN = ("2025-10-01", "2025-12-15")


def test_a_day_a_week_and_a_trend_are_found_again() -> None:
    weekly = {"mon": 1.3, "tue": 1.1, "wed": 1, "thu": 1, "fri": 0.9, "sat": 0.5, "sun": 0.4}
    made = seen({"daily": "office", "weekly": weekly, "trend": {"per_week": 1.05}}, 100_000, AUTUMN)
    assert made["daily"] == "office"
    mean = sum(weekly.values()) / 7
    assert made["weekly"] == pytest.approx({day: w / mean for day, w in weekly.items()}, abs=0.04)
    assert made["trend"]["per_week"] == pytest.approx(1.05, abs=0.005)
    assert "spikes" not in made


def test_weights_of_ones_own_are_told_hour_by_hour() -> None:
    weights = [0.2] * 6 + [1.0] * 6 + [3.0] * 6 + [0.5] * 6
    made = seen({"daily": weights}, 100_000, AUTUMN)
    assert made["daily"] == pytest.approx([w / np.mean(weights) for w in weights], abs=0.1)
    assert "trend" not in made
    assert "weekly" not in made


def test_working_days_have_a_curve_of_their_own_where_it_differs() -> None:
    made = seen({"daily": {"weekdays": "office", "else": "web"}}, 200_000, AUTUMN)
    assert made["daily"] == {"weekdays": "office", "weekend": "web"}


def test_spikes_are_found_with_their_height_and_length() -> None:
    spikes = {
        "black_friday": {"on": "black_friday", "peak": 7.5, "rise": "8h", "hold": "14h", "decay": "10h"},
        "flash": {"on": "2025-10-22", "starts": "12h", "peak": 20, "hold": "2h", "decay": "2h"},
    }
    made = seen({"daily": "online_retail", "spikes": spikes}, 100_000, AUTUMN)["spikes"]
    assert sorted(made) == ["black_friday", "spike_2025_10_22"]
    friday, flash = made["black_friday"], made["spike_2025_10_22"]
    assert friday["on"] == "2025-11-28"
    assert friday["peak"] == pytest.approx(7.5, rel=0.15)
    assert sum(int(friday[k][:-1]) for k in ("rise", "hold", "decay")) == pytest.approx(32, abs=4)
    assert flash["on"] == "2025-10-22"
    assert flash["starts"] == "12h"
    assert flash["peak"] == pytest.approx(20, rel=0.2)


WEEKEND = {
    "thanksgiving": {"on": "thanksgiving", "starts": "8h", "peak": 1.9, "rise": "6h", "hold": "8h", "decay": "2h"},
    "black_friday": {"on": "black_friday", "peak": 5.0, "rise": "7h", "hold": "16h", "decay": "9h"},
    "weekend": {"on": "black_friday", "starts": "33h", "peak": 1.6, "rise": "2h", "hold": "36h", "decay": "4h"},
    "cyber_monday": {"on": "cyber_monday", "starts": "4h", "peak": 4.2, "rise": "5h", "hold": "14h", "decay": "5h"},
}


def test_spikes_that_follow_each_other_are_told_apart() -> None:
    made = seen({"daily": "online_retail", "spikes": WEEKEND}, 100_000, AUTUMN)["spikes"]
    assert made["black_friday"]["peak"] == pytest.approx(5, rel=0.1)
    assert made["cyber_monday"]["peak"] == pytest.approx(4.2, rel=0.1)
    assert made["thanksgiving"]["peak"] == pytest.approx(1.9, rel=0.1)
    assert any(one["on"] == "2025-11-29" and 1.4 < one["peak"] < 1.8 for one in made.values())


@pytest.mark.parametrize(("rows", "noise"), [(20_000, 0.08), (100_000, 0), (400_000, 0.08)])
def test_rows_that_follow_what_was_found_come_at_the_same_times(rows: int, noise: float) -> None:
    timeline = {"daily": "online_retail", "weekly": {"sat": 0.8}, "trend": {"per_week": 1.03}, "spikes": WEEKEND}
    first = hours_by({**timeline, "noise": noise}, rows, AUTUMN)
    found = rhythm(first, NEW_YORK)
    assert found is not None
    second = hours_by({**found.timeline, "noise": 0}, rows, AUTUMN)
    every = sorted({*first, *second})
    below = [np.cumsum([hours.get(hour, 0.0) for hour in every]) / rows for hours in (first, second)]
    assert np.abs(below[0] - below[1]).max() < 0.02


def test_few_rows_tell_of_days_alone() -> None:
    assert rhythm(hours_by({}, 100, AUTUMN), NEW_YORK) is None
    made = seen({"daily": "office"}, 1_000, AUTUMN)
    assert "daily" not in made
    made = seen({"spikes": {"sale": {"on": "2025-11-05", "peak": 9, "hold": "1d"}}}, 1_000, AUTUMN)
    assert list(made["spikes"]) == ["spike_2025_11_05"]


def test_nothing_stands_out_where_rows_come_evenly() -> None:
    made = seen({}, 50_000, AUTUMN)
    assert set(made) <= {"noise"}


def test_noise_is_told_and_is_no_spike() -> None:
    made = seen({"noise": 0.2}, 200_000, ("2025-01-01", "2026-01-01"))
    assert made["noise"] == pytest.approx(0.2, abs=0.05)
    assert "spikes" not in made


def test_spikes_outside_of_the_window_are_left_out() -> None:
    spikes = {
        "one": {"on": "2025-10-22", "peak": 9, "hold": "1d"},
        "two": {"on": "2025-11-20", "peak": 9, "hold": "1d"},
    }
    hours = hours_by({"spikes": spikes}, 20_000, AUTUMN)
    found = rhythm(hours, NEW_YORK, window=(date(2025, 11, 1), date(2025, 12, 1)))
    assert found is not None
    assert list(found.timeline["spikes"]) == ["spike_2025_11_20"]  # type: ignore[call-overload]


def test_a_few_rows_of_long_ago_do_not_stretch_the_time() -> None:
    hours = hours_by({"daily": "office"}, 20_000, AUTUMN)
    hours[datetime(1970, 1, 1, tzinfo=timezone.utc)] = 7
    hours[datetime(2999, 1, 1, tzinfo=timezone.utc)] = 3
    found = rhythm(hours, NEW_YORK)
    assert found is not None
    assert (found.first, found.last) == (date(2025, 10, 1), date(2025, 12, 14))


def test_a_change_of_clocks_moves_no_hour() -> None:
    """In New York clocks go back on 2 November: seen in UTC the curve would be smeared over two hours."""
    weights = [1.0] * 9 + [20.0] + [1.0] * 14
    made = seen({"daily": weights}, 60_000, AUTUMN)
    assert np.argmax(made["daily"]) == 9
    assert made["daily"][8] < 1.1 * made["daily"][3]


def bounded(hours: Mapping[datetime, float], parts: int = 100) -> Table:
    """A table whose timestamps have this histogram."""
    ordered = sorted(hours)
    grown = np.concatenate(([0.0], np.cumsum([hours[h] for h in ordered])))
    ends = np.array([h.timestamp() for h in ordered] + [(ordered[-1] + HOUR).timestamp()])
    at = np.interp(np.linspace(0, grown[-1], parts + 1), grown, ends)
    bounds = tuple(str(datetime.fromtimestamp(int(t), timezone.utc)) for t in at)
    column = Column("at", parse_type("timestamptz"), statistics=Statistics(0, -1, (), bounds))
    return Table("public", "things", (column,), estimated_rows=round(grown[-1]))


def by_bounds(timeline: Mapping[str, Any], window: tuple[str, str] = AUTUMN) -> Rhythm:
    made = bounded(hours_by(timeline, 50_000, window))
    found = timeline_of(made, made.columns[0], NEW_YORK)
    assert found is not None
    Timeline.model_validate(found.timeline)
    return found


def test_a_histogram_tells_of_growth_and_of_days_that_stand_out() -> None:
    assert (
        by_bounds({"daily": "office", "trend": {"per_week": 1.1}}).timeline
        == {"trend": {"per_week": pytest.approx(1.1, abs=0.02)}}
        or "weekly" in by_bounds({"daily": "office", "trend": {"per_week": 1.1}}).timeline
    )
    made = by_bounds({"spikes": {"sale": {"on": "2025-11-05", "peak": 12, "hold": "1d"}}}).timeline
    assert list(made["spikes"]) == ["spike_2025_11_05"]  # type: ignore[call-overload]
    assert "daily" not in made


def test_a_column_without_a_histogram_tells_nothing() -> None:
    column = Column("at", parse_type("timestamptz"))
    assert timeline_of(Table("public", "things", (column,)), column, "UTC") is None
    odd = replace(column, statistics=Statistics(0, -1, (), ("-infinity", "infinity")))
    assert timeline_of(Table("public", "things", (odd,)), odd, "UTC") is None
