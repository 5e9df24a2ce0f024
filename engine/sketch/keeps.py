"""Whether texts surely keep to what CHECKs say of a column."""

from __future__ import annotations

from collections.abc import Iterable

from engine.catalog.model import Column
from engine.sketch.checks import ColumnFacts
from engine.sketch.checks.allowed import allows, is_like
from engine.sketch.checks.facts import Matches
from engine.sketch.regexes import compiled


def keep(texts: Iterable[str], column: Column, facts: ColumnFacts) -> bool:
    """Whether none of the texts breaks a rule, or could."""
    return all(keeps(text, column, facts) for text in texts)


def keeps(text: str, column: Column, facts: ColumnFacts) -> bool:
    """Whether a text surely keeps every rule; what PostgreSQL may read in another way than we is not sure."""
    if facts.ascii and not text.isascii():
        return False
    listed = facts.one_of is None or text in facts.one_of
    seen = text.ljust(column.type.length or 0) if column.type.name == "bpchar" else text  # as patterns see it
    like = all(is_like(seen, like) for like in facts.likes)
    return listed and like and allows(facts, text, column.type) and all(_matches(seen, rule) for rule in facts.regexes)


def _matches(text: str, rule: Matches) -> bool:
    expression = compiled(rule.regex, case_insensitive=rule.case_insensitive)
    if expression is None or not text.isascii():
        return False
    return (expression.search(text) is None) is rule.negated
