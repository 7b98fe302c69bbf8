"""kill -9 at any moment: the database is sound, nothing is lost, the next refresh ends the work."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feedreader.core.opml import write_opml
from feedreader.model import Outline
from scenes import (
    IS_FULL,
    NOW,
    Publisher,
    Tally,
    contents,
    copy_database,
    follow,
    marks,
    problems,
    publisher,
    reader_at,
    run_child,
    run_refresh,
    start_child,
)
from servers import Behaviour, Exchange

ENTRIES = 200 if IS_FULL else 40
RANDOM_STATEMENTS = 140 if IS_FULL else 2
RANDOM_MOMENTS = 80 if IS_FULL else 1


class Scene:
    """A database to be copied, and what it must hold when all is done."""

    def __init__(self, folder: Path, publisher: Publisher) -> None:
        self.folder = folder
        self.publisher = publisher
        self.before = folder / "before.db"
        follow(self.before, publisher)
        self.marks = marks(self.before)
        unharmed = copy_database(self.before, folder / "unharmed.db")
        code, out, err = run_child("refresh", unharmed)
        assert code == 0, err
        self.statements = int(out)
        # The second run finds nothing new: that is what it is compared with.
        with reader_at(unharmed) as reader:
            run_refresh(reader, force=True)
        self.wanted = contents(unharmed)
        assert len(self.wanted["entries"]) == 5 * publisher.entries + 24
        assert sum(row[14] == 2 for row in self.wanted["entries"]) >= 12

    def copy(self, name: str) -> Path:
        return copy_database(self.before, self.folder / name / "feeds.db")

    def losses(self, database: Path) -> list[str]:
        """Return in words what a killed refresh has spoilt; one clean refresh is run."""
        found = [*problems(database)]
        if not self.marks <= marks(database):
            found.append("marks were lost")
        with reader_at(database) as reader:
            run_refresh(reader, force=True)
        found += problems(database)
        now = contents(database)
        found += [f"{name} differ" for name in self.wanted if now[name] != self.wanted[name]]
        left = {one.name for one in database.parent.iterdir()}
        if left - {"feeds.db", "feeds.db.refresh-lock"}:
            found.append(f"files were left: {left}")
        return found


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with publisher(entries=ENTRIES) as feeds:
        yield Scene(tmp_path_factory.mktemp("kills"), feeds)


def test_refresh_killed_before_any_statement_is_made_good_by_the_next(
    scene: Scene, tally: Tally
) -> None:
    chance = random.Random(20261125)
    lost = []
    for number in range(RANDOM_STATEMENTS):
        database = scene.copy(f"statement-{number}")
        die_at = chance.randrange(1, scene.statements * 9 // 10)
        code, _, err = run_child("refresh", database, die_at=die_at)
        assert code == -signal.SIGKILL, (die_at, err)
        if found := scene.losses(database):
            lost.append((die_at, found))
    tally("SIGKILL before a random statement", tries=RANDOM_STATEMENTS, lost=len(lost))
    assert lost == []


def test_refresh_killed_at_any_moment_is_made_good_by_the_next(scene: Scene, tally: Tally) -> None:
    chance = random.Random(7)
    lost = []
    killed = 0
    for number in range(RANDOM_MOMENTS):
        database = scene.copy(f"moment-{number}")
        seen = len(scene.publisher.server.requests)
        child = start_child("refresh", database)
        while len(scene.publisher.server.requests) == seen and child.poll() is None:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.4))
        child.kill()
        child.communicate()
        killed += child.returncode == -signal.SIGKILL
        if found := scene.losses(database):
            lost.append(found)
    tally("SIGKILL at a random moment", tries=killed, lost=len(lost))
    assert lost == []
    assert killed >= RANDOM_MOMENTS // 3


STEPS: dict[str, dict[str, Any]] = {
    "reading what is due": {"die_before": "SELECT feeds.*"},
    "after parsing": {"die_before": "SELECT e.id, e.key", "nth": 3},
    "before the transaction": {"die_before": "BEGIN IMMEDIATE", "nth": 2},
    "first statement of the transaction": {"die_before": "UPDATE polls", "nth": 3},
    "an entry without its text": {"die_before": "INSERT INTO entry_bodies", "nth": 40},
    "a text without its index": {"die_before": "INSERT INTO entries_fts", "nth": 3},
    "before the commit": {"die_before": "COMMIT", "nth": 2},
    "after the commit": {"die_before": "BEGIN", "nth": 5},
    "an article page half stored": {
        "die_before": "UPDATE entry_bodies SET page_html",
        "nth": 3,
    },
    "the article page's index": {
        "die_before": "INSERT INTO entries_fts (entries_fts",
        "nth": 2,
    },
    "the end of the refresh": {"die_before": "INSERT OR REPLACE INTO meta"},
}


@pytest.mark.parametrize("step", STEPS if IS_FULL else list(STEPS)[4:9:2])
def test_refresh_killed_at_a_step_is_made_good_by_the_next(
    scene: Scene, step: str, tally: Tally
) -> None:
    database = scene.copy(step)
    code, _, err = run_child("refresh", database, **STEPS[step])
    assert code == -signal.SIGKILL, err
    found = scene.losses(database)
    tally(f"SIGKILL: {step}", tries=1, lost=len(found))
    assert found == []


@pytest.mark.parametrize(
    "moment", ["before the answer", "after the headers", "in the body"][0 if IS_FULL else 2 :]
)
def test_refresh_killed_while_a_server_answers_is_made_good_by_the_next(
    scene: Scene, moment: str, tally: Tally
) -> None:
    database = scene.copy(moment)
    answers = scene.publisher.server.answers
    usual = answers["/feed/3"]
    child_id = 0

    async def kill(exchange: Exchange) -> None:
        if moment != "before the answer":
            await exchange.send(b'HTTP/1.1 200 OK\r\nETag: "cut"\r\nContent-Length: 999\r\n\r\n')
        if moment == "in the body":
            await exchange.send(b"<rss version='2.0'><channel><item><title>x</title>")
        await asyncio.sleep(0.2)
        os.kill(child_id, signal.SIGKILL)

    behaviour: Behaviour = kill
    answers["/feed/3"] = behaviour
    try:
        child = start_child("refresh", database)
        child_id = child.pid
        child.communicate(timeout=60)
    finally:
        answers["/feed/3"] = usual
    assert child.returncode == -signal.SIGKILL
    found = scene.losses(database)
    tally(f"SIGKILL: {moment}", tries=1, lost=len(found))
    assert found == []


@pytest.mark.parametrize(
    ("action", "statement"),
    [
        ("vacuum", "VACUUM"),
        ("vacuum", "PRAGMA wal_checkpoint"),
        ("vacuum", "PRAGMA optimize"),
        ("back_up", "VACUUM INTO"),
        ("back_up", "PRAGMA integrity_check"),
    ],
)
def test_upkeep_killed_changes_nothing(
    scene: Scene, action: str, statement: str, tally: Tally
) -> None:
    database = scene.copy(f"{action} {statement}")
    before = contents(database)
    code, _, err = run_child(action, database, die_before=statement)
    assert code == -signal.SIGKILL, err
    assert problems(database) == ()
    assert contents(database) == before
    with reader_at(database) as reader:
        reader.vacuum()
        backup = reader.back_up()
    assert contents(backup) == before
    leftovers = [one.name for one in backup.parent.iterdir() if one.name.startswith(".")]
    assert leftovers == []
    tally(f"SIGKILL: {action}, {statement}", tries=1, lost=0)


@pytest.mark.parametrize("die_at", range(30, 300, 45) if IS_FULL else [200])
def test_import_that_is_killed_is_there_wholly_or_not_at_all(
    scene: Scene, die_at: int, tmp_path: Path, tally: Tally
) -> None:
    outlines = [
        Outline(text=f"Feed {n}", xml_url=f"https://host{n}.example/feed") for n in range(60)
    ]
    listed = tmp_path / "list.opml"
    listed.write_bytes(write_opml("feeds", outlines, created_at=NOW))
    database = scene.copy(f"import-{die_at}")
    before = contents(database)
    code, _, _ = run_child("import", database, list=str(listed), die_at=die_at)
    assert code == -signal.SIGKILL
    assert problems(database) == ()
    assert contents(database) == before
    assert run_child("import", database, list=str(listed))[0] == 0
    assert len(contents(database)["feeds"]) == 66
    tally("SIGKILL: import of a list", tries=1, lost=0)


def test_marks_that_were_made_are_kept_when_the_process_is_killed(
    scene: Scene, tally: Tally
) -> None:
    database = scene.copy("marks")
    with reader_at(database) as reader:
        ids = reader.entry_ids("")[:40]
    tries = 4 if IS_FULL else 1
    for _ in range(tries):
        child = start_child("mark", database, seconds=60, ids=ids)
        with reader_at(database) as reader:
            while reader.count("is:starred") < 15:
                time.sleep(0.01)
            child.kill()
            child.communicate()
            starred = reader.count("is:starred")
            assert starred >= 15
        assert problems(database) == ()
        with reader_at(database) as reader:
            assert reader.count("is:starred") == starred
            reader.star(ids, False)
    tally("SIGKILL while entries are marked", tries=tries, lost=0)


def _processes_with(token: str) -> set[int]:
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                if token.encode() in (folder / "environ").read_bytes():
                    found.add(int(folder.name))
            except OSError:
                continue
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_no_worker_outlives_a_killed_refresh(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, tally: Tally
) -> None:
    token = f"FEEDREADER_TORTURE_RUN={os.getpid()}-{threading.get_ident()}"
    monkeypatch.setenv(*token.split("="))
    database = scene.copy("workers")
    code, _, err = run_child("refresh", database, die_before="INSERT INTO entry_bodies", nth=9)
    assert code == -signal.SIGKILL, err
    deadline = time.monotonic() + 5
    while (left := _processes_with(token)) and time.monotonic() < deadline:
        time.sleep(0.05)
    tally("workers of a killed refresh", tries=1, lost=len(left))
    assert left == set()
