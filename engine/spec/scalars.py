"""What an unquoted scalar means: YAML 1.2's core schema, with ``_`` between the digits of a number.

Everything else stays the text that the author wrote: ``on``, ``no``, ``14:05``, ``010``, ``2025-11-01``, ``.inf``.
Source: YAML 1.2.2, section 10.3.2 (https://yaml.org/spec/1.2.2/#1032-tag-resolution).
"""

from __future__ import annotations

import math
import re
from typing import TypeAlias

Scalar: TypeAlias = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9](?:_?[0-9])*)")
_BASED = re.compile(r"0x[0-9a-fA-F]+|0o[0-7]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9](?:_?[0-9])*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_MAX_DIGITS = 100


def resolve(text: str) -> Scalar:
    """The value of an unquoted scalar. Raises ValueError for a number too large to be meant."""
    if text in _WORDS:
        return _WORDS[text]
    whole, based = _INTEGER.fullmatch(text), _BASED.fullmatch(text)
    if not (whole or based or _FLOAT.fullmatch(text)):
        return text
    if len(text) > _MAX_DIGITS:
        raise ValueError(f"a number of {len(text)} characters; at most {_MAX_DIGITS} are read")
    if whole or based:
        return int(text, 0 if based else 10)
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is too large a number")
    return number


def resolve_argument(text: str) -> Scalar:
    """The value of a scalar typed on a command line: as in a spec, quoted or not. Raises ValueError."""
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return resolve(text)


def spelled(value: Scalar) -> str:
    """A scalar as a spec would write it inside a text: ``true``, ``null``, ``0.5``."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
