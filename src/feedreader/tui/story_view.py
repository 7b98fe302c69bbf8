"""The story: an entry in a readable column, with its links, words to find, and its edits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from typing import Any, Final

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer
from textual.worker import get_current_worker

from feedreader.core.document import Image, Link, Span, Style
from feedreader.core.links import link_host
from feedreader.core.text import clean_line
from feedreader.model import EntryVersion, StoredEntry
from feedreader.tui.commands import COMMANDS
from feedreader.tui.empty_story import empty_page
from feedreader.tui.finding import StoryText
from feedreader.tui.keymap import show_chord
from feedreader.tui.page_view import PageView
from feedreader.tui.story_drawing import Overlay
from feedreader.tui.story_lines import (
    BUSY,
    BodyKind,
    StoryPage,
    body_html,
    lay_out,
    source_words,
)
from feedreader.tui.story_marks import StoryMarks
from feedreader.tui.story_modes import StoryModes
from feedreader.tui.story_pictures import StoryPictures

_BIG_BODY: Final = 300_000
"""Characters of HTML from which a body is laid out in a thread."""
_BUSY_FRAMES: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_BUSY_PAUSE_S: Final = 0.12
_LEAST_SOUGHT: Final = 20
"""Characters of a line that tell it from others."""


def default_key(name: str) -> str:
    """Return the first key of a command as the registry has it."""
    keys = next((one.keys for one in COMMANDS if one.name == name), ())
    return show_chord(tuple(keys[0].split(" "))) if keys else ""


class StoryView(PageView):
    """One entry: its texts, links, edits, and what is going on with it."""

    @dataclass
    class LinkChosen(Message):
        """The user wants to open an address of the story; it is http, https or mailto."""

        url: str

    class Laid(Message):
        """Another page is shown, or the same in another size."""

    @dataclass
    class Scrolled(Message):
        """Another part of the story is in sight; `share` is what to remember it by."""

        share: float

    @dataclass
    class PictureWanted(Message):
        """A picture of the story is in sight or near it; `pictures.take` takes what comes."""

        entry_id: int
        url: str

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        zone: tzinfo | None,
        width: int = 80,
        key_of: Callable[[str], str] = default_key,
        env: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        """`width` is that of the column; `key_of` gives the key of a command for hints.

        `env` names the terminal.
        """
        super().__init__(width=width, **options)
        self.modes = StoryModes(self)
        self.marks = StoryMarks(self)
        self.env = env or {}
        self._is_moving_lines = False
        self.entry: StoredEntry | None = None
        self.kind: BodyKind = "feed"
        self._clock, self._zone, self._key_of = clock, zone, key_of
        self._versions: tuple[EntryVersion, ...] = ()
        self._notes: tuple[Span, ...] = ()
        self._busy: Timer | None = None
        self._busy_frame = 0
        self._words_wanted: tuple[str, int] | None = None
        """(words, letters before them) to bring to the top as soon as all is laid out."""
        self._work: Callable[[], StoryPage] | None = None
        """What is laid out in a thread, if that is under way."""
        self.pictures = StoryPictures(self)

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

    def has_laid_out(self, entry_id: int) -> bool:
        """Say whether the page is that of an entry: not if that came while out of sight."""
        is_its = self.entry is not None and self.entry.summary.id == entry_id
        return is_its and self._shape != (0, 0)

    @property
    def links(self) -> tuple[Link, ...]:
        """The numbered links: of the text, then enclosures and comments."""
        return self.page_shown.links

    @property
    def images(self) -> tuple[Image, ...]:
        """The pictures of the text, without those that only count readers."""
        return self.page_shown.images

    def image_in_sight(self) -> int:
        """Return the place in `images` of the first that is in sight, else of the next below.

        0 if there is neither.
        """
        rows = [image.line for image in self.images]
        return next((place for place, row in enumerate(rows) if row >= self.top), 0)

    def _show_quietly(self) -> None:
        self._stop_busy()
        self.modes.leave()
        self.pictures.leave()
        self._notes = ()
        self._versions = ()
        self._words_wanted = None

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

    def _lay_out(self) -> None:
        """Lay out what is shown for the width there is, at the place where the reader was."""
        if not self.scrollable_content_region.width:
            self._shape = (0, 0)  # hidden: it is laid out when it comes into sight, at any size
            return
        if self._share_wanted is None and self.top:
            self._share_wanted = self.share
        top = self.top
        held = self.pictures.room_at(top) if top and self._words_wanted is None else None
        self._lay_out_anew()
        if held is not None and (row := self.pictures.row_in(held, top)) is not None:
            self._go(row)

    def _lay_out_anew(self) -> None:
        entry, column = self.entry, self._column
        self._work = None
        if entry is None:
            height = self.scrollable_content_region.height
            self._take(empty_page(column, height, self._key_of))
        elif self._versions:
            from feedreader.tui.edit_view import lay_out_edits

            self._take(
                lay_out_edits(
                    entry,
                    self._versions,
                    width=column,
                    now=self._clock(),
                    zone=self._zone,
                    has_signs=self.app.no_color,
                    key_of=self._key_of,
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
            self._work = work
            is_big = len(body_html(entry, self.kind)) > _BIG_BODY
            self._take(work(only_beginning=is_big))
            if is_big:
                self.run_worker(
                    partial(self._finish_layout, work), thread=True, exclusive=True, group="layout"
                )

    def _finish_layout(self, work: Callable[[], StoryPage]) -> None:
        page = work()
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._take_whole, work, page)

    def _take_whole(self, work: Callable[[], StoryPage], page: StoryPage) -> None:
        if work is self._work:
            self._take(page)

    def _lay_out_keeping_words(self) -> None:
        """Lay out another text of the story; the words at the top stay there if it has them."""
        top = self.top
        if top:
            sought = ""
            for line in self.page_shown.lines[top : top + 12]:
                words = [span.text for span in line.spans if not span.style & Style.FRAME]
                sought = " ".join("".join(words).split()[:6])
                if len(sought) > _LEAST_SOUGHT:
                    break
            self._words_wanted = (sought, self.page_shown.letters[top])
        self._share_wanted = 0.0
        self._lay_out()

    def _go_to_words(self, sought: str, letters: int) -> None:
        """Bring words to the top; if they are not there, what stands as far from the start."""
        page = self.page_shown
        found = StoryText(page.lines).find(sought) if len(sought) > _LEAST_SOUGHT else []
        row = found[0].row if found else page.line_at(letters / max(1, page.letters[-1]))
        self._go(row)
        self._share_wanted = None

    def on_resize(self) -> None:
        size = self.scrollable_content_region.size
        if size.width and self._shape != size:
            if self._share_wanted is None:
                self._share_wanted = self.share if self.top else 0.0
            self._lay_out()

    @property
    def progress(self) -> float:
        return self.pictures.share_above(self.top + self.scrollable_content_region.height)

    def _take(self, page: StoryPage) -> None:
        super()._take(self.pictures.place(page))
        if self._words_wanted is not None and page.is_whole:
            self._go_to_words(*self._words_wanted)
            self._words_wanted = None
        self.modes.page_changed()
        self.post_message(self.Laid())
        self.pictures.look()

    def move_lines(self, page: StoryPage, row_now: Callable[[int], int]) -> None:
        """Show the same lines with others between them: a picture came, or went."""
        self._is_moving_lines = True
        self._move_lines(page, row_now)
        self._is_moving_lines = False
        if self.text_selection is not None:
            self.screen.clear_selection()  # it is kept by rows, and would now be other words
        self.modes.lines_moved(row_now)
        self.post_message(self.Laid())

    def has_scrolled(self) -> None:
        if not self._is_moving_lines:
            self.modes.scrolled()
            self.pictures.look()
        self.post_message(self.Scrolled(self.share))

    def _draw(self, row: int, width: int) -> Strip:
        return self.pictures.draw_on(super()._draw(row, width), row, self._left)

    def overlays(self, row: int) -> list[Overlay]:
        laid = self.modes.overlays(row)
        if not self.modes.has_words:
            laid = self.marks.overlays(row) + laid
        if self._busy is not None and self.page_shown.lines[row].text.startswith(BUSY):
            laid.append(Overlay(0, 1, "story--tag", _BUSY_FRAMES[self._busy_frame]))
        return laid

    def foot(self) -> Sequence[tuple[str, str]] | None:
        return self.modes.foot()

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

    # --- the mouse ---

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
