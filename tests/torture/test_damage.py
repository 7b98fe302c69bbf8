"""Damaged files are recognised before anything is written, and what can be saved is saved."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from feedreader.errors import DatabaseDamaged, DatabaseTooNew, StoreError
from feedreader.reader import Reader, salvage
from scenes import (
    IS_FULL,
    NOW,
    Tally,
    contents,
    copy_database,
    follow,
    marks,
    problems,
    publisher,
    reader_at,
    run_refresh,
)

PAGE = 4096
ENTRIES = 200 if IS_FULL else 100


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with hundreds of entries, some marked."""
    path = tmp_path_factory.mktemp("sound") / "feeds.db"
    with publisher(entries=ENTRIES) as scene:
        follow(path, scene)
        with reader_at(path) as reader:
            run_refresh(reader)
            reader.mark_read("")
            reader.star('intitle:"Story 33"')
    return path


@pytest.fixture
def database(sound: Path, tmp_path: Path) -> Path:
    return copy_database(sound, tmp_path / "data" / "feeds.db")


def check(database: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "feedreader", "--db", str(database), "check", *options],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def overwrite(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def random_page(path: Path, chance: random.Random) -> None:
    """Fill one page with noise, but not the first one."""
    number = chance.randrange(1, path.stat().st_size // PAGE)
    overwrite(path, number * PAGE, chance.randbytes(PAGE))


def one_flip(path: Path, chance: random.Random) -> None:
    place = chance.randrange(PAGE, path.stat().st_size)
    byte = path.read_bytes()[place]
    overwrite(path, place, bytes([byte ^ (1 << chance.randrange(8))]))


def cut(path: Path, share: float) -> None:
    pages = path.stat().st_size // PAGE
    with path.open("r+b") as file:
        file.truncate(max(1, int(pages * share)) * PAGE)


# --- recognised -------------------------------------------------------------

UNUSABLE: dict[str, Callable[[Path], object]] = {
    "no database": lambda path: path.write_bytes(b"These are my notes.\n" * 900),
    "a picture": lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20_000)),
    "zeroed header": lambda path: overwrite(path, 0, bytes(100)),
    "zeroed first page": lambda path: overwrite(path, 0, bytes(PAGE)),
    "header of noise": lambda path: overwrite(path, 0, random.Random(1).randbytes(100)),
    "noise all over": lambda path: path.write_bytes(random.Random(2).randbytes(90_000)),
    "cut in half": lambda path: cut(path, 0.5),
    "cut to one page": lambda path: cut(path, 0.002),
    "another program's": lambda path: overwrite(path, 68, b"\x42\x42\x42\x42"),
    "later schema": lambda path: overwrite(path, 60, b"\0\0\1\0"),
}


@pytest.mark.parametrize("damage", UNUSABLE)
def test_file_that_cannot_be_used_is_told_in_one_line_and_not_written(
    database: Path, damage: str, tally: Tally
) -> None:
    UNUSABLE[damage](database)
    before = database.read_bytes()
    error = DatabaseTooNew if damage == "later schema" else DatabaseDamaged
    with pytest.raises(error, match=r"feeds\.db"):
        Reader(database)
    done = check(database)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert str(database) in done.stderr
    assert database.read_bytes() == before
    assert {one.name for one in database.parent.iterdir()} == {"feeds.db"}
    tally("file that is no sound database of ours", tries=1, lost=0)


@pytest.mark.parametrize(
    "damage", ["no database", "a picture", "another program's", "later schema"]
)
def test_repair_leaves_alone_what_is_not_ours(database: Path, damage: str) -> None:
    UNUSABLE[damage](database)
    before = database.read_bytes()
    done = check(database, "--repair")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert database.read_bytes() == before
    assert {one.name for one in database.parent.iterdir()} <= {"feeds.db", "feeds.db.refresh-lock"}


def test_garbled_values_are_found_by_check(database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("UPDATE entries SET title = CAST(x'ff41' AS TEXT) WHERE id = 3")
    connection.execute("UPDATE entry_bodies SET details = '{cut' WHERE entry_id = 4")
    connection.commit()
    connection.close()
    done = check(database)
    assert done.returncode == 1
    assert "garbled" in done.stdout
    repaired = check(database, "--repair")
    assert repaired.returncode == 0, repaired.stdout + repaired.stderr
    assert problems(database) == ()


def test_garbled_settings_are_an_error_in_words(database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("UPDATE feeds SET settings = '{\"full_te' WHERE id = 1")
    connection.commit()
    connection.close()
    with Reader(database) as reader, pytest.raises(DatabaseDamaged, match="garbled"):
        reader.subscriptions()


# --- saved ------------------------------------------------------------------


def saved_share(before: Path, after: Path) -> float:
    """Return how many of the entries' rows are there again, key and marks alike.

    Of which feed they are does not count: where all feeds are lost it is called otherwise.
    """
    old, new = (
        Counter((row[1], *row[9:13], row[18]) for row in contents(path)["entries"])
        for path in (before, after)
    )
    return (old & new).total() / old.total()


TRIES = 60 if IS_FULL else 2


@pytest.mark.parametrize("seed", range(TRIES))
def test_database_with_pages_of_noise_is_saved_all_but_those(
    sound: Path, database: Path, seed: int, tally: Tally
) -> None:
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 4)):
        random_page(database, chance)
    damaged = database.read_bytes()
    done = check(database, "--repair")
    assert done.returncode == 0, done.stdout + done.stderr
    assert problems(database) == ()
    share = saved_share(sound, database)
    assert share > 0.7
    kept = [one for one in database.parent.iterdir() if ".damaged-" in one.name]
    # Noise that hits but a free page or the search index needs no new file.
    assert [one.read_bytes() for one in kept] in ([damaged], [])
    assert database.stat().st_mode & 0o777 == 0o600 or not kept
    with reader_at(database) as reader:
        assert len(reader.subscriptions()) >= 5
        list(reader.entries(""))
    tally("1-4 pages of noise, repaired", tries=1, lost=0, words="")


@pytest.mark.parametrize("seed", range(TRIES * 2))
def test_flipped_bit_never_ends_in_a_crash(database: Path, seed: int, tally: Tally) -> None:
    one_flip(database, random.Random(seed))
    try:
        with reader_at(database) as reader:
            reader.status()
            for summary in reader.entries(""):
                reader.entry(summary.id)
            reader.entry_ids("ships")
    except StoreError as error:
        assert "\n" not in str(error)  # noqa: PT017
    done = check(database, "--repair")
    assert done.returncode == 0, done.stdout + done.stderr
    assert problems(database) == ()
    tally("one flipped bit, repaired", tries=1, lost=0)


@pytest.mark.parametrize(
    "damage", ["zeroed header", "header of noise", "zeroed first page", "cut in half"]
)
@pytest.mark.parametrize("is_vacuumed", [False, True] if IS_FULL else [True])
def test_database_without_header_or_tail_is_saved(
    sound: Path, database: Path, damage: str, is_vacuumed: bool, tally: Tally
) -> None:
    if is_vacuumed:
        with reader_at(database) as reader:
            reader.vacuum()
    UNUSABLE[damage](database)
    done = check(database, "--repair")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "is kept as" in done.stdout
    assert problems(database) == ()
    if damage != "cut in half":
        assert contents(database)["entries"] == contents(sound)["entries"]
        assert marks(database) == marks(sound)
    else:
        assert contents(database)["feeds"] == contents(sound)["feeds"]
        assert saved_share(sound, database) > 0.3
    tally(f"{damage}, repaired", tries=1, lost=0)


@pytest.mark.parametrize(
    "damage", ["noise all over", "cut in half", "cut to one page"][: 3 if IS_FULL else 2]
)
def test_newest_intact_backup_fills_what_is_lost(
    sound: Path, database: Path, damage: str, tally: Tally
) -> None:
    with reader_at(database) as reader:
        reader.back_up()
    with reader_at(database, NOW + timedelta(days=1)) as reader:
        newer = reader.back_up()
    newer.write_bytes(b"a backup that is damaged itself")
    UNUSABLE[damage](database)
    done = check(database, "--repair")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "filled gaps" in done.stdout
    assert contents(database)["entries"] == contents(sound)["entries"]
    assert marks(database) == marks(sound)
    assert problems(database) == ()
    tally(f"{damage}, repaired with a backup", tries=1, lost=0)


def test_lost_entries_and_texts_come_back_with_the_next_refresh(tmp_path: Path) -> None:
    database = tmp_path / "feeds.db"
    with publisher(entries=100) as scene:
        follow(database, scene)
        with reader_at(database) as reader:
            run_refresh(reader)
        whole = contents(database)
        cut(database, 0.6)
        report = salvage(database, clock=lambda: NOW)
        assert report.lost_tables
        assert len(contents(database)["entries"]) < len(whole["entries"]) or report.without_text
        with reader_at(database) as reader:
            run_refresh(reader, force=True)
    texts = {(row[0], row[1]): row[22] for row in contents(database)["entries"]}
    had = {(row[0], row[1]): row[22] for row in whole["entries"] if row[14] == 1}
    assert {key: texts[key] for key in had} == had


def test_entries_of_a_feed_that_is_lost_are_kept_under_a_name(database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("DELETE FROM feeds WHERE id = 2")
    connection.execute("UPDATE entry_bodies SET details = '{' WHERE entry_id = 1")
    connection.commit()
    connection.close()
    report = salvage(database, clock=lambda: NOW)
    assert (report.feeds, report.entries) == (6, 5 * ENTRIES + 24)
    with reader_at(database) as reader:
        (lost,) = [one for one in reader.subscriptions() if "lost" in one.url]
        assert lost.entry_count == ENTRIES
        outcomes = run_refresh(reader, force=True)
    assert lost.id not in {one.feed_id for one in outcomes}


def test_what_rules_did_is_counted_once_and_what_was_dropped_stays_dropped(database: Path) -> None:
    with reader_at(database) as reader:
        rule = reader.rules.add("when story then star")
        count = reader.rules.apply(rule.number).count
        dropped = reader.delete(reader.entry_ids(limit=2))
    with reader_at(database, NOW + timedelta(days=8)) as reader:
        reader.vacuum()
    salvage(database, clock=lambda: NOW)
    with reader_at(database) as reader:
        assert reader.rules.rule(rule.number).hit_count == count
        reader.undo(dropped)
        assert list(reader.summaries(dropped.entry_ids)) == []
    connection = sqlite3.connect(database)
    connection.execute("UPDATE rules SET hit_count = 0")
    connection.commit()
    connection.close()
    assert problems(database) == ("what 1 rules did is counted wrongly",)
    with reader_at(database) as reader:
        assert reader.repair() == ()
        assert reader.rules.rule(rule.number).hit_count == count


def test_salvage_that_cannot_write_leaves_all_as_it_was(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    UNUSABLE["zeroed header"](database)
    before = database.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("feedreader.store.salvage._put_aside", full)
    with pytest.raises(StoreError, match="No space left"):
        salvage(database)
    assert database.read_bytes() == before
    assert {one.name for one in database.parent.iterdir()} == {"feeds.db", "feeds.db.refresh-lock"}


# --- logs -------------------------------------------------------------------


@pytest.fixture
def crashed(database: Path) -> Path:
    """A database whose last changes stand in its log only."""
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom feedreader.reader import Reader\n"
        "reader = Reader(Path(sys.argv[1]))\nreader.star('')\nos._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(database)], check=True)
    assert database.with_name("feeds.db-wal").stat().st_size > 0
    return database


def test_log_that_was_deleted_costs_the_last_changes_alone(crashed: Path) -> None:
    crashed.with_name("feeds.db-wal").unlink()
    crashed.with_name("feeds.db-shm").unlink()
    assert problems(crashed) == ()


def test_log_that_was_cut_costs_the_last_changes_alone(crashed: Path) -> None:
    log = crashed.with_name("feeds.db-wal")
    with log.open("r+b") as file:
        file.truncate(log.stat().st_size * 2 // 3 + 17)
    assert problems(crashed) == ()


def test_log_of_noise_is_not_used(crashed: Path) -> None:
    log = crashed.with_name("feeds.db-wal")
    log.write_bytes(random.Random(3).randbytes(log.stat().st_size))
    assert problems(crashed) == ()


def test_log_of_another_database_is_found_by_check_and_undone_by_repair(
    sound: Path, crashed: Path, tmp_path: Path, tally: Tally
) -> None:
    other = tmp_path / "other.db"
    with Reader(other) as reader:
        for number in range(30):
            reader.subscribe(f"https://other{number}.example/feed")
    foreign = crashed.with_name("feeds.db-wal").read_bytes()
    other.with_name("other.db-wal").write_bytes(foreign)
    done = check(other)
    if done.returncode == 0:  # the log is from a database of the same form: what it says holds
        assert problems(other) == ()
        return
    repaired = check(other, "--repair")
    assert repaired.returncode == 0, repaired.stdout + repaired.stderr
    assert problems(other) == ()
    tally("log of another database", tries=1, lost=0)


# --- backups ----------------------------------------------------------------


def test_newest_seven_backups_are_kept(database: Path) -> None:
    for day in range(10):
        with reader_at(database, NOW + timedelta(days=day)) as reader:
            reader.back_up()
    names = sorted(one.name for one in (database.parent / "backups").iterdir())
    assert len(names) == 7
    assert names[0] == "feeds-20261128-120000.db"
    assert names[-1] == "feeds-20261204-120000.db"


def test_backup_of_a_damaged_database_does_not_replace_a_good_one(database: Path) -> None:
    target = database.with_name("copy.db")
    with reader_at(database) as reader:
        reader.back_up(target)
    good = target.read_bytes()
    pages = database.stat().st_size // PAGE
    for number in range(pages // 2, pages // 2 + 30):
        overwrite(database, number * PAGE, b"\xff" * PAGE)
    with reader_at(database) as reader, pytest.raises(StoreError):
        reader.back_up(target)
    assert target.read_bytes() == good
    assert not list(database.parent.glob(".*.part"))
