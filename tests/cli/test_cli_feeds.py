"""`feeds`, `remove`, `rename`, `move`, `set`, `import` and `export`."""

from __future__ import annotations

import io
import os
import re
import sqlite3
import sys
import threading
from pathlib import Path

import pytest

from feedreader.reader import Reader
from runs import on_terminal, run_process

OPML = b"""<?xml version="1.0"?><opml version="2.0"><body>
<outline text="News"><outline text="World">
<outline type="rss" text="One" xmlUrl="https://one.example/feed"/></outline></outline>
<outline type="rss" text="Two" xmlUrl="https://two.example/feed"/>
<outline type="rss" text="Bad" xmlUrl="exec:rm -rf /"/>
</body></opml>"""


def test_feeds_on_a_pipe_are_tab_separated(run, seeded: Reader) -> None:
    first = run("feeds").lines[0].split("\t")
    assert first[:5] == ["1", "4", "4", "Linux 週報", "https://linux.example/feed"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", first[5])
    assert first[6] == ""


def test_feeds_json(run, seeded: Reader) -> None:
    linux, world = run("feeds", "--json").records
    assert (linux["title"], linux["unread"], linux["folders"]) == (
        "Linux 週報", 4, ["Technology/Kernel"],
    )  # fmt: skip
    assert (world["entries"], world["starred"], world["failures"]) == (3, 1, 0)
    assert linux["next_check_reason"] == "it posts about daily"


def test_feeds_tree_shows_folders_with_what_is_unread_below(run, seeded: Reader) -> None:
    assert run("feeds", "--tree").lines == [
        "News  2", "  2 World news  2", "Technology  4", "  Kernel  4", "    1 Linux 週報  4",
    ]  # fmt: skip


def test_feeds_chosen_by_words_and_unknown_ones(run, seeded: Reader) -> None:
    assert [line.split("\t")[0] for line in run("feeds", "world").lines] == ["2"]
    result = run("feeds", "nothing-like-it")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("feedreader: no feed is called")


def test_feeds_on_a_terminal_say_when_the_next_check_is(seeded: Reader) -> None:
    printed = on_terminal("feeds", "--no-pager")
    assert "4/4" in printed
    assert "in 2 h" in printed


def test_feeds_failing_says_why(run, seeded: Reader, database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute(
            "UPDATE polls SET failures = 3, error = 'the server answered 500' WHERE feed_id = 2"
        )
    assert run("feeds", "--failing").lines[0].endswith("the server answered 500")
    assert len(run("feeds", "--failing").lines) == 1
    assert "the server answered 500 (3 failures in a row" in on_terminal("feeds", "--no-pager")


def test_remove_says_what_and_needs_one_feed(run, seeded: Reader) -> None:
    assert "World news" in run("remove", "2").out
    assert len(run("feeds").lines) == 1
    assert run("remove", "2").code == 1
    assert run("remove").code == 2


def test_words_that_may_mean_several_feeds_are_refused(run, seeded: Reader) -> None:
    result = run("remove", "example")
    assert result.code == 1
    assert "1 (Linux 週報), 2 (World news)" in result.err
    assert len(seeded.subscriptions()) == 2


def test_rename_and_back(run, seeded: Reader) -> None:
    run("rename", "1", "  My\tkernel\x1b[31m ")
    assert seeded.subscription(1).title == "My kernel[31m"
    run("rename", "1", "")
    assert seeded.subscription(1).title == "Linux 週報"
    assert run("rename", "9", "x").code == 1


def test_move_replaces_the_folders(run, seeded: Reader) -> None:
    run("move", "1", "A/B", r"C\/D")
    assert set(seeded.subscription(1).folders) == {("A", "B"), ("C/D",)}
    run("move", "1", "A\nB\x1b[31m/ C ")
    assert seeded.subscription(1).folders == (("A B[31m", "C"),)
    run("move", "1")
    assert seeded.subscription(1).folders == ((),)
    assert run("move", "nope", "A").code == 1


def test_set_changes_and_resets(run, seeded: Reader) -> None:
    words = ("full_text=always", "min_interval=6h", "keep_days=30", "verify_tls=false")
    assert run("set", "1", *words).code == 0
    settings = seeded.subscription(1).settings
    assert (settings.full_text, settings.min_interval_s) == ("always", 21_600)
    assert (settings.keep_days, settings.verify_tls) == (30, False)
    run("set", "1", "full_text=", "keep_days=")
    settings = seeded.subscription(1).settings
    assert (settings.full_text, settings.keep_days) == ("auto", None)


def test_secrets_go_in_and_never_come_out(
    run, seeded: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("hunter2\n"))
    assert run("set", "1", "username=ann", "password=-", "header.X-Token=t0ken").code == 0
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    run("set", "1", "bearer_token=b3arer", "proxy=http://user:pr0xy@proxy.example:8080")
    settings = seeded.subscription(1).settings
    assert (settings.username, settings.password) == ("ann", "hunter2")
    assert settings.headers == (("X-Token", "t0ken"),)
    for words in (["set", "1"], ["set", "1", "--json"], ["feeds", "--json"], ["export"]):
        result = run(*words)
        assert result.code == 0
        for secret in ("hunter2", "t0ken", "b3arer", "pr0xy"):
            assert secret not in result.out + result.err, words
    assert run("set", "1", "--json").record["password"] == "***"


@pytest.mark.parametrize(
    "assignment",
    ["nonsense=1", "full_text=maybe", "min_interval=5", "min_interval=x", "keep_days=0",
     "full_text", "verify_tls=no", "header.a b=c", "url=javascript:alert(1)", "url=", "proxy=none"],
)  # fmt: skip
def test_set_refuses_what_no_setting_is(run, seeded: Reader, assignment: str) -> None:
    before = seeded.subscription(1).settings
    assert run("set", "1", assignment).code == 2
    assert seeded.subscription(1).settings == before


def test_set_url_keeps_the_entries(run, seeded: Reader) -> None:
    run("set", "1", "url=https://new.example/feed")
    feed = seeded.subscription(1)
    assert (feed.url, feed.entry_count) == ("https://new.example/feed", 4)


def test_login_in_a_new_address_goes_out_of_sight(run, seeded: Reader) -> None:
    assert run("set", "1", "url=https://ann:s3cret@new.example/feed", "keep_days=3").code == 0
    feed = seeded.subscription(1)
    assert feed.url == "https://new.example/feed"
    assert (feed.settings.username, feed.settings.password) == ("ann", "s3cret")
    assert feed.settings.keep_days == 3
    seeded.change_url(1, "https://bo@third.example/feed")
    feed = seeded.subscription(1)
    assert (feed.url, feed.settings.username) == ("https://third.example/feed", "bo")
    assert feed.settings.password == "", "ann's goes to no login of another one"
    assert feed.settings.keep_days == 3


def test_import_says_what_it_took_and_skipped(run, home: Path, database: Path) -> None:
    (home / "list.opml").write_bytes(OPML)
    result = run("import", str(home / "list.opml"), "--folder", "Mine")
    assert result.lines[0] == "2 feeds added, 1 skipped"
    assert result.lines[1:] == ["- Bad: it runs a command"]
    with Reader(database) as reader:
        folders = {feed.title: feed.folders for feed in reader.subscriptions()}
    assert folders == {"One": (("Mine", "News", "World"),), "Two": (("Mine",),)}
    again = run("import", str(home / "list.opml"), "--folder", "Mine")
    assert again.lines[0] == "0 feeds added, 2 already there, 1 skipped"


def test_import_json_and_from_standard_input(database: Path) -> None:
    record = run_process("import", "-", "--json", stdin=OPML).record
    assert record["added"] == ["https://one.example/feed", "https://two.example/feed"]
    assert len(record["skipped"]) == 1  # type: ignore[arg-type]
    assert run_process("feeds", "--json").records[0]["title"] == "One"


def test_import_of_a_file_of_an_unknown_user_fails_in_words(run) -> None:
    result = run("import", "~nobody-of-this-name/urls")
    assert (result.code, len(result.err.splitlines())) == (1, 1)


def test_import_of_what_is_no_list_fails(run, home: Path) -> None:
    (home / "list.opml").write_bytes(b"\x00\x01\x02 nothing of the kind")
    result = run("import", str(home / "list.opml"))
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("feedreader: ")
    assert run("import", str(home / "missing")).code == 1
    assert run("import").code == 2


def test_import_of_commands_only_when_asked(run, home: Path, database: Path) -> None:
    (home / "urls").write_text('"exec:echo hi" tech\nhttps://one.example/feed "~Uno"\n')
    assert "1 feed added, 1 skipped" in run("import", str(home / "urls")).out
    assert (
        "1 feed added, 1 already there" in run("import", str(home / "urls"), "--allow-commands").out
    )
    with Reader(database) as reader:
        assert {feed.kind for feed in reader.subscriptions()} == {"http", "exec"}


def test_export_comes_back_with_import(run, seeded: Reader, home: Path) -> None:
    target = home / "out.opml"
    assert run("export", str(target)).out == f"2 feeds written to {target}\n"
    assert target.stat().st_mode & 0o077 == 0
    assert run("export").out.encode() == target.read_bytes()
    run("--db", str(home / "other.db"), "import", str(target))
    with Reader(home / "other.db") as other:
        assert [feed.url for feed in other.subscriptions()] == [
            feed.url for feed in seeded.subscriptions()
        ]
        assert [feed.folders for feed in other.subscriptions()] == [
            feed.folders for feed in seeded.subscriptions()
        ]


def test_export_leaves_links_and_devices_what_they_are(run, seeded: Reader, home: Path) -> None:
    target, link, pipe = home / "out.opml", home / "link.opml", home / "pipe"
    target.write_bytes(b"before")
    link.symlink_to(target)
    os.mkfifo(pipe)
    assert run("export", str(link)).out == f"2 feeds written to {link}\n"
    assert link.is_symlink()
    written = []
    reading = threading.Thread(target=lambda: written.append(pipe.read_bytes()))
    reading.start()
    assert run("export", str(pipe)).out == ""
    reading.join()
    assert pipe.is_fifo()
    assert written == [target.read_bytes()]
    assert b"linux.example" in written[0]


def test_dash_is_standard_output(
    run, seeded: Reader, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    assert run("export", "-").out == run("export").out
    assert run("export", "--stories", "kernel", "--as", "json", "-").records[0]["id"]
    paper = run("edition", "export", "--query", "kernel", "--format", "html", "-o", "-")
    assert paper.out.startswith("<!doctype html>")
    assert not (home / "-").exists()


def test_export_to_where_nothing_can_be_written_fails(run, seeded: Reader, home: Path) -> None:
    result = run("export", str(home / "missing" / "out.opml"))
    assert result.code == 1
    assert "cannot be written" in result.err


def test_read_state_of_newsboat_is_taken_over(run, seeded: Reader, home: Path, ids) -> None:
    cache = home / "cache.db"
    with sqlite3.connect(cache) as connection:
        connection.execute(
            "CREATE TABLE rss_item (guid, url, feedurl, unread, flags, deleted DEFAULT 0)"
        )
        connection.executemany(
            "INSERT INTO rss_item (guid, url, feedurl, unread, flags) VALUES (?, ?, ?, ?, '')",
            [
                ("urn:1", "https://site.example/1", "https://linux.example/feed", 0),
                ("urn:2", "https://site.example/2", "https://linux.example/feed", 1),
            ],
        )
    result = run("import", "--newsboat-cache", str(cache))
    assert (result.code, result.out) == (0, "read state taken over for 2 entries\n")
    assert seeded.entry(ids["Kernel"]).summary.is_read
    assert seeded.status().unread == 5
    assert run("import", "--newsboat-cache", str(cache), "--json").record["entries"] == 2
    (home / "junk.db").write_bytes(b"junk" * 500)
    assert run("import", "--newsboat-cache", str(home / "junk.db")).code == 1
    assert run("import", "--newsboat-cache", str(home / "missing.db")).code == 2
