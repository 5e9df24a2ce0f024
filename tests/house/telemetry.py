"""The tables of observability/README.md, made from the catalogues: ``python -m tests.house.telemetry``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from api import telemetry as api
from engine.telemetry import catalogue
from engine.telemetry.catalogue import Instrument, SpanKind

PAGE = Path(__file__).parents[2] / "observability" / "README.md"
SPANS = (*api.SPANS, *catalogue.SPANS)
INSTRUMENTS = (*catalogue.INSTRUMENTS, *api.INSTRUMENTS)
UNITS = {"s": "_seconds", "By": "_bytes"}
BEGIN, END = "<!-- {}: begin -->\n", "<!-- {}: end -->"


def name_in_prometheus(one: Instrument) -> str:
    """What a scrape calls an instrument; histograms have `_bucket`, `_sum` and `_count` behind it."""
    name = one.name.replace(".", "_")
    unit = UNITS.get(one.unit, "")
    name = name if name.endswith(unit) else name + unit
    return f"{name}_total" if one.kind == "counter" else name


def spans(kinds: Sequence[SpanKind] = SPANS) -> str:
    """One line for each kind of span."""
    lines = ["| span | under | tells | attributes |", "|---|---|---|---|"]
    for kind in kinds:
        attributes = "; ".join(f"`{name}` {told}" for name, told in kind.attributes.items())
        lines.append(f"| `{kind.name}` | {f'`{kind.under}`' if kind.under else ''} | {kind.told} | {attributes} |")
    return "\n".join(lines) + "\n"


def instruments(kinds: Sequence[Instrument] = INSTRUMENTS) -> str:
    """One line for each instrument."""
    lines = ["| metric | kind | tells | labels |", "|---|---|---|---|"]
    for one in kinds:
        labels = "; ".join(f"`{name}`: {told}" for name, told in one.labels.items())
        lines.append(f"| `{name_in_prometheus(one)}` | {one.kind} | {one.told} | {labels} |")
    return "\n".join(lines) + "\n"


def with_tables(text: str) -> str:
    """The page with its tables made anew."""
    for name, table in (("spans", spans()), ("metrics", instruments())):
        before, _, rest = text.partition(BEGIN.format(name))
        text = before + BEGIN.format(name) + table + rest[rest.index(END.format(name)) :]
    return text


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
