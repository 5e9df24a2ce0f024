"""Functions of text. Nothing here makes a text much longer than what went in."""

from __future__ import annotations

from functools import partial

from engine.expressions import strings
from engine.expressions.casts import render_with
from engine.expressions.column import Column
from engine.expressions.nodes import Node, Open, Strict
from engine.expressions.promotion import BPCHAR, UNKNOWN, family_words, is_text
from engine.expressions.render import RENDERED
from engine.expressions.rules.logic import inverse
from engine.expressions.site import Rule, Site
from engine.types import BOOL, INT4, TEXT

MAX_PATTERN, MAX_WILDCARDS = 200, 10
"""What a LIKE pattern may have: matching takes time in proportion to the text's length times these."""


def _lower(site: Site) -> Node:
    site.count(1, 1)
    node = site.text(0)
    return Open(TEXT, strings.lower if site.call.name == "lower" else strings.upper, (node,), risky=False)


def _length(site: Site) -> Node:
    site.count(1, 1)
    node = site.text(0)
    return Strict(INT4, strings.length, (node,), risky=False)


def _joined(site: Site) -> Node:
    a, b = site.nodes(2)
    if not any(n.type == UNKNOWN or is_text(n.type) for n in (a, b)):
        raise site.wrong(f"|| joins texts, and these are {family_words(a.type)} and {family_words(b.type)}")
    return Open(
        TEXT,
        strings.joined,
        (_printed(site, a, 0, in_concat=False), _printed(site, b, 1, in_concat=False)),
        risky=False,
    )


def _concat(site: Site) -> Node:
    nodes = site.nodes(1, 100)
    padded = [at for at, node in enumerate(nodes) if node.type == BPCHAR]
    if padded:
        raise site.wrong("concat of a char(n) sees its padding", "write (…)::text", padded[0])
    printed = tuple(_printed(site, node, at, in_concat=True) for at, node in enumerate(nodes))
    return Open(TEXT, strings.concatenated, printed, risky=False)


def _printed(site: Site, node: Node, at: int, *, in_concat: bool) -> Node:
    """An argument of || or concat: text as it is, others as PostgreSQL writes them, booleans in two ways."""
    if node.type == UNKNOWN or is_text(node.type):
        return site.fit(node, TEXT, at)
    if node.type.labels and not node.type.array:
        return Open(TEXT, _itself, (node,), risky=False)
    if node.type.name not in RENDERED or node.type.array:
        raise site.wrong(f"{family_words(node.type)} is not written as text here", at=at)
    if node.ragged:
        raise site.wrong("how many decimal places this has is not the same in every row", "write round(…, 2)", at)
    return Open(TEXT, render_with(node.type, site.zone, in_concat=in_concat), (node,), risky=False)


def _itself(column: Column) -> Column:
    return column


def _substring(site: Site) -> Node:
    given = site.count(2, 3)
    node, start = site.text(0), site.integer(1) - 1
    if given == 2:
        return Open(TEXT, partial(strings.sliced, max(start, 0), None), (node,), risky=False)
    length = site.integer(2)
    if length < 0:
        raise site.wrong("a length cannot be negative", at=2)
    return Open(TEXT, partial(strings.sliced, max(start, 0), max(start + length, 0)), (node,), risky=False)


def _left(site: Site) -> Node:
    site.count(2, 2)
    return _cut(site, 0, site.integer(1))


def _right(site: Site) -> Node:
    site.count(2, 2)
    wanted = site.integer(1)
    return _cut(site, 0, 0) if wanted == 0 else _cut(site, -wanted, None)


def _cut(site: Site, start: int, stop: int | None) -> Node:
    node = site.text(0)
    return Open(TEXT, partial(strings.sliced, start, stop), (node,), risky=False)


def _trimmed(side: str, site: Site) -> Node:
    characters = site.string(1) if site.count(1, 2) == 2 else " "
    node = site.text(0)
    return Open(TEXT, partial(strings.trimmed, side, characters), (node,), risky=False)


def _replaced(site: Site) -> Node:
    site.count(3, 3)
    node, pattern, by = site.text(0), site.string(1), site.string(2)
    if len(by) > max(4 * len(pattern), 64):
        raise site.wrong("replace may not make a text so much longer", at=2)
    return Open(TEXT, partial(strings.replaced, pattern, by), (node,), risky=False)


def _position(site: Site) -> Node:
    site.count(2, 2)
    node, part = site.text(0), site.string(1)
    return Strict(INT4, partial(strings.position, part), (node,), risky=False)


def _starts(site: Site) -> Node:
    site.count(2, 2)
    node, prefix = site.text(0), site.string(1)
    return Strict(BOOL, partial(strings.starts, prefix), (node,), risky=False)


def _part(site: Site) -> Node:
    site.count(3, 3)
    node, delimiter, number = site.text(0), site.string(1), site.integer(2)
    if number == 0:
        raise site.wrong("split_part counts from 1, or backwards from -1", at=2)
    return Open(TEXT, partial(strings.part, delimiter, number), (node,), risky=False)


def _like(site: Site, *, folded: bool, negated: bool) -> Node:
    node, _ = site.nodes(2)
    pattern = site.string(1)
    if node.type == BPCHAR:
        raise site.wrong("LIKE of a char(n) sees its padding", "write (…)::text", 0)
    node = site.text(0)
    if len(pattern) > MAX_PATTERN or pattern.count("%") > MAX_WILDCARDS:
        raise site.wrong(f"a pattern has at most {MAX_PATTERN} characters and {MAX_WILDCARDS} times %", at=1)
    try:
        strings.like_regex(pattern)
    except ValueError as error:
        raise site.wrong(str(error), at=1) from None
    found = Strict(BOOL, partial(strings.like, pattern, folded), (node,), risky=False)
    return inverse(found) if negated else found


TEXTS: dict[str, Rule] = {
    "lower": _lower,
    "upper": _lower,
    "length": _length,
    "char_length": _length,
    "character_length": _length,
    "||": _joined,
    "concat": _concat,
    "substr": _substring,
    "left": _left,
    "right": _right,
    "btrim": partial(_trimmed, ""),
    "ltrim": partial(_trimmed, "l"),
    "rtrim": partial(_trimmed, "r"),
    "replace": _replaced,
    "strpos": _position,
    "starts_with": _starts,
    "split_part": _part,
    "like": partial(_like, folded=False, negated=False),
    "not like": partial(_like, folded=False, negated=True),
    "ilike": partial(_like, folded=True, negated=False),
    "not ilike": partial(_like, folded=True, negated=True),
}
