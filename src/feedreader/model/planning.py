"""What a poll or an article page brings to the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from feedreader.model.publishers import Entry, Feed
from feedreader.model.subscriptions import PollState


@dataclass(frozen=True, slots=True)
class CleanEntry:
    """An entry with its keys (see identity.py), made safe for the store.

    `content_html` is sanitised and absolute, `content_text` its plain text.
    """

    entry: Entry
    key: bytes
    alt_key: bytes
    content_hash: bytes
    summary_text: str
    """At most 300 characters, one line."""
    content_html: str
    content_text: str
    word_count: int
    has_image: bool
    has_code: bool
    story_keys: tuple[int, ...] = ()
    """By which copies of the story in other feeds are found; see likeness.py."""


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """What planning must know of an entry in the store."""

    id: int
    key: bytes
    alt_key: bytes
    content_hash: bytes
    title: str
    published: datetime | None
    was_read: bool = False
    """The user, not a rule, has marked it read, and it still is."""


@dataclass(frozen=True, slots=True)
class EntryChange:
    """A known entry whose publisher changed it, or gave it a new id, or both."""

    id: int
    clean: CleanEntry
    is_changed: bool
    """The content differs; False if only the id moved."""
    is_edited: bool = False
    """It differs in words that count (see edits.py): what it was is kept as a version."""
    is_unread_again: bool = False
    """So much of it is new that who has read it may want to read it again."""
    former_key: bytes = b""
    """Set if `clean.key` takes the place of this one, which becomes an alias."""


@dataclass(frozen=True, slots=True)
class FeedUpdate:
    """All that one poll changes, applied in one transaction."""

    subscription_id: int
    poll: PollState
    feed: Feed | None = None
    """None: as before, and so are the two that follow."""
    format: str = ""
    is_summary_only: bool = False
    new: tuple[CleanEntry, ...] = ()
    changed: tuple[EntryChange, ...] = ()
    new_url: str = ""
    """Set when a permanent redirect has proved itself."""
    unread_limit: int | None = None
    """First fetch: how many of the newest count as unread; None: all."""
    pages_wanted: bool = False
    """Whether the article pages of the unread new entries are to be fetched."""
    items: bytes = b""
    """What to remember of the document's items; see unchanged.py."""


@dataclass(frozen=True, slots=True)
class FullText:
    """The main text of an article page, extracted.

    `html` is sanitised and absolute.
    """

    html: str
    text: str
    word_count: int
    title: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    image_url: str = ""
    canonical_url: str = ""
    method: str = ""
    """What gave it, for humans, if not the usual way: "site rule example.org" …"""
