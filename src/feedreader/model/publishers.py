"""What publishers say of feeds and entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A media file attached to an entry (RSS `enclosure`, Atom `rel=enclosure`, Media RSS)."""

    url: str
    type: str = ""
    length: int | None = None
    """Bytes, as announced."""
    title: str = ""
    duration_s: int | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """What a publisher says of a feed. Text fields are plain text of one line, safe to print."""

    title: str = ""
    link: str = ""
    description: str = ""
    authors: tuple[str, ...] = ()
    language: str = ""
    image_url: str = ""
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What a publisher says of an entry, as parsed.

    `title`, `authors` and `categories` are plain text of one line, safe to print; URLs are
    absolute. `summary_html` and `content_html` are the publisher's own HTML: **unsafe**, with
    links relative to `base_url`; plain text has been turned into HTML.
    """

    guid: str = ""
    title: str = ""
    link: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    summary_html: str = ""
    content_html: str = ""
    base_url: str = ""
    categories: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    image_url: str = ""
    comments_url: str = ""
    chapters_url: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class FeedHints:
    """What a feed says about when to come back (RSS 2.0 `ttl`, `skipHours`, `skipDays`; `sy:`)."""

    ttl_s: int | None = None
    update_period_s: int | None = None
    """`sy:updatePeriod` divided by `sy:updateFrequency`."""
    skip_hours: frozenset[int] = frozenset()
    """GMT hours 0–23."""
    skip_days: frozenset[int] = frozenset()
    """Weekdays in GMT, Monday is 0."""


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A document, read. Entries stand in the document's order."""

    feed: Feed
    entries: tuple[Entry, ...]
    format: str
    """For humans: "RSS 2.0", "Atom 1.0", "RDF (RSS 1.0)", "JSON Feed 1.1", "CDF" …"""
    encoding: str = ""
    hints: FeedHints = FeedHints()
    defect: str = ""
    """Why the document is not well formed, in words; "" if it is."""
