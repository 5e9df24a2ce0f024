"""What README.md shows is what happens: every block marked ``test`` is run, in order, in one home of its own.

Mark a block with a word after its language: ```` ```sh test ```` is run by bash and must succeed
(```` ```sh test exit=3 ```` must end so). In ```` ```console test ```` the lines after ``$ `` are the commands, the
others are what they print: each must appear, in this order, and ``…`` stands for anything.
The words are not shown to readers.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.documents import ROOT, Block, blocks, blocks_of

TIME_LIMIT_S = 600
README = [block for block in blocks_of("README.md") if "test" in block.words]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One ENGINE_HOME for the whole document, whose server is stopped at the end."""
    folder = tmp_path_factory.mktemp("home")
    yield folder
    bash("uv run engine db stop", folder)


@pytest.mark.parametrize("block", [pytest.param(block, id=f"line-{block.line}") for block in README])
def test_the_readme_shows_what_happens(block: Block, home: Path):
    done = bash(script(block), home)
    assert done.returncode == exit_code(block), done.stderr
    assert not (absent := missing(expected(block), done.stdout)), f"{absent!r} is not in:\n{done.stdout}"


def bash(text: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a script at the repository's root; the environment is as the tests have it, not installed again."""
    given = {k: v for k, v in os.environ.items() if k != "ENGINE_DSN"}
    environment = given | {"ENGINE_HOME": str(home), "UV_NO_SYNC": "1", "COLUMNS": "120"}
    command = ["bash", "-euo", "pipefail", "-c", text]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=TIME_LIMIT_S)


def script(block: Block) -> str:
    if block.language != "console":
        return block.body
    commands = (line[2:] for line in block.body.splitlines() if line.startswith("$ "))
    return "\n".join(("exec 2>&1", *commands))  # a terminal shows both streams


def expected(block: Block) -> list[str]:
    if block.language != "console":
        return []
    return [line for line in block.body.splitlines() if line.strip() and not line.startswith("$ ")]


def exit_code(block: Block) -> int:
    return next((int(word.removeprefix("exit=")) for word in block.words if word.startswith("exit=")), 0)


def missing(lines: list[str], output: str) -> str | None:
    """The first line that the output does not have after the ones before it; ``…`` stands for anything."""
    rest = output
    for line in lines:
        found = re.search(r"[^\n]*?".join(re.escape(part) for part in line.strip().split("…")), rest)
        if not found:
            return line
        rest = rest[found.end() :]
    return None


MEASURED = re.compile(r"\d[\d,.]*(?= s\b| rows/s)|(?<=:)15432(?=/)")


def test_the_first_thing_shown_is_what_the_first_command_prints(tmp_path: Path):
    """But for how long it took and where the server listens."""
    shown = next(block for block in blocks_of("README.md") if block.language == "text")
    lines = [MEASURED.sub("…", line) for line in shown.body.splitlines() if line.strip()]
    try:
        done = bash("uv run engine run specs/black_friday.yaml", tmp_path)
    finally:
        bash("uv run engine db stop", tmp_path)
    assert done.returncode == 0, done.stderr
    assert any("rows in …" in line for line in lines)
    assert not (absent := missing(lines, done.stderr)), f"{absent!r} is not in:\n{done.stderr}"


def test_the_picture_that_the_readme_shows_is_the_one_that_the_command_draws(home: Path):
    """The same size in pixels, and small; letters are drawn with the fonts that a machine has."""
    drawn = home / "drawn.png"
    done = bash(f"uv run engine preview specs/black_friday.yaml --png {drawn}", home)
    assert done.returncode == 0, done.stderr
    kept = (ROOT / "specs/black_friday.png").read_bytes()
    assert len(kept) <= 150_000
    assert [kept[:8], kept[16:20]] == [drawn.read_bytes()[:8], drawn.read_bytes()[16:20]]  # the signature and the width


EXAMPLE = """
```sh
rm -rf ignored
```

```console test exit=3
$ echo "1,234 rows in 5 s"
1,… rows in … s
$ exit 3
```
"""


def test_only_marked_blocks_are_run():
    assert [block.words for block in blocks(EXAMPLE)] == [(), ("test", "exit=3")]


def test_a_console_block_is_commands_and_what_they_print(tmp_path: Path):
    block = blocks(EXAMPLE)[1]
    done = bash(script(block), tmp_path)
    assert (done.returncode, exit_code(block)) == (3, 3)
    assert missing(expected(block), done.stdout) is None


def test_output_that_is_not_printed_is_found_out():
    assert missing(["a …", "c"], "a b\nd\n") == "c"
    assert missing(["b", "a"], "a\nb\n") == "a"
