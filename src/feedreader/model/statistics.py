"""What came and what was read of it, by day, by feed and by hour of the week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feedreader.model.summaries import EntrySummary


@dataclass(frozen=True, slots=True)
class Figures:
    """How much came, and what became of it."""

    received: int = 0
    """Entries that came unread; of a feed's first fetch, only these."""
    read: int = 0
    """Entries that were read one by one."""
    skipped: int = 0
    """Entries that were marked read together, unopened."""
    seconds: int = 0
    """While a story was in sight and the reader awake."""
    words: int = 0
    """As many as one reads in that time, and no more than the stories have."""

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            self.received + other.received,
            self.read + other.read,
            self.skipped + other.skipped,
            self.seconds + other.seconds,
            self.words + other.words,
        )


@dataclass(frozen=True, slots=True)
class FeedFigures:
    """The figures of one feed."""

    feed_id: int
    title: str
    """"" if the feed is no longer followed."""
    unread: int
    """As it stands now."""
    figures: Figures

    @property
    def read_share(self) -> float:
        """How much of what came was read, from 0 to 1."""
        figures = self.figures
        return min(1.0, figures.read / figures.received) if figures.received else 0.0


@dataclass(frozen=True, slots=True)
class Statistics:
    """All of one stretch of days, in the time zone in which they were lived."""

    first_day: date
    days: tuple[Figures, ...]
    """One for each day from `first_day` to today."""
    feeds: tuple[FeedFigures, ...]
    """Those that sent something or were read, by how much was read, then by how much came."""
    hours: tuple[tuple[int, ...], ...]
    """Seven weekdays from Monday of 24 hours: seconds of reading, else entries read."""
    is_timed: bool
    """Whether `hours` are seconds."""
    streak_days: int
    """So many days in a row up to today or yesterday something was read."""
    never_read: tuple[FeedFigures, ...]
    """Feeds that sent entries and of which nothing was read or looked at; the loudest first."""
    longest_unread: tuple[EntrySummary, ...]
    """The oldest unread entries, the oldest first."""

    @property
    def total(self) -> Figures:
        return sum(self.days, Figures())
