"""The program run on a pseudo-terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Mapping, Sequence


def run_on_pty(
    words: Sequence[str], environment: Mapping[str, str], *, typed: str = ""
) -> tuple[int, str]:
    """Run the program and type; return its exit code and all that the terminal got."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "feedreader", *words],
        stdin=slave, stdout=slave, stderr=slave, env=environment,
    )  # fmt: skip
    os.close(slave)
    os.write(master, typed.encode())
    printed = b""
    while True:
        try:
            chunk = os.read(master, 65536)
        except OSError:
            break
        if not chunk:
            break
        printed += chunk
    os.close(master)
    return process.wait(timeout=60), printed.decode()
