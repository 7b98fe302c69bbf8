"""A reader on a database of its own, a clock to turn, and feeds that bring what they are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feedreader.core.identity import identify
from feedreader.core.plan import plan_entries
from feedreader.model import Entry, Feed, FeedUpdate, PollState
from feedreader.reader import Reader
from feedreader.store import Store

MORNING = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


@dataclass
class Desk:
    """A reader whose clock can be turned, and feeds that bring entries when told."""

    path: Path
    now: datetime = MORNING
    feeds: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reader = Reader(self.path, clock=lambda: self.now)

    def bring(self, feed: str, *titles: str, folder: str = "", words: int = 10) -> None:
        """Let a feed have new entries, the first of them the newest."""
        entries = tuple(
            Entry(
                guid=f"{feed} {title}",
                title=title,
                link=f"https://{feed}.example/{title.replace(' ', '-')}",
                published=self.now - timedelta(minutes=number, seconds=len(self.feeds)),
                content_html=f"<p>{'word ' * words}</p>",
            )
            for number, title in enumerate(titles)
        )
        with Store(self.path) as store:
            with store.transaction():
                feed_id, _ = store.feeds.add(f"https://{feed}.example/feed", now=self.now)
                if folder:
                    store.feeds.place(feed_id, [(folder,)])
            identified = identify(entries)
            plan = plan_entries(identified, store.entries.known(feed_id, identified))
            update = FeedUpdate(feed_id, PollState(), feed=Feed(title=feed), new=plan.new)
            store.apply([update], self.now)
        self.feeds[feed] = feed_id

    def titles(self, name: str = "Morning") -> list[str]:
        """What stands in the newest paper of a name, with its sections."""
        editions = self.reader.editions
        entries = editions.entries(editions.find([name]).id)
        by_id = {one.id: one.title for one in self.reader.entries("")}
        return [f"{one.section}: {by_id[one.entry_id]}" for one in entries]

    def ids(self, *titles: str) -> list[int]:
        return [one.id for one in self.reader.entries("") if one.title in titles]

    def is_unread(self, title: str) -> bool:
        return next(not one.is_read for one in self.reader.entries("") if one.title == title)
