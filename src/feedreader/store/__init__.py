"""The database: the only home of sqlite3 and sqlite-utils."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from feedreader import model
from feedreader.store import upkeep
from feedreader.store.connection import Connection, to_moment, to_timestamp
from feedreader.store.entries import EntryStore
from feedreader.store.feeds import FeedStore, shown_url
from feedreader.store.lock import RefreshLock

if TYPE_CHECKING:
    from feedreader.model import FeedUpdate, Status
    from feedreader.store.grouping import Grouping
    from feedreader.store.health import HealthStore
    from feedreader.store.search import SearchIndex
    from feedreader.store.statistics import StatisticsStore
    from feedreader.store.stories import StoryStore

__all__ = ["RefreshLock", "Store", "upkeep"]

_IS_ARCHIVED = "coalesce(json_extract(settings, '$.is_archived'), 0)"


class Store:
    """One thread's access to one database file."""

    def __init__(self, path: Path, *, create: bool = True) -> None:
        self.connection = Connection(path, create=create)
        self.connection.register_function("regexp", 2, _regexp)
        self.connection.register_function("shown_url", 1, shown_url)
        self.feeds = FeedStore(self.connection)
        self.entries = EntryStore(self.connection)

    @cached_property
    def stories(self) -> StoryStore:
        """What is known of stories that several feeds tell."""
        from feedreader.store.stories import StoryStore

        return StoryStore(self.connection)

    @cached_property
    def grouping(self) -> Grouping:
        """How entries get into stories: with what compares texts, which only a refresh needs."""
        from feedreader.store.grouping import Grouping

        return Grouping(self.connection)

    @cached_property
    def search(self) -> SearchIndex:
        """The full-text index, as a first look at what a filter finds asks it."""
        from feedreader.store.search import SearchIndex

        return SearchIndex(self.connection)

    @cached_property
    def health(self) -> HealthStore:
        """What the tables say of how feeds fare."""
        from feedreader.store.health import HealthStore

        return HealthStore(self.connection)

    @cached_property
    def statistics(self) -> StatisticsStore:
        """The tables about arrival and reading."""
        from feedreader.store.statistics import StatisticsStore

        return StatisticsStore(self.connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a block as one transaction."""
        with self.connection.transaction():
            yield

    def apply(self, updates: Sequence[FeedUpdate], now: datetime) -> None:
        """Store what polls brought, entries and validators together, in one transaction."""
        with self.transaction():
            for update in updates:
                if update.new_url:
                    self.feeds.change_url(update.subscription_id, update.new_url)
                self.feeds.save_poll(update.subscription_id, update.poll)
                if update.feed is not None:
                    self.feeds.describe(
                        update.subscription_id,
                        update.feed,
                        format=update.format,
                        is_summary_only=update.is_summary_only,
                    )
                new = self.entries.apply(update, now)
                if update.feed is not None:
                    # What could not be stored is to be read again.
                    items = update.items if len(new) == len(update.new) else b""
                    self.feeds.keep_items(update.subscription_id, items)
                if new:
                    self.grouping.add(update.subscription_id, new, now)
                if changed := [one.id for one in update.changed if one.is_changed]:
                    self.grouping.regroup(changed)
                if update.new:
                    # Of a feed's first fetch, the rest came long ago.
                    count = len(update.new)
                    if update.unread_limit is not None:
                        count = min(count, update.unread_limit)
                    self.statistics.count_arrivals(update.subscription_id, count, now)

    def status(self) -> Status:
        """Return the figures of a status bar; the cost does not grow with the entries."""
        with self.connection.snapshot():
            row = self.connection.row(
                f"""SELECT count(*) AS feeds, coalesce(sum(unread), 0) AS unread,
                       coalesce(sum(starred), 0) AS starred, coalesce(sum(entries), 0) AS entries,
                       coalesce(sum(failures > 0 AND NOT {_IS_ARCHIVED}), 0) AS failing,
                       min(iif(gone_at IS NULL AND kind <> 'pages' AND NOT {_IS_ARCHIVED},
                           coalesce(next_check_at, added_at), NULL)) AS next_due_at
                   FROM feeds JOIN feed_counts ON feed_counts.feed_id = feeds.id
                       JOIN polls ON polls.feed_id = feeds.id
                   WHERE removed_at IS NULL"""
            )
            last = self.connection.value("SELECT value FROM meta WHERE key = 'last_refresh_at'")
        assert row is not None
        return model.Status(
            unread=row["unread"],
            starred=row["starred"],
            entries=row["entries"],
            feeds=row["feeds"],
            failing=row["failing"],
            last_refresh_at=to_moment(last),
            next_due_at=to_moment(row["next_due_at"]),
            is_refreshing=RefreshLock(self.connection.path).is_held(),
        )

    def has_any(self, table: Literal["edition_plans", "hook_queue"]) -> bool:
        """Say whether a table holds anything."""
        return bool(self.connection.value(f"SELECT EXISTS (SELECT 1 FROM {table})"))

    def finish_refresh(self, now: datetime) -> None:
        """Remember that a refresh came to its end."""
        if "grouping" in vars(self):  # else no entry came, and there are no more keys than before
            with self.transaction():
                self.grouping.forget_old_keys(now)
        upkeep.remember(self.connection, "last_refresh_at", to_timestamp(now))


def _regexp(pattern: str, text: str | None) -> bool:
    # Few queries have one, and most commands do without the query language.
    from feedreader.core.query.patterns import regexp

    return regexp(pattern, text)
