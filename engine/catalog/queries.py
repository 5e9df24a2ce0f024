"""The queries of the catalog by name, and which of them ask of the tables that the first has found."""

from __future__ import annotations

from engine.sqltext import load_queries

SHAPES = ("columns", "types", "constraints", "indexes", "triggers", "partitioning")
FILES = ("queries.sql", "constraints.sql", "statistics.sql")


def query(name: str) -> str:
    """The text of a query."""
    found = (load_queries("engine.catalog", file) for file in FILES)
    return next(texts[name] for texts in found if name in texts)
