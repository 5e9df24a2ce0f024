"""SQL as text: the one way to quote an identifier, and named statements from `.sql` files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

_NAME = re.compile(r"^-- name: *(\S*) *$", re.MULTILINE)


def quote(name: str) -> str:
    """An identifier, always in double quotes: ``order`` → ``"order"``.

    Raises ValueError for what PostgreSQL cannot store: an empty name or one with a NUL.
    """
    if not name or "\0" in name:
        raise ValueError(f"{name!r} cannot be the name of anything in PostgreSQL")
    return '"' + name.replace('"', '""') + '"'


def quote_table(schema: str, name: str) -> str:
    """A table, index, sequence or type with its schema: ``"shop"."orders"``. Raises ValueError as `quote` does."""
    return f"{quote(schema)}.{quote(name)}"


def quote_columns(names: tuple[str, ...]) -> str:
    """A list of columns: ``"id", "sku"``. Raises ValueError as `quote` does."""
    return ", ".join(map(quote, names))


@cache
def load_queries(package: str, file: str) -> Mapping[str, str]:
    """The statements of a `.sql` file that lies in `package`, by the name in the line ``-- name: x`` above each.

    The order is the file's; a statement's last semicolon is dropped, and its comments stay.
    Raises ValueError for a name that is missing, empty or said twice, and for a name without a statement.
    """
    text = files(package).joinpath(file).read_text(encoding="utf-8")
    return MappingProxyType(split_queries(text, source=f"{package}/{file}"))


def split_queries(text: str, *, source: str) -> dict[str, str]:
    """The named statements of a text; `source` is what errors call it. Raises ValueError as `load_queries` does."""
    before, *rest = _NAME.split(text)
    if any(line.strip() and not line.startswith("--") for line in before.splitlines()):
        raise ValueError(f"{source}: the first statement has no '-- name: …' above it")
    queries: dict[str, str] = {}
    for name, body in zip(rest[::2], rest[1::2], strict=True):
        statement = body.strip().removesuffix(";").rstrip()
        if not name or name in queries:
            raise ValueError(f"{source}: the name '{name}' is {'said twice' if name else 'empty'}")
        if not statement:
            raise ValueError(f"{source}: '{name}' has no statement below it")
        queries[name] = statement
    return queries
