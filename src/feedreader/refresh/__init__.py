"""The pipeline that turns due feeds into stored entries.

1. `schedule.select` says which feeds are due, and why the others are not;
2. a thread of its own fetches them, many hosts at once, and hands results on;
3. a 304, or a body whose digest is known, touches the polling state alone;
4. other bodies are parsed: at once if they hold no surprises, else in worker processes,
   bounded in time and memory;
5. `plan` compares with what is known and `store.apply` writes entries and validators
   together, one transaction per feed;
6. when all feeds are done, the article pages of new entries of summary-only feeds are
   fetched and extracted the same way (pages.py). What is left undone the next refresh
   takes up.

The caller's thread does all writing: it owns the store.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime

from feedreader.core import schedule
from feedreader.core.fulltext import is_summary_only
from feedreader.core.identity import identify
from feedreader.core.parse import parse_fast, parse_feed
from feedreader.core.plan import Plan, plan_entries
from feedreader.core.urls import host_key
from feedreader.errors import NotAFeed
from feedreader.model import (
    Feed,
    FeedUpdate,
    Fetched,
    FetchFailed,
    FetchResult,
    NotAsked,
    NotModified,
    Outcome,
    PageOutcome,
    ParsedFeed,
    PollState,
    RefreshOutcome,
    RefreshSettings,
    SiteRule,
    Subscription,
)
from feedreader.refresh.lookup import discover, fetch_document, preview
from feedreader.refresh.pages import add_page, fetch_full_text, fetch_image, fetch_pages
from feedreader.refresh.stream import fetch_and_work
from feedreader.store import Store
from feedreader.workers import WorkerPool, WorkFailed, outcome_of

__all__ = [
    "add_page",
    "discover",
    "fetch_document",
    "fetch_full_text",
    "fetch_image",
    "preview",
    "refresh",
]

_PARSE_TIMEOUT_S = 20.0
_WORKER_MODULES = ("feedreader.core.parse", "feedreader.core.reference", "feedreader.core.extract")
_RECENT_ENTRIES = 20
_HOSTS_TO_BE_OFFLINE = 3  # fewer may all have died
_NO_PLAN = Plan((), ())


def refresh(
    store: Store,
    *,
    feed_ids: frozenset[int] | None,
    force: bool,
    pages: bool,
    settings: RefreshSettings,
    site_rules: Sequence[SiteRule],
    clock: Callable[[], datetime],
    is_cancelled: Callable[[], bool],
) -> Iterator[RefreshOutcome | PageOutcome]:
    """Poll what is due, store it, and yield what became of each feed and each page."""
    now = clock()
    host_holds = store.feeds.host_holds(now)
    selection = schedule.select(
        [one for one in store.feeds.subscriptions(feed_ids) if one.kind != "pages"],
        now,
        force=force,
        only_ids=feed_ids,
        host_holds=host_holds,
        settings=settings,
    )
    for subscription, reason in selection.skipped:
        yield RefreshOutcome(
            subscription.id, subscription.url, subscription.title, "skipped", reason=reason
        )
    due = {schedule.conditional_request(one, settings, now=now): one for one in selection.due}
    if force and feed_ids is not None:  # who names a feed and insists overrules its host's wish
        host_holds = {}
    with WorkerPool(preload=_WORKER_MODULES) as workers:
        polls = _Polls(store, workers, settings, clock)
        for finished in fetch_and_work(
            due,
            lambda request, result: polls.start_parsing(due[request], result),
            settings=settings,
            host_holds=host_holds,
            is_cancelled=is_cancelled,
        ):
            yield polls.finish(due[finished.request], finished.result, finished.work)
        polls.settle()
        if pages:
            yield from fetch_pages(
                store,
                workers,
                settings=settings,
                site_rules=site_rules,
                host_holds=store.feeds.host_holds(clock()),
                is_cancelled=is_cancelled,
            )
    if feed_ids is None and not is_cancelled():
        store.finish_refresh(clock())


class _Polls:
    """What comes of the polls of one refresh."""

    def __init__(
        self,
        store: Store,
        workers: WorkerPool,
        settings: RefreshSettings,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._workers = workers
        self._settings = settings
        self._clock = clock
        self._random = random.Random()  # noqa: S311 (jitter is no secret)
        self._is_online = False
        self._perhaps_offline: dict[str, list[FeedUpdate]] = {}

    def start_parsing(
        self, subscription: Subscription, result: FetchResult | NotAsked
    ) -> Future[ParsedFeed] | None:
        """Start to read a body that is not the one we know."""
        if (
            not isinstance(result, Fetched)
            or schedule.hash_body(result.body) == subscription.poll.body_hash
        ):
            return None
        headers = dict(result.headers)
        response = {
            "url": result.url,
            "content_type": headers.get("content-type", ""),
            "content_language": headers.get("content-language", ""),
            "content_location": headers.get("content-location", ""),
        }
        parsed = parse_fast(result.body, **response)
        if parsed is None:
            return self._workers.submit(
                parse_feed, result.body, timeout_s=_PARSE_TIMEOUT_S, **response
            )
        done: Future[ParsedFeed] = Future()
        done.set_result(parsed)
        return done

    def finish(
        self,
        subscription: Subscription,
        result: FetchResult | NotAsked,
        work: Future[ParsedFeed] | None,
    ) -> RefreshOutcome:
        """Store what a poll brought and say what it was."""
        now = self._clock()
        if isinstance(result, NotAsked):
            return self._put_off(subscription, result, now)
        parsed: ParsedFeed | None = None
        parse_error = ""
        if work is not None:
            try:
                parsed = outcome_of(work)
            except NotAFeed as error:
                parse_error = str(error)
            except WorkFailed as error:
                parse_error = f"the feed could not be read: {error}"
        poll = self._next_poll(subscription, result, parsed, parse_error, now)
        poll, new_url, moved_reason = self._follow_move(subscription, poll, now)
        plan = _NO_PLAN
        update = FeedUpdate(subscription.id, poll, new_url=new_url)
        if parsed is not None:
            update, plan = self._plan(subscription, parsed, update)
        if isinstance(result, FetchFailed) and result.is_offline:
            self._perhaps_offline.setdefault(host_key(subscription.url), []).append(update)
        else:
            self._is_online = True
            with self._store.transaction():
                self._store.apply([update], now)
                if hold := schedule.host_hold(result, now):
                    self._store.feeds.hold_host(host_key(result.url), hold)
        return RefreshOutcome(
            feed_id=subscription.id,
            url=subscription.url,
            title=(parsed.feed.title if parsed else "") or subscription.title,
            outcome=_name_outcome(result, poll, plan, new_url, parse_error),
            new=len(plan.new),
            changed=sum(change.is_edited for change in plan.changed),
            reason=moved_reason or poll.error,
            status=poll.status,
            duration_ms=round(result.elapsed_s * 1000),
            is_offline=isinstance(result, FetchFailed) and result.is_offline,
        )

    def settle(self) -> None:
        """Store the failures that may have been this computer's, unless they were.

        A laptop that wakes without a network must not back off from all of its feeds.
        """
        if self._is_online or len(self._perhaps_offline) < _HOSTS_TO_BE_OFFLINE:
            updates = [one for updates in self._perhaps_offline.values() for one in updates]
            self._store.apply(updates, self._clock())

    def _put_off(
        self, subscription: Subscription, refusal: NotAsked, now: datetime
    ) -> RefreshOutcome:
        poll = schedule.after_fetch(
            subscription.poll, refusal, now=now, random=self._random, settings=self._settings
        )
        self._store.apply([FeedUpdate(subscription.id, poll)], now)
        return RefreshOutcome(
            subscription.id,
            subscription.url,
            subscription.title,
            "skipped",
            reason=refusal.reason,
        )

    def _next_poll(
        self,
        subscription: Subscription,
        result: FetchResult,
        parsed: ParsedFeed | None,
        parse_error: str,
        now: datetime,
    ) -> PollState:
        if parsed is not None:
            dates = (entry.published or entry.updated for entry in parsed.entries)
            recent = sorted((date for date in dates if date), reverse=True)[:_RECENT_ENTRIES]
        else:
            recent = list(self._store.entries.recent_times(subscription.id, _RECENT_ENTRIES))
        return schedule.after_fetch(
            subscription.poll,
            result,
            now=now,
            random=self._random,
            hints=parsed.hints if parsed else None,
            parse_error=parse_error,
            recent=recent,
            min_interval_s=subscription.settings.min_interval_s,
            settings=self._settings,
        )

    def _follow_move(
        self, subscription: Subscription, poll: PollState, now: datetime
    ) -> tuple[PollState, str, str]:
        """Return the polling state, the new address if the feed moved there, and the words."""
        new_url = schedule.proved_move(subscription, poll)
        if not new_url:
            return poll, "", ""
        taken_by = self._store.feeds.feed_id_of(new_url)
        if taken_by is not None:
            reason = f"it moved to {new_url}, which you follow already (feed {taken_by})"
            return replace(poll, gone_at=now, error=reason), "", reason
        # What the old address said of its bodies is nothing to the new one.
        fresh = replace(poll, etag="", last_modified="", body_hash=b"", moved_to="", moved_seen=0)
        return fresh, new_url, f"it moved for good to {new_url}"

    def _plan(
        self, subscription: Subscription, parsed: ParsedFeed, update: FeedUpdate
    ) -> tuple[FeedUpdate, Plan]:
        identified = identify(parsed.entries)
        plan = plan_entries(identified, self._store.entries.known(subscription.id, identified))
        is_first = subscription.poll.succeeded_at is None
        texts = {clean.entry: clean.content_text for clean in plan.new}
        has_summaries = is_summary_only(parsed.entries, texts)
        mode = subscription.settings.full_text
        if mode == "auto":
            mode = self._settings.full_text
        return (
            replace(
                update,
                feed=_keep_link(parsed.feed, subscription),
                format=parsed.format,
                is_summary_only=has_summaries,
                new=plan.new,
                changed=plan.changed,
                unread_limit=self._settings.unread_on_first_fetch if is_first else None,
                pages_wanted=mode == "always" or (mode == "auto" and has_summaries),
            ),
            plan,
        )


def _keep_link(feed: Feed, subscription: Subscription) -> Feed:
    """Return the feed with what it no longer says of itself, but said before."""
    known = subscription.feed
    return replace(feed, title=feed.title or known.title, link=feed.link or known.link)


def _name_outcome(
    result: FetchResult, poll: PollState, plan: Plan, new_url: str, parse_error: str
) -> Outcome:
    if poll.gone_at is not None:
        return "gone"
    if new_url:
        return "moved"
    if isinstance(result, FetchFailed) or parse_error:
        return "failed"
    if isinstance(result, NotModified):
        return "not_modified"
    return "new" if plan.new else "unchanged"
