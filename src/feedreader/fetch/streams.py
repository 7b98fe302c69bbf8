"""Bytes to and from one server over asyncio's own transports; raises faults."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

from feedreader.fetch.faults import (
    ConnectFault,
    ConnectTimeout,
    LineFault,
    LineTimeout,
    NameNotFound,
    as_faults,
)

_MOST_UNREAD_BYTES = 256 * 1024
_READ_BYTES = 64 * 1024


class TcpStream:
    """A connection: read, written and closed."""

    def __init__(self, transport: asyncio.Transport, line: _Line) -> None:
        self._transport = transport
        self._line = line

    @property
    def has_more(self) -> bool:
        """Whether reading would not wait: there are bytes, or the end."""
        return self._line.has_more

    @property
    def server_ip(self) -> str:
        """The address at the other end; "" if the connection is gone."""
        peer = self.extra_info("peername")
        return str(peer[0]) if peer else ""

    def extra_info(self, name: str) -> Any:
        """Return what asyncio's transport tells under a name, None if nothing."""
        return self._transport.get_extra_info(name)

    async def read(self, max_bytes: int, timeout_s: float | None) -> bytes:
        """Return what is there, or comes next; b"" at the end."""
        with as_faults(LineTimeout, LineFault):
            if not self._line.has_more:
                await self._line.wait(timeout_s)
            return self._line.take(max_bytes)

    async def write(self, data: bytes, timeout_s: float | None) -> None:
        """Send; return when more may be sent."""
        if not data:
            return
        with as_faults(LineTimeout, LineFault):
            self._line.raise_if_broken()
            self._transport.write(data)
            if not self._line.can_write.is_set():
                async with asyncio.timeout(timeout_s):
                    await self._line.can_write.wait()
            self._line.raise_if_broken()

    async def aclose(self) -> None:
        # Nothing of a request is on its way any more; a TLS farewell might never be answered.
        self._transport.abort()
        await asyncio.sleep(0)

    async def start_tls(
        self, context: ssl.SSLContext, host: str | None, timeout_s: float | None
    ) -> TcpStream:
        """Return the connection encrypted, with a certificate for `host`, or close it."""
        if self._line.has_more:
            # What came in the clear would be read as if it came encrypted.
            await self.aclose()
            raise ConnectFault from ssl.SSLError("the server spoke before encryption began")
        # A dot at the end is part of no certificate (RFC 6066 section 3).
        name = host and host.removesuffix(".")
        try:
            with as_faults(ConnectTimeout, ConnectFault):
                async with asyncio.timeout(timeout_s):
                    transport = await asyncio.get_running_loop().start_tls(
                        self._transport, self._line, context, server_hostname=name
                    )
        except ValueError as error:
            # Through a proxy nobody looked the name up, which would have told.
            await self.aclose()
            raise NameNotFound(f"there can be no host named {host}") from error
        except BaseException:
            await self.aclose()
            raise
        if transport is None:
            raise ConnectFault("the connection closed as encryption began")
        self._line.use(transport)
        return TcpStream(transport, self._line)


async def connect(address: str, port: int, *, timeout_s: float) -> TcpStream:
    """Return a connection to an IP address."""
    with as_faults(ConnectTimeout, ConnectFault):
        async with asyncio.timeout(timeout_s):
            transport, line = await asyncio.get_running_loop().create_connection(
                _Line, address, port
            )
    return TcpStream(transport, line)


class _Line(asyncio.BufferedProtocol):
    """What has come and was not read yet; reading stops while that is much.

    Buffered, since a plain Protocol has 256 KiB of fresh memory for each read of a few bytes.
    """

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._unread = bytearray()
        # A view: asyncio writes into slices of it, and those of a bytearray are copies.
        self._arriving = memoryview(bytearray(_READ_BYTES))
        self._is_paused = False
        self._has_ended = False
        self._error: Exception | None = None
        self._reader: asyncio.Future[None] | None = None
        self.can_write = asyncio.Event()
        self.can_write.set()

    def use(self, transport: asyncio.BaseTransport) -> None:
        """Belong to this transport from now on."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    @property
    def has_more(self) -> bool:
        """Whether reading would not wait: there are bytes, or the end."""
        return bool(self._unread) or self._has_ended

    async def wait(self, timeout_s: float | None) -> None:
        """Wait until there is something to take; raises TimeoutError."""
        loop = asyncio.get_running_loop()
        # asyncio.timeout does this and more for twice the time.
        timer = None if timeout_s is None else loop.call_later(timeout_s, self._give_up)
        try:
            while not self.has_more:
                self._reader = loop.create_future()
                await self._reader
        finally:
            self._reader = None
            if timer is not None:
                timer.cancel()

    def take(self, max_bytes: int) -> bytes:
        """Return what is there; b"" at the end. Raises OSError if the connection broke."""
        if not self._unread:
            self.raise_if_broken()
            return b""
        data = bytes(memoryview(self._unread)[:max_bytes])
        del self._unread[:max_bytes]
        if self._is_paused and len(self._unread) <= _MOST_UNREAD_BYTES and self._transport:
            self._is_paused = False
            self._transport.resume_reading()
        return data

    def raise_if_broken(self) -> None:
        if self._error is not None:
            raise self._error

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.use(transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._arriving

    def buffer_updated(self, nbytes: int) -> None:
        self._unread += self._arriving[:nbytes]
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
        self.can_write.set()
        self._wake()

    def pause_writing(self) -> None:
        self.can_write.clear()

    def resume_writing(self) -> None:
        self.can_write.set()

    def _give_up(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_exception(TimeoutError())

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)
