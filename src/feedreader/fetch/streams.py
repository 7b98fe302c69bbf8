"""Bytes to and from one server over asyncio's own transports, for httpcore.

httpcore's own backend goes through anyio, which took a quarter of a request's time.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore

_MOST_UNREAD_BYTES = 256 * 1024


class TcpStream(httpcore.AsyncNetworkStream):
    """A connection: read, written and closed as httpcore asks."""

    def __init__(self, transport: asyncio.Transport, line: _Line) -> None:
        self._transport = transport
        self._line = line

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        with _as_httpcore(httpcore.ReadTimeout, httpcore.ReadError):
            async with asyncio.timeout(timeout):
                return await self._line.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        if not buffer:
            return
        with _as_httpcore(httpcore.WriteTimeout, httpcore.WriteError):
            self._line.raise_if_broken()
            self._transport.write(buffer)
            async with asyncio.timeout(timeout):
                await self._line.drain()

    async def aclose(self) -> None:
        # Nothing of a request is on its way any more; a TLS farewell might never be answered.
        self._transport.abort()
        await asyncio.sleep(0)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        try:
            with _as_httpcore(httpcore.ConnectTimeout, httpcore.ConnectError):
                async with asyncio.timeout(timeout):
                    transport = await asyncio.get_running_loop().start_tls(
                        self._transport, self._line, ssl_context, server_hostname=server_hostname
                    )
        except BaseException:
            await self.aclose()
            raise
        if transport is None:
            raise httpcore.ConnectError("the connection closed as encryption began")
        self._line.use(transport)
        return TcpStream(transport, self._line)

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._line.has_more
        name = {"server_addr": "peername", "client_addr": "sockname"}.get(info, info)
        return self._transport.get_extra_info(name)


async def connect(
    address: str,
    port: int,
    *,
    timeout_s: float,
    local_address: str | None,
    socket_options: Iterable[Any] | None,
) -> TcpStream:
    """Return a connection to an IP address; raises httpcore's ConnectError, ConnectTimeout."""
    with _as_httpcore(httpcore.ConnectTimeout, httpcore.ConnectError):
        async with asyncio.timeout(timeout_s):
            transport, line = await asyncio.get_running_loop().create_connection(
                _Line,
                address,
                port,
                local_addr=None if local_address is None else (local_address, 0),
            )
    for option in socket_options or ():
        transport.get_extra_info("socket").setsockopt(*option)
    return TcpStream(transport, line)


@contextmanager
def _as_httpcore(late: type[Exception], failed: type[Exception]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except OSError as error:
        raise failed(str(error)) from error


class _Line(asyncio.Protocol):
    """What has come and was not read yet; reading stops while that is much."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._unread = bytearray()
        self._is_paused = False
        self._has_ended = False
        self._error: Exception | None = None
        self._reader: asyncio.Future[None] | None = None
        self._can_write = asyncio.Event()
        self._can_write.set()

    def use(self, transport: asyncio.BaseTransport) -> None:
        """Belong to this transport from now on."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    @property
    def has_more(self) -> bool:
        """Whether reading would not wait: there are bytes, or the end."""
        return bool(self._unread) or self._has_ended

    async def read(self, max_bytes: int) -> bytes:
        """Return what is there, or comes next; b"" at the end."""
        while not self.has_more:
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        if not self._unread:
            self.raise_if_broken()
            return b""
        data = bytes(self._unread[:max_bytes])
        del self._unread[:max_bytes]
        if self._is_paused and len(self._unread) <= _MOST_UNREAD_BYTES and self._transport:
            self._is_paused = False
            self._transport.resume_reading()
        return data

    def raise_if_broken(self) -> None:
        if self._error is not None:
            raise self._error

    async def drain(self) -> None:
        """Wait until more can be written; raises OSError if the connection broke."""
        await self._can_write.wait()
        self.raise_if_broken()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.use(transport)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if not self._is_paused and len(self._unread) > _MOST_UNREAD_BYTES and self._transport:
            self._is_paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._has_ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._has_ended = True
        self._error = exc
        self._can_write.set()
        self._wake()

    def pause_writing(self) -> None:
        self._can_write.clear()

    def resume_writing(self) -> None:
        self._can_write.set()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)
