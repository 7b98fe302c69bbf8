"""Where the processor time of a first refresh goes, step by step, in one process and no thread.

python bench/phases.py [--feeds 500]
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from types import GeneratorType
from typing import Any
from unittest.mock import patch

from lxml import etree

from feedreader.core import plan, sanitize
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
_FEEDPARSER, _START = "parse, with feedparser (in a worker)", "start and imports"
_MAX_BYTES = 600_000  # as the feed server has it


class Library:
    """A library's object that counts the processor time of its own methods alone."""

    def __init__(self, name: str, inner: Any, seconds: Counter[str]) -> None:
        self._name, self._inner, self._seconds = name, inner, seconds

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return self._timed(found) if callable(found) else found

    def _timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any) -> Any:
            # Rows are made ready before: what makes them is ours.
            args = tuple(list(arg) if isinstance(arg, GeneratorType) else arg for arg in args)
            started = time.process_time()
            try:
                return method(*args)
            finally:
                self._seconds[self._name] += time.process_time() - started

        return timed


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
    libraries: Counter[str] = Counter()
    phases.take_out(_CLEANING, "keys of stories, to find copies by", plan, "story_keys")
    now = datetime.now(UTC)
    entries = doubts = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        Store(Path(folder) / "feeds.db") as store,
        patch.object(etree, "fromstring", Library("lxml", etree, libraries).fromstring),
        patch.object(sanitize, "_PARSER", Library("nh3", sanitize._PARSER, libraries)),
        patch.object(
            store.connection, "_sqlite", Library("SQLite", store.connection._sqlite, libraries)
        ),
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
                    with phases.of(_FEEDPARSER):
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
    phases.seconds[_START] = _import_s()
    rows = [[step, f"{seconds:.2f}"] for step, seconds in phases.seconds.most_common()]
    rows.append(["all of these (fetching comes on top)", f"{phases.seconds.total():.2f}"])
    head = f"{feeds} feeds, {entries:,} entries, {doubts} documents left to feedparser."
    theirs = libraries.total() + phases.seconds[_FEEDPARSER] + phases.seconds[_START]
    foot = (
        f"By themselves, {', '.join(f'{name} takes {s:.2f} s' for name, s in libraries.items())}"
        f" of this: with feedparser and the start {theirs:.2f} s in which no code of ours runs."
    )
    return f"{head}\n\n{table(['step', 'CPU s'], rows)}\n\n{foot}"


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
