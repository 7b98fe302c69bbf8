"""Names, addresses and connections: whom we may connect to, by which way."""

from __future__ import annotations

import _thread
import asyncio
import contextlib
import errno
import importlib.util
import ipaddress
import os
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from feedreader.core.urls import is_private_name, is_public_address
from feedreader.fetch.direct import DirectConnections
from feedreader.fetch.faults import ConnectFault, ConnectTimeout, NameNotFound, NameUnanswered
from feedreader.fetch.streams import TcpStream, connect
from feedreader.fetch.words import FetchRefused

if TYPE_CHECKING:
    from feedreader.fetch.relayed import RelayedConnections

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port -> IP addresses, best first. Raises OSError for a name without any."""

_NEXT_ADDRESS_AFTER_S = 3.0


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


class CheckedNetwork:
    """Connects only to addresses that are allowed, checked after the name was resolved.

    The address that was checked is the one connected to, so a name that changes its mind
    between check and connection (DNS rebinding) gains nothing.
    """

    def __init__(self, resolve: Resolve, *, allow_private: bool) -> None:
        self._resolve = resolve
        self._allow_private = allow_private
        self.connections_opened = 0

    async def connect(self, host: str, port: int, timeout_s: float) -> TcpStream:
        """Return a connection; raises faults, and FetchRefused for private addresses."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + timeout_s
        self.connections_opened += 1
        addresses = _alternate_families(await self._allowed_addresses(host, port, ends_at))
        if not addresses:
            raise NameNotFound(f"the name {host} leads to no address")
        faults: list[ConnectFault | ConnectTimeout] = []
        late = ""
        for address in addresses:
            left_s = max(0.01, ends_at - loop.time())
            if address != addresses[-1]:
                left_s = min(left_s, _NEXT_ADDRESS_AFTER_S)
            try:
                return await connect(address, port, timeout_s=left_s)
            except (ConnectFault, ConnectTimeout) as fault:
                faults.append(fault)
                late = late or (address if isinstance(fault, ConnectTimeout) else "")
        # Where a computer has no IPv6, addresses of that kind fail at once: the time is the
        # other's, and they tell nothing of the server.
        telling = [fault for fault in faults if not _is_unreachable(fault)]
        if late and len(telling) == 1 and (left_s := ends_at - loop.time()) > 0:
            return await connect(late, port, timeout_s=left_s)
        raise (telling or faults)[-1]

    async def _allowed_addresses(self, host: str, port: int, ends_at: float) -> Sequence[str]:
        try:
            async with asyncio.timeout_at(ends_at):
                addresses = await self._resolve(host, port)
        except TimeoutError as error:
            raise NameUnanswered(f"no answer to where {host} is") from error
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


def _is_unreachable(fault: ConnectFault | ConnectTimeout) -> bool:
    cause = fault.__cause__
    no_way = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}
    no_way |= {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
    return isinstance(cause, OSError) and cause.errno in no_way


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
def _tls_context(*, verify: bool, http2: bool) -> ssl.SSLContext:
    """One for all connections of its kind: each costs some 25 ms.

    Authorities are those of `SSL_CERT_FILE` or `SSL_CERT_DIR`, else certifi's; and the
    system's beside them, so a company's own one works.
    """
    context = _verifying_context() if verify else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"] if http2 else ["http/1.1"])
    return context


def _verifying_context() -> ssl.SSLContext:
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if not (file or folder):
        from certifi import where

        file = where()
    try:
        context = ssl.create_default_context(cafile=file, capath=None if file else folder)
    except OSError as error:
        raise FetchRefused(f"the trusted authorities in {file or folder} cannot be read") from error
    context.load_default_certs()
    return context


def environment_proxies() -> Mapping[str, str]:
    """Return what the environment says of proxies, for `find_proxy`: it takes a while to read."""
    # The module takes longer to load than all the rest of this takes.
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return {}
    import urllib.request

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
    import urllib.request

    # typeshed does not know this function, which the documentation of urllib leaves out too.
    is_exempt = urllib.request.proxy_bypass_environment(host, proxies)  # type: ignore[attr-defined]
    if is_exempt or _is_in_networks(host, proxies.get("no", "")):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_in_networks(host: str, names: str) -> bool:
    """Tell whether one of the names is a network that an address is in: `10.0.0.0/8`."""
    for name in names.split(","):
        with contextlib.suppress(ValueError):
            network = ipaddress.ip_network(name.strip(), strict=False)
            if ipaddress.ip_address(host) in network:
                return True
    return False


# --- connections ------------------------------------------------------------


_WayKey = tuple[str, ssl.SSLContext | None, bool]


class Connections:
    """The open connections of one host's queue, and of wherever it redirects to."""

    def __init__(self, resolve: Resolve, *, http2: bool) -> None:
        self._resolve = resolve
        self._http2 = http2 and importlib.util.find_spec("h2") is not None
        self._ways: dict[_WayKey, DirectConnections | RelayedConnections] = {}
        self._networks: list[CheckedNetwork] = []

    @property
    def opened(self) -> int:
        """How many connections were made so far."""
        return sum(network.connections_opened for network in self._networks)

    def way(
        self, *, proxy: str, uses_tls: bool, verify_tls: bool, allow_private: bool
    ) -> DirectConnections | RelayedConnections:
        """Return who asks over such connections; a request never rides on a laxer one.

        Raises FetchRefused if the proxy's address cannot be used.
        """
        # Certificates take longer to load than many requests to answer: not for plain http.
        tls = _tls_context(verify=verify_tls, http2=self._http2) if uses_tls or proxy else None
        key = (proxy, tls, allow_private)
        if key not in self._ways:
            # With a proxy we connect to the proxy, which the user chose and which may be
            # local; it alone resolves the server's name.
            network = CheckedNetwork(self._resolve, allow_private=allow_private or bool(proxy))
            self._networks.append(network)
            self._ways[key] = self._open(network, tls, proxy)
        return self._ways[key]

    def _open(
        self, network: CheckedNetwork, tls: ssl.SSLContext | None, proxy: str
    ) -> DirectConnections | RelayedConnections:
        if not proxy and not (tls and self._http2):
            return DirectConnections(network, tls)
        from feedreader.fetch.relayed import RelayedConnections

        return RelayedConnections(network, tls, proxy=proxy, http2=self._http2)

    async def close(self) -> None:
        """Close all; the next request opens new ones."""
        ways, self._ways = list(self._ways.values()), {}
        for way in ways:
            await way.aclose()
