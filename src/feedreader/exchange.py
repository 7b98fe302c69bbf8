"""Subscription lists in and out of the store: OPML, and what Newsboat leaves behind.

What an OPML list has no standard place for goes into attributes of our own namespace:
a feed's settings (without secrets) and saved searches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import get_args

from feedreader.core.identity import identify
from feedreader.core.newsboat import (
    NewsboatCommand,
    NewsboatUrls,
    looks_like_urls_file,
    read_config,
    read_urls,
)
from feedreader.core.opml import FeedOutline, list_feeds, read_opml, write_opml
from feedreader.core.query import Context
from feedreader.core.query import parse as parse_query
from feedreader.core.query.newsboat import translate_query
from feedreader.core.query.resolve import resolve
from feedreader.core.text import clean_line
from feedreader.core.urls import mask_secrets, split_userinfo, with_userinfo
from feedreader.errors import QueryError
from feedreader.model import (
    Entry,
    Feed,
    FeedSettings,
    FolderPath,
    FullTextMode,
    ImportReport,
    Outline,
    SavedSearch,
    Subscription,
    SubscriptionKind,
)
from feedreader.rules import Rules
from feedreader.store import Store
from feedreader.store.newsboat import read_newsboat_cache

_SEARCH_TYPE = "search"
_MOST_DAYS = 36_500
_INTERVAL_S = (60, 30 * 86_400)
_QUERY = "feedreader:query"
_TAGS = "feedreader:tags"


@dataclass(slots=True)
class _Report:
    """An `ImportReport` in the making."""

    added: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    folders: int = 0

    def finish(self) -> ImportReport:
        return ImportReport(
            tuple(self.added),
            tuple(self.known),
            tuple(self.skipped),
            self.folders,
            tuple(self.notes),
        )


def import_list(
    store: Store, data: bytes, *, folder: FolderPath, allow_commands: bool, now: datetime
) -> ImportReport:
    """Take in an OPML list or a Newsboat `urls` file below `folder`; say what came of it."""
    report = _Report()
    if looks_like_urls_file(data):
        _import_urls(store, read_urls(data), folder, allow_commands, now, report)
    else:
        _import_opml(store, data, folder, now, report)
    return report.finish()


def export_list(store: Store, *, now: datetime, with_secrets: bool) -> bytes:
    """Return all feeds and saved searches as OPML 2.0."""
    tree = _Folder()
    for path in store.feeds.folders():
        tree.at(path)
    for subscription in store.feeds.subscriptions():
        if subscription.kind != "pages":
            outline = _outline_of(subscription, with_secrets=with_secrets)
            for path in subscription.folders or ((),):
                tree.at(path).feeds.append(outline)
    searches = [_outline_of_search(search) for search in store.feeds.saved_searches()]
    return write_opml("Subscriptions", [*tree.outlines(), *searches], created_at=now)


def import_newsboat_config(store: Store, rules: Rules, data: bytes) -> ImportReport:
    """Take over kill rules, highlights and named filters of Newsboat's `config`.

    A rule or a search that is there already is left as it is.
    """
    config = read_config(data)
    report = _Report(skipped=list(config.skipped))
    known = {rule.text for rule in rules.all()}
    names = {search.name.casefold() for search in store.feeds.saved_searches()}
    for text in config.rules:
        if text in known:
            report.known.append(text)
            continue
        try:
            rules.add(text)
        except QueryError as error:
            report.skipped.append((clean_line(text), error.message))
        else:
            report.added.append(text)
    for search in config.searches:
        if search.name.casefold() in names:
            report.known.append(search.name)
            continue
        try:
            query = translate_query(search.expression)
        except QueryError as error:
            report.skipped.append((search.name, error.message))
        else:
            store.feeds.save_search(search.name, query)
            report.notes.append(f"the filter {search.name} is kept as a saved search")
    return report.finish()


def import_newsboat_cache(store: Store, path: Path, *, now: datetime) -> ImportReport:
    """Take over read state and flags of Newsboat's `cache.db` for entries that are here."""
    feed_ids = {one.url: one.id for one in store.feeds.subscriptions()}
    report = _Report()
    for item in read_newsboat_cache(path):
        feed_id = feed_ids.get(split_userinfo(item.feed_url)[0])
        known = None
        if feed_id is not None:
            (identified,) = identify([Entry(guid=item.guid, link=item.link)])
            known = store.entries.known(feed_id, [identified]).by_key.get(identified.key)
        if known is None:
            continue
        if item.is_read:
            store.entries.set_flag("is_read", True, "e.id = ?", (known.id,), now)
        for tag in item.tags:
            store.entries.tag(tag, "e.id = ?", (known.id,))
        report.known.append(known.title)
    return report.finish()


# --- OPML ---


def _import_opml(
    store: Store, data: bytes, folder: FolderPath, now: datetime, report: _Report
) -> None:
    document = read_opml(data)
    report.notes.extend(document.notes)
    searches = {
        outline.text: query for outline in document.outlines if (query := _query_of(outline))
    }
    _save_searches(store, list(searches.items()), now, report)
    feeds = list_feeds(
        replace(
            document,
            outlines=tuple(one for one in document.outlines if not _query_of(one)),
        )
    )
    report.skipped.extend((one.what, one.why) for one in feeds.skipped)
    for path in feeds.folders:
        store.feeds.ensure_folder((*folder, *path))
    report.folders = len(feeds.folders)
    for outline in feeds.feeds:
        _import_feed(store, outline, folder, now, report)


def _import_feed(
    store: Store, outline: FeedOutline, folder: FolderPath, now: datetime, report: _Report
) -> None:
    url, username, password = split_userinfo(outline.url)
    ours, others = _split_attributes(outline.attributes)
    feed_id, is_new = store.feeds.add(
        url,
        user_title=outline.title,
        feed=Feed(link=outline.html_url, description=outline.description),
        settings=replace(_settings_of(ours), username=username, password=password),
        outline_attributes=others,
        now=now,
    )
    for path in outline.folders:
        store.feeds.add_to_folder(feed_id, (*folder, *path))
    own_tags = filter(None, (clean_line(tag) for tag in ours.get(_TAGS, "").split(",")))
    store.feeds.tag(feed_id, (*outline.categories, *own_tags))
    (report.added if is_new else report.known).append(mask_secrets(url))


def _outline_of(subscription: Subscription, *, with_secrets: bool) -> Outline:
    settings = subscription.settings
    url = mask_secrets(subscription.url)
    if with_secrets:
        url = with_userinfo(subscription.url, settings.username, settings.password)
    ours = {
        "feedreader:fullText": settings.full_text if settings.full_text != "auto" else "",
        "feedreader:minIntervalSeconds": str(settings.min_interval_s or ""),
        "feedreader:keepDays": str(settings.keep_days or ""),
        "feedreader:unreadAgain": _percent(settings.unread_again),
        "feedreader:userAgent": settings.user_agent,
        "feedreader:archived": "true" if settings.is_archived else "",
        # In `category` a slash means folders (OPML 2.0).
        _TAGS: ",".join(tag for tag in subscription.tags if "/" in tag),
    }
    return Outline(
        text=subscription.title,
        title=subscription.title,
        type="rss",
        xml_url=url,
        html_url=subscription.feed.link,
        description=subscription.feed.description,
        categories=tuple(tag for tag in subscription.tags if "/" not in tag),
        attributes=(
            *subscription.outline_attributes,
            *((name, value) for name, value in ours.items() if value),
        ),
    )


def _outline_of_search(search: SavedSearch) -> Outline:
    return Outline(text=search.name, type=_SEARCH_TYPE, attributes=((_QUERY, search.query),))


def _query_of(outline: Outline) -> str:
    return dict(outline.attributes).get(_QUERY, "")


def _split_attributes(
    attributes: Iterable[tuple[str, str]],
) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    """Return our own attributes, and the others as they are."""
    ours = {name: value for name, value in attributes if name.startswith("feedreader:")}
    return ours, tuple((name, value) for name, value in attributes if name not in ours)


def _settings_of(ours: dict[str, str]) -> FeedSettings:
    """Return what a list may set: nothing that runs, or that sends requests elsewhere."""
    mode: FullTextMode = "auto"
    for known in get_args(FullTextMode):
        if ours.get("feedreader:fullText") == known:
            mode = known
    return FeedSettings(
        full_text=mode,
        min_interval_s=_within(ours.get("feedreader:minIntervalSeconds", ""), *_INTERVAL_S),
        keep_days=_within(ours.get("feedreader:keepDays", ""), 1, _MOST_DAYS),
        unread_again=_share(ours.get("feedreader:unreadAgain", "")),
        user_agent=clean_line(ours.get("feedreader:userAgent", "")),
        is_archived=ours.get("feedreader:archived") == "true",
    )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


def _share(text: str) -> float | None:
    percent = _within(text.removesuffix("%"), 0, 100)
    return None if percent is None else percent / 100


def _within(text: str, low: int, high: int) -> int | None:
    """Return a number if it is one that users may choose: a list comes from anywhere."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
    return number if low <= number <= high else None


@dataclass(slots=True)
class _Folder:
    """A folder in the making of a tree."""

    children: dict[str, _Folder] = field(default_factory=dict)
    feeds: list[Outline] = field(default_factory=list)

    def at(self, path: FolderPath) -> _Folder:
        folder = self
        for name in path:
            folder = folder.children.setdefault(name, _Folder())
        return folder

    def outlines(self) -> tuple[Outline, ...]:
        folders = (
            Outline(text=name, title=name, children=folder.outlines())
            for name, folder in self.children.items()
        )
        return (*folders, *self.feeds)


# --- Newsboat ---


def _import_urls(
    store: Store,
    urls: NewsboatUrls,
    folder: FolderPath,
    allow_commands: bool,
    now: datetime,
    report: _Report,
) -> None:
    report.skipped.extend(urls.skipped)
    for feed in urls.feeds:
        outline = FeedOutline(feed.url, title=feed.title, categories=feed.tags)
        _import_feed(store, outline, folder, now, report)
    for command in urls.commands:
        if allow_commands:
            _import_command(store, command, folder, now, report)
        else:
            what = f"{command.kind}: {mask_secrets(clean_line(command.command))}"
            report.skipped.append((what, "it runs a command or reads a file; ask for it if meant"))
    searches: list[tuple[str, str]] = []
    for search in urls.searches:
        try:
            query = translate_query(search.expression)
        except QueryError as error:
            report.skipped.append((f"search {search.name!r}: {search.expression}", error.message))
        else:
            searches.append((search.name, query))
    _save_searches(store, searches, now, report)


def _import_command(
    store: Store, command: NewsboatCommand, folder: FolderPath, now: datetime, report: _Report
) -> None:
    kinds: dict[str, tuple[SubscriptionKind, str, str]] = {
        "exec": ("exec", f"exec:{command.command}", command.command),
        "filter": ("filter", command.url, command.command),
        "file": ("file", command.command, ""),
    }
    kind, url, line = kinds[command.kind]
    feed_id, is_new = store.feeds.add(
        url,
        kind=kind,
        user_title=command.title,
        settings=FeedSettings(command=line),
        now=now,
    )
    store.feeds.add_to_folder(feed_id, folder)
    store.feeds.tag(feed_id, command.tags)
    (report.added if is_new else report.known).append(mask_secrets(url))


def _save_searches(
    store: Store, searches: Sequence[tuple[str, str]], now: datetime, report: _Report
) -> None:
    """Keep queries under their names, if they can be used beside each other and those there."""
    there = {one.name.casefold(): one.query for one in store.feeds.saved_searches()}
    coming = {name.casefold(): query for name, query in reversed(searches)}
    context = Context(now=now, searches=coming | there)
    for name, query in searches:
        folded = name.casefold()
        try:
            resolve(parse_query(query), context)
        except QueryError as error:
            report.skipped.append((f"search {name!r}: {query}", error.message))
            continue
        if not name:
            report.skipped.append((f"search {query}", "it has no name"))
        elif folded not in there:
            store.feeds.add_search(name, query)
            there[folded] = query
        elif there[folded] != query:
            report.skipped.append((f"search {name!r}: {query}", "another search has this name"))
