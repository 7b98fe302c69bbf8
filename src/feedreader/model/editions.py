"""Editions: finite papers that are made of what is unread, and how each is to be made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Schedule = Literal["daily", "weekdays", "weekly", "by_hand"]
Leftovers = Literal["keep", "read", "carry"]
"""What becomes of what nobody read of a paper when the next is made: it stays unread in its
feed, it counts as read, or it stands once more in the next paper."""


@dataclass(frozen=True, slots=True)
class EditionSection:
    """A part of a paper: the unread entries that a query selects, so many of them."""

    title: str
    query: str
    most: int = 8
    per_feed: int = 3


@dataclass(frozen=True, slots=True)
class EditionPlan:
    """How the editions of one name are made."""

    name: str
    sections: tuple[EditionSection, ...] = ()
    most_entries: int | None = 30
    """In all sections together; None: as many as these take."""
    most_minutes: int | None = None
    """Of reading, in all."""
    schedule: Schedule = "daily"
    weekday: int = 5
    """Of weekly ones; Monday is 0."""
    at_minute: int = 7 * 60
    """When it is made, minutes after midnight where the user lives."""
    leftovers: Leftovers = "keep"


@dataclass(frozen=True, slots=True)
class Edition:
    """A paper that was made, and how far it is read."""

    id: int
    name: str
    day: date
    """Where the user lives."""
    made_at: datetime
    entry_count: int
    unread_count: int
    minutes: int
    """Of reading, all entries together."""
    minutes_left: int
    """Of those that are unread."""

    @property
    def is_done(self) -> bool:
        """Whether all of it is read."""
        return not self.unread_count


@dataclass(frozen=True, slots=True)
class EditionEntry:
    """Where an entry stands in a paper."""

    entry_id: int
    section: str
    is_carried: bool = False
    """It stood in the paper before and was not read."""
