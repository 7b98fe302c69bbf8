"""Items of a document that are what they were at the poll before, and need not be read again.

So a poll costs what is new, not what the document holds. Which entry an item is, and what it
says, may hang on what stands around it: on the feed's address, base and language, and on other
items of the same id. Where any of that is not as it was, or not plain, all is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from feedreader.core.identity import DIGEST_BYTES, IdentifiedEntry, digest
from feedreader.model import ParsedFeed

_AFTER_NAME: Final = frozenset(" \t\r\n>")
_INHERITED: Final = re.compile(r"""(?i)\b(?:base|lang)\s*=\s*(?:"[^"]*"|'[^']*')""")
_SECTION: Final = re.compile(r"<(?:!\[CDATA\[|!--|\?|!)")
_SECTION_ENDS: Final = {"<![CDATA[": "]]>", "<!--": "-->", "<?": "?>", "<!": ">"}


class Items:
    """The items of one document, and which of them were read before."""

    def __init__(self, remembered: bytes = b"") -> None:
        """`remembered` is what `remember` gave for the feed's last document."""
        self._context, *pairs = [
            remembered[at : at + DIGEST_BYTES]
            for at in range(0, len(remembered) or 1, DIGEST_BYTES)
        ]
        self._keys = dict(zip(pairs[::2], pairs[1::2], strict=False))
        self._around = ""
        self._digests: list[bytes] = []

    @property
    def unchanged(self) -> frozenset[bytes]:
        """The keys of the entries whose items were left out."""
        return frozenset(self._keys[one] for one in self._digests if one in self._keys)

    def leave_out(self, text: str, name: str, start: int) -> str:
        """Return a document without the items that were read before.

        `name` is what they are called in it, and `start` is where its root begins.
        """
        spans = _find(text, name, start)
        head = text[start : spans[0][0]] if spans else ""
        self._digests = [digest(text[begin:end]) for begin, end in spans]
        self._around = "".join((head[: head.find(">")], *_INHERITED.findall(head)))
        pieces, last = [], 0
        for (begin, end), one in zip(spans, self._digests, strict=True):
            if one in self._keys:
                pieces.append(text[last:begin])
                last = end
        return "".join(pieces) + text[last:]

    def forget(self) -> None:
        """Take back what was found: the document was read whole, and in another way."""
        self._keys = {}
        self._digests = []

    def remember(
        self, parsed: ParsedFeed, identified: Sequence[IdentifiedEntry], response: Iterable[str]
    ) -> bytes:
        """Return what to remember of the document; nothing if its items do not stand by themselves.

        `parsed` and `identified` are what was read of those that were not left out, `response`
        what was said of the body. If any was left out, nothing means: read the whole document.
        """
        keys = [one.key for one in identified if one.key == one.plain_key]
        read = [one for one in self._digests if one not in self._keys]
        is_plain = len(read) == len(parsed.entries) == len(keys)
        is_plain = is_plain and len(set(self._digests)) == len(self._digests)
        feed = parsed.feed
        context = digest(
            *response, self._around, parsed.format, feed.link, feed.language, *feed.authors
        )
        unchanged = self.unchanged
        if not is_plain or (unchanged and context != self._context):
            return b""
        if not unchanged.isdisjoint(keys):
            return b""
        found = self._keys | dict(zip(read, keys, strict=True))
        return context + b"".join([one + found[one] for one in self._digests])


def _find(text: str, name: str, start: int) -> list[tuple[int, int]]:
    """Return where elements of a name begin and end; none if that is not plain."""
    opening, closing = f"<{name}", f"</{name}>"
    spans = []
    last = start
    begin = text.find(opening, start)
    while begin >= 0:
        end = begin + len(opening)
        if text[end : end + 1] in _AFTER_NAME:
            end = text.find(closing, end)
            if end < 0 or _is_open(text, last, begin) or _is_open(text, begin, end):
                return []
            end += len(closing)
            spans.append((begin, end))
            last = end
        begin = text.find(opening, end)
    return spans


def _is_open(text: str, start: int, end: int) -> bool:
    """Say whether something between two places that is no markup goes on behind them."""
    while section := _SECTION.search(text, start, end):
        start = text.find(_SECTION_ENDS[section[0]], section.end(), end)
        if start < 0:
            return True
    return False
