"""Feeds that come from this computer: files, and the output of the user's own commands."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
import stat
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path
from urllib.parse import unquote, urlsplit

from feedreader.fetch.words import FetchRefused
from feedreader.model import FetchLimits

_MOST_STDERR_BYTES = 64 * 1024
_LAST_READ_S = 1.0


async def read_file(url: str, limits: FetchLimits) -> bytes:
    """Return the content of a local file, named by a `file:` URL or a path.

    Raises FetchRefused if it is missing, unreadable, no regular file, empty or too large.
    """
    path = _local_path(url)
    try:
        async with asyncio.timeout(limits.total_s):
            return await asyncio.to_thread(_read_regular_file, path, limits.max_bytes)
    except TimeoutError:
        raise FetchRefused(f"the file cannot be read within {limits.total_s:g} s") from None
    except OSError as error:
        words = (error.strerror or str(error)).lower()
        raise FetchRefused(f"the file cannot be read: {words}") from error


def _local_path(url: str) -> Path:
    if not url.lower().startswith("file:"):
        path = Path(os.path.expanduser(url))  # noqa: PTH111 - pathlib raises for unknown users
    else:
        try:
            parts = urlsplit(url)
        except ValueError:
            raise FetchRefused("the file's address cannot be read") from None
        if parts.netloc not in ("", "localhost"):
            raise FetchRefused(f"files of another computer ({parts.netloc}) cannot be read")
        path = Path(unquote(parts.path))
    if "\0" in str(path) or not path.is_absolute():
        raise FetchRefused("the file's path is not absolute")
    return path


def _read_regular_file(path: Path, max_bytes: int) -> bytes:
    # Without O_NONBLOCK opening a named pipe would wait for a writer for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FetchRefused("this is no regular file")
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise FetchRefused(f"the file is larger than {max_bytes / 2**20:.3g} MiB")
    if not content:
        raise FetchRefused("the file is empty")
    return content


async def run_command(command: str, limits: FetchLimits, stdin: bytes | None = None) -> bytes:
    """Return what a command prints, given `stdin`; no shell is involved.

    The command and its children are killed at the deadline and when they print too much.
    Raises FetchRefused if it cannot start, fails, prints nothing or is killed.
    """
    try:
        arguments = shlex.split(command)
    except ValueError as error:
        raise FetchRefused(f"the command cannot be read: {error}") from error
    if not arguments:
        raise FetchRefused("no command is set for this feed")
    try:
        process = await asyncio.create_subprocess_exec(
            *arguments,
            stdin=DEVNULL if stdin is None else PIPE,
            stdout=PIPE,
            stderr=PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        words = (getattr(error, "strerror", None) or str(error)).lower()
        raise FetchRefused(f"the command {arguments[0]} cannot start: {words}") from error
    try:
        async with asyncio.timeout(limits.total_s):
            output, complaint = await _converse(process, stdin, limits.max_bytes)
            code = await process.wait()
    except TimeoutError:
        raise FetchRefused(f"the command took longer than {limits.total_s:g} s") from None
    finally:
        await _end(process)
    if code != 0:
        how = f"was ended by signal {-code}" if code < 0 else f"failed with code {code}"
        last_words = complaint.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise FetchRefused(f"the command {how}" + (f": {last_words}" if last_words else ""))
    if not output:
        raise FetchRefused("the command printed nothing")
    return output


async def _converse(process: Process, stdin: bytes | None, max_bytes: int) -> tuple[bytes, bytes]:
    """Write and read at the same time, so that neither side waits for the other."""
    assert process.stdout is not None
    assert process.stderr is not None
    listening = asyncio.ensure_future(_read_tail(process.stderr))
    writing = asyncio.ensure_future(_write(process, stdin))
    try:
        output = await _read_all(process.stdout, max_bytes)
        await writing
        return output, await listening
    finally:
        for task in (listening, writing):
            task.cancel()
        await asyncio.gather(listening, writing, return_exceptions=True)


async def _write(process: Process, stdin: bytes | None) -> None:
    if process.stdin is None or stdin is None:
        return
    # A command may well stop reading before the end, as `head` does.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(stdin)
        await process.stdin.drain()
    process.stdin.close()


async def _read_all(stream: asyncio.StreamReader, max_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := await stream.read(65536):
        size += len(part)
        if size > max_bytes:
            raise FetchRefused(f"the command prints more than {max_bytes / 2**20:.3g} MiB")
        parts.append(part)
    return b"".join(parts)


async def _read_tail(stream: asyncio.StreamReader) -> bytes:
    tail = b""
    while part := await stream.read(65536):
        tail = (tail + part)[-_MOST_STDERR_BYTES:]
    return tail


async def _end(process: Process) -> None:
    """Kill what is left of the command's session.

    The group outlives its leader while a child lives; an empty group is not found.
    """
    assert process.stdout is not None
    assert process.stderr is not None
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    # asyncio calls a process ended only when its pipes are read to their end. A child that
    # left the session may hold them open for ever.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LAST_READ_S):
            await asyncio.gather(_discard(process.stdout), _discard(process.stderr))
            await process.wait()
    # Or the loop's end would find open pipes and complain; there is no public way to say it.
    process._transport.close()  # type: ignore[attr-defined]


async def _discard(stream: asyncio.StreamReader) -> None:
    while await stream.read(65536):
        pass
