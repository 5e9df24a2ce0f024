"""The draft as YAML: in the order in which a person reads, with a comment beside each choice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_WORDS = ("true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity")
_HIDDEN = re.compile(r"[^\x20-\x7e]")
_COMMENT = 110
"""Comments stand behind what they are about while the line is no longer than this."""


def scalar(value: object) -> str:
    """A value as YAML reads it back: texts in double quotes unless they are plain words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return _HIDDEN.sub(_escaped, json.dumps(text, ensure_ascii=False))


def _escaped(found: re.Match[str]) -> str:
    """A character that YAML refuses, or folds like the end of a line, as YAML spells it; any that shows stays."""
    char = found[0]
    return char if char.isprintable() else f"\\U{ord(char):08x}"


def flow(value: object) -> str:
    """A value on one line: ``{reference: customers, pick: {zipf: 0.7}}``; text that looks like {{ … }} stays text."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {_under(key, inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(_literal(value) if isinstance(value, str) else value)


def _under(key: object, value: object) -> str:
    """What stands under a key: a template is meant as one, and keys are never rendered."""
    if key == "template":
        return scalar(value)
    if key == "choice" and isinstance(value, Mapping) and any(_literal(str(option)) != str(option) for option in value):
        return flow([{"value": option, "weight": weight} for option, weight in value.items()])
    return flow(value)


def _literal(text: str) -> str:
    """A text that a spec would render, as the expression whose value it is."""
    if "{{" not in text and "{%" not in text:
        return text
    spelled = text.encode("unicode_escape").decode().replace('"', "\\x22")
    return f'{{{{ "{spelled}" }}}}'


def line(indent: int, key: str, said: object, why: str = "") -> Iterator[str]:
    """``key: value  # why``; a comment that makes the line too long stands above it."""
    text = f"{' ' * indent}{scalar(key)}: {flow(said)}"
    comment = clean(why)
    if not comment:
        yield text
    elif len(text) + len(comment) + 4 <= _COMMENT + 10:
        yield f"{text}  # {comment}"
    else:
        yield f"{' ' * indent}# {comment}"
        yield text


def clean(comment: str) -> str:
    """A comment on one line, whatever a name in it holds."""
    return "".join(c if c.isprintable() else "?" for c in comment).replace("{{", "{ {")
