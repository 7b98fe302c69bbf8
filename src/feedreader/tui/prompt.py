"""A question at the bottom of the screen, answered in one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static


class Prompt(Horizontal):
    """One line: the question, and an input with suggestions."""

    DEFAULT_CSS = """
    Prompt {
        height: 1;
        display: none;
        background: $surface;
        & > .prompt--label { width: auto; padding: 0 1; color: $accent; text-style: bold; }
        & > Input { width: 1fr; height: 1; border: none; padding: 0; background: $surface; }
        & > Input:focus { border: none; }
    }
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._answered: Callable[[str], None] | None = None
        self._left: Callable[[], None] | None = None

    def compose(self) -> ComposeResult:
        yield Static(classes="prompt--label")
        yield Input(select_on_focus=False)

    def ask(
        self,
        question: str,
        answered: Callable[[str], None],
        left: Callable[[], None],
        *,
        value: str = "",
        suggestions: Sequence[str] = (),
    ) -> None:
        """Ask; `answered` gets a line that is not blank. `left` is called at the end anyway."""
        self._answered, self._left = answered, left
        self.query_one(".prompt--label", Static).update(Content(question))
        line = self.query_one(Input)
        line.suggester = SuggestFromList(suggestions, case_sensitive=False) if suggestions else None
        line.value = value
        line.cursor_position = len(value)
        self.display = True
        self.screen.set_focus(line)  # at once: the next key may be on its way

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            self._close()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        answered = self._answered
        self._close()
        if answered is not None and event.value.strip():
            answered(event.value.strip())

    def leave(self) -> None:
        """Close without an answer: the user is elsewhere."""
        self.display = False

    def _close(self) -> None:
        self.display = False
        if self._left is not None:
            self._left()
