"""Feed XML -> ParsedFeed by way of feedparser: the reading that all others are measured by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from feedparser.api import SUPPORTED_VERSIONS

from feedreader.core import fields
from feedreader.core.dates import parse_date
from feedreader.core.feedparser_repaired import read_xml
from feedreader.model import Entry, Feed, FeedHints, ParsedFeed

_FORMATS = {
    **SUPPORTED_VERSIONS,
    "rss10": "RDF (RSS 1.0)",
    "rss090": "RDF (RSS 0.90)",
    "rss": "RSS",
    "atom": "Atom",
    "": "",
}
_HTML_TYPES = frozenset({"text/html", "html", "xhtml", "application/xhtml+xml"})
_COPIED_TYPES = _HTML_TYPES | {"text/plain"}
_RELATIONS = "http://www.iana.org/assignments/relation/"


class _Context(NamedTuple):
    """What an entry takes from its feed."""

    is_atom: bool
    base_url: str
    authors: tuple[str, ...]
    language: str


def read_reference(text: str, *, root: str, url: str, language: str) -> ParsedFeed:
    """Return the feed in an XML document.

    `root` is the local name of its root element in lower case, `url` what its relative
    addresses resolve against, `language` what the response said.
    """
    is_atom = root in ("feed", "entry")
    reading = read_xml(text, document_url=url, language=language, is_atom=is_atom)
    feed = _to_feed(reading.feed, is_atom=is_atom, url=url)
    context = _Context(is_atom, feed.link or url, feed.authors, feed.language)
    return ParsedFeed(
        feed=feed,
        entries=tuple(_to_entry(entry, context) for entry in reading.entries),
        format="CDF" if root == "channel" else _FORMATS.get(reading.version) or root.upper(),
        hints=_to_hints(reading.feed),
        defect=reading.defect,
    )


# --- feed -------------------------------------------------------------------


def _to_feed(raw: dict[str, Any], *, is_atom: bool, url: str) -> Feed:
    link = _choose_link(raw, is_atom=is_atom, base_url=url)
    base_url = link or url
    return Feed(
        title=_to_title(raw, is_atom=is_atom),
        link=link,
        description=_first(
            _to_line(raw, "subtitle", is_atom=is_atom),
            _to_line(raw, "itunes_summary", is_atom=False),
            _to_line(raw, "summary", is_atom=is_atom),
        ),
        authors=_to_authors(raw) or _to_names([_mapping(raw, "itunes_owner_detail")]),
        language=_to_language(raw),
        image_url=_to_feed_image(raw, base_url),
        updated=_first_date(raw, "updated", "published"),
    )


def _to_feed_image(raw: dict[str, Any], base_url: str) -> str:
    image = _mapping(raw, "image")
    candidates = (_text(image, "href"), _text(image, "url"), _text(raw, "logo"), _text(raw, "icon"))
    return _first(*(fields.to_web_url(one, base_url) for one in candidates))


def _to_hints(raw: dict[str, Any]) -> FeedHints:
    return FeedHints(
        ttl_s=fields.parse_ttl(_text(raw, "ttl")),
        update_period_s=fields.parse_update_period(
            _text(raw, "sy_updateperiod"), _text(raw, "sy_updatefrequency")
        ),
        skip_hours=fields.parse_skip_hours(_texts(raw, "skip_hours")),
        skip_days=fields.parse_skip_days(_texts(raw, "skip_days")),
    )


# --- entry ------------------------------------------------------------------


def _to_entry(raw: dict[str, Any], context: _Context) -> Entry:
    default_base = _text(raw, "base_in_scope") or context.base_url
    content_html, content_base = _to_content(raw)
    summary_html, summary_base = _to_summary(raw)
    published = _first_date(raw, "published", "created")
    updated = _first_date(raw, "updated")
    if published is None and not context.is_atom:
        # RSS 1.0 and Dublin Core have but one date, which feedparser calls updated.
        published, updated = updated, None
    return Entry(
        guid=_text(raw, "id").strip()[: fields.MAX_TEXT],
        title=_to_title(raw, is_atom=context.is_atom),
        link=_choose_link(raw, is_atom=context.is_atom, base_url=default_base),
        authors=_to_authors(raw) or (context.authors if context.is_atom else ()),
        published=published,
        updated=updated,
        summary_html="" if summary_html == content_html else summary_html,
        content_html=content_html,
        base_url=_first(content_base, summary_base, default_base),
        categories=_to_categories(raw),
        enclosures=fields.merge_enclosures(
            _iter_media(raw, default_base), _text(raw, "itunes_duration")
        ),
        image_url=_to_entry_image(raw, default_base),
        comments_url=_to_comments_url(raw, default_base),
        chapters_url=fields.to_web_url(
            _text(_mapping(raw, "podcast_chapters"), "url"), default_base
        ),
        language=_to_language(raw) or context.language,
    )


def _to_content(raw: dict[str, Any]) -> tuple[str, str]:
    """Return the fullest body and the base that its XML declares."""
    best = ("", "")
    for content in _mappings(raw, "content"):
        media_type = _text(content, "type") or "text/plain"
        if not (media_type.startswith("text/") or media_type.endswith(("xml", "html"))):
            continue
        html = fields.to_html(_text(content, "value"), _body_type(media_type))
        if len(html) > len(best[0]):
            best = (html, _text(content, "base"))
    return best


def _to_summary(raw: dict[str, Any]) -> tuple[str, str]:
    """Return the description, or what stands in for it, and the base that its XML declares."""
    for key in ("summary", "media_description", "itunes_summary", "subtitle"):
        detail = _mapping(raw, f"{key}_detail")
        # Without a detail it is feedparser's copy of the first body, which has a type.
        media_type = _text(detail, "type") if detail else _type_of_first_text(raw)
        html = fields.to_html(_text(raw, key), _body_type(media_type))
        if html:
            return html, _text(detail, "base")
    return "", ""


def _type_of_first_text(raw: dict[str, Any]) -> str:
    types = (_text(content, "type") for content in _mappings(raw, "content"))
    return next((one for one in types if one in _COPIED_TYPES), "")


def _body_type(media_type: str) -> fields.TextType:
    media_type = media_type.partition(";")[0].rstrip()
    return "html" if media_type in _HTML_TYPES or media_type.endswith("xml") else "text"


def _to_categories(raw: dict[str, Any]) -> tuple[str, ...]:
    tags = _mappings(raw, "tags")
    return fields.distinct_lines(
        (_text(tag, "label") or _text(tag, "term") for tag in tags), fields.MAX_CATEGORIES
    )


def _iter_media(raw: dict[str, Any], base_url: str) -> Iterator[fields.Media]:
    for link in _mappings(raw, "links"):
        if _relation(link) == "enclosure":
            yield fields.Media(
                url=_text(link, "href"),
                base_url=base_url,
                type=_text(link, "type"),
                length=_text(link, "length"),
                title=_text(link, "title"),
            )
    for media in _mappings(raw, "media_content"):
        yield fields.Media(
            url=_text(media, "url"),
            base_url=base_url,
            type=_text(media, "type"),
            medium=_text(media, "medium"),
            length=_text(media, "filesize"),
            title=_text(media, "title") or _text(media, "description"),
            duration=_text(media, "duration"),
        )
    for content in _mappings(raw, "content"):
        # Atom's content out of line (RFC 4287, 4.1.3.2) is a file like any other.
        yield fields.Media(
            url=_text(content, "src"), base_url=base_url, type=_text(content, "type")
        )


def _to_entry_image(raw: dict[str, Any], base_url: str) -> str:
    candidates = [_text(_mapping(raw, "image"), "href")]
    candidates += [_text(one, "url") for one in _mappings(raw, "media_thumbnail")]
    for media in _iter_media(raw, base_url):
        if media.medium.lower() == "image" or media.type.startswith("image/"):
            candidates.append(media.url)
    return _first(*(fields.to_web_url(one, base_url) for one in candidates))


def _to_comments_url(raw: dict[str, Any], base_url: str) -> str:
    links = _mappings(raw, "links")
    replies = [
        _text(link, "href")
        for link in links
        if _relation(link) == "replies" and _text(link, "type") in _HTML_TYPES
    ]
    return _first(*(fields.to_link(one, base_url) for one in (_text(raw, "comments"), *replies)))


# --- both -------------------------------------------------------------------


def _to_title(raw: dict[str, Any], *, is_atom: bool) -> str:
    return _first(
        _to_line(raw, "title", is_atom=is_atom),
        _to_line(raw, "media_title", is_atom=False),
        _to_line(raw, "itunes_title", is_atom=False),
    )


def _to_line(raw: dict[str, Any], key: str, *, is_atom: bool) -> str:
    media_type = _text(_mapping(raw, f"{key}_detail"), "type")
    if not is_atom:
        text_type: fields.TextType = "guess"
    elif media_type == "application/xhtml+xml":
        text_type = "xhtml"
    else:
        text_type = _body_type(media_type)
    return fields.to_line(_text(raw, key), text_type)


def _to_authors(raw: dict[str, Any]) -> tuple[str, ...]:
    return _to_names(_mappings(raw, "authors"))


def _to_names(authors: list[dict[str, Any]]) -> tuple[str, ...]:
    names = [_text(author, "name") or _text(author, "email") for author in authors]
    return fields.distinct_lines(names, fields.MAX_AUTHORS)


def _to_language(raw: dict[str, Any]) -> str:
    return fields.to_line(_text(raw, "language")[:40].replace("_", "-"), "text")


def _choose_link(raw: dict[str, Any], *, is_atom: bool, base_url: str) -> str:
    """Return the page of a feed or an entry.

    In RSS the text of `link` comes first, then a guid that is a permalink, then an
    `atom:link`; in Atom an alternate that is HTML, then any alternate, then an id that is an
    address. What has none of them may still name a page that plays it.
    """
    alternates = [link for link in _mappings(raw, "links") if _relation(link) == "alternate"]
    # What stands deeper is the link of an author, of a file or of something else in there.
    alternates.sort(key=_depth)
    as_text = [_text(link, "href") for link in alternates if "attribute_type" not in link]
    as_attribute = [link for link in alternates if "attribute_type" in link]
    as_attribute.sort(key=lambda link: (_depth(link), _distance_from_html(link)))
    addresses = [_text(link, "href") for link in as_attribute]
    permalink = _text(raw, "permalink")
    permalinks = [permalink] if fields.to_web_url(permalink, "") else []
    if is_atom:
        candidates = [*addresses, *as_text, *permalinks]
    else:
        candidates = [*as_text, *permalinks, *addresses]
    candidates.append(_text(_mapping(raw, "media_player"), "url"))
    return _first(*(fields.to_link(one, base_url) for one in candidates))


def _depth(link: dict[str, Any]) -> int:
    return int(_text(link, "depth") or 0)


def _distance_from_html(link: dict[str, Any]) -> int:
    media_type = _text(link, "attribute_type")
    return 0 if media_type in _HTML_TYPES else 2 if media_type else 1


def _relation(link: dict[str, Any]) -> str:
    return _text(link, "rel").lower().removeprefix(_RELATIONS)


def _first_date(raw: dict[str, Any], *keys: str) -> datetime | None:
    dates = (parse_date(_text(raw, key)) for key in keys)
    return next((date for date in dates if date is not None), None)


def _first(*texts: str) -> str:
    return next((text for text in texts if text), "")


# feedparser's dictionaries answer some keys with the value of another one, and hold a string
# where an element came plainly and a dictionary where it had attributes.


def _text(raw: dict[str, Any], key: str) -> str:
    value = dict.get(raw, key)
    return value if isinstance(value, str) else ""


def _texts(raw: dict[str, Any], key: str) -> Iterable[str]:
    value = dict.get(raw, key)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _mapping(raw: dict[str, Any], key: str) -> dict[str, Any]:
    value = dict.get(raw, key)
    return value if isinstance(value, dict) else {}


def _mappings(raw: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = dict.get(raw, key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
