"""Placeholder of the story pane."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from collections.abc import Callable
from typing import Any

from rich.segment import Segment
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from feedreader.core.render import render
from feedreader.model import StoredEntry


class StoryView(ScrollView, can_focus=True):
    class LinkChosen(Message):
        def __init__(self, url: str) -> None:
            super().__init__()
            self.url = url

    @dataclass
    class Scrolled(Message):
        share: float

    def __init__(self, *, width: int = 80, clock: Callable[[], datetime], zone: tzinfo | None, **options: Any) -> None:
        super().__init__(**options)
        self.column = width
        self.entry: StoredEntry | None = None
        self._lines: list[str] = []
        self.links = ()

    def show(self, entry: StoredEntry, share: float = 0.0) -> None:
        self.entry = entry
        self._layout()
        self.scroll_to(y=share * self.max_scroll_y, animate=False, immediate=True)

    def _layout(self) -> None:
        if self.entry is None:
            self._lines = []
        else:
            width = min(self.column, self.scrollable_content_region.width - 4)
            document = render(self.entry.best_html, width=width)
            self.links = document.links
            self._lines = ["", self.entry.summary.title, ""] + [line.text for line in document.lines]
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._lines))
        self.refresh()

    def on_resize(self) -> None:
        self._layout()

    def clear(self) -> None:
        self.entry = None
        self._layout()

    @property
    def share(self) -> float:
        return self.scroll_y / self.max_scroll_y if self.max_scroll_y else 0.0

    @property
    def is_at_end(self) -> bool:
        return self.scroll_y >= self.max_scroll_y

    def move_by(self, rows: int) -> None:
        self.scroll_to(y=self.scroll_y + rows, animate=False, immediate=True)

    def page(self, pages: float) -> bool:
        if self.is_at_end and pages > 0:
            return False
        self.move_by(round(pages * (self.size.height - 1)))
        return True

    def go_top(self) -> None:
        self.scroll_to(y=0, animate=False, immediate=True)

    def go_bottom(self) -> None:
        self.scroll_to(y=self.max_scroll_y, animate=False, immediate=True)

    def watch_scroll_y(self, old: float, new: float) -> None:
        super().watch_scroll_y(old, new)
        self.post_message(self.Scrolled(self.share))

    def cycle_text(self) -> str:
        return ""

    def show_hints(self) -> None:
        pass

    def render_line(self, y: int) -> Strip:
        row = round(self.scroll_y) + y
        text = self._lines[row] if row < len(self._lines) else ""
        return Strip([Segment("  " + text, self.rich_style)]).adjust_cell_length(self.size.width, self.rich_style)
