"""SQL files as other people wrote them: for psql, in many statements, with its backslash commands."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg

COMMANDS = re.compile(r"^\\.*$", re.MULTILINE)


def run_script(dsn: str, *scripts: str | Path) -> None:
    """Execute whole texts or files one after the other over one connection; psql's own commands are left out."""
    texts = [s.read_text(encoding="utf-8") if isinstance(s, Path) else s for s in scripts]
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, _run(dsn, texts)).result()


async def _run(dsn: str, texts: list[str]) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for text in texts:
            await connection.execute(COMMANDS.sub("", text))
    finally:
        await connection.close()


def ddl(name: str) -> Path:
    """A file of ours beside this one."""
    return Path(__file__).with_name(name)
