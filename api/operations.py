"""What the API offers, as values: each operation with its types; routes and the OpenAPI document are made of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.access import Role, require
from api.forms import FORM, PARTS
from api.telemetry import operation_is

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]
SPEC_TYPES = ("application/yaml", "application/json", "text/plain", PARTS, FORM)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `answer` is the model of its JSON, or the media type of anything else."""

    method: str
    path: str
    handler: Handler
    summary: str
    role: Role
    answer: type[BaseModel] | str
    status: int = 200
    query: type[BaseModel] | None = None
    body: tuple[str, ...] | type[BaseModel] = ()  # media types of a spec, or the model of JSON
    also: Mapping[int, type[BaseModel] | str] = field(default_factory=dict)  # other answers, by status
    page: bool = False  # whether a browser gets a page instead
    problems: tuple[int, ...] = ()  # beside those that every operation may have

    def route(self) -> Route:
        """The Starlette route."""

        async def endpoint(request: Request) -> Response:
            operation_is(request.scope, self.path)
            request.state.caller = require(request, self.role)
            return await self.handler(request)

        return Route(self.path, endpoint, methods=[self.method], name=f"{self.method} {self.path}")
