"""How a field of a timeline says what is wrong with its value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from pydantic_core import PydanticCustomError

from engine.errors import Code

_LONGEST = 60


def refuse(code: Code, message: str, hint: str | None = None) -> PydanticCustomError:
    """The error that a validator raises: our code as its type, message and hint in its context."""
    return PydanticCustomError(code.value, "{message}", {"message": message, "hint": hint})


def shown(value: object) -> str:
    """A value in a sentence, in the words of a spec, cut where it is long."""
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    if isinstance(value, Mapping):
        return "a mapping"
    text = "a list" if isinstance(value, list | tuple) else repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def meant(name: str, known: Iterable[str]) -> str:
    """A hint: the known name nearest to `name`, or all of them."""
    names = sorted(known)
    found = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean '{found[0]}'?" if found else f"known are {', '.join(names)}"
