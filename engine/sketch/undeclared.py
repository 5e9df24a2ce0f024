"""References that no foreign key declares, by what their columns are called: ``user_id`` beside a table of users."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from engine.catalog.model import Column, ForeignKey, Table
from engine.sketch.wish import TableKey
from engine.sketch.words import joined, tokens
from engine.types import Family, PgType

ENDS = ("id", "uuid", "guid")
PEOPLE = frozenset(
    {"owner", "author", "creator", "assignee", "reviewer", "sender", "recipient", "receiver", "approver", "editor",
     "member", "manager", "requester", "uploader", "follower", "invitee", "inviter", "friend", "submitter", "reporter"}
)  # fmt: skip
"""What a user is to a row, where there is a table of users and none of these."""
ACCOUNTS = ("users", "accounts", "people")
ELSEWHERE = frozenset(
    {"external", "stripe", "github", "gitlab", "google", "facebook", "twitter", "slack", "paypal", "provider", "remote",
     "foreign", "legacy", "old", "device", "client", "session", "request", "trace", "correlation", "message", "job"}
)  # fmt: skip
"""Before a name these say that it is another system's."""
_BYTES = {"int2": 2, "int4": 4, "int8": 8}
_TYPES = ("type", "kind", "table", "class", "model")


@dataclass(frozen=True, slots=True)
class _Known:
    """The tables that may be pointed to, by schema and name, and what each leads to already."""

    named: Mapping[tuple[str, str], TableKey]
    tables: Mapping[TableKey, Table]
    leads: dict[TableKey, set[TableKey]]


def with_undeclared(tables: Mapping[TableKey, Table], fillable: frozenset[TableKey]) -> Mapping[TableKey, Table]:
    """The tables with a key for each column whose name says what it points to; none that closes a circle.

    Not where a CHECK speaks of the column, nor a real key, nor a default that counts.
    """
    named = {(key[0], joined(tokens(key[1]))): key for key in sorted(fillable, reverse=True)}
    leads = {key: {one.target for one in table.foreign_keys} for key, table in tables.items()}
    known, found = _Known(named, tables, leads), dict(tables)
    for key in sorted(fillable):
        own = tuple(_keys(known, tables[key]))
        if own:
            found[key] = replace(tables[key], foreign_keys=(*tables[key].foreign_keys, *own))
    return found


def _keys(known: _Known, table: Table) -> Iterator[ForeignKey]:
    taken = {c for key in table.foreign_keys for c in key.columns} | {c for one in table.checks for c in one.columns}
    for column in table.columns:
        if column.name in taken or not _able(column, table):
            continue
        target = _target(known, table, column)
        there = known.tables[target] if target is not None else None
        if target is None or there is None or not _fits(column, there):
            continue
        if target == table.id and (not column.nullable or column.name in table.primary_key):
            continue
        if target != table.id and _reaches(known, target, table.id):
            continue
        known.leads[table.id].add(target)
        why = f"no foreign key says so, but by its name it points to {there.name}"
        yield ForeignKey(why, (column.name,), target, there.primary_key, enforced=False)


def _able(column: Column, table: Table) -> bool:
    counted = column.identity or column.sequence or "nextval" in (column.default or "")
    plain = column.type.family in (Family.INTEGER, Family.UUID, Family.TEXT) and not column.type.array
    ruled = column.generated or column.domain_checks or column.type.labels or counted
    words = tokens(column.name)
    stem = re.sub(r"_?(id|uuid|guid)$", "", column.name)
    told = any(table.column(f"{stem}_{end}") for end in _TYPES)  # of which table it is a row
    return plain and not ruled and bool(words) and column.name.isprintable() and not told


def _target(known: _Known, table: Table, column: Column) -> TableKey | None:
    """The table that a column is called after; the longest of its names first."""
    words = tokens(column.name)
    if words[-1] == "by" and len(words) > 1:
        return _people(known, table)
    if len(words) == 1:
        end = next((end for end in reversed(ENDS) if words[0].endswith(end)), "")
        return _named(known, table, (words[0][: -len(end)],)) if end and len(words[0]) > len(end) + 2 else None
    if words[-1] not in ENDS:
        return None
    base = words[:-1]
    if base[-1] == "parent" and len(base) == 1:
        return table.id
    for start in range(len(base)):
        if start and base[start - 1] in ELSEWHERE:
            return None
        found = _named(known, table, base[start:])
        if found is not None and (start == 0 or column.type.family is not Family.TEXT):
            return found
    return _people(known, table) if base[-1] in PEOPLE else None


def _named(known: _Known, table: Table, base: tuple[str, ...]) -> TableKey | None:
    """A table of the same schema that is called so, perhaps with what the names of tables here begin with."""
    own = tokens(table.name)
    names = [base, *(own[:size] + base for size in range(1, min(len(own), 3)))]
    return next((known.named[where] for name in names if (where := (table.schema, joined(name))) in known.named), None)


def _people(known: _Known, table: Table) -> TableKey | None:
    return next((key for name in ACCOUNTS if (key := _named(known, table, (name,))) is not None), None)


def _fits(column: Column, there: Table) -> bool:
    key = there.column(there.primary_key[0]) if len(there.primary_key) == 1 else None
    if key is None or key.type.array or key.type.family is not column.type.family or key.type.labels:
        return False
    return _holds(column.type, key.type)


def _holds(one: PgType, other: PgType) -> bool:
    """Whether a column holds the values of a key, or so many of them as a test has."""
    if one.family is Family.INTEGER:
        return _BYTES.get(one.name, 8) >= min(_BYTES.get(other.name, 8), 4)
    if one.family is Family.TEXT:
        return one.name == other.name and (one.length is None or one.length >= (other.length or one.length + 1))
    return True


def _reaches(known: _Known, start: TableKey, end: TableKey) -> bool:
    waiting, seen = [start], {start}
    while waiting:
        at = waiting.pop()
        if at == end:
            return True
        new = known.leads.get(at, set()) - seen
        seen |= new
        waiting.extend(new)
    return False
