"""Templates: Jinja2's parser and an allow-list of its nodes, turned into the same syntax as expressions.

Text, names, listed filters and `if` are read; there is no loop, call, subscript or arithmetic, and so nothing
that could not run over whole columns. A template's pieces become one call of ``|join``, its filters calls of
``|name`` (see `rules.filters`).
"""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, TemplateSyntaxError, nodes

from engine.errors import Code, SpecError
from engine.expressions.fault import fault
from engine.expressions.parser import MAX_DEPTH, MAX_NODES, MAX_TEXT
from engine.expressions.syntax import Call, Case, Literal, Name, Span, Syntax, walk

_COMPARISONS = {"eq": "=", "ne": "<>", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">=", "in": "in", "notin": "not in"}
_READER = Environment(keep_trailing_newline=True, autoescape=False)  # noqa: S701 (a parser: nothing is rendered)
_FORBIDDEN = {
    nodes.For: "a loop",
    nodes.Call: "a call",
    nodes.Getitem: "a subscript",
    nodes.Test: "a test",
    nodes.BinExpr: "arithmetic",
    nodes.UnaryExpr: "arithmetic",
    nodes.Assign: "an assignment",
    nodes.Macro: "a macro",
    nodes.CallBlock: "a call",
    nodes.FilterBlock: "a filter over a block",
    nodes.Include: "an include",
    nodes.Import: "an import",
    nodes.FromImport: "an import",
    nodes.Extends: "an extends",
    nodes.Block: "a block",
    nodes.With: "a with",
    nodes.Scope: "autoescape",
    nodes.List: "a list",
    nodes.Tuple: "a list",
    nodes.Dict: "a mapping",
}

_OUR_WORDS = {
    "expected 'end of print statement'": "a {{ is not closed by }} where it should be",
    "got 'end of print statement'": "something is missing before }}",
    "expected 'end of statement block'": "a {% is not closed by %} where it should be",
    "Unexpected end of template": "an {% if %} is never ended by {% endif %}",
    "Encountered unknown tag": "the only tags are {% if %}, {% elif %}, {% else %} and {% endif %}",
}
"""Jinja's messages in the words of a template's author."""


@lru_cache(maxsize=512)
def parse_template(text: str) -> Call:
    """The pieces of a template, as a call of ``|join``.

    Raises SpecError: TEMPLATE_SYNTAX, TEMPLATE_FORBIDDEN, or EXPR_TOO_BIG past 10,000 characters, 500 nodes
    or depth 50.
    """
    if len(text) > MAX_TEXT:
        raise fault(Code.EXPR_TOO_BIG, f"{len(text)} characters; at most {MAX_TEXT:,} are read", text[:60], (0, 1))
    try:
        tree = _READER.parse(text)
        made = _Translator(text).body(tree.body)
    except TemplateSyntaxError as error:
        said = next((ours for theirs, ours in _OUR_WORDS.items() if theirs in str(error.message)), str(error.message))
        raise fault(Code.TEMPLATE_SYNTAX, said, text, _line(text, error.lineno)) from None
    except RecursionError:
        raise fault(Code.EXPR_TOO_BIG, f"nested more than {MAX_DEPTH} deep", text, (0, 1)) from None
    for count, (node, depth) in enumerate(walk(made), 1):
        if count > MAX_NODES or depth > MAX_DEPTH:
            raise fault(
                Code.EXPR_TOO_BIG, f"more than {MAX_NODES} parts, or nested more than {MAX_DEPTH} deep", text, node.span
            )
    return made


def _line(text: str, number: int | None) -> Span:
    lines, number = text.split("\n"), number or 1  # jinja gives some nodes no line
    start = sum(len(line) + 1 for line in lines[: number - 1])
    return start, start + max(1, len(lines[min(number, len(lines)) - 1]))


class _Translator:
    """Jinja's nodes to ours; a name is looked for behind the place of the last one, to underline it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def body(self, parts: list[nodes.Node]) -> Call:
        """Pieces in a row, as ``|join``; texts side by side become one."""
        pieces: list[Syntax] = []
        for part in parts:
            for piece in self._pieces(part):
                if isinstance(piece, Literal) and pieces and isinstance(last := pieces[-1], Literal):
                    pieces[-1] = Literal((last.span[0], piece.span[1]), "string", last.text + piece.text)
                else:
                    pieces.append(piece)
        return Call((0, len(self._text)), "|join", tuple(pieces))

    def _pieces(self, part: nodes.Node) -> list[Syntax]:
        if isinstance(part, nodes.Output):
            return [piece for node in part.nodes for piece in self._pieces(node)]
        if isinstance(part, nodes.TemplateData):
            return [Literal(self._span(part.data, part), "string", part.data)]
        if isinstance(part, nodes.If):
            return [self._if(part)]
        if isinstance(part, nodes.Concat):
            return [piece for node in part.nodes for piece in self._pieces(node)]
        made = self._value(part)
        return [made if isinstance(made, Literal) and made.kind == "string" else Call(made.span, "|text", (made,))]

    def _if(self, part: nodes.If) -> Syntax:
        whens: list[tuple[Syntax, Syntax]] = [(self._test(part.test), self.body(part.body))]
        whens.extend((self._test(other.test), self.body(other.body)) for other in part.elif_)
        return Case(whens[0][0].span, tuple(whens), self.body(part.else_))

    def _value(self, node: nodes.Node) -> Syntax:
        if isinstance(node, nodes.Neg) and isinstance(node.node, nodes.Const):
            node = nodes.Const(-node.node.value, lineno=node.lineno)
        if isinstance(node, nodes.Const):
            return self._constant(node)
        if isinstance(node, nodes.Filter):
            return self._filter(node)
        if isinstance(node, nodes.CondExpr):
            test, first = self._test(node.test), self.body([node.expr1])
            return Case(test.span, ((test, first),), self.body([node.expr2]) if node.expr2 else None)
        path = self._path(node)
        if path is None:
            raise self._refuse(node)
        return Name(self._span(path[0], node, ".".join(path)), path)

    def _path(self, node: nodes.Node) -> tuple[str, ...] | None:
        names: list[str] = []
        while isinstance(node, nodes.Getattr):
            names.insert(0, node.attr)
            node = node.node
        return (node.name, *names) if isinstance(node, nodes.Name) else None

    def _constant(self, node: nodes.Const) -> Literal:
        if node.value is None or isinstance(node.value, bool):
            kind = "null" if node.value is None else "boolean"
            return Literal(self._span("", node), kind, str(node.value).lower())
        kind = "string" if isinstance(node.value, str) else "number"
        return Literal(self._span(str(node.value), node), kind, str(node.value))

    def _filter(self, node: nodes.Filter) -> Syntax:
        if node.node is None or node.kwargs or node.dyn_args or node.dyn_kwargs:
            raise self._refuse(node, "filters take plain arguments")
        value = self._value(node.node)
        span = self._span(node.name, node)
        args = [self._constant(arg) for arg in node.args if isinstance(arg, nodes.Const)]
        if len(args) != len(node.args):
            raise self._refuse(node, "the arguments of filters are numbers and quoted texts")
        return Call(span, f"|{node.name}", (value, *args))

    def _test(self, node: nodes.Node) -> Syntax:
        if isinstance(node, nodes.And | nodes.Or):
            left, right = self._test(node.left), self._test(node.right)
            return Call((left.span[0], right.span[1]), "and" if isinstance(node, nodes.And) else "or", (left, right))
        if isinstance(node, nodes.Not):
            test = self._test(node.node)
            return Call(test.span, "not", (test,))
        if not isinstance(node, nodes.Compare):
            value = self._value(node)
            return Call(value.span, "|truth", (value,))
        if len(node.ops) != 1:
            raise self._refuse(node, "comparisons are not chained; write a < b and b < c")
        left, operand = self._value(node.expr), node.ops[0]
        other = operand.expr
        if isinstance(other, nodes.List | nodes.Tuple):
            options = tuple(self._value(item) for item in other.items)
        else:
            options = (self._value(other),)
        if operand.op.endswith("in") and not isinstance(other, nodes.List | nodes.Tuple):
            raise self._refuse(node, "`in` takes a list: ['a', 'b']")
        found = Call((left.span[0], options[-1].span[1]), _COMPARISONS[operand.op], (left, *options))
        return Call(found.span, "is true", (found,))

    def _span(self, word: str, node: nodes.Node, whole: str = "") -> Span:
        found = self._text.find(word, self._at) if word else -1
        if found < 0:
            return _line(self._text, node.lineno)
        self._at = found
        return found, found + len(whole or word)

    def _refuse(self, node: nodes.Node, message: str = "") -> SpecError:
        named = next((said for kind, said in _FORBIDDEN.items() if isinstance(node, kind)), "this")
        said = message or f"a template holds text, names, filters and if; {named} is not read"
        span = max(self._span("", node), (self._at, self._at + 1))
        return fault(Code.TEMPLATE_FORBIDDEN, said, self._text, span)
