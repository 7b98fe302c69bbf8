"""One process at work on a database that can be told to die before a statement of SQL.

    python child.py '{"action": "refresh", "database": "…", "die_at": 700}'
    python child.py '{"action": "vacuum", …, "die_before": "VACUUM", "nth": 1}'

Prints how many statements there were if it comes to its end.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class Fate:
    """Counts statements and ends the process without notice when its time has come."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._die_at = order.get("die_at", 0)
        self._die_before = order.get("die_before", "")
        self._nth = order.get("nth", 1)
        self._after = order.get("after", "")
        self.statements = 0

    def connect(self, *args: Any, **options: Any) -> sqlite3.Connection:
        connection = _connect(*args, **options)
        connection.set_trace_callback(self._see)
        return connection

    def _see(self, sql: str) -> None:
        self.statements += 1
        statement = " ".join(sql.split())
        if self._after:
            if statement.startswith(self._after):
                self._after = ""
            return
        if self._die_before and statement.startswith(self._die_before):
            self._nth -= 1
            if self._nth == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        if self.statements == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)


_connect = sqlite3.connect


def main(order: dict[str, Any]) -> None:
    fate = Fate(order)
    sqlite3.connect = fate.connect  # type: ignore[assignment]
    from feedreader.model import RefreshSettings
    from feedreader.reader import Reader

    if order.get("knows_next_schema"):
        learn_next_schema()
    now = datetime.fromtimestamp(order["now"], UTC)
    with Reader(
        Path(order["database"]),
        refresh_settings=RefreshSettings(host_pause_s=0.0),
        clock=lambda: now,
    ) as reader:
        ACTIONS[order["action"]](reader, order)
    sys.stdout.write(f"{fate.statements}\n")


def learn_next_schema() -> None:
    """Make this process one of a later feedreader."""
    from feedreader.store import connection, schema

    version = connection.SCHEMA_VERSION + 1
    connection.SCHEMA_VERSION = schema.SCHEMA_VERSION = version

    @schema.migrations()
    def m999_mood(database: Any) -> None:
        database.execute("ALTER TABLE entries ADD COLUMN mood TEXT NOT NULL DEFAULT ''")
        database.execute("UPDATE entries SET mood = 'calm' WHERE is_starred")
        database.execute("CREATE TABLE moods (mood TEXT PRIMARY KEY) WITHOUT ROWID")
        database.execute("INSERT INTO moods SELECT DISTINCT mood FROM entries")
        database.execute(f"PRAGMA user_version = {version}")


def refresh(reader: Any, order: dict[str, Any]) -> None:
    list(reader.refresh(force=True, wait=order.get("wait", False)))


def open_only(reader: Any, order: dict[str, Any]) -> None:
    reader.status()


def vacuum(reader: Any, order: dict[str, Any]) -> None:
    reader.vacuum()


def back_up(reader: Any, order: dict[str, Any]) -> None:
    reader.back_up()


def import_list(reader: Any, order: dict[str, Any]) -> None:
    reader.import_list(Path(order["list"]).read_bytes())


def mark_many(reader: Any, order: dict[str, Any]) -> None:
    """Read and unread by turns for a time; print each time how long it took."""
    end = time.monotonic() + order["seconds"]
    ids = order["ids"]
    taken = []
    number = 0
    while time.monotonic() < end:
        entry_id = ids[number % len(ids)]
        number += 1
        started = time.perf_counter()
        reader.mark_read([entry_id], True)
        reader.mark_read([entry_id], False)
        reader.star([entry_id])
        taken.append((time.perf_counter() - started) / 3)
        time.sleep(0.002)
    sys.stdout.write(json.dumps([round(one * 1000, 2) for one in taken]) + "\n")


def star_in_order(reader: Any, order: dict[str, Any]) -> None:
    """Star one after the other, each noted beside the database once it is done."""
    with Path(f"{order['database']}-done").open("ab", buffering=0) as done:
        for entry_id in order["ids"]:
            reader.star([entry_id])
            done.write(b".")


def read_much(reader: Any, order: dict[str, Any]) -> None:
    """List, count, search and open by turns for a time."""
    end = time.monotonic() + order["seconds"]
    while time.monotonic() < end:
        ids = reader.entry_ids("ships")
        assert reader.count("") >= len(ids)
        for summary in list(reader.entries("is:unread", limit=20)):
            assert reader.entry(summary.id).text
        reader.status()


ACTIONS: dict[str, Callable[[Any, dict[str, Any]], None]] = {
    "refresh": refresh,
    "open": open_only,
    "vacuum": vacuum,
    "back_up": back_up,
    "import": import_list,
    "mark": mark_many,
    "star": star_in_order,
    "read": read_much,
}

if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
