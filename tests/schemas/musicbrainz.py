"""MusicBrainz, from the SQL files that come with `mbdata`: five hundred tables, as its own server makes them."""

from __future__ import annotations

from pathlib import Path

import mbdata

from tests.schemas.psql import run_script

SQL = Path(mbdata.__file__).with_name("sql")
SCHEMAS = ("musicbrainz", "cover_art_archive", "documentation", "event_art_archive", "json_dump", "report", "sitemaps")
MORE = ("statistics", "wikidocs", "dbmirror2")
PARTS = ("caa", "eaa", "documentation", "json_dump", "report", "sitemaps", "statistics", "wikidocs")
SEARCH_PATH = "set search_path = musicbrainz, public;"
COLLATION = "create collation musicbrainz.musicbrainz (provider = libc, locale = 'C')"
"""Theirs is of ICU, which the server in the wheel was built without."""
OWN_PATH = """do $$ begin
    execute format('alter database %I set search_path = musicbrainz, public', current_database());
end $$"""
"""Its server sets the path in each connection; its triggers find their tables by it."""
STAGES = (
    "CreateTables",
    "CreatePrimaryKeys",
    "CreateFunctions",
    "CreateIndexes",
    "CreateFKConstraints",
    "CreateConstraints",
    "CreateTriggers",
)
"""The order of MusicBrainz's own `admin/InitDb.pl`, without the rows that it imports."""


def build(dsn: str) -> None:
    """Make every table, key, function, index, constraint and trigger of a MusicBrainz server."""
    schemas = [f"create schema if not exists {name};" for name in (*SCHEMAS, *MORE)]
    run_script(dsn, *schemas, _script(SQL / "Extensions.sql"), COLLATION)
    run_script(dsn, _script(SQL / "CreateSearchConfiguration.sql"), _script(SQL / "CreateTypes.sql"))
    for stage in STAGES:
        folders = (SQL, *(SQL / part for part in PARTS))
        run_script(dsn, *(_script(file) for folder in folders if (file := folder / f"{stage}.sql").exists()))
    run_script(dsn, OWN_PATH)


def _script(file: Path) -> str:
    """The text of one file; each begins on MusicBrainz's own search path, as `InitDb.pl` lets it."""
    return f"{SEARCH_PATH}\n" + file.read_text(encoding="utf-8")
