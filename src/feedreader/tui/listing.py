"""Which rows the entry list has: entries in order, with headings of groups between them."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import groupby

from feedreader.model import EntryKeys
from feedreader.tui.state import Group


@dataclass(frozen=True, slots=True)
class Listing:
    """All rows of a list: of entries, and of headings where a group begins.

    Rows are numbered from 0 with the headings, places without them.
    """

    keys: EntryKeys
    starts: tuple[int, ...] = ()
    """The place where each group begins."""
    days: tuple[date, ...] = ()
    """The day of each group, or none of them if groups are feeds or have `labels`."""
    labels: tuple[str, ...] = ()
    """What each group is called, if neither day nor feed says it."""

    @property
    def row_count(self) -> int:
        return len(self.keys.ids) + len(self.starts)

    def row_of(self, place: int) -> int:
        """Return the row of an entry."""
        return place + bisect_right(self.starts, place)

    def place_of(self, row: int) -> int | None:
        """Return which entry stands in a row; None for a heading."""
        group = self.group_of(row)
        if group < 0:
            return row
        place = row - group - 1
        return None if place < self.starts[group] else place

    def group_of(self, row: int) -> int:
        """Return the number of the group that a row, heading or entry, belongs to; or -1."""
        groups = range(len(self.starts))
        return bisect_right(groups, row, key=lambda group: self.starts[group] + group) - 1

    def size_of(self, group: int) -> int:
        """Return how many entries a group has."""
        end = self.starts[group + 1] if group + 1 < len(self.starts) else len(self.keys.ids)
        return end - self.starts[group]


def group_keys(keys: EntryKeys, group: Group, zone: tzinfo | None) -> Listing:
    """Return the rows for keys; days are those of the reader's time zone.

    Grouping by day takes keys in the order of time, as they come without a `sort:`.
    """
    if group == "day":
        return _by_day(keys, zone)
    if group == "feed":
        return _by_feed(keys)
    return Listing(keys)


def no_keys() -> EntryKeys:
    """Return the keys of nothing."""
    return EntryKeys(array("q"), array("q"), array("q"), bytearray())


def in_order(keys: EntryKeys, places: Sequence[int]) -> EntryKeys:
    """Return the keys that stand at these places, in this order."""
    return EntryKeys(
        array("q", map(keys.ids.__getitem__, places)),
        array("q", map(keys.feed_ids.__getitem__, places)),
        array("q", map(keys.sorted_at.__getitem__, places)),
        bytearray(map(keys.unread.__getitem__, places)),
    )


def _by_day(keys: EntryKeys, zone: tzinfo | None) -> Listing:
    """Jump from day to day: the cost grows with the days, not with the entries."""
    moments = keys.sorted_at
    starts: list[int] = []
    days: list[date] = []
    place, end = 0, len(moments)
    is_newest_first = end < 2 or moments[0] >= moments[-1]
    while place < end:
        day = datetime.fromtimestamp(moments[place], zone).date()
        starts.append(place)
        days.append(day)
        if is_newest_first:
            midnight = _midnight(day, zone)
            after = bisect_right(moments, -midnight, lo=place, key=lambda moment: -moment)
        else:
            midnight = _midnight(day + timedelta(days=1), zone)
            after = bisect_left(moments, midnight, lo=place)
        place = max(after, place + 1)
    return Listing(keys, tuple(starts), tuple(days))


def _by_feed(keys: EntryKeys) -> Listing:
    """Bring the entries of each feed together, the feed with the first entry first."""
    places: dict[int, list[int]] = {}
    for place, feed_id in enumerate(keys.feed_ids):
        places.setdefault(feed_id, []).append(place)
    order = [place for some in places.values() for place in some]
    sorted_keys = in_order(keys, order)
    starts, place = [], 0
    for _, some in groupby(sorted_keys.feed_ids):
        starts.append(place)
        place += sum(1 for _ in some)
    return Listing(sorted_keys, tuple(starts))


def _midnight(day: date, zone: tzinfo | None) -> float:
    return datetime.combine(day, time(), zone).timestamp()
