"""Rules for made-up tables beyond those of one column: comparisons, uniques, exclusions, conditions, sums."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from tests.property.random_sheets import Sheet, columns_of
from tests.property.random_types import referring

Rule = Callable[[st.DrawFn, Sheet], None]


def compared(draw: st.DrawFn, sheet: Sheet) -> None:
    """Sometimes a CHECK over two columns that nothing else restricts."""
    free = [f for f in sheet.fields if f.free and f.kind]
    pairs = [(a, b) for a in free for b in free if a is not b and a.kind is b.kind and a.kind and a.kind.ordered]
    if pairs and draw(st.booleans()):
        low, high = draw(st.sampled_from(pairs))
        operator = draw(st.sampled_from(["<", "<=", "<>"]))
        sheet.rules.append(f"check ({low.quoted} {operator} {high.quoted})")
        low.free = high.free = False
    loose = [f for f in free if not f.required and f.free]
    if len(loose) > 1 and draw(st.integers(0, 3)) == 3:
        one, other = loose[:2]
        rule = draw(st.sampled_from(["{} is not null or {} is not null", "({} is null) = ({} is null)"]))
        sheet.rules.append("check (" + rule.format(one.quoted, other.quoted) + ")")
        one.free = other.free = False


def unique(draw: st.DrawFn, sheet: Sheet) -> None:
    """A unique constraint or index over one to three columns; some others may refer to."""
    able = [f for f in sheet.fields if not f.generated and (f.kind is None or f.kind.unique)]
    if not able or sheet.partition:  # there a unique constraint must hold the key of the partitions
        return
    fields = draw(st.lists(st.sampled_from(able), min_size=1, max_size=3, unique_by=lambda f: f.name))
    columns = columns_of(fields)
    form = draw(st.sampled_from(["plain", "plain", "nulls", "partial", "lower", "deferred"]))
    texts = [f for f in fields if f.declared in ("text", "varchar(12)")]
    flags = [f for f in sheet.fields if f.declared == "boolean"]
    if form == "partial":
        where = flags[0].quoted if flags else f"{fields[0].quoted} is not null"
        sheet.indexes.append(f"create unique index on {sheet.quoted} ({columns}) where {where}")
    elif form == "lower" and texts:
        sheet.indexes.append(f"create unique index on {sheet.quoted} (lower({texts[0].quoted}))")
    elif form == "nulls":
        sheet.rules.append(f"unique nulls not distinct ({columns})")
    else:
        sheet.rules.append(f"unique ({columns})" + (" deferrable" if form == "deferred" else ""))


def conditional(draw: st.DrawFn, sheet: Sheet) -> None:
    """A column of states, and what must be null or not in one of them."""
    loose = [f for f in sheet.fields if f.free and f.kind and not f.required and not f.default]
    if not loose:
        return
    other = draw(st.sampled_from(loose))
    state = sheet.add("state", "text", required=True, free=False).quoted
    sheet.rules.append(f"check ({state} in ('draft', 'sent', 'done'))")
    rule = draw(
        st.sampled_from(
            [
                "{s} <> 'sent' or {o} is not null",
                "({s} = 'done') = ({o} is not null)",
                "case when {s} = 'draft' then {o} is null else true end",
                "({s} = 'sent' and {o} is not null) or ({s} <> 'sent' and {o} is null)",
                "not ({s} = 'done' and {o} is null)",
            ]
        )
    )
    sheet.rules.append(f"check ({rule.format(s=state, o=other.quoted)})")
    other.free = False


def exclusive(draw: st.DrawFn, sheet: Sheet) -> None:
    """Exactly or at least one of some columns is filled."""
    count = draw(st.integers(2, 3))
    columns = [sheet.add(f"way{i}", draw(st.sampled_from(["integer", "text", "date"])), required=False, free=False)
               for i in range(count)]  # fmt: skip
    operator = draw(st.sampled_from(["= 1", ">= 1", "<= 1"]))
    sheet.rules.append(f"check (num_nonnulls({columns_of(columns)}) {operator})")


def excluded(draw: st.DrawFn, sheet: Sheet) -> None:
    """No two rows of a room at once."""
    if sheet.partition:
        return
    room = sheet.add("room", draw(st.sampled_from(["integer", "text", "smallint"])), required=True, free=False)
    during = sheet.add(
        "held", draw(st.sampled_from(["tstzrange", "daterange", "int4range"])), required=True, free=False
    )
    where = " where (not cancelled)" if draw(st.booleans()) else ""
    if where:
        sheet.add("cancelled", "boolean", required=True, free=False)
    sheet.rules.append(f"exclude using gist ({room.quoted} with =, {during.quoted} with &&){where}")


def added_up(draw: st.DrawFn, sheet: Sheet) -> None:
    """A column that the others determine."""
    pieces = sheet.add("pieces", "integer", required=True, free=False).quoted
    price = sheet.add("each", "numeric(8, 2)", required=True, free=False).quoted
    total = sheet.add("sum", "numeric(14, 2)", required=True, free=False).quoted
    sheet.rules.append(f"check ({pieces} > 0)")
    sheet.rules.append(
        f"check ({total} = {pieces} * {price})" if draw(st.booleans()) else f"check ({total} >= {price})"
    )


def apart(draw: st.DrawFn, sheet: Sheet) -> None:
    """A tree in which no row is its own parent."""
    if len(sheet.keys) == 0 or len(sheet.keys[0]) != 1:
        return
    key = sheet.keys[0][0]
    parent = sheet.add("above", referring(key.declared), required=False, free=False)
    sheet.references.append(
        f"alter table {sheet.quoted} add foreign key ({parent.quoted}) references {sheet.quoted} ({key.quoted})"
    )
    if draw(st.booleans()):
        sheet.rules.append(f"check ({parent.quoted} <> {key.quoted})")


RULES: tuple[Rule, ...] = (compared, unique, unique, conditional, exclusive, excluded, added_up, apart)
"""What may be said of a table, once its columns and references are there."""
