"""Reading as a user does it, key by key, on a real database."""

from __future__ import annotations

from collections.abc import Callable
from unittest.mock import Mock

import pytest

from conftest import OpenScreen, Snapshot, send_key
from feedreader.model import EntryVersion
from feedreader.reader import Reader
from feedreader.tui.entry_list import EntryList
from seed import NOW

NATO = "NATO Plans a Liaison Office in Japan"


async def test_j_and_k_move_and_the_story_follows_without_being_read(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        assert screen.title == NATO
        await screen.press("j", "j")
        assert screen.title == "A spell checker in twelve lines"
        assert screen.main.story.entry.summary.title == screen.title
        assert not screen.main.entries.current.is_read
        await screen.press("k")
        assert screen.title == "京都の小さな喫茶店から"
        assert screen.ask(lambda reader: reader.count("is:unread")) == 40


async def test_a_pause_that_was_stopped_too_late_does_nothing(
    open_screen: OpenScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_screen() as screen:
        calls: list[Callable[[], None]] = []
        done: list[str] = []

        def set_timer(_: float, act: Callable[[], None]) -> Mock:
            calls.append(act)
            return Mock()

        with monkeypatch.context() as patch:
            patch.setattr(screen.main, "set_timer", set_timer)
            screen.main._later("story", lambda: done.append("first"))
            screen.main._later("story", lambda: done.append("second"))
        for act in calls:
            act()
        assert done == ["second"]
        assert screen.main.is_settled


async def test_enter_opens_the_story_and_marks_it_read(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("enter")
        assert screen.main.pane == "story"
        assert screen.ask(lambda reader: reader.count("is:unread")) == 39
        assert "38 unread" in screen.status


async def test_gg_and_g_go_to_the_ends(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("G")
        assert screen.title == "Special: One hour of fog horn"
        await screen.press("g", "g")
        assert screen.title == NATO


async def test_digits_before_a_move_repeat_it(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("1", "0", "j")
        assert screen.main.entries.cursor == 10


async def test_n_opens_unread_entries_and_goes_on_into_other_feeds(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("h", "g", "g")
        row = next(
            row
            for row, node in enumerate(screen.main.feeds.nodes)
            if node.label == "The Slow Kitchen"
        )
        await screen.press(*"j" * row)
        assert screen.main.listed.label == "The Slow Kitchen"
        for _ in range(4):
            await screen.press("n")
        assert screen.ask(lambda reader: reader.count("feed:kitchen is:unread")) == 0
        await screen.press("n")
        assert screen.main.listed.label == "The Window Garden"
        assert screen.ask(lambda reader: reader.count("feed:garden is:unread")) == 3


async def test_space_pages_through_a_story_and_goes_on_to_the_next_unread(
    open_screen: OpenScreen,
) -> None:
    async with open_screen(size=(80, 24)) as screen:
        await screen.press("j", "j", "space")
        assert screen.title == "A spell checker in twelve lines"
        pages = 0
        while screen.title == "A spell checker in twelve lines":
            await screen.press("space")
            pages += 1
            assert pages < 20
        assert pages > 2
        assert screen.ask(lambda reader: reader.count("is:read", stories=True)) == 2


async def test_what_was_just_read_stays_in_the_list_until_it_is_made_anew(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        await screen.press("enter", "h")
        assert screen.main.entries.row_count == 39
        assert screen.title == NATO
        await screen.press("H", "H")
        assert screen.main.entries.row_count == 38


async def test_the_story_that_is_being_read_stays_when_the_list_is_made_anew(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        await screen.press("enter", "s", ".")
        assert screen.main.story.entry.summary.title == screen.title == NATO
        await screen.press("U")
        assert "Undone" in screen.status
        assert screen.main.story.entry.summary.title == screen.title == NATO
        for keys in ("gd", "gd", "gs", "gs"):
            await screen.press(*keys)
            assert screen.main.story.entry.summary.title == screen.title == NATO
        await screen.press("x")
        assert screen.title != NATO


async def test_where_one_pane_is_in_sight_each_story_is_its_own(open_screen: OpenScreen) -> None:
    async with open_screen(size=(50, 20)) as screen:
        for _ in range(3):
            await screen.press("enter")
            assert screen.lines()[2].strip() == screen.title
            await screen.press("h", "j")
        await screen.press("tab")
        assert screen.title.startswith(screen.lines()[2].strip())


async def test_the_story_follows_the_list_while_it_is_out_of_sight(
    open_screen: OpenScreen,
) -> None:
    async with open_screen(size=(80, 24)) as screen:
        await screen.press("h", "G")
        assert screen.main.shown_panes == ("tree", "list")
        assert screen.title != NATO
        await screen.press("l")
        assert screen.lines()[11].strip() == screen.title


async def test_the_place_in_a_story_outlives_a_screen_that_shows_all_of_it(
    open_screen: OpenScreen,
) -> None:
    async with open_screen(size=(80, 24)) as screen:
        await screen.press("j", "j", "enter", "ctrl+d", "ctrl+d", "j")
        story = screen.main.story
        top = story.top
        assert top > 0
        await screen.pilot.resize_terminal(200, 50)
        await screen.rest()
        assert story.top == 0
        await screen.pilot.resize_terminal(80, 24)
        await screen.rest()
        assert story.top == top


async def test_the_list_follows_the_tree_though_another_list_comes_meanwhile(
    open_screen: OpenScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_screen() as screen:
        await screen.press("h", "G", "k")
        monkeypatch.setattr("feedreader.tui.reading._PREVIEW_PAUSE_S", 0.05)
        send_key(screen.app, "k")
        await screen.pilot.pause()
        screen.main.entries.post_message(EntryList.Moved(screen.main.entries.entry_id))
        await screen.rest()
        assert screen.main.listed.key == screen.main.feeds.node.key


async def test_a_wider_screen_shows_the_story_at_once(open_screen: OpenScreen) -> None:
    async with open_screen(size=(50, 20)) as screen:
        await screen.press("j", "j")
        await screen.pilot.resize_terminal(120, 40)
        await screen.rest()
        assert screen.main.story.entry.summary.title == screen.title
        assert screen.lines()[2].endswith(screen.title)


async def test_a_tag_lists_as_many_as_its_number_says(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("t", "q", "q", "enter", "N", "h", "G")
        assert screen.main.listed.key == "tag:qq"
        assert screen.main.feeds.node.count == len(screen.main.entries.listing.keys.ids) == 1


async def test_links_of_a_story_that_was_never_in_sight_are_its_own(
    open_screen: OpenScreen,
) -> None:
    async with open_screen(size=(50, 20)) as screen:
        await screen.press("enter", "h", "j", "v")
        assert "has not been fetched" in screen.status
        story = screen.main.current_story()
        assert screen.main.story.entry == story
        links = [link.url for link in screen.main._links_of(story)]
        assert screen.main.entries.current.link in links


async def test_what_was_changed_is_shown_where_the_story_was_out_of_sight(
    open_screen: OpenScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = EntryVersion(replaced_at=NOW, title="Before", html="<p>Other words.</p>")
    monkeypatch.setattr(Reader, "versions", lambda reader, entry_id: (version,))
    async with open_screen(size=(50, 20)) as screen:
        await screen.press("D")
        assert screen.main.pane == "story"
        assert screen.main.story.shows_edits


async def test_escape_leads_out_pane_by_pane_and_q_quits_in_the_tree(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        await screen.press("enter", "escape")
        assert screen.main.pane == "list"
        await screen.press("escape")
        assert screen.main.pane == "tree"
        await screen.pilot.press("q")
        await screen.until(lambda: not screen.app.is_running)


async def test_zen_shows_what_a_key_did_and_nothing_else(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("j", "j", "z")
        assert screen.main.shown_panes == ("story",)
        assert screen.status == ""
        await screen.press("s")
        assert "“A spell checker in twelve lines” starred" in screen.status
        await screen.press("z")
        assert screen.main.shown_panes == ("tree", "list", "story")


async def test_by_key_leaves_opened_entries_unread(open_screen: OpenScreen) -> None:
    async with open_screen(mark_read="by_key") as screen:
        await screen.press("enter")
        assert screen.ask(lambda reader: reader.count("is:read")) == 0
        await screen.press("N")
        assert screen.ask(lambda reader: reader.count("is:read")) == 1


async def test_at_end_marks_read_when_the_last_line_was_seen(open_screen: OpenScreen) -> None:
    async with open_screen(size=(80, 24), mark_read="at_end") as screen:
        await screen.press("j", "j", "enter")
        assert screen.ask(lambda reader: reader.count("is:read")) == 0
        await screen.press("G")
        assert screen.ask(lambda reader: reader.count("is:read")) == 1


async def test_a_short_story_counts_as_read_to_the_end_when_it_is_opened(
    open_screen: OpenScreen,
) -> None:
    async with open_screen(mark_read="at_end") as screen:
        await screen.press("enter")
        assert screen.ask(lambda reader: reader.count("is:read")) == 1


async def test_a_story_opens_where_it_was_left(open_screen: OpenScreen) -> None:
    async with open_screen(size=(80, 24)) as screen:
        await screen.press("j", "j", "enter", "ctrl+d", "ctrl+d")
        share = screen.main.story.share
        assert share > 0
        await screen.press("J", "K")
        assert screen.main.story.share == pytest.approx(share, abs=0.02)
        await screen.press("Q")
    async with open_screen(size=(80, 24)) as screen:
        assert screen.title == "A spell checker in twelve lines"
        assert screen.main.story.share == pytest.approx(share, abs=0.02)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
@pytest.mark.parametrize("theme", ["feedreader-light", "feedreader-dark"])
async def test_main_screen_looks_as_it_did(
    open_screen: OpenScreen, snapshot: Snapshot, size: tuple[int, int], theme: str
) -> None:
    async with open_screen(size=size, theme=theme) as screen:
        await screen.press("j", "j", "s", "j", "b", "k")
        snapshot(f"main-{size[0]}x{size[1]}", screen.text)


@pytest.mark.parametrize(
    ("name", "size", "keys"),
    [
        ("tree-80x24", (80, 24), ("h", "j")),
        ("story-80x24", (80, 24), ("j", "j", "enter")),
        ("zen-120x40", (120, 40), ("j", "j", "z")),
        ("narrow-list-50x20", (50, 20), ()),
        ("narrow-story-50x20", (50, 20), ("j", "j", "enter")),
        ("by-day-120x40", (120, 40), ("g", "d")),
        ("by-feed-120x40", (120, 40), ("g", "f")),
    ],
)
async def test_other_views_look_as_they_did(
    open_screen: OpenScreen,
    snapshot: Snapshot,
    name: str,
    size: tuple[int, int],
    keys: tuple[str, ...],
) -> None:
    async with open_screen(size=size) as screen:
        await screen.press(*keys)
        screen.main.status.hush()
        await screen.rest()
        snapshot(name, screen.text)
