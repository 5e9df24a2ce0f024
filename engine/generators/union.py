"""Any generator, any distribution: the one key that names the kind decides which model reads a mapping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, Discriminator, Tag
from typing_extensions import TypeAliasType

from engine.generators.base import Distribution, Generator

NO_KIND = "no_generator"
"""The type of pydantic's error where a mapping names no kind, or two."""

if TYPE_CHECKING:
    AnyGenerator: TypeAlias = Generator
    AnyDistribution: TypeAlias = Distribution


def unite(generators: Iterable[type[Generator]], distributions: Iterable[type[Distribution]]) -> tuple[Any, Any]:
    """The types AnyGenerator (a bare scalar is a constant) and AnyDistribution, as pydantic reads them.

    Models that name them in an annotation (imported under TYPE_CHECKING only) are completed.
    """
    every = tuple(generators)
    any_generator = _union("AnyGenerator", every, BeforeValidator(as_constant))
    any_distribution = _union("AnyDistribution", tuple(distributions))
    names = {"AnyGenerator": any_generator, "AnyDistribution": any_distribution}
    for model in every:
        model.model_rebuild(_types_namespace=names)
    return any_generator, any_distribution


def as_constant(value: object) -> object:
    """A bare scalar means ``{constant: scalar}``; everything else stays."""
    return {"constant": value} if value is None or isinstance(value, str | int | float) else value


def kinds_named(value: Mapping[Any, object], models: Mapping[str, type[BaseModel]]) -> tuple[str, ...]:
    """The kinds that a mapping names, without keys that are another kind's own.

    ``{lognormal: …, min: 1, max: 9}`` names lognormal alone: `min` and `max` are kinds too, but lognormal
    has them as fields, and they do not have lognormal.
    """
    named = [key for key in value if key in models]
    whole = [kind for kind in named if all(other in models[kind].model_fields for other in named)]
    return tuple(whole) if len(whole) == 1 else tuple(named)


def _union(name: str, models: tuple[type[BaseModel], ...], *before: BeforeValidator) -> Any:
    if not models:
        return TypeAliasType(name, Any)
    by_kind: dict[str, type[BaseModel]] = {model.kind: model for model in models}  # type: ignore[attr-defined]
    tagged = [Annotated[model, Tag(f"<{kind}>")] for kind, model in by_kind.items()]
    choose = Discriminator(
        lambda value: _tag(value, by_kind),
        custom_error_type=NO_KIND,
        custom_error_message="names none of the kinds, or two",
        custom_error_context={"kinds": ",".join(by_kind)},
    )
    return TypeAliasType(name, Annotated[(reduce(or_, tagged), choose, *before)])


def _tag(value: object, models: Mapping[str, type[BaseModel]]) -> str | None:
    if isinstance(value, BaseModel):
        return f"<{getattr(value, 'kind', '')}>"
    named = kinds_named(value, models) if isinstance(value, Mapping) else ()
    return f"<{named[0]}>" if len(named) == 1 else None
