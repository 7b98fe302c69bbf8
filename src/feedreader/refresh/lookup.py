"""Single addresses that the user asks for: what they hold, which feeds they lead to."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from feedreader.core.discover import (
    FeedLink,
    find_feeds,
    guess_feed_urls,
    known_feed_urls,
    looks_like_feed,
)
from feedreader.core.parse import parse_feed
from feedreader.core.urls import host_of, mask_secrets, may_send_on, with_userinfo_of
from feedreader.errors import FetchError, NotAFeed
from feedreader.fetch.addresses import parse_url
from feedreader.fetch.network import is_private_literal
from feedreader.model import (
    FeedSettings,
    Fetched,
    FetchResult,
    NotAsked,
    NotModified,
    ParsedFeed,
    RefreshSettings,
    Request,
)
from feedreader.refresh.stream import make_fetcher
from feedreader.workers import WorkerPool, WorkFailed, outcome_of

_PARSE_TIMEOUT_S = 20.0


def discover(url: str, settings: RefreshSettings) -> tuple[FeedLink, ...]:
    """Return the feeds that an address leads to, best first.

    The address itself if it is a feed; else the forms that its site is known for; else the
    feeds that its page names; else the usual paths. What an address has to log in with goes
    to the feeds of its origin. Raises `FetchError` or `NotAFeed`.
    """
    known = (
        _read_feed(_try_fetch(_request(one, settings), settings), asked=one)
        for one in known_feed_urls(url)
    )
    if links := tuple(link for link in known if link is not None):
        return links
    page = fetch_one(_request(url, settings), settings)
    if (link := _read_feed(page, asked=url)) is not None:
        return (link,)
    if links := _find_feeds(page):
        return tuple(replace(link, url=_with_login(url, link.url)) for link in links)
    for guess in guess_feed_urls(_with_login(url, page.url)):
        result = _try_fetch(_request(guess, settings), settings)
        if (link := _read_feed(result, asked=guess)) is not None:
            return (link,)
    shown = mask_secrets(url)
    raise NotAFeed(f"no feed was found at {shown}: the page names none, nor do the usual paths")


def preview(url: str, settings: RefreshSettings, own: FeedSettings) -> ParsedFeed:
    """Return the feed at an address as it is now; raises `FetchError` or `NotAFeed`.

    `own` are the settings that the feed shall have: how to log in, for one.
    """
    request = replace(_request(url, settings), accept="feed", settings=own)
    return _parse(fetch_one(request, settings))


def fetch_document(url: str, settings: RefreshSettings) -> bytes:
    """Return the body at an address; raises `FetchError`."""
    return fetch_one(_request(url, settings), settings).body


def fetch_one(request: Request, settings: RefreshSettings) -> Fetched:
    """Fetch one thing; raises `FetchError` with the reason."""
    result = _try_fetch(request, settings)
    if isinstance(result, Fetched):
        return result
    reason = "the server sent nothing new" if isinstance(result, NotModified) else result.reason
    raise FetchError(f"cannot fetch {mask_secrets(request.url)}: {reason}")


def _try_fetch(request: Request, settings: RefreshSettings) -> FetchResult | NotAsked:
    async def fetch() -> FetchResult | NotAsked:
        async with make_fetcher(settings, {}) as fetcher:
            return await fetcher.fetch(request)

    return asyncio.run(fetch())


def _request(url: str, settings: RefreshSettings) -> Request:
    return Request(
        url=url, accept="page", trusted_hosts=frozenset({host_of(url)}), limits=settings.limits
    )


def _find_feeds(page: Fetched) -> tuple[FeedLink, ...]:
    """Return the feeds that a page names; in the local network only if it is from there itself.

    Who follows a feed vouches for its host, and would not know whom the page had named.
    """
    links = find_feeds(page.body, url=page.url)
    if page.is_local:
        return links
    return tuple(link for link in links if not is_private_literal(host_of(link.url)))


def _with_login(asked: str, url: str) -> str:
    """Return an address with the user name and password of another one, if they may go there."""
    return with_userinfo_of(asked, url) if may_send_on(asked, url) else url


def _read_feed(result: FetchResult | NotAsked, *, asked: str) -> FeedLink | None:
    """Return the link to a body that is a feed, with its title; None if it is none.

    Only permanent redirects are followed for good.
    """
    if not isinstance(result, Fetched):
        return None
    content_type = dict(result.headers).get("content-type", "")
    if not looks_like_feed(result.body, content_type):
        return None
    try:
        parsed = _parse(result)
    except NotAFeed:
        return None
    url = result.moved_permanently_to or parse_url(asked).text
    return FeedLink(_with_login(asked, url), title=parsed.feed.title, type=parsed.format)


def _parse(fetched: Fetched) -> ParsedFeed:
    """Return what a body holds, read in a process of its own; raises `NotAFeed`."""
    with WorkerPool() as workers:
        work = workers.submit(
            parse_feed,
            fetched.body,
            url=fetched.url,
            content_type=dict(fetched.headers).get("content-type", ""),
            timeout_s=_PARSE_TIMEOUT_S,
        )
        try:
            return outcome_of(work)
        except WorkFailed as error:
            raise NotAFeed(f"the feed could not be read: {error}") from None
