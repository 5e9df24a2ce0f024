"""Truth values, documents, bytes and lists as CHECKs allow them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.catalog.model import Column
from engine.generators.arbitrary import MOST_ITEMS, MOST_LENGTH, can_make
from engine.sketch.checks import ColumnFacts
from engine.sketch.keeps import keeps
from engine.sketch.made import Made

_MORE_ITEMS, _MORE_BYTES = 3, 32
_SHAPES: Mapping[str, object] = {
    "array": ["word"],
    "string": "word",
    "number": "number",
    "boolean": "bool",
    "null": "null",
}


def fit_boolean(column: Column, made: Made, facts: ColumnFacts) -> Made | None:  # noqa: ARG001
    """The value that is left."""
    left = [value for value in (True, False) if value not in facts.none_of]
    if len(left) == 1:
        return Made({"constant": left[0]}, pool=1)
    return (made if made.said is not None else Made({"bernoulli": "50%"}, pool=2)) if left else None


def fit_json(column: Column, made: Made, facts: ColumnFacts) -> Made | None:  # noqa: ARG001
    """A document of the kind and with the keys that are asked for."""
    if facts.json_keys and facts.json_type in (None, "object"):
        return Made({"arbitrary": {"shape": dict.fromkeys(facts.json_keys, "word")}})
    shape = _SHAPES.get(facts.json_type or "")
    if shape is not None and not facts.json_keys:
        return Made({"arbitrary": {"shape": shape}})
    return Made({"arbitrary": {}}) if not facts.json_keys and not facts.none_of else None


def fit_bytes(column: Column, made: Made, facts: ColumnFacts) -> Made | None:  # noqa: ARG001
    """So many bytes."""
    least = facts.min_length or 0
    most = least + _MORE_BYTES if facts.max_length is None else min(facts.max_length, least + _MORE_BYTES)
    if facts.none_of or least > MOST_LENGTH or most < least:
        return None
    return Made({"arbitrary": {"length": {"min": least, "max": most}}})


def fit_array(column: Column, made: Made, facts: ColumnFacts) -> Made | None:  # noqa: ARG001
    """So many elements; of a closed list, where they are of one."""
    least = facts.min_items or 0
    most = least + _MORE_ITEMS if facts.max_items is None else min(facts.max_items, least + _MORE_ITEMS)
    if least > min(most, MOST_ITEMS) or facts.none_of or facts.one_of is not None or facts.elements is not None:
        return None
    return Made({"arbitrary": {"items": {"min": least, "max": most}}}) if can_make(column.type) else None


def fit_uuid(column: Column, made: Made, facts: ColumnFacts) -> Made | None:  # noqa: ARG001
    """Any: those that a CHECK forbids, as a rule that of nothing but zeros, come up in none of 2¹²² draws."""
    only = replace(facts, none_of=(), null=None) == ColumnFacts()
    return made if only and made.said is not None else None


def fit_other(column: Column, made: Made, facts: ColumnFacts) -> Made | None:
    """What was wanted, where nothing is asked but that ranges hold something, which all of ours do."""
    said = made.said if isinstance(made.said, Mapping) else {}
    texts = said.get("choice")
    if isinstance(texts, list) and all(keeps(str(text), column, facts) for text in texts):
        return made
    asked = facts.regexes or facts.likes or facts.min_length or facts.max_length is not None or facts.none_of
    bounds = facts.low is not None or facts.high is not None
    if asked or bounds:
        return None
    return made if said else Made({"arbitrary": {}}) if can_make(column.type) else None
