"""What went wrong, as RFC 9457 problem details: every error of the API looks like this."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import asyncpg
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from engine.errors import ConnectError, Diagnostic, EngineError, Refused, ServerError, SpecError, UsageError

LOG = logging.getLogger("api")
MEDIA_TYPE = "application/problem+json"
LOST = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
"""What comes of a queue whose database is gone, or says so while it goes."""


class Finding(BaseModel):
    """One thing wrong in a spec, and where."""

    code: str = Field(description="The number of the diagnostic, such as S001.")
    message: str
    hint: str | None = None
    path: list[str | int] = Field(description="The keys that lead to the place.")
    file: str | None = Field(None, description="What the spec is called: spec.yaml for one in a body.")
    line: int | None = Field(None, description="From 1.")
    column: int | None = Field(None, description="From 1.")

    @staticmethod
    def of(diagnostic: Diagnostic) -> Finding:
        """The same as plain data."""
        return Finding.model_validate(diagnostic.as_json())


class ProblemDetails(BaseModel):
    """An error (RFC 9457)."""

    type: str = Field(description="A word for the kind of problem: wrong-spec, unknown-version, …")
    title: str
    status: int
    detail: str | None = None
    instance: str | None = Field(None, description="The request's id, as the log has it.")
    diagnostics: list[Finding] = Field(default_factory=list, description="What is wrong with the spec.")


class Problem(Exception):
    """An answer that is no success; `kind` is a word for it, `headers` go with it."""

    def __init__(self, status: HTTPStatus, kind: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})

    def __reduce__(self) -> tuple[type[Problem], tuple[HTTPStatus, str, str, dict[str, str]]]:
        return Problem, (self.status, self.kind, self.detail, self.headers)


def answer(
    request_id: str | None,
    status: HTTPStatus,
    kind: str,
    detail: str | None,
    *,
    diagnostics: tuple[Diagnostic, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The response that tells of a problem."""
    found = ProblemDetails(
        type=kind,
        title=status.phrase,
        status=status.value,
        detail=detail,
        instance=request_id,
        diagnostics=[Finding.of(d) for d in diagnostics],
    )
    return JSONResponse(found.model_dump(), status.value, headers=headers, media_type=MEDIA_TYPE)


def _said(request_id: str | None, error: Exception) -> Response:
    match error:
        case Problem():
            return answer(request_id, error.status, error.kind, error.detail, headers=error.headers)
        case SpecError():
            detail = f"{len(error.diagnostics)} problem{'s' if len(error.diagnostics) != 1 else ''}"
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            return answer(request_id, status, "wrong-spec", detail, diagnostics=error.diagnostics)
        case UsageError():
            return answer(request_id, HTTPStatus.BAD_REQUEST, "wrong-request", str(error))
        case Refused():
            return answer(request_id, HTTPStatus.CONFLICT, "refused", str(error))
        case ConnectError() | ServerError():
            return answer(request_id, HTTPStatus.SERVICE_UNAVAILABLE, "no-database", "the target cannot be reached")
        case asyncpg.PostgresError() | asyncpg.InterfaceError() | OSError():
            LOG.warning("the queue: %s", error)
            status = HTTPStatus.SERVICE_UNAVAILABLE
            return answer(request_id, status, "no-queue", "the database of the queue cannot be reached")
        case EngineError():
            return answer(request_id, HTTPStatus.CONFLICT, "failed", str(error))
        case ValidationError():
            said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            return answer(request_id, HTTPStatus.BAD_REQUEST, "wrong-request", said)
        case HTTPException():
            status = HTTPStatus(error.status_code)
            kind = status.phrase.lower().replace(" ", "-")
            return answer(request_id, status, kind, error.detail, headers=error.headers)
    return answer(request_id, HTTPStatus.INTERNAL_SERVER_ERROR, "our-mistake", "this is a mistake of the engine's")


def plainly(error: Exception) -> tuple[HTTPStatus, str]:
    """The status of an error and its detail, for a page."""
    told = ProblemDetails.model_validate_json(bytes(_said(None, error).body))
    return HTTPStatus(told.status), told.detail or told.title


async def tell(request: Request, error: Exception) -> Response:
    """The handler of every exception."""
    return _said(request.scope.get("request_id"), error)


_TOLD = (Problem, EngineError, ValidationError, HTTPException, *LOST, Exception)
HANDLERS: Mapping[Any, Any] = dict.fromkeys(_TOLD, tell)
