"""Where in a story stands what the list or a rule looked for: found for the lines in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from feedreader.core.document import Style
from feedreader.tui.finding import StoryText
from feedreader.tui.story_drawing import Overlay

if TYPE_CHECKING:
    from feedreader.core.query.sought import Column
    from feedreader.tui.story_view import StoryView
    from feedreader.tui.words_sought import Part

_BLOCK_ROWS: Final = 64
"""Looked through at once, however long the story is."""
_ROWS_AROUND: Final = 8
"""Looked through with a block: phrases go on in other lines."""


class StoryMarks:
    """The marks of a story view."""

    def __init__(self, view: StoryView) -> None:
        self._view = view
        self._sought: tuple[Part, ...] = ()
        self._page = view.page_shown
        self._blocks: dict[int, dict[int, list[Overlay]]] = {}
        """By number of the block: what is marked in each of its rows."""

    def seek(self, sought: tuple[Part, ...]) -> None:
        """Mark something else: (component class, what is sought), the later over the earlier."""
        if sought != self._sought:
            self._sought = sought
            self._blocks.clear()
            self._view.redraw()

    def overlays(self, row: int) -> list[Overlay]:
        """Return what is marked in a line."""
        if not self._sought:
            return []
        if self._page is not self._view.page_shown:
            self._page = self._view.page_shown
            self._blocks.clear()
        number = row // _BLOCK_ROWS
        if number not in self._blocks:
            self._blocks[number] = self._look(number * _BLOCK_ROWS)
        return self._blocks[number].get(row, [])

    def _look(self, first: int) -> dict[int, list[Overlay]]:
        page = self._page
        body_end = len(page.lines) - page.tail_rows
        found: dict[int, list[Overlay]] = {}
        places: tuple[tuple[Column, range, Style | None], ...] = (
            ("title", range(page.head_rows), Style.TITLE),
            ("text", range(page.head_rows, body_end), None),
        )
        for column, rows, style in places:
            start = max(rows.start, first - _ROWS_AROUND)
            end = min(rows.stop, first + _BLOCK_ROWS + _ROWS_AROUND)
            if start >= end:
                continue
            text = StoryText(page.lines[start:end], only=style)
            for part, sought in self._sought:
                for place in sought.find(text.text, column):
                    for row, left, right in text.pieces(*place):
                        found.setdefault(start + row, []).append(Overlay(left, right, part))
        return found
