"""Tasks that misbehave, to be done in processes of their own."""

from __future__ import annotations

import os
import time

from api.process import Line
from engine.errors import Code, wrong


def double(line: Line, number: int) -> int:
    line.say("working")
    return 2 * number


def raise_a_spec_error(line: Line) -> None:  # noqa: ARG001
    raise wrong(Code.UNKNOWN_KEY, "unknown key 'x'", path=("entities", "x"), hint="write y")


def eat_memory(line: Line, mib: int) -> int:  # noqa: ARG001
    return len(bytearray(mib << 20))


def sleep(line: Line, seconds: float) -> None:  # noqa: ARG001
    time.sleep(seconds)


def die(line: Line) -> None:  # noqa: ARG001
    os.kill(os.getpid(), 9)


def wait_for_stop(line: Line) -> str:
    line.say(os.getpid())
    return "stopped" if line.stop.wait(60) else "never heard"


def answer_with_what_cannot_be_sent(line: Line) -> object:  # noqa: ARG001
    return lambda: 1


def variables(line: Line, name: str) -> tuple[str | None, int]:  # noqa: ARG001
    return os.environ.get(name), os.nice(0)
