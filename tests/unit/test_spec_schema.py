"""The JSON Schema that editors read says the same as the loader."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import jsonschema
import pytest

from engine.errors import SpecError
from engine.spec.load import load
from engine.spec.schema import json_schema, schema_text
from engine.spec.source import read_source
from tests.cases.test_diagnostics import CASES, read_case

FILE = Path(__file__).parents[2] / "specs" / "scenario.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(json_schema())
MINIMAL = "scenario: a\nwindow: {start: 2025-01-01, end: 2026-01-01}\nentities:\n  e: "


def accepts(text: str | bytes) -> bool:
    source, _ = read_source(text, file="s.yaml")
    return bool(VALIDATOR.is_valid(source.data))


def test_the_file_is_what_the_models_say():
    assert FILE.read_text(encoding="utf-8") == schema_text(), "run: just schema"


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize(
    "entity",
    [
        "{table: t, count: 5}",
        '{table: t, count: "{{ n * 3 }}"}',
        '{table: t, count: "1_000"}',
        "{table: t, count: 5, columns: {a: x, b: 5, c: null, d: true, e: 0.5}}",
        "{table: t, count: 5, columns: {a: {constant: 5, hidden: true, null_fraction: 10%, type: text}}}",
        '{table: t, count: 5, columns: {a: {choice: {x: 1, y: 2}, null_fraction: "{{ share }}"}}}',
        "{table: t, count: 5, columns: {a: {uniform: {min: 2022-01-01, max: 2023-01-01}}}}",
        "{table: t, count: 5, moment: {column: m, spread: {start: 2022-01-01, end: 2023-01-01, growth: 1.6 per year}}}",
        "{table: t, per: {parent: p, as: p_id, count: {uniform: {min: 1, max: 3}}}}",
        "{table: t, per: {parent: p, as: p_id, count: 3}}",
    ],
)
def test_what_a_spec_may_say_is_accepted(entity: str):
    assert accepts(MINIMAL + entity)


@pytest.mark.parametrize(
    "entity",
    [
        "{table: t, cuont: 5}",
        "{count: 5}",
        "{table: t, count: many}",
        "{table: t, count: -1}",
        "{table: t, count: 5, columns: {a: {chioce: [1]}}}",
        "{table: t, count: 5, columns: {a: {constant: 5, hidden: yes}}}",
        "{table: t, count: 5, columns: {a: [1, 2]}}",
        "{table: t, per: {parent: p, count: 3}}",
    ],
)
def test_a_wrong_spec_is_underlined(entity: str):
    assert not accepts(MINIMAL + entity)


@pytest.mark.parametrize("path", sorted(FILE.parent.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_scenario_of_the_library_is_accepted(path: Path):
    text = path.read_text(encoding="utf-8")
    load(text, file=path.name)
    assert list(VALIDATOR.iter_errors(read_source(text, file=path.name)[0].data)) == []


@pytest.mark.parametrize("path", sorted(CASES.glob("s00[1236]*.yaml")), ids=lambda path: path.stem)
def test_most_wrong_shapes_are_underlined_too(path: Path):
    case = read_case(path)
    if case.stage != "load" or path.stem in KNOWN_TO_THE_LOADER_ALONE:
        return
    with suppress(SpecError):
        assert not accepts(case.text)


KNOWN_TO_THE_LOADER_ALONE = ("s002_no_count", "s003_count_in_quotes", "s003_count_has_a_fraction")
"""Two keys of which one is needed, and values that only the loader can tell apart."""
