"""The filter: a query typed at the bottom, read as it grows, with completion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from feedreader.core.query.complete import Completion, complete
from feedreader.core.query.parse import parse
from feedreader.core.query.resolve import Context
from feedreader.core.query.tree import And, Words
from feedreader.core.text import clean_line
from feedreader.core.width import cell_width
from feedreader.errors import QueryError
from feedreader.tui.line_list import LineList, put

_PAUSE_S = 0.03
_MOST_SHOWN = 8
_SHORTEST_BEGUN = 3


class Completions(LineList, can_focus=False):
    """What could stand at the cursor of the bar."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"completion--meaning"}
    DEFAULT_CSS = """
    Completions {
        height: auto;
        background: $surface;
        display: none;
        & > .completion--meaning { color: $muted; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.offers: tuple[Completion, ...] = ()
        self.is_chosen = False
        """The user went to one of the offers: Enter takes it."""

    def offer(self, offers: tuple[Completion, ...]) -> None:
        """Show other offers, none of them chosen."""
        self.offers = offers
        self.is_chosen = False
        self.cursor = 0
        self.styles.height = min(_MOST_SHOWN, len(offers))
        self.display = bool(offers)
        self.rows_changed()

    @property
    def row_count(self) -> int:
        return len(self.offers)

    @property
    def cursor_style(self) -> Style:
        if not self.is_chosen:
            return Style.null()
        return self.get_component_rich_style("list--cursor", partial=True)

    def render_row(self, row: int, width: int, base: Style) -> list[Segment]:
        offer = self.offers[row]
        widest = max(cell_width(clean_line(one.text)) for one in self.offers)
        column = min(widest, max(12, width // 2))
        meaning = self.part_style("completion--meaning", base)
        return [
            Segment("   ", base),
            put(clean_line(offer.text), column, base),
            Segment("  ", base),
            put(clean_line(offer.meaning), max(1, width - column - 6), meaning),
        ]


class SearchBar(Vertical):
    """A line to type a query in; the list follows."""

    DEFAULT_CSS = """
    SearchBar {
        height: auto;
        display: none;
        background: $surface;
        & > Horizontal { height: 1; }
        & .search--mark { width: 3; color: $accent; text-style: bold; }
        & Input {
            width: 1fr; height: 1; border: none; padding: 0; background: $surface;
        }
        & Input:focus { border: none; }
        & .search--error { width: auto; max-width: 50%; color: $warning; padding: 0 1; }
    }
    """

    @dataclass
    class Typed(Message):
        """The query is another one, and can be read."""

        query: str

    @dataclass
    class Closed(Message):
        """The user is done; `is_kept` says whether the filter stays."""

        query: str
        is_kept: bool

    def __init__(self, context: Callable[[], Context], **options: Any) -> None:
        """`context` says what queries may refer to, when the bar opens."""
        super().__init__(**options)
        self._make_context = context
        self._terms: Context | None = None
        self._timer: Timer | None = None
        self._sent = ""

    def compose(self) -> ComposeResult:
        yield Completions()
        with Horizontal():
            yield Static(Content(" / "), classes="search--mark")
            yield Input(select_on_focus=False, placeholder="words, or feed: tag: is: newer: …")
            yield Static(classes="search--error")

    @property
    def input(self) -> Input:
        """The line itself."""
        return self.query_one(Input)

    @property
    def completions(self) -> Completions:
        """The offers above the line."""
        return self.query_one(Completions)

    def open(self, query: str) -> None:
        """Show the bar with a query to go on with."""
        self.display = True
        self._terms = self._make_context()
        self._sent = query
        self.input.value = query
        self.input.cursor_position = len(query)
        self._show_error("")
        self.completions.offer(())
        self.screen.set_focus(self.input)  # at once: the next key may be on its way

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if not self.display:
            return
        self._offer()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PAUSE_S, self._send)

    def _offer(self) -> None:
        assert self._terms is not None
        text, cursor = self.input.value, self.input.cursor_position
        before = text[:cursor]
        # Only a word begun asks for help: an empty line would show all fields at once.
        is_begun = bool(before) and not before[-1].isspace()
        offers = complete(text, cursor, self._terms) if is_begun else ()
        if len(offers) == 1 and offers[0].text == text[offers[0].start : offers[0].end]:
            offers = ()
        self.completions.offer(offers)

    @property
    def is_settled(self) -> bool:
        """Whether all that was typed has been told."""
        return self._timer is None

    def _send(self) -> bool:
        """Tell of the query if it can be read; say whether it can."""
        self._timer = None
        query = self.input.value
        try:
            query = _with_open_end(query)
        except QueryError as error:
            hint = f" – {error.hint}" if error.hint else ""
            is_half = bool(self.completions.offers)
            self._show_error("" if is_half else f"{error.message}{hint}")
            return False
        self._show_error("")
        if query != self._sent:
            self._sent = query
            self.post_message(self.Typed(query))
        return True

    def show_error(self, error: QueryError) -> None:
        """Say what only the database could find wrong."""
        self._show_error(error.message)

    def _show_error(self, words: str) -> None:
        self.query_one(".search--error", Static).update(Content(clean_line(words)))

    def on_key(self, event: events.Key) -> None:
        offers = self.completions
        if event.key == "escape":
            self._close(is_kept=False)
        elif event.key == "enter" and not offers.is_chosen:
            if self._timer is not None:
                self._timer.stop()
            if self._send():
                self._close(is_kept=True)
        elif event.key in ("tab", "enter") and offers.row_count:
            self._take(offers.offers[offers.cursor])
        elif event.key in ("down", "up") and offers.row_count:
            if offers.is_chosen:
                offers.move_to(offers.cursor + (1 if event.key == "down" else -1))
            offers.is_chosen = True
            offers.refresh()
        elif event.key not in ("tab", "shift+tab", "down", "up"):
            return
        event.stop()
        event.prevent_default()

    def _take(self, offer: Completion) -> None:
        value = self.input.value
        space = "" if offer.text.endswith(":") or value[offer.end :].startswith(" ") else " "
        self.input.value = value[: offer.start] + offer.text + space + value[offer.end :]
        self.input.cursor_position = offer.start + len(offer.text) + len(space)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()

    def _close(self, *, is_kept: bool) -> None:
        self.display = False
        self.post_message(self.Closed(self._sent if is_kept else "", is_kept))


def _with_open_end(query: str) -> str:
    """Return a query whose last word may still go on: `eelgr` finds eelgrass.

    Short words find too much to be worth it. Raises `QueryError` if it cannot be read.
    """
    tree = parse(query).tree
    last = tree.parts[-1] if isinstance(tree, And) and tree.parts else tree
    if not isinstance(last, Words) or last.is_prefix or not last.text.isalnum():
        return query
    if query.endswith(last.text) and len(last.text) >= _SHORTEST_BEGUN:
        return query + "*"
    return query
