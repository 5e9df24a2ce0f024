"""The whole OpenAPI document, fuzzed: no answer is a 5xx, every one is what the document promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.openapi import document
from api.routes import OPERATIONS
from tests.api import served
from tests.integration import test_api_runs
from tests.servers import fresh_database

EXAMPLES = 25
CHECKS = (
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
schema = schemathesis.openapi.from_dict(document(OPERATIONS), config=SchemathesisConfig())


@dataclass
class Place:
    """A server that queues and runs nothing, with one run that ended; every other path names it."""

    address: str
    run: str
    asked: int = 0


@pytest.fixture(scope="module")
def place(server, shop_template) -> Iterator[Place]:
    with fresh_database(server, shop_template) as dsn:
        with served(test_api_runs.settings(dsn)) as caller:
            run = test_api_runs.posted(caller, test_api_runs.QUICKSTART).json["id"]
            test_api_runs.ended(caller, f"/runs/{run}")
        with served(replace(test_api_runs.settings(dsn), queue=100_000, parallel=0)) as caller:
            yield Place(f"http://127.0.0.1:{caller.port}", run)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
def test_every_answer_is_what_the_document_promises(case: schemathesis.Case, place: Place):
    place.asked += 1
    if "id" in (case.path_parameters or {}) and place.asked % 2:
        case.path_parameters["id"] = place.run
    case.call_and_validate(base_url=place.address, checks=list(CHECKS), timeout=60)
