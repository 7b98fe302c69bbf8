"""The links of a story: numbered, each with the host that it truly leads to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from feedreader.core.document import Link
from feedreader.core.links import link_host
from feedreader.tui.dialogs.dialog import Dialog
from feedreader.tui.dialogs.fields import Facts
from feedreader.tui.dialogs.rows import FilteredRows, Row
from feedreader.tui.line_list import LineList
from feedreader.tui.status import Hint


class LinksDialog(Dialog[Link]):
    """Type a number or words, Enter opens."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+y", "copy", show=False)]
    DEFAULT_CSS = """
    LinksDialog Facts { margin-top: 1; }
    """

    def __init__(self, links: Sequence[Link]) -> None:
        super().__init__(f"{len(links)} link{'s' * (len(links) != 1)}", is_tall=True)
        self._links = links

    def compose_body(self) -> ComposeResult:
        rows = [
            Row(link.text or link.url, lead=str(link.number), note=link_host(link.url), value=link)
            for link in self._links
        ]
        yield FilteredRows(
            rows, placeholder="type a number, or words", nothing="No link is called so."
        )
        yield Facts()

    def hints(self) -> Sequence[Hint]:
        return (
            Hint("enter", "open in the browser", "open"),
            Hint("ctrl+y", "copy", "copy"),
            Hint("esc", "close", "close"),
        )

    def on_mount(self) -> None:
        self._show_address()

    def on_line_list_highlighted(self, event: LineList.Highlighted) -> None:
        self._show_address()

    def on_filtered_rows_typed(self, event: FilteredRows.Typed) -> None:
        self._show_address()

    def _show_address(self) -> None:
        row = self.query_one(FilteredRows).list.current
        self.query_one(Facts).show([("Leads to", row.value.url)] if row else [])

    def on_filtered_rows_chosen(self, event: FilteredRows.Chosen) -> None:
        self.action_open()

    def action_open(self) -> None:
        """Open the link under the cursor."""
        row = self.query_one(FilteredRows).list.current
        if row is not None:
            self.dismiss(row.value)

    def action_copy(self) -> None:
        """Copy the address of the link under the cursor."""
        row = self.query_one(FilteredRows).list.current
        if row is not None:
            self.reader_app.main_screen.copy(row.value.url)
            self.say("Link copied.")
