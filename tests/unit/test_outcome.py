"""How a run that ended is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
import pytest

from engine.cli.outcome import conclude
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
