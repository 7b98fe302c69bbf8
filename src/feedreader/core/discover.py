"""A web page, or just its address -> the addresses of its feeds, best first.

Autodiscovery follows the HTML standard ("Link type alternate") and RSS autodiscovery
(rssboard.org/rss-autodiscovery), for the pages as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedreader.core.encoding import decode_document
from feedreader.core.links import resolve_link
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
        page = LexborHTMLParser(decode_document(html).text)
    except NotAFeed:
        return ()
    base_element = page.css_first("base[href]")
    base_href = base_element.attributes.get("href") if base_element else None
    base = resolve_link(base_href or "", url) or url
    announced: dict[str, FeedLink] = {}
    for element in page.css("link[rel][href]"):
        link = _read_link(element, base)
        if link:
            announced.setdefault(link.url, link)
    linked: dict[str, FeedLink] = {}
    for element in page.css("a[href]"):
        link = _read_anchor(element, base)
        if link and link.url not in announced:
            linked.setdefault(link.url, link)
    links = [*_comments_last(announced), *_comments_last(linked)]
    return tuple(links[:_MOST_LINKS])


def _read_link(element: LexborNode, base: str) -> FeedLink | None:
    attributes = element.attributes
    relations = (attributes.get("rel") or "").lower().split()
    media_type, _, parameters = (attributes.get("type") or "").lower().partition(";")
    media_type = media_type.strip()
    href = attributes.get("href") or ""
    if "feed" not in relations and ("alternate" not in relations or "stylesheet" in relations):
        return None
    is_feed = media_type in _FEED_TYPES and "entry" not in parameters
    is_feed = is_feed or (media_type in _VAGUE_TYPES and _has_feed_address(href))
    is_feed = is_feed or ("feed" in relations and media_type in ("", "text/html"))
    if not is_feed:
        return None
    return _feed_link(href, base, attributes.get("title") or "", media_type)


def _read_anchor(element: LexborNode, base: str) -> FeedLink | None:
    href = element.attributes.get("href") or ""
    media_type = (element.attributes.get("type") or "").lower().partition(";")[0].strip()
    if not _has_feed_address(href) and media_type not in _FEED_TYPES:
        return None
    title = element.attributes.get("title") or element.text()
    return _feed_link(href, base, title, media_type if media_type in _FEED_TYPES else "")


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


def _feed_link(href: str, base: str, title: str, media_type: str) -> FeedLink | None:
    href = re.sub(r"^\s*feed:(?=https?:)", "", href, flags=re.IGNORECASE)
    href = re.sub(r"^\s*feed:(?=//)", "http:", href, flags=re.IGNORECASE)
    target = resolve_link(href, base) if href.strip() else ""
    if not target.startswith(("http://", "https://")):
        return None
    return FeedLink(target.partition("#")[0], clean_line(title)[:200], media_type)


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
    if len(body) <= _HEAD_BYTES:
        return body
    # A character cut in two would make valid UTF-8 look like something else.
    return body[:_HEAD_BYTES].rstrip(bytes(range(0x80, 0x100)))
