"""Article extraction in worker processes, as a refresh does it: pages a second, and memory.

python bench/throughput.py
"""

from __future__ import annotations

import sys
import time
from collections import Counter

from extraction import CORPUS, read_pages
from feedreader.core.extract import extract_article
from feedreader.errors import ExtractionFailed
from feedreader.workers import WorkerPool, WorkFailed, outcome_of
from measure import PYTHON, run, table

_TIMEOUT_S = 5.0  # as in a refresh


def extract_all() -> None:
    pages = read_pages()
    outcomes: Counter[str] = Counter()
    with WorkerPool(preload=("feedreader.core.extract",)) as workers:
        started = time.perf_counter()
        futures = [
            workers.submit(extract_article, page.html, url=page.url, timeout_s=_TIMEOUT_S)
            for page in pages
        ]
        for future in futures:
            try:
                outcome_of(future)
                outcomes["with a text"] += 1
            except (ExtractionFailed, WorkFailed):
                outcomes["with a reason why not"] += 1
        seconds = time.perf_counter() - started
        size = workers.size
    megabytes = sum(len(page.html) for page in pages) / 1e6
    told = ", ".join(f"{count} {what}" for what, count in outcomes.items())
    print(f"{len(pages)} pages ({megabytes:.0f} MB): {told}|{size}|{len(pages) / seconds:.1f}")


def measure() -> str:
    if not CORPUS.is_dir():
        return f"Not measured: the corpus is not at {CORPUS}."
    cost = run([PYTHON, __file__, "inner"])
    pages, workers, rate = cost.output.strip().splitlines()[-1].split("|")
    return table(
        ["", "value"],
        [
            ["pages", pages],
            ["worker processes", workers],
            ["pages a second, start of the workers included", rate],
            ["peak memory of all processes", f"{cost.peak_mb:.0f} MB"],
        ],
    )


if __name__ == "__main__":
    if sys.argv[1:] == ["inner"]:
        extract_all()
    else:
        print(measure())
