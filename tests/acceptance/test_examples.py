"""Every walk in `examples/` is walked: its blocks are run in order, on a server of its own.

`sh` is run; `console` is run, and prints the lines that follow ``$ ``, where ``…`` stands for anything; `yaml file=x`
is saved as x; `sql` is executed, and its rows are exactly those of the `text` block below it, a row a line.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import asyncpg
import pytest

from tests.acceptance.documents import ROOT, Block, blocks
from tests.acceptance.test_readme import TIME_LIMIT_S, exit_code, expected, missing, script

WALKS = sorted((ROOT / "examples").glob("*.md"))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where a walk is walked: `specs` and `examples` are there, files that it saves go here; its server is stopped."""
    for name in ("specs", "examples"):
        (tmp_path / name).symlink_to(ROOT / name)
    yield tmp_path
    bash("uv run engine db stop", tmp_path)


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.stem)
def test_a_walk_can_be_walked(walk: Path, folder: Path):
    steps = blocks(walk.read_text(encoding="utf-8"))
    assert steps
    for step, following in zip_longest(steps, steps[1:]):
        take(step, following, folder)


def take(step: Block, following: Block | None, folder: Path) -> None:
    """One block of a walk; what it should show is in it, or in the `text` block that follows."""
    if step.language == "yaml":
        (name,) = (word.removeprefix("file=") for word in step.words if word.startswith("file="))
        (folder / name).write_text(step.body, encoding="utf-8")
    elif step.language == "sql":
        shown = asyncio.run(rows(address(folder), step.body))
        if following is not None and following.language == "text":
            assert shown == following.body.splitlines(), f"line {step.line}"
    elif step.language in ("sh", "console"):
        done = bash(script(step), folder)
        assert done.returncode == exit_code(step), f"line {step.line}: {done.stderr}{done.stdout}"
        printed = done.stdout + done.stderr
        assert not (absent := missing(expected(step), printed)), f"line {step.line}: {absent!r} not in:\n{printed}"
    else:
        assert step.language == "text", f"line {step.line}: a {step.language!r} block is not run by anything"


def address(folder: Path) -> str:
    """The address of the walk's server, asked for once."""
    kept = folder / "address"
    if not kept.exists():
        kept.write_text(bash("uv run engine db url", folder).stdout.strip(), encoding="utf-8")
    return kept.read_text(encoding="utf-8")


async def rows(dsn: str, text: str) -> list[str]:
    """What a query gives, a line for each row; several statements give nothing."""
    connection = await asyncpg.connect(dsn)
    try:
        if text.rstrip().rstrip(";").count(";"):
            await connection.execute(text)
            return []
        return [" | ".join(map(str, row.values())) for row in await connection.fetch(text)]
    finally:
        await connection.close()


def bash(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script in the walk's folder; the environment is as the tests have it, not installed again."""
    given = {name: value for name, value in os.environ.items() if name != "ENGINE_DSN"}
    own = {"ENGINE_HOME": str(folder / "home"), "UV_PROJECT": str(ROOT), "UV_NO_SYNC": "1", "COLUMNS": "120"}
    command = ["bash", "-euo", "pipefail", "-c", text]
    return subprocess.run(
        command, cwd=folder, env=given | own, capture_output=True, text=True, timeout=TIME_LIMIT_S, check=False
    )
