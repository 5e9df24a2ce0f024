"""Fixtures that more than one drawer needs: real servers, fresh databases, the migrated shop.

Every worker of pytest-xdist has servers of its own; they die with it, killed or not.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.embedded import Throwaway
from tests.servers import VERSIONS, binaries, fresh_database


@pytest.fixture(scope="session")
def server() -> Iterator[Throwaway]:
    """One throw-away PostgreSQL 18 for the whole session."""
    with Throwaway(binaries("pg18")) as running:
        yield running


@pytest.fixture(scope="session", params=VERSIONS)
def postgres_server(request: pytest.FixtureRequest) -> Iterator[Throwaway]:
    """A server of each version that we test on; the newest is the session's own."""
    if request.param == VERSIONS[0]:
        yield request.getfixturevalue("server")
        return
    with Throwaway(binaries(request.param)) as running:
        yield running


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
