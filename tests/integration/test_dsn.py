"""Every way in which a database cannot be reached has its own words, and none shows the password."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import dsn as module
from engine.dsn import connect
from engine.embedded import Throwaway
from engine.embedded.cluster import free_port
from engine.errors import ConnectError
from tests.servers import ask, run_sql


def refusal(dsn: str) -> str:
    with pytest.raises(ConnectError) as caught:
        asyncio.run(connect(dsn))
    assert "hidden" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def guarded(server: Throwaway) -> Iterator[Throwaway]:
    """The server with a user who must give a password; its rules are put back afterwards."""

    async def rules_file() -> Path:
        connection = await connect(server.dsn())
        try:
            return Path(await connection.fetchval("show hba_file"))
        finally:
            await connection.close()

    rules = asyncio.run(rules_file())
    before = rules.read_text()
    rules.write_text("host all guarded 127.0.0.1/32 scram-sha-256\n" + before)
    run_sql(server.dsn(), "create role guarded login password 'right'")
    reload(server)
    try:
        yield server
    finally:
        rules.write_text(before)
        reload(server)
        run_sql(server.dsn(), "drop role guarded")


def reload(server: Throwaway) -> None:
    """Have the rules read again, and wait until they are."""
    loaded = ask(server.dsn(), "select pg_conf_load_time()")
    run_sql(server.dsn(), "select pg_reload_conf()")
    end = time.monotonic() + 10
    while ask(server.dsn(), "select pg_conf_load_time()") == loaded:
        assert time.monotonic() < end


def test_a_connection_says_whose_it_is(database: str) -> None:
    async def name() -> str:
        connection = await connect(database)
        try:
            return str(await connection.fetchval("show application_name"))
        finally:
            await connection.close()

    assert asyncio.run(name()) == "engine"
    assert asyncio.run(_closes(database.replace("postgresql://", "postgres://")))


async def _closes(dsn: str) -> bool:
    connection = await connect(dsn)
    await connection.close()
    return connection.is_closed()


def test_a_port_where_nobody_listens() -> None:
    port = free_port()
    said = refusal(f"postgresql://me:hidden@127.0.0.1:{port}/shop")
    assert f"me@127.0.0.1:{port}/shop" in said
    assert "hint: is the server running there?" in said


def test_a_host_that_does_not_exist() -> None:
    assert "cannot reach" in refusal("postgresql://me:hidden@nowhere.invalid/shop")


def test_a_wrong_password(guarded: Throwaway) -> None:
    dsn = guarded.dsn().replace("postgres@", "guarded:hidden@")
    assert "refuses the user or the password" in refusal(dsn)
    assert asyncio.run(_closes(dsn.replace("hidden", "right")))


def test_a_user_that_does_not_exist(server: Throwaway) -> None:
    assert 'role "stranger" does not exist' in refusal(server.dsn().replace("postgres@", "stranger:hidden@"))


def test_a_database_that_does_not_exist(server: Throwaway) -> None:
    said = refusal(server.dsn("missing"))
    assert 'database "missing" does not exist' in said
    assert "createdb" in said


def test_a_server_that_accepts_and_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONNECT_S", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        said = refusal(f"postgresql://me:hidden@127.0.0.1:{silent.getsockname()[1]}/shop")
    assert "no answer in 0.3 s" in said
