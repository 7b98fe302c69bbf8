"""Many requests at once, politely: hosts in parallel, one request at a time per host."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from feedreader import __version__
from feedreader.core.urls import host_key
from feedreader.fetch.exchange import Exchange
from feedreader.fetch.local import read_file, run_command
from feedreader.fetch.network import Connections, Resolve, resolve
from feedreader.fetch.turns import Turns
from feedreader.fetch.words import FetchRefused, say
from feedreader.model import Fetched, FetchFailed, FetchResult, NotAsked, Request

DEFAULT_USER_AGENT = f"feedreader/{__version__} (+https://pypi.org/project/feedreader/)"
_MOST_RESULTS_WAITING = 8


@dataclass(slots=True)
class _Queue:
    """One host's requests, and the connections that serve them."""

    connections: Connections
    requests: deque[Request] = field(default_factory=deque)


class Fetcher:
    """Fetches requests; an async context manager.

    `concurrency` hosts are asked at once, each with `host_pause_s` between two requests.
    `proxy` serves requests whose settings name none; "": what the environment says.
    `host_holds` says until when hosts (see `host_key`) asked us to wait; the attribute of the
    same name also holds what answers of this run added. `on_start` is told of each request of
    `fetch_all` when its turn comes. `resolve` and `now` are there for tests.
    """

    def __init__(
        self,
        *,
        user_agent: str = "",
        concurrency: int = 24,
        host_pause_s: float = 1.0,
        http2: bool = False,
        proxy: str = "",
        allow_private: bool = False,
        host_holds: Mapping[str, datetime] | None = None,
        on_start: Callable[[Request], None] = lambda request: None,
        resolve: Resolve = resolve,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._concurrency = max(1, concurrency)
        self._pause_s = host_pause_s
        self._http2 = http2
        self._on_start = on_start
        self._resolve = resolve
        self.host_holds = dict(host_holds or {})
        self._exchange = Exchange(
            turns=Turns(host_pause_s),
            holds=self.host_holds,
            user_agent=user_agent or DEFAULT_USER_AGENT,
            proxy=proxy,
            allow_private=allow_private,
            now=now,
        )
        self._open: set[Connections] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for connections in tuple(self._open):
            await self._close(connections)

    async def fetch(self, request: Request) -> FetchResult | NotAsked:
        """Return what came of one request.

        Network faults are results, never exceptions. `NotAsked`: the host asked us to wait, or
        does not answer others.
        """
        connections = self._open_connections()
        try:
            return await self._fetch(request, connections)
        finally:
            await self._close(connections)

    async def fetch_all(
        self, requests: Iterable[Request]
    ) -> AsyncIterator[tuple[Request, FetchResult | NotAsked]]:
        """Give each request with what came of it, as soon as that is known.

        The longest queues are served first. While a host's pause lasts, its worker serves
        others. Results wait for the consumer, so a slow one slows the fetching down.
        """
        queues = self._queue_by_host(requests)
        total = sum(len(queue.requests) for queue in queues)
        ready: asyncio.PriorityQueue[tuple[int, int, _Queue]] = asyncio.PriorityQueue()
        done: asyncio.Queue[tuple[Request, FetchResult | NotAsked] | Exception] = asyncio.Queue(
            _MOST_RESULTS_WAITING
        )
        for order, queue in enumerate(queues):
            ready.put_nowait((-len(queue.requests), order, queue))
        workers = [
            asyncio.create_task(self._work(ready, done))
            for _ in range(min(self._concurrency, len(queues)))
        ]
        try:
            for _ in range(total):
                result = await done.get()
                if isinstance(result, Exception):
                    raise result
                yield result
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            for queue in queues:
                await self._close(queue.connections)

    async def _work(
        self,
        ready: asyncio.PriorityQueue[tuple[int, int, _Queue]],
        done: asyncio.Queue[tuple[Request, FetchResult | NotAsked] | Exception],
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            _, order, queue = await ready.get()
            request = queue.requests.popleft()
            self._on_start(request)
            try:
                result = await self._fetch(request, queue.connections)
            except Exception as bug:  # handed on to whoever reads the results
                await done.put(bug)
                return
            left = len(queue.requests)
            if left:
                turn = (-left, order, queue)
                if self._pause_s and not isinstance(result, NotAsked):
                    loop.call_later(self._pause_s, ready.put_nowait, turn)
                else:
                    ready.put_nowait(turn)
            else:
                await self._close(queue.connections)
            await done.put((request, result))

    def _queue_by_host(self, requests: Iterable[Request]) -> list[_Queue]:
        queues: dict[object, _Queue] = {}
        for request in requests:
            is_remote = request.kind not in ("file", "exec")
            # What burdens no host waits for nobody.
            key = (is_remote and host_key(request.url)) or object()
            if key not in queues:
                queues[key] = _Queue(self._open_connections())
            queues[key].requests.append(request)
        return list(queues.values())

    async def _fetch(self, request: Request, connections: Connections) -> FetchResult | NotAsked:
        if request.kind in ("file", "exec"):
            return await _fetch_local(request)
        result = await self._exchange.fetch(request, connections)
        if request.kind == "filter" and isinstance(result, Fetched):
            return await _filter(request, result)
        return result

    def _open_connections(self) -> Connections:
        connections = Connections(self._resolve, http2=self._http2)
        self._open.add(connections)
        return connections

    async def _close(self, connections: Connections) -> None:
        self._open.discard(connections)
        await connections.close()


async def _fetch_local(request: Request) -> FetchResult:
    started = time.monotonic()
    url = say(request.url)
    try:
        if request.kind == "file":
            body = await read_file(request.url, request.limits)
        else:
            body = await run_command(request.settings.command, request.limits)
    except FetchRefused as refusal:
        return FetchFailed(url, say(str(refusal)), elapsed_s=time.monotonic() - started)
    return Fetched(url, 200, body, elapsed_s=time.monotonic() - started)


async def _filter(request: Request, fetched: Fetched) -> FetchResult:
    """Return the answer with its body replaced by what the feed's command makes of it."""
    started = time.monotonic()
    try:
        body = await run_command(request.settings.command, request.limits, fetched.body)
    except FetchRefused as refusal:
        return FetchFailed(
            fetched.url,
            say(str(refusal)),
            fetched.status,
            fetched.headers,
            fetched.moved_permanently_to,
            fetched.elapsed_s + time.monotonic() - started,
        )
    return replace(fetched, body=body, elapsed_s=fetched.elapsed_s + time.monotonic() - started)
