"""Keys that no row has yet: for the copies of rows, and for references that lead nowhere."""

from __future__ import annotations

from dataclasses import replace

from engine.errors import Code, SpecError, wrong
from engine.faults.values import BeyondTheLast
from engine.generators.base import Kernel
from engine.generators.sequence import Counted
from engine.generators.uuid4 import RandomKeys
from engine.generators.uuid7 import SortedKeys
from engine.plan.draft import ColumnDraft, Draft, EntityDraft, column_place, follows, listed
from engine.plan.links import key_of
from engine.plan.model import Change
from engine.stream import Key
from engine.types import Family


def fresh_key(entity: EntityDraft, key: Key) -> Change:
    """A primary key of its own for the copy of each row: another UUID, or a number behind the last.

    Raises SpecError (FAULT_FORBIDDEN, INFEASIBLE).
    """
    for column in (entity.columns[name] for name in entity.table.primary_key if name in entity.columns):
        kernel = column.kernel
        if column.type is None or kernel is None:
            raise follows()
        if isinstance(kernel, RandomKeys | SortedKeys):
            return Change(column.name, column.type, replace(kernel, key=key.child(column.name)))
        if isinstance(kernel, Counted) and not kernel.siblings:
            return Change(column.name, column.type, _behind(entity, column, kernel))
    keys = listed(entity.table.primary_key)
    raise _refused(f"the primary key ({keys}) is neither a UUID nor a sequence of numbers", "use uuid7 or sequence")


def _behind(entity: EntityDraft, column: ColumnDraft, kernel: Counted) -> Kernel:
    count = entity.count or 0
    if 2 * count - 1 > kernel.limit:
        message = f"behind the last of {count:,} values of '{column.name}' {column.type} has no room for more"
        raise wrong(Code.INFEASIBLE, message, path=("duplicate",), hint="use a wider type, or a UUID")
    if any(fault.again for fault in entity.faults):
        raise _refused(
            f"'{entity.name}' has a `duplicate` already, and both would take the same new numbers",
            "make it one fault, or the key a UUID",
        )
    return replace(kernel, first=kernel.first + kernel.step * count, limit=kernel.limit - count)


def missing_key(draft: Draft, entity: EntityDraft, column: ColumnDraft, key: Key) -> Kernel:
    """Keys that no row of the column's target has. Raises SpecError (WRONG_KIND, INFEASIBLE)."""
    target = draft.entities[str(column.target)]
    found = target.columns[key_of(draft, entity, column.name)]
    if found.kernel is None or found.type is None or draft.broken(*column_place(target, found.name)):
        raise follows()
    if found.type.family is Family.UUID:
        return RandomKeys(key, text=False)
    if not isinstance(found.kernel, Counted) or found.kernel.siblings:
        message = f"'{target.name}.{found.name}' is neither a UUID nor a sequence, so no value is sure to be missing"
        raise wrong(Code.WRONG_KIND, message, hint="use `set` with a value of yours")
    kernel, count = found.kernel, max(target.count or 0, 1)
    if 3 * count - 1 > kernel.limit:
        message = f"behind the last of {count:,} values of '{target.name}.{found.name}' {found.type} has no room"
        raise wrong(Code.INFEASIBLE, message)
    return BeyondTheLast(kernel.first + 2 * count * kernel.step, kernel.step, count, kernel.result, key)


def _refused(message: str, hint: str) -> SpecError:
    return wrong(Code.FAULT_FORBIDDEN, message, path=("duplicate",), hint=hint)
