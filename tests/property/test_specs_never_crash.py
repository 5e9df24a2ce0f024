"""No text ends in a traceback: it is a Spec, or a SpecError whose diagnostics all have a place."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import Diagnostic, SpecError
from engine.spec.load import Spec, load
from engine.spec.source import read_source
from tests.unit.test_spec_load import SHOP

TREE, _ = read_source(SHOP, file="shop.yaml")
WORDS = st.sampled_from(
    [
        *"{}[]:,-#&*!|>'\"%@`?\n \t\0\ud800é",
        *("{{ ", " }}", "{% ", "<<", "!!str", "&a", "*a", "---", "...", "0", "-1", "1e999", "null", "true", "yes"),
        *("2025-11-01", "4h", "count", "per", "choice", "constant", "columns"),
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["{{ orders }}", "{{ x.y }}", "4h", "2025-11-01", "10%", "customers", "storefront", "uniform"])
)
KEYS = st.sampled_from(
    ["constant", "choice", "uniform", "min", "max", "count", "per", "table", "columns", "moment", "template", "hidden"]
) | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


def outcome(text: str | bytes) -> None:
    found: tuple[Diagnostic, ...] | Spec
    try:
        found = load(text, file="s.yaml", overrides={"orders": "5"})
    except SpecError as error:
        found = error.diagnostics
    assert isinstance(found, Spec) or (found and all(d.location and d.location.line and d.message for d in found))


@given(st.text() | st.lists(WORDS, max_size=60).map("".join))
def test_any_text_is_a_spec_or_refused(text: str):
    outcome(text)


@given(st.binary())
def test_any_bytes_are_a_spec_or_refused(text: bytes):
    outcome(text)


@given(st.data())
@settings(max_examples=200)
def test_a_valid_spec_with_other_characters_in_it_is_a_spec_or_refused(data: st.DataObject):
    text = SHOP
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        stop = min(len(text), start + data.draw(st.integers(0, 12)))
        text = text[:start] + data.draw(WORDS | st.text(max_size=5)) + text[stop:]
    outcome(text)


@given(st.data())
@settings(max_examples=200)
def test_a_valid_spec_with_any_value_anywhere_is_a_spec_or_refused(data: st.DataObject):
    paths = [path for path in TREE.values if path]
    tree = json.loads(json.dumps(TREE.data))
    for path in data.draw(st.lists(st.sampled_from(paths), min_size=1, max_size=3)):
        graft(tree, path, data.draw(VALUES))
    outcome(json.dumps(tree))


def graft(tree: object, path: tuple[str | int, ...], value: object) -> None:
    """Put a value where `path` leads, or as near to it as earlier grafts have left."""
    for element in path[:-1]:
        below = tree.get(str(element)) if isinstance(tree, dict) else None
        if not isinstance(below, dict):
            break
        tree = below
    if isinstance(tree, dict):
        tree[str(path[-1])] = value
