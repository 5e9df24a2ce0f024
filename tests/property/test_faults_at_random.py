"""Faults made up: refused at their places, or as many as were asked for, each labelled, and nothing else changed."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from engine.errors import GenerateError, SpecError
from tests.faulty_rows import faulty, made, require_honest_labels
from tests.worlds import STORY

SMALL = STORY.replace("count: 2_000", "count: 150").replace("count: 300", "count: 40")
CLEAN = made(faulty("", story=SMALL))[0]
COLUMNS = {
    "customers": ["id", "created_at", "segment", "score"],
    "products": ["id", "created_at", "price", "sku"],
    "orders": ["id", "customer_id", "placed_at", "paid_at", "discount", "total", "lines", "note"],
    "order_items": ["id", "order_id", "product_id", "quantity", "unit_price", "line_total"],
}
WHERE = {"customers": "segment = 'vip'", "products": "price > 20", "orders": "lines > 1", "order_items": "quantity = 1"}


TEXTS = {"customers": ["segment"], "products": ["sku"], "orders": ["note"]}
NUMBERS = {
    "customers": ["score"],
    "products": ["price"],
    "orders": ["discount", "total", "lines"],
    "order_items": ["quantity", "unit_price", "line_total"],
}
MOMENTS = {"customers": ["created_at"], "products": ["created_at"], "orders": ["placed_at", "paid_at"]}
NULLABLE = {"orders": ["paid_at", "lines"]}
REFERENCES = {"orders": ["customer_id"], "order_items": ["order_id", "product_id"]}
ALIKE = {"orders": ["placed_at", "paid_at"], "order_items": ["unit_price", "line_total"]}


@st.composite
def faults(draw: st.DrawFn) -> dict[str, object]:
    """One fault of one entity; once in a while of columns that are not fit for it."""
    entity = draw(st.sampled_from(sorted(COLUMNS)))

    def some(fit: dict[str, list[str]]) -> list[str]:
        anything = draw(st.integers(0, 9)) == 0
        known = COLUMNS[entity] if anything else fit.get(entity, COLUMNS[entity])
        return draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))

    what = draw(
        st.sampled_from(
            [
                {"nulls": some(NULLABLE)},
                {"duplicate": {}},
                {"late": {"column": some(MOMENTS)[0], "by": "3h"}},
                {"late": {"column": some(MOMENTS)[0], "by": {"exponential": "2d"}}},
                {"text": {"columns": some(TEXTS), "how": "truncated"}},
                {"encoding": {"columns": some(TEXTS), "how": "utf8_as_latin1"}},
                {"orphan": some(REFERENCES)},
                {"scale": {"columns": some(NUMBERS), "by": draw(st.sampled_from([-1, 0, 10, 0.01]))}},
                {"swap": ALIKE.get(entity, some(COLUMNS))},
                {"set": {some(NUMBERS)[0]: 1}},
            ]
        )
    )
    many = draw(st.sampled_from([{"count": 0}, {"count": 7}, {"count": 40}, {"share": 0.1}, {"share": 1.0}]))
    where = draw(st.sampled_from([{}, {"where": WHERE[entity]}]))
    return {"entity": entity, **what, **many, **where}


def text_of(named: dict[str, dict[str, object]]) -> str:
    return f"\nfaults: {json.dumps(named)}\nlabels: {{table: notes}}\n"


def refused(named: dict[str, dict[str, object]]) -> SpecError | GenerateError | None:
    """Why these faults together cannot be."""
    try:
        made(faulty(text_of(named), story=SMALL), 64)
    except (SpecError, GenerateError) as error:
        return error
    return None


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(faults(), min_size=1, max_size=4))
def test_faults_are_refused_with_their_names_or_kept_and_labelled(some: list[dict[str, object]]):
    named: dict[str, dict[str, object]] = {}
    for number, fault in enumerate(some):
        why = refused({**named, f"fault_{number}": fault})
        if why is None:
            named[f"fault_{number}"] = fault
        elif isinstance(why, SpecError):
            assert {d.path[:2] for d in why.diagnostics} == {("faults", f"fault_{number}")}
        else:
            assert f"fault fault_{number}" in str(why) or "does not fit" in str(why)
    event(f"{len(named)} kept")
    plan = faulty(text_of(named), story=SMALL)
    tables, counts = made(plan, 64)
    assert require_honest_labels(plan, tables, CLEAN) >= max([0, *counts.values()])
    for name, fault in named.items():
        if "count" in fault:
            assert counts[name] == fault["count"]
