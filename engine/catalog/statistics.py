"""What ANALYZE found out about a column, as PostgreSQL keeps it in pg_stats; values as texts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Statistics:
    """One row of pg_stats. `distinct`: a number of values, or where it is negative minus a share of the rows."""

    null_fraction: float = 0.0
    distinct: float = 0.0  # 0: not known
    common: tuple[tuple[str, float], ...] = ()  # most common values and their shares of all rows, most common first
    histogram: tuple[str, ...] = ()  # bounds of parts with equally many of the other values
    correlation: float | None = None  # between the order of the values and that of the rows, -1 to 1
    redacted: bool = False  # its values were left out, as the column looks personal

    def values_in(self, rows: int) -> float:
        """About how many different values a table of so many rows has; 0 where nobody knows."""
        return self.distinct if self.distinct >= 0 else -self.distinct * rows
