"""What names mean in a statement: which tables a SELECT reads, what they are called, and which columns they have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.catalog.model import Table
from engine.errors import Code, wrong
from engine.spec.nearest import nearest_or_all

SYSTEM_COLUMNS = frozenset(("ctid", "tableoid", "xmin", "xmax", "cmin", "cmax"))


@dataclass(frozen=True, slots=True)
class Read:
    """Something that FROM names. `columns` are None where only PostgreSQL knows them."""

    columns: frozenset[str] | None
    table: Table | None = None
    function: bool = False

    def has(self, name: str) -> bool:
        """Whether it may have a column of this name."""
        return self.columns is None or name in self.columns or (self.table is not None and name in SYSTEM_COLUMNS)


@dataclass(slots=True)
class Scope:
    """What one SELECT reads, by the name it goes by there, inside another's or not."""

    outer: Scope | None = None
    reads: dict[str, Read] = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)
    unsure: bool = False  # a name may come from where only PostgreSQL can tell

    def around(self) -> Iterator[Scope]:
        """This scope and those it lies in."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer


@dataclass(frozen=True, slots=True)
class Mention:
    """A column's name with all that stands before it, and where."""

    path: tuple[str, ...]
    scope: Scope


def require_known(mentions: list[Mention], scopes: list[Scope]) -> None:
    """Refuse a.b where b is no column of a: PostgreSQL would call a function of that name with a row of a.

    Raises SpecError (R003, X004).
    """
    functions = [(name, read) for scope in scopes for name, read in scope.reads.items() if read.function]
    for mention in mentions:
        *before, name = mention.path
        if name == "*":
            _read(before, mention.scope)
            continue
        if not before:
            _require_bare(name, mention.scope)
            continue
        _require_column(_read(before, mention.scope), ".".join(before), name)
        for called, read in functions:  # wherever it stands: a function's row may be a bare text
            if called == before[-1]:
                _require_column(read, called, name)


def _read(before: list[str], scope: Scope) -> Read:
    *schema, called = before
    for around in scope.around():
        read = around.reads.get(called)
        if read is not None and (not schema or (read.table is not None and [read.table.schema] == schema)):
            return read
    names = [name for around in scope.around() for name in around.reads]
    shown = ".".join(before)
    raise wrong(
        Code.EXPR_UNKNOWN_NAME,
        f"'{shown}' is not what this SELECT reads from",
        hint=nearest_or_all(shown, names, nothing="it has no FROM"),
    )


def _require_column(read: Read, called: str, name: str) -> None:
    if read.has(name):
        return
    what = f"table '{read.table.qualified}'" if read.table else f"'{called}'"
    known = (c.name for c in read.table.columns) if read.table else sorted(read.columns or ())
    hint = nearest_or_all(name, known, nothing="")
    raise wrong(Code.UNKNOWN_COLUMN, f"{what} has no column '{name}'", hint=hint)


def _require_bare(name: str, scope: Scope) -> None:
    """A name alone is a column of something, a row of it, or what another column was called in the same SELECT."""
    around = list(scope.around())
    reads = [read for one in around for read in one.reads.values()]
    if any(one.unsure or name in one.reads or name in one.labels for one in around):
        return
    if any(read.has(name) for read in reads):
        return
    known = dict.fromkeys(c.name for read in reads if read.table for c in read.table.columns)
    hint = nearest_or_all(name, known, nothing="a text stands in 'single quotes'")
    tables = " and ".join(f"'{read.table.qualified}'" for read in reads if read.table)
    where = f"table {tables}" if tables else "what is read"
    raise wrong(Code.UNKNOWN_COLUMN, f"{where} has no column '{name}'", hint=hint)
