"""The pipeline that turns due feeds into stored entries.

1. `schedule.select` says which feeds are due, and why the others are not;
2. a thread of its own fetches them, many hosts at once, and hands results on;
3. a 304, or a body whose digest is known, touches the polling state alone;
4. of other bodies what is new is read (core/reading.py): at once if they hold no surprises,
   else in worker processes, bounded in time and memory;
5. `plan` compares with what is known and `store.apply` writes entries and validators
   together, one transaction for the few feeds that are ready at the same moment (polls.py);
   the rules act on new entries before it ends;
6. when all feeds are done, the article pages of new entries of summary-only feeds are
   fetched and extracted the same way (pages.py). What is left undone the next refresh
   takes up.

The caller's thread does all writing: it owns the store.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from feedreader.core import schedule
from feedreader.model import PageOutcome, RefreshOutcome, RefreshSettings, SiteRule
from feedreader.refresh.polls import Polls
from feedreader.refresh.stream import fetch_and_work
from feedreader.rules import Rules
from feedreader.selecting import Selector
from feedreader.store import Store
from feedreader.workers import WorkerPool

_WORKER_MODULES = (
    "feedreader.core.reading",
    "feedreader.core.plan",
    "feedreader.core.fulltext",
)
_READERS = max(1, min(3, (os.cpu_count() or 1) - 1))  # the main process reads too


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
    on_start: Callable[[int], None] = lambda feed_id: None,
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
    rules = Rules(store, Selector(store, clock), clock)
    with WorkerPool(_WORKER_MODULES, most=_READERS) as workers:
        polls = Polls(store, workers, settings, clock, rules, due.values())
        for batch in fetch_and_work(
            due,
            lambda request, result: polls.start_reading(due[request], result),
            settings=settings,
            host_holds=host_holds,
            clock=clock,
            is_cancelled=is_cancelled,
            on_start=lambda request: on_start(due[request].id),
            work_here=polls.read_one_here,
        ):
            outcomes = [polls.finish(due[one.request], one.result, one.work) for one in batch]
            polls.save()
            yield from outcomes
        polls.settle()
    if pages and store.entries.pages_wanted():
        # Reading articles takes as long to load as the rest of a refresh.
        from feedreader.refresh.pages import fetch_pages

        yield from fetch_pages(
            store,
            settings=settings,
            site_rules=site_rules,
            clock=clock,
            is_cancelled=is_cancelled,
            rules=rules,
        )
    if feed_ids is None and not is_cancelled():
        store.finish_refresh(clock())
