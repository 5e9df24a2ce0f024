"""The recipe of CONTRIBUTING.md, followed to the letter in a copy of the engine."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.documents import ROOT, blocks_of

RECIPE = {block.language: block.body for block in blocks_of("CONTRIBUTING.md")}
REGISTRY = "engine/generators/__init__.py"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "engine", tmp_path / "engine", ignore=ignore)
    for name in ("pyproject.toml", "tests/__init__.py", "tests/rows.py", "tests/cases/test_generators.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "tests/cases/generators").mkdir()
    return tmp_path


def test_a_generator_is_one_file_one_line_and_one_case(copy: Path):
    (copy / "engine/generators/cycle.py").write_text(RECIPE["python"])
    registry = copy / REGISTRY
    registry.write_text(patched(registry.read_text(), RECIPE["diff"]))
    (copy / "tests/cases/generators/cycle.yaml").write_text(RECIPE["yaml"])

    done = run(copy, "-m", "pytest", "-p", "no:cacheprovider", "tests/cases/test_generators.py")

    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_the_example_keeps_the_rules_of_the_house(copy: Path):
    (copy / "engine/generators/cycle.py").write_text(RECIPE["python"])
    for check in (["ruff", "check"], ["ruff", "format", "--check"]):
        done = run(copy, "-m", *check, "--no-cache", "engine/generators/cycle.py")
        assert done.returncode == 0, done.stdout


def test_without_its_line_the_engine_does_not_know_the_new_kind(copy: Path):
    (copy / "engine/generators/cycle.py").write_text(RECIPE["python"])
    (copy / "tests/cases/generators/cycle.yaml").write_text(RECIPE["yaml"])

    done = run(copy, "-m", "pytest", "-p", "no:cacheprovider", "tests/cases/test_generators.py")

    assert done.returncode == 1, done.stdout


def run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=copy, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def patched(text: str, diff: str) -> str:
    """The text with every ``+`` line of the diff put after the line before it."""
    lines, before = text.splitlines(), ""
    for line in diff.splitlines():
        if line.startswith("+"):
            lines.insert(lines.index(before) + 1, line[1:])
        before = line[1:]
    return "\n".join(lines) + "\n"
