"""Whole valid specs, made up, keep every promise; and nothing moves that does not depend on what was changed."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from engine.errors import Code, GenerateError, SpecError
from tests.property.random_stories import Made, Population, Story, stories

made_up = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
Rows = dict[str, list[dict[str, Any]]]


def tables(story: Story, **how: int) -> dict[str, pa.Table]:
    """All rows; a story that is refused because nobody existed yet is no example."""
    try:
        return {name: table.combine_chunks() for name, table in story.rows(**how).items()}
    except SpecError as error:
        if {d.code for d in error.diagnostics} <= {Code.NO_PARENT_YET}:
            reject()
        raise
    except GenerateError as error:
        if "exists yet at the earliest" in str(error):
            reject()
        raise


def rows(story: Story) -> Rows:
    return {name: table.to_pylist() for name, table in tables(story).items()}


def links(story: Story) -> Iterator[tuple[Population, str, Made, Population]]:
    for population, name, made in story.columns():
        if made.target:
            yield population, name, made, story.people[made.target]


@made_up
@given(stories())
def test_every_reference_leads_to_a_row_and_only_the_nullable_are_null(story: Story):
    made = rows(story)
    for child, name, column, parent in links(story):
        keys = {row["id"] for row in made[parent.name]}
        found = [row[name] for row in made[child.name]]
        assert {key for key in found if key is not None} <= keys
        assert column.nullable or None not in found
    for population, name, column in story.columns():
        if not column.nullable and not column.hidden:
            assert all(row[name] is not None for row in made[population.name]), name


@made_up
@given(stories())
def test_counts_are_exact_and_fan_out_stays_within_its_bounds(story: Story):
    made = rows(story)
    for population in story.people.values():
        if population.parent is None:
            assert len(made[population.name]) == population.count
            continue
        low, high = population.bounds
        families = Counter(row["owner"] for row in made[population.name])
        for parent in made[population.parent]:
            assert low <= families[parent["id"]] <= high
        owners = [row["owner"] for row in made[population.name]]
        assert owners == [p["id"] for p in made[population.parent] for _ in range(families[p["id"]])]


@made_up
@given(stories())
def test_keys_and_unique_columns_never_repeat(story: Story):
    made = rows(story)
    for population, name, column in story.columns():
        if name == "id" or (isinstance(column.says, dict) and column.says.get("unique")):
            values = [row[name] for row in made[population.name]]
            assert len(set(values)) == len(values), f"{population.name}.{name}"


@made_up
@given(stories())
def test_whoever_is_referred_to_existed_and_siblings_refer_to_different_rows(story: Story):
    made = rows(story)
    for child, name, column, parent in links(story):
        says = column.says or {}
        if says.get("existing_at"):
            born = {row["id"]: row["born"] for row in made[parent.name]}
            assert all(born[row[name]] <= row["born"] for row in made[child.name] if row[name] is not None)
        if says.get("distinct_within"):
            picked = defaultdict(list)
            for row in made[child.name]:
                picked[row["owner"]].append(row[name])
            assert all(len(set(some)) == len(some) for some in picked.values())


@made_up
@given(stories())
def test_parents_hold_the_sums_of_their_children_and_rows_what_they_are_computed_from(story: Story):
    made = rows(story)
    for child in [p for p in story.people.values() if p.parent]:
        families = defaultdict(list)
        for row in made[child.name]:
            families[row["owner"]].append(row)
        for parent in made[str(child.parent)]:
            some = families[parent["id"]]
            if f"{child.name}_number" in parent:
                assert parent[f"{child.name}_number"] == len(some)
            if f"{child.name}_total" in parent:
                assert parent[f"{child.name}_total"] == sum((row["amount"] for row in some), Decimal(0))
            if parent.get(f"{child.name}_most") is not None:
                assert parent[f"{child.name}_most"] == max(row["size"] for row in some)
    for population in story.people.values():
        for row in made[population.name]:
            if "double" in row:
                assert row["double"] == 2 * row["amount"]
            if "either" in row:
                assert 0 <= row["either"] <= 5 if row["mood"] == "ok" else row["either"] == row["size"] + 1
            if row.get("later") is not None:
                assert row["later"] >= row["born"]


@made_up
@given(stories(), st.integers(1, 60))
def test_the_size_of_batches_changes_no_byte(story: Story, batch_rows: int):
    whole, pieces = tables(story), tables(story, batch_rows=batch_rows)
    for name, table in whole.items():
        assert table.equals(pieces[name]), name


@made_up
@given(stories(), st.data())
def test_a_column_or_an_entity_more_changes_nothing_that_was_there(story: Story, data: st.DataObject):
    before = tables(story)
    everywhere = sorted(story.people)
    where = story.people[data.draw(st.sampled_from(everywhere))]
    extra = [
        Made("text", {"choice": ["a", "b", "c"]}),
        Made("int8", {"uniform": {"min": 0, "max": 10**12}}),
        Made("uuid", {"uuid4": True}),
        Made("text", {"expr": "'x'"}, hidden=True),
    ]
    columns = {"id": where.columns["id"], "extra": data.draw(st.sampled_from(extra)), **where.columns}
    key = {"id": Made("uuid", {"uuid4": True})}
    larger = story.with_population(replace(where, columns=columns))
    parent = story.people[data.draw(st.sampled_from([n for n in everywhere if story.people[n].depth < 3]))]
    owner = {"owner": Made(parent.columns["id"].type, None, target=parent.name)}
    larger = larger.with_population(Population("root_more", key, count=9))
    larger = larger.with_population(Population("child_more", key | owner, parent=parent.name, fan_out=2))
    after = tables(larger)
    for name, table in before.items():
        assert table.equals(after[name].select(table.column_names)), name


@made_up
@given(stories(), st.data())
def test_another_count_moves_only_what_depends_on_it_and_keeps_the_rows(story: Story, data: st.DataObject):
    roots = sorted(name for name, p in story.people.items() if p.parent is None)
    changed = data.draw(st.sampled_from(roots))
    other = story.with_count(changed, data.draw(st.integers(20, 240)))
    before, after, moved = tables(story), tables(other), story.moved_by_the_count_of(changed)
    for name, table in before.items():
        kept = [column for column in table.column_names if (name, column) not in moved]
        some = min(table.num_rows, after[name].num_rows)
        if story.root(name) != changed:
            assert table.num_rows == after[name].num_rows
        assert table.select(kept).slice(0, some).equals(after[name].select(kept).slice(0, some)), (name, kept)


@made_up
@given(stories(), st.data())
def test_another_generator_moves_only_what_is_made_from_it(story: Story, data: st.DataObject):
    offered = [(p, name) for p, name, made in story.columns() if name in ("amount", "share", "flag", "mood")]
    if not offered:
        reject()
    where, name = data.draw(st.sampled_from(offered))
    says = {
        "amount": {"uniform": {"min": 1, "max": 50}},
        "share": {"uniform": {"min": 5, "max": 6}},
        "flag": {"bernoulli": 0.9},
        "mood": {"choice": ["sad", "ok", "glad"]},
    }[name]
    other = story.with_population(
        replace(where, columns=where.columns | {name: replace(where.columns[name], says=says)})
    )
    moved = story.moved_by((where.name, name))
    before, after = tables(story), tables(other)
    for entity, table in before.items():
        kept = [column for column in table.column_names if (entity, column) not in moved]
        assert table.select(kept).equals(after[entity].select(kept)), (entity, kept)


def test_made_up_stories_hold_every_kind_of_thing():
    """The tests above would prove little if the strategy never drew what they look at."""
    seen: Counter[str] = Counter()

    @settings(max_examples=100, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(stories())
    def look(story: Story):
        for word in (
            "existing_at",
            "distinct_within",
            "null_fraction",
            "weight",
            "zipf",
            "sum",
            "case",
            "unique",
            "expr",
        ):
            seen[word] += f'"{word}"' in json.dumps(json.loads(story.text)["entities"])
        seen["levels"] += any(p.depth == 3 for p in story.people.values())

    look()
    assert all(seen[word] >= 5 for word in seen), seen
    assert len(seen) == 10
