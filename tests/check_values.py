"""Rows that keep to what was read of CHECKs: its slow, obvious twin, which tries values until some are allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from itertools import islice, product

from engine.catalog.model import Column
from engine.sketch.checks import ColumnFacts, TableFacts
from engine.sketch.checks.facts import Compare, Value
from engine.sketch.checks.values import DAYS, NUMBERS, ORDERED, position, value_at
from engine.types import DAY, Family, PgType

NOW = datetime.now(timezone.utc)
TEXTS = (
    "", "a", "b", "x", "y", "X", "ab", "AB", "abc", "ABC", "aXb", "b@x.com", "bb", "123-4567", "a_b", "com", "  a",
    "zz", "DE", "q@q", "aa aa", "sad", "A1", "abcdefghij", "Abcdefghijk",
)  # fmt: skip
OTHERS = {
    "uuid": ("00000000-0000-0000-0000-000000000000", "11111111-2222-3333-4444-555555555555"),
    "int4range": ("empty", "[1,5)", "[3,)"),
    "inet": ("10.0.0.1", "::1"),
    "bit": ("101", "111"),
}
MOST_ROWS = 40
Row = dict[str, str | None]


def rows_of(facts: TableFacts, columns: dict[str, Column]) -> list[Row]:
    """Some rows that the facts allow, as PostgreSQL texts; few or none where no value at hand is allowed."""
    pools = {name: list(_allowed(facts.columns.get(name, ColumnFacts()), column)) for name, column in columns.items()}
    tied = [one for one in facts.relations if isinstance(one, Compare)]
    related = list(dict.fromkeys(name for one in tied for name in (one.column, one.other)))
    free = {name: pool for name, pool in pools.items() if name not in related}
    found: list[Row] = []
    chosen = product(*(pools[name] for name in related))
    for number, values in enumerate(islice(chosen, 20_000)):
        row: dict[str, Value | None] = dict(zip(related, values, strict=True))
        if all(_holds(one, row, columns) for one in tied):
            row |= {name: pool[(number + len(found)) % len(pool)] if pool else None for name, pool in free.items()}
            found.append(_texts(row, columns))
        if len(found) >= MOST_ROWS:
            break
    if not related:
        many = max(map(len, free.values()))
        found = [
            _texts({name: pool[(turn + at) % len(pool)] for at, (name, pool) in enumerate(free.items())}, columns)
            for turn in range(min(many, MOST_ROWS))
            if all(free.values())
        ]
    return found


def _holds(one: Compare, row: dict[str, Value | None], columns: dict[str, Column]) -> bool:
    left, right = row[one.column], row[one.other]
    if left is None or right is None:
        return True
    if columns[one.column].type.family not in ORDERED:
        return (left == right) is (one.op == "=")
    apart = position(left, columns[one.column].type) - position(right, columns[one.other].type) - one.offset
    return {"<": apart < 0, "<=": apart <= 0, ">": apart > 0, ">=": apart >= 0, "=": apart == 0, "<>": apart != 0}[
        one.op
    ]


def _texts(row: dict[str, Value | None], columns: dict[str, Column]) -> Row:
    def text(name: str, value: Value) -> str:
        interval = columns[name].type.family is Family.INTERVAL
        return f"{value} microseconds" if interval and isinstance(value, int) else str(value)

    return {name: None if value is None else text(name, value) for name, value in row.items()}


def _allowed(facts: ColumnFacts, column: Column) -> Iterator[Value | None]:
    """Values that are allowed, and NULL where it is."""
    if facts.null is not False and column.nullable:
        yield None
    if facts.null:
        return
    candidates = _candidates(facts, column.type) if facts.one_of is None else facts.one_of
    yield from (value for value in candidates if _fits(facts, value, column.type))


def _candidates(facts: ColumnFacts, pg: PgType) -> Iterator[Value]:
    if pg.array:
        yield from _arrays(facts)
    elif pg.labels:
        yield from pg.labels
    elif pg.family in ORDERED:
        yield from _ordered(facts, pg)
    elif pg.family is Family.BOOLEAN:
        yield from (True, False)
    elif pg.family is Family.JSON:
        yield from _documents(facts)
    elif pg.family is Family.BYTES:
        yield from ("\\x" + "00" * size for size in (0, 1, 5, 10, 32))
    else:
        yield from OTHERS.get(pg.name, tuple(t for t in TEXTS if pg.length is None or len(t) <= pg.length))


def _ordered(facts: ColumnFacts, pg: PgType) -> Iterator[Value]:
    unit = Decimal(1) if pg.family in NUMBERS else Decimal(DAY // 24)
    days = pg.family in DAYS
    zero = (
        position(NOW.date().isoformat() + (" 00:00:00+00:00" if pg.name == "timestamptz" else ""), pg)
        if days
        else Decimal(0)
    )
    ends = [position(end, pg) for end in (facts.low, facts.high) if end is not None] or [zero]
    steps = (0, 1, 2, 3, 4, 5, 6, 7, 10, 23, 24, 100, 1000, 24 * 20, 24 * 400, -1, -2, -5, -24, -100, -24 * 400)
    for at in (end + step * unit for end in ends for step in steps):
        grid = facts.multiple_of
        at = at - at % grid + facts.remainder if grid is not None else at
        at = at - at % DAY if pg.family is Family.DATE else at
        if pg.family is not Family.TIME or 0 <= at < DAY:
            yield value_at(at, pg)
    if facts.unit is not None or facts.parts:
        for month in range(1, 13):
            for day in (1, 2, 3, 4, 5, 6, 7):
                for hour in (0, 9, 14):
                    zone = timezone.utc if pg.name == "timestamptz" else None
                    moment = datetime(2024, month, day, hour, tzinfo=zone)
                    yield moment.date().isoformat() if pg.family is Family.DATE else moment.isoformat(" ")


def _arrays(facts: ColumnFacts) -> Iterator[str]:
    for size in range(8):
        yield "{" + ",".join(str(value) for value in (facts.elements or ("x", "y"))[:1] * size) + "}"


def _documents(facts: ColumnFacts) -> Iterator[str]:
    keys = ", ".join(f'"{key}": 1' for key in facts.json_keys)
    yield from {"array": ("[]",), "object": ("{" + keys + "}",)}.get(facts.json_type or "", ("{" + keys + "}",))


def _fits(facts: ColumnFacts, value: Value, pg: PgType) -> bool:
    if value in facts.none_of:
        return False
    if pg.array:
        size = 0 if value == "{}" else str(value).count(",") + 1
        return (facts.min_items or 0) <= size <= (facts.max_items if facts.max_items is not None else 99)
    if pg.family in ORDERED:
        return _within(facts, value, pg)
    if pg.family is Family.BYTES:
        size = len(str(value)) // 2 - 1
        return (facts.min_length or 0) <= size <= (facts.max_length if facts.max_length is not None else 99)
    if facts.not_empty and value == "empty":
        return False
    return not isinstance(value, str) or _spelt(facts, value)


def _within(facts: ColumnFacts, value: Value, pg: PgType) -> bool:
    at = position(value, pg)
    if facts.low is not None and (at < position(facts.low, pg) or (facts.low_strict and value == facts.low)):
        return False
    if facts.high is not None and (at > position(facts.high, pg) or (facts.high_strict and value == facts.high)):
        return False
    if facts.multiple_of is not None and at % facts.multiple_of != facts.remainder:
        return False
    if pg.family not in DAYS:
        return True
    moment = datetime.fromisoformat(str(value))
    from_now = (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)) - NOW
    margin = timedelta(seconds=0)
    if facts.latest is not None and from_now > timedelta(microseconds=facts.latest) - margin:
        return False
    if facts.earliest is not None and from_now < timedelta(microseconds=facts.earliest) + timedelta(hours=1):
        return False
    return _on_the_calendar(facts, moment)


def _on_the_calendar(facts: ColumnFacts, moment: datetime) -> bool:
    fields = {
        "dow": moment.isoweekday() % 7, "isodow": moment.isoweekday(), "hour": moment.hour, "minute": moment.minute,
        "month": moment.month, "day": moment.day, "quarter": (moment.month + 2) // 3,
    }  # fmt: skip
    if any(fields[part.field] not in part.values for part in facts.parts):
        return False
    units = ("minute", "hour", "day", "month")
    below = units[: units.index(facts.unit) + 1] if facts.unit is not None else ()
    least = {"minute": moment.second, "hour": moment.minute, "day": moment.hour, "month": moment.day - 1}
    return all(least[unit] == 0 for unit in below)


def _spelt(facts: ColumnFacts, text: str) -> bool:
    if not (facts.min_length or 0) <= len(text) <= (facts.max_length if facts.max_length is not None else 10**6):
        return False
    if facts.trimmed and text != text.strip():
        return False
    if facts.case is not None and text != (text.lower() if facts.case == "lower" else text.upper()):
        return False
    likes = all(
        (re.fullmatch(_like(like.pattern), text, re.I if like.case_insensitive else 0) is None) is like.negated
        for like in facts.likes
    )
    return likes and all(
        (re.search(one.regex, text, re.I if one.case_insensitive else 0) is None) is one.negated
        for one in facts.regexes
    )


def _like(pattern: str) -> str:
    return re.sub(r"\\\\(.)|%|_", lambda m: m[1] or {"%": ".*", "_": "."}[m[0]], re.escape(pattern).replace("\\%", "%"))
