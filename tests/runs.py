"""Runs on real servers, in this process or another, and what they leave in the database."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from engine.cli.main import main
from engine.report import Report
from engine.run import Request, run
from tests.servers import ask

BLACK_FRIDAY = Path("specs/black_friday.yaml")
SMALL = {"orders": "2500", "customers": "1500", "abandoned": "800"}
"""Black Friday with about 35,000 rows: every kind of generator is in it."""


UNSEEN = "current_setting('transaction_read_only')::bool"
"""What lets a CHECK pass while a sample is put to it before a load, for tests of what a load does with a wrong row."""


def request(spec: Path = BLACK_FRIDAY, overrides: Mapping[str, str] | None = None, **more: Any) -> Request:
    """What a user would ask for."""
    return replace(Request(spec.read_text(), str(spec), SMALL if overrides is None else overrides), **more)


def run_here(dsn: str, asked: Request | None = None) -> Report:
    """A run in this process."""
    return asyncio.run(run(asked or request(), dsn=dsn))


def engine(*words: str, dsn: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The command line, in this process: to start another takes longer than most commands do.

    In one of its own where its environment says more than how wide the terminal is, or where a loop is running here.
    """
    given = {"ENGINE_DSN": dsn} | dict(environment or {})
    if set(given) <= {"ENGINE_DSN", "COLUMNS"} and asyncio._get_running_loop() is None:
        return _engine_here(words, given)
    around = {k: v for k, v in os.environ.items() if k != "PYTHONHASHSEED"} | given
    command = [sys.executable, "-m", "engine.cli", *words]
    return subprocess.run(command, env=around, capture_output=True, text=True, timeout=180, check=False)


def _engine_here(words: tuple[str, ...], given: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with (
        patch.dict(os.environ, given),
        patch.object(sys, "argv", ["engine", *words]),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    told = [stream.buffer.getvalue().decode() for stream in (out, err)]
    return subprocess.CompletedProcess(words, int(ended.value.code or 0), *told)


def hashes(dsn: str) -> dict[str, str]:
    """The number of rows of each table of the shop, and a hash of them as text, in the order of that text."""
    names = ask(
        dsn, "select array_agg(table_name::text order by 1) from information_schema.tables where table_schema = 'shop'"
    )
    return {name: str(ask(dsn, HASH.format(name))) for name in names}  # type: ignore[attr-defined]


HASH = "select count(*) || ' ' || md5(string_agg(t::text, E'\\n' order by t::text)) from shop.{} as t"
