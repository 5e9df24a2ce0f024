"""The tables of the TPC's two best known benchmarks, H and C, from their public specifications."""

from __future__ import annotations

from tests.schemas.psql import ddl, run_script


def build_tpch(dsn: str) -> None:
    """TPC-H: eight tables, a composite reference to `partsupp`."""
    run_script(dsn, ddl("tpch.sql"))


def build_tpcc(dsn: str) -> None:
    """TPC-C: nine tables, composite keys that overlap, one table without a key."""
    run_script(dsn, ddl("tpcc.sql"))
