"""The text blocks of a tidied page, and the elements and pictures around them.

A block is one piece of text (see page.py), a part an element that holds blocks. Their order is
the page's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree
from lxml.html import HtmlElement

from feedreader.core.extract.page import LINKED, OPAQUE, is_inline
from feedreader.core.extract.signs import names_of
from feedreader.errors import ExtractionFailed

MAX_BLOCKS = 20_000
WORD = re.compile(r"\w+")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\u0e00-\u0e7f]")
_NOT_WORD = re.compile(r"[\W_]+")


def squeeze(text: str) -> str:
    """Only letters and digits, in lower case: equal for texts that read the same."""
    return _NOT_WORD.sub("", text).lower()


def count_words(text: str) -> int:
    """Words; of scripts without spaces two characters count as one."""
    return len(WORD.findall(text)) + len(_CJK.findall(text)) // 2


@dataclass(slots=True)
class Part:
    """What is known of an element that holds blocks."""

    element: HtmlElement
    parent: Part | None
    depth: int
    names: frozenset[str] = frozenset()
    """Groups of signs.py that its class, id or role is in."""
    kind: str = ""
    words: int = 0
    prose: float = 0.0
    """Words outside links, in blocks that read like sentences."""

    def and_outwards(self) -> Iterator[Part]:
        """It and the parts around it, from the inside out."""
        part: Part | None = self
        while part is not None:
            yield part
            part = part.parent


@dataclass(slots=True)
class Block:
    """One piece of text. `part` is the element that holds it."""

    element: HtmlElement
    part: Part
    text: str
    squeezed: str
    words: int
    link_share: float
    """Of its characters."""
    prose: float
    kind: str
    """Tag and class names of it and the next elements outwards: alike in alike blocks."""
    features: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Media:
    """Pictures or players between text blocks. `position` is the number of blocks before."""

    element: HtmlElement
    part: Part
    position: int


def _kind_of(element: HtmlElement) -> str:
    classes = (element.get("class") or "").split()
    return f"{element.tag!s}.{classes[0] if classes else ''}"


_MEDIA_TAGS = ("img", "iframe", "video", "audio")


def read_blocks(body: HtmlElement) -> tuple[list[Block], list[Media]]:
    """The page's text blocks in reading order, and the pictures and players between them.

    Raises `ExtractionFailed` for more than `MAX_BLOCKS`.
    """
    blocks: list[Block] = []
    media: list[Media] = []
    part = Part(body, None, 0, kind="body")
    skip_until: HtmlElement | None = None
    for event, element in etree.iterwalk(body, events=("start", "end")):
        if event == "end":
            if element is skip_until:
                skip_until = None
            elif skip_until is None and element is part.element and part.parent is not None:
                part = part.parent
            continue
        if skip_until is not None or element is body:
            continue
        if element.tag in OPAQUE or not any(not is_inline(child) for child in element):
            skip_until = element
            text = " ".join(element.text_content().split())
            if text and element.tag not in _MEDIA_TAGS:
                if len(blocks) == MAX_BLOCKS:
                    raise ExtractionFailed(f"the page has more than {MAX_BLOCKS} pieces of text")
                blocks.append(_block(element, part, text))
            elif element.tag in _MEDIA_TAGS or next(element.iter(*_MEDIA_TAGS), None) is not None:
                media.append(Media(element, part, len(blocks)))
        else:
            part = Part(element, part, part.depth + 1, names_of(element), _kind_of(element))
    return blocks, media


def _block(element: HtmlElement, part: Part, text: str) -> Block:
    words = count_words(text)
    if any(holder.element.get(LINKED) is not None for holder in part.and_outwards()):
        link_share = 1.0
    else:
        linked = sum(len(" ".join(a.text_content().split())) for a in element.iter("a"))
        link_share = min(1.0, linked / len(text))
    prose = words * (1 - link_share) if words >= 8 and link_share < 0.6 else 0.0
    for holder in part.and_outwards():
        holder.words += words
        holder.prose += prose
    kind = f"{part.kind}/{_kind_of(element)}"
    return Block(element, part, text, squeeze(text), words, link_share, prose, kind)
