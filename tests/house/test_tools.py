"""The tools that developers run by hand find nothing: `just lint types imports`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.house.repository import tool, tracked

TOOLS = {
    "mypy": ("--no-error-summary",),
    "sqlfluff": ("lint", "--disable-progress-bar"),
    "lint-imports": ("--no-cache",),
}


@pytest.fixture(scope="module")
def slow() -> Iterator[Mapping[str, Future[tuple[int, str]]]]:
    """The tools that take their time, all started at once."""
    files = {"sqlfluff": [path for path in tracked() if path.endswith(".sql")]}
    with ThreadPoolExecutor() as pool:
        yield {name: pool.submit(tool, name, *words, *files.get(name, [])) for name, words in TOOLS.items()}


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_finds_nothing(slow: Mapping[str, Future[tuple[int, str]]], name: str):
    code, output = slow[name].result()
    assert code == 0, output


def test_ruff_finds_nothing():
    code, output = tool("ruff", "check", "--no-cache", "--output-format", "concise")
    assert code == 0, output


def test_every_file_is_formatted():
    code, output = tool("ruff", "format", "--check", "--no-cache")
    assert code == 0, output


def test_the_justfile_is_formatted():
    code, output = tool("just", "--fmt", "--check", "--unstable")
    assert code == 0, output
