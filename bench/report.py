"""Runs all benchmarks and writes docs/performance.md.

    python bench/report.py [--rounds 5]

About ten minutes. What is not here (Newsboat, hyperfine, the corpus, the library `reader`) is
said to be missing. A benchmark that fails is named in the report, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from measure import PYTHON, ROOT, clean_environment, commit, describe_machine, table

_LONGEST_S = 900  # for one part


class Part(NamedTuple):
    """A benchmark of the report."""

    title: str
    program: str
    note: str = ""
    is_plain: bool = False
    """It prints plain text, not Markdown."""


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
    Part(
        "A refresh of 500 feeds",
        "refresh.py",
        "Newsboat 2.21 keeps validators but never sends them, so its row of 304 is a reload of"
        " everything. It keeps an entry once, whichever feeds hold it; feedreader and `reader`"
        " keep each feed's own. Of a document that brings something new, feedreader reads the"
        " items that are new (docs/architecture.md). “limit” is `bench/limit.py`: raw sockets, the"
        " least parsing, plain inserts, a search index and one commit. Memory is the sum of what"
        " all processes of a program hold at one moment, shared pages counted once (PSS), at its"
        " highest.",
    ),
    Part(
        "Where the time of a first refresh goes",
        "phases.py",
        "Processor time of each step, alone and in one process. In a refresh, workers take a share"
        " of reading and cleaning. Against the limit program the difference is what makes a reader"
        " of it: sanitised bodies and plain texts, identity and digests of entries, copies of"
        " stories, encodings and dates read as feedparser reads them.",
    ),
    Part("A slow world", "slow_world.py"),
    Part("Growth", "growth.py", "Single actions through `Reader`, in milliseconds."),
    Part(
        "What the features cost",
        "features.py",
        "The same actions in a store that uses rules, story cards, papers, hooks and statistics,"
        " against one that uses none of them.",
    ),
    Part(
        "Start",
        "startup.py",
        "Whole processes. `status` and `list` without options are answered before click, the"
        " library that reads arguments, is imported.",
    ),
    Part(
        "The terminal reader",
        "tui.py",
        "From the start of the process, or from a key, until it is drawn. A filter is drawn when"
        " its first page is there.",
    ),
    Part("Parsing", "parsing.py", is_plain=True),
    Part("Article extraction, in worker processes", "throughput.py"),
    Part("Article extraction, how well", "extraction.py", is_plain=True),
    Part(
        "Story cards",
        "likeness.py",
        "Pairs of entries of real feeds: copies made by honest rewriting and found by hand, and"
        " what only looks like them. The constants were chosen on the tuning half alone.",
    ),
)

_MARKDOWN_GOAL = re.compile(r"^\|(.*)\|([^|]*\(goal [^|]*\))\s*\|$", re.MULTILINE)
_PLAIN_GOAL = re.compile(r"\(([^()]*; goal [^()]*)\)")


def run_part(part: Part, options: Sequence[str]) -> tuple[str, bool]:
    """Return what a benchmark printed, and whether it came to its end."""
    command = [PYTHON, part.program, *options]
    try:
        done = subprocess.run(
            command,
            cwd=ROOT / "bench",
            env=clean_environment(),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            timeout=_LONGEST_S,
        )
    except subprocess.TimeoutExpired:
        return f"**Not measured:** `{part.program}` took more than {_LONGEST_S} s.", False
    found = done.stdout.strip()
    if done.returncode:
        return f"{found}\n\n**Not measured:** it ended with {done.returncode}.".strip(), False
    return (f"```\n{found}\n```" if part.is_plain else found), True


def goals_of(part: Part, found: str) -> Iterator[list[str]]:
    """Return a row for each goal that the output of a benchmark speaks of."""
    for match in _MARKDOWN_GOAL.finditer(found):
        cells = [cell.strip() for cell in match[1].split("|")]
        # Figures between the first column and the last stand in the part's own table.
        name = ", ".join(cell for cell in cells if cell and not cell[0].isdigit())
        yield [part.title, name, match[2].strip()]
    for match in _PLAIN_GOAL.finditer(found if part.is_plain else ""):
        yield [part.title, "fields like the reference", match[1]]


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--rounds", type=int, default=5, help="of the refreshes")
    arguments.add_argument("--into", type=Path, default=ROOT / "docs" / "performance.md")
    chosen = arguments.parse_args()
    head = _HEAD.format(
        machine=describe_machine(),
        load=", ".join(f"{load:.1f}" for load in os.getloadavg()),
        cores=os.cpu_count(),
        date=datetime.now(UTC),
        commit=commit(),
    )
    body = ""
    goals: list[list[str]] = []
    failed = []
    for part in _PARTS:
        print(part.title, file=sys.stderr)
        rounds = ["--rounds", str(chosen.rounds)] if part.program == "refresh.py" else []
        found, is_whole = run_part(part, rounds)
        if not is_whole:
            failed.append(part.program)
        goals += goals_of(part, found)
        body += f"\n## {part.title}\n" + (f"\n{part.note}\n" if part.note else "")
        body += f"\n{found}\n"
    aims = table(["", "goal", "measured"], goals)
    text = f"{head}\n## Goals\n\n{aims}\n{body}"
    chosen.into.write_text(text, encoding="utf-8")
    print(text)
    if failed:
        print(f"not measured: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
