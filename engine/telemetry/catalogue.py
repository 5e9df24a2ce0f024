"""The names: every kind of span and every instrument, with what it tells; `observability/README.md` is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class SpanKind:
    """A kind of span: its name, under which kind it hangs, what it covers, and its attributes with their meaning."""

    name: str
    under: str | None
    told: str
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Instrument:
    """A number that is measured. `labels` are bounded: each with the values that it can have."""

    name: str
    kind: Literal["counter", "histogram", "gauge"]
    unit: str
    told: str
    labels: Mapping[str, str] = field(default_factory=dict)
    buckets: tuple[float, ...] = ()


RUN = SpanKind(
    "run",
    None,
    "A run, or what is left of one, from the first connection to its report.",
    {
        "engine.run.id": "the id in the ledger",
        "engine.scenario": "the name of the scenario",
        "engine.status": "how it ended",
        "engine.rows": "rows committed",
    },
)
COMPILE = SpanKind("compile", "run", "From the text of a spec and the catalog of the database to the plan.")
STAGES: Mapping[str, SpanKind] = {
    name: SpanKind(name, "run", told)
    for name, told in {
        "suspend": "Constraints and indexes are taken out of the way.",
        "load": "Partitions are made and sent.",
        "rebuild": "What was suspended comes back, validated.",
        "analyze": "Sequences are set, statistics gathered.",
        "check": "PostgreSQL is asked whether what the spec expects came true.",
    }.items()
}
PARTITION = SpanKind(
    "partition",
    "load",
    "One partition, from its first row made to its commit; by whichever process.",
    {
        "engine.entity": "the root of its family",
        "engine.partition": "its number",
        "engine.rows": "rows committed",
        "engine.bytes": "bytes of COPY",
        "engine.worker": "the process that made it",
    },
)
GENERATE = SpanKind("generate", "partition", "Its rows are made.")
COPY = SpanKind("copy", "partition", "Its rows are encoded and sent, and its transaction committed.")
ENCODE = SpanKind("encode", "copy", "What encoding took, in one piece; in truth it is spread over the copy.")

SPANS = (RUN, COMPILE, *STAGES.values(), PARTITION, GENERATE, COPY, ENCODE)

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Bounds of every histogram of seconds."""

ROWS = Instrument("engine.rows", "counter", "{row}", "Rows committed.")
BYTES = Instrument("engine.bytes", "counter", "By", "Bytes sent by COPY.")
PARTITION_S = Instrument(
    "engine.partition.duration", "histogram", "s", "A partition, from its first row made to its commit.", {}, SECONDS
)
COPY_S = Instrument(
    "engine.copy.duration", "histogram", "s", "A partition's COPY and commit, encoding included.", {}, SECONDS
)
RUN_S = Instrument(
    "engine.run.duration", "histogram", "s", "A run until its report.", {"status": "how it ended"}, SECONDS
)

INSTRUMENTS = (ROWS, BYTES, PARTITION_S, COPY_S, RUN_S)
