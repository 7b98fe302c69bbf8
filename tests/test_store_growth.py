"""What is asked of a large store walks an index made for it, and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedreader.store import Store

NEWEST = "AND e.deleted_at IS NULL AND e.is_muted = 0 ORDER BY e.sort_at DESC, e.id DESC LIMIT 50"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = tmp_path / "feeds.db"
    with Store(path):
        pass
    connection = sqlite3.connect(path)
    yield connection
    connection.close()


def plan_of(database: sqlite3.Connection, sql: str) -> str:
    """Return the steps by which SQLite would answer."""
    return "\n".join(row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {sql}"))


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("e.is_read = 0", "entries_unread"),
        ("e.is_starred = 1", "entries_starred"),
        ("e.is_later = 1", "entries_later"),
        ("e.feed_id = 7", "entries_of_feed"),
        ("1", "entries_sorted"),
    ],
)
def test_lists_walk_their_own_index_in_order(
    database: sqlite3.Connection, condition: str, index: str
) -> None:
    plan = plan_of(database, f"SELECT e.id FROM entries AS e WHERE {condition} {NEWEST}")
    assert f"USING INDEX {index}" in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM entries WHERE feed_id = 7 AND key IN (x'01', x'02')",
        "SELECT id FROM entries WHERE feed_id = 7 AND alt_key IN (x'01', x'02')",
        "SELECT id FROM entries WHERE page_wanted = 1 AND feed_id IN (SELECT id FROM feeds)",
        (
            "SELECT id FROM entries WHERE deleted_at < 5 AND EXISTS"
            " (SELECT 1 FROM entry_bodies WHERE entry_id = entries.id)"
        ),
        (
            "SELECT sort_at FROM entries WHERE feed_id = 7 AND deleted_at IS NULL"
            " ORDER BY sort_at DESC, id DESC LIMIT 20"
        ),
        "UPDATE entries AS e SET is_read = 1 WHERE e.is_read = 0 AND e.id IN (7)",
    ],
)
def test_polls_and_marks_scan_no_entries(database: sqlite3.Connection, sql: str) -> None:
    assert "SCAN entries" not in plan_of(database, sql)
    assert "SCAN e" not in plan_of(database, sql)
