"""Reader: the one API that the command line, the screen and library users share.

A Reader serves one thread. A second thread, or a second process, opens its own on the same
file; they do not disturb each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from feedreader import model
from feedreader.errors import NotFound, SearchInUse, StoreError
from feedreader.selecting import NEWEST_FIRST, OLDEST_FIRST, Selector
from feedreader.store import RefreshLock, Store, upkeep
from feedreader.store.entries import among

if TYPE_CHECKING:
    # What only some methods need is imported there: every command waits for this module.
    from feedreader.core.discover import FeedLink
    from feedreader.doctor import Doctor
    from feedreader.editions import Editions
    from feedreader.hooks import Hooks
    from feedreader.model import (
        Change,
        EntryKeys,
        EntrySummary,
        EntryVersion,
        FeedSettings,
        FolderPath,
        ImportReport,
        PageOutcome,
        ParsedFeed,
        RefreshOutcome,
        RefreshSettings,
        RetentionSettings,
        SavedSearch,
        SiteRule,
        Status,
        StoredEntry,
        Subscription,
        SubscriptionKind,
    )
    from feedreader.rules import Rules
    from feedreader.selecting import Beginning
    from feedreader.statistics import ReadingStatistics
    from feedreader.store.salvage import Salvage

Selection = str | Sequence[int]
"""A query, or entry ids."""

PAGES_URL = "feedreader:pages"
"""The feed of the pages that the user added one by one."""

_REMOVED_KEPT = timedelta(days=30)
_DELETED_KEPT = timedelta(days=7)
_LOGIN = ("username", "password", "bearer_token")
"""Settings that go together: nobody's password is for another user."""
_LONGEST_KEPT_DAYS = 36_500
"""Lists that were imported may have brought numbers beyond the calendar."""


def utc_now() -> datetime:
    """Return the time, aware and in UTC."""
    return datetime.now(UTC)


def salvage(path: Path, *, clock: Callable[[], datetime] = utc_now) -> Salvage:
    """Put a new database with all that can be read in the place of a damaged one.

    The damaged file is kept under another name. Raises `DatabaseDamaged` if nothing can be
    read, `StoreError` if nothing can be written; then all is as it was.
    """
    from feedreader.store.salvage import salvage

    return salvage(path, clock())


class Reader:
    """Feeds and entries in one database file."""

    def __init__(
        self,
        path: Path,
        *,
        create: bool = True,
        refresh_settings: RefreshSettings | None = None,
        site_rules: Sequence[SiteRule] = (),
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """Open the database at `path`, made if it is not there; raises `StoreError`."""
        self.path = path
        self._given_settings = refresh_settings
        self._site_rules = tuple(site_rules)
        # An hour added to local time is one on the wall, which summer time skips or repeats.
        self._clock: Callable[[], datetime] = lambda: clock().astimezone(UTC)
        self._store = Store(path, create=create)
        self._selector = Selector(self._store, self._clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._store.close()

    def interrupt(self) -> None:
        """Let what another thread asks this Reader for fail now with `StoreError`."""
        self._store.connection.interrupt()

    @cached_property
    def _settings(self) -> RefreshSettings:
        return self._given_settings or model.RefreshSettings()

    def require_writable(self) -> None:
        """Raise `StoreError` if nothing can be kept: then no server is to be asked for it."""
        if self.is_read_only:
            reason = self._store.connection.why_read_only
            raise StoreError(f"cannot use the database {self.path}: {reason}")

    @property
    def is_read_only(self) -> bool:
        """Whether the database can be read but not written; marking and refreshing then fail."""
        return self._store.connection.is_read_only

    # --- feeds ---

    def subscriptions(self) -> tuple[Subscription, ...]:
        """Return all feeds, by title."""
        return self._store.feeds.subscriptions()

    def subscription(self, feed_id: int) -> Subscription:
        """Return one feed, or raise `NotFound`."""
        return self._store.feeds.subscription(feed_id)

    def find_subscriptions(self, text: str) -> tuple[Subscription, ...]:
        """Return the feeds that a person may mean: by id, else address, else words of a title.

        Raises `NotFound` if there is none.
        """
        everything = self.subscriptions()
        folded = text.casefold()
        for is_meant in (
            lambda one: str(one.id) == text,
            lambda one: one.url == text,
            lambda one: one.title.casefold() == folded,
            lambda one: folded in one.title.casefold() or folded in one.url.casefold(),
        ):
            if meant := tuple(one for one in everything if is_meant(one)):
                return meant
        raise NotFound(f"no feed is called {text!r}")

    def discover(self, url: str) -> tuple[FeedLink, ...]:
        """Return the feeds that an address leads to, best first; asks the network.

        Raises `FetchError` if the address cannot be fetched, `NotAFeed` if nothing was found.
        """
        from feedreader.refresh.lookup import discover

        return discover(url, self._settings)

    def preview(self, url: str, settings: FeedSettings | None = None) -> ParsedFeed:
        """Return the feed at an address as it is now, and store nothing; asks the network.

        A user name and password in the address are used to log in. Raises `FetchError` or
        `NotAFeed`.
        """
        from feedreader.refresh.lookup import preview

        url, settings = _without_userinfo(url, settings)
        return preview(url, self._settings, settings)

    def subscribe(
        self,
        url: str,
        *,
        kind: SubscriptionKind = "http",
        title: str = "",
        folder: FolderPath = (),
        settings: FeedSettings | None = None,
    ) -> tuple[Subscription, Change | None]:
        """Follow the feed at `url`; without a change if it was followed before.

        A feed that was removed comes back with all it had, but for what is given here. A user
        name and password in the address go into the settings, out of sight.
        """
        from feedreader.core.text import clean_line

        title = clean_line(title)
        url, settings = _without_userinfo(url, settings)
        with self._store.transaction():
            removed = self._store.feeds.removed_ids()
            feed_id, is_new = self._store.feeds.add(
                url, kind=kind, user_title=title, settings=settings, now=self._clock()
            )
            comes_back = feed_id in removed
            if folder or (is_new and not comes_back):
                self._store.feeds.add_to_folder(feed_id, folder)
            if comes_back:
                self._give(feed_id, kind, title, settings)
        change = model.Change("subscribed", feed_id=feed_id) if is_new else None
        return self.subscription(feed_id), change

    def _give(
        self, feed_id: int, kind: SubscriptionKind, title: str, settings: FeedSettings
    ) -> None:
        """Give a feed a title and settings, as far as they say anything."""
        from dataclasses import asdict, replace

        if title:
            self._store.feeds.rename(feed_id, title)
        if settings.command:
            self._store.feeds.change_kind(feed_id, kind)
        values, usual = asdict(settings), asdict(model.FeedSettings())
        given = {key: value for key, value in values.items() if value != usual[key]}
        if not given.keys().isdisjoint(_LOGIN):
            given |= {key: values[key] for key in _LOGIN}
        if given:
            had = self._store.feeds.subscription(feed_id).settings
            self._store.feeds.configure(feed_id, replace(had, **given))

    def unsubscribe(self, feed_id: int) -> Change:
        """Stop following a feed. Its entries are kept for 30 days: this can be undone."""
        self.subscription(feed_id)
        with self._store.transaction():
            self._store.feeds.remove(feed_id, self._clock())
        return model.Change("subscribed", value=False, feed_id=feed_id)

    def rename(self, feed_id: int, title: str) -> None:
        """Call a feed by a name of the user's; "" goes back to the publisher's."""
        from feedreader.core.text import clean_line

        self.subscription(feed_id)
        with self._store.transaction():
            self._store.feeds.rename(feed_id, clean_line(title))

    def move(self, feed_id: int, folders: Iterable[FolderPath]) -> None:
        """Let a feed stand in these folders and no others."""
        self.subscription(feed_id)
        with self._store.transaction():
            self._store.feeds.place(feed_id, folders)

    def tag_feed(
        self, feed_id: int, *, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> None:
        """Give a feed tags and take others from it."""
        from feedreader.core.text import clean_line

        self.subscription(feed_id)
        with self._store.transaction():
            self._store.feeds.tag(feed_id, filter(None, map(clean_line, add)))
            self._store.feeds.untag(feed_id, remove)

    def configure(self, feed_id: int, settings: FeedSettings) -> None:
        """Replace a feed's settings."""
        self.subscription(feed_id)
        with self._store.transaction():
            self._store.feeds.configure(feed_id, settings)

    def change_url(self, feed_id: int, url: str) -> None:
        """Give a feed another address; its entries stay. Raises `AlreadyFollowed`.

        A user name and password in it go into the settings, out of sight.
        """
        had = self.subscription(feed_id).settings
        url, settings = _without_userinfo(url, had)
        with self._store.transaction():
            self._store.feeds.change_url(feed_id, url)
            if settings != had:
                self._store.feeds.configure(feed_id, settings)

    def folders(self) -> tuple[FolderPath, ...]:
        """Return the paths of all folders."""
        return self._store.feeds.folders()

    def rename_folder(self, path: FolderPath, name: str) -> None:
        """Rename a folder; one of that name beside it takes its contents in."""
        with self._store.transaction():
            self._store.feeds.rename_folder(path, name)

    def remove_folder(self, path: FolderPath) -> None:
        """Remove a folder; its feeds and folders move up to its parent."""
        with self._store.transaction():
            self._store.feeds.remove_folder(path)

    def saved_searches(self) -> tuple[SavedSearch, ...]:
        """Return the saved searches."""
        return self._store.feeds.saved_searches()

    def save_search(self, name: str, query: str) -> None:
        """Keep a query under a name, in capitals or not, in place of another one of that name.

        Raises `QueryError` if it cannot be read.
        """
        from dataclasses import replace

        from feedreader.core.query import parse

        context = self._selector.context()
        folded = name.casefold()
        others = {one: text for one, text in context.searches.items() if one.casefold() != folded}
        searches = {**others, name: query}
        self._selector.compile(parse(query), replace(context, searches=searches))
        with self._store.transaction():
            self._store.feeds.save_search(name, query)

    def remove_search(self, name: str) -> None:
        """Forget a saved search; raises `SearchInUse` if a rule or another search names it."""
        if users := self.rules.users_of_search(name):
            raise SearchInUse(f"the search {name!r} is needed by {', '.join(users)}")
        with self._store.transaction():
            self._store.feeds.remove_search(name)

    # --- entries ---

    def entries(
        self, query: str = "", *, limit: int | None = None, stories: bool = False
    ) -> Iterator[EntrySummary]:
        """Return the entries that a query selects, newest first unless it says otherwise.

        `stories` lists one copy of each story that several feeds tell: the fullest, if the query
        selects it. Queries for stars, tags and the like list all copies nevertheless.
        """
        return self._store.entries.summaries(self.entry_ids(query, limit=limit, stories=stories))

    def entry_ids(
        self, query: str = "", *, limit: int | None = None, stories: bool = False
    ) -> list[int]:
        """Return just the ids, in the order of `entries`."""
        where, params, compiled = self._selector.select(query)
        limits = [one for one in (limit, compiled.limit) if one is not None]
        order = compiled.order_by or NEWEST_FIRST
        ids = self._store.stories.ids if stories else self._store.entries.ids
        return ids(where, params, order, min(limits) if limits else -1)

    def entry_keys(
        self,
        query: str = "",
        *,
        oldest_first: bool = False,
        limit: int | None = None,
        stories: bool = False,
    ) -> EntryKeys:
        """Return ids and sort keys of all that a query selects, however many, as columns.

        `oldest_first` turns the usual order round; an order in the query itself wins. `stories`
        as for `entries`.
        """
        where, params, compiled = self._selector.select(query)
        limits = [one for one in (limit, compiled.limit) if one is not None]
        order = compiled.order_by or (OLDEST_FIRST if oldest_first else NEWEST_FIRST)
        keys = self._store.stories.keys if stories else self._store.entries.keys
        return keys(where, params, order, min(limits) if limits else -1)

    def first_keys(
        self, query: str, count: int, *, oldest_first: bool = False, stories: bool = False
    ) -> Beginning:
        """Return the first of `entry_keys` at once, whatever the query and however many entries.

        Fewer than `count` are not always all: see `Beginning.is_whole`, and `Selector.begin`.
        """
        return self._selector.begin(query, count, oldest_first=oldest_first, stories=stories)

    def summaries(self, ids: Iterable[int]) -> Iterator[EntrySummary]:
        """Return the rows of a list for ids, in their order; ids that are gone are left out."""
        return self._store.entries.summaries(ids)

    def count(self, query: str = "", *, after_id: int = 0, stories: bool = False) -> int:
        """Return how many entries, or stories, a query selects, of those that came after one.

        A copy of a story that was there before is no story that came after.
        """
        where, params, shape = self._selector.select(query, after_id=after_id)
        if stories and after_id:
            where += " AND e.is_copy = 0"
        count = self._store.stories.count if stories else self._store.entries.count
        found = count(where, params)
        return found if shape.limit is None else min(found, shape.limit)

    def copies(self, entry_id: int) -> list[int]:
        """Return the entries that tell the story of one, the fullest first; raises `NotFound`."""
        if ids := self._store.stories.copies(entry_id):
            return ids
        raise NotFound(f"there is no entry {entry_id}")

    def shared_unread(self) -> tuple[tuple[frozenset[int], int], ...]:
        """Return which feeds have unread stories in common, and how many."""
        return self._store.stories.shared_unread()

    def entry(self, entry_id: int) -> StoredEntry:
        """Return one entry with its bodies, or raise `NotFound`."""
        return self._store.entries.entry(entry_id)

    def versions(self, entry_id: int) -> tuple[EntryVersion, ...]:
        """Return what an edited entry was before, newest first."""
        return self._store.entries.versions(entry_id)

    def tags(self) -> tuple[tuple[str, int], ...]:
        """Return the tags of entries with how many carry each."""
        return self._store.entries.tags()

    def mark_read(self, selection: Selection, value: bool = True, *, copies: bool = True) -> Change:
        """Mark entries read, or unread, and with them their copies in other feeds."""
        now = self._clock()
        ids: list[int] = []
        before: list[tuple[int, int]] = []
        with self._marking(selection) as selected:
            others: Sequence[int] = ()
            if copies:
                others = self._store.stories.copies_among(*selected, is_read=not value)
            for where, params in (selected, among(others)):
                before += self._store.entries.read_moments(where, params, is_read=not value)
                if not value:
                    self._store.statistics.uncount_read(where, params)
                ids += self._store.entries.set_flag("is_read", value, where, params, now)
            if value:
                self._store.statistics.count_read(ids, now)
        return model.Change("read", value, tuple(ids), read_before=tuple(before))

    def _undo_read(self, change: Change) -> None:
        """Let entries be read, or unread, as they were: it is not now that the user reads them."""
        where, params = among(change.entry_ids)
        with self._store.transaction():
            if change.value:
                self._store.statistics.uncount_read(where, params)
            ids = self._store.entries.set_flag("is_read", not change.value, where, params, None)
            self._store.entries.set_read_moments(ids, dict(change.read_before))
            if not change.value:
                self._store.statistics.recount_read(*among(ids))

    def star(self, selection: Selection, value: bool = True) -> Change:
        """Star entries, or take the star away."""
        with self._marking(selection) as (where, params):
            ids = self._store.entries.set_flag("is_starred", value, where, params, self._clock())
        return model.Change("starred", value, ids)

    def read_later(self, selection: Selection, value: bool = True) -> Change:
        """Put entries on the list to read later, or take them off it."""
        with self._marking(selection) as (where, params):
            ids = self._store.entries.set_flag("is_later", value, where, params, self._clock())
        return model.Change("later", value, ids)

    def mute(self, selection: Selection, value: bool = True) -> Change:
        """Hide entries, or let them be seen again: then no rule hides them any more."""
        if isinstance(selection, str):
            selection = self.entry_ids(selection)
        return self.rules.mute(selection, value)

    def tag(self, selection: Selection, tag: str, value: bool = True) -> Change:
        """Give entries a tag, or take it away."""
        from feedreader.core.text import clean_line

        tag = clean_line(tag)
        with self._marking(selection) as (where, params):
            act = self._store.entries.tag if value else self._store.entries.untag
            ids = act(tag, where, params)
        return model.Change("tag", value, ids, tag=tag)

    def delete(self, selection: Selection) -> Change:
        """Delete entries; they do not come back when their feed still holds them."""
        with self._marking(selection) as (where, params):
            ids = self._store.entries.delete(where, params, self._clock())
        return model.Change("deleted", entry_ids=ids)

    def undo(self, change: Change) -> None:
        """Take a change back."""
        ids = change.entry_ids
        match change.action:
            case "read":
                self._undo_read(change)
            case "starred":
                self.star(ids, not change.value)
            case "later":
                self.read_later(ids, not change.value)
            case "tag":
                self.tag(ids, change.tag, not change.value)
            case "deleted":
                with self._store.transaction():
                    self._store.entries.undelete(ids)
            case "muted":
                self.rules.mute(ids, not change.value, is_undo=True)
            case "ruled" if change.value:
                self.rules.take_back(change.rule_number, ids)
            case "ruled":
                self.rules.apply_again(change.rule_number, ids)
            case "subscribed":
                with self._store.transaction():
                    if change.value:
                        self._store.feeds.remove(change.feed_id, self._clock())
                    else:
                        self._store.feeds.restore(change.feed_id)

    # --- the network ---

    def refresh(
        self,
        feed_ids: Iterable[int] | None = None,
        *,
        force: bool = False,
        wait: bool = False,
        pages: bool = True,
        is_cancelled: Callable[[], bool] = lambda: False,
        on_start: Callable[[int], None] = lambda feed_id: None,
    ) -> Iterator[RefreshOutcome | PageOutcome]:
        """Poll the feeds that are due and yield what became of each, as it happens.

        `feed_ids` names feeds, else all; `force` asks also those that are not due, still
        conditionally. Article pages of summary-only feeds come after all feeds, unless
        `pages` is False. What was yielded is stored; leaving early loses nothing. `on_start` is
        told in another thread that a feed is asked now. A script that calls this stands behind
        `if __name__ == "__main__":`, for it may start processes (see `multiprocessing`).

        Raises `RefreshRunning` if another refresh is under way, unless told to `wait` for it, and
        `StoreError` if the database cannot be written.
        """
        from feedreader.refresh import refresh

        self.require_writable()
        with RefreshLock(self.path).acquire(wait=wait):
            yield from refresh(
                self._store,
                feed_ids=None if feed_ids is None else frozenset(feed_ids),
                force=force,
                pages=pages,
                settings=self._settings,
                site_rules=self._site_rules,
                clock=self._clock,
                is_cancelled=is_cancelled,
                on_start=on_start,
            )

    def fetch_full_text(self, entry_id: int) -> StoredEntry:
        """Fetch an entry's page now, keep its full text and return the entry.

        Raises `FetchError` or `ExtractionFailed`.
        """
        from feedreader.refresh.pages import fetch_full_text

        fetch_full_text(
            self._store,
            self.entry(entry_id),
            settings=self._settings,
            site_rules=self._site_rules,
        )
        return self.entry(entry_id)

    def fetch_image(self, entry_id: int, url: str) -> bytes:
        """Return a picture of an entry as sent, at most 5 MiB; asks the network.

        Raises `FetchError`.
        """
        from feedreader.refresh.pages import fetch_image

        feed_id = self.entry(entry_id).summary.feed_id
        return fetch_image(url, self.subscription(feed_id), self._settings)

    def add_page(self, url: str) -> StoredEntry:
        """Make any web page an entry to read later; raises `FetchError` or `ExtractionFailed`."""
        from feedreader.refresh.pages import add_page

        self.require_writable()
        entry_id = add_page(
            self._store,
            url,
            pages_url=PAGES_URL,
            settings=self._settings,
            site_rules=self._site_rules,
            now=self._clock(),
        )
        self.read_later([entry_id])
        return self.entry(entry_id)

    def fetch_list(self, url: str) -> bytes:
        """Return the subscription list at a web address; raises `FetchError`."""
        from feedreader.refresh.lookup import fetch_document

        return fetch_document(url, self._settings)

    # --- rules, editions and hooks ---

    @property
    def has_edition_plans(self) -> bool:
        """Whether any edition is planned: `editions` takes a while to load."""
        return self._store.has_any("edition_plans")

    @property
    def has_hooks_to_tell(self) -> bool:
        """Whether anything waits for a hook: `hooks` takes a while to load."""
        return self._store.has_any("hook_queue")

    @cached_property
    def rules(self) -> Rules:
        """What is done with new entries, and what was done."""
        from feedreader.rules import Rules

        return Rules(self._store, self._selector, self._clock)

    @cached_property
    def editions(self) -> Editions:
        """Finite papers of what is unread, and how they are made."""
        from feedreader.editions import Editions

        return Editions(self._store, self._selector, self._clock)

    @cached_property
    def hooks(self) -> Hooks:
        """What is still to be told of new entries, and to whom."""
        from feedreader.hooks import Hooks

        return Hooks(self._store, self._settings, self._clock)

    @cached_property
    def doctor(self) -> Doctor:
        """How feeds fare, and what can be done about it."""
        from feedreader.doctor import Doctor

        return Doctor(self._store, self._selector, self._settings, self._clock)

    # --- statistics ---

    @cached_property
    def statistics(self) -> ReadingStatistics:
        """What came, what was read of it, and when."""
        from feedreader.statistics import ReadingStatistics

        return ReadingStatistics(self._store, self._selector, self._clock)

    # --- subscription lists ---

    def import_list(
        self, data: bytes, *, folder: FolderPath = (), allow_commands: bool = False
    ) -> ImportReport:
        """Take in an OPML list or a Newsboat `urls` file; a second time changes nothing.

        `allow_commands` takes `exec:` and `filter:` lines of a `urls` file too; an OPML list
        can never add any. Raises `ImportFailed` if it is neither.
        """
        from feedreader.exchange import import_list

        with self._store.transaction():
            return import_list(
                self._store,
                data,
                folder=folder,
                allow_commands=allow_commands,
                now=self._clock(),
            )

    def export_list(self, *, with_secrets: bool = False) -> bytes:
        """Return all feeds as an OPML 2.0 list; passwords only if asked for."""
        from feedreader.exchange import export_list

        return export_list(self._store, now=self._clock(), with_secrets=with_secrets)

    def import_newsboat_config(self, data: bytes) -> ImportReport:
        """Take over kill rules, highlights and named filters of Newsboat's `config`."""
        from feedreader.exchange import import_newsboat_config

        with self._store.transaction():
            return import_newsboat_config(self._store, self.rules, data)

    def import_newsboat_cache(self, path: Path) -> ImportReport:
        """Take over the read state of Newsboat's `cache.db` for the feeds that are here."""
        from feedreader.exchange import import_newsboat_cache

        with self._store.transaction():
            return import_newsboat_cache(self._store, path, now=self._clock())

    # --- upkeep ---

    def caveats(self) -> tuple[str, ...]:
        """Return in words what is special about where the database lies; usually nothing."""
        return upkeep.caveats(self._store.connection)

    def status(self, *, stories: bool = False) -> Status:
        """Return the figures of a status bar; answers at any time, however large the store.

        With `stories` one that several feeds tell is unread once.
        """
        status = self._store.status()
        if not stories:
            return status
        return status._replace(unread=status.unread - self._store.stories.unread_surplus())

    def back_up(self, target: Path | None = None) -> Path:
        """Write a checked copy to `target`, or a dated one beside the database; return where."""
        if target is None:
            return upkeep.back_up_beside(self._store.connection, self._clock())
        upkeep.back_up(self._store.connection, target)
        return target

    def find_problems(self) -> tuple[str, ...]:
        """Return what is wrong with the database, in words; nothing if it is sound."""
        return upkeep.find_problems(self._store.connection)

    def repair(self) -> tuple[str, ...]:
        """Make search index, counts and the like anew; return the problems that are left.

        If there are any, the file is as it was.
        """
        return upkeep.repair_in_place(self._store.connection)

    def vacuum(self) -> tuple[int, int]:
        """Forget what was removed long ago and compact the file; return bytes before, after."""
        now = self._clock()
        with self._store.transaction():
            self._store.entries.blank_deleted(now - _DELETED_KEPT)
            self._store.feeds.forget_removed(now - _REMOVED_KEPT)
        return upkeep.compact(self._store.connection)

    def apply_retention(self, retention: RetentionSettings) -> Change:
        """Delete what the rules of retention drop: never starred, tagged or later.

        Nor unread, unless a query of theirs asks for it. Raises `QueryError` if one cannot
        be read any more.
        """
        now = self._clock()
        own = {
            feed_id: now - timedelta(days=min(days, _LONGEST_KEPT_DAYS))
            for feed_id, days in self._store.feeds.own_keep_days().items()
        }
        days = retention.keep_days
        where, params = upkeep.expired_entries(
            before=None if days is None else now - timedelta(days=days),
            keep_per_feed=retention.keep_entries,
            own_keep=own,
            spared=[self._selector.find(query) for query in retention.keep],
            dropped=[
                (self._selector.find(query), now - timedelta(days=days))
                for query, days in retention.drop
            ],
        )
        with self._store.transaction():
            ids = self._store.entries.delete(where, params, now)
            self._store.entries.trim_versions(retention.keep_versions)
            self._store.entries.blank_deleted(now - _DELETED_KEPT)
        return model.Change("deleted", entry_ids=ids)

    # --- selections ---

    @contextmanager
    def _marking(self, selection: Selection) -> Iterator[tuple[str, Sequence[object]]]:
        if isinstance(selection, str):
            where, params, compiled = self._selector.select(selection)
            if compiled.limit is not None:
                selection = self.entry_ids(selection)
        if not isinstance(selection, str):
            where, params = among(selection)
            # Whoever holds ids may hold some that another process has deleted meanwhile.
            where = f"{where} AND e.deleted_at IS NULL"
        with self._store.transaction():
            yield where, params


def _without_userinfo(url: str, settings: FeedSettings | None) -> tuple[str, FeedSettings]:
    """Return an address without user name and password, and settings that have them."""
    from dataclasses import replace

    from feedreader.core.urls import split_userinfo

    settings = settings or model.FeedSettings()
    url, username, password = split_userinfo(url)
    if username or password:
        settings = replace(settings, username=username, password=password)
    return url, settings
