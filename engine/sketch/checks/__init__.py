"""CHECK constraints, as PostgreSQL prints them → what a column's generator must keep to."""

from engine.sketch.checks.merged import ColumnFacts
from engine.sketch.checks.table import TableFacts, read_table

__all__ = ["ColumnFacts", "TableFacts", "read_table"]
