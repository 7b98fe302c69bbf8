"""The filter: a query typed at the bottom, read as it grows, with completion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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
from feedreader.errors import QueryError
from feedreader.tui.completion import Completions

_PAUSE_S = 0.03
_KEYS_OF_OFFERS = ("tab", "shift+tab", "down", "up")
"""They lead nowhere else while the bar is open."""
_SHORTEST_BEGUN = 3


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
        & .search--error {
            width: auto; max-width: 50%; color: $warning; padding: 0 1;
            text-wrap: nowrap; text-overflow: ellipsis;
        }
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
        self.completions.complete(self.input, self._find)
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PAUSE_S, self._send)

    def _find(self, text: str, cursor: int) -> tuple[Completion, ...]:
        assert self._terms is not None
        # Only a word begun asks for help: an empty line would show all fields at once.
        is_begun = bool(text[:cursor]) and not text[cursor - 1].isspace()
        return complete(text, cursor, self._terms) if is_begun else ()

    @property
    def is_settled(self) -> bool:
        """Whether all that was typed has been told."""
        return self._timer is None

    def _send(self, *, is_final: bool = False) -> bool:
        """Tell of the query if it can be read; say whether it can.

        While a word is offered that goes on with it, a query that cannot be read is no error.
        """
        self._timer = None
        query = self.input.value
        try:
            query = _with_open_end(query)
        except QueryError as error:
            hint = f" – {error.hint}" if error.hint else ""
            is_half = bool(self.completions.offers) and not is_final
            self._show_error("" if is_half else f"{error.message}{hint}")
            if is_half:
                self._tell(_before_term(query, self.completions.offers[0].start))
            return False
        self._show_error("")
        self._tell(query)
        return True

    def _tell(self, query: str | None) -> None:
        if query is not None and query != self._sent:
            self._sent = query
            self.post_message(self.Typed(query))

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
            if self._send(is_final=True):
                self._close(is_kept=True)
        elif not offers.take_key(event.key, self.input) and event.key not in _KEYS_OF_OFFERS:
            return
        event.stop()
        event.prevent_default()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()

    def leave(self) -> None:
        """Close without a word: the user is elsewhere, and what was typed holds."""
        self.display = False
        if self._timer is not None:
            self._timer.stop()
            self._send()

    def _close(self, *, is_kept: bool) -> None:
        self.display = False
        self.post_message(self.Closed(self._sent if is_kept else "", is_kept))


def _before_term(query: str, place: int) -> str | None:
    """Return what stands before the term that a place is in, if it can be read by itself."""
    before = query[:place].rpartition(" ")[0].rstrip()
    try:
        parse(before)
    except QueryError:
        return None
    return before


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
