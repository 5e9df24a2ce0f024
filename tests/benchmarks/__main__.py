"""``python -m tests.benchmarks [NAME…]``: measure every benchmark, or those whose names contain one of these."""

from __future__ import annotations

import platform
import sys

from tests.benchmarks import numbers
from tests.benchmarks.measure import line, measure

BENCHMARKS = (*numbers.BENCHMARKS,)


def main(wanted: list[str]) -> int:
    """Print one line per benchmark; 2 where no name fits."""
    chosen = [b for b in BENCHMARKS if not wanted or any(word in b.name for word in wanted)]
    if not chosen:
        print(f"no benchmark is called {' or '.join(wanted)}; there are: {', '.join(b.name for b in BENCHMARKS)}")
        return 2
    print(f"{platform.machine()}, Python {platform.python_version()}; ratios above 1 are faster than the reference")
    for benchmark in chosen:
        print(line(measure(benchmark)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
