"""Runs all benchmarks and writes docs/performance.md.

    python bench/report.py [--rounds 5]

About ten minutes. What is not here (Newsboat, hyperfine, the corpus) is said to be missing.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from measure import PYTHON, ROOT, clean_environment, commit, describe_machine

_HEAD = """# Performance

What feedreader costs, against what others cost, measured in one run on one machine by
`make bench`. Read the ratios: the seconds are those of the machine, and whatever else it does
while the programs take turns falls on all of them.

- Machine: {machine}
- Load when it began: {load} on {cores} cores
- Date: {date:%Y-%m-%d %H:%M} UTC, commit {commit}
- To repeat it: `make bench`. It needs the documents of `../shared/corpus` and the feed server of
  `../shared/bench`, and installs Newsboat from Debian where it can.

Nothing is tuned to the server: feedreader asks one thing at a time of its one host, parses,
sanitises, indexes and stores all that it would in a user's life. What it is told for the
measurement is not to pause between two requests to one host, since all 500 feeds come from one,
and to fetch no article pages, since the others fetch none.
"""

_PARTS = (
    (
        "A refresh of 500 feeds",
        (
            "Newsboat 2.21 keeps validators but never sends them, so its row of 304 is a reload of"
            " everything. It keeps an entry once, whichever feeds hold it; feedreader and"
            " `reader` keep each feed's own. “limit” is `bench/limit.py`: raw sockets, the least"
            " parsing, plain inserts, a search index and one commit."
        ),
        ("refresh.py",),
        False,
    ),
    (
        "Where the time of a first refresh goes",
        (
            "Processor time of each step, alone. In a refresh, workers take a share of reading and"
            " cleaning. Against the limit program the difference is what makes a reader of it:"
            " sanitised bodies and plain texts, identity and digests of entries, encodings"
            " and dates read as feedparser reads them, and HTTP by a library."
        ),
        ("phases.py",),
        False,
    ),
    ("A slow world", "", ("slow_world.py",), False),
    (
        "Growth",
        "Medians of single actions through `Reader`, in milliseconds.",
        ("growth.py",),
        False,
    ),
    ("Start", "", ("startup.py",), False),
    ("Parsing", "", ("parsing.py",), True),
    ("Article extraction, in worker processes", "", ("throughput.py",), False),
    ("Article extraction, how well", "", ("extraction.py",), True),
)


def run_part(command: Sequence[str]) -> str:
    done = subprocess.run(
        [PYTHON, *command],
        cwd=ROOT / "bench",
        env=clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        return f"{done.stdout}\n`{command[0]}` ended with {done.returncode}."
    return done.stdout.strip()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--into", type=Path, default=ROOT / "docs" / "performance.md")
    chosen = arguments.parse_args()
    text = _HEAD.format(
        machine=describe_machine(),
        load=", ".join(f"{load:.1f}" for load in os.getloadavg()),
        cores=os.cpu_count(),
        date=datetime.now(UTC),
        commit=commit(),
    )
    for title, note, command, is_plain in _PARTS:
        print(title, file=sys.stderr)
        rounds = ["--rounds", str(chosen.rounds)] if command[0] == "refresh.py" else []
        found = run_part([*command, *rounds])
        text += f"\n## {title}\n"
        text += f"\n{note}\n" if note else ""
        text += f"\n```\n{found}\n```\n" if is_plain else f"\n{found}\n"
    chosen.into.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
