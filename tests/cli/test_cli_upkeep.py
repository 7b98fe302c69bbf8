"""`status`, `backup`, `check`, `vacuum` and `config`."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from feedreader.reader import Reader
from runs import run_process

STATUS_KEYS = ["unread", "starred", "feeds", "failing", "last_refresh_at", "next_due_at"]


def test_status_json_has_exactly_the_promised_keys(run, seeded: Reader) -> None:
    record = run("status", "--json").record
    assert list(record) == STATUS_KEYS
    assert (record["unread"], record["starred"], record["feeds"]) == (6, 1, 2)
    assert record["last_refresh_at"] is None
    assert str(record["next_due_at"]).endswith("Z")


def test_status_in_words(run, seeded: Reader) -> None:
    assert run("status").lines[0] == "6 unread, 1 starred, 2 feeds"


def test_status_of_a_new_database_says_how_to_begin(run) -> None:
    assert "feedreader add" in run("status").out


def test_database_of_another_program_is_left_alone(run, database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE mine (x)")
    before = database.read_bytes()
    result = run("status")
    assert (result.code, result.out) == (1, "")
    assert result.err.count("\n") == 1
    assert str(database) in result.err
    assert database.read_bytes() == before


def test_backup_is_a_database_of_its_own(run, seeded: Reader, home: Path) -> None:
    target = home / "copy.db"
    assert run("backup", str(target)).out == f"{target}\n"
    assert run("--db", str(target), "list", "", "--count").out == "7\n"
    dated = run("backup").out.strip()
    assert run("--db", dated, "status", "--json").record["unread"] == 6
    assert run("backup", str(home / "missing" / "copy.db")).code == 1


def test_backup_takes_the_place_of_no_device_and_not_of_the_database(
    run, seeded: Reader, database: Path, home: Path
) -> None:
    link, pipe, other = home / "link.db", home / "pipe", home / "other.db"
    link.symlink_to(database)
    os.mkfifo(pipe)
    before = database.stat().st_ino
    for target, why in ((database, "itself"), (link, "itself"), (pipe, "no file")):
        result = run("backup", str(target))
        assert (result.code, result.out) == (1, "")
        assert why in result.err
    assert database.stat().st_ino == before
    assert pipe.is_fifo()
    link.unlink()
    link.symlink_to(other)
    assert run("backup", str(link)).code == 0
    assert link.is_symlink()
    assert run("--db", str(other), "list", "", "--count").out == "7\n"


def test_repair_of_what_cannot_be_repaired_does_not_advise_a_repair(run, database: Path) -> None:
    database.write_bytes(b"no database at all")
    assert "check --repair" in run("check").err
    result = run("check", "--repair")
    assert result.code == 1
    assert "nothing of a feedreader database" in result.err
    assert "check --repair" not in result.err


def test_name_that_sqlite_takes_for_memory_is_a_file(
    run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    assert run("--db", ":memory:", "searches", "save", "a", "b").code == 0
    assert run("--db", ":memory:", "searches", "list").out == "a\tb\n"


def test_check_finds_and_repairs_wrong_counts(run, seeded: Reader, database: Path) -> None:
    assert run("check").out == "the database is sound\n"
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE feed_counts SET unread = 99 WHERE feed_id = 1")
    broken = run("check")
    assert broken.code == 1
    assert "counts" in broken.out
    assert run("check", "--repair").code == 0
    assert run("check").code == 0


def test_vacuum_tells_the_sizes(run, seeded: Reader) -> None:
    assert "MB before" in run("vacuum").out


def test_config_path_show_and_check(run, home: Path) -> None:
    file = home / ".config/feedreader/config.toml"
    assert run("config", "path").out == f"{file}\n"
    assert str(home / "feeds.db") in run("config", "path", "--all").out
    assert "there is no" in run("config", "check").out
    assert "# interval =" in run("config", "show").out
    file.parent.mkdir(parents=True)
    file.write_text('[refresh]\ninterval = "2h"\nproxy = "http://localhost:8118"\n')
    assert run("config", "show").out == file.read_text()
    assert run("config", "check").code == 0
    shown = run("config", "show", "--json").record
    assert shown["refresh"]["min_interval_s"] == 7200  # type: ignore[index]


def test_config_is_shown_without_the_secrets_of_hooks(run, home: Path) -> None:
    file = home / "own.toml"
    file.write_text(
        '[hooks.a]\nwebhook = "https://ann:hunter2@hook.example/hunter2?x=hunter2"\n'
        'secret = "hun\\"ter2"  # why\n'
        "[hooks.b]\nwebhook = 'http://hook.example/hunter2'\nsecret = \"env:NAME\"\n"
        "[hooks.c]\nwebhook = 'http://hook.example'\nsecret = '''hunter2'''\n"
    )
    shown = run("--config", str(file), "config", "show")
    record = run("--config", str(file), "config", "show", "--json")
    for result in (shown, record):
        assert result.code == 0
        assert "hunter2" not in result.out
        assert "ter2" not in result.out
        assert "env:NAME" in result.out
        assert "hook.example/***" in result.out
    assert 'secret = "***"  # why' in shown.lines
    assert [hook["secret"] for hook in record.record["hooks"]] == ["***", "env:NAME", "***"]  # type: ignore[attr-defined]


def test_config_that_cannot_be_used_is_told_in_one_line(run, home: Path) -> None:
    file = home / "bad.toml"
    file.write_text("[refresh]\nintervall = 3\n")
    result = run("--config", str(file), "config", "check")
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert "line 2" in result.err
    assert "interval" in result.err


@pytest.mark.parametrize(
    "text",
    ['[ui]\ntheme = "nope"', '[keys]\n"nope" = "a"', '[macros]\nx = ["nope"]'],
)
def test_config_check_finds_what_would_keep_the_reader_from_opening(
    run, home: Path, text: str
) -> None:
    file = home / "own.toml"
    file.write_text(text)
    result = run("--config", str(file), "config", "check")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith(f"feedreader: {file}: ")
    assert "nope" in result.err


def test_config_themes_lists_what_can_be_named(run, home: Path) -> None:
    names = run("config", "themes").lines
    assert names[0] == "default"
    assert {"feedreader-light", "nord"} <= set(names)
    file = home / "own.toml"
    for name in names:
        file.write_text(f'[ui]\ntheme = "{name}"')
        assert run("--config", str(file), "config", "check").code == 0


def test_config_edit_makes_the_file_and_checks_it(run, home: Path) -> None:
    editor = home / "editor"
    editor.write_text("#!/bin/sh\nprintf '[ui]\\nnonsense = 1\\n' > \"$2\"\n")
    editor.chmod(0o755)
    result = run_process("config", "edit", EDITOR=f"{editor} --wait")
    assert result.code == 1
    assert "nonsense" in result.err
    assert (home / ".config/feedreader/config.toml").read_text().startswith("[ui]")
    result = run_process("config", "edit", EDITOR="/nowhere/editor")
    assert result.code == 1
    assert result.err == (
        "feedreader: cannot run the editor '/nowhere/editor': No such file or directory;"
        " $VISUAL or $EDITOR names another\n"
    )


def test_reading_works_beside_a_broken_configuration(run, seeded: Reader, home: Path) -> None:
    file = home / "bad.toml"
    file.write_text("nonsense")
    assert run("--config", str(file), "status").code == 0
    assert run("--config", str(file), "refresh").code == 1
