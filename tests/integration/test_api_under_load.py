"""Many clients at once while a run is under way: every one of them is answered. Figures: `just bench service`."""

from __future__ import annotations

import asyncio

from tests.api import served
from tests.benchmarks.service import MILLION, Seen, client, ended, posted
from tests.integration.test_api_runs import settings

CLIENTS = 25


def test_everybody_is_answered_while_a_run_is_under_way(shop_database: str):
    async def play(port: int, seen: Seen) -> int:
        run = await posted(port, MILLION.replace("240_000", "120_000"), "")
        asking = [asyncio.create_task(client(port, run, number, seen)) for number in range(CLIENTS)]
        report = await ended(port, run)
        await asyncio.gather(*asking)
        return int(report["entities"]["orders"]["rows"])

    seen = Seen()
    with served(settings(shop_database)) as caller:
        assert asyncio.run(play(caller.port, seen)) == 120_000
    assert seen.wrong == []
    assert {kind: len(found) for kind, found in seen.seconds.items()} == dict.fromkeys(("validate", "list", "one"), 150)
