"""A small real database for the screen: the demonstration feeds, and some odd ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from feedreader.core.identity import identify
from feedreader.core.parse import parse_feed
from feedreader.core.plan import plan_entries
from feedreader.demo.feeds import feed_path
from feedreader.demo.site import Site
from feedreader.model import Entry, Feed, FeedUpdate, PollState
from feedreader.store import Store

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def seed(path: Path) -> None:
    """Fill a new database."""
    site = Site("https://demo.example", NOW - timedelta(minutes=30), is_live=False)
    with Store(path) as store:
        for feed in site.feeds:
            document = site.document(feed_path(feed), NOW)
            assert document is not None
            parsed = parse_feed(
                document.body, content_type=document.content_type, url=site.url + feed_path(feed)
            )
            add(store, site.url + feed_path(feed), feed.folders, parsed.feed, parsed.entries)


def add(
    store: Store,
    url: str,
    folder: tuple[str, ...],
    feed: Feed,
    entries: tuple[Entry, ...],
    **poll: object,
) -> int:
    with store.transaction():
        feed_id, _ = store.feeds.add(url, now=NOW)
        store.feeds.add_to_folder(feed_id, folder)
    identified = identify(entries)
    plan = plan_entries(identified, store.entries.known(feed_id, identified))
    update = FeedUpdate(
        feed_id,
        PollState(checked_at=NOW, next_check_at=NOW + timedelta(hours=2), **poll),
        feed=feed,
        format="RSS 2.0",
        new=plan.new,
    )
    store.apply([update], NOW)
    return feed_id
