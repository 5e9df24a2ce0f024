"""The language as JSON Schema, for editors: ``python -m engine.spec.schema`` writes it to standard output.

pydantic describes the models; here a column becomes flat, as it is written, and every scalar also accepts
the text of a number with ``_`` and anything with ``{{``.
"""

from __future__ import annotations

import json
import sys
from typing import TypeAlias

from engine.spec.entity import MODIFIERS
from engine.spec.model import Scenario

Schema: TypeAlias = dict[str, object]

_DEFS = "#/$defs/"
_PARAMETER: Schema = {"$ref": f"{_DEFS}Parameter"}
_NUMERAL: Schema = {"$ref": f"{_DEFS}Numeral"}
_ADDED: Schema = {
    "Parameter": {"type": "string", "pattern": r"\{\{", "description": "Arithmetic over parameters: {{ orders * 3 }}."},
    "Numeral": {
        "type": "string",
        "pattern": r"^[-+]?[0-9][0-9_]*(\.[0-9]+)?$|\{\{",
        "description": "A number with _ between its digits, or arithmetic over parameters: {{ orders * 3 }}.",
    },
}
_SCALARS: Schema = {"type": ["string", "number", "boolean", "null"], "description": "A constant."}


def json_schema() -> Schema:
    """The JSON Schema (draft 2020-12) of a spec."""
    schema: Schema = _plain(Scenario.model_json_schema(by_alias=True))
    definitions = _mapping(schema["$defs"])
    generators = _mapping(definitions["AnyGenerator"])["oneOf"]
    assert isinstance(generators, list)
    definitions["Column"] = _column(definitions, generators)
    definitions["ExprCount"] = _expr_count(definitions)
    definitions["AnyGenerator"] = {"anyOf": [_SCALARS, *generators]}
    definitions["Window"] = _window(definitions)
    definitions["State"] = _state(definitions)
    _mapping(schema["properties"])["window"] = {"$ref": f"{_DEFS}Window"}
    body = _mapping(_tolerant(schema))
    body["$defs"] = dict(sorted({**_mapping(body["$defs"]), **_ADDED}.items()))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Scenario", **body}


def schema_text() -> str:
    """The JSON Schema as it stands in ``specs/scenario.schema.json``."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _mapping(value: object) -> Schema:
    assert isinstance(value, dict)
    return value


def _plain(value: object) -> Schema:
    """Without the titles that pydantic makes from names, and without defaults that are null."""
    return _mapping(_without_titles(value))


def _without_titles(value: object, *, names: bool = False) -> object:
    if isinstance(value, list):
        return [_without_titles(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    kept = value if names else {k: v for k, v in value.items() if k != "title" and (k, v) != ("default", None)}
    return {k: _without_titles(v, names=k in ("properties", "$defs")) for k, v in kept.items()}


def _column(definitions: Schema, generators: list[object]) -> Schema:
    """A column as it is written: a scalar, or one generator's keys with the modifiers beside them."""
    written = _mapping(definitions["Column"])
    modifiers = {name: _mapping(written["properties"])[name] for name in MODIFIERS}
    kinds = [_beside(_target(definitions, reference), modifiers) for reference in generators]
    return {"description": written["description"], "anyOf": [_SCALARS, *kinds]}


def _expr_count(definitions: Schema) -> Schema:
    written = _mapping(definitions["ExprCount"])
    maximum = _mapping(written["properties"])["max"]
    expr = {"type": "string", "minLength": 1, "description": "SQL over the parent's columns."}
    case = _mapping(_mapping(definitions["Case"])["properties"])["case"]
    kinds = [{"required": ["expr"]}, {"required": ["case"]}]
    return {**written, "properties": {"expr": expr, "case": case, "max": maximum}, "required": ["max"], "oneOf": kinds}


def _window(definitions: Schema) -> Schema:
    """A span that may also say one end and how long it is."""
    span = _mapping(definitions["Span"])
    length = {"type": "string", "examples": ["90d"], "description": "How long, instead of one of the ends."}
    ends = [["start", "end"], ["start", "for"], ["end", "for"]]
    rest = {key: value for key, value in span.items() if key not in ("properties", "required")}
    properties = {**_mapping(span["properties"]), "for": length}
    return {**rest, "properties": properties, "oneOf": [{"required": two} for two in ends]}


def _state(definitions: Schema) -> Schema:
    """A state as it is written: its ways out by the state that each leads to, and `stay` beside them."""
    state = _mapping(definitions["State"])
    ways = {"anyOf": [{"$ref": f"{_DEFS}Transition"}, {"type": "null"}]}
    stay = _mapping(state["properties"])["stay"]
    return {
        "description": state["description"],
        "type": ["object", "null"],
        "properties": {"stay": stay},
        "additionalProperties": ways,
    }


def _target(definitions: Schema, reference: object) -> Schema:
    return _mapping(definitions[str(_mapping(reference)["$ref"]).removeprefix(_DEFS)])


def _beside(generator: Schema, modifiers: Schema) -> Schema:
    return {**generator, "properties": {**_mapping(generator["properties"]), **modifiers}}


def _tolerant(value: object) -> object:
    """Every scalar accepts a parameter too, every number its text with ``_``."""
    if isinstance(value, list):
        return [_tolerant(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    if "anyOf" in value or "oneOf" in value:
        key = "anyOf" if "anyOf" in value else "oneOf"
        options = _mapping(value)[key]
        assert isinstance(options, list)
        also = [extra for option in options if (extra := _also(option)) is not None]
        inner = [option if _also(option) is not None else _tolerant(option) for option in options]
        unique = [extra for n, extra in enumerate(also) if extra not in also[:n]]
        return {**{k: v for k, v in value.items() if k != key}, "anyOf": [*inner, *unique]}
    extra = _also(value)
    if extra is not None:
        about = {k: v for k, v in value.items() if k in ("description", "default", "examples")}
        return {**about, "anyOf": [{k: v for k, v in value.items() if k not in about}, extra]}
    return {k: v if k in _LITERAL else _tolerant_names(v) if k in _NAMED else _tolerant(v) for k, v in value.items()}


_NAMED = ("properties", "$defs")
_LITERAL = ("required", "examples", "default", "enum", "const", "propertyNames", "description", "type")


def _tolerant_names(value: object) -> object:
    return {name: _tolerant(inner) for name, inner in _mapping(value).items()}


def _also(schema: object) -> Schema | None:
    """What a scalar's schema accepts beside itself; None where it is no scalar or takes any text already."""
    if not isinstance(schema, dict) or "anyOf" in schema:
        return None
    if schema.get("type") in ("integer", "number"):
        return _NUMERAL
    narrow = any(key in schema for key in ("pattern", "enum", "const", "format"))
    if schema.get("type") == "boolean" or (narrow and r"\{\{" not in str(schema.get("pattern", ""))):
        return _PARAMETER
    return None


if __name__ == "__main__":
    sys.stdout.write(schema_text())
