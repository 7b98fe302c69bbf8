"""Story cards on the screen, as a reader of several papers meets them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import OpenScreen, Screen, Snapshot
from feedreader.tui.dialogs.copies import CopiesDialog
from newsroom import BAKERS, BRIDGE, OWLS, Newsroom


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Three feeds in two folders: a story that all have, one that two have, and one alone."""
    newsroom = Newsroom(tmp_path / "papers.db")
    newsroom.bring("short", "Bridge", " ".join(BRIDGE.split()[:32]) + " …", folder="Here")
    newsroom.bring("whole", "Dear bridge", BRIDGE, folder="Here")
    newsroom.bring("agency", "Steel", f"HARBOURTON — {BRIDGE}", folder="There")
    newsroom.bring("short", "Owls", OWLS, folder="Here")
    newsroom.bring("agency", "Three young owls", f"{OWLS} {BAKERS}", folder="There")
    newsroom.bring("whole", "Flour", BAKERS, folder="Here")
    yield newsroom
    newsroom.close()


def row_of(screen: Screen, title: str) -> str:
    return next(line for line in screen.lines() if title in line)


def count_of(screen: Screen, label: str) -> int | None:
    return next(node.count for node in screen.main.feeds.nodes if node.label == label)


async def test_list_has_a_row_for_each_story(open_screen: OpenScreen, room: Newsroom) -> None:
    async with open_screen(path=room.path) as screen:
        assert len(screen.main.entries.listing.keys.ids) == 3
        assert "⧉3" in row_of(screen, "Dear bridge")
        assert "⧉2" in row_of(screen, "Three young owls")
        assert "⧉" not in row_of(screen, "Flour")
        assert "3 unread" in screen.status


async def test_figures_of_folders_count_stories_and_of_feeds_entries(
    open_screen: OpenScreen, room: Newsroom
) -> None:
    async with open_screen(path=room.path) as screen:
        counts = {name: count_of(screen, name) for name in ("All entries", "Here", "There")}
        assert counts == {"All entries": 3, "Here": 3, "There": 2}
        assert count_of(screen, "short") == 2


async def test_switch_in_the_configuration_shows_all_copies(
    open_screen: OpenScreen, room: Newsroom
) -> None:
    async with open_screen(path=room.path, stories=False) as screen:
        assert len(screen.main.entries.listing.keys.ids) == 6
        assert "6 unread" in screen.status


async def test_feed_lists_its_own_copies(open_screen: OpenScreen, room: Newsroom) -> None:
    async with open_screen(path=room.path) as screen:
        node = next(one for one in screen.main.feeds.nodes if one.label == "short")
        screen.main.show_node(node)
        await screen.rest()
        assert "⧉3" in row_of(screen, "Bridge")
        assert "⧉2" in row_of(screen, "Owls")


async def test_copies_are_listed_with_words_that_differ(
    open_screen: OpenScreen, room: Newsroom, snapshot: Snapshot
) -> None:
    async with open_screen(path=room.path, size=(100, 30)) as screen:
        await go_to(screen, "Dear bridge")
        await screen.press("C")
        assert isinstance(screen.app.screen, CopiesDialog)
        assert "3 feeds have this story" in screen.text
        assert "HARBOURTON" in screen.text
        snapshot("copies-100x30", screen.text)
        await screen.press("j")
        assert "another winter" in screen.text
        await screen.press("escape")
        assert screen.app.screen is screen.main


async def test_copy_that_is_not_listed_can_be_read(open_screen: OpenScreen, room: Newsroom) -> None:
    async with open_screen(path=room.path) as screen:
        await go_to(screen, "Dear bridge")
        await screen.press("C", "enter")
        assert screen.main.story.entry is not None
        assert screen.main.story.entry.summary.title == "Steel"
        assert screen.ask(lambda reader: reader.count("is:read")) == 3
        await screen.press("s")
        starred = screen.ask(lambda reader: [one.title for one in reader.entries("is:starred")])
        assert starred == ["Steel"]


async def test_reading_the_card_reads_all_copies_and_counts_follow(
    open_screen: OpenScreen, room: Newsroom
) -> None:
    async with open_screen(path=room.path) as screen:
        await go_to(screen, "Dear bridge")
        await screen.press("N")
        assert screen.ask(lambda reader: reader.count("is:unread")) == 3
        assert screen.status.endswith("2 unread")
        assert count_of(screen, "All entries") == 2
        await screen.press("U")
        assert screen.ask(lambda reader: reader.count("is:unread")) == 6


async def test_listed_copies_of_what_was_read_show_it(
    open_screen: OpenScreen, room: Newsroom
) -> None:
    async with open_screen(path=room.path, stories=False) as screen:
        await go_to(screen, "Dear bridge")
        await screen.press("N")
        assert "●" not in row_of(screen, "Steel")


async def test_story_of_one_feed_has_no_copies(open_screen: OpenScreen, room: Newsroom) -> None:
    async with open_screen(path=room.path) as screen:
        await go_to(screen, "Flour")
        await screen.press("C")
        assert screen.app.screen is screen.main
        assert "No other feed has this story." in screen.status


async def test_copy_that_comes_later_moves_nothing_and_is_no_news(
    open_screen: OpenScreen, room: Newsroom
) -> None:
    async with open_screen(path=room.path) as screen:
        await go_to(screen, "Dear bridge")
        room.bring("late", "Bridge, again", BRIDGE)
        screen.main.look_for_new()
        screen.main.reload_facts()
        await screen.rest()
        assert "new" not in screen.status
        await screen.press(".")
        current = screen.main.entries.current
        assert current is not None
        assert (current.title, current.copy_count) == ("Dear bridge", 4)


async def go_to(screen: Screen, title: str) -> None:
    for _ in range(12):
        if screen.title == title:
            return
        await screen.press("j")
    raise AssertionError(f"{title} is not listed")
