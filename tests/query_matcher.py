"""What a query finds, told anew and plainly: the SQL is held to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from feedreader.core.query.patterns import compile_regex
from feedreader.core.query.resolve import (
    All,
    Condition,
    Contains,
    Context,
    Hit,
    Lists,
    Matches,
    OneOf,
    Phrase,
    Some,
    Speaks,
    Unless,
    Within,
    resolve,
)
from feedreader.core.query.tree import Query
from feedreader.core.query.words import has_piece, has_words, lower_ascii
from feedreader.model import FullTextSource

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchableEntry:
    """What a query may ask of an entry; the same as the store keeps."""

    id: int
    feed_id: int
    sorted_at: datetime
    title: str = ""
    link: str = ""
    authors: tuple[str, ...] = ()
    text: str = ""
    """Plain text of the best body."""
    language: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """The entry's own; the feed's come from the context."""
    is_read: bool = False
    is_starred: bool = False
    is_later: bool = False
    is_muted: bool = False
    is_edited: bool = False
    word_count: int = 0
    enclosure_count: int = 0
    has_image: bool = False
    has_code: bool = False
    full_text_source: FullTextSource = "none"
    score: int = 0
    copy_count: int = 1
    rule_ids: tuple[int, ...] = ()
    """The rules that did something to it."""


Matcher = Callable[[MatchableEntry], bool]

_TEXTS: dict[str, Callable[[MatchableEntry], str]] = {
    "title": lambda entry: entry.title,
    "authors": lambda entry: "\n".join(entry.authors),
    "text": lambda entry: entry.text,
    "link": lambda entry: entry.link,
}
_NUMBERS: dict[str, Callable[[MatchableEntry], int]] = {
    "id": lambda entry: entry.id,
    "feed_id": lambda entry: entry.feed_id,
    "sort_at": lambda entry: (entry.sorted_at - _EPOCH) // timedelta(seconds=1),
    "is_read": lambda entry: entry.is_read,
    "is_starred": lambda entry: entry.is_starred,
    "is_later": lambda entry: entry.is_later,
    "is_muted": lambda entry: entry.is_muted,
    "is_edited": lambda entry: entry.is_edited,
    "word_count": lambda entry: entry.word_count,
    "enclosure_count": lambda entry: entry.enclosure_count,
    "has_image": lambda entry: entry.has_image,
    "has_code": lambda entry: entry.has_code,
    "has_tag": lambda entry: bool(entry.tags),
    "has_link": lambda entry: bool(entry.link),
    "full_text_source": lambda entry: ("none", "feed", "page").index(entry.full_text_source),
    "score": lambda entry: entry.score,
    "copy_count": lambda entry: entry.copy_count,
}
_LISTS: dict[str, Callable[[MatchableEntry], tuple[str, ...]]] = {
    "categories": lambda entry: entry.categories,
    "tags": lambda entry: entry.tags,
}


def compile_matcher(query: Query, context: Context) -> Matcher:
    """Return a test whether an entry is one that the query finds; sort and limit do not count.

    Raises QueryError for saved searches that cannot be resolved.
    """
    return _build(resolve(query, context))


def _build(condition: Condition) -> Matcher:
    match condition:
        case All(parts):
            tests = [_build(part) for part in parts]
            return lambda entry: all(test(entry) for test in tests)
        case Some(parts):
            tests = [_build(part) for part in parts]
            return lambda entry: any(test(entry) for test in tests)
        case Unless(part):
            excluded = _build(part)
            return lambda entry: not excluded(entry)
        case Phrase(columns, words, is_prefix):
            return _in_texts(columns, lambda text: has_words(text, words, is_prefix))
        case Contains(columns, needles):
            return _in_texts(columns, lambda text: has_piece(text, needles))
        case Matches(columns, pattern):
            return _in_texts(columns, compile_regex(pattern))
        case Lists(column, values):
            read_list = _LISTS[column]
            return lambda entry: any(lower_ascii(item) in values for item in read_list(entry))
        case Speaks(tags):
            starts = tuple(f"{tag}-" for tag in tags)
            return lambda entry: _language(entry).startswith(starts)
        case OneOf(column, ids):
            read_id, wanted = _NUMBERS[column], frozenset(ids)
            return lambda entry: read_id(entry) in wanted
        case Hit(ids):
            rules = frozenset(ids)
            return lambda entry: not rules.isdisjoint(entry.rule_ids)
        case Within(column, low, high):
            return _within(_NUMBERS[column], low, high)


def _in_texts(columns: tuple[str, ...], test: Callable[[str], bool]) -> Matcher:
    read_texts = [_TEXTS[column] for column in columns]
    return lambda entry: any(test(read(entry)) for read in read_texts)


def _within(read: Callable[[MatchableEntry], int], low: int | None, high: int | None) -> Matcher:
    return lambda entry: (
        (low is None or low <= read(entry)) and (high is None or read(entry) <= high)
    )


def _language(entry: MatchableEntry) -> str:
    return lower_ascii(entry.language.replace("_", "-")) + "-"
