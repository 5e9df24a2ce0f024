"""SELECT in a stranger's SQL: WITH, FROM and the clauses; every table in it is one that the spec fills."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.catalog.model import Catalog, Table
from engine.check.allowed import JOINS, SET_OPERATIONS, SETS, TAIL
from engine.check.phrases import Phrases
from engine.check.reader import no_function, refused
from engine.check.scope import Read, Scope
from engine.check.tokens import Kind
from engine.errors import Code, SpecError, wrong
from engine.spec.nearest import nearest_or_all
from engine.sqltext import quote, quote_table

_UNKNOWN = Read(None)
_WRITING = {"insert": "INSERT", "update": "UPDATE", "delete": "DELETE", "merge": "MERGE"}
_REFUSED_BEHIND = {"for": "FOR UPDATE or FOR SHARE", "into": "INTO", "tablesample": "TABLESAMPLE"}


class Queries(Phrases):
    """Reads statements over the tables of a catalog. What WITH names is renamed, so that no table can be meant."""

    def __init__(self, text: str, catalog: Catalog) -> None:
        super().__init__(text, Scope())
        self._catalog = catalog
        self._commons: dict[str, str] = {}
        self._names = 0

    def query(self) -> None:
        """WITH, one or more SELECTs, and their order."""
        with self.deeper():
            outer, commons = self.scope, self._commons
            if self.says("with"):
                self._with()
            self._term(outer)
            self._more_terms(outer)
            self._no_more()
            self.scope, self._commons = outer, commons

    def set_operations(self) -> None:
        """What joins a statement in parentheses to the next ones."""
        outer = self.scope
        self._more_terms(outer)
        self.scope = outer

    def _more_terms(self, outer: Scope) -> None:
        """UNION, INTERSECT and EXCEPT with the statement behind each, and the order of all."""
        while self.take(*SET_OPERATIONS):
            self.take("all", "distinct")
            self._term(outer)
            self._results(outer)
        self._tail()

    def _results(self, outer: Scope) -> None:
        """From here on names are those of the columns that come out, which only PostgreSQL knows."""
        self.scope = self._inside(outer)
        self.scope.unsure = True

    def _inside(self, outer: Scope) -> Scope:
        self.scopes.append(Scope(outer))
        return self.scopes[-1]

    def _with(self) -> None:
        self.need("with")
        if self.says("recursive"):
            raise refused("WITH RECURSIVE has no place in an expectation: it may never end")
        self._commons = dict(self._commons)
        added: dict[str, str] = {}
        self.each(lambda: self._common(added))

    def _common(self, added: dict[str, str]) -> None:
        name = self.skip_name("a name")
        if name in added:
            raise refused(f"WITH names '{name}' twice")
        self._names += 1
        ours = f"_{self._names}"
        self.write(quote(ours))
        self._column_names()
        self.need("as")
        self.take("not")
        self.take("materialized")
        self.need("(")
        self.query()
        self.need(")")
        added[name] = self._commons[name] = ours  # from here on only: no WITH reads itself or a later one

    def _term(self, outer: Scope) -> None:
        self.scope = outer
        if self.says("("):
            self.need("(")
            self.query()
            self.need(")")
            self._results(outer)
        elif self.says("values"):
            self.need("values")
            self.each(lambda: self._group("("))
            self._results(outer)
        elif self.says("select"):
            self.scope = self._inside(outer)
            self._select()
        elif self.says(*_WRITING):
            raise refused(f"{_WRITING[self.token.value]} has no place in an expectation: it only reads")
        else:
            raise self.unexpected("SELECT")

    def _select(self) -> None:
        self.need("select")
        if self.take("distinct"):
            if self.take("on"):
                self._group("(")
        else:
            self.take("all")
        if not self.says("from", "where", ")", *SET_OPERATIONS) and self.token.kind is not Kind.END:
            self.each(self._target)
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

    def _no_more(self) -> None:
        if self.says(*_REFUSED_BEHIND):
            raise refused(f"{_REFUSED_BEHIND[self.token.value]} has no place in an expectation")

    def _target(self) -> None:
        if self.take("*"):
            return
        begin = self._at
        self.expression()
        if self.take("as"):
            if self.token.kind not in (Kind.WORD, Kind.QUOTED):
                raise self.unexpected("a name")
            token = self.skip()
            self.write(token.sql)
            self.scope.labels.add(token.value)
        elif self.is_name():
            self.scope.labels.add(self.name("a name"))
        else:
            self.scope.labels |= set(self._own_names(begin))

    def _own_names(self, begin: int) -> Iterator[str]:
        """What PostgreSQL may call a target that has no name: after a function or type in it, or after its CASE."""
        for at in range(begin, self._at):
            token = self._tokens[at]
            if token.value == "case" or self._tokens[at + 1].value == "(" or self._tokens[max(at - 1, 0)].value == "::":
                yield token.value

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
        self.take("natural")
        if self.take("left", "right", "full"):
            self.take("outer")
        else:
            self.take("inner", "cross")
        self.need("join")
        self._source()

    def _using(self) -> None:
        if not self.says("("):
            raise self.unexpected("'('")
        self._column_names()
        if self.take("as"):
            self.scope.reads[self.name("a name")] = _UNKNOWN

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
                self._called("", _UNKNOWN)
            return
        scope = self.scope
        if not lateral:
            self.scope = scope.outer or Scope()
        self.query()
        self.scope = scope
        self.need(")")
        self._called("", _UNKNOWN)

    def _function(self) -> None:
        name = self.token.value
        if name not in SETS:
            raise no_function(name)
        self.skip()
        self._arguments(name)
        ordinal = self.take_all("with", "ordinality")
        called, names = self._alias(name)
        known = {*names, called, "value", *(("ordinality",) if ordinal else ())}
        self.scope.reads[called] = Read(frozenset(known), function=True)

    def _table(self) -> None:
        path = [self.skip_name("a table")]
        while self.says("."):
            self.skip()
            path.append(self.skip_name("a table"))
        if len(path) == 1 and path[0] in self._commons:
            self.write(quote(self._commons[path[0]]))
            return self._called(path[0], _UNKNOWN)
        table = self._find(path)
        self.write(quote_table(table.schema, table.name))
        self.take("*")
        return self._called(table.name, Read(frozenset(c.name for c in table.columns), table))

    def _find(self, path: list[str]) -> Table:
        shown = ".".join(path)
        found = [t for t in self._catalog.tables.values() if [t.schema, t.name][-len(path) :] == path]
        if len(found) == 1:
            return found[0]
        raise _no_table(shown, self._catalog.tables.values(), several=len(found) > 1)

    def _called(self, name: str, read: Read) -> None:
        """What a table goes by, and its columns' names."""
        renamed = name in self._commons and read is _UNKNOWN
        called, names = self._alias(name, add=renamed)
        if called:
            self.scope.reads[called] = Read(None, read.table) if names else read
        else:
            self.scope.unsure = True

    def _alias(self, name: str, *, add: bool = False) -> tuple[str, set[str]]:
        names: set[str] = set()
        if self.take("as") or self.is_name():
            called = self.name("a name")
            if self.says("("):
                names = self._column_names()
            return called, names
        if self.says("("):
            raise refused(f"{name}() has no place in FROM")
        if add:
            self.write(f"AS {quote(name)}")
        return name, names

    def _column_names(self) -> set[str]:
        found: set[str] = set()
        if self.says("("):
            self.need("(")
            self.each(lambda: found.add(self.name("a column's name")))
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
