"""Bytes of a response -> ParsedFeed, whatever the response calls them.

The body decides, never the Content-Type. JSON goes to jsonfeed.py; XML goes to quick/, and
to reference.py what that does not understand wholly.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from feedreader.core import fields
from feedreader.core.encoding import GZIP, Document, decode_document
from feedreader.core.jsonfeed import parse_json_feed
from feedreader.core.quick import read_quickly
from feedreader.core.unchanged import Items
from feedreader.errors import NotAFeed
from feedreader.model import Feed, ParsedFeed

# A root may follow warnings that a server printed in front of it, but not much of them.
_MAX_JUNK = 65_536
_MAX_LATE_ROOTS = 5

_MAX_QUICK_BYTES = 4 * 1024 * 1024
_MAX_QUICK_JSON_BYTES = 512 * 1024  # a third of a second, of what takes longest

_FEED_ROOTS = frozenset({"rss", "rdf", "feed", "entry", "channel"})
_OTHER_KINDS = {
    "html": "an HTML page",
    "opml": "an OPML subscription list",
    "urlset": "a sitemap",
    "sitemapindex": "a sitemap",
    "svg": "an SVG picture",
}
_BEFORE_ROOT = re.compile(
    r"\s+ | <\?.*?\?> | <!--.*?--> | <!doctype\s[^\[>]*(?:\[[^\]]*\]\s*)?>",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_TAG = re.compile(r"<(?:[A-Za-z_][\w.-]{0,40}:)?([A-Za-z_][\w.-]{0,40})(?=[\s/>])")
_LATE_ROOT = re.compile(
    r"<\?xml\s|<rss(?=[\s>])|<rdf:RDF\s|<(?:\w{1,20}:)?feed\s[^<>]*xmlns", re.IGNORECASE
)
_HTML = re.compile(r"<!doctype\s+html|<(?:html|head|body)[\s>]", re.IGNORECASE)


class _Root(NamedTuple):
    name: str
    """Local name in lower case; "" if there is no element."""
    start: int


def parse_feed(
    body: bytes,
    *,
    url: str,
    content_type: str = "",
    content_language: str = "",
    content_location: str = "",
    items: Items | None = None,
) -> ParsedFeed:
    """Return the feed in a response's body; raise NotAFeed if there is none.

    `url` is where the body came from in the end; the rest are the response's headers of
    these names. Relative addresses resolve against `xml:base`, else the feed's own link,
    else Content-Location, else `url`. What `items` knows already is left out.
    """
    _refuse_empty(body)
    document = decode_document(body, content_type)
    base_url = fields.to_web_url(content_location, url) or url
    start = document.text.lstrip()[:1]
    if start in ("{", "["):
        parsed = parse_json_feed(document.text, url=base_url)
    else:
        parsed = _parse_xml(document, base_url, content_language, items)
    return replace(parsed, encoding=document.encoding, defect=parsed.defect or document.defect)


def parse_fast(
    body: bytes,
    *,
    url: str,
    content_type: str = "",
    content_language: str = "",
    content_location: str = "",
    items: Items | None = None,
) -> ParsedFeed | None:
    """Return or raise what `parse_feed` would, if a millisecond or two will do, else None.

    Needs no process of its own: whatever the body, it costs little time and memory.
    """
    if len(body) > _MAX_QUICK_BYTES or body.startswith(GZIP):
        return None
    _refuse_empty(body)
    document = decode_document(body, content_type)
    base_url = fields.to_web_url(content_location, url) or url
    if document.text.lstrip()[:1] in ("{", "["):
        if len(body) > _MAX_QUICK_JSON_BYTES:
            return None
        json_feed = parse_json_feed(document.text, url=base_url)
        return replace(
            json_feed,
            encoding=document.encoding,
            defect=json_feed.defect or document.defect,
        )
    root = _find_root(document.text)
    if root.name not in _FEED_ROOTS:
        if _find_late_root(document.text, root) is None:
            raise NotAFeed(f"not a feed: {_describe(document.text, root.name)}")
        return None
    language = _first_language(content_language)
    parsed = _read_quickly(document.text, root, base_url, language, items)
    if parsed is None:
        return None
    return replace(parsed, encoding=document.encoding, defect=document.defect)


def _refuse_empty(body: bytes) -> None:
    if not body.strip(b"\x00\t\n\r\f "):
        raise NotAFeed("not a feed: the document is empty")


def _parse_xml(
    document: Document, url: str, content_language: str, items: Items | None
) -> ParsedFeed:
    text = document.text
    defect = ""
    root = _find_root(text)
    if root.name not in _FEED_ROOTS:
        late = _find_late_root(text, root)
        if late is None:
            raise NotAFeed(f"not a feed: {_describe(text, root.name)}")
        text, root = late
        defect = "something else stands before the feed"
    language = _first_language(content_language)
    parsed = _read_quickly(text, root, url, language, items)
    if parsed is None:
        if items is not None:
            items.forget()
        parsed = _read_reference(text, root.name, url, language)
    is_blank = not parsed.entries and parsed.feed == Feed(language=parsed.feed.language)
    # RDF of no version of RSS describes something else.
    if is_blank and (parsed.defect or root.name in ("entry", "channel") or parsed.format == "RDF"):
        raise NotAFeed(f"not a feed: nothing in it can be read ({parsed.defect or 'it is blank'})")
    return replace(parsed, defect=defect or parsed.defect)


def _read_quickly(
    text: str, root: _Root, url: str, language: str, items: Items | None
) -> ParsedFeed | None:
    """Return the feed without the items that are known; None if there is any doubt."""
    if items is not None:
        text = items.leave_out(text, "entry" if root.name == "feed" else "item", root.start)
    return read_quickly(text, root=root.name, root_start=root.start, url=url, language=language)


def _read_reference(text: str, root: str, url: str, language: str) -> ParsedFeed:
    # Here, since feedparser takes longer to import than most refreshes take to parse.
    from feedreader.core.reference import read_reference

    return read_reference(text, root=root, url=url, language=language)


def _first_language(content_language: str) -> str:
    return content_language.split(",")[0].strip()


def _find_root(text: str) -> _Root:
    """Return the root element of a document, which may be anything or missing."""
    position = 0
    while match := _BEFORE_ROOT.match(text, position):
        position = match.end()
    tag = _TAG.match(text, position)
    return _Root(tag[1].lower(), position) if tag else _Root("", position)


def _find_late_root(text: str, root: _Root) -> tuple[str, _Root] | None:
    """Return the document from where its feed begins, if junk stands in front of it."""
    if root.name in _OTHER_KINDS:
        return None
    candidates = _LATE_ROOT.finditer(text, root.start, root.start + _MAX_JUNK)
    for match in islice(candidates, _MAX_LATE_ROOTS):
        rest = text[match.start() :]
        late = _find_root(rest)
        if late.name in _FEED_ROOTS:
            return rest, late
    return None


def _describe(text: str, root_name: str) -> str:
    if root_name in _OTHER_KINDS:
        return _OTHER_KINDS[root_name]
    if _HTML.search(text[:4096]):
        return _OTHER_KINDS["html"]
    if root_name:
        return f"an XML document whose root element is “{root_name}”"
    return "no XML and no JSON"
