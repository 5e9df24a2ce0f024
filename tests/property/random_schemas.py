"""Made-up PostgreSQL schemas, as the statements that create them: keys, references every way, rules on columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.property.random_types import KEYS, PLAIN, SETUP, Kind, referring

ODD_NAMES = ("order", "Mixed Case", "ключ", 'with"quote', "row", "a.b", "null", "yes")
DEFERRED = ("", " deferrable", " deferrable initially deferred")


@dataclass
class Field:
    """A column while its table is being thought up."""

    name: str
    declared: str
    required: bool
    kind: Kind | None = None
    default: str | None = None
    generated: str | None = None
    free: bool = True  # nothing else restricts it yet

    @property
    def quoted(self) -> str:
        return '"' + self.name.replace('"', '""') + '"'

    @property
    def sql(self) -> str:
        words = [self.quoted, self.declared]
        words += [f"default {self.default}"] if self.default else []
        words += [f"generated always as ({self.generated}) stored"] if self.generated else []
        return " ".join([*words, *(["not null"] if self.required else [])])


@dataclass
class Sheet:
    """A table while it is being thought up; `keys` are what others may refer to."""

    name: str
    fields: list[Field] = field(default_factory=list)
    keys: list[list[Field]] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    indexes: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)

    @property
    def quoted(self) -> str:
        return 'made."' + self.name.replace('"', '""') + '"'

    def add(self, wanted: str, declared: str, *, required: bool, **more: object) -> Field:
        taken = {f.name for f in self.fields}
        name = next(n for n in (wanted, *(f"{wanted}_{i}" for i in range(2, 99))) if n not in taken)
        self.fields.append(Field(name, declared, required, **more))
        return self.fields[-1]

    def statements(self) -> Iterator[str]:
        parts = ",\n    ".join([*(f.sql for f in self.fields), *self.rules])
        yield f"create table {self.quoted} (\n    {parts}\n)"
        yield from self.indexes


@st.composite
def schemas(draw: st.DrawFn, most_tables: int = 6) -> tuple[str, ...]:
    """The statements that make a schema called `made` in an empty database."""
    count = draw(st.integers(1, most_tables))
    odd = draw(st.lists(st.integers(0, 9), min_size=count, max_size=count))
    names = [draw(st.sampled_from(ODD_NAMES)) if odd[i] == 9 else f"t{i}" for i in range(count)]
    sheets = [Sheet(name) for name in dict.fromkeys(names)]
    for sheet in sheets:
        _key(draw, sheet)
        for _ in range(draw(st.integers(0 if sheet.fields else 1, 5))):
            _column(draw, sheet)
    for sheet in sheets:
        for _ in range(draw(st.integers(0, 3))):
            _reference(draw, sheet, draw(st.sampled_from(sheets)))
    for sheet in sheets:
        _compared(draw, sheet)
        for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
            _unique(draw, sheet)
    made = [statement for sheet in sheets for statement in sheet.statements()]
    return (*SETUP, *made, *(r for sheet in sheets for r in sheet.references))


def _columns(fields: list[Field]) -> str:
    return ", ".join(f.quoted for f in fields)


def _key(draw: st.DrawFn, sheet: Sheet) -> None:
    """A primary key of one or two columns, or none."""
    parts = draw(st.sampled_from([1, 1, 1, 1, 2, 2, 0]))
    declared = [draw(st.sampled_from(KEYS)) for _ in range(parts)]
    if parts == 2 and "smallint" not in declared:
        declared[1] = draw(st.sampled_from(["smallint", "text", "date"]))
    fields = [sheet.add("id" if i == 0 else "part", d, required=True, free=False) for i, d in enumerate(declared)]
    if fields:
        sheet.keys.append(fields)
        sheet.rules.append(f"primary key ({_columns(fields)})")
    if draw(st.integers(0, 4)) == 4:  # a key that is not the primary one
        natural = sheet.add("natural", draw(st.sampled_from(KEYS)), required=draw(st.booleans()), free=False)
        sheet.keys.append([natural])
        sheet.rules.append(f"unique ({natural.quoted})")


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


def _reference(draw: st.DrawFn, sheet: Sheet, target: Sheet) -> None:
    """A foreign key to one of the target's keys, from columns of its own, or from the table's own key."""
    if not target.keys:
        return
    wanted = draw(st.sampled_from(target.keys))
    types = [referring(f.declared) for f in wanted]
    own = sheet.keys[0] if sheet.keys else []
    shared = target is not sheet and [f.declared for f in own] == types and draw(st.booleans())
    if shared:
        columns = own
    else:
        required = draw(st.booleans())
        named = [f"{target.name}_{f.name}" for f in wanted]
        columns = [sheet.add(n, t, required=required, free=False) for n, t in zip(named, types, strict=True)]
        if own and len(columns) == 2 and own[0].declared == types[0] and target is not sheet and draw(st.booleans()):
            sheet.fields.remove(columns[0])
            columns[0] = own[0]  # overlaps on the first column, as on a tenant
        if draw(st.integers(0, 5)) == 5:
            sheet.rules.append(f"unique ({_columns(columns)})")
    how = draw(st.sampled_from(DEFERRED))
    full = " match full" if len(columns) > 1 and draw(st.integers(0, 3)) == 3 else ""
    sheet.references.append(
        f"alter table {sheet.quoted} add foreign key ({_columns(columns)}) "
        f"references {target.quoted} ({_columns(wanted)}){full}{how}"
    )


def _compared(draw: st.DrawFn, sheet: Sheet) -> None:
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


def _unique(draw: st.DrawFn, sheet: Sheet) -> None:
    """A unique constraint or index over one to three columns; some others may refer to."""
    able = [f for f in sheet.fields if not f.generated and (f.kind is None or f.kind.unique)]
    if not able:
        return
    fields = draw(st.lists(st.sampled_from(able), min_size=1, max_size=3, unique_by=lambda f: f.name))
    columns = _columns(fields)
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
