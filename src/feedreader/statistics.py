"""Statistics: what came, what was read of it and when, and what never is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime

from feedreader.core.text import WORDS_PER_MINUTE
from feedreader.model import EntrySummary
from feedreader.model.statistics import FeedFigures, Figures, Statistics
from feedreader.selecting import OLDEST_FIRST, Selector
from feedreader.store import Store
from feedreader.store.statistics import day_of

_LONGEST_UNREAD = 5
_NEVER_READ_AFTER_DAYS = 7
"""Who has followed a feed for less has not had the time."""


class ReadingStatistics:
    """Counts reading, and says what was counted."""

    def __init__(self, store: Store, selector: Selector, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._selector = selector
        self._clock = clock

    def note_reading(self, visits: Sequence[tuple[int, float]]) -> None:
        """Count for how many seconds entries (by id) were in sight; one write for all.

        What cannot be written is not counted: reading goes on.
        """
        if not visits or self._store.connection.is_read_only:
            return
        with self._store.transaction():
            self._store.statistics.note_reading(
                visits, self._clock(), words_per_minute=WORDS_PER_MINUTE
            )

    def over(self, days: int, feed_id: int | None = None) -> Statistics:
        """Return the figures of the last days, today among them; of all feeds or of one."""
        today = day_of(self._clock())
        first = today - days + 1
        by_day = [Figures()] * days
        by_feed: defaultdict[int, Figures] = defaultdict(Figures)
        seconds = [[0] * 24 for _ in range(7)]
        reads = [[0] * 24 for _ in range(7)]
        store = self._store.statistics
        with self._store.connection.snapshot():
            # There may be more behind today: the clock may have been wrong.
            for sums in store.arrivals("day", first, today, feed_id):
                by_day[sums.key - first] += Figures(*sums[1:])
            for sums in store.readings("hour", first, today, feed_id):
                day, hour = divmod(sums.key, 24)
                by_day[day - first] += Figures(*sums[1:])
                weekday = date.fromordinal(day).weekday()
                seconds[weekday][hour] += sums.seconds
                reads[weekday][hour] += sums.read
            for sums in store.arrivals("feed_id", first, today, feed_id):
                by_feed[sums.key] += Figures(*sums[1:])
            for sums in store.readings("feed_id", first, today, feed_id):
                by_feed[sums.key] += Figures(*sums[1:])
            rows = store.feeds()
            streak = _streak(store.was_read_on, today)
            longest_unread = self._longest_unread(feed_id)
        feeds = [
            FeedFigures(
                feed,
                rows[feed].title if feed in rows else "",
                rows[feed].unread if feed in rows else 0,
                figures,
            )
            for feed, figures in by_feed.items()
        ]
        feeds.sort(key=lambda one: (-one.figures.read, -one.figures.received, one.title))
        is_timed = any(map(any, seconds))
        return Statistics(
            first_day=date.fromordinal(first),
            days=tuple(by_day),
            feeds=tuple(feeds),
            hours=tuple(map(tuple, seconds if is_timed else reads)),
            is_timed=is_timed,
            streak_days=streak,
            never_read=tuple(
                sorted(
                    (
                        one
                        for one in feeds
                        if one.feed_id in rows
                        and rows[one.feed_id].is_polled
                        and one.figures.received
                        and not (one.figures.read or one.figures.seconds)
                        and not rows[one.feed_id].starred
                        and rows[one.feed_id].added_day <= today - min(days, _NEVER_READ_AFTER_DAYS)
                    ),
                    key=lambda one: -one.figures.received,
                )
            ),
            longest_unread=longest_unread,
        )

    def _longest_unread(self, feed_id: int | None) -> tuple[EntrySummary, ...]:
        where, params, _ = self._selector.select("is:unread")
        if feed_id is not None:
            where = f"{where} AND e.feed_id = {int(feed_id)}"
        ids = self._store.entries.ids(where, params, OLDEST_FIRST, _LONGEST_UNREAD)
        return tuple(self._store.entries.summaries(ids))


def _streak(was_read_on: Callable[[int], bool], today: int) -> int:
    """Return how many days in a row lead up to today or yesterday."""
    last = today if was_read_on(today) else today - 1
    first = last
    while was_read_on(first):
        first -= 1
    return last - first
