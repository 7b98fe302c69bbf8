"""Texts of a feed's elements, read as the reference reads them.

feedparser repairs UTF-8 that was taken for ISO-8859-1 and controls that were meant as
windows-1252, tells by its own rule whether undeclared text is HTML, and writes XHTML anew.
What goes beyond the usual is a Doubt.
"""

from __future__ import annotations

import html.entities
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Final, cast

from lxml import etree

from feedreader.core.quick.names import XHTML, XML, Doubt

# Tags that feedparser takes for a sign of HTML; it knows more of them, which are a Doubt.
CERTAIN_TAGS: Final = frozenset(
    {"a", "abbr", "article", "aside", "audio", "b", "big", "blockquote", "br", "center", "cite"}
    | {"code", "dd", "del", "div", "dl", "dt", "em", "figcaption", "figure", "font", "footer"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "nav"}
    | {"noscript", "ol", "p", "pre", "q", "s", "section", "small", "source", "span", "strike"}
    | {"strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr"}
    | {"tt", "u", "ul", "var", "video"}
)
_END_TAG: Final = re.compile(r"</\w+>")
_REFERENCE: Final = re.compile(r"&#?\w+;")
_TAG_NAME: Final = re.compile(r"</?(\w+)")
_ENTITY_NAME: Final = re.compile(r"&(\w+);")

_NARROW_REFERENCE: Final = re.compile(
    r"&#(?:0*(?:1[2-9]|2[0-5])[0-9]|[xX]0*[89a-fA-F][0-9a-fA-F]);"
)
_C1: Final = re.compile("[\x80-\x9f]")
_MEANT_BY_C1: Final = {
    code: char for code in range(0x80, 0xA0) if (char := bytes([code]).decode("cp1252", "ignore"))
}


def is_pure(text: str, data: bytes) -> bool:
    """Say whether nothing in a document, given as UTF-8 too, can need `repair`.

    All that does holds a character from U+0080 to U+00BF.
    """
    return b"\xc2" not in data and not ("&#" in text and _NARROW_REFERENCE.search(text))


def repair(text: str) -> str:
    """Return text without the usual faults of encoding."""
    if text.isascii():
        return text
    with suppress(UnicodeError):
        text = text.encode("latin-1").decode("utf-8")
    return text.translate(_MEANT_BY_C1) if _C1.search(text) else text


def looks_like_html(text: str) -> bool:
    """Say whether text of undeclared type is HTML; raise Doubt where tags are uncommon."""
    has_reference = "&" in text and _REFERENCE.search(text)
    if not has_reference and not ("</" in text and _END_TAG.search(text)):
        return False
    if any(name not in html.entities.entitydefs for name in _ENTITY_NAME.findall(text)):
        return False
    if any(name.lower() not in CERTAIN_TAGS for name in _TAG_NAME.findall(text)):
        raise Doubt("text that may be HTML")
    return True


def write_xhtml(element: etree._Element, *, is_wrapped: bool) -> str:
    """Return the XHTML inside an element, without the `div` that Atom 1.0 wraps it in."""
    inner = element
    if is_wrapped and len(element) == 1 and not (element.text or "").strip():
        div = element[0]
        if div.tag == f"{{{XHTML}}}div" and not (div.tail or "").strip():
            inner = div
    return "".join(_write_children(inner)).strip()


def _write_children(element: etree._Element) -> Iterator[str]:
    if element.text:
        yield _escape(element.text)
    for child in element:
        name = xhtml_name(child)
        yield f"<{name}{_write_attributes(child)}>"
        yield from _write_children(child)
        yield f"</{name}>"
        if child.tail:
            yield _escape(child.tail)


def xhtml_name(element: etree._Element) -> str:
    """Return the local name of an XHTML element; raise Doubt if it is none."""
    uri, _, name = cast("str", element.tag).rpartition("}")
    name = name.lower()
    if uri[1:] != XHTML or name in ("body", "svg", "math"):
        raise Doubt("XHTML that is not XHTML alone")
    return name


def _write_attributes(element: etree._Element) -> str:
    written = ""
    for name, value in element.items():
        if name[0] == "{":
            uri, _, local = name.rpartition("}")
            if uri[1:] != XML:
                raise Doubt("an attribute of another namespace")
            name = f"xml:{local}"
        name = name.lower()
        if name in ("rel", "type"):
            value = value.lower()
        value = _escape(value).replace('"', "&quot;")
        written += f' {name}="{value}"'
    return written


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
