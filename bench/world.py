"""A small web of feeds on loopback, with latency, hosts that hang and hosts that trickle.

    python bench/world.py PORT HOSTS LATENCY_MS HANG_PERCENT TRICKLE_PERCENT ENTRIES

Host number n is 127.1.0.0 + n. `/feed/<n>` is a feed of ENTRIES entries, `/gen/<g>` gives each
feed g more. It ends when it is told to, or when the one that started it does.
"""

from __future__ import annotations

import asyncio
import random
import sys
from functools import lru_cache
from ipaddress import IPv4Address

_FIRST = IPv4Address("127.1.0.0") + 1
_TRICKLE_S = 1.0
_SYLLABLES = [f"{a}{b}" for a in "bdfgklmnprst" for b in ("a", "en", "i", "or", "u")]
_WORDS = [f"{first}{second}" for first in _SYLLABLES for second in _SYLLABLES]


def hosts(count: int) -> list[str]:
    """Return so many addresses of loopback."""
    return [str(_FIRST + number) for number in range(count)]


def manner(number: int, hang_percent: int, trickle_percent: int) -> str:
    """Return how host `number` behaves; spread evenly over the numbers."""
    place = number * 37 % 100
    if place < hang_percent:
        return "hangs"
    return "trickles" if place < hang_percent + trickle_percent else "answers"


def words(name: str, count: int) -> str:
    """Return a text of so many words, another one for each name."""
    return " ".join(random.Random(name).choices(_WORDS, k=count))


def document(feed: str, entries: int) -> bytes:
    items = "".join(item(feed, number) for number in range(entries, 0, -1))
    return f"<rss version='2.0'><channel><title>{feed}</title>{items}</channel></rss>".encode()


@lru_cache(maxsize=4096)
def item(feed: str, number: int) -> str:
    name = f"{feed}-{number}"
    return (
        f"<item><guid isPermaLink='false'>{name}</guid><title>{words(f'title {name}', 5)}</title>"
        f"<link>http://example.org/{feed}/{number}</link>"
        f"<description>{words(name, 180)}</description></item>"
    )


class World:
    def __init__(self, latency_s: float, hang: int, trickle: int, entries: int) -> None:
        self._latency_s = latency_s
        self._odd = hang, trickle
        self._entries = entries
        self._open = 0
        self.most_open = 0

    async def answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        self._open += 1
        self.most_open = max(self.most_open, self._open)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._reply(head.split(b" ", 2)[1].decode(), writer, number)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open -= 1
            writer.close()

    async def _reply(self, path: str, writer: asyncio.StreamWriter, number: int) -> None:
        if path.startswith("/gen/"):
            self._entries += int(path.removeprefix("/gen/"))
            body = b"ok"
        elif path == "/most-open":
            body = str(self.most_open).encode()
        else:
            body = document(path.strip("/").replace("/", "-") + f"-{number}", self._entries)
            await asyncio.sleep(self._latency_s)
        how = manner(number, *self._odd) if path.startswith("/feed") else "answers"
        if how == "hangs":
            await asyncio.sleep(3600)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
        if how == "trickles":
            for byte in body:
                writer.write(bytes((byte,)))
                await writer.drain()
                await asyncio.sleep(_TRICKLE_S)
        writer.write(body)
        await writer.drain()


async def serve(port: int, count: int, world: World) -> None:
    servers = []
    for number, host in enumerate(hosts(count)):

        async def answer(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int = number
        ) -> None:
            await world.answer(reader, writer, number)

        servers.append(await asyncio.start_server(answer, host, port))
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    port, count, latency_ms, hang, trickle, entries = map(int, sys.argv[1:])
    asyncio.run(serve(port, count, World(latency_ms / 1000, hang, trickle, entries)))
