"""Commands that write refuse a database that looks like production; those that only look do not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.embedded import Throwaway
from tests.runs import engine
from tests.servers import ask, run_sql

SPEC = "specs/quickstart.yaml"
SURE = "--yes-this-is-not-production"
UNKNOWN = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def live(server: Throwaway, shop_template: str) -> Iterator[str]:
    """The DSN of a migrated database that is called shop_live."""
    run_sql(server.dsn(), f'create database shop_live template "{shop_template}"')
    yield server.dsn("shop_live")
    run_sql(server.dsn(), "drop database shop_live with (force)")


@pytest.mark.parametrize(
    "words",
    [
        ("run", SPEC),
        ("run", SPEC, "--fresh", "--yes"),
        ("resume", UNKNOWN),
        ("repair",),
        ("db", "upgrade"),
        ("db", "downgrade", "--yes"),
    ],
)
def test_what_writes_is_refused_before_anything_is_connected_to(words: tuple[str, ...]):
    done = engine(*words, dsn="postgresql://app:hidden@127.0.0.1:1/shop_live")
    assert (done.returncode, "hidden" in done.stderr) == (4, False), done.stderr
    assert "looks like production: there is 'live' in the name of its database" in done.stderr
    assert "cannot reach" in engine(*words, SURE, dsn="postgresql://app:hidden@127.0.0.1:1/shop_live").stderr


def test_what_only_looks_is_not_refused(live: str):
    for words in (("validate", SPEC), ("plan", SPEC), ("preview", SPEC), ("runs",), ("db", "status")):
        assert engine(*words, dsn=live).returncode == 0, words
    assert ask(live, "select count(*) from engine.runs") == 0


def test_a_run_goes_on_where_somebody_says_that_it_is_none(live: str):
    refused = engine("run", SPEC, "--json", dsn=live)
    assert refused.returncode == 4
    assert ask(live, "select count(*) from engine.runs") == 0
    done = engine("run", SPEC, "--json", SURE, dsn=live)
    assert done.returncode == 0, done.stderr
    assert ask(live, "select count(*) from engine.runs where status = 'succeeded'") == 1
