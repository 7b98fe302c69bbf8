"""One address for a page, however feeds write it: what copies of a story are told by first.

Scheme, `www.`, port, tracking, fragment, AMP and mobile forms and index files do not say which
page it is (normalise_link in identity.py, which this builds on, keeps fragments: within one
feed they may tell entries apart).
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode

from feedreader.core.identity import normalise_link

_AMP_CACHE: Final = re.compile(
    r"(?:[\w-]+\.cdn\.ampproject\.org/(?:[a-z]/)?s?/?|google\.[a-z.]+/amp/s?/?)", re.IGNORECASE
)
_AMP_HOST: Final = re.compile(r"(?:amp|m|mobile|touch)\.(?=[^./]+\.[^/])")
_AMP_PATH: Final = re.compile(r"^/amp(?=/.)|(?:/amp|[./]amp\.html|\.amp)$", re.IGNORECASE)
_INDEX: Final = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)
_AMP_PARAMETERS: Final = frozenset({"amp", "outputtype", "output"})
_REFERRERS: Final = frozenset(
    {"ref", "referrer", "referer", "source", "src", "via", "cmp", "campaign", "partner", "emc"}
    | {"mod", "from", "ftag", "share", "output", "feature", "feed", "xtor", "ito", "rss", "cid"}
)
_CHANNELS: Final = re.compile(
    r"(?i)(?:.*[-_.:]|)(?:rss\d?|atom|feeds?|rssfeed|feedburner|newsletter|email|twitter|facebook"
    r"|mastodon|reddit|hn|social|share|youtu\.be|amp)(?:[-_.:].*|)|1"
)
"""Values that say by which way a reader came."""


def canonical_address(url: str) -> str:
    """Return what of an address says which page it is; "" if it names no page of its own.

    A site's front page is none: feeds link to it for want of anything better.
    """
    link = normalise_link(url).partition("#")[0]
    link = _AMP_CACHE.sub("", link, count=1) if "amp" in link[:80].lower() else link
    address, _, query = link.partition("?")
    host, slash, path = address.partition("/")
    host = _AMP_HOST.sub("", host.removeprefix("www."))
    path = unquote(slash + path)
    path = _INDEX.sub("", _AMP_PATH.sub("", path)).rstrip("/")
    query = _page_query(query)
    if "." not in host or not (path or query):
        return ""
    return f"{host}{path}?{query}" if query else f"{host}{path}"


def fragments_differ(url: str, other: str) -> bool:
    """Say whether two addresses name different places of what may be one page."""
    mine, others = (normalise_link(one).partition("#")[2] for one in (url, other))
    return bool(mine and others) and mine != others


def _page_query(query: str) -> str:
    """Return the parameters that say which page it is, in order of their names."""
    if not query:
        return ""
    pairs = [
        (name, value)
        for name, value in parse_qsl(query, keep_blank_values=True)
        if name.lower() not in _AMP_PARAMETERS
        and not (name.lower() in _REFERRERS and (not value or _CHANNELS.fullmatch(value)))
    ]
    return urlencode(sorted(pairs))
