"""One refresh at a time: a lock that dies with its process."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import Self

from feedreader.errors import RefreshRunning, StoreError

# A look at the lock (`is_held`) takes it for an instant; a refresh must not give up over that.
_TRIES = 5
_TRY_AGAIN_S = 0.02


class RefreshLock:
    """An advisory lock on a file beside the database.

    The kernel gives it back when its holder dies, so no stale lock is ever in the way.
    """

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(f"{database.name}.refresh-lock")
        self._descriptor: int | None = None

    def acquire(self, *, wait: bool = False) -> Self:
        """Take the lock, waiting for it if told to; else raise `RefreshRunning`."""
        descriptor = self._open()
        try:
            for attempt in range(_TRIES):
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
                    break
                except BlockingIOError:
                    if attempt == _TRIES - 1:
                        raise
                    time.sleep(_TRY_AGAIN_S)
        except BlockingIOError:
            os.close(descriptor)
            raise RefreshRunning("another refresh of this database is running") from None
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        return self

    def release(self) -> None:
        """Give the lock back; a second time does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def is_held(self) -> bool:
        """Say whether anyone holds the lock."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _open(self) -> int:
        try:
            return os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(f"cannot create {self._path}: {error.strerror}") from error
