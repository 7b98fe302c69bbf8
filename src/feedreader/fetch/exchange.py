"""One feed or page over HTTP: the request we send, redirects we follow, what we make of it.

What is sent, and never more: User-Agent, Accept, Accept-Encoding: gzip, deflate, both
validators as they came, and the feed's own credentials and headers to its own origin, or from
http there to https. No cookies, no Referer, no second try of a request that got an answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from feedreader.core.intervals import clock_words
from feedreader.core.schedule import host_hold
from feedreader.core.urls import host_key, is_public_address, may_send_on, split_userinfo
from feedreader.fetch.addresses import Address, parse_url
from feedreader.fetch.body import read_body
from feedreader.fetch.faults import (
    AnswerFault,
    ConnectTimeout,
    ExchangeFault,
    LineFault,
    LineTimeout,
    NameUnanswered,
)
from feedreader.fetch.headers import (
    announced_length,
    basic_login,
    decode_headers,
    encode,
    is_sendable,
    keep_headers,
)
from feedreader.fetch.messages import Fields, Message
from feedreader.fetch.network import (
    Connections,
    environment_proxies,
    find_proxy,
    is_private_literal,
    private_reason,
)
from feedreader.fetch.turns import Turns
from feedreader.fetch.words import (
    FetchRefused,
    describe_exchange_error,
    describe_status,
    say,
    says_offline,
)
from feedreader.model import (
    Fetched,
    FetchFailed,
    FetchResult,
    NotAsked,
    NotModified,
    Request,
)

if TYPE_CHECKING:
    from feedreader.fetch.direct import DirectAnswer
    from feedreader.fetch.relayed import RelayedAnswer

    _Answer = DirectAnswer | RelayedAnswer

_ACCEPT = {
    "feed": "application/atom+xml, application/rss+xml, application/feed+json,"
    " application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7,"
    " text/html;q=0.5, */*;q=0.1",
    "page": "text/html, application/xhtml+xml;q=0.9, */*;q=0.1",
    "image": "image/png, image/jpeg, image/webp, image/gif, image/*;q=0.5",
}
# Set by us alone: they frame the message or promise what we can read.
_OUR_OWN_HEADERS = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "te", "upgrade", "expect"}
    | {"accept-encoding", "if-none-match", "if-modified-since"}
)
_MOST_HEADER_BYTES = 64 * 1024
_PERMANENT = frozenset({301, 308})
_REDIRECTS = _PERMANENT | {302, 303, 307}
_WHOLE = frozenset({200, 201, 202, 203})
_MOST_UNREACHED = 3
_DRAIN_BYTES = 16 * 1024
_DRAIN_S = 0.5


@dataclass(slots=True)
class _Trail:
    """Where a fetch stands: changes with every hop."""

    url: Address
    authorization: str
    home: str
    """The host that the feed names: its leave to skip certificates is for that one."""
    hops: int = 0
    is_permanent: bool = True
    """So far every hop was a 301 or 308."""
    is_at_home: bool = True
    """It never left the first origin but for its https: what is the feed's own may be sent."""
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    spent_s: float = 0.0

    @property
    def moved_permanently_to(self) -> str:
        return self.url.text if self.hops and self.is_permanent else ""


class Exchange:
    """What the HTTP fetches of one run share: turns, holds and the program's name."""

    def __init__(
        self,
        *,
        turns: Turns,
        holds: dict[str, datetime],
        user_agent: str,
        proxy: str,
        allow_private: bool,
        now: Callable[[], datetime],
    ) -> None:
        self._turns = turns
        self._holds = holds
        self._user_agent = user_agent
        self._proxy = proxy
        self._proxies = environment_proxies()
        self._allow_private = allow_private
        self._now = now
        self._unreached: Counter[str] = Counter()
        """By host: connections in a row that were not made in time."""

    async def fetch(self, request: Request, connections: Connections) -> FetchResult | NotAsked:
        """Return what came of the request; network faults are results, never exceptions."""
        try:
            start = parse_url(request.url)
        except FetchRefused as refusal:
            return FetchFailed(say(request.url), say(str(refusal)))
        # From here on the address holds no credentials, so nothing can print them.
        trail = _Trail(start, _authorization(request), start.host)
        while True:
            host = host_key(trail.url.text)
            try:
                # The first turn comes when it comes; a redirect into another host's long
                # queue is not worth a worker.
                turn = await self._turns.take(host, request.limits.total_s if trail.hops else None)
            except TimeoutError:
                return NotAsked(
                    trail.url.text, say(f"{host} is busy with our other requests"), self._now()
                )
            with turn:
                hold = self._holds.get(host)
                if hold is not None and hold > self._now():
                    return self._not_asked(trail, host, hold)
                if self._unreached[host] >= _MOST_UNREACHED:
                    # Its other feeds would have the whole run wait, each for the same.
                    reason = say(f"{host} did not answer {_MOST_UNREACHED} times in a row")
                    return NotAsked(trail.url.text, reason, self._now())
                result = await self._visit(request, trail, connections)
            if result is not None:
                return result

    def _not_asked(self, trail: _Trail, host: str, hold: datetime) -> NotAsked:
        until = clock_words(hold, self._now())
        return NotAsked(trail.url.text, say(f"{host} asked us to wait until {until}"), hold)

    async def _visit(
        self, request: Request, trail: _Trail, connections: Connections
    ) -> FetchResult | None:
        """Ask one host, following redirects within it; None: the trail leads elsewhere."""
        started = time.monotonic()
        limits = request.limits
        host = host_key(trail.url.text)
        deadline = asyncio.timeout(limits.total_s - trail.spent_s)
        is_sound = is_offline = is_unreached = False
        try:
            async with deadline:
                result = await self._follow(request, trail, connections)
            is_sound = True
        except TimeoutError:
            reason = f"the server took longer than {limits.total_s:g} s"
        except FetchRefused as refusal:
            reason = str(refusal)
        except ConnectTimeout:
            reason = f"the server does not answer within {limits.connect_s:g} s"
            is_unreached = True
        except LineTimeout:
            reason = f"the server sent nothing for {limits.read_s:g} s"
        except (ExchangeFault, OSError) as error:
            reason = describe_exchange_error(error)
            is_offline = says_offline(error)
            is_unreached = isinstance(error, NameUnanswered)
        finally:
            trail.spent_s += time.monotonic() - started
            if not is_sound:
                await connections.close()
        self._unreached[host] = self._unreached[host] + 1 if is_unreached else 0
        if is_sound:
            return self._finish(result, trail) if result is not None else None
        return self._finish(replace(_failed(trail, reason), is_offline=is_offline), trail)

    def _finish(self, result: FetchResult, trail: _Trail) -> FetchResult:
        hold = host_hold(result, self._now())
        if hold is not None:
            self._holds[host_key(result.url)] = hold
        return replace(result, elapsed_s=trail.spent_s)

    async def _follow(
        self, request: Request, trail: _Trail, connections: Connections
    ) -> FetchResult | None:
        while True:
            answer = await self._ask(request, trail, connections)
            try:
                result, location = await self._read(request, trail, answer)
            finally:
                await answer.aclose()
            if result is not None:
                return result
            here = host_key(trail.url.text)
            self._hop(request, trail, location)
            if host_key(trail.url.text) != here:
                return None

    async def _ask(self, request: Request, trail: _Trail, connections: Connections) -> _Answer:
        address, limits = trail.url, request.limits
        host = address.host
        allow_private = self._allow_private or host.rstrip(".") in request.trusted_hosts
        wanted = request.settings.proxy or self._proxy
        proxy = find_proxy(address.scheme, host, wanted, self._proxies)
        if proxy and not allow_private and is_private_literal(host):
            raise FetchRefused(private_reason(host, host))
        message = Message(
            "GET", address, self._fields(request, trail), limits.connect_s, limits.read_s
        )

        async def ask() -> _Answer:
            way = connections.way(
                proxy=proxy,
                uses_tls=address.scheme == "https",
                verify_tls=request.settings.verify_tls or host != trail.home,
                allow_private=allow_private,
            )
            return await way.ask(message)

        opened = connections.opened
        try:
            answer = await ask()
            if answer.status != 408 or connections.opened != opened:
                return answer
            await answer.aclose()
        except (AnswerFault, LineFault):
            if connections.opened != opened:
                raise
        # A server may close an idle connection just as we use it (RFC 9112 section 9.3.1), some
        # with a 408: the request was never heard, so a new connection may carry it again.
        await connections.close()
        return await ask()

    def _fields(self, request: Request, trail: _Trail) -> Fields:
        settings = request.settings
        fields = {
            "host": ("Host", trail.url.authority),
            "user-agent": ("User-Agent", settings.user_agent or self._user_agent),
            "accept": ("Accept", _ACCEPT[request.accept]),
            "accept-encoding": ("Accept-Encoding", "gzip, deflate"),
        }
        if trail.is_at_home:
            if trail.authorization:
                fields["authorization"] = ("Authorization", trail.authorization)
            for name, value in settings.headers:
                if name.lower() not in _OUR_OWN_HEADERS:
                    fields[name.lower()] = (name, value)
        encoded = [(encode(name), encode(value)) for name, value in fields.values()]
        if is_sendable(request.etag):
            encoded.append((b"If-None-Match", request.etag.encode("latin-1")))
        if is_sendable(request.last_modified):
            encoded.append((b"If-Modified-Since", request.last_modified.encode("latin-1")))
        return encoded

    async def _read(
        self, request: Request, trail: _Trail, answer: _Answer
    ) -> tuple[FetchResult | None, str]:
        """Return a result, or the address to go on to."""
        status = trail.status = answer.status
        if sum(len(name) + len(value) for name, value in answer.fields) > _MOST_HEADER_BYTES:
            raise FetchRefused("the server sent too many or too long headers")
        headers = decode_headers(answer.fields)
        trail.headers = keep_headers(headers)
        url, moved = trail.url.text, trail.moved_permanently_to
        if status in _WHOLE:
            limits = request.limits
            if announced_length(headers) > limits.max_bytes:
                raise FetchRefused(f"the body is larger than {limits.max_bytes / 2**20:.3g} MiB")
            body = await read_body(
                answer.parts(), headers.get("content-encoding", ""), limits.max_bytes
            )
            return Fetched(url, status, body, trail.headers, moved, is_local=_is_local(answer)), ""
        if status == 304 and (is_sendable(request.etag) or is_sendable(request.last_modified)):
            await _drain(answer)
            return NotModified(url, trail.headers, moved, is_local=_is_local(answer)), ""
        await _drain(answer)
        if status in _REDIRECTS:
            return None, headers.get("location", "")
        words = describe_status(status, headers)
        if status == 401 and not trail.is_at_home:
            words += "; ours stays with the address that it was given for"
        if status == 410 and not trail.is_permanent:
            words = "the address that it redirects to for now is gone (410)"
        return _failed(trail, words), ""

    def _hop(self, request: Request, trail: _Trail, location: str) -> None:
        """Move the trail to where a redirect points, or refuse it."""
        if trail.hops >= request.limits.max_redirects:
            raise FetchRefused(f"more than {trail.hops} redirects, one after another")
        if not location:
            raise FetchRefused(f"the server redirects to nowhere ({trail.status})")
        try:
            target = parse_url(location, base=trail.url)
        except FetchRefused as refusal:
            shown = location if len(location) <= 120 else location[:120] + "…"
            raise FetchRefused(f'the redirect to "{shown}" was not followed: {refusal}') from None
        if trail.url.scheme == "https" and target.scheme == "http":
            raise FetchRefused(
                f"a redirect from https to http ({target.host}) would give up encryption;"
                " it was not followed"
            )
        if target.text == trail.url.text:
            raise FetchRefused("the address redirects to itself")
        trail.is_permanent = trail.is_permanent and trail.status in _PERMANENT
        trail.is_at_home = trail.is_at_home and may_send_on(trail.url.text, target.text)
        trail.url = target
        trail.hops += 1
        trail.headers = ()


def _authorization(request: Request) -> str:
    """Return the Authorization header's value (RFC 7617, RFC 6750), "" for none."""
    settings = request.settings
    if settings.bearer_token:
        return f"Bearer {settings.bearer_token}"
    username, password = settings.username, settings.password
    if not (username or password):
        _, username, password = split_userinfo(request.url)
    if not (username or password):
        return ""
    return basic_login(username, password)


# --- answers nobody wants ---------------------------------------------------


async def _drain(answer: _Answer) -> None:
    """Read a short body that nobody wants, so that its connection can be used again.

    If that fails, the connection is closed with the answer; what it said before stands.
    """
    if answer.is_over:
        return
    size = 0
    with contextlib.suppress(TimeoutError, ExchangeFault):
        async with asyncio.timeout(_DRAIN_S):
            async for part in answer.parts():
                size += len(part)
                if size > _DRAIN_BYTES:
                    return


def _is_local(answer: _Answer) -> bool:
    """Tell whether the answer came from a private address; a proxy's counts as the server's."""
    return answer.server_ip != "" and not is_public_address(answer.server_ip)


def _failed(trail: _Trail, reason: str) -> FetchFailed:
    return FetchFailed(
        trail.url.text,
        say(reason),
        trail.status,
        trail.headers,
        trail.moved_permanently_to,
        is_elsewhere=not trail.is_permanent,
    )
