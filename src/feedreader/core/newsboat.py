"""Newsboat's files: its `urls` list, the rules of its `config`, the rows of its cache.db.

Read as Newsboat 2.x reads them (doc/newsboat.adoc; its tokenizer). What would run a command
or read a file comes out apart, for the caller to refuse. Filter expressions are read by
core/query/newsboat.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from feedreader.core.addresses import read_address
from feedreader.core.query import parse, to_text
from feedreader.core.query.newsboat import translate_query
from feedreader.core.query.tree import Pattern, Words
from feedreader.core.text import clean_line
from feedreader.core.urls import mask_secrets
from feedreader.errors import QueryError


@dataclass(frozen=True, slots=True)
class NewsboatFeed:
    """A feed of a `urls` file. Texts are safe to print."""

    url: str
    title: str = ""
    """The `~title` tag; "" if there is none."""
    tags: tuple[str, ...] = ()
    is_hidden: bool = False
    """It has a tag that begins with `!`: Newsboat keeps it out of its feed list."""


@dataclass(frozen=True, slots=True)
class NewsboatSearch:
    """A `query:` line."""

    name: str
    expression: str
    """In Newsboat's language, as written; see core/query/newsboat.py."""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewsboatCommand:
    """A line that runs a program or reads a file of this machine."""

    kind: str
    """`exec`, `filter` or `file`."""
    command: str
    """The command line, or the `file:` address. Unsafe to run, may hold secrets."""
    url: str = ""
    """`filter` only: what the program gets to read."""
    title: str = ""
    tags: tuple[str, ...] = ()
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class NewsboatUrls:
    """A `urls` file, read; in the file's order."""

    feeds: tuple[NewsboatFeed, ...] = ()
    searches: tuple[NewsboatSearch, ...] = ()
    commands: tuple[NewsboatCommand, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    """(what, why), one safe line each without secrets."""


@dataclass(frozen=True, slots=True)
class NewsboatConfig:
    """What a `config` file says of entries; all else in it is about how Newsboat looks."""

    rules: tuple[str, ...] = ()
    """In our language, in the file's order."""
    searches: tuple[NewsboatSearch, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    """(what, why), one safe line each."""


@dataclass(frozen=True, slots=True)
class NewsboatItem:
    """What a row of cache.db's `rss_item` says of an entry."""

    feed_url: str
    guid: str
    link: str
    is_read: bool
    tags: tuple[str, ...]
    """A `flag:a` for each letter of the flags; Newsboat has no star."""


# --- urls -------------------------------------------------------------------

_ADDRESS_LINE = re.compile(
    r"\"?(?:https?://|feed:|file://|exec:|filter:|query:[^:]*:)", re.IGNORECASE
)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t"}


def looks_like_urls_file(data: bytes) -> bool:
    """Whether `data` is a `urls` file rather than OPML: its first line of content says so."""
    for line in _decode(data[:65_536]).splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            return bool(_ADDRESS_LINE.match(line.lstrip())) or _begins_with_bare_address(line)
    return False


def _begins_with_bare_address(line: str) -> bool:
    """Tell `a.example/feed news` from prose, which may begin with `Node.js`."""
    first = next(iter(tokenize(line)), "")
    try:
        return "/" in first and bool(read_address(first))
    except ValueError:
        return False


def read_urls(data: bytes) -> NewsboatUrls:
    """Return what a `urls` file lists; lines that Newsboat could not use are in `skipped`."""
    feeds: list[NewsboatFeed] = []
    searches: list[NewsboatSearch] = []
    commands: list[NewsboatCommand] = []
    skipped: list[tuple[str, str]] = []
    for line in _decode(data).splitlines():
        tokens = tokenize(line)
        if not tokens:
            continue
        address, words = tokens[0], [clean_line(token) for token in tokens[1:]]
        # A later ~title wins, as in Newsboat.
        title = next((word[1:] for word in reversed(words) if word.startswith("~")), "")
        tags = tuple(dict.fromkeys(word for word in words if word and word[0] not in "~!"))
        is_hidden = any(word.startswith("!") for word in words)
        kind, _, rest = address.partition(":")
        if kind == "query":
            name, _, expression = rest.partition(":")
            if name and expression.strip():
                searches.append(NewsboatSearch(clean_line(name), expression.strip(), tags))
            else:
                skipped.append((_shorten(address), "a query needs a name and an expression"))
        elif kind in ("exec", "file"):
            command = rest if kind == "exec" else address
            commands.append(NewsboatCommand(kind, command, "", title, tags, is_hidden))
        elif kind == "filter":
            command, _, url = rest.partition(":")
            commands.append(NewsboatCommand(kind, command, url, title, tags, is_hidden))
        else:
            try:
                feeds.append(NewsboatFeed(read_address(address), title, tags, is_hidden))
            except ValueError as refusal:
                skipped.append((_shorten(address), str(refusal)))
    return NewsboatUrls(tuple(feeds), tuple(searches), tuple(commands), tuple(skipped))


def tokenize(line: str) -> list[str]:
    r"""Split a line as Newsboat does: at white space, outside of "…" with backslash escapes.

    A `#` at the beginning of a token starts a comment; a quote that never ends ends with
    the line. Backslashes count within quotes only; before an unknown letter they vanish.
    """
    tokens: list[str] = []
    at = 0
    while True:
        while at < len(line) and line[at] in " \t\r\n":
            at += 1
        if at >= len(line) or line[at] == "#":
            return tokens
        if line[at] != '"':
            end = at
            while end < len(line) and line[end] not in " \t\r\n":
                end += 1
            tokens.append(line[at:end])
            at = end
            continue
        token: list[str] = []
        at += 1
        while at < len(line) and line[at] != '"':
            if line[at] == "\\" and at + 1 < len(line):
                at += 1
                token.append(_ESCAPES.get(line[at], line[at]))
            elif line[at] != "\\":
                token.append(line[at])
            at += 1
        at += 1
        tokens.append("".join(token))


def map_cache_row(
    *, feed_url: str, guid: str, url: str, unread: int | None, flags: str | None
) -> NewsboatItem:
    """Return what a row of cache.db's table `rss_item` (feedurl, guid, url, …) says."""
    letters = dict.fromkeys(letter for letter in flags or "" if letter.isalpha())
    return NewsboatItem(
        feed_url=feed_url,
        guid=guid,
        link=url,
        is_read=not unread,
        tags=tuple(f"flag:{letter}" for letter in letters),
    )


# --- config -----------------------------------------------------------------

_COLOURS: Final = {
    "red": "red",
    "green": "green",
    "yellow": "yellow",
    "blue": "blue",
    "cyan": "blue",
    "magenta": "violet",
}
_OTHER_COLOUR: Final = "orange"


def read_config(data: bytes) -> NewsboatConfig:
    """Return the kill rules, highlights and named filters of a `config` file."""
    rules: list[str] = []
    searches: list[NewsboatSearch] = []
    skipped: list[tuple[str, str]] = []
    for line in re.sub(r"\\\r?\n", " ", _decode(data)).splitlines():
        tokens = tokenize(line)
        if not tokens:
            continue
        try:
            match tokens:
                case ["ignore-article", feed, expression, *_]:
                    query = translate_query(expression)
                    if feed != "*":
                        query = f"{_feed_query(feed)} ({query})"
                    rules.append(f"when {query} then mute")
                case ["highlight-article", expression, colour, *_]:
                    query = translate_query(expression)
                    rules.append(f"when {query} then highlight:{_colour(colour)}")
                case ["highlight", "articlelist" | "all", regex, colour, *_]:
                    query = to_text(Pattern("intitle", regex, "i"))
                    parse(query)
                    rules.append(f"when {query} then highlight:{_colour(colour)}")
                case ["define-filter", name, expression, *_]:
                    searches.append(NewsboatSearch(clean_line(name), expression))
                case ["ignore-article" | "highlight-article" | "define-filter", *_]:
                    skipped.append((_shorten(line), "something is missing in it"))
                case ["include", file, *_]:
                    skipped.append((_shorten(line), f"import {_shorten(file)} by itself"))
        except QueryError as error:
            skipped.append((_shorten(line), error.message))
    return NewsboatConfig(tuple(dict.fromkeys(rules)), tuple(searches), tuple(skipped))


def _feed_query(feed: str) -> str:
    """Return the condition for the feed of a kill rule: an address, or a pattern that begins one.

    Raises QueryError for other patterns.
    """
    if feed.startswith("regex:"):
        plain = re.sub(r"\.\*\$?$", "", feed.removeprefix("regex:")).removeprefix("^")
        plain = plain.replace("\\", "")
        if re.search(r"[*+?\[\](){}|^$]", plain):
            raise QueryError("feeds cannot be found by such patterns", query=feed, position=0)
        feed = plain
    return to_text(Words("feed", feed))


def _colour(name: str) -> str:
    return _COLOURS.get(name.lower(), _OTHER_COLOUR)


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("windows-1252", "replace")


def _shorten(text: str) -> str:
    return clean_line(mask_secrets(clean_line(text))[:80])
