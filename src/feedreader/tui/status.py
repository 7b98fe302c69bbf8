"""The bottom line: the keys that matter here, or what just happened, and figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from feedreader.core.text import clean_line
from feedreader.core.width import cell_width, cut_to_width

Severity = Literal["information", "warning", "error"]

_SHOWN_S = {"information": 4.0, "warning": 7.0, "error": 10.0}
_BAR = 10


@dataclass(frozen=True, slots=True)
class Hint:
    """A key and a word for what it does; `command` is its name, for a click."""

    key: str
    word: str
    command: str = ""


class StatusBar(Widget):
    """One line. Messages stand over the hints for some seconds; figures stay on the right."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "status--key",
        "status--word",
        "status--message",
        "status--warning",
        "status--error",
        "status--notice",
        "status--bar",
    }
    DEFAULT_CSS = """
    StatusBar {
        height: 1;
        background: $footer-background;
        &.-quiet { background: $background; }
        & > .status--key { color: $accent; text-style: bold; }
        & > .status--word { color: $muted; }
        & > .status--message { color: $foreground; text-style: bold; }
        & > .status--warning { color: $warning; text-style: bold; }
        & > .status--error { color: $error; text-style: bold; }
        & > .status--notice { color: $accent; text-style: bold; }
        & > .status--bar { color: $accent; }
    }
    """

    @dataclass
    class Clicked(Message):
        """A hint was clicked."""

        command: str

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._hints: Sequence[Hint] = ()
        self._message = ""
        self._severity: Severity = "information"
        self._notice = ""
        self._figures = ""
        self._progress: tuple[int, int, str] | None = None
        self._timer: Timer | None = None
        self._spots: list[tuple[int, int, str]] = []

    def hint(self, hints: Sequence[Hint]) -> None:
        """Show these keys, as many as there is room for."""
        if hints != self._hints:
            self._hints = hints
            self.refresh()

    def say(self, message: str, severity: Severity = "information") -> None:
        """Show a message for some seconds; the hints come back after it."""
        self._message, self._severity = clean_line(message), severity
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_SHOWN_S[severity], self.hush)
        self.refresh()

    def be_quiet(self, is_quiet: bool) -> None:
        """Show nothing but messages and notices, for those who read, or all again."""
        self.set_class(is_quiet, "-quiet")
        self.refresh()

    def hush(self) -> None:
        """Take the message away."""
        if self._message:
            self._message = ""
            self.refresh()

    @property
    def message(self) -> str:
        """What is being said."""
        return self._message

    def notice(self, text: str) -> None:
        """Show something that lasts: "12 new"."""
        if text != self._notice:
            self._notice = text
            self.refresh()

    def figure(self, text: str) -> None:
        """Show the figures on the right."""
        if text != self._figures:
            self._figures = text
            self.refresh()

    def progress(self, done: int = 0, total: int = 0, what: str = "") -> None:
        """Show how far a refresh is; without a total there is none."""
        self._progress = (done, total, clean_line(what)) if total else None
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        base = self.rich_style
        right = self._right(max(10, width // 2))
        taken = sum(segment.cell_length for segment in right)
        if self._message and cell_width(self._told) > width - taken - 2:
            right, taken = [], 0  # for as long as it stands: its end may be what matters
        left = self._left(width - taken - 2)
        gap = width - taken - sum(segment.cell_length for segment in left)
        return Strip([*left, Segment(" " * max(0, gap), base), *right]).adjust_cell_length(
            width, base
        )

    @property
    def _told(self) -> str:
        """The message as it is shown."""
        mark = {"information": "", "warning": "! ", "error": "✗ "}[self._severity]
        return f" {mark}{self._message}"

    def _left(self, width: int) -> list[Segment]:
        base = self.rich_style
        self._spots = []
        if self._message:
            name = {
                "information": "status--message",
                "warning": "status--warning",
                "error": "status--error",
            }[self._severity]
            text = cut_to_width(self._told, width)
            return [Segment(text, base + self.get_component_rich_style(name, partial=True))]
        key_style = base + self.get_component_rich_style("status--key", partial=True)
        word_style = base + self.get_component_rich_style("status--word", partial=True)
        segments = [Segment(" ", base)]
        if self.has_class("-quiet"):
            return segments
        used = 1
        for hint in self._hints:
            cells = cell_width(hint.key) + cell_width(hint.word) + 3
            if used + cells > width:
                break
            self._spots.append((used, used + cells, hint.command))
            segments += [
                Segment(hint.key, key_style),
                Segment(f" {clean_line(hint.word)}  ", word_style),
            ]
            used += cells
        return segments

    def _right(self, width: int) -> list[Segment]:
        base = self.rich_style

        def part(text: str, name: str) -> Segment:
            return Segment(text, base + self.get_component_rich_style(name, partial=True))

        if self.has_class("-quiet"):
            return [part(f"{self._notice} ", "status--word")] if self._notice else []
        segments: list[Segment] = []
        if self._progress is not None:
            done, total, what = self._progress
            full = _BAR * done // total
            segments.append(part(f"{'█' * full}{'░' * (_BAR - full)}", "status--bar"))
            room = width - _BAR - 40
            told = f" {cut_to_width(what, room)}" if room >= 8 and what else ""
            segments.append(part(f" {done}/{total}{told}  ", "status--word"))
        if self._notice:
            segments.append(part(f"{self._notice}  ", "status--notice"))
        segments.append(part(f"{self._figures} ", "status--word"))
        return segments

    def on_click(self, event: events.Click) -> None:
        for start, end, command in self._spots:
            if start <= event.x < end and command:
                self.post_message(self.Clicked(command))
