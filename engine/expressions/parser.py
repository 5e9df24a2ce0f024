"""Text to syntax: PostgreSQL's scalar grammar and precedence, by a small operator-precedence parser.

Precedence (gram.y of PostgreSQL, lowest first): OR, AND, NOT, IS, comparison,
BETWEEN/IN/LIKE, other operators (``||``), ``+ -``, ``* / %``, AT TIME ZONE, unary minus, ``::``.
Comparisons, LIKE, BETWEEN and IS DISTINCT FROM do not chain.
"""

from __future__ import annotations

from functools import lru_cache

from engine.errors import Code, SpecError
from engine.expressions.fault import fault
from engine.expressions.forms import FORMS
from engine.expressions.reader import Reader
from engine.expressions.syntax import Call, Case, Cast, Literal, Name, Span, Syntax, walk
from engine.expressions.tokens import Kind, Token, tokens
from engine.expressions.typenames import TYPE_WORDS, type_name

MAX_TEXT, MAX_NODES, MAX_DEPTH = 10_000, 500, 50

_IS, _COMPARE, _RANGE, _MINUS = 4, 5, 6, 14
_BINARY = {"or": 1, "and": 2, "||": 8, "+": 9, "-": 9, "*": 10, "/": 10, "%": 10}
_COMPARISONS = ("=", "<>", "<", ">", "<=", ">=")
_RANGES = ("between", "in", "like", "ilike")
_LITERALS = {"true": "boolean", "false": "boolean", "null": "null"}
_RESERVED = frozenset(
    {"and", "or", "not", "is", "in", "like", "ilike", "between", "isnull", "notnull", "similar", "symmetric"}
    | {"when", "then", "else", "end", "as", "from", "for", "any", "all", "some", "array", "collate", "distinct"}
    | {"asc", "desc", "group", "having", "limit", "order", "union", "using", "where", "window"}
)


@lru_cache(maxsize=512)
def parse(text: str) -> Syntax:
    """The syntax tree of one expression.

    Raises SpecError: EXPR_SYNTAX, EXPR_FORBIDDEN, or EXPR_TOO_BIG past 10,000 characters, 500 nodes or depth 50.
    """
    if len(text) > MAX_TEXT:
        raise fault(Code.EXPR_TOO_BIG, f"{len(text)} characters; at most {MAX_TEXT:,} are read", text[:60], (0, 1))
    parser = Parser(Reader(text, tokens(text)))
    tree = parser.expression(0)
    parser.reader.end()
    for count, (node, depth) in enumerate(walk(tree), 1):
        if count > MAX_NODES:
            raise fault(Code.EXPR_TOO_BIG, f"more than {MAX_NODES} parts", text, node.span)
        if depth > MAX_DEPTH:
            raise fault(Code.EXPR_TOO_BIG, f"nested more than {MAX_DEPTH} deep", text, node.span)
    return tree


class Parser:
    """Reads one expression; `expression(power)` reads as far as operators bind tighter than `power`."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.depth = 0

    def expression(self, power: int) -> Syntax:
        """One operand and every operator behind it that binds tighter than `power`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.reader.wrong(f"nested more than {MAX_DEPTH} deep", Code.EXPR_TOO_BIG)
        left, top = self._operand(), 99
        while (found := self._operator(left, power, top)) is not None:
            left, top = found
        self.depth -= 1
        return left

    def _operator(self, left: Syntax, power: int, top: int) -> tuple[Syntax, int] | None:
        """`left` with the next operator applied and that operator's level; None where the next one binds no tighter.

        `top` is the level of the operator just applied: one that does not chain may not follow its like.
        """
        word, level = self._level()
        if level <= power:
            return None
        if level == top and level in (_IS, _COMPARE, _RANGE):
            raise self.reader.wrong(f"'{word}' cannot follow another of its kind; parenthesise one")
        if level in (_IS, _RANGE):
            found = self._is(left) if level == _IS else self._range(left)
            return found, level if found.name.endswith(("from", "like", "between")) else 99
        token = self.reader.take()
        if token.value == "::":
            type_, end = type_name(self.reader)
            return Cast((left.span[0], end), left, type_), level
        if token.value == "at":
            self.reader.expect("time")
            self.reader.expect("zone")
        right = self.expression(level)
        name = "at time zone" if token.value == "at" else token.value
        return Call((left.span[0], right.span[1]), name, (left, right)), level

    def _level(self) -> tuple[str, int]:
        """The operator that comes next and its level; 0 where none does."""
        token = self.reader.next
        word = token.value if token.kind in (Kind.WORD, Kind.SIGN) else ""
        if word in _BINARY:
            return word, _BINARY[word]
        if word in _COMPARISONS:
            return word, _COMPARE
        if word in _RANGES or (word == "not" and self.reader.after.value in _RANGES):
            return word, _RANGE
        if word in ("is", "isnull", "notnull"):
            return word, _IS
        return word, {"at": 12, "::": 16}.get(word, 0)

    def _is(self, left: Syntax) -> Call:
        word = self.reader.take()
        if word.value != "is":
            return Call((left.span[0], word.span[1]), {"isnull": "is null"}.get(word.value, "is not null"), (left,))
        negation = "not " if self.reader.skip("not") else ""
        what = self.reader.take()
        if what.value in ("null", "true", "false", "unknown"):
            return Call((left.span[0], what.span[1]), f"is {negation}{what.value}", (left,))
        if what.value != "distinct":
            raise self.reader.wrong("IS takes NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM", at=what)
        self.reader.expect("from")
        right = self.expression(_IS)
        return Call((left.span[0], right.span[1]), f"is {negation}distinct from", (left, right))

    def _range(self, left: Syntax) -> Call:
        negation = "not " if self.reader.skip("not") else ""
        word = self.reader.take().value
        args = [left]
        if word == "between":
            args.append(self.expression(_RANGE))
            self.reader.expect("and")
            args.append(self.expression(_RANGE))
        elif word == "in":
            self.reader.expect("(")
            args.extend(self.arguments())
        else:
            args.append(self.expression(_RANGE))
        return Call((left.span[0], self.reader.last), negation + word, tuple(args))

    def arguments(self) -> tuple[Syntax, ...]:
        """Expressions between commas, up to and with the closing parenthesis."""
        if self.reader.skip(")"):
            return ()
        found = [self.expression(0)]
        while self.reader.skip(","):
            found.append(self.expression(0))
        self.reader.expect(")")
        return tuple(found)

    def _operand(self) -> Syntax:
        token = self.reader.take()
        if token.kind in (Kind.NUMBER, Kind.STRING):
            return Literal(token.span, token.kind.value, token.value)
        if token.kind is Kind.SIGN:
            return self._signed(token)
        if token.kind is Kind.WORD:
            return self._word(token)
        if token.kind is Kind.QUOTED:
            return self._name(token)
        raise self.reader.wrong("the expression ends too early", at=token)

    def _signed(self, token: Token) -> Syntax:
        if token.value == "(":
            inner = self.expression(0)
            self.reader.expect(")")
            return inner
        if token.value in "+-":
            arg = self.expression(_MINUS)
            return Call((token.span[0], arg.span[1]), f"unary {token.value}", (arg,))
        raise self.reader.wrong(f"'{token.value}' cannot stand here", at=token)

    def _word(self, token: Token) -> Syntax:
        word = token.value
        if word == "not":
            arg = self.expression(3)
            return Call((token.span[0], arg.span[1]), "not", (arg,))
        if word == "case":
            return self._case(token)
        if word in _LITERALS:
            return Literal(token.span, _LITERALS[word], word)
        if word == "select" or word in ("with", "table", "values"):
            raise self.reader.wrong(
                "an expression looks at one row; subqueries are refused", Code.EXPR_FORBIDDEN, token
            )
        if word in _RESERVED:
            raise self.reader.wrong(f"'{word}' cannot stand here", at=token)
        if self.reader.next.value == "(" and self.reader.next.kind is Kind.SIGN:
            return self._call(token)
        if word in TYPE_WORDS and (typed := self._typed_literal(token)):
            return typed
        return self._name(token)

    def _typed_literal(self, token: Token) -> Syntax | None:
        mark = self.reader.mark()
        self.reader.back()
        try:
            name, _ = type_name(self.reader)
        except SpecError:
            name = None
        if name is None or self.reader.next.kind is not Kind.STRING:
            self.reader.reset(mark)
            return None
        text = self.reader.take()
        return Cast((token.span[0], text.span[1]), Literal(text.span, "string", text.value), name)

    def _call(self, token: Token) -> Syntax:
        self.reader.expect("(")
        if token.value == "cast":
            arg = self.expression(0)
            self.reader.expect("as")
            name, _ = type_name(self.reader)
            self.reader.expect(")")
            return Cast(self._span(token), arg, name)
        function, args = FORMS[token.value](self) if token.value in FORMS else (token.value, self.arguments())
        return Call(self._span(token), function, args)

    def _span(self, token: Token) -> Span:
        return token.span[0], self.reader.last

    def _name(self, token: Token) -> Syntax:
        path = [token.value]
        while self.reader.skip("."):
            part = self.reader.take()
            if part.kind not in (Kind.WORD, Kind.QUOTED):
                raise self.reader.wrong("a column's name must follow the dot", at=part)
            path.append(part.value)
        return Name(self._span(token), tuple(path))

    def _case(self, token: Token) -> Syntax:
        subject = None if self.reader.next.value == "when" else self.expression(0)
        whens = []
        while self.reader.skip("when"):
            test = self.expression(0)
            if subject is not None:
                test = Call(test.span, "=", (subject, test))
            self.reader.expect("then")
            whens.append((test, self.expression(0)))
        if not whens:
            raise self.reader.wrong("CASE needs a WHEN … THEN …")
        otherwise = self.expression(0) if self.reader.skip("else") else None
        self.reader.expect("end")
        return Case(self._span(token), tuple(whens), otherwise)
