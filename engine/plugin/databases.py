"""The databases behind the fixture: filled once for each story, copied for tests that want their own, dropped."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets  # noqa: TID251 - the names of databases, which must differ between sessions
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

import migrations
from engine.embedded import Resident
from engine.embedded.process import alive
from engine.errors import EngineError, ServerError
from engine.report import Report, Status
from engine.run import Request, run
from engine.run.database import connected
from engine.run.production import require_no_production_at
from engine.sqltext import quote
from engine.units import parse_moment

PREFIX = "scenario"
KEYS = ("set", "seed", "now", "scope")
_OURS = r"select datname from pg_catalog.pg_database where datname ~ '^scenario_[0-9]+_'"
SCOPES = ("session", "test")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A filled database."""

    dsn: str
    report: Report

    def rows(self, entity: str) -> int:
        """Rows that were loaded of an entity. Raises KeyError for one that the story does not have."""
        if entity not in self.report.entities:
            raise KeyError(f"{entity}: the story has {', '.join(self.report.entities)}")
        return self.report.entities[entity].rows


@dataclass(frozen=True, slots=True)
class Story:
    """What a marker asks for; the same for tests that may share a database."""

    text: str
    file: str
    overrides: tuple[tuple[str, str], ...]
    seed: int | None
    now: datetime | None


class Databases:
    """What one session has made, on a server of the user's or the engine's own."""

    def __init__(self, dsn: str | None, *, sure: bool = False) -> None:
        self._dsn = dsn
        self._sure = sure  # that it is none of production, whatever it looks like
        self._server: str | None = None
        self._filled: dict[Story, Scenario] = {}
        self._made: list[str] = []

    @contextmanager
    def given(self, args: tuple[Any, ...], kwargs: Mapping[str, Any], *near: Path) -> Iterator[Scenario]:
        """The database that a marker asks for; fails the test, in a few words, where there cannot be one."""
        try:
            story, scope = _story(args, kwargs, near), kwargs.get("scope", "session")
            found = self._shared(story)
            if scope == "test":
                found = Scenario(self._create(found.dsn), found.report)
        except ServerError as error:
            if self._dsn is None and os.environ.get("CI") != "true":
                pytest.skip(f"no PostgreSQL for scenarios: {error}")
            pytest.fail(str(error), pytrace=False)
        except (EngineError, ValueError, asyncpg.PostgresError, OSError) as error:
            pytest.fail(str(error), pytrace=False)
        try:
            yield found
        finally:
            if scope == "test":
                self._drop(found.dsn)

    def close(self) -> None:
        """Drop everything that was made, whoever is still connected."""
        for dsn in list(self._made):
            with contextlib.suppress(asyncpg.PostgresError, EngineError, OSError):
                self._drop(dsn)

    def _shared(self, story: Story) -> Scenario:
        if story not in self._filled:
            dsn = self._create(self._dsn)
            try:
                self._filled[story] = Scenario(dsn, self._fill(story, dsn))
            except BaseException:
                self._drop(dsn)
                raise
        return self._filled[story]

    def _fill(self, story: Story, dsn: str) -> Report:
        """Run a story. Raises ValueError where it fails, or where what it expects did not come true."""
        if self._dsn is None:
            migrations.upgrade(dsn, "shop")
        asked = Request(story.text, story.file, dict(story.overrides), story.seed, story.now or _now(), sure=self._sure)
        report: Report = _done(run(asked, dsn=dsn))
        if report.status is not Status.SUCCEEDED:
            raise ValueError("\n".join(report.diagnostics))
        wrong = [str(one["name"]) for one in report.expectations if not one["passed"]]
        if wrong:
            raise ValueError(f"{story.file}: these expectations did not come true: {', '.join(wrong)}")
        return report

    def _create(self, template: str | None) -> str:
        """A new database, as a copy of one; its address. Raises Refused, ServerError, PostgresError."""
        if self._server is None:
            if not self._sure:
                _done(require_no_production_at(self._dsn))
            self._server = self._dsn or Resident().url()
            if self._dsn is None:
                _sweep(self._server)
        name = f"{PREFIX}_{os.getpid()}_{secrets.token_hex(4)}"
        copied = f" template {quote(_database(template))}" if template else ""
        with_server = _named(self._server, "postgres")
        _done(_execute(with_server, f"create database {quote(name)}{copied}"))
        self._made.append(_named(self._server, name))
        return self._made[-1]

    def _drop(self, dsn: str) -> None:
        assert self._server is not None
        _done(
            _execute(_named(self._server, "postgres"), f"drop database if exists {quote(_database(dsn))} with (force)")
        )
        self._made.remove(dsn)


def _story(args: tuple[Any, ...], kwargs: Mapping[str, Any], near: tuple[Path, ...]) -> Story:
    """What a marker says. Raises ValueError."""
    unknown = [key for key in kwargs if key not in KEYS]
    if unknown or len(args) != 1 or not isinstance(args[0], str | Path):
        wrong = f"not {unknown[0]!r}" if unknown else "a spec first"
        raise ValueError(f"scenario(spec, set=…, seed=…, now=…, scope=…) takes {wrong}")
    if kwargs.get("scope", "session") not in SCOPES:
        raise ValueError(f"the scope of a scenario is {' or '.join(SCOPES)}, not {kwargs['scope']!r}")
    text, file = _read(args[0], near)
    overrides = tuple(sorted((str(name), str(value)) for name, value in (kwargs.get("set") or {}).items()))
    moment = parse_moment(str(kwargs["now"])).wall if kwargs.get("now") is not None else None
    now = moment.replace(tzinfo=timezone.utc) if moment and not moment.tzinfo else moment
    return Story(text, file, overrides, kwargs.get("seed"), now)


def _read(spec: str | Path, near: tuple[Path, ...]) -> tuple[str, str]:
    """The text of a spec and what it is called: YAML itself, or a file beside the test or in the project's root."""
    if isinstance(spec, str) and "\n" in spec:
        return spec, "scenario"
    for folder in near:
        path = folder / spec
        if path.is_file():
            return path.read_text(encoding="utf-8-sig"), str(spec)
    raise ValueError(f"there is no spec {spec} in {' or '.join(map(str, dict.fromkeys(near)))}")


def _sweep(server: str) -> None:
    """Drop what killed sessions left on the engine's own server; their processes were of this machine."""
    for name in _done(_names(_named(server, "postgres"))):
        pid = name.split("_")[1]
        if pid.isdecimal() and not alive(int(pid)):
            with contextlib.suppress(asyncpg.PostgresError):
                _done(_execute(_named(server, "postgres"), f"drop database if exists {quote(name)} with (force)"))


async def _names(dsn: str) -> list[str]:
    async with connected(dsn) as connection:
        return [row["datname"] for row in await connection.fetch(_OURS)]


async def _execute(dsn: str, statement: str) -> None:
    async with connected(dsn) as connection:
        await connection.execute(statement)


def _done(work: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine gives; in a thread, since the test's own loop may be running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def _named(dsn: str, database: str) -> str:
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{database}"))


def _database(dsn: str) -> str:
    return urlsplit(dsn).path.removeprefix("/")


def _now() -> datetime:
    return datetime.now(timezone.utc)
