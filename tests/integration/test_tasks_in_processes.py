"""Tasks in processes of their own: what they cost and how they die is nobody else's trouble."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from typing import Any

import psutil
import pytest

from api import warm
from api.problems import Problem
from api.process import Limits, Lost, Process, Task, call
from engine.errors import Code, SpecError
from tests import odd_tasks


def done(task: Task, *arguments: Any, **limits: Any) -> Any:
    async def answered() -> Any:
        process = await Process.start(task, *arguments, limits=Limits(**limits))
        try:
            heard = [await process.hear()]
            while isinstance(heard[-1], str | int):
                heard.append(await process.hear())
        finally:
            await process.finish()
        return heard

    return asyncio.run(answered())


def asked(task: Task, *arguments: Any, **limits: Any) -> Any:
    return asyncio.run(call(task, *arguments, limits=Limits(**limits)))


def test_a_job_is_heard_and_answers():
    first, last = done(odd_tasks.double, 21)
    assert (first, last.value) == ("working", 42)


def test_what_a_job_raises_arrives_whole():
    with pytest.raises(SpecError) as caught:
        asked(odd_tasks.raise_a_spec_error)
    (found,) = caught.value.diagnostics
    assert (found.code, found.path, found.hint) == (Code.UNKNOWN_KEY, ("entities", "x"), "write y")


def test_one_that_takes_too_much_memory_is_told_so_and_one_that_takes_less_is_not():
    with pytest.raises(Problem, match="more than 700 MiB of memory"):
        asked(odd_tasks.eat_memory, 900, memory_mib=700)
    assert asked(odd_tasks.eat_memory, 50, memory_mib=700) == 50 << 20


def test_one_that_takes_too_long_is_ended():
    with pytest.raises(Problem, match=r"more than 0\.3 s") as caught:
        asked(odd_tasks.sleep, 60.0, seconds=0.3)
    assert caught.value.status == 422


def test_one_that_is_killed_is_told_of():
    with pytest.raises(Problem, match="survived"):
        asked(odd_tasks.die)
    with pytest.raises(Lost):
        done(odd_tasks.die)


def test_an_answer_that_cannot_be_sent_is_a_mistake_and_no_silence():
    with pytest.raises(RuntimeError, match="pickle"):
        asked(odd_tasks.answer_with_what_cannot_be_sent)


def test_a_job_hears_that_it_is_to_stop():
    async def stopped() -> Any:
        process = await Process.start(odd_tasks.wait_for_stop, limits=Limits())
        await process.hear()
        process.stop()
        try:
            return await process.hear()
        finally:
            await process.finish()

    assert asyncio.run(stopped()).value == "stopped"


def test_a_job_knows_the_environment_of_now_and_gives_way(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ENGINE_SOMETHING", "new")
    assert asked(odd_tasks.variables, "ENGINE_SOMETHING", niceness=7) == ("new", os.nice(0) + 7)


def test_who_asked_may_leave_and_the_process_goes():
    async def left() -> int:
        process = await Process.start(odd_tasks.wait_for_stop, limits=Limits())
        pid = await process.hear()
        await process.finish()
        return int(pid)

    assert not psutil.pid_exists(asyncio.run(left()))


PARENT = """
import asyncio
from tests import odd_tasks
from api.process import Limits, Process

async def main():
    process = await Process.start(odd_tasks.wait_for_stop, limits=Limits())
    print(await process.hear(), flush=True)
    await asyncio.sleep(60)

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_jobs_die_with_a_server_that_is_killed(tmp_path: Any):
    script = tmp_path / "parent.py"
    script.write_text(PARENT, encoding="utf-8")
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, env={"PYTHONPATH": "."})
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    assert psutil.wait_procs([child], timeout=20)[0] or not child.is_running()
    parent.stdout.close()


def test_the_story_that_warms_is_right():
    warm.compile_story()
