"""``python -m tests.benchmarks.proof [ROWS [NAME…]]``: every schema of tests/schemas at full size; 1 if any fails.

The same as tests/acceptance/test_real_schemas.py, with 10,000 rows in the average table and the time it takes.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.embedded import Throwaway
from engine.embedded.cluster import LOAD
from tests.schemas import SCHEMAS
from tests.schemas.proof import prove
from tests.servers import fresh_database


def main(size: int, names: list[str]) -> int:
    """Print a line for each schema; 1 where something was violated, changed or left empty."""
    failed = 0
    with Throwaway(settings=LOAD) as server, TemporaryDirectory() as folder:
        for schema in SCHEMAS:
            if "xml" in schema.needs or (names and schema.name not in names):  # the wheel's server has no XML
                continue
            with fresh_database(server) as dsn:
                schema.build(dsn)
                proof = prove(schema.name, dsn, Path(folder) / f"{schema.name}.yaml", size)
            print(proof, flush=True)
            for line in (*proof.faults, *(f"empty: {table}" for table in proof.empty)):
                print(f"    {line}")
            failed += bool(proof.faults or proof.empty)
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, sys.argv[2:]))
