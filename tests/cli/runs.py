"""The program run in a process or on a terminal, and a database for it to read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feedreader.core.identity import identify
from feedreader.core.plan import plan_entries
from feedreader.model import Enclosure, Entry, Feed, FeedUpdate, FullText, PollState
from feedreader.reader import Reader
from feedreader.store import Store
from pseudo_terminal import run_on_pty


@dataclass(frozen=True)
class Result:
    """What one run of the program gave."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def records(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.lines]

    @property
    def record(self) -> dict[str, object]:
        (record,) = self.records
        return record


def run_process(*words: str, stdin: bytes = b"", **environment: str) -> Result:
    """Run the program in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "feedreader", *words],
        input=stdin,
        capture_output=True,
        env={**os.environ, **environment},
        timeout=60,
        check=False,
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


HOSTILE = "Evil\x1b]52;c;AAAA\x07 \u202etitle\x9b31m"
NOW = datetime.now(UTC).replace(microsecond=0)


def seed(path: Path) -> None:
    """Write two feeds in folders with seven entries, some marked, into a new database."""
    with Store(path) as store, store.transaction():
        linux = store.feeds.add("https://linux.example/feed", now=NOW - timedelta(days=30))[0]
        world = store.feeds.add("https://world.example/rss", now=NOW - timedelta(days=30))[0]
        store.feeds.place(linux, [("Technology", "Kernel")])
        store.feeds.place(world, [("News",)])
    _poll(
        path,
        linux,
        Feed(title="Linux 週報", link="https://linux.example/"),
        [
            _entry(1, "Kernel 7.1 released", hours=1, authors=("Ann", "Bo")),
            _entry(
                2, "日本語のタイトルはとても長いので、八十桁の端末では切り取られるはずです", hours=2
            ),
            _entry(3, "=cmd|' /c calc'!A1", hours=3),
            _entry(4, "{0.__class__} {title} \\n %(password)s", hours=50),
        ],
    )
    _poll(
        path,
        world,
        Feed(title="World news", link="https://world.example/"),
        [
            _entry(5, "A podcast", hours=4, enclosures=(_EPISODE,)),
            _entry(6, "Harbour at dawn", hours=24 * 20),
            _entry(7, "Old words", hours=24 * 500),
        ],
    )
    with Reader(path) as reader:
        reader.mark_read([entry_id(reader, "Harbour at dawn")])
        reader.star([entry_id(reader, "Harbour at dawn")])
        reader.tag([entry_id(reader, "A podcast")], "audio")
    with Store(path) as store, store.transaction():
        page = FullText(
            html='<p>Whole story with a <a href="https://ships.example/list">list</a>.</p>',
            text="Whole story with a list.",
            word_count=5,
            method="readability",
        )
        with Reader(path) as reader:
            harbour = entry_id(reader, "Harbour at dawn")
        store.entries.save_page(harbour, page)


_EPISODE = Enclosure("https://world.example/1.mp3", "audio/mpeg", 12_000_000, "", 3723)


def _entry(number: int, title: str, *, hours: float, **fields: object) -> Entry:
    return Entry(
        guid=f"urn:{number}",
        title=title,
        link=f"https://site.example/{number}",
        published=NOW - timedelta(hours=hours),
        content_html=f"<p>Body of <b>number</b> {number} speaks of kernels.</p>",
        **fields,  # type: ignore[arg-type]
    )


def _poll(path: Path, feed_id: int, feed: Feed, entries: Sequence[Entry]) -> None:
    with Store(path) as store:
        identified = identify(entries)
        plan = plan_entries(identified, store.entries.known(feed_id, identified))
        poll = PollState(
            checked_at=NOW,
            succeeded_at=NOW,
            next_check_at=NOW + timedelta(hours=2),
            next_check_reason="it posts about daily",
        )
        store.apply([FeedUpdate(feed_id, poll, feed=feed, new=plan.new)], NOW)


def entry_id(reader: Reader, title: str) -> int:
    """Return the id of the entry of this title."""
    (found,) = [one.id for one in reader.entries("") if one.title == title]
    return found


def on_terminal(
    *words: str, typed: str = "", code: int | None = 0, columns: int = 80, **environment: str
) -> str:
    """Run the program on a pseudo-terminal and type; return what it printed.

    It must end with `code`, or anyhow if that is None.
    """
    terminal = {"TERM": "xterm-256color", "COLUMNS": str(columns)}
    ended, printed = run_on_pty(words, {**os.environ, **terminal, **environment}, typed=typed)
    assert code in (ended, None), printed
    return printed.replace("\r\n", "\n")
