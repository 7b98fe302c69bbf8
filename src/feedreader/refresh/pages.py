"""Article pages: the full text of entries whose feed gave only a summary."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime

from feedreader.core.extract import extract_article
from feedreader.core.identity import identify
from feedreader.core.plan import clean_entry
from feedreader.core.sanitize import safe_link
from feedreader.core.schedule import settings_at, trusted_hosts
from feedreader.core.text import clean_line
from feedreader.core.urls import host_of, mask_secrets
from feedreader.errors import ExtractionFailed, FetchError
from feedreader.model import (
    Entry,
    Feed,
    FeedUpdate,
    Fetched,
    FetchFailed,
    FetchResult,
    FullText,
    NotAsked,
    PageOutcome,
    PollState,
    RefreshSettings,
    Request,
    SiteRule,
    StoredEntry,
    Subscription,
)
from feedreader.refresh.lookup import fetch_one
from feedreader.refresh.stream import fetch_and_work
from feedreader.rules import Rules
from feedreader.store import Store
from feedreader.workers import WorkerPool, WorkFailed, outcome_of

_EXTRACT_TIMEOUT_S = 5.0
_PAGE_BYTES = 5 * 1024 * 1024
_IMAGE_BYTES = 5 * 1024 * 1024

# A page that gives less than this share of the words that the feed gave was read wrongly.
_LEAST_SHARE = 0.7


def fetch_pages(
    store: Store,
    *,
    settings: RefreshSettings,
    site_rules: Sequence[SiteRule],
    clock: Callable[[], datetime],
    is_cancelled: Callable[[], bool],
    rules: Rules,
) -> Iterator[PageOutcome]:
    """Fetch the pages that entries still want, keep their texts, and yield what became of each."""
    subscriptions = {one.id: one for one in store.feeds.subscriptions()}
    entry_ids: dict[Request, list[int]] = {}
    for entry_id, feed_id, link in store.entries.pages_wanted():
        request = _page_request(link, subscriptions[feed_id], settings)
        entry_ids.setdefault(request, []).append(entry_id)

    def start(request: Request, result: FetchResult | NotAsked) -> Future[FullText] | None:
        if not isinstance(result, Fetched):
            return None
        entry = store.entries.entry(entry_ids[request][0])
        return _start_extraction(workers, result, entry, site_rules)

    with WorkerPool(preload=("feedreader.core.extract",)) as workers:
        for batch in fetch_and_work(
            entry_ids,
            start,
            settings=settings,
            host_holds=store.feeds.host_holds(clock()),
            clock=clock,
            is_cancelled=is_cancelled,
        ):
            for finished in batch:
                if isinstance(finished.result, NotAsked):
                    continue  # the next refresh takes it up
                for entry_id in entry_ids[finished.request]:
                    entry = store.entries.entry(entry_id)
                    with store.transaction():
                        reason = _keep(store, entry, finished.result, finished.work)
                        if not reason:
                            rules.judge(entry_id)
                    yield PageOutcome(entry_id, entry.summary.feed_id, entry.summary.link, reason)


def fetch_full_text(
    store: Store,
    entry: StoredEntry,
    *,
    settings: RefreshSettings,
    site_rules: Sequence[SiteRule],
) -> None:
    """Fetch one entry's page and keep its text; raises `FetchError` or `ExtractionFailed`."""
    subscription = store.feeds.subscription(entry.summary.feed_id)
    if not safe_link(entry.summary.link):
        raise FetchError("this entry links to no web page")
    result = fetch_one(_page_request(entry.summary.link, subscription, settings), settings)
    with WorkerPool() as workers:
        work = _start_extraction(workers, result, entry, site_rules)
        reason = _keep(store, entry, result, work)
    if reason:
        raise ExtractionFailed(reason)


def fetch_image(url: str, subscription: Subscription, settings: RefreshSettings) -> bytes:
    """Return a picture of an entry as sent, undecoded; raises `FetchError`."""
    request = replace(
        _page_request(url, subscription, settings),
        accept="image",
        limits=replace(settings.limits, max_bytes=_IMAGE_BYTES),
    )
    fetched = fetch_one(request, settings)
    kind = dict(fetched.headers).get("content-type", "").partition(";")[0].strip().lower()
    if kind and not kind.startswith("image/") and kind != "application/octet-stream":
        raise FetchError(f"{mask_secrets(url)} is no picture but {clean_line(kind)[:60]}")
    return fetched.body


def add_page(
    store: Store,
    url: str,
    *,
    pages_url: str,
    settings: RefreshSettings,
    site_rules: Sequence[SiteRule],
    now: datetime,
) -> int:
    """Make a web page an entry of the feed of saved pages; return its id.

    Raises `FetchError` or `ExtractionFailed`.
    """
    request = Request(
        url=url,
        accept="page",
        trusted_hosts=frozenset({host_of(url)}),
        limits=replace(settings.limits, max_bytes=_PAGE_BYTES),
    )
    result = fetch_one(request, settings)
    with WorkerPool() as workers:
        try:
            page = outcome_of(_submit(workers, result, "", "", site_rules))
        except WorkFailed as error:
            raise ExtractionFailed(f"no text could be read from {url}: {error}") from error
    (identified,) = identify(
        [
            Entry(
                guid=page.canonical_url or result.url,
                title=page.title,
                link=page.canonical_url or result.url,
                authors=page.authors,
                published=page.published,
                content_html=page.html,
                base_url=result.url,
                image_url=page.image_url,
            )
        ]
    )
    with store.transaction():
        feed_id, _ = store.feeds.add(
            pages_url, kind="pages", feed=Feed(title="Saved pages"), now=now
        )
        known = store.entries.known(feed_id, [identified]).by_key.get(identified.key)
        if known is not None and not store.entries.forget_blanked(known.id):
            store.entries.undelete([known.id])
            return known.id
        update = FeedUpdate(feed_id, PollState(), new=(clean_entry(identified),))
        store.apply([update], now)
        entry_id = store.entries.known(feed_id, [identified]).by_key[identified.key].id
        store.entries.save_page(entry_id, page)
        return entry_id


def _page_request(link: str, subscription: Subscription, settings: RefreshSettings) -> Request:
    """Return the request of an article page: only a local feed's own host may be local."""
    is_same_host = host_of(link) == host_of(subscription.url)
    return Request(
        url=link,
        accept="page",
        settings=settings_at(subscription, link),
        trusted_hosts=trusted_hosts(subscription, settings) if is_same_host else frozenset(),
        limits=replace(settings.limits, max_bytes=_PAGE_BYTES),
    )


def _start_extraction(
    workers: WorkerPool, result: Fetched, entry: StoredEntry, site_rules: Sequence[SiteRule]
) -> Future[FullText]:
    return _submit(workers, result, entry.feed_html, entry.summary.title, site_rules)


def _submit(
    workers: WorkerPool,
    result: Fetched,
    hint_html: str,
    hint_title: str,
    site_rules: Sequence[SiteRule],
) -> Future[FullText]:
    return workers.submit(
        extract_article,
        result.body,
        url=result.url,
        content_type=dict(result.headers).get("content-type", ""),
        hint_html=hint_html,
        hint_title=hint_title,
        rules=tuple(site_rules),
        timeout_s=_EXTRACT_TIMEOUT_S,
    )


def _keep(
    store: Store, entry: StoredEntry, result: FetchResult, work: Future[FullText] | None
) -> str:
    """Store a page's text, or why there is none; return that reason, "" if it was found."""
    entry_id = entry.summary.id
    try:
        page = _read_page(entry, result, work)
    except (ExtractionFailed, FetchError, WorkFailed) as error:
        is_lasting = not isinstance(error, FetchError) or _is_lasting(result)
        with store.transaction():
            store.entries.save_page_error(entry_id, str(error), is_final=is_lasting)
        return str(error)
    with store.transaction():
        store.entries.save_page(entry_id, page)
        store.grouping.regroup([entry_id], page.canonical_url)
    return ""


def _read_page(entry: StoredEntry, result: FetchResult, work: Future[FullText] | None) -> FullText:
    if work is None:
        assert isinstance(result, FetchFailed)
        raise FetchError(result.reason)
    page = outcome_of(work)
    feed_words = entry.summary.word_count
    if entry.summary.full_text_source == "feed" and page.word_count < _LEAST_SHARE * feed_words:
        raise ExtractionFailed(
            f"the page gave {page.word_count} words, the feed {feed_words}: kept the feed's"
        )
    return page


def _is_lasting(result: FetchResult) -> bool:
    """Say whether asking again is pointless: the server understood and refused."""
    status = result.status if isinstance(result, FetchFailed) else None
    return status is not None and 400 <= status < 500 and status not in (408, 425, 429)
