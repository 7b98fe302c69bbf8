"""What stands at each path of the demonstration site at a given moment."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from feedreader.demo.content import CONTENT, DemoEntry, DemoFeed, load_feeds
from feedreader.demo.feeds import CONTENT_TYPES, SILENCE, feed_path, published, write_feed
from feedreader.demo.pages import write_about, write_home, write_index, write_story

_HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Document:
    """Something to serve."""

    body: bytes
    content_type: str
    modified_at: datetime
    max_age_s: int | None = None
    """How soon to come back; None: nothing is said."""

    @property
    def etag(self) -> str:
        return f'"{sha256(self.body).hexdigest()[:20]}"'


class Site:
    """The feeds and stories as of `started_at`, under `url` (no slash at the end)."""

    def __init__(self, url: str, started_at: datetime, *, is_live: bool) -> None:
        self.url = url
        self.started_at = started_at.replace(microsecond=0)
        self.is_live = is_live
        self.feeds = load_feeds()
        self._edited_at: dict[str, datetime] = {}

    def document(self, path: str, now: datetime) -> Document | None:
        """Return what stands at a path; None: nothing does."""
        if path == "/":
            return self._page(write_index(self.feeds))
        if path == "/about":
            return self._page(write_about())
        directory, _, name = path.removeprefix("/").partition("/")
        if directory == "images":
            return self._file(name, ".png", "image/png")
        feed = next((feed for feed in self.feeds if feed.slug == directory), None)
        if feed is None:
            return None
        entries = self._entries(feed, now)
        if path == feed_path(feed):
            return self._feed(feed, entries)
        if not name:
            return self._page(write_home(feed, entries))
        slug, _, suffix = name.partition(".")
        entry = next((e for e in entries if e.slug == slug and not e.home), None)
        return self._of_entry(feed, entry, suffix, entries) if entry else None

    def edit(self, path: str, now: datetime) -> None:
        """Let the feed at this path show the later text of its edited story from now on."""
        self._edited_at.setdefault(path.split("/")[1], now.replace(microsecond=0))

    def _entries(self, feed: DemoFeed, now: datetime) -> list[DemoEntry]:
        is_edited = feed.slug in self._edited_at
        return [
            replace(entry, html=entry.edited_html) if is_edited and entry.edited_html else entry
            for entry in feed.entries
            if entry.hours_ago >= 0 or (self.is_live and published(entry, self.started_at) <= now)
        ]

    def _feed(self, feed: DemoFeed, entries: list[DemoEntry]) -> Document:
        body = write_feed(feed, entries, site_url=self.url, started_at=self.started_at)
        modified_at = max(published(entry, self.started_at) for entry in entries)
        if any(entry.edited_html for entry in entries):
            modified_at = self._edited_at.get(feed.slug, modified_at)
        max_age_s = 60 if self.is_live else None
        return Document(body, CONTENT_TYPES[feed.format], modified_at, max_age_s)

    def _of_entry(
        self, feed: DemoFeed, entry: DemoEntry, suffix: str, entries: list[DemoEntry]
    ) -> Document | None:
        if suffix == "mp3" and entry.duration_s:
            return self._file(SILENCE, ".mp3", "audio/mpeg")
        if suffix == "chapters.json" and entry.chapters:
            chapters = [{"startTime": at_s, "title": title} for at_s, title in entry.chapters]
            body = json.dumps({"version": "1.2.0", "chapters": chapters}).encode()
            return Document(body, "application/json+chapters", self.started_at)
        if suffix:
            return None
        others = [other for other in entries if other is not entry and not other.home][:4]
        page = write_story(feed, entry, others, site_url=self.url, started_at=self.started_at)
        return self._page(page)

    def _page(self, body: bytes) -> Document:
        return Document(body, _HTML, self.started_at)

    def _file(self, name: str, suffix: str, content_type: str) -> Document | None:
        known = {file.name for file in (CONTENT / "media").iterdir() if file.name.endswith(suffix)}
        if name not in known:
            return None
        return Document((CONTENT / "media" / name).read_bytes(), content_type, self.started_at)
