"""A pass over the label table: it is there, it takes five texts, and every fault can be written down in it."""

from __future__ import annotations

from collections.abc import Iterator

from engine.catalog.model import Column, Table
from engine.errors import Code, SpecError, wrong
from engine.faults.spelled import can_be_spelled
from engine.plan.draft import Draft, EntityDraft, listed, nearest
from engine.plan.model import LabelPlan
from engine.spec.fault import Labels
from engine.types import Family


def find_labels(draft: Draft) -> None:
    """Find the table of the labels and judge whether every fault can be labelled."""
    labels = draft.scenario.labels
    if labels is None:
        return
    try:
        draft.labels = _found(draft, labels)
    except SpecError as error:
        draft.report(error, "labels")
    for name, fault in draft.scenario.faults.items():
        entity = draft.entities.get(fault.entity)
        if entity is not None and not draft.broken("faults", name):
            for unnameable in _unnameable(entity, name):
                draft.report(unnameable, "faults", name)


def _found(draft: Draft, labels: Labels) -> LabelPlan:
    table = draft.catalog.table(labels.table)
    if table is None:
        known = [name for t in draft.catalog.tables.values() for name in (t.qualified, t.name)]
        hint = nearest(labels.table, known) or "make it, with five columns of text"
        raise wrong(Code.UNKNOWN_TABLE, f"there is no table '{labels.table}'", path=("table",), hint=hint)
    if table.kind not in ("table", "partitioned"):
        message = f"'{labels.table}' is a {table.kind}, which rows cannot be copied into"
        raise wrong(Code.NOT_WRITABLE, message, path=("table",))
    same = next((e.name for e in draft.entities.values() if e.table.qualified == table.qualified), None)
    if same is not None:
        message = f"'{labels.table}' is filled by '{same}'; labels need a table of their own"
        raise wrong(Code.FAULT_LABEL, message, path=("table",))
    return LabelPlan(table, _columns(table, labels))


def _columns(table: Table, labels: Labels) -> tuple[str, str, str, str, str]:
    given = labels.columns
    names = (given.fault, given.table, given.key, given.column, given.clean)
    for role, name in zip(("fault", "table", "key", "column", "clean"), names, strict=True):
        path = ("columns", role) if role in given.model_fields_set else ("table",)
        column = table.column(name)
        if column is None:
            hint = nearest(name, [c.name for c in table.columns]) or f"say what it is called: columns: {{{role}: …}}"
            message = f"table '{labels.table}' has no column '{name}' for the {role}"
            raise wrong(Code.UNKNOWN_COLUMN, message, path=path, hint=hint)
        if not _takes_text(column):
            raise wrong(Code.FAULT_LABEL, f"'{name}' is {column.type}, and a label is text", path=path)
    if len(set(names)) != len(names):
        raise wrong(Code.CONFLICT, "two parts of a label go into one column", path=("columns",))
    missing = [c.name for c in table.columns if c.required and c.name not in names]
    if missing:
        message = f"nothing fills {listed(missing)} of '{labels.table}' (NOT NULL, no default)"
        raise wrong(Code.MISSING_COLUMN, message, path=("table",))
    return names


def _takes_text(column: Column) -> bool:
    return column.type.family is Family.TEXT and not column.type.labels and not column.generated


def _unnameable(entity: EntityDraft, name: str) -> Iterator[SpecError]:
    faults = [fault for fault in entity.faults if fault.name == name]
    if faults and not entity.key_columns:
        message = f"a label calls a row by its primary key, and the spec makes none for '{entity.name}'"
        hint = f"give '{entity.spec.table}' a primary key and make it, or leave `labels` out"
        yield wrong(Code.FAULT_LABEL, message, path=("entity",), hint=hint)
        return
    used = {c.column for fault in faults for c in fault.changes} | set(entity.key_columns if faults else ())
    for column in sorted(used):
        type_ = entity.columns[column].type
        if type_ is not None and not can_be_spelled(type_):
            message = f"'{column}' is {type_}, whose text form a label cannot hold"
            yield wrong(Code.FAULT_LABEL, message, hint="leave the column, or `labels`, out")
