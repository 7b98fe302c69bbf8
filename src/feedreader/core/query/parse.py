"""Query text -> tree. Every text gives a tree or a QueryError that points at the spot.

    query  := part ("OR" part)*             AND binds closer than OR, NOT closest
    part   := (["AND"] not)*
    not    := ("-" | "!" | "NOT") not | "(" query ")" | phrase | regex | field | word

Operators are written in capitals. `sort:` and `limit:` stand anywhere outside of parentheses
and belong to the list, not to the tree. Newsboat's expressions are read too (newsboat.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import NoReturn

from feedreader.core.query.fields import ELSEWHERE, FIELDS, FieldDoc
from feedreader.core.query.moments import is_moment
from feedreader.core.query.newsboat import looks_like_filter, translate_query
from feedreader.core.query.patterns import FLAGS, compile_regex
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
    Sort,
    State,
    Words,
    join_and,
    join_or,
)
from feedreader.errors import QueryError

MAX_QUERY_CHARS = 10_000
MAX_TERMS = 400
MAX_DEPTH = 10
"""Of parentheses."""
MAX_LEVELS = 20
"""Of AND, OR, NOT and saved searches inside of each other: SQLite's parser has a stack of 100
symbols, of which each takes up to three."""

_SPACE = re.compile(r"\s*")
_OPERATOR = re.compile(r"(AND|OR|NOT)(?=[\s()\"]|\Z)")
_FIELD = re.compile(r"([A-Za-z][A-Za-z_-]*):(?!//|:)")
_WORD = re.compile(r"[^\s()\"]+")
_URL_REGEX = re.compile(rf"/(?:\\\S|[^\s/\\])+/[{FLAGS}]*(?=[\s()\"]|\Z)")
_COMPARISON = re.compile(r"(>=|<=|>|<|=|)(-?\d{1,9})", re.ASCII)
_RANGE = re.compile(r"(-?\d{1,9})\.\.(-?\d{1,9})", re.ASCII)
_AGE = re.compile(r"(\d{1,4})([hdwmy])", re.ASCII)
_IDS = re.compile(r"\d{1,15}(,\d{1,15})*", re.ASCII)


def parse(text: str) -> Query:
    """Return what a query says; blank text means every entry. Raises QueryError."""
    if looks_like_filter(text):
        return replace(_Parser(translate_query(text)).parse(), text=text)
    return _Parser(text).parse()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.depth = 0
        self.deepest = 0
        """Where the group of most depth began."""
        self.deepest_depth = 0
        self.terms = 0
        self.sort: Sort | None = None
        self.limit: int | None = None

    def parse(self) -> Query:
        if len(self.text) > MAX_QUERY_CHARS:
            self._fail(f"longer than {MAX_QUERY_CHARS} characters", MAX_QUERY_CHARS)
        for index, char in enumerate(self.text):
            if "\ud800" <= char <= "\udfff":
                self._fail("half a character (a lone surrogate)", index)
        tree = self._parse_or()
        if self.position < len(self.text):
            self._fail("this ) closes nothing", self.position, _quote_hint(")"))
        if tree is not None and _count_levels(tree) > MAX_LEVELS:
            self._fail("too much inside of each other", self.deepest)
        return Query(And() if tree is None else tree, self.sort, self.limit, self.text)

    # --- operators

    def _parse_or(self) -> Node | None:
        first = self._parse_and()
        if self._operator() != "OR":
            return first
        parts = [first]
        while self._operator() == "OR":
            spot = self.position
            self.position += len("OR")
            part = self._parse_and()
            if parts[-1] is None or part is None:
                self._fail_one_sided("OR", spot)
            parts.append(part)
        return join_or([part for part in parts if part is not None])

    def _parse_and(self) -> Node | None:
        parts: list[Node] = []
        and_spot: int | None = None
        while True:
            operator = self._operator()
            if operator == "OR" or self.position >= len(self.text) or self._at(")"):
                break
            if operator == "AND":
                if not parts or and_spot is not None:
                    self._fail_one_sided("AND", self.position)
                and_spot = self.position
                self.position += len("AND")
                continue
            if self._read_directive():
                continue
            parts.append(self._parse_not())
            and_spot = None
        if and_spot is not None:
            self._fail_one_sided("AND", and_spot)
        return join_and(parts) if parts else None

    def _parse_not(self) -> Node:
        is_negated = False
        while True:
            spot = self.position
            if self._operator() == "NOT":
                self.position += len("NOT")
                self._skip_space()
                if self._ends_operand() or self._operator() in ("AND", "OR"):
                    self._fail("NOT needs something after it", spot, _quote_hint("NOT"))
            elif self._at("-") or self._at("!"):
                sign = self.text[self.position]
                self.position += 1
                if self._ends_operand():
                    self._fail(
                        f"{sign} must stand directly before what it excludes",
                        spot,
                        _quote_hint(sign),
                    )
            else:
                break
            is_negated = not is_negated
        node = self._parse_term()
        if not is_negated:
            return node
        return node.part if isinstance(node, Not) else Not(node)

    def _parse_term(self) -> Node:
        spot = self.position
        if self._at("("):
            return self._parse_group()
        self.terms += 1
        if self.terms > MAX_TERMS:
            self._fail(f"more than {MAX_TERMS} terms", spot)
        if self._at('"'):
            return Words("", self._read_phrase(), self._take("*"))
        if self._at("/"):
            return Pattern("", *self._read_regex())
        field = self._read_field_name()
        if field is not None:
            return self._parse_field(field, spot)
        text = self._read_word()
        if text == "*":
            self._fail("a lone * finds everything: leave it out", spot, _quote_hint("*"))
        return Words("", *_split_star(text))

    def _parse_group(self) -> Node:
        spot = self.position
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self._fail(f"more than {MAX_DEPTH} parentheses inside of each other", spot)
        if self.depth > self.deepest_depth:
            self.deepest, self.deepest_depth = spot, self.depth
        self.position += 1
        node = self._parse_or()
        if not self._take(")"):
            self._fail("this ( is never closed", spot, _quote_hint("("))
        if node is None:
            self._fail("nothing stands between these parentheses", spot, _quote_hint("()"))
        self.depth -= 1
        return node

    # --- fields

    def _read_field_name(self) -> FieldDoc | None:
        match = _FIELD.match(self.text, self.position)
        if match is None:
            return None
        name = match[1].lower()
        if name not in FIELDS:
            word = _WORD.match(self.text, self.position)
            assert word
            quoted = _quote_hint(word[0])
            near = ELSEWHERE.get(name) or _nearest(name, FIELDS)
            hint = f"did you mean {near}:? Otherwise {quoted}" if near else quoted
            self._fail(f"unknown field '{match[1]}'", self.position, hint)
        self.position = match.end()
        return FIELDS[name]

    def _parse_field(self, field: FieldDoc, spot: int) -> Node:
        value_spot = self.position
        if field.takes_regex and self._at("/") and self._is_regex(field):
            return Pattern(field.name, *self._read_regex())  # type: ignore[arg-type]
        if field.kind == "directive":
            self._fail(f"{field.name}: cannot be excluded: it is about the whole list", spot)
        is_quoted = self._at('"')
        if is_quoted:
            value = self._read_phrase()
        else:
            match = _WORD.match(self.text, self.position)
            if match is None:
                hint = f"such as {field.example}, without a space"
                self._fail(f"{field.name}: needs a value", value_spot, hint)
            value = self._read_word()
        node = self._read_value(field, value, is_quoted, spot)
        if node is None:
            kinds = {
                "state": "one of " + ", ".join(v.value for v in field.values),
                "date": "today, yesterday, or a date such as 2026-11, 2026-11-24T10:00",
                "age": "a number of h(ours), d(ays), w(eeks), m(onths) or y(ears), as in 3d",
                "number": "a number, a comparison or a range, as in >800, <=5, 100..500",
                "ids": "numbers, as in 123,124",
            }
            near = _nearest(value.lower(), [v.value for v in field.values])
            hint = f"did you mean {field.name}:{near}?" if near else kinds[field.kind]
            self._fail(f"{field.name}: does not know '{value}'", value_spot, hint)
        return node

    def _read_value(self, field: FieldDoc, value: str, is_quoted: bool, spot: int) -> Node | None:
        """Return the node for a field with its value, or None if the value is none of its kind."""
        name = field.name
        if name == "feed" and not is_quoted and _IDS.fullmatch(value):
            return Ids("feed", _read_ids(value))
        if field.kind == "words":
            is_prefix = self._take("*") if is_quoted else False
            if not is_quoted and value != "*":
                value, is_prefix = _split_star(value)
            return Words(name, value, is_prefix)  # type: ignore[arg-type]
        if field.kind == "name":
            return Name(name, value, spot)  # type: ignore[arg-type]
        value = value.lower()
        if field.kind == "state" and value in [v.value for v in field.values]:
            return State(name, value)  # type: ignore[arg-type]
        if field.kind == "date":
            return _read_date(name, value, spot)
        if field.kind == "age" and (match := _AGE.fullmatch(value)):
            return Age(name, int(match[1]), match[2])  # type: ignore[arg-type]
        if field.kind == "number":
            return _read_number(name, value)
        if field.kind == "ids" and _IDS.fullmatch(value):
            return Ids(name, _read_ids(value))  # type: ignore[arg-type]
        return None

    def _read_directive(self) -> bool:
        """Take a `sort:` or `limit:` if one stands here."""
        spot = self.position
        match = _FIELD.match(self.text, spot)
        if match is None or match[1].lower() not in ("sort", "limit"):
            return False
        name = match[1].lower()
        if self.depth:
            self._fail(f"{name}: must stand outside of the parentheses", spot)
        if (self.sort if name == "sort" else self.limit) is not None:
            self._fail(f"{name}: is given twice", spot)
        self.position = match.end()
        word = _WORD.match(self.text, self.position)
        value = word[0].lower() if word else ""
        if name == "limit":
            if not re.fullmatch(r"0*[1-9]\d{0,8}", value, re.ASCII):
                hint = "a number from 1 on, as in limit:50"
                self._fail("limit: needs a number", match.end(), hint)
            self.limit = int(value)
        else:
            key = value.removeprefix("-")
            known = [v.value for v in FIELDS["sort"].values]
            if value not in known:
                near = _nearest(value, known)
                hint = f"did you mean sort:{near}?" if near else "one of " + ", ".join(known)
                self._fail(f"sort: does not know '{value}'", match.end(), hint)
            self.sort = Sort(key, value.startswith("-"))  # type: ignore[arg-type]
        self.position = match.end() + len(value)
        return True

    # --- tokens

    def _skip_space(self) -> None:
        match = _SPACE.match(self.text, self.position)
        assert match
        self.position = match.end()

    def _operator(self) -> str:
        """Return the operator that comes next, after any space, without taking it; or ""."""
        self._skip_space()
        match = _OPERATOR.match(self.text, self.position)
        return match[1] if match else ""

    def _at(self, char: str) -> bool:
        return self.text.startswith(char, self.position)

    def _take(self, char: str) -> bool:
        is_there = self._at(char)
        self.position += is_there
        return is_there

    def _ends_operand(self) -> bool:
        rest = self.text[self.position : self.position + 1]
        return not rest or rest == ")" or rest.isspace()

    def _read_word(self) -> str:
        match = _WORD.match(self.text, self.position)
        assert match
        self.position = match.end()
        return match[0]

    def _read_phrase(self) -> str:
        spot = self.position
        chars = []
        index = spot + 1
        while index < len(self.text) and self.text[index] != '"':
            if self.text[index] == "\\" and self.text[index + 1 : index + 2] in ('"', "\\"):
                index += 1
            chars.append(self.text[index])
            index += 1
        if index >= len(self.text):
            self._fail('this " is never closed', spot)
        phrase = "".join(chars)
        if not phrase.strip():
            self._fail("nothing stands between these quotes", spot)
        self.position = index + 1
        return phrase

    def _is_regex(self, field: FieldDoc) -> bool:
        """True unless it is a piece of an address, as in inurl:/2026/11."""
        return field.name != "inurl" or bool(_URL_REGEX.match(self.text, self.position))

    def _read_regex(self) -> tuple[str, str]:
        spot = self.position
        end = spot + 1
        while end < len(self.text) and self.text[end] != "/":
            end += 2 if self.text[end] == "\\" else 1
        if end >= len(self.text):
            hint = 'for text that begins with /, write it in quotes: "/…"'
            self._fail("this / begins a regular expression without a closing /", spot, hint)
        pattern = re.sub(
            r"\\(.)", lambda m: "/" if m[1] == "/" else m[0], self.text[spot + 1 : end], flags=re.S
        )
        if not pattern:
            self._fail("this regular expression is empty", spot)
        match = re.compile(r"[^\s()\"]*").match(self.text, end + 1)
        assert match
        flags = match[0]
        if set(flags) - set(FLAGS) or len(set(flags)) != len(flags):
            hint = 'known are i, m, s; for text that begins with /, write it in quotes: "/…"'
            self._fail(f"unknown regular expression flags '{flags}'", end + 1, hint)
        try:
            compile_regex(pattern)
        except ValueError as error:
            self._fail(f"regular expression: {error}", spot)
        self.position = match.end()
        return pattern, "".join(sorted(flags))

    # --- errors

    def _fail_one_sided(self, operator: str, spot: int) -> NoReturn:
        self._fail(f"{operator} needs something on both sides", spot, _quote_hint(operator))

    def _fail(self, message: str, position: int, hint: str = "") -> NoReturn:
        raise QueryError(message, query=self.text, position=position, hint=hint)


def _count_levels(node: Node) -> int:
    match node:
        case And(parts) | Or(parts):
            return 1 + max(map(_count_levels, parts), default=0)
        case Not(part):
            return 1 + _count_levels(part)
    return 0


def _read_date(name: str, value: str, spot: int) -> Date | None:
    first, dots, last = value.partition("..")
    if not is_moment(first) or (dots and (name != "on" or not is_moment(last))):
        return None
    return Date(name, first, last, spot)  # type: ignore[arg-type]


def _read_number(name: str, value: str) -> Number | None:
    low: int | None
    high: int | None
    if match := _RANGE.fullmatch(value):
        low, high = int(match[1]), int(match[2])
        if low > high:
            return None
    elif match := _COMPARISON.fullmatch(value):
        number = int(match[2])
        low, high = {
            ">": (number + 1, None),
            ">=": (number, None),
            "<": (None, number - 1),
            "<=": (None, number),
        }.get(match[1], (number, number))
    else:
        return None
    return Number(name, low, high)  # type: ignore[arg-type]


def _read_ids(value: str) -> tuple[int, ...]:
    return tuple(sorted({int(number) for number in value.split(",")}))


def _split_star(text: str) -> tuple[str, bool]:
    return (text[:-1], True) if text.endswith("*") and len(text) > 1 else (text, False)


def _quote_hint(text: str) -> str:
    return f'to search for the text itself, write it in quotes: "{text}"'


def _nearest(text: str, known: Iterable[str]) -> str:
    # Only errors need it, and the import is slow.
    import difflib

    return next(iter(difflib.get_close_matches(text, known, n=1)), "")
