"""`engine run` without a spec, on real servers: every empty table is filled."""

from __future__ import annotations

import json

import pytest

from tests.integration.small_shop import SHOP, TABLES
from tests.runs import engine
from tests.schemas.audit import rows, violations
from tests.servers import run_sql


@pytest.fixture
def shop(each_database: str) -> str:
    run_sql(each_database, SHOP)
    return each_database


@pytest.fixture
def new_shop(database: str) -> str:
    """The same on the newest server alone, where the version makes no difference."""
    run_sql(database, SHOP)
    return database


def test_a_run_without_a_spec_fills_every_empty_table(shop: str):
    done = engine("run", "--dsn", shop, "--rows", "40", "--seed", "3", "--json", dsn=shop)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["scenario"] == "drafted"
    assert told["seed"] == 3
    counts = {name: number for name, number in rows(shop).items() if not name.startswith("engine.")}
    assert sum(counts.values()) == told["rows"]
    assert sum(counts.values()) / len(counts) == pytest.approx(40, rel=0.1)
    assert all(counts.values())
    assert violations(shop) == []
    again = engine("run", "--dsn", shop, dsn=shop)
    assert again.returncode == 4
    assert "every table holds rows already" in again.stderr


def test_a_run_without_a_spec_keeps_to_a_schema(new_shop: str):
    done = engine("run", "--schema", "shop", "--rows", "10", dsn=new_shop)
    assert done.returncode == 0, done.stderr
    counts = rows(new_shop)
    assert all(counts[name] for name in TABLES[:3])
    assert counts["other.notes"] == counts["other.audit"] == 0


def test_a_run_without_a_spec_is_cleaned_like_any_other(new_shop: str):
    run_sql(new_shop, "insert into shop.countries (name) values ('Land')")
    told = json.loads(engine("run", "--rows", "10", "--json", dsn=new_shop).stdout)
    done = engine("clean", told["run_id"], "--yes", dsn=new_shop)
    assert done.returncode == 0, done.stderr
    assert {name: n for name, n in rows(new_shop).items() if n and not name.startswith("engine.")} == {
        "shop.countries": 1
    }
