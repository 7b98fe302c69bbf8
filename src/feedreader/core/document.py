"""A story as lines of styled text: what the command line prints and the story view draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntFlag
from typing import Final, NamedTuple

from feedreader.core.links import link_host


class Style(IntFlag):
    """How a span looks; several at once are common."""

    PLAIN = 0
    BOLD = 1
    ITALIC = 2
    CODE = 4
    STRIKE = 8
    UNDERLINE = 16
    DIM = 32
    MARK = 64
    HEADING = 128
    LINK = 256
    LINK_NUMBER = 512
    QUOTE = 1024
    FRAME = 2048
    """Rules, bars, bullets: what we drew, not what the author wrote."""
    IMAGE = 4096
    TITLE = 8192
    """The story's own title; this and what follows stand around a story, never in it."""
    TAG = 16384
    WARNING = 32768
    GONE = 65536
    CAME = 131072
    """Words that an edit took out and put in."""


class Span(NamedTuple):
    """A run of text in one style. `link` is a link's number, 0 for none."""

    text: str
    style: Style = Style.PLAIN
    link: int = 0
    anchor: str = ""
    """The id that a link inside the story leads to; see `Document.anchors`."""


class Line(NamedTuple):
    """One line on the screen, without line end."""

    spans: tuple[Span, ...] = ()

    @property
    def text(self) -> str:
        """The line without styles."""
        return "".join(span.text for span in self.spans)


class Link(NamedTuple):
    """An address of the story; one number for each address, from 1."""

    number: int
    url: str
    text: str


class Image(NamedTuple):
    """A picture; `link` is the number of its address, `line` where it stands."""

    link: int
    url: str
    alt: str
    line: int


class Heading(NamedTuple):
    """A heading and the line where it stands; levels are 1–6."""

    line: int
    level: int
    text: str


class CodeBlock(NamedTuple):
    """The lines `start` to `end` (exclusive) show `code`; `language` may be ""."""

    start: int
    end: int
    language: str
    code: str


@dataclass(frozen=True, slots=True)
class Document:
    """A story, wrapped for one width. Its text is safe to print."""

    width: int
    lines: tuple[Line, ...]
    links: tuple[Link, ...] = ()
    images: tuple[Image, ...] = ()
    headings: tuple[Heading, ...] = ()
    code_blocks: tuple[CodeBlock, ...] = ()
    anchors: Mapping[str, int] = field(default_factory=dict)
    """Line of each id, for footnotes."""


def to_plain(document: Document) -> str:
    """Return the story without styles, its addresses listed at the end."""
    lines = [line.text for line in document.lines]
    return "\n".join(lines + _link_list(document)) + "\n"


_SGR: Final = (
    (Style.BOLD, "1", ""),
    (Style.DIM, "2", ""),
    (Style.ITALIC, "3", ""),
    (Style.UNDERLINE, "4", ""),
    (Style.STRIKE, "9", ""),
    (Style.MARK, "7", "7"),
    (Style.HEADING, "1", "35"),
    (Style.LINK, "4", "34"),
    (Style.LINK_NUMBER, "2", ""),
    (Style.CODE, "", "36"),
    (Style.FRAME, "2", ""),
    (Style.IMAGE, "", "32"),
    (Style.TITLE, "1", ""),
    (Style.TAG, "", "36"),
    (Style.WARNING, "1", "33"),
    (Style.GONE, "9", "31"),
    (Style.CAME, "4", "32"),
)


def to_ansi(document: Document) -> str:
    """Return the story with SGR sequences, and no others."""
    codes: dict[Style, str] = {}
    parts: list[str] = []
    for line in document.lines:
        for span in line.spans:
            code = codes.get(span.style)
            if code is None:
                code = codes[span.style] = _sgr(span.style)
            parts.append(f"\x1b[{code}m{span.text}\x1b[0m" if code else span.text)
        parts.append("\n")
    parts.extend(f"{line}\n" for line in _link_list(document))
    return "".join(parts)


def _sgr(style: Style) -> str:
    codes = [code for flag, *of_flag in _SGR if flag in style for code in of_flag]
    return ";".join(dict.fromkeys(code for code in codes if code))


def _link_list(document: Document) -> list[str]:
    if not document.links:
        return []
    digits = len(str(len(document.links)))
    listed = []
    for link in document.links:
        host = link_host(link.url)
        # "https://bank.example@evil.example/" leads to the second; say so.
        told = "" if f"/{host}" in link.url or link.url.startswith("mailto:") else f"  ({host})"
        listed.append(f"{f'[{link.number}]':>{digits + 2}} {link.url}{told}")
    return ["", "Links", "", *listed]
