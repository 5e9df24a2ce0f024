"""The scenarios, each loaded once for all that is asked of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from migrations import upgrade
from tests.acceptance.stories import ON_15, STORIES, Told, told
from tests.servers import fresh_database


@pytest.fixture(scope="session", params=[*STORIES, ON_15])
def story(request: pytest.FixtureRequest) -> Iterator[Told]:
    """Each scenario with its own defaults on PostgreSQL 18, and a smaller one on 15."""
    if request.param != ON_15:
        template = request.getfixturevalue("shop_template")
        with fresh_database(request.getfixturevalue("server"), template) as dsn, told(dsn, request.param) as one:
            yield one
        return
    with fresh_database(request.getfixturevalue("older_server")) as dsn:
        upgrade(dsn)
        with told(dsn, "black_friday", orders="4_000", customers="4_000", abandoned="3_000") as one:
            yield one
