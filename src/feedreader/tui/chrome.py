"""What frames the panes: titles that say where the focus is, and rules that can be dragged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from feedreader.core.text import clean_line
from feedreader.core.width import cell_width, cut_to_width

Pane = Literal["tree", "list", "story"]


class Grip(Widget):
    """A rule that the mouse can drag."""

    _is_dragged = False

    def drag(self, event: events.MouseMove) -> None:
        """Say where the rule is to stand."""

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._is_dragged = True
        self.capture_mouse()
        event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._is_dragged:
            self.drag(event)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        self._is_dragged = False
        self.release_mouse()


class PaneTitle(Grip):
    """One line above a pane: its name in a rule, heavy and coloured where the focus is."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"title--name", "title--active", "title--rule"}
    DEFAULT_CSS = """
    PaneTitle {
        height: 1;
        & > .title--name { color: $muted; text-style: bold; }
        & > .title--active { color: $accent; text-style: bold; }
        & > .title--rule { color: $faint; }
    }
    """

    @dataclass
    class Dragged(Message):
        """The title is to stand in another line of the screen."""

        pane: Pane
        screen_y: int

    def __init__(self, pane: Pane, text: str = "") -> None:
        super().__init__(id=f"{pane}-title")
        self.pane = pane
        self._text = text
        self._note = ""
        self._is_active = False

    def say(self, text: str, note: str = "") -> None:
        """Show a name on the left and a figure on the right."""
        if (text, note) != (self._text, self._note):
            self._text, self._note = text, note
            self.refresh()

    def activate(self, is_active: bool) -> None:
        """Show whether its pane has the focus."""
        if is_active != self._is_active:
            self._is_active = is_active
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        base = self.rich_style
        name = "title--active" if self._is_active else "title--name"
        style = base + self.get_component_rich_style(name, partial=True)
        rule_style = (
            style
            if self._is_active
            else base + self.get_component_rich_style("title--rule", partial=True)
        )
        line = "━" if self._is_active else "─"
        note = f" {self._note} " if self._note and cell_width(self._note) + 8 < width else ""
        text = cut_to_width(clean_line(self._text), max(1, width - cell_width(note) - 5))
        filled = 3 + cell_width(text) + cell_width(note) + 1
        return Strip(
            [
                Segment(line, rule_style),
                Segment(f" {text} ", style),
                Segment(line * max(0, width - filled), rule_style),
                Segment(note, style),
                Segment(line, rule_style),
            ]
        ).adjust_cell_length(width, base)

    def drag(self, event: events.MouseMove) -> None:
        self.post_message(self.Dragged(self.pane, event.screen_y))


class Splitter(Grip):
    """The rule between two panes; dragging it makes one wider and the other narrower."""

    DEFAULT_CSS = """
    Splitter { width: 1; color: $faint; }
    Splitter:hover { color: $accent; }
    """

    @dataclass
    class Dragged(Message):
        """The rule is to stand at another column of the screen."""

        pane: Pane
        screen_x: int

    def __init__(self, pane: Pane, **options: Any) -> None:
        """`pane` is the one on its left."""
        super().__init__(id=f"{pane}-splitter", **options)
        self.pane = pane

    def render_line(self, y: int) -> Strip:
        # The first line continues the rules of the titles.
        return Strip([Segment("┬" if y == 0 else "│", self.rich_style)])

    def drag(self, event: events.MouseMove) -> None:
        self.post_message(self.Dragged(self.pane, event.screen_x))
