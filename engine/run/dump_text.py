"""The text of a file that somebody else made: its size, its encoding, and what it is not."""

from __future__ import annotations

import codecs
import os
import re
import select
import stat
from pathlib import Path

from engine.errors import UsageError

LARGEST = 64 * 2**20
"""Files of more bytes are refused."""
PATIENCE_S = 60.0
"""How long the first byte of a pipe may take."""
HEAD = 4096
"""By so many bytes it is seen what a file is."""

_PLAIN = "pg_dump --schema-only, with no --format, writes a text that can be read"
_OTHERS: tuple[tuple[re.Pattern[bytes], str, str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), what, hint)
    for pattern, what, hint in (
        (rb"PGDMP", "a dump in PostgreSQL's own format", "pg_restore --schema-only -f - FILE"),
        (rb"toc\.dat\0", "a dump in PostgreSQL's tar format", "pg_restore --schema-only -f - FILE"),
        (rb"\x1f\x8b", "compressed by gzip", "gunzip FILE"),
        (rb"\x28\xb5\x2f\xfd", "compressed by zstd", "zstd -d FILE"),
        (rb"\x04\x22\x4d\x18", "compressed by lz4", "lz4 -d FILE"),
        (rb"(?:\xfd7zXZ|BZh|PK\x03\x04)", "compressed", "unpack it"),
        (rb"SQLite format 3\0", "a database of SQLite", _PLAIN),
        (rb".{257}ustar", "an archive", "unpack it"),
        (rb"\s*-- (?:MySQL|MariaDB) dump", "a dump of MySQL", "a schema of PostgreSQL is wanted"),
        (rb"\s*(?:--[^\n]*\n|\s)*PRAGMA ", "a dump of SQLite", "a schema of PostgreSQL is wanted"),
    )
)
"""How files begin that are something else, what they are, and what to do about it."""


def read_text(path: Path) -> str:
    """The text of a file. Raises UsageError where it cannot be read, is too big or is no text."""
    try:
        with os.fdopen(_open(path), "rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    if not data.strip():
        raise UsageError(f"{path} is empty\n  hint: {_PLAIN}")
    for pattern, what, hint in _OTHERS:
        if pattern.match(data[:HEAD]):
            raise UsageError(f"{path} is {what}\n  hint: {hint.replace('FILE', str(path))}")
    if len(data) > LARGEST:
        hint = "pg_dump --schema-only leaves the rows out"
        raise UsageError(f"{path} has more than {LARGEST // 2**20} MiB\n  hint: {hint}")
    return _decoded(data, path)


def _open(path: Path) -> int:
    """Open a file; a pipe, into which somebody may never write, is not waited for without end. Raises UsageError."""
    opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(opened, True)
    if stat.S_ISFIFO(os.fstat(opened).st_mode) and not select.select([opened], [], [], PATIENCE_S)[0]:
        os.close(opened)
        raise UsageError(f"{path} is a pipe, and nothing came out of it in {PATIENCE_S:g} s")
    return opened


def _decoded(data: bytes, path: Path) -> str:
    # PowerShell's > writes UTF-16
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        hint = "pg_dump --encoding=UTF8"
        raise UsageError(f"{path} is not in UTF-8\n  hint: {hint}") from None
    if "\0" in text:
        raise UsageError(f"{path} is no text in UTF-8: it has NUL characters\n  hint: pg_dump --encoding=UTF8")
    return text.replace("\r\n", "\n")
