"""Markup that would cost a parser time or memory out of all proportion, made tame.

A parser is quadratic in depth. And it opens formatting that was left open anew in every
paragraph that follows: 90 kB could become 200 MB (HTML standard, "reconstruct the active
formatting elements"). What is said here of a document holds whatever an enemy writes, for it
needs no agreement with the parser on where tags end.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

MAX_DEPTH: Final = 200
MAX_REOPENED_CHARS: Final = 5_000_000
"""The richest of a thousand real entries could come to 750,000."""

_TAGS_WORTH_A_LOOK: Final = MAX_DEPTH * 5
_LIKE_TAGS: Final = 3  # the parser keeps no more open that are equal ("Noah's Ark clause")
_FORMATTING: Final = "b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u"
_FORMATTING_START: Final = re.compile(
    rf"""<(?=((?:{_FORMATTING})
      (?:\s+[\w:-]+(?:="[^"<>]*"|='[^'<>]*'|=[^\s"'<>=`]+)?)*+\s*+/?>)|)(?:{_FORMATTING})[\s/>]""",
    re.IGNORECASE | re.VERBOSE,
)
_FORMATTING_NAME: Final = re.compile(rf"(</?)(?:{_FORMATTING})(?=[\s/>])", re.IGNORECASE)
_COMMENT: Final = re.compile(r"<!--(?:-?>|.*?(?:--!?>|\Z))", re.DOTALL)
_NESTING_TAG: Final = re.compile(
    r"""<(/?)(?!(?:p|li|d[dt]|t[dhr]|a|br|img|hr|wbr|col|input|link|meta|source|embed)[\s/>])
    ([a-zA-Z][^\s/<>]*+)(?:[^<>"']++|"[^"]*+"|'[^']*+')*+>""",
    re.VERBOSE | re.IGNORECASE,
)


def reopened_chars(html: str) -> int:
    """Return how many characters of formatting a parser adds to a document at the most.

    At each tag it may open all formatting anew, three times what is equal.
    """
    kinds = set(_FORMATTING_START.findall(html))
    if "" in kinds:  # where that tag ends is not plain
        return html.count("<") * len(html)
    return html.count("<") * _LIKE_TAGS * sum(map(len, kinds))


def tame(html: str) -> str:
    """Return HTML without what nests too deep, and plain where its formatting would explode.

    No word is lost. Few documents have enough tags to need a look.
    """
    tags = html.count("<")
    if tags > _TAGS_WORTH_A_LOOK:
        html = _limit_depth(html)
    can_explode = tags * _LIKE_TAGS * len(html) > MAX_REOPENED_CHARS
    if can_explode and reopened_chars(html) > MAX_REOPENED_CHARS:
        html = _FORMATTING_NAME.sub(r"\1span", html)
    return html


def _limit_depth(html: str) -> str:
    """Return the HTML without the tags that nest deeper than `MAX_DEPTH`; their text stays."""
    if "<!--" in html:
        html = _COMMENT.sub("", html)  # it could hold tags that close nothing
    open_tags: Counter[str] = Counter()
    depth = 0

    def keep(tag: re.Match[str]) -> str:
        nonlocal depth
        name = tag[2].lower()
        if not tag[1]:
            open_tags[name] += 1
            depth += 1
            return tag[0] if depth <= MAX_DEPTH else ""
        if not open_tags[name]:
            return ""
        open_tags[name] -= 1
        depth -= 1
        return tag[0] if depth < MAX_DEPTH else ""

    return _NESTING_TAG.sub(keep, html)
