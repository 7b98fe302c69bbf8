"""What a query selects in a store, as SQL: the one way from a user's words to entries.

Whatever acts on entries by query (lists, marks, rules, editions) selects them here, so that
all agree on what is hidden: deleted entries, muted ones, and those of feeds that were removed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeVar, overload

from feedreader.store.stories import ALL_COPIES

if TYPE_CHECKING:
    from feedreader.core.query import CompiledQuery, Context, Query
    from feedreader.model import EntryKeys
    from feedreader.store import Store

Item = TypeVar("Item")


NEWEST_FIRST = "e.sort_at DESC, e.id DESC"
OLDEST_FIRST = "e.sort_at, e.id"

_LOOKS = (20_000, 60_000)
"""Among so many entries the beginning of a list is looked for."""
_SCREENFUL = 30
"""Who has so many to look at need not wait for a second look."""
_SPREAD = 5
"""Their ids may lie among so many times as many: more where many old entries came at once."""
_FEW = 20_000
"""So many hits of words are gathered in no time."""
_MOST_WORDS = 1_000
"""So many words that the begun ones of a query may be are looked up one by one."""

# What every start lists. The query language takes longer to import than this list to make.
_UNREAD, _IS_UNREAD = "is:unread", "e.is_read = 0"


class Shape(NamedTuple):
    """What a query says beside which entries it selects."""

    order_by: str = ""
    """As SQL; "" if it does not say."""
    limit: int | None = None


class Selected(NamedTuple):
    """A query as SQL over `entries AS e`."""

    where: str
    params: Sequence[object]
    shape: Shape


class Beginning(NamedTuple):
    """The first entries of a list, as far as they could be found quickly."""

    keys: EntryKeys
    is_whole: bool
    """There are no others."""


class Selector:
    """Turns queries into SQL over one store."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def select(self, query: str, *, after_id: int = 0) -> Selected:
        """Return what a query selects, of the entries that came after one of them.

        Raises `QueryError`.
        """
        if query == _UNREAD and not after_id:
            return Selected(self._visible(_IS_UNREAD), (), Shape())
        from feedreader.core.query import parse

        ids = f"> {after_id}" if after_id else ""
        return self.compile(parse(query), self.context(), ids=ids)

    def compile(
        self, query: Query, context: Context, *, ids: str = "", shows_muted: bool = False
    ) -> Selected:
        """Return the same for a query that was read; `ids` as `compile_sql` takes it.

        Raises `QueryError`.
        """
        from feedreader.core.query import compile_sql

        compiled = compile_sql(query, context, ids=ids)
        where = self._shown(compiled, shows_muted=shows_muted)
        return Selected(where, compiled.params, Shape(compiled.order_by, compiled.limit))

    def begin(
        self, query: str, count: int, *, oldest_first: bool = False, stories: bool = False
    ) -> Beginning:
        """Return the first `count` entries of a list in a time that does not grow with the store.

        Where hits are frequent they are found among the first entries of the list of all, where
        they are rare the search index has them all at once. In between, and where whole texts
        have to be searched, fewer may come, none even; with an order that is not by date they are
        the first of the latest. Raises `QueryError`.
        """
        from feedreader.core.query import compile_sql, parse

        parsed, context = parse(query), self.context()
        compiled = compile_sql(parsed, context)
        is_by_date = compiled.sort_column in ("", "e.sort_at")
        if compiled.sort_column and is_by_date:
            oldest_first = not compiled.is_descending
        order = compiled.order_by or (OLDEST_FIRST if oldest_first else NEWEST_FIRST)
        wanted = count if compiled.limit is None else min(count, compiled.limit)
        list_keys = (self._store.stories if stories else self._store.entries).keys
        words = _WordsBeginning(self._store)
        for look in _LOOKS:
            near = self._near(look, oldest_first=oldest_first)
            if near is None:
                break
            some = compile_sql(
                parsed, context, ids=near.ids, is_walk=True, words_beginning=words.find
            )
            where = f"{self._shown(some)} AND e.sort_at {near.moments}"
            keys = list_keys(where, some.params, order, wanted)
            if is_by_date and len(keys.ids) >= wanted:
                return Beginning(keys, len(keys.ids) < count)
            if some.reads_texts or words.are_too_many:
                return Beginning(keys, False)
            if compiled.found:
                hits = self._store.search.count(some.found, near.ids) if some.found else 0
                if hits < near.share * _FEW:
                    break
            elif compiled.is_narrow and is_by_date:
                break
            if len(keys.ids) >= _SCREENFUL or not (compiled.found and is_by_date):
                return Beginning(keys, False)
        else:
            return Beginning(keys, False)
        whole = compile_sql(parsed, context, words_beginning=words.find)
        keys = list_keys(self._shown(whole), whole.params, order, wanted)
        return Beginning(keys, len(keys.ids) < count)

    def _near(self, count: int, *, oldest_first: bool) -> _Near | None:
        """Return where the first so many entries of all are; None if there are no more."""
        entries = self._store.entries
        edge = entries.edge(count, oldest_first=oldest_first)
        if edge is None:
            return None
        (moment, farthest), last = edge, entries.last_id()
        if oldest_first:
            farthest = min(farthest, _SPREAD * count)
            return _Near(f"<= {moment}", f"<= {farthest}", farthest / last)
        farthest = max(farthest, last - _SPREAD * count)
        return _Near(f">= {moment}", f">= {farthest}", (last - farthest + 1) / last)

    def _shown(self, compiled: CompiledQuery, *, shows_muted: bool = False) -> str:
        where = self._visible(compiled.where, shows_muted=shows_muted or compiled.mentions_muted)
        return f"{where} {ALL_COPIES}" if compiled.asks_for_marks else where

    def find(self, query: str) -> tuple[str, Sequence[object]]:
        """Return what a query finds, hidden or not, as a condition with its parameters."""
        from feedreader.core.query import compile_sql, parse

        compiled = compile_sql(parse(query), self.context())
        return f"({compiled.where})", compiled.params

    def _visible(self, condition: str, *, shows_muted: bool = False) -> str:
        """Return the condition without what is hidden."""
        conditions = [f"({condition})", "e.deleted_at IS NULL"]
        if not shows_muted:
            conditions.append("e.is_muted = 0")
        if removed := self._store.feeds.removed_ids():
            conditions.append(f"e.feed_id NOT IN ({','.join(str(one) for one in removed)})")
        return " AND ".join(conditions)

    def context(self) -> Context:
        """Return what the words of a query refer to: feeds, saved searches, the time."""
        from feedreader.core.query import Context

        now = self._clock()
        return Context(
            now=now,
            feeds=_Lazily(self._store.feeds.names),
            searches={one.name: one.query for one in self._store.feeds.saved_searches()},
            timezone=_SystemZone(),
        )


class _SystemZone(tzinfo):
    """The timezone of this computer, on any day.

    What `astimezone()` puts into a time is the offset of that moment alone: the days of the other
    half of the year would begin an hour off.
    """

    def utcoffset(self, moment: datetime | None) -> timedelta:
        """Return how far the clocks are ahead of UTC at a local time."""
        try:
            offset = moment.replace(tzinfo=None).astimezone().utcoffset() if moment else None
        except (OverflowError, ValueError):  # at the ends of the calendar
            offset = None
        return offset or timedelta()

    def dst(self, _: datetime | None) -> None:
        """Say that it is not known how much of the offset is summer time."""

    def tzname(self, _: datetime | None) -> None:
        """Say that it has no name."""

    def fromutc(self, moment: datetime) -> datetime:
        """Return the local time of a time in UTC."""
        local = moment.replace(tzinfo=UTC).astimezone()
        here = local.replace(tzinfo=self)
        # An hour that comes twice is told apart by its fold.
        return here if here.utcoffset() == local.utcoffset() else here.replace(fold=1)


class _Near(NamedTuple):
    """The beginning of the list of all entries."""

    moments: str
    """A bound of `sort_at`, as SQL."""
    ids: str
    """One of the ids."""
    share: float
    """How much of all ids lies within it."""


class _WordsBeginning:
    """Words of the search index that begin so, for one query."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, Sequence[str] | None] = {}
        self._room = _MOST_WORDS

    @property
    def are_too_many(self) -> bool:
        """Whether there was a word whose ends are too many."""
        return None in self._known.values()

    def find(self, start: str) -> Sequence[str] | None:
        """Return the words; None if they are too many."""
        if start not in self._known:
            words = self._store.search.words_beginning(start, self._room)
            self._known[start] = words
            self._room -= len(words or ())
        return self._known[start]


class _Lazily(Sequence[Item]):
    """A sequence that is made when it is first looked at: few queries name feeds."""

    def __init__(self, make: Callable[[], Sequence[Item]]) -> None:
        self._make = make

    @cached_property
    def _items(self) -> Sequence[Item]:
        return self._make()

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | Sequence[Item]:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)
