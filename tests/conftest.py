"""Fixtures that more than one drawer needs: real servers, fresh databases, the migrated shop.

Every worker of pytest-xdist has servers of its own; they die with it, killed or not.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from functools import cache
from tempfile import TemporaryDirectory

import pytest

from engine.embedded import Throwaway
from migrations import upgrade
from tests.servers import VERSIONS, binaries, fresh_database, run_sql

SHOP = "shop_template"

if sys.dont_write_bytecode:
    # Hundreds of processes are started: where Python may leave nothing beside its sources, each of them would compile
    # every module of the engine again. So they share a folder of the session's own.
    BYTECODE = TemporaryDirectory(prefix="bytecode-")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = BYTECODE.name
    sys.dont_write_bytecode = False


def pytest_collection_finish() -> None:
    """Look no more for garbage among the modules and tests: they stay."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def server() -> Iterator[Throwaway]:
    """One throw-away PostgreSQL 18 for the whole session."""
    with Throwaway(binaries("pg18")) as running:
        yield running


@pytest.fixture(scope="session")
def older_server() -> Iterator[Throwaway]:
    """One throw-away PostgreSQL 15, Debian's, for the whole session."""
    with Throwaway(binaries("pg15")) as running:
        yield running


@pytest.fixture(scope="session", params=VERSIONS)
def postgres_server(request: pytest.FixtureRequest) -> Throwaway:
    """The session's server of each version that we test on."""
    running: Throwaway = request.getfixturevalue("server" if request.param == "pg18" else "older_server")
    return running


@pytest.fixture
def database(server: Throwaway) -> Iterator[str]:
    """The DSN of an empty database on PostgreSQL 18."""
    with fresh_database(server) as dsn:
        yield dsn


@pytest.fixture
def each_database(postgres_server: Throwaway) -> Iterator[str]:
    """The DSN of an empty database, on each version."""
    with fresh_database(postgres_server) as dsn:
        yield dsn


@pytest.fixture(scope="session")
def shop_template(server: Throwaway) -> str:
    """The name of a database with the ledger and the shop migrated, which others are copied from."""
    return migrated(server)


@pytest.fixture
def shop_database(server: Throwaway, shop_template: str) -> Iterator[str]:
    """The DSN of a database with the ledger and the migrated shop on PostgreSQL 18."""
    with fresh_database(server, shop_template) as dsn:
        yield dsn


@pytest.fixture(scope="session")
def each_shop_template(postgres_server: Throwaway, request: pytest.FixtureRequest) -> str:
    """The same on each version; the newest shares the session's own."""
    if postgres_server is request.getfixturevalue("server"):
        return str(request.getfixturevalue("shop_template"))
    return migrated(postgres_server)


@pytest.fixture
def each_shop_database(postgres_server: Throwaway, each_shop_template: str) -> Iterator[str]:
    """The DSN of a database with the ledger and the migrated shop, on each version."""
    with fresh_database(postgres_server, each_shop_template) as dsn:
        yield dsn


@cache
def migrated(server: Throwaway) -> str:
    """Make the template on one server, once: workers of xdist may set a fixture with parameters up again."""
    run_sql(server.dsn(), f"create database {SHOP} template template0")
    upgrade(server.dsn(SHOP))
    return SHOP
