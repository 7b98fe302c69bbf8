"""What is enclosed in an entry, to play, download or copy; and the downloads under way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import ClassVar, Literal
from urllib.parse import unquote, urlsplit

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from feedreader.core.links import link_host
from feedreader.core.text import clean_line
from feedreader.model import Enclosure
from feedreader.tui.dialogs.dialog import Dialog
from feedreader.tui.dialogs.fields import Facts
from feedreader.tui.dialogs.rows import Row, RowList, Tone
from feedreader.tui.downloads import Download, Downloads, size_words
from feedreader.tui.line_list import LineList
from feedreader.tui.playing import player_for
from feedreader.tui.status import Hint

Act = Literal["play", "download", "copy"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done with which enclosure."""

    enclosure: Enclosure
    act: Act


class EnclosuresDialog(Dialog[Wanted]):
    """The enclosures of one entry."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "take('play')", show=False),
        Binding("d", "take('download')", show=False),
        Binding("y", "take('copy')", show=False),
        Binding("q", "close", show=False),
    ]
    DEFAULT_CSS = """
    EnclosuresDialog {
        & Facts { margin-top: 1; }
    }
    """

    def __init__(self, title: str, enclosures: Sequence[Enclosure]) -> None:
        super().__init__(title or "Enclosed")
        self._title = title
        self._enclosures = enclosures

    def compose_body(self) -> ComposeResult:
        rows = RowList(
            [
                Row(name_of(one), lead=str(number), note=_about(one), value=one)
                for number, one in enumerate(self._enclosures, 1)
            ]
        )
        rows.fit()
        yield rows
        yield Facts()

    def hints(self) -> Sequence[Hint]:
        return (
            Hint("enter", "play", "take('play')"),
            Hint("d", "download", "take('download')"),
            Hint("y", "copy the address", "take('copy')"),
            Hint("esc", "close", "close"),
        )

    def on_mount(self) -> None:
        self._show_details()

    def on_line_list_highlighted(self, event: LineList.Highlighted) -> None:
        self._show_details()

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        self.action_take("play")

    def _show_details(self) -> None:
        row = self.query_one(RowList).current
        if row is None:
            return
        url = row.value.url
        app = self.reader_app
        player = player_for(url, self._title, app.config.open.player, app.env)
        if app.is_web:
            played = "the browser you look on with"
        elif player is None:
            played = "nothing here can play it; `player` in the configuration names a program"
        elif player.keeps_position:
            played = f"{player.name}, which goes on where you left off"
        else:
            played = f"{player.name}; whether it keeps your place is up to it"
        self.query_one(Facts).show(
            [
                ("Leads to", link_host(url) or "no address of the web"),
                ("Address", url),
                ("Played by", played),
                (
                    "Saved in",
                    "your browser's downloads" if app.is_web else app.config.open.download_folder,
                ),
            ]
        )

    def action_take(self, act: Act) -> None:
        """Close with what is to be done."""
        row = self.query_one(RowList).current
        if row is not None:
            self.dismiss(Wanted(row.value, act))


def name_of(enclosure: Enclosure) -> str:
    """Return what an enclosure is called: its title, else the file of its address."""
    if title := clean_line(enclosure.title):
        return title
    try:
        name = PurePosixPath(unquote(urlsplit(enclosure.url).path)).name
    except ValueError:
        name = ""
    return clean_line(name) or enclosure.url


def _about(enclosure: Enclosure) -> str:
    parts = []
    if enclosure.duration_s:
        minutes, seconds = divmod(enclosure.duration_s, 60)
        hours, minutes = divmod(minutes, 60)
        parts.append(f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}")
    if enclosure.length:
        parts.append(size_words(enclosure.length))
    if enclosure.type:
        parts.append(enclosure.type)
    return " · ".join(parts)


class DownloadsDialog(Dialog[None]):
    """All downloads since the start, with how far they are."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "stop", show=False),
        Binding("q", "close", show=False),
    ]
    DEFAULT_CSS = """
    DownloadsDialog Facts { margin-top: 1; }
    """

    def __init__(self, downloads: Downloads) -> None:
        super().__init__("Downloads", is_tall=True)
        self._downloads = downloads

    def compose_body(self) -> ComposeResult:
        if not self._downloads.all:
            key = self.reader_app.keymap.first_key("entry.enclosure")
            yield Static(
                Content(f"Nothing has been downloaded. {key} on an entry shows what is enclosed."),
                classes="dialog--words",
            )
        yield RowList(self._rows())
        yield Facts()

    def hints(self) -> Sequence[Hint]:
        if not self._downloads.all:
            return (Hint("esc", "close", "close"),)
        return (Hint("x", "stop it", "stop"), Hint("esc", "close", "close"))

    def on_mount(self) -> None:
        self._draw()
        self.set_interval(0.5, self._draw)

    def _draw(self) -> None:
        for download in self._downloads.running:
            download.measure()
        rows = self.query_one(RowList)
        rows.show(self._rows())
        self._show_details()

    def on_line_list_highlighted(self, event: LineList.Highlighted) -> None:
        self._show_details()

    def _rows(self) -> list[Row]:
        return [
            Row(one.title, lead=_SIGN[one.state], note=_far(one), value=id(one),
                tone=_TONE[one.state])
            for one in reversed(self._downloads.all)
        ]  # fmt: skip

    @property
    def _current(self) -> Download | None:
        row = self.query_one(RowList).current
        known = {id(one): one for one in self._downloads.all}
        return known.get(row.value) if row is not None else None

    def _show_details(self) -> None:
        download = self._current
        if download is None:
            return
        facts = [("File", str(download.path)), ("From", download.url)]
        if download.error:
            facts.append(("Trouble", download.error))
        self.query_one(Facts).show(facts)

    def action_stop(self) -> None:
        """End the download under the cursor."""
        if (download := self._current) is not None:
            self._downloads.stop(download)
            self._draw()


_SIGN: dict[str, str] = {"running": "↓", "done": "✓", "failed": "✗", "stopped": "·"}
_TONE: dict[str, Tone] = {"running": "", "done": "good", "failed": "bad", "stopped": "dim"}


def _far(download: Download) -> str:
    if download.state == "failed":
        return download.error
    if download.state == "stopped":
        return "stopped"
    if download.state == "done":
        return size_words(download.size)
    if download.total and download.size <= download.total:
        percent = 100 * download.size // download.total
        return f"{size_words(download.size)} of {size_words(download.total)}, {percent} %"
    return size_words(download.size)
