"""Lists in dialogs: rows of a lead, a text and a note; filtered as one types; some marked."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from feedreader.core.text import clean_line
from feedreader.core.width import cell_width
from feedreader.tui.line_list import MOVES, LineList, put

Tone = Literal["", "dim", "good", "bad"]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list; what it says may come from anywhere."""

    text: str
    lead: str = ""
    """Stands in a column of its own before the text: a key, a number, a sign."""
    note: str = ""
    """Stands at the right."""
    value: Any = None
    indent: int = 0
    is_heading: bool = False
    tone: Tone = ""


class RowList(LineList):
    """Rows with a cursor, and marks where `marked` is set."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "rows--lead",
        "rows--note",
        "rows--heading",
        "rows--good",
        "rows--bad",
    }
    DEFAULT_CSS = """
    RowList {
        height: 1fr;
        background: $background;
        & > .rows--lead { color: $accent; text-style: bold; }
        & > .rows--note { color: $muted; }
        & > .rows--heading { color: $accent; text-style: bold; }
        & > .rows--good { color: $success; }
        & > .rows--bad { color: $error; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *MOVES,
        Binding("enter,l", "choose", show=False),
    ]

    def __init__(self, rows: Sequence[Row] = (), **options: Any) -> None:
        super().__init__(**options)
        self.rows: Sequence[Row] = rows
        self.marked: set[Hashable] | None = None
        """The values of marked rows; None: rows cannot be marked."""
        self._lead_width = _lead_width(rows)

    def show(self, rows: Sequence[Row], *, cursor: int | None = None) -> None:
        """Show other rows; the cursor stays on its value unless told where to stand."""
        value = self.current.value if self.current else None
        self.rows = rows
        self._lead_width = _lead_width(rows)
        if cursor is None and value is not None:
            cursor = next((at for at, row in enumerate(rows) if row.value == value), None)
        self.rows_changed()
        self.set_reactive(LineList.cursor, 0)
        self.move_to(cursor if cursor is not None else 0)
        if self.cursor < len(rows):
            self.post_message(self.Highlighted(self, self.cursor))

    def fit(self, most: int = 12) -> None:
        """Be as high as the rows, or so many lines at most."""
        self.styles.height = max(1, min(most, len(self.rows)))

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        if self.cursor < len(self.rows) and not self.rows[self.cursor].is_heading:
            return self.rows[self.cursor]
        return None

    @property
    def row_count(self) -> int:
        return len(self.rows)

    def takes_cursor(self, row: int) -> bool:
        return not self.rows[row].is_heading

    @property
    def cursor_style(self) -> Style:
        if not any(not row.is_heading for row in self.rows):
            return Style.null()
        is_active = self.has_focus or not self.can_focus
        name = "list--cursor" if is_active else "list--cursor-blurred"
        return self.get_component_rich_style(name, partial=True)

    def on_mount(self) -> None:
        if self.rows and self.rows[0].is_heading:
            self.move_to(1)

    def render_row(self, row: int, width: int, base: Style) -> list[Segment]:
        shown = self.rows[row]
        text = clean_line(shown.text)
        if shown.is_heading:
            return [put(f" {text}", width, self.part_style("rows--heading", base))]
        is_cursor = row == self.cursor
        # Under the cursor there is one ink: what tones say is said in words too.
        tones = {"good": "rows--good", "bad": "rows--bad", "dim": "rows--note"}
        tone = tones.get(shown.tone, "")
        ink = self.part_style(tone, base) if tone and not is_cursor else base
        lead_ink = base if is_cursor else ink if tone else self.part_style("rows--lead", base)
        note_ink = base if is_cursor else self.part_style("rows--note", base)
        segments = [Segment(" ", base)]
        left = width - 2
        if self.marked is not None:
            segments.append(Segment("✓ " if shown.value in self.marked else "· ", lead_ink))
            left -= 2
        if self._lead_width:
            lead_width = min(self._lead_width, width // 3)
            segments += [put(clean_line(shown.lead), lead_width, lead_ink), Segment("  ", base)]
            left -= lead_width + 2
        if shown.indent:
            segments.append(Segment("  " * shown.indent, base))
            left -= 2 * shown.indent
        note = clean_line(shown.note)
        if note:
            note_width = min(cell_width(note), max(left // 2, left - cell_width(text) - 2))
            segments.append(put(text, max(1, left - note_width - 2), ink))
            segments += [Segment("  ", base), put(note, note_width, note_ink)]
        else:
            segments.append(put(text, max(1, left), ink))
        return [*segments, Segment(" ", base)]

    def on_key(self, event: events.Key) -> None:
        """Open a row by its number, where one digit is enough for all of them."""
        if not (event.key.isascii() and event.key.isdecimal()) or len(self.rows) > 9:
            return
        for at, row in enumerate(self.rows):
            if row.lead == event.key:
                event.stop()
                self.move_to(at)
                self.choose()

    def action_choose(self) -> None:
        """Open the row under the cursor."""
        self.choose()


class FilteredRows(Vertical):
    """A line to type in, and below it the rows that hold all its words."""

    DEFAULT_CSS = """
    FilteredRows {
        height: 1fr;
        & > .filter--line { height: 1; margin-bottom: 1; }
        & .filter--mark { width: 3; color: $accent; text-style: bold; }
        & Input { width: 1fr; background: $background; }
        & Input:focus { background-tint: $foreground 0%; }
        & .filter--none { height: auto; padding: 0 1; color: $muted; display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n,ctrl+j", "move(1)", show=False),
        Binding("up,ctrl+p", "move(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
    ]

    @dataclass
    class Typed(Message):
        """The filter is another one."""

        text: str

    @dataclass
    class Chosen(Message):
        """Enter was pressed, or a row without marks clicked; None: no row is left."""

        row: Row | None
        text: str

    @dataclass
    class Clicked(Message):
        """A row that can be marked was clicked."""

    def __init__(
        self,
        rows: Sequence[Row],
        *,
        placeholder: str = "type to filter",
        nothing: str = "Nothing is called so.",
        marked: Collection[Hashable] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._all = rows
        self._placeholder = placeholder
        self._nothing = nothing
        self._marked = None if marked is None else set(marked)

    def compose(self) -> ComposeResult:
        with Horizontal(classes="filter--line"):
            yield Static(Content(" ❯ "), classes="filter--mark")
            yield Input(placeholder=self._placeholder, compact=True, select_on_focus=False)
        yield Static(Content(self._nothing), classes="filter--none")
        rows = RowList(self._all)
        rows.marked = self._marked
        rows.can_focus = False
        yield rows

    @property
    def list(self) -> RowList:
        """The rows that are shown."""
        return self.query_one(RowList)

    @property
    def text(self) -> str:
        """What was typed."""
        return self.query_one(Input).value.strip()

    def replace(self, rows: Sequence[Row], *, cursor: int | None = None) -> None:
        """Have other rows, filtered as before."""
        self._all = rows
        self._show(cursor)

    def _show(self, cursor: int | None) -> None:
        rows = _filter(self._all, self.text)
        self.list.show(rows, cursor=cursor)
        self.query_one(".filter--none").display = bool(self._nothing) and not rows

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._show(0 if self.text else None)
        self.post_message(self.Typed(self.text))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Chosen(self.list.current, self.text))

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        if self.list.marked is None:
            self.post_message(self.Chosen(self.list.current, self.text))
        else:
            self.post_message(self.Clicked())

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self.list.move_by(rows)

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        self.list.action_page(pages)

    def mark(self) -> None:
        """Mark the row under the cursor, or take the mark away."""
        rows = self.list
        if rows.marked is not None and rows.current is not None:
            rows.marked ^= {rows.current.value}
            rows.refresh_row(rows.cursor)


def _lead_width(rows: Sequence[Row]) -> int:
    return max((cell_width(clean_line(row.lead)) for row in rows), default=0)


def _filter(rows: Sequence[Row], text: str) -> Sequence[Row]:
    """Return the rows that hold all words, with the headings above them.

    Digits alone ask for the numbers in front.
    """
    words = text.casefold().split()
    if not words:
        return rows
    kept: list[Row] = []
    heading: Row | None = None
    for row in rows:
        if row.is_heading:
            heading = row
        elif text.isdecimal() and row.lead.isdecimal():
            if row.lead.startswith(text):
                kept.append(row)
        elif all(word in f"{row.lead} {row.text} {row.note}".casefold() for word in words):
            if heading is not None:
                kept.append(heading)
                heading = None
            kept.append(row)
    return kept
