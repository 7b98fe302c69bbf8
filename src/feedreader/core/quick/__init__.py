"""Feed XML -> ParsedFeed at the speed of lxml, for documents that are understood wholly.

Whatever is in doubt (malformed, declared types, rare shapes, odd namespaces) is left to the
reference, so both give the same fields. Nothing here takes long, whoever wrote the document:
its size, tags and depth are bounded, and nothing outside of it is opened.
"""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from feedreader.core import fields
from feedreader.core.quick.assembly import Assembly
from feedreader.core.quick.draft import Draft, Reader
from feedreader.core.quick.elements import Handler
from feedreader.core.quick.names import (
    ATOM,
    ATOM_03,
    MEANINGFUL,
    RDF,
    RSS_090,
    RSS_10,
    XML,
    Doubt,
    Names,
)
from feedreader.core.quick.skipped import doubt, skip_foreign
from feedreader.core.quick.tables import ENTRY, FEED
from feedreader.core.quick.text import is_pure
from feedreader.model import ParsedFeed

_MAX_CHARS: Final = 4 * 1024 * 1024
_MAX_TAGS: Final = 200_000
_MAX_ATTRIBUTES: Final = 500
_LONG_STRETCH: Final = 4096

_RDF_ABOUT: Final = f"{{{RDF}}}about"
_XML_LANG: Final = f"{{{XML}}}lang"
_ENTRY_NAMES: Final = ("item", "entry")
_RSS_FORMATS: Final = {
    "0.91": "RSS 0.91 (Userland)",
    "0.92": "RSS 0.92",
    "0.93": "RSS 0.93",
    "0.94": "RSS 0.94",
}
_TAG_START: Final = re.compile(r"<[^\s<>/!?]+")
_ATTRIBUTE: Final = re.compile(r"""\s+[^\s=<>"']+\s*=\s*(?:"[^"<]*"|'[^'<]*')""")
_LATE_DECLARATION: Final = re.compile(r"\S\s*<\?xml\s")
_BESIDE_DOCTYPE: Final = re.compile(r"<!--[^<>]*-->|<\?[^<>]*\?>")
_DOCTYPE: Final = re.compile(r"<!doctype[^<>\[]*>", re.IGNORECASE)


def read_quickly(
    text: str, *, root: str, root_start: int, url: str, language: str
) -> ParsedFeed | None:
    """Return the feed in an XML document, or None if there is any doubt how to read it.

    `root` is the local name of its root element in lower case and `root_start` where that
    begins; `url` is what relative addresses resolve against, `language` what the response said.
    """
    if root not in ("rss", "rdf", "feed") or len(text) > _MAX_CHARS:
        return None
    head, text = text[:root_start], text[root_start:]
    if (len(text) > _MAX_TAGS and text.count("<") > _MAX_TAGS) or _has_huge_tag(text):
        return None
    if _LATE_DECLARATION.search(head):
        return None
    doctype = ""
    if "<!d" in head.lower():
        # A declared type without declarations of its own says no more than its name.
        match = _DOCTYPE.fullmatch(_BESIDE_DOCTYPE.sub("", head).strip())
        if match is None:
            return None
        doctype = match[0].lower()
    try:
        data = text.encode()
        tree = etree.fromstring(data, _make_parser())
        document = _Document(text, tree, doctype, url, language, is_pure=is_pure(text, data))
        return document.read()
    except (etree.XMLSyntaxError, Doubt):
        return None


def _has_huge_tag(text: str) -> bool:
    """Say whether a tag has so many attributes that the parser, quadratic in them, dawdles.

    No tag holds a "<", so it is enough to look at the long stretches without any.
    """
    start = 0
    while start >= 0:
        last = text.rfind("<", start + 1, start + 1 + _LONG_STRETCH)
        if last < 0:
            tag = _TAG_START.match(text, start)
            count = 0
            while tag and count <= _MAX_ATTRIBUTES:
                tag = _ATTRIBUTE.match(text, tag.end())
                count += 1
            if tag:
                return True
            last = text.find("<", start + 1)
        start = last
    return False


def _make_parser() -> etree.XMLParser[etree._Element]:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )


class _Document:
    """A document being read."""

    def __init__(
        self,
        text: str,
        tree: etree._Element,
        doctype: str,
        url: str,
        language: str,
        *,
        is_pure: bool,
    ) -> None:
        names = Names(text, tree)
        attributes = {key.lower(): value for key, value in tree.items()}
        self._tree = tree
        self._text = text
        self._url = url
        self._format = _name_format(tree, names.name(tree), attributes)
        if "netscape" in doctype:
            self._format = "RSS 0.91 (Netscape)"
        is_atom = self._format.startswith("Atom")
        self._reader = Reader(
            names,
            url,
            is_atom=is_atom,
            is_atom_10=self._format == "Atom 1.0",
            is_pure=is_pure,
        )
        self._feed = Draft(is_feed=True)
        self._feed.base = self._reader.enter_base(tree, "")
        self._language = _language_inside(tree, language)
        feed_tag_language = self._language if names.name(tree) in ("rss", "feed") else ""
        self._feed.language = (feed_tag_language or language).replace("_", "-")
        self._entry_handlers: dict[str, Handler] = {}
        self._drafts: list[Draft] = []

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
        assembly = Assembly(is_atom=self._reader.is_atom, url=self._url)
        return assembly.make(self._feed, self._drafts, self._format)

    def _enter_channel(self, channel: etree._Element) -> None:
        _refuse_cdf(channel)
        self._feed.base = self._reader.enter_base(channel, self._feed.base)
        self._language = _language_inside(channel, self._language)
        self._read_feed(channel)

    def _read_rdf(self) -> None:
        language, base = self._language, self._feed.base
        beside = Draft()
        has_channel = False
        for child in self._tree:
            name = self._reader.names.name(child)
            if name == "channel":
                if has_channel:
                    raise Doubt("two channels")
                has_channel = True
                self._enter_channel(child)
                self._language = language
            elif name == "item":
                self._read_entry(child, base)
            elif name in ("image", "textinput"):
                # feedparser keeps only what the channel holds.
                FEED[name](self._reader, beside, child)
            elif name in MEANINGFUL:
                raise Doubt("something beside the channel")
            else:
                skip_foreign(self._reader, beside, child)

    def _read_feed(self, parent: etree._Element) -> None:
        reader, draft = self._reader, self._feed
        entry_tag = None
        for child in parent:
            name = "entry" if child.tag == entry_tag else reader.names.name(child)
            if name in _ENTRY_NAMES:
                entry_tag = child.tag
                self._read_entry(child, draft.base)
                # Inside of an entry all titles stand deeper.
                draft.title_depth = 0
                reader.has_feed_content = False
            elif (handler := FEED.get(name)) is not None:
                handler(reader, draft, child)
            elif name in MEANINGFUL:
                raise Doubt("an unusual element in a feed")
            else:
                skip_foreign(reader, draft, child)

    def _read_entry(self, element: etree._Element, base: str) -> None:
        reader, handlers = self._reader, self._entry_handlers
        draft = Draft()
        draft.base = base
        language = self._language
        if element.keys():
            _refuse_cdf(element)
            draft.guid = element.get(_RDF_ABOUT, "")
            draft.base = reader.enter_base(element, base)
            language = _language_inside(element, language)
        draft.language = language
        if len(self._drafts) >= fields.MAX_ENTRIES:
            raise Doubt("too many entries")
        self._drafts.append(draft)
        for child in element:
            tag: str = child.tag  # type: ignore[assignment]
            handler = handlers.get(tag)
            if handler is None:
                handler = handlers[tag] = self._find_entry_handler(child)
            handler(reader, draft, child)

    def _find_entry_handler(self, element: etree._Element) -> Handler:
        name = self._reader.names.name(element)
        return ENTRY.get(name) or (doubt if name in MEANINGFUL else skip_foreign)


def _name_format(tree: etree._Element, name: str, attributes: dict[str, str]) -> str:
    """Return the format's name; raise Doubt if its namespaces contradict it."""
    declared = {uri.lower() for uri in tree.nsmap.values()}
    is_rss_10 = RSS_10 in declared
    is_rss_090 = RSS_090 in declared
    version = attributes.get("version", "")
    if name == "rdf_rdf" and is_rss_10 != is_rss_090:
        if is_rss_090 and tree.nsmap.get(None) != RSS_090:
            raise Doubt("RSS 0.90 under a prefix")
        return "RDF (RSS 1.0)" if is_rss_10 else "RDF (RSS 0.90)"
    if name == "rss" and not is_rss_10 and not is_rss_090:
        return "RSS 2.0" if version.startswith("2.") else _RSS_FORMATS.get(version, "RSS")
    if name == "feed" and not is_rss_10 and not is_rss_090:
        if tree.tag == f"{{{ATOM}}}feed":
            return "Atom 1.0"
        if tree.tag == f"{{{ATOM_03}}}feed" and ATOM.lower() not in declared and version == "0.3":
            return "Atom 0.3"
    raise Doubt("an unusual root")


def _refuse_cdf(element: etree._Element) -> None:
    if any(key.lower() in ("href", "lastmod") for key, _ in element.items()):
        raise Doubt("CDF")


def _language_inside(element: etree._Element, outside: str) -> str:
    """Return the language inside of an element; XML 1.0 section 2.12: "" undoes the outer."""
    language = element.get(_XML_LANG)
    if language is None:
        language = next((value for key, value in element.items() if key.lower() == "lang"), None)
    return outside if language is None else language
