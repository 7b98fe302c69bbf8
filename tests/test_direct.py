"""Connections straight to servers: when one is used again, and what is no answer to whom."""

from __future__ import annotations

import asyncio

import pytest

from feedreader.fetch import Fetcher
from feedreader.model import Fetched, FetchFailed, FetchLimits, FetchResult, NotAsked, Request
from servers import Answer, LoopbackServer

_FEED = b"<rss version='2.0'><channel><title>t</title></channel></rss>"
_OTHER = b"<rss version='2.0'><channel><title>another's</title></channel></rss>"
_PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
_LIMITS = FetchLimits(connect_s=1.0, read_s=1.0, total_s=3.0)


async def _ask_in_turn(server: LoopbackServer, count: int) -> list[FetchResult | NotAsked]:
    requests = [Request(url=server.url(f"/{n}"), etag='"1"', limits=_LIMITS) for n in range(count)]
    async with Fetcher(host_pause_s=0, allow_private=True) as fetcher:
        found = {request.url: result async for request, result in fetcher.fetch_all(requests)}
    return [found[request.url] for request in requests]


def _server_that_says(*answers: bytes) -> LoopbackServer:
    """Return a server that answers each request with the next of these, in one piece."""
    left = list(answers)

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while left:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(left.pop(0))

    return LoopbackServer(on_connect=converse)


@pytest.mark.parametrize("framing", [_PLAIN, _CHUNKED], ids=["plain", "chunked"])
async def test_connection_is_used_again_after_a_whole_answer(framing: bytes) -> None:
    answer = framing % (len(_FEED), _FEED)
    with _server_that_says(answer, answer, answer) as server:
        results = await _ask_in_turn(server, 3)
        assert server.connections == 1
    assert all(isinstance(one, Fetched) and one.body == _FEED for one in results)


@pytest.mark.parametrize("framing", [_PLAIN, _CHUNKED], ids=["plain", "chunked"])
async def test_answer_that_nobody_asked_for_is_no_answer_to_the_next_request(
    framing: bytes,
) -> None:
    feed, other = framing % (len(_FEED), _FEED), _PLAIN % (len(_OTHER), _OTHER)
    with _server_that_says(feed + other, feed + other, feed + other) as server:
        results = await _ask_in_turn(server, 3)
        assert server.connections == 3
    assert all(isinstance(one, Fetched) and one.body == _FEED for one in results)


async def test_body_after_not_modified_is_no_answer_to_the_next_request() -> None:
    smuggled = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n" + _PLAIN % (3, b"abc")
    with _server_that_says(smuggled, _PLAIN % (len(_FEED), _FEED)) as server:
        results = await _ask_in_turn(server, 2)
        assert server.connections == 2
    assert isinstance(results[1], Fetched)
    assert results[1].body == _FEED


@pytest.mark.parametrize("framing", [_PLAIN, _CHUNKED], ids=["plain", "chunked"])
async def test_answer_that_comes_byte_by_byte_is_read_whole(framing: bytes) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for byte in framing % (len(_FEED), _FEED):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)

    with LoopbackServer(on_connect=drip) as server:
        (result,) = await _ask_in_turn(server, 1)
    assert isinstance(result, Fetched)
    assert result.body == _FEED


async def test_plain_body_that_ends_too_soon_is_no_feed() -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(_PLAIN % (len(_FEED) + 1, _FEED))
        await writer.drain()

    with LoopbackServer(on_connect=cut) as server:
        (result,) = await _ask_in_turn(server, 1)
    assert isinstance(result, FetchFailed)
    assert "the body was cut" in result.reason


async def test_connection_that_the_server_closes_is_not_used_again() -> None:
    closing = Answer(body=_FEED, headers={"Connection": "close"})
    with LoopbackServer(default=closing) as server:
        results = await _ask_in_turn(server, 2)
        assert server.connections == 2
    assert all(isinstance(one, Fetched) for one in results)


async def test_request_that_is_not_plain_is_sent_all_the_same() -> None:
    with LoopbackServer(default=Answer(body=_FEED)) as server:
        request = Request(url=server.url("/ä b?é"), etag='"\xe9"', limits=_LIMITS)
        async with Fetcher(allow_private=True) as fetcher:
            assert isinstance(await fetcher.fetch(request), Fetched)
        assert server.requests[0].target == "/%C3%A4%20b?%C3%A9"
