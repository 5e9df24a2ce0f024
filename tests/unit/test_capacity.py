"""References that fill up: never more rows for one target than it has seats."""

from __future__ import annotations

from collections import Counter

import pytest

from engine.errors import GenerateError, SpecError
from tests.odd_world import ODD
from tests.worlds import plan_of, rows_of

SPEC = """
scenario: odd
window: {start: 2025-11-01, end: 2025-12-01}
entities:
  people:
    table: people
    count: 400
    columns:
      id: {sequence: 1}
      serial: 1
      score: {choice: [0, 1, 5, 9]}
  toys:
    table: pets
    count: COUNT
    columns:
      id: {sequence: 1}
      person_id: {reference: people, CAPACITY}
      weight: {attribute: person_id.score}
"""


def filled(count: int, capacity: str, **more: int) -> tuple[Counter[int], dict[int, int]]:
    made = rows_of(
        plan_of(SPEC.replace("COUNT", str(count)).replace("CAPACITY", capacity), ODD), "people", "toys", **more
    )
    seats = dict(zip(made["people"]["id"].to_pylist(), made["people"]["score"].to_pylist(), strict=True))
    return Counter(made["toys"]["person_id"].to_pylist()), seats


@pytest.mark.parametrize("count", [2_000, 1_990, 150, 1])
def test_nobody_has_more_rows_than_there_are_seats(count: int):
    found, _ = filled(count, "capacity: 5")
    assert sum(found.values()) == count
    assert max(found.values()) <= 5
    if count == 1_990:
        assert Counter(found.values())[5] >= 390


def test_nobody_has_more_rows_than_a_column_says():
    _, seats = filled(1, "capacity: score")
    total = sum(seats.values())
    found, _ = filled(total, "capacity: score")
    assert found == Counter({person: many for person, many in seats.items() if many})
    some, _ = filled(total // 2, "capacity: score")
    assert all(many <= seats[person] for person, many in some.items())
    assert filled(total // 2, "capacity: score", batch_rows=61)[0] == some
    with pytest.raises(
        GenerateError, match=rf"{total + 1:,} rows want a place, and the 400 rows of 'people' have {total:,}"
    ):
        filled(total + 1, "capacity: score")


def test_which_rows_share_a_target_follows_no_order():
    made = rows_of(plan_of(SPEC.replace("COUNT", "2000").replace("CAPACITY", "capacity: 5"), ODD), "toys")["toys"]
    people = made["person_id"].to_numpy()
    assert abs(people[1:] - people[:-1]).mean() == pytest.approx(400 / 3, rel=0.06)


@pytest.mark.parametrize(
    ("count", "capacity", "said"),
    [
        (2_001, "capacity: 5", r"2,001 rows of 'toys' want a place, and 400 rows of 'people' have 5 each: 2,000"),
        (9, "capacity: 0", r"capacity"),
        (9, "capacity: seats", r"no column 'seats'"),
        (9, "capacity: code", r"capacity|left to PostgreSQL|no column"),
        (9, "capacity: 5, pick: {zipf: 1}", r"`pick` and `capacity` do not go together"),
        (9, "capacity: 5, same: person_id", r"made from itself|do not go together"),
    ],
)
def test_what_does_not_go_with_a_capacity_is_refused(count: int, capacity: str, said: str):
    with pytest.raises(SpecError, match=said):
        plan_of(SPEC.replace("COUNT", str(count)).replace("CAPACITY", capacity), ODD)


@pytest.mark.parametrize("old", ["    count: 400\n", "    count: 9\n"])
def test_seats_are_not_dealt_out_among_rows_that_are_left_out(old: str):
    text = SPEC.replace("COUNT", "9").replace("CAPACITY", "capacity: 5")
    with pytest.raises(SpecError, match=r"need a `count` alone"):
        plan_of(text.replace(old, f'{old}    keep: "id > 2"\n'), ODD)
