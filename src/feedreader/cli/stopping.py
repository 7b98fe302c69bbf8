"""Ctrl-C, SIGTERM, SIGHUP: work that can stop between two steps stops there, and soon."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

_PATIENCE_S = 0.7


class Stopped(Exception):
    """The user, or the system, wants an end; `code` is the exit code that says so."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal.Signals(signal_number).name)
        self.code = 128 + signal_number


@contextmanager
def ending_cleanly() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the block by `Stopped`, so that all it opened is closed."""

    def end(number: int, _: FrameType | None) -> None:
        raise Stopped(number)

    before = {number: signal.signal(number, end) for number in _heeded(signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Stoppable:
    """While the block runs, a signal sets `is_stopped`; the work is to look and to end.

    Work that does not look within 0.7 s is ended by `Stopped`, wherever it is. After a
    signal the block always ends with `Stopped`.
    """

    def __init__(self) -> None:
        self._signal = 0

    def is_stopped(self) -> bool:
        """Say whether a signal came."""
        return self._signal != 0

    def __enter__(self) -> Self:
        self._before = {
            number: signal.signal(number, self._stop)
            for number in _heeded(signal.SIGINT, signal.SIGTERM)
        }
        self._before[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._end)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._signal and kind is None:
            raise Stopped(self._signal)

    def _stop(self, number: int, _: FrameType | None) -> None:
        if not self._signal:
            signal.setitimer(signal.ITIMER_REAL, _PATIENCE_S)
        self._signal = number

    def _end(self, *_: object) -> None:
        raise Stopped(self._signal)


def _heeded(*numbers: signal.Signals) -> tuple[signal.Signals, ...]:
    """Return the signals, and SIGHUP too unless nohup asked to let it pass."""
    is_ignored = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    return numbers if is_ignored else (*numbers, signal.SIGHUP)
