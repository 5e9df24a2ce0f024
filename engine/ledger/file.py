"""The ledger as a local file, for a database in which we may not make a schema; in memory for tests."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path
from uuid import UUID

from engine.batch import Partition, TableId
from engine.catalog.sample import as_json, from_json
from engine.errors import LedgerError
from engine.ledger.model import (
    DonePartition,
    RunEnd,
    RunLine,
    RunRecord,
    appended_from_json,
    as_text,
    filled_as_json,
    filled_from_json,
    unknown,
)
from engine.ledger.protocol import Suspended
from engine.sqltext import load_queries

MEMORY = Path(":memory:")
FORMAT = 2
"""The version of the file's tables, kept in SQLite's `user_version`."""
WAIT_S = 30.0
TABLES = ("make_runs", "make_samples", "make_partitions", "make_suspended", "make_belongings")
SINCE_2 = ("add_append", "add_filled", "add_cleaned_at", "add_held")


class FileLedger:
    """A RunLedger in a file that several processes may have open; `MEMORY` keeps it in this object alone.

    It belongs to one database, because what is suspended is named by schema and table alone.
    A file cannot commit together with the target database, so what happens there is told in two steps. A partition
    is claimed inside its transaction and confirmed after the commit; after a crash those in `doubtful` are done
    exactly if their rows are there. A suspension is written down before it is committed and stays listed until
    `settle`, after every restore is committed: to restore what is in place already must do nothing.
    """

    def __init__(self, path: Path) -> None:
        self._sql = load_queries("engine.ledger", "file.sql")
        try:
            self._file = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise LedgerError(f"{path} cannot be used as a ledger: {error}") from error
        try:
            self._file.row_factory = sqlite3.Row
            self._prepare(path)
        except sqlite3.Error as error:
            self._file.close()
            raise LedgerError(f"{path} cannot be used as a ledger: {error}") from error
        except LedgerError:
            self._file.close()
            raise

    def _prepare(self, path: Path) -> None:
        self._file.execute("pragma foreign_keys = on")
        self._file.execute("begin immediate")  # two processes may open a new file at the same time
        (found,) = self._file.execute("pragma user_version").fetchone()
        if found not in range(FORMAT + 1):
            raise LedgerError(f"{path} is a ledger of format {found}, this engine reads format {FORMAT}")
        for name in (*TABLES, *(SINCE_2 if found < FORMAT else ())):
            self._file.execute(self._sql[name])
        self._file.execute(f"pragma user_version = {FORMAT}")
        self._file.execute("commit")

    def close(self) -> None:
        """Close the file; the ledger cannot be used any more."""
        self._file.close()

    async def belong_to(self, database: str) -> None:
        """Make this the ledger of a database. Raises LedgerError where it is that of another."""
        self._do("belong", (database,))
        for row in self._ask("belonging", ()):
            if row["database"] != database:
                raise LedgerError("the file is the ledger of another database\n  hint: name another with --ledger")

    async def create(self, run: RunRecord) -> None:
        """Write down a run that begins."""
        head = (str(run.id), run.scenario, run.seed, run.spec, run.file, as_text(run.parameters), run.clock.isoformat())
        rest = (run.target, as_text(run.fingerprint), run.workers, run.rows_expected)
        self._do("create_run", (*head, *rest, run.appended is not None, filled_as_json(run.filled), _now()))
        if run.samples or run.appended:
            held = None if run.appended is None else as_text(run.appended.as_json())
            self._do("keep_samples", (str(run.id), as_text(as_json(run.samples)), held))

    async def reopen(self, run: UUID) -> None:
        """Write down that a run goes on."""
        self._do("reopen_run", (str(run),))

    async def finish(self, run: UUID, status: str, *, error: str | None, report: Mapping[str, object] | None) -> None:
        """Write down how a run ended."""
        self._do("finish_run", (status, _now(), error, None if report is None else as_text(report), str(run)))

    def claim(self, run: UUID, partition: Partition, rows: Mapping[str, int]) -> None:
        """Say, from any thread, that a partition is about to be committed; again where its rows are known."""
        self._do("claim", (str(run), partition.entity, partition.number, as_text(rows)))

    def confirm(self, run: UUID, entity: str, number: int) -> None:
        """Say that a claimed partition is committed. Raises LedgerError for one that was not claimed."""
        if self._do("confirm", (str(run), entity, number)) == 0:
            raise LedgerError(f"partition {number} of {entity} of run {run} was never claimed")

    async def partitions(self, run: UUID) -> tuple[DonePartition, ...]:
        """What a run has committed for certain."""
        return self._partitions(run, confirmed=True)

    async def doubtful(self, run: UUID) -> tuple[DonePartition, ...]:
        """What a run may have committed before it was killed; the rows in the database know."""
        return self._partitions(run, confirmed=False)

    async def forget_partitions(self, run: UUID) -> None:
        """Forget what a run committed, because its rows are gone."""
        self._do("forget_partitions", (str(run),))

    async def suspend(self, run: UUID, suspensions: Sequence[Suspended]) -> None:
        """Write down what is about to be suspended."""
        for one in suspensions:
            self._do("suspend", (*_identity(one), str(run), as_text(one)))

    async def restored(self, one: Suspended) -> None:
        """Say that a restore is about to be committed."""
        self._do("restored", _identity(one))

    async def settle(self) -> None:
        """Forget the suspensions whose restores are committed."""
        self._do("settle", ())

    async def suspended(self) -> tuple[tuple[UUID, Suspended], ...]:
        """Everything that is, or may still be, suspended, and by which run."""
        return tuple((UUID(row["run_id"]), json.loads(row["definition"])) for row in self._ask("suspended", ()))

    async def run(self, run: UUID) -> tuple[RunRecord, str]:
        """A run and its status. Raises LedgerError where there is none."""
        for row in self._ask("run", (str(run),)):
            return _record(row), row["status"]
        raise unknown(run)

    async def ending(self, run: UUID) -> RunEnd:
        """How a run began and ended. Raises LedgerError where there is none."""
        for row in self._ask("run", (str(run),)):
            return RunEnd(datetime.fromisoformat(row["created_at"]), row["error"], json.loads(row["report"] or "{}"))
        raise unknown(run)

    async def runs(self, limit: int) -> tuple[RunLine, ...]:
        """The newest runs, newest first."""
        return tuple(_line(row) for row in self._ask("runs", (limit,)))

    async def alike(self, spec: str, seed: int, parameters: Mapping[str, str]) -> tuple[UUID, str] | None:
        """The newest append of the same spec, parameters and seed whose rows were not removed, and its status."""
        for row in self._ask("alike", (spec, seed, as_text(parameters))):
            return UUID(row["id"]), row["status"]
        return None

    async def later(self, run: UUID) -> tuple[tuple[UUID, tuple[TableId, ...]], ...]:
        """Runs that began after this one and found, or left, the tables that they fill empty; and those tables."""
        rows = self._ask("later", (str(run),))
        return tuple((UUID(row["id"]), filled_from_json(row["filled"])) for row in rows)

    async def clean(self, run: UUID) -> None:
        """Write down that the rows of a run are removed, and forget its partitions."""
        self._do("clean", (_now(), str(run)))
        self._do("forget_partitions", (str(run),))

    def _partitions(self, run: UUID, *, confirmed: bool) -> tuple[DonePartition, ...]:
        rows = self._ask("partitions", (str(run), int(confirmed)))
        return tuple(DonePartition(row["entity"], row["number"], json.loads(row["row_counts"])) for row in rows)

    def _do(self, name: str, values: Sequence[object]) -> int:
        try:
            return self._file.execute(self._sql[name], _numbered(values)).rowcount
        except sqlite3.Error as error:
            raise LedgerError(f"the ledger refuses {name.replace('_', ' ')}: {error}") from error

    def _ask(self, name: str, values: Sequence[object]) -> Iterable[sqlite3.Row]:
        try:
            with closing(self._file.execute(self._sql[name], _numbered(values))) as answer:
                return answer.fetchall()
        except sqlite3.Error as error:
            raise LedgerError(f"the ledger does not answer {name}: {error}") from error


def _numbered(values: Sequence[object]) -> dict[str, object]:
    """The values of ``$1``, ``$2``, …, which SQLite takes by name."""
    return {str(number): value for number, value in enumerate(values, 1)}


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="microseconds")


def _identity(one: Suspended) -> tuple[str, str, str, str]:
    return one["schema"], one["table"], str(one["kind"]), one["name"]


def _record(row: sqlite3.Row) -> RunRecord:
    return RunRecord(
        id=UUID(row["id"]),
        scenario=row["scenario"],
        seed=row["seed"],
        spec=row["spec"],
        file=row["file"],
        parameters=json.loads(row["parameters"]),
        clock=datetime.fromisoformat(row["clock"]),
        target=row["target"],
        fingerprint=json.loads(row["fingerprint"]),
        workers=row["workers"],
        rows_expected=row["rows_expected"],
        samples=from_json(json.loads(row["samples"] or "{}")),
        filled=filled_from_json(row["filled"]),
        appended=appended_from_json(row["held"]),
        cleaned_at=_moment(row["cleaned_at"]),
    )


def _line(row: sqlite3.Row) -> RunLine:
    return RunLine(
        id=UUID(row["id"]),
        scenario=row["scenario"],
        seed=row["seed"],
        status=row["status"],
        created_at=datetime.fromisoformat(row["created_at"]),
        finished_at=_moment(row["finished_at"]),
        rows=json.loads(row["report"] or "{}").get("rows", 0),
        error=row["error"],
        cleaned_at=_moment(row["cleaned_at"]),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
