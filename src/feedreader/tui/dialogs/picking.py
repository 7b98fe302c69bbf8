"""Pick some of many by typing a little: the folders of a feed, the tags of an entry."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from feedreader.core.text import clean_line
from feedreader.model import FolderPath
from feedreader.tui.dialogs.dialog import Dialog
from feedreader.tui.dialogs.rows import FilteredRows, Row
from feedreader.tui.dialogs.values import read_folder, write_folder
from feedreader.tui.status import Hint

Picked = frozenset[Hashable]


class PickDialog(Dialog[Picked]):
    """Rows with marks. Enter takes the row under the cursor, or what Tab marked.

    What is typed and is no row yet can be made one.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "take", show=False),
        Binding("tab", "mark", show=False),
    ]

    def __init__(
        self,
        heading: str,
        words: str,
        rows: Sequence[Row],
        marked: Collection[Hashable],
        *,
        new_row: Callable[[str], Row | None],
        is_single: bool,
        verb: str,
    ) -> None:
        """`is_single`: Enter takes its row alone; else it adds it to the marks, or removes it."""
        super().__init__(heading, is_tall=True)
        self._words = words
        self._rows = list(rows)
        self._marked = frozenset(marked)
        self._new_row = new_row
        self._is_single = is_single
        self._verb = verb

    def compose_body(self) -> ComposeResult:
        yield Static(Content(clean_line(self._words)), classes="dialog--words")
        yield FilteredRows(
            self._rows,
            placeholder="type a name, or a new one",
            nothing="",
            marked=self._marked,
        )

    def hints(self) -> Sequence[Hint]:
        return (
            Hint("enter", self._verb, "take"),
            Hint("tab", "mark several", "mark"),
            Hint("↑↓", "choose", ""),
            Hint("esc", "close", "close"),
        )

    def on_mount(self) -> None:
        rows = self.query_one(FilteredRows)
        first = next((at for at, row in enumerate(self._rows) if row.value in self._marked), 0)
        rows.list.move_to(first)

    def on_filtered_rows_typed(self, event: FilteredRows.Typed) -> None:
        self._offer(event.text)

    def _offer(self, text: str) -> None:
        """Show the rows, and a new one for a name that none of them has."""
        new = self._new_row(text) if text else None
        known = {row.value for row in self._rows}
        rows = self._rows if new is None or new.value in known else [*self._rows, new]
        shown = self.query_one(FilteredRows)
        shown.replace(rows, cursor=0)

    def action_mark(self) -> None:
        """Mark the row under the cursor; the next name can be typed at once."""
        rows = self.query_one(FilteredRows)
        current = rows.list.current
        if current is None:
            return
        if current.value not in {row.value for row in self._rows}:
            self._rows.append(current)
        rows.mark()
        if rows.text:
            rows.query_one(Input).value = ""

    def on_filtered_rows_clicked(self, event: FilteredRows.Clicked) -> None:
        self.action_mark()

    def on_filtered_rows_chosen(self, event: FilteredRows.Chosen) -> None:
        self.action_take()

    def action_take(self) -> None:
        """Close with what is picked."""
        rows = self.query_one(FilteredRows).list
        marked = frozenset(rows.marked or ())
        current = rows.current
        if marked != self._marked or current is None:
            self.dismiss(marked)
        elif self._is_single:
            self.dismiss(frozenset({current.value}))
        else:
            self.dismiss(marked ^ {current.value})


def pick_folders(
    heading: str, folders: Sequence[FolderPath], current: Collection[FolderPath]
) -> PickDialog:
    """Return a dialog whose answer is the folders where a feed shall stand; () is the root."""
    paths = {path[:depth] for path in folders for depth in range(1, len(path) + 1)}
    ordered = sorted(paths, key=lambda path: tuple(name.casefold() for name in path))
    rows = [
        Row("(no folder)", value=()),
        *(
            Row(
                path[-1],
                note=write_folder(path) if len(path) > 1 else "",
                value=path,
                indent=len(path) - 1,
            )
            for path in ordered
        ),
    ]

    def new_row(text: str) -> Row | None:
        path = read_folder(text)
        return Row(f"new folder {write_folder(path)}", value=path) if path else None

    return PickDialog(
        heading,
        "Where shall it stand? A slash makes a folder in a folder.",
        rows,
        set(current) or {()},
        new_row=new_row,
        is_single=True,
        verb="move here",
    )


def pick_tags(
    heading: str, known: Sequence[tuple[str, int]], current: Collection[str]
) -> PickDialog:
    """Return a dialog whose answer is the tags that an entry shall have."""
    counts = dict(known)
    names = sorted({*counts, *current}, key=lambda tag: (tag not in current, tag.casefold()))
    rows = [Row(tag, note=f"{counts.get(tag, 0):,}", value=tag) for tag in names]

    def new_row(text: str) -> Row | None:
        tag = clean_line(text)
        return Row(f"new tag {tag}", value=tag) if tag else None

    return PickDialog(
        heading,
        "Type a tag, known or new. Enter gives it, or takes it away.",
        rows,
        current,
        new_row=new_row,
        is_single=False,
        verb="give or take",
    )
