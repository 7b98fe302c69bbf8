"""Addresses as they are asked: those that are plain as they stand, others as httpx reads them."""

from __future__ import annotations

import re
from typing import NamedTuple

from feedreader.fetch.words import FetchRefused

_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
# What httpx would give back unchanged: a lower-case name that no IP address looks like or a
# plain IPv4 address, a path from the root, nothing that would be encoded. To import httpx
# takes longer than to ask fifty feeds.
_PLAIN = re.compile(
    rf"""(?x) (https?) ://
    ( {_BYTE} (?: \.{_BYTE} ){{3}} | (?: [a-z0-9_-]+ \. )* [a-z] [a-z0-9-]* )
    (?: : ([1-9][0-9]{{1,4}}) )?
    ( / (?: [A-Za-z0-9._~!$&'()*+,;=:@/-] | %[0-9A-Fa-f]{{2}} )*
      (?: \? (?: [A-Za-z0-9._~!$&'()*+,;=:@/?-] | %[0-9A-Fa-f]{{2}} )* )? )"""
)
_LONGEST_PLAIN = 8000
USUAL_PORTS = {"http": 80, "https": 443}


class Address(NamedTuple):
    """An http or https address without credentials and fragment, in normal form."""

    text: str
    scheme: str
    host: str
    """In lower-case ASCII; IPv6 without brackets."""
    port: int
    authority: str
    """As the Host header names it."""
    target: str
    """Path and query."""


def parse_url(text: str, base: Address | None = None) -> Address:
    """Return an http or https address that can be asked; raises FetchRefused for others."""
    text = "".join(text.strip().split("\t")) if base is None else _as_browsers_read(text)
    return _read_plain(text) or _read_other(text, base)


def _read_plain(text: str) -> Address | None:
    found = _PLAIN.fullmatch(text) if len(text) <= _LONGEST_PLAIN else None
    if found is None or "/." in text:
        return None
    scheme, host, digits, target = found.groups()
    port = int(digits) if digits else USUAL_PORTS[scheme]
    if digits and (port > 65535 or port == USUAL_PORTS[scheme]):
        return None
    return Address(text, scheme, host, port, f"{host}:{port}" if digits else host, target)


def _read_other(text: str, base: Address | None) -> Address:
    import httpx

    try:
        url = httpx.URL(text) if base is None else httpx.URL(base.text).join(text)
        if url.scheme not in ("http", "https"):
            kind = f'"{url.scheme}:"' if url.scheme else "such"
            raise FetchRefused(f"only http and https addresses are fetched, not {kind}")
        host = url.raw_host.decode("ascii")
        if not host or "%" in host or (url.port is not None and not 0 < url.port < 65536):
            raise FetchRefused("the address names no proper host")
        bare = url.copy_with(userinfo=b"", fragment=None)
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise FetchRefused("the address cannot be read") from error
    return Address(
        str(bare),
        url.scheme,
        host,
        bare.port or USUAL_PORTS[url.scheme],
        bare.netloc.decode("ascii"),
        bare.raw_path.decode("ascii"),
    )


def _as_browsers_read(location: str) -> str:
    """Drop what the URL standard drops: outer white space, inner tabs and line ends."""
    kept = "".join(char for char in location.strip() if char not in "\t\r\n")
    # Backslashes count as slashes up to the path's end.
    head, mark, rest = kept.partition("?")
    return head.replace("\\", "/") + mark + rest
