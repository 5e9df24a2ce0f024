"""A DSN is shown without what is secret in it, however badly it is written."""

from __future__ import annotations

import asyncio
import traceback

import pytest

from engine.dsn import NEWEST, OLDEST, connect, note, redact, require_supported
from engine.errors import ConnectError, UsageError


@pytest.mark.parametrize(
    ("dsn", "shown"),
    [
        ("postgresql://me:hidden@db.example:5432/shop", "postgresql://me@db.example:5432/shop"),
        ("postgres://me:hidden@db.example/shop?sslmode=require", "postgres://me@db.example/shop"),
        ("postgresql://db.example/shop?user=me&password=hidden", "postgresql://db.example/shop"),
        ("postgresql://me@db.example/shop", "postgresql://me@db.example/shop"),
        ("postgresql://:hidden@db.example/shop", "postgresql://@db.example/shop"),
        ("postgresql:///shop?host=/run/postgresql", "postgresql:///shop"),
        ("postgresql://me:hidden@[::1]:5432/shop", "postgresql://me@[::1]:5432/shop"),
        ("postgresql://me:hid@den@db.example/shop", "postgresql://me@db.example/shop"),
        ("postgresql://me:hid/den@db.example/shop", "postgresql://me@db.example/shop"),
        ("postgresql://me:hid#den@db.example/shop", "postgresql://me@db.example/shop"),
        ("postgresql://me:hid?den@db.example/shop", "postgresql://me@db.example/shop"),
        ("host=db.example password=hidden", "the database"),
        ("", "the database"),
    ],
)
def test_a_dsn_is_shown_without_its_password(dsn: str, shown: str) -> None:
    assert redact(dsn) == shown
    assert redact(shown) == shown


@pytest.mark.parametrize("password", ["hid/den", "hid#den", "hid?den", "hid[den", "hid%zzden", "hid:den/"])
def test_a_password_that_breaks_the_dsn_is_quoted_by_no_error(password: str) -> None:
    with pytest.raises((UsageError, ConnectError)) as caught:
        asyncio.run(connect(f"postgresql://me:{password}@127.0.0.1:1/shop"))
    said = "".join(traceback.format_exception(caught.value)[-3:]) + str(caught.value)
    assert "hid" not in str(caught.value)
    assert f"'{password[:3]}'" not in said


def test_what_is_no_dsn_is_the_callers_mistake_and_is_not_repeated() -> None:
    with pytest.raises(UsageError, match="postgresql://user") as caught:
        asyncio.run(connect("host=db.example password=hidden"))
    assert "hidden" not in str(caught.value)


def test_only_servers_that_are_too_old_are_refused_and_newer_ones_get_a_note() -> None:
    with pytest.raises(ConnectError, match="PostgreSQL 13; 14 to 18"):
        require_supported(OLDEST - 1, "it")
    for major in (OLDEST, NEWEST, NEWEST + 1):
        require_supported(major, "it")
    assert note(NEWEST) is None
    assert str(NEWEST + 1) in (note(NEWEST + 1) or "")
