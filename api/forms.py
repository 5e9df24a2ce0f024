"""What a request says of a spec: the text in the body, the rest in the query; or all of it in a form."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterable
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import BaseModel
from starlette.datastructures import UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request

from api.limits import body_of
from api.problems import Problem
from api.settings import settings_of

SPEC = "spec"
"""The field of a form that holds the spec, as a file or a text."""
FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data"
_FORM = re.compile(rb"\A(?:[^\n]*&)?spec=[^\n]*\Z")
"""What a browser sends; `curl -d` says of every body that it is a form, a spec among them."""
MOST_FIELDS = 300
Query = TypeVar("Query", bound=BaseModel)


async def said(request: Request, model: type[Query]) -> tuple[Query, str]:
    """The query as a model, and the spec. Raises Problem (400, 413), ValidationError."""
    items = list(request.query_params.multi_items())
    kind, body = _kind(request), await body_of(request, settings_of(request).body_bytes)
    if kind != PARTS and not (kind == FORM and _FORM.search(body)):
        return model.model_validate(_values(items)), _text(body)
    fields = await _fields(request, kind, body)
    specs = [value for name, value in fields if name == SPEC and value.strip()]  # a text, or a file instead of it
    if len(specs) != 1:
        raise _wrong(f"the form has {'no' if not specs else 'more than one'} field {SPEC}")
    rest = [(name, value) for name, value in fields if name != SPEC and value]  # what was left empty was not said
    return model.model_validate(_values([*items, *((name, _text(value)) for name, value in rest)])), _text(specs[0])


async def fields(request: Request) -> dict[str, str]:
    """The fields of a small form, each once. Raises Problem (400, 413)."""
    body = await body_of(request, settings_of(request).body_bytes)
    return _values((name, _text(value)) for name, value in await _fields(request, _kind(request), body))


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def query_of(request: Request) -> dict[str, Any]:
    """The query as a model takes it."""
    return _values(request.query_params.multi_items())


def _values(items: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`set` and `without` may come several times, everything else once."""
    found: dict[str, Any] = {}
    for key, value in items:
        if key in ("set", "without"):
            found.setdefault(key, []).append(value)
        elif key in found:
            raise _wrong(f"{key[:40]} is said twice")
        else:
            found[key] = value
    return found


async def _fields(request: Request, kind: str, body: bytes) -> list[tuple[str, bytes]]:
    """The fields of a form, files among them. Raises Problem (400)."""

    async def once() -> AsyncGenerator[bytes, None]:
        yield body
        yield b""

    try:
        if kind == PARTS:
            limits: dict[str, Any] = {"max_files": 1, "max_fields": MOST_FIELDS, "max_part_size": len(body) + 1}
            form = await MultiPartParser(request.headers, once(), **limits).parse()
        else:
            form = await FormParser(request.headers, once()).parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise _wrong(f"this form cannot be read: {getattr(error, 'message', 'it is not whole')}") from None
    items = form.multi_items()
    try:
        return [(n, await v.read() if isinstance(v, UploadFile) else v.encode()) for n, v in items]
    finally:
        await form.close()


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong(f"the body is not UTF-8 (byte {error.start + 1})") from None


def _wrong(detail: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, "wrong-request", detail)
