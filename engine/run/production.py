"""Databases that look like production: nothing is written there unless somebody says that they are not."""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from engine.dsn import Connection, connect, redact
from engine.errors import Refused
from engine.printable import printable

WORDS = frozenset(
    {
        "prod",
        "prods",
        "prd",
        "production",
        "productive",
        "live",
        "produktion",
        "produktiv",
        "produccion",
        "producción",
        "producao",
        "produção",
        "produzione",
        "productie",
    }
)
"""What people call it, in the languages they name databases in. `primary` and `master` are left out: a server of any
environment may be one of a pair."""
NEGATIONS = frozenset({"non", "not", "no", "pre"})
"""A word right after one of these says that it is something else: ``non-prod``, ``pre_production``."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|[A-Z]+")
"""A run of letters; ``shopProd`` are two, ``prod01`` is one and a number."""
_GLUED = re.compile(
    r"(?!(?:non|not|no|pre|un|re)prod\Z).+prod|prod(?:db|database|sql|pg|postgres|srv|server|app|api|data|base|env)"
)
"""Words in one: ``shopprod``, ``proddb``."""
OPTION = "--yes-this-is-not-production"


def require_no_production(dsn: str | None, environment: Mapping[str, str] = os.environ) -> None:
    """Refuse a DSN whose database or host is called like production; the engine's own server (None) never is.

    Raises Refused before anything is connected to; the message shows no password.
    """
    if dsn is None:
        return
    for what, name in names_in(dsn, environment):
        word = telling_word(name)
        if word is not None:
            raise Refused(
                f"{redact(dsn)} looks like production: there is '{word}' in the name of its {what}\n"
                f"  hint: nothing was written; {OPTION} says that it is none"
            )


async def require_no_production_at(dsn: str | None) -> None:
    """The same, and then ask the server. Raises Refused, ConnectError."""
    if dsn is None:
        return
    require_no_production(dsn)
    connection = await connect(dsn)
    try:
        await ask_for_production(connection, dsn)
    finally:
        await connection.close(timeout=5)


async def ask_for_production(connection: Connection, dsn: str) -> None:
    """Refuse where the server calls its database, or itself, like production, whatever the DSN says.

    A pooler's alias, a service file, an address in place of a name do not show what is behind them. Raises Refused.
    """
    asked = "select current_database()::text as database, current_setting('cluster_name') as cluster"
    for what, name in (await connection.fetchrow(asked) or {}).items():
        word = telling_word(name)
        if word is not None:
            raise Refused(
                f"{redact(dsn)} looks like production: there is '{word}' in '{printable(name)}', "
                f"as the server calls its {what}\n  hint: nothing was written; {OPTION} says that it is none"
            )


def telling_word(name: str) -> str | None:
    """The word in a name by which it looks like production; ``product`` and ``reproduce`` are none."""
    before = ""
    for found in _WORD.finditer(name):
        word = found[0].lower()
        if (word in WORDS or _GLUED.fullmatch(word)) and before not in NEGATIONS:
            return found[0]
        before = word
    return None


def names_in(dsn: str, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What a DSN names, and what the environment adds to it: ("host" or "database" or "service", its name) each.

    Several hosts are several names. Of what stands twice both are given, whichever of them libpq would take.
    """
    address = dsn.partition("#")[0]
    try:
        parts = urlsplit(address)
        asked = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    except ValueError:  # whoever connects will say what is wrong with it
        return
    hosts = unquote(parts.netloc.rpartition("@")[2])
    database = unquote(parts.path.removeprefix("/"))
    service = asked.get("service") or environment.get("PGSERVICE", "")
    kept = _kept(service, environment) if service else {}
    given = [hosts, asked.get("host", ""), asked.get("hostaddr", ""), kept.get("host", "")]
    named = [database, asked.get("dbname", ""), asked.get("database", ""), kept.get("dbname", "")]
    named.append(kept.get("database", ""))
    if not any(given):
        given.append(environment.get("PGHOST", ""))
    if not any(named):
        named.append(environment.get("PGDATABASE", "") or asked.get("user", "") or _user(parts.netloc))
    yield from (("host", host) for text in given for host in text.split(",") if host)
    yield from (("database", name) for name in named if name)
    if service:
        yield "service", service


def _user(netloc: str) -> str:
    """The user's name, by which the database is called where nothing else is said."""
    return unquote(netloc.rpartition("@")[0].partition(":")[0])


def _kept(service: str, environment: Mapping[str, str]) -> Mapping[str, str]:
    """What the service file says of a service; nothing where there is none that can be read."""
    path = environment.get("PGSERVICEFILE")
    file = Path(path) if path else Path.home() / ".pg_service.conf"
    services = configparser.ConfigParser(interpolation=None)
    try:
        services.read(file, encoding="utf-8")
    except (OSError, UnicodeDecodeError, configparser.Error):
        return {}
    return dict(services[service]) if services.has_section(service) else {}
