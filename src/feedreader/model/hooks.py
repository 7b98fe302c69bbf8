"""Hooks: what is told of new entries, whom, and how that went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

QuietHours = tuple[int, int]
"""From and to, minutes after midnight where the user lives; it may go past midnight."""


@dataclass(frozen=True, slots=True)
class Hook:
    """Whom to tell: exactly one of a command, a webhook and the desktop."""

    name: str
    command: tuple[str, ...] = ()
    """A program and its arguments, run without a shell; `{count}` and `{hook}` are filled in."""
    webhook: str = ""
    """An http or https address that entries are posted to."""
    notification: bool = False
    """A notification of the desktop."""
    secret: str = ""
    """Signs what is posted."""
    timeout_s: float = 30.0
    quiet: QuietHours | None = None
    """While these last nothing is told; it is told all at once after them."""


@dataclass(frozen=True, slots=True)
class HookOutcome:
    """What came of telling one hook."""

    hook: str
    told: int = 0
    """Entries that it was told of."""
    dropped: int = 0
    """Entries that it will not be told of any more."""
    error: str = ""
    """Why it could not be told, in words."""
    next_try_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HookQueue:
    """What waits for one hook."""

    hook: str
    waiting: int
    oldest_at: datetime
    failures: int = 0
    """In a row."""
    next_try_at: datetime | None = None
    error: str = ""
