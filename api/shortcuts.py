"""Short cuts: so many rows of the shop without a spec. Each writes one, from those of the library, and runs it."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, TypeAlias, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from api import runs, specs, tasks
from api.forms import query_of
from api.limits import body_of
from api.problems import Problem
from api.settings import settings_of
from engine.run import Request as Asked
from engine.run.prepare import read

Wished = TypeVar("Wished", bound="Wish")
Story: TypeAlias = dict[str, Any]
SHOP, WHOLE_SHOP = "quickstart", "black_friday"
"""Where models are taken from: the small shop's, else the whole shop's."""
REFERENCE = ("departments", "categories", "products", "inventory", "promotions")
FEWEST = 50
"""So many rows at least of what a model needs and nobody counted."""
MOST = 100_000_000


class Wish(BaseModel):
    """How a run is to be made; what is not said is the spec's."""

    model_config = ConfigDict(extra="forbid")
    seed: int | None = Field(None, ge=0, lt=2**63)
    now: str | None = Field(None, max_length=40, description="The clock.")
    target: str | None = Field(None, max_length=60, description="The name of a database in the server's settings.")
    fresh: bool = Field(default=False, description="Empty the tables first.")
    dry_run: bool = Field(default=False, description="Only say what would be done.")

    def query(self, parameters: Mapping[str, str] | None = None) -> runs.RunQuery:
        """The same as the query of a run."""
        given = [f"{name}={value}" for name, value in (parameters or {}).items()]
        return runs.RunQuery.model_validate({**self.model_dump(include=set(Wish.model_fields)), "set": given})


class ModelWish(Wish):
    """So many rows of one model."""

    count: int = Field(1000, ge=1, le=MOST)


class BulkWish(Wish):
    """So many rows of each of some models; what they need besides is made too."""

    models: dict[str, int] = Field(min_length=1, max_length=50, description="Rows by model.")


class ScenarioWish(Wish):
    """A scenario of the library, with parameters of its own."""

    parameters: dict[str, str | int | float] = Field(default_factory=dict, max_length=200)


async def reference_data(request: Request) -> Response:
    """What the shop refers to: departments, categories, products, inventory, promotions."""
    wish = await _wish(request, Wish)
    base = await _base(request, WHOLE_SHOP)
    return await _run(request, wish.query(), reduced(base, REFERENCE))


async def generate(request: Request) -> Response:
    """About so many rows of a model, and what they need."""
    wish = await _wish(request, ModelWish)
    return await _run(request, wish.query(), await _sized(request, {request.path_params["model"]: wish.count}))


async def bulk_generate(request: Request) -> Response:
    """About so many rows of several models, and what they need."""
    wish = await _wish(request, BulkWish)
    if wrong := next((name for name, count in wish.models.items() if not 1 <= count <= MOST), None):
        raise Problem(HTTPStatus.BAD_REQUEST, "wrong-request", f"{wrong[:40]}: from 1 to {MOST:,} rows")
    return await _run(request, wish.query(), await _sized(request, wish.models))


async def scenario(request: Request) -> Response:
    """A scenario of the library."""
    wish = await _wish(request, ScenarioWish)
    name, known = request.path_params["scenario"], await specs.files(request)
    if name not in known:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown-spec", f"the library has {', '.join(known)}")
    parameters = {parameter: str(value) for parameter, value in wish.parameters.items()}
    return await runs.accepted(request, wish.query(parameters), known[name].read_text(encoding="utf-8"))


def reduced(base: Story, names: Iterable[str], counts: Mapping[str, int] | None = None) -> Story:
    """A story with some of its entities and all that these need; `counts` are those of roots."""
    kept = needed(base["entities"], names)
    entities = {name: entity for name, entity in base["entities"].items() if name in kept}
    for name in kept & set(counts or {}):
        entities[name] = {**entities[name], "count": (counts or {})[name]}
    return {**{key: value for key, value in base.items() if key != "expect"}, "entities": entities}


def needed(entities: Mapping[str, Story], names: Iterable[str]) -> set[str]:
    """Some entities, and every other one whose name is in what they say."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            said = yaml.safe_dump({key: value for key, value in entities[name].items() if key != "table"})
            waiting += set(re.findall(r"\w+", said)) & set(entities)
    return found


def root_of(entities: Mapping[str, Story], name: str) -> str:
    """The entity whose count decides how many rows there are of this one."""
    while "per" in entities[name]:
        name = entities[name]["per"]["parent"]
    return name


def counts_for(entities: Mapping[str, Story], rows: Mapping[str, float], wanted: Mapping[str, int]) -> dict[str, int]:
    """The counts of roots so that about so many rows come of what is wanted; `rows` are those of the story as it is.

    What was not asked for grows as fast as what grows most, but a list of a few stays as it is.
    """
    growth = {name: count / max(rows[name], 1e-9) for name, count in wanted.items()}
    found: dict[str, int] = {}
    for name in needed(entities, wanted):
        if "count" in entities[name]:
            if name not in wanted and rows[name] <= FEWEST:
                continue  # a list of a few, as the story has it
            own = [growth[one] for one in wanted if root_of(entities, one) == name]
            least = 1 if own else FEWEST
            found[name] = wanted.get(name) or max(least, math.ceil(rows[name] * max(own or growth.values())))
    return found


async def _sized(request: Request, wanted: Mapping[str, int]) -> Story:
    """The story of so many rows of some models. Raises Problem (404) for a model that nobody knows."""
    bases = [await _base(request, SHOP), await _base(request, WHOLE_SHOP)]
    base = next((one for one in bases if set(wanted) <= set(one["entities"])), None)
    if base is None:
        known = sorted({name for one in bases for name in one["entities"]})
        raise Problem(HTTPStatus.NOT_FOUND, "unknown-model", f"there are the models {', '.join(known)}")
    rows = await specs.told(request, Wish.model_validate({}).query(), _text(base), tasks.sizes)
    return reduced(base, wanted, counts_for(base["entities"], rows, wanted))


async def _run(request: Request, query: runs.RunQuery, story: Story) -> Response:
    return await runs.accepted(request, query, _text(story))


async def _wish(request: Request, model: type[Wished]) -> Wished:
    body = await body_of(request, settings_of(request).body_bytes)
    if found := query_of(request):
        raise Problem(HTTPStatus.BAD_REQUEST, "wrong-request", f"{next(iter(found))[:40]} belongs into the body")
    return model.model_validate_json(body or b"{}")


async def _base(request: Request, name: str) -> Story:
    known = await specs.files(request)
    if name not in known:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown-spec", f"the library has no {name}, which this is made of")
    data = await asyncio.to_thread(lambda: read(Asked(known[name].read_text(encoding="utf-8"), name)).source.data)
    story: Story = json.loads(json.dumps(data))  # plain, without the places that its keys and texts remember
    return story


def _text(story: Story) -> str:
    return yaml.safe_dump(story, sort_keys=False, allow_unicode=True, width=120)
