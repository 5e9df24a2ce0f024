"""How a run keeps its ledger: in the target database, where a line commits with what it tells of, or in a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

from engine.batch import Partition
from engine.dsn import Connection
from engine.execute.load import Done
from engine.ledger import FileLedger, Ledger, RunLedger, restored, suspend
from engine.ledger.protocol import Suspended
from engine.plan.model import Plan
from engine.run.doubt import settle_doubts, unresumable


class Books(Protocol):
    """A ledger and the moments at which something is written into it."""

    @property
    def ledger(self) -> RunLedger:
        """What can be asked."""

    @property
    def file(self) -> str | None:
        """Where the ledger lies, if not in the target database."""

    def notes(self) -> tuple[str, ...]:
        """What the report must tell of this ledger."""

    def cautions(self, plan: Plan) -> tuple[str, ...]:
        """What the user should know of this ledger before the run."""

    def claim(self, run: UUID, partition: Partition) -> None:
        """A partition is about to be made; called from any thread."""

    def confirm(self, run: UUID, partition: Partition, done: Done) -> None:
        """A partition is committed."""

    async def recall(self, connection: Connection, plan: Plan, run: UUID) -> None:
        """Find out what an earlier part of the run committed, where that is in doubt. Raises Refused."""

    async def suspend(self, connection: Connection, run: UUID, suspensions: Sequence[Suspended]) -> None:
        """What is about to be suspended, inside the transaction that does it."""

    async def restored(self, connection: Connection, one: Suspended) -> None:
        """What is back, inside the transaction that brings it."""

    async def settle(self) -> None:
        """Every restore is committed."""


@dataclass(frozen=True, slots=True)
class InDatabase:
    """In schema `engine` of the target: the sink writes partitions down, each line commits with what it tells of."""

    ledger: Ledger
    file: None = None

    def notes(self) -> tuple[str, ...]:
        """Nothing: it lies where it is looked for."""
        return ()

    def cautions(self, plan: Plan) -> tuple[str, ...]:  # noqa: ARG002
        """Nothing: every run can be resumed."""
        return ()

    def claim(self, run: UUID, partition: Partition) -> None:
        """Nothing: the line commits with the rows."""

    def confirm(self, run: UUID, partition: Partition, done: Done) -> None:
        """Nothing: the line is committed."""

    async def recall(self, connection: Connection, plan: Plan, run: UUID) -> None:
        """Nothing: what is written is committed, and the other way round."""

    async def suspend(self, connection: Connection, run: UUID, suspensions: Sequence[Suspended]) -> None:
        """Write it down in the same transaction."""
        await suspend(connection, run, suspensions)

    async def restored(self, connection: Connection, one: Suspended) -> None:
        """Forget it in the same transaction."""
        await restored(connection, one)

    async def settle(self) -> None:
        """Nothing: it is forgotten."""


class InFile:
    """In a file, written by this process alone; `why` says why, where the user did not ask for it."""

    def __init__(self, ledger: FileLedger, path: Path, why: str | None = None) -> None:
        self.ledger = ledger
        self.file = str(path)
        self._why = why
        self._back: list[Mapping[str, object]] = []

    def notes(self) -> tuple[str, ...]:
        """Where the ledger is, and how it is found again."""
        if self._why:
            return (f"{self._why}, so the ledger is in {self.file}",)
        return (f"the ledger is in {self.file}: `engine resume`, `runs` and `repair` need the same --ledger",)

    def cautions(self, plan: Plan) -> tuple[str, ...]:
        """Which tables have no key by which a resumed run would know its rows."""
        tables = unresumable(plan)
        if not tables:
            return ()
        named = ", ".join(tables)
        return (f"if this run is killed it cannot be resumed: {named} has no primary key that the spec writes",)

    def claim(self, run: UUID, partition: Partition) -> None:
        """Write it down before anybody can commit it; its rows are not known yet."""
        self.ledger.claim(run, partition, {})

    def confirm(self, run: UUID, partition: Partition, done: Done) -> None:
        """Write down its rows, and that they are there."""
        self.ledger.claim(run, partition, done.rows)
        self.ledger.confirm(run, done.entity, done.number)

    async def recall(self, connection: Connection, plan: Plan, run: UUID) -> None:
        """Look whether the partitions in doubt are in their tables."""
        await settle_doubts(self.ledger, connection, plan, run)

    async def suspend(self, connection: Connection, run: UUID, suspensions: Sequence[Suspended]) -> None:  # noqa: ARG002
        """Write it down before it is committed: restoring what is in place does nothing."""
        await self.ledger.suspend(run, suspensions)

    async def restored(self, connection: Connection, one: Suspended) -> None:  # noqa: ARG002
        """Remember it until the restore is committed for certain."""
        self._back.append(one)

    async def settle(self) -> None:
        """Forget what is back."""
        for one in self._back:
            await self.ledger.restored(one)
        await self.ledger.settle()
        self._back.clear()
