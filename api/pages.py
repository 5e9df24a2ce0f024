"""The web page: the library and the runs, an editor, a run as it goes on; by forms and links, with a script on top."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import cache
from http import HTTPStatus
from typing import Any, Literal, TypeAlias

from jinja2 import Environment, PackageLoader
from pydantic import Field, ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from api import runs, specs, tasks
from api.access import COOKIE, Role, caller_of, require
from api.forms import fields, said
from api.openapi import document
from api.operations import Operation
from api.problems import Finding, Problem, plainly
from api.settings import settings_of
from api.telemetry import operation_is
from engine.errors import EngineError, SpecError

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
RUNS_SHOWN = 20
Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


class EditQuery(runs.RunQuery):
    """What the editor's form says."""

    do: Literal["run", "fresh", "validate", "open"] = "run"
    library: str | None = Field(None, max_length=200)


def shown(request: Request, template: str, status: HTTPStatus = HTTPStatus.OK, **given: Any) -> Response:
    """A page."""
    caller = getattr(request.state, "caller", None)
    given |= {"signed_in": bool(settings_of(request).tokens and caller), "caller": caller.name if caller else ""}
    text = _environment().get_template(template).render(**given)
    return HTMLResponse(text, status, headers={"Content-Security-Policy": POLICY})


async def home(request: Request) -> Response:
    """The newest runs, and the library."""
    before = request.query_params.get("before", "")
    query = runs.RunsQuery(limit=RUNS_SHOWN, before=int(before) if before.isdecimal() and len(before) < 18 else None)
    found = await runs.listed(request, query)
    told = [{**dict(run), "rows": sum(run.progress.get("rows", {}).values())} for run in found.runs]  # type: ignore[union-attr]
    return shown(request, "home.html", runs=told, next=found.next, library=await specs.listed(request))


async def editor(request: Request) -> Response:
    """The editor, with a spec of the library where one is named."""
    name = request.query_params.get("spec", "")
    known = await specs.files(request)
    text = known[name].read_text(encoding="utf-8") if name in known else ""
    return await _editor(request, text=text, chosen=name)


async def edited(request: Request) -> Response:
    """Do with a spec what the form says, and show it again with what is wrong."""
    query, text = await said(request, EditQuery)
    if query.do == "open":
        return RedirectResponse(f"/edit?spec={query.library or ''}", HTTPStatus.SEE_OTHER)
    asked = runs.RunQuery(**query.model_dump(exclude={"do", "library"}))
    kept: dict[str, Any] = {
        "text": text,
        "target": query.target,
        "seed": query.seed,
        "now": query.now,
        "set": ",".join(query.set),
    }
    try:
        if query.do == "validate":
            await specs.told(request, asked, text, tasks.validate)
            return await _editor(request, **kept, valid=True)
        require(request, Role.RUN)
        run = await runs.queued(request, asked.model_copy(update={"fresh": query.do == "fresh"}), text)
    except SpecError as error:
        findings = list(map(Finding.of, error.diagnostics))
        return await _editor(request, HTTPStatus.UNPROCESSABLE_ENTITY, **kept, found=findings)
    except (Problem, EngineError) as error:
        return await _editor(request, plainly(error)[0], **kept, problem=plainly(error)[1])
    return RedirectResponse(f"/watch/{run}", HTTPStatus.SEE_OTHER)


async def _editor(request: Request, status: HTTPStatus = HTTPStatus.OK, **given: Any) -> Response:
    fields = dict.fromkeys(("text", "chosen", "target", "seed", "now", "set"), "") | {"found": [], "valid": False}
    values = {**fields, **{name: value for name, value in given.items() if value is not None}}
    targets = list(settings_of(request).targets)
    return shown(request, "edit.html", status, library=await specs.listed(request), targets=targets, **values)


async def watch(request: Request, problem: str = "", status: HTTPStatus = HTTPStatus.OK) -> Response:
    """A run as it goes on."""
    row = await runs.asked_for(request)
    run, log, progress = runs.RunView.of(row), json.loads(row["log"]), json.loads(row["progress"])
    rows, expected = progress.get("rows", {}), progress.get("expected", {})
    return shown(
        request,
        "watch.html",
        status,
        run=run,
        progress=progress,
        under_way=run.status in ("queued", "running"),
        has_report=run.has_report,
        rows=sum(rows.values()),
        expected=sum(expected.values()),
        entities=[(name, (rows.get(name, 0), expected[name])) for name in progress.get("order", ())],
        log=log,
        problem=problem,
    )


async def act(request: Request) -> Response:
    """Cancel or resume a run, and go back to it."""
    try:
        verb = {"cancel": runs.cancel, "resume": runs.again}.get(request.path_params["verb"])
        if verb is None:
            raise Problem(HTTPStatus.NOT_FOUND, "not-found", "there is no such page")
        await verb(request)
    except Problem as error:
        if error.status is not HTTPStatus.CONFLICT:
            raise
        return await watch(request, error.detail, error.status)
    return RedirectResponse(f"/watch/{request.path_params['id']}", HTTPStatus.SEE_OTHER)


def docs(operations: tuple[Operation, ...]) -> Handler:
    """The page of the API, made from its document."""

    async def page(request: Request) -> Response:
        return shown(request, "docs.html", document=await asyncio.to_thread(document, operations))

    return page


async def sign_in(request: Request) -> Response:
    """Ask for a token; keep the right one in a cookie that no script reads and no other site sends."""
    if request.method == "GET":
        return shown(request, "sign_in.html", problem="")
    token = (await fields(request)).get("token", "").strip()
    try:
        caller_of(settings_of(request).tokens, f"Bearer {token}")
    except Problem as error:
        return shown(request, "sign_in.html", error.status, problem=error.detail)
    answer = RedirectResponse("/", HTTPStatus.SEE_OTHER)
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=secure, path="/")
    return answer


async def sign_out(request: Request) -> Response:  # noqa: ARG001
    """Forget the token."""
    answer = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    answer.delete_cookie(COOKIE, path="/")
    return answer


def page_routes(operations: tuple[Operation, ...]) -> list[BaseRoute]:
    """Every page, and what it needs."""
    return [
        _route("/", home, Role.READ),
        _route("/edit", editor, Role.READ),
        _route("/edit", edited, Role.READ, "POST"),
        _route("/watch/{id}", watch, Role.READ),
        _route("/watch/{id}/{verb}", act, Role.RUN, "POST"),
        _route("/docs", docs(operations), Role.NOBODY),
        _route("/sign-in", sign_in, Role.NOBODY),
        _route("/sign-in", sign_in, Role.NOBODY, "POST"),
        _route("/sign-out", sign_out, Role.NOBODY, "POST"),
        Mount("/static", StaticFiles(packages=[("api", "static")]), name="static"),
    ]


def _route(path: str, handler: Handler, role: Role, method: str = "GET") -> Route:
    async def endpoint(request: Request) -> Response:
        operation_is(request.scope, path)
        try:
            request.state.caller = require(request, role)
            return await handler(request)
        except Problem as error:
            if error.status is HTTPStatus.UNAUTHORIZED:
                return RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
            return _problem(request, error)
        except (ValidationError, EngineError) as error:
            return _problem(request, error)

    return Route(path, endpoint, methods=[method], name=f"{method} {path}")


def _problem(request: Request, error: Exception) -> Response:
    status, detail = plainly(error)
    return shown(request, "problem.html", status, title=status.phrase, detail=detail)


@cache
def _environment() -> Environment:
    return Environment(loader=PackageLoader("api"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
