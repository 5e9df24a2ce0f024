"""Syntax to nodes: names become columns or constants, calls go through the rules of the allow-list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import TypeAlias

from engine.errors import Code, SpecError
from engine.expressions import literals
from engine.expressions.casts import Level, cast
from engine.expressions.curves import EVENT, OWN, TIMELINE, Curve
from engine.expressions.fault import fault
from engine.expressions.literals import Instant
from engine.expressions.nodes import Choice, Constant, Field, Node, holds
from engine.expressions.promotion import UNKNOWN, exactly, family_words, read_as
from engine.expressions.rules import ALLOWED
from engine.expressions.rules.choices import alone, uneven
from engine.expressions.site import Rule, Site, boolean, convert, folded, unify
from engine.expressions.syntax import Call, Case, Cast, Literal, Name, Syntax
from engine.expressions.zones import Zone, zone_table
from engine.types import ColumnPath, PgType

TypeOf: TypeAlias = Callable[[ColumnPath], PgType]
Known: TypeAlias = int | float | str | bool | Instant | Curve | ColumnPath
"""What a name that is no column may stand for; a path is the column that holds the row's own moment."""

_HINTS = {
    **dict.fromkeys(
        ("now", "current_timestamp", "current_date", "localtimestamp", "clock_timestamp", "age"),
        "nothing here knows what time it is; use window_start, window_end or a moment of the row",
    ),
    **dict.fromkeys(
        ("random", "gen_random_uuid", "uuid_generate_v4", "nextval", "setseed"),
        "an expression is a pure function of the row; draw with a generator in a hidden column and read that",
    ),
    **dict.fromkeys(
        ("repeat", "lpad", "rpad", "format", "string_agg", "generate_series", "array_agg", "array_fill"),
        "nothing here repeats, pads or makes lists; a template can pad a number",
    ),
    **dict.fromkeys(
        ("sum", "count", "min", "max", "avg"), "an expression sees one row; use the generator {sum: child.column}"
    ),
    **dict.fromkeys(("power", "pow", "exp", "ln", "log", "sin", "cos"), "only + - * / and sqrt are exact"),
    **dict.fromkeys(("nvl", "ifnull", "isnull"), "write coalesce"),
    **dict.fromkeys(("len", "char_len"), "write length"),
    **dict.fromkeys(("if", "iif", "decode"), "write CASE WHEN … THEN … ELSE … END"),
    "date_part": "write extract(… from …)",
}  # fmt: skip


class Compiler:
    """Compiles one text; remembers which columns it read."""

    def __init__(
        self,
        text: str,
        type_of: TypeOf,
        constants: Mapping[str, Known],
        timezone: str,
        rules: Mapping[str, Rule] = ALLOWED,
    ) -> None:
        self.text = text
        self.reads: dict[ColumnPath, None] = {}
        self._type_of = type_of
        self._constants = constants
        self._timezone = timezone
        self._rules = rules

    def zone(self) -> Zone:
        """The scenario's time zone."""
        return zone_table(self._timezone)

    def curve(self, name: Name) -> Curve:
        """A timeline or an event, by the name that the form made of it. Raises SpecError (EXPR_UNKNOWN_NAME)."""
        found = self._constants.get(name.path[0])
        if not isinstance(found, Curve):
            asked = name.path[0].removeprefix(TIMELINE).removeprefix(EVENT)
            raise fault(Code.EXPR_UNKNOWN_NAME, f"nothing is known of '{asked}' here", self.text, name.span)
        return found

    def node(self, syntax: Syntax, places: int | None = None) -> Node:
        """A node for a piece of syntax; `places` is what its surroundings round it to at once. Raises SpecError."""
        match syntax:
            case Name():
                return self._name(syntax)
            case Literal():
                return self._literal(syntax)
            case Cast():
                return folded(self._cast(syntax, places), syntax.span)
            case Case():
                return self._case(syntax, places)
        return folded(self._call(syntax, places), syntax.span)

    def _name(self, name: Name) -> Node:
        path = name.path
        if len(path) == 1 and path[0] in self._constants:
            known = self._constants[path[0]]
            if not isinstance(known, tuple):
                assert not isinstance(known, Curve)
                return literals.constant(known)
            path = known
        if path == (OWN,):
            say = "say which, as the second argument: a column, or one through a reference"
            raise fault(Code.NO_MOMENT, "the row has no moment of its own", self.text, name.span, say)
        try:
            type_ = self._type_of(path)
        except SpecError as error:
            if not error.diagnostics:
                raise  # it follows from another mistake
            hint = error.diagnostics[0].hint
            known_names = [known for known in self._constants if "\0" not in known]
            if len(path) == 1 and hint is None and (near := get_close_matches(path[0], known_names, 1)):
                hint = f"did you mean {near[0]}?"
            message = f"there is no column or parameter '{'.'.join(path)}' to read here"
            raise fault(Code.EXPR_UNKNOWN_NAME, message, self.text, name.span, hint) from None
        self.reads[path] = None
        inside, ragged = read_as(type_)
        return Field(inside, path, ragged)

    def _literal(self, literal: Literal) -> Node:
        match literal.kind:
            case "null":
                return literals.null()
            case "string":
                return literals.unknown(literal.text)
            case "boolean":
                return literals.constant(literal.text == "true")
        try:
            return literals.number(literal.text)
        except ValueError as error:
            raise fault(Code.EXPR_TYPE, str(error), self.text, literal.span) from None

    def _call(self, call: Call, places: int | None) -> Node:
        rule = self._rules.get(call.name)
        if rule is None:
            known = [name for name in self._rules if name.strip("|").isidentifier()]
            near = get_close_matches(call.name, known, 1, cutoff=0.7)
            hint = _HINTS.get(call.name) or (f"did you mean {near[0]}?" if near else None)
            message = f"'{call.name}' is not on the list of what may be used here"
            raise fault(Code.EXPR_FORBIDDEN, message, self.text, call.span, hint)
        return rule(Site(self, call, places))

    def _cast(self, syntax: Cast, places: int | None) -> Node:
        to = syntax.type
        if to.name == "numeric":
            places = places if to.scale is None else to.scale
        else:
            places = 0 if to.name in ("int2", "int4", "int8") else None
        node = self.node(syntax.arg, places)
        if node.type == UNKNOWN:
            plain = {"varchar": "text", "float4": "float8"}.get(to.name, to.name)
            node = convert(self, node, PgType(plain), syntax.arg)
        if to.name == "numeric" and to.scale is None and node.type.name == "float8":
            if places is None or places < 0:
                hint = "write numeric(12, 2), or round(…::numeric, 2)"
                raise fault(
                    Code.EXPR_TYPE, "a float8 becomes a numeric of how many places?", self.text, syntax.span, hint
                )
            to = exactly(places)
        found = cast(node, to, Level.EXPLICIT, self.zone)
        if found is None:
            message = f"{family_words(node.type)} is not converted to {to} here"
            round_it = "how many decimal places it has differs from row to row: round it" if node.ragged else None
            raise fault(Code.EXPR_TYPE, message, self.text, syntax.span, round_it)
        return found

    def _case(self, case: Case, places: int | None) -> Node:
        tests = [boolean(self, self.node(test), test) for test, _ in case.whens]
        values = [self.node(value, places) for _, value in case.whens]
        spans: list[Syntax] = [value for _, value in case.whens]
        values.append(self.node(case.otherwise, places) if case.otherwise else literals.null())
        spans.append(case.otherwise or case)
        *arms, otherwise = unify(self, values, spans, "CASE")
        whens: list[tuple[Node, Node]] = []
        last = len(arms)
        for number, (test, arm) in enumerate(zip(tests, arms, strict=True)):
            if not isinstance(test, Constant):
                whens.append((test, arm))
            elif holds(test.column, 1)[0]:
                otherwise, last = arm, number
                break
        if not whens:
            return alone(self, values[last], otherwise, spans[last])
        return Choice(otherwise.type, tuple(whens), otherwise, ragged=uneven(values))
