"""What came of an action: a refresh, a mark, an import; and how things stand."""

from __future__ import annotations

from dataclasses import dataclass, field

from feedreader.model.words import ChangeAction, Outcome


@dataclass(frozen=True, slots=True)
class RefreshOutcome:
    """What became of one feed in one refresh."""

    feed_id: int
    url: str
    title: str
    outcome: Outcome
    new: int = 0
    changed: int = 0
    """Edited by their publisher, in words that count."""
    unread_again: int = 0
    """Of these: so much that they are unread once more."""
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
    rule_number: int = 0
    """The rule that did it, of what rules did."""
    read_before: tuple[tuple[int, int], ...] = ()
    """Of entries marked read or unread: when those had been read of which that was known."""

    @property
    def count(self) -> int:
        return len(self.entry_ids)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import took, already had, and left out with its reason."""

    added: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    """(what, why)."""
    folders: int = 0
    notes: tuple[str, ...] = field(default=())
