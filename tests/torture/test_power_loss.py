"""The power goes: what was not synced is gone, or half there; the database is sound all the same.

The writes and syncs of real runs are recorded (disk.c) and replayed up to a random cut.
"""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from disk import Call, build_shim, cut_power, preloaded, read_log
from scenes import (
    IS_FULL,
    Publisher,
    Tally,
    contents,
    follow,
    problems,
    publisher,
    reader_at,
    run_child,
    run_refresh,
)

CUTS = 200 if IS_FULL else 8
ENTRIES = 60 if IS_FULL else 50
STARS = 30 if IS_FULL else 10


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = build_shim(tmp_path_factory.mktemp("disk"))
    if library is None:
        pytest.skip("needs a C compiler and /proc")
    return library


class Recording:
    """Two refreshes with stars made before, between and after them, and each call to the disk."""

    def __init__(self, folder: Path, library: Path, feeds: Publisher) -> None:
        database = folder / "feeds.db"
        feeds.entries = ENTRIES // 2
        follow(database, feeds)
        with reader_at(database) as reader:
            reader.star("", False)
            self.ids = reader.entry_ids("")[: 3 * STARS]
        self.before = [(database.name, database.read_bytes())]
        env = preloaded(library, database, log=folder / "log")
        etags = [f'"{feeds.published}"']
        for number in range(3):
            ids = self.ids[number * STARS : (number + 1) * STARS]
            assert run_child("star", database, env, ids=ids)[0] == 0
            if number < 2:
                assert run_child("refresh", database, env)[0] == 0
                etags.append(f'"{feeds.published}"')
                feeds.entries = ENTRIES
                feeds.publish_all()
        self.etags = etags
        self.calls = read_log(folder / "log")
        self.wanted = contents(database)

    def stars_done(self, cut: int) -> tuple[int, int]:
        """Return how many stars were surely kept at a cut, and how many were made."""
        synced = made = 0
        for call in self.calls[:cut]:
            made += call.name.endswith("-done") and call.kind == "w"
            if call.name.endswith("-wal") and call.kind == "s":
                synced = made
        return synced, made


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory, library: Path) -> Iterator[Recording]:
    with publisher(entries=ENTRIES) as feeds:
        yield Recording(tmp_path_factory.mktemp("recorded"), library, feeds)


def test_power_cut_leaves_a_sound_database_that_the_next_refresh_completes(
    recording: Recording, tmp_path: Path, tally: Tally
) -> None:
    chance = random.Random(20261125)
    lost: list[object] = []
    for number in range(CUTS):
        cut = chance.randrange(1, len(recording.calls))
        folder = tmp_path / str(number)
        cut_power(recording.before, recording.calls[:cut], number, folder)
        if found := losses(recording, folder / "feeds.db", cut):
            lost.append((number, cut, found))
    tally("power cut, unsynced sectors lost at random", tries=CUTS, lost=len(lost))
    assert lost == []


def losses(recording: Recording, database: Path, cut: int) -> list[str]:
    found = [*problems(database)]
    with reader_at(database) as reader:
        starred = sorted(map(recording.ids.index, reader.entry_ids("is:starred")))
    synced, made = recording.stars_done(cut)
    if starred != list(range(len(starred))):
        found.append(f"a later star is there without an earlier one: {starred}")
    if not synced <= len(starred) <= made + 1:
        found.append(f"{len(starred)} stars are there; {synced} were synced of {made}")
    held = contents(database)
    counts = {row[0]: row[1] for row in held["counts"]}
    for url, etag, *_ in held["validators"]:
        if not url.endswith("/6") and etag != f'"{counts[url]}"':
            found.append(f"{url} has {counts[url]} entries and the validator {etag}")
    with reader_at(database) as reader:
        run_refresh(reader, force=True)
    found += problems(database)
    wanted = {row[:2] for row in recording.wanted["entries"]}
    if {row[:2] for row in contents(database)["entries"]} != wanted:
        found.append("entries are missing")
    return found


def test_cuts_find_out_a_database_that_does_not_sync(library: Path, tmp_path: Path) -> None:
    """The disk of these tests is as forgetful as it should be."""
    database = tmp_path / "careless.db"
    script = (
        "import sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.execute('PRAGMA journal_mode = WAL')\n"
        "connection.execute('PRAGMA synchronous = OFF')\n"
        "connection.execute('CREATE TABLE numbers (number, text)')\n"
        "connection.execute('CREATE INDEX by_text ON numbers (text)')\n"
        "for number in range(300):\n"
        "    connection.execute('INSERT INTO numbers VALUES (?, ?)',"
        " (number, str(number * 7919 % 300) * 40))\n"
        "    if number % 50 == 0:\n"
        "        connection.execute('PRAGMA wal_checkpoint')\n"
    )
    env = preloaded(library, database, log=tmp_path / "log")
    subprocess.run([sys.executable, "-c", script, str(database)], env=env, check=True)
    calls = read_log(tmp_path / "log")
    chance = random.Random(5)
    assert any(
        _is_damaged(calls[: chance.randrange(len(calls) // 2, len(calls))], seed, tmp_path)
        for seed in range(100)
    )


def _is_damaged(calls: list[Call], seed: int, folder: Path) -> bool:
    cut_power([], calls, seed, folder / str(seed))
    database = folder / str(seed) / "careless.db"
    try:
        connection = sqlite3.connect(database)
        found = connection.execute("PRAGMA integrity_check").fetchall()
        connection.close()
    except sqlite3.DatabaseError:
        return True
    return found != [("ok",)]
