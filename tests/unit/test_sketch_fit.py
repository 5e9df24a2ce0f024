"""Guesses narrowed to what CHECKs allow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.catalog.model import Check
from engine.sketch.checks import read_table
from engine.sketch.fit import fit
from engine.sketch.guess import guess
from engine.sketch.made import Made
from engine.sketch.plain import plain
from tests.worlds import table

WINDOW = ("2025-01-01", "2026-01-01")


def fitted(column: str, check: str, of: str = "things") -> Made | None:
    """What a column is made by beside a CHECK, as PostgreSQL would print it."""
    world = table(of, "id int8", column)
    name = world.columns[-1].name
    world = replace(world, checks=(Check("c", check, (name,)),))
    facts = read_table(world)
    assert not facts.opaque, "the CHECK is not understood"
    wanted = guess(world, world.columns[-1]) or plain(world.columns[-1], WINDOW)
    return fit(world.columns[-1], wanted, facts.columns.get(name))


def said(column: str, check: str, of: str = "things") -> Any:
    made = fitted(column, check, of)
    return None if made is None else made.said


def test_a_law_that_keeps_the_check_stays_as_it_is() -> None:
    made = fitted("price numeric(10,2)", "(price >= (0)::numeric)")
    assert made is not None
    assert made.said == {"lognormal": {"median": 24, "sigma": 0.7}, "min": 0.99, "max": 900}
    assert made.why == "a price, by its name"


def test_a_law_is_cut_by_a_check() -> None:
    made = fitted("price numeric(10,2)", "((price > (5)::numeric) AND (price <= (100)::numeric))")
    assert made is not None
    assert made.said == {"lognormal": {"median": 24, "sigma": 0.7}, "min": 5.01, "max": 100}
    assert made.why == "a price, by its name, as its CHECK says"


def test_a_law_whose_middle_is_forbidden_gives_way_to_even_numbers() -> None:
    assert said("price numeric(10,2)", "((price >= (200)::numeric) AND (price <= (300)::numeric))") == {
        "uniform": {"min": 200, "max": 300}
    }
    assert said("n int4", "(n > 1000000)") == {"uniform": {"min": 1_000_001, "max": 2_000_002}}
    assert said("n int4", "(n < 0)") == {"uniform": {"min": -1001, "max": -1}}
    assert said("x float8", "((x > (0)::double precision) AND (x < (1)::double precision))") == {
        "uniform": {"min": 0.01, "max": 0.99},
        "round": 2,
    }


def test_numbers_that_must_not_be_are_left_out() -> None:
    assert said("n int4", "(n <> 1)") == {"uniform": {"min": 2, "max": 10_000}}
    assert said("rating int4", "((rating >= 3) AND (rating <= 5))") == {"choice": {5: 45, 4: 28, 3: 14}}


def test_a_list_of_values_is_a_choice_by_the_weights_that_are_known() -> None:
    check = "(status = ANY (ARRAY['active'::text, 'inactive'::text]))"
    assert said("status text", check) == {"choice": {"active": 78, "inactive": 9}}
    check = "(status = ANY (ARRAY['new'::text, 'old'::text]))"
    assert fitted("status text", check) == Made({"choice": ["new", "old"]}, "as its CHECK says", 2)
    assert said("n int4", "(n = ANY (ARRAY[1, 2, 3]))") == {"choice": [1, 2, 3]}
    assert said("n int4", "(n = 7)") == {"constant": 7}


def test_multiples_are_listed() -> None:
    assert said("n int4", "((n >= 0) AND (n <= 30) AND ((n % 10) = 0))") == {"choice": [0, 10, 20, 30]}
    assert said("n numeric(8,2)", "((n % 0.5) = (0)::numeric)")["choice"][:3] == [0, 0.5, 1]


def test_texts_that_surely_keep_the_check_stay() -> None:
    assert said("email text", "(email ~~ '%@%'::text)") == {"faker": "ascii_safe_email"}
    regex = "(email ~ '^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,}$'::text)"
    assert said("email text", regex) == {"faker": "ascii_safe_email"}
    assert said("name text", "(char_length(name) > 0)", "customers") == {"faker": "name"}
    assert said("name text", "(char_length(name) <= 100)", "customers") == {"faker": "name"}


def test_texts_in_capitals_are_made_in_capitals() -> None:
    made = said("city text", "(upper(city) = city)")
    assert len(made["choice"]) >= 20
    assert all(value == value.upper() for value in made["choice"])
    assert said("code varchar(10)", "((code)::text = lower((code)::text))") == {"pattern": "[a-z]{3}-[0-9]{5}"}


@pytest.mark.parametrize(
    ("column", "regex", "pattern"),
    [
        ("a text", "^[A-Z]{3}-\\d{4}$", "[A-Z]{3}-[0-9]{4}"),
        ("a text", "^[a-z_]+$", "[a-z]{3,9}"),
        ("a varchar(5)", "^[a-z_]+$", "[a-z]{3,5}"),
        ("a text", "^(foo|bar)[0-9]$", "(foo|bar)[0-9]"),
        ("a text", "^#[0-9a-fA-F]{6}$", "#[0-9a-f]{6}"),
        ("a text", "[0-9]", "[0-9]"),
        ("a text", "^[^\\s]+$", "[a-z]{3,9}"),
    ],
)
def test_a_regular_expression_becomes_a_pattern(column: str, regex: str, pattern: str) -> None:
    made = said(column, f"(a ~ '{regex}'::text)")
    assert made == {"pattern": pattern} or "faker" in made


def test_lengths_are_kept() -> None:
    assert said("pin text", "(char_length(pin) = 4)") == {"pattern": "[a-z]{4}"}
    made = said("name text", "(length(name) >= 300)")
    assert made == {"pattern": "[a-z]{300,308}"}
    assert said("note text", "((length(note) >= 2) AND (length(note) <= 3))") == {"pattern": "[a-z]{2,3}"}


def test_days_are_moved_into_their_bounds() -> None:
    assert said("d date", "(d >= '2030-01-01'::date)") == {"uniform": {"min": "2030-01-01", "max": "2030-12-31"}}
    assert said("d date", "(d < '2025-06-01'::date)") == {"uniform": {"min": "2025-01-01", "max": "2025-05-31"}}
    assert said("dob date", "(dob > '1900-01-01'::date)") == {"uniform": {"min": "1945-01-01", "max": "2006-12-31"}}
    first = said("d date", "(date_trunc('month'::text, (d)::timestamp without time zone) = d)")
    assert first["choice"] == [f"2025-{month:02}-01" for month in range(1, 13)]


def test_lengths_of_time_are_whole_minutes_or_hours_within_their_bounds() -> None:
    minutes = said("i interval", "((date_trunc('minute'::text, i) = i) AND (i <= '01:00:00'::interval))")
    assert minutes == {"choice": ["5m", "10m", "15m", "20m", "30m", "45m", "1h"]}
    hours = said("i interval", "((date_trunc('hour'::text, i) = i) AND (i > '10:30:00'::interval))")
    assert hours == {"choice": ["12h", "1d"]}


def test_moments_before_and_after_that_of_writing() -> None:
    """A draft's window ends on the day that it is written on: later moments are much later, earlier ones earlier."""
    later = said("d date", "(d > CURRENT_DATE)")["uniform"]
    assert later["min"] > "2030-01-01"
    earlier = said("d date", "(d <= (CURRENT_DATE - '18 years'::interval))")["uniform"]
    assert earlier["max"] < "2008-01-01"
    assert said("d date", "(d <= CURRENT_DATE)") == {"uniform": {"min": "2025-01-01", "max": "2025-12-31"}}


def test_a_number_behind_a_prefix_stays_where_it_is_sure() -> None:
    world = table("things", "code text")
    wanted = Made({"sequence": {"prefix": "thin-", "width": 6}}, "unique")
    for check, kept in (("(code ~ '^[a-z]+-[0-9]+$'::text)", True), ("(upper(code) = code)", False)):
        facts = read_table(replace(world, checks=(Check("c", check, ("code",)),))).columns["code"]
        found = fit(world.columns[0], wanted, facts)
        assert found is not None
        assert (found.said == wanted.said) is kept


def test_times_and_lengths_are_cut() -> None:
    assert said("t time", "(t >= '08:00:00'::time without time zone)") == {"uniform": {"min": "8h", "max": "1d"}}
    assert said("i interval", "(i > '00:00:00'::interval)")["lognormal"]["median"] == "2h"


def test_what_is_no_text_and_no_number() -> None:
    assert said("b bool", "b") == {"constant": True}
    assert said("j jsonb", "(j ? 'name'::text)") == {"arbitrary": {"shape": {"name": "word"}}}
    assert said("l int4[]", "(cardinality(l) > 0)") == {"arbitrary": {"items": {"min": 1, "max": 4}}}


def test_nulls_stay_beside_what_is_fitted() -> None:
    world = table("things", "n int4")
    facts = read_table(replace(world, checks=(Check("c", "(n > 5)", ("n",)),))).columns["n"]
    wanted = Made({"uniform": {"min": 1, "max": 10}, "null_fraction": 0.1}, "by its type", 10)
    found = fit(world.columns[0], wanted, facts)
    assert found is not None
    assert found.said == {"uniform": {"min": 6, "max": 10}, "null_fraction": 0.1}


def test_a_uuid_is_none_that_is_forbidden() -> None:
    assert said("code uuid", "(code <> '00000000-0000-0000-0000-000000000000'::uuid)") == {"uuid4": True}
