"""A web page, or just its address -> the addresses of its feeds, best first.

Autodiscovery follows the HTML standard ("Link type alternate") and RSS autodiscovery
(rssboard.org/rss-autodiscovery), for the pages as they are.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from feedreader.core.encoding import GZIP, decode_document, decode_page
from feedreader.core.links import resolve_link
from feedreader.core.opml_tags import unescape
from feedreader.core.site_feeds import known_feed_urls
from feedreader.core.text import clean_line
from feedreader.errors import NotAFeed

__all__ = ["FeedLink", "find_feeds", "guess_feed_urls", "known_feed_urls", "looks_like_feed"]

_MOST_LINKS: Final = 50
_HEAD_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed that a page points to: an absolute http(s) address, and one safe line of title."""

    url: str
    title: str = ""
    type: str = ""
    """The announced media type in lower case; "" for a plain link."""


# --- a page's own links -----------------------------------------------------

_FEED_TYPES: Final = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/feed+json",
        "application/rdf+xml",
        "application/x-rss+xml",
        "text/rss",
        "text/rss+xml",
        "text/atom+xml",
    }
)
# Pages use these for feeds as well as for APIs and oEmbed: the address must look like a feed.
_VAGUE_TYPES: Final = frozenset({"application/json", "application/xml", "text/xml", "text/json"})
_FEED_ADDRESS = re.compile(
    r"""(?: ^ | [/.] ) (?: feeds? | rss2? | atom ) (?: /? $ | \. (?:xml|json|rss|atom|php|rdf) $ )
      | \.(?: rss | atom | rdf ) $
      | /(?: index | feeds?/[\w.-]+ ) \.xml $
      | /feeds/(?: posts | videos | all ) \b""",
    re.IGNORECASE | re.VERBOSE,
)
_FEED_QUERY = re.compile(
    r"(?:^|[?&])(?:feed|format|type|alt|output)=(?:rss2?|atom|feed|json)\b", re.I
)
_COMMENTS = re.compile(r"comment|replies|kommentar", re.IGNORECASE)
_SHARING_HOSTS = re.compile(
    r"(?:^|\.)(?:feedly|inoreader|feedspot|bloglovin|netvibes|newsblur|theoldreader|facebook|twitter)"
    r"\.com$"
)


def find_feeds(html: bytes, *, url: str) -> tuple[FeedLink, ...]:
    """Return the feeds that a page announces, in its order, then links that plainly are feeds.

    Feeds of comments come last of each kind. `url` is where the page came from; a `base`
    element counts. There are at most 50.
    """
    try:
        text = decode_page(html).text
    except NotAFeed:
        return ()
    elements = list(_scan_elements(text))
    base_href = next((found["href"] for name, found in elements if name == "base"), "")
    base = resolve_link(base_href, url) or url
    announced: dict[str, FeedLink] = {}
    linked: dict[str, FeedLink] = {}
    for name, attributes in elements:
        if name == "link" and (link := _read_link(attributes, base)):
            announced.setdefault(link.url, link)
        elif name == "a" and (link := _read_anchor(attributes, base)):
            linked.setdefault(link.url, link)
    weaker = {address: link for address, link in linked.items() if address not in announced}
    return tuple([*_comments_last(announced), *_comments_last(weaker)][:_MOST_LINKS])


# A parser that builds a tree takes time quadratic in the depth of a page. What is searched
# here needs none; every alternative runs to the end of the text rather than fail.
_MARKUP = re.compile(
    r"""
      <!-- (?> -?> | (?> [^-]++ | - (?! -!?> ) )*+ )
    | < [!?] [^>]*+
    | < (?P<raw> iframe | noembed | noframes | script | style | textarea | title | xmp ) \b
      (?> [^<]++ | < (?! / (?P=raw) \b ) )*+
    | < (?P<name> [a-z][^\s/>]*+ )
      (?P<attributes> (?> [^=>]++ | = \s*+ (?: "[^"]*+ (?: " | \Z ) | '[^']*+ (?: ' | \Z ) )?+ )*+ )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ATTRIBUTE = re.compile(
    r"""([^\s=/"'>]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>][^\s>]*+))""",
)
_ANCHOR_TEXT = re.compile(r">((?>[^<]++|<(?!/?a\b)){0,20})", re.IGNORECASE)


def _scan_elements(html: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each `base`, `link` and `a` that has an address, with its attributes.

    The text of an `a` without title stands in for the title.
    """
    for markup in _MARKUP.finditer(html):
        name = (markup["name"] or "").lower()
        if name not in ("base", "link", "a"):
            continue
        attributes: dict[str, str] = {}
        for found in _ATTRIBUTE.finditer(markup["attributes"]):
            value = found[2] or found[3] or found[4] or ""
            attributes.setdefault(found[1].lower(), unescape(value))
        if not attributes.get("href", "").strip():
            continue
        if name == "a" and not attributes.get("title"):
            text = _ANCHOR_TEXT.match(html[markup.end() : markup.end() + 1000])
            attributes["title"] = unescape(re.sub(r"<[^>]*>?", " ", text[1])) if text else ""
        yield name, attributes


def _read_link(attributes: dict[str, str], base: str) -> FeedLink | None:
    relations = attributes.get("rel", "").lower().split()
    media_type, _, parameters = attributes.get("type", "").lower().partition(";")
    media_type = media_type.strip()
    if "feed" not in relations and ("alternate" not in relations or "stylesheet" in relations):
        return None
    is_feed = media_type in _FEED_TYPES and "entry" not in parameters
    is_feed = is_feed or (media_type in _VAGUE_TYPES and _has_feed_address(attributes["href"]))
    is_feed = is_feed or ("feed" in relations and media_type in ("", "text/html"))
    return _feed_link(attributes, base, media_type) if is_feed else None


def _read_anchor(attributes: dict[str, str], base: str) -> FeedLink | None:
    media_type = attributes.get("type", "").lower().partition(";")[0].strip()
    if media_type not in _FEED_TYPES:
        if not _has_feed_address(attributes["href"]):
            return None
        media_type = ""
    return _feed_link(attributes, base, media_type)


def _has_feed_address(href: str) -> bool:
    try:
        parts = urlsplit(href.strip())
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme.lower() == "feed":
        return True
    if _SHARING_HOSTS.search(host.lower()):
        return False
    return bool(_FEED_ADDRESS.search(parts.path) or _FEED_QUERY.search(parts.query))


def _feed_link(attributes: dict[str, str], base: str, media_type: str) -> FeedLink | None:
    href = re.sub(r"^\s*feed:(?=https?:)", "", attributes["href"], flags=re.IGNORECASE)
    href = re.sub(r"^\s*feed:(?=//)", "http:", href, flags=re.IGNORECASE)
    target = resolve_link(href, base)
    if not target.startswith(("http://", "https://")):
        return None
    title = clean_line(attributes.get("title", ""))[:200]
    return FeedLink(target.partition("#")[0], title, media_type)


def _comments_last(links: dict[str, FeedLink]) -> list[FeedLink]:
    return sorted(
        links.values(), key=lambda link: bool(_COMMENTS.search(f"{link.url} {link.title}"))
    )


# --- a site's usual places --------------------------------------------------

_USUAL_PATHS: Final = (
    *("feed", "feed/", "rss.xml", "atom.xml", "feed.xml", "index.xml", "rss", "rss/"),
    *("feed.json", "atom", "feeds/posts/default", "blog/feed", "blog/rss.xml", "blog/index.xml"),
)


def guess_feed_urls(url: str) -> tuple[str, ...]:
    """Return where a site's feed usually is, likeliest first: below the page, then at the root."""
    try:
        parts = urlsplit(url.strip())
        is_web = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return ()
    if not is_web:
        return ()
    origin = f"{parts.scheme.lower()}://{parts.netloc}"
    folder = parts.path.rstrip("/")
    if re.search(r"\.\w{1,5}$", folder.rpartition("/")[2]):
        folder = folder.rpartition("/")[0]
    below = [f"{origin}{folder}/{path}" for path in _USUAL_PATHS[:4]] if folder else []
    return tuple(dict.fromkeys([*below, *(f"{origin}/{path}" for path in _USUAL_PATHS)]))


# --- feeds by their bytes ---------------------------------------------------

_ROOT = re.compile(r"<(?:[\w.-]{1,40}:)?([\w.-]{1,40})")
_PROLOG = re.compile(
    r"(?>[^<]++|<\?(?>[^?>]++|\?(?!>)|>)*+\?>|<!--(?>[^-]++|-(?!->))*+-->"
    r"|<!DOCTYPE(?>[^\[>]++)(?>\[(?>[^\]]++|\](?!\s*>))*+\]\s*)?>)*+",
    re.IGNORECASE,
)
_JSON_FEED = re.compile(r"\"version\"\s*:\s*\"https?:(?:\\?/){2}(?:www\.)?jsonfeed\.org")


def looks_like_feed(body: bytes, content_type: str = "") -> bool:
    """Whether a body begins like RSS, Atom, RDF, CDF or JSON Feed; reads 64 KB at most."""
    try:
        text = decode_document(_head(body), content_type).text.lstrip()
    except NotAFeed:
        return False
    announces_feed = content_type.partition(";")[0].strip().lower() in _FEED_TYPES
    if text.startswith("{"):
        is_announced = announces_feed and "json" in content_type.lower()
        return bool(_JSON_FEED.search(text)) or (is_announced and '"items"' in text)
    prolog = _PROLOG.match(text)
    root = _ROOT.match(text, prolog.end() if prolog else 0)
    if root is None:
        return False
    name = root[1].lower()
    if name == "rdf":
        return (
            bool(re.search(r"purl\.org/(?:rss|net/rss)|my\.netscape\.com", text)) or announces_feed
        )
    if name == "channel":
        return bool(re.search(r"<item\b", text, re.IGNORECASE))
    return name in ("rss", "feed")


def _head(body: bytes) -> bytes:
    if body.startswith(GZIP):
        with suppress(zlib.error):
            body = zlib.decompressobj(wbits=31).decompress(body, _HEAD_BYTES + 1)
    if len(body) <= _HEAD_BYTES:
        return body
    # A character cut in two would make valid UTF-8 look like something else.
    return body[:_HEAD_BYTES].rstrip(bytes(range(0x80, 0x100)))
