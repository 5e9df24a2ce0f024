"""What names mean in a statement: which tables a SELECT reads, what they are called, and which columns they have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from engine.catalog.model import Table
from engine.errors import Code, wrong
from engine.spec.nearest import nearest_or_all

SYSTEM_COLUMNS = frozenset(("ctid", "tableoid", "xmin", "xmax", "cmin", "cmax"))


SHUFFLED = "\0"
"""Stands among the names of columns whose order only PostgreSQL knows."""
Columns: TypeAlias = tuple[frozenset[str], ...]
"""What each column may be called, in order: one name, or those of functions and types that PostgreSQL chooses from."""


@dataclass(frozen=True, slots=True)
class Read:
    """Something that FROM names."""

    columns: Columns
    table: Table | None = None
    function: bool = False

    def has(self, name: str) -> bool:
        """Whether it may have a column of this name."""
        return any(name in names for names in self.columns) or (self.table is not None and name in SYSTEM_COLUMNS)

    def renamed(self, names: Sequence[str]) -> Read:
        """The same with other names for its first columns: only these where their order is not known."""
        rest = () if self.has(SHUFFLED) else self.columns[len(names) :]
        return replace(self, columns=(*map(called, names), *rest)) if names else self


def called(name: str) -> frozenset[str]:
    """The names of a column that has one."""
    return frozenset((name,))


def columns_of(table: Table) -> Read:
    """A table, as FROM names it."""
    return Read(tuple(called(column.name) for column in table.columns), table)


@dataclass(slots=True)
class Scope:
    """What one SELECT reads, by the name it goes by there, inside another's or not."""

    outer: Scope | None = None
    reads: dict[str, Read] = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)
    ordered: bool = True  # whether * is their columns one after the other

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
            _reads(before, mention.scope)
            continue
        if not before:
            _require_bare(name, mention.scope)
            continue
        for read in _reads(before, mention.scope):
            _require_column(read, ".".join(before), name)
        for function, read in functions:  # wherever it stands: a function's row may be a bare text
            if function == before[-1]:
                _require_column(read, function, name)


def _reads(before: list[str], scope: Scope) -> list[Read]:
    """All that a name may stand for: which of them, PostgreSQL decides. Raises SpecError (X004)."""
    *schema, name = before
    found = [around.reads[name] for around in scope.around() if name in around.reads]
    found = [r for r in found if not schema or (r.table is not None and [r.table.schema] == schema)]
    if found:
        return found
    shown = ".".join(before)
    known = [known for around in scope.around() for known in around.reads if known.isprintable()]
    hint = nearest_or_all(shown, known, nothing="it has no FROM")
    raise wrong(Code.EXPR_UNKNOWN_NAME, f"'{shown}' is not what this SELECT reads from", hint=hint)


def _require_column(read: Read, shown: str, name: str) -> None:
    if read.has(name):
        return
    what = f"table '{read.table.qualified}'" if read.table else f"'{shown}'"
    hint = nearest_or_all(name, dict.fromkeys(_names(read)), nothing="") or None
    raise wrong(Code.UNKNOWN_COLUMN, f"{what} has no column '{name}'", hint=hint)


def _require_bare(name: str, scope: Scope) -> None:
    """A name alone is a column of something, a row of it, or what another column was called in the same SELECT."""
    around = list(scope.around())
    reads = [read for one in around for read in one.reads.values()]
    if any(name in one.reads or name in one.labels for one in around):
        return
    if any(read.has(name) for read in reads):
        return
    known = dict.fromkeys(name for read in reads for name in _names(read))
    hint = nearest_or_all(name, known, nothing="a text stands in 'single quotes'")
    tables = list(dict.fromkeys(read.table.qualified for read in reads if read.table))
    where = f"table '{tables[0]}'" if len(reads) == len(tables) == 1 else "nothing that is read"
    said = "has no column" if len(reads) == len(tables) == 1 else "has a column"
    raise wrong(Code.UNKNOWN_COLUMN, f"{where} {said} '{name}'", hint=hint)


def _names(read: Read) -> Iterator[str]:
    """What can be written: of a column that PostgreSQL names we say nothing."""
    return (name for names in read.columns if len(names) == 1 for name in names)
