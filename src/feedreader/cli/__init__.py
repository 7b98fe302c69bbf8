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
    """Run one command and exit with its code."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words == ["--version"]:
        sys.stdout.write(f"feedreader {__version__}\n")
        sys.exit(0)
    database = words[1] if len(words) == 3 and words[0] == "--db" else ""
    is_folder = os.path.isdir(database)  # noqa: PTH112 (pathlib takes longer than `--version`)
    command = words[2:] if database and not is_folder else words
    if command in (["status"], ["list"]) and "_FEEDREADER_COMPLETE" not in os.environ:
        from feedreader.cli import plain

        sys.exit(plain.run(command[0], database))
    from feedreader.cli.program import run

    sys.exit(run(words))
