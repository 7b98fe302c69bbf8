"""The short way of the most frequent query selects what the query language says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedreader.core.query import parse
from feedreader.selecting import Selector
from feedreader.store import Store

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.mark.parametrize("has_removed_feed", [False, True])
def test_unread_is_selected_as_the_query_language_selects_it(
    tmp_path: Path, has_removed_feed: bool
) -> None:
    with Store(tmp_path / "feeds.db") as store:
        feed_id, _ = store.feeds.add("https://a.example/feed", now=NOW)
        if has_removed_feed:
            store.feeds.remove(feed_id, NOW)
        selector = Selector(store, lambda: NOW)
        assert selector.select("is:unread") == selector.compile(
            parse("is:unread"), selector.context()
        )
