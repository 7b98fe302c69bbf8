"""What was done, in words, and how to take it back: several steps, the latest first."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from feedreader.errors import NotFound
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

    def push(self, step: Step) -> bool:
        """Remember a step; one that changed nothing is none. Say whether it is one."""
        is_step = step.takes_back is not None or any(
            change.entry_ids or change.feed_id for change in step.changes
        )
        if is_step:
            self._steps.append(step)
        return is_step

    def pop(self) -> Step | None:
        """Return the latest step and forget it; None if there is nothing to take back."""
        return self._steps.pop() if self._steps else None

    def __len__(self) -> int:
        return len(self._steps)


def move_back(
    feed_id: int, folders: tuple[FolderPath, ...], made: Iterable[FolderPath] = ()
) -> Callable[[Reader], None]:
    """Return what puts a feed into its former folders, and takes away those `made` for it."""

    def act(reader: Reader) -> None:
        reader.move(feed_id, folders)
        for path in made:
            with suppress(NotFound):
                reader.remove_folder(path)

    return act


def new_folders(
    wanted: Iterable[FolderPath], known: Collection[FolderPath]
) -> tuple[FolderPath, ...]:
    """Return the folders that have to be made so that there are those wanted, inner ones first."""
    needed = {path[:depth] for path in wanted for depth in range(1, len(path) + 1)}
    return tuple(sorted(needed - set(known), key=len, reverse=True))
