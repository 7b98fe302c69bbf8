"""The feeds that fail: why, since when, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from feedreader.core.urls import mask_secrets
from feedreader.model import Subscription
from feedreader.tui.dates import age
from feedreader.tui.dialogs.dialog import Dialog
from feedreader.tui.dialogs.edit_feed import state_of
from feedreader.tui.dialogs.fields import Facts
from feedreader.tui.dialogs.rows import Row, RowList
from feedreader.tui.line_list import LineList
from feedreader.tui.status import Hint

Wish = Literal["edit", "remove"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the user wants to do about a feed."""

    feed: Subscription
    wish: Wish


def failing(subscriptions: Sequence[Subscription]) -> list[Subscription]:
    """Return the feeds whose last request failed."""
    return [one for one in subscriptions if one.poll.error or one.poll.gone_at]


class ErrorsDialog(Dialog[Trouble]):
    """A list above, the feed under the cursor below. It changes as feeds are asked again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "retry", show=False),
        Binding("R", "retry_all", show=False),
        Binding("e", "wish('edit')", show=False),
        Binding("x,delete", "wish('remove')", show=False),
        Binding("o", "open_site", show=False),
        Binding("q", "close", show=False),
    ]
    DEFAULT_CSS = """
    ErrorsDialog {
        & Facts { margin-top: 1; }
        & #none { display: none; }
    }
    """

    def __init__(
        self, subscriptions: Sequence[Subscription], *, now: datetime, zone: tzinfo | None
    ) -> None:
        super().__init__("Feeds in trouble")
        self._now = now
        self._zone = zone
        self._feeds = failing(subscriptions)
        self._asked: set[int] = set()

    def compose_body(self) -> ComposeResult:
        yield Static(
            Content("Every feed answers. There is nothing to do."),
            id="none",
            classes="dialog--words",
        )
        yield RowList(self._rows())
        yield Facts()

    def hints(self) -> Sequence[Hint]:
        close = Hint("esc", "close", "close")
        if not self._feeds:
            return (close,)
        return (
            Hint("r", "try again", "retry"),
            Hint("R", "try all", "retry_all"),
            Hint("e", "edit", "wish('edit')"),
            Hint("o", "open site", "open_site"),
            Hint("x", "remove", "wish('remove')"),
            close,
        )

    def on_mount(self) -> None:
        self._show()

    def _rows(self) -> list[Row]:
        return [
            Row(
                feed.title,
                lead="…" if feed.id in self._asked else "✗",
                note="being asked" if feed.id in self._asked else _since(feed, self._now),
                value=feed.id,
                tone="dim" if feed.id in self._asked else "bad",
            )
            for feed in self._feeds
        ]

    def refreshed(self, subscriptions: Sequence[Subscription], now: datetime) -> None:
        """Show how the feeds fare now."""
        self._now = now
        self._feeds = failing(subscriptions)
        self._show()

    @property
    def is_waiting(self) -> bool:
        """Whether feeds were asked from here that have not answered."""
        return bool(self._asked)

    def answered(self, feed_id: int) -> None:
        """Take it that a feed was asked."""
        self._asked.discard(feed_id)

    def _show(self) -> None:
        rows = self.query_one(RowList)
        rows.show(self._rows())
        rows.fit(8 if self.app.size.height < 30 else 16)
        rows.display = bool(self._feeds)
        self.query_one("#none").display = not self._feeds
        count = len(self._feeds)
        self.retitle(f"{count} feed{'s' * (count != 1)} in trouble" if count else "All is well")
        self._show_details()
        self.show_hints()

    @property
    def current(self) -> Subscription | None:
        """The feed under the cursor."""
        at = self.query_one(RowList).cursor
        return self._feeds[at] if at < len(self._feeds) else None

    def on_line_list_highlighted(self, event: LineList.Highlighted) -> None:
        self._show_details()

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        self.action_wish("edit")

    def _show_details(self) -> None:
        feed = self.current
        facts: list[tuple[str, str]] = []
        if feed is not None:
            facts = [*state_of(feed, self._now, self._zone), ("Address", mask_secrets(feed.url))]
        self.query_one(Facts).show(facts)

    def action_retry(self) -> None:
        """Ask the feed under the cursor now."""
        if (feed := self.current) is not None:
            self._retry([feed.id])

    def action_retry_all(self) -> None:
        """Ask them all now."""
        self._retry([feed.id for feed in self._feeds])

    def _retry(self, feed_ids: list[int]) -> None:
        if not feed_ids:
            return
        if self.reader_app.main_screen.refresh_feeds(tuple(feed_ids)):
            self._asked.update(feed_ids)
            self._show()
        else:
            self.say("A refresh is under way.")

    def action_open_site(self) -> None:
        """Open the feed's site in the browser."""
        if (feed := self.current) is not None:
            self.reader_app.main_screen.open_url(feed.feed.link or feed.url, feed.title)
            self.say("Opened in the browser.")

    def action_wish(self, wish: Wish) -> None:
        """Close, to edit or remove the feed."""
        if (feed := self.current) is not None:
            self.dismiss(Trouble(feed, wish))


def _since(feed: Subscription, now: datetime) -> str:
    if feed.poll.gone_at:
        return f"gone {age(feed.poll.gone_at, now)}"
    if feed.poll.succeeded_at:
        return f"last good {age(feed.poll.succeeded_at, now)}"
    return "never answered well"
