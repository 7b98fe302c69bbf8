"""The queue of entries that hooks are to be told of, and how each hook fares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from feedreader.model import HookQueue
from feedreader.store.connection import Connection, in_batches, to_moment, to_timestamp


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry that a hook is to be told of; `queue_ids` are all its places in the queue."""

    entry_id: int
    queue_ids: tuple[int, ...]


class HookStore:
    """The tables about hooks. Who writes holds the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def queues(self) -> tuple[HookQueue, ...]:
        """Return what waits for each hook that anything waits for, by name."""
        rows = self._connection.rows(
            """SELECT hook_queue.hook, count(DISTINCT entry_id) AS waiting,
                   min(queued_at) AS oldest_at, coalesce(failures, 0) AS failures,
                   next_try_at, coalesce(error, '') AS error
               FROM hook_queue LEFT JOIN hook_states ON hook_states.hook = hook_queue.hook
               GROUP BY hook_queue.hook ORDER BY hook_queue.hook"""
        )
        return tuple(
            HookQueue(
                row["hook"],
                row["waiting"],
                datetime.fromtimestamp(row["oldest_at"], UTC),
                row["failures"],
                to_moment(row["next_try_at"]),
                row["error"],
            )
            for row in rows
        )

    def put(self, hook: str, entry_ids: Sequence[int], now: datetime) -> None:
        """Let a hook be told of entries."""
        self._connection.execute_many(
            "INSERT INTO hook_queue (entry_id, hook, queued_at) VALUES (?, ?, ?)",
            ((entry_id, hook, to_timestamp(now)) for entry_id in entry_ids),
        )

    def waiting(self, hook: str, limit: int) -> tuple[Waiting, ...]:
        """Return the entries that wait longest for a hook, each once."""
        rows = self._connection.rows(
            """SELECT entry_id, group_concat(id) AS ids FROM hook_queue WHERE hook = ?
               GROUP BY entry_id ORDER BY min(id) LIMIT ?""",
            (hook, limit),
        )
        return tuple(
            Waiting(row["entry_id"], tuple(map(int, row["ids"].split(",")))) for row in rows
        )

    def claim(self, hook: str, now: datetime, until: datetime) -> bool:
        """Keep other processes off a hook until a time; say whether it is ours.

        The claim of a process that died ends by itself.
        """
        row = self._connection.row(
            """INSERT INTO hook_states (hook, busy_until) VALUES (?, ?)
               ON CONFLICT (hook) DO UPDATE SET busy_until = excluded.busy_until
                   WHERE busy_until IS NULL OR busy_until <= ?
               RETURNING 1""",
            (hook, to_timestamp(until), to_timestamp(now)),
        )
        return row is not None

    def succeeded(self, hook: str, told: Sequence[Waiting]) -> None:
        """Take what a hook was told of off the queue, and forget its failures."""
        self._forget(told)
        self._connection.execute("DELETE FROM hook_states WHERE hook = ?", (hook,))

    def release(self, hook: str) -> None:
        """End a claim: nothing was tried."""
        self._connection.execute("UPDATE hook_states SET busy_until = NULL WHERE hook = ?", (hook,))

    def failed(self, hook: str, failures: int, next_try_at: datetime, error: str) -> None:
        """Remember that a hook failed, how often in a row, and when it is tried again."""
        self._connection.execute(
            """INSERT OR REPLACE INTO hook_states (hook, failures, next_try_at, error)
               VALUES (?, ?, ?, ?)""",
            (hook, failures, to_timestamp(next_try_at), error),
        )

    def drop(self, hook: str, before: datetime | None = None) -> int:
        """Take entries off a hook's queue: those put before a time, or all; return how many."""
        rows = self._connection.rows(
            """DELETE FROM hook_queue WHERE hook = ?1 AND (?2 IS NULL OR queued_at < ?2)
               RETURNING entry_id""",
            (hook, to_timestamp(before)),
        )
        count = len({row["entry_id"] for row in rows})
        self._connection.execute(
            """DELETE FROM hook_states
               WHERE hook = ?1 AND NOT EXISTS (SELECT 1 FROM hook_queue WHERE hook = ?1)""",
            (hook,),
        )
        return count

    def hurry(self, hooks: Sequence[str]) -> None:
        """Let hooks be tried at once, whatever failed before."""
        self._connection.execute_many(
            "UPDATE hook_states SET next_try_at = NULL, failures = 0 WHERE hook = ?",
            ((hook,) for hook in hooks),
        )

    def _forget(self, told: Sequence[Waiting]) -> None:
        ids = (one for waiting in told for one in waiting.queue_ids)
        for some in in_batches(ids, 500):
            self._connection.execute(
                f"DELETE FROM hook_queue WHERE id IN ({','.join(map(str, some))})"
            )
