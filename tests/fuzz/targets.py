"""What fuzzing calls: each target takes any bytes, and says by an exception that something broke.

An error that the function under test means to raise is no break; a result that holds what a
terminal or a browser would act on is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from selectolax.lexbor import LexborHTMLParser

from feedreader.core.document import to_ansi, to_plain
from feedreader.core.encoding import decode_document
from feedreader.core.extract import extract_article
from feedreader.core.headers import parse_http_date
from feedreader.core.identity import identify
from feedreader.core.jsonfeed import parse_json_feed
from feedreader.core.markdown import to_markdown
from feedreader.core.opml import list_feeds, read_opml
from feedreader.core.parse import parse_feed
from feedreader.core.plan import clean_entry
from feedreader.core.query import Context, compile_sql, parse
from feedreader.core.render import render
from feedreader.core.sanitize import clean_html
from feedreader.errors import ExtractionFailed, ImportFailed, NotAFeed, QueryError
from feedreader.model import ParsedFeed

_ACTING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_ACTIVE_TAGS = frozenset(
    ("script", "iframe", "object", "embed", "style", "form", "base", "link", "meta", "svg")
)
_LINK = re.compile(r"(?:https?://|mailto:|$)")
_CONTEXT = Context(now=datetime(2026, 11, 25, tzinfo=UTC), feeds=(), searches={}, timezone=UTC)


def feed(data: bytes) -> None:
    """Feeds of any format, from bytes to what the store is given."""
    try:
        parsed = parse_feed(data, url="https://site.example/feed")
    except NotAFeed as error:
        assert str(error).isprintable(), error  # noqa: PT017
        return
    _check_feed(parsed)


def json_feed(data: bytes) -> None:
    """JSON Feed."""
    try:
        parsed = parse_json_feed(decode_document(data, "").text, url="https://site.example/feed")
    except NotAFeed as error:
        assert str(error).isprintable(), error  # noqa: PT017
        return
    _check_feed(parsed)


def opml(data: bytes) -> None:
    """Subscription lists."""
    try:
        listed = list_feeds(read_opml(data))
    except ImportFailed as error:
        assert str(error).isprintable(), error  # noqa: PT017
        return
    for one in listed.feeds:
        assert re.match(r"https?://[^/]", one.url), one.url
        for text in (one.title, *(name for path in one.folders for name in path)):
            assert not _ACTING.search(text), text


def html(data: bytes) -> None:
    """A story's HTML: sanitised, then on the screen, as plain text and as Markdown."""
    text = data.decode("utf-8", "surrogateescape")
    safe = clean_html(text, "https://site.example/")
    _check_html(safe)
    document = render(safe, width=60)
    printed = to_plain(document) + to_markdown(safe)
    printed += re.sub(r"\x1b\[[0-9;]*m", "", to_ansi(document))
    assert not _ACTING.search(printed), printed


def page(data: bytes) -> None:
    """An article's page, up to what is stored of it."""
    try:
        found = extract_article(data, url="https://site.example/page", content_type="text/html")
    except ExtractionFailed as error:
        assert str(error).isprintable(), error  # noqa: PT017
        return
    _check_html(found.html)
    for text in (found.title, found.canonical_url, found.image_url, *found.authors):
        assert not _ACTING.search(text), text
        assert "\n" not in text
    assert not _ACTING.search(found.text), found.text


def query(data: bytes) -> None:
    """The query language, up to SQL."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        compiled = compile_sql(parse(text), _CONTEXT)
    except QueryError as error:
        assert 0 <= error.position <= len(error.query) + 1  # noqa: PT017
        return
    assert compiled.where.count("?") == len(compiled.params), compiled


def http_date(data: bytes) -> None:
    """Dates in HTTP headers."""
    moment = parse_http_date(data.decode("latin-1"))
    assert moment is None or moment.utcoffset() == timedelta(0)


def _check_feed(parsed: ParsedFeed) -> None:
    texts = [parsed.feed.title, parsed.feed.description, *parsed.feed.authors, parsed.defect]
    for entry in parsed.entries:
        texts += [entry.title, *entry.authors, *entry.categories]
        for url in (entry.link, entry.comments_url, *(one.url for one in entry.enclosures)):
            assert _LINK.match(url), url
            assert not _ACTING.search(url), url
    for text in texts:
        assert not _ACTING.search(text), text
        assert "\n" not in text
    keys = set()
    for identified in identify(parsed.entries)[:20]:
        assert identified.key not in keys
        keys.add(identified.key)
        clean = clean_entry(identified)
        _check_html(clean.content_html)
        assert not _ACTING.search(clean.content_text + clean.summary_text)


def _check_html(html: str) -> None:
    """What a browser would make of it holds nothing active."""
    assert not _ACTING.search(html), html
    body = LexborHTMLParser(html).body
    assert body is not None
    for node in body.traverse():
        assert node.tag not in _ACTIVE_TAGS, html
        for name, value in node.attributes.items():
            assert not name.startswith("on"), html
            assert name != "style", html
            if name in ("href", "src", "cite", "poster", "action"):
                assert re.match(r"https?://|mailto:|#|$", value or ""), html


TARGETS: dict[str, Callable[[bytes], None]] = {
    "feed": feed, "json_feed": json_feed, "opml": opml, "html": html, "page": page,
    "query": query, "http_date": http_date,
}  # fmt: skip
