"""How much one caller may ask, and how long one answer may take."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from http import HTTPStatus

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem, answer

MOST_CALLERS = 10_000
_MINUTE_S = 60.0


class Pace:
    """So many requests a minute for each caller (by address), with room for a burst of as many."""

    def __init__(self, app: ASGIApp, per_minute: int) -> None:
        self.app = app
        self.per_minute = per_minute
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or say when to come again."""
        if scope["type"] == "http" and (wait_s := self._wait_s((scope.get("client") or ("?",))[0])):
            told = answer(
                scope.get("request_id"),
                HTTPStatus.TOO_MANY_REQUESTS,
                "too-many-requests",
                f"{self.per_minute} a minute are the most",
                headers={"Retry-After": str(int(wait_s) + 1)},
            )
            await told(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _wait_s(self, caller: str) -> float:
        """Seconds until the caller may ask again; 0 where he may now."""
        now = time.monotonic()
        left, then = self._left.pop(caller, (float(self.per_minute), now))
        left = min(self.per_minute, left + (now - then) * self.per_minute / _MINUTE_S)
        self._left[caller] = (max(left - 1, 0.0) if left >= 1 else left, now)
        if len(self._left) > MOST_CALLERS:
            self._left.popitem(last=False)
        return 0.0 if left >= 1 else (1 - left) * _MINUTE_S / self.per_minute


class Patience:
    """Ends a request that sends too slowly or takes too long, unless its answer has begun (a stream may go on)."""

    def __init__(self, app: ASGIApp, answer_s: float) -> None:
        self.app = app
        self.answer_s = answer_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait for the first byte of the answer, and no longer than allowed."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = asyncio.Event()

        async def noted(message: Message) -> None:
            begun.set()
            await send(message)

        work = asyncio.ensure_future(self.app(scope, receive, noted))
        waiting = asyncio.ensure_future(begun.wait())
        try:
            await asyncio.wait({work, waiting}, timeout=self.answer_s, return_when=asyncio.FIRST_COMPLETED)
            if work.done() or begun.is_set():
                await work
                return
        finally:
            waiting.cancel()
            if not begun.is_set():
                work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        late = answer(scope.get("request_id"), HTTPStatus.REQUEST_TIMEOUT, "too-slow", f"more than {self.answer_s:g} s")
        await late(scope, receive, send)


async def body_of(request: Request, most: int) -> bytes:
    """The whole body. Raises Problem (413) as soon as it is larger than `most`.

    Starlette can limit bodies too, but then the answer is a plain text.
    """
    said = request.headers.get("content-length", "0")
    found = bytearray()
    if not said.isdecimal() or int(said) <= most:
        async for chunk in request.stream():
            found += chunk
            if len(found) > most:
                break
        else:
            return bytes(found)
    raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", f"{most:,} bytes are the most")
