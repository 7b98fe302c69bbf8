"""Refreshes, markers, readers, an import and backups at once on one database."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from feedreader.core.opml import write_opml
from feedreader.errors import RefreshRunning
from feedreader.model import Outline
from feedreader.store import RefreshLock
from scenes import (
    IS_FULL,
    NOW,
    Tally,
    contents,
    follow,
    problems,
    publisher,
    reader_at,
    start_child,
)

SECONDS = 60 if IS_FULL else 1


def outcome_of(child: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = child.communicate(timeout=SECONDS + 120)
    return child.returncode, out, err


def test_all_at_once_no_one_is_locked_out_and_nothing_is_lost(tmp_path: Path, tally: Tally) -> None:
    database = tmp_path / "feeds.db"
    listed = tmp_path / "list.opml"
    outlines = [Outline(text=f"Feed {n}", xml_url=f"https://h{n}.example/") for n in range(50)]
    listed.write_bytes(write_opml("feeds", outlines, created_at=NOW))
    with publisher(entries=200 if IS_FULL else 60) as scene:
        follow(database, scene)
        with reader_at(database) as reader:
            ids = reader.entry_ids("")[:50]
            reader.star("", False)
        markers = [start_child("mark", database, seconds=SECONDS, ids=ids) for _ in range(2)]
        readers = [start_child("read", database, seconds=SECONDS)]
        results: list[tuple[str, int, str]] = []
        end = time.monotonic() + SECONDS
        rounds = 0
        while time.monotonic() < end:
            rounds += 1
            working = {
                "refresh": [start_child("refresh", database, wait=True)],
                "second": [start_child("refresh", database)],
                "back_up": [start_child("back_up", database)],
                "import": [start_child("import", database, list=str(listed))],
            }
            for name, children in working.items():
                for child in children:
                    code, _, err = outcome_of(child)
                    results.append((name, code, err))
        taken: list[float] = []
        for child in markers:
            code, out, err = outcome_of(child)
            assert code == 0, err
            taken += json.loads(out.splitlines()[0])
        results += [("read", *outcome_of(child)[::2]) for child in readers]
    assert not [one for one in results if "locked" in one[2] or "StoreError" in one[2]]
    failures = [
        one for one in results if one[1] != 0 and "another refresh of this database" not in one[2]
    ]
    assert failures == []
    assert Counter(name for name, code, _ in results if code)["refresh"] == 0
    assert problems(database) == ()
    with reader_at(database) as reader:
        assert set(reader.entry_ids("is:starred")) == set(ids)
        assert set(ids) <= set(reader.entry_ids("is:unread"))
        assert len(reader.subscriptions()) == 56
    assert len(contents(database)["entries"]) == 5 * scene.entries + 24
    p99 = statistics.quantiles(taken, n=100)[98]
    log = database.with_name("feeds.db-wal")
    assert not log.exists() or log.stat().st_size <= 64 * 2**20
    if IS_FULL:
        assert p99 < 50
    tally(
        "two refreshes, 2 markers, reader, import, backup",
        tries=len(results) + len(taken) * 3,
        lost=0,
        words=f"mark p99 {p99:.1f} ms, worst {max(taken):.0f} ms, {rounds} rounds",
    )


def test_first_refreshes_at_once_ask_each_feed_once(tmp_path: Path, tally: Tally) -> None:
    database = tmp_path / "feeds.db"
    with publisher(entries=40) as scene:
        scene.publish_all()
        with reader_at(database) as reader:
            for url in scene.urls():
                reader.subscribe(url)
        children = [start_child("refresh", database) for _ in range(3)]
        outcomes = [outcome_of(child) for child in children]
        asked = Counter(one.target for one in scene.server.requests if "feed" in one.target)
    refused = [err for code, _, err in outcomes if code]
    assert all("another refresh of this database is running" in err for err in refused)
    # Those that came one after the other asked conditionally: nobody got a feed twice at once.
    assert set(asked.values()) <= {3 - len(refused)}
    assert problems(database) == ()
    assert len(contents(database)["entries"]) == 5 * 40 + 24
    tally("three first refreshes at once", tries=3, lost=0, words=f"{len(refused)} told to wait")


def test_refresh_goes_on_under_a_long_read(tmp_path: Path, tally: Tally) -> None:
    database = tmp_path / "feeds.db"
    script = (
        "import sqlite3, sys, time\n"
        f"connection = sqlite3.connect({str(database)!r})\n"
        "rows = connection.execute('SELECT * FROM entries')\n"
        "rows.fetchone(); print('reading', flush=True); sys.stdin.readline()\n"
    )
    with publisher(entries=60) as scene:
        follow(database, scene)
        holder = subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert holder.stdout is not None
        assert holder.stdout.readline() == "reading\n"
        started = time.monotonic()
        code, _, err = outcome_of(start_child("refresh", database))
        took_s = time.monotonic() - started
        holder.communicate("\n")
    assert (code, err) == (0, "")
    assert took_s < 14  # less than one wait for a lock
    assert len(contents(database)["entries"]) == 5 * 60 + 24
    tally("refresh while another process reads", tries=1, lost=0)


def test_lock_of_a_dead_process_is_in_nobodys_way(tmp_path: Path) -> None:
    database = tmp_path / "feeds.db"
    script = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "from feedreader.store import RefreshLock\n"
        f"lock = RefreshLock(Path({str(database)!r})).acquire()\n"
        "print('held', flush=True); sys.stdin.readline()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    assert RefreshLock(database).is_held()
    try:
        with RefreshLock(database).acquire():
            raise AssertionError("two hold the lock")
    except RefreshRunning:
        pass
    holder.kill()
    holder.communicate()
    with RefreshLock(database).acquire():
        assert RefreshLock(database).is_held()


def test_backups_made_during_a_refresh_are_whole(tmp_path: Path, tally: Tally) -> None:
    database = tmp_path / "feeds.db"
    with publisher(entries=200 if IS_FULL else 40) as scene:
        follow(database, scene)
        child = start_child("refresh", database)
        copies: list[Path] = []
        while child.poll() is None or not copies:
            with reader_at(database) as reader:
                copies.append(reader.back_up(tmp_path / f"copy-{len(copies)}.db"))
            time.sleep(0.02)
        outcome_of(child)
    sizes = []
    for copy in copies:
        assert problems(copy) == ()
        held: dict[str, list[tuple[Any, ...]]] = contents(copy)
        sizes.append(len(held["entries"]))
        # Validators and entries are of one moment: no feed has the one without the other.
        newest = f'"{scene.entries}"'
        counts = {row[0]: row[1] for row in held["counts"]}
        for row in held["validators"]:
            whole = 24 if row[0].endswith("/6") else scene.entries
            assert (counts[row[0]] == whole) == (row[1] == newest), row
    assert sizes == sorted(sizes)
    tally("backup during a refresh", tries=len(copies), lost=0)
