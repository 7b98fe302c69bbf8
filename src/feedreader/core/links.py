"""Which addresses may be opened, and which host they truly lead to."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

MAX_URL_CHARS: Final = 8192

# What most links are: nothing to repair, nothing to doubt.
_PLAIN: Final = re.compile(r"https?://[a-z0-9][a-z0-9.-]*[a-z0-9](?:[/?#][!#-;=?-\[\]_a-z~]*)?")
_SCHEME: Final = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
# Browsers drop these wherever they stand in an address, so "java\nscript:" is a script.
_DROPPED: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff\ufff9-\uffff\U000e0000-\U000e0fff]"
)
_UNQUOTED: Final = re.compile(r"[\s\"<>`{}|\\^]")
_HOST: Final = re.compile(r"[\w](?:[\w.-]*[\w])?\.?")
_MAILTO: Final = re.compile(r"mailto:[^\s@<>]+@[^\s@<>?]+(?:\?.*)?", re.IGNORECASE)

_CJK_SCRIPTS: Final = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"})
# Letters of other scripts that pass for Latin ones.
_LATIN_LOOKALIKES: Final = frozenset("асԁеһіјӏорԛѕԝхуѵүгпԍьҽклмнтвοανρτυικωγηχεϲϳօոսցհզԛ")


def is_plain_link(url: str) -> bool:
    """Say whether an address is absolute, for the web, and of harmless characters alone."""
    return len(url) <= MAX_URL_CHARS and _PLAIN.fullmatch(url) is not None


def safe_link(url: str) -> str:
    """Return the address as it may be opened, or "" unless it is http, https or mailto.

    White space and controls are gone as in a browser; the host is there and well formed.
    """
    if is_plain_link(url):
        return url
    url = _DROPPED.sub("", url.strip())
    scheme = _SCHEME.match(url)
    if scheme is None or len(url) > MAX_URL_CHARS:
        return ""
    name = scheme[1].lower()
    if name == "mailto":
        url = _UNQUOTED.sub(lambda char: quote(char[0]), url)
        return url if _MAILTO.fullmatch(url) else ""
    if name not in ("http", "https"):
        return ""
    # A browser takes a backslash for a slash: the host ends there.
    rest = url[scheme.end() :]
    head, mark, tail = _split_first(rest, "?#")
    rest = head.replace("\\", "/") + mark + tail
    url = f"{name}:{_UNQUOTED.sub(lambda char: quote(char[0]), rest)}"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return ""
    return url if _is_host(host) else ""


def resolve_link(url: str, base_url: str) -> str:
    """Return a safe absolute address, or "" if there is none.

    `base_url` is what `safe_link` gave, or "".
    """
    if is_plain_link(url):
        return url
    url = _DROPPED.sub("", url.strip())
    if _SCHEME.match(url) or not base_url:
        return safe_link(url)
    try:
        return safe_link(urljoin(base_url, url.replace("\\", "/")))
    except ValueError:
        return ""


def link_host(url: str) -> str:
    """Return the host that an address truly leads to, "" if it may not be opened.

    Labels of mixed scripts, or of letters that pass for Latin ones, are given in punycode.
    """
    url = safe_link(url)
    if url.startswith("mailto:"):
        host = url.partition("?")[0].rpartition("@")[2]
    else:
        host = urlsplit(url).hostname or ""
    return ".".join(_true_label(label) for label in host.lower().split("."))


def _split_first(text: str, marks: str) -> tuple[str, str, str]:
    found = [place for mark in marks if (place := text.find(mark)) >= 0]
    if not found:
        return text, "", ""
    place = min(found)
    return text[:place], text[place], text[place + 1 :]


def _is_host(host: str) -> bool:
    if ":" in host:
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            return False
        return True
    return len(host) <= 253 and ".." not in host and _HOST.fullmatch(host) is not None


def _true_label(label: str) -> str:
    if label.isascii() or _is_plain_script(label):
        return label
    return "xn--" + label.encode("punycode").decode("ascii")


def _is_plain_script(label: str) -> bool:
    letters = [char for char in label if not char.isdigit() and char != "-"]
    scripts = {unicodedata.name(char, "?").split()[0] for char in letters}
    if scripts <= {"LATIN"}:
        # Beyond Latin Extended-A stand phonetic letters that look like plain ones.
        return all(char < "\u0180" and char != "ı" for char in letters)
    if "LATIN" in scripts:
        return scripts - {"LATIN"} <= _CJK_SCRIPTS and "HANGUL" not in scripts
    if not scripts <= _CJK_SCRIPTS and len(scripts) > 1:
        return False
    return not all(char in _LATIN_LOOKALIKES for char in letters)
