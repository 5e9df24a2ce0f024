"""The tables of PostgreSQL's own benchmark, made by `pgbench` itself."""

from __future__ import annotations

import subprocess

from tests.servers import binaries


def build(dsn: str) -> None:
    """Four plain tables with primary and foreign keys."""
    _initialize(dsn)


def build_partitioned(dsn: str) -> None:
    """The same, with accounts in four hash partitions."""
    _initialize(dsn, "--partitions=4", "--partition-method=hash")


def _initialize(dsn: str, *more: str) -> None:
    """Tables and both kinds of keys (steps t, p and f), no rows."""
    words = [str(binaries("pg18").program("pgbench")), "-i", "-q", "-I", "tpf", *more, dsn]
    subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
