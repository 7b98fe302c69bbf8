"""Newsboat's files: its `urls` list, the rows of its cache.db and its filter expressions.

Read as Newsboat 2.x reads them (doc/newsboat.adoc; its tokenizer and filter grammar). What
would run a command or read a file comes out apart, for the caller to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from feedreader.core.addresses import read_address
from feedreader.core.query.parse import parse
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
    """In Newsboat's language, as written; see `translate_query`."""
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
            return bool(_ADDRESS_LINE.match(line.lstrip()))
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


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("windows-1252", "replace")


def _shorten(text: str) -> str:
    return clean_line(mask_secrets(clean_line(text))[:80])


# --- filter expressions -----------------------------------------------------

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>"[^"]*")
      | (?P<range>-?\d+:-?\d+)
      | (?P<number>-?\d+)
      | (?P<op>=~|!~|==|!=|<=|>=|!\#|=|<|>|\#|between\b)
      | (?P<join>(?:and|or)\b)
      | (?P<paren>[()])
      | (?P<name>[A-Za-z_][\w-]*)
    )""",
    re.VERBOSE,
)
_MAX_DEPTH: Final = 100
_NEGATED: Final = {"!=": "=", "!~": "=~", "!#": "#", "<=": ">", ">=": "<"}
_TEXT_FIELDS: Final = {
    "title": "intitle",
    "author": "author",
    "link": "inurl",
    "content": "intext",
    "feedtitle": "feed",
    "rssurl": "feed",
}
_LITERAL = re.compile(r"(?:[^\\^$.\[\]|()*+?{}]|\\[^\w\s]|(?<=\w)\.(?=\w))+")
"""A regular expression that is plain text; the dot of "lwn.net" is meant as one."""


_PLAIN_WORD = re.compile(r"\w[\w.-]*")


@dataclass(frozen=True, slots=True)
class _Term:
    """A piece of our language: what it says, and "AND", "OR" or "" for a single condition."""

    text: str
    join: str = ""

    def within(self, join: str) -> str:
        return f"({self.text})" if self.join and self.join != join else self.text

    def negated(self) -> _Term:
        if self.join:
            return _Term(f"-({self.text})")
        return _Term(self.text[1:] if self.text.startswith("-") else f"-{self.text}")


def translate_query(expression: str) -> str:
    """Return a Newsboat filter expression in our query language.

    `and` and `or` bind equally in Newsboat, from the left; parentheses keep that. A regular
    expression that is a choice of plain texts becomes those words, which the index finds
    but only as whole words; any other stays a regular expression. Raises QueryError where
    our language cannot say it.
    """
    tokens = list(_tokenize_filter(expression))
    if not tokens:
        raise QueryError("the expression is empty", query=expression, position=0)
    query = _Translation(expression, tokens).translate()
    try:
        parse(query)
    except QueryError as error:
        raise QueryError(error.message, query=expression, position=0) from None
    return query


def _tokenize_filter(expression: str) -> Iterator[re.Match[str]]:
    at = 0
    end = len(expression.rstrip())
    while at < end:
        token = _TOKEN.match(expression, at)
        if token is None:
            at = len(expression) - len(expression[at:].lstrip())
            raise QueryError("this is no Newsboat filter expression", query=expression, position=at)
        yield token
        at = token.end()


class _Translation:
    """One pass over the tokens of an expression."""

    def __init__(self, expression: str, tokens: Sequence[re.Match[str]]) -> None:
        self._expression = expression
        self._tokens = tokens
        self._at = 0

    def translate(self) -> str:
        term = self._read_chain(0)
        if self._at < len(self._tokens):
            raise self._error('expected "and" or "or"')
        return term.text

    def _read_chain(self, depth: int) -> _Term:
        if depth > _MAX_DEPTH:
            raise self._error("parentheses nest too deep")
        term = self._read_term(depth)
        while self._peek("join"):
            join = "AND" if self._take("join", "") == "and" else "OR"
            right = self._read_term(depth)
            space = " " if join == "AND" else " OR "
            term = _Term(f"{term.within(join)}{space}{right.within(join)}", join)
        return term

    def _read_term(self, depth: int) -> _Term:
        if self._peek("paren") == "(":
            self._at += 1
            term = self._read_chain(depth + 1)
            if self._peek("paren") != ")":
                raise self._error('")" is missing')
            self._at += 1
            return term
        start = self._at
        attribute = self._take("name", "expected the name of an attribute").lower()
        operator = self._take("op", "expected an operator")
        operator = "=" if operator == "==" else operator
        kind = next((k for k in ("string", "range", "number") if self._peek(k)), "")
        value = self._take(kind or "string", "expected a value").strip('"')
        plain = _NEGATED.get(operator, operator)
        term = self._condition(attribute, plain, value, start)
        return term.negated() if plain != operator else term

    def _condition(self, attribute: str, operator: str, value: str, at: int) -> _Term:
        if attribute == "unread" and operator == "=" and value in ("yes", "no"):
            return _Term("is:unread" if value == "yes" else "is:read")
        if attribute == "age":
            return self._age(operator, value, at)
        if attribute == "tags" and operator == "#":
            return _Term(f"tag:{_quote(value)}")
        if (
            attribute == "flags"
            and operator in ("#", "=~", "=")
            and re.fullmatch("[a-zA-Z]", value)
        ):
            return _Term(f'tag:"flag:{value}"')
        if attribute == "enclosure_url" and operator == "=" and not value:
            return _Term("-has:enclosure")
        field = _TEXT_FIELDS.get(attribute)
        if field and operator == "=~" and value:
            return self._match(field, value, at)
        if field in ("feed", "author") and operator == "=" and value:
            return _Term(f"{field}:{_quote_words(value)}")
        if field in ("intitle", "inurl") and operator == "=" and value:
            return _Term(f"{field}:/^{_slashed(re.escape(value))}$/")
        raise self._error(f'"{attribute} {operator}" has no counterpart', at)

    def _age(self, operator: str, value: str, at: int) -> _Term:
        """Ages are whole days: `age < 3` is what came within the last 3 × 24 hours."""
        days = [int(number) for number in re.findall(r"\d+", value)]
        if "-" in value or len(days) != (2 if operator == "between" else 1):
            raise self._error("an age is a number of days", at)
        first, last = min(days), max(days)
        if operator == "<" and last > 0:
            return _Term(f"newer:{last}d")
        if operator == ">":
            return _Term(f"older:{last + 1}d")
        if operator in ("=", "between"):
            newest = f"newer:{last + 1}d"
            return _Term(f"{newest} older:{first}d", "AND") if first else _Term(newest)
        raise self._error(f'"age {operator} {value}" has no counterpart', at)

    def _match(self, field: str, regex: str, at: int) -> _Term:
        choices = regex.split("|")
        if all(_LITERAL.fullmatch(choice) and choice.strip() for choice in choices):
            words = [re.sub(r"\\(.)", r"\1", choice).strip() for choice in choices]
            terms = [f"{field}:{_quote_words(word)}" for word in words]
            return _Term(" OR ".join(terms), "OR" if len(terms) > 1 else "")
        if field == "feed":
            raise self._error("feeds cannot be found by regular expressions", at)
        return _Term(f"{field}:/{_slashed(regex)}/i")

    def _peek(self, kind: str) -> str:
        return (self._tokens[self._at][kind] or "") if self._at < len(self._tokens) else ""

    def _take(self, kind: str, complaint: str) -> str:
        text = self._peek(kind)
        if not text:
            raise self._error(complaint)
        self._at += 1
        return text

    def _error(self, message: str, at: int | None = None) -> QueryError:
        index = self._at if at is None else at
        position = len(self._expression)
        if index < len(self._tokens):
            token = self._tokens[index]
            position = token.start(token.lastgroup or 0)
        return QueryError(clean_line(message), query=self._expression, position=position)


def _quote_words(text: str) -> str:
    # Bare digits would be a feed's number.
    return f'"{text}"' if text.isdigit() else _quote(text)


def _quote(text: str) -> str:
    if _PLAIN_WORD.fullmatch(text) and text not in ("AND", "OR", "NOT"):
        return text
    return '"' + text.replace("\\", "\\\\") + '"'


def _slashed(regex: str) -> str:
    """Return a regular expression as it stands between slashes."""
    return re.sub(r"\\.|/", lambda found: r"\/" if found[0] == "/" else found[0], regex)
