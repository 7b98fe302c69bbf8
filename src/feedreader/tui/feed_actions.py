"""What the user does with feeds: refresh, add, edit, move, remove, lists in and out."""

from __future__ import annotations

from functools import partial

from feedreader.core.text import clean_line
from feedreader.errors import FeedreaderError
from feedreader.model import Change, FolderPath, PageOutcome, RefreshOutcome
from feedreader.reader import Reader
from feedreader.tui.dates import short_date
from feedreader.tui.feed_nodes import Node, feeds_of
from feedreader.tui.feed_tree import FeedTree
from feedreader.tui.reading import ReadingScreen
from feedreader.tui.refreshing import RefreshEnded, Refresher, RefreshProgress
from feedreader.tui.undo import Step, move_back, new_folders

_LOOK_AROUND_S = 5.0
"""How often the screen looks whether another process brought something."""
_DUE_CHECK_S = 60.0


class FeedActions(ReadingScreen):
    """Actions on the node under the cursor, and on all feeds."""

    refresher: Refresher

    def begin(self) -> None:
        self.refresher = Refresher(self, self.reader_app.open_reader)
        self._outcomes: list[RefreshOutcome] = []
        self._known_status = (0, 0, 0)
        self._today = self.reader_app.today
        self._total = 0
        super().begin()
        self.set_interval(_LOOK_AROUND_S, self._look_around)
        if self.reader_app.config.ui.background_refresh:
            self.set_interval(_DUE_CHECK_S, self._refresh_due)

    # --- refresh ---

    def current_feeds(self) -> tuple[int, ...]:
        """Return the feeds that a command means: of the node, or of the entry."""
        node = self.feeds.node if self.pane == "tree" else self.listed
        if node is not None and node.kind in ("feed", "folder"):
            return feeds_of(node, self.feeds.facts.subscriptions)
        if self.pane != "tree" and (entry := self.entries.current) is not None:
            return (entry.feed_id,)
        return ()

    def action_feed_refresh(self) -> None:
        """Ask this feed, or those of this folder, at once: that is the user's own word."""
        feeds = self.current_feeds()
        if not feeds:
            self.action_feed_refresh_all()
            return
        self._start(feeds, force=True)

    def action_feed_refresh_all(self) -> None:
        """Ask all feeds that are due."""
        self._start(None, force=False)

    def _start(
        self, feed_ids: tuple[int, ...] | None, *, force: bool, is_quiet: bool = False
    ) -> None:
        subscriptions = self.feeds.facts.subscriptions
        if not subscriptions:
            self.say("There are no feeds yet.")
            return
        self._outcomes = []
        self._total = len(subscriptions) if feed_ids is None else len(feed_ids)
        if not self.refresher.start(
            feed_ids, force=force, is_quiet=is_quiet, on_start=self.note_asked
        ):
            self.say("A refresh is under way.")
            return
        if not is_quiet:
            self.status.progress(0, self._total)

    def note_asked(self, feed_id: int) -> None:
        """Take note that a feed is being asked; called in another thread."""
        raise NotImplementedError

    def _refresh_due(self) -> None:
        try:
            status = self.reader_app.reader.status()
        except FeedreaderError as error:
            self.fail(error)
            return
        now = self.reader_app.clock()
        if (
            status.next_due_at is not None
            and status.next_due_at <= now
            and not status.is_refreshing
            and not self.refresher.is_running
        ):
            self._start(None, force=False, is_quiet=True)

    def action_refresh_cancel(self) -> None:
        """Stop the refresh; what has come is kept."""
        if self.refresher.is_running:
            self.refresher.cancel()
            self.say("Stopping …")
        else:
            self.say("No refresh is under way.")

    def on_refresh_progress(self, event: RefreshProgress) -> None:
        outcome = event.outcome
        if isinstance(outcome, PageOutcome):
            self.status.progress(event.done, self._total, "full stories")
        else:
            self._outcomes.append(outcome)
            self.status.progress(event.done, max(self._total, event.done), outcome.title)
        self.reload_facts()
        if not self.entries.row_count:
            self.look_for_new()  # who waits before an empty list reads what comes first

    def on_refresh_ended(self, event: RefreshEnded) -> None:
        self.status.progress()
        self.reload_facts()
        self.look_for_new()
        if event.error:
            if not event.is_quiet:
                self.fail(event.error)
            return
        if not event.is_quiet:
            words, has_failures = self._summary()
            if event.was_cancelled:
                words = f"Stopped: {words}"
            self.say(words, "warning" if has_failures else "information")

    def _summary(self) -> tuple[str, bool]:
        """Return what came of a refresh in a sentence, and whether some feeds failed."""
        new = sum(one.new for one in self._outcomes)
        failed = [one for one in self._outcomes if one.outcome in ("failed", "gone")]
        skipped = [one for one in self._outcomes if one.outcome == "skipped"]
        if len(self._outcomes) == 1:
            one = self._outcomes[0]
            if one in failed or one in skipped:
                return f"{one.title}: {one.reason}", one in failed
        if skipped and len(skipped) == len(self._outcomes):
            due = self.reader_app.reader.status().next_due_at
            when = (
                f"; the next is at {short_date(due, self.reader_app.clock(), self.reader_app.zone)}"
                if due
                else ""
            )
            key = self.reader_app.keymap.first_key("feed.refresh")
            return f"No feed is due{when}. {key} asks one all the same.", False
        words = f"{new:,} new" if new else "Nothing new"
        if failed:
            key = self.reader_app.keymap.first_key("feed.doctor")
            words += f" · {len(failed)} failed ({key} tells why)"
        if skipped:
            words += f" · {len(skipped)} not asked"
        return words, bool(failed)

    # --- what came while the screen was open ---

    def _look_around(self) -> None:
        """See whether another process wrote: cron may, or a second reader."""
        today = self.reader_app.today
        if today != self._today:
            self._today = today
            self.entries.rows_changed()  # what was today is yesterday
        try:
            status = self.reader_app.reader.status()
        except FeedreaderError as error:
            self.fail(error)
            return
        figures = (status.entries, status.unread, status.starred)
        if figures != self._known_status:
            self._known_status = figures
            self.entries.look_again()
            self.reload_facts()
            self.look_for_new()

    def look_for_new(self) -> None:
        """Count what the list would hold more, if it were made now."""
        if self.listed is None:
            return
        query, newest = self._query, self._newest_seen
        stories = self.reader_app.config.ui.stories

        def work(reader: Reader) -> int:
            return reader.count(query, after_id=newest, stories=stories)

        def take(count: int) -> None:
            if (query, newest) == (self._query, self._newest_seen):
                self._take_new_count(count)

        self.reader_app.loader.submit(work, take, self.fail, slot="new")

    def _take_new_count(self, count: int) -> None:
        if count and not self.entries.row_count:
            self.reload_list(keep=False)
            return
        key = self.reader_app.keymap.first_key("view.new")
        self.status.notice(f"{count:,} new, {key} shows them" if count else "")

    def action_view_new(self) -> None:
        """Take the new entries in; the cursor stays on its entry."""
        self.reload_list()

    # --- dialogs ---

    def action_feed_add(self) -> None:
        """Follow a feed, found by the address of a site."""
        from feedreader.tui.dialogs.subscribe import Followed, SubscribeDialog

        def closed(followed: Followed | None) -> None:
            if followed is None:
                return
            title = clean_line(followed.feed.title)
            if followed.change is None:
                self.say(f"“{title}” was followed before.")
                self.reload_facts()
                return
            self.done(Step(f"“{title}” added", (followed.change,)))
            self._start((followed.feed.id,), force=True)

        facts, node = self.feeds.facts, self.feeds.node
        folder = node.folder if node is not None and self.pane == "tree" else ()
        self.app.push_screen(
            SubscribeDialog(facts.subscriptions, facts.folders, folder=folder), closed
        )

    def action_feed_edit(self) -> None:
        """Change a feed: the one under the cursor, or the one of the entry."""
        node = self.feeds.node
        feeds = self.current_feeds()
        if not feeds or (self.pane == "tree" and node is not None and node.kind != "feed"):
            self.say("Go to a feed, or an entry of one, to change it.")
            return
        self.edit_feed(feeds[0])

    def edit_feed(self, feed_id: int) -> None:
        """Show a feed's form."""
        from feedreader.tui.dialogs.edit_feed import Edited, EditFeedDialog

        feed = self.subscription(feed_id)
        if feed is None:
            return
        app, facts = self.reader_app, self.feeds.facts
        title = clean_line(feed.title)

        def closed(edited: Edited | None) -> None:
            if edited is None:
                return
            if edited.takes_back is not None:
                self.done(Step(f"“{title}” changed", takes_back=edited.takes_back))
            if edited.wish == "refresh":
                self._start((feed_id,), force=True)
            elif edited.wish == "remove":
                self.unsubscribe(feed_id, title)

        self.app.push_screen(
            EditFeedDialog(
                feed, facts.subscriptions, facts.folders, now=app.clock(), zone=app.zone
            ),
            closed,
        )

    # --- changes ---

    def action_feed_remove(self) -> None:
        """Stop following the feed under the cursor."""
        node = self.feeds.node
        if node is not None and node.kind == "feed":
            self.unsubscribe(node.feed_id, clean_line(node.label))
        elif node is not None and node.kind == "folder":
            self._remove_folder(node)
        elif node is not None and node.kind == "search":
            self._remove_search(node)
        else:
            self.say("Go to a feed, an empty folder or a saved search to remove it.")

    def unsubscribe(self, feed_id: int, title: str) -> None:
        """Stop following a feed; it can be undone."""

        def removed(change: Change) -> None:
            self.done(Step(f"“{title}” is no longer followed", (change,)))

        self.reader_app.writer.submit(
            lambda reader: reader.unsubscribe(feed_id), removed, self.fail
        )

    def _remove_folder(self, node: Node) -> None:
        """Remove a folder that holds no feed; one that does is left alone."""
        words = f"“{clean_line(node.label)}”"
        if count := len(feeds_of(node, self.feeds.facts.subscriptions)):
            feeds, them = ("a feed", "it") if count == 1 else (f"{count:,} feeds", "them")
            self.say(f"{words} holds {feeds}: move or remove {them} first.")
            return
        depth = len(node.folder)
        inside = [path for path in self.feeds.facts.folders if path[:depth] == node.folder]

        def work(reader: Reader) -> None:
            for path in reversed(inside):
                reader.remove_folder(path)

        self.reader_app.writer.submit(
            work, lambda _: self.done(Step(f"folder {words} removed")), self.fail
        )

    def _remove_search(self, node: Node) -> None:
        query = {one.name: one.query for one in self.feeds.facts.searches}[node.label]

        def put_back(reader: Reader) -> None:
            reader.save_search(node.label, query)

        self.reader_app.writer.submit(
            lambda reader: reader.remove_search(node.label),
            lambda _: self.done(
                Step(f"saved search “{clean_line(node.label)}” removed", takes_back=put_back)
            ),
            self.fail,
        )

    def done(self, step: Step) -> None:
        """Remember a step, and show what is different now."""
        if not self.remember(step):
            self.say(step.words)
        self.reload_facts()
        self.reload_list()

    def on_feed_tree_dragged(self, event: FeedTree.Dragged) -> None:
        title = clean_line(event.dragged.label)
        if event.onto is None:
            self.say(f"“{title}” to a folder … esc leaves it where it is")
        else:
            self.say(f"Move “{title}” to {_place_name(event.onto.folder)}")

    def on_feed_tree_dropped(self, event: FeedTree.Dropped) -> None:
        if event.onto is None:
            self.say(f"“{clean_line(event.dragged.label)}” stays where it is.")
        else:
            self.move_feed(event.dragged, event.onto.folder)

    def move_feed(self, node: Node, folder: FolderPath) -> None:
        """Take a feed out of the folder where the node stands, and put it into another."""
        feed = self.subscription(node.feed_id)
        if feed is None or folder == node.folder:
            return
        before = feed.folders or ((),)
        after = tuple(dict.fromkeys(folder if path == node.folder else path for path in before))
        self.place_feed(node, before, after, _place_name(folder))

    def place_feed(
        self,
        node: Node,
        before: tuple[FolderPath, ...],
        after: tuple[FolderPath, ...],
        where: str,
    ) -> None:
        """Let a feed stand in other folders than before; `where` names them."""
        words = f"“{clean_line(node.label)}” moved to {where}"
        made = new_folders(after, self.feeds.facts.folders)
        self.reader_app.writer.submit(
            lambda reader: reader.move(node.feed_id, after),
            lambda _: self.done(Step(words, takes_back=move_back(node.feed_id, before, made))),
            self.fail,
        )

    def action_feed_next(self) -> None:
        """Go to the next feed with something unread."""
        self._go_feed(1)

    def action_feed_previous(self) -> None:
        """Go to the feed with something unread before."""
        self._go_feed(-1)

    def _go_feed(self, step: int) -> None:
        node = self.feeds.next_unread_feed(step)
        if node is None:
            self.say("No other feed has anything unread.")
            return
        self.feeds.select(node.key)
        self.show_node(node)

    # --- saved searches ---

    def action_filter_save(self) -> None:
        """Keep the filter under a name."""
        if not self.filter:
            key = self.reader_app.keymap.first_key("filter.open")
            self.say(f"There is no filter to keep: {key} makes one.")
            return
        self.prompt.ask(
            f"Keep “{clean_line(self.filter)}” as:",
            partial(self._save_search, self.filter),
            lambda: self.focus_pane("list"),
        )

    def _save_search(self, query: str, name: str) -> None:
        def take_back(reader: Reader) -> None:
            reader.remove_search(name)

        self.reader_app.writer.submit(
            lambda reader: reader.save_search(name, query),
            lambda _: self.done(Step(f"search kept as “{clean_line(name)}”", takes_back=take_back)),
            self.fail,
        )


def _place_name(folder: FolderPath) -> str:
    return clean_line("/".join(folder)) or "no folder"
