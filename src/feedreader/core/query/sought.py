"""Query -> the places in a title or text of the words that it looks for.

They are found as the query finds entries: whole words in FTS5's folding, begun words where they
may go on, pieces of scripts without spaces, regular expressions. What it excludes, and what it
asks of other fields, has no place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, Literal

from feedreader.core.query.patterns import find_regex
from feedreader.core.query.resolve import (
    All,
    Condition,
    Contains,
    Context,
    Matches,
    Phrase,
    Some,
    Unless,
    resolve,
)
from feedreader.core.query.tree import Query
from feedreader.core.query.unicode61 import fold
from feedreader.core.query.words import lower_ascii
from feedreader.core.width import whole_clusters

Column = Literal["title", "text"]
Range = tuple[int, int]

_COLUMNS: Final[tuple[Column, ...]] = ("title", "text")
_MOST: Final = 2_000
"""Places of one term in one text."""
_TIMEOUT_S: Final = 0.01
"""A regular expression that takes longer on what is to be drawn is not asked again."""
_LONE_BREAK: Final = re.compile(r"(?<!\n)\n(?!\n)")


class Sought:
    """The words that a query looks for."""

    def __init__(self, terms: Iterable[Phrase | Contains | Matches]) -> None:
        terms = tuple(terms)
        self._in = {
            column: _Terms([term for term in terms if column in term.columns])
            for column in _COLUMNS
        }

    def find(self, text: str, column: Column) -> list[Range]:
        """Return where they stand in a text, in order and apart from each other, as offsets.

        A single line break is where a line was wrapped: a piece of text may go on behind it,
        and regular expressions see a space.
        """
        return whole_clusters(text, _join(self._in[column].find(text)))


def compile_sought(query: Query, context: Context) -> Sought | None:
    """Return what a query looks for in titles and texts, or None if that is nothing.

    Raises QueryError for saved searches that cannot be resolved.
    """
    terms = tuple(_terms(resolve(query, context), is_wanted=True))
    return Sought(terms) if terms else None


def _terms(condition: Condition, *, is_wanted: bool) -> Iterator[Phrase | Contains | Matches]:
    match condition:
        case All(parts) | Some(parts):
            for part in parts:
                yield from _terms(part, is_wanted=is_wanted)
        case Unless(part):
            yield from _terms(part, is_wanted=not is_wanted)
        case Phrase(columns) | Contains(columns) | Matches(columns):
            if is_wanted and not set(_COLUMNS).isdisjoint(columns):
                yield condition


class _Terms:
    """What is looked for in one column."""

    def __init__(self, terms: Iterable[Phrase | Contains | Matches]) -> None:
        phrases: dict[str, int] = {}
        self._pieces: list[re.Pattern[str]] = []
        self._patterns: list[str] = []
        for term in terms:
            match term:
                case Phrase(_, words, is_prefix):
                    pattern = " +".join(words) + ("[^ ]*" if is_prefix else "")
                    phrases[pattern] = len(words)
                case Contains(_, needles):
                    self._pieces.append(re.compile("|".join(map(_across_lines, needles))))
                case Matches(_, pattern):
                    self._patterns.append(pattern)
        # The longest first: where several begin at one word it is the one to be seen. They are
        # looked for ahead of the space before them, so that the next may begin within one.
        longest = "|".join(sorted(phrases, key=lambda one: -phrases[one]))
        self._phrases = re.compile(f" (?=({longest}) )") if longest else None

    def find(self, text: str) -> Iterator[Range]:
        if self._phrases is not None:
            folded, places = fold(text)
            for match in islice(self._phrases.finditer(f" {folded} "), _MOST):
                start, end = match.span(1)
                yield places[start - 1], places[end - 1]
        if self._pieces:
            lower = lower_ascii(text)
            for piece in self._pieces:
                yield from (match.span() for match in islice(piece.finditer(lower), _MOST))
        if self._patterns:
            flowing = _LONE_BREAK.sub(" ", text)
            for pattern in tuple(self._patterns):
                try:
                    yield from islice(find_regex(pattern, flowing, timeout_s=_TIMEOUT_S), _MOST)
                except (TimeoutError, ValueError):
                    self._patterns.remove(pattern)


def _across_lines(needle: str) -> str:
    return "\n?".join(r"\s" if char == " " else re.escape(char) for char in needle)


def _join(ranges: Iterable[Range]) -> list[Range]:
    """Return ranges in order, those that touch as one, the empty left out."""
    joined: list[Range] = []
    for start, end in sorted(ranges):
        if start == end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
