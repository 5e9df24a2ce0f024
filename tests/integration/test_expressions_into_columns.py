"""A value goes into a column as PostgreSQL puts it there: the assignment casts, every type into every type."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import asyncpg
import pytest

from engine.errors import SpecError
from engine.pgtype import parse_type
from tests.expressions import FAILS, Group, Server, comparable, evaluated

COLUMNS = {
    "c": "int2", "a": "int4", "e": "int8", "p": "numeric(12,3)", "u": "numeric", "f": "float4", "x": "float8",
    "k": "bool", "s": "text", "v": "varchar(12)", "h": "char(4)", "m": "mood", "t": "timestamptz", "w": "timestamp",
    "d": "date",
    "o": "time", "i": "interval", "g": "uuid",
}  # fmt: skip
ONE, TWO = "0198c1f2-a3b4-d5e6-f708-192a3b4c5d6e", "ffffffff-ffff-ffff-ffff-ffffffffffff"
ROWS = [
    [1, 2, 3, "2.500", "2.5", 2.5, 0.5, True, "abc", "ab", "ab", "sad", "2025-03-09 03:30:00-04:00",
     "2025-11-02 01:30:00", "2025-01-31", "14:05:06", "26h", ONE],
    [-32768, -2147483648, -(2**63), "-2.500", "-0.0000000001", -0.5, -1.5, False, "abcdef   ", "abcdef  ", "a", "happy",
     "1969-12-31 23:59:59.999999+00:00", "1969-12-31 00:00:00", "1969-12-31", "00:00", "-90m", TWO],
    [32767, 2147483647, 2**63 - 1, "999999999.999", "12345678901", 16777216.0, 2147483647.5, True, "ok", "happy", "sad",
     "ok", "2024-02-29 12:00:00+00:00", "2024-02-29 12:00:00.5", "2024-02-29", "23:59:59.999999", "0s", ONE],
    [0, 100, 70000, "0.005", "0.005", 1.0e10, 1.0e19, False, "", "", "", "sad", "2000-01-01 00:00:00+00:00",
     "2000-01-01 00:00:00", "2000-01-01", "12:00", "30d", TWO],
    [None] * 18,
]  # fmt: skip
GROUP = Group("assigned", COLUMNS, ROWS, (), enums={"mood": ["sad", "ok", "happy"]})
TARGETS = (
    "int2", "int4", "int8", "numeric(6,2)", "numeric(20,0)", "numeric(30,10)", "float4", "float8", "bool", "text",
    "varchar(5)", "char(5)", "mood", "timestamptz", "timestamp", "date", "time", "interval", "uuid",
)  # fmt: skip

OURS_ALONE = {("numeric", "float4"), ("int2", "float4"), ("int4", "float4"), ("int8", "float4"), ("float4", "numeric")}
"""Refused here though PostgreSQL rounds: a float4 is made from a float8, so that it is clear what is rounded."""
THEIRS_ALONE = {("text", "mood"), ("varchar", "mood")}
"""Refused by PostgreSQL, which wants ::mood; here the labels are checked row by row."""
UNWRITTEN = "fiu"
"""Columns whose text form expressions do not write: float4, interval, and numeric without a scale."""


@pytest.fixture
def postgres(each_database: str) -> Iterator[Server]:
    with Server(each_database) as server:
        server.give(GROUP)
        yield server


@pytest.mark.parametrize("target", TARGETS)
def test_every_type_goes_into_a_column_as_in_postgresql(target: str, postgres: Server):
    postgres.execute(f"create table taken (id_ int, v {target})")
    wrong = [said for column in COLUMNS if (said := difference(postgres, column, target))]
    assert not wrong, "\n" + "\n".join(wrong)


def difference(postgres: Server, column: str, target: str) -> str | None:
    kind = GROUP.type_of((column,)) if target != "mood" else GROUP.type_of(("m",))
    kind = kind if target == "mood" else parse_type(target)
    pair = (GROUP.type_of((column,)).name, kind.name)
    theirs = put(postgres, column)
    try:
        mine = evaluated(GROUP, GROUP.compile(column, target=kind))
    except SpecError as error:
        excused = (
            theirs is None or pair in OURS_ALONE or (column in UNWRITTEN and kind.name in ("text", "varchar", "bpchar"))
        )
        return None if excused else f"{column} into {target}: {error}, where PostgreSQL says {theirs}"
    if theirs is None:
        return None if pair in THEIRS_ALONE else f"{column} into {target} is refused by PostgreSQL, not by us: {mine}"
    wanted = [comparable(value, kind) for value in theirs]
    if kind.name == "bpchar":
        wanted = [value.rstrip(" ") if value is not None else None for value in wanted]
    return None if mine == wanted else f"{column} into {target} gives {mine}, not {wanted}"


def put(postgres: Server, column: str) -> list[object] | None:
    """What PostgreSQL stores, row by row; None where it has no such assignment."""
    found: list[object] = []
    for number in range(len(ROWS)):
        sql = f"insert into taken select {number}, {column} from given where id_ = {number} returning v"
        try:
            found.append(postgres.fetch(sql)[0]["v"])
        except asyncpg.DataError:
            found.append(FAILS)
        except asyncpg.DatatypeMismatchError:
            return None
    return found


def test_every_letter_changes_case_as_in_postgresql(postgres: Server):
    letters = [chr(code) for code in range(1, sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF]
    texts = ["".join(letters[at : at + 256]) for at in range(0, len(letters), 256)]
    rows = [[text] for text in texts]
    group = Group("letters", {"s": "text"}, rows, ())
    postgres.execute("drop table given; create table given (id_ int, s text)")
    for number, text in enumerate(texts):
        quoted = text.replace("'", "''")
        postgres.execute(f"insert into given values ({number}, '{quoted}')")
    for expr in ("upper(s)", "lower(s)"):
        theirs, _ = postgres.answers(expr, len(rows))
        mine = evaluated(group, group.compile(expr))
        different = [
            f"{before} U+{ord(before):04X}: {ours!r}, not {right!r}"
            for text, m, t in zip(texts, mine, theirs, strict=True)
            for before, ours, right in zip(text, m, t, strict=True)
            if ours != right and not (before == right and newer(before, ours))
        ]
        assert not different, f"{expr} of {len(different)} letters: {different[:60]}"


def newer(letter: str, changed: str) -> bool:
    """Whether a pair of letters came with a Unicode later than the server's, which leaves it as it is."""
    return any(ord(one) >= 0xA7C0 or 0x1C80 <= ord(one) < 0x1C90 for one in (letter, changed))
