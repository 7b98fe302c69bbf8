"""What keys do to entries and feeds, seen from the database."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from textual import events

from conftest import OpenScreen, Screen, send_key
from feedreader.config import Config
from feedreader.demo import DemoSite
from feedreader.errors import DatabaseDamaged, StoreError
from feedreader.model import Entry, Feed, RefreshOutcome, Status, StoredEntry
from feedreader.reader import Reader
from feedreader.store import Store
from feedreader.tui.app import ReaderApp, run_app
from feedreader.tui.refreshing import RefreshEnded, RefreshProgress
from seed import NOW, add

NATO = "NATO Plans a Liaison Office in Japan"


@pytest.mark.parametrize(
    ("key", "query"),
    [("s", "is:starred"), ("b", "is:later"), ("N", "is:read"), ("m", "is:read")],
)
async def test_a_mark_is_given_taken_and_undone(
    open_screen: OpenScreen, key: str, query: str
) -> None:
    async with open_screen() as screen:
        await screen.press(key)
        assert screen.ask(lambda reader: reader.count(query)) == 1
        await screen.press(key)
        assert screen.ask(lambda reader: reader.count(query)) == 0
        await screen.press("U")
        assert screen.ask(lambda reader: reader.count(query)) == 1
        await screen.press("ctrl+z")
        assert screen.ask(lambda reader: reader.count(query)) == 0
        await screen.press("U")
        assert "nothing to undo" in screen.status


async def test_two_quick_presses_give_and_take_the_star(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("s", "s", "s")
        assert screen.ask(lambda reader: reader.count("is:starred")) == 1


async def test_marks_are_seen_without_colour(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("s")
        assert f"●★ {NATO[:15]}" in screen.text
        await screen.press("N", "s", "b")
        assert f" ◷ {NATO[:15]}" in screen.text


async def test_marking_a_list_read_can_be_undone_as_one_step(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("A")
        assert screen.ask(lambda reader: reader.count("is:unread")) == 0
        assert "40 entries marked read" in screen.status
        await screen.press("U")
        assert screen.ask(lambda reader: reader.count("is:unread")) == 40


async def test_one_entry_is_not_called_entries(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("G", "g", "A")
        assert "1 entry marked read" in screen.status


async def test_marking_a_feed_read_leaves_other_feeds_alone(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await go_to_feed(screen, "Rain Check")
        await screen.press("A")
        assert screen.ask(lambda reader: reader.count("is:read")) == 4


async def test_marking_older_ones_read_leaves_those_above_alone(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("3", "0", "j", "g", "A")
        assert screen.ask(lambda reader: reader.count("is:read")) == 9


async def test_entries_that_came_after_the_list_are_not_marked_with_it(
    open_screen: OpenScreen, database: Path
) -> None:
    async with open_screen() as screen:
        with Store(database) as store:
            add(store, "https://late.example/feed", (), Feed(title="Late"), (late("new"),))
        await screen.press("A")
        assert screen.ask(lambda reader: reader.count("is:unread")) == 1


async def test_typed_letters_go_to_the_line_and_not_to_commands(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("/")
        await screen.type("sNxqA")
        await screen.press("escape")
        assert screen.ask(lambda reader: reader.count("is:unread")) == 40
        assert screen.main.pane == "list"


async def test_a_deleted_entry_leaves_the_list_and_comes_back_by_undo(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        await screen.press("x")
        assert screen.title == "京都の小さな喫茶店から"
        assert screen.main.entries.row_count == 38
        await screen.press("U")
        assert screen.main.entries.row_count == 39
        assert screen.title == "京都の小さな喫茶店から"


async def test_as_many_entries_are_deleted_as_keys_are_hit(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        for _ in range(3):
            send_key(screen.app, "x")
        await screen.rest()
        assert screen.main.entries.row_count == 36
        await screen.press("G", "x")
        assert screen.main.entries.cursor == 34


async def test_a_removed_feed_leaves_the_tree_and_comes_back_by_undo(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        await go_to_feed(screen, "Rain Check")
        await screen.press("x")
        assert "Rain Check" not in [node.label for node in screen.main.feeds.nodes]
        assert screen.ask(lambda reader: reader.count()) == 36
        await screen.press("U")
        assert "Rain Check" in [node.label for node in screen.main.feeds.nodes]
        assert screen.ask(lambda reader: reader.count()) == 40


async def take_and_carry(screen: Screen, title: str, to: str) -> None:
    """Press the button of the mouse on a feed and move it over another row of the tree."""
    labels = [node.label for node in screen.main.feeds.nodes]
    await screen.pilot.mouse_down("#tree", offset=(8, labels.index(title)))
    await screen.pilot._post_mouse_events(
        [events.MouseMove], "#tree", offset=(8, labels.index(to)), button=1
    )
    await screen.rest()


async def let_go(screen: Screen, at: str) -> None:
    labels = [node.label for node in screen.main.feeds.nodes]
    await screen.pilot.mouse_up("#tree", offset=(8, labels.index(at)))
    await screen.rest()


async def test_the_list_follows_the_tree_when_its_feed_is_removed(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await go_to_feed(screen, "The Slow Kitchen")
        await screen.press("x")
        assert screen.main.feeds.node.label == "The Window Garden"
        assert screen.main.listed.label == "The Window Garden"
        assert screen.title.startswith("Tomatoes on the sill")
        await go_to_feed(screen, "Small Programs")
        await screen.press("x")
        assert screen.main.feeds.node.label == screen.main.listed.label == "Programming"
        assert "No feed stands in this folder." in screen.text


async def test_who_reads_a_tag_is_not_led_elsewhere_by_its_end(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("t", "q", "q", "enter", "h", "G")
        assert screen.main.listed.key == "tag:qq"
        await screen.press("l", "t", "q", "q", "enter")
        assert "tagged -qq" in screen.status
        assert (screen.main.pane, screen.main.listed.key) == ("list", "tag:qq")


async def test_a_folder_is_removed_once_it_is_empty(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await go_to_feed(screen, "Technology")
        await screen.press("x")
        assert "“Technology” holds a feed: move or remove it first." in screen.status
        feed = screen.ask(lambda reader: reader.find_subscriptions("Small Programs")[0].id)
        screen.ask(lambda reader: reader.move(feed, ()))
        screen.main.reload_facts()
        await screen.rest()
        await screen.press("x")
        assert "folder “Technology” removed" in screen.status
        assert "takes it back" not in screen.status
        paths = screen.ask(lambda reader: reader.folders())
        assert ("Technology",) not in paths
        assert ("Technology", "Programming") not in paths


async def test_a_folder_that_was_made_for_a_feed_goes_with_the_move(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        before = screen.ask(lambda reader: reader.folders())
        await go_to_feed(screen, "Rain Check")
        await screen.press("m")
        await screen.type("Slip")
        await screen.press("enter")
        assert folders(screen, "Rain Check") == (("Slip",),)
        await screen.press("U")
        assert folders(screen, "Rain Check") == (("Science", "Listening"),)
        assert screen.ask(lambda reader: reader.folders()) == before


async def test_a_feed_is_dragged_onto_a_folder_and_undo_takes_it_back(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        before = folders(screen, "Rain Check")
        await take_and_carry(screen, "Rain Check", "Leisure")
        assert "→ Leisure" in screen.text
        assert "↕ Rain Check" in screen.text
        assert "Move “Rain Check” to Leisure" in screen.status
        assert folders(screen, "Rain Check") == before
        await let_go(screen, "Leisure")
        assert folders(screen, "Rain Check") == (("Leisure",),)
        assert "→ Leisure" not in screen.text
        await screen.press("U")
        assert folders(screen, "Rain Check") == before


async def test_a_feed_dropped_on_one_in_a_folder_joins_it_there(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await take_and_carry(screen, "Rain Check", "The Slow Kitchen")
        assert "→ Home" in screen.text
        await let_go(screen, "The Slow Kitchen")
        assert folders(screen, "Rain Check") == folders(screen, "The Slow Kitchen")


async def test_escape_and_places_that_take_no_feed_leave_it_where_it_was(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        before = folders(screen, "Rain Check")
        await take_and_carry(screen, "Rain Check", "Leisure")
        await screen.press("x")
        assert "→ Leisure" in screen.text
        await screen.press("escape")
        assert "→ Leisure" not in screen.text
        assert "stays where it is" in screen.status
        await let_go(screen, "Leisure")
        await take_and_carry(screen, "Rain Check", "Starred")
        await let_go(screen, "Starred")
        assert folders(screen, "Rain Check") == before
        assert len(screen.main.undo_stack) == 0


async def test_a_feed_dragged_to_the_heading_of_all_feeds_leaves_its_folder(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        await take_and_carry(screen, "Rain Check", "Feeds")
        await let_go(screen, "Feeds")
        assert folders(screen, "Rain Check") == ((),)


async def test_a_wheel_turn_scrolls_the_pane_under_it_and_the_cursor_stays(
    open_screen: OpenScreen,
) -> None:
    async with open_screen(size=(120, 20)) as screen:
        title = screen.title
        await screen.pilot._post_mouse_events([events.MouseScrollDown], "#list", offset=(8, 3))
        await screen.rest()
        assert screen.main.entries.scroll_y > 0
        assert screen.main.feeds.scroll_y == 0
        assert screen.title == title
        await screen.pilot._post_mouse_events([events.MouseScrollUp], "#list", offset=(8, 3))
        await screen.rest()
        assert screen.main.entries.scroll_y == 0


async def test_a_click_chooses_and_a_second_one_opens(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.pilot.click("#list", offset=(8, 3))
        await screen.rest()
        assert screen.title == "Counting an Eelgrass Meadow, One Square at a Time"
        assert screen.main.pane == "list"
        await screen.pilot.click("#list", offset=(8, 3))
        await screen.rest()
        assert screen.main.pane == "story"


async def test_in_a_browser_links_open_there_and_programs_of_the_server_stay_out(
    open_screen: OpenScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    started: list[object] = []
    monkeypatch.setattr(ReaderApp, "is_web", True)
    monkeypatch.setattr(ReaderApp, "open_url", lambda self, url: opened.append(url))
    for name in ("start", "run_in_terminal", "copy_with_tool"):
        monkeypatch.setattr(f"feedreader.programs.{name}", lambda *args: started.append(args))
    env = {"BROWSER": sys.executable, "PATH": os.environ["PATH"]}
    async with open_screen(env=env) as screen:
        link = screen.main.entries.current.link
        await screen.press("o")
        assert opened == [link]
        await screen.press("y")
        assert screen.app.clipboard == link
        await screen.press("|")
        await screen.type("less")
        await screen.press("enter")
        assert "less needs a terminal" in screen.status
        assert started == []


async def test_new_entries_are_announced_and_do_not_move_the_cursor(
    open_screen: OpenScreen, database: Path
) -> None:
    async with open_screen() as screen:
        await screen.press("5", "j")
        title, offset = screen.title, screen.main.entries.scroll_y
        with Store(database) as store:
            feed = Feed(title="Late")
            add(store, "https://late.example/feed", (), feed, (late("one"), late("two")))
        screen.main._look_around()
        await screen.rest()
        assert "2 new" in screen.status
        assert (screen.title, screen.main.entries.row_count) == (title, 39)
        await screen.press(".")
        assert (screen.title, screen.main.entries.row_count) == (title, 41)
        assert "2 new" not in screen.status
        assert screen.main.entries.cursor - screen.main.entries.scroll_y == 5 - offset


async def test_what_is_announced_for_one_list_is_not_said_of_another(
    open_screen: OpenScreen, database: Path
) -> None:
    async with open_screen() as screen:
        with Store(database) as store:
            add(store, "https://late.example/feed", (), Feed(title="Late"), (late("one"),))
        screen.main._look_around()
        await screen.rest()
        assert "1 new" in screen.status
        await go_to_feed(screen, "Rain Check")
        assert "1 new" not in screen.status
        await go_to_feed(screen, "All entries")
        assert screen.main.entries.row_count == 40
        assert "1 new" not in screen.status


async def test_what_another_process_marked_is_seen(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        ids = list(screen.main.entries.listing.keys.ids)
        screen.ask(lambda reader: reader.mark_read(ids[:3]))
        screen.ask(lambda reader: reader.star(ids[:1]))
        screen.main._look_around()
        await screen.rest()
        assert f"  ★ {NATO[:15]}" in screen.text
        await screen.press("n")
        assert screen.main.entries.cursor == 3


async def test_what_another_process_did_already_is_no_step(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("b")
        first = screen.main.entries.entry_id
        screen.ask(lambda reader: reader.star([first]))
        await screen.press("s")
        assert "Nothing to change" in screen.status
        assert "takes it back" not in screen.status
        assert f"●★ {NATO[:15]}" in screen.text
        await screen.press("U")
        assert "read later" in screen.status


async def test_what_another_process_deleted_is_not_marked(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        first = screen.main.entries.entry_id
        screen.ask(lambda reader: reader.delete([first]))
        await screen.press("s")
        assert "Nothing to change" in screen.status
        for act in (Reader.star, Reader.read_later, Reader.mark_read):
            assert screen.ask(lambda reader, act=act: act(reader, [first])).count == 0
        assert screen.ask(lambda reader: reader.tag([first], "x")).count == 0


async def test_who_waits_for_a_locked_database_is_told_so(
    open_screen: OpenScreen, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedreader.tui.background._LONG_S", 0.05)
    async with open_screen() as screen:
        with closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            send_key(screen.app, "s")
            await screen.until(lambda: "Waiting to write" in screen.main.status.message)
        await screen.rest()
        assert "starred" in screen.status


async def test_ctrl_c_says_what_quits(open_screen: OpenScreen) -> None:
    async with open_screen(keys=[("app.quit", ("ctrl+q",))]) as screen:
        await screen.press("ctrl+c")
        assert "ctrl+q quits." in screen.status


async def test_a_step_that_cannot_be_taken_back_now_is_kept(
    open_screen: OpenScreen, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedreader.store.connection._BUSY_TIMEOUT_MS", 10)
    async with open_screen(size=(80, 24)) as screen:
        await screen.press("s")
        with closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await screen.press("U")
        assert "✗ cannot use the database: another process holds it for too long" in screen.status
        await screen.press("U")
        assert "Undone" in screen.status
        assert screen.ask(lambda reader: reader.count("is:starred")) == 0


async def test_an_entry_without_a_title_is_called_by_its_first_words(
    open_screen: OpenScreen, database: Path
) -> None:
    untitled = replace(late("untitled"), title="", content_html="<p>Only words.</p>")
    with Store(database) as store:
        add(store, "https://late.example/feed", (), Feed(title="Late"), (untitled,))
    async with open_screen() as screen:
        await screen.press("s")
        assert "“Only words.” starred" in screen.status


@pytest.mark.parametrize("key", ["s", "o", "x", "y", "|", "C", "t"])
async def test_what_needs_an_entry_says_that_there_is_none(
    open_screen: OpenScreen, tmp_path: Path, key: str
) -> None:
    async with open_screen(path=tmp_path / "empty.db") as screen:
        await screen.press("escape", key)
        assert "There is no entry here." in screen.status


async def test_a_database_that_cannot_be_read_any_more_ends_the_reader_in_words(
    open_screen: OpenScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def entry(reader: Reader, entry_id: int) -> StoredEntry:
        raise DatabaseDamaged("feeds.db is damaged")

    apps = []

    async def read_on() -> None:
        async with open_screen() as screen:
            apps.append(screen.app)
            monkeypatch.setattr(Reader, "entry", entry)
            await screen.press("j")

    with pytest.raises(DatabaseDamaged):
        await read_on()
    (app,) = apps
    assert str(app.failure) == "feeds.db is damaged"
    assert not app._exit_renderables


def test_what_ended_the_reader_is_told_by_who_ran_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(app: ReaderApp, **options: object) -> None:
        app.failure = StoreError("the disk reports an error")

    monkeypatch.setattr(ReaderApp, "run", run)
    with pytest.raises(StoreError, match="the disk reports an error"):
        run_app(
            lambda: Reader(tmp_path / "feeds.db"), Config(), state_file=tmp_path / "screen.json"
        )


async def test_figures_that_cannot_be_read_for_once_are_told(
    open_screen: OpenScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def status(reader: Reader) -> Status:
        raise StoreError("the disk reports an error")

    async with open_screen() as screen:
        monkeypatch.setattr(Reader, "status", status)
        screen.main._look_around()
        await screen.rest()
        assert "✗ the disk reports an error" in screen.status


async def test_a_message_that_needs_the_whole_line_has_it_for_as_long_as_it_stands(
    open_screen: OpenScreen,
) -> None:
    async with open_screen(size=(50, 20)) as screen:
        screen.main.say("It is told in these words, of 46 letters", "error")
        await screen.rest()
        assert screen.status == " ✗ It is told in these words, of 46 letters"
        screen.main.status.hush()
        await screen.rest()
        assert screen.status.endswith("39 unread")


async def test_who_waits_before_an_empty_list_is_shown_what_comes_first(
    open_screen: OpenScreen, tmp_path: Path
) -> None:
    path = tmp_path / "unasked.db"
    with Store(path) as store, store.transaction():
        feed_id, _ = store.feeds.add("https://late.example/feed", now=NOW)
    async with open_screen(path=path) as screen:
        assert screen.main.entries.row_count == 0
        with Store(path) as store:
            add(store, "https://late.example/feed", (), Feed(title="Late"), (late("one"),))
        outcome = RefreshOutcome(feed_id, "https://late.example/feed", "Late", "new", new=1)
        screen.main.post_message(RefreshProgress(outcome, 1))
        await screen.rest()
        assert screen.title == "Late one"


async def test_feeds_that_a_refresh_passed_over_are_not_told_to_be_early(
    open_screen: OpenScreen, tmp_path: Path
) -> None:
    url, reason = "https://late.example/feed", "late.example did not answer 3 times in a row"
    path = tmp_path / "unasked.db"
    with Store(path) as store, store.transaction():
        store.feeds.add(url, now=NOW)
    async with open_screen(path=path) as screen:
        failed = RefreshOutcome(1, url, "Late", "failed", reason="the server does not answer")
        skipped = RefreshOutcome(2, url, "Later", "skipped", reason=reason)
        for outcome in (failed, skipped):
            screen.main.post_message(RefreshProgress(outcome, 1))
        screen.main.post_message(RefreshEnded("", was_cancelled=False, is_quiet=False))
        await screen.rest()
        assert "1 failed" in screen.status
        assert " · 1 not asked " in screen.status


async def test_refresh_without_feeds_says_so(open_screen: OpenScreen, tmp_path: Path) -> None:
    async with open_screen(path=tmp_path / "empty.db") as screen:
        await screen.press("escape")
        assert "No feeds yet." in screen.text
        await screen.press("R")
        assert "no feeds yet" in screen.status


async def test_feeds_that_gave_nothing_yet_are_not_called_read(
    open_screen: OpenScreen, tmp_path: Path
) -> None:
    path = tmp_path / "unasked.db"
    with Store(path) as store, store.transaction():
        store.feeds.add("https://quiet.example/feed", now=datetime.now(UTC))
    async with open_screen(path=path) as screen:
        assert "Nothing has come yet." in screen.text
        assert "R asks all feeds" in screen.text
        assert "is read" not in screen.text


def late(name: str) -> Entry:
    return Entry(
        guid=name, title=f"Late {name}", link=f"https://late.example/{name}",
        published=NOW - timedelta(minutes=1),
    )  # fmt: skip


def folders(screen, title: str):  # type: ignore[no-untyped-def]
    return screen.ask(lambda reader: reader.find_subscriptions(title)[0].folders)


async def go_to_feed(screen, title: str) -> None:  # type: ignore[no-untyped-def]
    """Move the cursor of the tree to a feed, by keys."""
    await screen.press("h", "g", "g")
    labels = [node.label for node in screen.main.feeds.nodes]
    await screen.press(*"j" * labels.index(title))
    assert screen.main.listed.label == title


async def test_a_refresh_brings_entries_and_says_what_came(
    open_screen: OpenScreen, tmp_path: Path
) -> None:
    path = tmp_path / "fresh.db"
    with DemoSite() as site:
        with Reader(path) as reader:
            reader.import_list(site.opml())
        async with open_screen(path=path, clock=lambda: datetime.now(UTC)) as screen:
            assert screen.main.entries.row_count == 0
            await screen.press("R")
            await screen.until(lambda: not screen.main.refresher.is_running)
            await screen.rest()
            assert "40 new" in screen.status
            await screen.press(".")  # all, should the list have been made half way
            assert screen.main.entries.row_count == 39
            await screen.press("R")
            await screen.until(lambda: not screen.main.refresher.is_running)
            await screen.rest()
            assert "No feed is due" in screen.status


async def test_a_failed_feed_is_told_and_marked_in_the_tree(
    open_screen: OpenScreen, tmp_path: Path
) -> None:
    path = tmp_path / "fresh.db"
    with DemoSite() as site:
        with Reader(path) as reader:
            reader.subscribe(f"{site.url}/nothing-here", title="Gone astray")
        async with open_screen(path=path, clock=lambda: datetime.now(UTC)) as screen:
            await screen.press("r")
            await screen.until(lambda: not screen.main.refresher.is_running)
            await screen.rest()
            assert "404" in screen.status
            assert "! Gone astray" in screen.text
