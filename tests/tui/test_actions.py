"""What keys do to entries and feeds, seen from the database."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from textual import events

from conftest import OpenScreen, Screen
from feedreader.demo import DemoSite
from feedreader.model import Entry, Feed
from feedreader.reader import Reader
from feedreader.store import Store
from feedreader.tui.app import ReaderApp
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
