"""Statistics on the screen: how long stories are read, and what came of it all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from feedreader.core.text import clean_line
from feedreader.reader import Reader
from feedreader.tui.dialog_actions import DialogActions
from feedreader.tui.line_list import LineList
from feedreader.tui.reading_time import ReadingTime
from feedreader.tui.story_view import StoryView

if TYPE_CHECKING:
    from feedreader.tui.dialogs.statistics import FeedWish

_KEEP_S: Final = 60.0
"""How often visits to stories are written down: never one by one."""


class StatisticsActions(DialogActions):
    """Watches what is in sight, and shows what was counted."""

    def __init__(self) -> None:
        super().__init__()
        self._reading_time = ReadingTime()

    def begin(self) -> None:
        super().begin()
        self.watch(self.app, "app_focus", self._note_sight, init=False)
        self.set_interval(_KEEP_S, self._keep_reading)

    # --- the time of reading ---

    def on_story_view_laid(self) -> None:
        self._note_sight()

    def on_story_view_scrolled(self, event: StoryView.Scrolled) -> None:
        self._reading_time.stir(self._now_s())

    def on_line_list_highlighted(self, event: LineList.Highlighted) -> None:
        self._reading_time.stir(self._now_s())

    def on_screen_suspend(self) -> None:
        self._reading_time.look_at(None, self._now_s())

    def on_screen_resume(self) -> None:
        self._note_sight()

    def lay_out_panes(self) -> None:
        super().lay_out_panes()
        self._note_sight()

    def on_unmount(self) -> None:
        self._reading_time.look_at(None, self._now_s())
        self._keep_reading()

    def _note_sight(self) -> None:
        entry = self.story.entry
        is_in_sight = self.app.app_focus and self.app.screen is self and "story" in self.shown_panes
        self._reading_time.look_at(
            entry.summary.id if entry is not None and is_in_sight else None, self._now_s()
        )

    def _now_s(self) -> float:
        return self.reader_app.clock().timestamp()

    def _keep_reading(self) -> None:
        if visits := self._reading_time.take():
            self.reader_app.writer.submit(
                lambda reader: reader.statistics.note_reading(visits), lambda _: None, self.fail
            )

    # --- the screen of figures ---

    def action_stats_show(self) -> None:
        """Show what came, what was read, and what never is."""
        from feedreader.tui.dialogs.statistics import StatisticsDialog

        app = self.reader_app
        visits = self._reading_time.take()

        def count(reader: Reader) -> None:
            reader.statistics.note_reading(visits)

        def show(_: None) -> None:
            app.push_screen(StatisticsDialog(now=app.clock()), self._act_on_feed_wish)

        app.writer.submit(count, show, self.fail)

    def _act_on_feed_wish(self, wanted: FeedWish | None) -> None:
        if wanted is None:
            return
        feed = self.subscription(wanted.feed_id)
        if feed is None:
            return
        if wanted.wish == "edit":
            self.edit_feed(feed.id)
        elif wanted.wish == "remove":
            self.unsubscribe(feed.id, clean_line(feed.title))
        else:
            for path in feed.folders:
                for depth in range(len(path)):
                    self.feeds.collapsed.discard(f"folder:{'/'.join(path[: depth + 1])}")
            self.feeds.show(self.feeds.facts)
            if self.feeds.select(f"feed:{feed.id}@"):
                self.filter = ""
                self.show_node(self.feeds.node)
            self.focus_pane("list")
