"""Feed XML -> ParsedFeed at the speed of lxml, for documents that are understood wholly.

Whatever is in doubt (malformed, declared types, rare shapes, odd namespaces) is left to the
reference, so both give the same fields. Nothing here takes long, whoever wrote the document:
its size, tags and depth are bounded, and nothing outside of it is opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
    RDF,
    RSS_090,
    RSS_10,
    XML,
    Doubt,
    Names,
)
from feedreader.core.quick.text import looks_like_html
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


def read_quickly(
    text: str, *, root: str, root_start: int, url: str, language: str
) -> ParsedFeed | None:
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
        self._feed = Draft(is_feed=True)
        self._feed.base = self._reader.enter_base(tree, "", url)
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
        return self._finish()

    # --- reading ----------------------------------------------------------

    def _enter_channel(self, channel: etree._Element) -> None:
        _refuse_cdf(channel)
        self._feed.base = self._reader.enter_base(channel, self._feed.base, self._url)
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
        for child in parent:
            name = reader.names.name(child)
            if name in _ENTRY_NAMES:
                self._read_entry(child, draft.base)
                draft.has_resets = True
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
            draft.base = reader.enter_base(element, base, self._url)
            language = _language_inside(element, language)
        draft.language = language
        if len(self._drafts) >= fields.MAX_ENTRIES:
            raise Doubt("too many entries")
        self._drafts.append(draft)
        for child in element:
            handler = handlers.get(child.tag)
            if handler is None:
                handler = handlers[child.tag] = self._find_entry_handler(child)
            handler(reader, draft, child)

    def _find_entry_handler(self, element: etree._Element) -> Handler:
        name = self._reader.names.name(element)
        return ENTRY.get(name) or (doubt if name in MEANINGFUL else skip_foreign)

    # --- the model --------------------------------------------------------

    def _finish(self) -> ParsedFeed:
        feed = self._make_feed(self._feed)
        default_base = feed.link or self._url
        return ParsedFeed(
            feed=feed,
            entries=tuple(self._make_entry(draft, feed, default_base) for draft in self._drafts),
            format=self._format,
            hints=_make_hints(self._feed),
        )

    def _make_feed(self, draft: Draft) -> Feed:
        link = self._choose_link(draft, self._url)
        subtitle = draft.subtitle or ("", "text", "")
        itunes_summary = draft.itunes_summary or ("", "text", "")
        base_url = link or self._url
        return Feed(
            title=self._line(draft.title or "", draft.title_type),
            link=link,
            description=self._line(subtitle[0], subtitle[1] if self._is_atom else "guess")
            or self._line(itunes_summary[0], "guess"),
            authors=self._make_authors(draft),
            language=_make_language(draft.language),
            image_url=_first_url((draft.image, draft.logo, draft.icon), base_url),
            updated=parse_date(draft.updated) or parse_date(draft.published),
        )

    def _make_entry(self, draft: Draft, feed: Feed, default_base: str) -> Entry:
        base = draft.base or default_base
        content_html, content_base = self._best_content(draft)
        summary_html, summary_base = self._best_summary(draft)
        published = parse_date(draft.published) or parse_date(draft.created)
        updated = parse_date(draft.updated)
        if published is None and not self._is_atom:
            published, updated = updated, None
        media = list(_iter_media(draft, base)) if draft.has_media else []
        return Entry(
            guid=draft.guid.strip()[: fields.MAX_TEXT],
            title=self._line(draft.title or "", draft.title_type)
            or self._line(draft.media_title, "guess"),
            link=self._choose_link(draft, base),
            authors=self._make_authors(draft) or (feed.authors if self._is_atom else ()),
            published=published,
            updated=updated,
            summary_html="" if summary_html == content_html else summary_html,
            content_html=content_html,
            base_url=content_base or summary_base or base,
            categories=self._distinct(
                [tag[2] or tag[0] for tag in draft.tags], fields.MAX_CATEGORIES
            ),
            enclosures=fields.merge_enclosures(media, draft.duration) if media else (),
            image_url=_first_url(_iter_images(draft, media), base),
            comments_url=_first_link((draft.comments, *draft.replies), base),
            chapters_url=fields.to_web_url(draft.chapters, base),
            language=_make_language(draft.language) or feed.language,
        )

    def _line(self, text: str, text_type: fields.TextType) -> str:
        if len(text) > _MAX_LINE:
            raise Doubt("a long line")
        return fields.to_line(text, text_type) if text else ""

    def _distinct(self, texts: list[str], limit: int) -> tuple[str, ...]:
        if any(len(text) > _MAX_LINE for text in texts):
            raise Doubt("a long line")
        return fields.distinct_lines(texts, limit)

    def _make_authors(self, draft: Draft) -> tuple[str, ...]:
        if not draft.authors:
            return ()
        return self._distinct([name or mail for name, mail in draft.authors], fields.MAX_AUTHORS)

    def _choose_link(self, draft: Draft, base_url: str) -> str:
        addresses = [url for _, url in sorted(draft.links, key=_distance_from_html)]
        permalinks = [draft.permalink] if fields.to_web_url(draft.permalink, "") else []
        if self._is_atom:
            candidates = (*addresses, *draft.link_texts, *permalinks, draft.player)
        else:
            candidates = (*draft.link_texts, *permalinks, *addresses, draft.player)
        return _first_link(candidates, base_url)

    def _best_content(self, draft: Draft) -> tuple[str, str]:
        best = ("", "")
        for body in draft.contents:
            html = self._html(body)
            if len(html) > len(best[0]):
                best = (html, body[2])
        return best

    def _best_summary(self, draft: Draft) -> tuple[str, str]:
        if draft.summary is not None:
            html, base = self._html(draft.summary), draft.summary[2]
        elif draft.contents:
            # feedparser copies the first body, and forgets its type.
            html, base = fields.to_html(draft.contents[0][0], "html"), ""
        else:
            html, base = "", ""
        for body in (draft.media_description, draft.itunes_summary, draft.subtitle):
            if html:
                break
            if body is not None:
                html, base = self._html(body), body[2]
        return (html, base) if html else ("", "")

    def _html(self, body: Body) -> str:
        text, text_type, _ = body
        is_html = text_type != "text" or (not self._is_atom and looks_like_html(text))
        return fields.to_html(text, "html" if is_html else "text")


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
    if any(key.lower() in ("href", "lastmod") for key in element.keys()):  # noqa: SIM118
        raise Doubt("CDF")


def _language_inside(element: etree._Element, outside: str) -> str:
    """Return the language inside of an element; XML 1.0 section 2.12: "" undoes the outer."""
    language = element.get(_XML_LANG)
    if language is None:
        language = next((value for key, value in element.items() if key.lower() == "lang"), None)
    return outside if language is None else language


def _make_language(language: str | None) -> str:
    return fields.to_line(language[:40].replace("_", "-"), "text") if language else ""


def _make_hints(draft: Draft) -> FeedHints:
    return FeedHints(
        ttl_s=fields.parse_ttl(draft.ttl),
        update_period_s=fields.parse_update_period(draft.update_period, draft.update_frequency),
        skip_hours=fields.parse_skip_hours(draft.skip_hours),
        skip_days=fields.parse_skip_days(draft.skip_days),
    )


def _distance_from_html(link: tuple[str, str]) -> int:
    media_type = link[0]
    return 0 if media_type in _HTML_TYPES else 2 if media_type else 1


def _iter_media(draft: Draft, base_url: str) -> Iterator[fields.Media]:
    for one in draft.enclosures:
        yield fields.Media(
            url=one["url"],
            base_url=base_url,
            type=one.get("type", ""),
            length=one.get("length", ""),
            title=one.get("title", ""),
        )
    for one in draft.media:
        yield fields.Media(
            url=one.get("url", ""),
            base_url=base_url,
            type=one.get("type", ""),
            medium=one.get("medium", ""),
            length=one.get("filesize", ""),
            title=one.get("title", "") or one.get("description", ""),
            duration=one.get("duration", ""),
        )
    for media_type, url in draft.sources:
        yield fields.Media(url=url, base_url=base_url, type=media_type)


def _iter_images(draft: Draft, media: list[fields.Media]) -> Iterator[str]:
    yield draft.image
    yield from draft.thumbnails
    for one in media:
        if one.medium.lower() == "image" or one.type.startswith("image/"):
            yield one.url


def _first_link(urls: Iterable[str], base_url: str) -> str:
    return next((link for url in urls if url and (link := fields.to_link(url, base_url))), "")


def _first_url(urls: Iterable[str], base_url: str) -> str:
    return next((link for url in urls if url and (link := fields.to_web_url(url, base_url))), "")
