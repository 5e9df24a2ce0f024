"""How a run looks while it goes on: bars on a terminal, quiet lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from engine.cli.printable import plain

QUIET_EVERY_S = 5.0


class RowsColumn(ProgressColumn):
    """``123,456 / 200,000``, the second number with ~ while it is an estimate."""

    def render(self, task: Task) -> Text:
        """The two numbers."""
        about = "" if task.fields.get("exact") else "~"
        return Text(f"{task.completed:>11,.0f} / {about}{task.total or 0:,.0f}", style="progress.download")


class RateColumn(ProgressColumn):
    """Rows in a second."""

    def render(self, task: Task) -> Text:
        """The rate, from the beginning of the load when it has ended."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:>9,.0f} rows/s" if speed else "", style="progress.data.speed")


class Bars:
    """One bar for each entity and one for all (`report.Observer`)."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<18}"),
            BarColumn(bar_width=28),
            RowsColumn(),
            RateColumn(),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,  # the report that follows says the same, and more
            speed_estimate_period=10,
        )
        self._tasks: dict[str, TaskID] = {}
        self._all: TaskID | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def planned(self, run_id: str, rows: Mapping[str, float]) -> None:
        """Draw the bars."""
        self._console.print(f"run {run_id}", highlight=False)
        self._progress.start()
        for entity, expected in rows.items():
            exact = float(expected).is_integer()
            self._tasks[entity] = self._progress.add_task(entity, total=round(expected), exact=exact, start=False)
        self._all = self._progress.add_task("[bold]all", total=round(sum(rows.values())), exact=False)

    def phase(self, name: str) -> None:
        """Say what goes on, beside the bar for all; when loading ends the estimates become exact."""
        if self._all is None:
            return
        self._progress.update(self._all, description=f"[bold]{name}")
        if name != "load":
            for task in (*self._tasks.values(), self._all):
                done = self._progress.tasks[task].completed
                if done:
                    self._progress.update(task, total=done, exact=True)

    def loaded(self, entity: str, rows: int) -> None:
        """Move two bars."""
        task = self._tasks[entity]
        if not self._progress.tasks[task].started:
            self._progress.start_task(task)
        self._progress.advance(task, rows)
        if self._all is not None:
            self._progress.advance(self._all, rows)

    def note(self, text: str) -> None:
        """Print above the bars."""
        self._console.print(plain(text, "dim"))


class Lines:
    """Where there is no terminal: a line at each phase and every few seconds (`report.Observer`)."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._expected = 0.0
        self._rows = 0
        self._begun = self._said = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def planned(self, run_id: str, rows: Mapping[str, float]) -> None:
        """Say what begins."""
        self._expected = sum(rows.values())
        self._begun = self._said = time.monotonic()
        self._print(f"run {run_id}: about {self._expected:,.0f} rows in {len(rows)} entities")

    def phase(self, name: str) -> None:
        """Say which part begins."""
        self._print(name)

    def loaded(self, entity: str, rows: int) -> None:
        """Count, and now and then say so."""
        self._rows += rows
        now = time.monotonic()
        if now - self._said >= QUIET_EVERY_S:
            self._said = now
            rate = self._rows / max(now - self._begun, 0.001)
            share = self._rows / max(self._expected, 1)
            self._print(f"{entity}: {self._rows:,} rows in all ({share:.0%}), {rate:,.0f} rows/s")

    def note(self, text: str) -> None:
        """Say it."""
        self._print(text)

    def _print(self, text: str) -> None:
        self._console.print(plain(text), soft_wrap=True)
