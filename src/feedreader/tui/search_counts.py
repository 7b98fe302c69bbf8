"""How many unread entries each saved search finds: counted in a thread, never in a hurry."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.timer import Timer

from feedreader.core.query.parse import parse
from feedreader.core.query.tree import Query, State, join_and
from feedreader.core.query.unparse import to_text
from feedreader.errors import FeedreaderError, QueryError
from feedreader.model import SavedSearch

if TYPE_CHECKING:
    from textual.screen import Screen

    from feedreader.reader import Reader
    from feedreader.tui.background import Background

_REST = 10
"""After a count so many times as long as it took pass before the next one: some searches look at
every entry there is, and each mark asks for new figures."""


class SearchCounts:
    """The figures of saved searches, the last known ones until new ones are there."""

    def __init__(
        self,
        screen: Screen[None],
        thread: Background,
        show: Callable[[Mapping[str, int]], None],
        *,
        stories: bool,
    ) -> None:
        """With `stories` the copies of a story count once, as in the lists."""
        self._screen = screen
        self._thread = thread
        self._show = show
        self._stories = stories
        self._wanted: Sequence[SavedSearch] | None = None
        self._is_counting = False
        self._timer: Timer | None = None

    @property
    def is_settled(self) -> bool:
        """Whether the figures are those of now."""
        return not self._is_counting and self._timer is None

    def count(self, searches: Sequence[SavedSearch]) -> None:
        """Count these searches, as soon as the last count is done and has been rested from."""
        self._wanted = searches
        if self.is_settled:
            self._begin()

    def _begin(self) -> None:
        self._timer = None
        searches, self._wanted = self._wanted, None
        if searches:
            self._is_counting = True
            self._thread.submit(
                partial(_count, searches, stories=self._stories), self._take, self._fail
            )

    def _take(self, result: tuple[dict[str, int], float]) -> None:
        counts, took_s = result
        self._show(counts)
        self._rest(took_s)

    def _fail(self, error: FeedreaderError) -> None:
        # A figure that is missing is no reason to disturb; what is wrong shows elsewhere too.
        self._rest(1)

    def _rest(self, took_s: float) -> None:
        self._is_counting = False
        self._timer = self._screen.set_timer(_REST * took_s, self._begin)


def _count(
    searches: Sequence[SavedSearch], reader: Reader, *, stories: bool
) -> tuple[dict[str, int], float]:
    """Return the unread entries of each search by name, and the seconds it took."""
    began = time.monotonic()
    counts = {}
    for search in searches:
        try:
            tree = join_and([parse(search.query).tree, State("is", "unread")])
            counts[search.name] = reader.count(to_text(Query(tree)), stories=stories)
        except QueryError:
            continue
    return counts, time.monotonic() - began
