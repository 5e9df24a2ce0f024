"""Pools made by Faker: the same on every day and machine, of the column's type, unique where asked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from engine.errors import SpecError
from engine.generators.faker import Faker
from engine.generators.fakers import PROVIDER_OF, locales, make_pool
from engine.types import BOOL, FLOAT8, INT2, INT4, TEXT, PgType, numeric, value_type
from tests.rows import FakeRows, context

LOCALES = ("en_US", "ru_RU")


def values(kind: PgType = TEXT, size: int = 2_000, *, unique: bool = False, count: int | None = 2_000, **column: Any):
    kernel = Faker(**column).compile(context(kind, unique=unique, count=count))
    return kernel.values(FakeRows.of(size))


POOLS = """
import datetime, sys, time
if sys.argv[1] == "moved":
    ahead = 1234.5 * 86400
    true = time.time
    time.time = lambda: true() + ahead
    class Moved(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return super().now(tz) + datetime.timedelta(seconds=ahead)
        @classmethod
        def today(cls):
            return cls.now()
    class Day(datetime.date):
        @classmethod
        def today(cls):
            return cls(*Moved.now().timetuple()[:3])
    datetime.datetime, datetime.date = Moved, Day
from engine.generators.fakers import PROVIDER_OF, make_pool
for locale in sys.argv[2:]:
    for name in PROVIDER_OF:
        try:
            print(locale, name, make_pool(name, locale, 6, 7))
        except LookupError:
            print(locale, name, "none")
"""


def pools(clock: str, **environment: str) -> subprocess.Popen[str]:
    """A process that prints every pool."""
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", POOLS, clock, *LOCALES],
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )


def test_pools_depend_on_no_clock_hash_seed_time_zone_or_locale_of_the_machine():
    here = pools("true", PYTHONHASHSEED="1", LANG="C.UTF-8", TZ="UTC")
    there = pools("moved", PYTHONHASHSEED="2", LANG="tr_TR.UTF-8", TZ="Asia/Tokyo")
    ours, theirs = (process.communicate()[0].splitlines() for process in (here, there))
    assert [here.returncode, there.returncode] == [0, 0]
    assert len(ours) == len(LOCALES) * len(PROVIDER_OF)
    assert ours == theirs


def test_pools_differ_between_columns_but_not_between_runs():
    assert make_pool("first_name", "en_US", 50, 1) == make_pool("first_name", "en_US", 50, 1)
    assert make_pool("first_name", "en_US", 50, 1) != make_pool("first_name", "en_US", 50, 2)


def test_every_locale_has_names():
    assert len(locales()) > 70
    for locale in locales():
        assert len(make_pool("first_name", locale, 20, 1)) > 1


def test_every_value_of_a_pool_is_drawn_about_as_often():
    drawn = Counter(values(faker="first_name", pool=20, size=20_000).to_pylist())
    assert max(drawn.values()) < 1.25 * min(drawn.values())


def test_rows_are_the_same_whatever_comes_before_them():
    kernel = Faker(faker="city").compile(context(TEXT))
    rows = FakeRows.of(100)
    assert kernel.values(rows.subset(rows.index[40:60])).equals(kernel.values(rows)[40:60])


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("pyint", INT2), ("port_number", INT4), ("latitude", numeric(9, 6)), ("longitude", FLOAT8), ("boolean", BOOL),
        ("country_code", PgType("bpchar", length=2)), ("company", PgType("varchar", length=12)),
        ("ipv4", PgType("inet")), ("postcode", INT4),
    ],
)  # fmt: skip
def test_values_have_the_columns_type(name: str, kind: PgType):
    made = values(kind, faker=name, size=50)
    assert made.type == value_type(kind)
    assert made.null_count == 0
    if kind.length is not None:
        assert all(len(text) <= kind.length for text in made.to_pylist())


def test_a_hidden_column_has_the_type_of_its_values():
    scope: Any = None
    assert Faker(faker="pyint").result(scope) == INT4
    assert Faker(faker="latitude").result(scope) == numeric(10, 7)
    assert Faker(faker="city").result(scope) == TEXT
    assert values(Faker(faker="longitude").result(scope), faker="longitude").null_count == 0


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ({"faker": "fist_name"}, "did you mean first_name?"),
        ({"faker": "date_of_birth"}, "its values move with the day"),
        ({"faker": "past_date"}, "its values move with the day"),
        ({"faker": "user_agent"}, "its values move with the day"),
        ({"faker": "uuid4"}, "write {uuid4: true}"),
        ({"faker": "binary"}, "is not on the list"),
        ({"faker": "pyobject"}, "is not on the list"),
        ({"faker": "json"}, "is not on the list"),
        ({"faker": "add_provider"}, "is not on the list"),
        ({"faker": "__class__"}, "is not on the list"),
        ({"faker": "seed_instance"}, "is not on the list"),
        ({"faker": "first_name", "locale": "de_DD"}, "did you mean de_DE?"),
        ({"faker": "first_name", "locale": "../../etc"}, "is not a locale"),
        ({"faker": "phone_number", "locale": "en_PH"}, "Faker has no 'phone_number' for the locale en_PH"),
        ({"faker": "city", "locale": "it_IT"}, "Faker has no 'city' for the locale it_IT"),
    ],
)
def test_names_and_locales_that_cannot_be_had_are_refused_with_a_hint(column: dict[str, str], said: str):
    with pytest.raises(SpecError) as refused:
        values(**column)
    assert said in str(refused.value)


def test_a_type_that_none_of_the_values_has_is_refused():
    with pytest.raises(SpecError, match="R008 none of Faker's 'first_name'"):
        values(INT4, faker="first_name")


def test_unique_values_are_dealt_round_by_round():
    made = values(faker="first_name", unique=True, size=2_000).to_pylist()
    plain = [text for text in made if "-" not in text]
    assert len(set(made)) == 2_000
    assert made[: len(plain)] == plain
    assert made[len(plain)] == f"{made[0]}-2"


def test_a_unique_address_is_marked_before_its_at_sign():
    made = values(faker="email", pool=100, unique=True, count=300, size=300).to_pylist()
    assert len(set(made)) == 300
    first, second = made[0].split("@")
    assert f"{first}.2@{second}" in made


def test_more_rows_keep_the_unique_values_of_the_first():
    few = values(faker="first_name", unique=True, count=100, size=100)
    assert few.equals(values(faker="first_name", unique=True, count=2_000)[:100])


def test_unique_values_keep_within_their_column():
    made = values(PgType("varchar", length=8), faker="first_name", unique=True).to_pylist()
    assert len(set(made)) == 2_000
    assert max(map(len, made)) <= 8


def test_unique_is_refused_where_it_cannot_be():
    with pytest.raises(SpecError, match="R012"):
        values(faker="first_name", unique=True, count=None)
    with pytest.raises(SpecError, match=r"R011 .*2,000 unique values"):
        values(INT4, faker="pyint", unique=True)


def test_every_method_on_the_list_makes_something_in_english():
    without = {"administrative_unit", "department", "district", "region", "province", "county", "middle_name"}
    for name in sorted(set(PROVIDER_OF) - without):
        assert make_pool(name, "en_US", 3, 1)
