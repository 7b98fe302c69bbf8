"""Worker processes, started from programs of any kind."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
import sys
from feedreader.workers import WorkerPool, outcome_of

class Shown:
    def write(self, text): return len(text)
    def flush(self): pass
    def fileno(self): return -1

if __name__ == "__main__":
    sys.stderr = Shown()
    with WorkerPool() as workers:
        print(outcome_of(workers.submit(sum, [20, 22], timeout_s=30)))
    assert isinstance(sys.stderr, Shown)
"""


def test_workers_start_where_stderr_is_no_file() -> None:
    # As in a terminal program that shows what is printed in a place of its own.
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "42", done.stderr
