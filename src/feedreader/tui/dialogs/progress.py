"""How a refresh goes, feed by feed, while it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from feedreader.model import RefreshOutcome, Subscription
from feedreader.tui.dialogs.dialog import Dialog
from feedreader.tui.dialogs.rows import Row, RowList, Tone
from feedreader.tui.status import Hint

_BAR = 10
"""Cells of the bar that says how far it is."""
_STOPPED = "stopped"


@dataclass(slots=True)
class RefreshLog:
    """What is known of the latest refresh."""

    waiting: dict[int, str] = field(default_factory=dict)
    """Feeds that have not answered: id -> title."""
    asked: set[int] = field(default_factory=set)
    """Feeds whose turn has come; added to by the thread that asks."""
    outcomes: dict[int, RefreshOutcome] = field(default_factory=dict)
    pages: int = 0
    """Full stories that were fetched."""
    is_running: bool = False
    end: str = ""
    """How it ended, in words."""

    def begin(self, feeds: Sequence[Subscription]) -> None:
        """Forget the one before."""
        self.waiting = {feed.id: feed.title for feed in feeds if feed.kind != "pages"}
        self.asked = set()
        self.outcomes = {}
        self.pages = 0
        self.is_running = True

    def close(self, *, error: str, was_cancelled: bool) -> None:
        """Take it that the refresh is over."""
        self.is_running = False
        self.end = error or (_STOPPED if was_cancelled else "done")

    def add(self, outcome: RefreshOutcome) -> None:
        """Take it that a feed answered."""
        self.waiting.pop(outcome.feed_id, None)
        self.outcomes[outcome.feed_id] = outcome


class RefreshDialog(Dialog[None]):
    """Feeds being asked first, then what came of others, and those whose turn will come."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x,ctrl+x", "stop", show=False),
        Binding("q", "close", show=False),
    ]

    def __init__(self, log: RefreshLog) -> None:
        super().__init__("Refresh", is_tall=True)
        self._log = log
        self._is_stale = True
        self._asked_shown = 0

    def compose_body(self) -> ComposeResult:
        yield Static(id="figures", classes="dialog--words")
        yield RowList()

    def hints(self) -> Sequence[Hint]:
        close = Hint("esc", "close", "close")
        return (Hint("x", "stop it", "stop"), close) if self._log.is_running else (close,)

    def on_mount(self) -> None:
        self._draw()
        # Hundreds of feeds may answer in a second: the list is drawn a few times in it.
        self.set_interval(0.2, self._draw)

    def refreshed(self) -> None:
        """Take it that the log says more."""
        self._is_stale = True

    def _draw(self) -> None:
        log = self._log
        asked = len(log.asked)
        if not self._is_stale and asked == self._asked_shown:
            return
        self._is_stale, self._asked_shown = False, asked
        self.query_one("#figures", Static).update(Content(_figures(log)))
        self.query_one(RowList).show(_rows(log))
        self.show_hints()

    def action_stop(self) -> None:
        """Stop the refresh."""
        if self._log.is_running:
            self.reader_app.main_screen.action_refresh_cancel()
            self.say("Stopping …")


def _figures(log: RefreshLog) -> str:
    if not log.outcomes and not log.waiting:
        return "Nothing has been refreshed since the start."
    outcomes = log.outcomes.values()
    new = sum(one.new for one in outcomes)
    failed = sum(one.outcome in ("failed", "gone") for one in outcomes)
    total = len(log.outcomes) + len(log.waiting)
    words = f"{len(log.outcomes):,} of {total:,} feeds · {new:,} new · {failed:,} failed"
    if log.is_running:
        full = _BAR * len(log.outcomes) // max(1, total)
        words = f"{'█' * full}{'░' * (_BAR - full)} {words}"
    if log.pages:
        words += f" · {log.pages:,} full stories"
    return words if log.is_running else f"{words} · {log.end}"


_SIGNS: Mapping[str, tuple[str, Tone]] = {
    "new": ("+", "good"),
    "moved": ("→", ""),
    "unchanged": ("·", "dim"),
    "not_modified": ("·", "dim"),
    "skipped": ("·", "dim"),
    "failed": ("✗", "bad"),
    "gone": ("✗", "bad"),
}
_ORDER = ("failed", "gone", "new", "moved", "unchanged", "not_modified", "skipped")


def _rows(log: RefreshLog) -> list[Row]:
    told = sorted(log.outcomes.values(), key=lambda one: (_ORDER.index(one.outcome), -one.new))
    being_asked = [key for key in log.waiting if key in log.asked] if log.is_running else []
    rows = [Row(log.waiting[key], lead="→", note="being asked …", value=key) for key in being_asked]
    for one in told:
        sign, tone = _SIGNS[one.outcome]
        rows.append(Row(one.title, lead=sign, note=_words(one), value=one.feed_id, tone=tone))
    left = "not asked: it was stopped" if log.end == _STOPPED else "not asked"
    if log.is_running:
        left = "waits for its turn"
    rows += [
        Row(title, lead="…", note=left, value=key, tone="dim")
        for key, title in log.waiting.items()
        if key not in being_asked
    ]
    return rows


def _words(outcome: RefreshOutcome) -> str:
    if outcome.reason:
        return outcome.reason
    parts = [f"{outcome.new:,} new"] if outcome.new else []
    if outcome.changed:
        again = f" ({outcome.unread_again:,} unread again)" if outcome.unread_again else ""
        parts.append(f"{outcome.changed:,} edited{again}")
    return ", ".join(parts) or "nothing new"
