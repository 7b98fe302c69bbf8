"""Which entries are copies of what other feeds have told: found by keys, judged by text.

The index of keys grows with what comes in a month or two, and what is looked up in it with the
newcomers alone: a key of so many stories that it says nothing is not indexed any further.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from feedreader.core.canonical import canonical_address, fragments_differ
from feedreader.core.likeness import (
    MOST_STORIES_PER_KEY,
    Telling,
    is_copy,
    is_of_address,
    make_telling,
    story_keys,
)
from feedreader.store.connection import Connection, to_timestamp
from feedreader.store.stories import VISIBLE

if TYPE_CHECKING:
    from feedreader.model import CleanEntry

_PERIOD_S: Final = 30 * 86_400
"""Keys are dropped by periods: copies are found for one to two of these."""
_AMONG: Final = "IN (SELECT value FROM json_each(?))"
"""With one parameter: a JSON array of ids or keys."""
_WINDOW_S: Final = 30 * 86_400
"""Who posts further apart tells no copy: an anniversary may use the words of the year before."""
_MOST_COMPARED: Final = 6
_SIBLINGS: Final = 6
_KEYS_PER_STORY: Final = 4
"""Of one key: more copies than this are found by those that are indexed."""
_MUCH_LONGER: Final = 1.5
_MANY_WORDS: Final = 150


class Grouping:
    """Puts entries into stories. The caller holds the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, feed_id: int, new: Sequence[tuple[int, CleanEntry]], now: datetime) -> None:
        """Put new entries of a feed into the stories that other feeds have told.

        One whose story the user has read arrives read, unless it says much more. The cost is
        that of the new entries, however many others there are.
        """
        newcomers = [
            _Newcomer(
                entry_id, feed_id, clean.entry.title, clean.entry.link, clean.content_text,
                clean.word_count, clean.story_keys,
            )
            for entry_id, clean in new
        ]  # fmt: skip
        among = _Among(self._connection, newcomers, period_of(now))
        for newcomer in newcomers:
            copy = among.place(newcomer)
            if copy is not None and copy["is_past"]:
                self._spare_rereading(newcomer, now)
        among.keep_keys()

    def regroup(self, entry_ids: Iterable[int], canonical_link: str = "") -> None:
        """Look anew for the stories of entries whose text has changed.

        `canonical_link` is what the page of an entry calls its address.
        """
        for row in list(
            self._connection.rows(
                f"""SELECT id, feed_id, received_at, title, link, text, word_count, story_id
                    FROM entries JOIN entry_bodies ON entry_id = id
                    WHERE id {_AMONG} AND deleted_at IS NULL""",
                (json.dumps(list(entry_ids)),),
            )
        ):
            keys = story_keys((row["link"], canonical_link), row["text"])
            newcomer = _Newcomer(
                row["id"], row["feed_id"], row["title"], row["link"], row["text"],
                row["word_count"], keys,
            )  # fmt: skip
            among = _Among(self._connection, [newcomer], row["received_at"] // _PERIOD_S)
            if row["story_id"] is None or not among.still_tells(newcomer, row["story_id"]):
                among.place(newcomer)
            among.keep_keys()

    def forget_old_keys(self, now: datetime) -> None:
        """Drop the keys of entries that came too long ago to have new copies."""
        self._connection.execute("DELETE FROM story_keys WHERE period < ?", (period_of(now) - 1,))

    def rebuild(self) -> None:
        """Make keys, counts and faces anew, and look for copies among what came lately."""
        self._connection.execute("DELETE FROM story_keys")
        last = self._connection.value("SELECT max(received_at) FROM entries") or 0
        recent = [
            row["id"]
            for row in self._connection.rows(
                "SELECT id FROM entries WHERE received_at >= ? AND deleted_at IS NULL ORDER BY id",
                ((last // _PERIOD_S - 1) * _PERIOD_S,),
            )
        ]
        self.regroup(recent)
        grouped = self._connection.rows("SELECT id, story_id FROM entries WHERE story_id NOT NULL")
        for entry_id, story_id in [(row["id"], row["story_id"]) for row in grouped]:
            for value in (None, story_id):  # the triggers do the rest
                self._connection.execute(
                    "UPDATE entries SET story_id = ? WHERE id = ?", (value, entry_id)
                )
        self._connection.execute(
            """UPDATE entries SET copy_count = 1, is_copy = 0
               WHERE story_id IS NULL AND (copy_count <> 1 OR is_copy)"""
        )

    def _spare_rereading(self, newcomer: _Newcomer, now: datetime) -> None:
        others = self._connection.row(
            f"""SELECT max(is_read AND read_at IS NOT NULL) AS was_read,
                    min(is_read OR is_muted) AS all_read, max(word_count) AS words
                FROM entries WHERE id <> ?1 AND {VISIBLE}
                    AND story_id = (SELECT story_id FROM entries WHERE id = ?1)""",
            (newcomer.entry_id,),
        )
        if others is None or not (others["was_read"] and others["all_read"]):
            return
        if newcomer.word_count > others["words"] * _MUCH_LONGER + _MANY_WORDS:
            return
        self._connection.execute(
            """UPDATE entries SET is_read = 1, read_at = ?, page_wanted = 0
               WHERE id = ? AND is_read = 0""",
            (to_timestamp(now), newcomer.entry_id),
        )


@dataclass(frozen=True, slots=True)
class _Newcomer:
    """An entry that is new, or new in what it says."""

    entry_id: int
    feed_id: int
    title: str
    link: str
    text: str
    word_count: int
    keys: tuple[int, ...]


class _Among:
    """The newcomers of one feed among those who share a key with them."""

    def __init__(self, connection: Connection, newcomers: Sequence[_Newcomer], period: int) -> None:
        self._connection = connection
        self._newcomers = newcomers
        self._period = period
        self._buckets: dict[int, list[sqlite3.Row]] = defaultdict(list)
        self._story_of: dict[int, int | None] = {}
        for row in self._find():
            self._buckets[row["key"]].append(row)
            self._story_of[row["id"]] = row["story_id"]
        self._own_keys = Counter(key for one in newcomers for key in one.keys)
        self._siblings: dict[int, list[tuple[int, str]]] = {}

    def place(self, newcomer: _Newcomer) -> sqlite3.Row | None:
        """Put an entry into the story that another one tells, and return that other one."""
        candidates = self._candidates(newcomer)
        if not candidates:
            return None
        telling: Telling | None = None
        refused: set[int] = set()
        for candidate, has_address in candidates[:_MOST_COMPARED]:
            story_id = self._story_of[candidate["id"]]
            if story_id in refused or self._has_feed(story_id, newcomer.feed_id):
                continue
            if not has_address:
                telling = telling or self._tell(newcomer.entry_id, newcomer.feed_id,
                                                newcomer.title, newcomer.text)  # fmt: skip
                if not is_copy(telling, self._telling_of(candidate["id"])):
                    if story_id is not None:
                        refused.add(story_id)
                    continue
            self._join(newcomer, candidate, story_id)
            return candidate
        return None

    def still_tells(self, newcomer: _Newcomer, story_id: int) -> bool:
        """Say whether an entry that has changed belongs to its story; take it out if not."""
        from feedreader.core.likeness import is_copy

        others = list(
            self._connection.rows(
                "SELECT id, link FROM entries WHERE story_id = ? AND id <> ?",
                (story_id, newcomer.entry_id),
            )
        )
        address = canonical_address(newcomer.link)
        met = {row["id"] for key in newcomer.keys for row in self._buckets.get(key, ())}
        if any(
            row["id"] in met or (address and canonical_address(row["link"]) == address)
            for row in others
        ):
            return True
        telling = self._tell(newcomer.entry_id, newcomer.feed_id, newcomer.title, newcomer.text)
        if any(is_copy(telling, self._telling_of(row["id"])) for row in others):
            return True
        self._connection.execute(
            "UPDATE entries SET story_id = NULL WHERE id = ?", (newcomer.entry_id,)
        )
        return False

    def keep_keys(self) -> None:
        """Index the newcomers, apart from keys that say nothing or enough copies have."""

        rows = []
        for key, newcomers in self._newcomers_by_key().items():
            if len(newcomers) == 1 and key not in self._buckets:  # nearly all
                rows.append((self._period, key, newcomers[0].entry_id))
                continue
            stories = Counter(self._story_of[row["id"]] or -row["id"] for row in self._buckets[key])
            for newcomer in newcomers:
                story = self._story_of.get(newcomer.entry_id) or -newcomer.entry_id
                if stories[story] < _KEYS_PER_STORY and len(stories) <= MOST_STORIES_PER_KEY:
                    rows.append((self._period, key, newcomer.entry_id))
                stories[story] += 1
        # In the order of the index, neighbours go to the same pages.
        rows.sort()
        self._connection.execute_many("INSERT OR IGNORE INTO story_keys VALUES (?, ?, ?)", rows)

    def _newcomers_by_key(self) -> Mapping[int, list[_Newcomer]]:
        by_key: dict[int, list[_Newcomer]] = defaultdict(list)
        for one in self._newcomers:
            for key in one.keys:
                by_key[key].append(one)
        return by_key

    def _find(self) -> Iterator[sqlite3.Row]:
        keys = {key for one in self._newcomers for key in one.keys}
        return self._connection.rows(
            f"""SELECT DISTINCT k.key, e.id, feed_id, sort_at, story_id, link, word_count,
                    is_read OR is_muted AS is_past
                FROM story_keys AS k
                JOIN entries AS e ON e.id = entry_id
                WHERE period IN (?, ?) AND k.key {_AMONG} AND {VISIBLE}""",
            (self._period - 1, self._period, json.dumps(list(keys))),
        )

    def _candidates(self, newcomer: _Newcomer) -> list[tuple[sqlite3.Row, bool]]:
        """Return who may tell the same story, and whether its address is the same; best first."""

        if not any(self._buckets.get(key) for key in newcomer.keys):
            return []
        moment = self._connection.value(
            "SELECT sort_at FROM entries WHERE id = ?", (newcomer.entry_id,)
        )
        shared: Counter[int] = Counter()
        rows: dict[int, sqlite3.Row] = {}
        at_address: set[int] = set()
        for key in newcomer.keys:
            bucket = [row for row in self._buckets.get(key, ()) if row["id"] != newcomer.entry_id]
            stories = {self._story_of[row["id"]] or -row["id"] for row in bucket}
            if len(stories) >= MOST_STORIES_PER_KEY:
                continue
            near = [
                row
                for row in bucket
                if row["feed_id"] != newcomer.feed_id and abs(row["sort_at"] - moment) <= _WINDOW_S
            ]
            rows.update((row["id"], row) for row in near)
            if is_of_address(key):
                if self._is_of_one_page(key, bucket, newcomer):
                    at_address.update(row["id"] for row in near if _is_same_place(row, newcomer))
            else:
                shared.update(row["id"] for row in near)
        ranked = sorted(
            at_address | shared.keys(),
            key=lambda one: (one not in at_address, -shared[one], one),
        )
        return [(rows[one], one in at_address) for one in ranked]

    def _is_of_one_page(self, key: int, bucket: Iterable[sqlite3.Row], newcomer: _Newcomer) -> bool:
        """Say whether an address tells the entries of each feed apart.

        Where several link to a list of changes, say, it does not say which of these is meant.
        """
        feeds = Counter(row["feed_id"] for row in bucket)
        return (
            self._own_keys[key] == 1
            and not feeds[newcomer.feed_id]
            and all(count == 1 for count in feeds.values())
        )

    def _has_feed(self, story_id: int | None, feed_id: int) -> bool:
        return story_id is not None and bool(
            self._connection.value(
                "SELECT EXISTS (SELECT 1 FROM entries WHERE story_id = ? AND feed_id = ?)",
                (story_id, feed_id),
            )
        )

    def _join(self, newcomer: _Newcomer, candidate: sqlite3.Row, story_id: int | None) -> None:
        if story_id is not None:
            self._connection.execute(
                "UPDATE entries SET story_id = ?, is_copy = 1 WHERE id = ?",
                (story_id, newcomer.entry_id),
            )
        else:
            last = self._connection.value("SELECT max(story_id) FROM entries WHERE story_id > 0")
            story_id = int(last or 0) + 1
            ids = candidate["id"], newcomer.entry_id
            face = ids[newcomer.word_count * 4 > candidate["word_count"] * 5]
            self._connection.execute(
                """UPDATE entries SET story_id = ?, copy_count = 2, is_copy = (id <> ?)
                   WHERE id IN (?, ?)""",
                (story_id, face, *ids),
            )
        self._story_of[candidate["id"]] = self._story_of[newcomer.entry_id] = story_id

    def _telling_of(self, entry_id: int) -> Telling:
        row = self._connection.row(
            """SELECT feed_id, title, text FROM entries JOIN entry_bodies ON entry_id = id
               WHERE id = ?""",
            (entry_id,),
        )
        assert row is not None, "an entry that is not deleted has a body"
        return self._tell(entry_id, row["feed_id"], row["title"], row["text"])

    def _tell(self, entry_id: int, feed_id: int, title: str, text: str) -> Telling:

        if feed_id not in self._siblings:
            self._siblings[feed_id] = [
                (row["id"], row["text"])
                for row in self._connection.rows(
                    """SELECT id, text FROM entries JOIN entry_bodies ON entry_id = id
                       WHERE feed_id = ? AND deleted_at IS NULL
                       ORDER BY sort_at DESC, id DESC LIMIT ?""",
                    (feed_id, _SIBLINGS + 1),
                )
            ]
        others = [other for one, other in self._siblings[feed_id] if one != entry_id]
        return make_telling(title, text, others[:_SIBLINGS])


def _is_same_place(row: sqlite3.Row, newcomer: _Newcomer) -> bool:
    return not fragments_differ(row["link"], newcomer.link)


def period_of(now: datetime) -> int:
    """Return the number of the period that a moment is in."""
    return int(now.timestamp()) // _PERIOD_S
