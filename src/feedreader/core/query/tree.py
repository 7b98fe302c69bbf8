"""What a query says, as a tree of frozen nodes.

`position` is where a node began in the text; it serves errors and does not count when trees
are compared.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal

WordsField = Literal["", "intitle", "intext", "author", "feed"]
PatternField = Literal["", "intitle", "intext", "author", "inurl"]
NameField = Literal["inurl", "folder", "tag", "lang", "category", "search"]
IdsField = Literal["id", "feed", "rule"]
StateField = Literal["is", "has"]
DateField = Literal["before", "after", "on"]
AgeField = Literal["newer", "older"]
AgeUnit = Literal["h", "d", "w", "m", "y"]
NumberField = Literal["words", "minutes", "copies", "score"]
SortKey = Literal["date", "received", "title", "feed", "words", "score"]


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold; without parts: every entry."""

    parts: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Or:
    """One part or more holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Node


@dataclass(frozen=True, slots=True)
class Words:
    """Words that stand together in a field; "" means title, authors or text."""

    field: WordsField
    text: str
    is_prefix: bool = False
    """The last word may go on."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression found in a field; "" means title or text."""

    field: PatternField
    pattern: str
    flags: str = ""
    """Out of "i", "m", "s", sorted."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name or a piece of an address, compared without regard to case."""

    field: NameField
    value: str
    position: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Ids:
    """Entries, feeds, or what rules did something to, by number."""

    field: IdsField
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class State:
    """A fact of an entry: `is:unread`, `has:image`."""

    field: StateField
    value: str


@dataclass(frozen=True, slots=True)
class Date:
    """A stretch of time that the entry lies in, before, or not before."""

    field: DateField
    first: str
    """As written: "2026-11", "today" …; see moments.py."""
    last: str = ""
    """The other end of an `on:` range, included; "" for none."""
    position: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Age:
    """How long ago the entry's date is."""

    field: AgeField
    amount: int
    unit: AgeUnit


@dataclass(frozen=True, slots=True)
class Number:
    """A figure that lies between two bounds, both included; None is open."""

    field: NumberField
    low: int | None
    high: int | None


Term = Words | Pattern | Name | Ids | State | Date | Age | Number
Node = And | Or | Not | Term


@dataclass(frozen=True, slots=True)
class Sort:
    """What to sort a list by."""

    key: SortKey
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A query, read: which entries, in which order, how many at most."""

    tree: Node = And()
    sort: Sort | None = None
    limit: int | None = None
    text: str = dataclasses.field(default="", compare=False)
    """As written, for errors that point into it."""


def join_and(parts: list[Node]) -> Node:
    """Return the flat conjunction of parts; a single part stands for itself."""
    flat = tuple(p for part in parts for p in (part.parts if isinstance(part, And) else (part,)))
    return flat[0] if len(flat) == 1 else And(flat)


def join_or(parts: list[Node]) -> Node:
    """Return the flat disjunction of parts; a single part stands for itself."""
    flat = tuple(p for part in parts for p in (part.parts if isinstance(part, Or) else (part,)))
    return flat[0] if len(flat) == 1 else Or(flat)
