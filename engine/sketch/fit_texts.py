"""Texts as CHECKs allow them: what was wanted where it surely keeps them, else texts made by their own pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from itertools import product

from engine.catalog.model import Column
from engine.generators.fakers import DEFAULT_LOCALE, make_pool
from engine.generators.pattern import pattern_size
from engine.generators.pattern_syntax import Node, One, Row, Times
from engine.sketch.checks import ColumnFacts
from engine.sketch.held import Holder, room
from engine.sketch.keeps import keep, keeps
from engine.sketch.made import Made
from engine.sketch.regexes import node_of
from engine.sketch.shapes import CAPITALS, DIGITS, LETTERS, among, cased, ended, lengths, sample, shifted, write
from engine.types import PgType

_POOL, _SAMPLES = 200, 200
_MARGIN = 1.5
"""How much longer than all that were looked at another one of Faker's values is believed to be at most."""
_FEW = 20
_LISTED = 60
_FIRST = re.compile(r"\{\{[^{}]*\|\s*first\((\d+)\)\s*\}\}")
_ROW = re.compile(r"\{\{\s*row\s*\}\}")
_NAMES = ("x", "anna", "oconnor", "jean-luc", "maximiliane-katharina-elisabeth")
_PROSE = ("word", "sentence", "paragraph", "text")
_LEAST, _MORE = (3, 2, 1, 0), (6, 5, 4, 3, 2, 1, 0)
"""How often parts are repeated at least that may be repeated for ever, and how much more often: the likeliest first."""


def fit_text(column: Column, made: Made, facts: ColumnFacts) -> Made | None:
    """The text that was wanted, some of Faker's values, or a pattern; None where none is sure to keep the rules."""
    said = made.said if isinstance(made.said, Mapping) else {}
    kind = next(iter(said), None)
    match kind:
        case "choice":
            found = _sifted(column, said["choice"], facts)
        case "faker":
            found = _faker(column, made, facts)
        case "template":
            found = made if keep(_written(str(said["template"])), column, facts) else None
        case "sequence":
            found = made if keep(_numbered(said["sequence"]), column, facts) else None
        case "pattern":
            found = _pattern(column, node_of(str(said["pattern"])), facts, given=made)
        case _:
            found = None
    return found or _prose(column, facts, str(kind)) or _described(column, facts)


def _sifted(column: Column, choice: object, facts: ColumnFacts) -> Made | None:
    """The texts of a choice that are allowed, in the case that is asked for."""
    if not isinstance(choice, Mapping | list | tuple):
        return None
    left = [v for v in choice if isinstance(v, str) and keeps(_cased(v, facts), column, facts)]
    if len(left) * 2 <= len(choice):
        return None
    if isinstance(choice, Mapping):
        return Made({"choice": {_cased(v, facts): choice[v] for v in left}})
    listed = list(dict.fromkeys(_cased(v, facts) for v in left))
    return Made({"choice": listed}, pool=len(listed))


def _cased(text: str, facts: ColumnFacts) -> str:
    return text if facts.case is None else text.upper() if facts.case == "upper" else text.lower()


@cache
def _values(name: str, locale: str) -> tuple[str, ...]:
    try:
        return tuple(str(value) for value in make_pool(name, locale, _POOL, 1))
    except LookupError:
        return ()


def _faker(column: Column, made: Made, facts: ColumnFacts) -> Made | None:
    """Faker's values where all are sure to keep the rules, else those of some that do."""
    said = made.said if isinstance(made.said, Mapping) else {}
    name, locale = str(said["faker"]), str(said.get("locale", DEFAULT_LOCALE))
    values = _values(name, locale)
    if values and keep(values, column, facts) and _has_margin(values, facts, room(column.type)):
        return made
    if name in _PROSE:
        return None
    holder = Holder(column.type)
    texts = (_cased(value, facts) for value in values)
    kept = dict.fromkeys(text for text in texts if holder.takes(text) and keeps(text, column, facts))
    listed = list(kept)[:_LISTED]
    return Made({"choice": listed}, pool=len(listed)) if len(listed) >= _FEW else None


def _has_margin(values: tuple[str, ...], facts: ColumnFacts, most: int | None) -> bool:
    """Whether values that were not looked at are not too short nor too long either; the type cuts by itself."""
    lengths = [len(value) for value in values]
    if (facts.min_length or 0) > max(min(lengths) / _MARGIN, 1):
        return False
    limit = facts.max_length
    return limit is None or (most is not None and most <= limit) or max(lengths) * _MARGIN <= limit


def _written(template: str) -> Iterator[str]:
    """What a template may come to: short names and long ones, the first row and a late one."""
    for name in _NAMES:
        for row in ("1", "1000000000"):
            yield _ROW.sub(row, _FIRST.sub(lambda found, name=name: name[: int(found[1])], template))  # type: ignore[misc]


def _numbered(sequence: object) -> Iterator[str]:
    """What a sequence may come to: its first numbers, and late ones."""
    said = sequence if isinstance(sequence, Mapping) else {}
    for number in (1, 9, 10, 12_345, 1_000_000_000):
        yield f"{said.get('prefix', '')}{str(number).zfill(int(said.get('width', 0)))}"


def _prose(column: Column, facts: ColumnFacts, kind: str) -> Made | None:
    """Words or sentences where texts may be anything, but not as short as they were."""
    if facts.regexes or facts.likes or facts.case or kind == "pattern" or facts.ascii:
        return None
    for name in _PROSE:
        if made := Holder(column.type).hold({"faker": name}):
            fitting = _faker(column, made, facts)
            if fitting is not None:
                return fitting
    return None


def _described(column: Column, facts: ColumnFacts) -> Made | None:
    """A pattern by what the rules describe themselves, else letters."""
    for node in _nodes(facts):
        found = _pattern(column, node, facts)
        if found is not None:
            return found
    return None


def _nodes(facts: ColumnFacts) -> Iterator[Node]:
    for rule in facts.regexes:
        if not rule.negated:
            try:
                yield node_of(rule.regex)
            except (ValueError, IndexError):
                continue
    yield from (_of_like(like.pattern) for like in facts.likes if not like.negated)
    for letters in (LETTERS, CAPITALS, DIGITS):
        yield Times(among(letters), 0, None)
    if longest := _needed(facts):
        yield from (Times(among(letters), longest, longest) for letters in (CAPITALS, LETTERS, DIGITS))


def _needed(facts: ColumnFacts) -> int:
    """How many characters a text has at least that several expressions are found in."""
    found = 0
    for rule in facts.regexes if len(facts.regexes) > 1 else ():
        try:
            found = max(found, 0 if rule.negated else lengths(node_of(rule.regex))[0])
        except (ValueError, IndexError):
            continue
    return found


def _of_like(pattern: str) -> Node:
    """The texts of a LIKE pattern."""
    parts: list[Node] = []
    for part in re.findall(r"\\.|[\s\S]", pattern):
        some = among(CAPITALS + LETTERS + DIGITS)
        parts.append(Times(some, 0, None) if part == "%" else some if part == "_" else One(part[-1]))
    return Row(tuple(parts))


def _pattern(column: Column, node: Node, facts: ColumnFacts, given: Made | None = None) -> Made | None:
    """A pattern of the same build whose texts keep the rules: the longest that has room, in the likeliest letters."""
    if given is not None and _is_sure(column, node, facts):
        return given
    for natural in dict.fromkeys((cased(node, facts.case), cased(shifted(node, facts.case), facts.case), node)):
        if natural is None:
            continue
        for ending in (ended(natural, *at) for at in _limits(_least(column, facts))):
            if _has_size(column, ending, facts) and _is_sure(column, ending, facts):
                pool = pattern_size(write(ending), room(column.type))
                if pool is not None:
                    return Made({"pattern": write(ending)}, pool=pool)
    return None


def _has_size(column: Column, node: Node, facts: ColumnFacts) -> bool:
    most = min((n for n in (room(column.type), facts.max_length) if n is not None), default=None)
    shortest, longest = lengths(node)
    return longest > 0 and shortest >= (facts.min_length or 0) and (most is None or longest <= most)


def _least(column: Column, facts: ColumnFacts) -> int:
    """How long texts are at least; patterns see the blanks behind a char(n) that is not full."""
    padded = column.type.name == "bpchar" and (facts.regexes or facts.likes)
    return max(facts.min_length or 0, (column.type.length or 0) if padded else 0)


def _limits(least: int) -> Iterator[tuple[int, int]]:
    """Lengths to try: of texts that must be long, those first that reach it by one part alone."""
    if least:
        yield from product((least,), (8, *_MORE))
    yield from product(_LEAST, _MORE)


def _is_sure(column: Column, node: Node, facts: ColumnFacts) -> bool:
    """Whether many of its texts keep the rules, and none of those that must not be is one of its."""
    return _all_keep(column.type, node, facts)


@lru_cache(maxsize=4_096)
def _all_keep(pg: PgType, node: Node, facts: ColumnFacts) -> bool:
    expression = re.compile(write(node))
    if any(isinstance(value, str) and expression.fullmatch(value) for value in facts.none_of):
        return False
    return keep((sample(node, number) for number in range(_SAMPLES)), Column("", pg), facts)
