"""Text that is no XML -> the tags of an OPML document.

Start and end tags are read where an XML parser gives up: at bare `&` and `<`, raw quotes
and HTML in attributes, missing quotes, and the end of a file cut in the middle. It takes
time linear in the text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


@dataclass(frozen=True, slots=True)
class Tag:
    """A start or end tag; an empty element is one start tag with `is_closed`."""

    name: str
    is_end: bool = False
    is_closed: bool = False
    attributes: tuple[tuple[str, str], ...] = ()
    text: str = ""
    """Characters between this tag and the next."""


def unescape(text: str) -> str:
    """Return `text` with entities decoded, but only those that end in a semicolon.

    HTML would read `&copy=1` in an address as `©=1`.
    """
    if "&" not in text:
        return text
    return _ILLEGAL.sub("", _ENTITY.sub(lambda found: html.unescape(found[0]), text))


def drop_illegal(text: str) -> str:
    """Return `text` without the characters that no XML document may hold (XML 1.0, 2.2)."""
    return _ILLEGAL.sub("", text)


_TAG_NAME = re.compile(r"<(/?)([A-Za-z_][\w.:-]*)")
_ATTRIBUTE = re.compile(r"""\s*([^\s=<>"'/]++)(?:\s*=\s*(["']|(?:(?!/>)[^\s"'<>])+))?""")
_TAG_END = re.compile(r"\s*(/?)>")
_JUNK = re.compile(r"\s+|[\"'=/]+")
_OWN_NAMES = "category|description|htmlUrl|text|title|type|url|version|xmlUrl"


def _value_marks(quote: str) -> re.Pattern[str]:
    """What may end an attribute value opened by `quote`, or stands in it as raw HTML."""
    return re.compile(
        rf"""
          (?P<end>{quote}) (?= \s*+ (?: /?> | [\w.:-]++ \s*+ = \s*+ ["'] | \Z ) )
        | (?P<lost> (?= \s (?:{_OWN_NAMES}) \s*+ = \s*+ {quote}
                      | < outline \s++ [\w.:-]++ \s*+ =
                      | </ (?:outline|body|opml) \s*+ > ) )
        | </? [a-z][a-z0-9]*+
          (?> \s++ [\w:-]++ (?: \s*+ = \s*+ (?: "[^"<>]*" | '[^'<>]*' | [^\s"'<>]++ ) )? )*+
          \s*+ /?>
        """,
        re.IGNORECASE | re.VERBOSE,
    )


_VALUE_MARKS = {quote: _value_marks(quote) for quote in ('"', "'")}
_NEWLINES = str.maketrans("\t\n\r", "   ")


def scan_tags(text: str) -> Iterator[Tag]:
    """Yield the tags of a document that is no XML, in order."""
    comments_have_ends = True
    at = text.find("<")
    while at >= 0:
        if comments_have_ends and text.startswith("<!--", at):
            end = text.find("-->", at + 4)
            comments_have_ends = end >= 0
            at = text.find("<", max(end, at + 4))
            continue
        name = _TAG_NAME.match(text, at)
        if name is None:
            at = text.find("<", at + 1)
            continue
        attributes: tuple[tuple[str, str], ...] = ()
        is_closed = False
        if name[1]:
            end = name.end()
        else:
            attributes, is_closed, end = _scan_attributes(text, name.end())
        at = text.find("<", end)
        yield Tag(
            name=name[2],
            is_end=bool(name[1]),
            is_closed=is_closed,
            attributes=attributes,
            text=text[end : at if at >= 0 else len(text)],
        )


def _scan_attributes(text: str, at: int) -> tuple[tuple[tuple[str, str], ...], bool, int]:
    """Return the attributes from `at`, whether the tag closes itself, and where it ends."""
    attributes: list[tuple[str, str]] = []
    while at < len(text):
        if end := _TAG_END.match(text, at):
            return tuple(attributes), bool(end[1]), end.end()
        if found := _ATTRIBUTE.match(text, at):
            name, value, at = found[1], found[2] or "", found.end()
            if value in _VALUE_MARKS:
                closed, value, at = _scan_value(text, at, value)
                if not closed:
                    break
            attributes.append((name, unescape(value.translate(_NEWLINES))))
        elif junk := _JUNK.match(text, at):
            at = junk.end()
        else:
            break
    # Where the next tag has cut this one off, a feed cannot be meant to hold what follows.
    return tuple(attributes), any(name.lower() == "xmlurl" for name, _ in attributes), at


def _scan_value(text: str, start: int, quote: str) -> tuple[bool, str, int]:
    """Return whether the value from `start` has an end, the value, and where to go on.

    A value without an end is that of a file cut short, and not to be trusted.
    """
    at = start
    while mark := _VALUE_MARKS[quote].search(text, at):
        if mark["end"]:
            return True, text[start : mark.start()], mark.end()
        if mark["lost"] is not None:
            return True, text[start : mark.start()], mark.start()
        at = mark.end()
    return False, "", len(text)
