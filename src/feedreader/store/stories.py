"""Stories: which entries of different feeds are copies of one, and lists that show each once.

A story holds one entry of a feed at most. Its face is the fullest copy; `copy_count` and
`is_copy`, the mark of the others, are kept by triggers of the schema whenever an entry joins,
leaves, grows or is deleted, or its feed is removed. Nothing is hidden by that mark alone: a list
leaves a copy out only if it shows another one of the story.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from itertools import compress
from typing import TYPE_CHECKING, Any, Final

from feedreader import model
from feedreader.store.connection import Connection

if TYPE_CHECKING:
    from feedreader.model import EntryKeys

VISIBLE: Final = """deleted_at IS NULL
    AND feed_id NOT IN (SELECT id FROM feeds WHERE removed_at IS NOT NULL)"""
"""A condition on entries: those that may stand in lists at all."""

# SQLite would take the index of all stories, however few of them are unread.
_UNREAD_COPIES: Final = f"""entries INDEXED BY entries_unread_copies
    WHERE story_id IS NOT NULL AND is_read = 0 AND is_muted = 0 AND {VISIBLE}"""
ALL_COPIES: Final = "/* all copies */"
"""In a condition: it asks for what the user gave each copy by itself."""
_Columns = tuple["array[int]", "array[int]", "array[int]", bytearray]
"""Those of `EntryKeys`, for who can do without data classes."""

_Told = tuple[int, int, int]
"""The id of an entry, its story and whether it is a copy."""


class StoryStore:
    """What the tables know of stories."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- one story ---

    def copies(self, entry_id: int) -> list[int]:
        """Return the entries that tell the story of one, the face first; at least that one."""
        rows = self._connection.rows(
            f"""SELECT id FROM entries
                WHERE (id = ?1 OR story_id = (SELECT story_id FROM entries WHERE id = ?1))
                    AND {VISIBLE}
                ORDER BY is_copy, word_count DESC, id""",
            (entry_id,),
        )
        return [row["id"] for row in rows]

    def copies_among(self, where: str, params: Sequence[Any], *, is_read: bool) -> list[int]:
        """Return the read, or unread, copies of the entries that a condition on `e` selects."""
        rows = self._connection.rows(
            f"""SELECT id FROM entries WHERE is_read = {int(is_read)} AND deleted_at IS NULL
                    AND story_id IN (SELECT e.story_id FROM entries AS e
                        WHERE e.story_id IS NOT NULL AND {where})""",
            params,
        )
        return [row["id"] for row in rows]

    # --- lists that show each story once ---

    def ids(self, where: str, params: Sequence[Any], order: str, limit: int = -1) -> list[int]:
        """Return the ids of such a list as `keys` gives the columns of."""
        return list(self._columns(where, params, order, limit)[0])

    def keys(self, where: str, params: Sequence[Any], order: str, limit: int = -1) -> EntryKeys:
        """Return the columns of a list that has one copy of each story, the face if it is there.

        Where the condition says `ALL_COPIES`, all are listed.
        """
        return model.EntryKeys(*self._columns(where, params, order, limit))

    def _columns(self, where: str, params: Sequence[Any], order: str, limit: int) -> _Columns:
        asked = limit
        while True:
            if limit >= 0:
                asked = 2 * asked + 20
            columns, told = self._read(where, params, order, asked)
            is_whole = limit < 0 or len(columns[0]) < asked
            if told and ALL_COPIES not in where:
                columns = _without(columns, self._surplus(where, params, told, is_whole))
            if is_whole or len(columns[0]) >= limit:
                return columns if limit < 0 else _first(columns, limit)

    def count(self, where: str, params: Sequence[Any]) -> int:
        """Return how many rows such a list has."""
        count = self._connection.value(f"SELECT count(*) FROM entries AS e WHERE {where}", params)
        if ALL_COPIES in where:
            return int(count)
        surplus = self._connection.value(
            f"""SELECT count(*) - count(DISTINCT e.story_id) FROM entries AS e
                WHERE {where} AND e.story_id IS NOT NULL""",
            params,
        )
        return int(count - surplus)

    def unread_surplus(self) -> int:
        """Return by how many the unread entries are more than the unread stories."""
        return int(
            self._connection.value(
                f"SELECT count(*) - count(DISTINCT story_id) FROM {_UNREAD_COPIES}"
            )
        )

    def shared_unread(self) -> tuple[tuple[frozenset[int], int], ...]:
        """Return which feeds have unread stories in common, and how many."""
        rows = self._connection.rows(
            f"""SELECT feeds, count(*) AS stories FROM (
                    SELECT group_concat(feed_id) AS feeds FROM (
                        SELECT story_id, feed_id FROM {_UNREAD_COPIES}
                        ORDER BY story_id, feed_id)
                    GROUP BY story_id HAVING count(*) > 1)
                GROUP BY feeds"""
        )
        return tuple((frozenset(map(int, row["feeds"].split(","))), row["stories"]) for row in rows)

    def _read(
        self, where: str, params: Sequence[Any], order: str, limit: int
    ) -> tuple[_Columns, list[_Told]]:
        """Return the columns with all copies, and which of the entries belong to stories."""
        columns = array("q"), array("q"), array("q"), bytearray()
        told: list[_Told] = []
        for some in self._connection.batches(
            f"""SELECT e.id, e.feed_id, e.sort_at, e.is_read = 0, e.story_id, e.is_copy
                FROM entries AS e WHERE {where} ORDER BY {order} LIMIT ?""",
            (*params, limit),
        ):
            *values, stories, copies = zip(*some, strict=True)
            for column, extra in zip(columns, values, strict=True):
                column.extend(extra)
            if any(stories):
                told += (one for one in zip(values[0], stories, copies, strict=True) if one[1])
        return columns, told

    def _surplus(
        self, where: str, params: Sequence[Any], told: Sequence[_Told], is_whole: bool
    ) -> set[int]:
        """Return the ids of the copies that a list leaves out; `told` is its beginning, or all."""
        shown = {story for _, story, is_copy in told if not is_copy}
        if not is_whole:
            wanted = ",".join({str(story) for _, story, is_copy in told if is_copy})
            shown.update(
                row["story_id"]
                for row in self._connection.rows(
                    f"""SELECT e.story_id FROM entries AS e
                        WHERE {where} AND e.is_copy = 0 AND e.story_id IN ({wanted})""",
                    params,
                )
            )
        surplus = set()
        for entry_id, story, is_copy in told:
            if is_copy:
                if story in shown:
                    surplus.add(entry_id)
                shown.add(story)
        return surplus


def _without(columns: _Columns, entry_ids: Collection[int]) -> _Columns:
    if not entry_ids:
        return columns
    ids, feed_ids, moments, unread = columns
    stays = [entry_id not in entry_ids for entry_id in ids]
    return (
        array("q", compress(ids, stays)),
        array("q", compress(feed_ids, stays)),
        array("q", compress(moments, stays)),
        bytearray(compress(unread, stays)),
    )


def _first(columns: _Columns, count: int) -> _Columns:
    ids, feed_ids, moments, unread = columns
    return ids[:count], feed_ids[:count], moments[:count], unread[:count]
