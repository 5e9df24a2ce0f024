"""Walks and autoregressions: values that go on from row to row of one parent, whichever rows are asked for."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
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
    count: 300
    columns:
      id: {sequence: 1}
      serial: 1
      ratio: {uniform: {min: 10, max: 20}}
      score: {max: pets.weight}
  pets:
    table: pets
    per: {parent: people, as: person_id, count: {poisson: 40, min: 1, max: 90}}
    MOMENT
    KEEP
    columns:
      id: {expr: "ordinal + person_id.id * 1000"}
      shown: {COLUMN, hidden: true, type: float8}
      name: {expr: "shown::text"}
      born: {after: window_start, by: {uniform: {min: 0s, max: 20d}}}
      weight: {expr: "round(shown)::int"}
"""
WALK = "walk: {expr: person_id.ratio}, step: {normal: {mean: 0, sd: 2}}, min: 5, max: 30"
AR1 = "ar1: {mean: {expr: person_id.ratio}, sd: 3, phi: 0.9}"


def story(column: str, *, moment: str = "", keep: str = "") -> str:
    text = SPEC.replace("COLUMN", column).replace("after: window_start,", "after: person_id.began,")
    text = text.replace(
        "      serial: 1\n", "      serial: 1\n      began: {constant: 2025-11-01, hidden: true, type: timestamptz}\n"
    )
    return text.replace("    MOMENT\n", moment).replace("    KEEP\n", keep)


def families(text: str, **more: int) -> tuple[pa.Table, list[list[tuple[int, object, float]]]]:
    """The pets of each person as (id, born, value), in the order of ids."""
    pets = rows_of(plan_of(text, ODD), "people", "pets", **more)["pets"]
    found: dict[int, list[tuple[int, object, float]]] = {}
    for person, key, born, value in zip(
        *(pets[name].to_pylist() for name in ("person_id", "id", "born", "name")), strict=True
    ):
        found.setdefault(person, []).append((key, born, float(value)))
    return pets, list(found.values())


def test_a_walk_takes_steps_from_where_it_was_and_turns_back_at_its_bounds():
    _, found = families(story(WALK))
    starts = rows_of(plan_of(story(WALK), ODD), "people")["people"]["ratio"].to_pylist()
    assert [family[0][2] for family in found] == pytest.approx(starts)
    values = [value for family in found for _, _, value in family]
    assert 5 <= min(values) < 6
    assert 29 < max(values) <= 30
    inner = [
        b[2] - a[2]
        for family in found
        for a, b in pairwise(family)
        if 15 < a[2] < 20  # five sigmas from a bound
    ]
    assert np.mean(inner) == pytest.approx(0, abs=0.15)
    assert np.std(inner) == pytest.approx(2, rel=0.06)


def test_an_autoregression_strays_by_its_deviation_from_the_first_row_on():
    _, found = families(story(AR1))
    starts = rows_of(plan_of(story(AR1), ODD), "people")["people"]["ratio"].to_pylist()
    strays = [[value - mean for _, _, value in family] for family, mean in zip(found, starts, strict=True)]
    assert np.std([family[0] for family in strays]) == pytest.approx(3, rel=0.15)
    assert np.std([family[-1] for family in strays]) == pytest.approx(3, rel=0.15)
    for apart in (1, 3):
        pairs = np.array([(a, b) for family in strays for a, b in zip(family, family[apart:], strict=False)])
        assert np.corrcoef(pairs.T)[0, 1] == pytest.approx(0.9**apart, abs=0.04)
    across = np.array([(a[0], b[0]) for a, b in pairwise(strays)])
    assert abs(np.corrcoef(across.T)[0, 1]) < 0.2, "parents know nothing of each other"


@pytest.mark.parametrize("column", [WALK, AR1])
def test_a_slow_walk_through_each_family_finds_the_same(column: str):
    """The twin: value by value, from the draws that a plain normal column of the same name would make."""
    drawn = column_of(story("normal: {mean: 0, sd: 1}"))
    starts = rows_of(plan_of(story(column), ODD), "people")["people"]["ratio"].to_pylist()
    _, found = families(story(column))
    at = 0
    for family, start in zip(found, starts, strict=True):
        now = 0.0
        for number, (_, _, value) in enumerate(family):
            z, at = drawn[at], at + 1
            if column is AR1:
                now = z if number == 0 else 0.9 * now + np.sqrt(1 - 0.81) * z
                assert value == pytest.approx(start + 3 * now)
            else:
                now = start if number == 0 else now + 2 * z
                while not 5 <= now <= 30:
                    now = 10 - now if now < 5 else 60 - now
                assert value == pytest.approx(now)


def column_of(text: str) -> list[float]:
    return [float(value) for value in rows_of(plan_of(text, ODD), "people", "pets")["pets"]["name"].to_pylist()]


@pytest.mark.parametrize("column", [WALK, AR1])
@pytest.mark.parametrize("moment", ["", "    moment: {column: born}\n"])
def test_rows_that_are_left_out_move_no_other_and_batches_neither(column: str, moment: str):
    whole, _ = families(story(column, moment=moment))
    again, _ = families(story(column, moment=moment), batch_rows=97)
    assert again.equals(whole)
    kept = 'keep: "ordinal % 3 = 0 or weight > 18"\n'
    some, _ = families(story(column, moment=moment, keep=f"    {kept}"))
    ids = set(some["id"].to_pylist())
    assert 0 < len(ids) < len(whole)
    assert some.equals(whole.filter(pa.array([key in ids for key in whole["id"].to_pylist()])).combine_chunks())


def test_rows_with_moments_go_on_in_their_order():
    counting = "walk: 0, step: {uniform: {min: 1, max: 1}}"
    _, found = families(story(counting, moment="    moment: {column: born}\n"))
    for family in found:
        by_time = sorted(family, key=lambda row: str(row[1]))
        assert [value for _, _, value in by_time] == list(range(len(family)))


def test_a_relative_walk_multiplies():
    column = "walk: 50, step: {uniform: {min: 0.1, max: 0.1}}, relative: true"
    _, found = families(story(column))
    assert [value for _, _, value in found[0]] == pytest.approx([50 * 1.1**n for n in range(len(found[0]))])


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("walk: 1, step: {normal: {mean: 0, sd: 1}}, min: 5, max: 5", r"min: 5 is not below max: 5"),
        ("walk: 1, step: {normal: {mean: 0s, sd: 1s}}", r"a step is a number"),
        ("walk: 1", r"step"),
        ("walk: {expr: nothing}, step: {normal: {mean: 0, sd: 1}}", r"nothing"),
        ("walk: yes, step: {normal: {mean: 0, sd: 1}}", r"a number"),
        ("ar1: {mean: 1, sd: 1, phi: 1}", r"phi"),
        ("ar1: {mean: 1, phi: 0.5}", r"sd"),
        ("ar1: {mean: {expr: weight}, sd: 1, phi: 0.5}", r"made from"),
    ],
)
def test_series_that_cannot_be_are_refused(column: str, said: str):
    with pytest.raises(SpecError, match=said):
        plan_of(story(column), ODD)


def test_a_series_needs_a_parent():
    text = story(WALK).replace("ratio: {uniform: {min: 10, max: 20}}", "ratio: {ar1: {sd: 1, phi: 0.5}}")
    with pytest.raises(SpecError, match=r"'people' has no `per`, so its rows follow none"):
        plan_of(text, ODD)


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("ar1: {sd: {expr: 1 - ordinal}, phi: 0.5}", r"sd is -\d+ in a row; it must be 0 or more"),
        ('ar1: {mean: {expr: "case when ordinal > 1 then 1.0 end"}, sd: 1, phi: 0.5}', r"mean is null in a row"),
        ("walk: 1, step: {uniform: {min: 1e9, max: 2e9}}, relative: true", r"grows beyond"),
    ],
)
def test_what_a_row_makes_impossible_ends_the_run(column: str, said: str):
    with pytest.raises(GenerateError, match=said):
        families(story(column))
