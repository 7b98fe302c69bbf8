"""Files that the user names: lists to read, and what is written whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from feedreader.errors import ImportFailed, NotWritten

_MAX_LIST_BYTES = 50 * 1024 * 1024


def read_list(source: str, file: BinaryIO | None = None) -> bytes:
    """Return a list of subscriptions, of at most 50 MiB; `file` if it is open already.

    Raises `ImportFailed`.
    """
    try:
        if file is not None:
            data = file.read(_MAX_LIST_BYTES + 1)
        else:
            path = os.path.expanduser(source)  # noqa: PTH111 - pathlib raises for unknown users
            with open(path, "rb") as opened:  # noqa: PTH123
                data = opened.read(_MAX_LIST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ImportFailed(f"{source} cannot be read: {reason}") from error
    if len(data) > _MAX_LIST_BYTES:
        raise ImportFailed(f"{source} is larger than {_MAX_LIST_BYTES // 2**20} MiB")
    return data


def write_file(target: Path, data: bytes, *, makes_folders: bool = False) -> None:
    """Write a file whole or not at all, for the user alone: addresses may be private.

    Links stay, and what they lead to is written. Devices and pipes must not be replaced. Raises
    `NotWritten`.
    """
    file = Path(os.path.realpath(target))
    # Names have at most 255 bytes, of which a character may take four.
    draft = file.with_name(f".{file.name[:50]}.{os.getpid()}.part")
    try:
        if makes_folders:
            file.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and not target.is_file():
            target.write_bytes(data)
            return
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as written:
            written.write(data)
        draft.replace(file)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise NotWritten(f"{target} cannot be written: {error.strerror}") from error
