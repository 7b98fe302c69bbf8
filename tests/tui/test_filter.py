"""The filter: read as it is typed, with completion, and gentle about mistakes."""

from __future__ import annotations

import pytest
from textual import events

from conftest import OpenScreen, Screen, Snapshot
from feedreader.tui import reading
from feedreader.tui.reading import ReadingScreen
from feedreader.tui.search_bar import SearchBar


async def test_the_list_follows_the_words_as_they_are_typed(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("/")
        await screen.type("ee")
        assert screen.main.entries.row_count == 0
        await screen.type("lg")
        assert screen.main.entries.row_count == 1
        assert "eelg*" in screen.lines()[0]
        await screen.press("enter")
        assert screen.main.pane == "list"
        assert screen.title.startswith("Counting an Eelgrass")


async def test_escape_in_the_bar_brings_the_list_back(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("7", "j")
        title = screen.title
        await screen.press("/")
        await screen.type("eelg")
        assert screen.title != title
        await screen.press("escape")
        assert (screen.title, screen.main.entries.row_count) == (title, 39)


async def test_escape_in_the_list_takes_the_filter_away_before_it_leaves(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        await screen.press("7", "j")
        title = screen.title
        await screen.press("/")
        await screen.type("eelg")
        await screen.press("enter", "escape")
        assert (screen.main.pane, screen.main.entries.row_count) == ("list", 39)
        assert screen.title == title
        await screen.press("escape")
        assert screen.main.pane == "tree"


async def test_enter_says_what_is_wrong_with_a_query_that_is_offered_words(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        await screen.press("/")
        await screen.type("(")
        assert screen.main.search.completions.offers
        assert "never closed" not in screen.text
        await screen.press("enter")
        assert screen.main.search.display
        assert "this ( is never closed" in screen.text


async def test_a_click_out_of_the_bar_keeps_the_filter_and_closes_the_bar(
    open_screen: OpenScreen,
) -> None:
    async with open_screen(size=(80, 24)) as screen:
        await screen.press("/")
        await screen.type("train")
        await screen.pilot.click(screen.main.entries, offset=(20, 1))
        await screen.rest()
        assert not screen.main.search.display
        assert screen.main.filter == "train*"
        assert "esc drops" not in screen.status
        await screen.press("escape")
        assert screen.main.entries.row_count == 39


async def test_a_click_out_of_a_question_closes_it(open_screen: OpenScreen) -> None:
    async with open_screen(size=(80, 24)) as screen:
        await screen.press("|")
        await screen.type("les")
        assert screen.main.prompt.display
        await screen.pilot.click(screen.main.entries, offset=(20, 2))
        await screen.rest()
        assert not screen.main.prompt.display
        await screen.press("s")
        assert "starred" in screen.status


async def test_a_filter_finds_what_is_read_too(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("A", "/")
        await screen.type("eelgrass")
        assert screen.main.entries.row_count == 1


async def test_a_filter_stays_within_the_feed(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("]")
        feed = screen.main.listed
        await screen.press("/")
        await screen.type("is:unread")
        assert screen.main.entries.row_count == feed.count


async def test_what_cannot_be_read_is_said_and_the_list_stays(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("/")
        await screen.type("eelgrass is:unraed")
        assert screen.main.entries.row_count == 1
        assert "unread" in screen.text.splitlines()[-2]
        await screen.press("enter")
        assert screen.main.search.display


@pytest.mark.parametrize(
    ("typed", "rows"),
    [
        ("eelgrass is:un", 1),
        ("eelgrass -is:un", 1),
        ("eelgrass OR is:un", 39),  # nothing before it that can be read
        ("(eelgrass is:un", 39),
        ("is:un", 39),
    ],
)
async def test_a_term_half_typed_keeps_no_other_from_being_found(
    open_screen: OpenScreen, typed: str, rows: int
) -> None:
    async with open_screen() as screen:
        await screen.press("/")
        screen.main.search.input.value = typed
        await screen.rest()
        assert screen.main.search.completions.offers
        assert screen.main.entries.row_count == rows
        await screen.press("tab", "backspace")
        assert screen.main.search.input.value.endswith("is:unread")


async def test_a_term_half_typed_leaves_no_earlier_sense_of_it(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("/")
        await screen.type("is")
        assert screen.main.entries.row_count < 39
        await screen.type(":un")
        assert screen.main.entries.row_count == 39


async def test_tab_takes_what_completes_the_word(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("/")
        await screen.type("intit")
        await screen.press("tab")
        assert screen.main.search.input.value == "intitle:"
        await screen.type("eelgrass feed:tide")
        await screen.press("tab")
        assert screen.main.search.input.value == 'intitle:eelgrass feed:"Tidewater Lab Notes" '
        assert screen.main.entries.row_count == 1


async def test_arrows_choose_among_completions_and_enter_takes_one(
    open_screen: OpenScreen, snapshot: Snapshot
) -> None:
    async with open_screen(size=(80, 24)) as screen:
        await screen.press("/")
        await screen.type("is:")
        await screen.press("down", "down")
        snapshot("completion-80x24", screen.text)
        await screen.press("enter")
        assert screen.main.search.input.value == "is:read "
        assert screen.main.search.display


async def test_a_filter_is_kept_as_a_saved_search(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("/")
        await screen.type("eelgrass")
        await screen.press("enter", "g", "/")
        await screen.type("Sea grass")
        await screen.press("enter")
        (search,) = screen.ask(lambda reader: reader.saved_searches())
        assert (search.name, search.query) == ("Sea grass", "eelgrass*")
        node = next(one for one in screen.main.feeds.nodes if one.kind == "search")
        assert (node.label, node.count) == ("Sea grass", 1)  # two feeds tell it
        await screen.press("U")
        assert screen.ask(lambda reader: reader.saved_searches()) == ()


def type_ahead(screen: Screen, text: str) -> None:
    """Send keys at once, as a fast typist or a paste into the terminal does."""
    for char in text:
        screen.app.post_message(events.Key("slash" if char == "/" else char, char))


async def test_letters_typed_right_after_the_key_of_the_filter_belong_to_it(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        starred = screen.ask(lambda reader: reader.count("is:starred"))
        type_ahead(screen, "/sails")
        await screen.rest()
        assert screen.main.query_one(SearchBar).input.value == "sails"
        assert screen.app.screen is screen.main
        assert screen.ask(lambda reader: reader.count("is:starred")) == starred


async def test_letters_typed_right_after_the_key_of_a_dialog_do_nothing_below_it(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        count = screen.ask(lambda reader: reader.count(""))
        type_ahead(screen, "axsx")
        await screen.rest()
        assert screen.app.screen is not screen.main
        assert screen.ask(lambda reader: reader.count("")) == count
        assert screen.ask(lambda reader: reader.count("is:starred")) == 0


async def test_beginning_of_a_list_says_that_there_is_more(
    open_screen: OpenScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_WINDOW", 5)
    monkeypatch.setattr(ReadingScreen, "_load_whole", lambda *_: None)
    async with open_screen() as screen:
        assert len(screen.main.entries.listing.keys.ids) == 5
        assert " 5+ " in screen.lines()[0]
        await screen.press("/")
        await screen.type("eelgrass")
        assert " 1 " in screen.lines()[0]
