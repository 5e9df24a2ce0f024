"""Same spec, same seed, same bytes: whatever does not belong to the promise is changed, and every table is hashed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

from engine.embedded import Throwaway
from tests.runs import BLACK_FRIDAY, SMALL, engine, hashes, request, run_here
from tests.servers import fresh_database

MOVED_CLOCK = """
import time
_time, _time_ns = time.time, time.time_ns
time.time = lambda: _time() + 400 * 86400
time.time_ns = lambda: _time_ns() + 400 * 86400 * 10**9
import datetime as _datetime
class _Moved(_datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) + _datetime.timedelta(days=400)
    @classmethod
    def utcnow(cls):
        return super().utcnow() + _datetime.timedelta(days=400)
    @classmethod
    def today(cls):
        return cls.now()
_datetime.datetime = _Moved
"""
OPTIONS = ("--seed", "7", *(word for name, value in SMALL.items() for word in ("--set", f"{name}={value}")))


@pytest.fixture(scope="module")
def known(server: Throwaway, shop_template: str) -> Iterator[dict[str, str]]:
    """What one undisturbed run leaves."""
    with fresh_database(server, shop_template) as dsn:
        assert run_here(dsn, request(seed=7)).status == "succeeded"
        yield hashes(dsn)


def test_there_is_something_to_compare(known: dict[str, str]):
    assert int(known["order_items"].split()[0]) > 2500


def test_another_seed_makes_other_rows(shop_database: str, known: dict[str, str]):
    run_here(shop_database, request(seed=8))
    other = hashes(shop_database)
    same = {table for table in known if other[table] == known[table]}
    assert same == {"countries", "currencies", "order_statuses", "payment_types", "audit_log"}


@pytest.mark.parametrize("batch_rows", [1_000, 65_536])
def test_the_size_of_batches_changes_nothing(shop_database: str, known: dict[str, str], batch_rows: int):
    run_here(shop_database, request(seed=7, batch_rows=batch_rows))
    assert hashes(shop_database) == known


@pytest.mark.parametrize("workers", [1, 4])
def test_the_number_of_workers_changes_nothing(shop_database: str, known: dict[str, str], workers: int):
    assert run_here(shop_database, request(seed=7, workers=workers)).status == "succeeded"
    assert hashes(shop_database) == known


def test_another_version_of_postgresql_holds_the_same(each_shop_database: str, known: dict[str, str]):
    run_here(each_shop_database, request(seed=7))
    assert hashes(each_shop_database) == known


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({"PYTHONHASHSEED": "0"}, id="hash-seed-0"),
        pytest.param({"PYTHONHASHSEED": "4242"}, id="hash-seed-4242"),
        pytest.param(
            {"NPY_DISABLE_CPU_FEATURES": " ".join(n for n in __cpu_dispatch__ if __cpu_features__[n])}, id="plain-cpu"
        ),
        pytest.param({"TZ": "Asia/Kathmandu", "LC_ALL": "C", "LANG": "de_DE.UTF-8"}, id="elsewhere"),
    ],
)
def test_nothing_around_the_process_changes_anything(
    shop_database: str, known: dict[str, str], environment: dict[str, str]
):
    done = engine("run", str(BLACK_FRIDAY), *OPTIONS, dsn=shop_database, environment=environment)
    assert done.returncode == 0, done.stderr
    assert hashes(shop_database) == known


def test_the_day_changes_nothing(shop_database: str, known: dict[str, str], tmp_path: Path):
    (tmp_path / "sitecustomize.py").write_text(MOVED_CLOCK)
    moved = {"PYTHONPATH": str(tmp_path)}
    done = engine("run", str(BLACK_FRIDAY), *OPTIONS, "--json", dsn=shop_database, environment=moved)
    assert done.returncode == 0, done.stderr
    assert hashes(shop_database) == known
