"""``python -m tests.benchmarks.schemas``: read 400 tables, draft a spec, fill 100; beside PostgreSQL's own tools.

The references are what PostgreSQL's own tools need for the like on the same server in the same run: `pg_dump
--schema-only` reads the same catalog; `pg_restore` brings the very same rows back over as many connections, keys,
indexes and checks included.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.catalog.introspect import introspect
from engine.dsn import connect
from engine.embedded import Throwaway, find
from engine.embedded.cluster import LOAD
from tests.runs import engine
from tests.schemas import musicbrainz
from tests.schemas.audit import rows, violations
from tests.servers import fresh_database, run_sql

ROUNDS = 5
FILLED, ROWS = 100, 10_000
CONNECTIONS = 2


def grid(tables: int) -> Iterator[str]:
    """The statements for tables of twelve columns with keys, uniques and checks; each refers to some before it."""
    for n in range(tables):
        parents = [f"references t{p:03}" for p in sorted({n // 2, n // 3} - {n})]
        links = [f"parent_{i} integer not null {p}" for i, p in enumerate(parents)]
        links += [f"link_{i} integer" for i in range(2 - len(links))]
        yield f"""create table t{n:03} (
            id integer generated always as identity primary key, {", ".join(links)},
            code varchar(20) not null unique, name text not null, email text,
            status text not null check (status in ('new', 'open', 'done')),
            quantity integer not null check (quantity between 1 and 100),
            price numeric(10, 2) not null check (price >= 0), starts_on date not null, ends_on date,
            created_at timestamptz not null default now(), check (ends_on >= starts_on))"""


def median(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The median seconds of several rounds after one to warm up."""
    work()
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def look(dsn: str) -> int:
    """Read the whole catalog; how many tables there are."""

    async def read() -> int:
        connection = await connect(dsn)
        try:
            return len((await introspect(connection)).tables)
        finally:
            await connection.close()

    return asyncio.run(read())


def tool(name: str, *words: str) -> None:
    """One of PostgreSQL's programs."""
    subprocess.run([str(find().program(name)), *words], check=True, capture_output=True)


def drafted(dsn: str, spec: Path, size: int) -> None:
    """`engine init`."""
    done = engine("init", "--dsn", dsn, "--rows", str(size), "--force", "-o", str(spec), dsn=dsn)
    if done.returncode:
        raise SystemExit(done.stderr)


def run_alone(dsn: str, spec: Path) -> dict[str, float]:
    """`engine run` in a process of its own: what it reports."""
    words = [
        sys.executable,
        "-m",
        "engine.cli",
        "run",
        str(spec),
        "--dsn",
        dsn,
        "--workers",
        str(CONNECTIONS),
        "--json",
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    report: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return report


def reading(dsn: str, name: str, folder: Path) -> None:
    """Introspection and the draft of every table, beside a dump of the schema."""
    tables = look(dsn)
    dump_s = median(lambda: tool("pg_dump", "--schema-only", "-f", str(folder / "schema.sql"), dsn))
    look_s = median(lambda: look(dsn))
    init_s = median(lambda: drafted(dsn, folder / "draft.yaml", 1000))
    print(
        f"{name}: {tables} tables; introspection {look_s:.2f} s, init {init_s:.2f} s, pg_dump {dump_s:.2f} s "
        f"(hoped for at 400: ≤ 1 s and ≤ 5 s)",
        flush=True,
    )


def filling(server: Throwaway, folder: Path) -> None:
    """A run without any constraint missing in the end, beside a restore of the same rows."""
    ratios = []
    for _ in range(3):
        with fresh_database(server) as dsn, fresh_database(server) as copy:
            run_sql(dsn, *grid(FILLED))
            drafted(dsn, folder / "fill.yaml", ROWS)
            began = time.perf_counter()
            report = run_alone(dsn, folder / "fill.yaml")
            ours = time.perf_counter() - began
            if found := violations(dsn):
                raise SystemExit("\n".join(found))
            made = sum(rows(dsn).values())
            dump = folder / f"dump{len(ratios)}"
            tool("pg_dump", "-Fd", "-Z0", "-f", str(dump), "--exclude-schema=engine", dsn)
            run_sql(copy, "checkpoint")
            began = time.perf_counter()
            tool("pg_restore", "-j", str(CONNECTIONS), "-d", copy, str(dump))
            restore = time.perf_counter() - began
        ratios.append(report["seconds"] / restore)
        print(
            f"  {made:,} rows in {FILLED} tables: {report['seconds']:.2f} s, {report['rows_per_second']:,.0f} rows/s "
            f"(the whole command {ours:.2f} s); pg_restore -j{CONNECTIONS} {restore:.2f} s; ratio {ratios[-1]:.2f}",
            flush=True,
        )
    print(f"filling takes {statistics.median(ratios):.2f} x the time of restoring (hoped for: ≥ 150,000 rows/s)")


def main() -> None:
    """Print the figures."""
    with Throwaway(settings=LOAD) as server, TemporaryDirectory() as name:
        folder = Path(name)
        with fresh_database(server) as dsn:
            run_sql(dsn, *grid(400))
            reading(dsn, "alike", folder)
        with fresh_database(server) as dsn:
            musicbrainz.build(dsn)
            reading(dsn, "MusicBrainz", folder)
        filling(server, folder)


if __name__ == "__main__":
    main()
