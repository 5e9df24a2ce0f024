"""Whether one value is among those that a column's facts leave."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine.sketch.checks.facts import Like, Matches, Value
from engine.sketch.checks.values import NUMBERS, ORDERED, position
from engine.types import PgType

if TYPE_CHECKING:
    from engine.sketch.checks.merged import ColumnFacts

_LONGEST, _MOST_REPEATS = 200, 3
_PLAIN = re.compile(r"\^?(?:[\w @.,:/-]|\\[dwsDWS.\-]|\[[\w @.,:/+-]+\]|\(\?:|[()|*+?]|\{\d+(?:,\d*)?\})*\$?")


def allows(facts: ColumnFacts, value: Value, pg: PgType) -> bool:
    """Whether no fact forbids the value, as far as we can tell."""
    if value in facts.none_of or not _between(facts, value, pg):
        return False
    if pg.family in NUMBERS and facts.multiple_of is not None:
        return bool(position(value, pg) % facts.multiple_of == facts.remainder)
    return not isinstance(value, str) or _spelt(facts, value)


def _between(facts: ColumnFacts, value: Value, pg: PgType) -> bool:
    if pg.family not in ORDERED or pg.array:
        return True
    at = position(value, pg)
    low = None if facts.low is None else position(facts.low, pg)
    high = None if facts.high is None else position(facts.high, pg)
    above = low is None or at > low or (at == low and not facts.low_strict)
    return above and (high is None or at < high or (at == high and not facts.high_strict))


def _spelt(facts: ColumnFacts, text: str) -> bool:
    if len(text) < (facts.min_length or 0) or (facts.max_length is not None and len(text) > facts.max_length):
        return False
    if facts.trimmed and text != text.strip(" "):
        return False
    if facts.case is not None and text != (text.upper() if facts.case == "upper" else text.lower()):
        return False
    return all(is_like(text, like) for like in facts.likes) and all(matches(text, one) for one in facts.regexes)


def is_like(text: str, like: Like) -> bool:
    """Whether a text is like the pattern, or unlike it where it is to be."""
    flags = re.DOTALL | (re.IGNORECASE if like.case_insensitive else 0)
    return (re.fullmatch(_as_regex(like.pattern), text, flags) is None) is like.negated


def _as_regex(pattern: str) -> str:
    parts = re.findall(r"\\.|[\s\S]", pattern)
    return "".join({"%": ".*", "_": "."}.get(part) or re.escape(part.removeprefix("\\")) for part in parts)


def matches(text: str, rule: Matches) -> bool:
    """Whether a text satisfies the rule; True where PostgreSQL might read the expression as Python does not."""
    if not is_plain(rule.regex) or len(text) > _LONGEST:
        return True
    try:
        found = re.search(rule.regex, text, re.ASCII | (re.IGNORECASE if rule.case_insensitive else 0))
    except re.error:
        return True
    return (found is None) is rule.negated


def is_plain(regex: str) -> bool:
    """Whether a regular expression says only what every dialect reads alike, and Python reads without going astray."""
    repeats = sum(map(regex.count, "*+{"))
    return repeats <= _MOST_REPEATS and not re.search(r"\)[*+{]", regex) and _PLAIN.fullmatch(regex) is not None


def is_anchored(regex: str) -> bool:
    """Whether a regular expression is about all of a text, not about some part of it."""
    outside = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]", "", regex)
    alternatives = "|" in re.sub(r"\([^()]*\)", "", outside) and not re.fullmatch(r"\^\(.*\)\$", outside)
    return outside.startswith("^") and outside.endswith("$") and not alternatives
