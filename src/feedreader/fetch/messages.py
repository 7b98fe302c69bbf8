"""Requests and heads of answers as bytes, as long as they are plain (RFC 9112).

Plain is less than what HTTP allows and than what h11 accepts: what is not goes to h11, which
knows the rest and refuses what must not be. So nothing is read here that h11 would not read
the same way.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from feedreader.fetch.addresses import Address

Fields = list[tuple[bytes, bytes]]

_TOKEN = rb"[-!#$%&'*+.^_`|~0-9A-Za-z]+"
_TARGET = re.compile(r"[\x21-\x7e]+")
_INK = rb"[\x21-\x7e\x80-\xff]"
_SENT_FIELD = re.compile(_TOKEN + rb": " + _INK + rb"(?:[\t \x21-\x7e\x80-\xff]*" + _INK + rb")?")
_STATUS_LINE = re.compile(rb"HTTP/1\.1 ([2-5][0-9][0-9])(?: [\t \x21-\x7e]*)?")
_FIELD = re.compile(rb"(" + _TOKEN + rb"):[\t ]*([\t \x21-\x7e\x80-\xff]*)")
_LONGEST_HEAD_BYTES = 16 * 1024
_UNPLAIN = frozenset({b"transfer-encoding", b"upgrade"})
_NO_BODY = frozenset({204, 304})


class Message(NamedTuple):
    """One request to one server, and how long it may be silent."""

    method: str
    address: Address
    fields: Fields
    connect_s: float
    read_s: float
    body: bytes = b""


class PlainHead(NamedTuple):
    """The head of an answer whose body, if it has one, says how long it is."""

    status: int
    fields: Fields
    head_bytes: int
    body_bytes: int


def write_plain_request(message: Message) -> bytes | None:
    """Return a GET request as sent; None if it is not plain."""
    target = message.address.target
    if message.method != "GET" or message.body or _TARGET.fullmatch(target) is None:
        return None
    lines = [b"%s: %s" % field for field in message.fields]
    if not all(map(_SENT_FIELD.fullmatch, lines)):
        return None
    return b"\r\n".join([b"GET %s HTTP/1.1" % target.encode("ascii"), *lines, b"\r\n"])


def read_plain_head(received: bytes) -> PlainHead | None:
    """Return the head that an answer's first bytes hold; None if it is not whole or not plain.

    Plain is an answer in HTTP/1.1 that leaves the connection open and whose length is plain:
    no transfer coding, one Content-Length or a status that has no body.
    """
    head_bytes = received.find(b"\r\n\r\n", 0, _LONGEST_HEAD_BYTES) + 4
    if head_bytes < 4:
        return None
    status_line, *lines = received[: head_bytes - 4].split(b"\r\n")
    found = _STATUS_LINE.fullmatch(status_line)
    if found is None:
        return None
    status = int(found[1])
    fields: Fields = []
    length = -1
    for line in lines:
        field = _FIELD.fullmatch(line)
        if field is None:
            return None
        name, value = field[1].lower(), field[2].rstrip(b"\t ")
        if name == b"content-length":
            if length >= 0 or not value.isdigit() or len(value) > 18:
                return None
            length = int(value)
        elif name in _UNPLAIN or (name == b"connection" and value.lower() != b"keep-alive"):
            return None
        fields.append((name, value))
    if status in _NO_BODY:
        length = 0
    return PlainHead(status, fields, head_bytes, length) if length >= 0 else None
