"""Worker processes for work on hostile input: bounded in time and memory, killed when over.

A worker that hangs, dies or eats memory costs its own task alone. Workers are forked from
a clean server process, never from this one: its threads and connections stay out of them.
"""

from __future__ import annotations

import logging
import os
import resource
import sys
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING, Any, Self, TypeVar

from feedreader.errors import FeedreaderError

if TYPE_CHECKING:
    # Most refreshes find nothing to work on, and need not wait for these imports.
    from pebble import ProcessPool

Result = TypeVar("Result")

_MEMORY_BYTES = 2 * 1024**3
_POOL_TURN_S = 0.02  # how long a pool may take to see that it is to end
_TASKS_PER_WORKER = 500  # parsers leak and fragment: a fresh process now and then


class WorkFailed(Exception):
    """A task ended without a result, for a reason in words."""


class WorkerPool:
    """As many worker processes as there are cores, `most` at most; the first task starts them."""

    def __init__(self, preload: tuple[str, ...] = (), *, most: int = 4) -> None:
        """`preload` names the modules that each worker is to have imported."""
        self._preload = preload
        self.size = max(1, min(most, os.cpu_count() or 1))
        self._pool: ProcessPool | None = None
        self._starter: ThreadPoolExecutor | None = None
        self._is_closed = False
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the processes now, while the caller does something else."""
        self._do(lambda: self._ensure_pool().schedule(_bound_memory))

    def submit(
        self, function: Callable[..., Result], *args: Any, timeout_s: float, **named: Any
    ) -> Future[Result]:
        """Start a task, from any thread; `outcome_of` reads the future. Closed, it does nothing."""
        future: Future[Result] = Future()
        self._do(self._schedule, future, function, args, named, timeout_s)
        return future

    def _do(self, step: Callable[..., object], *args: Any) -> None:
        with self._lock:
            if self._is_closed:
                return
            # Worker processes take a while to start: this must not hold up the caller.
            if self._starter is None:
                self._starter = ThreadPoolExecutor(1, thread_name_prefix="workers")
            self._starter.submit(step, *args)

    def _schedule(
        self,
        future: Future[Result],
        function: Callable[..., Result],
        args: tuple[Any, ...],
        named: dict[str, Any],
        timeout_s: float,
    ) -> None:
        try:
            task: Future[Result] = self._ensure_pool().schedule(
                function, args=args, kwargs=named, timeout=timeout_s
            )
        except BaseException as error:
            future.set_exception(error)
            raise
        task.add_done_callback(lambda task: hand_on(task, future))

    def _ensure_pool(self) -> ProcessPool:
        if self._pool is None:
            self._pool = self._start()
        return self._pool

    def _start(self) -> ProcessPool:
        import multiprocessing
        from multiprocessing import forkserver

        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(self._preload))
        _start_resource_tracker()
        forkserver.ensure_running()
        # While that process loads what its workers need, this one loads what leads them.
        from pebble import CONSTS, ProcessPool

        CONSTS.sleep_unit = _POOL_TURN_S
        return ProcessPool(
            max_workers=self.size,
            max_tasks=_TASKS_PER_WORKER,
            initializer=_bound_memory,
            context=context,
        )

    def close(self) -> None:
        """End all workers at once, whatever they do."""
        with self._lock:
            self._is_closed = True
        if self._starter is not None:
            self._starter.shutdown(cancel_futures=True)
            self._starter = None
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()
            self._pool = None


def _start_resource_tracker() -> None:
    """Start the process that every forkserver needs, while stderr is a real file.

    It is handed `sys.stderr.fileno()`; where a terminal program has put something of its own
    in place of stderr that is -1, and the start fails.
    """
    from multiprocessing import resource_tracker

    shown = sys.stderr
    sys.stderr = sys.__stderr__
    try:
        resource_tracker.ensure_running()
    finally:
        sys.stderr = shown


def hand_on(task: Future[Result], future: Future[Result]) -> None:
    """Let a future end as a task did that is done."""
    if task.cancelled():
        future.cancel()
    elif error := task.exception():
        future.set_exception(error)
    else:
        future.set_result(task.result())


def outcome_of(future: Future[Result]) -> Result:
    """Return a finished task's result, or raise the error it meant to raise, or `WorkFailed`.

    A fault of ours that some document brings to light costs that document alone; the log
    has it whole.
    """
    try:
        return future.result()
    except FeedreaderError:
        raise
    except TimeoutError:
        raise WorkFailed("it took too long") from None
    except MemoryError:
        raise WorkFailed("it needs too much memory") from None
    except CancelledError:
        raise WorkFailed("it was stopped") from None
    except Exception as error:
        from pebble import ProcessExpired

        if isinstance(error, ProcessExpired):
            raise WorkFailed(f"its reader died (exit code {error.exitcode})") from None
        logging.getLogger(__name__).warning("a task failed", exc_info=error)
        raise WorkFailed(f"this program has a fault ({type(error).__name__})") from error


def _bound_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
