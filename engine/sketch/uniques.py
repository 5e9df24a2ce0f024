"""Fifth pass: of every unique key a column is unique alone, or some of its columns are dealt out together."""

from __future__ import annotations

from math import prod

from engine.sketch.checks.facts import Compare
from engine.sketch.exclusions import find_exclusions
from engine.sketch.members import Member, UniqueKey, copied, keys_of, members_of
from engine.sketch.pairs import settle_pairs, space_of
from engine.sketch.room import PLENTY, is_open, room
from engine.sketch.sheet import Pointer, Sheet, Sketch
from engine.sketch.undeclared import ENDS
from engine.sketch.words import tokens
from engine.types import Family

ROUNDS = 12
"""How often tables in a circle may make each other smaller."""

ALL = 0.95
"""So many different rows pointed to, of those that point or of those that are there, are all of them."""


def keep_uniques(sketch: Sketch) -> None:
    """Decide for all tables, parents first; then make tables smaller that cannot have so many different rows."""
    for pointer in (pointer for sheet in sketch.sheets.values() for pointer in sheet.pointers.values()):
        if (there := sketch.sheets.get(pointer.key.target)) is not None:
            there.solid.update(pointer.key.target_columns)  # a row without a key could not be pointed to
    for sheet in sketch.sheets.values():
        find_exclusions(sketch, sheet)
        for key in sorted(keys_of(sheet), key=lambda k: (not k.solid, len(k.columns), k.name)):
            before = sheet.rows
            _keep(sketch, sheet, key)
            if key.where is not None and sheet.rows * 2 < before:
                sheet.costly |= {key.name}
        settle_pairs(sketch, sheet)
    for _ in range(ROUNDS):
        if not [sheet for sheet in sketch.sheets.values() if _shrunk(sketch, sheet)]:
            break
    for sheet in sketch.sheets.values():
        for pointer in sheet.pointers.values():
            _point_to_smallest(sketch, pointer)
            if (pointer.differs or pointer.after) and sketch.space(pointer) == 1:
                one = f"{pointer.name} and {pointer.differs or pointer.after}"
                sheet.broken = f"{one} have to lead to different rows of {pointer.target}, which has one"
            if sketch.wish.profile and pointer.single:
                _share_out(sketch, sheet, pointer)


def _share_out(sketch: Sketch, sheet: Sheet, pointer: Pointer) -> None:
    """Where statistics show one row for each, or as many for each, references are dealt out so."""
    found, rows, targets = sheet.column(pointer.name).statistics, sheet.table.estimated_rows, sketch.space(pointer)
    asked = pointer.same or pointer.even or pointer.tree or pointer.differs or pointer.after or pointer.way
    dealt = any(pointer.name in group for group in sheet.groups)
    if found is None or not rows or asked or dealt or not is_open(sheet.facts.columns.get(pointer.name)):
        return
    filled, values = rows * (1 - found.null_fraction), found.values_in(rows)
    if values >= filled * ALL and sheet.rows <= targets:
        sheet.groups.append((pointer.name,))
    elif values >= targets * ALL and not found.common and sheet.rows >= targets:
        pointer.even = True


def _point_to_smallest(sketch: Sketch, pointer: Pointer) -> None:
    """Of several tables whose keys are the same numbers, the smallest: what it has the others have, too."""
    keys = sorted((pointer.key, *pointer.also), key=lambda key: sketch.rows_of(key.target))
    pointer.key = keys[0]
    pointer.target = sketch.entity(keys[0].target) or pointer.target


def _keep(sketch: Sketch, sheet: Sheet, key: UniqueKey) -> None:
    members = members_of(sketch, sheet, key)
    if key.solid:
        sheet.solid.update(key.columns)
    elif any(column in sheet.nulled for column in key.columns):
        return
    if any(member.name in sheet.alone or (member.name,) in sheet.groups for member in members):
        return
    names = {member.name for member in members}
    if any(names.issuperset(group) for group in sheet.groups):
        return
    for way in (_deal_small, _make_alone, _shrink_to_room, _deal_all, _shrink_to_one):
        if way(sheet, key, members):
            return
    if not _tell_apart(sketch, sheet, key):
        _give_up(sheet, key)


def _tell_apart(sketch: Sketch, sheet: Sheet, key: UniqueKey) -> bool:
    """Make a column of the rows pointed to unique, so that each of them is pointed to once."""
    for pointer in tuple(sheet.pointers.values()):
        there = sketch.sheets.get(pointer.key.target)
        if there is None or pointer.same or pointer.even or pointer.differs or pointer.after:
            continue
        able = [name for name in copied(pointer, key) if _could_be_alone(there, name)]
        if able:
            there.alone[able[0]] = f"{key.name} of {sheet.table.name}"
            own = tuple(c for c in pointer.key.columns if c not in pointer.skipped)
            return _shrink_to_one(sheet, key, (Member(pointer.name, own, sketch.space(pointer), pointer),))
    return False


def _could_be_alone(sheet: Sheet, name: str) -> bool:
    column = sheet.column(name)
    taken = {
        *sheet.filled_by,
        *sheet.nulled,
        *sheet.columns,
        *sheet.fixed,
        *(n for group in sheet.groups for n in group),
    }
    return (
        not column.generated
        and name not in taken
        and column.type.family in (Family.TEXT, Family.INTEGER, Family.UUID)
        and room(column, sheet.facts.columns.get(name)) >= PLENTY
    )


def _deal_small(sheet: Sheet, _: UniqueKey, members: tuple[Member, ...]) -> bool:
    """References and one small number: the third line of an order. Not where a text or a moment is there to tell."""
    plain = [m for m in members if m.pointer is None and m.room > 1]
    others = [m for m in members if m.pointer is not None and m.dealable and _free(sheet, m)]
    if not others or (plain and not all(_small(sheet, m) for m in plain)):
        return False
    if not plain and prod(m.room for m in others) < sheet.rows:
        return False
    group = [*others, *(m for m in plain if _free(sheet, m))]
    if prod(m.room for m in group) < sheet.rows * 1.2 and plain:
        return False
    _deal(sheet, group)
    return True


def _small(sheet: Sheet, member: Member) -> bool:
    if any(member.name in (r.column, getattr(r, "other", None)) for r in sheet.facts.relations):
        return False  # what is compared is made in another way
    column = sheet.column(member.name)
    return column.type.family in (Family.INTEGER, Family.DATE, Family.BOOLEAN) or bool(column.type.labels)


def _free(sheet: Sheet, member: Member) -> bool:
    return not any(member.name in group for group in sheet.groups)


def _make_alone(sheet: Sheet, key: UniqueKey, members: tuple[Member, ...]) -> bool:
    """A column that can hold a value of its own in each row."""
    able = [m for m in members if m.pointer is None and m.room >= sheet.rows and _free(sheet, m)]
    if not able:
        return False
    ranked = sorted(able, key=lambda m: (not _on_top(sheet, m), _preference(sheet, m), -members.index(m)))
    sheet.alone[ranked[0].name] = key.name
    return True


def _on_top(sheet: Sheet, member: Member) -> bool:
    """Whether a CHECK lets it lie above others, and nothing below others."""
    compared = [r for r in sheet.facts.relations if isinstance(r, Compare)]
    above = [r for r in compared if (r.column if r.op in (">", ">=") else r.other) == member.name and r.op != "="]
    below = [r for r in compared if (r.other if r.op in (">", ">=") else r.column) == member.name and r.op != "="]
    return bool(above) and not below


def _preference(sheet: Sheet, member: Member) -> int:
    family = sheet.column(member.name).type.family
    order = (Family.UUID, Family.INTEGER, Family.TEXT, Family.DECIMAL, Family.TIMESTAMP, Family.DATE)
    rank = order.index(family) if family in order else len(order)
    words = tokens(member.name)
    rank += 5 if len(words) > 1 and words[-1] in ENDS else 0  # another table's number, perhaps
    return rank + (10 if member.name == sheet.moment else 0)


def _deal_all(sheet: Sheet, key: UniqueKey, members: tuple[Member, ...]) -> bool:
    """Everything that can be dealt out; if even that is too little, as many rows as there are combinations."""
    group = [m for m in members if m.dealable and _free(sheet, m) and m.room > 0 and m.name not in sheet.alone]
    if not group:
        return False
    total = prod(m.room for m in group)
    if total < sheet.rows:
        if _nullable_way_out(sheet, key, members):
            return True
        if len(group) < len(members) and total < 2:
            return False
        _cap(sheet, total, key)
    _deal(sheet, group)
    return True


def _nullable_way_out(sheet: Sheet, key: UniqueKey, members: tuple[Member, ...]) -> bool:
    """Rather than to have only a handful of rows, leave a column null, as nulls differ."""
    total = prod(m.room for m in members)
    if key.solid or total * 4 >= sheet.rows:
        return False
    return _stay_null(sheet, key)


def _shrink_to_room(sheet: Sheet, key: UniqueKey, members: tuple[Member, ...]) -> bool:
    """A column alone of which there are not so many values, such as a share of three digits."""
    able = [m for m in members if m.pointer is None and m.room > 1 and _free(sheet, m)]
    if len(members) > 1 or not able or sheet.column(able[0].name).type.family is Family.TEXT:
        return False
    if _nullable_way_out(sheet, key, members):
        return True
    _cap(sheet, able[0].room, key)
    sheet.alone[able[0].name] = key.name
    return True


def _shrink_to_one(sheet: Sheet, key: UniqueKey, members: tuple[Member, ...]) -> bool:
    """Take a reference out of another group and deal it out alone: one-to-one keeps both keys."""
    for member in members:
        if member.pointer is None or not member.dealable:
            continue
        sheet.groups = [group for group in sheet.groups if member.name not in group]
        sheet.groups.append((member.name,))
        member.pointer.tree = False
        _cap(sheet, member.room, key)
        return True
    return False


def _give_up(sheet: Sheet, key: UniqueKey) -> None:
    if not key.solid and _stay_null(sheet, key):
        return
    _cap(sheet, 1, key)
    sheet.notes.append(f"nothing tells more than one row apart in {key.name} ({', '.join(key.columns)})")


def _stay_null(sheet: Sheet, key: UniqueKey) -> bool:
    for column in key.columns:
        pointer = sheet.filled_by.get(column)
        if column in sheet.solid or not sheet.nullable(column) or (pointer and not pointer.single):
            continue
        if sheet.column(column).generated:
            continue
        if pointer is not None:
            del sheet.pointers[pointer.name]
        sheet.nulled[column] = f"so that rows differ in {key.name}"
        return True
    return False


def _deal(sheet: Sheet, group: list[Member]) -> None:
    """Write the group down; a number among references is given no more values than rows need."""
    for member in group:
        if member.pointer is not None:
            member.pointer.tree = False
    sheet.groups.append(tuple(m.name for m in group))
    spans = [m for m in group if m.pointer is None and _spans(sheet, m)]
    others = prod(m.room for m in group if m not in spans)
    for member in spans[:1]:
        rest = prod(m.room for m in spans[1:])
        sheet.spans[member.name] = min(max(-(-sheet.rows * 2 // max(others * rest, 1)), 3), member.room)


def _spans(sheet: Sheet, member: Member) -> bool:
    return sheet.column(member.name).type.family in (Family.INTEGER, Family.DATE)


def _cap(sheet: Sheet, rows: int, key: UniqueKey) -> None:
    if rows < sheet.rows:
        sheet.rows = max(rows, 1)
        sheet.ceiling = sheet.rows
        sheet.why_rows = f"more cannot differ in {key.name} ({', '.join(key.columns)})"


def _shrunk(sketch: Sketch, sheet: Sheet) -> bool:
    """Whether a table had to lose rows, because what it points to has lost some."""
    before = sheet.rows
    if sheet.part is not None:
        _cap(sheet, sketch.rows_of(sheet.part[0]) // sheet.part[1], UniqueKey("the table of all kinds", ()))
    for group in sheet.groups:
        key = UniqueKey("a unique key", group)
        _cap(sheet, _combinations(sketch, sheet, group), key)
    for pointer in sheet.pointers.values():
        if pointer.same is not None and (there := sketch.sheets.get(pointer.key.target)) is not None:
            common = _common_rows(sketch, there)
            if there.rows < common and there.ceiling is None:
                there.rows = common
                before = -1
            elif there.rows < common:
                _thin(sketch, there)
                before = -1
    return sheet.rows != before


def _combinations(sketch: Sketch, sheet: Sheet, group: tuple[str, ...]) -> int:
    """So many rows can differ in a group; of two rows there is one pair in order."""
    total = prod(_space(sketch, sheet, name) for name in group)
    pairs = [p for name in group if (p := sheet.pointers.get(name)) is not None and p.after in group]
    return total // 2 if any(sketch.space(pointer) == 2 for pointer in pairs) else total


def _space(sketch: Sketch, sheet: Sheet, name: str) -> int:
    if name in sheet.pointers:
        pointer = sheet.pointers[name]
        return space_of(sheet, pointer, sketch.space(pointer))
    return sheet.spans.get(name) or room(sheet.column(name), sheet.facts.columns.get(name)) or PLENTY


def _thin(sketch: Sketch, there: Sheet) -> None:
    """What the rows of a table go round has no more rows than those, so that each has some."""
    for pointer in there.pointers.values():
        round_ = sketch.sheets.get(pointer.key.target) if pointer.even else None
        if round_ is not None and round_.rows > there.rows:
            round_.rows = round_.ceiling = there.rows
            round_.why_rows = f"so that each is in a row of {there.table.qualified}"


def _common_rows(sketch: Sketch, there: Sheet) -> int:
    """Of the rows that those of a table go round, how many there are."""
    return max((sketch.rows_of(p.key.target) for p in there.pointers.values() if p.even), default=0)
