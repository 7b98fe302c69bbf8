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
    from feedreader.core.query import Context, Query
    from feedreader.store import Store

Item = TypeVar("Item")


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
        where = self._visible(compiled.where, shows_muted=shows_muted or compiled.mentions_muted)
        return Selected(where, compiled.params, Shape(compiled.order_by, compiled.limit))

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
