"""Header fields between bytes and text: what is read, kept and sent back unchanged."""

from __future__ import annotations

import re
from base64 import b64encode

_KEPT_HEADERS = (
    *("etag", "last-modified", "cache-control", "expires", "age", "date", "retry-after"),
    *("content-type", "content-language", "content-location", "link"),
)
_LONGEST_VALUE = 4096
_STRAY_BYTE = re.compile("[\udc80-\udcff]")
_SENDABLE = re.compile(r"[ -~\x80-\xff]+")


def encode(text: str) -> bytes:
    """Return a field as we send it; what UTF-8 cannot say becomes "?"."""
    return text.encode("utf-8", "replace")


def basic_login(username: str, password: str) -> str:
    """Return the field that logs in (RFC 7617)."""
    return "Basic " + b64encode(encode(f"{username}:{password}")).decode("ascii")


def is_sendable(validator: str) -> bool:
    """Tell whether a validator can go back to a server exactly as it came."""
    return len(validator) <= _LONGEST_VALUE and _SENDABLE.fullmatch(validator) is not None


def decode_headers(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return header values by lower-case name; the first of repeats, but lists joined.

    Values but addresses are Latin-1, so that encoding them again gives back the very bytes.
    """
    values: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name = raw_name.decode("latin-1").lower()
        value = raw_value.decode("latin-1").strip(" \t")
        if name == "location":
            # As browsers do: UTF-8, and bytes that are none are kept as they are, percent-encoded.
            text = raw_value.decode("utf-8", "surrogateescape").strip()
            value = _STRAY_BYTE.sub(lambda byte: f"%{ord(byte[0]) - 0xDC00:02X}", text)
        if name in ("cache-control", "link", "content-encoding") and name in values:
            values[name] += ", " + value
        values.setdefault(name, value)
    return values


def keep_headers(headers: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the fields that the program uses, without those too long or odd to keep."""
    return tuple(
        (name, headers[name])
        for name in _KEPT_HEADERS
        if name in headers and is_sendable(headers[name])
    )


def announced_length(headers: dict[str, str]) -> int:
    """Return Content-Length in bytes, 0 if it is not known."""
    digits = headers.get("content-length", "")
    return int(digits) if digits.isdecimal() and len(digits) < 20 else 0
