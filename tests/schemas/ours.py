"""Schemas of our own, written to be hard: each file is about one thing that a database can do."""

from __future__ import annotations

from collections.abc import Callable

from tests.schemas.psql import ddl, run_script

NAMES = (
    "keys",
    "uniques",
    "checks",
    "partitions",
    "names",
    "habits",
    "kinds",
    "vectors",
    "papers",
    "temporal",
    "unreadable",
    "stubborn",
)
"""The files, and the names that they go by."""


def builder(name: str) -> Callable[[str], None]:
    """What makes the tables of one file in a database."""

    def build(dsn: str) -> None:
        run_script(dsn, ddl(f"{name}.sql"))

    return build
