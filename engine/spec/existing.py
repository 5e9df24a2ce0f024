"""Rows that are in a table already, for others to point to and to hang on."""

from __future__ import annotations

from pydantic import Field

from engine.spec.fields import ColumnName, Model


class Existing(Model):
    """Rows that the table holds already: ``{table: shop.customers, existing: {where: "country = 'DE'"}}``.

    Others refer to them (``{reference: customers}``) or are made `per` one of them; they themselves are read, and
    never written. A random sample of them, by the scenario's seed, is taken once before a run and kept with it, so that
    a resumed run goes on with the very same rows. Of each row the primary key is kept, and the `columns` that are named
    here, which other rows may then read: ``{attribute: customer_id.country}``. With `existing_at` they count as rows
    that were always there.

    Costs a reading of the whole table. Refuses to be without a database to ask (`--dsn`), to find no row, and to stand
    for a table that another entity fills.
    """

    sample: int = Field(100_000, ge=1, le=1_000_000, description="At most so many rows, drawn at random.")
    where: str | None = Field(None, min_length=1, description="A condition on the row, in PostgreSQL's SQL.")
    columns: tuple[ColumnName, ...] = Field(
        (), max_length=100, strict=False, description="Columns that are kept beside the primary key, to be read."
    )
