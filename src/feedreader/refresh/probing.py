"""The network's word on a feed: another address for it, proved by entries that we know.

A probe is one request, and one more if it brought a page that names another feed; hosts are
asked one request at a time, like in a refresh. A feed gets another address only if the
document there gives entries that we know, and that document is stored in the same
transaction: the change is proved before it is made and after.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime

from feedreader.core.discover import find_feeds, looks_like_feed
from feedreader.core.reading import Reading, read_elsewhere
from feedreader.core.schedule import after_move, may_move, settings_at, trusted_hosts
from feedreader.core.urls import host_of, mask_secrets
from feedreader.errors import FetchError, NotAFeed
from feedreader.model import (
    Fetched,
    FetchFailed,
    FetchResult,
    NotAsked,
    PollState,
    RefreshSettings,
    Request,
    Subscription,
)
from feedreader.model.health import Probe, Question
from feedreader.refresh.backlog import READ_TIMEOUT_S, response_of
from feedreader.refresh.lookup import fetch_one
from feedreader.refresh.polls import Polls
from feedreader.refresh.stream import Finished, fetch_and_work
from feedreader.rules import Rules
from feedreader.selecting import Selector
from feedreader.store import RefreshLock, Store
from feedreader.workers import WorkerPool, WorkFailed, outcome_of

_PAGE_BYTES = 5 * 1024 * 1024


def ask(
    store: Store,
    questions: Sequence[Question],
    subscriptions: Mapping[int, Subscription],
    *,
    settings: RefreshSettings,
    clock: Callable[[], datetime],
    is_cancelled: Callable[[], bool],
) -> Iterator[Probe]:
    """Ask, and yield the answers as they come; several feeds' questions about one page are one."""
    asking: dict[Request, list[Question]] = defaultdict(list)
    for question in questions:
        subscription = subscriptions[question.feed_id]
        is_page = question.purpose == "site"
        asking[_request(subscription, question.url, settings, is_page=is_page)].append(question)

    with WorkerPool() as workers:

        def start(_: Request, result: FetchResult | NotAsked) -> Future[Reading] | None:
            return _start_reading(workers, result)

        def finished(requests: Iterable[Request]) -> Iterator[Finished[Reading]]:
            for batch in fetch_and_work(
                requests,
                start,
                settings=settings,
                host_holds=store.feeds.host_holds(clock()),
                clock=clock,
                is_cancelled=is_cancelled,
            ):
                yield from batch

        named: dict[Request, list[Question]] = defaultdict(list)
        for one in finished(asking):
            for question in asking[one.request]:
                subscription = subscriptions[question.feed_id]
                link = _other_feed(one.result, subscription) if one.work is None else ""
                if question.purpose == "site" and link:
                    named[_request(subscription, link, settings)].append(question)
                else:
                    yield _answer(store, question, one)
        for one in finished(named):
            for question in named[one.request]:
                yield _answer(store, question, one)


def readdress(
    store: Store,
    selector: Selector,
    before: Subscription,
    url: str,
    *,
    settings: RefreshSettings,
    clock: Callable[[], datetime],
) -> None:
    """Follow a feed at another address, if that gives entries that we know.

    Raises `FetchError` or `NotAFeed` if it does not, `AlreadyFollowed` if another feed has the
    address, and `RefreshRunning`; then nothing is changed.
    """
    if not may_move(before, url):
        raise FetchError("what is sent to log in may not go to another server")
    with RefreshLock(store.connection.path).acquire(wait=False), WorkerPool() as workers:
        result = fetch_one(_request(before, url, settings), settings)
        address = _address_of(result, asked=url)
        moved = replace(before, url=address, poll=_poll_of_moved(before.poll))
        polls = Polls(store, workers, settings, clock, Rules(store, selector, clock), [moved])
        work = polls.start_reading(moved, result)
        assert work is not None, "the body of an address that is new is read"
        shown = mask_secrets(address)
        try:
            reading = outcome_of(work)
        except WorkFailed as error:
            raise NotAFeed(f"{shown} could not be read: {error}") from None
        if not _count_shared(store, before.id, reading):
            raise NotAFeed(f"{shown} gives none of the entries that are known of this feed")
        with store.transaction():
            store.feeds.change_url(before.id, address)
            outcome = polls.finish(moved, result, work)
            polls.save()
            if outcome.outcome not in ("new", "unchanged"):
                raise NotAFeed(f"{shown} cannot be followed: {outcome.reason}")


def _request(
    subscription: Subscription, url: str, settings: RefreshSettings, *, is_page: bool = False
) -> Request:
    is_same_host = host_of(url) == host_of(subscription.url)
    limits = settings.limits
    if is_page:
        limits = replace(limits, max_bytes=min(limits.max_bytes, _PAGE_BYTES))
    return Request(
        url=url,
        accept="page" if is_page else "feed",
        settings=settings_at(subscription, url),
        trusted_hosts=trusted_hosts(subscription, settings) if is_same_host else frozenset(),
        limits=limits,
    )


def _start_reading(workers: WorkerPool, result: FetchResult | NotAsked) -> Future[Reading] | None:
    """Start to read a body that may be a feed."""
    if not isinstance(result, Fetched):
        return None
    response = response_of(result)
    if not looks_like_feed(result.body, response["content_type"]):
        return None
    return workers.submit(
        read_elsewhere,
        result.body,
        all_new=False,
        timeout_s=READ_TIMEOUT_S,
        **response,
    )


def _other_feed(result: FetchResult | NotAsked, subscription: Subscription) -> str:
    """Return the first feed that a page names beside the one that fails; "" if there is none."""
    if not isinstance(result, Fetched):
        return ""
    links = (link.url for link in find_feeds(result.body, url=result.url))
    return next((url for url in links if url != subscription.url), "")


def _answer(store: Store, question: Question, one: Finished[Reading]) -> Probe:
    result = one.result
    if isinstance(result, FetchFailed | NotAsked):
        return Probe(question, reason=result.reason)
    if one.work is None or not isinstance(result, Fetched):
        return Probe(question, reason="there is no feed")
    try:
        reading = outcome_of(one.work)
    except (NotAFeed, WorkFailed) as error:
        return Probe(question, reason=str(error))
    return Probe(
        question,
        found_url=_address_of(result, asked=one.request.url),
        shared_count=_count_shared(store, question.feed_id, reading),
    )


def _address_of(result: Fetched, *, asked: str) -> str:
    """Return where to follow what was found: only permanent redirects are followed for good."""
    return result.moved_permanently_to or asked


def _count_shared(store: Store, feed_id: int, reading: Reading) -> int:
    """Return how many entries of a document are known of a feed, by id or by link."""
    known = store.entries.known(feed_id, reading.identified)
    return len(reading.unchanged) + sum(
        one.key in known.by_key
        or one.plain_key in known.by_key
        or one.linked_key in known.by_key
        or one.alt_key in known.by_alt_key
        for one in reading.identified
    )


def _poll_of_moved(poll: PollState) -> PollState:
    """Return what is still true of a feed at another address."""
    return replace(after_move(poll), failures=0, error="", gone_at=None)
