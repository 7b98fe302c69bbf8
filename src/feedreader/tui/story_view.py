"""The story: an entry in a readable column, with its links, words to find, and its edits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from typing import Any, ClassVar, Final

from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.timer import Timer

from feedreader.core.document import Document, Line, Link, Span, Style
from feedreader.core.links import link_host
from feedreader.core.text import clean_line
from feedreader.core.width import cell_width, cut_to_width
from feedreader.model import EntryVersion, StoredEntry
from feedreader.tui.code_colours import Colours, colour_block
from feedreader.tui.commands import COMMANDS
from feedreader.tui.finding import StoryText
from feedreader.tui.keymap import show_chord
from feedreader.tui.story_drawing import CSS, PARTS, Inks, Overlay, draw_edge, draw_line
from feedreader.tui.story_lines import (
    BUSY,
    BodyKind,
    StoryPage,
    body_html,
    lay_out,
    make_page,
    source_words,
    wrapped,
)
from feedreader.tui.story_modes import StoryModes

_BIG_BODY: Final = 300_000
"""Characters of HTML from which a body is laid out in a thread."""
_BUSY_FRAMES: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_BUSY_PAUSE_S: Final = 0.12
_STRIPS_KEPT: Final = 2_000
_OVERLAP: Final = 2
"""Lines of a page that stay in sight on the next."""


def default_key(name: str) -> str:
    """Return the first key of a command as the registry has it."""
    keys = next((one.keys for one in COMMANDS if one.name == name), ())
    return show_chord(tuple(keys[0].split(" "))) if keys else ""


class StoryView(ScrollView, can_focus=True, inherit_bindings=False):
    """One entry, wrapped for the width and drawn line by line.

    Where the reader is, is a share of the story's letters: it holds at any width.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = set(PARTS)
    DEFAULT_CSS = f"""
    StoryView {{
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        {CSS}
    }}
    """

    @dataclass
    class LinkChosen(Message):
        """The user wants to open an address of the story; it is http, https or mailto."""

        url: str

    @dataclass
    class Scrolled(Message):
        """Another part of the story is in sight; `share` is what to remember it by."""

        share: float

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        zone: tzinfo | None,
        width: int = 80,
        key_of: Callable[[str], str] = default_key,
        **options: Any,
    ) -> None:
        """`width` is that of the column; `key_of` gives the key of a command for hints."""
        super().__init__(**options)
        self.page_shown = make_page(width, (), Document(width, ()))
        """The lines as they stand now."""
        self.modes = StoryModes(self)
        self.entry: StoredEntry | None = None
        self.kind: BodyKind = "feed"
        self._column_wanted = width
        self._clock, self._zone, self._key_of = clock, zone, key_of
        self._inks = Inks(self)
        self._versions: tuple[EntryVersion, ...] = ()
        self._words: tuple[str, str] | None = None
        self._notes: tuple[Span, ...] = ()
        self._busy: Timer | None = None
        self._busy_frame = 0
        self._shape = (0, 0)
        self._share_wanted: float | None = None
        """Where to be as soon as there is a size, or after the next change of it."""
        self._strips: dict[int, Strip] = {}
        self._colours: Colours = {}
        self._edges: dict[int, str] = {}
        self._panels: set[int] = set()

    # --- what is shown ---

    def show(self, entry: StoredEntry, share: float = 0.0) -> None:
        """Show an entry, its full text if there is one, at the place that a share names."""
        self._show_quietly()
        self.entry = entry
        self.kind = "page" if entry.page_html else "feed"
        self._share_wanted = share
        self._lay_out()

    def clear(self) -> None:
        """Show nothing but how to begin."""
        self._show_quietly()
        self.entry = None
        self._share_wanted = None
        self._lay_out()

    def show_words(self, words: str, advice: str = "") -> None:
        """Show a sentence in the story's place: that it loads, or why there is none."""
        self.clear()
        self._words = (words, advice)
        self._lay_out()

    def replace(self, entry: StoredEntry) -> None:
        """Show a newer state of the same entry without losing the place.

        Full text that has come since is shown at once.
        """
        self._stop_busy()
        self._notes = ()
        if entry.page_html and (self.entry is None or not self.entry.page_html):
            self.kind = "page"
        elif not body_html(entry, self.kind):
            self.kind = "page" if entry.page_html else "feed"
        self.entry = entry
        self._lay_out_keeping_words()

    def cycle_text(self) -> str:
        """Show the other text of the entry; return in words which it is and why."""
        entry = self.entry
        if entry is None:
            return ""
        if self._versions:
            self.hide_edits()
            return source_words(entry, self.kind, self._no_key)
        other: BodyKind = "feed" if self.kind == "page" else "page"
        if not body_html(entry, other):
            if other == "feed":
                return "The feed gave no text: this is the page's."
            if entry.page_error:
                return f"Its page gave no story: {clean_line(entry.page_error)}"
            return f"Its page has not been fetched: {self._key_of('story.fetch')} fetches it."
        self.kind = other
        self._notes = ()
        self._lay_out_keeping_words()
        return source_words(entry, self.kind, self._no_key)

    @staticmethod
    def _no_key(name: str) -> str:
        return ""

    def fetch_began(self) -> None:
        """Say in the story's head that its full text is being fetched."""
        if self.entry is None or self._busy is not None:
            return
        host = link_host(self.entry.summary.link)
        told = f"Fetching the full story from {host} …"
        self._notes = (Span(f"{BUSY} ", Style.TAG), Span(told, Style.TAG))
        self._busy = self.set_interval(_BUSY_PAUSE_S, self._turn)
        self._lay_out()

    def fetch_failed(self, reason: str) -> None:
        """Say in the story's head why there is no full text, and what to do."""
        self._stop_busy()
        if self.entry is None:
            return
        again, browser = self._key_of("story.fetch"), self._key_of("entry.open")
        ways = [f"{again} tries again"] * bool(again) + [f"{browser} opens the page"] * bool(
            browser
        )
        self._notes = (
            Span("! No full story: ", Style.WARNING),
            Span(clean_line(reason).rstrip("."), Style.WARNING),
            *((Span(f" · {' · '.join(ways)}", Style.DIM),) if ways else ()),
        )
        self._lay_out()

    def show_edits(self, versions: Sequence[EntryVersion]) -> None:
        """Show what the publisher changed, from the versions before, newest first."""
        if self.entry is not None and versions:
            self._share_wanted = 0.0
            self.modes.leave()
            self._versions = tuple(versions)
            self._lay_out()

    def hide_edits(self) -> None:
        """Show the story again."""
        self._versions = ()
        self._share_wanted = 0.0
        self._lay_out()

    @property
    def shows_edits(self) -> bool:
        """Whether the edits are shown in place of the story."""
        return bool(self._versions)

    @property
    def links(self) -> tuple[Link, ...]:
        """The numbered links: of the text, then enclosures and comments."""
        return self.page_shown.links

    def _show_quietly(self) -> None:
        self._stop_busy()
        self.modes.leave()
        self._notes = ()
        self._versions = ()
        self._words = None

    def _stop_busy(self) -> None:
        if self._busy is not None:
            self._busy.stop()
            self._busy = None

    def _turn(self) -> None:
        self._busy_frame = (self._busy_frame + 1) % len(_BUSY_FRAMES)
        for row in range(min(30, len(self.page_shown.lines))):
            if self.page_shown.lines[row].text.startswith(BUSY):
                self._strips.pop(row, None)
                self.refresh(Region(0, row - self.top, self.size.width, 1))

    # --- layout ---

    @property
    def _column(self) -> int:
        width = self.scrollable_content_region.width
        margin = 2 if width >= 50 else 1
        return max(12, min(self._column_wanted, width - 2 * margin))

    @property
    def _left(self) -> int:
        return max(0, (self.scrollable_content_region.width - self._column) // 2)

    def _lay_out(self) -> None:
        """Lay out what is shown for the width there is, at the place where the reader was."""
        if not self.scrollable_content_region.width:
            return
        if self._share_wanted is None and self.top:
            self._share_wanted = self.share
        entry, column = self.entry, self._column
        if entry is None:
            self._take(self._empty_page(column))
        elif self._versions:
            from feedreader.tui.edit_view import lay_out_edits

            self._take(
                lay_out_edits(
                    entry, self._versions, width=column, now=self._clock(), zone=self._zone
                )
            )
        else:
            work = partial(
                lay_out,
                entry,
                self.kind,
                width=column,
                now=self._clock(),
                zone=self._zone,
                key_of=self._key_of,
                notes=self._notes,
            )
            is_big = len(body_html(entry, self.kind)) > _BIG_BODY
            self._take(work(only_beginning=is_big))
            if is_big:
                self.run_worker(
                    partial(self._finish_layout, work), thread=True, exclusive=True, group="layout"
                )

    def _finish_layout(self, work: Callable[[], StoryPage]) -> None:
        page = work()
        self.app.call_from_thread(self._take_whole, work, page)

    def _take_whole(self, work: Any, page: StoryPage) -> None:
        entry, kind = work.args
        if (self.entry, self.kind, self._column) == (entry, kind, page.width):
            self._take(page)

    def _take(self, page: StoryPage) -> None:
        """Show a page, at the place wanted."""
        self.page_shown = page
        self._shape = self.scrollable_content_region.size
        self._strips.clear()
        self._colours = {}
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
        self.modes.page_changed()
        wanted = self._share_wanted
        if wanted is not None:
            self._go(page.line_at(wanted) if wanted else 0)
            self._share_wanted = wanted if page.is_whole is False else self._share_wanted
        self.refresh()
        if page.code_blocks:
            self.run_worker(
                partial(self._colour, page), thread=True, exclusive=True, group="colours"
            )

    def _colour(self, page: StoryPage) -> None:
        colours: Colours = {}
        for block in page.code_blocks:
            colours |= colour_block(block, page.lines)
        self.app.call_from_thread(self._take_colours, page, colours)

    def _take_colours(self, page: StoryPage, colours: Colours) -> None:
        if page is self.page_shown and colours:
            self._colours = colours
            self.redraw()

    def _lay_out_keeping_words(self) -> None:
        """Lay out another text of the story; the words at the top stay there if it has them."""
        top = self.top
        sought = ""
        for line in self.page_shown.lines[top : top + 12] if top else ():
            words = [span.text for span in line.spans if not span.style & Style.FRAME]
            sought = " ".join("".join(words).split()[:6])
            if len(sought) > 20:
                break
        letters = self.page_shown.letters[top] if top else 0
        self._share_wanted = 0.0
        self._lay_out()
        if not top:
            return
        found = StoryText(self.page_shown.lines).find(sought) if len(sought) > 20 else []
        if found:
            self._go(found[0].row)
        else:
            self._go(self.page_shown.line_at(letters / max(1, self.page_shown.letters[-1])))
        self._share_wanted = None

    def _empty_page(self, column: int) -> StoryPage:
        if self._words is not None:
            words, advice = self._words
            told = [wrapped([Span(clean_line(words), Style.BOLD)], column)]
            told += [wrapped([Span(clean_line(advice), Style.DIM)], column)] if advice else []
        else:
            hints = [
                (self._key_of("move.in"), "read the entry under the cursor"),
                (self._key_of("read.on"), "read on: page after page, story after story"),
                (self._key_of("app.help"), "see all keys"),
            ]
            keys = max(cell_width(key) for key, _ in hints)
            told = [[Line((Span("Nothing is open.", Style.BOLD),))]]
            told += [
                [Line((Span(f"{key:>{keys}}", Style.TAG), Span(f"  {does}", Style.DIM)))]
                for key, does in hints
                if key
            ]
        block = [line for lines in told for line in (*lines, Line())][:-1]
        widest = max(cell_width(line.text) for line in block)
        blanks = Span(" " * max(0, (column - widest) // 2), Style.FRAME)
        above = max(1, (self.scrollable_content_region.height - len(block)) // 3)
        lines = [Line((blanks, *line.spans)) if line.spans else line for line in block]
        return make_page(column, [Line()] * above, Document(column, tuple(lines)))

    def on_resize(self) -> None:
        if self._shape != self.scrollable_content_region.size:
            if self._share_wanted is None:
                self._share_wanted = self.share if self.top else 0.0
            self._lay_out()

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
            self._share_wanted = None
            self.modes.scrolled()
            self.post_message(self.Scrolled(self.share))

    # --- drawing ---

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if y == self.scrollable_content_region.height - 1:
            foot = self.modes.foot()
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
        if line.text.startswith(BUSY):
            overlays.append(Overlay(0, 1, "story--tag", _BUSY_FRAMES[self._busy_frame]))
        overlays += self.modes.overlays(row)
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
        return "\n".join(texts).strip("\n"), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.redraw()

    # --- keys that mean something for a moment ---

    def on_key(self, event: events.Key) -> None:
        if self.modes.take_key(event.key, event.character):
            event.stop()
            event.prevent_default()

    def find(self) -> None:
        """Ask for words of the story and go to them."""
        self.modes.find()

    def show_hints(self) -> None:
        """Put letters on the links in sight; typing them opens one."""
        self.modes.show_hints()

    def redraw(self) -> None:
        """Draw anew what searching, hints or a selection mark."""
        self._strips.clear()
        self.refresh()

    def redraw_foot(self) -> None:
        """Draw the last line anew."""
        height = self.scrollable_content_region.height
        self.refresh(Region(0, height - 1, self.size.width, 1))

    # --- the mouse ---

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

    def on_mouse_move(self, event: events.MouseMove) -> None:
        span = self.span_at(event.x, event.y)
        self.modes.hover(
            self.page_shown.url_of(span.link) if span is not None and span.link else ""
        )

    def on_leave(self) -> None:
        self.modes.hover("")

    def on_click(self, event: events.Click) -> None:
        selection = self.text_selection
        if selection is not None and (self.get_selection(selection) or ("",))[0]:
            return
        span = self.span_at(event.x, event.y)
        if span is not None:
            self.modes.follow(span.link, span.anchor)
