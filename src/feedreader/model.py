"""The values that pass between layers: frozen, without behaviour beyond properties.

Times are aware UTC datetimes. Words are the specifications': feed, entry, enclosure,
subscription, outline. What the publisher said (`Feed`, `Entry`) is wrapped by what we
know about it (`Subscription`, `StoredEntry`), never repeated.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

FullTextMode = Literal["auto", "always", "never"]
SubscriptionKind = Literal["http", "file", "exec", "filter", "pages"]
FullTextSource = Literal["feed", "page", "none"]
Outcome = Literal["new", "unchanged", "not_modified", "skipped", "failed", "gone", "moved"]

ChangeAction = Literal["read", "starred", "later", "tag", "deleted", "subscribed"]

FolderPath = tuple[str, ...]
"""Folder names from the root down; the root itself is `()`."""


# --- what publishers say ----------------------------------------------------


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


# --- what the user says -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """A user's choices for one feed; None and "" mean the general setting."""

    full_text: FullTextMode = "auto"
    user_agent: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    username: str = ""
    password: str = ""
    bearer_token: str = ""
    proxy: str = ""
    verify_tls: bool = True
    min_interval_s: int | None = None
    keep_days: int | None = None
    command: str = ""
    """`exec` and `filter` subscriptions: the command line, run without a shell."""


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


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """Which read entries are dropped; None keeps them. Never unread, starred, tagged or later."""

    keep_days: int | None = None
    keep_entries: int | None = None
    """Per feed."""
    keep_versions: int = 5
    """Earlier states kept of one edited entry."""


# --- fetching ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Bounds of one request, seconds and bytes."""

    connect_s: float = 10.0
    read_s: float = 15.0
    total_s: float = 30.0
    max_bytes: int = 20 * 1024 * 1024
    """Of the body, both as sent and inflated."""
    max_redirects: int = 5


@dataclass(frozen=True, slots=True)
class Request:
    """One thing to fetch."""

    url: str
    kind: SubscriptionKind = "http"
    etag: str = ""
    last_modified: str = ""
    settings: FeedSettings = FeedSettings()
    accept: Literal["feed", "page", "image"] = "feed"
    trusted_hosts: frozenset[str] = frozenset()
    """Hosts that the user typed: only these may resolve to private addresses."""
    limits: FetchLimits = FetchLimits()


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole body came."""

    url: str
    """Where it came from, after redirects."""
    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    """Names in lower case; only those that the program uses."""
    moved_permanently_to: str = ""
    """Set if each hop was a 301 or 308."""
    elapsed_s: float = 0.0
    is_local: bool = False
    """It came from a private address, as far as we can see past a proxy."""


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server said 304."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    moved_permanently_to: str = ""
    elapsed_s: float = 0.0
    is_local: bool = False


@dataclass(frozen=True, slots=True)
class FetchFailed:
    """No usable body. `reason` is one safe line for humans and holds no secrets."""

    url: str
    reason: str
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    moved_permanently_to: str = ""
    elapsed_s: float = 0.0
    is_offline: bool = False
    """Its name led nowhere or no network was there: perhaps this computer's fault."""


FetchResult = Fetched | NotModified | FetchFailed


@dataclass(frozen=True, slots=True)
class NotAsked:
    """No request was made, because its host asked us to wait; this is no failure."""

    url: str
    reason: str
    until: datetime


@dataclass(frozen=True, slots=True)
class RefreshSettings:
    """How politely and how widely feeds are refreshed; `FeedSettings` overrule it per feed."""

    min_interval_s: int = 3600
    """No feed is asked sooner after its last request, unless its server invites us."""
    max_interval_s: int = 86_400
    """The longest that a quiet or failing feed is left alone."""
    concurrency: int = 24
    """Hosts asked at the same time."""
    host_pause_s: float = 1.0
    """Between two requests to one host."""
    limits: FetchLimits = FetchLimits()
    user_agent: str = ""
    """"" means the program's own name and version."""
    proxy: str = ""
    """For feeds that name none; "" means what the environment says."""
    full_text: FullTextMode = "auto"
    """For feeds set to "auto"."""
    allow_private_hosts: bool = False
    """Any address may lead into the local network."""
    private_hosts: frozenset[str] = frozenset()
    """Public-looking names of the user's own machines: these may lead there."""
    http2: bool = False
    unread_on_first_fetch: int = 20
    """How many of a new feed's newest entries count as unread."""


# --- what we keep -----------------------------------------------------------


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


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """What planning must know of an entry in the store."""

    id: int
    key: bytes
    alt_key: bytes
    content_hash: bytes
    title: str
    published: datetime | None


@dataclass(frozen=True, slots=True)
class EntryChange:
    """A known entry whose publisher edited it, or gave it a new id, or both."""

    id: int
    clean: CleanEntry
    is_edited: bool
    """The content differs; False if only the id moved."""
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


@dataclass(frozen=True, slots=True)
class SiteRule:
    """The user's word on where the article stands on the pages of one site.

    `content`, `remove` and `title` are CSS selector lists, already checked for syntax.
    """

    host: str
    """In lower case, without port; subdomains are meant too, "www." is not needed."""
    content: str
    remove: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class EntrySummary:
    """A row of a list: no body."""

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


@dataclass(frozen=True, slots=True)
class RefreshOutcome:
    """What became of one feed in one refresh."""

    feed_id: int
    url: str
    title: str
    outcome: Outcome
    new: int = 0
    changed: int = 0
    reason: str = ""
    status: int | None = None
    duration_ms: int = 0
    is_offline: bool = False
    """It failed as it would if this computer had no network."""


@dataclass(frozen=True, slots=True)
class PageOutcome:
    """What became of one article page in a refresh; `reason` is "" if its text was found."""

    entry_id: int
    feed_id: int
    link: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What one action of the user changed: enough to tell and to undo it."""

    action: ChangeAction
    value: bool = True
    """The new state of the flag; whether the tag or the feed is there now."""
    entry_ids: tuple[int, ...] = ()
    """Only those that were different before."""
    tag: str = ""
    feed_id: int = 0

    @property
    def count(self) -> int:
        return len(self.entry_ids)


@dataclass(frozen=True, slots=True)
class Status:
    """The figures of a status bar."""

    unread: int
    starred: int
    entries: int
    feeds: int
    failing: int
    last_refresh_at: datetime | None
    next_due_at: datetime | None
    is_refreshing: bool


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import took, already had, and left out with its reason."""

    added: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    """(what, why)."""
    folders: int = 0
    notes: tuple[str, ...] = field(default=())
