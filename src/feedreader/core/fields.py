"""The rules by which the fields of any feed format become an entry's.

One-line text, HTML, addresses, media and update hints: what the formats share, so that every
way of reading a document gives the same entry.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from feedreader.core.links import is_plain_link, resolve_link
from feedreader.core.sanitize import clean_line
from feedreader.model import Enclosure

MAX_ENTRIES = 5_000
MAX_TEXT = 1024 * 1024
"""Characters of any one field."""
MAX_LINE = 10_000
"""Characters of a text field of one line."""
MAX_CATEGORIES = 50
MAX_ENCLOSURES = 50
MAX_AUTHORS = 20

TextType = Literal["text", "html", "xhtml", "guess"]
"""What a text field holds: "guess" where the format does not say (RSS titles)."""

_TOO_MANY_SLASHES = re.compile(r"(?i)^(https?):/{3,}")

_MAX_AUTHOR = 500
_MAIL_ADDRESS = re.compile(
    r"""(?xai) (?: mailto: )? ( [\w.+-]+ @ (?: \[ (?: [0-9]{1,3} \. ){3} [0-9]{1,3} \]
    | (?: [a-z0-9-]+ \. )+ [a-z0-9-]* [a-z0-9] ) (?: \?subject=\S+ )? )"""
)

_TAG = re.compile(
    r"""<(?P<slash>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*(?::[a-zA-Z]+)?)
    (?P<attributes>(?:[\s/](?:[^<>"']|"[^"<]*"|'[^'<]*')*)?)>""",
    re.VERBOSE,
)
_BROKEN_TAG = re.compile(r"<(?P<slash>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*)(?:[\s/][^<>]*)?>")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|<!\[CDATA\[|\]\]>|<[?!][a-zA-Z][^<>]*>", re.DOTALL)
_HIDDEN = re.compile(r"(?is)<(script|style|template)\b[^<>]*>.*?(?:</\1\s*>|\Z)")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_BLANK_LINES = re.compile(r"(?<![ \t])[ \t]*(?:\r\n?|\n)[ \t]*(?:\r\n?|\n)\s*")
_LINE_END = re.compile(r"\r\n?|\n")
_BREAK_IN_TWO = re.compile(r"(<br(?:\s[^<>]*)?>)</br>")

_INLINE_TAGS = frozenset(
    re.findall(
        r"\w+",
        """a abbr acronym b bdi bdo big blink cite code del dfn em font i img ins kbd mark nobr q s
        samp small span strike strong sub sup tt u var wbr""",
    )
)
_BLOCK_TAGS = frozenset(
    re.findall(
        r"\w+",
        """address article aside audio blockquote br center dd div dl dt embed figcaption figure
        footer form h1 h2 h3 h4 h5 h6 header hr iframe li main nav noscript object ol p pre script
        section style table tbody td th tr ul video""",
    )
)
_HTML_TAGS = _INLINE_TAGS | _BLOCK_TAGS
# Titles speak of these more often than they hold them: markup is what has attributes.
_RARE_TAGS = frozenset(
    re.findall(
        r"\w+",
        """applet area base basefont body button canvas caption col colgroup details dialog fieldset
        frame frameset head html input label legend link map math meta optgroup option param picture
        select source summary svg textarea tfoot thead title track""",
    )
)

_DURATION = re.compile(r"(?:(?:(\d{1,4}):)?(\d{1,5}):)?(\d{1,7})(?:\.\d*)?", re.ASCII)
_PERIODS_S = {
    "hourly": 3600,
    "daily": 86_400,
    "weekly": 7 * 86_400,
    "monthly": 30 * 86_400,
    "yearly": 365 * 86_400,
}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_YEAR_S = 365 * 86_400
_MAX_LENGTH = 2**63 - 1


# --- text -------------------------------------------------------------------


def to_line(text: str, text_type: TextType) -> str:
    """Return a text field as plain text of one line, safe to print.

    References are decoded once. Of "guess" text only what is surely HTML is taken as such:
    "1 < 2", "Vec<T>" and "The <blink> tag" stay as they are.
    """
    text = text[:MAX_TEXT]
    if "<" not in text and "&" not in text:
        return clean_line(text[:MAX_LINE])
    if text_type == "guess" and not _looks_like_html(text):
        text_type = "text"
    if text_type != "text":
        flat = _flatten(text, is_guess=text_type == "guess")
        if text_type == "xhtml" and flat != text and _has_pair_of_tags(flat):
            # XHTML has no second layer of markup; who writes one escaped HTML by mistake.
            flat = _flatten(flat, is_guess=True)
        text = flat
    return clean_line(text[:MAX_LINE])


def to_html(text: str, text_type: TextType) -> str:
    """Return a body as HTML, unsafe still; paragraphs of plain text become paragraphs."""
    text = text[:MAX_TEXT].strip()
    if text_type == "text":
        text = html.escape(text, quote=False)
        line_end = "<br>\n"
    elif "<" in text:
        # XHTML's <br/> comes as two tags, and HTML takes the second for another break.
        return _BREAK_IN_TWO.sub(r"\1", text) if "</br>" in text else text
    else:
        line_end = "\n"
    if "\n" not in text and "\r" not in text:
        return text
    paragraphs = [_LINE_END.sub(line_end, part) for part in _BLANK_LINES.split(text)]
    if len(paragraphs) == 1:
        return paragraphs[0]
    return "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)


def _looks_like_html(text: str) -> bool:
    if "&" in text and _ENTITY.search(text):
        return True
    if "<" not in text:
        return False
    for match in _TAG.finditer(text):
        name = match["name"].lower()
        is_closed = match["slash"] or match["attributes"].strip() or name in ("br", "hr", "wbr")
        if name in _HTML_TAGS and is_closed:
            return True
    return False


def _has_pair_of_tags(text: str) -> bool:
    return any(
        match["slash"] and match["name"].lower() in _HTML_TAGS for match in _TAG.finditer(text)
    )


def _flatten(text: str, *, is_guess: bool) -> str:
    """Return the words of HTML; a guess leaves unknown tags standing, which are words."""
    if "<" in text:
        text = _HIDDEN.sub(" ", text)
        text = _COMMENT.sub("", text)

        opened: set[str] = set()

        def strip(match: re.Match[str]) -> str:
            name = match["name"].lower()
            if name in _BLOCK_TAGS:
                return " "
            if not is_guess or name in _HTML_TAGS:
                return ""
            if name in _RARE_TAGS and "=" in match[0]:
                opened.add(name)
                return ""
            return "" if match["slash"] and name in opened else match[0]

        text = _BROKEN_TAG.sub(strip, _TAG.sub(strip, text))
    return html.unescape(text)


def split_author(text: str) -> tuple[str, str]:
    """Return name and mail address of an author's line, each of which may be ""."""
    text = text[:_MAX_AUTHOR]  # the pattern is quadratic
    match = _MAIL_ADDRESS.search(text) if "@" in text else None
    if match is None:
        return text, ""
    name = text.replace(match[0], "")
    for empty in ("()", "<>", "&lt;&gt;"):
        name = name.replace(empty, "")
    return name.strip().removeprefix("(").removesuffix(")").strip(), match[1]


# --- addresses --------------------------------------------------------------


def to_link(url: str, base_url: str) -> str:
    """Return an address as an absolute http, https or mailto URL, else "" (also for "")."""
    if is_plain_link(url):
        return url
    url = url.strip()
    if not url:
        return ""
    start = url[:5].lower()
    if start == "feed:":
        url = url[5:] if url[5:].lower().startswith("http") else f"http:{url[5:]}"
    elif start.startswith("www."):
        url = f"http://{url}"
    return resolve_link(_TOO_MANY_SLASHES.sub(r"\1://", url), base_url)


def to_web_url(url: str, base_url: str) -> str:
    """Return an address as an absolute http or https URL, else ""."""
    link = to_link(url, base_url)
    return "" if link.startswith("mailto:") else link


# --- media ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Media:
    """A media file as a format words it: attributes unread, address unresolved."""

    url: str
    base_url: str
    type: str = ""
    medium: str = ""
    """Media RSS: image, audio, video, document or executable."""
    length: object = None
    title: str = ""
    duration: object = None


def merge_enclosures(media: Iterable[Media], duration: object = None) -> tuple[Enclosure, ...]:
    """Return the media files, each address once, later mentions filling in what is missing.

    `duration` is the entry's own (iTunes); the first sound or film without one gets it.
    """
    merged: dict[str, Enclosure] = {}
    for one in media:
        url = to_web_url(one.url, one.base_url)
        if not url or (url not in merged and len(merged) >= MAX_ENCLOSURES):
            continue
        known = merged.get(url, Enclosure(url))
        media_type = one.type.strip().lower()[:100]
        if not media_type and one.medium:
            media_type = f"{one.medium.strip().lower()[:20]}/*"
        merged[url] = Enclosure(
            url=url,
            type=known.type or clean_line(media_type),
            length=known.length if known.length is not None else parse_length(one.length),
            title=known.title or to_line(one.title, "guess"),
            duration_s=known.duration_s or parse_duration(one.duration),
        )
    seconds = parse_duration(duration)
    if seconds:
        for url, enclosure in merged.items():
            if enclosure.type.startswith(("audio", "video")) or not enclosure.type:
                merged[url] = replace(enclosure, duration_s=enclosure.duration_s or seconds)
                break
    return tuple(merged.values())


def parse_duration(value: object) -> int | None:
    """Return whole seconds of "1:02:03", "62:03" or a number; None for 0 and what is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    match = _DURATION.fullmatch(str(value).strip()[:40])
    if not match:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds or None


def parse_length(value: object) -> int | None:
    """Return a number of bytes; None for 0, which publishers write for "unknown"."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        digits = value.strip()
        value = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 20 else 0
    if isinstance(value, float):
        value = int(value) if 0 < value < _MAX_LENGTH else 0
    return value if isinstance(value, int) and 0 < value <= _MAX_LENGTH else None


# --- lists ------------------------------------------------------------------


def distinct_lines(texts: Iterable[str], limit: int) -> tuple[str, ...]:
    """Return texts as lines, without blanks and repeats, at most `limit`."""
    lines: dict[str, None] = {}
    for text in texts:
        line = to_line(text, "guess")
        if line:
            lines.setdefault(line)
        if len(lines) == limit:
            break
    return tuple(lines)


# --- update hints -----------------------------------------------------------


def parse_ttl(text: str) -> int | None:
    """Return the seconds of an RSS `ttl`, which counts minutes; at most a year."""
    minutes = _parse_positive(text)
    return min(minutes * 60, _YEAR_S) if minutes else None


def parse_update_period(period: str, frequency: str) -> int | None:
    """Return the seconds between updates by the syndication module of RSS 1.0."""
    seconds = _PERIODS_S.get(period.strip().lower())
    if seconds is None:
        return None
    return max(seconds // (_parse_positive(frequency) or 1), 60)


def parse_skip_hours(texts: Iterable[str]) -> frozenset[int]:
    """Return hours 0-23; RSS 0.91 counts to 24, which is midnight."""
    hours = (text.strip() for text in texts)
    return frozenset(int(hour) % 24 for hour in hours if re.fullmatch(r"[01]?[0-9]|2[0-4]", hour))


def parse_skip_days(texts: Iterable[str]) -> frozenset[int]:
    """Return weekdays, Monday is 0."""
    days = (text.strip().lower() for text in texts)
    return frozenset(_DAYS.index(day) for day in days if day in _DAYS)


def _parse_positive(text: str) -> int | None:
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        return None
    return int(digits) or None
