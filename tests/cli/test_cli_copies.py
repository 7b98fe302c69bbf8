"""Copies of stories on the command line: `copies`, and what `list` makes of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from newsroom import BRIDGE, OWLS, Newsroom
from runs import Result, on_terminal

Run = Callable[..., Result]


@pytest.fixture
def room(database: Path) -> Iterator[Newsroom]:
    newsroom = Newsroom(database)
    newsroom.bring("short", "Bridge", " ".join(BRIDGE.split()[:32]) + " …")
    newsroom.bring("whole", "Dear bridge", BRIDGE)
    newsroom.bring("agency", "Steel", f"HARBOURTON — {BRIDGE}")
    newsroom.bring("short", "Owls", OWLS)
    yield newsroom
    newsroom.close()


def test_list_has_a_story_once_unless_asked_for_copies(room: Newsroom, run: Run) -> None:
    assert sorted(line.split("\t")[3] for line in run("list").lines) == ["Dear bridge", "Owls"]
    assert len(run("list", "--copies").lines) == 4
    assert run("list", "--count").out == "2\n"
    assert run("list", "--count", "--copies").out == "4\n"
    assert run("list", "--limit", "1", "--copies").lines != run("list", "--limit", "9").lines


def test_records_carry_story_and_number_of_copies(room: Newsroom, run: Run) -> None:
    records = {record["title"]: record for record in run("list", "--json").records}
    assert records["Dear bridge"]["copies"] == 3
    assert records["Owls"]["copies"] == 1
    assert records["Owls"]["story_id"] is None
    copies = run("list", "--json", "--copies", "copies:>1").records
    assert {record["story_id"] for record in copies} == {records["Dear bridge"]["story_id"]}
    assert len(copies) == 3


def test_status_counts_a_story_once(room: Newsroom, run: Run) -> None:
    assert run("status").out.startswith("2 unread")
    assert run("status", "--json").record["unread"] == 2


def test_terminal_shows_the_number_of_copies(room: Newsroom) -> None:
    shown = on_terminal("list", "--no-pager")
    assert "⧉3" in next(line for line in shown.splitlines() if "Dear bridge" in line)
    assert "⧉" not in next(line for line in shown.splitlines() if "Owls" in line)


def test_copies_are_listed_with_their_differences(room: Newsroom, run: Run) -> None:
    ids = {entry.title: entry.id for entry in room.reader.entries("")}
    lines = [line.split("\t") for line in run("copies", str(ids["Steel"])).lines]
    assert [line[2] for line in lines] == ["whole", "agency", "short"]
    assert [line[4] for line in lines][:2] == ["same words", "1 of its own"]
    assert lines[2][4].endswith("fewer")
    assert run("copies", str(ids["Owls"])).lines[0].split("\t")[0] == str(ids["Owls"])


def test_copies_as_json_are_records(room: Newsroom, run: Run) -> None:
    (entry_id,) = (entry.id for entry in room.reader.entries("intitle:steel"))
    records = run("copies", str(entry_id), "--json").records
    assert [record["title"] for record in records] == ["Dear bridge", "Steel", "Bridge"]
    assert all(record["copies"] == 3 for record in records)


def test_changed_words_carry_signs_without_colour(room: Newsroom, run: Run) -> None:
    (entry_id,) = (entry.id for entry in room.reader.entries("intitle:steel"))
    shown = run("copies", str(entry_id), "--changes").out
    assert "{+HARBOURTON" in shown
    assert "[-Dear bridge-] {+Steel+}" in shown


def test_copies_of_an_unknown_entry_are_an_error(room: Newsroom, run: Run) -> None:
    result = run("copies", "4711")
    assert (result.code, result.out) == (1, "")
    assert "there is no entry 4711" in result.err


def test_marking_one_copy_marks_all(room: Newsroom, run: Run) -> None:
    (entry_id,) = (entry.id for entry in room.reader.entries("intitle:steel"))
    assert run("mark", "read", str(entry_id)).out == "3 entries read\n"
    assert run("mark", "unread", str(entry_id)).out == "3 entries unread\n"


def test_lists_load_nothing_that_compares_texts(room: Newsroom) -> None:
    script = (
        "import sys\nfrom feedreader.cli import main\n"
        "try:\n    main(['list'])\nfinally:\n    print('rensa' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stderr == b"False\n"
    assert b"Dear bridge" in done.stdout
