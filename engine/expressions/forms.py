"""Functions whose arguments are no plain list: ``extract(day from t)``, ``trim(x from y)``, ``intensity(shop)``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from engine.expressions.curves import EVENT, OWN, TIMELINE
from engine.expressions.syntax import Literal, Name, Syntax
from engine.expressions.tokens import Kind

if TYPE_CHECKING:
    from engine.expressions.parser import Parser

_RANGE = 6  # what `in` and `from` must not swallow


def extract(parser: Parser) -> tuple[str, tuple[Syntax, ...]]:
    """``extract(field FROM value)``; the field becomes a string."""
    field = parser.reader.take()
    if field.kind not in (Kind.WORD, Kind.STRING):
        raise parser.reader.wrong("EXTRACT takes a field, such as year or epoch", at=field)
    parser.reader.expect("from")
    value = parser.expression(0)
    parser.reader.expect(")")
    return "extract", (Literal(field.span, "string", field.value), value)


def position(parser: Parser) -> tuple[str, tuple[Syntax, ...]]:
    """``position(part IN text)``, which is ``strpos(text, part)``."""
    part = parser.expression(_RANGE)
    parser.reader.expect("in")
    text = parser.expression(_RANGE)
    parser.reader.expect(")")
    return "strpos", (text, part)


def substring(parser: Parser) -> tuple[str, tuple[Syntax, ...]]:
    """``substring(text FROM start FOR length)`` or with commas."""
    text = parser.expression(0)
    if not parser.reader.skip("from"):
        parser.reader.expect(",")
        return "substr", (text, *parser.arguments())
    start = parser.expression(0)
    length = (parser.expression(0),) if parser.reader.skip("for") else ()
    parser.reader.expect(")")
    return "substr", (text, start, *length)


def trim(parser: Parser) -> tuple[str, tuple[Syntax, ...]]:
    """``trim([BOTH|LEADING|TRAILING] [characters] FROM text)`` or ``trim(text, characters)``."""
    side = parser.reader.next.value if parser.reader.next.kind is Kind.WORD else ""
    name = {"both": "btrim", "leading": "ltrim", "trailing": "rtrim"}.get(side)
    if name:
        parser.reader.take()
    if parser.reader.skip("from"):
        text = parser.expression(0)
        parser.reader.expect(")")
        return name or "btrim", (text,)
    first = parser.expression(0)
    if not parser.reader.skip("from"):
        rest = parser.arguments() if parser.reader.skip(",") else _closed(parser)
        return name or "btrim", (first, *rest)
    text = parser.expression(0)
    parser.reader.expect(")")
    return name or "btrim", (text, first)


def of_time(name: str, prefix: str, such: str, parser: Parser) -> tuple[str, tuple[Syntax, ...]]:
    """``intensity(timeline)``, ``during(timeline.event)``: at the row's own moment, or at that of a second argument."""
    start = parser.reader.next
    asked = parser.expression(0)
    if not isinstance(asked, Name):
        raise parser.reader.wrong(f"{name} takes a name first, such as {name}({such})", at=start)
    known = Name(asked.span, (prefix + ".".join(asked.path),))
    moment = parser.expression(0) if parser.reader.skip(",") else Name(asked.span, (OWN,))
    parser.reader.expect(")")
    return name, (known, moment)


def _closed(parser: Parser) -> tuple[Syntax, ...]:
    parser.reader.expect(")")
    return ()


FORMS: dict[str, Callable[[Parser], tuple[str, tuple[Syntax, ...]]]] = {
    "extract": extract,
    "position": position,
    "substring": substring,
    "trim": trim,
    "intensity": partial(of_time, "intensity", TIMELINE, "storefront"),
    "during": partial(of_time, "during", EVENT, "storefront.sale"),
}
