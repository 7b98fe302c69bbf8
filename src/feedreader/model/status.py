"""How things stand, in figures."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class Status(NamedTuple):
    """The figures of a status bar.

    A named tuple: a data class, with its imports, would take a third of the time in which
    `feedreader status` answers.
    """

    unread: int
    starred: int
    entries: int
    feeds: int
    failing: int
    last_refresh_at: datetime | None
    next_due_at: datetime | None
    is_refreshing: bool
