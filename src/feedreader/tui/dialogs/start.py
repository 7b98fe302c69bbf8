"""The first screen, while there are no feeds: four ways to get some."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Center
from textual.content import Content
from textual.widgets import Static

import feedreader
from feedreader.tui.dialogs.dialog import Dialog
from feedreader.tui.dialogs.rows import Row, RowList
from feedreader.tui.line_list import LineList
from feedreader.tui.status import Hint

Way = Literal["add", "import", "samples", "demo", "quit"]

_WAYS: Sequence[tuple[str, Way, str, str]] = (
    ("a", "add", "Add a feed", "paste a site's address; its feeds are found"),
    ("i", "import", "Import your list", "OPML of any reader, or Newsboat's urls"),
    ("s", "samples", "Take the sample feeds", "news, technology, science, comics"),
    ("d", "demo", "Look around first", "a small web site on this computer"),
)


class StartDialog(Dialog[Way]):
    """It takes the whole screen; Escape goes to the empty panes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"go('{way}')", show=False) for key, way, _, _ in _WAYS),
        Binding("q", "go('quit')", show=False),
    ]
    DEFAULT_CSS = """
    StartDialog {
        background: $background;
        & > .dialog--box { width: 72; padding: 1 2 0 2; }
        & #welcome { text-align: center; color: $accent; text-style: bold; margin-bottom: 1; }
        & #promise { text-align: center; color: $muted; margin-bottom: 1; }
        & RowList { height: 4; }
        & #later { text-align: center; color: $muted; margin-top: 1; }
    }
    StartDialog.-small > .dialog--box { width: 72; max-width: 100%; padding: 1 2 0 2; }
    StartDialog:ansi { background: ansi_default; }
    """

    def __init__(self) -> None:
        super().__init__("feedreader")

    def compose_body(self) -> ComposeResult:
        yield Static(Content("Welcome."), id="welcome")
        yield Static(Content("There are no feeds yet. How shall we begin?"), id="promise")
        yield RowList([Row(text, lead=key, note=note, value=way) for key, way, text, note in _WAYS])
        keymap = self.reader_app.keymap
        add, help_key = keymap.first_key("feed.add"), keymap.first_key("app.help")
        with Center():
            yield Static(
                Content(f"Later, {add} adds a feed and {help_key} shows all keys."), id="later"
            )

    def hints(self) -> Sequence[Hint]:
        return (
            Hint("enter", "choose", "choose"),
            Hint("↑↓", "move", ""),
            Hint("q", "quit", "go('quit')"),
            Hint("esc", "to the empty reader", "close"),
        )

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        """Take the way under the cursor."""
        row = self.query_one(RowList).current
        if row is not None:
            self.action_go(row.value)

    def action_go(self, way: Way) -> None:
        """Take a way."""
        self.dismiss(way)


def sample_feeds() -> bytes:
    """Return the sample list (OPML), of the package, or of the checkout that it runs from."""
    packaged = files("feedreader") / "feeds.opml"
    if packaged.is_file():
        return packaged.read_bytes()
    assert feedreader.__file__ is not None
    return (Path(feedreader.__file__).parents[2] / "feeds.opml").read_bytes()
