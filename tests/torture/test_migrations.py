"""Every earlier schema becomes the newest one with all it holds, or stays as it was."""

from __future__ import annotations

import signal
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from feedreader.errors import DatabaseTooNew
from feedreader.reader import Reader
from feedreader.store.connection import SCHEMA_VERSION
from recording import SCHEMAS, replay
from scenes import (
    IS_FULL,
    Tally,
    contents,
    copy_database,
    problems,
    reader_at,
    run_child,
    start_child,
)

RECORDINGS = sorted(SCHEMAS.glob("*.sql"))
NEXT = SCHEMA_VERSION + 1


def made_of(recording: Path, database: Path) -> Path:
    replay(recording.read_text(), database)
    return database


def query(database: Path, sql: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(database)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def shape(database: Path) -> list[tuple[Any, ...]]:
    """Return a database's schema, in one form of white space."""
    rows = query(database, "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return sorted((kind, name, " ".join(sql.split())) for kind, name, sql in rows)


def test_every_schema_has_its_recording() -> None:
    assert [one.stem for one in RECORDINGS] == [str(n + 1) for n in range(SCHEMA_VERSION)]


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda one: f"schema {one.stem}")
def test_database_of_an_earlier_version_is_read_with_all_it_holds(
    recording: Path, tmp_path: Path, tally: Tally
) -> None:
    database = made_of(recording, tmp_path / "feeds.db")
    state = "SELECT id, key, title, is_read, is_starred, is_later FROM entries ORDER BY id"
    before = query(database, state)
    assert len(before) > 100
    with reader_at(database) as reader:
        assert reader.find_problems() == ()
        assert [one.name for one in reader.saved_searches()] == ["Harbours"]
        assert "Named by hand" in {one.title for one in reader.subscriptions()}
        assert len(reader.subscriptions()) == 5
        assert reader.count("is:starred") > 3
        assert reader.count('"paragraph"') > 5
        for summary in reader.entries(""):
            assert reader.entry(summary.id).text
    assert query(database, state) == before
    with Reader(tmp_path / "new.db"):
        pass
    assert shape(database) == shape(tmp_path / "new.db")
    tally(f"migration from schema {recording.stem}", tries=1, lost=0)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return made_of(RECORDINGS[-1], tmp_path / "feeds.db")


def test_migration_is_complete_and_has_its_backup(database: Path) -> None:
    held = contents(database)
    code, _, err = run_child("open", database, knows_next_schema=True)
    assert code == 0, err
    assert query(database, "PRAGMA user_version") == [(NEXT,)]
    assert query(database, "SELECT count(*) FROM entries WHERE mood = 'calm'")[0][0] > 3
    backup = database.with_name(f"feeds.db.schema-{SCHEMA_VERSION}.backup")
    assert contents(backup) == held
    assert backup.stat().st_mode & 0o777 == 0o600
    with Reader(backup) as reader:
        assert reader.find_problems() == ()


STEPS = (
    "VACUUM INTO", "PRAGMA integrity_check", "BEGIN IMMEDIATE", "ALTER TABLE entries",
    "UPDATE entries SET mood", "CREATE TABLE moods", "INSERT INTO moods",
    f"PRAGMA user_version = {NEXT}", "COMMIT",
)  # fmt: skip


@pytest.mark.parametrize("step", STEPS if IS_FULL else STEPS[2::3])
def test_migration_that_is_killed_leaves_the_old_file_usable(
    database: Path, step: str, tally: Tally
) -> None:
    held = contents(database)
    code, _, err = run_child("open", database, knows_next_schema=True, die_before=step)
    assert code == -signal.SIGKILL, err
    assert problems(database) == ()
    assert contents(database) == held
    assert query(database, "PRAGMA user_version") == [(SCHEMA_VERSION,)]
    code, _, err = run_child("open", database, knows_next_schema=True)
    assert code == 0, err
    assert query(database, "PRAGMA user_version") == [(NEXT,)]
    assert contents(database) == held
    assert contents(database.with_name(f"feeds.db.schema-{SCHEMA_VERSION}.backup")) == held
    tally(f"SIGKILL in a migration: {step}", tries=1, lost=0)


def test_later_schema_is_refused_and_not_touched(database: Path) -> None:
    code, _, err = run_child("open", database, knows_next_schema=True)
    assert code == 0, err
    before = database.read_bytes()
    with pytest.raises(DatabaseTooNew, match="later feedreader"):
        Reader(database)
    assert database.read_bytes() == before


def test_two_that_migrate_at_once_do_it_once(database: Path, tmp_path: Path) -> None:
    copy = copy_database(database, tmp_path / "copy" / "feeds.db")
    children = [start_child("open", copy, knows_next_schema=True) for _ in range(3)]
    results = [(child.communicate(timeout=60)[1], child.returncode) for child in children]
    assert [code for _, code in results] == [0, 0, 0], results
    assert query(copy, "PRAGMA user_version") == [(NEXT,)]
