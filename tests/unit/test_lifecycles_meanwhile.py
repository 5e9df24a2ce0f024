"""Lives that go on only while another life of the row is in some of its states."""

from __future__ import annotations

from textwrap import dedent

import pytest

from engine.errors import Code, SpecError
from engine.generate.changes import changes
from engine.generate.rows import World
from tests.worlds import catalog, plan_of, rows_of, table

TABLES = catalog(
    table(
        "subscriptions",
        "id int8",
        "started timestamptz",
        "status text",
        "dunning text null",
        "late_at timestamptz null",
        "cancelled_at timestamptz null",
        "reminded_at timestamptz null",
        "gave_up_at timestamptz null",
    )
)
SPEC = dedent("""
    scenario: billing
    window: {start: 2025-01-01, end: 2025-07-01}
    lifecycles:
      subscription:
        start: active
        states:
          active: {late: {p: 70%, delay: {exponential: {mean: 20d}}, set: {late_at: moment}}, stay: rest}
          late:
            active: {p: 40%, delay: {exponential: {mean: 6d}}, at_most: 3}
            cancelled: {p: rest, delay: {exponential: {mean: 9d}}, set: {cancelled_at: moment}}
      dunning:
        start: quiet
        states:
          quiet: {reminded: {delay: {exponential: {mean: 4d}}, set: {reminded_at: moment}}}
          reminded: {gave_up: {delay: {exponential: {mean: 4d}}, set: {gave_up_at: moment}}}
    entities:
      subscriptions:
        table: subscriptions
        count: 4_000
        moment: {column: started, spread: {start: 2025-01-01, end: 2025-04-01}}
        columns:
          id: {sequence: 1}
          status: {lifecycle: subscription}
          dunning: {lifecycle: dunning WHILE}
""")


def subscriptions(waits: str) -> list[dict[str, object]]:
    made = rows_of(plan_of(SPEC.replace(" WHILE", waits), TABLES), "subscriptions")["subscriptions"]
    found: list[dict[str, object]] = made.to_pylist()
    return found


def test_nothing_happens_once_the_other_life_has_left_its_states():
    free, bound = subscriptions(""), subscriptions(", while: {status: [active, late]}")
    stopped = 0
    for one, other in zip(free, bound, strict=True):
        gone = other["cancelled_at"]
        assert one["cancelled_at"] == gone
        for column in ("reminded_at", "gave_up_at"):
            happens = one[column] is not None and (gone is None or one[column] < gone)  # type: ignore[operator]
            assert other[column] == (one[column] if happens else None)
            stopped += one[column] is not None and not happens
        state = "gave_up" if other["gave_up_at"] else "reminded" if other["reminded_at"] else "quiet"
        assert other["dunning"] == state
    assert stopped > 100


def test_a_life_born_while_the_other_is_elsewhere_never_moves():
    bound = subscriptions(", from: late_at, while: {status: cancelled}")
    assert {row["dunning"] for row in bound if row["late_at"] is None} == {None}
    assert {row["dunning"] for row in bound if row["late_at"] is not None} == {"quiet"}


def test_one_that_comes_back_does_not_wake_the_other_again():
    bound = subscriptions(", while: {status: active}")
    once = [r for r in bound if r["late_at"] is not None and r["reminded_at"] is not None]
    plan = plan_of(SPEC.replace(" WHILE", ", while: {status: active}"), TABLES)
    first_late: dict[int, int] = {}
    for change in changes(World(plan), plan.partition("subscriptions", 0)):
        for row, moment in zip(change.rows.to_pylist(), change.moments.tolist(), strict=True):
            if row["status"] == "late":
                first_late[row["id"]] = min(moment, first_late.get(row["id"], moment))
    assert once
    assert first_late
    for row in bound:
        left = first_late.get(row["id"])  # type: ignore[call-overload]
        for column in ("reminded_at", "gave_up_at"):
            at = row[column]
            assert left is None or at is None or round(at.timestamp() * 1e6) < left  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("waits", "code", "said"),
    [
        (", while: {state: active}", Code.UNKNOWN_COLUMN, "did you mean 'status'"),
        (", while: {dunning: quiet}", Code.CYCLE, "waits for 'dunning' itself"),
        (", while: {status: activ}", Code.UNKNOWN_STATE, "did you mean 'active'"),
        (", while: {status: []}", Code.OUT_OF_RANGE, "at least 1"),
        (", while: active", Code.WRONG_TYPE, "while"),
    ],
)
def test_what_it_cannot_wait_for_is_refused(waits: str, code: Code, said: str):
    with pytest.raises(SpecError, match=said) as refused:
        subscriptions(waits)
    assert [d.code for d in refused.value.diagnostics] == [code]


def test_lives_that_wait_for_each_other_are_refused():
    text = SPEC.replace("{lifecycle: subscription}", "{lifecycle: subscription, while: {dunning: quiet}}")
    with pytest.raises(SpecError, match="waits for"):
        plan_of(text.replace(" WHILE", ", while: {status: active}"), TABLES)
