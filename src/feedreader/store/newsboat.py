"""Newsboat's `cache.db`, read only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from feedreader.core.newsboat import NewsboatItem, map_cache_row
from feedreader.errors import ImportFailed


def read_newsboat_cache(path: Path) -> Iterator[NewsboatItem]:
    """Return what Newsboat knows of its entries; raises `ImportFailed`."""
    if not path.is_file():
        raise ImportFailed(f"there is no file {path}")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as cache:
            cache.text_factory = lambda data: data.decode("utf-8", "replace")
            for feed_url, guid, url, unread, flags in cache.execute(
                "SELECT feedurl, guid, url, unread, flags FROM rss_item WHERE deleted = 0"
            ):
                yield map_cache_row(
                    feed_url=feed_url, guid=guid, url=url, unread=unread, flags=flags
                )
    except sqlite3.DatabaseError as error:
        raise ImportFailed(f"{path} is no cache.db of Newsboat: {error}") from error
