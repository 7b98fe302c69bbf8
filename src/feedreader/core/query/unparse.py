"""Tree -> query text that parses to the same tree, and errors -> text with a caret."""

from __future__ import annotations

import re
import unicodedata

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
    Words,
)
from feedreader.core.width import cell_width
from feedreader.errors import QueryError

_PLAIN_WORD = re.compile(r"\w[\w.'/-]*")
_NO_NUMBER = re.compile(r"(?!\d)" + _PLAIN_WORD.pattern)
"""Digits behind `feed:` would be its number."""
_OPERATORS = ("AND", "OR", "NOT")
_WINDOW_CELLS = 76


def to_text(query: Query | Node) -> str:
    """Return the text of a query, or of a part of one, in its plainest form."""
    if not isinstance(query, Query):
        return _write(query)
    words = [] if query.tree == And() else [_write(query.tree)]
    if query.sort:
        words.append(f"sort:{'-' if query.sort.is_descending else ''}{query.sort.key}")
    if query.limit is not None:
        words.append(f"limit:{query.limit}")
    text = " ".join(words)
    # Beside a directive an OR would still hold, but read as if it did not.
    if isinstance(query.tree, Or) and len(words) > 1:
        text = " ".join([f"({words[0]})", *words[1:]])
    return text


def _write_value(text: str, plain: re.Pattern[str] = _PLAIN_WORD) -> str:
    """Return a word or phrase as it must be written: in quotes where they are needed."""
    if plain.fullmatch(text) and text not in _OPERATORS:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _write(node: Node) -> str:
    match node:
        case And(parts):
            return " ".join(_write_part(part, inside=And) for part in parts)
        case Or(parts):
            return " OR ".join(_write_part(part, inside=Or) for part in parts)
        case Not(part):
            return "-" + _write_part(part, inside=Not)
        case Words(field, text, is_prefix):
            value = _write_value(text, _NO_NUMBER if field == "feed" else _PLAIN_WORD)
            return (f"{field}:" if field else "") + value + ("*" if is_prefix else "")
        case Pattern(field, pattern, flags):
            slashed = re.sub(
                r"\\.|/", lambda m: r"\/" if m[0] == "/" else m[0], pattern, flags=re.S
            )
            return (f"{field}:" if field else "") + f"/{slashed}/{flags}"
        case Name(field, value):
            return f"{field}:{_write_value(value)}"
        case Ids(field, ids):
            return f"{field}:{','.join(map(str, ids))}"
        case State(field, value):
            return f"{field}:{value}"
        case Date(field, first, last):
            return f"{field}:{first}..{last}" if last else f"{field}:{first}"
        case Age(field, amount, unit):
            return f"{field}:{amount}{unit}"
        case Number(field, low, high):
            return f"{field}:{_write_bounds(low, high)}"


def _write_part(node: Node, inside: type[And | Or | Not]) -> str:
    text = _write(node)
    is_loose = isinstance(node, Or) or (isinstance(node, And) and inside is Not)
    return f"({text})" if is_loose else text


def _write_bounds(low: int | None, high: int | None) -> str:
    if high is None:
        return f">={low}"
    if low is None:
        return f"<={high}"
    return str(low) if low == high else f"{low}..{high}"


def point_at(error: QueryError) -> str:
    """Return two lines for a terminal: the query, and a caret under the spot.

    A long query is cut to what is around the spot; unprintable characters are replaced.
    """
    cells = [_printable(char) for char in error.query]
    spot = min(error.position, len(cells))
    start = spot
    room = _WINDOW_CELLS // 2
    while start > 0 and room > 0:
        start -= 1
        room -= cell_width(cells[start])
    head, tail = "".join(cells[start:spot]), ""
    for char in cells[spot:]:
        if cell_width(head + tail) > _WINDOW_CELLS:
            tail += "…"
            break
        tail += char
    head = ("…" if start else "") + head
    return f"{head}{tail}\n{' ' * cell_width(head)}^"


def _printable(char: str) -> str:
    if char.isspace():
        return " "
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(char)[0] == "C" else char
