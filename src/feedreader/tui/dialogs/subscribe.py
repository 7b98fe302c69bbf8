"""Follow a feed: an address, the feeds that it leads to, a look at one, where it shall stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, get_args
from urllib.parse import unquote, urlsplit

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from feedreader.core.advice import advise
from feedreader.core.text import clean_line
from feedreader.core.urls import mask_secrets, split_userinfo
from feedreader.errors import FeedreaderError
from feedreader.model import (
    Change,
    FeedSettings,
    FolderPath,
    FullTextMode,
    ParsedFeed,
    Subscription,
    SubscriptionKind,
)
from feedreader.tui.dialogs.dialog import Dialog, Spinner
from feedreader.tui.dialogs.fields import Choice, Facts, Field, WordSuggester
from feedreader.tui.dialogs.rows import Row, RowList
from feedreader.tui.dialogs.values import (
    host_of_address,
    read_folder,
    read_tags,
    read_web_address,
    write_folder,
)
from feedreader.tui.line_list import LineList
from feedreader.tui.status import Hint

if TYPE_CHECKING:
    from feedreader.core.discover import FeedLink
    from feedreader.reader import Reader

FULL_TEXT: Sequence[tuple[str, str]] = (
    ("auto", "if the feed has less"),
    ("always", "always"),
    ("never", "never"),
)
"""Modes of full text as people read them."""

_NEWEST_SHOWN = 5
_Step = Literal["address", "candidates", "form"]


@dataclass(frozen=True, slots=True)
class Followed:
    """What came of it."""

    feed: Subscription
    change: Change | None
    """None: it was followed before."""


def read_full_text(value: str) -> FullTextMode:
    """Return the mode of a choice."""
    mode: FullTextMode = next((one for one in get_args(FullTextMode) if one == value), "auto")
    return mode


class SubscribeDialog(Dialog[Followed]):
    """Three steps in one frame; each can be left by Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "go_on", show=False),
        Binding("ctrl+l", "log_in", show=False),
        Binding("ctrl+f", "skip_look", show=False),
        Binding("ctrl+o", "start_over", show=False),
    ]
    DEFAULT_CSS = """
    SubscribeDialog {
        & .step { height: auto; display: none; }
        & .step.-shown { display: block; }
        & #look { margin-bottom: 1; max-height: 14; height: auto; }
        & #login { height: auto; display: none; margin-top: 1; }
        & #form-fields { height: auto; }
    }
    SubscribeDialog.-small #look { max-height: 9; }
    """

    def __init__(
        self,
        subscriptions: Sequence[Subscription],
        folders: Sequence[FolderPath],
        *,
        folder: FolderPath = (),
    ) -> None:
        """`folder` is where the feed stands if nothing else is said."""
        super().__init__("Add a feed")
        self._known = {one.url: one for one in subscriptions}
        self._folders = [write_folder(path) for path in folders]
        self._tags = sorted({tag for one in subscriptions for tag in one.tags})
        self._folder = folder
        self._step: _Step = "address"
        self._kind: SubscriptionKind = "http"
        self._url = ""
        self._found_title = ""
        self._failed_url = ""
        self._is_saving = False

    def compose_body(self) -> ComposeResult:
        with Vertical(id="address-step", classes="step -shown"):
            yield Static(
                Content("Paste the address of a site, or of its feed."), classes="dialog--words"
            )
            yield Field(
                "Address", read=self._read_address, id="address", placeholder="example.org",
            )  # fmt: skip
            with Vertical(id="login"):
                yield Field("User name", id="username")
                yield Field("Password", is_secret=True, id="password")
        with Vertical(id="candidates-step", classes="step"):
            yield Static(id="candidates-words", classes="dialog--words")
            yield RowList(id="candidates")
        with Vertical(id="form-step", classes="step"):
            with VerticalScroll(id="look", can_focus=False):
                yield Facts(id="facts")
            with Vertical(id="form-fields"):
                yield Field(
                    "Folder", write_folder(self._folder), read=read_folder, id="folder",
                    placeholder="none; A/B makes folders", suggester=WordSuggester(self._folders),
                )  # fmt: skip
                yield Field("Title", id="title", placeholder="the publisher's")
                yield Field(
                    "Tags", read=read_tags, id="tags", placeholder="with commas between them",
                    suggester=WordSuggester(self._tags),
                )  # fmt: skip
                yield Choice("Full stories", FULL_TEXT, "auto", id="full-text")
        yield Spinner(id="spinner")

    def hints(self) -> Sequence[Hint]:
        close = Hint("esc", "close", "close")
        if self._step == "candidates":
            return (
                Hint("enter", "look at it", "go_on"),
                Hint("ctrl+o", "another address", "start_over"),
                close,
            )
        if self._step == "form":
            return (
                Hint("enter", "follow it", "go_on"),
                Hint("tab", "next field", "next_field"),
                Hint("ctrl+o", "another address", "start_over"),
                close,
            )
        hints = [Hint("enter", "look", "go_on"), Hint("ctrl+l", "log in", "log_in")]
        if self._failed_url:
            hints.append(Hint("ctrl+f", "follow it all the same", "skip_look"))
        return (*hints, close)

    def action_next_field(self) -> None:
        """Go to the next field."""
        self.focus_next()

    # --- the address ---

    def _read_address(self, text: str) -> str:
        if _local_path(text) is not None:
            return text
        url = read_web_address(text)
        known = self._known.get(split_userinfo(url)[0])
        if known is not None:
            raise ValueError(f"This is followed already, as “{clean_line(known.title)}”.")
        return url

    def action_log_in(self) -> None:
        """Ask for a user name and a password too."""
        if self._step == "address":
            self.query_one("#login").display = True
            self.query_one("#username", Field).input.focus()

    def action_go_on(self) -> None:
        """Do the next step."""
        if self._step == "address":
            self._look_up()
        elif self._step == "candidates":
            row = self.query_one("#candidates", RowList).current
            if row is not None:
                self._look_at(row.value.url)
        else:
            self._follow()

    def on_field_entered(self, event: Field.Entered) -> None:
        self.action_go_on()

    def on_choice_entered(self, event: Choice.Entered) -> None:
        self.action_go_on()

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        self.action_go_on()

    @property
    def _settings(self) -> FeedSettings:
        return FeedSettings(
            username=self.query_one("#username", Field).text,
            password=self.query_one("#password", Field).text,
        )

    def _look_up(self) -> None:
        field = self.query_one("#address", Field)
        if not field.text:
            field.show_wrong("An address is needed, such as example.org or a link to a feed.")
            return
        if not field.check():
            return
        self._failed_url = ""
        self.show_error("")
        path = _local_path(field.text)
        if path is not None:
            self._take_file(path)
            return
        url = str(field.read())
        self._kind = "http"
        settings = self._settings
        if settings.username or settings.password:
            # A page behind a login cannot be searched for feeds: the address is the feed's.
            self._look_at(url)
            return
        self.query_one(Spinner).start(f"Looking for feeds at {host_of_address(url)} …")
        self.fetch(lambda reader: reader.discover(url), self._take_links, self._fail_at(url))

    def _take_file(self, path: Path) -> None:
        if not path.is_file():
            self.query_one("#address", Field).show_wrong("There is no such file.")
            return
        self._kind, self._url, self._found_title = "file", path.as_uri(), ""
        self._show_form([("A file", str(path)), ("", "It is read anew at each refresh.")])

    def _fail_at(self, url: str) -> Callable[[FeedreaderError], None]:
        def failed(error: FeedreaderError) -> None:
            self.query_one(Spinner).stop()
            self._failed_url = url
            self._show_step("address")
            words = str(error)
            sentence = words[:1].upper() + words[1:]
            self.show_error(f"{sentence}. {advise(words)}")
            if "(401)" in words:
                self.query_one("#login").display = True
            self.query_one("#address", Field).input.focus()

        return failed

    def action_skip_look(self) -> None:
        """Follow an address that could not be looked at."""
        if self._step == "address" and self._failed_url:
            self._url, self._found_title = self._failed_url, ""
            self.show_error("")
            self._show_form(
                [
                    ("Address", mask_secrets(self._url)),
                    ("", "It could not be looked at. It is asked again by itself."),
                ]
            )

    def action_start_over(self) -> None:
        """Go back to the address."""
        if self._step != "address":
            self.drop_errand()
            self.query_one(Spinner).stop()
            self._show_step("address")
            self.query_one("#address", Field).input.focus()

    # --- the candidates ---

    def _take_links(self, links: tuple[FeedLink, ...]) -> None:
        if len(links) == 1:
            self._look_at(links[0].url)
            return
        self.query_one(Spinner).stop()
        self.query_one("#candidates-words", Static).update(
            Content(f"This site has {len(links)} feeds. Which shall it be?")
        )
        rows = [
            Row(
                link.title or host_of_address(link.url),
                lead=str(number),
                note="followed already" if link.url in self._known else _path_of(link.url),
                value=link,
                tone="dim" if link.url in self._known else "",
            )
            for number, link in enumerate(links, 1)
        ]
        shown = self.query_one("#candidates", RowList)
        shown.show(rows, cursor=0)
        shown.fit()
        self._show_step("candidates")
        shown.focus()

    def _look_at(self, url: str) -> None:
        known = self._known.get(url)
        if known is not None:
            words = f"This is followed already, as “{clean_line(known.title)}”."
            self.query_one(Spinner).stop()
            if self._step == "candidates":
                self.show_error(words)
            else:
                self.query_one("#address", Field).show_wrong(words)
            return
        self.show_error("")
        settings = self._settings
        self.query_one(Spinner).start(f"Looking at {host_of_address(url)} …")

        def take(parsed: ParsedFeed) -> None:
            self._take_preview(url, parsed)

        self.fetch(lambda reader: reader.preview(url, settings), take, self._fail_at(url))

    def _take_preview(self, url: str, parsed: ParsedFeed) -> None:
        self.query_one(Spinner).stop()
        self._url, self._found_title = url, parsed.feed.title
        entries = sorted(
            parsed.entries,
            key=lambda one: one.published.timestamp() if one.published else 0.0,
            reverse=True,
        )
        facts = [("Feed", parsed.feed.title or "(without a title)")]
        if parsed.feed.description and parsed.feed.description != parsed.feed.title:
            facts.append(("About", parsed.feed.description))
        count = len(entries)
        facts.append(("Format", f"{parsed.format}, {count} entr{'y' if count == 1 else 'ies'}"))
        if parsed.defect:
            facts.append(("", f"not well formed: {parsed.defect}"))
        facts.append(("Address", mask_secrets(url)))
        name = "Newest"
        for entry in entries[:_NEWEST_SHOWN]:
            facts.append((name, f"· {clean_line(entry.title) or '(without a title)'}"))
            name = ""
        self._show_form(facts)

    # --- the form ---

    def _show_form(self, facts: Sequence[tuple[str, str]]) -> None:
        self._failed_url = ""
        self.query_one("#facts", Facts).show(facts)
        title = self.query_one("#title", Field).input
        title.placeholder = clean_line(self._found_title) or "the publisher's"
        self._show_step("form")
        # A widget that comes into sight has no style for the focus before it is laid out.
        self.call_after_refresh(self.query_one("#folder", Field).input.focus)

    def _show_step(self, step: _Step) -> None:
        self._step = step
        for name in get_args(_Step):
            self.query_one(f"#{name}-step").set_class(name == step, "-shown")
        self.show_hints()

    def _follow(self) -> None:
        fields = [self.query_one(f"#{name}", Field) for name in ("folder", "title", "tags")]
        are_fine = [field.check() for field in fields]  # each says what is wrong with it
        if self._is_saving or not all(are_fine):
            return
        folder, title, tags = (field.read() for field in fields)
        settings = replace(
            self._settings, full_text=read_full_text(self.query_one("#full-text", Choice).value)
        )
        url, kind = self._url, self._kind

        def work(reader: Reader) -> Followed:
            feed, change = reader.subscribe(
                url, kind=kind, title=clean_line(title), folder=folder, settings=settings
            )
            if tags:
                reader.tag_feed(feed.id, add=tags)
            return Followed(feed, change)

        self._is_saving = True
        self.write(work, self.answer)

    def fail(self, error: FeedreaderError) -> None:
        self._is_saving = False
        super().fail(error)


def _local_path(text: str) -> Path | None:
    if text.lower().startswith("file:"):
        return Path(unquote(urlsplit(text).path)).absolute()
    if text.startswith(("/", "./", "../", "~/")):
        try:
            return Path(text).expanduser().absolute()
        except RuntimeError:  # no home
            return None
    return None


def _path_of(url: str) -> str:
    """Return what tells the feeds of one site apart."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return mask_secrets(url)
    return f"{parts.path}{'?' + parts.query if parts.query else ''}" or "/"
