"""Lists of feeds in and out, and files that stories are saved to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from feedreader.errors import FeedreaderError
from feedreader.files import read_list
from feedreader.model import FolderPath, ImportReport
from feedreader.tui.dialogs.dialog import Confirm, Dialog, Spinner
from feedreader.tui.dialogs.fields import Choice, Field, PathSuggester, WordSuggester
from feedreader.tui.dialogs.rows import Row, RowList
from feedreader.tui.dialogs.values import host_of_address, read_folder, write_folder
from feedreader.tui.status import Hint

if TYPE_CHECKING:
    from feedreader.reader import Reader


class ImportDialog(Dialog[bool]):
    """A path or an address; then what came of it. True: the feeds shall be fetched now."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "go_on", show=False),
        Binding("r", "refresh", show=False),
        Binding("q", "leave", show=False),
    ]
    DEFAULT_CSS = """
    ImportDialog {
        & #report { display: none; height: 1fr; }
        & #form { height: auto; }
    }
    """

    def __init__(self, folders: Sequence[FolderPath]) -> None:
        super().__init__("Import a list of feeds")
        self._folders = [write_folder(path) for path in folders]
        self._is_done = False
        self._is_importing = False

    def compose_body(self) -> ComposeResult:
        with Vertical(id="form"):
            yield Static(
                Content("An OPML list of another reader, or the urls file of Newsboat."),
                classes="dialog--words",
            )
            yield Field(
                "File or address", read=_read_source, id="source", suggester=PathSuggester(),
                placeholder="~/subscriptions.opml, or https://…",
            )  # fmt: skip
            yield Field(
                "Into folder", read=read_folder, id="folder", placeholder="as the list says",
                suggester=WordSuggester(self._folders),
            )  # fmt: skip
            yield Choice(
                "Its commands",
                (("no", "leave out"), ("yes", "take: they run at each refresh")),
                "no",
                id="commands",
            )
        with Vertical(id="report"):
            yield Static(id="figures", classes="dialog--words")
            yield RowList()
        yield Spinner()

    def hints(self) -> Sequence[Hint]:
        close = Hint("esc", "close", "close")
        if self._is_done:
            return (Hint("r", "fetch them now", "refresh"), Hint("↑↓", "read on", ""), close)
        return (
            Hint("enter", "import", "go_on"),
            Hint("→", "complete the path", ""),
            Hint("tab", "next field", ""),
            close,
        )

    def on_field_entered(self, event: Field.Entered) -> None:
        self.action_go_on()

    def on_choice_entered(self, event: Choice.Entered) -> None:
        self.action_go_on()

    def action_go_on(self) -> None:
        """Read the list and take it in."""
        source, folder = self.query_one("#source", Field), self.query_one("#folder", Field)
        if self._is_done or self._is_importing or not (source.check() and folder.check()):
            return
        text = source.text
        is_web = _is_web(text)
        where = host_of_address(text) if is_web else text
        self._is_importing = True
        self.show_error("")
        self.query_one(Spinner).start(f"Reading {where} …")
        self.fetch(lambda reader: _read_list(reader, text), self._take_in, self.fail)

    def _take_in(self, data: bytes) -> None:
        folder = self.query_one("#folder", Field).read()
        allow = self.query_one("#commands", Choice).value == "yes"
        self.write(
            lambda reader: reader.import_list(data, folder=folder, allow_commands=allow),
            self._show_report,
        )

    def fail(self, error: FeedreaderError) -> None:
        self._is_importing = False
        self.query_one(Spinner).stop()
        super().fail(error)

    def _show_report(self, report: ImportReport) -> None:
        self._is_done = True
        self.query_one(Spinner).stop()
        self.query_one("#form").display = False
        self.query_one("#report").display = True
        self.query_one("#figures", Static).update(Content(report_words(report)))
        rows = self.query_one(RowList)
        rows.show(report_rows(report), cursor=0)
        rows.focus()
        self.add_class("-tall")
        self.retitle("Imported")
        self.show_hints()

    def action_refresh(self) -> None:
        """Close, and fetch what is new."""
        if self._is_done:
            self.dismiss(True)

    def action_leave(self) -> None:
        """Close the report."""
        if self._is_done:
            self.dismiss(False)


def report_words(report: ImportReport) -> str:
    """Return what came of an import, in figures."""
    words = [f"{len(report.added):,} feed{'s' * (len(report.added) != 1)} added"]
    if report.known:
        words.append(f"{len(report.known):,} followed already")
    if report.skipped:
        words.append(f"{len(report.skipped):,} skipped")
    if report.folders:
        words.append(f"{report.folders:,} folder{'s' * (report.folders != 1)}")
    return " · ".join(words)


def report_rows(report: ImportReport) -> list[Row]:
    """Return what came of an import, piece by piece; what needs a look comes first."""
    rows: list[Row] = []
    if report.skipped:
        rows.append(Row("Skipped", is_heading=True))
        rows += [
            Row(what or "(no address)", lead="✗", note=why, tone="bad")
            for what, why in report.skipped
        ]
    if report.notes:
        rows.append(Row("Notes", is_heading=True))
        rows += [Row(note, lead="!") for note in report.notes]
    if report.added:
        rows.append(Row("Added", is_heading=True))
        rows += [Row(url, lead="+", tone="good") for url in report.added]
    if report.known:
        rows.append(Row("Followed already", is_heading=True))
        rows += [Row(url, lead="·", tone="dim") for url in report.known]
    return rows


def _is_web(text: str) -> bool:
    return text.lower().startswith(("http://", "https://"))


def _read_source(text: str) -> str:
    if not text:
        raise ValueError("Which list? Give a path, or an address that begins with https://.")
    if not _is_web(text):
        try:
            path = Path(text).expanduser()
            if path.is_dir():
                raise ValueError("This is a folder: go on to the file in it.")
            if not path.is_file():
                raise ValueError("There is no such file.")
        except (OSError, RuntimeError):
            raise ValueError("There is no such file.") from None
    return text


def _read_list(reader: Reader, source: str) -> bytes:
    return reader.fetch_list(source) if _is_web(source) else read_list(source)


@dataclass(frozen=True, slots=True)
class Target:
    """Where to write, and how."""

    path: Path
    choice: str


class PathDialog(Dialog[Target]):
    """Asks for a path to write to; one that is there already is asked about."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "go_on", show=False)]

    def __init__(
        self,
        heading: str,
        words: str,
        path: str,
        *,
        choice_name: str = "",
        choices: Sequence[tuple[str, str]] = (),
    ) -> None:
        """`choices` are (value, what is shown) of a choice beside the path; the first is taken."""
        super().__init__(heading)
        self._words = words
        self._path = path
        self._choice_name = choice_name
        self._choices = choices

    def compose_body(self) -> ComposeResult:
        yield Static(Content(self._words), classes="dialog--words")
        yield Field("File", self._path, read=_read_target, id="path", suggester=PathSuggester())
        if self._choices:
            yield Choice(self._choice_name, self._choices, self._choices[0][0], id="choice")

    def hints(self) -> Sequence[Hint]:
        return (
            Hint("enter", "write", "go_on"),
            Hint("→", "complete the path", ""),
            Hint("esc", "close", "close"),
        )

    def on_field_entered(self, event: Field.Entered) -> None:
        self.action_go_on()

    def on_choice_entered(self, event: Choice.Entered) -> None:
        self.action_go_on()

    def action_go_on(self) -> None:
        """Answer with the path, after asking about a file that is there."""
        field = self.query_one("#path", Field)
        if not field.check():
            return
        path: Path = field.read()
        choice = self.query_one("#choice", Choice).value if self._choices else ""
        target = Target(path, choice)
        if not path.exists():
            self.dismiss(target)
            return
        question = Confirm(
            "There is such a file", f"{path} would be written anew.", yes="write it anew"
        )

        def closed(yes: bool | None) -> None:
            if yes:
                self.dismiss(target)

        self.app.push_screen(question, closed)


def _read_target(text: str) -> Path:
    if not text:
        raise ValueError("Where to? Give a path.")
    try:
        path = Path(text).expanduser().absolute()
        if path.is_dir():
            raise ValueError("This is a folder: give the file a name.")
        if not path.parent.is_dir() and path.parent.exists():
            raise ValueError("Its folder is no folder.")
    except (OSError, RuntimeError):
        raise ValueError("This is no path that can be written to.") from None
    return path
