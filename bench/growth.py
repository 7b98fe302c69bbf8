"""Does the cost of everyday actions grow with what is stored? 10,000 feeds, more and more entries.

    python bench/growth.py [--sizes 10000,100000,1000000] [--rounds 7]

The stores are made once, in bench/.data, and copied for each run; those of all sizes take
turns. The searched word stands in fifty entries of each store.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import shutil
import sqlite3
import tempfile
import time
import urllib.request
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TypeVar

from feedreader.model import RefreshOutcome, RefreshSettings, RetentionSettings
from feedreader.reader import Reader
from feedreader.store.schema import _FIRST_SCHEMA
from measure import PYTHON, ROOT, free_port, serving, table, verdict
from world import hosts

FEEDS = 10_000
DUE_FEEDS = 50
DUE_ENTRIES = 20
WORD, HITS = "zephyr", 50
GOAL = 1.2
REFRESH, MARK = "refresh, 50 feeds, a new entry each", "mark read of one"
_REPEATS = 30
DATA = ROOT / "bench" / ".data"
VOCABULARY = [f"{a}{b}{c}" for a in "bdfgklmn" for b in "aeiou" for c in ("rt", "nd", "sh", "lo")]
Store = TypeVar("Store", int, str)
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
            words = draw.choices(VOCABULARY, k=60)
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


def store_of(size: int) -> Path:
    """Return a store of so many entries, made if it is not there as the schema is today."""
    schema = hashlib.blake2b("".join(_FIRST_SCHEMA).encode(), digest_size=4).hexdigest()
    path = DATA / f"growth-{size}-{schema}.db"
    if not path.exists():
        DATA.mkdir(exist_ok=True)
        for outdated in DATA.glob(f"growth-{size}-*"):
            outdated.unlink()
        draft = path.with_suffix(".part")
        build_store(draft, feeds=FEEDS, entries=size)
        draft.replace(path)
    return path


@contextmanager
def copy_of(size: int) -> Iterator[Path]:
    """Give a copy of a store, which is gone when the block ends."""
    store = store_of(size)
    with tempfile.TemporaryDirectory(dir=DATA) as temporary:
        path = Path(temporary) / "feeds.db"
        shutil.copyfile(store, path)
        path.chmod(0o600)
        yield path


class Grown:
    """A store of some size, with feeds that can be refreshed, and what people do with it."""

    def __init__(self, path: Path, port: int, rounds: int) -> None:
        self.now = datetime.now(UTC)
        self.reader = Reader(path, refresh_settings=_SETTINGS, clock=lambda: self.now)
        for number in range(DUE_FEEDS):
            self._due, _ = self.reader.subscribe(f"http://{hosts(1)[0]}:{port}/due/{number}")
        self.refresh(new=DUE_ENTRIES)
        self._newest = self.reader.entry_ids("is:unread", limit=2 * rounds + 2)

    def refresh(self, new: int) -> None:
        """Ask the feeds that are due; each has so many new entries."""
        self.now += timedelta(days=2)
        told = [one for one in self.reader.refresh() if isinstance(one, RefreshOutcome)]
        outcomes = [one for one in told if one.outcome != "skipped"]
        assert len(outcomes) == DUE_FEEDS, f"{len(outcomes)} feeds were asked"
        assert sum(one.new for one in outcomes) == new * DUE_FEEDS

    def actions(self) -> Mapping[str, Callable[[int], object]]:
        """Return what is measured; each takes the number of the round."""
        reader, due = self.reader, self._due
        return {
            "list, 50 unread": lambda _: list(reader.entries("is:unread", limit=50)),
            "list, a feed by number": lambda _: list(reader.entries(f"feed:{due.id}", limit=20)),
            "list, a feed by words": lambda _: list(reader.entries("feed:due-7", limit=20)),
            "search": lambda _: list(reader.entries(WORD, limit=100)),
            "status": lambda _: reader.status(),
            MARK: lambda number: reader.mark_read([self._newest[number]]),
            "one entry": lambda number: reader.entry(self._newest[number]),
            REFRESH: lambda _: self.refresh(new=1),
            "retention after a refresh": lambda _: reader.apply_retention(RetentionSettings()),
        }


def publish(port: int) -> None:
    """Let each feed have one more entry."""
    urllib.request.urlopen(f"http://{hosts(1)[0]}:{port}/gen/1").read()


def time_in_turn(
    stores: Mapping[Store, Grown], port: int, rounds: int, only: Collection[str] = ()
) -> dict[str, dict[Store, float]]:
    """Return the median milliseconds of each action, or of some, on each store, all in turn."""
    all_actions = {key: store.actions() for key, store in stores.items()}
    names = [name for name in next(iter(all_actions.values())) if not only or name in only]
    times: dict[str, dict[Store, list[float]]] = {
        name: {key: [] for key in stores} for name in names
    }
    for number in range(rounds + 1):
        for name in names:
            if name == REFRESH:
                publish(port)
            # Each store goes first as often as the others, and what changes nothing is repeated.
            turn = list(all_actions.items())[:: 1 if number % 2 else -1]
            for key, actions in turn * (1 if name in (REFRESH, MARK) else _REPEATS):
                started = time.perf_counter()
                actions[name](number)
                if number:  # the first time warms up
                    times[name][key].append((time.perf_counter() - started) * 1000)
    return {
        name: {key: median(values) for key, values in by_store.items()}
        for name, by_store in times.items()
    }


@contextmanager
def web_of_feeds() -> Iterator[int]:
    """Serve feeds on a port while the block runs."""
    port = free_port()
    world = [PYTHON, str(Path(__file__).with_name("world.py"))]
    with serving([*world, *map(str, (port, 1, 0, 0, 0, DUE_ENTRIES))], hosts(1)[0], port):
        yield port


def measure(sizes: list[int], rounds: int) -> str:
    with ExitStack() as stack:
        port = stack.enter_context(web_of_feeds())
        stores = {size: Grown(stack.enter_context(copy_of(size)), port, rounds) for size in sizes}
        for store in stores.values():
            stack.enter_context(store.reader)
        figures = time_in_turn(stores, port, rounds)
    head = ["ms, median", *(f"{size:,} entries" for size in sizes), "largest against smallest"]
    rows = []
    for name, by_size in figures.items():
        ratio = by_size[sizes[-1]] / by_size[sizes[0]]
        values = [f"{by_size[size]:.2f}" for size in sizes]
        rows.append([name, *values, verdict(ratio, GOAL)])
    return f"{FEEDS:,} feeds, stores in turn, {rounds} rounds.\n\n" + table(head, rows)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--sizes", default="10000,100000,1000000")
    arguments.add_argument("--rounds", type=int, default=7)
    chosen = arguments.parse_args()
    print(measure([int(size) for size in chosen.sizes.split(",")], chosen.rounds))
