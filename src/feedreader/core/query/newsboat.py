"""Newsboat's filter expressions (`attribute op value`) in our query language.

Read as Newsboat 2.x reads them: doc/newsboat.adoc and its filter grammar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from feedreader.core.text import clean_line
from feedreader.errors import QueryError

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
    "description": "intext",
    "feedtitle": "feed",
    "rssurl": "feed",
}
_FILTER = re.compile(
    r"""[\s(]*(?:title|link|author|content|description|date|guid|unread|flags|age|enclosure_url
      |enclosure_type|feedtitle|feedlink|feeddate|rssurl|unread_count|total_count|tags)\b
    \s*(?:=~|!~|==|!=|<=|>=|!\#|=|<|>|\#|between\b)\s*["\d-]""",
    re.VERBOSE | re.IGNORECASE,
)
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


def looks_like_filter(text: str) -> bool:
    """Say whether a text begins as Newsboat's expressions do: attribute, operator, value."""
    return bool(_FILTER.match(text))


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
    # The parser itself reads expressions with the help of this module.
    from feedreader.core.query.parse import parse

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
        if field and operator == "#" and re.search(r"\w", value):
            return _Term(f"{field}:{_quote_words(value)}")
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
