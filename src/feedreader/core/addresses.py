"""The address that a subscription gets from what a list or a user wrote.

Only `http` and `https` come out: lists hold commands, files, mail boxes and scripts as
well, and none of those may become something to fetch.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from feedreader.core.text import clean_text
from feedreader.core.urls import is_private_name

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(?!\d)", re.IGNORECASE)
_FEED = re.compile(r"(?:feed:(?!\d))+", re.IGNORECASE)
_HTTP = re.compile(r"h+t+p(s?)(?::/{0,3}|/{2,3})", re.IGNORECASE)
"""Also as mistyped: "hhttps://", "http//", "http:/"."""
_BARE_HOST = re.compile(
    r"""( (?:[\w-]+\.)+ (?P<ending> [^\W\d_]{2,24} | xn--[\w-]+ )
        | localhost | (?:\d{1,3}\.){3}\d{1,3} | \[[0-9a-f:.]+\]
        | (?P<label> [\w-]+ ) (?= :\d )
        ) (?: :\d{1,5} )? (?= [/?#] | $ )""",
    re.IGNORECASE | re.VERBOSE,
)
"""A single name is a host by its port alone: `nas:8080/feed`, but `news/feed` is a file."""
_FILE_ENDINGS = frozenset(
    {"asp", "aspx", "atom", "cgi", "htm", "html", "json", "jsp", "opml", "php", "rdf", "rss"}
    | {"txt", "xhtml", "xml"}
)
_HOST = re.compile(r"[^\s/\\?#@:<>|^%`{}\[\]\"]+(?::\d{0,5})?|\[[0-9a-f:.]+\](?::\d{0,5})?")

_REFUSED = {
    "exec": "it runs a command",
    "filter": "it runs a command",
    "file": "it is a file of this machine",
    "query": "it is a saved search",
    "vfolder": "it is a saved search",
    "mailto": "it is a mail address",
    "newsletter": "it is a mail address",
    "javascript": "it is a script",
}


def read_address(text: str) -> str:
    """Return the http(s) address that `text` means; scheme and host in lower case, rest as is.

    `feed://host` is `http://host`, `feed:https://host` is `https://host` (the feed URI
    scheme), and a plain host name gets `https://`, one of the user's own network `http://`.
    Raises ValueError with a reason that repeats nothing of the address but its scheme.
    """
    url = clean_address(text)
    if not url:
        raise ValueError("it has no feed address")
    if url.startswith("|"):
        raise ValueError("it runs a command")
    default = "https"
    if feed := _FEED.match(url):
        url = url[feed.end() :]
        default = "http"
    if http := _HTTP.match(url):
        return _checked(f"http{http[1].lower()}", url[http.end() :])
    if url.startswith("//"):
        return _checked(default, url[2:])
    bare = _BARE_HOST.match(url)
    if bare and _names_host(bare):
        # Few machines of one's own have a certificate that others trust.
        return _checked("http" if is_private_name(bare[1]) else default, url)
    raise ValueError(_why_refused(url))


def clean_address(text: str) -> str:
    """Return `text` without what no address holds: controls, line breaks, outer white space."""
    return clean_text(text).replace("\n", "").replace("\t", "").strip()


def _names_host(bare: re.Match[str]) -> bool:
    ending, label = bare["ending"], bare["label"]
    is_file = ending is not None and ending.lower() in _FILE_ENDINGS
    return not is_file and (label is None or label.lower() not in _REFUSED)


def _checked(scheme: str, rest: str) -> str:
    end = re.search(r"[/?#]|$", rest)
    at = end.start() if end else len(rest)
    user, separator, host = rest[:at].rpartition("@")
    host = host.lower()
    url = f"{scheme}://{user}{separator}{host}{rest[at:]}"
    try:
        # Brackets and ports are checked by reading them.
        is_valid = _HOST.fullmatch(host) is not None and urlsplit(url).port != 0
    except ValueError:
        is_valid = False
    if not is_valid:
        raise ValueError("its address names no valid host")
    return url


def _why_refused(url: str) -> str:
    name = url.partition(":")[0].lower()
    if name in _REFUSED:
        return _REFUSED[name]
    if _SCHEME.match(url) is None:
        return "it is a mail address" if "@" in url else "its address has no host"
    return f"{name[:20]}: is no web address"
