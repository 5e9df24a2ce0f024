"""Fourth pass: how many rows each table has."""

from __future__ import annotations

from collections import Counter

from engine.sketch.sheet import Pointer, Sheet, Sketch

LISTED = 0.25
"""Of an average table's rows: those of a table that refers to nothing and is referred to, such as countries."""
USUAL, LEAVES = 1.0, 1.4
"""The same of tables in between, and of those that refer to others and are referred to by none, such as order lines."""

ROUNDS = 4
"""Over so many tables it is handed on that each row is pointed to once."""


def count_rows(sketch: Sketch) -> None:
    """Rows in proportion: what statistics say, else by a table's place among the others."""
    pointed = Counter(p.key.target for sheet in sketch.sheets.values() for p in sheet.pointers.values())
    known = sketch.wish.profile and any(sheet.table.estimated_rows for sheet in sketch.sheets.values())
    shares = {
        key: float(sheet.table.estimated_rows) if known else _share(sheet, pointed[key])
        for key, sheet in sketch.sheets.items()
    }
    for _ in range(0 if known else ROUNDS):
        for key, sheet in sketch.sheets.items():
            for pointer in sheet.pointers.values():
                if pointer.key.target in shares and _once(sheet, pointer):
                    shares[pointer.key.target] = max(shares[pointer.key.target], shares[key])
            if sheet.part is not None:
                shares[sheet.part[0]] = max(shares[sheet.part[0]], shares[key] * sheet.part[1])
    total = sum(shares.values()) or 1.0
    for key, sheet in sketch.sheets.items():
        wanted = sketch.wish.rows * len(shares) * shares[key] / total
        sheet.rows = max(round(wanted), 1)
        if known:
            sheet.why_rows = f"{sheet.table.estimated_rows:,} there"
            if not sketch.wish.rows_given:
                sheet.rows = max(sheet.table.estimated_rows, 1)


def _once(sheet: Sheet, pointer: Pointer) -> bool:
    """Whether no two rows point to the same one, so that there have to be as many."""
    whole = (sheet.table.primary_key, *(unique.columns for unique in sheet.table.uniques if not unique.partial))
    return any(columns and {*columns} <= {*pointer.key.columns} for columns in whole)


def _share(sheet: Sheet, pointed: int) -> float:
    others = [p for p in sheet.pointers.values() if p.key.target != sheet.table.id]
    if not others:
        return LISTED if pointed else USUAL
    return USUAL if pointed else LEAVES
