"""Requests straight to servers, in HTTP/1.1: one at a time, over connections kept open.

Plain answers are read here, all others by h11. httpcore, which stands between us and a proxy
or HTTP/2, would take five times as long for the same.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from feedreader.fetch.faults import AnswerFault, LineFault, RequestFault
from feedreader.fetch.messages import Fields, Message, read_plain_head, write_plain_request

if TYPE_CHECKING:
    import h11

    from feedreader.fetch.network import CheckedNetwork
    from feedreader.fetch.streams import TcpStream

_READ_BYTES = 64 * 1024
_LONGEST_HEAD_BYTES = 100 * 1024
_KEEP_OPEN_S = 30.0
_MOST_KEPT_OPEN = 2

_Place = tuple[str, str, int]


class DirectConnections:
    """Connections to the servers that one host's queue leads to; one request at a time."""

    def __init__(self, network: CheckedNetwork, tls: ssl.SSLContext | None) -> None:
        self._network = network
        self._tls = tls
        self._kept: dict[_Place, _Connection] = {}

    async def ask(self, message: Message) -> DirectAnswer:
        """Send a request and return the head of the answer; raises faults."""
        address = message.address
        place = (address.scheme, address.host, address.port)
        connection = self._kept.pop(place, None)
        if connection is not None and not connection.is_usable():
            await connection.aclose()
            connection = None
        if connection is None:
            connection = await self._open(message)
        try:
            status, fields = await connection.exchange(message)
        except BaseException:
            await connection.aclose()
            raise
        return DirectAnswer(status, fields, connection, self, place)

    async def _open(self, message: Message) -> _Connection:
        address = message.address
        stream = await self._network.connect(address.host, address.port, message.connect_s)
        if address.scheme == "https":
            assert self._tls is not None
            stream = await stream.start_tls(self._tls, address.host, message.connect_s)
        return _Connection(stream)

    async def keep(self, place: _Place, connection: _Connection) -> None:
        """Have a connection ready for the next request to the same place."""
        self._kept[place] = connection
        while len(self._kept) > _MOST_KEPT_OPEN:
            await self._kept.pop(next(iter(self._kept))).aclose()

    async def aclose(self) -> None:
        """Close all that are kept."""
        while self._kept:
            await self._kept.popitem()[1].aclose()


class DirectAnswer:
    """The head of an answer, and its body until it is closed."""

    def __init__(
        self,
        status: int,
        fields: Fields,
        connection: _Connection,
        connections: DirectConnections,
        place: _Place,
    ) -> None:
        self.status = status
        self.fields = fields
        self.server_ip = connection.server_ip
        self._connection = connection
        self._connections = connections
        self._place = place

    @property
    def is_over(self) -> bool:
        """Whether it is known that nothing more comes of the body."""
        return self._connection.has_no_more()

    async def parts(self) -> AsyncIterator[bytes]:
        """Give the body as it comes; raises faults."""
        while part := await self._connection.read_part():
            yield part

    async def aclose(self) -> None:
        """Be done with it; the connection is kept if all of the answer was read."""
        if self._connection.has_ended_well():
            await self._connections.keep(self._place, self._connection)
        else:
            await self._connection.aclose()


class _Connection:
    """A stream, and how far the answer is read that comes over it."""

    def __init__(self, stream: TcpStream) -> None:
        self._stream = stream
        self._read_s = 0.0
        self._idle_since = 0.0
        self._received = b""
        """Read from the stream, but not yet part of a plain answer."""
        self._left_bytes = 0
        """What is to come of a plain answer's body."""
        self._http: h11.Connection | None = None
        """What reads an answer that is not plain."""
        self.server_ip = stream.server_ip

    async def exchange(self, message: Message) -> tuple[int, Fields]:
        """Send a request and return the answer's status and fields."""
        self._read_s = message.read_s
        self._http = None
        request = write_plain_request(message)
        if request is None:
            self._http, request = _start_h11(message)
        with suppress(LineFault):  # who hears no more may have said why
            await self._stream.write(request, message.read_s)
        received = await self._stream.read(_READ_BYTES, message.read_s)
        if not received:
            raise AnswerFault("the server disconnected without sending a response")
        if self._http is None:
            head = read_plain_head(received)
            if head is not None:
                body = received[head.head_bytes :]
                self._left_bytes = head.body_bytes
                self._received = body
                return head.status, head.fields
            self._http, _ = _start_h11(message)
        self._http.receive_data(received)
        return await self._read_head()

    async def _read_head(self) -> tuple[int, Fields]:
        import h11

        while True:
            event = await self._next_event()
            if isinstance(event, h11.Response):
                return event.status_code, list(event.headers)

    async def _next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        import h11

        assert self._http is not None
        while True:
            with _as_faults():
                event = self._http.next_event()
            if event is not h11.NEED_DATA:
                return event
            received = await self._stream.read(_READ_BYTES, self._read_s)
            if not received and self._http.their_state is h11.SEND_RESPONSE:
                raise AnswerFault("the server disconnected without sending a response")
            self._http.receive_data(received)

    def has_no_more(self) -> bool:
        return self._http is None and not self._left_bytes

    async def read_part(self) -> bytes:
        """Return a part of the body, b"" at its end."""
        if self._http is not None:
            return await self._read_part_by_h11()
        if not self._left_bytes:
            return b""
        if not self._received:
            self._received = await self._stream.read(_READ_BYTES, self._read_s)
            if not self._received:
                raise AnswerFault("the server closed connection before the body was complete")
        part = self._received[: self._left_bytes]
        self._received = self._received[len(part) :]
        self._left_bytes -= len(part)
        return part

    async def _read_part_by_h11(self) -> bytes:
        import h11

        while isinstance(event := await self._next_event(), h11.Data):
            if event.data:
                return bytes(event.data)
        return b""

    def has_ended_well(self) -> bool:
        """Say whether the whole answer was read, nothing came after it, and another may."""
        if self._http is None:
            is_over = not (self._left_bytes or self._received)
        else:
            import h11

            states = (self._http.our_state, self._http.their_state)
            is_over = states == (h11.DONE, h11.DONE) and not self._http.trailing_data[0]
        self._idle_since = asyncio.get_running_loop().time()
        return is_over

    def is_usable(self) -> bool:
        """Say whether the server left it open and silent, and not for too long."""
        idle_s = asyncio.get_running_loop().time() - self._idle_since
        return idle_s < _KEEP_OPEN_S and not self._stream.has_more

    async def aclose(self) -> None:
        await self._stream.aclose()


def _start_h11(message: Message) -> tuple[h11.Connection, bytes]:
    """Return what will read the answer to a request, and the request as sent."""
    import h11

    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD_BYTES)
    with _as_faults():
        request = h11.Request(
            method=message.method, target=message.address.target, headers=message.fields
        )
        sent = http.send(request) or b""
        if message.body:
            sent += http.send(h11.Data(data=message.body)) or b""
        sent += http.send(h11.EndOfMessage()) or b""
    return http, sent


@contextmanager
def _as_faults() -> Iterator[None]:
    import h11

    try:
        yield
    except h11.RemoteProtocolError as error:
        raise AnswerFault(str(error)) from error
    except h11.LocalProtocolError as error:
        raise RequestFault(str(error)) from error
