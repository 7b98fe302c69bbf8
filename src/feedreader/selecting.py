"""What a query selects in a store, as SQL: the one way from a user's words to entries.

Whatever acts on entries by query (lists, marks, rules, editions) selects them here, so that
all agree on what is hidden: deleted entries, muted ones, and those of feeds that were removed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeVar, overload

if TYPE_CHECKING:
    from feedreader.core.query import CompiledQuery, Context
    from feedreader.store import Store

Item = TypeVar("Item")


class Selected(NamedTuple):
    """A query as SQL over `entries AS e`."""

    where: str
    params: Sequence[object]
    compiled: CompiledQuery


class Selector:
    """Turns queries into SQL over one store."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def select(self, query: str, *, after_id: int = 0) -> Selected:
        """Return what a query selects, of the entries that came after one of them.

        Raises `QueryError`.
        """
        from feedreader.core.query import compile_sql, parse

        compiled = compile_sql(parse(query), self.context(), after_id=after_id)
        conditions = [f"({compiled.where})", "e.deleted_at IS NULL"]
        if not compiled.mentions_muted:
            conditions.append("e.is_muted = 0")
        if removed := self._store.feeds.removed_ids():
            conditions.append(f"e.feed_id NOT IN ({','.join(str(one) for one in removed)})")
        return Selected(" AND ".join(conditions), compiled.params, compiled)

    def context(self) -> Context:
        """Return what the words of a query refer to: feeds, saved searches, the time."""
        from feedreader.core.query import Context

        now = self._clock()
        return Context(
            now=now,
            feeds=_Lazily(self._store.feeds.names),
            searches={one.name: one.query for one in self._store.feeds.saved_searches()},
            timezone=now.astimezone().tzinfo or UTC,
        )


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
