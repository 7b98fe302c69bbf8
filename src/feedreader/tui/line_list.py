"""A list of any length, drawn line by line: its cost is that of the lines on the screen.

Textual's own lists make an object per row; at 100,000 rows they take many seconds. Here a
subclass says how many rows there are and how one of them looks, when it is to be seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from feedreader.core.width import cut_to_width, pad

MOVES: Final[tuple[BindingType, ...]] = (
    Binding("down,j", "move(1)", show=False),
    Binding("up,k", "move(-1)", show=False),
    Binding("pagedown,ctrl+d,ctrl+f,space", "page(1)", show=False),
    Binding("pageup,ctrl+u,ctrl+b", "page(-1)", show=False),
    Binding("home,g", "top", show=False),
    Binding("end,G", "bottom", show=False),
)
"""The keys of lists that stand in dialogs; on the main screen the registry has them."""


class LineList(ScrollView, can_focus=True):
    """A scrolling list with a cursor. Rows are one line high, numbered from 0."""

    ALLOW_SELECT = False  # else the screen scrolls for a selection while a row is dragged

    COMPONENT_CLASSES: ClassVar[set[str]] = {"list--cursor", "list--cursor-blurred", "list--dim"}
    DEFAULT_CSS = """
    LineList {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        & > .list--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: bold;
        }
        & > .list--cursor-blurred {
            background: $block-cursor-blurred-background;
            color: $block-cursor-blurred-foreground;
        }
        & > .list--dim { color: $muted; }
    }
    """

    cursor: reactive[int] = reactive(0, repaint=False)
    _is_cursor_row = False
    """Whether the row being drawn is the one under the cursor."""
    _ground: tuple[int, Style] | None = None
    """Width and style of all rows while they are drawn: to find them takes as long as a row."""

    @dataclass
    class Highlighted(Message):
        """The cursor stands on another row."""

        list: LineList
        row: int

    @dataclass
    class Chosen(Message):
        """The user opened a row."""

        list: LineList
        row: int

    # --- what a subclass says ---

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def render_row(self, row: int, width: int, base: Style) -> list[Segment]:
        """Return the segments of a row, at most `width` cells."""
        raise NotImplementedError

    def render_empty_line(self, y: int, width: int, base: Style) -> Strip:
        """Return a line below the last row."""
        return Strip.blank(width, base)

    def takes_cursor(self, row: int) -> bool:
        """Say whether the cursor may stand on a row: not on a heading."""
        return True

    # --- drawing ---

    def rows_changed(self) -> None:
        """Draw anew after rows came, went or look different."""
        self.virtual_size = Size(self.scrollable_content_region.width, self.row_count)
        self.refresh()

    def refresh_row(self, row: int) -> None:
        """Draw one row anew."""
        top = row - round(self.scroll_y)
        if 0 <= top < self.size.height:
            self.refresh(Region(0, top, self.size.width, 1))

    def render_lines(self, crop: Region) -> list[Strip]:
        self._ground = self._find_ground()
        try:
            return super().render_lines(crop)
        finally:
            self._ground = None

    def _find_ground(self) -> tuple[int, Style]:
        return self.scrollable_content_region.width, self.rich_style

    def render_line(self, y: int) -> Strip:
        width, base = self._ground or self._find_ground()
        row = round(self.scroll_y) + y
        if row >= self.row_count:
            return self.render_empty_line(y, width, base)
        self._is_cursor_row = row == self.cursor
        if self._is_cursor_row:
            base += self.cursor_style
        return Strip(self.render_row(row, width, base)).adjust_cell_length(width, base)

    @property
    def cursor_style(self) -> Style:
        """How the row under the cursor looks."""
        name = "list--cursor" if self.has_focus else "list--cursor-blurred"
        return self.get_component_rich_style(name, partial=True)

    def part_style(self, name: str, base: Style) -> Style:
        """Return the style of a part of a row on the row's own ground.

        On the cursor's ground all parts have the cursor's ink: no other is sure to be legible.
        """
        style = self.get_component_rich_style(name, partial=True)
        if self._is_cursor_row and base.bgcolor is not None:
            attributes = Style(bold=style.bold, underline=style.underline)
            style = Style.from_color(bgcolor=style.bgcolor) + attributes
        return base + style

    # --- moving ---

    @property
    def page_height(self) -> int:
        """Rows that a page key moves by: one stays in sight."""
        return max(1, self.scrollable_content_region.height - 1)

    def move_to(self, row: int) -> None:
        """Put the cursor on a row, the nearest that takes it, and bring it into sight."""
        if not self.row_count:
            return
        row = max(0, min(row, self.row_count - 1))
        step = -1 if row < self.cursor else 1
        self.cursor = self._nearest(row, step)
        self.scroll_to_row(self.cursor)

    def move_by(self, rows: int) -> None:
        """Move the cursor down, or up."""
        self.move_to(self.cursor + rows)

    def scroll_to_row(self, row: int) -> None:
        """Scroll as little as brings a row into sight, with the heading right above it."""
        height = self.scrollable_content_region.height
        top = round(self.scroll_y)
        first = row - 1 if row and not self.takes_cursor(row - 1) else row
        if first < top:
            self.scroll_to(y=first, animate=False, immediate=True)
        elif row >= top + height:
            self.scroll_to(y=row - height + 1, animate=False, immediate=True)

    def choose(self) -> None:
        """Open the row under the cursor."""
        if self.cursor < self.row_count:
            self.post_message(self.Chosen(self, self.cursor))

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self.move_by(rows)

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        self.move_by(pages * self.page_height)

    def action_top(self) -> None:
        """Go to the first row."""
        self.move_to(0)

    def action_bottom(self) -> None:
        """Go to the last row."""
        self.move_to(self.row_count - 1)

    def _nearest(self, row: int, step: int) -> int:
        for direction in (step, -step):
            at = row
            while 0 <= at < self.row_count:
                if self.takes_cursor(at):
                    return at
                at += direction
        return row

    def watch_cursor(self, old: int, new: int) -> None:
        self.refresh_row(old)
        self.refresh_row(new)
        if new < self.row_count:
            self.post_message(self.Highlighted(self, new))

    def on_focus(self) -> None:
        self.refresh_row(self.cursor)

    def on_blur(self) -> None:
        self.refresh_row(self.cursor)

    def on_resize(self) -> None:
        self.rows_changed()
        self.scroll_to_row(self.cursor)

    def on_click(self, event: events.Click) -> None:
        row = round(self.scroll_y) + event.y
        if row < self.row_count and self.takes_cursor(row):
            is_second = row == self.cursor
            self.move_to(row)
            if is_second or event.chain > 1:
                self.choose()


def put(text: str, width: int, style: Style, *, right: bool = False) -> Segment:
    """Return text cut or filled to exactly `width` cells."""
    return Segment(pad(cut_to_width(text, width), width, right=right), style)
