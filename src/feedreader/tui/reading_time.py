"""For how long each story was in sight of someone awake."""

from __future__ import annotations

from typing import Final

IDLE_S: Final = 150.0
"""So long after the last sign of life somebody may still be reading."""
_LEAST_S: Final = 3.0
"""A shorter look is a glance in passing."""


class ReadingTime:
    """Adds up visits to stories. Times are seconds of any clock."""

    def __init__(self) -> None:
        self._entry_id: int | None = None
        self._seconds = 0.0
        self._counted_to = 0.0
        self._stirred_at = 0.0
        self._visits: list[tuple[int, float]] = []

    def look_at(self, entry_id: int | None, now_s: float) -> None:
        """Take it that another story is in sight, or none."""
        if entry_id == self._entry_id:
            self.stir(now_s)
            return
        self._count(now_s)
        self._end_visit()
        self._entry_id = entry_id
        self._stirred_at = now_s

    def stir(self, now_s: float) -> None:
        """Take it that somebody is there: a key, the mouse."""
        self._count(now_s)
        self._stirred_at = now_s

    def take(self) -> list[tuple[int, float]]:
        """Return the visits that are over, (entry id, seconds), and forget them."""
        visits, self._visits = self._visits, []
        return visits

    def _count(self, now_s: float) -> None:
        until = min(now_s, self._stirred_at + IDLE_S)
        # A clock that is set back takes nothing away.
        self._seconds += max(0.0, until - self._counted_to)
        self._counted_to = now_s

    def _end_visit(self) -> None:
        if self._entry_id is not None and self._seconds >= _LEAST_S:
            self._visits.append((self._entry_id, self._seconds))
        self._seconds = 0.0
