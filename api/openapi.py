"""The OpenAPI 3.1 document, from the operations and their types."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.access import Role
from api.envelope import VERSIONS
from api.forms import FORM, PARTS, SPEC
from api.operations import Operation
from api.problems import MEDIA_TYPE, ProblemDetails

Json = dict[str, Any]
_REF = "#/components/schemas/{model}"
_ALWAYS = (400, 408, 413, 429)
_GUARDED = (401, 403)
_PATH = re.compile(r"\{(\w+)\}")


def document(operations: Iterable[Operation]) -> Json:
    """The whole document."""
    every = tuple(operations)
    models: list[type[BaseModel]] = [ProblemDetails, *(model for one in every for model in _models(one))]
    wanted: list[tuple[type[BaseModel], Literal["serialization"]]] = [
        (m, "serialization") for m in dict.fromkeys(models)
    ]
    _, found = models_json_schema(wanted, ref_template=_REF)
    paths: dict[str, Json] = {}
    for one in every:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {"title": "scenario engine", "version": VERSIONS[0]},
        "paths": paths,
        "components": {
            "schemas": found.get("$defs", {}),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _models(one: Operation) -> list[type[BaseModel]]:
    found = [one.answer, *one.also.values(), one.body]
    return [model for model in found if isinstance(model, type)]


def _operation(one: Operation) -> Json:
    found: Json = {
        "operationId": f"{one.method.lower()}{one.path.replace('/', '_').replace('{', '').replace('}', '')}",
        "summary": one.summary,
        "parameters": [*_path_parameters(one), *_query_parameters(one), _VERSION],
        "responses": {str(one.status): _with_page(_content(one.status, one.answer), page=one.page)}
        | {str(status): _content(status, answer) for status, answer in one.also.items()}
        | {str(status): _problem(status) for status in _problems(one)},
    }
    if one.role is not Role.NOBODY:
        found["security"] = [{"token": []}]
        found["description"] = f"Takes the role {one.role.name.lower()}."
    if isinstance(one.body, type):
        schema = {"$ref": _REF.format(model=one.body.__name__)}
        found["requestBody"] = {"required": False, "content": {"application/json": {"schema": schema}}}
    elif one.body:
        content = {kind: {"schema": _form(one) if kind in (FORM, PARTS) else _BODIES[kind]} for kind in one.body}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _form(one: Operation) -> Json:
    """The spec, and what may be said in the query too."""
    more = one.query.model_json_schema()["properties"] if one.query else {}
    return {"type": "object", "properties": {SPEC: {"type": "string"}, **more}, "required": [SPEC]}


_VERSION: Json = {
    "name": "API-Version",
    "in": "header",
    "description": "The newest where it is missing.",
    "schema": {"type": "string", "enum": list(VERSIONS)},
}
_BODIES: dict[str, Json] = {
    "application/yaml": {"type": "string"},
    "application/json": {"type": "object"},
    "text/plain": {"type": "string"},
}


_OTHERS: dict[str, Json] = {
    "application/yaml": {},  # whoever reads it finds an object
    "text/event-stream": {
        "type": "object",
        "description": "Each event.",
        "properties": {
            "id": {"type": "string", "description": "The run's version, for Last-Event-ID."},
            "event": {"enum": ["progress", "end"]},
            "data": {"type": "string", "description": "The run, as GET /runs/{id} tells it."},
        },
    },
}


def _problems(one: Operation) -> tuple[int, ...]:
    guarded = () if one.role is Role.NOBODY else _GUARDED
    return tuple(sorted({*_ALWAYS, *guarded, *one.problems} - set(one.also)))


def _content(status: int, answer: type[BaseModel] | str) -> Json:
    if isinstance(answer, str):
        schema: Json = _OTHERS.get(answer, {"type": "object"} if answer.endswith("json") else {"type": "string"})
        return {"description": HTTPStatus(status).phrase, "content": {answer: {"schema": schema}}}
    schema = {"$ref": _REF.format(model=answer.__name__)}
    return {"description": HTTPStatus(status).phrase, "content": {"application/json": {"schema": schema}}}


def _with_page(answer: Json, *, page: bool) -> Json:
    if page:
        answer["content"]["text/html"] = {"schema": {"type": "string"}}
    return answer


def _problem(status: int) -> Json:
    schema = {"$ref": _REF.format(model=ProblemDetails.__name__)}
    return {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": schema}}}


def _path_parameters(one: Operation) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _PATH.findall(one.path)
    ]


def _query_parameters(one: Operation) -> list[Json]:
    if one.query is None:
        return []
    schema = one.query.model_json_schema()
    return [
        {"name": name, "in": "query", "required": False, "description": said.pop("description", ""), "schema": said}
        for name, said in schema["properties"].items()
    ]
