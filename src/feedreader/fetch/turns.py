"""One request at a time per host, with a pause in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """Gives each host's turn to one request after another."""

    def __init__(self, pause_s: float) -> None:
        self._pause_s = pause_s
        self._locks: dict[str, asyncio.Lock] = {}
        self._free_at: dict[str, float] = {}

    @asynccontextmanager
    async def at(self, host: str) -> AsyncIterator[None]:
        """Wait until nobody else asks this host and its pause is over; then it is ours."""
        loop = asyncio.get_running_loop()
        async with self._locks.setdefault(host, asyncio.Lock()):
            pause_s = self._free_at.get(host, 0.0) - loop.time()
            if pause_s > 0:
                await asyncio.sleep(pause_s)
            try:
                yield
            finally:
                self._free_at[host] = loop.time() + self._pause_s
