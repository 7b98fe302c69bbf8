"""Does the cost of everyday actions grow with what is stored? 10,000 feeds, more and more entries.

    python bench/growth.py [--sizes 10000,100000,1000000] [--rounds 7]

The stores are made once, in bench/.data, and copied for each run. The searched word stands
in fifty entries of each store.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sqlite3
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from feedreader.model import RefreshOutcome, RefreshSettings
from feedreader.reader import Reader
from measure import PYTHON, ROOT, free_port, serving, table
from world import hosts

FEEDS = 10_000
DUE_FEEDS = 50
DUE_ENTRIES = 20
WORD, HITS = "zephyr", 50
GOAL = 1.2
_DATA = ROOT / "bench" / ".data"
_VOCABULARY = [f"{a}{b}{c}" for a in "bdfgklmn" for b in "aeiou" for c in ("rt", "nd", "sh", "lo")]
_SETTINGS = RefreshSettings(host_pause_s=0.0, full_text="never")


def build_store(path: Path, *, feeds: int, entries: int) -> None:
    """Make a database as a long-time reader has it: nine of ten entries are read."""
    with Reader(path):
        pass
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA synchronous = OFF")
    now = int(datetime.now(UTC).timestamp())
    draw = random.Random(4)
    database.execute("BEGIN")
    database.executemany(
        "INSERT INTO feeds (id, url, kind, title, added_at) VALUES (?, ?, 'http', ?, ?)",
        ((n, f"https://feed{n}.example/rss", f"Feed {n}", now) for n in range(1, feeds + 1)),
    )
    database.execute(
        "UPDATE polls SET checked_at = ?, succeeded_at = ?, gone_at = ?",  # never asked again
        (now, now, now),
    )
    database.execute("INSERT INTO feed_folders SELECT id, 0, 0 FROM feeds")

    def rows() -> Iterator[tuple[object, ...]]:
        every = max(1, entries // HITS)
        for number in range(1, entries + 1):
            words = draw.choices(_VOCABULARY, k=60)
            if number % every == 0 and number // every <= HITS:
                words[7] = WORD
            text = " ".join(words)
            moment = now - (entries - number) * 60
            key = number.to_bytes(16, "big")
            yield (
                *(number, number % feeds + 1, moment, moment, moment, draw.random() < 0.9),
                *(key, key, key, text[:40], f"https://e.example/{number}", text),
            )

    database.execute("CREATE TEMP TABLE made (id, feed_id, sort_at, received_at, published_at,"
                     " is_read, key, alt_key, content_hash, title, link, text)")  # fmt: skip
    database.executemany("INSERT INTO made VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows())
    database.execute(
        """INSERT INTO entries (id, feed_id, sort_at, received_at, published_at, is_read, key,
               alt_key, content_hash, title, link, summary, word_count, full_text_source)
           SELECT id, feed_id, sort_at, received_at, published_at, is_read, key, alt_key,
               content_hash, title, link, substr(text, 1, 300), 60, 1 FROM made"""
    )
    database.execute(
        """INSERT INTO entry_bodies (entry_id, text, feed_html)
           SELECT id, text, '<p>' || text || '</p>' FROM made"""
    )
    database.execute("COMMIT")
    database.execute("INSERT INTO entries_fts (entries_fts) VALUES ('rebuild')")
    database.close()


def _store_of(size: int) -> Path:
    path = _DATA / f"growth-{size}.db"
    if not path.exists():
        _DATA.mkdir(exist_ok=True)
        draft = path.with_suffix(".part")
        draft.unlink(missing_ok=True)
        build_store(draft, feeds=FEEDS, entries=size)
        draft.replace(path)
    return path


def measure_store(size: int, port: int, rounds: int) -> dict[str, float]:
    """Return the median milliseconds of each action on a copy of the store of this size."""
    store = _store_of(size)
    with tempfile.TemporaryDirectory(dir=_DATA) as temporary:
        path = Path(temporary) / "feeds.db"
        shutil.copyfile(store, path)
        path.chmod(0o600)
        clock = _Clock()
        with Reader(path, refresh_settings=_SETTINGS, clock=clock) as reader:
            for number in range(DUE_FEEDS):
                due, _ = reader.subscribe(f"http://{hosts(1)[0]}:{port}/due/{number}")
            _refresh(reader)
            newest = reader.entry_ids("is:unread", limit=2 * rounds)
            actions: dict[str, Callable[[int], object]] = {
                "list, 50 unread": lambda _: list(reader.entries("is:unread", limit=50)),
                "list, a feed by number": lambda _: list(
                    reader.entries(f"feed:{due.id}", limit=20)
                ),
                "list, a feed by words": lambda _: list(reader.entries("feed:due-7", limit=20)),
                "search": lambda _: list(reader.entries(WORD, limit=100)),
                "status": lambda _: reader.status(),
                "mark read of one": lambda n: reader.mark_read([newest[n]]),
                "one entry": lambda n: reader.entry(newest[n]),
                "refresh, 50 feeds, a new entry each": lambda _: _refresh_news(reader, port, clock),
                "retention after a refresh": lambda _: _retain(reader),
            }
            return {name: _median_ms(action, rounds) for name, action in actions.items()}


class _Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


def _refresh(reader: Reader) -> list[RefreshOutcome]:
    return [
        one
        for one in reader.refresh()
        if isinstance(one, RefreshOutcome) and one.outcome != "skipped"
    ]


def _refresh_news(reader: Reader, port: int, clock: _Clock) -> None:
    urllib.request.urlopen(f"http://{hosts(1)[0]}:{port}/gen/1").read()
    clock.now += timedelta(days=2)
    outcomes = _refresh(reader)
    assert len(outcomes) == DUE_FEEDS, f"{len(outcomes)} feeds were asked"
    assert sum(one.new for one in outcomes) == DUE_FEEDS


def _retain(reader: Reader) -> None:
    from feedreader.model import RetentionSettings

    reader.apply_retention(RetentionSettings())


def _median_ms(action: Callable[[int], object], rounds: int) -> float:
    times = []
    action(0)
    for number in range(1, rounds + 1):
        started = time.perf_counter()
        action(number)
        times.append((time.perf_counter() - started) * 1000)
    return median(times)


def measure(sizes: list[int], rounds: int) -> str:
    figures = {}
    port = free_port()
    world = [PYTHON, str(Path(__file__).with_name("world.py"))]
    for size in sizes:
        options = [port, 1, 0, 0, 0, DUE_ENTRIES]
        with serving([*world, *map(str, options)], hosts(1)[0], port):
            figures[size] = measure_store(size, port, rounds)
    head = ["ms, median", *(f"{size:,} entries" for size in sizes), "largest against smallest"]
    rows = []
    for name in figures[sizes[0]]:
        values = [figures[size][name] for size in sizes]
        ratio = values[-1] / values[0]
        held = "flat" if ratio <= GOAL else f"**{(ratio - 1) * 100:.0f}% more**"
        rows.append([name, *(f"{value:.2f}" for value in values), f"{ratio:.2f} ({held})"])
    return f"{FEEDS:,} feeds, {os.cpu_count()} cores.\n\n" + table(head, rows)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--sizes", default="10000,100000,1000000")
    arguments.add_argument("--rounds", type=int, default=7)
    chosen = arguments.parse_args()
    print(measure([int(size) for size in chosen.sizes.split(",")], chosen.rounds))
