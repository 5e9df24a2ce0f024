"""SQL of a stranger → SQL that can only read: held against a grammar of what is allowed, and written anew.

What is sent are the author's own tokens, so that they mean what the author meant; but names are always quoted, tables
and functions stand with their schemas, and no keyword is sent that our grammar does not know: PostgreSQL cannot read
a function, a table or a type where we have read none.
"""

from __future__ import annotations

from engine.catalog.model import Catalog, Table
from engine.check.phrases import Phrases
from engine.check.queries import Queries
from engine.check.reader import refused
from engine.check.scope import Read, Scope, require_known
from engine.check.tokens import Kind


def statement(text: str, catalog: Catalog) -> str:
    """A SELECT over the tables of a catalog, each with its schema.

    Raises SpecError (X001, X002, X004, X005, R002, R003).
    """
    reader = Queries(text, catalog)
    if not reader.says("select", "with", "values", "("):
        raise refused("an expectation is one SELECT", "select count(*) from …")
    reader.query()
    if reader.says(";"):
        reader.skip()
        if reader.token.kind is not Kind.END:
            raise refused("one statement, not several")
    if reader.token.kind is not Kind.END:
        raise reader.unexpected("the end, or a clause,")
    require_known(reader.mentions, reader.scopes)
    return reader.written


def condition(text: str, table: Table) -> str:
    """A condition over one row of a table, in parentheses. Raises SpecError (X001, X002, X004, X005, R003)."""
    read = Read(frozenset(column.name for column in table.columns), table)
    reader = Conditions(text, Scope(reads={table.name: read}))
    reader.expression()
    if reader.token.kind is not Kind.END:
        raise reader.unexpected("the end of the condition")
    require_known(reader.mentions, reader.scopes)
    return f"({reader.written.strip()})"


class Conditions(Phrases):
    """Reads conditions over one row."""

    one_row = True
