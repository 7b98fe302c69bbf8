"""The command line: arguments -> Reader -> stdout.

`main` answers `--version` by itself: everything else costs the import of click.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

from feedreader import __version__


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit with its code."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words == ["--version"]:
        sys.stdout.write(f"feedreader {__version__}\n")
        sys.exit(0)
    from feedreader.cli.program import run

    sys.exit(run(words))
