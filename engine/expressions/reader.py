"""A place in a row of tokens, and the questions a parser asks there."""

from __future__ import annotations

from engine.errors import Code, SpecError
from engine.expressions.fault import fault
from engine.expressions.tokens import Kind, Token


class Reader:
    """Walks over tokens; the last one is END and is never passed."""

    def __init__(self, text: str, found: tuple[Token, ...]) -> None:
        self.text = text
        self._tokens = found
        self._at = 0

    @property
    def next(self) -> Token:
        """The token to be taken."""
        return self._tokens[self._at]

    @property
    def after(self) -> Token:
        """The one behind it."""
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)]

    @property
    def last(self) -> int:
        """Where the token taken last ends."""
        return self._tokens[self._at - 1].span[1]

    def take(self) -> Token:
        """The next token, passed."""
        token = self.next
        if token.kind is not Kind.END:
            self._at += 1
        return token

    def skip(self, word: str) -> bool:
        """Pass `word` if it comes next."""
        if self.next.value == word and self.next.kind in (Kind.WORD, Kind.SIGN):
            self._at += 1
            return True
        return False

    def expect(self, word: str) -> None:
        """Pass `word`. Raises SpecError (EXPR_SYNTAX) if something else comes."""
        if not self.skip(word):
            raise self.wrong(f"{word.upper() if word.isalpha() else repr(word)} is missing before this")

    def mark(self) -> int:
        """This place, for `reset`."""
        return self._at

    def back(self) -> None:
        """One token back."""
        self._at -= 1

    def reset(self, mark: int) -> None:
        """Back to a marked place."""
        self._at = mark

    def end(self) -> None:
        """Raises SpecError (EXPR_SYNTAX) unless everything has been read."""
        if self.next.kind is not Kind.END:
            raise self.wrong("the expression should end before this")

    def wrong(self, message: str, code: Code = Code.EXPR_SYNTAX, at: Token | None = None) -> SpecError:
        """An error at a token, the next one if none is named."""
        token = at or self.next
        if token.kind is Kind.END and code is Code.EXPR_SYNTAX:
            message = "the expression ends too early" if at else f"{message}, but the text ends"
        return fault(code, message, self.text, token.span)
