"""Alembic without an ini file: its configuration, made from where this package lies."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

HERE = Path(__file__).resolve().parent
BRANCHES = ("engine", "shop")
SCHEMA, TABLE = "engine", "alembic_version"
"""Where both branches keep their revisions; `public.alembic_version` belongs to the user."""


def configuration() -> Config:
    """Alembic's configuration for both branches, wherever the package is installed."""
    config = Config()
    options = {
        "script_location": str(HERE),
        "version_locations": "\n".join(str(HERE / "versions" / branch) for branch in BRANCHES),
        "path_separator": "newline",
        "version_path_separator": "newline",  # the same for Alembic before 1.16
        "file_template": "%(rev)s_%(slug)s",
    }
    for key, value in options.items():
        config.set_main_option(key, value.replace("%", "%%"))
    return config


def outstanding(branch: str, applied: tuple[str, ...]) -> tuple[str, ...]:
    """The revisions of a branch that a database at `applied` still lacks, oldest first."""
    scripts = ScriptDirectory.from_config(configuration())
    known = tuple(revision for revision in applied if _is_known(scripts, revision))
    done = {script.revision for script in scripts.iterate_revisions(known, "base")} if known else set()
    wanted = scripts.iterate_revisions(target(branch, "head"), "base")
    return tuple(reversed([script.revision for script in wanted if script.revision not in done]))


def target(branch: str, revision: str) -> str:
    """A revision of one branch, or of all, in Alembic's words: ``shop@head``, ``heads``, ``engine@-1``."""
    if branch == "all":
        return {"head": "heads"}.get(revision, revision)
    return revision if revision.startswith(f"{branch}_") else f"{branch}@{revision}"


def next_revision(branch: str) -> str:
    """The name of the revision that follows the branch's head: ``shop_0004``."""
    head = ScriptDirectory.from_config(configuration()).get_revision(f"{branch}@head")
    return f"{branch}_{int(head.revision.rpartition('_')[2]) + 1:04d}"


def _is_known(scripts: ScriptDirectory, revision: str) -> bool:
    return any(script.revision == revision for script in scripts.walk_revisions())
