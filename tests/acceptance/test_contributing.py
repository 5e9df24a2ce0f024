"""The recipes of CONTRIBUTING.md, followed to the letter in a copy of the engine."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.documents import ROOT, Block, blocks

PYTEST = ("-m", "pytest", "-p", "no:cacheprovider")
GENERATOR, DIAGNOSTIC = "engine/generators/cycle.py", "tests/cases/diagnostics/r999_system_table.yaml"
COPIED = ("pyproject.toml", "tests/*.py", "tests/cases/*.py")


def recipe(title: str) -> list[Block]:
    """The blocks below a heading."""
    document = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return list(blocks(document.partition(f"\n## {title}\n")[2].partition("\n## ")[0]))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "engine", tmp_path / "engine", ignore=ignore)
    for folder in ("generators", "diagnostics"):
        (tmp_path / "tests/cases" / folder).mkdir(parents=True)
    for file in (file for pattern in COPIED for file in ROOT.glob(pattern)):
        shutil.copy(file, tmp_path / file.relative_to(ROOT))
    return tmp_path


def test_a_generator_is_one_file_one_line_and_one_case(copy: Path):
    file, line, case = recipe("Add a generator")
    (copy / GENERATOR).write_text(file.body)
    patch(copy / "engine/generators/__init__.py", line.body)
    (copy / "tests/cases/generators/cycle.yaml").write_text(case.body)

    done = run(copy, *PYTEST, "tests/cases/test_generators.py")

    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_without_its_line_the_engine_does_not_know_the_new_kind(copy: Path):
    file, _, case = recipe("Add a generator")
    (copy / GENERATOR).write_text(file.body)
    (copy / "tests/cases/generators/cycle.yaml").write_text(case.body)

    done = run(copy, *PYTEST, "tests/cases/test_generators.py")

    assert done.returncode == 1, done.stdout


def test_a_diagnostic_is_one_code_one_rule_and_one_case(copy: Path):
    code, rule, case = recipe("Add a diagnostic")
    patch(copy / "engine/errors.py", code.body)
    patch(copy / "engine/spec/rules.py", rule.body)
    (copy / DIAGNOSTIC).write_text(case.body)

    done = run(copy, *PYTEST, "tests/cases/test_diagnostics.py", "-k", "r999_system_table")

    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_the_examples_keep_the_rules_of_the_house(copy: Path):
    (copy / GENERATOR).write_text(recipe("Add a generator")[0].body)
    patch(copy / "engine/spec/rules.py", recipe("Add a diagnostic")[1].body)
    for check in (["ruff", "check"], ["ruff", "format", "--check"]):
        done = run(copy, "-m", *check, "--no-cache", GENERATOR, "engine/spec/rules.py")
        assert done.returncode == 0, done.stdout


def run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=copy, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def patch(file: Path, diff: str) -> None:
    """Put every run of ``+`` lines after the line before it."""
    lines, place = file.read_text().splitlines(), 0
    for line in diff.splitlines():
        if line.startswith("+"):
            place += 1
            lines.insert(place, line[1:])
        else:
            place = lines.index(line[1:])
    file.write_text("\n".join(lines) + "\n")
