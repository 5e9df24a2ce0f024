"""For pytest: a test marked ``scenario`` gets a database that is filled from a spec, and cleaned after."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.plugin.databases import Databases, Scenario

INI = "scenario_dsn"
SURE = "--yes-this-is-not-production"


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--scenario-dsn``, and the same in the settings."""
    told = "The database whose tables are filled, in copies of it (default: the shop, on the engine's own server)."
    parser.addini(INI, told)
    parser.getgroup("scenario").addoption("--scenario-dsn", metavar="URL", help=told)
    parser.getgroup("scenario").addoption(
        SURE, dest="scenario_sure", action="store_true", help="Use it although its name or host looks like production."
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers",
        "scenario(spec, *, set=None, seed=None, now=None, scope='session'): "
        "fill a database from a spec (a file, or YAML); scope 'test' gives each test one of its own",
    )


@pytest.fixture(scope="session")
def scenario_databases(pytestconfig: pytest.Config) -> Iterator[Databases]:
    """The databases that this session has made; dropped in its end."""
    databases = import_module("engine.plugin.databases")  # so that sessions without scenarios start as quickly as ever
    given = pytestconfig.getoption("--scenario-dsn") or pytestconfig.getini(INI) or None
    made: Databases = databases.Databases(given, sure=pytestconfig.getoption("scenario_sure"))
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def scenario(request: pytest.FixtureRequest) -> Iterator[Scenario]:
    """A database that is filled as the test's marker says: `dsn`, `report`, `rows(entity)`."""
    marker = request.node.get_closest_marker("scenario")
    if marker is None:
        pytest.fail("a test with the fixture `scenario` is marked: @pytest.mark.scenario('story.yaml')", pytrace=False)
    databases: Databases = request.getfixturevalue("scenario_databases")
    with databases.given(marker.args, marker.kwargs, request.path.parent, request.config.rootpath) as found:
        yield found
