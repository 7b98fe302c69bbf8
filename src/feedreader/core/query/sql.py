"""Condition -> SQL over `entries e`: a WHERE clause with its parameters, and an order.

Numbers are written into the SQL, so that the partial indexes (`WHERE is_read = 0`) serve and
long lists of feeds meet no limit on parameters; all text is passed as parameters. What FTS5
can answer goes to it in one MATCH as far as possible. Deleted entries are left to the store.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

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
from feedreader.core.query.tree import Query, SortKey

# The one place that knows the store's tables. Text columns must be NOT NULL.
_COLUMNS = {
    "id": "e.id",
    "feed_id": "e.feed_id",
    "title": "e.title",
    "authors": "e.authors",
    "link": "e.link",
    "text": "b.text",
    "language": "e.language",
    "categories": "e.categories",
    "tags": "t.tag",
    "sort_at": "e.sort_at",
    "is_read": "e.is_read",
    "is_starred": "e.is_starred",
    "is_later": "e.is_later",
    "is_muted": "e.is_muted",
    "is_edited": "e.is_edited",
    "word_count": "e.word_count",
    "enclosure_count": "e.enclosure_count",
    "has_image": "e.has_image",
    "has_code": "e.has_code",
    "has_tag": "EXISTS (SELECT 1 FROM entry_tags t WHERE t.entry_id = e.id)",
    "has_link": "(e.link <> '')",
    "full_text_source": "e.full_text_source",
    "score": "e.score",
    "copy_count": "e.copy_count",
}
_BODY = "EXISTS (SELECT 1 FROM entry_bodies b WHERE b.entry_id = e.id AND {})"
_TAGGED = "e.id IN (SELECT t.entry_id FROM entry_tags t WHERE lower(t.tag) IN ({}){})"
_FOUND = "e.id IN (SELECT rowid FROM entries_fts WHERE entries_fts MATCH ?{})"
_HIT = """EXISTS (SELECT 1 FROM rule_hits h WHERE h.entry_id = e.id AND h.rule_id IN ({}))"""
_HITS = "e.id IN (SELECT h.entry_id FROM rule_hits h WHERE h.rule_id IN ({}))"
_INDEXED = ("id", "feed_id", "is_read", "is_starred", "is_muted", "sort_at")
_MARKS = ("is_starred", "is_later", "is_muted", "has_tag")
_FTS_COLUMNS = ("title", "authors", "text")
_LETTER = re.compile("[a-z]")
_SORT_COLUMNS: dict[SortKey, str] = {
    "date": "e.sort_at",
    "received": "e.received_at",
    "title": "e.title COLLATE NOCASE",
    "feed": (
        "(SELECT coalesce(nullif(f.user_title, ''), nullif(f.title, ''), f.url)"
        " FROM feeds f WHERE f.id = e.feed_id) COLLATE NOCASE"
    ),
    "words": "e.word_count",
    "score": "e.score",
}

_MAX_FTS_HEIGHT = 8
"""FTS5's parser has a stack of 100 symbols; deeper trees are put together by SQLite."""


_COST_OF_TEXTS = 5


@dataclass(frozen=True, slots=True)
class CompiledQuery:
    """A query as SQL for `SELECT … FROM entries e WHERE {where} ORDER BY {order_by} LIMIT …`."""

    where: str
    params: tuple[str, ...]
    sort_column: str
    """An SQL expression; "" if the query leaves the order to the list."""
    is_descending: bool
    limit: int | None
    mentions_muted: bool
    """The query itself asks for `is:muted`, or for what a rule did: the list must not hide it."""
    asks_for_marks: bool = False
    """It selects by what the user gave each copy of a story by itself: stars, tags and the like."""
    found: str = ""
    """What FTS5 must find in each entry that is selected; "" if that may be nothing."""
    is_narrow: bool = False
    """An index leads to the few entries in question, or to those in the list's order."""
    reads_texts: bool = False
    """Whole texts are searched for pieces: nothing is as dear."""

    @property
    def order_by(self) -> str:
        """The ORDER BY terms, complete by the id; "" if the query leaves it to the list."""
        direction = "DESC" if self.is_descending else "ASC"
        return f"{self.sort_column} {direction}, e.id {direction}" if self.sort_column else ""


def compile_sql(
    query: Query,
    context: Context,
    *,
    ids: str = "",
    is_walk: bool = False,
    words_beginning: Callable[[str], Sequence[str] | None] = lambda _: None,
) -> CompiledQuery:
    """Return a query as SQL. Raises QueryError for saved searches that cannot be resolved.

    `ids` says among which entries to look, as SQL that begins with an operator: "> 123". A
    word that is everywhere is found among the latest entries at once, where all of them would
    take long to gather. It stands first in the SQL, where "BETWEEN ?1 AND ?2" are the first
    parameters.

    With `is_walk` the list goes through entries in its order and asks of each whether it was
    found, which is quick where many are. `words_beginning` says which words of the index a begun
    one may be, or None if they are too many: FTS5 reads all hits of a begun word before the
    first one among the `ids`, but of whole words only the hits in question.
    """
    condition = _spell_out(resolve(query, context), words_beginning)
    # The plus keeps SQLite from looking up every hit of a common word where an index leads to
    # the few entries in question: a third of the time for an unread list of 1,000,000 entries.
    is_narrow = _is_narrow(condition)
    writer = _Writer(ids, is_walk=is_walk or (is_narrow and not ids))
    where = writer.write(condition)
    if ids:
        where = f"e.id {ids} AND ({where})"
    return CompiledQuery(
        where=where,
        params=tuple(writer.params),
        sort_column=_SORT_COLUMNS[query.sort.key] if query.sort else "",
        is_descending=query.sort is not None and query.sort.is_descending,
        limit=query.limit,
        mentions_muted="e.is_muted" in where or "rule_hits" in where,
        asks_for_marks=_asks_for_marks(condition),
        found=_must_be_found(condition),
        is_narrow=is_narrow,
        reads_texts=_cost(condition) >= _COST_OF_TEXTS,
    )


class _Writer:
    """Writes conditions; parameters gather in the order of their question marks."""

    def __init__(self, ids: str, *, is_walk: bool) -> None:
        self.ids = ids
        self.found = _FOUND.format(f" AND rowid {ids}" if ids else "")
        if is_walk:
            self.found = f"+{self.found}"
        self.params: list[str] = []

    def write(self, condition: Condition) -> str:
        match condition:
            case Phrase():
                return self._write_match(condition)
            case All() | Some() if _match_expression(condition):
                return self._write_match(condition)
            case All(parts):
                return self._write_joined(_merge_all(parts), " AND ", "1")
            case Some(parts):
                return self._write_joined(_merge_some(parts), " OR ", "0")
            case Unless(part):
                return f"NOT ({self.write(part)})"
            case Contains(columns, needles):
                return self._write_columns(columns, [_contains(needle) for needle in needles])
            case Matches(columns, pattern):
                return self._write_columns(columns, [("regexp(?, {})", pattern)])
            case Lists("tags", values):
                self.params += values
                among = f" AND t.entry_id {self.ids}" if self.ids else ""
                return _TAGGED.format(", ".join("?" * len(values)), among)
            case Lists(column, values):
                listed = f"instr(char(10) || lower({_COLUMNS[column]}) || char(10), ?) > 0"
                return self._write_some([(listed, f"\n{value}\n") for value in values])
            case Speaks(tags):
                spoken = f"instr(lower(replace({_COLUMNS['language']}, '_', '-')) || '-', ?) = 1"
                return self._write_some([(spoken, f"{tag}-") for tag in tags])
            case OneOf(_, ()):
                return "0"
            case OneOf(column, ids):
                return f"{_COLUMNS[column]} IN ({', '.join(map(str, ids))})"
            case Hit(ids):
                return (_HIT if self.ids else _HITS).format(", ".join(map(str, ids)))
            case Within(column, low, high):
                return _write_bounds(_COLUMNS[column], low, high)

    def _write_joined(self, parts: Iterable[Condition], glue: str, empty: str) -> str:
        written = [self.write(part) for part in sorted(parts, key=_cost)]
        return f"({glue.join(written)})" if len(written) > 1 else "".join(written) or empty

    def _write_match(self, condition: Condition) -> str:
        self.params.append(_match_expression(condition))
        return self.found

    def _write_columns(self, columns: Sequence[str], tests: Sequence[tuple[str, str]]) -> str:
        """Write tests, each with its parameter, of which one must hold in one column."""
        written = []
        for column in columns:
            tested = self._write_some([(t.format(_COLUMNS[column]), p) for t, p in tests])
            written.append(_BODY.format(tested) if column == "text" else tested)
        return f"({' OR '.join(written)})"

    def _write_some(self, tests: Sequence[tuple[str, str]]) -> str:
        self.params += [parameter for _, parameter in tests]
        return f"({' OR '.join(test for test, _ in tests)})"


def _is_narrow(condition: Condition) -> bool:
    if isinstance(condition, All):
        return any(map(_is_narrow, condition.parts))
    return isinstance(condition, Within | OneOf) and condition.column in _INDEXED


def _asks_for_marks(condition: Condition) -> bool:
    """Say whether marks are wanted; what only excludes them is a list like any other."""
    match condition:
        case All(parts) | Some(parts):
            return any(map(_asks_for_marks, parts))
        case Within(column, 1, 1):
            return column in _MARKS
        case Lists(column):
            return column == "tags"
    return isinstance(condition, Hit)


def _spell_out(
    condition: Condition, words_beginning: Callable[[str], Sequence[str] | None]
) -> Condition:
    """Return a condition with whole words in place of those that may go on."""
    match condition:
        case Phrase(columns, (*before, begun), True):
            if (known := words_beginning(begun)) is not None:
                return Some(tuple(Phrase(columns, (*before, word), False) for word in known))
        case All(parts):
            return All(tuple(_spell_out(part, words_beginning) for part in parts))
        case Some(parts):
            return Some(tuple(_spell_out(part, words_beginning) for part in parts))
        case Unless(part):
            return Unless(_spell_out(part, words_beginning))
    return condition


def _write_bounds(column: str, low: int | None, high: int | None) -> str:
    if low == high:
        return f"{column} = {low}"
    if low is not None and high is not None:
        return f"{column} BETWEEN {low} AND {high}"
    return f"{column} >= {low}" if high is None else f"{column} <= {high}"


def _contains(needle: str) -> tuple[str, str]:
    # lower() copies the text: not for Chinese, which has no case.
    column = "lower({})" if _LETTER.search(needle) else "{}"
    return f"instr({column}, ?) > 0", needle


# --- FTS5 -------------------------------------------------------------------


def _merge_all(parts: tuple[Condition, ...]) -> Iterable[Condition]:
    """Put together what one MATCH can answer; exclusions need something to be taken from."""
    found = tuple(part for part in parts if _match_expression(part))
    excluded = tuple(p for p in parts if isinstance(p, Unless) and _match_expression(p.part))
    merged: Condition = All(found + excluded)
    if not found and excluded:
        merged = Unless(Some(tuple(part.part for part in excluded)))
    return _replace(parts, found + excluded, merged)


def _must_be_found(condition: Condition) -> str:
    if expression := _match_expression(condition):
        return expression
    parts = condition.parts if isinstance(condition, All) else ()
    found = tuple(part for part in parts if _match_expression(part))
    return _match_expression(All(found))


def _merge_some(parts: tuple[Condition, ...]) -> Iterable[Condition]:
    found = tuple(part for part in parts if _match_expression(part))
    return _replace(parts, found, Some(found))


def _replace(
    parts: tuple[Condition, ...], old: tuple[Condition, ...], new: Condition
) -> Iterable[Condition]:
    core = new.part if isinstance(new, Unless) else new
    if len(old) < 2 or not _match_expression(core):
        return parts
    return [new, *(part for part in parts if part not in old)]


def _match_expression(condition: Condition, room: int = _MAX_FTS_HEIGHT) -> str:
    """Return a condition as an FTS5 expression, or "" if it cannot be one."""
    match condition:
        case Phrase(columns, words, is_prefix):
            # Words are letters and digits: nothing in them has to be escaped.
            scope = "" if columns == _FTS_COLUMNS else f"{{{' '.join(columns)}}} : "
            return f'{scope}"{" ".join(words)}"{"*" if is_prefix else ""}'
        case _ if not room:
            return ""
        case Some(parts) if parts:
            written = [_match_expression(part, room - 1) for part in parts]
            return f"({' OR '.join(written)})" if all(written) else ""
        case All(parts):
            kept = [_match_expression(p, room - 1) for p in parts if not isinstance(p, Unless)]
            cut = [_match_expression(p.part, room - 1) for p in parts if isinstance(p, Unless)]
            if not kept or not all(kept + cut):
                return ""
            text = f"({' AND '.join(kept)})"
            return f"({text} NOT ({' OR '.join(cut)}))" if cut else text
    return ""


def _cost(condition: Condition) -> int:
    """Return how dear a condition is for one entry: dear ones are asked last."""
    match condition:
        case Within() | OneOf() | Hit():
            return 0
        case Phrase():
            return 1
        case Lists() | Speaks():
            return 2
        case Contains(columns):
            return _COST_OF_TEXTS if "text" in columns else 3
        case Matches(columns):
            return _COST_OF_TEXTS + 1 if "text" in columns else 4
        case Unless(part):
            return _cost(part)
        case All(parts) | Some(parts):
            return max(map(_cost, parts), default=0)
