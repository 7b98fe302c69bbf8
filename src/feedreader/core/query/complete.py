"""What could stand at the cursor of a search bar."""

from __future__ import annotations

import re
from dataclasses import dataclass

from feedreader.core.query.fields import FIELDS, FieldDoc
from feedreader.core.query.resolve import Context
from feedreader.core.query.tree import Name, Words
from feedreader.core.query.unparse import to_text

MAX_COMPLETIONS = 50

_PIECE = re.compile(r'"(?:\\.|[^"\\])*(?:"\*?|\Z)|[\s()]|[^\s()"]+', re.DOTALL)
_DAYS = ("today", "yesterday")
_AGES = ("1h", "1d", "1w", "1m", "1y")
_SAMPLES = {
    "before": _DAYS,
    "after": _DAYS,
    "on": _DAYS,
    "newer": _AGES,
    "older": _AGES,
    "words": (">1000", "<300"),
    "minutes": ("<5", ">15"),
    "copies": (">1",),
    "score": (">0",),
    "limit": ("10", "50"),
}


@dataclass(frozen=True, slots=True)
class Completion:
    """A text to put in place of `query[start:end]`."""

    text: str
    start: int
    end: int
    meaning: str


def complete(query: str, cursor: int, context: Context) -> tuple[Completion, ...]:
    """Return what the word before the cursor could become, likely ones first, 50 at most.

    Without a word, all fields are offered. Never raises.
    """
    cursor = max(0, min(cursor, len(query)))
    start, end = _word_at(query, cursor)
    while query[start:cursor].startswith(("-", "!")):
        start += 1
    name, colon, typed = query[start:cursor].partition(":")
    field = FIELDS.get(name.lower())
    if not colon:
        offers = [
            (f"{f.name}:", f.meaning) for f in FIELDS.values() if f.name.startswith(name.lower())
        ]
    elif field is None:
        offers = []
    else:
        offers = _offer_values(field, typed, context)
    return tuple(Completion(text, start, end, note) for text, note in offers[:MAX_COMPLETIONS])


def _word_at(query: str, cursor: int) -> tuple[int, int]:
    """Return where the word that the cursor touches begins and ends."""
    start = 0
    for match in _PIECE.finditer(query):
        if match[0].isspace() or match[0] in "()":
            if match.start() >= cursor:
                return start, match.start()
            start = match.end()
    return start, len(query)


def _offer_values(field: FieldDoc, typed: str, context: Context) -> list[tuple[str, str]]:
    names = _names(field, context)
    if names:
        found = _find(names, _unquote(typed))
        if field.name == "feed":
            return [(to_text(Words("feed", name)), note) for name, note in found]
        return [(to_text(Name(field.name, name)), note) for name, note in found]  # type: ignore[arg-type]
    fixed = [(value.value, value.meaning) for value in field.values]
    samples = [(sample, field.meaning) for sample in _SAMPLES.get(field.name, ())]
    offered = [(value, note) for value, note in fixed + samples if value.startswith(typed.lower())]
    return [(f"{field.name}:{value}", note) for value, note in offered]


def _names(field: FieldDoc, context: Context) -> dict[str, str]:
    """Return the names that the context knows for a field, each with a note."""
    match field.name:
        case "feed":
            return {feed.title or feed.url: feed.url for feed in context.feeds}
        case "folder":
            paths = {path for feed in context.feeds for path in feed.folders}
            ways = {path[:depth] for path in paths for depth in range(1, len(path) + 1)}
            return {"/".join(path): "folder" for path in ways}
        case "tag":
            of_feeds = {tag for feed in context.feeds for tag in feed.tags}
            return dict.fromkeys(of_feeds.union(context.tags), "tag")
        case "search":
            return dict(context.searches)
    return {}


def _find(names: dict[str, str], typed: str) -> list[tuple[str, str]]:
    """Return names that begin with what was typed, then those that contain it."""
    wanted = typed.casefold()
    ranked = [
        (not name.casefold().startswith(wanted), name.casefold(), name, note)
        for name, note in names.items()
        if wanted in name.casefold()
    ]
    return [(name, note) for _, _, name, note in sorted(ranked)]


def _unquote(typed: str) -> str:
    if not typed.startswith('"'):
        return typed
    return re.sub(r"\\(.)", r"\1", typed[1:].removesuffix('"'))
