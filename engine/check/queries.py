"""SELECT in a stranger's SQL: WITH, FROM and the clauses; every table in it is one that the spec fills."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from engine.catalog.model import Catalog, Table
from engine.check.allowed import FUNCTIONS, JOINS, SET_OPERATIONS, SETS, TAIL, TYPES
from engine.check.phrases import Phrases
from engine.check.reader import NAMED, no_function, refused
from engine.check.scope import SHUFFLED, Columns, Read, Scope, called, columns_of
from engine.check.tokens import Kind
from engine.errors import Code, SpecError, wrong
from engine.spec.nearest import nearest_or_all
from engine.sqltext import quote, quote_table

_CHOSEN = frozenset((*FUNCTIONS, *TYPES, "case", "btrim", "ltrim", "rtrim"))
"""What PostgreSQL calls a column that has no name."""
_MOST_COLUMNS = 1664  # as many as PostgreSQL selects
_WRITING = {"insert": "INSERT", "update": "UPDATE", "delete": "DELETE", "merge": "MERGE"}
_REFUSED_BEHIND = {"for": "FOR UPDATE or FOR SHARE", "into": "INTO", "tablesample": "TABLESAMPLE"}


_Target: TypeAlias = frozenset[str] | tuple[str, ...]
"""What a column may be called, or the path of all columns of something."""


class Queries(Phrases):
    """Reads statements over the tables of a catalog. What WITH names is renamed, so that no table can be meant."""

    def __init__(self, text: str, catalog: Catalog) -> None:
        super().__init__(text, Scope())
        self._catalog = catalog
        self._commons: dict[str, tuple[str, Read]] = {}
        self._names = 0

    def query(self) -> Columns:
        """WITH, one or more SELECTs, and their order; the columns that come out."""
        with self.deeper():
            outer, commons = self.scope, self._commons
            if self.says("with"):
                self._with()
            results = self._term(outer)
            self._more_terms(outer, results)
            self._no_more()
            self.scope, self._commons = outer, commons
            return results

    def set_operations(self) -> None:
        """What joins a statement in parentheses to the next ones."""
        outer = self.scope
        self._more_terms(outer, ())
        self.scope = outer

    def _more_terms(self, outer: Scope, results: Columns) -> None:
        """UNION, INTERSECT and EXCEPT with the statement behind each, and the order of all."""
        while self.take(*SET_OPERATIONS):
            self.take("all", "distinct")
            self._term(outer)
            self._results(outer, results)
        self._tail()

    def _results(self, outer: Scope, results: Columns) -> Columns:
        """From here on names are those of the columns that come out."""
        self.scope = self._inside(outer)
        self.scope.labels = {name for names in results for name in names}
        return results

    def _inside(self, outer: Scope) -> Scope:
        self.scopes.append(Scope(outer))
        return self.scopes[-1]

    def _with(self) -> None:
        self.need("with")
        if self.says("recursive"):
            raise refused("WITH RECURSIVE has no place in an expectation: it may never end")
        self._commons = dict(self._commons)
        added: set[str] = set()
        self.each(lambda: self._common(added))

    def _common(self, added: set[str]) -> None:
        name = self.skip_name("a name")
        if name in added:
            raise refused(f"WITH names '{name}' twice")
        self._names += 1
        ours = f"_{self._names}"
        self.write(quote(ours))
        names = self._column_names()
        self.need("as")
        self.take("not")
        self.take("materialized")
        self.need("(")
        read = Read(self.query()).renamed(names)
        self.need(")")
        added.add(name)
        self._commons[name] = ours, read  # from here on only: no WITH reads itself or a later one

    def _term(self, outer: Scope) -> Columns:
        self.scope = outer
        if self.says("("):
            self.need("(")
            results = self.query()
            self.need(")")
            return self._results(outer, results)
        if self.says("values"):
            return self._values(outer)
        if self.says("select"):
            self.scope = self._inside(outer)
            return self._select()
        if self.says(*_WRITING):
            raise refused(f"{_WRITING[self.token.value]} has no place in an expectation: it only reads")
        raise self.unexpected("SELECT")

    def _values(self, outer: Scope) -> Columns:
        self.need("values")
        begin = self._at
        self._group("(")
        width = self._commas(begin) + 1
        if self.take(","):
            self.each(lambda: self._group("("))
        return self._results(outer, tuple(called(f"column{number}") for number in range(1, width + 1)))

    def _commas(self, begin: int) -> int:
        """How many commas stand in parentheses that were read, but not in others within."""
        depth = found = 0
        for token in self._tokens[begin : self._at]:
            sign = token.value if token.kind is Kind.SIGN else ""
            depth += (sign in ("(", "[")) - (sign in (")", "]"))
            found += sign == "," and depth == 1
        return found

    def _select(self) -> Columns:
        self.need("select")
        if self.take("distinct"):
            if self.take("on"):
                self._group("(")
        else:
            self.take("all")
        targets: list[_Target] = []
        if not self.says("from", "where", ")", *SET_OPERATIONS, *TAIL) and self.token.kind is not Kind.END:
            self.each(lambda: targets.append(self._target()))
        self._no_more()
        if self.take("from"):
            self.each(self._joined)
        self._no_more()
        if self.take("where"):
            self.expression()
        if self.take_all("group", "by"):
            self.take("all", "distinct")
            self.each(self._grouping)
        if self.take("having"):
            self.expression()
        if self.take("window"):
            self.each(self._window)
        results: list[frozenset[str]] = []
        for target in targets:
            results.extend(self._columns(target))
            if len(results) > _MOST_COLUMNS:
                raise wrong(Code.EXPR_TOO_BIG, f"a SELECT of more than {_MOST_COLUMNS:,} columns")
        return tuple(results)

    def _columns(self, target: _Target) -> Columns:
        """The columns that a target is: one, or all of what is read where it ends with a star."""
        if isinstance(target, frozenset):
            return (target,)
        reads = self.scope.reads.values() if target == ("*",) else [self.scope.reads.get(target[-2], Read(()))]
        found = tuple(names for read in reads for names in read.columns)
        return found if self.scope.ordered else (frozenset((SHUFFLED,)).union(*found),)

    def _no_more(self) -> None:
        if self.says(*_REFUSED_BEHIND):
            raise refused(f"{_REFUSED_BEHIND[self.token.value]} has no place in an expectation")

    def _target(self) -> _Target:
        if self.take("*"):
            return ("*",)
        begin, mentioned = self._at, len(self.mentions)
        alone = self.expression()
        last = self._at - 1
        label = self._label()
        path = self._path_at(begin) if alone and len(self.mentions) == mentioned + 1 else ()
        if path[-1:] == ("*",) and self._tokens[begin + 2 * len(path) - 2] is self._tokens[last]:
            if label is not None:
                raise refused(f"{'.'.join(path)} has many names, and {label} is one")
            return path
        if label is None and path and path[-1] != "*":
            return called(path[-1])
        words = (token.value for token in self._tokens[begin : self._at])
        names = called(label) if label is not None else _CHOSEN.intersection(words) | {"bool", "timezone"}
        self.scope.labels |= names
        return names

    def _label(self) -> str | None:
        if self.take("as"):
            if self.token.kind not in NAMED:
                raise self.unexpected("a name")
            token = self.skip()
            self.write(token.sql)
            return token.value
        return self.name("a name") if self.is_name() else None

    def _path_at(self, begin: int) -> tuple[str, ...]:
        """The last mention where it is what stands there, and no function's argument; else nothing."""
        path = self.mentions[-1].path
        words = [token.value for token in self._tokens[begin : begin + 2 * len(path)]]
        return path if words[::2] == list(path) and words[-1] != "(" else ()

    def _grouping(self) -> None:
        if self.says("rollup", "cube") and self.says_behind(1, "("):
            self.take("rollup", "cube")
            self._group("(")
        elif self.take_all("grouping", "sets"):
            self.need("(")
            self.each(self._grouping)
            self.need(")")
        elif not self.take_all("(", ")"):
            self.expression()

    def _window(self) -> None:
        self.name("a window")
        self.need("as")
        self.window()

    def _tail(self) -> None:
        self._order()
        while self.says(*TAIL[1:]):
            if self.take("limit"):
                if not self.take("all"):
                    self.expression()
            elif self.take("offset"):
                self.expression()
                self.take("row", "rows")
            elif self.take("fetch"):
                self._fetch()

    def _fetch(self) -> None:
        self.need("first", "next")
        if not self.says("row", "rows"):
            self._operand()
        self.need("row", "rows")
        if not self.take("only") and not self.take_all("with", "ties"):
            raise self.unexpected("only or with ties")

    def _joined(self) -> None:
        """A table, and those that are joined to it."""
        with self.deeper():
            self._source()
            while self.says(*JOINS, "on", "using"):
                if self.take("on"):
                    self.expression()
                elif self.take("using"):
                    self._using()
                else:
                    self._join()

    def _join(self) -> None:
        if self.take("natural"):
            self.scope.ordered = False
        if self.take("left", "right", "full"):
            self.take("outer")
        else:
            self.take("inner", "cross")
        self.need("join")
        self._source()

    def _using(self) -> None:
        if not self.says("("):
            raise self.unexpected("'('")
        names = self._column_names()
        self.scope.ordered = False
        if self.take("as"):
            self._add(self.name("a name"), Read(tuple(map(called, names))))

    def _source(self) -> None:
        """One table, statement or function in FROM, and what it is called."""
        with self.deeper():
            lateral = self.take("lateral")
            if self.says("("):
                self._parenthesised(lateral=lateral)
            elif self.is_name() and self.says_behind(1, "("):
                self._function()
            elif self.says("rows") or self.says("only"):
                raise refused(f"{self.token.value.upper()} has no place in an expectation")
            else:
                self._table()
            self._no_more()

    def _parenthesised(self, *, lateral: bool) -> None:
        inner = 1
        while self.says_behind(inner, "("):
            inner += 1
        self.need("(")
        if not self.says_behind(inner - 1, "select", "with", "values", "table"):
            self._joined()
            self.need(")")
            if self.says("as") or self.is_name():
                raise refused("a join in parentheses has no name in an expectation", "name the tables in it")
            return
        scope = self.scope
        if not lateral:
            self.scope = scope.outer or Scope()
        results = self.query()
        self.scope = scope
        self.need(")")
        self._called("", Read(results))

    def _function(self) -> None:
        name = self.token.value
        if name not in SETS:
            raise no_function(name)
        self.skip()
        self._arguments(name)
        ordinal = self.take_all("with", "ordinality")
        alias, names = self._alias(name)
        known = [*names, alias, "value", *(("ordinality",) if ordinal else ())]
        self._add(alias, Read(tuple(map(called, known)), function=True))

    def _table(self) -> None:
        path = [self.skip_name("a table")]
        while self.says("."):
            self.skip()
            path.append(self.skip_name("a table"))
        if len(path) == 1 and path[0] in self._commons:
            ours, read = self._commons[path[0]]
            self.write(quote(ours))
            return self._called(path[0], read)
        table = self._find(path)
        self.write(quote_table(table.schema, table.name))
        self.take("*")
        return self._called(table.name, columns_of(table))

    def _find(self, path: list[str]) -> Table:
        shown = ".".join(path)
        found = [t for t in self._catalog.tables.values() if [t.schema, t.name][-len(path) :] == path]
        if len(found) == 1:
            return found[0]
        raise _no_table(shown, self._catalog.tables.values(), several=len(found) > 1)

    def _called(self, name: str, read: Read) -> None:
        """What a table goes by, and its columns' names."""
        alias, names = self._alias(name, add=bool(name) and read.table is None)
        self._add(alias or f"\n{len(self.scope.reads)}", read.renamed(names))

    def _add(self, name: str, read: Read) -> None:
        if name in self.scope.reads:
            raise refused(f"two in this FROM are called '{name}'")
        self.scope.reads[name] = read

    def _alias(self, name: str, *, add: bool = False) -> tuple[str, list[str]]:
        if self.take("as") or self.is_name():
            return self.name("a name"), self._column_names()
        if self.says("("):
            raise refused(f"{name}() has no place in FROM")
        if add:
            self.write(f"AS {quote(name)}")
        return name, []

    def _column_names(self) -> list[str]:
        found: list[str] = []
        if self.says("("):
            self.need("(")
            self.each(lambda: found.append(self.name("a column's name")))
            self.need(")")
        return found


def _no_table(shown: str, tables: Iterable[Table], *, several: bool) -> SpecError:
    known = list(tables)
    if several:
        message = f"'{shown}' is in more than one schema"
        return wrong(Code.UNKNOWN_TABLE, message, hint="write the schema too: shop.orders")
    hint = nearest_or_all(shown, _names(known), nothing="")
    return wrong(Code.UNKNOWN_TABLE, f"'{shown}' is not a table that the spec fills", hint=hint)


def _names(tables: Iterable[Table]) -> Iterator[str]:
    return (name for table in tables for name in (table.qualified, table.name))
