"""Feed XML -> ParsedFeed at the speed of lxml, for documents that are understood wholly.

Whatever is in doubt (malformed, declared types, rare shapes, odd namespaces) is left to the
reference, so both give the same fields. Nothing here takes long, whoever wrote the document:
its size, tags and depth are bounded, and nothing outside of it is opened.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from lxml import etree

from feedreader.core import fields
from feedreader.core.dates import parse_date
from feedreader.core.quick.elements import (
    ENTRY,
    FEED,
    MEANINGFUL,
    Body,
    Draft,
    Handler,
    Reader,
    doubt,
    skip_foreign,
)
from feedreader.core.quick.names import (
    ATOM,
    ATOM_03,
    PREFIXES,
    RDF,
    RSS_090,
    RSS_10,
    XML,
    Doubt,
    Names,
)
from feedreader.model import Entry, Feed, FeedHints, ParsedFeed

_MAX_CHARS: Final = 4 * 1024 * 1024
_MAX_TAGS: Final = 200_000
_MAX_LINE: Final = 10_000

_RDF_ABOUT: Final = f"{{{RDF}}}about"
_XML_LANG: Final = f"{{{XML}}}lang"
_ENTRY_NAMES: Final = ("item", "entry")
_HTML_TYPES: Final = frozenset({"text/html", "html", "xhtml", "application/xhtml+xml"})
_RSS_FORMATS: Final = {
    "0.91": "RSS 0.91 (Userland)",
    "0.92": "RSS 0.92",
    "0.93": "RSS 0.93",
    "0.94": "RSS 0.94",
}
_PARSER_OPTIONS: Final = {
    "encoding": "utf-8",
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "recover": False,
    "remove_comments": True,
    "remove_pis": True,
}


def read_quickly(text: str, *, root: str, root_start: int, url: str, language: str) -> (
    ParsedFeed | None
):
    """Return the feed in an XML document, or None if there is any doubt how to read it.

    `root` is the local name of its root element in lower case and `root_start` where that
    begins; `url` is what relative addresses resolve against, `language` what the response said.
    """
    if root not in ("rss", "rdf", "feed") or len(text) > _MAX_CHARS:
        return None
    if "<!d" in text[:root_start].lower() or text.count("<") > _MAX_TAGS:
        return None
    try:
        tree = etree.fromstring(text.encode(), etree.XMLParser(**_PARSER_OPTIONS))
        return _Document(text, tree, url, language).read()
    except (etree.XMLSyntaxError, Doubt):
        return None


class _Document:
    """A document being read."""

    def __init__(self, text: str, tree: etree._Element, url: str, language: str) -> None:
        names = Names(text, tree)
        attributes = {key.lower(): value for key, value in tree.items()}
        self._tree = tree
        self._text = text
        self._url = url
        self._format = _name_format(tree, names.name(tree), attributes)
        is_atom = self._format.startswith("Atom")
        self._reader = Reader(
            names,
            is_atom=is_atom,
            is_atom_10=self._format == "Atom 1.0",
            is_pure=text.isascii() and "&#" not in text,
        )
        self._reader.url = url
        self._is_atom = is_atom
        self._feed = Draft()
        self._feed.base = self._reader.enter_base(tree, "", url)
        self._language = _language_inside(tree, language)
        feed_tag_language = self._language if names.name(tree) in ("rss", "feed") else ""
        self._feed.language = (feed_tag_language or language).replace("_", "-")
        self._entry_handlers: dict[str, Handler] = {}
        self._drafts: list[tuple[Draft, str]] = []

    def read(self) -> ParsedFeed:
        """Return the feed; raise Doubt."""
        name = self._reader.names.name(self._tree)
        if name == "feed":
            self._read_feed(self._tree)
        elif name == "rss":
            if len(self._tree) != 1 or self._reader.names.name(self._tree[0]) != "channel":
                raise Doubt("something beside the channel")
            self._enter_channel(self._tree[0])
        else:
            self._read_rdf()
        if self._text.count("xml:base") != self._reader.bases_seen:
            raise Doubt("a base in an unusual place")
        return self._finish()
