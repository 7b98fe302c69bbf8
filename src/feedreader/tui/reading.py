"""From node to list to story: what is shown, and where reading goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from textual.timer import Timer

from feedreader.core.query.parse import parse
from feedreader.core.query.resolve import Context, FeedName
from feedreader.core.query.tree import Ids, Or, Query, State, join_and
from feedreader.core.query.tree import Node as QueryNode
from feedreader.core.query.unparse import to_text
from feedreader.errors import FeedreaderError, NotFound, QueryError
from feedreader.model import Change, EntryKeys, EntrySummary, StoredEntry, Subscription
from feedreader.reader import Reader
from feedreader.tui.entry_list import EntryList
from feedreader.tui.feed_nodes import FeedFacts, Node, feeds_of
from feedreader.tui.feed_tree import FeedTree
from feedreader.tui.line_list import LineList
from feedreader.tui.listing import Listing, group_keys
from feedreader.tui.panes import PaneScreen
from feedreader.tui.search_bar import SearchBar
from feedreader.tui.search_counts import SearchCounts
from feedreader.tui.state import Group
from feedreader.tui.status import Severity
from feedreader.tui.story_view import StoryView
from feedreader.tui.undo import Step, UndoStack
from feedreader.tui.words_sought import WordsSought

_WINDOW = 200
"""Entries of the first look at a list; the rest follows."""
_PREVIEW_PAUSE_S = 0.04
_WHOLE_PAUSE_S = 0.25
_FACTS_PAUSE_S = 0.15
_ALWAYS_ALL = ("starred", "later", "muted")
"""Views that show what is read whatever the setting, as tags do: they are for finding again."""


class ReadingScreen(PaneScreen):
    """The reader without its actions."""

    def __init__(self) -> None:
        super().__init__()
        self.undo_stack = UndoStack()
        self.filter = ""
        self.listed: Node | None = None
        """The node whose entries are listed."""
        self._is_list_whole = True
        """Whether all that it lists is known, not the beginning only."""
        self._before_filter: int | None = None
        """The entry to go back to when the filter is dropped."""
        self._query = ""
        self.is_starting = True
        """Whether the list is the one of the day before."""
        self._resting: dict[str, Timer] = {}
        """What waits for the keys to come to rest: one thing of each kind."""
        self._whole_timer: Timer | None = None
        self._facts_timer: Timer | None = None
        self._newest_seen = 0

    # --- the start ---

    def begin(self) -> None:
        super().begin()
        app = self.reader_app
        self.search_counts = SearchCounts(
            self, app.counter, self._show_search_counts, stories=app.config.ui.stories
        )
        self.words = WordsSought(lambda: app.reader, self._search_context)
        self.entries.find_sought = self.words.in_row
        self.feeds.collapsed = set(app.state.collapsed)
        self.feeds.show(_quick_facts(app.reader, stories=app.config.ui.stories))
        self.feeds.select(app.state.node or "all")
        self.show_node(self.feeds.node, entry_id=app.state.entry_id, at_once=True)
        self.is_starting = False
        self.reload_facts()
        for caveat in app.reader.caveats():
            self.say(caveat, "warning")

    # --- figures ---

    def reload_facts(self) -> None:
        """Count anew, soon, in the background."""
        if self._facts_timer is None:
            self._facts_timer = self.set_timer(_FACTS_PAUSE_S, self._load_facts)

    def _load_facts(self) -> None:
        self._facts_timer = None
        load = partial(_all_facts, stories=self.reader_app.config.ui.stories)
        self.reader_app.glancer.submit(load, self._take_facts, self.fail, slot="facts")

    def _take_facts(self, facts: FeedFacts) -> None:
        self.feeds.show(replace(facts, search_counts=self.feeds.facts.search_counts))
        self.search_counts.count(facts.searches)
        self.show_figures()
        self.show_titles()

    def _show_search_counts(self, counts: Mapping[str, int]) -> None:
        self.feeds.show(replace(self.feeds.facts, search_counts=counts))

    def show_figures(self) -> None:
        """Show the totals at the bottom."""
        unread = self.feeds.facts.unread_of(self.feeds.facts.subscriptions)
        self.status.figure(f"{unread:,} unread")

    def query_context(self) -> Context:
        facts = self.feeds.facts
        return Context(
            now=self.reader_app.clock(),
            feeds=tuple(
                FeedName(one.id, one.title, one.url, one.folders, one.tags)
                for one in facts.subscriptions
            ),
            searches={one.name: one.query for one in facts.searches},
            tags=tuple(tag for tag, _ in facts.tag_counts or ()),
        )

    def _search_context(self) -> Context:
        searches = {one.name: one.query for one in self.feeds.facts.searches}
        return Context(now=self.reader_app.clock(), searches=searches)

    def subscription(self, feed_id: int) -> Subscription | None:
        """Return a feed as it was when last counted."""
        return next((one for one in self.feeds.facts.subscriptions if one.id == feed_id), None)

    # --- the list ---

    @property
    def shows_read(self) -> bool:
        """Whether lists hold what is read."""
        chosen = self.reader_app.state.shows_read
        return self.reader_app.config.ui.show == "all" if chosen is None else chosen

    @property
    def is_oldest_first(self) -> bool:
        chosen = self.reader_app.state.is_oldest_first
        return self.reader_app.config.ui.order == "oldest" if chosen is None else chosen

    def list_query(self, node: Node, also: int = 0) -> Query:
        """Return what a node lists under the filter and the settings.

        `also` is an entry that is listed even if it is read: the one where the user was.
        """
        filtered = parse(self.filter)
        parts: list[QueryNode] = [parse(node.query).tree, filtered.tree]
        has_all = node.key in _ALWAYS_ALL or node.kind == "tag"
        if not self.shows_read and not has_all and not self.filter:
            unread: QueryNode = State("is", "unread")
            parts.append(Or((unread, Ids("id", (also,)))) if also else unread)
        return Query(join_and(parts), filtered.sort, filtered.limit)

    def show_node(
        self,
        node: Node | None,
        *,
        entry_id: int = 0,
        at_once: bool = False,
        then: Callable[[], None] = lambda: None,
    ) -> None:
        """List the entries of a node, with the cursor on one of them or at the top."""
        if node is None or node.kind == "heading":
            return
        self.listed = node
        self.reader_app.state.node = node.key
        self.entries.shows_feed = node.kind != "feed"
        self._load_list(entry_id=entry_id, at_once=at_once, then=then)

    def _load_list(
        self,
        *,
        entry_id: int = 0,
        at_once: bool = False,
        keep: bool = False,
        holds_read: bool = False,
        then: Callable[[], None] = lambda: None,
    ) -> None:
        """Show the beginning of the list as soon as it is known, then the whole.

        `at_once` waits for the beginning: only for the first paint, of what an index answers.
        `keep` leaves the cursor where it is on the screen, `holds_read` its entry in the list:
        it may be read by now, or just being read. `then` follows when all is there.
        """
        node, app = self.listed, self.reader_app
        assert node is not None
        # Without a mention of an entry the list is walked along the index of what is unread.
        is_held = self.is_starting or (holds_read and self.entries.is_on_read)
        query = self.list_query(node, entry_id if is_held else 0)
        text, oldest_first = to_text(query), self.is_oldest_first
        group = app.state.group if query.sort is None else ""
        stories = app.config.ui.stories

        is_search = bool(self.filter) or node.kind == "search"

        def look(reader: Reader) -> Listing:
            keys = reader.entry_keys(text, oldest_first=oldest_first, stories=stories)
            return self.arrange_rows(reader, node, keys, group)

        def look_first(reader: Reader) -> tuple[Listing, bool]:
            order = {"oldest_first": oldest_first, "stories": stories}
            if is_search:
                keys, is_whole = reader.first_keys(text, _WINDOW, **order)
            else:
                keys = reader.entry_keys(text, limit=_WINDOW, **order)
                is_whole = len(keys.ids) < _WINDOW
            return self.arrange_rows(reader, node, keys, group), is_whole

        def take_first(found: tuple[Listing, bool]) -> None:
            listing, is_whole = found
            is_there = not entry_id or entry_id in listing.keys.ids
            is_shown = is_whole or (is_there and bool(listing.keys.ids))
            if is_shown:
                self._is_list_whole = is_whole
                self._show_listing(listing, text, entry_id=entry_id)
            if is_whole:
                then()
                return
            look_on = partial(self._load_whole, look, partial(take_whole, keep=is_shown))
            # Between two letters there is no time for the whole, nor use.
            pause = _WHOLE_PAUSE_S if self.search.display else 0
            self._whole_timer = self.set_timer(pause, look_on) if pause else None
            if not pause:
                look_on()

        def take_whole(listing: Listing, *, keep: bool) -> None:
            self._is_list_whole = True
            self._show_listing(listing, text, entry_id=entry_id, keep=keep)
            then()

        app.loader.forget("list")
        if self._whole_timer is not None:
            self._whole_timer.stop()
            self._whole_timer = None
        if at_once:
            take_first(look_first(app.reader))
        elif keep or group == "feed":
            # Groups of feeds have no beginning before all is known.
            app.loader.submit(look, partial(take_whole, keep=keep), self.fail_list, slot="list")
        else:
            app.glancer.submit(look_first, take_first, self.fail_list, slot="list")

    def arrange_rows(self, reader: Reader, node: Node, keys: EntryKeys, group: Group) -> Listing:
        """Return the rows of a node's list; called in the thread of the reader."""
        return group_keys(keys, group, self.reader_app.zone)

    def _load_whole(
        self, look: Callable[[Reader], Listing], take: Callable[[Listing], None]
    ) -> None:
        self._whole_timer = None
        self.reader_app.loader.submit(look, take, self.fail_list, slot="list")

    def _show_listing(
        self, listing: Listing, query: str, *, entry_id: int, keep: bool = False
    ) -> None:
        self.words.follow(query)
        if keep:
            self.entries.swap(listing)
        else:
            self.entries.show(listing, entry_id=entry_id)
        self.status.notice("")  # what it told of is listed now, or belongs to another list
        self._query = query
        self._newest_seen = max(self._newest_seen, max(listing.keys.ids, default=0))
        self._mark_story()
        self.show_titles()

    def reload_list(self, *, keep: bool = True, holds_read: bool = True) -> None:
        """Look again at what is listed; the cursor stays on its entry, if `keep` where it is."""
        self._load_list(entry_id=self.entries.entry_id or 0, keep=keep, holds_read=holds_read)

    def fail_list(self, error: FeedreaderError) -> None:
        """Say why a list cannot be made: gently if it is the filter's fault."""
        if isinstance(error, QueryError) and self.search.display:
            self.search.show_error(error)
        else:
            self.fail(error)

    def show_titles(self) -> None:
        """Let the titles say what is listed, and how much of it."""
        node = self.listed
        if node is None:
            return
        name = node.label
        if self.filter:
            name += f" › {self.filter}"
        count = len(self.entries.listing.keys.ids)
        if not count:
            self.entries.empty_words = self._why_empty(node)
            self.entries.refresh()
        more = "" if self._is_list_whole else "+"
        self.titles["list"].say(self._path("Feeds", name), f"{count:,}{more}" if count else "")
        entry = self.story.entry
        feed = entry.summary.feed_title if entry else "Story"
        is_long = entry is not None and self.story.progress < 1
        self.titles["story"].say(
            self._path(name, feed) if feed != node.label else feed,
            f"{self.story.progress:.0%}" if is_long or self.story.share else "",
        )

    def _path(self, outer: str, inner: str) -> str:
        """Return where a pane is, with the way to it if it is the only one in sight."""
        return f"{outer} › {inner}" if len(self.shown_panes) == 1 else inner

    def _why_empty(self, node: Node) -> tuple[str, str]:
        """Return why nothing is listed, and what to do about it."""
        key = self.reader_app.keymap.first_key
        if not self.feeds.facts.subscriptions:
            return (
                "No feeds yet.",
                f"{key('feed.add')} adds one by its address · {key('list.import')} imports a list",
            )
        if self.filter:
            return f"Nothing matches {self.filter}", f"{key('move.out')} takes the filter away"
        if node.key == "starred":
            return "Nothing is starred.", f"{key('entry.star')} stars an entry"
        if node.key == "muted":
            return "Nothing is muted.", f"{key('rule.new')} writes a rule that mutes"
        if node.key == "later":
            return "Nothing to read later.", f"{key('entry.later')} puts an entry aside"
        if node.kind == "folder" and not feeds_of(node, self.feeds.facts.subscriptions):
            return "No feed stands in this folder.", f"{key('feed.remove')} removes it"
        if not any(
            one.entry_count for one in self.feeds.facts.subscriptions if node.feed_id in (0, one.id)
        ):
            return (
                "Nothing has come yet.",
                f"{key('feed.refresh')} asks this feed"
                if node.feed_id
                else f"{key('feed.refresh_all')} asks all feeds that are due",
            )
        if not self.shows_read:
            return (
                "Everything here is read.",
                f"{key('view.read')} shows it · {key('read.next_unread')} goes to what is unread",
            )
        return "Nothing here yet.", f"{key('feed.refresh')} asks for entries"

    # --- the story ---

    def on_feed_tree_folded(self, event: FeedTree.Folded) -> None:
        self.reader_app.state.collapsed = sorted(self.feeds.collapsed)

    def on_line_list_highlighted(self, event: LineList.Highlighted) -> None:
        if event.list is self.feeds:
            node = self.feeds.node
            if node is not None and (self.listed is None or node.key != self.listed.key):
                self.filter = ""
                self._later("list", partial(self.show_node, node))
        elif event.list is self.entries:
            self.entries.post_message(EntryList.Moved(self.entries.entry_id))

    def on_entry_list_moved(self, event: EntryList.Moved) -> None:
        self.reader_app.state.entry_id = event.entry_id or 0
        self._later("story", self.preview)

    def _later(self, kind: str, act: Callable[[], Any]) -> None:
        """Do it when the keys come to rest: a held key does not draw a story for each row."""
        if kind in self._resting:
            self._resting[kind].stop()

        def rest() -> None:
            # The call of one that was stopped may have been on its way.
            if self._resting.get(kind) is timer:
                del self._resting[kind]
                act()

        timer = self._resting[kind] = self.set_timer(_PREVIEW_PAUSE_S, rest)

    @property
    def is_settled(self) -> bool:
        """Whether nothing waits for the keys to come to rest."""
        timers = (self._whole_timer, self._facts_timer)
        is_still = not self._resting and all(timer is None for timer in timers)
        return is_still and self.search.is_settled and self.search_counts.is_settled

    def lay_out_panes(self) -> None:
        was_in_sight = not self.query_one("#story-pane").has_class("-off")
        super().lay_out_panes()
        if not was_in_sight:
            self.preview()  # the cursor may have gone on, or to another list

    def preview(self) -> None:
        """Show the entry under the cursor, if there is a pane for it; it stays unread."""
        if "story" in self.shown_panes:
            self.show_story()

    def show_story(self) -> StoredEntry | None:
        """Show the entry under the cursor and return it."""
        entry_id = self.entries.entry_id
        shown = self.story.entry
        if entry_id is None:
            if shown is not None:
                self.keep_position()
                self.story.clear()
                self.show_titles()
            return None
        if shown is not None and shown.summary.id == entry_id:
            self._mark_story()
            return shown
        self.keep_position()
        try:
            entry = self.reader_app.reader.entry(entry_id)
        except NotFound:
            self.story.clear()
            return None
        self.story.show(entry, self.reader_app.state.position(entry_id))
        self._mark_story()
        return entry

    def _mark_story(self) -> None:
        """Mark in the story what the list or a rule looked for."""
        story, current = self.story.entry, self.entries.current
        if story is not None:
            # The row is newer: a rule may have been applied since the story was opened.
            is_listed = current is not None and current.id == story.summary.id
            summary = current if current is not None and is_listed else story.summary
            self.story.marks.seek(
                self.words.in_story(summary.id, is_coloured=bool(summary.highlight))
            )

    def keep_position(self) -> None:
        """Remember how far the story was read."""
        if self.story.entry is not None:
            self.reader_app.state.remember_position(self.story.entry.summary.id, self.story.share)

    def open_story(self, *, focus: bool = True) -> None:
        """Read the entry under the cursor: it is shown, has the focus and counts as read."""
        if self.entries.entry_id is None:
            return
        if focus or "story" not in self.shown_panes:
            self.focus_pane("story")
        entry = self.show_story()
        if entry is not None and self.reader_app.config.ui.mark_read == "on_open":
            self.mark_opened(entry.summary)
        # A story that fits on the screen will never be scrolled.
        self.call_after_refresh(self._note_end)

    def mark_opened(self, entry: EntrySummary) -> None:
        """Count an entry as read because it was looked at."""
        current = self.entries.current
        if current is not None and current.id == entry.id and not current.is_read:
            self.write(
                lambda reader: reader.mark_read([entry.id]),
                ids=(entry.id,),
                fields={"is_read": True},
            )

    def on_story_view_laid(self) -> None:
        self.show_titles()

    def on_story_view_scrolled(self, event: StoryView.Scrolled) -> None:
        self.show_titles()
        if self.pane == "story":
            self._note_end()

    def _note_end(self) -> None:
        """Count the story as read if its last line is in sight and that is what counts."""
        entry = self.story.entry
        if (
            entry is not None
            and self.story.is_at_end
            and self.reader_app.config.ui.mark_read == "at_end"
        ):
            self.mark_opened(entry.summary)

    # --- reading on ---

    def go_unread(self, step: int) -> None:
        """Open the next unread entry: below, else from the top, else in the next feed."""
        place = self.entries.next_unread(step)
        if place is None:
            place = self.entries.first_unread(step)
        if place is not None:
            self._go(place)
            return
        node = self.feeds.next_unread_feed(step)
        if node is None or self.filter:
            self.say("Nothing unread is left here." if self.filter else "Everything is read.")
            return
        self.feeds.select(node.key)
        self.show_node(node, then=partial(self._go_first_unread, step))

    def _go_first_unread(self, step: int) -> None:
        place = self.entries.first_unread(step)
        if place is not None:
            self._go(place)

    def _go(self, place: int) -> None:
        self.entries.move_to_place(place)
        self.open_story(focus=self.pane == "story")

    def go_entry(self, step: int) -> None:
        """Go to the next entry, read or not; in the story it is opened."""
        self.entries.move_by(step)
        if self.pane == "story":
            self.open_story()

    def read_on(self) -> None:
        """Open the entry under the cursor, page through it, then go to the next unread one."""
        current = self.entries.current
        shown = self.story.entry
        if current is None:
            self.go_unread(1)
        elif shown is None or shown.summary.id != current.id or "story" not in self.shown_panes:
            self.open_story(focus=False)
        elif not current.is_read and self.reader_app.config.ui.mark_read == "on_open":
            self.mark_opened(current)
            if self.story.is_at_end:
                return
            self.story.page(1)
        elif not self.story.page(1):
            self.go_unread(1)

    # --- the filter ---

    def open_filter(self) -> None:
        """Type a filter; the list follows."""
        if not self.filter:
            self._before_filter = self.entries.entry_id
        self.search.open(self.filter)

    def drop_filter(self) -> None:
        """List all again, with the cursor where it was before."""
        self.filter = ""
        self._load_list(entry_id=self._before_filter or 0)

    def on_search_bar_typed(self, event: SearchBar.Typed) -> None:
        self.filter = event.query
        self._load_list()

    def on_search_bar_closed(self, event: SearchBar.Closed) -> None:
        if event.query != self.filter:
            self.filter = event.query
            back_to = self.entries.entry_id if event.is_kept else self._before_filter
            self._load_list(entry_id=back_to or 0)
        self.focus_pane("list")

    # --- words and writing ---

    def say(self, words: str, severity: Severity = "information") -> None:
        """Tell the user something at the bottom."""
        self.status.say(words, severity)

    def fail(self, error: FeedreaderError | str) -> None:
        """Tell the user what went wrong."""
        # Which database it is goes without saying, and its path takes the room of the reason.
        path = self.reader_app.reader.path
        self.say(str(error).replace(f"the database {path}", "the database"), "error")

    def remember(self, step: Step) -> bool:
        """Say what was done, and which key takes it back; say whether it was anything."""
        if not self.undo_stack.push(step):
            return False
        key = self.reader_app.keymap.first_key("app.undo")
        self.say(step.words + (f" · {key} takes it back" if key else ""))
        return True

    def write(
        self,
        work: Callable[[Reader], Change | tuple[Change, ...]],
        *,
        words: str = "",
        ids: tuple[int, ...] = (),
        then: Callable[[Any], None] = lambda change: None,
        fields: Mapping[str, Any] | None = None,
    ) -> None:
        """Change the database in the background, and the rows `ids` at once.

        With `words` it is a step that can be undone; "{n}" in them is how many changed.
        """
        raise NotImplementedError


def _quick_facts(reader: Reader, *, stories: bool) -> FeedFacts:
    """Return what is counted already: for the first paint."""
    subscriptions = reader.subscriptions()
    return FeedFacts(
        subscriptions=subscriptions,
        folders=reader.folders(),
        searches=reader.saved_searches(),
        starred_count=sum(one.starred_count for one in subscriptions),
        shared_unread=reader.shared_unread() if stories else (),
    )


def _all_facts(reader: Reader, *, stories: bool) -> FeedFacts:
    """Return all figures, those too that must be counted; searches are counted apart."""
    return replace(
        _quick_facts(reader, stories=stories),
        tag_counts=reader.tags(),
        later_count=reader.count("is:later"),
        muted_count=reader.count("is:muted"),
        editions=reader.editions.latest(),
    )
