"""django-oscar: a shop of 90 tables from its Django models, with Django's own tables of users, groups and sessions."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.parse


def build(dsn: str) -> None:
    """Make the tables, keys and indexes of all models, empty."""
    _python(dsn, "tests.schemas.oscar_tables")


def build_migrated(dsn: str) -> None:
    """Run every migration, as a user does who installs the shop: some tables hold rows then."""
    _python(dsn, "django", "migrate", "--verbosity", "0")


def _python(dsn: str, *module: str) -> None:
    """Run a module in a process of its own: Django's settings are one per process."""
    words = [sys.executable, "-W", "ignore", "-m", *module]
    around = os.environ | environment(dsn)
    done = subprocess.run(words, env=around, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(module)}: {done.stderr[-2000:]}")


def environment(dsn: str) -> dict[str, str]:
    """What the settings read: where the database is."""
    parts = urllib.parse.urlsplit(dsn)
    return {
        "DJANGO_SETTINGS_MODULE": "tests.schemas.oscar_settings",
        "OSCAR_NAME": parts.path.lstrip("/"),
        "OSCAR_USER": parts.username or "",
        "OSCAR_HOST": parts.hostname or "",
        "OSCAR_PORT": str(parts.port or ""),
    }
