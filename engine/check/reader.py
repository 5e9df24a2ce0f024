"""A place in a row of tokens, and what was written of those before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from engine.check.allowed import FUNCTIONS, RESERVED
from engine.check.scope import Mention, Scope
from engine.check.tokens import Kind, Token, tokens
from engine.errors import Code, SpecError, wrong
from engine.spec.nearest import nearest

DEEPEST = 40
_CLAUSES = ("select", "from", "where", "group", "order", "having", "between", "limit")
NAMED = (Kind.WORD, Kind.QUOTED)


class Reader:
    """Reads tokens one after the other and writes what PostgreSQL is to read.

    What is written are the author's own tokens in their order, so that they mean what the author meant; but a name is
    always quoted, a keyword never, and either only where the grammar has room for it.
    """

    def __init__(self, text: str, scope: Scope) -> None:
        self._text = text
        self._tokens = tokens(text)
        self._at = 0
        self._depth = 0
        self._out: list[str] = []
        self.scope = scope
        self.scopes = [scope]
        self.mentions: list[Mention] = []

    @property
    def token(self) -> Token:
        """The next token."""
        return self._tokens[self._at]

    @property
    def written(self) -> str:
        """What PostgreSQL is to read."""
        return "".join(_joined(self._out))

    def peek(self, ahead: int = 1) -> Token:
        """A token behind the next one."""
        return self._tokens[min(self._at + ahead, len(self._tokens) - 1)]

    def skip(self) -> Token:
        """The next token, which is not written."""
        token = self.token
        self._at += 1
        return token

    def write(self, sql: str) -> None:
        """Write something that is no token of the author's."""
        self._out.append(sql)

    def says(self, *words: str) -> bool:
        """Whether the next token is one of these keywords or signs."""
        return self.token.kind in (Kind.WORD, Kind.SIGN) and self.token.value in words

    def says_behind(self, ahead: int, *words: str) -> bool:
        """The same of a token behind the next one."""
        token = self.peek(ahead)
        return token.kind in (Kind.WORD, Kind.SIGN) and token.value in words

    def take(self, *words: str) -> bool:
        """Write the next token where it is one of these keywords or signs."""
        if not self.says(*words):
            return False
        self.write(self.skip().value)
        return True

    def take_all(self, *words: str) -> bool:
        """Write the next tokens where they are these, one after the other."""
        if not all(self.says_behind(ahead, word) for ahead, word in enumerate(words)):
            return False
        for word in words:
            self.take(word)
        return True

    def need(self, *words: str) -> None:
        """Write the next token, which must be one of these. Raises SpecError (X001)."""
        if not self.take(*words):
            raise self.unexpected(" or ".join(word if word.isalpha() else f"'{word}'" for word in words))

    def name(self, wanted: str) -> str:
        """Write the next token, which must be a name. Raises SpecError (X001)."""
        name = self.skip_name(wanted)
        self.write(Token(Kind.QUOTED, name, 0).sql)
        return name

    def skip_name(self, wanted: str) -> str:
        """The next token, which must be a name; it is not written. Raises SpecError (X001)."""
        if not self.is_name():
            raise self.unexpected(wanted)
        return self.skip().value

    def is_name(self, ahead: int = 0) -> bool:
        """Whether a token is a name, and no keyword."""
        token = self.peek(ahead)
        return token.kind is Kind.QUOTED or (token.kind is Kind.WORD and token.value not in RESERVED)

    def each(self, one: Callable[[], None]) -> None:
        """One or more, between commas."""
        one()
        while self.take(","):
            one()

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """One level of nesting. Raises SpecError (X005)."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise wrong(Code.EXPR_TOO_BIG, "a statement nested too deeply")
        yield
        self._depth -= 1

    def unexpected(self, wanted: str) -> SpecError:
        """What to say where something else is wanted."""
        token = self.token
        here = self._text[token.at : token.at + 20].split("\n")[0] if token.kind is not Kind.END else "its end"
        before = " ".join(self._text[max(0, token.at - 24) : token.at].split())
        words = [t.value for t in (token, self.peek(-1)) if t.kind is Kind.WORD and t.value not in RESERVED]
        hint = next(filter(None, (nearest(word, _CLAUSES) for word in words)), None)
        shown = f"'{here}'" if token.kind is not Kind.END else here
        place = f" behind '{before}'" if before else ""
        return wrong(Code.EXPR_SYNTAX, f"not SQL that we can read: {shown}{place}, where {wanted} should be", hint=hint)


def no_function(name: str) -> SpecError:
    """What to say of a function that is not on the list."""
    hint = nearest(name, sorted(FUNCTIONS))
    return wrong(Code.EXPR_FORBIDDEN, f"{name}() is not a function that an expectation may call", hint=hint)


def refused(message: str, hint: str | None = None) -> SpecError:
    """What is SQL, and has no place in an expectation."""
    return wrong(Code.EXPR_FORBIDDEN, message, hint=hint)


def _joined(pieces: list[str]) -> Iterator[str]:
    """Spaces between all pieces but where nothing could be read otherwise without."""
    last = "("
    for piece in pieces:
        if piece not in (")", ",", ".", "]", "[", "::") and last not in (".", "[", "::") and last[-1:] != "(":
            yield " "
        yield piece
        last = piece
