"""Names, addresses and connections: whom we may connect to, and what stays open."""

from __future__ import annotations

import _thread
import asyncio
import contextlib
import importlib.util
import ipaddress
import socket
import ssl
import urllib.request
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import httpcore
import httpx

from feedreader.core.urls import is_private_name, is_public_address
from feedreader.fetch.streams import connect
from feedreader.fetch.words import FetchRefused

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port -> IP addresses, best first. Raises OSError for a name without any."""

_NEXT_ADDRESS_AFTER_S = 3.0
_KEEP_OPEN_S = 30.0


class NameNotFound(httpcore.ConnectError):
    """A host name leads to no address; the message says so in words."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host by the system's resolver.

    Each question has its own daemon thread: a resolver that hangs holds up neither other
    questions (as the event loop's few threads would) nor the end of the program.
    """
    with contextlib.suppress(ValueError):
        return (str(ipaddress.ip_address(host)),)
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Sequence[str]] = loop.create_future()

    def deliver(addresses: Sequence[str], error: Exception | None) -> None:
        if answer.done():
            return
        if error is None:
            answer.set_result(addresses)
        else:
            answer.set_exception(error)

    def ask() -> None:
        addresses: Sequence[str] = ()
        failure: Exception | None = None
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            addresses = tuple(dict.fromkeys(str(one[4][0]) for one in found))
        except (OSError, UnicodeError) as error:
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(deliver, addresses, failure)

    # threading.Thread would hold the event loop up until the thread runs.
    try:
        _thread.start_new_thread(ask, ())
    except RuntimeError as error:
        raise OSError("no thread is left to look up names") from error
    return await answer


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects only to addresses that are allowed, checked after the name was resolved.

    The address that was checked is the one connected to, so a name that changes its mind
    between check and connection (DNS rebinding) gains nothing.
    """

    def __init__(self, resolve: Resolve, *, allow_private: bool) -> None:
        self._resolve = resolve
        self._allow_private = allow_private
        self.connections_opened = 0

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + (60.0 if timeout is None else timeout)
        self.connections_opened += 1
        addresses = _alternate_families(await self._allowed_addresses(host, port, ends_at))
        for waiting in range(len(addresses) - 1, -1, -1):
            address = addresses[len(addresses) - 1 - waiting]
            left = max(0.01, ends_at - loop.time())
            try:
                return await connect(
                    address,
                    port,
                    timeout_s=min(left, _NEXT_ADDRESS_AFTER_S) if waiting else left,
                    local_address=local_address,
                    socket_options=socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if not waiting:
                    raise
        raise NameNotFound(f"the name {host} leads to no address")

    async def _allowed_addresses(self, host: str, port: int, ends_at: float) -> Sequence[str]:
        try:
            async with asyncio.timeout_at(ends_at):
                addresses = await self._resolve(host, port)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"no answer to where {host} is") from error
        except socket.gaierror as error:
            if error.errno == socket.EAI_AGAIN:
                words = f"the name {host} cannot be looked up now; is this computer online?"
                raise NameNotFound(words) from error
            raise NameNotFound(f"there is no host named {host}") from error
        except (OSError, UnicodeError) as error:
            raise NameNotFound(f"the name {host} cannot be looked up") from error
        if self._allow_private:
            return addresses
        public = [address for address in addresses if is_public_address(address)]
        if addresses and not public:
            raise FetchRefused(private_reason(host, addresses[0]))
        return public


def private_reason(host: str, address: str) -> str:
    """Say that a host leads into the local network without the user's leave."""
    if host == address:
        return f"{host} is an address of the local network, which this feed may not reach"
    return f"{host} leads to {address} in the local network, which this feed may not reach"


def is_private_literal(host: str) -> bool:
    """Tell whether a host is private by its name alone, also as `2130706433` or `0x7f.1`."""
    try:
        address = str(ipaddress.ip_address(host))
    except ValueError:
        try:
            address = socket.inet_ntoa(socket.inet_aton(host))
        except (OSError, UnicodeError):
            return is_private_name(host)
    return not is_public_address(address)


def _alternate_families(addresses: Sequence[str]) -> Sequence[str]:
    """Mix IPv6 and IPv4, so that a broken one of them costs one attempt (RFC 8305 section 4)."""
    sixes = [address for address in addresses if ":" in address]
    fours = [address for address in addresses if ":" not in address]
    first, second = (sixes, fours) if addresses and ":" in addresses[0] else (fours, sixes)
    mixed: list[str] = []
    for at in range(max(len(first), len(second))):
        mixed += first[at : at + 1] + second[at : at + 1]
    return mixed[:6]


# --- TLS and proxies --------------------------------------------------------


@cache
def _tls_context(*, verify: bool) -> ssl.SSLContext:
    """One for the whole process: each costs some 25 ms.

    The system's authorities count beside certifi's, so a company's own one works.
    """
    context = httpx.create_ssl_context(verify=verify)
    if verify:
        context.load_default_certs()
    return context


def environment_proxies() -> Mapping[str, str]:
    """Return what the environment says of proxies, for `find_proxy`: it takes a while to read."""
    return urllib.request.getproxies_environment()


def find_proxy(scheme: str, host: str, settings_proxy: str, proxies: Mapping[str, str]) -> str:
    """Return the proxy's URL for a host, "" for none.

    A feed's own setting comes first ("direct": none), then the environment's `HTTP_PROXY`,
    `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
    """
    if settings_proxy:
        return "" if settings_proxy == "direct" else settings_proxy
    proxy = proxies.get(scheme) or proxies.get("all") or ""
    if not proxy:
        return ""
    # typeshed does not know this function, which the documentation of urllib leaves out too.
    is_exempt = urllib.request.proxy_bypass_environment(host, proxies)  # type: ignore[attr-defined]
    if is_exempt:
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


# --- connections ------------------------------------------------------------


_PoolKey = tuple[str, ssl.SSLContext | None, bool]


class Connections:
    """The open connections of one host's queue, and of wherever it redirects to.

    Small pools on purpose: httpcore's cost grows with the square of a pool's connections.
    """

    def __init__(self, resolve: Resolve, *, http2: bool) -> None:
        self._resolve = resolve
        self._http2 = http2 and importlib.util.find_spec("h2") is not None
        self._pools: dict[_PoolKey, httpcore.AsyncConnectionPool] = {}
        self._networks: list[CheckedNetwork] = []

    @property
    def opened(self) -> int:
        """How many connections were made so far."""
        return sum(network.connections_opened for network in self._networks)

    def pool(
        self, *, proxy: str, uses_tls: bool, verify_tls: bool, allow_private: bool
    ) -> httpcore.AsyncConnectionPool:
        """Return the pool for such connections; a request never rides on a laxer one.

        Raises FetchRefused if the proxy's address cannot be used.
        """
        # Certificates take longer to load than many requests to answer: not for plain http.
        tls = _tls_context(verify=verify_tls) if uses_tls or proxy else None
        key = (proxy, tls, allow_private)
        if key not in self._pools:
            self._pools[key] = self._open_pool(proxy, tls, allow_private)
        return self._pools[key]

    def _open_pool(
        self, proxy: str, tls: ssl.SSLContext | None, allow_private: bool
    ) -> httpcore.AsyncConnectionPool:
        # With a proxy we connect to the proxy, which the user chose and which may be local;
        # it alone resolves the server's name.
        network = CheckedNetwork(self._resolve, allow_private=allow_private or bool(proxy))
        self._networks.append(network)
        options: dict[str, Any] = {
            "ssl_context": tls,
            "http2": self._http2,
            "max_connections": 4,
            "max_keepalive_connections": 2,
            "keepalive_expiry": _KEEP_OPEN_S,
            "network_backend": network,
        }
        if not proxy:
            return httpcore.AsyncConnectionPool(**options)
        try:
            url = httpx.URL(proxy)
        except (httpx.InvalidURL, ValueError):
            raise FetchRefused("the proxy's address cannot be read") from None
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=b"/")
        auth = (url.username.encode(), url.password.encode()) if url.userinfo else None
        if url.scheme in ("http", "https"):
            return httpcore.AsyncHTTPProxy(target, proxy_auth=auth, **options)
        if url.scheme in ("socks5", "socks5h"):
            if importlib.util.find_spec("socksio") is None:
                raise FetchRefused("a SOCKS proxy needs the package socksio, which is missing")
            return httpcore.AsyncSOCKSProxy(target, proxy_auth=auth, **options)
        raise FetchRefused(f'a proxy of the kind "{url.scheme}" is not supported')

    async def close(self) -> None:
        """Close all; the next request opens new ones."""
        pools, self._pools = list(self._pools.values()), {}
        for pool in pools:
            await pool.aclose()
