"""Columns that are compared with each other: by a CHECK, or by what their names say."""

from __future__ import annotations

import operator
from dataclasses import replace

import pytest

from engine.catalog.model import Unique
from tests.drafts import drafted, rules
from tests.worlds import table

SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq}


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("kind", ["int2", "int8", "numeric(6,2)", "float8", "date", "timestamptz", "timestamp"])
def test_two_columns_keep_a_comparison(kind: str, sign: str):
    draft = drafted(rules(table("t", "id int8", f"a {kind}", f"b {kind}"), f"(a {sign} b)"))
    assert all(SIGNS[sign](row["a"], row["b"]) for row in draft.rows["t"])
    assert len({row["a"] for row in draft.rows["t"]}) > 10
    assert draft.broken == []


def test_a_comparison_keeps_the_bounds_of_both_columns():
    checks = ("(low < high)", "((low >= 10) AND (high <= 20))")
    draft = drafted(rules(table("t", "id int8", "low int4", "high int4"), *checks))
    assert all(10 <= row["low"] < row["high"] <= 20 for row in draft.rows["t"])


def test_columns_in_a_row_lie_one_above_the_other():
    draft = drafted(
        rules(table("t", "id int8", "a int4", "b int4", "c int4", "d int4"), "(a < b)", "(b < c)", "(a < d)")
    )
    assert all(row["a"] < row["b"] < row["c"] and row["a"] < row["d"] for row in draft.rows["t"])


def test_moments_in_a_row_follow_each_other():
    names = ("a_ts", "b_ts", "c_ts")
    world = table("t", "id int8", *(f"{name} timestamptz" for name in names))
    draft = drafted(rules(world, "(a_ts < b_ts)", "(b_ts < c_ts)", "(a_ts < c_ts)"))
    assert draft.columns("t")["c_ts"]["after"] == "b_ts"
    assert all(row["a_ts"] < row["b_ts"] < row["c_ts"] for row in draft.rows["t"])


def test_a_unique_pair_of_ends_keeps_both_the_key_and_the_order():
    world = rules(
        table("t", "id int8", "low int4", "high int4"), "(low < high)", uniques=(Unique("u", ("low", "high")),)
    )
    draft = drafted(world)
    assert all(row["low"] < row["high"] for row in draft.rows["t"])
    assert draft.broken == []


def test_nulls_of_compared_columns_stay_allowed():
    draft = drafted(rules(table("t", "id int8", "a int4 null", "b int4 null"), "(a < b)"))
    rows = draft.rows["t"]
    assert any(row["a"] is None for row in rows)
    assert all(row["a"] is None or row["b"] is None or row["a"] < row["b"] for row in rows)


def test_comparisons_that_contradict_each_other_make_no_crash():
    draft = drafted(rules(table("t", "id int8", "a int4", "b int4"), "(a < b)", "(b < a)"))
    assert len(draft.rows["t"]) == 100


def test_what_a_check_computes_is_computed():
    world = table("t", "id int8", "quantity int4", "price int4", "total int8")
    draft = drafted(rules(world, "(total = (quantity * price))"))
    assert "expr" in draft.columns("t")["total"]
    assert all(row["total"] == row["quantity"] * row["price"] for row in draft.rows["t"])


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("start_date", "end_date"),
        ("starts_at", "ends_at"),
        ("valid_from", "valid_to"),
        ("valid_from", "valid_until"),
        ("opened_at", "closed_at"),
        ("created", "modified"),
        ("order_date", "ship_date"),
        ("issued_on", "due_on"),
        ("first_seen", "last_seen"),
        ("Begin", "End"),
    ],
)
def test_names_say_which_moment_comes_first(first: str, then: str):
    draft = drafted(table("t", "id int8", f"{then} date null", f"{first} date"))
    assert draft.columns("t")[then]["after"] == first
    assert f"after {first}, by its name" in draft.text
    rows = draft.rows["t"]
    assert all(row[then] is None or row[first] <= row[then] for row in rows)
    assert any(row[then] is None for row in rows)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("start_date", "stop_date"),
        ("planned_start", "planned_stop"),
        ("date_opened", "date_posted"),
        ("opened_at", "closed_on"),
        ("valid_from", "valid_to"),
        ("check_in", "check_out"),
        ("checkInDate", "checkOutDate"),
        ("departure", "arrival"),
        ("scheduled_departure", "scheduled_arrival"),
        ("begin_shift", "end_shift"),
        ("startdate", "enddate"),
        ("rental_date", "return_date"),
        ("queued_dttm", "start_date"),
        ("hire_date", "termination_date"),
        ("effective_date", "expiration_date"),
        ("gueltig_von", "gueltig_bis"),
    ],
)
@pytest.mark.parametrize("kind", ["date", "timestamptz", "time"])
def test_beginnings_and_ends_are_in_order_whatever_they_are_called(first: str, then: str, kind: str):
    draft = drafted(table("t", "id int8", f"{then} {kind} null", f"{first} {kind} null"))
    pairs = [(row[first], row[then]) for row in draft.rows["t"] if row[first] is not None and row[then] is not None]
    assert len(pairs) > 2
    assert all(one <= two for one, two in pairs)


def test_who_stays_arrives_first_and_who_travels_departs_first():
    columns = ("id int8", "departure date", "arrival date")
    stays, trips = (drafted(table(name, *columns)).rows[name] for name in ("bookings", "flights"))
    assert all(row["arrival"] <= row["departure"] for row in stays)
    assert all(row["departure"] <= row["arrival"] for row in trips)


@pytest.mark.parametrize("checks", [(), ("(start_date < end_date)",)])
def test_an_end_that_is_never_null_has_no_beginning_in_some_rows(checks: tuple[str, ...]):
    draft = drafted(rules(table("t", "id int8", "start_date timestamptz null", "end_date timestamptz"), *checks))
    rows = draft.rows["t"]
    assert any(row["start_date"] is None for row in rows)
    assert all(row["start_date"] is None or row["start_date"] < row["end_date"] for row in rows)
    assert len({row["end_date"] for row in rows}) > 50
    assert draft.broken == []


def test_a_row_without_a_moment_of_its_own_is_updated_after_what_happened_to_it():
    draft = drafted(table("t", "id int8", *(f"{n} timestamptz null" for n in ("updated_at", "start_date", "end_date"))))
    rows = [row for row in draft.rows["t"] if None not in row.values()]
    assert len(rows) > 10
    assert all(row["start_date"] < row["end_date"] < row["updated_at"] for row in rows)


def test_what_runs_out_does_so_after_months():
    draft = drafted(table("t", "id int8", "created_at timestamptz", "expires_at timestamptz"))
    delays = [(row["expires_at"] - row["created_at"]).days for row in draft.rows["t"]]
    assert min(delays) >= 30
    assert max(delays) > 180


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("min_price", "max_price"),
        ("price_min", "price_max"),
        ("price_from", "price_to"),
        ("low", "high"),
        ("lower_bound", "upper_bound"),
        ("minAge", "maxAge"),
        ("start_page", "end_page"),
        ("year_from", "year_to"),
        ("min_quota", "max_quota"),
        ("port_range_min", "port_range_max"),
        ("min_lat", "max_lat"),
    ],
)
@pytest.mark.parametrize("kind", ["int2", "int8", "numeric(8,2)", "numeric", "float8"])
def test_names_say_which_number_is_less(low: str, high: str, kind: str):
    draft = drafted(table("t", "id int8", f"{high} {kind} null", f"{low} {kind}"))
    rows = draft.rows["t"]
    assert all(row[high] is None or row[low] <= row[high] for row in rows)
    assert any(row[high] is None for row in rows)
    assert len({row[low] for row in rows}) > 1


def test_ends_of_what_has_no_order_are_not_compared():
    columns = ("from_account int4", "to_account int4", "start_x int4", "end_x int4", "start_id int4", "end_id int4")
    draft = drafted(table("t", "id int8", *columns))
    assert "less than" not in draft.text
    assert any(row["start_x"] > row["end_x"] for row in draft.rows["t"])


def test_a_check_on_a_number_is_not_overruled_by_its_name():
    draft = drafted(rules(table("t", "id int8", "min_age int4", "max_age int4"), "(max_age <= 10)"))
    assert all(row["max_age"] <= 10 for row in draft.rows["t"])


def test_a_check_has_the_last_word_over_a_name():
    draft = drafted(rules(table("t", "id int8", "start_date date", "end_date date"), "(start_date > end_date)"))
    assert all(row["start_date"] > row["end_date"] for row in draft.rows["t"])


def test_moments_of_different_things_are_not_compared():
    world = table("t", "id int8", "bid_start date", "ask_end date")
    made = drafted(world).columns("t")
    assert "after" not in made["ask_end"]


def test_a_generated_column_is_never_written():
    world = rules(table("t", "id int8", "a int4", "b int4"), "(a < b)")
    columns = (*world.columns[:2], replace(world.columns[2], generated=True))
    draft = drafted(replace(world, columns=columns))
    assert "b" not in draft.columns("t")
