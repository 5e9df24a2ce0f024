"""A dump's text cut into its SQL statements, as psql would cut it; what only psql understands is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.errors import UsageError

HEAD = 100
"""How many characters of a statement are shown."""

_PLACE = re.compile(
    r"""--[^\n]* | /\* | (?<![\w$])[eE]' | ' | " | (?<![\w$])\$(?:[^\W\d]\w*)?\$ | \\[^\n]* | [;()]
    | (?<![\w$.])(?:begin|case|end)(?![\w$])""",
    re.VERBOSE | re.IGNORECASE,
)
"""Where the cutter has to look up: comments, quotes, meta commands, the end of a statement, and what may hide one."""
_SPACE = re.compile(r"(?:\s++|--[^\n]*+)*+")
_COMMENT = re.compile(r"/\*|\*/")
_QUOTES = {
    "'": re.compile(r"[^']*+(?:''[^']*+)*+'"),
    "e'": re.compile(r"(?:[^'\\]++|\\.|'')*+'", re.DOTALL),
    '"': re.compile(r'[^"]*+(?:""[^"]*+)*+"'),
}
_ROUTINE = re.compile(r"create\s+(?:or\s+replace\s+)?(?:function|procedure)\b", re.IGNORECASE)
_COPIED = re.compile(r"copy\b[^;]*\bfrom\s+stdin\b", re.IGNORECASE)
_DATA_END = re.compile(r"^\\\.[ \r]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement without its semicolon, and the line it begins in; or a line with a command of psql's own."""

    text: str
    line: int

    @property
    def head(self) -> str:
        """Its first line, cut."""
        first = self.text.split("\n", 1)[0].rstrip()
        return first if len(first) <= HEAD else f"{first[:HEAD]}…"

    @property
    def is_psqls(self) -> bool:
        """Whether it is a command of psql's: never to be run."""
        return self.text.startswith("\\")


def cut(text: str) -> Iterator[Statement]:
    """The statements in order; rows of COPY are left out. Raises UsageError where a quote or comment never ends."""
    scan = _Scan(text)
    while (start := scan.begin()) < len(text):
        if text[start] == "\\":
            scan.amid = []
            yield scan.take(start, scan.to_line_end(start))
            continue
        statement = scan.take(start, scan.end_of_statement(start))
        yield from scan.amid
        if _COPIED.match(statement.text):
            scan.skip_rows()
        if statement.text:
            yield statement


class _Scan:
    """A place in a text that goes forward."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.line, self.counted = 1, 0
        self.amid: list[Statement] = []  # commands of psql's in the last statement, which is without them

    def begin(self) -> int:
        """Go to where something begins that is neither space nor comment."""
        while True:
            found = _SPACE.match(self.text, self.place)
            self.place = found.end() if found else self.place
            if not self.text.startswith("/*", self.place):
                return self.place
            self.place = self.after_comment(self.place)

    def end_of_statement(self, start: int) -> int:
        """The place of the semicolon that ends the statement, or the text's end."""
        self.amid = []
        is_routine = _ROUTINE.match(self.text, start) is not None
        place, brackets, blocks = start, 0, 0
        while found := _PLACE.search(self.text, place):
            mark = found[0].lower()
            place = self.after(found)
            if mark == ";" and brackets <= 0 and blocks == 0:
                return found.start()
            if mark.startswith("\\"):
                self.amid.append(Statement(found[0].rstrip(), self.line_at(found.start())))
            brackets += (mark == "(") - (mark == ")")
            if is_routine and brackets <= 0 and mark in ("begin", "case", "end"):
                # a body in SQL: BEGIN ATOMIC … END. Only there, and in a CASE within, these words are keywords.
                opens = mark == "begin" or (mark == "case" and blocks > 0)
                blocks = blocks + 1 if opens else max(blocks - (mark == "end"), 0)
        return len(self.text)

    def after(self, found: re.Match[str]) -> int:
        """The place behind the quote or comment that begins there, or behind the mark itself."""
        mark = found[0].lower()
        if mark == "/*":
            return self.after_comment(found.start())
        if mark in _QUOTES:
            end = _QUOTES[mark].match(self.text, found.end())
            return end.end() if end else self.endless("quote", found.start())
        if mark.startswith("$"):
            close = self.text.find(found[0], found.end())
            return close + len(mark) if close >= 0 else self.endless("quote", found.start())
        return found.end()

    def after_comment(self, start: int) -> int:
        """The place behind a comment, which may hold others."""
        depth = 0
        for mark in _COMMENT.finditer(self.text, start):
            depth += 1 if mark[0] == "/*" else -1
            if depth == 0:
                return mark.end()
        return self.endless("comment", start)

    def endless(self, what: str, start: int) -> int:
        """Raise UsageError."""
        raise UsageError(f"the {what} that begins in line {self.line_at(start)} of the dump never ends")

    def take(self, start: int, end: int) -> Statement:
        """What stands there; go on behind it and its semicolon."""
        self.place = end + self.text.startswith(";", end)
        found = self.text[start:end]
        for command in self.amid:
            found = found.replace(command.text, "", 1)
        return Statement(found.rstrip(), self.line_at(start))

    def skip_rows(self) -> None:
        """Go behind the rows that follow a COPY … FROM stdin."""
        found = _DATA_END.search(self.text, self.place)
        self.place = found.end() if found else len(self.text)

    def to_line_end(self, start: int) -> int:
        """The end of the line."""
        end = self.text.find("\n", start)
        return len(self.text) if end < 0 else end

    def line_at(self, place: int) -> int:
        """The number of the line of a place; cheap where it is near the last that was asked for."""
        self.line += self.text.count("\n", self.counted, place) - self.text.count("\n", place, self.counted)
        self.counted = place
        return self.line
