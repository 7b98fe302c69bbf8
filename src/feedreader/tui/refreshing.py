"""A refresh in a thread with its own Reader; what becomes of each feed arrives as messages."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from threading import Event, Thread
from typing import TYPE_CHECKING

from textual.message import Message

from feedreader.errors import FeedreaderError
from feedreader.model import PageOutcome, RefreshOutcome

if TYPE_CHECKING:
    from textual.message_pump import MessagePump

    from feedreader.reader import Reader


@dataclass
class RefreshProgress(Message):
    """Something became of a feed, or of the page of an entry."""

    outcome: RefreshOutcome | PageOutcome
    done: int
    """Feeds so far."""


@dataclass
class RefreshEnded(Message):
    """The refresh is over; `error` says in words why if it failed as a whole."""

    error: str
    was_cancelled: bool
    is_quiet: bool


class Refresher:
    """At most one refresh at a time."""

    def __init__(self, screen: MessagePump, open_reader: Callable[[], Reader]) -> None:
        self._screen = screen
        self._open_reader = open_reader
        self._thread: Thread | None = None
        self._cancelled = Event()

    @property
    def is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(
        self,
        feed_ids: Collection[int] | None,
        *,
        force: bool = False,
        is_quiet: bool = False,
        on_start: Callable[[int], None] = lambda feed_id: None,
    ) -> bool:
        """Refresh these feeds, or all that are due; say whether it began.

        `is_quiet` marks one that the user did not ask for; `on_start` is told in another thread
        which feed is being asked.
        """
        if self.is_running:
            return False
        self._cancelled.clear()
        self._thread = Thread(
            target=self._refresh,
            args=(feed_ids, force, is_quiet, on_start),
            name="refresh",
            daemon=True,
        )
        self._thread.start()
        return True

    def cancel(self) -> None:
        """End soon; what has come is kept."""
        self._cancelled.set()

    def stop(self) -> None:
        """Cancel, and wait a little for the end."""
        self.cancel()
        if self._thread is not None:
            self._thread.join(timeout=2)

    def _refresh(
        self,
        feed_ids: Collection[int] | None,
        force: bool,
        is_quiet: bool,
        on_start: Callable[[int], None],
    ) -> None:
        error, done = "", 0
        try:
            with self._open_reader() as reader:
                for outcome in reader.refresh(
                    feed_ids,
                    force=force,
                    is_cancelled=self._cancelled.is_set,
                    on_start=on_start,
                ):
                    done += isinstance(outcome, RefreshOutcome)
                    self._screen.post_message(RefreshProgress(outcome, done))
                    if self._cancelled.is_set():
                        break
        except FeedreaderError as failure:
            error = str(failure)
        except BaseException:
            error = "the refresh ended by a fault of the program"
            raise
        finally:
            self._screen.post_message(RefreshEnded(error, self._cancelled.is_set(), is_quiet))
