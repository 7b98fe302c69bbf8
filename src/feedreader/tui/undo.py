"""What was done, in words, and how to take it back: several steps, the latest first."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from feedreader.model import Change, FolderPath

if TYPE_CHECKING:
    from feedreader.reader import Reader

_STEPS_KEPT = 100


@dataclass(frozen=True, slots=True)
class Step:
    """One action of the user, which may have made several changes."""

    words: str
    """What was done: "12 entries marked read"."""
    changes: tuple[Change, ...] = ()
    takes_back: Callable[[Reader], None] | None = None
    """For what is no `Change`: a move between folders, a new name."""

    def undo(self, reader: Reader) -> None:
        """Take it back."""
        for change in reversed(self.changes):
            reader.undo(change)
        if self.takes_back is not None:
            self.takes_back(reader)

    @property
    def entry_ids(self) -> tuple[int, ...]:
        """The entries that are different afterwards."""
        return tuple(one for change in self.changes for one in change.entry_ids)


class UndoStack:
    """The steps that can be taken back."""

    def __init__(self) -> None:
        self._steps: deque[Step] = deque(maxlen=_STEPS_KEPT)

    def push(self, step: Step) -> None:
        """Remember a step; one that changed nothing is none."""
        if step.takes_back is not None or any(
            change.entry_ids or change.feed_id for change in step.changes
        ):
            self._steps.append(step)

    def pop(self) -> Step | None:
        """Return the latest step and forget it; None if there is nothing to take back."""
        return self._steps.pop() if self._steps else None

    def __len__(self) -> int:
        return len(self._steps)


def move_back(feed_id: int, folders: tuple[FolderPath, ...]) -> Callable[[Reader], None]:
    """Return what puts a feed into its former folders."""

    def act(reader: Reader) -> None:
        reader.move(feed_id, folders)

    return act
