"""The words of a stranger's SQL: names, numbers, texts and signs, by PostgreSQL's lexical rules and in linear time."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from engine.errors import Code, SpecError, wrong
from engine.sqltext import quote

MOST_TOKENS = 2_000
_LONGEST_NUMBER, _LONGEST_NAME = 60, 63
_FOLD = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_EXPONENT = re.compile(r"[eE][+-]?[0-9]{4}")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "\\": "\\", "'": "'"}
_TOKEN = re.compile(
    r"""(?P<space>(?:[ \t\r\n\f\v]|--[^\r\n]*)+)
      | (?P<comment>/\*)
      | (?P<unread>[nNbBxX]'|[uU]&['"])
      | (?P<escaped>[eE]'(?:[^'\\]|''|\\.)*')
      | (?P<text>'(?:[^']|'')*')
      | (?P<dollar>\$(?:[^\W\d]\w*)?\$)
      | (?P<quoted>"(?:[^"]|"")+")
      | (?P<number>0[xX][0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|0[oO][0-7]+(?:_[0-7]+)*|0[bB][01]+(?:_[01]+)*
          |(?:[0-9]+(?:_[0-9]+)*(?:\.(?!\.)(?:[0-9]+(?:_[0-9]+)*)?)?|\.[0-9]+(?:_[0-9]+)*)(?:[eE][+-]?[0-9]+)?)
      | (?P<word>[^\W\d][\w$]*)
      | (?P<sign>::|[-+*/<>=~!@\#%^&|`?]+|[(),.:;\[\]])
    """,
    re.VERBOSE | re.DOTALL,
)


class Kind(StrEnum):
    """What a token is."""

    WORD = "word"  # an unquoted name or keyword, folded as PostgreSQL folds it
    QUOTED = "quoted"
    NUMBER = "number"
    TEXT = "text"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One word, its value (quotes and escapes taken off) and where it begins."""

    kind: Kind
    value: str
    at: int

    @property
    def sql(self) -> str:
        """The token as PostgreSQL reads it the same way on every version: names quoted, texts without escapes."""
        if self.kind in (Kind.WORD, Kind.QUOTED):
            return quote(self.value)
        return "'" + self.value.replace("'", "''") + "'" if self.kind is Kind.TEXT else self.value


def tokens(text: str) -> tuple[Token, ...]:
    """Cut `text` into tokens, an END last. Raises SpecError (X001, X002, X005)."""
    if not text.isprintable() and re.search(r"[\x00\ud800-\udfff]", text):
        raise wrong(Code.EXPR_SYNTAX, "not SQL that we can read: a character that is none")
    found: list[Token] = []
    for token in _cut(text):
        found.append(token)
        if len(found) > MOST_TOKENS:
            raise wrong(Code.EXPR_TOO_BIG, f"a statement of more than {MOST_TOKENS:,} words and signs")
    return (*found, Token(Kind.END, "", len(text)))


def _cut(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise _unreadable(text, at)
        begin, at, kind, raw = at, match.end(), match.lastgroup, match[0]
        if kind == "comment":
            at = _after_comment(text, at)
        elif kind == "dollar":
            end = text.find(raw, at)
            if end < 0:
                raise _unreadable(text, begin)
            yield Token(Kind.TEXT, text[at:end], begin)
            at = end + len(raw)
        elif kind == "sign":
            raw = _operator(raw)
            at = begin + len(raw)
            if raw:
                yield Token(Kind.SIGN, raw, begin)
        elif kind != "space":
            yield _token(kind, raw, begin, text[at : at + 1])


def _operator(run: str) -> str:
    """The operator that a run of signs begins with: the longest, but no comment, nor a sign of the number behind it."""
    for comment in ("--", "/*"):
        run = run.partition(comment)[0] if run.find(comment) > 0 else run
    while len(run) > 1 and run[-1] in "+-" and not set(run[:-1]) & set("~!@#%^&|`?"):
        run = run[:-1]
    return run


def _after_comment(text: str, at: int) -> int:
    """Where a comment ends whose `/*` ends here; comments nest."""
    depth, begin = 1, at
    for match in re.compile(r"/\*|\*/").finditer(text, at):
        depth += 1 if match[0] == "/*" else -1
        if depth == 0:
            return match.end()
    raise _unreadable(text, begin - 2)


def _token(kind: str, raw: str, at: int, behind: str) -> Token:
    if kind == "word":
        return Token(Kind.WORD, _name(raw.translate(_FOLD)), at)
    if kind == "quoted":
        return Token(Kind.QUOTED, _name(raw[1:-1].replace('""', '"')), at)
    if kind == "text":
        return Token(Kind.TEXT, raw[1:-1].replace("''", "'"), at)
    if kind == "escaped":
        return Token(Kind.TEXT, _unescaped(raw), at)
    if kind == "number" and not (behind.isalnum() or behind in ("_", "$")):
        return Token(Kind.NUMBER, _number(raw), at)
    raise wrong(Code.EXPR_SYNTAX, f"not SQL that we can read: {raw}{behind}", hint=_HINTS.get(raw.lower()))


_HINTS = {"n'": "write the text in plain quotes", "u&'": "write the characters themselves"}


def _name(name: str) -> str:
    if len(name.encode()) > _LONGEST_NAME:
        raise wrong(Code.EXPR_TOO_BIG, f"a name of more than {_LONGEST_NAME} bytes: '{name[:20]}…'")
    return name


def _number(raw: str) -> str:
    if len(raw) > _LONGEST_NUMBER or _EXPONENT.search(raw):
        raise wrong(Code.EXPR_TOO_BIG, f"a number as long as {raw[:20]}…")
    plain = raw.replace("_", "")
    return str(int(plain, 0)) if plain[:2].lower() in ("0x", "0o", "0b") else plain


def _unescaped(raw: str) -> str:
    def meant(match: re.Match[str]) -> str:
        if match[0] != "''" and match[0][1] not in _ESCAPES:
            raise wrong(Code.EXPR_FORBIDDEN, f"the escape {match[0]} is not read", hint="write the character itself")
        return "'" if match[0] == "''" else _ESCAPES[match[0][1]]

    return re.sub(r"''|\\.", meant, raw[2:-1], flags=re.DOTALL)


def _unreadable(text: str, at: int) -> SpecError:
    what = text[at : at + 1]
    said = f"this {what} is never closed: {text[at : at + 20]}" if what in "'\"/$eE" else f"the character {what}"
    return wrong(Code.EXPR_SYNTAX, f"not SQL that we can read: {said}")
