"""``python -m tests.house.language``: the pages of the language in specs/language, from the models' own words.

A page is a model's docstring, its keys with their descriptions, and an example that a test runs: for a generator the
first cases of tests/cases/generators, for all else a part of a scenario of the library.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from engine.generators import DISTRIBUTIONS, GENERATORS, LIFE
from engine.generators.base import Generator
from engine.generators.correlation import Correlation
from engine.generators.fold import Fold
from engine.generators.lookup_table import LookupTable
from engine.generators.moving import Moving
from engine.lifecycles.hours import Hours
from engine.lifecycles.model import Lifecycle, Transition
from engine.spec.calendar import Calendar
from engine.spec.entity import Column, Entity, MomentOf, Per, Spread
from engine.spec.every import Every
from engine.spec.existing import Existing
from engine.spec.expect import Expectation
from engine.spec.fault import Duplicate, Encoding, Fault, LabelColumns, Labels, Late, Scale, Text
from engine.spec.fields import Span
from engine.spec.model import Scenario
from engine.spec.named import NamedReference
from engine.timelines.bursts import Bursts
from engine.timelines.counts import NegativeBinomial
from engine.timelines.happening import Happening
from engine.timelines.model import CatchUp, Outage, Spike, Step, Timeline, Wake
from engine.timelines.trend import Linear, Logistic

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "specs/language"
CASES = ROOT / "tests/cases/generators"
SHOWN_CASES, SHOWN_VALUES = 3, 5
HEAD = "<!-- made by `just language` from the engine's own words; change them there -->\n"


@dataclass(frozen=True)
class Topic:
    """A page about a part of a spec; its example is what stands from one line of a file to before another."""

    name: str
    models: Sequence[type[BaseModel]]
    file: str
    first: str
    stop: str


SALE = "specs/flash_sale_outage"
TOPICS = (
    Topic("scenario", (Scenario, Span, LookupTable), "specs/quickstart", "scenario:", "timelines:"),
    Topic(
        "timeline",
        (Timeline, Linear, Logistic, Spike, Wake, Outage, CatchUp, Step, Bursts, NegativeBinomial),
        SALE,
        "timelines:",
        "entities:",
    ),
    Topic(
        "entity",
        (Entity, MomentOf, Spread, Every, Per, Calendar, Existing, NamedReference, Fold, Column, Correlation),
        "specs/quickstart",
        "  customers:",
        "  products:",
    ),
    Topic("lifecycles", (Lifecycle, Transition, Moving, Hours), "specs/black_friday", "lifecycles:", "entities:"),
    Topic("events", (Happening,), SALE, "events:", "entities:"),
    Topic(
        "faults",
        (Fault, Duplicate, Late, Encoding, Text, Scale, Labels, LabelColumns),
        "examples/data_quality",
        "faults:",
        "expect:",
    ),
    Topic("expect", (Expectation,), "specs/black_friday", "expect:", "\0"),
)


def pages() -> Iterator[tuple[str, str]]:
    """Every page: its file's name and its text."""
    yield "README.md", _index()
    for topic in TOPICS:
        yield f"{topic.name}.md", _topic(topic)
    for kind in LIFE:
        yield f"{kind.kind}.md", _of_a_life(kind)
    for model in GENERATORS:
        yield f"{model.kind}.md", _generator(model)


def _index() -> str:
    laws = [model for model in GENERATORS if model in DISTRIBUTIONS]
    others = [model for model in GENERATORS if model not in DISTRIBUTIONS]
    lines = [HEAD, "# The language\n", "What a spec may say, a page for each part of it.\n"]
    lines += [f"- [{topic.name}]({topic.name}.md) {_sentence(topic.models[0])}" for topic in TOPICS]
    for title, models in (("How a column is made", others), ("What becomes of a row", LIFE), ("Laws of chance", laws)):
        lines += [f"\n## {title}\n", *(f"- [{m.kind}]({m.kind}.md) {_sentence(m)}" for m in models)]
    return "\n".join(lines) + "\n"


def _topic(topic: Topic) -> str:
    parts = [HEAD, f"# {topic.name}\n"]
    for model in topic.models:
        title = [] if model is topic.models[0] else [f"\n## {model.__name__}\n"]
        parts += [*title, _words(model), "", *_keys(model)]
    text = (ROOT / f"{topic.file}.yaml").read_text(encoding="utf-8")
    example = _between(text, topic.first, topic.stop)
    parts += [f"\n## Example\n\nFrom [{Path(topic.file).name}](../../{topic.file}.yaml):\n", "```yaml", example, "```"]
    return "\n".join(parts) + "\n"


def _generator(model: type[Generator]) -> str:
    parts = [HEAD, f"# {model.kind}\n", _words(model), "", *_keys(model)]
    for nested in _arguments(model):
        parts += [f"\n## {nested.__name__.removesuffix('Arguments').lower()}\n", *_keys(nested)]
    parts += ["\n## First values\n", "Of an entity named `things`, seed 1; a test holds the engine to them.\n"]
    parts += ["| column | type | first values |", "|---|---|---|"]
    for case in yaml.safe_load((CASES / f"{model.kind}.yaml").read_text(encoding="utf-8"))[:SHOWN_CASES]:
        values = ", ".join(str(value) for value in case["first"][:SHOWN_VALUES])
        parts.append(f"| `{_cell(_flow(case['column']))}` | {case['type']} | {_cell(values)} |")
    return "\n".join(parts) + "\n"


def _of_a_life(model: type[Generator]) -> str:
    parts = [HEAD, f"# {model.kind}\n", _words(model), "", *_keys(model)]
    return "\n".join([*parts, "\nHow a row changes is said under [lifecycles](lifecycles.md)."]) + "\n"


def _arguments(model: type[BaseModel]) -> list[type[BaseModel]]:
    """The models that stand below the key of a generator."""
    found = re.findall(r"\w+Arguments", " ".join(str(field.annotation) for field in model.model_fields.values()))
    module = __import__(model.__module__, fromlist=["_"])
    return [getattr(module, name) for name in dict.fromkeys(found) if hasattr(module, name)]


def _keys(model: type[BaseModel]) -> list[str]:
    rows = []
    for name, field in _own(model):
        rows.append(f"| `{field.alias or name}` | {_default(field)} | {_cell(field.description or '')} |")
    return ["| key | if absent | what it says |", "|---|---|---|", *rows] if rows else []


def _own(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    yield from ((name, field) for name, field in model.model_fields.items() if name != "generator")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**needed**"
    value = field.get_default(call_default_factory=True) if field.default_factory is None else None
    plain = value if isinstance(value, str | int | float | bool) and value != "" else None
    return "" if plain is None else f"`{str(plain).lower() if isinstance(plain, bool) else plain}`"


def _words(model: type[BaseModel]) -> str:
    return re.sub(r"``(.+?)``", r"`\1`", cleandoc(model.__doc__ or ""))


def _sentence(model: type[BaseModel]) -> str:
    return re.split(r"(?<=[.:])\s", _words(model).replace("\n", " "), maxsplit=1)[0].rstrip(":.") + "."


def _between(text: str, first: str, stop: str) -> str:
    lines = text.splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith(first))
    rest = enumerate(lines[begin + 1 :], begin + 1)
    end = next((number for number, line in rest if line.startswith(stop)), len(lines))
    return "\n".join(lines[begin:end]).rstrip()


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("``", "`")


def _flow(value: object) -> str:
    text: str = yaml.safe_dump(value, default_flow_style=True, width=10_000, sort_keys=False, allow_unicode=True)
    return text.strip().removesuffix("...").strip()


def written() -> Mapping[str, str]:
    """The pages as they stand."""
    return {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")}


def main() -> None:
    """Write every page, and no other."""
    PAGES.mkdir(exist_ok=True)
    fresh: dict[str, Any] = dict(pages())
    for name in written().keys() - fresh.keys():
        (PAGES / name).unlink()
    for name, text in fresh.items():
        (PAGES / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
