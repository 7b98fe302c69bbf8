"""A line to write a rule in: it completes, and points at what cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from feedreader.core.query import Context, point_at
from feedreader.core.query.complete import Completion
from feedreader.core.rules import check_rule, complete_rule, read_rule
from feedreader.core.text import clean_line
from feedreader.core.width import cell_width
from feedreader.errors import QueryError
from feedreader.tui.completion import Completions

_PAUSE_S = 0.12


class RuleLine(Vertical):
    """One rule as text; what it could go on with stands below."""

    DEFAULT_CSS = """
    RuleLine {
        height: auto;
        & > Horizontal { height: 1; padding: 0 1; }
        & Input { width: 1fr; background: $panel; padding: 0 1; }
        & Input.-textual-compact { padding: 0 1; }
        & > Completions { max-height: 6; margin: 0 1; }
        & > .rule--error { height: auto; padding: 0 2; color: $error; display: none; }
    }
    """

    @dataclass
    class Typed(Message):
        """The line is another one; `is_rule` says whether it can be read."""

        text: str
        is_rule: bool

    @dataclass
    class Entered(Message):
        """Enter was pressed, and the line can be read."""

    def __init__(
        self, text: str, cursor: int, context: Callable[[], Context], hooks: Sequence[str]
    ) -> None:
        """`context` says what the query may refer to; `hooks` are there to be told."""
        super().__init__()
        self._first, self._cursor = text, cursor
        self._make_terms = context
        self._terms: Context | None = None
        self._hooks = tuple(hooks)
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Input(self._first, compact=True, select_on_focus=False)
        yield Static(classes="rule--error")
        yield Completions()

    def on_mount(self) -> None:
        self._terms = self._make_terms()
        self.input.cursor_position = self._cursor
        self.call_after_refresh(self._tell)

    @property
    def input(self) -> Input:
        """The line itself."""
        return self.query_one(Input)

    @property
    def _completions(self) -> Completions:
        return self.query_one(Completions)

    @property
    def text(self) -> str:
        """What stands in it."""
        return self.input.value.strip()

    @property
    def is_settled(self) -> bool:
        """Whether all that was typed has been told."""
        return self._timer is None

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._completions.complete(self.input, self._find)
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PAUSE_S, self._tell)

    def _find(self, text: str, cursor: int) -> tuple[Completion, ...]:
        assert self._terms is not None
        before = text[:cursor]
        is_begun = bool(before) and (not before[-1].isspace() or before.endswith("then "))
        if not is_begun or not self.input.has_focus:
            return ()
        return complete_rule(text, cursor, self._terms, self._hooks)

    def _tell(self) -> None:
        self._timer = None
        is_half = bool(self._completions.offers)
        self.post_message(self.Typed(self.text, self.check(is_quiet=is_half)))

    def check(self, *, is_quiet: bool = False) -> bool:
        """Say whether the rule can be read, and below it what is wrong if not.

        One that is `is_quiet` may still be at its word.
        """
        assert self._terms is not None
        try:
            check_rule(read_rule(self.input.value), self._terms)
        except QueryError as error:
            self.show_error(None if is_quiet else error)
            return False
        self.show_error(None)
        return True

    def show_error(self, error: QueryError | None) -> None:
        """Point at what is wrong, or no longer."""
        shown = self.query_one(".rule--error", Static)
        shown.display = error is not None
        if error is None:
            return
        head = error.query[: error.position]
        if self.input.size.width > cell_width(clean_line(error.query)) + 2:
            spot = " " * cell_width(head) + "▲\n"
        else:
            spot = point_at(error).replace("^", "▲") + "\n"
        hint = clean_line(error.hint.partition(" Otherwise ")[0])
        hint = f" – {hint}" if hint else ""
        shown.update(Content(f"{spot}{clean_line(error.message)}{hint}"))

    def on_key(self, event: events.Key) -> None:
        offers = self._completions
        if event.key == "enter" and not offers.is_chosen:
            if self.check():
                self.post_message(self.Entered())
        elif event.key == "escape" and offers.row_count:
            offers.offer(())
        elif not offers.take_key(event.key, self.input):
            return
        event.stop()
        event.prevent_default()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()

    def on_input_blurred(self, event: Input.Blurred) -> None:
        event.stop()
        self._completions.offer(())
        self.check()
