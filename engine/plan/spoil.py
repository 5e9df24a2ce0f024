"""What each kind of fault changes, and what it refuses: one function a kind, in one list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from engine.errors import Code, Path, SpecError, wrong
from engine.faults.texts import SpoiledText
from engine.faults.values import Nothing, Other
from engine.generators.after import After
from engine.generators.base import Context
from engine.generators.constant import Constant
from engine.generators.expr import Expr
from engine.plan.draft import ColumnDraft, Draft, EntityDraft, column_place, follows, forks, listed, nearest
from engine.plan.fresh import fresh_key, missing_key
from engine.plan.kernels import context_of
from engine.plan.model import Change
from engine.spec.fault import Fault
from engine.sqltext import quote
from engine.stream import Key
from engine.types import Family, PgType, value_type
from engine.units import Duration

_NUMBERS = (Family.INTEGER, Family.DECIMAL, Family.FLOAT)


@dataclass(frozen=True, slots=True)
class Site:
    """A fault, the entity that it hits, and its stream."""

    draft: Draft
    entity: EntityDraft
    fault: Fault
    key: Key

    def column(self, name: str, *path: str | int) -> tuple[ColumnDraft, PgType]:
        """A column that may be changed, and its type. Raises SpecError (UNKNOWN_COLUMN, FAULT_FORBIDDEN)."""
        found = self.entity.columns.get(name)
        if found is None or found.hidden:
            raise self._unknown(name, found, path)
        if found.type is None or self.draft.broken(*column_place(self.entity, name)):
            raise follows()
        if name in self.entity.table.primary_key:
            message = f"'{name}' is in the primary key of '{self.entity.spec.table}', which no fault changes"
            raise wrong(Code.FAULT_FORBIDDEN, message, path=path)
        return found, found.type

    def _unknown(self, name: str, found: ColumnDraft | None, path: Path) -> SpecError:
        if found is not None:
            return wrong(Code.UNKNOWN_COLUMN, f"'{name}' is hidden: nothing of it is written", path=path)
        made = [c.name for c in self.entity.columns.values() if not c.hidden]
        hint = nearest(name, made) or f"there are {listed(made)}"
        if self.entity.table.column(name) is not None:
            hint = f"'{name}' is left to PostgreSQL; make it under '{self.entity.name}'"
        return wrong(Code.UNKNOWN_COLUMN, f"'{self.entity.name}' writes no column '{name}'", path=path, hint=hint)

    def context(self, column: ColumnDraft) -> Context:
        """What a generator is told that makes the wrong values of a column."""
        own = self.key.child(column.name)
        return replace(context_of(self.draft, self.entity, column), key=own, unique=False)

    def require_no_key(self, name: str, *path: str | int) -> None:
        """Raise SpecError (FAULT_FORBIDDEN) where a foreign key keeps the column to values that exist."""
        key = next((k for k in self.entity.table.foreign_keys if name in k.columns), None)
        if key is not None:
            raise wrong(
                Code.FAULT_FORBIDDEN,
                f"'{name}' is in the foreign key {key.name} of '{self.entity.spec.table}', which PostgreSQL checks",
                path=path,
                hint="leave the foreign key out of the table: data of poor quality live where nothing checks them",
            )


def nulls(site: Site) -> tuple[Change, ...]:
    """Columns become null."""
    found = []
    for number, name in enumerate(site.fault.nulls or ()):
        column, type_ = site.column(name, "nulls", number)
        if not column.nullable:
            message = f"'{name}' is NOT NULL in '{site.entity.spec.table}'"
            raise wrong(Code.NULL_NOT_ALLOWED, message, path=("nulls", number))
        found.append(Change(name, type_, Nothing(value_type(type_))))
    return tuple(found)


def duplicate(site: Site) -> tuple[Change, ...]:
    """The row again, with a fresh key."""
    assert site.fault.duplicate is not None
    entity, fresh = site.entity, site.fault.duplicate.new_key
    left = {c.name for c in entity.table.columns} - {c.name for c in entity.columns.values() if not c.hidden}
    keyed = fresh and entity.table.primary_key and not left.intersection(entity.table.primary_key)
    changes = (fresh_key(entity, site.key),) if keyed else ()
    renewed = {change.column for change in changes} | left  # what PostgreSQL fills it fills again
    constraints = [("primary key", entity.table.primary_key)] if entity.table.primary_key else []
    constraints += [(u.name, u.columns) for u in entity.table.uniques if not u.partial]
    for name, columns in constraints:
        if not renewed.intersection(columns):
            raise wrong(
                Code.FAULT_FORBIDDEN,
                f"a second row would have the same {listed(columns)}, unique in '{entity.spec.table}' ({name})",
                path=("duplicate",),
                hint="say new_key: true" if name == "primary key" else "leave the constraint out of the table",
            )
    return changes


def late(site: Site) -> tuple[Change, ...]:
    """A moment and a delay."""
    assert site.fault.late is not None
    column, type_ = site.column(site.fault.late.column, "late", "column")
    if type_.family not in (Family.TIMESTAMP, Family.DATE):
        message = f"'{column.name}' is {type_}, and only a date or timestamp can be late"
        raise wrong(Code.WRONG_KIND, message, path=("late", "column"))
    made = After(after=column.name, by=site.fault.late.by)
    try:
        kernel = made.compile(site.context(column))
        low, high = made.delay_bounds(site.draft.window)
    except SpecError as error:
        raise error.under("late") from None
    if low < 0 or high == 0:
        written = Duration(low) if low < 0 else "0s"
        raise wrong(Code.OUT_OF_RANGE, f"late by {written} is not late", path=("late", "by"))
    return (Change(column.name, type_, kernel),)


def encoding(site: Site) -> tuple[Change, ...]:
    """Text through another encoding."""
    assert site.fault.encoding is not None
    return _texts(site, "encoding", site.fault.encoding.columns, site.fault.encoding.how)


def text(site: Site) -> tuple[Change, ...]:
    """Text that is cut, in the wrong case, or with stray characters."""
    assert site.fault.text is not None
    return _texts(site, "text", site.fault.text.columns, site.fault.text.how)


def _texts(site: Site, kind: str, columns: tuple[str, ...], how: str) -> tuple[Change, ...]:
    found = []
    for number, name in enumerate(columns):
        path = (kind, "columns", number)
        _, type_ = site.column(name, *path)
        if type_.family is not Family.TEXT or type_.labels:
            raise wrong(Code.WRONG_KIND, f"'{name}' is {type_}, and only free text can be spoiled", path=path)
        site.require_no_key(name, *path)
        found.append(Change(name, type_, SpoiledText((name,), how, type_.length)))
    return tuple(found)


def orphan(site: Site) -> tuple[Change, ...]:
    """A key that no row of the target has."""
    found = []
    for number, name in enumerate(site.fault.orphan or ()):
        path = ("orphan", number)
        column, type_ = site.column(name, *path)
        if column.target not in site.draft.entities:
            hint = "it takes a `reference` to one entity, or what `per … as` fills"
            told = "refers to several entities" if forks(site.entity, name) else "refers to nothing"
            raise wrong(Code.WRONG_KIND, f"'{name}' {told}", path=path, hint=hint)
        site.require_no_key(name, *path)
        try:
            found.append(Change(name, type_, missing_key(site.draft, site.entity, column, site.key.child(name))))
        except SpecError as error:
            raise error.under(*path) from None
    return tuple(found)


def scale(site: Site) -> tuple[Change, ...]:
    """Numbers times another."""
    assert site.fault.scale is not None
    given, found = site.fault.scale, []
    if given.by == 1:
        raise wrong(Code.OUT_OF_RANGE, "a number times 1 is the same number", path=("scale", "by"))
    for number, name in enumerate(given.columns):
        path = ("scale", "columns", number)
        column, type_ = site.column(name, *path)
        if type_.family not in _NUMBERS:
            raise wrong(Code.WRONG_KIND, f"'{name}' is {type_}, and only numbers can be scaled", path=path)
        site.require_no_key(name, *path)
        try:
            kernel = Expr(expr=f"{quote(name)} * ({given.by!r})", round=None).compile(site.context(column))
        except SpecError as error:
            raise SpecError(replace(d, path=path) for d in error.diagnostics) from None
        found.append(Change(name, type_, kernel))
    return tuple(found)


def swap(site: Site) -> tuple[Change, ...]:
    """Two columns, each with the other's value."""
    names = site.fault.swap or ()
    pairs = [site.column(name, "swap", number) for number, name in enumerate(names)]
    (one, its), (two, others) = pairs
    if replace(its, domain=None) != replace(others, domain=None):
        message = f"'{one.name}' is {its} and '{two.name}' is {others}: neither holds the other's values"
        raise wrong(Code.WRONG_KIND, message, path=("swap",))
    if one.nullable is not two.nullable:
        tight = two if one.nullable else one
        raise wrong(Code.NULL_NOT_ALLOWED, f"'{tight.name}' is NOT NULL, and the other is not", path=("swap",))
    for number, name in enumerate(names):
        site.require_no_key(name, "swap", number)
    return Change(one.name, its, Other((two.name,))), Change(two.name, others, Other((one.name,)))


def set_(site: Site) -> tuple[Change, ...]:
    """Values of a generator."""
    found = []
    for name, made in (site.fault.set_ or {}).items():
        path = ("set", name)
        column, type_ = site.column(name, *path)
        site.require_no_key(name, *path)
        if made.links():
            raise wrong(Code.WRONG_KIND, f"a fault cannot make '{made.kind}'", path=path, hint="use `orphan`")
        if isinstance(made, Constant) and made.constant is None and not column.nullable:
            message = f"'{name}' is NOT NULL in '{site.entity.spec.table}'"
            raise wrong(Code.NULL_NOT_ALLOWED, message, path=path)
        try:
            found.append(Change(name, type_, made.compile(site.context(column))))
        except SpecError as error:
            raise error.under(*path) from None
    return tuple(found)


SPOILERS: Mapping[str, Callable[[Site], tuple[Change, ...]]] = {
    "nulls": nulls,
    "duplicate": duplicate,
    "late": late,
    "encoding": encoding,
    "text": text,
    "orphan": orphan,
    "scale": scale,
    "swap": swap,
    "set": set_,
}
