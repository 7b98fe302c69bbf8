"""The user's pager: $FEEDREADER_PAGER, else $PAGER, else less."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import IO


def open_pager() -> AbstractContextManager[IO[str]] | None:
    """Return a context that gives the pager's input, or None if there is no pager.

    Without LESS in the environment, less shows colours and leaves at once when all fits
    on one screen.
    """
    named = os.environ.get("FEEDREADER_PAGER", os.environ.get("PAGER", "less"))
    try:
        command = shlex.split(named)
    except ValueError:
        return None
    if not command or command == ["cat"]:
        return None
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            env={"LESS": "FRX", **os.environ},
        )
    except OSError:
        return None
    return _running(process)


@contextmanager
def _running(process: subprocess.Popen[str]) -> Iterator[IO[str]]:
    assert process.stdin is not None
    try:
        yield process.stdin
    except BrokenPipeError:
        pass  # the user has seen enough
    finally:
        # Ctrl-C is for the pager, which goes on.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        with suppress(BrokenPipeError):
            process.stdin.close()
        process.wait()
        signal.signal(signal.SIGINT, before)
