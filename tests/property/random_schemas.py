"""Made-up PostgreSQL schemas, as the statements that create them: keys, references every way, rules on columns."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.property.random_rules import RULES
from tests.property.random_sheets import PARTED, Field, Sheet, columns_of
from tests.property.random_types import KEYS, PLAIN, SETUP, referring

ODD_NAMES = ("order", "Mixed Case", "ключ", 'with"quote', "row", "a.b", "null", "yes")
DEFERRED = ("", " deferrable", " deferrable initially deferred")


@st.composite
def schemas(draw: st.DrawFn, most_tables: int = 6) -> tuple[str, ...]:
    """The statements that make a schema called `made` in an empty database."""
    count = draw(st.integers(1, most_tables))
    odd = draw(st.lists(st.integers(0, 9), min_size=count, max_size=count))
    names = [draw(st.sampled_from(ODD_NAMES)) if odd[i] == 9 else f"t{i}" for i in range(count)]
    sheets = [Sheet(name) for name in dict.fromkeys(names)]
    for number, sheet in enumerate(sheets):
        _key(draw, sheet, sheets[:number])
        for _ in range(draw(st.integers(0 if sheet.fields else 1, 5))):
            _column(draw, sheet)
    for number, sheet in enumerate(sheets):
        for _ in range(draw(st.integers(0, 3))):
            target = draw(st.integers(0, len(sheets) - 1))
            _reference(draw, sheet, sheets[target], earlier=target < number)
    for sheet in sheets:
        for rule in draw(st.lists(st.sampled_from(RULES), max_size=3)):
            rule(draw, sheet)
    made = [statement for sheet in sheets for statement in sheet.statements()]
    return (*SETUP, *made, *(r for sheet in sheets for r in sheet.references))


def _key(draw: st.DrawFn, sheet: Sheet, others: list[Sheet]) -> None:
    """A primary key of one or two columns, of two references, or with the column of the partitions in it; or none."""
    form = draw(st.sampled_from(["single", "single", "single", "composite", "junction", "partitioned", "none"]))
    targets = [o for o in others if o.keys and len(o.keys[0]) == 1]
    fields: list[Field] = []
    if form == "junction" and targets:
        fields = [_linked(sheet, draw(st.sampled_from(targets))) for _ in range(2)]
        if fields[0].target == fields[1].target and draw(st.booleans()):
            operator = draw(st.sampled_from(["<>", "<"]))
            sheet.rules.append(f"check ({fields[0].quoted} {operator} {fields[1].quoted})")
    elif form == "partitioned":
        sheet.partition = draw(st.sampled_from(sorted(PARTED)))
        declared = draw(st.sampled_from([k for k in KEYS if "serial" not in k]))
        fields = [sheet.add("id", declared, required=True, free=False)]
        fields += [sheet.add("part", PARTED[sheet.partition], required=True, free=False)]
    elif form != "none":
        declared = [draw(st.sampled_from(KEYS))]
        declared += [draw(st.sampled_from(["smallint", "text", "date"]))] * (form == "composite")
        fields = [sheet.add("id" if i == 0 else "part", d, required=True, free=False) for i, d in enumerate(declared)]
    if fields:
        sheet.keys.append(fields)
        sheet.rules.append(f"primary key ({columns_of(fields)})")
    if draw(st.integers(0, 4)) == 4 and not sheet.partition:  # a key that is not the primary one
        natural = sheet.add("natural", draw(st.sampled_from(KEYS)), required=draw(st.booleans()), free=False)
        sheet.keys.append([natural])
        sheet.rules.append(f"unique ({natural.quoted})")


def _linked(sheet: Sheet, target: Sheet) -> Field:
    """A required column that refers to the single key of a table."""
    key = target.keys[0][0]
    link = sheet.add(f"{target.name}_ref"[:50], referring(key.declared), required=True, free=False, target=target.name)
    sheet.references.append(
        f"alter table {sheet.quoted} add foreign key ({link.quoted}) references {target.quoted} ({key.quoted})"
    )
    return link


def _column(draw: st.DrawFn, sheet: Sheet) -> None:
    kind = draw(st.sampled_from(PLAIN))
    wanted = draw(st.sampled_from(ODD_NAMES if draw(st.integers(0, 14)) == 14 else kind.names))
    made = sheet.add(wanted, kind.sql, required=draw(st.booleans()), kind=kind)
    if kind.defaults and draw(st.integers(0, 3)) == 3:
        made.default = draw(st.sampled_from(kind.defaults)).format()
    if kind.checks and draw(st.integers(0, 2)) == 2:
        rule = draw(st.sampled_from(kind.checks))
        sheet.rules.append(f"check ({rule.format(c=made.quoted)})")
        made.free = False
    if kind.sql == "integer" and draw(st.integers(0, 5)) == 5:
        sheet.add("doubled", "bigint", required=False, generated=f"{made.quoted}::bigint * 2", free=False)


def _reference(draw: st.DrawFn, sheet: Sheet, target: Sheet, *, earlier: bool) -> None:
    """A foreign key to one of the target's keys, from columns of its own, or from the table's own key.

    Only to an earlier table from its own key: keys that make each other in a circle are refused.
    """
    if not target.keys:
        return
    wanted = draw(st.sampled_from(target.keys))
    types = [referring(f.declared) for f in wanted]
    own = sheet.keys[0] if sheet.keys else []
    shared = earlier and [f.declared for f in own] == types and draw(st.booleans())
    if shared:
        columns = own
    else:
        required = draw(st.booleans())
        named = [f"{target.name}_{f.name}" for f in wanted]
        columns = [sheet.add(n, t, required=required, free=False) for n, t in zip(named, types, strict=True)]
        if own and len(columns) == 2 and own[0].declared == types[0] and earlier and draw(st.booleans()):
            sheet.fields.remove(columns[0])
            columns[0] = own[0]  # overlaps on the first column, as on a tenant
        if draw(st.integers(0, 5)) == 5 and not sheet.partition:
            sheet.rules.append(f"unique ({columns_of(columns)})")
    how = draw(st.sampled_from(DEFERRED))
    full = " match full" if len(columns) > 1 and draw(st.integers(0, 3)) == 3 else ""
    sheet.references.append(
        f"alter table {sheet.quoted} add foreign key ({columns_of(columns)}) "
        f"references {target.quoted} ({columns_of(wanted)}){full}{how}"
    )
