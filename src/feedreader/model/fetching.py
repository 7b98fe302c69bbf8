"""What is asked of the network, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from feedreader.model.settings import FeedSettings, FetchLimits
from feedreader.model.words import SubscriptionKind


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
    is_elsewhere: bool = False
    """It is the word of an address that the feed's own leads to only for now."""


FetchResult = Fetched | NotModified | FetchFailed


@dataclass(frozen=True, slots=True)
class NotAsked:
    """No request was made: its host asked us to wait, is busy with us or does not answer."""

    url: str
    reason: str
    until: datetime
