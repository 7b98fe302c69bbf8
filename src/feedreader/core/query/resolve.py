"""Tree + context -> conditions on one entry's columns, which SQL and matcher both follow.

All that a query says about feeds, folders, saved searches, dates and words is decided here,
once, so that the two cannot differ.

How words are found: as SQLite FTS5 splits them, whole words, without case and diacritics.
Scripts that put no spaces between words (Chinese, Japanese, Thai …) and symbols (emoji) cannot
be found that way; a word with such characters is found as a piece of the text instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from typing import NoReturn

from feedreader.core.query.moments import DAY_NAMES, ago, span
from feedreader.core.query.parse import MAX_LEVELS, MAX_TERMS, parse
from feedreader.core.query.tree import (
    Age,
    And,
    Date,
    Ids,
    Name,
    Node,
    Not,
    Number,
    Or,
    Pattern,
    Query,
    State,
    Term,
    Words,
)
from feedreader.core.query.words import case_forms, find_words, has_piece, has_words, lower_ascii
from feedreader.core.text import WORDS_PER_MINUTE
from feedreader.errors import QueryError
from feedreader.model import FolderPath


@dataclass(frozen=True, slots=True)
class FeedName:
    """What queries may call a feed; `title` is the one shown to the user."""

    id: int
    title: str = ""
    url: str = ""
    folders: tuple[FolderPath, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Context:
    """What a query may refer to. `timezone` is where days begin."""

    now: datetime
    feeds: Sequence[FeedName] = ()
    searches: Mapping[str, str] = field(default_factory=dict)
    """Saved queries by name."""
    tags: Sequence[str] = ()
    """Of stories; only completion needs them."""
    timezone: tzinfo = UTC

    @cached_property
    def folded_searches(self) -> Mapping[str, str]:
        """Saved queries by name, in capitals or not: one context serves many queries."""
        return {name.casefold(): text for name, text in self.searches.items()}

    @cached_property
    def known_searches(self) -> str:
        """The first names of saved queries, in words."""
        return ", ".join(sorted(self.searches)[:10])


# --- conditions -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; without parts: true."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """One part or more holds; without parts: false."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Unless:
    """The part does not hold."""

    part: Condition


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in a row within one of the columns; the last may go on if `is_prefix`."""

    columns: tuple[str, ...]
    words: tuple[str, ...]
    is_prefix: bool


@dataclass(frozen=True, slots=True)
class Contains:
    """One of the needles is a piece of one of the columns, ASCII letters in lower case."""

    columns: tuple[str, ...]
    needles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matches:
    """The regular expression is found in one of the columns."""

    columns: tuple[str, ...]
    pattern: str


@dataclass(frozen=True, slots=True)
class Lists:
    """One of the values stands in a column of several, ASCII letters in lower case."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Speaks:
    """The language is the one of the tag, or a variety of it."""

    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    """The number in the column is one of these."""

    column: str
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """One of these rules did something to it."""

    rule_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Within:
    """The number in the column lies between both bounds, included; None is open."""

    column: str
    low: int | None
    high: int | None


Condition = (
    All | Some | Unless | Phrase | Contains | Matches | Lists | Speaks | OneOf | Hit | Within
)

_TEXT_COLUMNS = {
    "": ("title", "authors", "text"),
    "intitle": ("title",),
    "intext": ("text",),
    "author": ("authors",),
    "inurl": ("link",),
}
_STATES = {
    "is:unread": Within("is_read", 0, 0),
    "is:read": Within("is_read", 1, 1),
    "is:starred": Within("is_starred", 1, 1),
    "is:unstarred": Within("is_starred", 0, 0),
    "is:later": Within("is_later", 1, 1),
    "is:edited": Within("is_edited", 1, 1),
    "is:muted": Within("is_muted", 1, 1),
    "is:full": Within("full_text_source", 1, None),
    "has:enclosure": Within("enclosure_count", 1, None),
    "has:image": Within("has_image", 1, 1),
    "has:code": Within("has_code", 1, 1),
    "has:tag": Within("has_tag", 1, 1),
    "has:link": Within("has_link", 1, 1),
}
_NUMBER_COLUMNS = {"words": "word_count", "copies": "copy_count", "score": "score"}


def resolve(query: Query, context: Context) -> Condition:
    """Return what a query asks of an entry.

    Raises QueryError for a saved search that is unknown, unreadable or contains itself; it
    points into `query.text`.
    """
    return _Resolver(query.text, context).resolve(query.tree, ())


class _Resolver:
    def __init__(self, text: str, context: Context) -> None:
        self.text = text
        self.context = context
        self.terms = 0
        self.levels = 0

    def resolve(self, node: Node, path: tuple[str, ...]) -> Condition:
        """`path` holds the saved searches that led here, by folded name."""
        if not isinstance(node, And | Or | Not):
            self.terms += 1
            if self.terms > MAX_TERMS:
                self._fail(f"more than {MAX_TERMS} terms in all")
            return self._resolve_term(node, path)
        self._descend()
        parts = node.parts if not isinstance(node, Not) else (node.part,)
        conditions = tuple(self.resolve(part, path) for part in parts)
        self.levels -= 1
        match node:
            case And():
                return All(tuple(_flatten(All, conditions)))
            case Or():
                return Some(tuple(_flatten(Some, conditions)))
            case Not():
                return Unless(conditions[0])

    def _resolve_term(self, node: Term, path: tuple[str, ...]) -> Condition:
        match node:
            case Name("search", name, position):
                return self._resolve_search(name, position, path)
            case Words("feed", text, is_prefix):
                return self._resolve_feed(text, is_prefix)
            case Words(field, text, is_prefix):
                words = find_words(text)
                if words:
                    return Phrase(_TEXT_COLUMNS[field], words, is_prefix)
                return Contains(_TEXT_COLUMNS[field], case_forms(text))
            case Pattern(field, pattern, flags):
                columns = _TEXT_COLUMNS[field] if field else ("title", "text")
                return Matches(columns, f"(?{flags}){pattern}" if flags else pattern)
            case Name(field, value):
                return self._resolve_name(field, value)
            case Ids("rule", ids):
                return Hit(ids)
            case Ids(field, ids):
                return OneOf("id" if field == "id" else "feed_id", ids)
            case State(field, value):
                return _STATES[f"{field}:{value}"]
            case Number("minutes", low, high):
                return Within("word_count", *_words_of_minutes(low, high))
            case Number(field, low, high):
                return Within(_NUMBER_COLUMNS[field], low, high)
            case Date() | Age():
                return self._resolve_time(node)

    def _resolve_search(self, name: str, position: int, path: tuple[str, ...]) -> Condition:
        key = name.casefold()
        text = self.context.folded_searches.get(key)
        if text is None:
            known = self.context.known_searches
            hint = f"known are: {known}" if known else "there are none yet"
            self._fail(f"no saved search is called '{name}'", position, hint)
        if key in path:
            self._fail(f"the saved search '{name}' contains itself", position)
        self._descend()
        try:
            condition = self.resolve(parse(text).tree, (*path, key))
        except QueryError as error:
            self._fail(f"in the saved search '{name}': {error.message}", position, error.hint)
        self.levels -= 1
        return condition

    def _descend(self) -> None:
        self.levels += 1
        if self.levels > MAX_LEVELS:
            self._fail("too many parentheses and saved searches inside of each other")

    def _fail(self, message: str, position: int = 0, hint: str = "") -> NoReturn:
        """Raise; of the positions on the way out, the last one set is the one in `self.text`."""
        raise QueryError(message, query=self.text, position=position, hint=hint)

    def _resolve_feed(self, text: str, is_prefix: bool) -> Condition:
        words, forms = find_words(text), case_forms(text)
        return self._feeds(
            feed.id
            for feed in self.context.feeds
            if any(
                has_words(name, words, is_prefix) if words else has_piece(name, forms)
                for name in (feed.title, feed.url)
            )
        )

    def _resolve_name(self, field: str, value: str) -> Condition:
        if field == "folder":
            return self._resolve_folder(value)
        # Names are of one line; the store tells categories apart by line breaks.
        forms = case_forms(value.replace("\n", " "))
        if field == "inurl":
            return Contains(("link",), forms)
        if field == "lang":
            return Speaks(tuple(form.replace("_", "-") for form in forms))
        if field == "category":
            return Lists("categories", forms)
        feeds = self._feeds(
            feed.id
            for feed in self.context.feeds
            if any(lower_ascii(tag) in forms for tag in feed.tags)
        )
        return Some((Lists("tags", forms), feeds))

    def _resolve_folder(self, value: str) -> Condition:
        # Commands write a slash of a name as "\\/".
        wanted = value.replace("\\/", "/").strip("/").casefold()
        return self._feeds(
            feed.id
            for feed in self.context.feeds
            if any(
                (name := "/".join(path).casefold()) == wanted
                or (wanted and name.startswith(wanted + "/"))
                for path in feed.folders or ((),)
            )
        )

    def _resolve_time(self, node: Date | Age) -> Condition:
        now, zone = self.context.now, self.context.timezone
        if isinstance(node, Age):
            moment = ago(node.amount, node.unit, now, zone)
            if node.field == "newer":
                return Within("sort_at", moment, None)
            return Within("sort_at", None, moment - 1)
        start, end = span(node.first, now, zone)
        if node.field == "before":
            return Within("sort_at", None, start - 1)
        if node.field == "after":
            return Within("sort_at", start, None)
        if node.last:
            end = span(node.last, now, zone)[1]
            # Of today and yesterday no one can say whether they will come before the other end.
            if end <= start and not {node.first, node.last} & set(DAY_NAMES):
                hint = f"did you mean on:{node.last}..{node.first}?"
                self._fail("on: ends before it begins", node.position, hint)
        return Within("sort_at", start, end - 1)

    @staticmethod
    def _feeds(ids: Iterable[int]) -> Condition:
        return OneOf("feed_id", tuple(sorted(ids)))


def _flatten(kind: type[All | Some], parts: Iterable[Condition]) -> Iterator[Condition]:
    """Take the parts of what a saved search brought in, so that one MATCH can serve them all."""
    for part in parts:
        yield from part.parts if isinstance(part, kind) else (part,)


def _words_of_minutes(low: int | None, high: int | None) -> tuple[int | None, int | None]:
    """Return the numbers of words that take so many minutes, as `reading_minutes` counts them."""
    first = None if low is None else max(0, (low - 1) * WORDS_PER_MINUTE + (low > 1))
    last = None if high is None else high * WORDS_PER_MINUTE if high > 0 else -1
    return first, last
