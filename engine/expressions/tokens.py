"""The words of an expression: names, numbers, strings and signs, by PostgreSQL's lexical rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from engine.errors import Code
from engine.expressions.fault import fault
from engine.expressions.syntax import Span


class Kind(StrEnum):
    """What a token is."""

    WORD = "word"  # an unquoted name or keyword, folded to lower case
    QUOTED = "quoted"  # a "quoted" name, kept as written
    NUMBER = "number"
    STRING = "string"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One word, its value (quotes taken off) and its place."""

    kind: Kind
    value: str
    span: Span


_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<refused>--|/\*|\{\{|\$\$|\$\w|[eEuU]&?'|==|->>?|//|[;?@#`\[\]{}~&|^!\\](?!\|)(?!=))
      | (?P<number>(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+)?(?![\w.]))
      | (?P<string>'(?:[^']|'')*')
      | (?P<quoted>"(?:[^"]|"")+")
      | (?P<word>[^\W\d]\w*)
      | (?P<sign>\|\||::|<=|>=|<>|!=|[-+*/%(),.<>=])
    """,
    re.VERBOSE,
)

_REFUSED = {
    "--": ("comments are not read", "two minus signs need a space or parentheses between them"),
    "/*": ("comments are not read", None),
    "{{": ("an expression holds no {{ }}", "write a parameter by its bare name"),
    "==": ("PostgreSQL has no operator ==", "write ="),
    "^": ("the operator ^ is not on the list of what an expression may use", None),
    "//": ("PostgreSQL has no operator //", "/ between integers already truncates"),
}


def tokens(text: str) -> tuple[Token, ...]:
    """Cut `text` into tokens, an END last. Raises SpecError (EXPR_SYNTAX, EXPR_FORBIDDEN)."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise fault(Code.EXPR_SYNTAX, _unreadable(text[at]), text, (at, at + 1))
        if match.lastgroup == "refused":
            message, hint = _REFUSED.get(match[0], (f"{match[0]!r} is not part of this language", None))
            raise fault(Code.EXPR_FORBIDDEN, message, text, match.span(), hint)
        at = match.end()
        if match.lastgroup != "space":
            found.append(_token(Kind(match.lastgroup), match[0], match.span()))
    return (*found, Token(Kind.END, "", (len(text), len(text) + 1)))


def _unreadable(character: str) -> str:
    if character in "'\"":
        return f"this {character} is never closed"
    return f"{character!r} cannot be read here"


def _token(kind: Kind, raw: str, span: Span) -> Token:
    if kind is Kind.WORD:
        return Token(kind, raw.lower() if raw.isascii() else raw, span)
    if kind in (Kind.STRING, Kind.QUOTED):
        quote = raw[0]
        return Token(kind, raw[1:-1].replace(quote * 2, quote), span)
    if kind is Kind.NUMBER:
        return Token(kind, raw.replace("_", ""), span)
    return Token(kind, "<>" if raw == "!=" else raw, span)
