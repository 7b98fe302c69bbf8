"""A loopback web server for tests that can misbehave in every way, and logs what it is asked.

    with LoopbackServer() as server:
        server.answers["/feed"] = Answer(body=FEED, headers={"ETag": '"1"'})
        server.answers["/slow"] = drip(FEED, interval_s=1)
        ...
        assert server.requests[0].headers["if-none-match"] == '"1"'

It runs its own event loop in a thread and writes raw bytes. An answer is an `Answer`, a list of
them (one per request, the last for ever), or a behaviour: an async function of `Exchange`.
`on_connect=` takes over whole connections, before anything is read.
With `tls=` it speaks TLS with a certificate made by `make_certificate`.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import subprocess
import threading
import time
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class SeenRequest:
    """A request as it arrived. Header names in lower case; `raw` is the head as sent."""

    method: str
    target: str
    headers: Mapping[str, str]
    raw: bytes
    connection: int
    """Counts connections from 1."""
    at: float
    """time.monotonic() when its head was complete."""


@dataclass(frozen=True)
class Answer:
    """A well-formed answer; Content-Length is set unless `headers` do."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str | bytes] = field(default_factory=dict)
    keeps_open: bool = True

    def encode(self) -> bytes:
        fields: dict[str, str | bytes] = {}
        names = {name.lower() for name in self.headers}
        has_body = self.status not in (204, 304)
        if has_body and not names & {"content-length", "transfer-encoding"}:
            fields["Content-Length"] = str(len(self.body))
        if not self.keeps_open:
            fields["Connection"] = "close"
        fields |= self.headers
        head = f"HTTP/1.1 {self.status} Reason\r\n".encode()
        for name, value in fields.items():
            head += name.encode() + b": " + (value if isinstance(value, bytes) else value.encode())
            head += b"\r\n"
        return head + b"\r\n" + (self.body if has_body else b"")


@dataclass
class Exchange:
    """What a behaviour has at hand: the request and the connection."""

    request: SeenRequest
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Behaviour = Callable[[Exchange], Awaitable[None]]
"""Writes an answer; when it returns, the connection is closed."""


@dataclass(frozen=True)
class Certificate:
    """Files of a certificate and its key."""

    certificate: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def make_certificate(
    folder: Path, name: str, *, host: str = "localhost", days: int = 2, signed_by: str = ""
) -> Certificate:
    """Make a certificate with the openssl program; `days=-1`: expired yesterday.

    `signed_by` names an earlier certificate of the folder; "" makes a self-signed one.
    """
    key, request, certificate = (folder / f"{name}.{end}" for end in ("key", "csr", "pem"))
    kind = "IP" if host.replace(".", "").isdigit() else "DNS"
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    # Distinct subjects: with equal ones every certificate would look self-signed.
    names = ("-subj", f"/CN={name}", "-addext", f"subjectAltName={kind}:{host}")
    may_sign: tuple[str, ...] = ("-addext", "basicConstraints=critical,CA:TRUE")
    signer: tuple[str, ...] = ("-signkey", str(key))
    if signed_by:
        authority = folder / signed_by
        may_sign = ()
        signer = ("-CA", f"{authority}.pem", "-CAkey", f"{authority}.key", "-CAcreateserial")
    _openssl("req", *new_key, *names, *may_sign, "-keyout", str(key), "-out", str(request))
    made = ("-days", str(days), "-copy_extensions", "copy", "-out", str(certificate))
    _openssl("x509", "-req", "-in", str(request), *signer, *made)
    return Certificate(certificate, key)


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


class LoopbackServer:
    """A web server in a thread; a context manager. See the module's docstring."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        answers: Mapping[str, Answer | Sequence[Answer] | Behaviour] | None = None,
        default: Answer | Behaviour | None = None,
        tls: ssl.SSLContext | None = None,
        on_connect: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
        | None = None,
    ) -> None:
        self.host = host
        self.port = 0
        self.answers = dict(answers or {})
        self.default = default or Answer(404)
        self.requests: list[SeenRequest] = []
        self.connections = 0
        self.open_now = 0
        self.most_open = 0
        self._tls = tls
        self._on_connect = on_connect
        self._turns: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._is_ready = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        self._is_ready.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)

    def url(self, path: str = "/feed", *, host: str = "") -> str:
        """Return an address here; `host` puts another name in it."""
        scheme = "https" if self._tls else "http"
        name = host or self.host
        return f"{scheme}://{f'[{name}]' if ':' in name else name}:{self.port}{path}"

    def asked(self, path: str) -> list[SeenRequest]:
        """Return the requests for one path, in order."""
        return [request for request in self.requests if request.target == path]

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(
            self._accept, self.host, 0, ssl=self._tls, backlog=1024, limit=2**20
        )
        self._loop.set_exception_handler(lambda *_: None)  # clients hang up: that is the test
        self.port = server.sockets[0].getsockname()[1]
        self._is_ready.set()
        await self._stop.wait()
        server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                if self._on_connect is not None:
                    await self._on_connect(reader, writer)
                else:
                    await self._converse(reader, writer, self.connections)
        finally:
            self.open_now -= 1
            self._tasks.discard(task)
            writer.close()

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int
    ) -> None:
        while True:
            raw = await reader.readuntil(b"\r\n\r\n")
            request = _parse_head(raw, connection)
            self.requests.append(request)
            answer = self.answers.get(request.target, self.default)
            if isinstance(answer, Sequence):
                turn = self._turns.get(request.target, 0)
                self._turns[request.target] = turn + 1
                answer = answer[min(turn, len(answer) - 1)]
            if not isinstance(answer, Answer):
                await answer(Exchange(request, writer))
                return
            writer.write(answer.encode())
            await writer.drain()
            if not answer.keeps_open:
                return


def _parse_head(raw: bytes, connection: int) -> SeenRequest:
    first, *lines = raw.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
    return SeenRequest(method, target, headers, raw, connection, time.monotonic())


# --- misbehaviour -----------------------------------------------------------

_HEAD = b"HTTP/1.1 200 OK\r\n"


def raw(data: bytes) -> Behaviour:
    """Send these very bytes and close."""

    async def behave(exchange: Exchange) -> None:
        await exchange.send(data)

    return behave


def drip(body: bytes, *, interval_s: float) -> Behaviour:
    """Send a proper head, then one byte of the body at a time."""

    async def behave(exchange: Exchange) -> None:
        await exchange.send(_HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode())
        for byte in body:
            await asyncio.sleep(interval_s)
            await exchange.send(bytes([byte]))

    return behave


def drip_headers(*, interval_s: float) -> Behaviour:
    """Send one header line at a time, for ever."""

    async def behave(exchange: Exchange) -> None:
        await exchange.send(_HEAD)
        for number in range(10_000):
            await exchange.send(f"X-{number}: 1\r\n".encode())
            await asyncio.sleep(interval_s)

    return behave


def endless(chunk: bytes = b" " * 65536, head: bytes = b"") -> Behaviour:
    """Send a body without an end, as fast as it is taken."""

    async def behave(exchange: Exchange) -> None:
        await exchange.send(_HEAD + head + b"\r\n")
        while True:
            await exchange.send(chunk)

    return behave


def cut_after(head: bytes, body: bytes) -> Behaviour:
    """Send a head and part of a body, then reset the connection."""

    async def behave(exchange: Exchange) -> None:
        await exchange.send(_HEAD + head + b"\r\n" + body)
        await asyncio.sleep(0.05)
        exchange.reset()

    return behave


async def reset(exchange: Exchange) -> None:
    """Reset the connection instead of answering."""
    exchange.reset()


async def silence(exchange: Exchange) -> None:
    """Never answer."""
    await asyncio.sleep(3600)


def gzip_bomb(megabytes: int) -> bytes:
    """Return a gzip body of about a thousandth of what it becomes: spaces."""
    engine = zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS)
    spaces = b" " * 2**20
    return b"".join(engine.compress(spaces) for _ in range(megabytes)) + engine.flush()
