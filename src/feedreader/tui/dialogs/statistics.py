"""Statistics as a screen: charts to look at, and the feeds with what can be done about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from feedreader.core.statistics_page import WIDEST, lay_out_statistics
from feedreader.errors import FeedreaderError
from feedreader.model.statistics import FeedFigures, Statistics
from feedreader.reader import Reader
from feedreader.tui.dialogs.dialog import Dialog
from feedreader.tui.dialogs.rows import Row, RowList
from feedreader.tui.line_list import LineList
from feedreader.tui.page_view import PageView
from feedreader.tui.status import Hint
from feedreader.tui.story_lines import make_page

_PERIODS: Final = (7, 30, 90, 365)
"""Days."""


@dataclass(frozen=True, slots=True)
class FeedWish:
    """What the user wants to do about a feed."""

    feed_id: int
    wish: Literal["open", "edit", "remove"]


class StatisticsPage(PageView):
    """The charts, laid out for the width there is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", show=False),
        Binding("up,k", "move(-1)", show=False),
        Binding("pagedown,space,ctrl+f", "page(1)", show=False),
        Binding("pageup,ctrl+b", "page(-1)", show=False),
        Binding("ctrl+d", "page(0.5)", show=False),
        Binding("ctrl+u", "page(-0.5)", show=False),
        Binding("home,g", "top", show=False),
        Binding("end,G", "bottom", show=False),
        Binding("right_curly_bracket", "section(1)", show=False),
        Binding("left_curly_bracket", "section(-1)", show=False),
    ]
    DEFAULT_CSS = """
    StatisticsPage { height: 1fr; background: $background; }
    """

    def __init__(self, *, now: datetime, **options: Any) -> None:
        super().__init__(width=WIDEST, **options)
        self._now = now
        self._statistics: Statistics | None = None

    def show(self, statistics: Statistics) -> None:
        """Show other figures; the place stays."""
        self._statistics = statistics
        self._lay_out()

    def on_resize(self) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        if self._statistics is None or not self.scrollable_content_region.width:
            return
        document = lay_out_statistics(self._statistics, width=self._column, now=self._now)
        self._take(make_page(document.width, (), document))

    def action_move(self, rows: int) -> None:
        """Scroll by lines."""
        self.move_by(rows)

    def action_page(self, pages: float) -> None:
        """Scroll by pages."""
        self.page(pages)

    def action_top(self) -> None:
        """Go to the first chart."""
        self.go_top()

    def action_bottom(self) -> None:
        """Go to the end."""
        self.go_bottom()

    def action_section(self, step: int) -> None:
        """Go to the next chart, or the one before."""
        self.go_heading(step)


class StatisticsDialog(Dialog[FeedWish]):
    """Charts; Tab leads to the list of feeds and back."""

    AUTO_FOCUS = "StatisticsPage"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,shift+tab", "turn", show=False, priority=True),
        Binding("less_than_sign,minus,left", "period(-1)", show=False),
        Binding("greater_than_sign,plus,right", "period(1)", show=False),
        Binding("e", "wish('edit')", show=False),
        Binding("x,delete", "wish('remove')", show=False),
        Binding("q", "close", show=False),
    ]
    DEFAULT_CSS = """
    StatisticsDialog > .dialog--box { width: 108; }
    StatisticsDialog.-tall > .dialog--box { height: 90%; }
    StatisticsDialog.-small.-tall > .dialog--box { height: 100%; }
    StatisticsDialog RowList { display: none; }
    StatisticsDialog.-feeds { & RowList { display: block; } & StatisticsPage { display: none; } }
    """

    def __init__(self, *, now: datetime) -> None:
        super().__init__("Statistics", is_tall=True)
        self._now = now
        self._period = 1

    def compose_body(self) -> ComposeResult:
        yield StatisticsPage(now=self._now)
        yield RowList()

    def on_mount(self) -> None:
        self._look()

    def hints(self) -> Sequence[Hint]:
        close = Hint("esc", "close", "close")
        period = Hint("< >", f"{_PERIODS[self._period]} days", "period(1)")
        if not self.shows_feeds:
            return (Hint("tab", "feeds", "turn"), period, close)
        return (
            Hint("enter", "read", "wish('open')"),
            Hint("e", "edit", "wish('edit')"),
            Hint("x", "stop following", "wish('remove')"),
            Hint("tab", "charts", "turn"),
            period,
            close,
        )

    @property
    def shows_feeds(self) -> bool:
        """Whether the list of feeds is in sight, not the charts."""
        return self.has_class("-feeds")

    def _look(self) -> None:
        days = _PERIODS[self._period]

        def look(reader: Reader) -> Statistics:
            return reader.statistics.over(days)

        def failed(error: FeedreaderError) -> None:
            self.fail(error)

        self.reader_app.glancer.submit(look, self._take, failed, slot="statistics")

    def _take(self, statistics: Statistics) -> None:
        if not self.is_attached:
            return
        self.query_one(StatisticsPage).show(statistics)
        self.query_one(RowList).show(_rows(statistics))
        self.show_hints()

    def action_turn(self) -> None:
        """Go from the charts to the feeds, or back."""
        self.toggle_class("-feeds")
        self.query_one(RowList if self.shows_feeds else StatisticsPage).focus()
        self.retitle("Statistics: feeds" if self.shows_feeds else "Statistics")
        self.show_hints()

    def action_period(self, step: int) -> None:
        """Look at more days, or fewer."""
        period = max(0, min(self._period + step, len(_PERIODS) - 1))
        if period != self._period:
            self._period = period
            self.show_hints()
            self._look()

    def action_wish(self, wish: Literal["open", "edit", "remove"]) -> None:
        """Close, to do something about the feed under the cursor."""
        row = self.query_one(RowList).current
        if self.shows_feeds and row is not None:
            self.dismiss(FeedWish(row.value, wish))

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        self.action_wish("open")


def _rows(statistics: Statistics) -> list[Row]:
    never = {one.feed_id for one in statistics.never_read}
    followed = [one for one in statistics.feeds if one.title]
    groups = (
        ("Never read", list(statistics.never_read)),
        ("Read", [one for one in followed if one.feed_id not in never]),
    )
    rows: list[Row] = []
    for label, feeds in groups:
        if feeds:
            rows.append(Row(f"{label} · {len(feeds):,}", is_heading=True))
            rows += [_row(one) for one in feeds]
    return rows


def _row(one: FeedFigures) -> Row:
    figures = one.figures
    told = f"{figures.read:,} of {figures.received:,} read"
    share = f"{one.read_share:.0%}" if figures.read else "–"
    if one.unread:
        told += f", {one.unread:,} unread"
    return Row(one.title, lead=share, note=told, value=one.feed_id)
