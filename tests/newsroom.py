"""A reader whose feeds tell stories that others tell too, and a clock to turn."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feedreader.core.identity import identify
from feedreader.core.plan import plan_entries
from feedreader.model import Entry, Feed, FeedUpdate, PollState
from feedreader.reader import Reader
from feedreader.store import Store

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)

BRIDGE = (
    "The council agreed on Tuesday to build the new bridge over the river after all, although"
    " steel has become so dear that the price will be a third above what was said in spring."
    " The harbour master had warned for months that the piers of the old one stand on sand and"
    " will not bear another winter. Work begins in March, and ferries will run until it ends."
)
OWLS = (
    "Three young owls were found in the belfry of the old mill, where nobody had looked since"
    " the clock was taken down. A warden fed them through the night and says that they can be"
    " let go in a fortnight, if the weather holds and the miller leaves his lights off."
)
BAKERS = (
    "Flour from the island mill is to be ground by wind again, say the bakers of four villages"
    " who have bought the sails together and mean to share whatever the autumn storms will give."
)


@dataclass
class Newsroom:
    """Feeds by name, each of which brings what it is told to."""

    path: Path
    now: datetime = NOW
    feeds: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store = Store(self.path)
        self.reader = Reader(self.path, clock=lambda: self.now)

    def bring(
        self,
        feed: str,
        title: str,
        text: str,
        *,
        link: str = "",
        age: timedelta = timedelta(hours=1),
        guid: str = "",
        folder: str = "",
    ) -> int:
        """Let a feed have an entry, new or changed; return its id."""
        entry = Entry(
            guid=guid or title,
            title=title,
            link=link or f"https://{feed}.example/{title.replace(' ', '-')}",
            published=self.now - age,
            content_html=f"<p>{text}</p>" if text else "",
        )
        with self.store.transaction():
            feed_id, _ = self.store.feeds.add(f"https://{feed}.example/feed", now=self.now)
            if folder:
                self.store.feeds.place(feed_id, [(folder,)])
        identified = identify([entry])
        plan = plan_entries(identified, self.store.entries.known(feed_id, identified))
        update = FeedUpdate(
            feed_id,
            PollState(checked_at=self.now, next_check_at=self.now + timedelta(days=1)),
            feed=Feed(title=feed),
            new=plan.new,
            changed=plan.changed,
        )
        self.store.apply([update], self.now)
        self.feeds[feed] = feed_id
        return self.store.entries.known(feed_id, identified).by_key[identified[0].key].id

    def wait(self, **time: float) -> None:
        """Turn the clock."""
        self.now += timedelta(**time)

    def titles(self, query: str = "") -> list[str]:
        """What a list of stories shows."""
        return [one.title for one in self.reader.entries(query, stories=True)]

    def counts(self) -> dict[str, int]:
        """How many feeds carry each entry's story, by title."""
        return {one.title: one.copy_count for one in self.reader.entries("")}

    def close(self) -> None:
        """Close all; nothing must be wrong with the database."""
        problems = self.reader.find_problems()
        self.reader.close()
        self.store.close()
        assert problems == ()
