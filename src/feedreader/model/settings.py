"""What the user says: of one feed, of all, of sites."""

from __future__ import annotations

from dataclasses import dataclass

from feedreader.model.words import FullTextMode


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
    unread_again: float | None = None
    """See `RefreshSettings`."""
    is_archived: bool = False
    """It is asked only on the user's word; its entries stay."""
    command: str = ""
    """`exec` and `filter` subscriptions: the command line, run without a shell."""

    def full_text_mode(self, general: FullTextMode) -> FullTextMode:
        """Return what holds for the feed where this is the general setting."""
        return general if self.full_text == "auto" else self.full_text


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """Which read entries are dropped; None keeps them. Never unread, starred, tagged or later."""

    keep_days: int | None = None
    keep_entries: int | None = None
    """Per feed."""
    keep_versions: int = 5
    """Earlier states kept of one edited entry."""
    keep: tuple[str, ...] = ()
    """Queries: what they find is never dropped."""
    drop: tuple[tuple[str, int], ...] = ()
    """Queries, and after how many days what they find is dropped."""


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
    unread_again: float = 0.5
    """An entry that was read becomes unread once more when an edit makes at least this share of
    its words new, from 0 to 1; 0: never."""


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
