"""`stats`, and `show --changes`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from feedreader.core.identity import identify
from feedreader.core.plan import plan_entries
from feedreader.model import Entry, FeedUpdate, PollState
from feedreader.reader import Reader
from feedreader.store import Store
from runs import entry_id, on_terminal


def now() -> datetime:
    return datetime.now(UTC)


def poll(database: Path, *entries: Entry) -> int:
    """Let a feed of its own send entries; return its id."""
    with Store(database) as store:
        with store.transaction():
            feed_id, _ = store.feeds.add("https://harbour.example/feed", now=now())
        identified = identify(entries)
        plan = plan_entries(identified, store.entries.known(feed_id, identified))
        update = FeedUpdate(feed_id, PollState(), new=plan.new, changed=plan.changed)
        store.apply([update], now())
        return feed_id


def test_stats_tell_what_came_and_what_was_read(run, database: Path) -> None:
    poll(database, *(Entry(guid=str(n), title=f"e{n}") for n in range(5)))
    with Reader(database) as reader:
        ids = reader.entry_ids("")
        reader.mark_read(ids[:1])
        reader.statistics.note_reading([(ids[0], 130)])
    result = run("stats", "--no-pager")
    assert result.code == 0
    assert "5 received · 1 read · 2 min of reading" in result.out
    assert "Last 30 days" in result.out
    assert "\x1b" not in result.out


def test_stats_json_holds_every_figure(run, database: Path) -> None:
    feed_id = poll(database, Entry(guid="1", title="a"), Entry(guid="2", title="b"))
    with Reader(database) as reader:
        reader.mark_read([entry_id(reader, "a")])
    record = run("stats", "--json", "--days", "7").record
    assert len(record["days"]) == 7
    assert record["days"][-1] == {
        "day": now().astimezone().date().isoformat(),
        "received": 2, "read": 1, "skipped": 0, "seconds": 0, "words": 0,
    }  # fmt: skip
    assert [(one["id"], one["unread"], one["read"]) for one in record["feeds"]] == [(feed_id, 1, 1)]
    assert record["total"]["received"] == 2
    assert (len(record["hours"]), len(record["hours"][0])) == (7, 24)
    assert record["hours_count"] == "entries"
    assert record["streak_days"] == 1


def test_stats_of_one_feed(run, seeded: Reader, database: Path) -> None:
    poll(database, Entry(guid="1", title="a"))
    record = run("stats", "--json", "--feed", "harbour.example").record
    assert record["total"]["received"] == 1
    assert run("stats", "--feed", "nothing like it").code == 1
    assert run("stats", "--days", "0").code == 2


def test_stats_name_the_feeds_that_are_never_read_and_the_remedy(run, database: Path) -> None:
    feed_id = poll(database, Entry(guid="1", title="a"))
    with Reader(database) as reader, reader._store.transaction():
        reader._store.connection.execute("UPDATE feeds SET added_at = 0")
    result = run("stats", "--no-pager")
    assert "Never read: 1 feed" in result.out
    assert f"feedreader remove {feed_id}" in result.out


def test_stats_of_an_empty_database_say_so_little(run, database: Path) -> None:
    with Reader(database):
        pass
    result = run("stats", "--no-pager")
    assert result.code == 0
    assert "0 received" in result.out


def test_stats_fit_the_terminal(seeded: Reader) -> None:
    printed = on_terminal("stats", "--no-pager", columns=50, NO_COLOR="1")
    assert [line for line in printed.splitlines() if len(line) > 50] == []


EDITED = (
    Entry(guid="1", title="12 missing", content_html="<p>Twelve are missing at sea.</p>"),
    Entry(guid="1", title="14 missing", content_html="<p>Fourteen are missing at sea.</p>"),
)


def test_show_changes_prints_the_words_that_went_and_came(run, database: Path) -> None:
    for entry in EDITED:
        poll(database, entry)
    result = run("show", "1", "--changes", "--no-pager")
    assert "edited 1 time" in result.out
    assert "[-Twelve-] {+Fourteen+} are missing" in result.out
    assert "[-12-] {+14+} missing" in result.out
    assert "\x1b" not in result.out


def test_show_changes_in_colours_needs_no_signs(database: Path) -> None:
    for entry in EDITED:
        poll(database, entry)
    printed = on_terminal("--color", "always", "show", "1", "--changes", "--no-pager")
    assert "[-" not in printed
    assert "\x1b[9;31mTwelve" in printed


def test_show_changes_of_what_was_never_edited(run, database: Path) -> None:
    poll(database, EDITED[0])
    assert "never edited" in run("show", "1", "--changes", "--no-pager").out


def test_a_list_signs_edited_entries_and_finds_them(run, database: Path) -> None:
    for entry in (*EDITED, Entry(guid="2", title="calm")):
        poll(database, entry)
    assert [line.split("\t")[3] for line in run("list", "is:edited").lines] == ["14 missing"]
    printed = on_terminal("list", "--no-pager", NO_COLOR="1")
    assert {line.split()[-1]: "✎" in line for line in printed.splitlines()} == {
        "missing": True,
        "calm": False,
    }


def test_refresh_says_how_many_edits_make_entries_unread_again(run, tmp_path: Path) -> None:
    document = tmp_path / "feed.xml"
    words = " ".join(f"word{number}" for number in range(80))

    def write(body: str) -> None:
        document.write_text(
            '<rss version="2.0"><channel><title>T</title><item><guid>1</guid>'
            f"<title>a</title><description>{body}</description></item></channel></rss>"
        )

    write("Soon more.")
    run("add", f"file://{document}")
    assert run("refresh").code == 0
    assert run("mark", "--all").code == 0 or run("mark", "read", "--all").code == 0
    write(words)
    result = run("refresh", "--force", "--json")
    record = next(one for one in result.records if "feed_id" in one)
    assert (record["changed"], record["unread_again"]) == (1, 1)
    assert len(run("list").lines) == 1


def test_a_feed_can_have_its_own_limit_of_edits(run, database: Path) -> None:
    feed_id = poll(database, EDITED[0])
    assert run("set", str(feed_id), "unread_again=20%").code == 0
    with Reader(database) as reader:
        assert reader.subscription(feed_id).settings.unread_again == 0.2
    assert "20%" in run("set", str(feed_id)).out
    assert run("set", str(feed_id), "unread_again=off").code == 0
    assert "off" in run("set", str(feed_id)).out
    assert run("set", str(feed_id), "unread_again=200%").code == 2
    assert run("set", str(feed_id), "unread_again=").code == 0
