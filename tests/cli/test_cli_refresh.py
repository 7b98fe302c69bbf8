"""`refresh`, `add`, `add-page`, `start` and `demo` against servers on loopback."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedreader.cli.polling import Tally, calls_for_a_person
from feedreader.model import Feed, FeedSettings, PollState, RefreshOutcome, Subscription
from feedreader.reader import Reader
from runs import on_terminal, run_process
from servers import Answer, Exchange, LoopbackServer

OUTCOME_KEYS = [
    *("feed_id", "url", "outcome", "new", "changed", "unread_again"),
    *("reason", "status", "duration_ms"),
]
ARTICLE = "<p>" + "The tide came in and the harbour filled with boats again. " * 40 + "</p>"


def rss(title: str, count: int = 3) -> bytes:
    items = "".join(
        f"<item><guid>{title}-{n}</guid><title>{title} story {n}</title>"
        f"<description>{'Words of the story. ' * 80}</description></item>"
        for n in range(count)
    )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>'
        f"<link>https://site.example/</link><description>d</description>{items}</channel></rss>"
    ).encode()


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    answers = {
        "/a": Answer(body=rss("Alpha"), headers={"ETag": '"1"', "Content-Type": "text/xml"}),
        "/b": Answer(body=rss("Beta", 2), headers={"Content-Type": "text/xml"}),
        "/broken": Answer(status=500),
        "/gone": Answer(status=410),
        "/site": Answer(
            body=b"<html><head><title>Site</title>"
            b'<link rel="alternate" type="application/rss+xml" title="All" href="/a">'
            b'<link rel="alternate" type="application/rss+xml" title="Comments" href="/b">'
            b"</head><body>A site.</body></html>",
            headers={"Content-Type": "text/html"},
        ),
        "/page": Answer(
            body=f"<html><head><title>A harbour page</title></head><body><article>"
            f"<h1>A harbour page</h1>{ARTICLE}</article></body></html>".encode(),
            headers={"Content-Type": "text/html"},
        ),
    }
    with LoopbackServer(answers=answers) as running:
        yield running


@pytest.fixture(autouse=True)
def quick(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause between requests to the one server of the tests."""
    file = home / "quick.toml"
    file.write_text('[refresh]\nhost_pause = "0s"\n')
    monkeypatch.setenv("FEEDREADER_CONFIG", str(file))


def follow(database: Path, *urls: str) -> None:
    with Reader(database) as reader:
        for url in urls:
            reader.subscribe(url)


# --- refresh ---


def test_refresh_json_is_a_line_per_feed_and_a_sum(
    run, server: LoopbackServer, database: Path
) -> None:
    follow(database, server.url("/a"), server.url("/b"), server.url("/broken"))
    result = run("refresh", "--json")
    *outcomes, total = result.records
    assert result.code == 0
    assert all(list(one) == OUTCOME_KEYS for one in outcomes)
    told = {str(one["url"]).rpartition("/")[2]: (one["outcome"], one["new"]) for one in outcomes}
    assert told == {"a": ("new", 3), "b": ("new", 2), "broken": ("failed", 0)}
    failed = next(one for one in outcomes if one["outcome"] == "failed")
    assert failed["status"] == 500
    assert failed["reason"]
    assert {key: total[key] for key in ("feeds", "asked", "failed", "new", "stopped")} == {
        "feeds": 3, "asked": 3, "failed": 1, "new": 5, "stopped": False,
    }  # fmt: skip


def test_second_refresh_asks_nobody_and_says_why(
    run, server: LoopbackServer, database: Path
) -> None:
    follow(database, server.url("/a"))
    run("refresh")
    asked = len(server.requests)
    skipped, total = run("refresh", "--json").records
    assert len(server.requests) == asked
    assert (skipped["outcome"], total["asked"]) == ("skipped", 0)
    assert skipped["reason"]


def test_forced_refresh_asks_conditionally(run, server: LoopbackServer, database: Path) -> None:
    follow(database, server.url("/a"))
    run("refresh")
    run("refresh", "--force", "alpha")
    assert server.asked("/a")[-1].headers["if-none-match"] == '"1"'


def test_refresh_without_a_terminal_is_silent(run, server: LoopbackServer, database: Path) -> None:
    follow(database, server.url("/a"), server.url("/broken"))
    result = run("refresh")
    assert (result.code, result.out, result.err) == (0, "", "")
    assert run("list", "--count").out == "3\n"


def test_refresh_says_that_a_feed_is_gone_once(run, server: LoopbackServer, database: Path) -> None:
    follow(database, server.url("/a"), server.url("/gone"))
    result = run("refresh", "--quiet")
    assert result.code == 0
    assert "is gone for good" in result.err
    assert result.err.count("\n") == 1
    assert run("refresh", "--quiet").err == ""


def test_refresh_where_every_feed_failed_exits_with_3(
    run, server: LoopbackServer, database: Path
) -> None:
    follow(database, server.url("/broken"), server.url("/broken2"))
    result = run("refresh")
    assert result.code == 3
    assert "all 2 feeds failed" in result.err
    assert run("refresh").code == 0, "the second time no feed is due, so none failed"


def test_refresh_of_an_unknown_feed_fails(run, server: LoopbackServer, database: Path) -> None:
    follow(database, server.url("/a"))
    assert run("refresh", "nothing-like-it").code == 1
    assert server.requests == []


def test_refresh_on_a_terminal_tells_new_and_failed(server: LoopbackServer, database: Path) -> None:
    follow(database, server.url("/a"), server.url("/broken"))
    printed = on_terminal("--color", "never", "refresh")
    assert "3 new entries, 2 of 2 feeds asked, 1 failed" in printed
    assert re.search(r"! http://127\.0\.0\.1:\d+/broken \(2\): .*500", printed)
    again = on_terminal("--color", "never", "refresh", "alpha")
    assert "Alpha was not asked: " in again


def test_second_refresh_at_once_exits_with_75(run, server: LoopbackServer, database: Path) -> None:
    follow(database, server.url("/a"))
    with holding_the_lock(database):
        result = run("refresh")
        assert run("status", "--json").record["feeds"] == 1
    assert result.code == 75
    assert result.err.startswith("feedreader: another refresh")
    assert server.requests == []


def test_refresh_that_waits_runs_after_the_other(server: LoopbackServer, database: Path) -> None:
    follow(database, server.url("/a"))
    with holding_the_lock(database):
        waiting = start("refresh", "--wait")
        time.sleep(1.5)
        assert waiting.poll() is None
        assert server.requests == []
    assert waiting.wait(timeout=20) == 0
    assert len(server.asked("/a")) == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_while_waiting_ends_at_once(
    server: LoopbackServer, database: Path, number: int, code: int
) -> None:
    follow(database, server.url("/a"))
    with holding_the_lock(database):
        waiting = start("refresh", "--wait")
        time.sleep(1.5)
        assert ended_by(waiting, number) == code


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_stops_within_a_second_and_keeps_what_was_fetched(
    database: Path, number: int, code: int
) -> None:
    async def never(exchange: object) -> None:
        import asyncio

        await asyncio.sleep(60)

    fast = LoopbackServer(answers={"/a": Answer(body=rss("Alpha"))})
    slow = LoopbackServer(host="127.0.0.2", answers={"/slow": never})
    with fast, slow:
        follow(database, fast.url("/a"), slow.url("/slow"))
        process = start("refresh", "--json")
        assert process.stdout is not None
        first = process.stdout.readline()
        assert b'"outcome": "new"' in first
        assert ended_by(process, number) == code
        rest = process.stdout.read()
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert b'"stopped": true' in rest
    with Reader(database) as reader:
        assert reader.status().entries == 3
        assert reader.find_problems() == ()


def test_closed_pipe_ends_a_refresh_in_silence(server: LoopbackServer, database: Path) -> None:
    follow(database, server.url("/a"), server.url("/b"))
    process = start("refresh", "--json")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.wait(timeout=20) == 141
    assert process.stderr.read() == b""


def test_retention_runs_after_a_refresh(run, server: LoopbackServer, database: Path, home) -> None:
    (home / "quick.toml").write_text("[retention]\nkeep_entries = 10\n")
    server.answers["/a"] = Answer(body=rss("Alpha", 25))
    follow(database, server.url("/a"))
    run("refresh")
    run("mark", "read", "--all")
    run("refresh", "--force")
    assert run("list", "", "--count").out == "10\n"


def test_retention_that_cannot_be_applied_keeps_nobody_from_hearing_of_news(
    run, server: LoopbackServer, database: Path, home: Path
) -> None:
    (home / "own.toml").write_text(
        '[retention]\nkeep = ["search:gone"]\n[hooks.file]\n'
        f'command = ["cp", "/dev/stdin", "{home}/told.json"]\n'
    )
    follow(database, server.url("/a"))
    run("rules", "add", "when story then run:file")
    run("edition", "define", "Now", "--at", "00:00")
    result = run("--config", str(home / "own.toml"), "refresh", "--json")
    assert result.code == 1
    assert result.err.startswith("feedreader: nothing was dropped: ")
    assert "'gone'" in result.err
    assert result.records[-1]["new"] == 3
    assert (home / "told.json").exists()
    assert len(run("edition", "list").lines) == 1


def holding_the_lock(database: Path):
    from feedreader.store import RefreshLock

    return RefreshLock(database).acquire()


def start(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "feedreader", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(os.environ),
    )


def ended_by(process: subprocess.Popen[bytes], number: int) -> int:
    """Send a signal; return the exit code if it comes within a second (and the machine's lag)."""
    process.send_signal(number)
    before = time.monotonic()
    code = process.wait(timeout=20)
    assert time.monotonic() - before < 1.5
    return code


# --- what needs a person ---

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def failing_since(days: float, *, checked_hours_ago: float = 24) -> Subscription:
    return Subscription(
        id=1,
        url="https://user:secret@a.example/feed",
        kind="http",
        feed=Feed(title="A"),
        user_title="",
        folders=(),
        tags=(),
        settings=FeedSettings(),
        poll=PollState(
            succeeded_at=NOW - timedelta(days=days),
            checked_at=NOW - timedelta(hours=checked_hours_ago),
        ),
        added_at=NOW - timedelta(days=100),
    )


@pytest.mark.parametrize(("days", "calls"), [(6.5, 0), (7.5, 1), (8.5, 0)])
def test_failing_feed_calls_once_when_a_week_is_over(days: float, calls: int) -> None:
    tally = Tally()
    feed = failing_since(days)
    tally.count(RefreshOutcome(1, feed.url, "A", "failed", reason="no answer"))
    tally.count(RefreshOutcome(2, "https://b.example/", "B", "unchanged"))
    told = calls_for_a_person(tally, [feed], NOW)
    assert len(told) == calls
    assert all("secret" not in one and "failed for 7 days" in one for one in told)


# --- add ---


def test_add_follows_and_fetches(run, server: LoopbackServer, database: Path) -> None:
    words = ("--folder", "News/World", "--full-text", "never", "--tag", "t", "--title", "Mine")
    result = run("add", server.url("/a"), *words)
    assert result.code == 0
    assert result.lines[0].startswith("following Mine (1, http://127.0.0.1:")
    assert result.lines[1] == "3 entries, 3 unread"
    with Reader(database) as reader:
        (feed,) = reader.subscriptions()
    assert (feed.folders, feed.tags, feed.title) == ((("News", "World"),), ("t",), "Mine")
    assert feed.settings.full_text == "never"
    assert run("add", server.url("/a")).lines[0].startswith("already followed: Mine")


def test_add_json(run, server: LoopbackServer) -> None:
    record = run("add", server.url("/a"), "--json").record
    assert record["added"] is True
    assert record["feed"]["title"] == "Alpha"  # type: ignore[index]
    assert record["outcome"]["new"] == 3  # type: ignore[index]


def test_add_of_a_site_with_several_feeds_lists_them(
    run, server: LoopbackServer, database: Path
) -> None:
    result = run("add", server.url("/site"))
    assert (result.code, result.out) == (1, "")
    assert "1  All  http" in result.err
    assert "2  Comments  http" in result.err
    with Reader(database) as reader:
        assert reader.subscriptions() == ()
    assert run("add", server.url("/site"), "--yes").lines[0].startswith("following Alpha")


def test_add_of_what_is_no_feed_fails(run, server: LoopbackServer) -> None:
    assert run("add", server.url("/nothing")).code == 1
    assert run("add", "javascript:alert(1)").code == 2
    assert run("add").code == 2


def test_add_of_a_file_and_of_a_command(run, home: Path) -> None:
    (home / "feed.xml").write_bytes(rss("Local"))
    assert run("add", str(home / "feed.xml")).lines[0].startswith("following Local")
    result = run("add", "--exec", f"cat {home / 'feed.xml'}", "--title", "Com\nmand\x1b")
    assert result.lines[0].startswith("following Com mand")
    assert run("feeds", "--json").records[0]["title"] == "Com mand"
    kinds = {record["kind"] for record in run("feeds", "--json").records}
    assert kinds == {"file", "exec"}


def test_add_of_what_is_no_file_follows_nothing(run, home: Path) -> None:
    for address in (home / "missing.xml", home, f"file://{home}/missing.xml"):
        result = run("add", str(address))
        assert (result.code, result.out) == (1, "")
        assert "there is no file" in result.err
    assert run("add", "~nobody-of-this-name/feed.xml").code == 2
    assert run("add", "x" * 5000).code == 2
    assert run("feeds").out == ""


def test_file_has_one_address_however_it_is_named(run, home: Path) -> None:
    (home / "feed.xml").write_bytes(rss("Local"))
    for address in (home / "feed.xml", home / "folder" / ".." / "feed.xml"):
        assert run("add", str(address)).code == 0
    assert run("feeds", "--json").record["url"] == (home / "feed.xml").as_uri()


def test_filter_that_would_never_run_is_refused(run, home: Path) -> None:
    (home / "feed.xml").write_bytes(rss("Local"))
    assert run("add", str(home / "feed.xml"), "--filter", "cat").code == 2
    assert run("add", "--exec", "true", "--filter", "cat").code == 2
    assert run("feeds").out == ""


def test_removed_feed_comes_back_where_it_was_with_what_is_given_anew(run, home: Path) -> None:
    file = home / "feed.xml"
    file.write_bytes(rss("Local"))
    run("add", str(file), "--folder", "News", "--title", "Mine", "--tag", " a ", "--tag", "")
    run("set", "Mine", "min_interval=2h", "full_text=never")
    run("remove", "Mine")
    assert run("add", str(file)).err == ""
    feed = run("feeds", "--json").record
    assert (feed["title"], feed["folders"], feed["tags"]) == ("Mine", ["News"], ["a"])
    run("remove", "Mine")
    run("add", str(file), "--title", "Yours", "--full-text", "always")
    feed = run("feeds", "--json").record
    assert (feed["title"], feed["folders"], feed["full_text"]) == ("Yours", ["News"], "always")
    assert run("set", "Yours", "--json").record["min_interval"] == 7200


def test_add_of_a_known_feed_says_that_its_settings_stay(run, home: Path) -> None:
    file = home / "feed.xml"
    file.write_bytes(rss("Local"))
    run("add", str(file))
    assert run("add", str(file)).err == ""
    again = run("add", str(file), "--title", "Mine", "--full-text", "never")
    assert again.out.startswith("already followed: Local")
    assert "feedreader set" in again.err


def test_add_with_a_filter(run, server: LoopbackServer) -> None:
    assert run("add", server.url("/a"), "--filter", "sed s/Alpha/Omega/").code == 0
    assert run("feeds", "--json").record["title"] == "Omega"


def test_removed_feed_comes_back_with_the_filter_that_it_had_not(
    run, server: LoopbackServer
) -> None:
    for options in ((), ("--filter", "sed s/Alpha/Omega/")):
        assert run("add", server.url("/a"), *options).code == 0
        feed = run("feeds", "--json").record
        run("remove", str(feed["id"]))
    assert (feed["kind"], feed["title"]) == ("filter", "Omega")


def test_removed_feed_comes_back_with_a_whole_login_or_its_own(database: Path) -> None:
    with Reader(database) as reader:
        for login, expected in (
            ("ann:s3cret@", ("ann", "s3cret")),
            ("", ("ann", "s3cret")),
            ("bo@", ("bo", "")),
        ):
            feed, _ = reader.subscribe(f"https://{login}a.example/feed")
            assert (feed.settings.username, feed.settings.password) == expected
            reader.unsubscribe(feed.id)


def test_password_comes_from_standard_input_and_is_not_shown(server: LoopbackServer) -> None:
    words = ("add", server.url("/a"), "--user", "ann", "--password-stdin", "--json")
    result = run_process(*words, stdin=b"hunter2\n")
    assert result.code == 0
    assert "hunter2" not in result.out + result.err
    assert server.asked("/a")[-1].headers["authorization"].startswith("Basic ")


def test_login_in_an_address_is_kept_for_its_server_and_not_shown(
    run, server: LoopbackServer, database: Path
) -> None:
    async def ask_for_login(exchange: Exchange) -> None:
        wanted = "Basic " + b64encode(b"ann:hunter2").decode()
        knows = exchange.request.headers.get("authorization") == wanted
        answer = Answer(body=rss("Private")) if knows else Answer(status=401)
        await exchange.send(answer.encode())

    server.answers["/private"] = ask_for_login
    server.answers["/page"] = Answer(body=b"<html><body>No feed.</body></html>")
    address = server.url("/private").replace("://", "://ann:hunter2@")
    result = run("add", address)
    assert (result.code, result.lines[0].split(" (")[0]) == (0, "following Private")
    with Reader(database) as reader:
        (feed,) = reader.subscriptions()
    assert feed.url == server.url("/private")
    assert (feed.settings.username, feed.settings.password) == ("ann", "hunter2")
    assert "feedreader set" in run("add", address).err, "they are not taken a second time"
    result = run("add", server.url("/page").replace("://", "://ann:hunter2@"))
    assert result.code == 1
    assert "no feed was found" in result.err
    assert "hunter2" not in result.err


@pytest.mark.parametrize(
    "words", [("--exec", ""), ("--exec", 'x "'), ("x.example", "--filter", " ")]
)
def test_command_that_never_could_be_run_is_refused(run, words: tuple[str, ...]) -> None:
    assert run("add", *words).code == 2
    assert run("feeds").out == ""


def test_feed_that_cannot_be_fetched_is_kept_and_told(
    run, server: LoopbackServer, home: Path
) -> None:
    result = run("add", "--exec", "false")
    assert result.code == 1
    assert "could not be fetched" in result.err
    assert len(run("feeds").lines) == 1


def test_add_page_makes_a_story(run, server: LoopbackServer, database: Path) -> None:
    result = run("add-page", server.url("/page"), "--tag", "sea")
    assert result.code == 0
    assert "A harbour page" in result.out
    record = run("list", "is:later", "tag:sea", "--json").record
    assert record["title"] == "A harbour page"
    assert "tide came in" in run("show", str(record["id"])).out
    assert run("add-page", server.url("/missing")).code == 1
    assert run("add-page", server.url("/page"), "--json").record["title"] == "A harbour page"


def test_import_from_a_web_address(run, server: LoopbackServer) -> None:
    server.answers["/list"] = Answer(
        body=b'<opml version="2.0"><body><outline text="A" xmlUrl="https://a.example/f"/></body></opml>'
    )
    assert run("import", server.url("/list")).out == "1 feed added\n"
    assert run("import", server.url("/missing")).code == 1


# --- start and demo ---


def test_start_imports_the_list_once_and_reads(run, server: LoopbackServer, home: Path) -> None:
    opml = home / "feeds.opml"
    opml.write_text(
        f'<opml version="2.0"><body><outline text="A" xmlUrl="{server.url("/a")}"/></body></opml>'
    )
    result = run("start", "--opml", str(opml))
    assert result.code == 0
    assert result.lines[0].startswith("1 feed imported from")
    assert len(result.lines) == 4
    assert "imported" not in run("start", "--opml", str(opml)).out


def test_start_without_a_network_names_the_demonstration(run, home: Path) -> None:
    opml = home / "feeds.opml"
    opml.write_text(
        '<opml version="2.0"><body><outline text="A" xmlUrl="http://127.0.0.1:9/f"/></body></opml>'
    )
    result = run("start", "--opml", str(opml))
    assert result.code == 3
    assert "no feed could be fetched (1 asked)" in result.err
    assert "feedreader demo" in result.err


def test_demo_shows_the_story_whole_and_leaves_nothing(
    run, database: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(home))
    result = run_process("demo", "--list")
    assert result.code == 0
    assert re.match(r"\d+ stories from http://127\.0\.0\.1:\d+\n", result.out)
    assert "NATO Plans a Liaison Office in Japan\nFeed     The Harbour Dispatch" in result.out
    assert "from its page" in result.out
    story = result.out[result.out.index("Text     ") :]
    assert "noted" in story
    assert re.search(r"\[1\] http", story)
    for furniture in ("Our Latest Articles", "cookies", "Share this story", "Most read"):
        assert furniture not in story
    assert not database.exists()
    assert list(home.glob("feedreader-demo-*")) == []


def test_demo_on_a_port_in_use_fails_in_one_line(run, server: LoopbackServer) -> None:
    result = run("demo", "--port", str(server.port))
    assert result.code == 1
    assert result.err.startswith(f"feedreader: cannot serve on port {server.port}")
