"""Change a feed: its name, place and settings; and see how it fares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from feedreader.core.advice import advise
from feedreader.core.text import clean_line
from feedreader.core.urls import mask_secrets
from feedreader.model import FolderPath, Subscription
from feedreader.tui.dates import age, long_moment
from feedreader.tui.dialogs.dialog import Dialog
from feedreader.tui.dialogs.fields import Choice, Facts, Field, WordSuggester
from feedreader.tui.dialogs.subscribe import FULL_TEXT, read_full_text
from feedreader.tui.dialogs.values import (
    read_days,
    read_folders,
    read_interval,
    read_line,
    read_share,
    read_tags,
    read_web_address,
    write_folder,
    write_folders,
    write_interval,
    write_share,
)
from feedreader.tui.status import Hint

if TYPE_CHECKING:
    from feedreader.reader import Reader

_FIELDS = (
    "title", "address", "folders", "tags", "interval", "keep-days", "unread-again", "user-agent",
    "username", "password", "token",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Edited:
    """What the user wants of the feed now."""

    wish: Literal["saved", "refresh", "remove"]
    takes_back: Callable[[Reader], None] | None = None
    """Undoes what was changed; None: nothing was."""


class EditFeedDialog(Dialog[Edited]):
    """A form with the state of the feed below it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", show=False),
        Binding("ctrl+r", "refresh", show=False),
        Binding("ctrl+o", "open_site", show=False),
        Binding("ctrl+t", "remove", show=False),
    ]
    DEFAULT_CSS = """
    EditFeedDialog {
        & #form { height: auto; max-height: 100%; }
        & #state { margin-top: 1; }
    }
    EditFeedDialog.-small #form { height: 1fr; }
    EditFeedDialog.-small .dialog--body { height: 1fr; }
    EditFeedDialog.-small > .dialog--box { height: 100%; }
    """

    def __init__(
        self,
        feed: Subscription,
        subscriptions: Sequence[Subscription],
        folders: Sequence[FolderPath],
        *,
        now: datetime,
        zone: tzinfo | None,
    ) -> None:
        super().__init__(feed.title)
        self.feed = feed
        self._urls = {one.url for one in subscriptions if one.id != feed.id}
        self._folders = [write_folder(path) for path in folders]
        self._tags = sorted({tag for one in subscriptions for tag in one.tags})
        self._now = now
        self._zone = zone
        self._is_saving = False

    def compose_body(self) -> ComposeResult:
        feed, settings = self.feed, self.feed.settings
        with VerticalScroll(id="form", can_focus=False):
            yield Field(
                "Title", feed.user_title, id="title",
                placeholder=clean_line(feed.feed.title) or "the publisher's",
            )  # fmt: skip
            yield Field("Address", feed.url, read=self._read_address, id="address")
            yield Field(
                "Folders", write_folders(feed.folders), read=read_folders, id="folders",
                placeholder="none; commas between several",
                suggester=WordSuggester(self._folders),
            )  # fmt: skip
            yield Field(
                "Tags", ", ".join(feed.tags), read=read_tags, id="tags",
                placeholder="with commas between them", suggester=WordSuggester(self._tags),
            )  # fmt: skip
            yield Choice("Full stories", FULL_TEXT, settings.full_text, id="full-text")
            yield Field(
                "Ask at most every", write_interval(settings.min_interval_s), read=read_interval,
                id="interval", placeholder="as the others; or 30m, 6h, 2d",
            )  # fmt: skip
            days = settings.keep_days
            yield Field(
                "Keep read days", "" if days is None else str(days), read=read_days,
                id="keep-days", placeholder="as the others",
            )  # fmt: skip
            yield Field(
                "Unread again at", write_share(settings.unread_again), read=read_share,
                id="unread-again", placeholder="as the others; or 20% new words, or off",
            )  # fmt: skip
            yield Field(
                "User agent", settings.user_agent, read=read_line, id="user-agent",
                placeholder="as the others",
            )  # fmt: skip
            yield Field("User name", settings.username, id="username")
            yield Field("Password", settings.password, is_secret=True, id="password")
            yield Field("Bearer token", settings.bearer_token, is_secret=True, id="token")
            yield Facts(state_of(feed, self._now, self._zone), id="state")

    def hints(self) -> Sequence[Hint]:
        return (
            Hint("enter", "save", "save"),
            Hint("ctrl+r", "refresh", "refresh"),
            Hint("ctrl+o", "site", "open_site"),
            Hint("ctrl+t", "remove", "remove"),
            Hint("esc", "close", "close"),
        )

    def _read_address(self, text: str) -> str:
        if text == self.feed.url:
            return text
        if self.feed.kind not in ("http", "filter"):
            raise ValueError("Only feeds of the web have an address to change.")
        if not text:
            raise ValueError("An address is needed.")
        url = read_web_address(text)
        if url in self._urls:
            raise ValueError("Another feed has this address already.")
        return url

    def on_field_entered(self, event: Field.Entered) -> None:
        self.action_save()

    def on_choice_entered(self, event: Choice.Entered) -> None:
        self.action_save()

    def action_save(self) -> None:
        """Keep what was changed."""
        self._save("saved")

    def action_refresh(self) -> None:
        """Keep what was changed, and ask the feed."""
        self._save("refresh")

    def action_remove(self) -> None:
        """Stop following the feed."""
        self.dismiss(Edited("remove"))

    def action_open_site(self) -> None:
        """Open the feed's site in the browser."""
        self.reader_app.main_screen.open_url(self.feed.feed.link or self.feed.url, self.feed.title)
        self.say("Opened in the browser.")

    def _save(self, wish: Literal["saved", "refresh"]) -> None:
        fields = {name: self.query_one(f"#{name}", Field) for name in _FIELDS}
        wrong = [field for field in fields.values() if not field.check()]
        if wrong:
            wrong[0].input.focus()
            return
        if self._is_saving:
            return
        feed = self.feed
        settings = replace(
            feed.settings,
            full_text=read_full_text(self.query_one("#full-text", Choice).value),
            min_interval_s=fields["interval"].read(),
            keep_days=fields["keep-days"].read(),
            unread_again=fields["unread-again"].read(),
            user_agent=fields["user-agent"].read(),
            username=fields["username"].read(),
            password=fields["password"].read(),
            bearer_token=fields["token"].read(),
        )
        wanted = replace(
            feed,
            user_title=clean_line(fields["title"].read()),
            url=fields["address"].read(),
            folders=fields["folders"].read() or ((),),
            tags=fields["tags"].read(),
            settings=settings,
        )
        before = replace(feed, folders=feed.folders or ((),))
        if wanted == before:
            self.dismiss(Edited(wish))
            return
        self._is_saving = True
        self.write(
            lambda reader: _change(reader, before, wanted),
            lambda _: self.answer(Edited(wish, lambda reader: _change(reader, wanted, before))),
        )

    def fail(self, error: Exception) -> None:
        self._is_saving = False
        self.show_error(str(error))


def _change(reader: Reader, before: Subscription, after: Subscription) -> None:
    """Make a feed what it shall be; the address first, which alone may be refused."""
    if after.url != before.url:
        reader.change_url(before.id, after.url)
    if after.user_title != before.user_title:
        reader.rename(before.id, after.user_title)
    if after.folders != before.folders:
        reader.move(before.id, after.folders)
    if after.tags != before.tags:
        reader.tag_feed(
            before.id,
            add=[tag for tag in after.tags if tag not in before.tags],
            remove=[tag for tag in before.tags if tag not in after.tags],
        )
    if after.settings != before.settings:
        reader.configure(before.id, after.settings)


def state_of(feed: Subscription, now: datetime, zone: tzinfo | None) -> Sequence[tuple[str, str]]:
    """Return how a feed fares, in names and words."""
    poll = feed.poll
    facts = []
    if feed.settings.is_archived:
        facts.append(("Archived", "it is asked only when you refresh it by name"))
    elif poll.gone_at:
        facts.append(("Trouble", f"gone for good, no longer asked. {advise('', 410)}"))
    elif poll.error:
        times = f", {poll.failures} times in a row" if poll.failures > 1 else ""
        facts.append(("Trouble", f"{poll.error}{times}"))
        facts.append(("What to do", advise(poll.error, poll.status)))
    if poll.moved_to:
        facts.append(("Moved", f"the server points to {mask_secrets(poll.moved_to)}"))
    good = f"{age(poll.succeeded_at, now)}" if poll.succeeded_at else "never yet"
    if poll.status:
        good += f"; the last answer was {poll.status}"
    facts.append(("Last good fetch", good))
    if poll.next_check_at is not None and not poll.gone_at and not feed.settings.is_archived:
        when = long_moment(poll.next_check_at, now, zone) if poll.next_check_at > now else "due now"
        reason = f": {poll.next_check_reason}" if poll.next_check_reason else ""
        facts.append(("Next check", f"{when}{reason}"))
    summary = ", summaries only" if feed.is_summary_only else ""
    counts = f"{feed.entry_count:,}, {feed.unread_count:,} unread, {feed.starred_count:,} starred"
    facts.append(("Entries", f"{counts}; {feed.format or 'format not known yet'}{summary}"))
    return facts
