"""Two mistakes in one spec: both are told at once, and nothing that is not one of them."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import TypeAlias

import pytest

from engine.errors import Diagnostic, SpecError
from engine.plan.compile import compile_plan
from engine.run.look import shop_catalog
from engine.spec.load import Spec, load
from engine.spec.salvage import salvage

TEXT = Path("specs/black_friday.yaml").read_text().replace("pool: 5_000", "pool: 50")
MISTAKES = {
    "a hidden column's generator": ("colour: {choice:", "colour: {chioce:"),
    "another": ("opines: {bernoulli: 12%, hidden: true}", "opines: {bernoulli: 112%, hidden: true}"),
    "an entity's key": ("    count: 8\n", "    cuont: 8\n"),
    "a parent": ("per: {parent: order_items, as: line", "per: {parent: order_itms, as: line"),
    "odds": ("{p: 97%, delay", "{p: 197%, delay"),
    "a life cycle": ("lifecycle: sending_back", "lifecycle: sending_bakc"),
    "a daily curve": ("    daily: online_retail", "    daily: online_retial"),
    "a key at the top": ("seed: 20251128", "seed: 20251128\nsede: 4"),
    "a table": ("table: shop.reviews", "table: shop.reveiws"),
    "a column": ("      service:", "      servise:"),
    "a type": ("      is_default: ", "      is_default: {uuid4: true} #"),
    "a name in an expression": ('quantity * unit_price"}', 'quantity * unit_prise"}'),
    "a path": ("{attribute: order_id.units}", "{attribute: order_id.unitz}"),
    "a column to start from": ("{after: shipped_at, by: 5d}", "{after: shiped_at, by: 5d}"),
    "a column that must be filled": ("      carrier: {choice: {UPS: 40, FedEx: 30, USPS: 25, DHL: 5}}\n", ""),
}
Told: TypeAlias = frozenset[tuple[object, ...]]


def told(text: str) -> Told:
    """Which mistakes are told of a spec, by place and code."""
    try:
        compile_plan(_loaded(text), shop_catalog())
    except SpecError as error:
        return frozenset(_named(d) for d in error.diagnostics)
    return frozenset()


def _loaded(text: str) -> Spec:
    """What `read_or_tell` does, without a database."""
    try:
        return load(text, file="spec.yaml", overrides={})
    except SpecError as error:
        rest = salvage(text, error, file="spec.yaml", overrides={}, seed=None)
        if rest is None:
            raise
    try:
        compile_plan(rest.spec, shop_catalog())
    except SpecError as more:
        raise rest.with_more(more.diagnostics) from None
    raise rest.with_more(())


def _named(diagnostic: Diagnostic) -> tuple[object, ...]:
    return (*diagnostic.path, diagnostic.code)


def with_mistakes(*names: str) -> str:
    text = TEXT
    for name in names:
        right, wrong = MISTAKES[name]
        assert right in text, name
        text = text.replace(right, wrong, 1)
    return text


@pytest.fixture(scope="module")
def alone() -> dict[str, Told]:
    return {name: told(with_mistakes(name)) for name in MISTAKES}


def test_one_mistake_is_told_as_one(alone: dict[str, Told]) -> None:
    assert {name: len(found) for name, found in alone.items() if len(found) != 1} == {}


@pytest.mark.parametrize(("one", "other"), list(combinations(MISTAKES, 2)))
def test_two_mistakes_are_both_told(one: str, other: str, alone: dict[str, Told]) -> None:
    assert told(with_mistakes(one, other)) == alone[one] | alone[other]


def test_a_wrong_window_is_told_with_what_the_text_shows() -> None:
    text = with_mistakes("a hidden column's generator").replace("end: 2025-12-05} #", "end: 2025-10-05} #", 1)
    assert {place[:2] for place in told(text)} == {("window", "end"), ("entities", "products")}
