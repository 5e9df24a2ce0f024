"""Moments that are kept as numbers since 1970: which columns are, what they count, and that they follow each other."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from engine.catalog.model import Unique
from engine.sketch.epochs import epoch_of
from tests.drafts import drafted, rules
from tests.worlds import table

START, END = (datetime.fromisoformat(f"{year}-01-01T00:00Z").timestamp() for year in (2025, 2026))


@pytest.mark.parametrize(
    ("column", "unit"),
    [
        ("createat int8", 1_000),
        ("lastPostAt int8", 1_000),
        ("created_unix int8", 1),
        ("created_at int4", 1),
        ("created float8", 1),
        ("modified numeric", 1),
        ("origin_server_ts int8", 1_000),
        ("ts_us int8", 1_000_000),
        ("started_at_ns int8", 1_000_000_000),
        ("expires_ms int8", 1_000),
        ("update_time int8", 1_000),
        ("timestamp int8", 1_000),
        ("unix_timestamp int8", 1),
        ("format int8", None),
        ("lat int8", None),
        ("duration_ms int8", None),
        ("response_time int4", None),
        ("order_date int4", None),
        ("deleted int4", None),
        ("expires_ms int4", None),
        ("created int2", None),
        ("created numeric(6,2)", None),
        ("created_at text", None),
        ("created_at int8[]", None),
    ],
)
def test_a_name_and_a_type_say_what_is_counted(column: str, unit: int | None):
    found = epoch_of(table("t", column).columns[0])
    assert (found.unit if found is not None else None) == unit


def test_numbers_of_moments_lie_in_the_window_and_follow_the_rows_own():
    columns = ("createat int8 null", "updateat int8", "expires_at int4", "lastviewedat int8 null")
    draft = drafted(table("t", "id int8", *columns))
    assert draft.entities["t"]["moment"] == {"column": "moment", "hidden": True, "timeline": "activity"}
    day = 86_400
    for row in draft.rows["t"]:
        begun = row["createat"] / 1_000
        assert START <= begun < END
        assert begun <= row["updateat"] / 1_000 <= begun + 31 * day
        assert begun + day <= row["expires_at"] + 1 <= begun + 92 * day
        assert row["lastviewedat"] is None or begun <= row["lastviewedat"] / 1_000
    assert any(row["lastviewedat"] is None for row in draft.rows["t"])
    assert "moment" not in draft.rows["t"][0]


def test_they_follow_a_moment_that_is_written():
    draft = drafted(table("t", "id int8", "created_at timestamptz", "expires_at int8"))
    assert draft.entities["t"]["moment"]["column"] == "created_at"
    assert all(row["expires_at"] > row["created_at"].timestamp() * 1_000 for row in draft.rows["t"])


def test_without_a_beginning_they_lie_in_the_window():
    draft = drafted(table("t", "id int8", "last_seen int4"))
    assert draft.columns("t")["last_seen"] == {"uniform": {"min": START, "max": END}}
    assert "moment" not in draft.entities["t"]


def test_what_ends_comes_after_what_starts():
    draft = drafted(table("t", "id int8", "end_time int8 null", "start_time int8 null"))
    rows = [row for row in draft.rows["t"] if row["end_time"] and row["start_time"]]
    assert len(rows) > 50
    assert all(START * 1_000 <= row["start_time"] < row["end_time"] for row in rows)


@pytest.mark.parametrize(
    ("column", "absent"), [("deleteat int8 null", 0), ("deleted_at int8", 0), ("deleted_at int8 null", None)]
)
def test_rows_that_are_not_deleted_have_no_moment_or_that_of_1970(column: str, absent: Any):
    draft = drafted(table("t", "id int8", "createat int8", column), rows=1000, rows_given=True)
    name = column.split()[0]
    gone = [row for row in draft.rows["t"] if row[name] != absent]
    assert 10 < len(gone) < 120
    assert all(row[name] > row["createat"] for row in gone)


def test_they_are_in_step_with_a_yes_or_no():
    draft = drafted(table("t", "id int8", "created_unix int8", "closed_unix int8 null", "is_closed bool"))
    assert all((row["closed_unix"] is not None) is row["is_closed"] for row in draft.rows["t"])


def test_what_a_check_or_a_key_speaks_of_is_no_moment():
    world = rules(
        table("t", "id int8", "created_at int8", "updated_at int8", "expires_at int8", "read_at int8"),
        "(created_at < updated_at)",
        "(expires_at < 100)",
        uniques=(Unique("u", ("read_at",)),),
    )
    draft = drafted(world)
    assert "moment" not in draft.entities["t"]
    assert all(row["created_at"] < row["updated_at"] and row["expires_at"] < 100 for row in draft.rows["t"])
    assert draft.broken == []
