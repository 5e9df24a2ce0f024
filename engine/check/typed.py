"""Types in a stranger's SQL, and constants that begin with one: ``date '2025-11-28'``."""

from __future__ import annotations

from engine.check.allowed import FIELDS, TYPES
from engine.check.reader import NAMED, Reader, refused
from engine.check.tokens import Kind
from engine.errors import Code, wrong

_WIDEST = 10_000


class Types(Reader):
    """Reads the names of types."""

    def is_typed(self) -> bool:
        """Whether a type and a text follow: date '2025-11-28'."""
        if self.peek().kind is Kind.TEXT:
            return True
        words = {"double": ("precision",), "character": ("varying",), "time": ("with", "without")}
        words["timestamp"] = words["time"]
        if self.says_behind(1, *words.get(self.token.value, ())):
            return True
        typed = self.token.value in TYPES and self.says_behind(1, "(") and self.says_behind(3, ")", ",")
        behind = 4 if self.says_behind(3, ")") else 6
        return typed and (self.peek(behind).kind is Kind.TEXT or self.says_behind(behind, "with", "without"))

    def typed(self) -> None:
        """A type and its text. Raises SpecError (X001, X002, X005)."""
        interval = self.says("interval")
        self.type()
        if self.token.kind is not Kind.TEXT:
            raise self.unexpected("a text")
        self.write(self.skip().sql)
        if interval:
            self._fields()

    def _fields(self) -> None:
        while self.says(*FIELDS):
            second = self.take("second")
            if second or not self.take(*FIELDS):
                self._size()

    def type(self) -> None:
        """The name of a type, its size and whether it is an array of it. Raises SpecError (X002)."""
        token = self.token
        if token.kind not in NAMED:
            raise self.unexpected("a type")
        if token.kind is Kind.QUOTED or token.value not in TYPES or self.says_behind(1, "."):
            raise refused(f"an expectation cannot cast to {token.value}")
        self.take(token.value)
        if token.value == "double":
            self.need("precision")
        if token.value in ("character", "char"):
            self.take("varying")
        self._size()
        if token.value in ("time", "timestamp") and self.take("with", "without"):
            self.need("time")
            self.need("zone")
        if token.value == "interval":
            self._fields()
        self.take("array")
        while self.says("["):
            self.need("[")
            self._number()
            self.need("]")

    def _size(self) -> None:
        if self.says("(") and self.peek().kind is Kind.NUMBER:
            self.need("(")
            self._number()
            if self.take(","):
                self.take("-")
                self._number()
            self.need(")")

    def _number(self) -> None:
        if self.token.kind is Kind.NUMBER:
            token = self.skip()
            if not token.value.isdigit() or int(token.value) > _WIDEST:
                raise wrong(Code.EXPR_TOO_BIG, f"a type as wide as {token.value}")
            self.write(token.value)
