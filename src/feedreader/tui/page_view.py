"""A page of styled lines in a column: drawn line by line, scrolled, kept in place, selected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, Final

from rich.segment import Segment
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.worker import get_current_worker

from feedreader.core.document import Document, Span
from feedreader.core.width import cell_width, cut_to_width
from feedreader.tui.code_colours import Colours, colour_block
from feedreader.tui.story_drawing import CSS, PARTS, Inks, Overlay, draw_edge, draw_line
from feedreader.tui.story_lines import StoryPage, make_page

_STRIPS_KEPT: Final = 500
_OVERLAP: Final = 2
"""Lines of a page that stay in sight on the next."""


class PageView(ScrollView, can_focus=True, inherit_bindings=False):
    """Draws a `StoryPage`; what is on it, and what keys do, a subclass says.

    Where the reader is, is a share of the page's letters: it holds at any width.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = set(PARTS)
    DEFAULT_CSS = f"""
    PageView {{
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        {CSS}
    }}
    """

    def __init__(self, *, width: int, **options: Any) -> None:
        """`width` is that of the column, where there is room for it."""
        super().__init__(**options)
        self.page_shown = make_page(width, (), Document(width, ()))
        """The lines as they stand now."""
        self._column_wanted = width
        self._inks = Inks(self)
        self._shape = (0, 0)
        self._share_wanted: float | None = None
        """Where to be as soon as there is a size, or after the next change of it."""
        self._strips: dict[int, Strip] = {}
        self._colours: Colours = {}
        self._edges: dict[int, str] = {}
        self._panels: set[int] = set()

    # --- what a subclass says ---

    def overlays(self, row: int) -> list[Overlay]:
        """Return what looks different in a line for now."""
        return []

    def foot(self) -> Sequence[tuple[str, str]] | None:
        """Return what stands in the last line: (text, component class); None: the page."""
        return None

    def has_scrolled(self) -> None:
        """Take note that other lines are in sight."""

    # --- the page ---

    @property
    def _column(self) -> int:
        width = self.scrollable_content_region.width
        margin = 2 if width >= 50 else 1
        return max(12, min(self._column_wanted, width - 2 * margin))

    @property
    def _left(self) -> int:
        return max(0, (self.scrollable_content_region.width - self._column) // 2)

    def _take(self, page: StoryPage) -> None:
        """Show a page, at the place wanted."""
        self._colours = {}
        self._hold(page)
        if (wanted := self._share_wanted) is not None:
            self._go(page.line_at(wanted) if wanted else 0)
        self._colour_code()

    def _move_lines(self, page: StoryPage, row_now: Callable[[int], int]) -> None:
        """Show a page that has other lines between the same; what is at the top stays there."""
        top = row_now(self.top) if self.top else 0
        self._colours = {row_now(row): colours for row, colours in self._colours.items()}
        self._hold(page)
        self._go(top)
        if not self._colours:
            self._colour_code()

    def _hold(self, page: StoryPage) -> None:
        self.page_shown = page
        self._shape = self.scrollable_content_region.size
        self._strips.clear()
        self._panels = set()
        self._edges = {}
        for block in page.code_blocks:
            self._panels.update(range(block.start, block.end))
            for row, edge in ((block.start - 1, "▄"), (block.end, "▀")):
                is_blank = 0 <= row < len(page.lines) and not page.lines[row].spans
                # Two panels with one line between them: it stays blank.
                if is_blank and self._edges.pop(row, None) is None:
                    self._edges[row] = edge
        self.virtual_size = Size(self.scrollable_content_region.width, len(page.lines))
        self.refresh()

    def _colour_code(self) -> None:
        page = self.page_shown
        if page.code_blocks:
            self.run_worker(
                partial(self._colour, page), thread=True, exclusive=True, group="colours"
            )

    def _colour(self, page: StoryPage) -> None:
        colours: Colours = {}
        for block in page.code_blocks:
            colours |= colour_block(block, page.lines)
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._take_colours, page, colours)

    def _take_colours(self, page: StoryPage, colours: Colours) -> None:
        if page is self.page_shown and colours:
            self._colours = colours
            self.redraw()

    @property
    def ground(self) -> tuple[int, int, int]:
        """The colour behind the words; black if the terminal alone knows it."""
        colour = self._inks.base.bgcolor
        if colour is None or colour.is_default:
            return (0, 0, 0)
        red, green, blue = colour.get_truecolor()
        return (red, green, blue)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._inks.clear()
        self._strips.clear()

    # --- place ---

    @property
    def top(self) -> int:
        """The first line in sight."""
        return round(self.scroll_y)

    def _go(self, row: int) -> None:
        """Bring a line to the top; the place wanted stays as it was."""
        wanted = self._share_wanted
        self._scroll(row)
        self._share_wanted = wanted

    def _scroll(self, row: float) -> None:
        # The scrollbar may not be there yet, without which nothing scrolls unless forced.
        self.scroll_to(y=row, animate=False, immediate=True, force=True)

    @property
    def share(self) -> float:
        """Where the reader is: the share of letters above the first line in sight."""
        if self._share_wanted is not None:
            return self._share_wanted
        return self.page_shown.share_at(self.top) if self.top else 0.0

    @property
    def progress(self) -> float:
        """How much of the story has been in sight, from 0 to 1."""
        lines = len(self.page_shown.lines)
        return min(1.0, (self.top + self.scrollable_content_region.height) / max(1, lines))

    @property
    def is_at_end(self) -> bool:
        """Whether the last line is in sight."""
        return self.scroll_y >= self.max_scroll_y and self.page_shown.is_whole

    def move_by(self, rows: int) -> None:
        """Scroll down, or up."""
        self._scroll(self.top + rows)

    def page(self, pages: float) -> bool:
        """Scroll by pages or parts of one; say False if the end was there already."""
        if pages > 0 and self.is_at_end:
            return False
        height = self.scrollable_content_region.height
        rows = round(pages * height)
        if abs(pages) >= 1:
            rows = round(pages * max(1, height - _OVERLAP))
        self.move_by(rows)
        return True

    def go_top(self) -> None:
        """Go to the beginning."""
        self._scroll(0)

    def go_bottom(self) -> None:
        """Go to the end."""
        self._scroll(self.max_scroll_y)

    def go_heading(self, step: int) -> bool:
        """Bring the next heading, or the one before, to the top; say False if there is none."""
        rows = [max(0, one.line - 1) for one in self.page_shown.headings]
        if step > 0:
            row = next((row for row in rows if row > self.top), None)
        else:
            row = next((row for row in reversed(rows) if row < self.top), None)
        if row is None or (step > 0 and self.is_at_end):
            return False
        self.move_by(row - self.top)
        return True

    def bring_into_sight(self, row: int) -> None:
        """Scroll, if need be, so that a line stands in the upper third."""
        height = self.scrollable_content_region.height
        if not self.top <= row < self.top + height - 1:
            self.move_by(row - height // 3 - self.top)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            if self._shape == self.scrollable_content_region.size:
                self._share_wanted = None
            elif self._share_wanted is None:
                # Nobody scrolled: the page is too short for its new height, until it changes back.
                self._share_wanted = self.page_shown.share_at(round(old_value))
            self.has_scrolled()

    # --- drawing ---

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if y == self.scrollable_content_region.height - 1:
            foot = self.foot()
            if foot is not None:
                return self._draw_foot(foot, width)
        row = self.top + y
        lines = self.page_shown.lines
        if row >= len(lines) or self._shape[0] != width:
            return Strip.blank(width, self._inks.base)
        strip = self._strips.get(row)
        if strip is None:
            strip = self._draw(row, width).apply_offsets(0, row)
            if len(self._strips) > _STRIPS_KEPT:
                self._strips.clear()
            self._strips[row] = strip
        return strip

    def _draw(self, row: int, width: int) -> Strip:
        line = self.page_shown.lines[row]
        left, column = self._left, self._column
        ground = self._inks.part("story--panel").bgcolor
        if (edge := self._edges.get(row)) and ground is not None and not ground.is_default:
            return draw_edge(edge, self._inks, left=left, column=column, width=width)
        overlays = [
            Overlay(start, end, f"story--code-{part}")
            for start, end, part in self._colours.get(row, ())
        ]
        overlays += self.overlays(row)
        if (selected := self._selected_in(row, left)) is not None:
            overlays.append(Overlay(*selected, "story--selection"))
        return draw_line(
            line,
            self._inks,
            left=left,
            column=column,
            width=width,
            on_panel=row in self._panels,
            overlays=overlays,
        )

    def _draw_foot(self, foot: Sequence[tuple[str, str]], width: int) -> Strip:
        ground = self._inks.base + self._inks.part("story--foot")
        segments = [Segment(" " * min(self._left, 2), ground)]
        room = width - min(self._left, 2)
        for text, part in foot:
            shown = cut_to_width(text, room)
            room -= cell_width(shown)
            segments.append(Segment(shown, self._inks.base + self._inks.part(part)))
        return Strip(segments).adjust_cell_length(width, ground)

    # --- selecting ---

    @property
    def allow_select(self) -> bool:
        return True

    def _selected_in(self, row: int, left: int) -> tuple[int, int] | None:
        selection = self.text_selection
        span = selection.get_span(row) if selection is not None else None
        if span is None:
            return None
        length = len(self.page_shown.lines[row].text)
        start, end = (max(0, span[0] - left), length if span[1] == -1 else span[1] - left)
        return (start, min(end, length)) if end > start else None

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected words, without the margin."""
        lines = self.page_shown.lines
        first = selection.start.y if selection.start is not None else 0
        last = selection.end.y if selection.end is not None else len(lines) - 1
        texts = []
        for row in range(first, min(last, len(lines) - 1) + 1):
            span = self._selected_in(row, self._left)
            texts.append(lines[row].text[slice(*span)] if span else "")
        return "\n".join(text.rstrip() for text in texts).strip("\n"), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.redraw()

    def redraw(self) -> None:
        """Draw anew what searching, hints or a selection mark."""
        self._strips.clear()
        self.refresh()

    def redraw_foot(self) -> None:
        """Draw the last line anew."""
        height = self.scrollable_content_region.height
        self.refresh(Region(0, height - 1, self.size.width, 1))

    def span_at(self, x: int, y: int) -> Span | None:
        """Return what stands at a cell of the widget, if it leads anywhere."""
        row = self.top + y
        if row >= len(self.page_shown.lines):
            return None
        at = self._left
        for span in self.page_shown.lines[row].spans:
            at += cell_width(span.text)
            if x < at:
                return span if x >= self._left and (span.link or span.anchor) else None
        return None
