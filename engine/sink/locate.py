"""Which row a refusal of PostgreSQL is about: by the line of the COPY, or by the key in the DETAIL."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from asyncpg import PostgresError

from engine.errors import LoadError
from engine.expressions.text_form import render
from engine.sink.encode import CopyFormat
from engine.sink.parcel import Parcel

_LINE = re.compile(r", line (\d+)(?:, column (.+?))?(?::|$)", re.MULTILINE)
_KEY = re.compile(r"^Key \((.+?)\)=\((.*)\) (?:is |already |conflicts )", re.DOTALL)
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Place:
    """A row of a parcel, from 0, where it is known, and the columns that the refusal names."""

    row: int | None
    columns: tuple[str, ...]


def locate(error: PostgresError, parcel: Parcel) -> Place:
    """Find the row and the columns that `error` is about."""
    line = _LINE.search(error.context or "")
    key = _KEY.match(error.detail or "")
    named = tuple(c.strip('" ') for c in key[1].split(",")) if key else ()
    columns = (*_blamed(error, parcel), *((line[2],) if line and line[2] else ()), *named)
    known = tuple(c for c in dict.fromkeys(columns) if c in parcel.encoding.columns)
    if line:
        return Place(_row_of_line(parcel, int(line[1])), known)
    return Place(_row_of_key(parcel, named, key[2]) if key else None, known)


def _blamed(error: PostgresError, parcel: Parcel) -> tuple[str, ...]:
    """The column of a NOT NULL violation, or those that a violated CHECK reads."""
    if error.column_name:
        return (error.column_name,)
    check = next((c for c in parcel.table.checks if c.name == error.constraint_name), None)
    if check is None:
        return ()
    words = set(re.findall(r'"[^"]+"|\w+', check.expression))
    return tuple(c for c in parcel.encoding.columns if c in words or f'"{c}"' in words)


def _row_of_line(parcel: Parcel, line: int) -> int | None:
    if parcel.encoding.format is CopyFormat.BINARY:
        return line - 1 if line <= parcel.rows else None
    batches = [parcel.encoding.conform(batch) for batch in parcel.batches]
    lines = np.concatenate([_lines(batch, "\n") for batch in batches])
    if len(lines):  # until it has seen the first line end, the server takes a carriage return for one
        lines[0] = _lines(next(b for b in batches if b.num_rows).slice(0, 1), "\r")[0]
    row = int(np.searchsorted(np.cumsum(lines), line))
    return row if row < parcel.rows else None


def _lines(batch: pa.RecordBatch, end: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """How many lines of CSV each row takes, (n,): a text may hold line feeds."""
    lines = np.ones(batch.num_rows, np.int64)
    for column in batch.columns:
        breaks = pc.count_substring(render(column), end).fill_null(0)
        lines += breaks.to_numpy(zero_copy_only=False)
    return lines


def _row_of_key(parcel: Parcel, columns: tuple[str, ...], values: str) -> int | None:
    """The first row whose text has these key values; None where they do not compare as text."""
    wanted = values.split(", ") if len(columns) > 1 else [values]
    if len(wanted) != len(columns) or not set(columns) <= set(parcel.encoding.columns):
        return None
    before = 0
    for batch in map(parcel.told.encoding.conform, parcel.told.batches):
        hits = np.ones(batch.num_rows, np.bool_)
        for name, value in zip(columns, wanted, strict=True):
            same = pc.equal(render(batch.column(name)), value).fill_null(value == "null")
            hits &= same.to_numpy(zero_copy_only=False)
        if hits.any():
            return before + int(hits.argmax())
        before += batch.num_rows
    return None


def values_at(parcel: Parcel, row: int, columns: tuple[str, ...]) -> dict[str, str]:
    """The values of some columns of a row as PostgreSQL text, cut where they are long."""
    for batch in parcel.told.batches:
        if row < batch.num_rows:
            one = parcel.told.encoding.conform(batch).slice(row, 1)
            return {name: _shown(one.column(name)) for name in columns if name in one.schema.names}
        row -= batch.num_rows
    return {}


def _shown(column: pa.Array) -> str:
    try:
        text = render(column)[0].as_py()
    except LoadError:
        text = str(column[0])
    if text is None:
        return "null"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
