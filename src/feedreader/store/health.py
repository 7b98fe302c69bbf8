"""How feeds fare, in figures: their newest posts, their weeks, what was read, who is alike."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from itertools import combinations, pairwise
from typing import NamedTuple

from feedreader.model.health import ACTIVITY_WEEKS
from feedreader.store.connection import Connection, to_timestamp
from feedreader.store.statistics import hour_of

_WEEK_S = 7 * 86_400
_NEWEST = 20
"""So many entries tell how often a feed posts."""
_FEWEST_GAPS = 3
_ALIKE_NEWEST, _GLANCE = 15, 4
_FIRST_LETTER = 0x41


class Pulse(NamedTuple):
    """When a feed posted."""

    last_post_at: datetime | None = None
    gap_s: float | None = None
    weeks: tuple[int, ...] = (0,) * ACTIVITY_WEEKS


class PageResults(NamedTuple):
    """How many of a feed's newest pages gave a text."""

    found: int = 0
    failed: int = 0


class HealthStore:
    """What the tables say of feeds; all of it by indexes, however many entries there are.

    Entries that were deleted count like others: their publisher posted them.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def pulses(self, now: datetime, feed_id: int | None = None) -> Mapping[int, Pulse]:
        """Return when feeds posted, all or one; those that never did are left out."""
        weeks = self._weeks(now, feed_id)
        pulses = {}
        for row in self._connection.rows(
            """SELECT id, (SELECT group_concat(sort_at) FROM
                   (SELECT sort_at FROM entries
                    WHERE feed_id = feeds.id
                    ORDER BY sort_at DESC, entries.id DESC LIMIT ?1)) AS newest
               FROM feeds WHERE removed_at IS NULL AND (?2 IS NULL OR id = ?2)""",
            (_NEWEST, feed_id),
        ):
            if row["newest"]:
                times = sorted(map(int, row["newest"].split(",")), reverse=True)
                gaps = [newer - older for newer, older in pairwise(times)]
                pulses[row["id"]] = Pulse(
                    datetime.fromtimestamp(times[0], UTC),
                    statistics.median(gaps) if len(gaps) >= _FEWEST_GAPS else None,
                    weeks.get(row["id"], Pulse().weeks),
                )
        return pulses

    def _weeks(self, now: datetime, feed_id: int | None) -> dict[int, tuple[int, ...]]:
        """Return how many entries feeds posted in each week, the oldest first."""
        end = to_timestamp(now)
        assert end is not None
        # A letter for each entry, its week: to group by week in SQL would sort all entries.
        which = "" if feed_id is None else f" AND feed_id = {int(feed_id)}"
        rows = self._connection.rows(
            f"""SELECT feed_id,
                   group_concat(char(?1 + max(0, ?2 - sort_at) / ?3), '') AS letters
               FROM entries
               WHERE sort_at > ?4{which}
               GROUP BY feed_id""",
            (_FIRST_LETTER, end, _WEEK_S, end - ACTIVITY_WEEKS * _WEEK_S),
        )
        letters = [chr(_FIRST_LETTER + week) for week in reversed(range(ACTIVITY_WEEKS))]
        return {row["feed_id"]: tuple(map(row["letters"].count, letters)) for row in rows}

    def read_counts(self, since: datetime) -> Mapping[int, int]:
        """Return how many entries of each feed were read since a time, one by one."""
        rows = self._connection.rows(
            """SELECT feed_id, sum(read) AS read FROM reading_hours WHERE hour >= ?
               GROUP BY feed_id""",
            (hour_of(since),),
        )
        return {row["feed_id"]: row["read"] for row in rows}

    def page_results(self, feed_ids: Iterable[int]) -> Mapping[int, PageResults]:
        """Return what came of the pages of the newest entries of some feeds."""
        found = {}
        for feed_id in feed_ids:
            row = self._connection.row(
                """SELECT coalesce(sum(full_text_source = 2), 0) AS found,
                       coalesce(sum(full_text_source <> 2 AND page_tries > 0), 0) AS failed
                   FROM (SELECT full_text_source, page_tries FROM entries
                         WHERE feed_id = ?
                         ORDER BY sort_at DESC, id DESC LIMIT ?)""",
                (feed_id, _NEWEST),
            )
            assert row is not None
            found[feed_id] = PageResults(row["found"], row["failed"])
        return found

    def shared_shares(self, groups: Iterable[Collection[int]]) -> Mapping[tuple[int, int], float]:
        """Return what share of their newest entries two feeds of a group have in common.

        Entries are the same whose links are. Pairs without any are left out.
        """
        groups = list(groups)
        # Most feeds of one site have nothing in common: a glance at the newest tells so.
        glances = self._newest_alt_keys({one for group in groups for one in group}, _GLANCE)
        alike = {pair for group in groups for pair in _shared_counts(group, glances)}
        newest = self._newest_alt_keys({one for pair in alike for one in pair}, _ALIKE_NEWEST)
        return {
            pair: count / min(len(newest[pair[0]]), len(newest[pair[1]]))
            for group in alike
            for pair, count in _shared_counts(group, newest).items()
        }

    def _newest_alt_keys(
        self, feed_ids: Collection[int], count: int
    ) -> Mapping[int, frozenset[str]]:
        """Return by feed what finds its newest entries again."""
        if not feed_ids:
            return {}
        rows = self._connection.rows(
            f"""SELECT id, (SELECT group_concat(hex(alt_key)) FROM
                    (SELECT alt_key FROM entries WHERE feed_id = feeds.id
                     ORDER BY sort_at DESC, entries.id DESC LIMIT ?)) AS keys
                FROM feeds WHERE id IN ({",".join(map(str, feed_ids))})""",
            (count,),
        )
        return {row["id"]: frozenset(filter(None, (row["keys"] or "").split(","))) for row in rows}

    def kept_bytes(self, feed_id: int) -> int:
        """Return about how much room a feed's entries take; reads them all."""
        size: int = self._connection.value(
            """SELECT coalesce(sum(length(CAST(text AS BLOB)) + length(CAST(feed_html AS BLOB))
                   + length(CAST(page_html AS BLOB)) + length(details)), 0)
               FROM entries JOIN entry_bodies ON entry_id = id
               WHERE feed_id = ? AND deleted_at IS NULL""",
            (feed_id,),
        )
        return size


def _shared_counts(
    group: Collection[int], keys: Mapping[int, frozenset[str]]
) -> Mapping[tuple[int, int], int]:
    """Return how many keys each two of a group share, if any."""
    holders: dict[str, list[int]] = defaultdict(list)
    for feed_id in group:
        for key in keys[feed_id]:
            holders[key].append(feed_id)
    return Counter(
        pair
        for feeds in holders.values()
        if len(feeds) > 1
        for pair in combinations(sorted(feeds), 2)
    )
