"""Panes: how many at which width, how wide, and what strangers' text cannot do to them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from conftest import OpenScreen
from feedreader.model import Entry, Feed
from feedreader.store import Store
from seed import NOW, add

OSC = "\x1b]52;c;aGk=\x07"
HOSTILE = f"[/oops] [b]bold[/] [@click=app.quit]x[/] {OSC}\x9b31m\u202egnp\r\nnext"


@pytest.mark.parametrize(
    ("size", "keys", "shown"),
    [
        ((120, 40), (), ("tree", "list", "story")),
        ((110, 24), (), ("tree", "list", "story")),
        ((109, 24), (), ("list", "story")),
        ((80, 24), ("h",), ("tree", "list")),
        ((80, 12), (), ("list",)),
        ((69, 24), (), ("list",)),
        ((69, 24), ("enter",), ("story",)),
        ((20, 5), ("h",), ("tree",)),
        ((120, 40), ("\\",), ("list", "story")),
        ((120, 40), ("z",), ("story",)),
    ],
)
async def test_as_many_panes_as_the_width_has_room_for(
    open_screen: OpenScreen, size: tuple[int, int], keys: tuple[str, ...], shown: tuple[str, ...]
) -> None:
    async with open_screen(size=size) as screen:
        if keys:
            await screen.press(*keys)
        visible = tuple(
            pane
            for pane in ("tree", "list", "story")
            if screen.main.query_one(f"#{pane}-pane").region.area
        )
        assert visible == shown == screen.main.shown_panes


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (10, 4), (300, 3)])
async def test_no_size_is_too_small_to_go_on(
    open_screen: OpenScreen, size: tuple[int, int]
) -> None:
    async with open_screen(size=size) as screen:
        await screen.press("j", "enter", "z", "escape", "h", "h", "/", "escape", "n")
        assert screen.app.is_running


async def test_the_screen_follows_a_change_of_its_size(open_screen: OpenScreen) -> None:
    async with open_screen(size=(120, 40)) as screen:
        await screen.press("3", "0", "j")
        title = screen.title
        await screen.pilot.resize_terminal(60, 15)
        await screen.rest()
        assert screen.main.shown_panes == ("list",)
        assert title[:20] in screen.text
        await screen.pilot.resize_terminal(200, 50)
        await screen.rest()
        assert screen.main.shown_panes == ("tree", "list", "story")
        assert screen.title == title


async def test_panes_grow_and_shrink_by_keys_and_stay_so(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        before = screen.main.query_one("#list-pane").size.width
        await screen.press(">", ">", "<")
        assert screen.main.query_one("#list-pane").size.width == before + 4
        await screen.press("Q")
    async with open_screen() as screen:
        assert screen.main.query_one("#list-pane").size.width == before + 4


async def test_the_rule_between_panes_is_dragged(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        x = screen.main.query_one("#tree-splitter").region.x
        await screen.pilot.mouse_down(offset=(x, 10))
        await screen.pilot.hover(offset=(x + 8, 10))
        await screen.pilot.mouse_up(offset=(x + 8, 10))
        await screen.rest()
        assert screen.main.query_one("#tree-splitter").region.x == x + 8


async def test_the_rule_between_list_and_story_is_dragged_where_one_is_above_the_other(
    open_screen: OpenScreen,
) -> None:
    async with open_screen(size=(80, 24)) as screen:
        y = screen.main.query_one("#story-title").region.y
        for target, reached in ((y + 5, y + 5), (23, 16), (0, 4)):
            at = screen.main.query_one("#story-title").region.y
            await screen.pilot.mouse_down(offset=(40, at))
            await screen.pilot.hover(offset=(40, target))
            await screen.pilot.mouse_up(offset=(40, target))
            await screen.rest()
            assert screen.main.query_one("#story-title").region.y == reached


async def test_the_last_place_comes_back(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("h", *"j" * 6, "l", "j")
        node, title = screen.main.listed.key, screen.title
        await screen.press("Q")
    async with open_screen() as screen:
        assert (screen.main.listed.key, screen.title) == (node, title)
        assert screen.main.feeds.node.key == node


async def test_text_from_feeds_is_no_markup_and_reaches_the_terminal_clean(
    open_screen: OpenScreen, database: Path
) -> None:
    entry = Entry(
        guid="1", title=HOSTILE, link="https://x.example/1", authors=(HOSTILE,),
        published=NOW - timedelta(minutes=1), content_html=f"<p>{HOSTILE}</p>",
        categories=(HOSTILE,),
    )  # fmt: skip
    with Store(database) as store:
        feed_id = add(store, "https://x.example/feed", (HOSTILE,), Feed(title=HOSTILE), (entry,))
        with store.transaction():
            store.feeds.tag(feed_id, [HOSTILE])
    async with open_screen(size=(200, 50)) as screen:
        assert "[/oops] [b]bold[/] [@click=app.quit]x[/]" in screen.lines()[1]
        for keys in (("s",), ("enter",), ("v",), ("u", "escape"), ("h", "h", "e", "escape")):
            await screen.press(*keys)
            shown = screen.text.replace("\n", "")
            assert "oops" in shown
            assert all(char.isprintable() for char in shown)
            assert "\u202e" not in shown
        await screen.press("t", "escape", "x")
        assert screen.app.is_running
