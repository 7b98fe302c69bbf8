"""How feeds fare: what is known of each, what that means, and what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from feedreader.model.outcomes import Change
from feedreader.model.subscriptions import Subscription
from feedreader.model.words import FullTextMode

Severity = Literal["trouble", "advice", "note"]
"""A note asks for nothing, and is nothing to a script's exit code."""

FindingKind = Literal[
    "gone", "lost", "login", "certificate", "unreachable", "refused", "failing", "too_often",
    "moved", "rediscovered", "https", "dead", "silent", "loud", "never_read", "duplicate",
    "overrun", "eager", "full_text_on", "full_text_off", "hiccup", "held", "empty", "defect",
    "plain_http", "archived",
]  # fmt: skip

RemedyAction = Literal[
    "readdress", "pace", "full_text", "archive", "unarchive", "unfollow", "read_older"
]

ACTIVITY_WEEKS = 26
READING_WEEKS = 13
"""Of so many weeks it is said what share was read."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """Something that can be done about a feed, and taken back."""

    action: RemedyAction
    words: str
    """What is done, as a sentence without its end: "Follow it at https://…"."""
    url: str = ""
    interval_s: int = 0
    full_text: FullTextMode = "auto"
    is_matter_of_taste: bool = False
    """It is done only when the user says so of this very feed."""

    @property
    def asks_network(self) -> bool:
        """Whether doing it sends a request."""
        return self.action == "readdress"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a feed or could be better."""

    kind: FindingKind
    severity: Severity
    words: str
    evidence: str = ""
    advice: str = ""
    """What a person can do, where nothing can be done for them."""
    remedy: Remedy | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A request that a probe sends."""

    feed_id: int
    purpose: Literal["https", "moved", "site"]
    url: str


@dataclass(frozen=True, slots=True)
class Probe:
    """What the network answered."""

    question: Question
    found_url: str = ""
    """Where a feed was found; "" if none was."""
    shared_count: int = 0
    """How many of its entries are among those that we have of the feed."""
    reason: str = ""
    """Why nothing was found, in words."""

    @property
    def purpose(self) -> str:
        return self.question.purpose


@dataclass(frozen=True, slots=True)
class Twin:
    """Another feed that gives the same entries, and which of the two may go."""

    feed_id: int
    title: str
    shared_share: float
    """From 0 to 1, of the newest entries."""


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """The facts of one feed."""

    subscription: Subscription
    last_post_at: datetime | None = None
    gap_s: float | None = None
    """The median of the gaps between its newest posts."""
    weeks: tuple[int, ...] = (0,) * ACTIVITY_WEEKS
    """Entries posted in each of the last weeks, the oldest first, the last ending now."""
    followed_weeks: int = ACTIVITY_WEEKS
    """For how many weeks it has been followed, the first begun one included."""
    read_count: int = 0
    """Entries that were read in the last `READING_WEEKS`, one by one."""
    pages_found: int = 0
    pages_failed: int = 0
    """Of its newest entries: article pages that gave a text, and that gave none."""
    held_until: datetime | None = None
    """Its host asked to be left alone."""
    twin: Twin | None = None
    """Set for the one of two alike that may go."""

    @property
    def posted_count(self) -> int:
        """Entries that could be read in the last `READING_WEEKS`."""
        return sum(self.weeks[-min(self.followed_weeks, READING_WEEKS) :])

    @property
    def read_share(self) -> float | None:
        """The share of these that was read, from 0 to 1; None if there were none."""
        posted = self.posted_count
        return min(1.0, self.read_count / posted) if posted else None

    @property
    def posts_per_month(self) -> float:
        """Entries a month, over the last `READING_WEEKS`."""
        return sum(self.weeks[-READING_WEEKS:]) / READING_WEEKS * 30 / 7

    @property
    def posts_per_day(self) -> float:
        """Entries a day, over the last four weeks."""
        return sum(self.weeks[-4:]) / 28

    @property
    def interval(self) -> timedelta | None:
        """How long it is left alone after its last request."""
        poll = self.subscription.poll
        if poll.checked_at is None or poll.next_check_at is None:
            return None
        return max(poll.next_check_at - poll.checked_at, timedelta(0))


@dataclass(frozen=True, slots=True)
class Checkup:
    """A feed, and what was found about it, the gravest first."""

    health: FeedHealth
    findings: tuple[Finding, ...]
    probes: tuple[Probe, ...] = ()


@dataclass(frozen=True, slots=True)
class Treatment:
    """What was done about a feed: enough to tell and to take back."""

    words: str
    before: Subscription
    change: Change | None = None
