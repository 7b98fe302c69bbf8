"""The user's own programs: run without a shell, with data on their input, for so long."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

from feedreader.core.text import clean_line

_LONGEST_WORDS = 300
_READ_BACK_BYTES = 4096


class HookFailed(Exception):
    """A hook could not be told; the message says why, on one safe line."""


def run(
    argv: Sequence[str],
    data: bytes = b"",
    *,
    timeout_s: float,
    env: Mapping[str, str] | None = None,
) -> None:
    """Run a program with `data` on its input to its end; its output goes nowhere.

    Raises `HookFailed` if it cannot start, fails, or takes too long: then it is killed with
    all that it started.
    """
    # A child that lives on may hold this file open; a pipe would make us wait for it.
    with tempfile.TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(
                list(argv),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                env=None if env is None else dict(env),
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            words = getattr(error, "strerror", None) or str(error)
            raise HookFailed(_say(f"{argv[0]} cannot be started: {words.lower()}")) from error
        try:
            process.communicate(data, timeout=timeout_s)
        except subprocess.TimeoutExpired:
            raise HookFailed(_say(f"{argv[0]} took longer than {timeout_s:g} s")) from None
        finally:
            if process.poll() is None:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if process.returncode:
            raise HookFailed(_say(_failure(argv[0], process.returncode, _last_line(complaints))))


def _failure(program: str, code: int, words: str) -> str:
    how = f"was ended by signal {-code}" if code < 0 else f"failed with code {code}"
    return f"{program} {how}{f': {words}' if words else ''}"


def _last_line(file: IO[bytes]) -> str:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _READ_BACK_BYTES))
    return file.read().decode("utf-8", "replace").strip().rpartition("\n")[2]


def _say(words: str) -> str:
    line = clean_line(words)
    return line if len(line) <= _LONGEST_WORDS else line[: _LONGEST_WORDS - 1] + "…"
