"""How a wrong value is spoken of: what was wanted, what is there, what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic_core import ErrorDetails

from engine.errors import Path
from engine.spec.nearest import nearest, nearest_or_all
from engine.spec.scalars import resolve, spelled

_WANTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "list_type": "a list",
    "tuple_type": "a list",
    "none_required": "nothing",
    "invalid_key": "a mapping with text keys",
    "string_pattern_mismatch": "text of another form",
}
_SIDES = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "below"),
    "less_than_equal": ("le", "at most"),
    "multiple_of": ("multiple_of", "a multiple of"),
}
_SIZES = ("too_short", "too_long", "string_too_short", "string_too_long")
range_types = (*_SIDES, *_SIZES, "finite_number", "int_parsing_size")
"""pydantic's errors of a value that has the right type and the wrong size."""

_YES_NO = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


def subject(path: Path, *, item: bool = False) -> str:
    """What a path names, in a sentence; `item` says that it ends with a place in a list."""
    if not path:
        return "the spec"
    if item and isinstance(path[-1], int):
        above = f" of '{path[-2]}'" if len(path) > 1 else ""
        return f"item {path[-1] + 1}{above}"
    return f"'{path[-1]}'"


def shown(value: object) -> str:
    """A value in a sentence, cut where it is long."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, int) and not isinstance(value, bool):
        text = f"{value:_}"
    else:
        text = spelled(value) if isinstance(value, bool | float) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def kind_wanted(error: ErrorDetails) -> str:
    """What would have been right, for an error of type."""
    if error["type"] in ("literal_error", "enum"):
        options = str(error["ctx"]["expected"]).replace(" or ", ", ").split(", ")
        return options[0] if len(options) == 1 else f"one of {', '.join(options)}"
    wanted = _WANTED.get(error["type"])
    if wanted is None:
        message = error["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
        wanted = message[:1].lower() + message[1:]
    return wanted


def kinds_wanted(group: Sequence[ErrorDetails]) -> str:
    """What any member of a union would have taken: ``text, a number or true or false``."""
    wanted = list(dict.fromkeys(kind_wanted(error) for error in group))
    if "a number" in wanted and "a whole number" in wanted:
        wanted.remove("a whole number")
    return " or ".join(filter(None, [", ".join(wanted[:-1]), wanted[-1]]))


def out_of_range(name: str, error: ErrorDetails) -> str:
    """The message for a value that is too small, too large, too short or too long."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in _SIDES:
        key, words = _SIDES[kind]
        limit = context[key]
        bound = f"{limit:_}" if isinstance(limit, int) else f"{limit:g}" if isinstance(limit, float) else str(limit)
        return f"{name} must be {words} {bound}, not {shown(error['input'])}"
    if kind in _SIZES:
        side = "min_length" if kind.endswith("short") else "max_length"
        of = "characters" if kind.startswith("string") else "entries"
        word = "at least" if side == "min_length" else "at most"
        limit = context[side]
        return f"{name} needs {word} {limit:_} {of if limit != 1 else of.removesuffix('s').replace('entrie', 'entry')}"
    return f"{name}: {shown(error['input'])} is not a finite number that fits"


def value_hint(group: Sequence[ErrorDetails], value: object, written: str | None) -> str | None:
    """What to do about a value of the wrong type, where it can be guessed."""
    wanted = " or ".join(kind_wanted(error) for error in group)
    if isinstance(value, str):
        return _text_hint(group, value, wanted)
    if isinstance(value, float) and "whole number" in wanted:
        if written is not None:
            return "make it whole: {{ … | int }} or {{ … | round }}, or divide by //"
        return f"write {int(value)}" if value.is_integer() and abs(value) < 1e15 else None
    if isinstance(value, int | float) and "text" in wanted:
        return f'put it in quotes: "{spelled(value)}"'
    return (
        "write something below it, or remove the key"
        if value is None and ("mapping" in wanted or "list" in wanted)
        else None
    )


def _text_hint(group: Sequence[ErrorDetails], value: str, wanted: str) -> str | None:
    if "true or false" in wanted and value.lower() in _YES_NO:
        return f"write {_YES_NO[value.lower()]}"
    if "number" in wanted and "{{" not in value:
        try:
            if not isinstance(resolve(value), str):
                return "write it without quotes"
        except ValueError:
            return None
    options = [
        o.strip("'") for e in group if e["type"] == "literal_error" for o in str(e["ctx"]["expected"]).split("'")
    ]
    return nearest(value, [option for option in options if option.strip(", or")])


def no_generator(name: str, value: object, kinds: Sequence[str]) -> tuple[str, str | None]:
    """Message and hint for a mapping that names no kind of generator, or two."""
    if isinstance(value, list):
        return f"{name} is a list, which is no generator", "to pick from it write {choice: […]}"
    if not isinstance(value, Mapping):
        return f"{name} must be one of the generators, not {shown(value)}", None
    named = [str(key) for key in value if key in kinds]
    others = [str(key) for key in value if key not in kinds]
    close = next((hint for key in others if (hint := nearest(key, kinds))), None)
    bounds = bool(others) and set(named) <= {"min", "max"}  # beside a law that is misspelt, no aggregates
    if len(named) > 1 and close is None and not bounds:
        return f"{name} has {len(named)} generators: {', '.join(named)}", "keep one of them"
    if close is None and not named and len(others) == 1:
        return f"{name}: '{others[0]}' cannot stand here", nearest_or_all("", kinds, nothing="nothing can stand here")
    return f"{name} has no generator", close or nearest_or_all("", kinds, nothing="none can stand here")
