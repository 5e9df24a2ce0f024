"""Specs over HTTP: the library, whether one is right, and what one would make."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone
from http import HTTPStatus
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from api import tasks
from api.forms import said
from api.problems import Finding, Problem
from api.process import Limits, Task, call
from api.settings import settings_of
from api.tasks import BODY, Question
from api.turns import Turns
from engine.errors import SpecError
from engine.preview.look import MOST_ROWS, ROWS
from engine.run import Request as Asked
from engine.run.prepare import read
from engine.spec.schema import json_schema
from engine.spec.without import KEY
from engine.units import parse_moment

NICENESS = 19
"""How much compiling gives way to runs, and to the server."""


class SpecQuery(BaseModel):
    """How a spec is to be read."""

    model_config = ConfigDict(extra="forbid")
    seed: int | None = Field(None, ge=0, lt=2**63, description="Instead of the spec's seed.")
    now: str | None = Field(None, max_length=40, description="The clock for `today` and `now`; UTC without an offset.")
    set: list[str] = Field(default_factory=list, max_length=200, description="NAME=VALUE: overrides a parameter.")
    without: list[str] = Field(default_factory=list, max_length=50, description="An event that is left out.")
    target: str | None = Field(None, max_length=60, description="The name of a database in the server's settings.")

    @field_validator("now")
    @classmethod
    def _is_a_moment(cls, value: str | None) -> str | None:
        if value is not None:
            parse_moment(value)
        return value

    @field_validator("set")
    @classmethod
    def _are_assignments(cls, value: list[str]) -> list[str]:
        if wrong := next((text for text in value if not text.partition("=")[1]), None):
            raise ValueError(f"{wrong[:40]!r} is not NAME=VALUE")
        return value

    def asked(self, text: str) -> Asked:
        """What the engine is asked."""
        moment = parse_moment(self.now).wall if self.now else datetime.now(timezone.utc)
        clock = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
        overrides = {name.strip(): value for name, _, value in (text.partition("=") for text in self.set)}
        if self.without:
            overrides[KEY] = ",".join(self.without)
        return Asked(text, BODY, overrides, self.seed, clock)


class PreviewQuery(SpecQuery):
    """How a spec is to be read, and how much of it shown."""

    rows: int = Field(ROWS, ge=1, le=MOST_ROWS, description="Rows of each entity.")


class Verdict(BaseModel):
    """Whether a spec is right."""

    valid: bool
    diagnostics: list[Finding]


class Listed(BaseModel):
    """A spec of the library."""

    name: str
    description: str


class Library(BaseModel):
    """All specs of the library."""

    specs: list[Listed]


class Shown(BaseModel):
    """A preview, as `engine preview --json` prints it."""

    model_config = ConfigDict(extra="allow")
    scenario: str
    entities: dict[str, dict[str, JsonValue]]


async def validate(request: Request) -> Response:
    """Everything that is wrong with the spec in the body, each at its place."""
    query, text = await said(request, SpecQuery)
    found: tuple[Finding, ...] = ()
    try:
        await told(request, query, text, tasks.validate)
    except SpecError as error:
        found = tuple(map(Finding.of, error.diagnostics))
    return JSONResponse(Verdict(valid=not found, diagnostics=list(found)).model_dump())


async def show(request: Request) -> Response:
    """Rows and the shape of time of the spec in the body; nothing is loaded."""
    query, text = await said(request, PreviewQuery)
    if wants_page(request):
        return framed(await told(request, query, text, tasks.draw, query.rows))
    return JSONResponse(await told(request, query, text, tasks.show, query.rows))


def wants_page(request: Request) -> bool:
    """Whether a browser asks."""
    return "text/html" in request.headers.get("accept", "")


def framed(page: str) -> Response:
    """A page of the engine's, which our own pages may show inside them."""
    return HTMLResponse(page, headers={"Content-Security-Policy": _FRAMED, "X-Frame-Options": "SAMEORIGIN"})


_FRAMED = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'"


async def library(request: Request) -> Response:
    """The specs that the server has."""
    return JSONResponse(Library(specs=await listed(request)).model_dump())


async def one(request: Request) -> Response:
    """The text of a spec of the library."""
    name: str = request.path_params["name"]
    known = await files(request)
    if name not in known:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown-spec", f"the library has {', '.join(known)}")
    return PlainTextResponse(known[name].read_text(encoding="utf-8"), media_type="application/yaml")


async def files(request: Request) -> dict[str, Path]:
    """The files of the library, by name."""
    return await asyncio.to_thread(_files, settings_of(request).library)


async def listed(request: Request) -> list[Listed]:
    """What the library has."""
    return await asyncio.to_thread(_listed, settings_of(request).library)


async def schema(request: Request) -> Response:  # noqa: ARG001
    """The JSON Schema of the language."""
    return JSONResponse(await asyncio.to_thread(json_schema), media_type="application/schema+json")


async def told(request: Request, query: SpecQuery, text: str, task: Task, *more: object) -> Any:
    """What a task has to say of a spec. Raises SpecError, Problem, ConnectError."""
    target = settings_of(request).target(query.target)
    return await worked(request, task, Question(query.asked(text), target, request.state.caller.role), *more)


async def worked(request: Request, task: Task, *values: object) -> Any:
    """What a task answers; so many work at a time, and let runs go first. Raises what it raises, and Problem (422)."""
    settings = settings_of(request)
    limits = Limits(settings.compile_mib, settings.compile_s, niceness=NICENESS)
    turns: Turns = request.app.state.turns
    async with turns.turn():
        return await call(task, *values, limits=limits)


def _files(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def _listed(folder: Path) -> list[Listed]:
    found = []
    for name, path in _files(folder).items():
        try:
            spec = read(Asked(path.read_text(encoding="utf-8"), path.name))
        except (SpecError, OSError, UnicodeDecodeError):
            continue  # what is no spec is not in the library
        found.append(Listed(name=name, description=" ".join(spec.scenario.description.split())))
    return found
