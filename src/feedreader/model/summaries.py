"""Entries as lists show them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from feedreader.model.words import FullTextSource


class EntrySummary(NamedTuple):
    """A row of a list: no body.

    A named tuple, like `Status`: data classes take longer to import than `list` to answer.
    """

    id: int
    feed_id: int
    feed_title: str
    title: str
    link: str
    authors: tuple[str, ...]
    published: datetime | None
    updated: datetime | None
    received_at: datetime
    sorted_at: datetime
    """What lists sort by: when published, but never later than received."""
    is_read: bool
    is_starred: bool
    is_later: bool
    is_edited: bool
    summary: str
    word_count: int
    enclosure_count: int
    full_text_source: FullTextSource
    tags: tuple[str, ...] = ()
    is_muted: bool = False
    muted_by: str = ""
    """What the rule is called that hid it; "" if the user did."""
    score: int = 0
    highlight: str = ""
    """The colour that a rule gave it, or ""."""
    is_unread_again: bool = False
    """It was read, and an edit made much of it new since."""
    story_id: int | None = None
    """What it has in common with its copies in other feeds; None if it never had any."""
    copy_count: int = 1
    """How many feeds carry the story."""
