"""Who compiles when: a few at a time; where a run is under way one, with a rest after it; and nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from unittest.mock import patch

from api import turns
from api.turns import SHARE, Turns


def most_at_once(busy: Callable[[], bool], places: int = 3, **given: int) -> int:
    """The most of ten that compiled at the same time."""

    async def play() -> int:
        made, now, most = Turns(places, busy, **given), 0, 0

        async def one() -> None:
            nonlocal now, most
            async with made.turn():
                now += 1
                most = max(most, now)
                await asyncio.sleep(0.01)
                now -= 1

        await asyncio.gather(*(one() for _ in range(10)))
        return most

    return asyncio.run(play())


def test_so_many_at_a_time():
    assert most_at_once(lambda: False) == 3


def test_one_at_a_time_beside_a_run():
    assert most_at_once(lambda: True, cores=64) == 1


def test_what_follows_waits_until_the_share_is_kept():
    async def play() -> tuple[float, float]:
        made, loop = Turns(2, lambda: True, cores=2), asyncio.get_running_loop()
        async with made.turn():
            began = loop.time()
            await asyncio.sleep(0.05)
            ended = loop.time()
        async with made.turn():
            return ended - began, loop.time() - ended

    worked, rested = asyncio.run(play())
    assert rested >= worked * (1 / (SHARE * 2) - 1) * 0.99


def test_with_many_cores_there_is_no_rest():
    assert Turns(1, lambda: True, cores=32)._rest == 0


def test_nobody_waits_for_the_sake_of_runs_for_ever():
    with patch.object(turns, "LONGEST_S", 0.05):
        assert most_at_once(lambda: True, places=2, cores=1) == 2


def test_an_error_gives_the_turn_back():
    async def play() -> None:
        made = Turns(1, lambda: False)
        for _ in range(3):
            try:
                async with made.turn():
                    raise KeyError
            except KeyError:
                pass

    asyncio.run(asyncio.wait_for(play(), 5))
