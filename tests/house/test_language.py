"""The pages of the language say what the models say."""

from __future__ import annotations

from engine.generators import GENERATORS
from engine.spec.model import Scenario
from tests.house.language import TOPICS, pages, written


def test_the_pages_are_the_models_own_words():
    assert written() == dict(pages()), "write them anew: uv run just language"


def test_every_generator_says_what_it_guarantees_costs_or_refuses():
    words = ("Guarantees", "Refuses", "Costs")
    silent = [m.kind for m in GENERATORS if not any(word in (m.__doc__ or "") for word in words)]
    assert silent == []


def test_every_key_is_described():
    models = [Scenario, *(model for topic in TOPICS for model in topic.models), *GENERATORS]
    bare = [
        f"{model.__name__}.{name}"
        for model in models
        for name, field in model.model_fields.items()
        if not field.description and name != "generator"
    ]
    assert bare == []
