"""Feeds that the user follows, and lists of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from feedreader.model.publishers import Feed, FeedHints
from feedreader.model.settings import FeedSettings
from feedreader.model.words import FolderPath, SubscriptionKind


@dataclass(frozen=True, slots=True)
class PollState:
    """What we know about polling one feed."""

    etag: str = ""
    last_modified: str = ""
    """Both echoed byte for byte."""
    body_hash: bytes = b""
    checked_at: datetime | None = None
    """Last request, whatever came of it."""
    succeeded_at: datetime | None = None
    unconditional_at: datetime | None = None
    """Last proof that the server still compares: a whole body, or a 304 with a validator."""
    next_check_at: datetime | None = None
    failures: int = 0
    """In a row."""
    status: int | None = None
    error: str = ""
    """Why the last request failed, in words; "" if it did not."""
    gone_at: datetime | None = None
    """Set by 410: polled only on the user's word."""
    moved_to: str = ""
    moved_seen: int = 0
    """How many runs in a row a permanent redirect led to `moved_to`."""
    is_local: bool = False
    """It answered from a private address when the user added it."""
    hints: FeedHints = FeedHints()
    server_interval_s: int | None = None
    """What Cache-Control or Expires of the last answer asked for."""
    next_check_reason: str = ""
    """Why then and not sooner, for humans: "the server asked for 2 h (max-age)"."""
    requests: int = 0
    """Since the feed was added, whatever came of them."""
    not_modified: int = 0
    """Requests that were answered by 304 or by the body that we had."""
    bytes_received: int = 0
    """Of bodies, unpacked."""
    overruns: int = 0
    """How often a document held nothing that we knew: some may have come and gone between."""
    overrun_at: datetime | None = None
    defect: str = ""
    """Why its document is not well formed, in words; "" if it is."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A feed that the user follows. `id` stays when `url` changes."""

    id: int
    url: str
    kind: SubscriptionKind
    feed: Feed
    user_title: str
    folders: tuple[FolderPath, ...]
    """Every folder it stands in; () stands for the root."""
    tags: tuple[str, ...]
    settings: FeedSettings
    poll: PollState
    added_at: datetime
    entry_count: int = 0
    unread_count: int = 0
    starred_count: int = 0
    format: str = ""
    is_summary_only: bool = False
    outline_attributes: tuple[tuple[str, str], ...] = ()
    """OPML attributes that are not ours, kept for the export."""
    shown_url: str = ""
    """Its address without secrets; the store gives it to a feed that has no name."""

    @property
    def title(self) -> str:
        """The user's name for it, else the publisher's, else its address."""
        return self.user_title or self.feed.title or self.shown_url or self.url


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A query under a name; listed like a feed."""

    id: int
    name: str
    query: str


@dataclass(frozen=True, slots=True)
class Outline:
    """A node of an OPML tree: a folder, or a feed when `xml_url` is set."""

    text: str = ""
    xml_url: str = ""
    html_url: str = ""
    title: str = ""
    description: str = ""
    type: str = ""
    categories: tuple[str, ...] = ()
    children: tuple[Outline, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    """All others, in order, names as written."""
