"""A response's body: whole, inflated and within its bound, or refused."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable

from feedreader.fetch.words import FetchRefused

_GZIP_MAGIC = b"\x1f\x8b"
# Servers put these where the name of a compression belongs; they say nothing.
_NO_CODING = frozenset(
    {"", "identity", "none", "binary", "7bit", "8bit", "utf-8", "utf8", "text", "iso-8859-1"}
)
_MOST_MEMBERS = 1000
_STEP_BYTES = 2**20


async def read_body(stream: AsyncIterable[bytes], content_encoding: str, max_bytes: int) -> bytes:
    """Return the body, inflated; `max_bytes` bounds what is sent and what it becomes.

    Raises FetchRefused for an encoding we did not ask for, a body beyond the bound, a
    compressed body that is cut or damaged, and an empty one.
    """
    inflater = Inflater(content_encoding, max_bytes)
    received = 0
    async for chunk in stream:
        received += len(chunk)
        if received > max_bytes:
            raise FetchRefused(_too_large(max_bytes))
        inflater.feed(chunk)
    body = inflater.finish()
    if not body:
        raise FetchRefused("the server sent an empty body")
    return body


def _too_large(max_bytes: int) -> str:
    return f"the body is larger than {max_bytes / 2**20:.3g} MiB"


class Inflater:
    """Inflates a body piece by piece (RFC 9110 section 8.4.1), never beyond `max_bytes`.

    The bytes decide, not the label: plain bodies labelled as if they were compressed (S3 gives
    back `aws-chunked`, others a charset), gzip without a label and both kinds of deflate occur
    and are read.
    """

    def __init__(self, content_encoding: str, max_bytes: int) -> None:
        codings = {coding.strip().lower() for coding in content_encoding.split(",")} - _NO_CODING
        unknown = codings - {"gzip", "x-gzip", "deflate"}
        self._not_ours = ", ".join(sorted(codings)) if unknown or len(codings) > 1 else ""
        self._is_deflate = codings == {"deflate"}
        self._max_bytes = max_bytes
        self._parts: list[bytes] = []
        self._size = 0
        self._head = b""
        self._is_plain: bool | None = None
        self._members = 0
        self._engine = zlib.decompressobj()
        self._has_ended = False

    def feed(self, chunk: bytes) -> None:
        """Take the next piece of the body as sent."""
        if self._is_plain is None:
            self._head += chunk
            if len(self._head) < 2:
                return
            chunk, self._head = self._head, b""
            self._start(chunk)
        if self._is_plain:
            self._keep(chunk)
        else:
            self._inflate(chunk)

    def finish(self) -> bytes:
        """Return the whole body."""
        if self._is_plain is None:
            return self._head
        if not (self._is_plain or self._has_ended):
            raise FetchRefused("the compressed body is cut")
        return b"".join(self._parts)

    def _start(self, head: bytes) -> None:
        if self._not_ours and not _is_markup(head):
            name = self._not_ours
            raise FetchRefused(f'the body is compressed by "{name}", which we did not ask for')
        self._is_plain = False
        if head.startswith(_GZIP_MAGIC):
            self._open_member()
        elif self._is_deflate and _is_zlib_header(head):
            self._engine = zlib.decompressobj()
        elif self._is_deflate and _is_raw_deflate(head):
            self._engine = zlib.decompressobj(-zlib.MAX_WBITS)
        else:
            self._is_plain = True

    def _open_member(self) -> None:
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise FetchRefused(f"the compressed body has more than {_MOST_MEMBERS} parts")
        self._engine = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._has_ended = False

    def _inflate(self, chunk: bytes) -> None:
        while chunk:
            if self._has_ended:
                # gzip may go on with another member; anything else is padding.
                chunk = self._head + chunk
                self._head = b""
                if self._members == 0 or not _GZIP_MAGIC.startswith(chunk[:2]):
                    return
                if len(chunk) < 2:
                    self._head = chunk
                    return
                self._open_member()
            try:
                room = self._max_bytes + 1 - self._size
                self._keep(self._engine.decompress(chunk, min(room, _STEP_BYTES)))
            except zlib.error as error:
                raise FetchRefused("the compressed body is damaged") from error
            self._has_ended = self._engine.eof
            chunk = self._engine.unused_data if self._has_ended else self._engine.unconsumed_tail

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._max_bytes:
            raise FetchRefused(_too_large(self._max_bytes))
        self._parts.append(part)


def _is_markup(head: bytes) -> bool:
    """Say whether a body may begin as XML, HTML and JSON Feed do, in whichever encoding.

    None begins with a bracket, as a body does that Brotli made of 64 KiB to 1 MiB.
    """
    return head.lstrip(b"\xef\xbb\xbf\xfe\xff\0 \t\r\n")[:1] in (b"", b"<", b"{")


def _is_zlib_header(head: bytes) -> bool:
    """RFC 1950 section 2.2: the method is 8 and the first two bytes divide by 31."""
    return head[0] & 0x0F == 8 and int.from_bytes(head[:2]) % 31 == 0


def _is_raw_deflate(head: bytes) -> bool:
    # Text seldom survives as deflate for long, but a short head of "<" may; text wins.
    if head.lstrip()[:1] in (b"<", b"{", b"[") and head[:64].isascii():
        return False
    try:
        zlib.decompressobj(-zlib.MAX_WBITS).decompress(head, 64)
    except zlib.error:
        return False
    return True
