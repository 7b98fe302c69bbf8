"""Fields of a form: a name, a line to type in or a choice, and below it what is wrong with it."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input, Static

from feedreader.core.text import clean_line
from feedreader.core.width import cell_width, wrap

Read = Callable[[str], Any]
"""What a text means; raises ValueError with what it must be instead."""

_NAME_WIDTH = 19
"""Cells that the name of a choice or a fact takes, with the blank behind it."""


class Field(Vertical):
    """A named line of text."""

    DEFAULT_CSS = """
    Field {
        height: auto;
        padding: 0 1;
        & > Horizontal { height: 1; }
        & .field--name { width: 18; color: $muted; }
        & Input { width: 1fr; background: $panel; padding: 0 1; }
        & Input.-textual-compact { padding: 0 1; }
        & .field--wrong { height: auto; padding-left: 19; color: $error; }
    }
    Field:ansi Input { text-style: underline; }
    Field:focus-within .field--name { color: $accent; text-style: bold; }
    """

    @dataclass
    class Entered(Message):
        """Enter was pressed."""

        field: Field

    def __init__(
        self,
        name: str,
        value: str = "",
        *,
        read: Read = str,
        placeholder: str = "",
        suggester: Suggester | None = None,
        is_secret: bool = False,
        id: str,  # noqa: A002 - the name that Textual gives it
    ) -> None:
        """`read` checks the text each time the field is left, and at the end."""
        super().__init__(id=id)
        self._label = name
        self._read = read
        self._first = value
        self._placeholder = placeholder
        self._suggester = suggester
        self._is_secret = is_secret
        self._is_wrong = False

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(Content(self._label), classes="field--name")
            yield Input(
                self._first,
                placeholder=self._placeholder,
                suggester=self._suggester,
                password=self._is_secret,
                compact=True,
                select_on_focus=False,
            )

    @property
    def input(self) -> Input:
        """The line itself."""
        return self.query_one(Input)

    @property
    def text(self) -> str:
        """What stands in it, without white space around."""
        return self.input.value if self._is_secret else self.input.value.strip()

    @text.setter
    def text(self, text: str) -> None:
        line = self.input
        line.value = text
        line.cursor_position = len(text)

    def check(self) -> bool:
        """Say whether the text can be read, and in the form what is wrong if not."""
        try:
            self._read(self.text)
        except ValueError as error:
            self.show_wrong(str(error))
            return False
        self.show_wrong("")
        return True

    def show_wrong(self, words: str) -> None:
        """Say what is wrong; "" takes it back."""
        self._is_wrong = bool(words)
        shown = self.query(".field--wrong")
        if words and not shown:
            # Most fields never need one, and each widget of a form costs time to open it.
            self.mount(Static(Content(clean_line(words)), classes="field--wrong"))
        for wrong in shown.results(Static):
            wrong.update(Content(clean_line(words)))
            wrong.display = bool(words)

    def read(self) -> Any:
        """Return what the text means; `check` said that it can be read."""
        return self._read(self.text)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._is_wrong:
            self.check()

    def on_input_blurred(self, event: Input.Blurred) -> None:
        event.stop()
        if self.text:
            self.check()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Entered(self))


class Choice(Widget, can_focus=True):
    """A named choice of few: all are seen, arrows or a click take one."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"choice--name", "choice--chosen", "choice--other"}
    DEFAULT_CSS = """
    Choice {
        height: auto;
        margin: 0 1;
        & > .choice--name { color: $muted; }
        & > .choice--chosen { color: $foreground; text-style: bold; }
        & > .choice--other { color: $muted; }
    }
    Choice:focus > .choice--name { color: $accent; text-style: bold; }
    Choice:focus > .choice--chosen { color: $accent; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l,space", "turn(1)", show=False),
        Binding("left,h", "turn(-1)", show=False),
        Binding("enter", "enter", show=False),
    ]

    @dataclass
    class Entered(Message):
        """Enter was pressed."""

        choice: Choice

    def __init__(
        self,
        name: str,
        options: Sequence[tuple[str, str]],
        value: str,
        *,
        id: str,  # noqa: A002 - the name that Textual gives it
    ) -> None:
        """`options` are (value, what is shown)."""
        super().__init__(id=id)
        self._label = name
        self._options = options
        self.value = value
        self._spots: list[tuple[int, int, int, str]] = []
        """(row, start, end, value) of what can be clicked."""

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self._places(width)[-1][0] + 1

    def _places(self, width: int) -> list[tuple[int, int]]:
        """Return the row and the column of each option; what does not fit begins a row."""
        widths = [cell_width(shown) + 2 for _, shown in self._options]
        indent = _NAME_WIDTH if max(widths) + _NAME_WIDTH <= width else 2
        row, at = (0, _NAME_WIDTH) if indent == _NAME_WIDTH else (1, indent)
        places = []
        for wide in widths:
            if at > indent and at + wide > width:
                row, at = row + 1, indent
            places.append((row, at))
            at += wide + 3
        return places

    def render_line(self, y: int) -> Strip:
        base = self.rich_style

        def part(text: str, name: str) -> Segment:
            return Segment(text, base + self.get_component_rich_style(name, partial=True))

        segments = [part(self._label, "choice--name")] if y == 0 else []
        self._spots = [spot for spot in self._spots if spot[0] != y]
        for (value, shown), (row, at) in zip(
            self._options, self._places(self.size.width), strict=True
        ):
            if row != y:
                continue
            is_chosen = value == self.value
            text = f"{'●' if is_chosen else '○'} {shown}"
            self._spots.append((y, at, at + cell_width(text), value))
            segments.append(Segment(" " * (at - sum(one.cell_length for one in segments)), base))
            segments.append(part(text, "choice--chosen" if is_chosen else "choice--other"))
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def action_turn(self, step: int) -> None:
        """Choose the next, or the one before."""
        values = [value for value, _ in self._options]
        at = values.index(self.value) + step
        self.value = values[at % len(values)]
        self.refresh()

    def action_enter(self) -> None:
        """Be done with the form."""
        self.post_message(self.Entered(self))

    def on_click(self, event: events.Click) -> None:
        for row, start, end, value in self._spots:
            if event.y == row and start <= event.x < end:
                self.value = value
                self.refresh()


class Facts(Static):
    """Names and what is known of them, in two columns; long ones are wrapped."""

    DEFAULT_CSS = """
    Facts { height: auto; padding: 0 1; }
    """

    def __init__(self, facts: Sequence[tuple[str, str]] = (), **options: Any) -> None:
        super().__init__(**options)
        self._facts = facts
        self._drawn_width = 0

    def show(self, facts: Sequence[tuple[str, str]]) -> None:
        """Show other facts."""
        self._facts = facts
        self.refresh(layout=True)

    def on_resize(self, event: events.Resize) -> None:
        if event.size.width != self._drawn_width:
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def render(self) -> Content:
        self._drawn_width = self.size.width
        return Content("\n").join(self._lines(self.size.width))

    def _lines(self, width: int) -> list[Content]:
        lines: list[Content] = []
        room = max(10, width - _NAME_WIDTH)
        for name, said in self._facts:
            text = clean_line(said)
            for number, (start, end) in enumerate(wrap(text, room)[:4]):
                lines.append(
                    Content.assemble(
                        ((name if not number else "").ljust(_NAME_WIDTH), "$muted"),
                        text[start:end].strip(),
                    )
                )
        return lines


class PathSuggester(Suggester):
    """Completes the path of a file or folder."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        # A folder may be on a slow disk: never in the screen's thread.
        return await to_thread(complete_path, value)


_MOST_NAMES = 5000


def complete_path(text: str) -> str | None:
    """Return a path that begins with `text`, a folder with a slash at its end; None: no such."""
    folder, slash, begin = text.rpartition("/")
    if not text or "\0" in text or (text.startswith("~") and not slash):
        return None
    place = Path(folder + slash or ".").expanduser()
    names = []
    try:
        for number, entry in enumerate(place.iterdir()):
            if number >= _MOST_NAMES:
                break
            if entry.name.startswith(begin) and (begin or not entry.name.startswith(".")):
                names.append((entry.name, entry))
        if not names:
            return None
        name, entry = min(names, key=lambda found: found[0])
        if not name.isprintable():
            return None
        return f"{folder}{slash}{name}{'/' if entry.is_dir() else ''}"
    except (OSError, RuntimeError):
        return None


class WordSuggester(Suggester):
    """Completes the word after the last comma, from known ones."""

    def __init__(self, known: Sequence[str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._known = [(one.casefold(), one) for one in known]

    async def get_suggestion(self, value: str) -> str | None:
        done, comma, word = value.rpartition(",")
        begin = word.lstrip().casefold()
        if not begin:
            return None
        for folded, known in self._known:
            # What is completed goes on from what was typed, so letters keep their case.
            if folded.startswith(begin) and len(folded) == len(known):
                typed = word.lstrip()
                space = word[: len(word) - len(typed)]
                return f"{done}{comma}{space}{typed}{known[len(typed) :]}"
        return None
