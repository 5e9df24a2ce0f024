"""PostgreSQL's refusals in the user's words: entity, table, column, row and value."""

from __future__ import annotations

import asyncpg

from engine.batch import Partition
from engine.errors import ConnectError, EngineError, LoadError
from engine.sink.locate import locate, values_at
from engine.sink.parcel import Parcel

_HINTS: dict[type[asyncpg.PostgresError], str] = {
    asyncpg.CheckViolationError: "narrow the generator of the column so that every row satisfies the CHECK",
    asyncpg.NotNullViolationError: "give the column a generator that makes no nulls, or set null_fraction to 0",
    asyncpg.UniqueViolationError: "say unique: true on the column; --fresh removes the rows of an earlier run",
    asyncpg.ForeignKeyViolationError: "fill the column by a reference to an entity of the target table",
    asyncpg.ExclusionViolationError: "the rows of one group overlap; place them by a calendar",
    asyncpg.StringDataRightTruncationError: "make the text shorter than the column's length",
    asyncpg.NumericValueOutOfRangeError: "set max to what the column's type can hold",
    asyncpg.InsufficientPrivilegeError: "grant INSERT on the table to the role that loads",
    asyncpg.DiskFullError: "the server has no space left; nothing of this partition was kept",
}
_POLICY = "a policy of row security refuses it; load as the owner of the table, or as a role with BYPASSRLS"
_POLICY_CHECKED = "ExecWithCheckOptions"
"""The function of the server that says so: its sentence comes in the server's language."""
GONE = (
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what asyncpg makes of a connection that dies between two statements
    ConnectionError,
)


def refusal(error: Exception, partition: Partition, parcel: Parcel | None) -> EngineError:
    """The error to raise for what went wrong while `parcel` (or the commit) of `partition` was under way."""
    where = f"partition {partition.number} of {partition.entity}"
    if isinstance(error, GONE):
        first = error.__context__ if isinstance(error.__context__, GONE) else error  # not what the way out adds
        return ConnectError(f"the connection was lost while loading {where}; nothing of it was kept: {first}")
    if not isinstance(error, asyncpg.PostgresError):
        return LoadError(f"{where} could not be loaded: {type(error).__name__}: {error}")
    if parcel is None:
        return LoadError(_joined([f"{where} could not be committed: {message_of(error)}"], error))
    return LoadError(_joined(_sentences(error, partition, parcel), error))


def _sentences(error: asyncpg.PostgresError, partition: Partition, parcel: Parcel) -> list[str]:
    place = locate(error, parcel)
    column = f".{place.columns[0]}" if len(place.columns) == 1 else ""
    lines = [f"{parcel.entity}: {parcel.table.qualified}{column} refused a row: {message_of(error)}"]
    if place.row is not None:
        keys = tuple(c for c in parcel.table.primary_key if c not in place.columns)
        values = values_at(parcel, place.row, (*place.columns, *keys))
        shown = ", ".join(f"{name} = {value}" for name, value in values.items())
        lines.append(f"  row: {_number(partition, parcel, place.row)}{': ' if shown else ''}{shown}")
    return lines


def _number(partition: Partition, parcel: Parcel, row: int) -> str:
    return f"{parcel.entity} {row + 1} of {parcel.rows} in partition {partition.number} of {partition.entity}"


def message_of(error: asyncpg.PostgresError) -> str:
    """The server's sentence alone; `str(error)` repeats the detail and the hint."""
    return str(error.args[0])


def _joined(lines: list[str], error: asyncpg.PostgresError) -> str:
    if error.detail:
        lines.append(f"  detail: {error.detail}")
    hint = _POLICY if error.server_source_function == _POLICY_CHECKED else None
    hint = hint or next((text for kind, text in _HINTS.items() if isinstance(error, kind)), error.hint)
    if hint:
        lines.append(f"  hint: {hint}")
    return "\n".join(lines)
