"""Requests by way of httpcore: through proxies, and in HTTP/2."""

from __future__ import annotations

import importlib.util
import ssl
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpcore

from feedreader.fetch.addresses import USUAL_PORTS
from feedreader.fetch.faults import (
    AnswerFault,
    ConnectFault,
    ConnectTimeout,
    ExchangeFault,
    LineFault,
    LineTimeout,
    ProxyFault,
    RequestFault,
)
from feedreader.fetch.words import FetchRefused

if TYPE_CHECKING:
    from feedreader.fetch.messages import Fields, Message
    from feedreader.fetch.network import CheckedNetwork
    from feedreader.fetch.streams import TcpStream

_KEEP_OPEN_S = 30.0


class RelayedConnections:
    """A small pool of httpcore's, whose cost grows with the square of its connections."""

    def __init__(
        self, network: CheckedNetwork, tls: ssl.SSLContext | None, *, proxy: str, http2: bool
    ) -> None:
        self._has_http_proxy = proxy.lower().startswith("http")
        self._pool = _open_pool(
            proxy,
            {
                "ssl_context": tls,
                "http2": http2,
                "max_connections": 4,
                "max_keepalive_connections": 2,
                "keepalive_expiry": _KEEP_OPEN_S,
                "network_backend": _Backend(network, is_to_proxy=bool(proxy)),
            },
        )

    async def ask(self, message: Message) -> RelayedAnswer:
        """Send a request and return the head of the answer; raises faults."""
        address = message.address
        is_usual = address.port == USUAL_PORTS[address.scheme]
        host = address.host
        if ":" in host and self._has_http_proxy:
            host = f"[{host}]"  # httpcore would name an IPv6 address without
        request = httpcore.Request(
            message.method,
            httpcore.URL(
                scheme=address.scheme.encode("ascii"),
                host=host.encode("ascii"),
                port=None if is_usual else address.port,
                target=address.target.encode("ascii"),
            ),
            headers=message.fields,
            content=message.body or None,
            extensions={
                "timeout": {
                    "connect": message.connect_s,
                    "read": message.read_s,
                    "write": message.read_s,
                    "pool": message.connect_s,
                }
            },
        )
        with _as_faults():
            return RelayedAnswer(await self._pool.handle_async_request(request))

    async def aclose(self) -> None:
        """Close all."""
        await self._pool.aclose()


class RelayedAnswer:
    """The head of an answer, and its body until it is closed."""

    is_over = False
    """Nobody knows before the body was asked for."""

    def __init__(self, response: httpcore.Response) -> None:
        self.status = response.status
        self.fields: Fields = response.headers
        stream = response.extensions.get("network_stream")
        peer = stream.get_extra_info("server_addr") if stream is not None else None
        self.server_ip = str(peer[0]) if peer else ""
        self._response = response

    async def parts(self) -> AsyncIterator[bytes]:
        """Give the body as it comes; raises faults."""
        with _as_faults():
            async for part in self._response.aiter_stream():
                yield part

    async def aclose(self) -> None:
        """Be done with it."""
        await self._response.aclose()


def _open_pool(proxy: str, options: dict[str, Any]) -> httpcore.AsyncConnectionPool:
    if not proxy:
        return httpcore.AsyncConnectionPool(**options)
    import httpx

    try:
        url = httpx.URL(proxy)
    except (httpx.InvalidURL, ValueError):
        url = httpx.URL()
    if not url.host or not (url.port is None or 0 < url.port < 65536):
        raise FetchRefused("the proxy's address cannot be read")
    target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=b"/")
    auth = (url.username.encode(), url.password.encode()) if url.userinfo else None
    if url.scheme in ("http", "https"):
        return httpcore.AsyncHTTPProxy(target, proxy_auth=auth, **options)
    if url.scheme in ("socks5", "socks5h"):
        if importlib.util.find_spec("socksio") is None:
            raise FetchRefused("a SOCKS proxy needs the package socksio, which is missing")
        return httpcore.AsyncSOCKSProxy(target, proxy_auth=auth, **options)
    raise FetchRefused(f'a proxy of the kind "{url.scheme}" is not supported')


# --- between httpcore and our streams ---------------------------------------


class _Backend(httpcore.AsyncNetworkBackend):
    def __init__(self, network: CheckedNetwork, *, is_to_proxy: bool) -> None:
        self._network = network
        self._is_to_proxy = is_to_proxy

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        with _as_httpcore(httpcore.ConnectTimeout, httpcore.ConnectError):
            try:
                stream = await self._network.connect(
                    host, port, 60.0 if timeout is None else timeout
                )
            except (ConnectFault, ConnectTimeout) as fault:
                if self._is_to_proxy:
                    raise ProxyFault("cannot be reached") from fault
                raise
            return _Stream(stream)


class _Stream(httpcore.AsyncNetworkStream):
    def __init__(self, stream: TcpStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        with _as_httpcore(httpcore.ReadTimeout, httpcore.ReadError):
            return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        with _as_httpcore(httpcore.WriteTimeout, httpcore.WriteError):
            await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        with _as_httpcore(httpcore.ConnectTimeout, httpcore.ConnectError):
            name = server_hostname and server_hostname.strip("[]")
            return _Stream(await self._stream.start_tls(ssl_context, name, timeout))

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._stream.has_more
        name = {"server_addr": "peername", "client_addr": "sockname"}.get(info, info)
        return self._stream.extra_info(name)


@contextmanager
def _as_httpcore(late: type[Exception], failed: type[Exception]) -> Iterator[None]:
    try:
        yield
    except (ConnectTimeout, LineTimeout) as fault:
        raise late(str(fault)) from fault
    except (ConnectFault, LineFault) as fault:
        raise failed(str(fault)) from fault


@contextmanager
def _as_faults() -> Iterator[None]:
    try:
        yield
    except (httpcore.NetworkError, httpcore.TimeoutException) as error:
        # The pool of httpcore raises its errors once more, without their causes.
        if isinstance(fault := error.__cause__ or error.__context__, ExchangeFault):
            raise fault from fault.__cause__
        kind: type[ExchangeFault] = LineFault
        if isinstance(error, httpcore.TimeoutException):
            is_late = isinstance(error, httpcore.ConnectTimeout | httpcore.PoolTimeout)
            kind = ConnectTimeout if is_late else LineTimeout
        elif isinstance(error, httpcore.ConnectError):
            kind = ConnectFault
        raise kind(str(error)) from error
    except httpcore.ProxyError as error:
        raise ProxyFault(f"refuses: {error}") from error
    except httpcore.LocalProtocolError as error:
        # What h2 finds wrong is seldom ours, whatever httpcore makes of it.
        is_theirs = any(_library_of(one) == "h2" for one in error.args)
        raise (AnswerFault if is_theirs else RequestFault)(str(error)) from error
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        raise AnswerFault(str(error)) from error
    except ValueError as error:  # a status that is no number, in HTTP/2
        raise AnswerFault("illegal status") from error
    except Exception as error:
        # What socksio finds wrong, httpcore lets pass.
        if _library_of(error) != "socksio":
            raise
        raise ProxyFault("does not speak proper SOCKS") from error


def _library_of(error: object) -> str:
    """Return the name of the library that an error is of, which need not be installed."""
    return type(error).__module__.partition(".")[0]
