"""``python -m tests.benchmarks [NAME…]``: measure everything, or what has one of these words in its name."""

from __future__ import annotations

import platform
import sys

from tests.benchmarks import figures, generators, loads, numbers, schemas, service, telemetry, timelines
from tests.benchmarks.measure import line, measure

BENCHMARKS = (*numbers.BENCHMARKS, *timelines.BENCHMARKS)
WHOLE = {
    "generators": generators.main,
    "timelines": timelines.main,
    "figures": figures.main,
    "loads": loads.main,
    "schemas": schemas.main,
    "service": service.main,
    "telemetry": telemetry.main,
}
"""Benchmarks that print lines of their own."""


def main(wanted: list[str]) -> int:
    """Print one line per benchmark; 2 where no name fits."""
    chosen = [b for b in BENCHMARKS if not wanted or any(word in b.name for word in wanted)]
    whole = [name for name in WHOLE if not wanted or any(word in name for word in wanted)]
    if not chosen and not whole:
        names = ", ".join([*(b.name for b in BENCHMARKS), *WHOLE])
        print(f"no benchmark is called {' or '.join(wanted)}; there are: {names}")
        return 2
    print(f"{platform.machine()}, Python {platform.python_version()}; ratios above 1 are faster than the reference")
    for benchmark in chosen:
        print(line(measure(benchmark)), flush=True)
    for name in whole:
        print(f"{name}:", flush=True)
        WHOLE[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
