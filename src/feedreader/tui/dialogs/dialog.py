"""What all dialogs share: a frame with a title, keys, Escape, errands in the background."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from textual import events
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from feedreader.core.text import clean_line
from feedreader.core.width import cell_width
from feedreader.errors import FeedreaderError
from feedreader.tui.background import Background
from feedreader.tui.status import Hint, Severity, StatusBar

if TYPE_CHECKING:
    from feedreader.reader import Reader
    from feedreader.tui.app import ReaderApp

Answer = TypeVar("Answer")
Result = TypeVar("Result")

_SMALL = (90, 30)
"""Columns and lines below which a dialog takes nearly the whole screen."""
_LOW = 18
"""Lines below which it takes all of them, and what does not fit is scrolled."""


class Dialog(ModalScreen[Answer]):
    """A frame over the panes. It closes with an answer, or with None by Escape."""

    AUTO_FOCUS = "Input, RowList"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", show=False)]
    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        & > .dialog--box {
            width: 84;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            border: round $accent;
            border-title-color: $accent;
            border-title-style: bold;
            background: $background;
            padding: 1 1 0 1;
        }
        & .dialog--body { height: auto; }
        & .dialog--hints { background: $background; margin-top: 1; }
        & .dialog--words { height: auto; padding: 0 1; margin-bottom: 1; color: $muted; }
        & .dialog--error {
            height: auto; padding: 0 1; margin-top: 1; color: $error; display: none;
        }
    }
    Dialog.-tall > .dialog--box { height: 80%; }
    Dialog.-tall .dialog--body { height: 1fr; }
    Dialog.-small > .dialog--box { padding: 0 1; width: 100%; }
    Dialog.-small.-tall > .dialog--box { height: 100%; }
    Dialog.-low > .dialog--box { height: 100%; }
    Dialog.-low .dialog--body { height: 1fr; overflow-y: auto; scrollbar-size-vertical: 1; }
    """

    def __init__(self, heading: str, *, is_tall: bool = False) -> None:
        """`heading` may come from anywhere: it is cleaned, and never read as markup."""
        super().__init__(classes="-tall" if is_tall else None)
        self._heading = heading
        self._errand: Background | None = None

    @property
    def reader_app(self) -> ReaderApp:
        """The app, which holds what all screens share."""
        return cast("ReaderApp", self.app)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog--box") as box:
            box.border_title = Content(clean_line(self._heading))
            with Vertical(classes="dialog--body"):
                yield from self.compose_body()
            yield Static(classes="dialog--error")
            yield StatusBar(classes="dialog--hints")

    def compose_body(self) -> ComposeResult:
        """Give what stands between the title and the keys."""
        raise NotImplementedError

    def hints(self) -> Sequence[Hint]:
        """Return the keys for the last line; the command of each is the action of a click."""
        return (Hint("esc", "close", "close"),)

    def on_mount(self) -> None:
        self.show_hints()

    def on_unmount(self) -> None:
        self.drop_errand()

    def on_resize(self, event: events.Resize) -> None:
        width, height = event.size
        self.set_class(width < _SMALL[0] or height < _SMALL[1], "-small")
        self.set_class(height < _LOW, "-low")
        self.call_after_refresh(self.show_hints)

    def retitle(self, heading: str) -> None:
        """Change the title."""
        box = self.query_one(".dialog--box")
        box.border_title = Content(clean_line(heading))

    def show_hints(self) -> None:
        """Show the keys anew, after they changed."""
        bar = self.query_one(".dialog--hints", StatusBar)
        bar.hint(_fitting(self.hints(), bar.size.width))

    def say(self, words: str, severity: Severity = "information") -> None:
        """Tell something over the line of keys for some seconds."""
        self.query_one(".dialog--hints", StatusBar).say(words, severity)

    def show_error(self, words: str) -> None:
        """Say what went wrong, until something else is tried; "" takes it away."""
        error = self.query_one(".dialog--error", Static)
        error.update(Content(clean_line(words)))
        error.display = bool(words)

    async def on_status_bar_clicked(self, event: StatusBar.Clicked) -> None:
        event.stop()
        await self.run_action(event.command)

    def answer(self, value: Answer) -> None:
        """Close with an answer."""
        self.dismiss(value)

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """Close, but once: a second key may have been under way when the first one came."""
        if self.app.screen is not self:
            return AwaitComplete()
        return super().dismiss(result)

    def action_close(self) -> None:
        """Close without an answer."""
        self.dismiss(None)

    # --- what takes time ---

    def write(self, work: Callable[[Reader], Result], then: Callable[[Result], None]) -> None:
        """Change the database in the background; if it fails, say so here.

        What was begun is done even if the dialog is closed; the screen shows it then.
        """
        self.show_error("")
        screen = self.reader_app.main_screen

        def written(result: Result) -> None:
            screen.reload_facts()
            if self.is_attached:
                then(result)

        def failed(error: FeedreaderError) -> None:
            if self.is_attached:
                self.fail(error)
            else:
                screen.fail(error)

        self.reader_app.writer.submit(work, written, failed)

    def fetch(
        self,
        work: Callable[[Reader], Result],
        then: Callable[[Result], None],
        failed: Callable[[FeedreaderError], None],
    ) -> None:
        """Do what may take long in a thread of its own; what was under way counts no more."""
        self.drop_errand()
        self._errand = Background(self.app, self.reader_app.open_reader, "dialog")
        self._errand.submit(work, then, failed)

    def drop_errand(self) -> None:
        """Let nothing come of what is under way."""
        if self._errand is not None:
            self._errand.stop(timeout_s=0)
            self._errand = None

    def fail(self, error: FeedreaderError) -> None:
        """Say what went wrong."""
        self.show_error(str(error))


def _fitting(hints: Sequence[Hint], width: int) -> Sequence[Hint]:
    """Return the hints that there is room for; the last, which closes, is always among them."""
    *others, last = hints
    room = width - 4 - _cells(last)
    kept = []
    for hint in others:
        room -= _cells(hint)
        if room < 0:
            break
        kept.append(hint)
    return (*kept, last)


def _cells(hint: Hint) -> int:
    return cell_width(hint.key) + cell_width(hint.word) + 3


class Confirm(Dialog[bool]):
    """A question before something large: True is yes."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "yes", show=False),
        Binding("n", "close", show=False),
    ]

    def __init__(self, heading: str, words: str, *, yes: str) -> None:
        """`yes` names what Enter does: "mark read"."""
        super().__init__(heading)
        self._words = words
        self._yes = yes

    def compose_body(self) -> ComposeResult:
        yield Static(Content(clean_line(self._words)), classes="dialog--words")

    def hints(self) -> Sequence[Hint]:
        return (Hint("enter", self._yes, "yes"), Hint("esc", "leave it", "close"))

    def action_yes(self) -> None:
        """Go ahead."""
        self.dismiss(True)


class Spinner(Static):
    """What is being done, with the seconds it has taken; hidden while nothing is."""

    DEFAULT_CSS = """
    Spinner { height: auto; padding: 0 1; margin-top: 1; color: $accent; display: none; }
    """
    _TURNS = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._words = ""
        self._tenths = 0

    def on_mount(self) -> None:
        self._timer = self.set_interval(0.1, self._turn, pause=True)

    def start(self, words: str) -> None:
        """Show what is being done."""
        self._words, self._tenths = clean_line(words), 0
        self.display = True
        self._draw()
        self._timer.resume()

    def stop(self) -> None:
        """Hide it."""
        self._timer.pause()
        self.display = False

    def _turn(self) -> None:
        self._tenths += 1
        self._draw()

    def _draw(self) -> None:
        turn = self._TURNS[self._tenths % len(self._TURNS)]
        seconds = f"  {self._tenths // 10} s" if self._tenths >= 20 else ""
        self.update(Content(f"{turn} {self._words}{seconds}"))
