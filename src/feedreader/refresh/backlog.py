"""Bodies that wait to be read: by workers, and by this process when it has nothing else to do."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from feedreader.errors import NotAFeed
from feedreader.model import Fetched
from feedreader.workers import WorkerPool, hand_on

if TYPE_CHECKING:
    from feedreader.core.reading import Reading

READ_TIMEOUT_S = 20.0
_MOST_AT_A_WORKER = 3  # what it reads, what it reads next, and what it has just read
WORTH_A_WORKER = 30  # to read so many takes as long as a worker takes to start
_ANSWERS_TO_TELL = 8  # of the first so many, those that are long to read foretell the others


def response_of(result: Fetched) -> dict[str, str]:
    """Return what `parse_feed` wants to know of a body."""
    headers = dict(result.headers)
    return {
        "url": result.url,
        "content_type": headers.get("content-type", ""),
        "content_language": headers.get("content-language", ""),
        "content_location": headers.get("content-location", ""),
    }


class _Body(NamedTuple):
    body: bytes
    response: Mapping[str, str]
    """What `parse_feed` wants to know of it."""
    remembered: bytes
    """Of the feed's last document; see unchanged.py."""
    all_new: bool
    future: Future[Reading]


class Backlog:
    """Bodies to be read. Few are read at once; if there will be many, workers take their share.

    A worker gets the next body as soon as it has read one, whatever the main thread does then.
    What no worker has taken yet, the main thread reads when it would only wait: so both are
    busy to the end.
    """

    def __init__(self, workers: WorkerPool, asked: int, unread: int) -> None:
        """Of the feeds that are `asked`, so many were never read and have to be."""
        self._workers = workers
        self._asked = asked
        self._answers = 0
        self._long = 0
        self._has_workers = False
        if unread > WORTH_A_WORKER:
            self._start_workers()
        self._waiting: deque[_Body] = deque()
        self._at_workers: set[Future[Reading]] = set()

    def note_answer(self) -> None:
        """Count an answer, whether or not there is anything to read in it."""
        self._answers += 1

    def _note_long(self) -> None:
        """Count a body that was read whole; if there will be many, let workers be ready."""
        self._long += 1
        if self._answers >= _ANSWERS_TO_TELL:
            expected = self._long * self._asked / self._answers
            if not self._has_workers and expected > WORTH_A_WORKER:
                self._start_workers()

    def _start_workers(self) -> None:
        self._has_workers = True
        self._workers.start()

    def read(
        self,
        body: bytes,
        response: Mapping[str, str],
        remembered: bytes = b"",
        *,
        all_new: bool,
        is_costly: bool,
    ) -> Future[Reading]:
        """Return what a body holds, or will turn out to hold; `NotAFeed` may come of it.

        `is_costly`: to read it might take this process too long.
        """
        waiting = _Body(body, response, remembered, all_new, Future())
        if is_costly:
            self._hand_out(waiting)
        elif self._has_workers:
            self._waiting.append(waiting)
            self._feed_workers()
        else:
            self._read_here(waiting)
        return waiting.future

    def read_one_here(self) -> bool:
        """Read a body that waits, and say whether there was one."""
        try:
            self._read_here(self._waiting.pop())
        except IndexError:
            return False
        return True

    def _read_here(self, waiting: _Body) -> None:
        from feedreader.core.reading import read_at_once

        try:
            reading = read_at_once(waiting.body, waiting.remembered, **waiting.response)
        except NotAFeed as error:
            waiting.future.set_exception(error)
            return
        if reading is None:
            self._hand_out(waiting)
        else:
            waiting.future.set_result(reading)
        if reading is None or not reading.unchanged:
            self._note_long()

    def _feed_workers(self) -> None:
        while len(self._at_workers) < self._workers.size * _MOST_AT_A_WORKER:
            try:
                self._hand_out(self._waiting.popleft())
            except IndexError:
                return

    def _hand_out(self, waiting: _Body) -> None:
        from feedreader.core.reading import read_elsewhere

        work = self._workers.submit(
            read_elsewhere,
            waiting.body,
            waiting.remembered,
            all_new=waiting.all_new,
            timeout_s=READ_TIMEOUT_S,
            **waiting.response,
        )
        self._at_workers.add(work)
        work.add_done_callback(partial(self._take_back, waiting))

    def _take_back(self, waiting: _Body, work: Future[Reading]) -> None:
        """Give a worker's result to who waits for it; runs in a thread of the workers."""
        self._at_workers.discard(work)
        if not work.cancelled():
            self._feed_workers()
        hand_on(work, waiting.future)
