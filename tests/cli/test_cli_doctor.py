"""`feedreader doctor`: what it says, to people and programs, and what it does when told to."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from feedreader.model import FeedSettings, PollState
from feedreader.reader import Reader
from feedreader.store import Store
from runs import HOSTILE, NOW, Result, on_terminal, run_process
from servers import Answer, LoopbackServer

Run = Callable[..., Result]


@pytest.fixture
def failing(seeded: Reader, database: Path) -> int:
    """The feed "World news", which its server has ended."""
    (feed,) = seeded.find_subscriptions("World news")
    _set_poll(database, feed.id, status=410, error="the feed is gone for good (410)", failures=2,
              gone_at=NOW)  # fmt: skip
    return feed.id


def _set_poll(database: Path, feed_id: int, **fields: object) -> None:
    poll = PollState(
        checked_at=NOW,
        succeeded_at=NOW - timedelta(days=3),
        next_check_at=NOW + timedelta(hours=5),
    )
    with Store(database) as store, store.transaction():
        store.feeds.save_poll(feed_id, replace(poll, **fields))  # type: ignore[arg-type]


@pytest.fixture
def site(database: Path) -> Iterator[LoopbackServer]:
    """A server with a feed that moved for good, and is followed at its former address."""
    item = "<item><guid>urn:1</guid><title>One</title></item>"
    body = f"<rss version='2.0'><channel><title>Mover</title>{item}</channel></rss>".encode()
    with LoopbackServer(answers={"/old": Answer(body=body)}) as server:
        with Reader(database) as reader:
            feed, _ = reader.subscribe(server.url("/old"))
            list(reader.refresh(pages=False))
            server.answers["/old"] = Answer(301, headers={"Location": "/new"})
            server.answers["/new"] = Answer(body=body)
            list(reader.refresh([feed.id], force=True, pages=False))
        yield server


def test_sound_feeds_give_exit_code_0(run: Run, seeded: Reader) -> None:
    done = run("doctor")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_no_feeds_at_all_are_well(run: Run) -> None:
    assert run("doctor").code == 0


def test_finding_is_a_line_of_fields_and_exit_code_1(run: Run, failing: int) -> None:
    done = run("doctor")
    assert done.code == 1
    (line,) = done.lines
    number, kind, severity, title, words, helps = line.split("\t")
    assert (number, kind, severity, title) == (str(failing), "gone", "trouble", "World news")
    assert "(410)" in words
    assert helps.startswith("Archive it")


def test_named_feed_is_looked_at_alone(run: Run, failing: int) -> None:
    assert run("doctor", "Linux").code == 0
    assert run("doctor", "World").code == 1
    done = run("doctor", "nothing is called so")
    assert (done.code, done.out) == (1, "")
    assert "no feed is called" in done.err


def test_json_tells_figures_and_findings_of_each_feed(run: Run, failing: int) -> None:
    done = run("doctor", "--json")
    assert done.code == 1
    records = {record["title"]: record for record in done.records}
    assert set(records) == {"World news", "Linux 週報"}
    well, gone = records["Linux 週報"], records["World news"]
    assert well["findings"] == []
    assert well["weeks"] == [0] * 25 + [4]
    assert well["posted"] == 4
    (found,) = gone["findings"]  # type: ignore[misc]
    assert found["kind"] == "gone"
    assert found["remedy"] == {
        "action": "archive",
        "words": "Archive it: its entries stay, and it is asked no more",
        "url": None,
        "interval_s": None,
        "full_text": None,
        "asks_network": False,
        "matter_of_taste": False,
    }


def test_terminal_shows_groups_activity_and_what_helps(failing: int) -> None:
    printed = _on_terminal("doctor")
    assert "Not answering  1" in printed
    assert "✗ World news (2)" in printed
    assert "→ Archive it: its entries stay, and it is asked no more." in printed
    assert "2 feeds, 1 well; 1 remedy: feedreader doctor --apply" in printed
    assert all(len(line) <= 80 for line in printed.splitlines())


def test_terminal_shows_all_that_is_known_of_a_named_feed(seeded: Reader) -> None:
    printed = _on_terminal("doctor", "Linux")
    assert "Activity" in printed
    assert "4 entries in 26 weeks" in printed
    assert "none: 0 of 4 entries of the last 3 months" in printed
    assert "✓ all is well" in printed


def test_what_a_stranger_wrote_cannot_act_on_the_terminal(
    run: Run, seeded: Reader, database: Path, failing: int
) -> None:
    with Store(database) as store, store.transaction():
        store.feeds.rename(failing, HOSTILE)
    _set_poll(database, failing, status=500, error=HOSTILE, failures=9)
    for words in (("doctor",), ("doctor", "--json"), ("doctor", str(failing))):
        out = run(*words).out
        assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(out)


def test_apply_with_yes_does_what_is_no_matter_of_taste(
    run: Run, seeded: Reader, database: Path, failing: int
) -> None:
    done = run("doctor", "--apply", "--yes")
    assert done.code == 0
    assert "✓ “World news” is archived" in done.out
    assert seeded.subscription(failing).settings.is_archived
    again = run("doctor", "--apply", "--yes")
    assert (again.code, again.out) == (0, "")
    assert seeded.subscription(failing).settings.is_archived, "archiving was not taken back"


def test_archived_feed_is_brought_back_by_set(run: Run, seeded: Reader, failing: int) -> None:
    run("doctor", "--apply", "--yes")
    assert run("set", str(failing), "archived=false").code == 0
    assert seeded.subscription(failing).settings == FeedSettings()


def test_feed_that_is_never_read_is_not_left_by_yes(
    run: Run, seeded: Reader, database: Path
) -> None:
    (feed,) = seeded.find_subscriptions("Linux")
    with Store(database) as store, store.transaction():
        for number in range(40):
            moment = int((NOW - timedelta(days=number / 2)).timestamp())
            store.connection.execute(
                """INSERT INTO entries (feed_id, sort_at, received_at, key, alt_key, content_hash)
                   VALUES (?, ?, ?, ?, ?, x'')""",
                (feed.id, moment, moment, b"%d" % number, b"%d" % number),
            )
        added = int((NOW - timedelta(days=60)).timestamp())
        store.connection.execute("UPDATE feeds SET added_at = ?", (added,))
    done = run("doctor", "--apply", "--yes")
    assert done.code == 1
    assert "1 remedy left to your taste" in done.out
    assert seeded.subscription(feed.id).id == feed.id


def test_moved_feed_is_followed_at_its_new_address(
    run: Run, database: Path, site: LoopbackServer
) -> None:
    found = run("doctor")
    assert found.code == 1
    assert "moved" in found.out
    asked = len(site.requests)
    done = run("doctor", "--apply", "--yes")
    assert done.code == 0, done.out + done.err
    assert len(site.requests) == asked + 1
    with Reader(database) as reader:
        (feed,) = reader.subscriptions()
        assert feed.url == site.url("/new")
        assert feed.entry_count == 1


def test_address_that_does_not_hold_what_it_must_changes_nothing(
    run: Run, database: Path, site: LoopbackServer
) -> None:
    site.answers["/new"] = Answer(404)
    done = run("doctor", "--apply", "--yes")
    assert done.code == 1
    assert "nothing was changed" in done.out
    with Reader(database) as reader:
        assert reader.subscriptions()[0].url == site.url("/old")


def test_probe_says_whom_it_asks_and_without_it_nobody_is_asked(
    run: Run, site: LoopbackServer
) -> None:
    asked = len(site.requests)
    run("doctor")
    run("doctor", "--json")
    assert len(site.requests) == asked
    done = run("doctor", "--probe")
    assert "asking 1 server: 1 new address" in done.err
    assert [one.target for one in site.requests[asked:]] == ["/new"]
    assert "it has moved to" in done.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("doctor", "--yes"), "--yes goes with --apply"),
        (("doctor", "--apply"), "add --yes"),
        (("doctor", "--apply", "--yes", "--json"), "without --apply"),
    ],
)
def test_options_that_make_no_sense_are_errors_of_use(
    run: Run, seeded: Reader, words: tuple[str, ...], said: str
) -> None:
    done = run(*words)
    assert done.code == 2
    assert said in done.err


def test_each_remedy_is_asked_about_on_a_terminal(seeded: Reader, failing: int) -> None:
    assert "[y]es, [n]o, [q]uit" in _on_terminal("doctor", "--apply", typed="n\n")
    assert not seeded.subscription(failing).settings.is_archived
    printed = _on_terminal("doctor", "--apply", typed="perhaps\ny\n")
    assert "is archived" in printed
    assert seeded.subscription(failing).settings.is_archived


def test_looking_loads_neither_network_nor_screen(seeded: Reader, database: Path) -> None:
    code = (
        "import sys\n"
        "from feedreader.cli import main\n"
        "try: main(['doctor'])\n"
        "except SystemExit: pass\n"
        "heavy = {'httpx', 'httpcore', 'feedparser', 'textual', 'lxml', 'sqlite_utils'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_command_runs_in_a_process_of_its_own(seeded: Reader) -> None:
    assert run_process("doctor").code == 0


def _on_terminal(*words: str, typed: str = "") -> str:
    return on_terminal(*words, typed=typed, code=None, NO_COLOR="1", PAGER="cat")
