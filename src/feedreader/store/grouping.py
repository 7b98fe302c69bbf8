"""Which entries are copies of what other feeds have told: found by keys, judged by text.

The index of keys grows with what comes in a month or two, and what is looked up in it with the
newcomers alone: a key of so many stories that it says nothing is not indexed any further.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
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
from feedreader.store.entries import WAS_READ
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
_MOST_MERGED: Final = 16
"""Copies of two stories that become one: the cost grows with the cube of them."""
_MUCH_LONGER: Final = 1.5
_MANY_WORDS: Final = 150


class Grouping:
    """Puts entries into stories. The caller holds the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, feed_id: int, new: Sequence[tuple[int, int, CleanEntry]], now: datetime) -> None:
        """Put new entries of a feed, by id and `sort_at`, into the stories that others have told.

        One whose story the user has read arrives read, unless it says much more. The cost is
        that of the new entries, however many others there are.
        """
        if self._connection.value("SELECT removed_at FROM feeds WHERE id = ?", (feed_id,)):
            return  # while it was asked: no list shows its entries
        newcomers = [
            _Newcomer(
                entry_id, feed_id, moment, clean.entry.title, clean.entry.link, clean.content_text,
                clean.word_count, clean.story_keys,
            )
            for entry_id, moment, clean in new
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
                f"""SELECT id, feed_id, sort_at, received_at, title, link, text, word_count,
                        story_id
                    FROM entries JOIN entry_bodies ON entry_id = id
                    WHERE id {_AMONG} AND {VISIBLE}""",
                (json.dumps(list(entry_ids)),),
            )
        ):
            keys = story_keys((row["link"], canonical_link), row["text"])
            newcomer = _Newcomer(
                row["id"], row["feed_id"], row["sort_at"], row["title"], row["link"], row["text"],
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
            f"""SELECT max({WAS_READ}) AS was_read, min(is_read OR is_muted) AS all_read,
                    max(word_count) AS words
                FROM entries AS e WHERE id <> ?1 AND {VISIBLE}
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
    moment: int
    """`sort_at`."""
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
        self._own_keys = Counter(key for one in newcomers for key in one.keys)
        sharing = self._find_sharing()
        self._met = self._find_entries({entry_id for _, entry_id in sharing})
        self._buckets: dict[int, list[int]] = defaultdict(list)
        for key, entry_id in sharing:
            if entry_id in self._met:
                self._buckets[key].append(entry_id)
        self._story_of = {entry_id: row["story_id"] for entry_id, row in self._met.items()}
        self._feeds_of = self._find_feeds()
        self._siblings: dict[int, list[tuple[int, str]]] = {}

    def place(self, newcomer: _Newcomer) -> sqlite3.Row | None:
        """Put an entry into the story that another one tells, and return that other one.

        Who else tells the same comes into that story too: one copy may show that two others,
        whose texts are too far apart, are of one story.
        """
        teller: sqlite3.Row | None = None
        telling: Telling | None = None
        refused: set[int] = set()
        for candidate, has_address in self._candidates(newcomer)[:_MOST_COMPARED]:
            mine = self._story_of.get(newcomer.entry_id) if teller else None
            other = self._story_of[candidate["id"]]
            if other in refused or not self._may_join(newcomer, mine, candidate, other):
                continue
            if not has_address:
                telling = telling or self._tell(newcomer.entry_id, newcomer.feed_id,
                                                newcomer.title, newcomer.text)  # fmt: skip
                if not is_copy(telling, self._telling_of(candidate["id"])):
                    if other is not None:
                        refused.add(other)
                    continue
            if mine is not None:
                self._merge(mine, candidate, other)
            else:
                self._join(newcomer, candidate, other)
                teller = candidate
        return teller

    def _may_join(
        self, newcomer: _Newcomer, mine: int | None, candidate: sqlite3.Row, other: int | None
    ) -> bool:
        """Say whether no feed would be twice in the story, nor two great stories become one."""
        my_feeds = {newcomer.feed_id} if mine is None else self._feeds_of[mine]
        others = {candidate["feed_id"]} if other is None else self._feeds_of[other]
        is_small = mine is None or len(my_feeds) + len(others) <= _MOST_MERGED
        return is_small and my_feeds.isdisjoint(others)

    def still_tells(self, newcomer: _Newcomer, story_id: int) -> bool:
        """Say whether an entry that has changed belongs to its story; take it out if not."""
        others = list(
            self._connection.rows(
                # Of those that were deleted long ago nothing is left to compare with.
                """SELECT id, link FROM entries JOIN entry_bodies ON entry_id = id
                   WHERE story_id = ? AND id <> ?""",
                (story_id, newcomer.entry_id),
            )
        )
        address = canonical_address(newcomer.link)
        met = {entry_id for key in newcomer.keys for entry_id in self._buckets.get(key, ())}
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
        shared: dict[int, list[_Newcomer]] = defaultdict(list)
        for one in self._newcomers:
            for key in one.keys:
                bucket = self._buckets.get(key, ())
                if self._own_keys[key] == 1 and len(bucket) < _KEYS_PER_STORY:  # nearly all
                    rows.append((self._period, key, one.entry_id))
                else:
                    shared[key].append(one)
        for key, newcomers in shared.items():
            stories = Counter(map(self._story, self._buckets.get(key, ())))
            for newcomer in newcomers:
                story = self._story(newcomer.entry_id)
                if stories[story] < _KEYS_PER_STORY and len(stories) <= MOST_STORIES_PER_KEY:
                    rows.append((self._period, key, newcomer.entry_id))
                stories[story] += 1
        # In the order of the index, neighbours go to the same pages.
        rows.sort()
        self._connection.execute_many("INSERT OR IGNORE INTO story_keys VALUES (?, ?, ?)", rows)

    def _story(self, entry_id: int) -> int:
        """Return a number for the story that an entry tells, or tells alone so far."""
        return self._story_of.get(entry_id) or -entry_id

    def _find_sharing(self) -> list[tuple[int, int]]:
        """Return which of the newcomers' keys which entries have."""
        batches = self._connection.batches(
            f"""SELECT DISTINCT key, entry_id FROM story_keys
                WHERE period IN (?, ?) AND key {_AMONG}""",
            (self._period - 1, self._period, json.dumps(list(self._own_keys))),
        )
        return [(key, entry_id) for rows in batches for key, entry_id in rows]

    def _find_entries(self, ids: set[int]) -> dict[int, sqlite3.Row]:
        """Return those of some entries that may stand in lists."""
        rows = self._connection.rows(
            f"""SELECT id, feed_id, sort_at, story_id, link, word_count,
                    is_read OR is_muted AS is_past
                FROM entries WHERE id {_AMONG} AND {VISIBLE}""",
            (json.dumps(list(ids)),),
        )
        return {row["id"]: row for row in rows} if ids else {}

    def _find_feeds(self) -> dict[int | None, set[int]]:
        """Return by story the feeds that tell it."""
        feeds: dict[int | None, set[int]] = defaultdict(set)
        if stories := {story for story in self._story_of.values() if story is not None}:
            for row in self._connection.rows(
                f"SELECT story_id, feed_id FROM entries WHERE story_id {_AMONG}",
                (json.dumps(list(stories)),),
            ):
                feeds[row["story_id"]].add(row["feed_id"])
        return feeds

    def _candidates(self, newcomer: _Newcomer) -> list[tuple[sqlite3.Row, bool]]:
        """Return who may tell the same story, and whether its address is the same; best first."""
        if self._buckets.keys().isdisjoint(newcomer.keys):
            return []
        shared: Counter[int] = Counter()
        at_address: set[int] = set()
        for key in newcomer.keys:
            bucket = [one for one in self._buckets.get(key, ()) if one != newcomer.entry_id]
            if self._is_of_template(bucket):
                continue
            if not is_of_address(key):
                for one in bucket:
                    shared[one] += 1
            elif self._is_of_one_page(key, bucket, newcomer):
                at_address.update(
                    one
                    for one in bucket
                    if not fragments_differ(self._met[one]["link"], newcomer.link)
                )
        near = [one for one in at_address | shared.keys() if self._is_near(one, newcomer)]
        near.sort(key=lambda one: (one not in at_address, -shared[one], one))
        return [(self._met[one], one in at_address) for one in near]

    def _is_near(self, entry_id: int, newcomer: _Newcomer) -> bool:
        other = self._met[entry_id]
        is_others = bool(other["feed_id"] != newcomer.feed_id)
        return is_others and abs(other["sort_at"] - newcomer.moment) <= _WINDOW_S

    def _is_of_template(self, bucket: Sequence[int]) -> bool:
        """Say whether so many stories share a key that it proposes nothing."""
        if len(bucket) < MOST_STORIES_PER_KEY:
            return False
        return len(set(map(self._story, bucket))) >= MOST_STORIES_PER_KEY

    def _is_of_one_page(self, key: int, bucket: Sequence[int], newcomer: _Newcomer) -> bool:
        """Say whether an address tells the entries of each feed apart.

        Where several link to a list of changes, say, it does not say which of these is meant.
        """
        feeds = Counter(self._met[one]["feed_id"] for one in bucket)
        return (
            self._own_keys[key] == 1
            and not feeds[newcomer.feed_id]
            and all(count == 1 for count in feeds.values())
        )

    def _join(self, newcomer: _Newcomer, candidate: sqlite3.Row, story_id: int | None) -> None:
        if story_id is None:
            last = self._connection.value("SELECT max(story_id) FROM entries WHERE story_id > 0")
            story_id = int(last or 0) + 1
            ids = candidate["id"], newcomer.entry_id
            face = ids[_is_fuller(newcomer.word_count, candidate["word_count"])]
            self._connection.execute(
                """UPDATE entries SET story_id = ?, copy_count = 2, is_copy = (id <> ?)
                   WHERE id IN (?, ?)""",
                (story_id, face, *ids),
            )
            self._feeds_of[story_id].add(candidate["feed_id"])
        else:
            self._join_story(newcomer, story_id)
        self._feeds_of[story_id].add(newcomer.feed_id)
        self._story_of[candidate["id"]] = self._story_of[newcomer.entry_id] = story_id

    def _merge(self, story_id: int, candidate: sqlite3.Row, other: int | None) -> None:
        """Bring another entry, with all that tell its story, into a story; triggers count."""
        column, value = ("id", candidate["id"]) if other is None else ("story_id", other)
        self._connection.execute(
            f"UPDATE entries SET story_id = ? WHERE {column} = ?", (story_id, value)
        )
        self._feeds_of[story_id] |= self._feeds_of.pop(other, {candidate["feed_id"]})
        for entry_id, story in self._story_of.items():
            if entry_id == candidate["id"] or (other is not None and story == other):
                self._story_of[entry_id] = story_id

    def _join_story(self, newcomer: _Newcomer, story_id: int) -> None:
        """Do what the trigger would, whose cost grows with the square of the copies."""
        copies = self._connection.row(
            f"""SELECT count(*) + 1 AS count, max(iif(is_copy, 0, word_count)) AS words_of_face
                FROM entries WHERE story_id = ? AND id <> ? AND {VISIBLE}""",
            (story_id, newcomer.entry_id),
        )
        assert copies is not None, "an aggregate has a row"
        is_face = _is_fuller(newcomer.word_count, copies["words_of_face"])
        self._connection.execute(
            "UPDATE entries SET story_id = ?, copy_count = ?, is_copy = ? WHERE id = ?",
            (story_id, copies["count"], not is_face, newcomer.entry_id),
        )
        self._connection.execute(
            """UPDATE entries SET copy_count = ?, is_copy = is_copy OR ?
               WHERE story_id = ? AND id <> ?""",
            (copies["count"], is_face, story_id, newcomer.entry_id),
        )

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


def _is_fuller(words: int, words_of_face: int) -> bool:
    """Say whether a copy takes the place of a story's face; see the trigger in schema.py."""
    return words * 4 > words_of_face * 5


def period_of(now: datetime) -> int:
    """Return the number of the period that a moment is in."""
    return int(now.timestamp()) // _PERIOD_S
