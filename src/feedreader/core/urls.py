"""Addresses of servers: whose host it is, what must stay secret, what leads inside."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit, urlunsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_USERINFO = re.compile(r"(?<=//)[^/?#\s\\]*@")
_SECRET_PARAMETER = re.compile(
    r"""(?xi) ([?&;\#]
    [^=&;\#\s]* (?: token | key | secret | passw | pwd | passphrase | auth | sig(?=[n=a]) | session
      | credential | hash | code | jwt | (?<=[?&;\#]) (?: sid | uid | user | k | pass | pw | hmac
      | login ) (?==) )
    [^=&;\#\s]* =) [^&;\#\s]+"""
)
# Names that no public server has (RFC 6761, RFC 6762, RFC 8375, and home routers' habits).
_PRIVATE_SUFFIXES = (
    *(".localhost", ".local", ".localdomain", ".lan", ".home", ".home.arpa"),
    *(".internal", ".intranet", ".corp", ".private"),
)


@lru_cache(maxsize=2048)
def host_of(url: str) -> str:
    """Return the host's name in lower-case ASCII, without brackets; "" if there is none."""
    try:
        host = urlsplit(url.strip()).hostname or ""
    except ValueError:
        return ""
    host = host.rstrip(".")
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


@lru_cache(maxsize=2048)
def host_key(url: str) -> str:
    """Return whom a request burdens: the host, with its port unless that is the usual one.

    http and https of one host are the same; "" if the address has no host.
    """
    host = host_of(url)
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return host
    if not host or port is None or port in _DEFAULT_PORTS.values():
        return host
    return f"{host}:{port}"


def origin_of(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port (RFC 6454): what credentials must not leave."""
    try:
        parts = urlsplit(url.strip())
        return parts.scheme, host_of(url), parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return "", "", None


def may_send_on(source: str, url: str) -> bool:
    """Tell whether what was given to log in at one address may be sent to another.

    It may within its origin, and from http to https of the same host.
    """
    here, there = origin_of(source), origin_of(url)
    is_upgrade = (here[0], here[2], there[0], there[2]) == ("http", 80, "https", 443)
    return here == there or (is_upgrade and here[1] == there[1])


def has_userinfo(url: str) -> bool:
    """Tell whether the address carries a user name or password."""
    try:
        return "@" in urlsplit(url.strip()).netloc
    except ValueError:
        return False


def with_userinfo_of(source: str, url: str) -> str:
    """Return `url` with the user name and password that `source` carries, if any."""
    if not has_userinfo(source) or has_userinfo(url):
        return url
    userinfo = urlsplit(source.strip()).netloc.rpartition("@")[0]
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{userinfo}@{parts.netloc}"))


def split_userinfo(url: str) -> tuple[str, str, str]:
    """Return an address without the user name and password in it, and these, decoded."""
    if not has_userinfo(url):
        return url, "", ""
    parts = urlsplit(url.strip())
    userinfo, _, host = parts.netloc.rpartition("@")
    username, _, password = userinfo.partition(":")
    return urlunsplit(parts._replace(netloc=host)), unquote(username), unquote(password)


def with_userinfo(url: str, username: str, password: str) -> str:
    """Return an address with user name and password in it, encoded."""
    if not username and not password:
        return url
    parts = urlsplit(url)
    userinfo = f"{quote(username, safe='')}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{userinfo}@{parts.netloc}"))


def mask_secrets(text: str) -> str:
    """Return an address, or text with addresses in it, fit to be shown and logged.

    User names, passwords and the values of parameters that look like tokens become `***`.
    """
    return _SECRET_PARAMETER.sub(r"\1***", _USERINFO.sub("***@", text))


def is_private_name(host: str) -> bool:
    """Tell whether a host says of itself that it is the user's own: `nas`, `10.0.0.2`, `x.lan`."""
    host = host.strip("[]").rstrip(".").lower()
    try:
        return not is_public_address(str(ipaddress.ip_address(host)))
    except ValueError:
        return bool(host) and ("." not in host or host.endswith(_PRIVATE_SUFFIXES))


@lru_cache(maxsize=256)
def is_public_address(address: str) -> bool:
    """Tell whether an IP address is one of the public internet, whatever it is wrapped in.

    Refused are loopback, private, shared (100.64/10), link-local, multicast, unspecified and
    reserved ranges, also inside IPv4-mapped and -compatible, 6to4, Teredo and NAT64 addresses.
    """
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast
    # A scope (fe80::1%eth0) would make the address belong to no network.
    ip = ipaddress.IPv6Address(int(ip))
    embedded = _embedded_ipv4(ip)
    if embedded is not None:
        return embedded.is_global and not embedded.is_multicast
    return ip.is_global and not (ip.is_multicast or ip.is_site_local or ip in _NAT64_LOCAL)


_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")
_IPV4_COMPATIBLE = ipaddress.ip_network("::/96")


def _embedded_ipv4(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that packets to an IPv6 address end at."""
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    if ip in _NAT64 or ip in _IPV4_COMPATIBLE:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None
