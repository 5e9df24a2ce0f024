"""Expressions in a stranger's SQL: every name in them is known to be a column's, a function's or a type's.

Their precedence does not matter here: PostgreSQL reads the same tokens again.
"""

from __future__ import annotations

from engine.check.allowed import (
    AGGREGATES,
    CLOCKS,
    OPERATORS,
    PLAIN,
    PREFIXES,
    RESERVED,
    SET_OPERATIONS,
    SETS,
    SPOKEN,
    WINDOW_FUNCTIONS,
)
from engine.check.reader import NAMED, no_function, refused
from engine.check.scope import Columns, Mention
from engine.check.tokens import Kind, Token
from engine.check.typed import Types
from engine.errors import SpecError

_PUNCTUATION = ("(", ")", ",", ".", ":", ";", "[", "]")
_LITERALS = ("true", "false", "null")
_AFTER_IS = ("null", "true", "false", "unknown")
_CLOCK_HINT = "write the moment, timestamptz '2025-11-28 14:05+00', or compare columns: the rows are the scenario's"


class Phrases(Types):
    """Reads expressions. `one_row` where there is but one row to look at: no aggregate, no window, no statement."""

    one_row = False

    def query(self) -> Columns:
        """A statement inside this one; who reads statements says how."""
        raise refused("`where` is over one row", "ask with `sql` instead")

    def set_operations(self) -> None:
        """What joins a statement in parentheses to the next ones."""
        raise refused("`where` is over one row", "ask with `sql` instead")

    def expression(self, until: tuple[str, ...] = ()) -> bool:
        """Operands and what stands between them; whether it is one operand. `until` are words that end it."""
        with self.deeper():
            alone = not self.says("not", *PREFIXES)
            self._operand()
            while self._cast_or_part():
                pass
            while not self.says(*until) and (self._cast_or_part() or self._goes_on()):
                alone = False
            return alone

    def expressions(self) -> None:
        """One or more, between commas."""
        self.each(self.expression)

    def _cast_or_part(self) -> bool:
        """Read what leaves an operand its name; False where nothing of it follows."""
        if self.take("::"):
            self.type()
        elif self.says("["):
            self._subscript()
        elif self.take("collate"):
            self._collation()
        else:
            return False
        return True

    def _goes_on(self) -> bool:
        """Read an operator and the operand behind it; False where the expression is over."""
        if self.says("is"):
            return self._is()
        if self.take("isnull", "notnull"):
            return True
        if self.says("not") and self.says_behind(1, "like", "ilike", "in", "between", "similar"):
            self.take("not")
        return self._binary()

    def _binary(self) -> bool:
        if self.take("in"):
            self._group("(")
        elif self.take("between"):
            self.take("symmetric", "asymmetric")
            self._operand()
        elif self.take_all("at", "time", "zone") or self.take_all("similar", "to"):
            self._operand()
        elif self.take("and", "or", "like", "ilike", "escape", "overlaps") or self._operator():
            if self.says("any", "all", "some") and self.says_behind(1, "("):
                self.take("any", "all", "some")
            self._operand()
        else:
            return False
        return True

    def _operator(self) -> bool:
        token = self.token
        if token.kind is not Kind.SIGN or token.value in _PUNCTUATION:
            return False
        if token.value not in OPERATORS:
            raise _no_operator(token)
        return self.take(token.value)

    def _is(self) -> bool:
        self.take("is")
        self.take("not")
        if self.take_all("distinct", "from"):
            self._operand()
        elif not self.take(*_AFTER_IS):
            raise self.unexpected("null, true, false or distinct from")
        return True

    def _collation(self) -> None:
        name = self.skip_name("a collation")
        if name not in ("C", "POSIX", "c", "posix"):
            raise refused(f"the collation {name} is not on every server", 'collate "C" is')
        self.write(f'"{name}"')

    def _subscript(self) -> None:
        self.need("[")
        if not self.says(":"):
            self.expression()
        if self.take(":") and not self.says("]"):
            self.expression()
        self.need("]")
        self._no_field()

    def _no_field(self) -> None:
        if self.says("."):
            raise refused("(…).name has no place in an expectation: PostgreSQL may call a function of that name")

    def _operand(self) -> None:
        with self.deeper():
            while self.take("not", *PREFIXES):
                pass
            token = self.token
            if token.kind in (Kind.NUMBER, Kind.TEXT):
                self.write(self.skip().sql)
            elif self.says("("):
                self._group("(")
            elif self.says("case"):
                self._case()
            elif not self.take(*_LITERALS):
                self._named()
            if self.token.kind is Kind.TEXT:
                raise self.unexpected("an operator, such as ||,")

    def _group(self, opening: str) -> None:
        """What stands in parentheses: a statement, or one or more expressions."""
        self.need(opening)
        if self.says("select", "with", "values", "table"):
            self.query()
        else:
            self.expressions()
            if self.says(*SET_OPERATIONS):
                self.set_operations()
        self.need(")")
        self._no_field()

    def _case(self) -> None:
        self.need("case")
        if not self.says("when"):
            self.expression()
        while self.take("when"):
            self.expression()
            self.need("then")
            self.expression()
        if self.take("else"):
            self.expression()
        self.need("end")

    def _named(self) -> None:
        """A name: of a column, a function or a type."""
        token = self.token
        if token.kind is Kind.WORD:
            if token.value in CLOCKS and (token.value in RESERVED or self.says_behind(1, "(")):
                raise refused(f"{token.value} is the time of the run, not the scenario's", _CLOCK_HINT)
            if self.is_typed():
                return self.typed()
        if token.kind is Kind.SIGN and token.value not in (*OPERATORS, *_PUNCTUATION):
            raise _no_operator(token)
        if token.kind not in NAMED:
            raise self.unexpected("a value")
        if self.says_behind(1, "(") or self.says("array", "exists"):
            return self._call()
        if token.kind is Kind.WORD and token.value in RESERVED:
            raise self._reserved(token)
        return self._path()

    def _reserved(self, token: Token) -> SpecError:
        if token.value.endswith("_user") or token.value.startswith(("current_", "user")):
            return refused(f"{token.value} has no place in an expectation")
        return self.unexpected("a value")

    def _path(self) -> None:
        """A column, with what it belongs to; or all of them."""
        path = [self.name("a column")]
        while self.take("."):
            if self.take("*"):
                path.append("*")
                break
            path.append(self.name("a column") if self.token.kind is Kind.QUOTED else self._attribute())
        if self.says("("):
            name = path.pop()
            if path != ["pg_catalog"] or name not in PLAIN:
                raise no_function(".".join([*path, name]))
            del self._out[-3:]
            self._arguments(name)
        elif path[-1] == "*":
            self.mentions.append(Mention((*path[:-1], "*"), self.scope))
        else:
            self.mentions.append(Mention(tuple(path), self.scope))

    def _attribute(self) -> str:
        """What stands behind a dot may be a reserved word."""
        if self.token.kind is not Kind.WORD:
            raise self.unexpected("a column")
        token = self.skip()
        self.write(token.sql)
        return token.value

    def _call(self) -> None:
        name = self.skip().value
        if name in PLAIN:
            return self._arguments(name)
        if name == "exists":
            self.write("EXISTS")
            return self._inner()
        if name == "array":
            return self._array()
        if name == "cast":
            return self._cast()
        if name == "extract":
            return self._extract()
        if name in SPOKEN:
            return self._spoken(name)
        raise no_function(name)

    def _inner(self) -> None:
        """A statement in parentheses."""
        if not self.says_behind(1, "select", "with", "values", "table", "("):
            raise self.unexpected("a SELECT in parentheses")
        self._group("(")

    def _array(self) -> None:
        self.write("ARRAY")
        if self.says("("):
            return self._inner()
        if not self.says("["):
            raise self.unexpected("[ or (")
        return self._elements()

    def _elements(self) -> None:
        with self.deeper():
            self.need("[")
            if not self.says("]"):
                self.each(lambda: self._elements() if self.says("[") else self.expression())
            self.need("]")
            self._no_field()

    def _cast(self) -> None:
        self.write("CAST(")
        self.skip()
        self.expression()
        self.need("as")
        self.type()
        self.need(")")

    def _extract(self) -> None:
        self.write("EXTRACT(")
        self.skip()
        if self.token.kind not in (Kind.WORD, Kind.TEXT):
            raise self.unexpected("a field, such as year,")
        self.write(Token(Kind.TEXT, self.skip().value, 0).sql)
        self.need("from")
        self.expression()
        self.need(")")

    def _spoken(self, name: str) -> None:
        words = SPOKEN[name]
        self.write(f"{name.upper()}(")
        self.skip()
        if name == "trim":
            self.take(*words)
        while not self.says(")"):
            if not self.take(",", *words):
                self.expression(words)
        self.need(")")

    def _arguments(self, name: str) -> None:
        """A function of the list, its arguments, and what may stand behind them."""
        if self.one_row and name in AGGREGATES | WINDOW_FUNCTIONS | SETS:
            raise refused(f"`where` is over one row, and {name}() is over several", "ask with `sql` instead")
        self.write(f'pg_catalog."{name}"(')
        self.skip()
        if not self.take("*") and not self.says(")"):
            self.take("distinct", "all")
            self.expressions()
            self._order()
        self.need(")")
        self._no_field()
        if self.take_all("within", "group"):
            self.need("(")
            self._order()
            self.need(")")
        if self.take("filter"):
            self.need("(")
            self.need("where")
            self.expression()
            self.need(")")
        if self.says("over"):
            self._over()

    def _over(self) -> None:
        if self.one_row:
            raise refused("`where` is over one row", "ask with `sql` instead")
        self.need("over")
        if self.says("("):
            self.window()
        else:
            self.name("a window")

    def window(self) -> None:
        """A window: its rows, their order and its frame."""
        self.need("(")
        if self.is_name() and not self.says("partition", "range", "rows", "groups"):
            self.name("a window")
        if self.take_all("partition", "by"):
            self.expressions()
        self._order()
        if self.take("range", "rows", "groups"):
            self._frame()
        self.need(")")

    def _frame(self) -> None:
        if self.take("between"):
            self._bound()
            self.need("and")
        self._bound()
        if self.take("exclude") and not (
            self.take_all("current", "row") or self.take_all("no", "others") or self.take("group", "ties")
        ):
            raise self.unexpected("current row, group, ties or no others")

    def _bound(self) -> None:
        if self.take_all("current", "row"):
            return
        if not self.take("unbounded"):
            self.expression(("and",))
        self.need("preceding", "following")

    def _order(self) -> None:
        if self.take_all("order", "by"):
            self.each(self._sort_key)

    def _sort_key(self) -> None:
        self.expression()
        self.take("asc", "desc")
        if self.take("nulls"):
            self.need("first", "last")


def _no_operator(token: Token) -> SpecError:
    return refused(f"the operator {token.value} is not one that an expectation may use")
