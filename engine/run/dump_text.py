"""The text of a file that somebody else made: its size, its encoding, and what it is not."""

from __future__ import annotations

import codecs
from pathlib import Path

from engine.errors import UsageError

LARGEST = 64 * 2**20
"""Files of more bytes are refused."""


def read_text(path: Path) -> str:
    """The text of a file. Raises UsageError where it cannot be read, is too big or is no text."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    if len(data) > LARGEST:
        hint = "pg_dump --schema-only leaves the rows out"
        raise UsageError(f"{path} has more than {LARGEST // 2**20} MiB\n  hint: {hint}")
    if data.startswith(b"PGDMP"):
        raise UsageError(f"{path} is a dump in PostgreSQL's own format\n  hint: pg_restore --schema-only -f - {path}")
    return _decoded(data, path)


def _decoded(data: bytes, path: Path) -> str:
    # PowerShell's > writes UTF-16
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        hint = "pg_dump --encoding=UTF8"
        raise UsageError(f"{path} is not in UTF-8\n  hint: {hint}") from None
    if "\0" in text:
        raise UsageError(f"{path} is no text: it has NUL characters")
    return text.replace("\r\n", "\n")
