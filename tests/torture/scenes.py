"""Feeds on a loopback server, a database that follows them, and all that a database holds."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from feedreader.model import PageOutcome, RefreshOutcome, RefreshSettings
from feedreader.reader import Reader
from servers import Answer, Behaviour, Exchange, LoopbackServer

IS_FULL = os.environ.get("FEEDREADER_TORTURE") == "full"
Tally = Callable[..., None]
"""Notes a line of the table; see the fixture of that name."""
SETTINGS = RefreshSettings(host_pause_s=0.0)
BEFORE = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
KNOWN_ENTRIES = 20
"""Of each feed, before a scene begins; some of them read, starred, tagged."""
PAGE_ENTRIES = 12

_CHILD = Path(__file__).with_name("child.py")
_STORY = "Of ships and harbours this story tells at some length, so that it is whole. " * 6
TEASER = "A word on ships and on the harbours from which they sail …"
_PAGE = """<html><head><title>{0}</title></head><body><nav><a href="/">Home</a></nav><article>
<h1>{0}</h1>{1}</article><footer>All rights reserved</footer></body></html>"""
_PARAGRAPH = (
    "<p>Paragraph {} of this page says what the summary had to leave out, in several clauses,"
    " so that it is plainly the main text of the page.</p>"
)


def rss(*numbers: int, story: str = _STORY, host: str = "") -> bytes:
    """Return a feed with these entries."""
    items = "".join(
        f"<item><title>Story {n}</title><guid isPermaLink='false'>id-{n}</guid>"
        f"<link>{host}/page/{n}</link><pubDate>Tue, 24 Nov 2026 {n % 24:02}:00:00 GMT</pubDate>"
        f"<description>Number {n}. {story}</description></item>"
        for n in numbers
    )
    return (
        f"<rss version='2.0'><channel><title>Feed</title><link>{host}/</link>{items}"
        "</channel></rss>"
    ).encode()


def conditional(body: Callable[[], bytes], etag: Callable[[], str]) -> Behaviour:
    """Answer 304 to whoever has the newest entity tag, else 200 with body and tag."""

    async def behave(exchange: Exchange) -> None:
        tag = etag()
        if exchange.request.headers.get("if-none-match") == tag:
            answer = Answer(304, headers={"ETag": tag}, keeps_open=False)
        else:
            answer = Answer(body=body(), headers={"ETag": tag}, keeps_open=False)
        await exchange.send(answer.encode())

    return behave


class Publisher:
    """Five feeds of whole stories and one of summaries, each on a host of its own."""

    def __init__(self, *, entries: int) -> None:
        self.entries = entries
        self.published = KNOWN_ENTRIES
        self.server = LoopbackServer(host="0.0.0.0")
        for number in range(1, 6):
            self.server.answers[f"/feed/{number}"] = conditional(self._whole, self._etag)
        self.server.answers["/feed/6"] = conditional(self._summaries, self._etag)
        for number in range(1, 2 * PAGE_ENTRIES + 1):
            page = _PAGE.format(
                f"Story {number}", "".join(map(_PARAGRAPH.format, range(number, number + 8)))
            )
            self.server.answers[f"/page/{number}"] = Answer(
                body=page.encode(), headers={"Content-Type": "text/html"}
            )

    def urls(self) -> list[str]:
        return [self.server.url(f"/feed/{n}", host=f"127.0.1.{n}") for n in range(1, 7)]

    def publish_all(self) -> None:
        """Let the feeds hold all their entries from now on."""
        self.published = self.entries

    def _etag(self) -> str:
        return f'"{self.published}"'

    def _whole(self) -> bytes:
        return rss(*range(self.published, 0, -1))

    def _summaries(self) -> bytes:
        last = PAGE_ENTRIES if self.published == KNOWN_ENTRIES else 2 * PAGE_ENTRIES
        host = self.server.url("", host="127.0.1.6")
        return rss(
            *range(last, 0, -1),
            story="A word on ships and on the harbours from which they sail …",
            host=host,
        )


@contextmanager
def publisher(*, entries: int) -> Iterator[Publisher]:
    scene = Publisher(entries=entries)
    with scene.server:
        yield scene


def follow(path: Path, scene: Publisher) -> None:
    """Make a database that knows the first entries and has marks on them."""
    with reader_at(path, BEFORE) as reader:
        for url in scene.urls():
            reader.subscribe(url, folder=("Ships",))
        run_refresh(reader)
        reader.mark_read("")
        reader.mark_read('intitle:"Story 3"', False)
        reader.star('intitle:"Story 4"')
        reader.read_later('intitle:"Story 5"')
        reader.tag('intitle:"Story 6"', "kept")
    scene.publish_all()


def reader_at(path: Path, moment: datetime = NOW, **options: Any) -> Reader:
    return Reader(path, refresh_settings=SETTINGS, clock=lambda: moment, **options)


def run_refresh(reader: Reader, **options: Any) -> list[RefreshOutcome | PageOutcome]:
    return list(reader.refresh(**options))


def copy_database(source: Path, target: Path) -> Path:
    """Copy a database that no one has open."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    return target


# --- what a database holds --------------------------------------------------

_CONTENTS = {
    "feeds": """SELECT url, kind, title, user_title, link, description, format, is_summary_only,
        settings, added_at, removed_at FROM feeds""",
    "validators": """SELECT url, etag, last_modified, body_hash, failures, error, gone_at, moved_to
        FROM polls JOIN feeds ON feeds.id = feed_id""",
    "counts": """SELECT url, entries, unread, starred
        FROM feed_counts JOIN feeds ON feeds.id = feed_id""",
    "entries": """SELECT url, hex(key) AS key_, hex(alt_key), hex(content_hash), sort_at,
        received_at, published_at, e.updated_at, deleted_at, is_read, is_starred, is_later,
        is_muted, is_edited, full_text_source, page_wanted, page_tries, word_count, e.title,
        e.link, e.authors, summary, text, feed_html, page_html, page_method, page_error, details
        FROM entries AS e JOIN feeds ON feeds.id = feed_id JOIN entry_bodies ON entry_id = e.id""",
    "tags": """SELECT url, hex(key), tag FROM entry_tags JOIN entries AS e ON e.id = entry_id
        JOIN feeds ON feeds.id = feed_id""",
    "folders": """SELECT url, name FROM feed_folders JOIN feeds ON feeds.id = feed_id
        JOIN folders ON folders.id = folder_id""",
    "found": """SELECT url, hex(key) FROM entries_fts
        JOIN entries AS e ON e.id = entries_fts.rowid JOIN feeds ON feeds.id = feed_id
        WHERE entries_fts MATCH 'ships'""",
    "searches": "SELECT name, query FROM saved_searches",
}
"""All that must not depend on whether a refresh was killed: ids and the jitter of times may."""


def contents(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of a database without their ids."""
    connection = sqlite3.connect(path)
    try:
        return {
            name: sorted(connection.execute(sql).fetchall(), key=repr)
            for name, sql in _CONTENTS.items()
        }
    finally:
        connection.close()


def marks(path: Path) -> set[tuple[Any, ...]]:
    """Return the user's state of the entries that were known when the scene began."""
    connection = sqlite3.connect(path)
    try:
        return set(
            connection.execute(
                """SELECT feed_id, key, is_read, is_starred, is_later,
                       (SELECT group_concat(tag) FROM entry_tags WHERE entry_id = id)
                   FROM entries WHERE received_at <= ?""",
                (int(BEFORE.timestamp()),),
            )
        )
    finally:
        connection.close()


def problems(path: Path) -> tuple[str, ...]:
    with reader_at(path) as reader:
        return reader.find_problems()


# --- a process of its own ---------------------------------------------------


def start_child(
    action: str, database: Path, env: Mapping[str, str] = os.environ, **order: Any
) -> subprocess.Popen[str]:
    """Start child.py; see there for what it can be told."""
    told = {"action": action, "database": str(database), "now": NOW.timestamp(), **order}
    return subprocess.Popen(
        [sys.executable, str(_CHILD), json.dumps(told)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**env, "PYTHONPATH": str(Path(__file__).parents[2] / "src")},
    )


def run_child(
    action: str, database: Path, env: Mapping[str, str] = os.environ, **order: Any
) -> tuple[int, str, str]:
    """Run child.py to its end; return exit code (negative: signal), stdout and stderr."""
    child = start_child(action, database, env, **order)
    out, err = child.communicate(timeout=120)
    return child.returncode, out, err
