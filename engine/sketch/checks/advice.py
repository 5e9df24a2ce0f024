"""What to write in a spec so that a CHECK holds."""

from __future__ import annotations

from collections.abc import Iterator

from engine.catalog.model import Check, Column, Table
from engine.sketch.checks.combine import combine
from engine.sketch.checks.facts import Computed, Relation, Value
from engine.sketch.checks.merged import ColumnFacts
from engine.sketch.checks.reading import facts_of
from engine.sketch.checks.values import DAYS
from engine.units import Duration

_MOST = 8


def advice(check: Check, table: Table, domain: Column | None = None) -> str | None:
    """A sentence for the author of a spec; None where the CHECK is not understood."""
    columns = {column.name: column for column in table.columns} if domain is None else {"VALUE": domain}
    known = {column.name: column for column in columns.values()}
    found = combine([facts_of(check, columns)], known)
    if found.opaque or found.unsatisfied:
        return None
    said = [f"give '{name}' {text}" for name, facts in found.columns.items() for text in _said(facts)]
    return ", ".join([*said, *(_related(one, known) for one in found.relations)]) or None


def _said(facts: ColumnFacts) -> Iterator[str]:
    if facts.null is not None:
        yield "null everywhere" if facts.null else "no `null`"
    if facts.null:
        return
    if facts.one_of is not None:
        yield f"`choice: [{', '.join(map(str, facts.one_of[:_MOST]))}{', …' if len(facts.one_of) > _MOST else ''}]`"
        return
    if facts.low is not None or facts.high is not None:
        ends = [f"{word}: {_value(end)}" for word, end in (("min", facts.low), ("max", facts.high)) if end is not None]
        yield f"a `{', '.join(ends)}`"
    if facts.none_of:
        yield f"other values than {', '.join(map(repr, map(str, facts.none_of[:_MOST])))}"
    yield from _texts(facts)


def _texts(facts: ColumnFacts) -> Iterator[str]:
    if facts.min_length:
        yield f"at least {facts.min_length} characters"
    if facts.max_length is not None:
        yield f"at most {facts.max_length} characters"
    for rule in facts.regexes:
        yield f"values that do{' not' if rule.negated else ''} match {rule.regex}"
    for like in facts.likes:
        yield f"values {'un' if like.negated else ''}like {like.pattern}"
    if facts.case is not None:
        yield f"{facts.case}-case values (`template: {{{{ … | {facts.case} }}}}`)"


def _value(value: Value) -> str:
    return str(value)


def _related(one: Relation, columns: dict[str, Column]) -> str:
    if isinstance(one, Computed):
        return f"make '{one.column}' by `expr: {one.expression}`"
    days = columns[one.column].type.family in DAYS and columns[one.other].type.family in DAYS
    apart = (f" + {Duration(int(one.offset))}" if days else f" + {one.offset:f}") if one.offset else ""
    said = f"see that {one.column} {one.op} {one.other}{apart} in every row"
    if not days or one.op in ("=", "<>"):
        return said
    later, earlier = (one.column, one.other) if one.op[0] == ">" else (one.other, one.column)
    return f"{said}, as `{later}: {{after: {earlier}, by: …}}` does"
