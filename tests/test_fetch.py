"""What goes over the wire, and what becomes of every way in which servers misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import gzip
import os
import re
import sys
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from feedreader.core.urls import (
    host_key,
    is_private_name,
    is_public_address,
    mask_secrets,
    with_userinfo_of,
)
from feedreader.fetch import Fetcher, network, streams
from feedreader.fetch.body import Inflater
from feedreader.fetch.faults import ConnectFault, ConnectTimeout
from feedreader.fetch.streams import TcpStream
from feedreader.fetch.words import FetchRefused, describe_exchange_error
from feedreader.model import (
    FeedSettings,
    Fetched,
    FetchFailed,
    FetchLimits,
    FetchResult,
    NotAsked,
    NotModified,
    Request,
)
from servers import (
    Answer,
    Behaviour,
    Certificate,
    Exchange,
    LoopbackServer,
    cut_after,
    drip,
    drip_headers,
    endless,
    gzip_bomb,
    make_certificate,
    raw,
    reset,
    silence,
)

FEED = b"<rss version='2.0'><channel><title>t</title></channel></rss>"
LOCAL = frozenset({"127.0.0.1", "localhost", "::1", "feed.test"})
QUICK = FetchLimits(connect_s=0.5, read_s=0.5, total_s=1.0, max_bytes=2 * 2**20)


@pytest.fixture(autouse=True)
def no_proxy_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in tuple(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(answers={"/feed": Answer(body=FEED)}) as server:
        yield server


def ask(url: str, **changes: object) -> Request:
    return Request(url, **({"trusted_hosts": LOCAL, "limits": QUICK} | changes))  # type: ignore[arg-type]


async def fetch(request: Request | str, **options: object) -> FetchResult | NotAsked:
    async with Fetcher(host_pause_s=0, **options) as fetcher:  # type: ignore[arg-type]
        return await fetcher.fetch(ask(request) if isinstance(request, str) else request)


async def failure_of(request: Request | str, **options: object) -> FetchFailed:
    result = await fetch(request, **options)
    assert isinstance(result, FetchFailed), result
    assert result.reason
    assert result.reason.isprintable()
    return result


async def body_of(request: Request | str, **options: object) -> bytes:
    result = await fetch(request, **options)
    assert isinstance(result, Fetched), result
    return result.body


def to_loopback(*names: str) -> network.Resolve:
    """A resolver that knows these names only, all of them here."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        if host in names:
            return ("127.0.0.1",)
        raise OSError(f"unexpected name {host}")

    return resolve


# --- the request ------------------------------------------------------------


async def test_request_says_who_asks_and_what_is_read(server: LoopbackServer) -> None:
    await fetch(server.url())
    (seen,) = server.requests
    assert seen.method == "GET"
    assert re.fullmatch(r"feedreader/\d[\w.]* \(\+https://\S+\)", seen.headers["user-agent"])
    assert seen.headers["accept-encoding"] == "gzip, deflate"
    assert seen.headers["accept"].startswith("application/atom+xml, application/rss+xml")
    assert seen.headers["host"] == f"127.0.0.1:{server.port}"


async def test_request_carries_nothing_else(server: LoopbackServer) -> None:
    await fetch(server.url())
    assert set(server.requests[0].headers) == {"host", "user-agent", "accept", "accept-encoding"}


@pytest.mark.parametrize(
    ("accept", "start"), [("page", "text/html"), ("image", "image/"), ("feed", "application/")]
)
async def test_accept_names_what_is_wanted(server: LoopbackServer, accept: str, start: str) -> None:
    await fetch(ask(server.url(), accept=accept))
    assert server.requests[0].headers["accept"].startswith(start)


async def test_validators_go_back_byte_for_byte_and_both(server: LoopbackServer) -> None:
    etag, date = 'W/"a,b--gzip:1"', "Wed, 01 Jan 2025 00:00:00 UTC"
    server.answers["/feed"] = Answer(body=FEED, headers={"ETag": etag, "Last-Modified": date})
    first = await fetch(server.url())
    assert isinstance(first, Fetched)
    kept = dict(first.headers)
    await fetch(ask(server.url(), etag=kept["etag"], last_modified=kept["last-modified"]))
    assert b"If-None-Match: " + etag.encode() + b"\r\n" in server.requests[1].raw
    assert b"If-Modified-Since: " + date.encode() + b"\r\n" in server.requests[1].raw


async def test_etag_with_bytes_beyond_ascii_goes_back_unchanged(server: LoopbackServer) -> None:
    server.answers["/feed"] = Answer(body=FEED, headers={"ETag": b'"\xe4\xc3\xa4\x80"'})
    first = await fetch(server.url())
    assert isinstance(first, Fetched)
    await fetch(ask(server.url(), etag=dict(first.headers)["etag"]))
    assert b'If-None-Match: "\xe4\xc3\xa4\x80"\r\n' in server.requests[1].raw


async def test_no_validator_is_invented(server: LoopbackServer) -> None:
    await fetch(ask(server.url(), etag='"1"'))
    assert "if-modified-since" not in server.requests[0].headers


@pytest.mark.parametrize("etag", ['"a\r\nX-Injected: 1"', '"a\n"', '"' + "x" * 5000 + '"', '"€"'])
async def test_odd_validator_is_not_sent(server: LoopbackServer, etag: str) -> None:
    assert isinstance(await fetch(ask(server.url(), etag=etag)), Fetched)
    assert "if-none-match" not in server.requests[0].headers
    assert "x-injected" not in server.requests[0].headers


async def test_huge_validator_is_not_returned(server: LoopbackServer) -> None:
    headers = {"ETag": '"' + "x" * 5000 + '"', "Last-Modified": "now"}
    server.answers["/feed"] = Answer(body=FEED, headers=headers)
    result = await fetch(server.url())
    assert isinstance(result, Fetched)
    assert result.headers == (("last-modified", "now"),)


async def test_cookies_never_return(server: LoopbackServer) -> None:
    server.answers["/a"] = Answer(body=FEED, headers={"Set-Cookie": "spy=1; Path=/"})
    async with Fetcher(host_pause_s=0) as fetcher:
        async for _ in fetcher.fetch_all([ask(server.url("/a")), ask(server.url("/feed"))]):
            pass
    assert len(server.requests) == 2
    assert all("cookie" not in seen.headers for seen in server.requests)


async def test_userinfo_of_the_url_becomes_basic_auth_and_shows_nowhere(
    server: LoopbackServer,
) -> None:
    url = server.url("/feed").replace("http://", "http://j%40ne:s%3Acret@")
    result = await fetch(url)
    assert isinstance(result, Fetched)
    assert result.url == server.url("/feed")
    assert server.requests[0].headers["authorization"] == "Basic akBuZTpzOmNyZXQ="
    assert "cret" not in server.requests[0].target


async def test_settings_give_agent_headers_and_credentials(server: LoopbackServer) -> None:
    settings = FeedSettings(
        user_agent="Mine/1",
        username="a",
        password="b",
        headers=(("X-Key", "k"), ("Accept-Encoding", "br"), ("Host", "evil.example")),
    )
    await fetch(ask(server.url(), settings=settings))
    headers = server.requests[0].headers
    assert (headers["user-agent"], headers["authorization"]) == ("Mine/1", "Basic YTpi")
    assert headers["x-key"] == "k"
    assert headers["accept-encoding"] == "gzip, deflate"
    assert headers["host"].startswith("127.0.0.1")


async def test_bearer_token_wins_over_password(server: LoopbackServer) -> None:
    settings = FeedSettings(username="a", password="b", bearer_token="tok")
    await fetch(ask(server.url(), settings=settings))
    assert server.requests[0].headers["authorization"] == "Bearer tok"


async def test_own_header_that_breaks_the_message_is_an_error_not_an_injection(
    server: LoopbackServer,
) -> None:
    settings = FeedSettings(headers=(("X-A", "1\r\nX-B: 2"),))
    failed = await failure_of(ask(server.url(), settings=settings))
    assert "cannot be sent" in failed.reason
    assert server.requests == []


# --- answers ----------------------------------------------------------------


async def test_useful_headers_come_back_in_lower_case(server: LoopbackServer) -> None:
    headers = {"ETAG": '"1"', "X-Powered-By": "x", "Cache-Control": "max-age=60", "Age": "2"}
    server.answers["/feed"] = Answer(body=FEED, headers=headers)
    result = await fetch(server.url())
    assert isinstance(result, Fetched)
    assert dict(result.headers) == {"etag": '"1"', "cache-control": "max-age=60", "age": "2"}
    assert (result.status, result.body, result.url) == (200, FEED, server.url())


async def test_304_answers_a_conditional_request(server: LoopbackServer) -> None:
    server.answers["/feed"] = Answer(304, headers={"ETag": '"2"'})
    result = await fetch(ask(server.url(), etag='"1"'))
    assert isinstance(result, NotModified)
    assert dict(result.headers) == {"etag": '"2"'}


STATUSES = {
    400: "does not understand",
    401: "asks for a password",
    403: "refuses us",
    404: "nothing at this address",
    410: "gone for good",
    418: "teapot",
    429: "too often",
    451: "legal reasons",
    499: "refuses the request",
    500: "internal error",
    502: "gateway",
    503: "overloaded",
    599: "has an error",
    204: "with nothing",
    206: "only a part",
    226: "only the changes",
    304: "we have nothing yet",
    300: "several documents",
}


@pytest.mark.parametrize("status", STATUSES)
async def test_status_is_put_in_words_and_asked_once(server: LoopbackServer, status: int) -> None:
    server.answers["/feed"] = Answer(status, body=FEED, headers={"Retry-After": "120"})
    failed = await failure_of(server.url())
    assert STATUSES[status] in failed.reason
    assert str(status) in failed.reason
    assert failed.status == status
    assert dict(failed.headers)["retry-after"] == "120"
    assert len(server.requests) == 1


async def test_empty_body_is_a_failure(server: LoopbackServer) -> None:
    server.answers["/feed"] = Answer(200)
    assert "empty" in (await failure_of(server.url())).reason


# --- compressed bodies ------------------------------------------------------


def raw_deflate(data: bytes) -> bytes:
    engine = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return engine.compress(data) + engine.flush()


TEXT = FEED * 50
BODIES = {
    "gzip": ("gzip", gzip.compress(TEXT)),
    "x-gzip": ("x-gzip", gzip.compress(TEXT)),
    "two members": ("gzip", gzip.compress(TEXT[:900]) + gzip.compress(TEXT[900:])),
    "padded": ("gzip", gzip.compress(TEXT) + b"\0" * 40),
    "deflate with header": ("deflate", zlib.compress(TEXT)),
    "raw deflate": ("deflate", raw_deflate(TEXT)),
    "gzip labelled deflate": ("deflate", gzip.compress(TEXT)),
    "gzip without a label": ("", gzip.compress(TEXT)),
    "plain labelled gzip": ("gzip", TEXT),
    "plain labelled deflate": ("deflate", TEXT),
    "plain with a charset for a coding": ("utf-8", TEXT),
    "identity, gzip": ("identity, gzip", gzip.compress(TEXT)),
    "plain as S3 labels it": ("aws-chunked", TEXT),
    "plain with another charset": ("windows-1251", b"\xef\xbb\xbf \n" + TEXT),
    "plain labelled as all there is": ("gzip, deflate, br", TEXT),
}


@pytest.mark.parametrize("label", BODIES)
async def test_body_is_inflated(server: LoopbackServer, label: str) -> None:
    coding, sent = BODIES[label]
    headers = {"Content-Encoding": coding} if coding else {}
    server.answers["/feed"] = Answer(body=sent, headers=headers)
    assert (await body_of(server.url())).endswith(TEXT)


@pytest.mark.parametrize("label", BODIES)
def test_body_is_inflated_from_single_bytes(label: str) -> None:
    coding, sent = BODIES[label]
    inflater = Inflater(coding, 2**20)
    for byte in sent:
        inflater.feed(bytes([byte]))
    assert inflater.finish().endswith(TEXT)


@pytest.mark.parametrize("end", [1, 8, 30, 200])
@pytest.mark.parametrize("label", ["gzip", "deflate with header", "raw deflate", "two members"])
def test_compressed_body_cut_anywhere_is_a_failure(label: str, end: int) -> None:
    coding, sent = BODIES[label]
    inflater = Inflater(coding, 2**20)
    inflater.feed(sent[: max(3, len(sent) - end)])
    with pytest.raises(FetchRefused, match="cut"):
        inflater.finish()


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, br", "gzip, deflate", "evil"])
async def test_coding_we_did_not_ask_for_is_refused(server: LoopbackServer, coding: str) -> None:
    packed = b"\x1b\xff\xff" * 9
    server.answers["/feed"] = Answer(body=packed, headers={"Content-Encoding": coding})
    assert "did not ask for" in (await failure_of(server.url())).reason


async def test_brotli_that_begins_like_an_array_is_not_taken_for_text(
    server: LoopbackServer,
) -> None:
    # What one block of 64 KiB to 1 MiB begins with (RFC 7932, 9.1 and 9.2).
    sent = b"\x5b\xff\xff" * 9
    server.answers["/feed"] = Answer(body=sent, headers={"Content-Encoding": "br"})
    assert "did not ask for" in (await failure_of(server.url())).reason


async def test_damaged_gzip_is_a_failure(server: LoopbackServer) -> None:
    sent = bytearray(gzip.compress(TEXT))
    sent[-8] ^= 0xFF
    server.answers["/feed"] = Answer(body=bytes(sent), headers={"Content-Encoding": "gzip"})
    assert "damaged" in (await failure_of(server.url())).reason


async def test_gzip_bomb_stops_at_the_bound_and_takes_no_memory(server: LoopbackServer) -> None:
    server.answers["/feed"] = Answer(body=gzip_bomb(200), headers={"Content-Encoding": "gzip"})
    limits = FetchLimits(total_s=5, max_bytes=20 * 2**20)
    tracemalloc.start()
    try:
        failed = await failure_of(ask(server.url(), limits=limits))
        peak_mib = tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()
    assert "larger than 20 MiB" in failed.reason
    assert peak_mib < 30


def test_thousands_of_gzip_members_are_refused() -> None:
    inflater = Inflater("gzip", 2**20)
    with pytest.raises(FetchRefused, match="parts"):
        inflater.feed(gzip.compress(b"") * 5000)


# --- servers that misbehave -------------------------------------------------

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
OK_GZIPPED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
FAULTS: dict[str, tuple[Behaviour, str]] = {
    "reset at once": (reset, "broke the connection off"),
    "reset after headers": (cut_after(b"Content-Length: 9\r\n", b""), "broke the connection off"),
    "reset in the body": (cut_after(b"Content-Length: 9\r\n", b"abc"), "broke the connection off"),
    "silence": (silence, "sent nothing for 0.5 s"),
    "body drips": (drip(FEED, interval_s=0.1), "longer than 1 s"),
    "headers drip": (drip_headers(interval_s=0.1), "longer than 1 s"),
    "endless body": (endless(), "larger than 2 MiB"),
    "endless gzip": (
        endless(gzip.compress(b"x" * 2**20), b"Content-Encoding: gzip\r\n"),
        "larger than 2 MiB",
    ),
    "announces a terabyte": (
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\nabc"),
        "larger than 2 MiB",
    ),
    "too short": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc"), "body was cut"),
    "chunk cut": (raw(CHUNKED + b"ff\r\nabc"), "body was cut"),
    "last chunk missing": (raw(CHUNKED + b"3\r\nabc\r\n"), "body was cut"),
    "chunk size is nonsense": (raw(CHUNKED + b"zz\r\nabc\r\n"), "body was cut"),
    "no answer": (raw(b""), "without an answer"),
    "not HTTP": (raw(b"SSH-2.0-OpenSSH\r\n\r\n"), "proper HTTP"),
    "one huge header": (
        raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n"),
        "too many or too long headers",
    ),
    "many headers": (
        raw(
            b"HTTP/1.1 200 OK\r\n"
            + b"".join(b"X-%d: yyyy\r\n" % i for i in range(7000))
            + b"Content-Length: 1\r\n\r\nx"
        ),
        "too many or too long headers",
    ),
    "packed for the way": (
        raw(OK_GZIPPED + b"3\r\nabc\r\n0\r\n\r\n"),
        "in a form that we do not read",
    ),
    "two lengths": (
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
        "proper HTTP",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_fault_ends_in_time_with_its_reason_after_one_request(
    server: LoopbackServer, fault: str
) -> None:
    behaviour, words = FAULTS[fault]
    server.answers["/feed"] = behaviour
    started = time.monotonic()
    failed = await failure_of(server.url())
    assert time.monotonic() - started < 2.0
    assert words in failed.reason
    assert len(server.requests) == 1


async def test_refused_connection_is_put_in_words() -> None:
    with LoopbackServer() as gone:
        url = gone.url()
    assert "refuses connections" in (await failure_of(url)).reason


async def test_terminal_escapes_of_a_server_do_not_reach_the_reason(
    server: LoopbackServer,
) -> None:
    server.answers["/feed"] = Answer(302, headers={"Location": b"ftp://\x1b]52;c;eA==\x07\x9b/x"})
    failed = await failure_of(server.url())
    assert failed.reason.isprintable()


async def test_faulty_server_spoils_no_other_feed() -> None:
    with LoopbackServer(host="0.0.0.0", default=Answer(body=FEED)) as server:
        for number, (behaviour, _) in enumerate(FAULTS.values(), 2):
            server.answers[f"/{number}"] = behaviour
        good = [f"127.0.1.{number}" for number in range(1, 40)]
        bad = [f"127.0.2.{number}" for number in range(2, len(FAULTS) + 2)]
        requests = [ask(server.url("/", host=host), trusted_hosts={host}) for host in good]
        requests += [
            ask(server.url(f"/{host.split('.')[3]}", host=host), trusted_hosts={host})
            for host in bad
        ]
        started = time.monotonic()
        async with Fetcher(concurrency=8, host_pause_s=0) as fetcher:
            results = {request.url: result async for request, result in fetcher.fetch_all(requests)}
        assert time.monotonic() - started < 4.0
    assert all(isinstance(results[server.url("/", host=host)], Fetched) for host in good)
    assert sum(isinstance(result, FetchFailed) for result in results.values()) == len(FAULTS)


# --- redirects --------------------------------------------------------------


async def test_redirect_is_followed_and_named(server: LoopbackServer) -> None:
    server.answers["/old"] = Answer(302, headers={"Location": "feed"})
    result = await fetch(server.url("/old"))
    assert isinstance(result, Fetched)
    assert (result.url, result.moved_permanently_to) == (server.url("/feed"), "")


@pytest.mark.parametrize(
    ("statuses", "is_permanent"),
    [((301,), True), ((308,), True), ((301, 308), True), ((302, 301), False), ((301, 307), False)],
)
async def test_move_is_permanent_only_if_every_hop_is(
    server: LoopbackServer, statuses: tuple[int, ...], is_permanent: bool
) -> None:
    for number, status in enumerate(statuses):
        location = f"/{number + 1}" if number + 1 < len(statuses) else "/feed"
        server.answers[f"/{number}"] = Answer(status, headers={"Location": location})
    result = await fetch(server.url("/0"))
    assert isinstance(result, Fetched)
    assert result.moved_permanently_to == (server.url("/feed") if is_permanent else "")


async def test_redirect_loop_ends_after_five_hops(server: LoopbackServer) -> None:
    server.answers["/a"] = Answer(302, headers={"Location": "/b"})
    server.answers["/b"] = Answer(302, headers={"Location": "/a"})
    assert "more than 5 redirects" in (await failure_of(server.url("/a"))).reason
    assert len(server.requests) <= 6


@pytest.mark.parametrize(("status", "is_elsewhere"), [(301, False), (302, True)])
async def test_what_a_temporary_redirect_leads_to_says_nothing_of_the_feed(
    server: LoopbackServer, status: int, is_elsewhere: bool
) -> None:
    server.answers["/feed"] = Answer(status, headers={"Location": "/other"})
    server.answers["/other"] = Answer(410)
    failed = await failure_of(server.url())
    assert (failed.status, failed.is_elsewhere) == (410, is_elsewhere)
    assert ("for now" in failed.reason) == is_elsewhere


async def test_redirect_to_itself_is_asked_once(server: LoopbackServer) -> None:
    server.answers["/a"] = Answer(301, headers={"Location": "/a"})
    assert "to itself" in (await failure_of(server.url("/a"))).reason
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "location",
    [
        *("file:///etc/passwd", "data:text/xml,<rss/>", "ftp://127.0.0.1/x", "javascript:1"),
        *("gopher://127.0.0.1:9/", "//[::1", "http://", "http://exa mple/", "http://a:99999/"),
        *("http://[::1%25]:x/", "", "\\\\\x00"),
    ],
)
async def test_redirect_elsewhere_than_to_the_web_is_refused(
    server: LoopbackServer, location: str
) -> None:
    server.answers["/a"] = Answer(302, headers={"Location": location})
    failed = await failure_of(server.url("/a"))
    assert "redirect" in failed.reason or "proper HTTP" in failed.reason
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/b c", "/b%20c"),
        ("/ä", "/%C3%A4"),
        (b"/\xe4", "/%E4"),
        ("?x=1", "/dir/a?x=1"),
        ("../c#frag", "/c"),
        ("\t/d ", "/d"),
        ("\\e", "/e"),
    ],
)
async def test_odd_location_is_read_as_browsers_do(
    server: LoopbackServer, location: str | bytes, target: str
) -> None:
    server.default = Answer(body=FEED)
    server.answers["/dir/a"] = Answer(302, headers={"Location": location})
    assert await body_of(server.url("/dir/a")) == FEED
    assert server.requests[1].target == target


async def test_credentials_and_own_headers_never_cross_the_origin(server: LoopbackServer) -> None:
    with LoopbackServer(answers={"/feed": Answer(body=FEED)}) as other:
        location = other.url().replace("http://", "http://planted:secret@")
        server.answers["/a"] = Answer(302, headers={"Location": location})
        settings = FeedSettings(username="u", password="p", headers=(("X-Key", "k"),))
        result = await fetch(ask(server.url("/a"), settings=settings))
        assert isinstance(result, Fetched)
        assert result.url == other.url()
        assert server.requests[0].headers["x-key"] == "k"
        assert not {"authorization", "x-key", "referer"} & set(other.requests[0].headers)


async def test_credentials_stay_on_redirects_within_the_origin(server: LoopbackServer) -> None:
    server.answers["/a"] = Answer(302, headers={"Location": "/feed"})
    await fetch(ask(server.url("/a"), settings=FeedSettings(bearer_token="t")))
    assert server.requests[1].headers["authorization"] == "Bearer t"


async def test_origin_that_was_left_gets_no_credentials_again(server: LoopbackServer) -> None:
    with LoopbackServer() as other:
        server.answers["/a"] = Answer(302, headers={"Location": other.url("/back")})
        other.answers["/back"] = Answer(302, headers={"Location": server.url("/feed")})
        await fetch(ask(server.url("/a"), settings=FeedSettings(bearer_token="t")))
    assert "authorization" not in server.requests[1].headers


@pytest.mark.usefixtures("trusted_authority")
async def test_credentials_follow_their_host_to_https_and_never_back(
    certificates: Path, server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = network.connect
    with tls_server(certificates, "good") as secure:
        ports = {80: server.port, 443: secure.port}

        async def to_loopback(address: str, port: int, *, timeout_s: float) -> TcpStream:
            return await connect(address, ports[port], timeout_s=timeout_s)

        monkeypatch.setattr(network, "connect", to_loopback)
        server.answers["/feed"] = Answer(301, headers={"Location": "https://localhost/feed"})
        settings = FeedSettings(username="ann", password="s3cret")
        result = await fetch(ask("http://localhost/feed", settings=settings))
        assert isinstance(result, Fetched)
        assert result.moved_permanently_to == "https://localhost/feed"
        assert "authorization" in secure.requests[0].headers
        secure.answers["/feed"] = Answer(301, headers={"Location": "http://localhost/feed"})
        await failure_of(ask("https://localhost/feed", settings=settings))
        assert len(server.requests) == 1


async def test_redirects_within_a_host_reuse_the_connection(server: LoopbackServer) -> None:
    server.answers["/a"] = Answer(301, body=b"moved", headers={"Location": "/feed"})
    await fetch(server.url("/a"))
    assert server.connections == 1


# --- private addresses ------------------------------------------------------


async def test_private_address_is_refused_unless_the_user_named_it(server: LoopbackServer) -> None:
    failed = await failure_of(ask(server.url(), trusted_hosts=frozenset()))
    assert "local network" in failed.reason
    assert server.connections == 0
    assert isinstance(await fetch(server.url()), Fetched)
    allowed = await fetch(ask(server.url(), trusted_hosts=frozenset()), allow_private=True)
    assert isinstance(allowed, Fetched)


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "127.1", "localhost", "0"])
async def test_redirect_from_public_to_private_is_refused(
    server: LoopbackServer, host: str
) -> None:
    with LoopbackServer() as inside:
        location = inside.url("/secret", host=host)
        server.answers["/feed"] = Answer(302, headers={"Location": location})
        request = ask(server.url("/feed", host="feed.test"), trusted_hosts=frozenset({"feed.test"}))

        async def resolve(name: str, port: int) -> Sequence[str]:
            return ("127.0.0.1",) if name == "feed.test" else await network.resolve(name, port)

        failed = await failure_of(request, resolve=resolve)
        assert "local network" in failed.reason
        assert inside.connections == 0


async def test_name_that_changes_its_mind_reaches_nothing_inside(server: LoopbackServer) -> None:
    answers = iter([("192.0.2.1", "198.51.100.1"), ("127.0.0.1",), ("::ffff:127.0.0.1",)])

    async def rebinding(host: str, port: int) -> Sequence[str]:
        return next(answers)

    request = ask(server.url(host="rebind.example"), trusted_hosts=frozenset())
    async with Fetcher(host_pause_s=0, resolve=rebinding) as fetcher:
        for _ in range(3):
            assert isinstance(await fetcher.fetch(request), FetchFailed)
    assert server.connections == 0


async def test_address_that_was_checked_is_the_one_connected_to(
    server: LoopbackServer,
) -> None:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ("127.0.0.1",)

    result = await fetch(server.url(host="feed.test"), resolve=resolve)
    assert isinstance(result, Fetched)
    assert asked == ["feed.test"]


async def test_connection_of_a_trusted_request_serves_no_other(server: LoopbackServer) -> None:
    trusted, stranger = ask(server.url()), ask(server.url("/b"), trusted_hosts=frozenset())
    async with Fetcher(host_pause_s=0) as fetcher:
        results = [result async for _, result in fetcher.fetch_all([trusted, stranger])]
    assert [type(result) for result in results] == [Fetched, FetchFailed]
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "198.18.0.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "fec0::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1"),
        *("64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:c0a8:101::1", "2001:db8::1"),
        "2001:0:4136:e378:8000:63bf:80ff:fffe",  # Teredo of 127.0.0.1
    ],
)
def test_address_is_not_public(address: str) -> None:
    assert not is_public_address(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822", "::ffff:8.8.8.8"]
)
def test_address_is_public(address: str) -> None:
    assert is_public_address(address)


@pytest.mark.parametrize(
    ("host", "is_private"),
    [
        *(("nas", True), ("NAS.local", True), ("192.168.0.2", True), ("::1", True)),
        *(("example.org", False), ("8.8.8.8", False), ("local.example", False), ("", False)),
    ],
)
def test_private_names_say_so(host: str, is_private: bool) -> None:
    assert is_private_name(host) is is_private


# --- names ------------------------------------------------------------------


async def test_unknown_name_is_put_in_words() -> None:
    failed = await failure_of("http://no-such-host.invalid/")
    assert "no-such-host.invalid" in failed.reason


async def test_slow_name_ends_with_the_connect_timeout_and_holds_nothing_up() -> None:
    async def never(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        return ()

    started = time.monotonic()
    failed = await failure_of("http://slow.example/", resolve=never)
    assert time.monotonic() - started < 1.5
    assert "slow.example" in failed.reason
    assert failed.is_offline


def test_hanging_resolver_does_not_hold_up_the_end_of_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: time.sleep(4) or [])
    started = time.monotonic()
    failed = asyncio.run(failure_of("http://slow.example/"))
    assert time.monotonic() - started < 2.0
    assert "no answer" in failed.reason


async def test_dead_first_address_does_not_spoil_the_second(server: LoopbackServer) -> None:
    async def two(host: str, port: int) -> Sequence[str]:
        return ("127.0.0.99", "127.0.0.1")

    assert await body_of(server.url(host="feed.test"), resolve=two) == FEED


@pytest.mark.parametrize("addresses", [("127.0.0.1", "2001:db8::1"), ("2001:db8::1", "127.0.0.1")])
async def test_lack_of_ipv6_says_nothing_of_a_server(
    monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    connect = network.connect

    async def without_ipv6(address: str, port: int, *, timeout_s: float) -> TcpStream:
        if ":" not in address:
            return await connect(address, port, timeout_s=timeout_s)
        raise ConnectFault("no way") from OSError(errno.ENETUNREACH, "unreachable")

    async def both(host: str, port: int) -> Sequence[str]:
        return addresses

    monkeypatch.setattr(network, "connect", without_ipv6)
    with LoopbackServer() as gone:
        url = gone.url(host="feed.test")
    failed = await failure_of(url, resolve=both)
    assert "refuses connections" in failed.reason
    assert not failed.is_offline


async def test_address_that_was_only_late_gets_the_time_that_others_leave(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, asked = network.connect, []

    async def slow_once(address: str, port: int, *, timeout_s: float) -> TcpStream:
        asked.append(address)
        if ":" in address:
            raise ConnectFault("no way") from OSError(errno.ENETUNREACH, "unreachable")
        if len(asked) == 1:
            raise ConnectTimeout
        return await connect(address, port, timeout_s=timeout_s)

    async def both(host: str, port: int) -> Sequence[str]:
        return ("127.0.0.1", "2001:db8::1")

    monkeypatch.setattr(network, "connect", slow_once)
    assert await body_of(server.url(host="feed.test"), resolve=both) == FEED
    assert asked == ["127.0.0.1", "2001:db8::1", "127.0.0.1"]


async def test_ipv6_works() -> None:
    with LoopbackServer(host="::1", answers={"/feed": Answer(body=FEED)}) as server:
        assert await body_of(server.url()) == FEED
        assert server.requests[0].headers["host"] == f"[::1]:{server.port}"


async def test_international_name_works(server: LoopbackServer) -> None:
    name = "xn--bcher-kva.example"
    request = ask(server.url(host="bücher.example"), trusted_hosts=frozenset({name}))
    assert await body_of(request, resolve=to_loopback(name)) == FEED
    assert server.requests[0].headers["host"] == f"{name}:{server.port}"


@pytest.mark.parametrize(
    "url",
    [
        *("", "x", "ftp://a/", "file:///etc/passwd", "http://", "http:///x", "http://[::1"),
        *("http://a:b/", "http://a:0/", "http://a:70000/", "http://exa mple/", "http://a\x00b/"),
        *("http://" + "a" * 70000, "javascript:alert(1)", "http://\udc80/"),
    ],
)
async def test_address_that_cannot_be_asked_is_a_failure(url: str) -> None:
    failed = await failure_of(url)
    assert failed.status is None


# --- TLS --------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    make_certificate(folder, "authority")
    make_certificate(folder, "good", signed_by="authority")
    make_certificate(folder, "expired", days=-1, signed_by="authority")
    make_certificate(folder, "other", host="other.example", signed_by="authority")
    make_certificate(folder, "stranger")
    make_certificate(folder, "unknown", signed_by="stranger")
    return folder


@contextlib.contextmanager
def tls_server(folder: Path, name: str, **options: object) -> Iterator[LoopbackServer]:
    certificate = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
    answers = {"/feed": Answer(body=FEED)}
    with LoopbackServer(
        answers=answers,
        tls=certificate.server_context(),
        **options,  # type: ignore[arg-type]
    ) as server:
        yield server


@pytest.fixture
def trusted_authority(certificates: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "authority.pem"))
    network._tls_context.cache_clear()
    yield
    network._tls_context.cache_clear()


@pytest.mark.usefixtures("trusted_authority")
async def test_good_certificate_is_accepted(certificates: Path) -> None:
    with tls_server(certificates, "good") as server:
        assert await body_of(server.url(host="localhost")) == FEED


@pytest.mark.usefixtures("trusted_authority")
async def test_dot_after_the_name_is_part_of_no_certificate(certificates: Path) -> None:
    with tls_server(certificates, "good") as server:
        url = server.url(host="localhost.")
        assert await body_of(url, resolve=to_loopback("localhost.")) == FEED
        assert server.requests[0].headers["host"] == f"localhost.:{server.port}"


async def test_certificates_that_cannot_be_read_are_no_fault_of_the_server(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    network._tls_context.cache_clear()
    assert "none.pem cannot be read" in (await failure_of("https://localhost:9/")).reason


@pytest.mark.usefixtures("trusted_authority")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("expired", "certificate has expired"),
        ("other", "certificate is for another host"),
        ("stranger", "certificate is self-signed"),
        ("unknown", "certificate comes from an unknown authority"),
    ],
)
async def test_bad_certificate_is_refused_in_words(
    certificates: Path, name: str, words: str
) -> None:
    with tls_server(certificates, name) as server:
        assert words in (await failure_of(server.url(host="localhost"))).reason
        assert server.requests == []


async def test_feed_may_skip_the_certificate_for_its_own_host_only(certificates: Path) -> None:
    settings = FeedSettings(verify_tls=False)
    with tls_server(certificates, "stranger") as server:
        own = ask(server.url(host="localhost"), settings=settings)
        assert isinstance(await fetch(own), Fetched)
        server.answers["/feed"] = Answer(302, headers={"Location": server.url("/x")})
        assert "certificate" in (await failure_of(own)).reason


async def test_large_body_comes_whole_through_encryption(certificates: Path) -> None:
    body = b"".join(b"%07d\n" % number for number in range(60_000))
    with tls_server(certificates, "stranger") as server:
        server.answers["/feed"] = Answer(body=body)
        settings = FeedSettings(verify_tls=False)
        assert await body_of(ask(server.url(host="localhost"), settings=settings)) == body


async def test_https_to_http_redirect_is_refused(
    certificates: Path, server: LoopbackServer
) -> None:
    with tls_server(certificates, "stranger") as secure:
        secure.answers["/feed"] = Answer(301, headers={"Location": server.url()})
        request = ask(secure.url(host="localhost"), settings=FeedSettings(verify_tls=False))
        assert "give up encryption" in (await failure_of(request)).reason
    assert server.requests == []


async def test_http_spoken_to_a_tls_client_is_put_in_words() -> None:
    async def speak_plainly(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(Answer(400).encode())
        await writer.drain()

    with LoopbackServer(on_connect=speak_plainly) as server:
        url = server.url().replace("http:", "https:")
        assert "no secure connection" in (await failure_of(url)).reason


@pytest.mark.usefixtures("trusted_authority")
async def test_what_came_in_the_clear_is_not_read_as_if_encrypted(certificates: Path) -> None:
    with tls_server(certificates, "good") as server:

        async def inject(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(Answer(body=b"injected").encode())
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", server.port)
            await asyncio.gather(relay(reader, far_writer), relay(far_reader, writer))

        async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while data := await reader.read(65536):
                writer.write(data)

        with LoopbackServer(on_connect=inject) as between:
            stream = await streams.connect("127.0.0.1", between.port, timeout_s=1)
            await asyncio.sleep(0.05)
            context = network._tls_context(verify=True, http2=False)
            with pytest.raises(ConnectFault) as caught:
                await stream.start_tls(context, "localhost", 1)
    assert "spoke before encryption" in describe_exchange_error(caught.value)


async def test_tls_handshake_that_stalls_ends_in_time() -> None:
    async def stall(*_: object) -> None:
        await asyncio.sleep(60)

    with LoopbackServer(on_connect=stall) as server:
        started = time.monotonic()
        await failure_of(server.url().replace("http:", "https:"))
        assert time.monotonic() - started < 1.5


@pytest.mark.usefixtures("trusted_authority")
@pytest.mark.parametrize("is_wanted", [True, False])
async def test_http2_is_spoken_only_when_wanted(certificates: Path, is_wanted: bool) -> None:
    h2_connection = pytest.importorskip("h2.connection")
    h2_config = pytest.importorskip("h2.config")
    h2_events = pytest.importorskip("h2.events")
    spoken: list[str] = []

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        protocol = writer.get_extra_info("ssl_object").selected_alpn_protocol()
        spoken.append(protocol)
        if protocol != "h2":
            writer.write(Answer(body=FEED, keeps_open=False).encode())
            await writer.drain()
            return
        config = h2_config.H2Configuration(client_side=False)
        connection = h2_connection.H2Connection(config)
        connection.initiate_connection()
        while True:
            writer.write(connection.data_to_send())
            await writer.drain()
            received = await reader.read(65536)
            if not received:
                return
            for event in connection.receive_data(received):
                if isinstance(event, h2_events.RequestReceived):
                    connection.send_headers(event.stream_id, [(":status", "200"), ("etag", "2")])
                    connection.send_data(event.stream_id, FEED, end_stream=True)

    context = Certificate(certificates / "good.pem", certificates / "good.key").server_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with LoopbackServer(tls=context, on_connect=speak) as server:
        result = await fetch(server.url(host="localhost"), http2=is_wanted)
    assert isinstance(result, Fetched)
    assert result.body == FEED
    assert spoken == ["h2" if is_wanted else "http/1.1"]


@pytest.mark.usefixtures("trusted_authority")
@pytest.mark.parametrize(
    ("fields", "ends", "words"),
    [
        ([(":status", "abc")], "well", "proper HTTP"),
        ([(":status", "200"), ("content-length", "99")], "well", "proper HTTP"),
        ([(":status", "200")], "reset", "broke the connection off"),
    ],
)
async def test_fault_of_a_server_in_http2_is_not_called_ours(
    certificates: Path, fields: list[tuple[str, str]], ends: str, words: str
) -> None:
    h2_connection = pytest.importorskip("h2.connection")
    h2_config = pytest.importorskip("h2.config")
    h2_events = pytest.importorskip("h2.events")

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h2_connection.H2Connection(h2_config.H2Configuration(client_side=False))
        connection.initiate_connection()
        while received := await reader.read(65536):
            for event in connection.receive_data(received):
                if isinstance(event, h2_events.RequestReceived):
                    connection.send_headers(event.stream_id, fields)
                    connection.send_data(event.stream_id, b"abc", end_stream=ends == "well")
                    if ends == "reset":
                        connection.reset_stream(event.stream_id)
            writer.write(connection.data_to_send())
            await writer.drain()

    context = Certificate(certificates / "good.pem", certificates / "good.key").server_context()
    context.set_alpn_protocols(["h2"])
    with LoopbackServer(tls=context, on_connect=speak) as server:
        failed = await failure_of(server.url(host="localhost"), http2=True)
    assert words in failed.reason


async def test_unknown_name_is_put_in_the_same_words_for_http2() -> None:
    pytest.importorskip("h2")
    url = "https://no-such-host.invalid/"
    failed = await failure_of(url, http2=True)
    assert failed.reason == (await failure_of(url)).reason
    assert failed.is_offline


# --- many at once -----------------------------------------------------------


async def results_of(
    fetcher: Fetcher, requests: Sequence[Request]
) -> dict[str, FetchResult | NotAsked]:
    return {request.url: result async for request, result in fetcher.fetch_all(requests)}


async def test_one_host_is_asked_one_thing_at_a_time_on_one_connection() -> None:
    with LoopbackServer(default=Answer(body=FEED)) as server:
        requests = [ask(server.url(f"/{number}")) for number in range(20)]
        async with Fetcher(host_pause_s=0.02) as fetcher:
            results = await results_of(fetcher, requests)
        assert all(isinstance(result, Fetched) for result in results.values())
        times = sorted(seen.at for seen in server.requests)
    assert len(results) == 20
    assert (server.connections, server.most_open) == (1, 1)
    assert all(later - sooner >= 0.02 for sooner, later in pairwise(times))


async def test_separate_fetches_share_the_turns_of_a_host() -> None:
    with LoopbackServer(default=Answer(body=FEED)) as server:
        async with Fetcher(host_pause_s=0.05) as fetcher:
            await asyncio.gather(*(fetcher.fetch(ask(server.url(f"/{n}"))) for n in range(4)))
        times = sorted(seen.at for seen in server.requests)
    assert server.most_open == 1
    assert all(later - sooner >= 0.05 for sooner, later in pairwise(times))


async def test_redirects_to_one_host_take_turns_there() -> None:
    with LoopbackServer(default=drip(FEED[:20], interval_s=0.01)) as target:
        moved = Answer(302, headers={"Location": target.url("/x")})
        with LoopbackServer(host="0.0.0.0", default=moved) as many:
            requests = [
                ask(
                    many.url(host=f"127.0.3.{n}"),
                    trusted_hosts=frozenset({f"127.0.3.{n}", "127.0.0.1"}),
                    limits=FetchLimits(total_s=5),
                )
                for n in range(1, 6)
            ]
            async with Fetcher(host_pause_s=0) as fetcher:
                results = await results_of(fetcher, requests)
        assert all(isinstance(result, Fetched) for result in results.values())
        times = sorted(seen.at for seen in target.requests)
    assert target.most_open <= 2
    assert all(later - sooner >= 0.19 for sooner, later in pairwise(times))


async def test_redirects_into_a_hanging_host_are_put_off_not_failed() -> None:
    limits = FetchLimits(total_s=0.4)
    with LoopbackServer(default=silence) as target:
        moved = Answer(302, headers={"Location": target.url("/x")})
        with LoopbackServer(host="0.0.0.0", default=moved) as many:
            hosts = [f"127.0.6.{n}" for n in range(1, 6)]
            requests = [
                ask(many.url(host=host), trusted_hosts=LOCAL | {host}, limits=limits)
                for host in hosts
            ]
            started = time.monotonic()
            async with Fetcher(host_pause_s=0) as fetcher:
                results = await results_of(fetcher, requests)
            assert time.monotonic() - started < 1.5
    put_off = [result for result in results.values() if isinstance(result, NotAsked)]
    assert len(put_off) >= 3
    assert all("busy with our other requests" in result.reason for result in put_off)


async def test_hosts_are_asked_in_parallel_up_to_the_bound() -> None:
    working: list[int] = [0]

    async def work(exchange: Exchange) -> None:
        working.append(working[-1] + 1)
        await asyncio.sleep(0.1)
        working.append(working[-1] - 1)
        await exchange.send(Answer(body=FEED).encode())

    with LoopbackServer(host="0.0.0.0", default=work) as server:
        hosts = [f"127.0.4.{n}" for n in range(1, 31)]
        requests = [ask(server.url(host=host), trusted_hosts=frozenset({host})) for host in hosts]
        async with Fetcher(concurrency=10, host_pause_s=0) as fetcher:
            await results_of(fetcher, requests)
    assert 5 <= max(working) <= 10


async def test_pause_of_a_host_holds_no_worker() -> None:
    with LoopbackServer(host="0.0.0.0", default=Answer(body=FEED)) as server:
        long = [
            ask(server.url(f"/{n}", host="127.0.5.1"), trusted_hosts=frozenset({"127.0.5.1"}))
            for n in range(4)
        ]
        others = [
            ask(server.url(host=f"127.0.5.{n}"), trusted_hosts=frozenset({f"127.0.5.{n}"}))
            for n in range(2, 22)
        ]
        async with Fetcher(concurrency=1, host_pause_s=0.3) as fetcher:
            order = [request.url async for request, _ in fetcher.fetch_all([*others, *long])]
    assert order[0] == long[0].url
    assert order[-1] == long[-1].url
    assert {request.url for request in others} <= set(order[1:-2])


async def test_429_leaves_the_rest_of_the_host_unasked() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    busy = Answer(429, headers={"Retry-After": "600"})
    with LoopbackServer(default=busy) as server:
        requests = [ask(server.url(f"/{n}")) for n in range(5)]
        async with Fetcher(host_pause_s=0, now=lambda: now) as fetcher:
            results = await results_of(fetcher, requests)
            again = await fetcher.fetch(requests[0])
    kinds = [type(result) for result in results.values()]
    assert kinds == [FetchFailed, *[NotAsked] * 4]
    assert isinstance(again, NotAsked)
    assert again.until == now + timedelta(seconds=600)
    assert "00:10" in again.reason
    assert len(server.requests) == 1
    assert fetcher.host_holds == {host_key(server.url()): again.until}


@pytest.mark.parametrize("is_name_the_fault", [True, False])
async def test_host_that_cannot_be_reached_does_not_have_all_its_feeds_wait(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch, is_name_the_fault: bool
) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        if is_name_the_fault:
            await asyncio.sleep(60)
        return ("127.0.0.1",)

    async def never(address: str, port: int, *, timeout_s: float) -> TcpStream:
        await asyncio.sleep(timeout_s)
        raise ConnectTimeout

    monkeypatch.setattr(network, "connect", never)
    limits = FetchLimits(connect_s=0.05, read_s=0.5, total_s=1.0)
    requests = [ask(f"http://feed.test/{number}", limits=limits) for number in range(8)]
    async with Fetcher(host_pause_s=0, resolve=resolve) as fetcher:
        results = await results_of(fetcher, requests)
        kinds = [type(results[request.url]) for request in requests]
        assert kinds == [FetchFailed] * 3 + [NotAsked] * 5


@pytest.mark.parametrize("answer", [Answer(404, keeps_open=False), raw(b"no HTTP\r\n\r\n")])
async def test_answer_tells_that_a_host_can_be_reached(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch, answer: Answer | Behaviour
) -> None:
    connect = network.connect
    turns = iter(["late", "late", "", "late", "late", "", "late", "late"])

    async def every_other(address: str, port: int, *, timeout_s: float) -> TcpStream:
        if next(turns, ""):
            raise ConnectTimeout
        return await connect(address, port, timeout_s=timeout_s)

    server.default = answer
    monkeypatch.setattr(network, "connect", every_other)
    requests = [ask(server.url(f"/{number}")) for number in range(8)]
    async with Fetcher(host_pause_s=0) as fetcher:
        results = await results_of(fetcher, requests)
    assert [type(result) for result in results.values()] == [FetchFailed] * 8


async def test_hold_of_an_earlier_run_is_kept_also_on_a_redirect(server: LoopbackServer) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    with LoopbackServer(answers={"/feed": Answer(body=FEED)}) as held:
        server.answers["/feed"] = Answer(302, headers={"Location": held.url()})
        holds = {host_key(held.url()): later}
        assert isinstance(await fetch(held.url(), host_holds=holds), NotAsked)
        assert isinstance(await fetch(server.url(), host_holds=holds), NotAsked)
        assert held.connections == 0


async def test_connection_that_closes_just_as_it_is_used_again_costs_no_feed() -> None:
    answered: list[bytes] = []

    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answered.append((await reader.readuntil(b"\r\n\r\n")).split()[1])
        writer.write(Answer(body=FEED).encode())
        await reader.readuntil(b"\r\n\r\n")

    with LoopbackServer(on_connect=answer_once) as server:
        requests = [ask(server.url(f"/{n}")) for n in range(3)]
        async with Fetcher(host_pause_s=0) as fetcher:
            results = await results_of(fetcher, requests)
    assert all(isinstance(result, Fetched) for result in results.values())
    assert answered == [b"/0", b"/1", b"/2"]


async def test_last_words_of_an_idle_connection_are_no_answer() -> None:
    async def grow_tired(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in (Answer(body=FEED), Answer(408, keeps_open=False)):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer.encode())
            await writer.drain()

    with LoopbackServer(on_connect=grow_tired) as server:
        async with Fetcher(host_pause_s=0) as fetcher:
            results = await results_of(fetcher, [ask(server.url(f"/{n}")) for n in range(4)])
        assert all(isinstance(result, Fetched) for result in results.values())
        assert server.connections == 4


async def test_request_that_fails_on_a_new_connection_is_not_repeated() -> None:
    with LoopbackServer(answers={"/a": Answer(body=FEED)}, default=reset) as server:
        requests = [ask(server.url(path)) for path in ("/a", "/b", "/c")]
        async with Fetcher(host_pause_s=0) as fetcher:
            results = await results_of(fetcher, requests)
    kinds = [type(result) for result in results.values()]
    assert kinds == [Fetched, FetchFailed, FetchFailed]
    # The first of them came on a connection that had been used: it may have been unheard.
    assert (len(server.asked("/b")), len(server.asked("/c"))) == (2, 1)


async def test_consumer_that_stops_early_leaves_nothing_running(server: LoopbackServer) -> None:
    server.default = silence
    requests = [ask(server.url("/feed")), *(ask(server.url(f"/{n}")) for n in range(5))]
    async with Fetcher(host_pause_s=0) as fetcher:
        stream: AsyncIterator[object] = fetcher.fetch_all(requests)
        await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]
        assert len(asyncio.all_tasks()) == 1


async def test_bug_in_the_resolver_is_raised_not_swallowed(server: LoopbackServer) -> None:
    async def broken(host: str, port: int) -> Sequence[str]:
        raise ZeroDivisionError

    async with Fetcher(resolve=broken) as fetcher:
        with pytest.raises(ZeroDivisionError):
            await results_of(fetcher, [ask(server.url())])


# --- proxies ----------------------------------------------------------------


async def test_proxy_of_the_environment_is_used_and_resolves_names(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.default = Answer(body=FEED)
    monkeypatch.setenv("HTTP_PROXY", server.url(""))
    monkeypatch.setenv("NO_PROXY", "direct.example")
    request = ask("http://public.example/feed", trusted_hosts=frozenset())
    assert await body_of(request) == FEED
    assert server.requests[0].target == "http://public.example/feed"
    failed = await failure_of(ask("http://direct.example/"), resolve=to_loopback())
    assert "looked up" in failed.reason


@pytest.mark.parametrize(("host", "is_direct"), [("127.0.0.1", True), ("126.0.0.1", False)])
async def test_network_may_be_exempt_from_the_proxy(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch, host: str, is_direct: bool
) -> None:
    server.default = Answer(body=FEED)
    monkeypatch.setenv("HTTP_PROXY", server.url(""))
    monkeypatch.setenv("NO_PROXY", "localhost, nonsense/8, fd00::/8, 127.0.0.9/8")
    assert await body_of(ask(server.url(host=host))) == FEED
    assert (server.requests[0].target == "/feed") == is_direct


async def test_proxy_of_a_feed_wins_and_sends_its_password_to_the_proxy_only(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.default = Answer(body=FEED)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    proxy = server.url("").replace("http://", "http://me:pw@")
    settings = FeedSettings(proxy=proxy)
    assert await body_of(ask("http://public.example/", settings=settings)) == FEED
    assert server.requests[0].headers["proxy-authorization"] == "Basic bWU6cHc="


async def test_proxy_does_not_open_the_way_to_private_addresses(server: LoopbackServer) -> None:
    settings = FeedSettings(proxy=server.url(""))
    for host in ("127.0.0.1", "2130706433", "localhost", "10.0.0.1"):
        request = ask(f"http://{host}/", settings=settings, trusted_hosts=frozenset())
        assert "local network" in (await failure_of(request)).reason
    assert server.connections == 0


async def test_direct_means_no_proxy(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    request = ask(server.url(), settings=FeedSettings(proxy="direct"))
    assert await body_of(request) == FEED


@pytest.mark.parametrize("host", ["a..b", ".example.com", f"{'x' * 64}.com"])
async def test_name_that_cannot_be_is_a_failure_also_where_a_proxy_takes_it(host: str) -> None:
    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await reader.read()

    with LoopbackServer(on_connect=take) as proxy:
        request = ask(f"https://{host}/", settings=FeedSettings(proxy=proxy.url("")))
        assert "no host" in (await failure_of(request)).reason


async def test_proxy_that_does_not_speak_socks_is_a_reason(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    relayed = pytest.importorskip("feedreader.fetch.relayed")
    # As raised by a package that need not be installed.
    malformed = type("ProtocolError", (Exception,), {"__module__": "socksio.exceptions"})

    async def refuse(*_: object) -> None:
        raise malformed("Malformed reply")

    monkeypatch.setattr(relayed.httpcore.AsyncConnectionPool, "handle_async_request", refuse)
    request = ask(server.url(), settings=FeedSettings(proxy=server.url("")))
    assert "the proxy does not speak proper SOCKS" in (await failure_of(request)).reason


async def test_ipv6_address_is_named_to_a_proxy_in_brackets(server: LoopbackServer) -> None:
    server.default = Answer(body=FEED)
    settings = FeedSettings(proxy=server.url(""))
    assert await body_of(ask("http://[2600::1]:8080/feed", settings=settings)) == FEED
    await failure_of(ask("https://[2600::1]/feed", settings=settings))
    asked = [(seen.method, seen.target) for seen in server.requests]
    assert asked == [("GET", "http://[2600::1]:8080/feed"), ("CONNECT", "[2600::1]:443")]


async def test_proxy_that_is_away_is_no_fault_of_the_server(server: LoopbackServer) -> None:
    with LoopbackServer() as gone:
        settings = FeedSettings(proxy=gone.url(""))
    for url in ("http://public.example/", "https://public.example/"):
        failed = await failure_of(ask(url, settings=settings))
        assert failed.reason == "the proxy cannot be reached"
        assert not failed.is_offline
    settings = FeedSettings(proxy="http://no-such-host.invalid:3128")
    assert (await failure_of(ask("http://public.example/", settings=settings))).is_offline


async def test_strange_proxy_is_a_reason(server: LoopbackServer) -> None:
    for proxy in ("gopher://x/", "http://[::1", "http://", "http://127.0.0.1:99999"):
        request = ask(server.url(), settings=FeedSettings(proxy=proxy))
        assert "proxy" in (await failure_of(request)).reason


# --- files and commands -----------------------------------------------------


async def test_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "my feed.xml"
    path.write_bytes(FEED)
    assert await body_of(ask(path.as_uri(), kind="file")) == FEED
    assert await body_of(ask(str(path), kind="file")) == FEED


async def test_file_that_cannot_be_read_is_a_reason(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 2**21 + b"x")
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")
    expected = {
        "missing": "no such file",
        "large": "larger than 2 MiB",
        "empty": "empty",
        "pipe": "no regular file",
        "": "is a directory",
        "a\0b": "not absolute",
    }
    for name, words in expected.items():
        failed = await failure_of(ask(f"{tmp_path}/{name}", kind="file"))
        assert words in failed.reason


async def test_file_address_is_not_read_for_a_web_subscription(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(FEED)
    assert "only http" in (await failure_of(path.as_uri())).reason


def script(folder: Path, text: str) -> str:
    path = folder / f"command{len(list(folder.iterdir()))}.py"
    path.write_text(text)
    return f"{sys.executable} '{path}'"


def command(line: str, **changes: object) -> Request:
    return ask("exec:command", kind="exec", settings=FeedSettings(command=line), **changes)


async def test_command_gives_the_body_without_a_shell(tmp_path: Path) -> None:
    line = script(tmp_path, "import sys; print(sys.argv[1:])") + " '$(touch pwn)' ';' '`x`'"
    assert await body_of(command(line)) == b"['$(touch pwn)', ';', '`x`']\n"


async def test_command_that_fails_says_its_last_words(tmp_path: Path) -> None:
    line = script(tmp_path, "import sys; print('x'); sys.exit('first\\n\\x1b[31mlast words')")
    failed = await failure_of(command(line))
    assert "failed with code 1" in failed.reason
    assert failed.reason.endswith("last words")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "no command"),
        ("'", "cannot be read"),
        ("/no/such/program", "cannot start"),
        ("true", "printed nothing"),
        ("yes", "more than 2 MiB"),
    ],
)
async def test_command_that_gives_no_body_is_a_reason(line: str, words: str) -> None:
    assert words in (await failure_of(command(line))).reason


async def test_command_is_killed_with_its_children_at_the_deadline(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    line = script(
        tmp_path,
        "import os, subprocess, time\n"
        f"child = subprocess.Popen(['sleep', '60'])\n"
        f"open({str(note)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        "time.sleep(60)\n",
    )
    failed = await failure_of(command(line))
    assert "longer than 1 s" in failed.reason
    for pid in note.read_text().split():
        assert not is_running(int(pid))


def is_running(pid: int) -> bool:
    for _ in range(50):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return False
        if state in "ZX":
            return False
        time.sleep(0.02)
    return True


def test_child_that_left_the_session_holds_nothing_up() -> None:
    line = "sh -c 'echo x; setsid sleep 3 & exit 0'"
    started = time.monotonic()
    failed = asyncio.run(failure_of(command(line)))
    gc.collect()
    assert "longer than 1 s" in failed.reason
    assert time.monotonic() - started < 2.9


async def test_filter_pipes_what_was_fetched(server: LoopbackServer, tmp_path: Path) -> None:
    body = FEED * 5000
    server.answers["/feed"] = Answer(body=body, headers={"ETag": '"1"'})
    line = script(tmp_path, "import sys; sys.stdout.write(sys.stdin.read().replace('<t', '<T'))")
    request = ask(
        server.url(), kind="filter", settings=FeedSettings(command=line), limits=FetchLimits()
    )
    result = await fetch(request)
    assert isinstance(result, Fetched)
    assert result.body == body.replace(b"<t", b"<T")
    assert dict(result.headers)["etag"] == '"1"'


async def test_filter_that_fails_is_a_failure(server: LoopbackServer) -> None:
    request = ask(server.url(), kind="filter", settings=FeedSettings(command="false"))
    assert "failed with code 1" in (await failure_of(request)).reason


async def test_command_of_a_web_subscription_does_not_run(
    server: LoopbackServer, tmp_path: Path
) -> None:
    mark = tmp_path / "ran"
    request = ask(server.url(), settings=FeedSettings(command=f"touch {mark}"))
    assert await body_of(request) == FEED
    assert not mark.exists()


# --- secrets ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:pw@a.example/x?y=1", "https://***@a.example/x?y=1"),
        ("https://a.example/?access_token=abc&x=1", "https://a.example/?access_token=***&x=1"),
        ("https://a.example/f;key=abc", "https://a.example/f;key=***"),
        ("https://a.example/?sid=1&p=5", "https://a.example/?sid=***&p=5"),
        (
            "at https://u@b.example/ or ?key=x end",
            "at https://***@b.example/ or ?key=*** end",
        ),
        ("https://medium.com/feed/@someone", "https://medium.com/feed/@someone"),
        ("//u:p@[::1", "//***@[::1"),
    ],
)
def test_secrets_are_masked(text: str, shown: str) -> None:
    assert mask_secrets(text) == shown


async def test_no_result_holds_the_password(server: LoopbackServer) -> None:
    server.answers["/a"] = Answer(302, headers={"Location": "ftp://me:hunter2@x/?token=hunter2"})
    for url in (server.url("/a"), server.url("/none"), "http://[::1", "ftp://127.0.0.1/x"):
        result = await fetch(url.replace("://", "://me:hunter2@"))
        assert "hunter2" not in repr(result)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://A.example/x", "a.example"),
        ("http://a.example:80/", "a.example"),
        ("https://u:p@a.example:8443/", "a.example:8443"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("http://[::1]:81/", "::1:81"),
        ("http://[::1", ""),
    ],
)
def test_host_key_names_whom_a_request_burdens(url: str, key: str) -> None:
    assert host_key(url) == key


def test_userinfo_is_carried_over() -> None:
    assert with_userinfo_of("https://u:p@a/x", "https://a/y") == "https://u:p@a/y"
    assert with_userinfo_of("https://a/x", "https://a/y") == "https://a/y"
