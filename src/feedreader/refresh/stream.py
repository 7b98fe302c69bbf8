"""Fetching in a thread of its own and working in processes, as one stream of results."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from queue import Empty, SimpleQueue
from typing import Generic, NamedTuple, TypeVar

from feedreader.fetch import Fetcher
from feedreader.model import FetchResult, NotAsked, RefreshSettings, Request

Worked = TypeVar("Worked")

_LOOK_UP_S = 0.1  # how soon a wish to stop is seen
_BATCH_S = 0.05  # how long results are gathered, to be stored together
_NAP_S = 0.005
_WAITING_RESULTS = 32  # bodies in memory that wait for the caller or for a worker


class Finished(NamedTuple, Generic[Worked]):
    """A result with the work that was started on it, done; None if it needed none."""

    request: Request
    result: FetchResult | NotAsked
    work: Future[Worked] | None


def make_fetcher(
    settings: RefreshSettings,
    host_holds: Mapping[str, datetime],
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    on_start: Callable[[Request], None] = lambda request: None,
) -> Fetcher:
    """Return a fetcher that keeps to the settings and leaves held hosts alone."""
    return Fetcher(
        user_agent=settings.user_agent,
        concurrency=settings.concurrency,
        host_pause_s=settings.host_pause_s,
        http2=settings.http2,
        proxy=settings.proxy,
        allow_private=settings.allow_private_hosts,
        host_holds=host_holds,
        on_start=on_start,
        now=clock,
    )


def fetch_and_work(
    requests: Iterable[Request],
    start_work: Callable[[Request, FetchResult | NotAsked], Future[Worked] | None],
    *,
    settings: RefreshSettings,
    host_holds: Mapping[str, datetime],
    clock: Callable[[], datetime],
    is_cancelled: Callable[[], bool],
    on_start: Callable[[Request], None] = lambda request: None,
    work_here: Callable[[], bool] = lambda: False,
) -> Iterator[list[Finished[Worked]]]:
    """Fetch all requests and yield the results whose work is done, as they are ready.

    Those that are ready at the same moment come together. `start_work` is called in the
    caller's thread, `on_start` in another when a request's turn comes. `work_here` is called in
    the caller's thread while nothing is ready: it does a piece of the work that was started, or
    says that there is none. The stream ends early when `is_cancelled` says so, or when the
    caller closes it; nothing goes on behind its back.
    """
    events: SimpleQueue[Finished[Worked] | None] = SimpleQueue()
    working = 0
    is_fetching = True
    make = partial(make_fetcher, settings, host_holds, clock, on_start)
    with _fetching(requests, events, make) as make_room:
        while (is_fetching or working) and not is_cancelled():
            ready: list[Finished[Worked]] = []
            for event in _waiting_events(events, work_here):
                if event is None:
                    is_fetching = False
                elif event.work is not None:
                    working -= 1
                    ready.append(event)
                elif (work := start_work(event.request, event.result)) is None:
                    ready.append(event)
                else:
                    done = Finished(event.request, event.result, work)
                    if work.done():
                        ready.append(done)
                        continue
                    working += 1
                    work.add_done_callback(lambda _, done=done: events.put(done))  # type: ignore[misc]
            if ready:
                yield ready
                make_room(len(ready))


def _waiting_events(
    events: SimpleQueue[Finished[Worked] | None], work_here: Callable[[], bool]
) -> Iterator[Finished[Worked] | None]:
    """Give what comes within a little while, and what follows it within a moment.

    No more than half of what may wait: then the fetching goes on while the caller works.
    """
    with suppress(Empty):
        while events.empty() and work_here():
            pass
        event = events.get(timeout=_LOOK_UP_S)
        yield event
        ends_at = time.monotonic() + _BATCH_S
        for _ in range(_WAITING_RESULTS // 2 - 1):
            # To be woken by each result would cost both threads more than the result.
            while events.empty() and event is not None and time.monotonic() < ends_at:
                if not work_here():
                    time.sleep(_NAP_S)
            event = events.get_nowait()
            yield event


@contextmanager
def _fetching(
    requests: Iterable[Request],
    events: SimpleQueue[Finished[Worked] | None],
    make: Callable[[], Fetcher],
) -> Iterator[Callable[[int], None]]:
    """Fetch in a thread while the block runs; put each result, and at last None, into `events`.

    Gives a function to tell how many results are done with: so many may wait and no more.
    """
    loop = asyncio.new_event_loop()
    room = asyncio.Semaphore(_WAITING_RESULTS)

    async def fetch_all() -> None:
        async with make() as fetcher:
            async for request, result in fetcher.fetch_all(requests):
                await room.acquire()
                events.put(Finished(request, result, None))

    def run() -> None:
        try:
            with suppress(asyncio.CancelledError):
                loop.run_until_complete(task)
        finally:
            events.put(None)
            loop.close()

    def make_room(count: int) -> None:
        for _ in range(count):
            room.release()

    def call(function: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the loop has closed: nobody waits any more
            loop.call_soon_threadsafe(function)

    task = loop.create_task(fetch_all())
    thread = threading.Thread(target=run, name="fetch", daemon=True)
    thread.start()
    try:
        yield lambda count: call(lambda: make_room(count))
    finally:
        call(task.cancel)
        thread.join()
    if not task.cancelled() and (error := task.exception()):
        raise error
