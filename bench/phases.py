"""Where the processor time of a first refresh goes, step by step, in one process and no thread.

python bench/phases.py [--feeds 500]
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from feedreader.core.fulltext import is_summary_only
from feedreader.core.identity import identify
from feedreader.core.parse import parse_fast, parse_feed
from feedreader.core.plan import plan_entries
from feedreader.core.schedule import hash_body
from feedreader.errors import NotAFeed
from feedreader.model import FeedUpdate
from feedreader.store import Store
from measure import PYTHON, clean_environment, table
from refresh import FEEDS

_MAX_BYTES = 600_000  # as the feed server has it


class Phases:
    """Processor seconds by step."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    @contextmanager
    def of(self, step: str) -> Iterator[None]:
        started = time.process_time()
        try:
            yield
        finally:
            self.seconds[step] += time.process_time() - started


def measure(feeds: int) -> str:
    files = [file.read_bytes() for file in sorted(FEEDS.parent.glob(FEEDS.name))]
    bodies = [body for body in files if 0 < len(body) < _MAX_BYTES]
    phases = Phases()
    now = datetime.now(UTC)
    entries = doubts = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        Store(Path(folder) / "feeds.db") as store,
    ):
        with store.transaction():
            ids = [store.feeds.add(f"http://feed/{n}", now=now)[0] for n in range(feeds)]
        with phases.of("load the subscriptions"):
            subscriptions = {one.id: one for one in store.feeds.subscriptions()}
        for number, feed_id in enumerate(ids):
            body = bodies[number % len(bodies)]
            with phases.of("digest of the body"):
                hash_body(body)
            with phases.of("parse, with lxml"):
                parsed = parse_fast(body, url="http://feed/")
            if parsed is None:
                doubts += 1
                with phases.of("parse, with feedparser (in a worker)"):
                    try:
                        parsed = parse_feed(body, url="http://feed/")
                    except NotAFeed:
                        continue
            with phases.of("keys and digests of entries"):
                identified = identify(parsed.entries)
            with phases.of("ask the store what it knows"):
                known = store.entries.known(feed_id, identified)
            with phases.of("make entries safe, and their texts"):
                plan = plan_entries(identified, known)
            with phases.of("does it give summaries only?"):
                texts = {clean.entry: clean.content_text for clean in plan.new}
                is_summary_only(parsed.entries, texts)
            entries += len(plan.new)
            update = FeedUpdate(
                feed_id, subscriptions[feed_id].poll, feed=parsed.feed, new=plan.new
            )
            with phases.of("store, search index included"):
                store.apply([update], now)
    phases.seconds["start and imports"] = _import_s()
    rows = [[step, f"{seconds:.2f}"] for step, seconds in phases.seconds.most_common()]
    rows.append(["all of these (fetching comes on top)", f"{phases.seconds.total():.2f}"])
    head = f"{feeds} feeds, {entries:,} entries, {doubts} documents left to feedparser."
    return head + "\n\n" + table(["step", "CPU s"], rows)


def _import_s() -> float:
    code = (
        "import feedreader.cli.program, feedreader.reader, feedreader.refresh, time;"
        "print(time.process_time())"
    )
    done = subprocess.run(
        [PYTHON, "-c", code], env=clean_environment(), capture_output=True, text=True, check=True
    )
    return float(done.stdout)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--feeds", type=int, default=500)
    print(measure(arguments.parse_args().feeds))
