"""Feed XML -> feedparser's dictionaries, with feedparser's faults repaired.

feedparser is the reference for what a malformed document means. Its parser classes are
driven directly, because what they lose cannot be found again in their result: which link
was `atom:link`, which description belonged to which `media:content`, where `xml:base` ended.
Dates stay strings, addresses relative to no `xml:base` stay as written.

Made for feedparser 6.0; its handlers `_start_x` and `_end_x` are its plug-in points.
"""

from __future__ import annotations

import html
import html.entities
import io
import re
import xml.sax
import xml.sax.handler
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, ClassVar
from xml.sax.saxutils import quoteattr
from xml.sax.xmlreader import AttributesNSImpl

from feedparser.api import LooseFeedParser, StrictFeedParser
from feedparser.mixin import _FeedParserMixin
from feedparser.sanitizer import replace_doctype

from feedreader.core.fields import MAX_CATEGORIES, MAX_ENTRIES, split_author, to_web_url
from feedreader.core.sanitize import clean_line

# feedparser's patterns for declarations are quadratic in what stands before the root.
_MAX_HEAD = 32_768
# What entities of a document may grow to; no feed needs more, a bomb does.
_MAX_ENTITY_TEXT = 1024 * 1024
_MAX_ENTITIES = 100
_MAX_HINTS = 50
_MANY_ATTRIBUTES = 50
_MAX_BASE = 2048
"""Longer, a base takes in no more: each in another would cost the square of their number."""

_ROOT = re.compile(rb"<\w")
_BLANKS = re.compile(rb"\s{2,}")
_XML_ENTITIES = frozenset({"amp", "apos", "gt", "lt", "quot"})
_LINE_END = re.compile("\r\n?")
_QUOTE = {'"': "&quot;"}
_MEANT = {"&": "&amp;", "<": "&lt;"}
_REFERENCE = re.compile(
    r"""(?xs) <!\[CDATA\[ .*? (?: \]\]> | \Z ) | <!-- .*? (?: --> | \Z )
    | < (?![A-Za-z_:/!?]) | & (?: \# (?P<number> [0-9]{1,7} | [xX][0-9a-fA-F]{1,6} ) ;
    | (?P<name> [A-Za-z][A-Za-z0-9]{0,31} ) (?P<end> ; | (?=\s) ) )?"""
)
_EXTRA_NAMESPACES = {
    "https://podcastindex.org/namespace/1.0": "podcast",
    "https://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast",
    "http://www.w3.org/2005/atom": "",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """feedparser's dictionaries; only strings, lists and dictionaries stand in them."""

    feed: dict[str, Any]
    entries: list[dict[str, Any]]
    version: str
    """feedparser's word for the format; "" if it knows none."""
    defect: str


class _EnoughEntries(Exception):
    """Ends the reading; nothing is wrong."""


class _Repairs(_FeedParserMixin):  # type: ignore[misc]
    """What differs from feedparser; stands in front of its parser classes."""

    namespaces: ClassVar[dict[str, str]] = {**_FeedParserMixin.namespaces, **_EXTRA_NAMESPACES}
    _matchnamespaces: ClassVar[dict[str, str]] = {}
    # Without "id": a guid is a name, and must not change when the feed moves.
    can_be_relative_uri = frozenset({"comments", "href", "icon", "link", "logo", "url"})
    version: str
    resolve_relative_uris = False
    sanitize_html = False

    def __init__(self, *args: Any, document_url: str, is_atom: bool, **options: Any) -> None:
        self._document_url = document_url
        self._is_atom = is_atom
        self._open: list[tuple[str, str, int, int]] = []
        self._open_names: Counter[str] = Counter()
        self._media: dict[str, Any] | None = None
        self._div_depth = 0
        super().__init__(*args, **options)

    # The declared base of the innermost element, "" outside of any xml:base. feedparser's
    # own assignments are ignored: it lets a base outlive its element.
    @property
    def baseuri(self) -> str:
        return self._open[-1][1] if self._open else ""

    @baseuri.setter
    def baseuri(self, value: str) -> None:
        pass

    def resolve_uri(self, uri: str) -> str:
        if not self.baseuri:
            return uri
        return to_web_url(uri, self.baseuri) or uri

    def unknown_starttag(self, tag: str, attrs: list[tuple[str, str]]) -> None:
        base = self.baseuri
        for name, value in attrs:
            if name.lower() == "xml:base" and len(base) < _MAX_BASE:
                value = self._normalize_attributes((name, value))[1]
                base = to_web_url(value, base or self._document_url) or base
        self._open.append((tag, base, len(self.basestack), self.depth))
        self._open_names[tag] += 1
        super().unknown_starttag(tag, attrs)

    def unknown_endtag(self, tag: str) -> None:
        super().unknown_endtag(tag)
        if not self._open_names[tag]:
            return
        while True:
            name, _, stack_length, depth = self._open.pop()
            self._open_names[name] -= 1
            if name == tag:
                break
        del self.basestack[stack_length:]
        del self.langstack[stack_length:]
        if self.langstack:
            self.lang = self.langstack[-1]
        self.depth = depth

    def track_namespace(self, prefix: str | None, uri: str) -> None:
        version: str = self.version
        super().track_namespace(prefix, uri)
        if self.version == "atom10" and not self._is_atom:
            self.version = version  # an RSS feed that uses an Atom element

    def _start_channel(self, attrs_d: dict[str, str]) -> None:
        super()._start_channel(attrs_d)
        if "title" not in self.feeddata:
            self.title_depth = -1  # else the title of an RDF item before it would stand higher

    # --- entries --------------------------------------------------------

    def _start_item(self, attrs_d: dict[str, str]) -> None:
        if len(self.entries) >= MAX_ENTRIES:
            raise _EnoughEntries
        super()._start_item(attrs_d)
        self.entries[-1]["base_in_scope"] = self.baseuri
        self.entries[-1]["language"] = self.lang or ""
        self._media = None

    _start_entry = _start_item

    def _start_link(self, attrs_d: dict[str, str]) -> None:
        if not {"href", "url", "uri"}.isdisjoint(attrs_d):
            attrs_d["attribute_type"] = attrs_d.get("type", "")
        attrs_d["rel"] = attrs_d.get("rel", "").strip() or "alternate"
        attrs_d["depth"] = str(self.depth)
        super()._start_link(attrs_d)

    def _start_guid(self, attrs_d: dict[str, str]) -> None:
        if "ispermalink" in attrs_d:
            attrs_d["ispermalink"] = attrs_d["ispermalink"].strip().lower()
        super()._start_guid(attrs_d)

    _start_id = _start_guid

    def _end_guid(self) -> None:
        is_permalink = self.guidislink
        guid = self.pop("id")
        if is_permalink and guid:
            self._save("permalink", self.resolve_uri(guid))

    _end_id = _end_guid

    def _start_enclosure(self, attrs_d: dict[str, str]) -> None:
        super()._start_enclosure(self._with_resolved_url(attrs_d))

    def _add_tag(self, term: str | None, scheme: str | None, label: str | None) -> None:
        if len(self._get_context().get("tags") or ()) < MAX_CATEGORIES:
            super()._add_tag(term, scheme, label)

    def _save_author(self, key: str, value: str, prefix: str = "author") -> None:
        if prefix == "author":
            super()._save_author(key, value)
        else:
            # feedparser gives the name of a podcast's owner to its author.
            self._get_context().setdefault("itunes_owner_detail", {})[key] = value

    def _sync_author_detail(self, key: str = "author") -> None:
        context = self._get_context()
        author = context.get(key)
        detail = context.get(f"{key}s", [{}])[-1]
        if detail or not isinstance(author, str):
            super()._sync_author_detail(key)
            return
        # feedparser knows no domain whose last part has more than four letters.
        name, address = split_author(author)
        if name:
            detail["name"] = name
        if address:
            detail["email"] = address

    # --- dates stay as written -------------------------------------------

    def _end_published(self) -> None:
        self.pop("published")

    _end_issued = _end_pubdate = _end_published

    def _end_updated(self) -> None:
        self.pop("updated")

    _end_modified = _end_lastbuilddate = _end_updated

    def _end_created(self) -> None:
        self.pop("created")

    def _end_expirationdate(self) -> None:
        self.pop("expired")

    def _end_dcterms_valid(self) -> None:
        self.pop("validity")

    # --- bodies -----------------------------------------------------------

    def _start_itunes_summary(self, attrs_d: dict[str, str]) -> None:
        self.push_content("itunes_summary", attrs_d, "text/plain", 1)

    def _end_itunes_summary(self) -> None:
        self.pop_content("itunes_summary")

    def _start_xhtml_div(self, attrs_d: dict[str, str]) -> None:
        if self.inentry and not self.incontent:
            self._div_depth = self.depth
            self._start_body({})

    def _end_xhtml_div(self) -> None:
        if self._div_depth and self.depth == self._div_depth:
            self._div_depth = 0
            self._end_content()

    # --- Media RSS --------------------------------------------------------

    def _start_media_content(self, attrs_d: dict[str, str]) -> None:
        self._media = self._with_resolved_url(attrs_d)
        self._get_context().setdefault("media_content", []).append(self._media)

    def _end_media_content(self) -> None:
        self._media = None

    def _start_media_title(self, attrs_d: dict[str, str]) -> None:
        self.push_content(self._media_key("title"), attrs_d, "text/plain", 1)

    def _end_media_title(self) -> None:
        self._save_media_text("title")

    def _start_media_description(self, attrs_d: dict[str, str]) -> None:
        self.push_content(self._media_key("description"), attrs_d, "text/plain", 1)

    def _end_media_description(self) -> None:
        self._save_media_text("description")

    def _save_media_text(self, name: str) -> None:
        text = self.pop_content(self._media_key(name))
        if self._media is not None and text:
            self._media.setdefault(name, text)

    def _media_key(self, name: str) -> str:
        return f"media_{name}" if self._media is None else f"media_content_{name}"

    def _start_media_thumbnail(self, attrs_d: dict[str, str]) -> None:
        super()._start_media_thumbnail(self._with_resolved_url(attrs_d))

    def _with_resolved_url(self, attrs_d: dict[str, str]) -> dict[str, str]:
        for name in ("url", "href"):
            if attrs_d.get(name):
                attrs_d[name] = self.resolve_uri(attrs_d[name])
        return attrs_d

    # --- update hints -----------------------------------------------------

    def _start_hour(self, attrs_d: dict[str, str]) -> None:
        self.push("hour", 1)

    def _end_hour(self) -> None:
        self._add_hint("skip_hours", self.pop("hour"))

    def _start_day(self, attrs_d: dict[str, str]) -> None:
        self.push("day", 1)

    def _end_day(self) -> None:
        self._add_hint("skip_days", self.pop("day"))

    def _add_hint(self, key: str, value: str | None) -> None:
        hints = self.feeddata.setdefault(key, [])
        if value and not self.inentry and len(hints) < _MAX_HINTS:
            hints.append(value)


class _ManyAttributes(AttributesNSImpl):
    """Attributes that are found by their names at once; feedparser looks up each of them."""

    def __init__(self, attrs: AttributesNSImpl) -> None:
        qnames = {name: attrs.getQNameByName(name) for name in attrs.getNames()}
        super().__init__(dict(attrs.items()), qnames)
        self._by_qname = {qname: attrs.getValue(name) for name, qname in qnames.items()}

    def getValueByQName(self, name: str) -> str:  # noqa: N802 - SAX's name
        return self._by_qname[name]


class _Strict(_Repairs, StrictFeedParser):  # type: ignore[misc]
    """Reads XML that is well formed."""

    def startElementNS(  # noqa: N802 - SAX's name
        self, name: tuple[str | None, str], qname: str | None, attrs: AttributesNSImpl
    ) -> None:
        if len(attrs) > _MANY_ATTRIBUTES:
            attrs = _ManyAttributes(attrs)
        super().startElementNS(name, qname, attrs)


class _Loose(_Repairs, LooseFeedParser):  # type: ignore[misc]
    """Reads anything that has tags, and references as often as XML does: once."""

    @staticmethod
    def _normalize_attributes(pair: tuple[str, str]) -> tuple[str, str]:
        name, value = pair[0].lower(), html.unescape(pair[1])
        return name, value.lower() if name in ("rel", "type") else value

    def feed(self, data: str) -> None:
        # XML, 2.11; and feedparser takes references to quotes for quotes, within attributes too.
        data = _LINE_END.sub("\n", data).replace("&#34;", "&#x22;").replace("&#39;", "&#x27;")
        super().feed(data)

    @staticmethod
    def strattrs(attrs: list[tuple[str, str]]) -> str:
        return "".join(f" {name}={quoteattr(value, _QUOTE)}" for name, value in attrs)

    def decode_entities(self, element: str, data: str) -> str:
        if self.incontent and self.contentparams.get("type", "xml").endswith("xml"):
            return str(super().decode_entities(element, data))
        return html.unescape(data)


def read_xml(text: str, *, document_url: str, language: str, is_atom: bool) -> Reading:
    """Return what feedparser makes of a document.

    `document_url` is what a relative `xml:base` resolves against, `is_atom` whether the root
    element is Atom's. Nothing outside of the text is ever opened.
    """
    version, data, entities = _prepare(text)
    options: dict[str, Any] = {"document_url": document_url, "is_atom": is_atom}
    strict = _Strict("", language or None, "utf-8", **options)
    defect = _run(lambda: _feed_strictly(strict, data))
    if not defect:
        return _reading(strict, version, "")
    unrepaired = data.decode("utf-8", "replace")
    repaired = _repair_references(unrepaired, entities)
    if repaired != unrepaired:
        second = _Strict("", language or None, "utf-8", **options)
        if not _run(lambda: _feed_strictly(second, repaired.encode())):
            return _reading(second, version, defect)
    loose = _Loose("", language or None, "utf-8", entities, **options)
    loose_defect = _run(lambda: loose.feed(repaired))
    # If even the loose parser fails, the better of the two halves is shown.
    best = strict if loose_defect and len(strict.entries) > len(loose.entries) else loose
    return _reading(best, version, defect)


def _reading(parser: Any, version: str | None, defect: str) -> Reading:
    return Reading(parser.feeddata, parser.entries, version or parser.version, defect)


def _prepare(text: str) -> tuple[str | None, bytes, dict[str, str]]:
    """Return version, the document without harmful declarations, and its own entities."""
    data = text.encode("utf-8", "replace")
    root = _ROOT.search(data)
    head, body = (data[: root.start()], data[root.start() :]) if root else (b"", data)
    if len(head) > _MAX_HEAD:
        head = b""
    # feedparser finds declarations only at the start of a line.
    head = _BLANKS.sub(b"\n", head).replace(b"<!", b"\n<!")
    version, data, entities = replace_doctype(head + body)
    grown = sum(len(value) * text.count(f"&{name};") for name, value in entities.items())
    if len(entities) > _MAX_ENTITIES or grown > _MAX_ENTITY_TEXT:
        return version, body, {}
    return version, data, entities


def _repair_references(text: str, entities: Collection[str]) -> str:
    """Return a document in which `&` and `<` stand for nothing but references and tags.

    What HTML alone knows becomes its characters, other ampersands mean themselves: they are
    what most often makes a feed ill-formed, and the loose parser reads `?a=1&copy=2` as
    `?a=1©=2`, "AT&T" as "AT&T;". `entities` names those that the document declares.
    """

    def repair(match: re.Match[str]) -> str:
        number, name, end = match["number"], match["name"], match["end"]
        if number:
            return f"&#{number.lower()};"
        if name is None:
            return _MEANT.get(match[0], match[0])
        if end and (name in _XML_ENTITIES or name in entities):
            return match[0]
        meant = html.entities.html5.get(name + end, "")
        return html.escape(meant) if meant else f"&amp;{name}{end}"

    return _REFERENCE.sub(repair, text)


def _run(parse: Callable[[], None]) -> str:
    """Run a parser and return why it failed, in words; "" if it did not."""
    try:
        parse()
    except _EnoughEntries:
        return ""
    except xml.sax.SAXParseException as error:
        return clean_line(f"line {error.getLineNumber()}: {error.getMessage()}")
    except xml.sax.SAXException as error:
        return clean_line(error.getMessage())
    except Exception as error:
        # Not a bug of ours: feedparser meets hostile input with KeyError, IndexError,
        # OverflowError and more, and what it had read until then still counts.
        return f"it cannot be read to its end ({type(error).__name__})"
    return ""


def _feed_strictly(parser: _Strict, data: bytes) -> None:
    reader = xml.sax.make_parser()  # noqa: S317 - expat, with external entities off
    reader.setFeature(xml.sax.handler.feature_namespaces, True)
    reader.setFeature(xml.sax.handler.feature_external_ges, False)
    reader.setContentHandler(parser)
    reader.setErrorHandler(parser)
    source = xml.sax.xmlreader.InputSource()
    source.setByteStream(io.BytesIO(data))
    source.setEncoding("utf-8")
    reader.parse(source)
