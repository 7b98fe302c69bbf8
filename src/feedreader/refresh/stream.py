"""Fetching in a thread of its own and working in processes, as one stream of results."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Generic, NamedTuple, TypeVar

from feedreader.fetch import Fetcher
from feedreader.model import FetchResult, NotAsked, RefreshSettings, Request

Worked = TypeVar("Worked")

_LOOK_UP_S = 0.1  # how soon a wish to stop is seen
_WAITING_RESULTS = 48  # bodies in memory that wait for the caller or for a worker


class Finished(NamedTuple, Generic[Worked]):
    """A result with the work that was started on it, done; None if it needed none."""

    request: Request
    result: FetchResult | NotAsked
    work: Future[Worked] | None


def make_fetcher(settings: RefreshSettings, host_holds: Mapping[str, datetime]) -> Fetcher:
    """Return a fetcher that keeps to the settings and leaves held hosts alone."""
    return Fetcher(
        user_agent=settings.user_agent,
        concurrency=settings.concurrency,
        host_pause_s=settings.host_pause_s,
        http2=settings.http2,
        proxy=settings.proxy,
        allow_private=settings.allow_private_hosts,
        host_holds=host_holds,
    )


def fetch_and_work(
    requests: Iterable[Request],
    start_work: Callable[[Request, FetchResult | NotAsked], Future[Worked] | None],
    *,
    settings: RefreshSettings,
    host_holds: Mapping[str, datetime],
    is_cancelled: Callable[[], bool],
) -> Iterator[Finished[Worked]]:
    """Fetch all requests and yield each result when the work on it is done.

    `start_work` is called in the caller's thread. The stream ends early when `is_cancelled`
    says so, or when the caller closes it; nothing goes on behind its back.
    """
    events: SimpleQueue[Finished[Worked] | None] = SimpleQueue()
    working = 0
    is_fetching = True
    with _fetching(requests, events, settings, host_holds) as make_room:
        while (is_fetching or working) and not is_cancelled():
            try:
                event = events.get(timeout=_LOOK_UP_S)
            except Empty:
                continue
            if event is None:
                is_fetching = False
                continue
            if event.work is None:
                work = start_work(event.request, event.result)
                if work is not None:
                    working += 1
                    done = Finished(event.request, event.result, work)
                    work.add_done_callback(lambda _, done=done: events.put(done))  # type: ignore[misc]
                    continue
            else:
                working -= 1
            yield event
            make_room()


@contextmanager
def _fetching(
    requests: Iterable[Request],
    events: SimpleQueue[Finished[Worked] | None],
    settings: RefreshSettings,
    host_holds: Mapping[str, datetime],
) -> Iterator[Callable[[], None]]:
    """Fetch in a thread while the block runs; put each result, and at last None, into `events`.

    Gives a function to call when a result is done with: so many may wait and no more.
    """
    loop = asyncio.new_event_loop()
    room = asyncio.Semaphore(_WAITING_RESULTS)

    async def fetch_all() -> None:
        async with make_fetcher(settings, host_holds) as fetcher:
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

    def call(function: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the loop has closed: nobody waits any more
            loop.call_soon_threadsafe(function)

    task = loop.create_task(fetch_all())
    thread = threading.Thread(target=run, name="fetch", daemon=True)
    thread.start()
    try:
        yield lambda: call(room.release)
    finally:
        call(task.cancel)
        thread.join()
    if not task.cancelled() and (error := task.exception()):
        raise error
