"""Safe HTML -> XHTML for books: what the content models of HTML and EPUB 3 allow, no more.

Publishers' HTML is sanitised when it comes in, but a block inside a `span` or a `tt` would
still make a book that readers refuse. So this writes anew what stands there, element by
element, from a short list; pictures become links, and nothing is ever loaded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedreader.core.html_tree import (
    SKIPPED_TAGS,
    code_text,
    is_layout_table,
    item_numbers,
    table_rows,
    to_int,
)
from feedreader.core.links import safe_link
from feedreader.core.text import clean_line, clean_text

_MAX_DEPTH: Final = 60
_MAX_SPAN: Final = 100
_PLAIN_PHRASES: Final = "b bdi cite code em i kbd mark q s samp small strong sub sup u"
_PHRASES: Final = {
    **{tag: tag for tag in _PLAIN_PHRASES.split(" ")},
    "acronym": "span", "big": "span", "del": "s", "dfn": "i", "ins": "u", "strike": "s",
    "tt": "code", "var": "i",
}  # fmt: skip
"""Elements of words, and what becomes of them."""
_DIVISION_NAMES: Final = """
    address article aside center dd details div dl figure footer form header hgroup main nav
    section
"""
_DIVISIONS: Final = frozenset(_DIVISION_NAMES.split())
_LINES: Final = {"dt": "term", "summary": "term", "figcaption": "caption", "caption": "caption"}
"""Blocks of one paragraph, with their classes."""
_LISTS: Final = frozenset({"ul", "ol", "menu", "dir"})
_OTHER_BLOCKS: Final = """
    blockquote h1 h2 h3 h4 h5 h6 hr li p pre table tbody td tfoot th thead tr
"""
_BLOCKS: Final = _DIVISIONS | _LINES.keys() | _LISTS | frozenset(_OTHER_BLOCKS.split())
_ID: Final = re.compile(r"[A-Za-z0-9][\w.-]{0,80}", re.ASCII)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)
_BROKEN_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PARTS: Final = re.compile("([^/?#]*)([^#]*)(.*)")
"""Of an address after its scheme: authority, path and query, fragment with its mark."""
_ODD: Final = re.compile(r"[\[\]#]")


def to_xhtml(html: str, *, prefix: str = "", top: int = 2) -> str:
    """Return HTML that `clean_html` gave as well-formed XHTML, fit for `body`.

    `prefix` begins each id, so that many stories can stand in one file. No heading is larger
    than `h{top}`.
    """
    body = LexborHTMLParser(html).body
    if body is None:
        return ""
    writer = _Writer(prefix, top)
    written = writer.flow(body, 0)
    if writer.wanted:
        given = frozenset(re.findall(f' id="{prefix}x-([^"]+)"', written))
        if writer.wanted - given:
            # Links within the story whose target did not make it: they become words.
            written = _Writer(prefix, top, known=given).flow(body, 0)
    return written.strip()


def language_tag(text: str) -> str:
    """Return a language as BCP 47 writes it, or "" if it is none."""
    text = text.strip().replace("_", "-")
    return text if _LANGUAGE.fullmatch(text) else ""


def address(url: str) -> str:
    """Return a safe address, escaped for an attribute; "" unless strict readers take it too.

    Books are refused for addresses that the URL standard calls invalid, though browsers repair
    them (https://url.spec.whatwg.org/#url-writing).
    """
    url = _BROKEN_ESCAPE.sub("%25", safe_link(url))
    start, mark, rest = url.partition("://")
    if not url.startswith("http"):
        return escape(_ODD.sub(_escaped, url))
    authority, path, fragment = _PARTS.findall(rest)[0]
    userinfo, at, host = authority.rpartition("@")
    if not _is_strict_host(host):
        return ""
    userinfo = userinfo.replace("@", "%40")
    rest = _ODD.sub(_escaped, path) + fragment[:1] + _ODD.sub(_escaped, fragment[1:])
    return escape(f"{start}{mark}{userinfo}{at}{host}{rest}")


def _escaped(char: re.Match[str]) -> str:
    return f"%{ord(char[0]):02X}"


def _is_strict_host(host: str) -> bool:
    """Say whether a host that may be opened is written as the standard wants it."""
    if host.startswith("["):
        return "%" not in host
    labels = host.partition(":")[0].removesuffix(".").split(".")
    try:
        # The codec looks at lengths, and at what "xn--" stands for.
        return all(label.encode("idna").decode("idna") for label in labels)
    except UnicodeError:
        return False


class _Writer:
    """Writes one story; remembers which targets its links want."""

    def __init__(self, prefix: str, top: int, known: frozenset[str] | None = None) -> None:
        self._prefix = prefix
        self._top = top
        self._known = known
        """Targets within the story; None: not known yet."""
        self._is_in_link = False
        self._given: set[str] = set()
        self.wanted: set[str] = set()

    # --- where blocks may stand ---

    def flow(self, node: LexborNode, depth: int) -> str:
        """Write what stands in a node; words between blocks become paragraphs."""
        if depth > _MAX_DEPTH:
            return _paragraph(escape(clean_line(node.text(deep=True, separator=" "))))
        parts: list[str] = []
        inline: list[str] = []

        def end_paragraph() -> None:
            parts.append(_paragraph("".join(inline)))
            inline.clear()

        for child in node.iter(include_text=True, skip_empty=False):
            if self._is_block(child):
                end_paragraph()
                parts.append(self._block(child, depth + 1))
            else:
                inline.append(self._phrase(child, depth + 1))
        end_paragraph()
        return "".join(parts)

    def _is_block(self, node: LexborNode) -> bool:
        tag = node.tag or "-"
        if tag in _BLOCKS:
            return True
        return tag in ("a", "span") and any(self._is_block(child) for child in node.iter())

    def _block(self, node: LexborNode, depth: int) -> str:
        tag = node.tag or "div"
        if tag == "p":
            return _paragraph(self.phrases(node, depth), self._own(node))
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            level = max(self._top, min(6, int(tag[1])))
            text = self.phrases(node, depth).strip()
            return f"<h{level}{self._own(node)}>{text}</h{level}>\n" if text else ""
        if tag == "hr":
            return "<hr/>\n"
        if tag == "pre":
            code = code_text(node)
            return f"<pre{self._own(node)}><code>{escape(code)}</code></pre>\n" if code else ""
        if tag == "blockquote":
            return self._around("blockquote", node, depth)
        if tag in _LISTS:
            return self._list(node, depth)
        if tag in _LINES:
            return _paragraph(self.phrases(node, depth), f' class="{_LINES[tag]}"')
        if tag == "table":
            return self._table(node, depth)
        if tag == "a":
            return self._link(node, self._inside_link(self.flow, node, depth))
        return self._around("div", node, depth)

    def _around(self, tag: str, node: LexborNode, depth: int) -> str:
        own = self._own(node)
        if node.tag == "dd":
            own += ' class="meaning"'
        inner = self.flow(node, depth)
        return f"<{tag}{own}>\n{inner}</{tag}>\n" if inner.strip() else ""

    def _list(self, node: LexborNode, depth: int) -> str:
        tag = "ol" if node.tag == "ol" else "ul"
        own = self._own(node)
        numbers = None
        if tag == "ol":
            numbers = item_numbers(node, [child for child in node.iter() if child.tag == "li"])
        items: list[str] = []
        for child in node.iter(include_text=True, skip_empty=False):
            number = ""
            if child.tag == "li":
                own_item = self._own(child)
                if numbers is not None:
                    number = f' value="{next(numbers)}"'
                inner = self._item(child, depth + 1)
            else:
                own_item, inner = "", self._stray(child, depth + 1)
            if inner.strip() or number:
                items.append(f"<li{own_item}{number}>{inner}</li>\n")
        return f"<{tag}{own}>\n{''.join(items)}</{tag}>\n" if items else ""

    def _item(self, node: LexborNode, depth: int) -> str:
        """Write an item; one that is a line stays a line."""
        if any(self._is_block(child) for child in node.iter()):
            return self.flow(node, depth)
        return self.phrases(node, depth).strip()

    def _stray(self, node: LexborNode, depth: int) -> str:
        return self._block(node, depth) if self._is_block(node) else self._phrase(node, depth)

    def _table(self, node: LexborNode, depth: int) -> str:
        captions = "".join(
            self._block(child, depth + 1) for child in node.iter() if child.tag == "caption"
        )
        rows = table_rows(node)
        if not rows or is_layout_table(node):
            cells = (cell for row in rows for cell in row)
            return captions + "".join(self._around("div", cell, depth + 1) for cell in cells)
        own = self._own(node)
        lines = []
        for row in rows:
            cells_text = "".join(self._cell(cell, depth + 1) for cell in row)
            lines.append(f"<tr>{cells_text or '<td></td>'}</tr>\n")
        return f"{captions}<table{own}>\n<tbody>\n{''.join(lines)}</tbody>\n</table>\n"

    def _cell(self, cell: LexborNode, depth: int) -> str:
        tag = "th" if cell.tag == "th" else "td"
        spans = ""
        for name in ("colspan", "rowspan"):
            span = to_int(cell.attributes.get(name), 1)
            if 1 < span <= _MAX_SPAN:
                spans += f' {name}="{span}"'
        return f"<{tag}{spans}>{self._item(cell, depth)}</{tag}>"

    # --- where only words may stand ---

    def phrases(self, node: LexborNode, depth: int) -> str:
        """Write what stands in a node as words alone; blocks inside leave only theirs."""
        if depth > _MAX_DEPTH:
            return escape(clean_line(node.text(deep=True, separator=" ")))
        return "".join(
            self._phrase(child, depth + 1)
            for child in node.iter(include_text=True, skip_empty=False)
        )

    def _phrase(self, node: LexborNode, depth: int) -> str:
        tag = node.tag or "-"
        if tag == "-text":
            return escape(clean_text(node.text_content or ""), quote=False)
        if tag.startswith("-") or tag in SKIPPED_TAGS:
            return ""
        if tag in ("br", "wbr"):
            return f"<{tag}/>"
        if tag == "img":
            return self._picture(node)
        if tag == "ruby":
            return self._ruby(node, depth)
        if tag == "a":
            return self._link(node, self._inside_link(self.phrases, node, depth))
        inner = self.phrases(node, depth)
        if tag in _BLOCKS:
            return f" {inner} "
        if not inner:
            return ""
        own = self._own(node)
        if name := _PHRASES.get(tag):
            return f"<{name}{own}>{inner}</{name}>"
        return f"<span{own}>{inner}</span>" if own else inner

    def _inside_link(
        self, write: Callable[[LexborNode, int], str], node: LexborNode, depth: int
    ) -> str:
        """Write what stands in a link: no links."""
        was_in_link, self._is_in_link = self._is_in_link, True
        inner = write(node, depth)
        self._is_in_link = was_in_link
        return inner

    def _link(self, node: LexborNode, inner: str) -> str:
        own = self._own(node)
        target = (node.attributes.get("href") or "").strip()
        if target.startswith("#") and _ID.fullmatch(target[1:]):
            name = target[1:]
            self.wanted.add(name)
            is_there = self._known is None or name in self._known
            href = f"#{self._id(name)}" if is_there else ""
        else:
            href = address(target)
        if not href or self._is_in_link or not inner.strip():
            if "<p" in inner or "<div" in inner:
                return inner
            return f"<span{own}>{inner}</span>" if own else inner
        return f'<a{own} href="{href}">{inner}</a>'

    def _picture(self, node: LexborNode) -> str:
        alt = escape(clean_line(node.attributes.get("alt") or ""))
        src = address(node.attributes.get("src") or "")
        words = f"[image: {alt}]" if alt else "[image]"
        return (
            words if self._is_in_link or not src else f'<a class="image" href="{src}">{words}</a>'
        )

    def _ruby(self, node: LexborNode, depth: int) -> str:
        """Write base and reading in pairs, as the content model wants them."""
        written, base = "", ""
        for child in node.iter(include_text=True, skip_empty=False):
            if child.tag != "rt":
                base += self._phrase(child, depth + 1)
                continue
            reading = self.phrases(child, depth + 1).strip()
            if base.strip() and reading:
                written += f"<ruby>{base}<rt>{reading}</rt></ruby>"
            else:
                written += base + reading
            base = ""
        return written + base

    # --- attributes ---

    def _own(self, node: LexborNode) -> str:
        """Return the attributes that live: id, language, direction."""
        attributes = node.attributes
        if not attributes:
            return ""
        own = ""
        name = (attributes.get("id") or attributes.get("name") or "").strip()
        if _ID.fullmatch(name) and name not in self._given:
            self._given.add(name)
            own += f' id="{self._id(name)}"'
        if language := language_tag(attributes.get("lang") or ""):
            own += f' lang="{language}" xml:lang="{language}"'
        if (direction := (attributes.get("dir") or "").lower()) in ("ltr", "rtl", "auto"):
            own += f' dir="{direction}"'
        return own

    def _id(self, name: str) -> str:
        return f"{self._prefix}x-{name}"


def _paragraph(inner: str, own: str = "") -> str:
    inner = inner.strip()
    return f"<p{own}>{inner}</p>\n" if inner else ""
