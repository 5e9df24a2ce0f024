"""A moment that follows another: delays, nulls, zones, dates and what is refused."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import numpy as np
import pyarrow as pa
import pytest
from pydantic import TypeAdapter, ValidationError

from engine.errors import Code, GenerateError, SpecError
from engine.generators import AnyGenerator
from engine.generators.after import After
from engine.generators.base import Window
from engine.timelines.clock import clock
from engine.types import DATE, DAY, INT8, TEXT, TIMESTAMP, TIMESTAMPTZ, PgType, value_type
from tests.rows import YEAR, FakeRows, FakeScope, context
from tests.timelines import HOUR, NEW_YORK, local, micros

READER: TypeAdapter[After] = TypeAdapter(AnyGenerator)
COUNT = 20_000
ZONES = (NEW_YORK, "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/Recife", "UTC")
APPROVAL = {"lognormal": {"median": "4m", "sigma": 1}, "max": "3d"}


def after(by: object, path: str = "placed_at") -> After:
    return READER.validate_python({"after": path, "by": by})


def rows_at(values: object, pg: PgType = TIMESTAMPTZ) -> FakeRows:
    column = pa.array(values, value_type(pg))
    return FakeRows.of(len(column), placed_at=column)


def made(
    by: object, rows: FakeRows, base: PgType = TIMESTAMPTZ, wanted: PgType = TIMESTAMPTZ, zone: str = "UTC"
) -> pa.Array:
    scope = FakeScope(types={("placed_at",): base})
    span = Window(YEAR.start, YEAR.end, zone)
    return after(by).compile(context(wanted, scope=scope, window=span)).values(rows)


def refused(
    by: object, base: PgType = TIMESTAMPTZ, wanted: PgType = TIMESTAMPTZ, **more: object
) -> tuple[Code, tuple[object, ...]]:
    with pytest.raises(SpecError) as caught:
        after(by).compile(context(wanted, scope=FakeScope(types={("placed_at",): base}), **more))
    (found,) = caught.value.diagnostics
    return found.code, found.path


def test_a_fixed_delay_is_added():
    base = datetime(2025, 3, 1, 12, tzinfo=timezone.utc)
    assert made("3d", rows_at([base])).to_pylist() == [base + timedelta(days=3)]
    assert made("-10m", rows_at([base])).to_pylist() == [base - timedelta(minutes=10)]


def test_a_drawn_delay_has_its_law_and_stays_within_its_bounds():
    rows = rows_at(np.arange(COUNT) * HOUR)
    delay = np.asarray(made(APPROVAL, rows).cast(pa.int64())) - np.arange(COUNT) * HOUR
    assert np.median(delay) == pytest.approx(240e6, rel=0.03)
    assert np.std(np.log(delay / 240e6)) == pytest.approx(1, rel=0.03)
    assert delay.min() >= 0
    assert delay.max() <= 3 * DAY


def test_null_stays_null_and_moves_no_other_row():
    base = [datetime(2025, 3, 1, tzinfo=timezone.utc)] * 6
    holes = [value if place % 2 else None for place, value in enumerate(base)]
    whole, found = made(APPROVAL, rows_at(base)).to_pylist(), made(APPROVAL, rows_at(holes)).to_pylist()
    assert found == [value if place % 2 else None for place, value in enumerate(whole)]


def test_a_sliced_column_is_read_from_its_own_beginning():
    column = pa.array([None, 1, 2, None, 5], pa.int64()).view(value_type(TIMESTAMPTZ)).slice(2)
    assert made("1s", rows_at(column)).cast(pa.int64()).to_pylist() == [1_000_002, None, 1_000_005]


def test_a_delay_depends_on_the_row_alone():
    rows = rows_at(np.arange(100) * HOUR)
    whole = made(APPROVAL, rows)
    some = np.array([93, 4, 55])
    assert made(APPROVAL, rows.subset(some)).equals(whole.take(pa.array(some)))


def test_a_date_may_follow_a_moment_by_the_scenarios_clock():
    late = rows_at([micros("2025-07-04 23:30"), micros("2025-01-10 23:30")])
    assert made("0s", late, wanted=DATE, zone=NEW_YORK).to_pylist() == [date(2025, 7, 4), date(2025, 1, 10)]
    assert made("0s", late, wanted=DATE).to_pylist() == [date(2025, 7, 5), date(2025, 1, 11)]


def test_a_moment_may_follow_a_date_by_the_scenarios_clock():
    found = made("9h", rows_at([date(2025, 7, 4), date(2025, 1, 10)], DATE), base=DATE, zone=NEW_YORK)
    assert found.cast(pa.int64()).to_pylist() == [micros("2025-07-04 09:00"), micros("2025-01-10 09:00")]


def test_dates_before_1970_are_rounded_to_the_day_they_are_in():
    assert made("36h", rows_at([date(1950, 2, 28)], DATE), base=DATE, wanted=DATE).to_pylist() == [date(1950, 3, 1)]
    assert made("-1h", rows_at([date(1950, 2, 28)], DATE), base=DATE, wanted=DATE).to_pylist() == [date(1950, 2, 27)]


def test_a_timestamp_without_zone_shows_the_clock_on_the_wall():
    found = made("1h", rows_at([micros("2025-03-09 01:30")]), wanted=TIMESTAMP, zone=NEW_YORK).to_pylist()
    assert found == [datetime(2025, 3, 9, 3, 30)]  # an hour that the clock skips


@pytest.mark.parametrize("zone", ZONES)
def test_the_clock_shows_what_the_zone_says(zone: str):
    instants = np.linspace(micros("1901-01-01"), micros("2099-12-31"), 4001).astype(np.int64)
    walls = clock(zone).wall(instants)
    expected = [at.replace(tzinfo=timezone.utc) for at in local(instants, zone)]
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    assert [epoch + timedelta(microseconds=int(wall)) for wall in walls] == expected


@pytest.mark.parametrize("zone", [NEW_YORK, "Europe/Berlin", "Australia/Lord_Howe"])
def test_the_instant_of_a_wall_time_is_the_one_that_pep_495_names(zone: str):
    walls = np.arange(micros("2025-01-01", "UTC"), micros("2026-01-01", "UTC"), HOUR // 4)
    texts = [datetime(1970, 1, 1) + timedelta(microseconds=int(wall)) for wall in walls]
    assert clock(zone).instant(walls).tolist() == [micros(str(text), zone) for text in texts]


def test_the_bounds_of_the_delay_are_known_to_the_plan():
    assert after("3d").delay_bounds(YEAR) == (3 * DAY, 3 * DAY)
    assert after(APPROVAL).delay_bounds(YEAR) == (0, 3 * DAY)
    assert after({"lognormal": {"median": "4m", "sigma": 1}}).delay_bounds(YEAR) == (0, None)
    assert after({"uniform": {"min": "-1h", "max": "2h"}}).delay_bounds(YEAR) == (-HOUR, 2 * HOUR)


def test_it_reads_the_path_that_it_follows_and_has_its_type():
    scope = FakeScope(types={("order_id", "day"): DATE})
    generator = after("1d", "order_id.day")
    assert generator.reads() == (("order_id", "day"),)
    assert generator.result(scope) == DATE


def test_what_makes_no_sense_is_refused_where_it_stands():
    assert refused("1d", base=INT8) == (Code.WRONG_KIND, ("after",))
    assert refused("1d", wanted=TEXT) == (Code.WRONG_KIND, ("after",))
    assert refused({"normal": {"mean": 5, "sd": 1}}) == (Code.WRONG_KIND, ("by", "normal"))
    assert refused({"normal": {"mean": "5h", "sd": "1h"}}) == (Code.OUT_OF_RANGE, ("by", "normal"))
    assert refused({"uniform": {"min": "5h", "max": "9h"}, "round": 1}) == (Code.CONFLICT, ("by", "round"))
    assert refused("1d", unique=True) == (Code.NOT_UNIQUE, ("unique",))


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(SpecError) as caught:
        after("1d", "placed").compile(context(TIMESTAMPTZ, scope=FakeScope(types={("placed_at",): TIMESTAMPTZ})))
    (found,) = caught.value.diagnostics
    assert (found.code, found.path, found.hint) == (Code.UNKNOWN_COLUMN, ("after",), "did you mean 'placed_at'?")


@pytest.mark.parametrize("by", ["soon", 5, None])
def test_a_delay_that_cannot_be_read_is_refused(by: object):
    with pytest.raises(ValidationError):
        after(by)


def test_a_negative_delay_may_be_asked_for():
    by = {"normal": {"mean": "0s", "sd": "1h"}, "min": "-2h", "max": "2h"}
    delay = np.asarray(made(by, rows_at(np.zeros(COUNT, np.int64))).cast(pa.int64()))
    assert delay.min() < 0 < delay.max()
    assert np.abs(delay).max() <= 2 * HOUR


def test_a_moment_that_no_calendar_has_fails_the_run_with_a_hint():
    with pytest.raises(GenerateError, match="max"):
        made({"pareto": {"scale": "1d", "alpha": 0.05}}, rows_at(np.zeros(COUNT, np.int64)))


def test_a_date_beyond_what_microseconds_reach_fails_the_run():
    last = pa.array([2**31 - 5], pa.int32()).view(pa.date32())
    with pytest.raises(GenerateError, match=r"things\.value"):
        made("10d", rows_at(last, DATE), base=DATE, wanted=DATE)


def test_a_moment_that_does_not_fit_its_column_fails_the_run():
    early = rows_at([-(2**62)])
    with pytest.raises(GenerateError, match="does not fit timestamptz"):
        made("-1d", early)
