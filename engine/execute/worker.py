"""One worker process: takes partitions from its pipe, makes them, sends them, reports them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from typing import TypeAlias

from engine.batch import Partition
from engine.errors import EngineError, LoadError
from engine.execute.delivery import Delivery, Made, deliver
from engine.execute.load import Done, Failed, Load, Ready, Timing
from engine.execute.pump import Take, pump
from engine.sink.protocol import Sink

Say: TypeAlias = Callable[[Done], None]


def serve(pipe: Connection) -> None:
    """Wait for the plan, then work until the pipe says None or closes.

    SIGTERM rolls the partition in hand back; Ctrl-C is the parent's.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    line = Line(pipe)
    try:
        load = pipe.recv()
        if load is not None:
            asyncio.run(_serve(load, line))
    except EOFError:
        pass
    except asyncio.CancelledError:
        pass
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent must hear of it
        line.fail(error)
    finally:
        pipe.close()


async def _serve(load: Load, line: Line) -> None:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with deliver(load) as delivery:
        await work(delivery, line.take, line.say, line.fail)


async def work(delivery: Delivery, take: Take, say: Say, fail: Callable[[Exception], None] | None = None) -> None:
    """Fill every partition that `take` gives, and `say` which are done.

    What goes wrong in sending is told by `fail` at once: `take` may be waiting for an answer, and ends only with one.
    """

    async def send(sink: Sink, partition: Partition, made: Made) -> None:
        began = time.time_ns()
        try:
            rows = await sink.write(partition, made.parcels)
        except Exception as error:
            if fail is not None:
                fail(error)
            raise
        say(Done(partition.entity, partition.number, rows, _timing(made, began)))

    await pump(take, delivery.make, [partial(send, sink) for sink in delivery.sinks])


def _timing(made: Made, sent_ns: int) -> Timing:
    meters = [parcel.meter for parcel in made.parcels]
    return Timing(
        began_ns=made.began_ns,
        generated_ns=made.generated_ns,
        sent_ns=sent_ns,
        committed_ns=time.time_ns(),
        encode_ns=sum(meter.encode_ns for meter in meters),
        size_bytes=sum(meter.size_bytes for meter in meters),
        worker=os.getpid(),
    )


class Line:
    """The worker's end of its pipe; the making thread takes while the sending task reports."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()

    def say(self, message: Done | Failed | Ready) -> None:
        """Tell the parent; a parent that is gone hears nothing."""
        with self._lock, contextlib.suppress(BrokenPipeError, OSError):
            self._pipe.send(message)

    def fail(self, error: Exception) -> None:
        """Tell the parent what went wrong, in our own words where they are not."""
        ours = (
            error if isinstance(error, EngineError) else LoadError(f"a worker failed: {type(error).__name__}: {error}")
        )
        self.say(Failed(ours))

    def take(self) -> Partition | None:
        """The next partition, or None when there is none left or the parent is gone."""
        self.say(Ready())
        try:
            partition: Partition | None = self._pipe.recv()
        except (EOFError, OSError):
            return None
        return partition
