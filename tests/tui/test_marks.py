"""Words that a filter or a rule looked for are marked where they stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.segment import Segment

from conftest import OpenScreen, Screen, Snapshot
from feedreader.config import Config
from feedreader.core.width import cell_width
from feedreader.tui.story_marks import _BLOCK_ROWS

_EELGRASS = "Counting an Eelgrass Meadow, One Square at a Time"


def is_underlined(segment: Segment) -> bool:
    return bool(segment.style and segment.style.underline)


def is_strong(segment: Segment) -> bool:
    """Marks in a story are bold, which tells them from links."""
    return is_underlined(segment) and bool(segment.style and segment.style.bold)


def pieces_in(screen: Screen, pane: str, looks: Callable[[Segment], bool]) -> list[str]:
    """Return what looks a certain way in a pane, from the top."""
    region = screen.app.screen.query_one(f"#{pane}").region
    strips = screen.app.screen._compositor.render_strips()
    pieces: list[str] = []
    for strip in strips[region.y : region.bottom]:
        goes_on = False
        for segment in strip.crop(region.x, region.right):
            if is_there := looks(segment):
                pieces[-1:] = (
                    [pieces[-1] + segment.text] if goes_on else [*pieces[-1:], segment.text]
                )
            goes_on = is_there
    return pieces


def in_list(screen: Screen) -> list[str]:
    return pieces_in(screen, "list", is_underlined)


def in_story(screen: Screen) -> list[str]:
    return pieces_in(screen, "story", is_strong)


def with_marks(screen: Screen) -> str:
    """Return the screen with its marks between « and »."""
    lines = []
    for strip in screen.app.screen._compositor.render_strips():
        texts = [f"«{one.text}»" if is_underlined(one) else one.text for one in strip]
        lines.append("".join(texts).rstrip())
    return "\n".join(lines) + "\n"


async def filter_by(screen: Screen, query: str) -> None:
    await screen.press("/")
    await screen.type(query)
    await screen.press("enter")


async def test_nothing_is_marked_without_a_filter(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        assert (in_list(screen), in_story(screen)) == ([], [])


async def test_words_of_the_filter_are_marked_while_they_are_typed(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        await screen.press("/")
        await screen.type("eelg")
        assert in_list(screen) == ["Eelgrass"]
        await screen.press("backspace", "backspace", "backspace", "backspace")
        assert in_list(screen) == []


async def test_filter_marks_titles_and_story_until_it_is_dropped(
    open_screen: OpenScreen, snapshot: Snapshot
) -> None:
    async with open_screen() as screen:
        await filter_by(screen, "eelgrass OR bar* -nothing is:unread")
        assert "Eelgrass" in in_list(screen)
        await screen.press("enter")
        assert screen.title == _EELGRASS
        assert in_story(screen)[:2] == ["Eelgrass", "eelgrass"]
        snapshot("marks-120x40", with_marks(screen))
        await screen.press("escape", "escape")
        assert screen.main.filter == ""
        assert (in_list(screen), in_story(screen)) == ([], [])


async def test_story_is_not_moved_by_marks_and_its_keys_stay(open_screen: OpenScreen) -> None:
    async with open_screen(size=(60, 14)) as screen:
        await filter_by(screen, "bay")
        await screen.press("enter")
        story = screen.main.story
        assert story.top == 0
        assert story.foot() is None
        title = screen.title
        await screen.press("J")
        assert screen.title != title
        assert screen.main.story.top == 0


async def test_words_found_in_the_story_take_the_place_of_marks_and_give_it_back(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        await filter_by(screen, "eelgrass")
        await screen.press("enter")
        before = in_story(screen)
        assert before[0] == "Eelgrass"
        await screen.press("/")
        assert in_story(screen) == before
        await screen.type("summers")
        assert "Eelgrass" not in in_story(screen)
        await screen.press("enter", "escape")
        assert in_story(screen) == before


async def test_marks_of_the_story_follow_another_filter(open_screen: OpenScreen) -> None:
    async with open_screen(size=(180, 40)) as screen:
        await filter_by(screen, "eelgrass")
        await screen.press("/")
        await screen.type(" meadow")
        await screen.press("enter")
        assert screen.title == _EELGRASS
        assert in_list(screen) == ["Eelgrass", "Meadow"]
        assert {"Eelgrass", "Meadow"} <= set(in_story(screen))


async def test_words_of_a_saved_search_in_the_tree_are_marked(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        screen.ask(lambda reader: reader.save_search("Sea grass", "eelgrass"))
        screen.main.reload_facts()
        await screen.rest()
        node = next(one for one in screen.main.feeds.nodes if one.kind == "search")
        screen.main.feeds.select(node.key)
        screen.main.show_node(node)
        await screen.rest()
        assert in_list(screen) == ["Eelgrass"]


async def test_field_of_the_title_marks_the_title_alone(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await filter_by(screen, "intitle:eelgrass")
        await screen.press("enter")
        assert in_list(screen) == ["Eelgrass"]
        assert in_story(screen) == ["Eelgrass"]


async def test_field_of_the_text_marks_the_text_alone(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await filter_by(screen, "intext:eelgrass")
        await screen.press("enter")
        assert in_list(screen) == []
        assert set(in_story(screen)) == {"eelgrass"}


async def test_marked_word_is_cut_with_its_title(open_screen: OpenScreen) -> None:
    async with open_screen(size=(80, 24)) as screen:
        await filter_by(screen, "elsewhere OR eelgrass OR meadow OR square")
        for y in range(screen.main.entries.row_count):
            strip = screen.main.entries.render_line(y)
            assert strip.cell_length == cell_width(strip.text)
            assert not any(is_underlined(one) and "…" in one.text for one in strip)
        assert "Eelgrass" in in_list(screen)


async def test_words_between_wide_letters_are_marked(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await filter_by(screen, "喫茶店")
        assert in_list(screen) == ["喫茶店"]
        await screen.press("enter")
        assert in_story(screen)[0] == "喫茶店"


@pytest.mark.parametrize("theme", ["feedreader-light", "feedreader-16", "feedreader-contrast"])
async def test_marks_are_underlined_in_every_theme_under_the_cursor_too(
    open_screen: OpenScreen, theme: str
) -> None:
    config = Config()
    config = replace(config, ui=replace(config.ui, theme=theme))
    async with open_screen(config=config) as screen:
        await filter_by(screen, "intitle:eelgrass OR intitle:beans")
        assert in_list(screen).count("Eelgrass") == 1
        rows = len(in_list(screen))
        await screen.press("j")
        assert len(in_list(screen)) == rows


# --- rules ---


async def test_rule_marks_its_words_in_its_colour(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        screen.ask(lambda reader: reader.rules.add("when eelgrass then highlight:green"))
        screen.ask(lambda reader: reader.rules.add("when meadow then highlight:violet"))
        assert screen.ask(lambda reader: reader.rules.apply(1)).count
        screen.ask(lambda reader: reader.rules.apply(2))
        screen.main.reload_list()
        await screen.rest()
        assert in_list(screen) == ["Eelgrass"]  # the row has the colour of the first rule
        await filter_by(screen, "intitle:counting")
        assert in_list(screen) == ["Counting", "Eelgrass"]
        await screen.press("enter")
        green = screen.main.story._inks.part("story--found-green").color
        violet = screen.main.story._inks.part("story--found-violet").color

        def in_colour(colour: object) -> list[str]:
            return pieces_in(
                screen, "story", lambda one: is_strong(one) and one.style.color == colour
            )

        assert in_colour(green)[0] == "Eelgrass"
        assert in_colour(violet)[0] == "Meadow"


async def test_words_of_a_rule_that_is_off_or_did_nothing_are_not_marked(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        screen.ask(lambda reader: reader.rules.add("when eelgrass then highlight:green"))
        screen.main.reload_list()
        await screen.rest()
        assert in_list(screen) == []
        screen.ask(lambda reader: reader.rules.apply(1))
        screen.main.reload_list()
        await screen.rest()
        assert in_list(screen) == ["Eelgrass"]
        screen.ask(lambda reader: reader.rules.switch(1, False))
        screen.main.reload_list()
        await screen.rest()
        assert in_list(screen) == []


async def test_rule_applied_from_the_dialog_marks_the_story_in_sight(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        screen.ask(lambda reader: reader.rules.add("when eelgrass then highlight:green"))
        await filter_by(screen, "intitle:counting")
        await screen.press("enter")
        assert in_story(screen)[:1] == ["Counting"]
        await screen.press("g", "m", "a", "escape")
        assert in_story(screen)[:2] == ["Counting", "Eelgrass"]


# --- hostile ---


async def test_only_lines_near_the_sight_of_a_long_story_are_looked_through(
    open_screen: OpenScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    from feedreader.core.query.sought import Sought

    async with open_screen() as screen:
        await filter_by(screen, "eelgrass OR /e/")
        shown = screen.main.story.entry
        assert shown is not None
        body = f"<p>{'eelgrass in the bay ' * 50}</p>" * 1000
        longest = 0
        find = Sought.find

        def noting(self: Sought, text: str, column: str) -> list[tuple[int, int]]:
            nonlocal longest
            longest = max(longest, len(text))
            return find(self, text, column)  # type: ignore[arg-type]

        monkeypatch.setattr(Sought, "find", noting)
        screen.main.story.show(replace(shown, feed_html=body, page_html=""))
        await screen.rest()
        assert len(screen.main.story.page_shown.lines) > 10 * _BLOCK_ROWS
        assert 0 < longest < 3 * _BLOCK_ROWS * screen.main.story.page_shown.width
        screen.main.story.go_bottom()
        await screen.rest()
        assert len(in_story(screen)) > 20
