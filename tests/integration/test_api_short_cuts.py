"""Rows without a spec: each short cut writes one and runs it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.api import Caller, served
from tests.integration.test_api_runs import ended, settings
from tests.servers import ask


@pytest.fixture
def caller(shop_database: str) -> Iterator[Caller]:
    with served(settings(shop_database)) as found:
        yield found


def made(caller: Caller, path: str, **wish: Any) -> dict[str, Any]:
    """The report of a run that was asked for in short."""
    found = caller.post(f"/api/synthetic{path}", json.dumps(wish), Content_Type="application/json")
    assert found.status == 202, found.body
    run = ended(caller, found.headers["location"])
    assert run["status"] == "succeeded", run
    report: dict[str, Any] = caller.get(f"{found.headers['location']}/report").json
    return report


def test_so_many_rows_of_one_model_alone(caller: Caller, shop_database: str):
    report = made(caller, "/generate/customers", count=1000, seed=3)
    assert report["entities"] == {"customers": {"table": "shop.customers", "rows": 1000}}
    assert report["seed"] == 3
    assert ask(shop_database, "select count(*) from shop.customers") == 1000


@pytest.mark.parametrize("model", ["orders", "order_items", "payments", "reviews", "inventory"])
def test_about_so_many_rows_and_what_they_need(caller: Caller, model: str):
    report = made(caller, f"/generate/{model}", count=3000, seed=1)
    assert 2700 <= report["entities"][model]["rows"] <= 3300
    if model == "orders":
        assert report["entities"]["orders"]["rows"] == 3000


def test_a_few_rows_do_too(caller: Caller):
    assert made(caller, "/generate/orders", count=1)["entities"]["orders"]["rows"] == 1


def test_several_models_at_once_with_exact_counts_of_roots(caller: Caller, shop_database: str):
    report = made(caller, "/bulk-generate", models={"customers": 1000, "orders": 5000})
    assert report["entities"]["customers"]["rows"] == 1000
    assert report["entities"]["orders"]["rows"] == 5000
    assert ask(shop_database, "select count(*) from shop.orders where customer_id is null") == 0


def test_reference_data(caller: Caller, shop_database: str):
    report = made(caller, "/reference-data")
    assert {"departments", "categories", "products", "inventory", "promotions"} == set(report["entities"])
    assert ask(shop_database, "select count(*) from shop.categories") == 30


def test_a_scenario_of_the_library_with_its_parameters_and_its_spec_to_be_read(caller: Caller):
    found = caller.post(
        "/api/synthetic/scenarios/black_friday", json.dumps({"parameters": {"orders": 2500, "customers": 1500}})
    )
    run = ended(caller, found.headers["location"])
    assert run["status"] == "succeeded", run
    report = caller.get(f"{found.headers['location']}/report").json
    assert report["entities"]["orders"]["rows"] == 2500
    spec = caller.get(f"{found.headers['location']}/spec")
    assert yaml.safe_load(spec.body)["scenario"] == "black_friday"


def test_a_dry_run_tells_the_plan_alone(caller: Caller):
    found = caller.post("/api/synthetic/generate/orders", '{"count": 70, "dry_run": true}')
    assert (found.status, "shop.orders" in found.json["plan"]) == (200, True)
    assert caller.get("/runs").json["runs"] == []


def test_fresh_empties_what_was_there(caller: Caller):
    made(caller, "/generate/customers", count=10)
    assert made(caller, "/generate/customers", count=20, fresh=True)["rows"] == 20


@pytest.mark.parametrize(
    ("path", "body", "status", "told"),
    [
        ("/generate/dragons", "{}", 404, "there are the models"),
        ("/scenarios/dragons", "{}", 404, "the library has"),
        ("/generate/orders", '{"count": 0}', 400, "count"),
        ("/generate/orders", '{"cuont": 1}', 400, "cuont"),
        ("/generate/orders", "count: 1", 400, "JSON"),
        ("/generate/orders?count=1", "{}", 400, "belongs into the body"),
        ("/bulk-generate", "{}", 400, "models"),
        ("/bulk-generate", '{"models": {"orders": 0}}', 400, "from 1 to"),
        ("/bulk-generate", '{"models": {"dragons": 1}}', 404, "there are the models"),
        ("/generate/orders", '{"target": "moon"}', 422, "there are the targets"),
        ("/scenarios/black_friday", '{"parameters": {"dragons": 1}}', 422, "problem"),
    ],
)
def test_a_wrong_wish_is_told(caller: Caller, path: str, body: str, status: int, told: str):
    found = caller.post(f"/api/synthetic{path}", body)
    assert (found.status, told in found.json["detail"]) == (status, True), found.json
