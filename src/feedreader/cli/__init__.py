"""The command line: arguments -> Reader -> stdout.

The import of click takes longer than the most frequent commands: these are answered before it.
"""

from __future__ import annotations

import os
import sys

from feedreader import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and end the process with its code; given arguments, raise SystemExit."""
    code = _run(sys.argv[1:] if arguments is None else list(arguments))
    if arguments is None:
        _leave(code)
    sys.exit(code)


def _run(words: Sequence[str]) -> int:
    if words == ["--version"]:
        sys.stdout.write(f"feedreader {__version__}\n")
        return 0
    database = words[1] if len(words) >= 3 and words[0] == "--db" else ""
    is_folder = os.path.isdir(database)  # noqa: PTH112 (pathlib takes longer than `--version`)
    command = words[2:] if database and not is_folder else words
    limit = command[2] if len(command) == 3 and command[:2] == ["list", "--limit"] else ""
    is_limited = limit.isascii() and limit.isdigit() and limit[0] != "0" and len(limit) < 10
    is_plain = is_limited or command in (["status"], ["status", "--json"], ["list"])
    if is_plain and "_FEEDREADER_COMPLETE" not in os.environ:
        from feedreader.cli import plain

        as_json = command[-1] == "--json"
        return plain.run(command[0], database, limit=int(limit) if limit else None, as_json=as_json)
    from feedreader.cli.program import run

    return run(words)


def _leave(code: int) -> None:
    """End the process as it is: to take all modules apart would take a fifth of `list`'s time.

    Not while other threads have something to finish, nor if there are words that cannot be told.
    """
    threading = sys.modules.get("threading")
    if threading is not None and threading.active_count() > 1:
        return
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return
    os._exit(code)
