"""What came and what was read, counted as it happens: two small tables, never a scan of entries.

Days and hours are those of the clock on the wall when it happened, so that no later journey
moves them: a day is its proleptic Gregorian ordinal, an hour is that times 24 plus the hour. The
figures outlive the entries and the feeds that they tell of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from feedreader.store.connection import Connection, in_batches
from feedreader.store.entries import WAS_READ, among

Key = Literal["day", "hour", "feed_id"]


_MOST_COPIES = 50
"""Of one story; so many entries that are marked together are many stories."""


class Sums(NamedTuple):
    """What came and was read, added up by `key`: a day, an hour or a feed."""

    key: int
    received: int
    read: int
    skipped: int
    seconds: int
    words: int


class FeedRow(NamedTuple):
    """What figures say of a feed besides its own."""

    id: int
    title: str
    unread: int
    starred: int
    added_day: int
    is_polled: bool
    """No server has the pages that the user added."""


class StatisticsStore:
    """The tables about arrival and reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- counting; the caller holds the transaction ---

    def count_arrivals(self, feed_id: int, count: int, now: datetime) -> None:
        """Count entries that came."""
        self._connection.execute(
            """INSERT INTO arrival_days (day, feed_id, received) VALUES (?, ?, ?)
               ON CONFLICT DO UPDATE SET received = received + excluded.received""",
            (day_of(now), feed_id, count),
        )

    def count_read(self, ids: Sequence[int], now: datetime) -> None:
        """Count entries that were marked read just now: one story is read, many are skipped."""
        column = self._column(*among(ids)) if len(ids) < _MOST_COPIES else "skipped"
        hour = hour_of(now)
        for some in in_batches(ids, 500):
            self._connection.execute(
                f"""INSERT INTO reading_hours (hour, feed_id, {column})
                    SELECT ?, feed_id, count(*) FROM entries
                    WHERE id IN ({",".join("?" * len(some))}) GROUP BY feed_id
                    ON CONFLICT DO UPDATE SET {column} = {column} + excluded.{column}""",
                (hour, *some),
            )

    def uncount_read(self, where: str, params: Sequence[Any]) -> None:
        """Take back what was counted of the read entries that a condition on `e` selects."""
        column = self._column(f"{WAS_READ} AND {where}", params)
        other = "skipped" if column == "read" else "read"
        self._connection.execute_many(
            # What was marked one by one, or together, may be taken back the other way.
            f"""UPDATE reading_hours SET {column} = max(0, {column} - ?1),
                    {other} = max(0, {other} - max(0, ?1 - {column}))
                WHERE hour = ?2 AND feed_id = ?3""",
            self._counted(where, params),
        )

    def recount_read(self, where: str, params: Sequence[Any]) -> None:
        """Count them again, when they were read: `uncount_read` was a slip."""
        column = self._column(f"{WAS_READ} AND {where}", params)
        self._connection.execute_many(
            f"""INSERT INTO reading_hours (hour, feed_id, {column}) VALUES (?2, ?3, ?1)
                ON CONFLICT DO UPDATE SET {column} = {column} + excluded.{column}""",
            self._counted(where, params),
        )

    def _counted(self, where: str, params: Sequence[Any]) -> list[tuple[int, int, int]]:
        """Return how many of the entries were read, with the hour and the feed."""
        rows = self._connection.rows(
            f"""SELECT feed_id, read_at, count(*) AS number FROM entries AS e
                WHERE {WAS_READ} AND {where} GROUP BY feed_id, read_at""",
            params,
        )
        return [
            (
                row["number"],
                hour_of(datetime.fromtimestamp(row["read_at"], UTC)),
                row["feed_id"],
            )
            for row in rows
        ]

    def _column(self, where: str, params: Sequence[Any]) -> str:
        """Return as what the marks on some entries count; copies of a story are one."""
        stories = self._connection.value(
            f"SELECT count(DISTINCT coalesce(e.story_id, -e.id)) FROM entries AS e WHERE {where}",
            params,
        )
        return "read" if stories == 1 else "skipped"

    def note_reading(
        self, visits: Iterable[tuple[int, float]], now: datetime, *, words_per_minute: int
    ) -> None:
        """Count seconds for which entries were in sight."""
        hour = hour_of(now)
        self._connection.execute_many(
            """INSERT INTO reading_hours (hour, feed_id, seconds, words)
               SELECT ?1, feed_id, ?3, min(word_count, ?3 * ?4 / 60) FROM entries WHERE id = ?2
               ON CONFLICT DO UPDATE SET
                   seconds = seconds + excluded.seconds, words = words + excluded.words""",
            [(hour, entry_id, round(seconds), words_per_minute) for entry_id, seconds in visits],
        )

    # --- looking ---

    def arrivals(
        self, by: Key, first_day: int, last_day: int, feed_id: int | None = None
    ) -> Iterator[Sums]:
        """Return what came from a day to another, added up by day or by feed."""
        for row in self._connection.rows(
            f"""SELECT {by}, sum(received) FROM arrival_days
                WHERE day BETWEEN ?1 AND ?2 AND (?3 IS NULL OR feed_id = ?3) GROUP BY 1""",
            (first_day, last_day, feed_id),
        ):
            yield Sums(row[0], row[1], 0, 0, 0, 0)

    def readings(
        self, by: Key, first_day: int, last_day: int, feed_id: int | None = None
    ) -> Iterator[Sums]:
        """Return what was read from a day to another, added up by hour or by feed."""
        for row in self._connection.rows(
            f"""SELECT {by}, 0, sum(read), sum(skipped), sum(seconds), sum(words)
                FROM reading_hours
                WHERE hour BETWEEN ?1 AND ?2 AND (?3 IS NULL OR feed_id = ?3) GROUP BY 1""",
            (first_day * 24, last_day * 24 + 23, feed_id),
        ):
            yield Sums(*row)

    def was_read_on(self, day: int) -> bool:
        """Say whether anything was read on a day."""
        return bool(
            self._connection.value(
                """SELECT EXISTS (SELECT 1 FROM reading_hours
                   WHERE hour BETWEEN ?1 AND ?1 + 23 AND (read OR seconds))""",
                (day * 24,),
            )
        )

    def feeds(self) -> dict[int, FeedRow]:
        """Return the feeds that are followed, by id."""
        rows = self._connection.rows(
            """SELECT id, coalesce(nullif(user_title, ''), nullif(title, ''), shown_url(url))
                   AS title, unread, starred, added_at, kind <> 'pages' AS is_polled
               FROM feeds JOIN feed_counts ON feed_id = id
               WHERE removed_at IS NULL"""
        )
        return {
            row["id"]: FeedRow(
                row["id"],
                row["title"],
                row["unread"],
                row["starred"],
                day_of(datetime.fromtimestamp(row["added_at"], UTC)),
                bool(row["is_polled"]),
            )
            for row in rows
        }


def day_of(moment: datetime) -> int:
    """Return the day that the wall clock shows at a moment."""
    return moment.astimezone().toordinal()


def hour_of(moment: datetime) -> int:
    """Return the hour that the wall clock shows at a moment."""
    local = moment.astimezone()
    return local.toordinal() * 24 + local.hour
