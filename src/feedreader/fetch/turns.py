"""One request at a time per host, with a pause in between."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager


class Turns:
    """Gives each host's turn to one request after another."""

    def __init__(self, pause_s: float) -> None:
        self._pause_s = pause_s
        self._locks: dict[str, asyncio.Lock] = {}
        self._free_at: dict[str, float] = {}

    async def take(self, host: str, patience_s: float | None) -> AbstractContextManager[None]:
        """Wait until nobody else asks this host and its pause is over; it is ours for a block.

        Raises TimeoutError if that takes longer than `patience_s`.
        """
        lock = self._locks.setdefault(host, asyncio.Lock())
        if patience_s is None:
            await self._wait(host, lock)
        else:
            async with asyncio.timeout(patience_s):
                await self._wait(host, lock)
        return self._turn(host, lock)

    async def _wait(self, host: str, lock: asyncio.Lock) -> None:
        await lock.acquire()
        try:
            pause_s = self._free_at.get(host, 0.0) - asyncio.get_running_loop().time()
            if pause_s > 0:
                await asyncio.sleep(pause_s)
        except BaseException:
            lock.release()
            raise

    @contextmanager
    def _turn(self, host: str, lock: asyncio.Lock) -> Iterator[None]:
        try:
            yield
        finally:
            self._free_at[host] = asyncio.get_running_loop().time() + self._pause_s
            lock.release()
