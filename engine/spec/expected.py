"""Which keys a mapping of the spec may have: found by walking the models along the place of an error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from typing_extensions import TypeAliasType

Loc = tuple[str | int, ...]


def models_at(root: type[BaseModel], loc: Loc) -> tuple[type[BaseModel], ...]:
    """The models that read the mapping at pydantic's `loc`; several where a union leaves it open."""
    here: tuple[Any, ...] = (root,)
    for element in loc:
        stepped = tuple(inner for type_ in here for inner in _step(type_, element))
        here = stepped or _chosen(here, element)
    return tuple(type_ for type_ in here if isinstance(type_, type) and issubclass(type_, BaseModel))


def keys_of(models: Iterable[type[BaseModel]]) -> tuple[str, ...]:
    """The keys of these models as they are written."""
    return tuple(dict.fromkeys(f.alias or name for model in models for name, f in model.model_fields.items()))


def description_of(models: Iterable[type[BaseModel]], key: str) -> str | None:
    """What a key is for, where its model says so."""
    for model in models:
        for name, field in model.model_fields.items():
            if key in (name, field.alias) and field.description:
                return field.description
    return None


def _step(type_: Any, element: str | int) -> tuple[Any, ...]:
    """The types of what `element` leads to, () where it leads nowhere."""
    if isinstance(type_, type) and issubclass(type_, BaseModel):
        for name, field in type_.model_fields.items():
            if element == (field.alias or name):
                return _members(field.annotation)
        return ()
    origin, arguments = get_origin(type_), get_args(type_)
    if isinstance(origin, type) and issubclass(origin, Mapping) and len(arguments) == 2:
        return _members(arguments[1])
    if origin in (list, tuple) and isinstance(element, int):
        return tuple(member for argument in arguments if argument is not Ellipsis for member in _members(argument))
    return ()


def _members(annotation: Any) -> tuple[Any, ...]:
    """What an annotation comes down to: unions, aliases and metadata are taken apart."""
    if isinstance(annotation, TypeAliasType):
        return _members(annotation.__value__)
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return tuple(member for argument in get_args(annotation) for member in _members(argument))
    return (annotation,)


def _chosen(types: tuple[Any, ...], element: str | int) -> tuple[Any, ...]:
    """The members that a union's tag (``<lognormal>``) or a model's name picks; all where it picks none."""
    tag = str(element)
    named = tuple(t for t in types if f"<{getattr(t, 'kind', None)}>" == tag or getattr(t, "__name__", None) == tag)
    return named or types
