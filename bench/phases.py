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
from functools import wraps
from pathlib import Path

from feedreader.core import plan
from feedreader.core.fulltext import is_summary_only
from feedreader.core.identity import identify
from feedreader.core.parse import parse_fast, parse_feed
from feedreader.core.schedule import hash_body
from feedreader.core.unchanged import Items
from feedreader.errors import NotAFeed
from feedreader.model import FeedUpdate
from feedreader.store import Store
from measure import PYTHON, clean_environment, table
from refresh import FEEDS

_CLEANING, _STORING = "make entries safe, and their texts", "store, search index included"
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

    def take_out(self, whole: str, step: str, owner: object, name: str) -> None:
        """Count what a function takes as a step of its own, not as part of a whole."""
        function = getattr(owner, name)

        @wraps(function)
        def timed(*args: object, **options: object) -> object:
            started = time.process_time()
            try:
                return function(*args, **options)
            finally:
                seconds = time.process_time() - started
                self.seconds[step] += seconds
                self.seconds[whole] -= seconds

        setattr(owner, name, timed)


def measure(feeds: int) -> str:
    files = [file.read_bytes() for file in sorted(FEEDS.parent.glob(FEEDS.name))]
    bodies = [body for body in files if 0 < len(body) < _MAX_BYTES]
    if not bodies:
        return f"Not measured: there are no feeds at {FEEDS.parent}."
    phases = Phases()
    phases.take_out(_CLEANING, "keys of stories, to find copies by", plan, "story_keys")
    now = datetime.now(UTC)
    entries = doubts = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        Store(Path(folder) / "feeds.db") as store,
    ):
        phases.take_out(_STORING, "find copies of stories", store.grouping, "add")
        with store.transaction():
            ids = [store.feeds.add(f"http://feed/{n}", now=now)[0] for n in range(feeds)]
        with phases.of("load the subscriptions"):
            subscriptions = {one.id: one for one in store.feeds.subscriptions()}
        for number, feed_id in enumerate(ids):
            body = bodies[number % len(bodies)]
            with phases.of("digest of the body"):
                hash_body(body)
            try:
                with phases.of("parse, with lxml"):
                    parsed = parse_fast(body, url="http://feed/", items=Items())
                if parsed is None:
                    doubts += 1
                    with phases.of("parse, with feedparser (in a worker)"):
                        parsed = parse_feed(body, url="http://feed/")
            except NotAFeed:
                continue
            with phases.of("keys and digests of entries"):
                identified = identify(parsed.entries)
            with phases.of("ask the store what it knows"):
                known = store.entries.known(feed_id, identified)
            with phases.of(_CLEANING):
                new = plan.plan_entries(identified, known).new
            with phases.of("does it give summaries only?"):
                is_summary_only(parsed.entries, new)
            entries += len(new)
            update = FeedUpdate(feed_id, subscriptions[feed_id].poll, feed=parsed.feed, new=new)
            with phases.of(_STORING):
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
