"""Expressions: a typed subset of PostgreSQL's scalar SQL, compiled to vectorised kernels of our own.

Text is parsed by a small parser of PostgreSQL's scalar grammar, typed by PostgreSQL's rules from the columns'
types, and compiled to a tree of frozen, picklable nodes over numpy and pyarrow. No SQL engine is in reach, because

- a spec comes from a stranger, and here is nothing to escape to: no file, environment, subquery or catalog can even
  be said;
- the results are PostgreSQL's, exactly: decimals, integer division, overflow, rounding, three-valued logic, time zones.
  Other engines differ (DuckDB divides decimals as doubles, `1/2` is 0.5, `1/0` is infinite);
- there is no second memory pool and no price per query.

What may be used is one table, `rules.ALLOWED`; each entry has cases whose answers are compared with a real
PostgreSQL's. Text is compared by bytes (collation "C") and changes case as under the locale C.UTF-8; times use the
scenario's zone.
"""

from __future__ import annotations

from engine.expressions.curves import EVENT, OWN, TIMELINE, Curve
from engine.expressions.expression import RESERVED, Expression, compile_expression, compile_test, names_in
from engine.expressions.literals import Instant
from engine.expressions.template import compile_template, tells_rows_apart, template_names

__all__ = [
    "EVENT",
    "OWN",
    "RESERVED",
    "TIMELINE",
    "Curve",
    "Expression",
    "Instant",
    "compile_expression",
    "compile_template",
    "compile_test",
    "names_in",
    "tells_rows_apart",
    "template_names",
]
