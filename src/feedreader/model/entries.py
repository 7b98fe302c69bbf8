"""Entries as they are kept and listed."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feedreader.model.publishers import Enclosure
    from feedreader.model.summaries import EntrySummary


@dataclass(frozen=True, slots=True)
class EntryKeys:
    """All entries of a list, in its order, in as little memory as can be: four columns."""

    ids: array[int]
    feed_ids: array[int]
    sorted_at: array[int]
    """Unix seconds."""
    unread: bytearray
    """1 for an unread entry, else 0."""


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry with its bodies. HTML is sanitised, URLs absolute."""

    summary: EntrySummary
    feed_url: str
    guid: str
    text: str
    """Plain text of the best body."""
    feed_html: str
    """What the feed gave."""
    page_html: str
    """What the article page gave; "" if not fetched."""
    page_method: str
    """Which extractor gave it."""
    page_error: str
    """Why there is no full text, in words."""
    categories: tuple[str, ...]
    enclosures: tuple[Enclosure, ...]
    image_url: str
    comments_url: str
    chapters_url: str
    language: str

    @property
    def best_html(self) -> str:
        """The full text if there is one, else what the feed gave."""
        return self.page_html or self.feed_html


@dataclass(frozen=True, slots=True)
class EntryVersion:
    """An earlier state of an edited entry."""

    replaced_at: datetime
    title: str
    html: str
