"""Connections that must hurry: whoever does not send the head of a request in time is not waited for."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

LOG = logging.getLogger("api")
HEAD_S = 10.0
"""How long the head of a request may take. What follows it has limits of its own (`limits.Patience`)."""


class Hurried(H11Protocol):
    """uvicorn's protocol, which waits for ever for the end of a head, with a clock."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._late = self.loop.call_later(HEAD_S, self._close_late)

    def data_received(self, data: bytes) -> None:
        """Take what came; wait for the rest of a head no longer than for a whole one."""
        super().data_received(data)
        if not self._is_waiting():
            self._late.cancel()
        elif self._late.cancelled():
            self._late = self.loop.call_later(HEAD_S, self._close_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._late.cancel()
        super().connection_lost(exc)

    def _is_waiting(self) -> bool:
        cycle: Any = self.cycle
        return cycle is None or bool(cycle.response_complete)

    def _close_late(self) -> None:
        if self._is_waiting() and not self.transport.is_closing():
            LOG.warning("closed: no whole request", extra={"seconds": HEAD_S, "client": str(self.client)})
            self.transport.close()
