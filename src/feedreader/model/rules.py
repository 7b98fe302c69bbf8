"""Rules as they are kept, and what they did or would do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as the user wrote it. `number` is what commands and `rule:` call it."""

    number: int
    text: str
    name: str
    """The user's word for it, or ""."""
    is_active: bool
    created_at: datetime
    hit_count: int = 0
    """Entries that it did something to and that are still here."""
    last_hit_at: datetime | None = None
    error: str = ""
    """Why it cannot be applied, in words."""

    @property
    def title(self) -> str:
        """What to call it: its name, else what it says."""
        return self.name or self.text


@dataclass(frozen=True, slots=True)
class RuleHit:
    """That a rule did something to an entry."""

    rule_number: int
    rule_title: str
    effects: tuple[str, ...]
    """Its actions that made a difference, as they are written."""
    hit_at: datetime


@dataclass(frozen=True, slots=True)
class RulePreview:
    """What a rule would have done to the entries of the last days."""

    count: int
    of_count: int
    """Of so many that were received in these days."""
    entry_ids: tuple[int, ...]
    """The latest of them."""
