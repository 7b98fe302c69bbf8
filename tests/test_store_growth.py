"""What is asked of a large store walks an index made for it, and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedreader.core.identity import identify
from feedreader.core.plan import plan_entries
from feedreader.model import Entry, Feed, FeedUpdate, PollState
from feedreader.store import Store

NEWEST = "AND e.deleted_at IS NULL AND e.is_muted = 0 ORDER BY e.sort_at DESC, e.id DESC LIMIT 50"
NOW = datetime(2026, 11, 25, tzinfo=UTC)


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


def test_removed_feeds_are_found_without_a_look_at_the_others(
    database: sqlite3.Connection,
) -> None:
    plan = plan_of(database, "SELECT id FROM feeds WHERE removed_at IS NOT NULL")
    assert "INDEX feeds_removed" in plan


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


def document(newest: int, count: int = 20) -> list[Entry]:
    """Return a feed's window of its entries, the newest first."""
    return [
        Entry(guid=f"id-{n}", title=f"Story {n}", link=f"https://a.example/{n}", published=NOW)
        for n in range(newest, newest - count, -1)
    ]


def poll(store: Store, feed_id: int, entries: list[Entry]) -> int:
    """Store what a poll brings; return how many entries were new."""
    identified = identify(entries)
    plan = plan_entries(identified, store.entries.known(feed_id, identified))
    store.entries.recent_times(feed_id, 20)
    store.apply([FeedUpdate(feed_id, PollState(), Feed(title="A"), new=plan.new)], NOW)
    return len(plan.new)


def steps_of_poll(path: Path, held: int) -> int:
    """Return how many steps SQLite takes for a poll with one new entry; the feed holds `held`."""
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    with Store(path) as store:
        feed_id, _ = store.feeds.add("https://a.example/feed", now=NOW)
        assert poll(store, feed_id, document(held, held)) == held
        store.connection._sqlite.set_progress_handler(count, 10)
        assert poll(store, feed_id, document(held + 1)) == 1
        store.connection._sqlite.set_progress_handler(None, 0)
    return steps


def test_poll_costs_the_same_however_many_entries_the_feed_holds(tmp_path: Path) -> None:
    few, many = (steps_of_poll(tmp_path / f"{held}.db", held) for held in (50, 10_000))
    assert few > 50
    assert many < few * 1.2
