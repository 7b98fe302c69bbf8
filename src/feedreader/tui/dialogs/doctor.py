"""The feed doctor: how feeds fare at a glance, what was found, and what helps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll

from feedreader.core.probe_words import questions_in_words
from feedreader.errors import FeedreaderError, NotFound
from feedreader.model.health import Checkup, Remedy, Treatment
from feedreader.reader import Reader
from feedreader.tui.dialogs.dialog import Confirm, Dialog, Spinner
from feedreader.tui.dialogs.found_view import FoundView
from feedreader.tui.health_list import HealthList, Order, order_lines
from feedreader.tui.line_list import LineList
from feedreader.tui.status import Hint
from feedreader.tui.undo import Step

_ORDERS: tuple[tuple[Order, str], ...] = (
    ("finding", "by what was found"),
    ("silence", "the most silent first"),
    ("loudness", "the loudest first"),
    ("reading", "the least read first"),
)
_WIDE = 130
"""Columns from which what was found stands beside the list, not below it."""
_SHOWN_EVERY_S = 0.2


class DoctorDialog(Dialog[int]):
    """All feeds and what was found about them. Its answer is a feed to be edited."""

    AUTO_FOCUS = "HealthList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "treat", show=False),
        Binding("p", "probe", show=False),
        Binding("r", "retry", show=False),
        Binding("R", "retry_all", show=False),
        Binding("s", "order", show=False),
        Binding("e", "edit", show=False),
        Binding("x,delete", "unfollow", show=False),
        Binding("o", "open_site", show=False),
        Binding("U,ctrl+z", "undo", show=False),
        Binding("q,exclamation_mark", "close", show=False),
    ]
    DEFAULT_CSS = """
    DoctorDialog {
        & > .dialog--box { width: 96%; height: 92%; padding: 0 1; }
        & #findings { height: 1fr; layout: vertical; }
        & #told {
            height: auto; max-height: 55%; padding: 0 1; margin-top: 1;
            scrollbar-size-vertical: 1; background: $background;
        }
        & #found { height: auto; }
        & Spinner { margin-top: 0; }
    }
    DoctorDialog.-small > .dialog--box { width: 100%; height: 100%; padding: 0; }
    DoctorDialog.-small #told { margin-top: 0; border-top: solid $faint; max-height: 12; }
    DoctorDialog.-small .dialog--hints { margin-top: 0; }
    DoctorDialog.-low #told { max-height: 5; }
    DoctorDialog.-wide #findings { layout: horizontal; }
    DoctorDialog.-wide HealthList { width: 2fr; }
    DoctorDialog.-wide #told {
        width: 1fr; max-width: 66; height: 100%; max-height: 100%;
        margin: 0 0 0 1; padding: 0 1 0 2; border-left: solid $faint;
    }
    """

    def __init__(self, now: datetime) -> None:
        super().__init__("Feed doctor", is_tall=True)
        self._now = now
        self._checkups: dict[int, Checkup] = {}
        self._order: Order = "finding"
        self._asked: set[int] = set()
        self._is_closed = False
        self._is_probing = False
        self._is_stale = False

    def compose_body(self) -> ComposeResult:
        with Container(id="findings"):
            yield HealthList(self._now)
            with VerticalScroll(id="told", can_focus=False):
                yield FoundView(self._now, id="found")
        yield Spinner()

    def hints(self) -> Sequence[Hint]:
        line = self.list.current
        hints = []
        if line is not None and line.finding is not None and line.finding.remedy is not None:
            hints.append(Hint("y", "do it", "treat"))
        hints += [
            Hint("s", "sort", "order"),
            Hint("p", "ask the network", "probe"),
            Hint("r", "try again", "retry"),
            Hint("e", "edit", "edit"),
            Hint("x", "unfollow", "unfollow"),
            Hint("U", "undo", "undo"),
            Hint("o", "site", "open_site"),
        ]
        return (*hints, Hint("esc", "close", "close"))

    def on_mount(self) -> None:
        self.load()
        self.set_interval(_SHOWN_EVERY_S, self._show_probed)

    def on_unmount(self) -> None:
        self._is_closed = True

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= _WIDE, "-wide")

    @property
    def list(self) -> HealthList:
        """The lines."""
        return self.query_one(HealthList)

    # --- what is shown ---

    def load(self) -> None:
        """Look at all feeds."""
        if not self._checkups:
            self.query_one(Spinner).start("Looking at the feeds …")

        def loaded(checkups: tuple[Checkup, ...]) -> None:
            if self.is_attached:
                self.query_one(Spinner).stop()
                self._checkups = {one.health.subscription.id: one for one in checkups}
                self._show()

        self.reader_app.loader.submit(
            lambda reader: reader.doctor.examine(), loaded, self._failed, slot="doctor"
        )

    def _show(self) -> None:
        checkups = list(self._checkups.values())
        self.list.show(order_lines(checkups, self._order))
        count = sum(one.severity != "note" for each in checkups for one in each.findings)
        found = f"{count:,} finding{'s' * (count != 1)}" if count else "all is well"
        feeds = f"{len(checkups):,} feed{'s' * (len(checkups) != 1)}"
        self.retitle(f"Feed doctor · {feeds}, {found} · {dict(_ORDERS)[self._order]}")
        self._show_found()

    def _show_found(self) -> None:
        line = self.list.current
        is_asked = (
            line is not None
            and line.checkup is not None
            and (line.checkup.health.subscription.id in self._asked)
        )
        self.query_one(FoundView).show(line, is_asked=is_asked)
        self.query_one("#told").scroll_home(animate=False)
        self.show_hints()

    def on_line_list_highlighted(self, event: LineList.Highlighted) -> None:
        self._show_found()

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        self.action_edit()

    def action_order(self) -> None:
        """Show the feeds in another order."""
        orders = [order for order, _ in _ORDERS]
        self._order = orders[(orders.index(self._order) + 1) % len(orders)]
        checkups = list(self._checkups.values())
        self.list.show(order_lines(checkups, self._order), cursor=0)
        self._show()

    def _failed(self, error: FeedreaderError) -> None:
        if self.is_attached:
            self.query_one(Spinner).stop()
            self.fail(error)

    # --- what helps ---

    def action_treat(self) -> None:
        """Do what helps the feed under the cursor."""
        line = self.list.current
        if line is None or line.checkup is None or line.finding is None:
            return
        if line.finding.remedy is None:
            self.say("There is nothing that can be done for you here.")
            return
        self._treat(line.checkup, line.finding.remedy)

    def action_unfollow(self) -> None:
        """Stop following the feed under the cursor."""
        line = self.list.current
        if line is not None and line.checkup is not None:
            self._treat(line.checkup, Remedy("unfollow", "Stop following it"))

    def _treat(self, checkup: Checkup, remedy: Remedy) -> None:
        app, main = self.reader_app, self.reader_app.main_screen
        feed_id = checkup.health.subscription.id
        self.show_error("")
        if remedy.asks_network:
            self.query_one(Spinner).start(f"Asking {remedy.url}")

        def work(reader: Reader) -> tuple[Treatment, tuple[Checkup, ...]]:
            treatment = reader.doctor.treat(feed_id, remedy)
            return treatment, _examined(reader, feed_id)

        def done(result: tuple[Treatment, tuple[Checkup, ...]]) -> None:
            treatment, after = result
            main.undo_stack.push(Step(treatment.words, takes_back=partial(_take_back, treatment)))
            main.reload_facts()
            main.reload_list()
            if not self.is_attached:
                main.say(treatment.words)
                return
            self.query_one(Spinner).stop()
            self._replace(feed_id, after)
            self.say(f"{treatment.words} · U takes it back")

        background = app.network if remedy.asks_network else app.writer
        background.submit(work, done, self._failed)

    def _replace(self, feed_id: int, after: tuple[Checkup, ...]) -> None:
        if after:
            self._checkups[feed_id] = after[0]
        else:
            self._checkups.pop(feed_id, None)
        self._show()

    def action_undo(self) -> None:
        """Take the latest step back."""
        main = self.reader_app.main_screen
        step = main.undo_stack.pop()
        if step is None:
            self.say("There is nothing to undo.")
            return

        def undone(_: None) -> None:
            main.reload_list()
            self.say(f"Taken back: {step.words}")
            self.load()

        self.write(step.undo, undone)

    # --- the network ---

    def action_probe(self) -> None:
        """Say what would be asked, and ask it."""
        if self._is_probing:
            self.say("It is being asked.")
            return
        checkups = tuple(self._checkups.values())
        questions = self.reader_app.reader.doctor.questions(checkups)
        if not questions:
            self.say("There is nothing to ask the network.")
            return

        def closed(yes: bool | None) -> None:
            if yes:
                self._probe(checkups)

        words = (
            f"{questions_in_words(questions)}. Each server is asked one thing at a time, and"
            " nothing is changed by it."
        )
        self.app.push_screen(Confirm("Ask the network?", words, yes="ask"), closed)

    def _probe(self, checkups: tuple[Checkup, ...]) -> None:
        self._is_probing = True
        self.query_one(Spinner).start("Asking the network …")

        def work(reader: Reader) -> int:
            found = 0
            probe = reader.doctor.probe(checkups, is_cancelled=lambda: self._is_closed)
            for one in probe:
                found += any(each.remedy and each.remedy.asks_network for each in one.findings)
                self.app.call_later(self._probed, one)
            return found

        def done(found: int) -> None:
            self._is_probing = False
            self._show_probed()
            self.query_one(Spinner).stop()
            better = f"{found} better address{'es' * (found != 1)}" if found else "nothing better"
            self.say(f"The network was asked: {better}.")

        def failed(error: FeedreaderError) -> None:
            self._is_probing = False
            self._failed(error)

        self.fetch(work, done, failed)

    def _probed(self, checkup: Checkup) -> None:
        self._checkups[checkup.health.subscription.id] = checkup
        self._is_stale = True

    def _show_probed(self) -> None:
        """Show what came of a probe: many servers may answer in a second."""
        if self._is_stale:
            self._is_stale = False
            self._show()

    def action_retry(self) -> None:
        """Ask the feed under the cursor now, for what it has."""
        line = self.list.current
        if line is not None and line.checkup is not None:
            self._retry([line.checkup.health.subscription.id])

    def action_retry_all(self) -> None:
        """Ask all feeds that fail now."""
        self._retry(
            [
                feed_id
                for feed_id, one in self._checkups.items()
                if one.health.subscription.poll.error
                and not one.health.subscription.settings.is_archived
            ]
        )

    def _retry(self, feed_ids: Sequence[int]) -> None:
        if not feed_ids:
            return
        if self.reader_app.main_screen.refresh_feeds(tuple(feed_ids)):
            self._asked.update(feed_ids)
            self._show_found()
        else:
            self.say("A refresh is under way.")

    def refreshed(self) -> None:
        """Take it that the feeds that were to be asked have been."""
        self._asked.clear()
        self.load()

    def action_edit(self) -> None:
        """Close, to change the feed's settings."""
        line = self.list.current
        if line is not None and line.checkup is not None:
            self.dismiss(line.checkup.health.subscription.id)

    def action_open_site(self) -> None:
        """Open the feed's site in the browser."""
        line = self.list.current
        if line is not None and line.checkup is not None:
            feed = line.checkup.health.subscription
            self.reader_app.main_screen.open_url(feed.feed.link or feed.url, feed.title)
            self.say("Opened in the browser.")


def _examined(reader: Reader, feed_id: int) -> tuple[Checkup, ...]:
    """Return how a feed fares; nothing if it is not followed any more."""
    try:
        return reader.doctor.examine(feed_id)
    except NotFound:
        return ()


def _take_back(treatment: Treatment, reader: Reader) -> None:
    reader.doctor.take_back(treatment)
