"""The copies of a story: who tells it, when, how fully, and in which words they differ."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Rule

from feedreader.core.copies import lay_out_difference, tell_difference
from feedreader.core.document import Document, Line, Span, Style
from feedreader.model import EntrySummary, StoredEntry
from feedreader.tui.dates import short_date
from feedreader.tui.dialogs.dialog import Dialog
from feedreader.tui.dialogs.rows import Row, RowList
from feedreader.tui.line_list import LineList
from feedreader.tui.page_view import PageView
from feedreader.tui.status import Hint
from feedreader.tui.story_lines import make_page, wrapped

_MOST_ROWS = 7


class CopiesDialog(Dialog[int]):
    """Closes with the id of the copy to read."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("J,shift+down", "scroll(3)", show=False),
        Binding("K,shift+up", "scroll(-3)", show=False),
    ]
    DEFAULT_CSS = """
    CopiesDialog {
        & RowList { height: auto; }
        & Rule { margin: 0; color: $faint; }
        & Differences { height: 1fr; background: $background; }
    }
    """

    def __init__(
        self, copies: Sequence[StoredEntry], *, now: datetime, zone: tzinfo | None
    ) -> None:
        """`copies` has two or more, the fullest first."""
        super().__init__(f"⧉ {len(copies)} feeds have this story", is_tall=True)
        self._copies = copies
        self._now = now
        self._zone = zone

    def compose_body(self) -> ComposeResult:
        yield RowList([self._row(number) for number in range(len(self._copies))])
        yield Rule(line_style="solid")
        yield Differences()

    def _row(self, number: int) -> Row:
        summary = self._copies[number].summary
        fullest = self._copies[0]
        told = "the fullest"
        if number:
            told = tell_difference(fullest.text, self._copies[number].text)
        date = short_date(summary.sorted_at, self._now, self._zone)
        return Row(
            summary.feed_title,
            lead=_marks(summary),
            note=f"{told} · {summary.word_count:,} words · {date}",
            value=summary.id,
            tone="dim" if summary.is_read else "",
        )

    def hints(self) -> Sequence[Hint]:
        return (
            Hint("enter", "read this one", "open"),
            Hint("J K", "scroll"),
            Hint("esc", "close", "close"),
        )

    def on_mount(self) -> None:
        rows = self.query_one(RowList)
        rows.fit(_MOST_ROWS)
        rows.move_to(1)
        self._show_differences()

    def on_line_list_highlighted(self, event: LineList.Highlighted) -> None:
        self._show_differences()

    def _show_differences(self) -> None:
        place = self.query_one(RowList).cursor
        self.query_one(Differences).show(self._copies[0], self._copies[place])

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        self.action_open()

    def action_open(self) -> None:
        """Close with the copy under the cursor."""
        row = self.query_one(RowList).current
        if row is not None:
            self.dismiss(row.value)

    def action_scroll(self, rows: int) -> None:
        """Scroll the differences."""
        self.query_one(Differences).move_by(rows)


class Differences(PageView, can_focus=False):
    """In which words a copy differs from the fullest."""

    def __init__(self, **options: Any) -> None:
        super().__init__(width=80, **options)
        self._pair: tuple[StoredEntry, StoredEntry] | None = None

    def show(self, fullest: StoredEntry, other: StoredEntry) -> None:
        """Show what another copy leaves out of the fullest, and what it has of its own."""
        self._pair = fullest, other
        self._share_wanted = 0.0
        self._lay_out()

    def on_resize(self, event: events.Resize) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        if self._pair is None or not self.scrollable_content_region.width:
            return
        fullest, other = self._pair
        if fullest is other:
            words = "The others are compared with this one, which lists show."
            lines = wrapped([Span(words, Style.DIM)], self._column)
            self._take(make_page(self._column, [Line()], Document(self._column, tuple(lines))))
            return
        changes = lay_out_difference(
            fullest, other, width=self._column, has_signs=self.app.no_color
        )
        self._take(make_page(self._column, (), changes))


def _marks(entry: EntrySummary) -> str:
    read = " " if entry.is_read else "●"
    return read + ("★" if entry.is_starred else "◷" if entry.is_later else " ")
