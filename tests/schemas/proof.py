"""The proof of one schema: draft, validate, fill, and let the judge look at what came of it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess

from tests.runs import engine
from tests.schemas.audit import Definitions, differences, rows, snapshot, violations, without_columns


@dataclass(frozen=True)
class Proof:
    """What was made and how long it took; `faults` are all reasons why it is no proof."""

    name: str
    tables: int = 0
    rows: int = 0
    init_s: float = 0.0
    run_s: float = 0.0
    empty: tuple[str, ...] = ()
    faults: tuple[str, ...] = field(default_factory=tuple)

    def __str__(self) -> str:
        rate = self.rows / self.run_s if self.run_s else 0
        outcome = f"{len(self.faults)} faults: {self.faults[0][:600]}" if self.faults else "kept"
        return (
            f"{self.name:<20} {self.tables:>4} tables {self.rows:>10,} rows   init {self.init_s:6.2f} s   "
            f"run {self.run_s:7.2f} s {rate:>9,.0f} rows/s   {outcome}"
        )


@dataclass(frozen=True)
class Before:
    """What was there before the fill: definitions, rows, and rules that were broken already."""

    definitions: Definitions
    rows: int
    violations: frozenset[str]


def prove(name: str, dsn: str, spec: Path, size: int) -> Proof:
    """Fill the tables of a database by the spec that `init` drafts, with `size` rows in the average table."""
    before = Before(snapshot(dsn), sum(rows(dsn).values()), frozenset(violations(dsn)))
    began = time.perf_counter()
    drafted = engine("init", "--dsn", dsn, "--rows", str(size), "-o", str(spec), dsn=dsn)
    init_s = time.perf_counter() - began
    if drafted.returncode:
        return Proof(name, init_s=init_s, faults=(f"init: {drafted.stderr}",))
    validated = engine("validate", str(spec), "--dsn", dsn, dsn=dsn)
    if validated.returncode:
        return Proof(name, init_s=init_s, faults=(f"validate: {validated.stderr}",))
    began = time.perf_counter()
    filled = engine("run", str(spec), "--dsn", dsn, "--json", dsn=dsn)
    run_s = time.perf_counter() - began
    return _judged(Proof(name, init_s=init_s, run_s=run_s), dsn, before, filled)


def _judged(proof: Proof, dsn: str, before: Before, filled: CompletedProcess[str]) -> Proof:
    counts = rows(dsn)
    empty = tuple(table for table, count in counts.items() if not count and table not in without_columns(dsn))
    faults = [f"run ended with {filled.returncode}: {filled.stderr}"] if filled.returncode else []
    if not faults:
        report = json.loads(filled.stdout.splitlines()[-1])
        told = sum(entity["rows"] for entity in report["entities"].values())
        more = sum(counts.values()) - before.rows
        faults += [f"{told} rows were reported, {more} came"] * (told != more)
    faults += [f"violated: {v}" for v in violations(dsn) if v not in before.violations]
    faults += [f"changed: {d}" for d in differences(before.definitions, snapshot(dsn))]
    return Proof(proof.name, len(counts), sum(counts.values()), proof.init_s, proof.run_s, empty, tuple(faults))
