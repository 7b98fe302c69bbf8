"""JSON Feed 1.0 and 1.1 -> ParsedFeed (https://www.jsonfeed.org/version/1.1/).

Publishers get types wrong, so each value is used if it is what the specification asks for
and passed over if it is not; an item that is no object is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from feedreader.core import fields
from feedreader.core.dates import parse_date
from feedreader.errors import NotAFeed
from feedreader.model import Entry, Feed, FeedHints, ParsedFeed

_VERSION = re.compile(r"jsonfeed\.org/version/(\d(?:\.\d)?)")
_SURROGATE = re.compile("[\ud800-\udfff]")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_MAX_INT_DIGITS = 100  # ids of 19 digits are common, and no two of them are the same float

_Object = dict[str, Any]


def parse_json_feed(text: str, *, url: str) -> ParsedFeed:
    """Return the feed in a JSON text; raise NotAFeed if it is none.

    `url` is where it came from. Of keys that are repeated the last counts.
    """
    document = _load(text)
    version = _VERSION.search(_text(document, "version"))
    items = document.get("items")
    if not version and not _is_probably_feed(items):
        raise NotAFeed("not a feed: JSON, but no JSON Feed")
    link = fields.to_web_url(_text(document, "home_page_url"), url)
    base_url = link or url
    feed = Feed(
        title=_line(document, "title"),
        link=link,
        description=_line(document, "description"),
        authors=_to_authors(document),
        language=_line(document, "language")[:40],
        image_url=_first_media_url(document, ("icon", "favicon"), base_url),
    )
    objects = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return ParsedFeed(
        feed=feed,
        entries=tuple(
            _to_entry(item, feed=feed, base_url=base_url)
            for item in objects[: fields.MAX_ENTRIES]
            if any(item.get(key) for key in _KEYS_OF_ITEMS)
        ),
        format=f"JSON Feed {version[1]}" if version else "JSON Feed",
        hints=FeedHints(),
    )


_KEYS_OF_ITEMS = ("id", "url", "external_url", "title", "content_html", "content_text", "summary")


def _load(text: str) -> _Object:
    # The first value counts, whatever follows it.
    decoder = json.JSONDecoder(strict=False, parse_int=_parse_int)
    try:
        document, _ = decoder.raw_decode(text.lstrip())
    except RecursionError:
        raise NotAFeed("not a feed: JSON that is nested too deeply") from None
    except ValueError:
        raise NotAFeed("not a feed: JSON that is cut short or damaged") from None
    if not isinstance(document, dict):
        raise NotAFeed("not a feed: JSON, but no JSON Feed")
    return document


def _parse_int(digits: str) -> int | float:
    # Python refuses to read integers of more than 4,300 digits.
    return int(digits) if len(digits) <= _MAX_INT_DIGITS else float(digits)


def _is_probably_feed(items: object) -> bool:
    if not isinstance(items, list):
        return False
    return any(
        isinstance(item, dict)
        and ("id" in item or "url" in item)
        and not {"title", "content_html", "content_text", "summary"}.isdisjoint(item)
        for item in items
    )


def _to_entry(item: _Object, *, feed: Feed, base_url: str) -> Entry:
    content_html = fields.to_html(_text(item, "content_html"), "html")
    if not content_html:
        content_html = fields.to_html(_text(item, "content_text"), "text")
    links = (_text(item, "url"), _text(item, "external_url"))
    return Entry(
        guid=_to_guid(item.get("id")),
        title=_line(item, "title"),
        link=next((link for one in links if (link := fields.to_link(one, base_url))), ""),
        authors=_to_authors(item) or feed.authors,
        published=_date(item, "date_published"),
        updated=_date(item, "date_modified"),
        summary_html=fields.to_html(_text(item, "summary"), "text"),
        content_html=content_html,
        base_url=base_url,
        categories=fields.distinct_lines(_to_tags(item.get("tags")), fields.MAX_CATEGORIES),
        enclosures=fields.merge_enclosures(_iter_attachments(item, base_url)),
        image_url=_first_media_url(item, ("image", "banner_image"), base_url),
        language=_line(item, "language")[:40] or feed.language,
    )


def _to_guid(value: object) -> str:
    """Return an id as a string; version 1 says to read a number as one."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return _clean(str(value)).strip()[: fields.MAX_TEXT]


def _to_authors(item: _Object) -> tuple[str, ...]:
    authors = item.get("authors")
    found = [one for one in authors if isinstance(one, dict)] if isinstance(authors, list) else []
    if isinstance(authors, dict):
        found.append(authors)
    if isinstance(item.get("author"), dict):
        found.append(item["author"])  # version 1.0
    names = [_text(author, "name") or _text(author, "url") for author in found]
    return fields.distinct_lines(names, fields.MAX_AUTHORS)


def _to_tags(value: object) -> list[str]:
    if not isinstance(value, list):
        return []
    return [_clean(tag) for tag in value if isinstance(tag, str)]


def _iter_attachments(item: _Object, base_url: str) -> Iterator[fields.Media]:
    attachments = item.get("attachments")
    for one in attachments if isinstance(attachments, list) else []:
        if isinstance(one, dict):
            yield fields.Media(
                url=_text(one, "url"),
                base_url=base_url,
                type=_text(one, "mime_type"),
                length=one.get("size_in_bytes"),
                title=_text(one, "title"),
                duration=one.get("duration_in_seconds"),
            )


def _first_media_url(item: _Object, keys: tuple[str, ...], base_url: str) -> str:
    urls = (fields.to_web_url(_text(item, key), base_url) for key in keys)
    return next((url for url in urls if url), "")


def _date(item: _Object, key: str) -> datetime | None:
    return parse_date(_text(item, key))


def _line(item: _Object, key: str) -> str:
    return fields.to_line(_text(item, key), "guess")


def _text(item: _Object, key: str) -> str:
    value = item.get(key)
    return _clean(value) if isinstance(value, str) else ""


def _clean(text: str) -> str:
    """Drop what JSON may hold and no text of ours: controls and halves of characters."""
    return _FORBIDDEN.sub("", _SURROGATE.sub("\ufffd", text))
