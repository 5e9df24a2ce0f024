"""How a run that ended is told."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path

import click
import pytest
from rich.console import Console

from engine.cli.failures import tell
from engine.cli.outcome import conclude
from engine.cli.progress import Bars, Lines
from engine.errors import Code, Diagnostic, SpecError, UsageError
from engine.report import EntityReport, Report, Status

DONE = Report("0190-aa", "story", 1, Status.SUCCEEDED, {"orders": EntityReport("shop.orders", 7)}, 0.5)


def left(report: Report, ledger: Path | None = None) -> int:
    with pytest.raises(click.exceptions.Exit) as leaving:
        conclude(report, "postgresql://elsewhere/db", as_json=True, ledger=ledger)
    return leaving.value.exit_code


def test_how_to_go_on_names_the_ledger_that_was_named(capsys: pytest.CaptureFixture[str]):
    assert left(replace(DONE, status=Status.INTERRUPTED), Path("my runs.db")) == 130
    assert "go on with: engine resume 0190-aa --ledger 'my runs.db'" in capsys.readouterr().err


def test_the_exit_code_tells_what_is_wrong(capsys: pytest.CaptureFixture[str]):
    held = {"name": "few", "passed": True, "expected": "1", "actual": "1", "seconds": 0.0, "trouble": None}
    broken = held | {"name": "many", "passed": False, "actual": None, "trouble": "PostgreSQL refuses: no"}
    assert left(DONE) == 0
    assert left(replace(DONE, expectations=(held,))) == 0
    assert left(replace(DONE, expectations=(held, broken))) == 3
    assert left(replace(DONE, status=Status.FAILED, diagnostics=("it broke",), expectations=(broken,))) == 1
    told = capsys.readouterr().err
    assert "✓ few\n" in told
    assert "✗ many: expected 1, found PostgreSQL refuses: no" in told


EVIL = "[red]x[/red] [link=file:///] :skull: \x1b[31m\x1b]0;title\x07 \x9b2J \u202e [/nothing]"
HARMLESS = "[red]x[/red] [link=file:///] :skull: ·[31m·]0;title· ·2J · [/nothing]"


def test_what_a_stranger_wrote_is_shown_as_letters(capsys: pytest.CaptureFixture[str]):
    outcome = {"name": EVIL, "passed": False, "expected": EVIL, "actual": EVIL, "seconds": 0.0, "trouble": None}
    report = replace(DONE, expectations=(outcome,), notes=(EVIL,))
    left(replace(report, entities={EVIL: EntityReport(EVIL, 1)}))
    left(replace(report, status=Status.FAILED, diagnostics=(EVIL,)))
    told = capsys.readouterr().err
    assert "\x1b" not in told
    assert f"note: {HARMLESS}" in told
    assert f"✗ {HARMLESS}: expected {HARMLESS}, found {HARMLESS}" in told
    assert f"failed: {HARMLESS}" in told


@pytest.mark.parametrize("error", [SpecError([Diagnostic(Code.EXPR_SYNTAX, EVIL, hint=EVIL)]), UsageError(EVIL)])
def test_a_mistake_is_told_in_letters(error: SpecError | UsageError, capsys: pytest.CaptureFixture[str]):
    tell(error)
    told = capsys.readouterr().err
    assert told.count(HARMLESS) == (2 if isinstance(error, SpecError) else 1)


def test_a_note_beside_the_bars_is_told_in_letters():
    console = Console(file=StringIO(), force_terminal=True, width=200)
    for observer in (Bars(console), Lines(console)):
        observer.note(EVIL)
    told = console.file.getvalue()  # type: ignore[attr-defined]
    assert told.count(HARMLESS) == 2
