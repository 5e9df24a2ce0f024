"""Second pass: foreign keys become references; of keys that overlap, those that can agree."""

from __future__ import annotations

from dataclasses import replace

from engine.catalog.model import ForeignKey
from engine.sketch.entities import free, nameable, narrowed
from engine.sketch.made import Made
from engine.sketch.room import is_open
from engine.sketch.sheet import Pointer, Sheet, Sketch
from engine.sketch.wish import TableKey
from engine.sqltext import quote
from engine.types import Family


def find_references(sketch: Sketch) -> None:
    """Decide for each foreign key by what it holds: a reference, another key, or a null.

    Keys that share columns with others wait until it is known what fills those.
    """
    waiting: list[tuple[Sheet, ForeignKey]] = []
    shared = _shared_columns(sketch)
    for sheet in sketch.sheets.values():
        for name, facts in sheet.facts.columns.items():
            if facts.null is True and sheet.column(name).nullable:
                sheet.nulled[name] = "by a CHECK"
        late: list[ForeignKey] = []
        for key in sorted(sheet.table.foreign_keys, key=lambda k: _place(sketch, sheet, k, shared)):
            brought = any(_brings(sketch, other, key) for other in late)
            late.extend(() if not brought and _keep(sketch, sheet, key) else (key,))
        waiting.extend((sheet, key) for key in late)
    for sheet, key in waiting:
        _agree(sketch, sheet, key)
    for sheet in sketch.sheets.values():
        for pointer in tuple(sheet.pointers.values()):
            if any(_comes_round(sketch, sheet, column) for column in pointer.key.columns):
                _drop(sheet, pointer)
        for pointer in sheet.pointers.values():
            _keep_in_reach(sketch, sheet, pointer)


def _keep_in_reach(sketch: Sketch, sheet: Sheet, pointer: Pointer) -> None:
    """What a partitioned table is cut by holds keys for which it has partitions: days of those years."""
    there, reach = sketch.sheets.get(pointer.key.target), sheet.reach.get(pointer.name)
    if there is None or reach is None or not pointer.single:
        return
    theirs = pointer.key.target_columns[0]
    known = there.facts.columns.get(theirs)
    if theirs not in there.filled_by and is_open(known):
        limits = reach if known is None else narrowed(known, reach)
        there.facts = replace(there.facts, columns={**there.facts.columns, theirs: limits})


def _shared_columns(sketch: Sketch) -> frozenset[tuple[TableKey, str]]:
    """Columns of tables that other tables point to twice, where both have to agree in them: a tenant's number."""
    return frozenset(
        (key.target, theirs)
        for sheet in sketch.sheets.values()
        for key in sheet.table.foreign_keys
        if len(key.columns) > 1
        for own, theirs in zip(key.columns, key.target_columns, strict=True)
        if any(own in other.columns for other in sheet.table.foreign_keys if other is not key)
    )


def _leads_the_way(sketch: Sketch, sheet: Sheet, key: ForeignKey, shared: frozenset[tuple[TableKey, str]]) -> bool:
    """Whether a key of one column should be kept by itself, so that what points to its table can agree in it."""
    if len(key.columns) > 1 or (sheet.table.id, key.columns[0]) not in shared:
        return False
    for other in sheet.table.foreign_keys:
        if other is key or key.columns[0] not in other.columns:
            continue
        theirs = dict(zip(other.columns, other.target_columns, strict=True))[key.columns[0]]
        there = sketch.sheets.get(other.target)
        if there is None or not any(
            k.columns == (theirs,) and k.target == key.target for k in there.table.foreign_keys
        ):
            return False
    return True


def _place(
    sketch: Sketch, sheet: Sheet, key: ForeignKey, shared: frozenset[tuple[TableKey, str]]
) -> tuple[bool, bool, bool, int, bool, int, str]:
    """When a key has its turn: first what rows are known by, and what brings others along."""
    others = [k for k in sheet.table.foreign_keys if k.columns == key.columns]
    brought = sum(_leads(sketch, key.target, key.target_columns, other, 0) for other in others)
    last = not _leads_the_way(sketch, sheet, key, shared)
    told_apart = set(key.columns) <= set(sheet.table.primary_key)
    return (
        *_taken_over(sketch, sheet, key),
        last,
        -len(key.columns),
        not told_apart,
        -brought,
        key.name,
    )


def _taken_over(sketch: Sketch, sheet: Sheet, key: ForeignKey) -> tuple[bool, bool]:
    """The urgency of a key, or of one that it brings, if no key that cannot be null brings that."""
    keys = sheet.table.foreign_keys
    surer = [one for one in keys if one is not key and len(one.columns) > 1 and not _urgency(sheet, one)[0]]
    parts = [one for one in keys if _brings(sketch, key, one) and not any(_brings(sketch, k, one) for k in surer)]
    return min(_urgency(sheet, one) for one in (key, *parts))


def _brings(sketch: Sketch, key: ForeignKey, part: ForeignKey) -> bool:
    """Whether a key of several columns keeps another one of some of them, by the rows that it leads to."""
    if len(part.columns) >= len(key.columns) or not {*part.columns} <= {*key.columns}:
        return False
    named = dict(zip(key.columns, key.target_columns, strict=True))
    theirs = tuple(named[column] for column in part.columns)
    return (key.target, theirs) == (part.target, part.target_columns) or _leads(sketch, key.target, theirs, part, 0)


def _urgency(sheet: Sheet, key: ForeignKey) -> tuple[bool, bool]:
    """Keys that cannot be null come first; of these, those that share no column with the rows they point to."""
    return any(sheet.nullable(column) for column in key.columns), bool(_own(sheet, key))


def _own(sheet: Sheet, key: ForeignKey) -> tuple[str, ...]:
    """Columns of a key in which a row of a table agrees with the row of the same table that it points to."""
    both = zip(key.columns, key.target_columns, strict=True) if key.target == sheet.table.id else ()
    return tuple(own for own, theirs in both if own == theirs)


def _comes_round(sketch: Sketch, sheet: Sheet, column: str) -> bool:
    """Whether a column would be made from itself, by way of what it points to."""
    start = at = (sheet.table.id, column)
    seen = set()
    while at not in seen:
        seen.add(at)
        there = sketch.sheets.get(at[0])
        pointer = there.filled_by.get(at[1]) if there is not None else None
        if pointer is None:
            return False
        at = pointer.key.target, dict(zip(pointer.key.columns, pointer.key.target_columns, strict=True))[at[1]]
    return at == start


def _drop(sheet: Sheet, pointer: Pointer) -> None:
    for name, other in tuple(sheet.pointers.items()):
        if other is pointer or other.same in pointer.key.columns:
            del sheet.pointers[name]
    _stay_null(sheet, pointer.key, "its columns would be made from each other in a circle")


def _keep(sketch: Sketch, sheet: Sheet, key: ForeignKey) -> bool:
    """Settle a key; False where it has to wait."""
    if any(column in sheet.nulled for column in key.columns) and not key.match_full:
        return True  # where one column is null nothing is asked of the others
    target, own = sketch.entity(key.target), _own(sheet, key)
    if len(own) == len(key.columns):
        return True  # every row keeps it by itself
    if any(column in sheet.filled_by for column in key.columns):
        return _implied(sketch, sheet, key)
    if own and not _urgency(sheet, key)[0]:
        _point_to_itself(sheet, key, own)
        return True
    if target is None:
        if key.enforced:
            _stay_null(sheet, key, f"{'.'.join(key.target)} is not in this draft")
    elif any(sheet.column(column).generated or not nameable(column) for column in key.columns):
        _stay_null(sheet, key, "one of its columns cannot be written")
    elif len(key.columns) > 1 and any("." in column for column in key.target_columns):
        _stay_null(sheet, key, "a spec reads a name with a dot as a way through references")
    else:
        _add(sheet, key, target)
    return True


def _agree(sketch: Sketch, sheet: Sheet, key: ForeignKey) -> None:
    """Settle a key that shares columns with others."""
    if any(column in sheet.nulled for column in key.columns) and not key.match_full:
        return
    if _implied(sketch, sheet, key):
        return
    target = sketch.entity(key.target)
    taken = tuple(column for column in key.columns if column in sheet.filled_by)
    if not taken:
        _keep(sketch, sheet, key)
        return
    if len(key.columns) == 1 and target is not None and _numbered_alike(sketch, sheet.filled_by[taken[0]], key):
        sheet.filled_by[taken[0]].also.append(key)
        return
    round_, own = _shared(sketch, sheet, key, taken), _own(sheet, key)
    if round_ is None and own and not _urgency(sheet, key)[0]:
        _point_to_itself(sheet, key, own)
        return
    if target is None or round_ is None:
        _stay_null(sheet, key, f"{' and '.join(taken)} cannot agree with another foreign key")
        return
    pointer = _add(sheet, key, target)
    pointer.same, pointer.skipped = taken[0], taken
    pointer.nullable = all(sheet.nullable(column) for column in key.columns if column not in taken)
    there, column = round_
    there.pointers[column].even = True


def _point_to_itself(sheet: Sheet, key: ForeignKey, own: tuple[str, ...]) -> None:
    """Each row is its own parent: a root, where none may be null."""
    for column, theirs in zip(key.columns, key.target_columns, strict=True):
        if column not in own and column not in sheet.filled_by:
            sheet.columns[column] = Made({"expr": quote(theirs)}, f"{key.name}: each row points to itself")


def _add(sheet: Sheet, key: ForeignKey, target: str) -> Pointer:
    itself = key.target == sheet.table.id
    nullable = all(sheet.nullable(column) for column in key.columns)
    name = key.columns[0] if len(key.columns) == 1 else way_of(sheet, key)
    pointer = Pointer(name, key, target, nullable=nullable, tree=itself and nullable and len(key.columns) == 1)
    if name in sheet.conditions:
        pointer.way, pointer.nullable, pointer.tree = way_of(sheet, key), False, False
    sheet.pointers[name] = pointer
    return pointer


def way_of(sheet: Sheet, key: ForeignKey) -> str:
    """A name for a reference of several columns: that of the table it points to."""
    taken = [*(column.name for column in sheet.table.columns), *sheet.pointers, *sheet.hidden]
    taken += [pointer.way for pointer in sheet.pointers.values() if pointer.way]
    plain = "".join(c if c.isascii() and c.isalnum() else "_" for c in key.target[1].lower()).strip("_") or "other"
    return free(plain if plain[0].isalpha() else f"to_{plain}", taken)


def _stay_null(sheet: Sheet, key: ForeignKey, why: str) -> None:
    """Leave what may be null of the key null; where nothing may, the author has to decide."""
    open_ = [c for c in key.columns if sheet.nullable(c) and c not in sheet.filled_by]
    if len(open_) == len(key.columns) or (open_ and not key.match_full):
        for column in open_ if key.match_full else open_[:1]:
            sheet.nulled[column] = f"{key.name}: {why}"
        return
    pointers = [
        p for c in key.columns if (p := sheet.filled_by.get(c)) and p.single and not p.also and sheet.nullable(c)
    ]
    free_ = [p for p in pointers if not any(other.same == p.name for other in sheet.pointers.values())]
    if free_ and not key.match_full:
        del sheet.pointers[free_[0].name]
        sheet.nulled[free_[0].name] = f"{key.name}: {why}"
        return
    sheet.broken = f"foreign key {key.name} ({', '.join(key.columns)}) cannot be kept: {why}"


def _implied(sketch: Sketch, sheet: Sheet, key: ForeignKey) -> bool:
    """Whether what fills all columns of the key leads to rows that keep the very same key on their side."""
    names = {pointer.name for c in key.columns if (pointer := sheet.filled_by.get(c)) is not None}
    if len(names) != 1 or not all(column in sheet.filled_by for column in key.columns):
        return False
    pointer = sheet.pointers[names.pop()]
    theirs = tuple(dict(zip(pointer.key.columns, pointer.key.target_columns, strict=True))[c] for c in key.columns)
    if pointer.key.target == key.target and theirs == key.target_columns:
        return True
    return _leads(sketch, pointer.key.target, theirs, key, 0)


def _leads(sketch: Sketch, at: TableKey, columns: tuple[str, ...], key: ForeignKey, steps: int) -> bool:
    """Whether columns of a table hold, through its own foreign keys, a key of the table that `key` points to."""
    table = sketch.catalog.tables.get(at)
    if table is None or steps > 8:
        return False
    for own in table.foreign_keys:
        named = dict(zip(own.columns, own.target_columns, strict=True))
        if not all(column in named for column in columns):
            continue
        theirs = tuple(named[column] for column in columns)
        if (own.target, theirs) == (key.target, key.target_columns):
            return True
        if own.target != at and _leads(sketch, own.target, theirs, key, steps + 1):
            return True
    return False


def _numbered_alike(sketch: Sketch, pointer: Pointer, key: ForeignKey) -> bool:
    """Whether two tables number their rows from 1 on, so that what the smaller one has the other has, too."""
    return pointer.single and all(_numbered(sketch, one) for one in (pointer.key, *pointer.also, key))


def _numbered(sketch: Sketch, key: ForeignKey) -> bool:
    there = sketch.sheets.get(key.target)
    column = there.table.column(key.target_columns[0]) if there is not None else None
    if there is None or column is None or column.type.family is not Family.INTEGER:
        return False
    facts = there.facts.columns.get(column.name)
    alone = there.table.primary_key == (column.name,) or any(u.columns == (column.name,) for u in there.table.uniques)
    return alone and column.name not in there.filled_by and is_open(facts)


def _shared(sketch: Sketch, sheet: Sheet, key: ForeignKey, taken: tuple[str, ...]) -> tuple[Sheet, str] | None:
    """Whose column of the target has to go round, so that rows can be picked that agree in the column taken.

    Only where it is one column, which leads to one and the same table from here and from there.
    """
    if len(taken) != 1 or len(taken) == len(key.columns) or "." in taken[0]:
        return None
    there = sketch.sheets.get(key.target)
    theirs = dict(zip(key.columns, key.target_columns, strict=True))[taken[0]]
    if there is None:
        return None
    other = sheet.filled_by[taken[0]]
    common = _behind(sketch, other, taken[0])
    own = next((k for k in there.table.foreign_keys if k.columns == (theirs,)), None)
    if common is None or own is None or own.target != common or not _goes_round(there, theirs):
        return None
    return there, theirs


def _behind(sketch: Sketch, pointer: Pointer, column: str) -> TableKey | None:
    """The table whose key a column holds that a pointer fills."""
    theirs = dict(zip(pointer.key.columns, pointer.key.target_columns, strict=True))[column]
    if pointer.single:
        return pointer.key.target
    there = sketch.catalog.tables.get(pointer.key.target)
    keys = there.foreign_keys if there is not None else ()
    return next((k.target for k in keys if k.columns == (theirs,)), None)


def _goes_round(there: Sheet, column: str) -> bool:
    """Whether a column of another table is, or will be, a reference of its own that can go round."""
    pointer = there.filled_by.get(column)
    return pointer is not None and pointer.single and pointer.same is None and not pointer.tree
