"""What every ledger remembers and answers, wherever it lies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias
from uuid import UUID

from engine.batch import TableId
from engine.ledger.model import DonePartition, RunEnd, RunLine, RunRecord

Suspended: TypeAlias = Mapping[str, Any]
"""A suspension as plain data; its keys `schema`, `table`, `kind` and `name` say which object it is."""


class RunLedger(Protocol):
    """Runs, what they committed, and what they suspended.

    How a partition or a suspension gets in differs: in the target database it commits with what it tells of
    (`finish_partition`, `suspend` and `restored` of postgres.py), in a file it is told in two steps (file.py).
    """

    async def create(self, run: RunRecord) -> None:
        """Write down a run that begins."""

    async def reopen(self, run: UUID) -> None:
        """Write down that a run goes on."""

    async def finish(self, run: UUID, status: str, *, error: str | None, report: Mapping[str, object] | None) -> None:
        """Write down how a run ended."""

    async def partitions(self, run: UUID) -> tuple[DonePartition, ...]:
        """What a run has committed so far, by entity and number."""

    async def forget_partitions(self, run: UUID) -> None:
        """Forget what a run committed, because its rows are gone."""

    async def suspended(self) -> tuple[tuple[UUID, Suspended], ...]:
        """Everything that is suspended now, and by which run."""

    async def run(self, run: UUID) -> tuple[RunRecord, str]:
        """A run and its status. Raises LedgerError where there is none."""

    async def ending(self, run: UUID) -> RunEnd:
        """How a run began and ended. Raises LedgerError where there is none."""

    async def alike(self, spec: str, seed: int, parameters: Mapping[str, str]) -> tuple[UUID, str] | None:
        """The newest append of the same spec, parameters and seed whose rows were not removed, and its status."""

    async def later(self, run: UUID) -> tuple[tuple[UUID, tuple[TableId, ...]], ...]:
        """Runs that began after this one and found, or left, the tables that they fill empty; and those tables."""

    async def clean(self, run: UUID) -> None:
        """Write down that the rows of a run are removed, and forget its partitions."""

    async def runs(self, limit: int) -> tuple[RunLine, ...]:
        """The newest runs, newest first."""
