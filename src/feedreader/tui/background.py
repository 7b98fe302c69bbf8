"""A thread with a Reader of its own: what may take longer than a frame is done here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from feedreader.errors import FeedreaderError

if TYPE_CHECKING:
    from textual.app import App

    from feedreader.reader import Reader

Result = TypeVar("Result")

_LONG_S: Final = 1.0
"""Who waits longer than this begins to doubt that the key was heard."""


@dataclass(frozen=True, slots=True)
class _Errand(Generic[Result]):
    work: Callable[[Reader], Result]
    then: Callable[[Result], None]
    failed: Callable[[FeedreaderError], None]
    slot: str
    number: int


class Background:
    """Does one errand after the other; what comes of them returns to the screen's thread."""

    def __init__(
        self,
        app: App[Any],
        open_reader: Callable[[], Reader],
        name: str,
        *,
        takes_long: Callable[[], None] | None = None,
    ) -> None:
        """`takes_long` is called in the screen's thread when an errand lets wait for it."""
        self._app = app
        self._takes_long = takes_long
        self._delivered = 0
        """The number of the latest errand whose result has returned."""
        self._open_reader = open_reader
        self._name = name
        self._errands: SimpleQueue[_Errand[Any] | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._latest: dict[str, int] = {}
        self._count = 0
        self._waiting = 0
        self._is_stopped = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way whose result is still to come."""
        return not self._waiting

    def submit(
        self,
        work: Callable[[Reader], Result],
        then: Callable[[Result], None],
        failed: Callable[[FeedreaderError], None],
        *,
        slot: str = "",
    ) -> None:
        """Run `work` in the thread, then `then` with its result, or `failed`, in the screen's.

        Of errands with one slot only the latest counts: the results of others are dropped, and
        those that have not begun never begin.
        """
        self._count += 1
        if slot:
            self._latest[slot] = self._count
        self._waiting += 1
        self._errands.put(_Errand(work, then, failed, slot, self._count))
        if self._takes_long is not None:
            self._app.set_timer(_LONG_S, partial(self._look_whether_long, self._count))
        if self._thread is None:
            self._thread = Thread(target=self._serve, name=self._name, daemon=True)
            self._thread.start()

    def _look_whether_long(self, number: int) -> None:
        if self._takes_long is not None and self._delivered < number and not self._is_stopped:
            self._takes_long()

    def forget(self, slot: str) -> None:
        """Let no errand of a slot have any effect any more."""
        self._count += 1
        self._latest[slot] = self._count

    def stop(self, *, timeout_s: float = 5) -> None:
        """End after the errand under way and those that were put before; wait for it shortly."""
        self._is_stopped = True
        self._errands.put(None)
        if self._thread is not None:
            self._thread.join(timeout=timeout_s)

    def _serve(self) -> None:
        reader: Reader | None = None
        try:
            while (errand := self._errands.get()) is not None:
                if self._is_stale(errand):
                    self._report(errand, errand.then, None)
                    continue
                try:
                    if reader is None:
                        reader = self._open_reader()
                    result = errand.work(reader)
                except FeedreaderError as error:
                    self._report(errand, errand.failed, error)
                except Exception as error:
                    # A bug: it shall end the program with its traceback, not hang the screen.
                    self._report(errand, self._raise, error)
                else:
                    self._report(errand, errand.then, result)
        finally:
            if reader is not None:
                reader.close()

    def _report(self, errand: _Errand[Any], act: Callable[[Any], None], value: object) -> None:
        if not self._is_stopped:
            self._app.call_later(self._deliver, errand, act, value)

    def _deliver(self, errand: _Errand[Any], act: Callable[[Any], None], value: object) -> None:
        self._waiting -= 1
        self._delivered = errand.number
        if not self._is_stale(errand) and not self._is_stopped:
            act(value)

    def _is_stale(self, errand: _Errand[Any]) -> bool:
        return bool(errand.slot) and self._latest[errand.slot] != errand.number

    @staticmethod
    def _raise(error: Exception) -> None:
        raise error
