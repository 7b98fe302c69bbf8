"""Keys of the registry and the configuration: what they mean, and what is refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import OpenScreen
from feedreader.config import parse_config
from feedreader.errors import ConfigError
from feedreader.tui.commands import COMMANDS, CONTEXTS, describe_keys, share_commands
from feedreader.tui.keymap import Keymap, check_macros
from feedreader.tui.main_screen import MainScreen
from feedreader.tui.palette import CommandProvider


def test_every_command_has_a_method_and_no_method_lacks_a_command() -> None:
    methods = {command.method for command in COMMANDS}
    assert [method for method in methods if not hasattr(MainScreen, method)] == []
    own = {
        name
        for one in MainScreen.__mro__
        if one.__module__.startswith("feedreader.")
        for name in vars(one)
        if name.startswith("action_")
    }
    assert own - methods == set()


def test_default_keys_do_not_clash_in_any_pane() -> None:
    keymap = Keymap(COMMANDS)
    lost = [
        (command.name, key)
        for command in COMMANDS
        for key in command.keys
        for context in command.contexts
        if keymap.find(context, tuple(key.split(" "))) is not command
    ]
    assert lost == []


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("j", "move.down"), ("k", "move.up"), ("n", "read.next_unread"),
        ("p", "read.previous_unread"), ("o", "entry.open"), ("O", "entry.open_read"),
        ("r", "feed.refresh"), ("R", "feed.refresh_all"), ("A", "list.read"),
        ("s", "entry.star"), ("N", "entry.read"), ("G", "move.bottom"), ("?", "app.help"),
        ("q", "app.back"), ("f", "story.fetch"), ("v", "story.cycle"), ("u", "story.links"),
        ("U", "app.undo"), ("J", "read.next"), ("K", "read.previous"), ("space", "read.on"),
        ("enter", "move.in"), ("E", "entry.enclosure"), ("|", "entry.pipe"),
    ],
)  # fmt: skip
def test_habits_of_newsboat_and_vim_hold_in_the_list(key: str, name: str) -> None:
    command = Keymap(COMMANDS).find("list", (key,))
    assert command is not None
    assert command.name == name


def test_the_users_key_takes_it_from_the_command_that_has_it_by_default() -> None:
    keymap = Keymap(COMMANDS, [("entry.star", ("N",))])
    assert keymap.find("list", ("N",)).name == "entry.star"  # type: ignore[union-attr]
    assert keymap.find("list", ("s",)) is None
    assert keymap.find("list", ("m",)).name == "entry.read"  # type: ignore[union-attr]


def test_a_users_single_key_takes_the_chords_that_begin_with_it() -> None:
    keymap = Keymap(COMMANDS, [("entry.star", ("g",))])
    assert not keymap.is_prefix("list", ("g",))
    assert keymap.is_prefix("tree", ("g",))
    top = next(command for command in COMMANDS if command.name == "move.top")
    assert "home" in keymap.keys(top)


def test_no_keys_leave_a_command_without() -> None:
    keymap = Keymap(COMMANDS, [("entry.delete", ())])
    assert keymap.find("list", ("x",)) is None
    assert keymap.find("tree", ("x",)).name == "feed.remove"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ([("entry.stra", ("s",))], "there is no command 'entry.stra'; did you mean 'entry.star'?"),
        ([("entry.star", ("entr",))], "'entr' is no key; did you mean 'enter'?"),
        ([("entry.star", ("gg",))], "written 'g g'"),
        ([("entry.star", ("shift+s",))], "is written 'S'"),
        ([("entry.star", ("ctrl+i",))], "terminals send 'ctrl+i' as 'tab'"),
        ([("entry.star", ("hyper+s",))], "'hyper+s' is no key"),
        ([("entry.star", ("ctrl+ctrl+s",))], "is no key"),
        ([("entry.star", ("Z",)), ("entry.tag", ("Z",))], "clashes with 'Z' for entry.star"),
        ([("entry.star", ("Z",)), ("entry.tag", ("Z Z",))], "'Z Z' for entry.tag clashes"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    keys: list[tuple[str, tuple[str, ...]]], words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        Keymap(COMMANDS, keys)
    assert words in str(caught.value)


def test_one_key_may_mean_two_things_in_two_panes() -> None:
    keymap = Keymap(COMMANDS, [("feed.move", ("Z",)), ("entry.star", ("Z",))])
    assert keymap.find("tree", ("Z",)).name == "feed.move"  # type: ignore[union-attr]
    assert keymap.find("story", ("Z",)).name == "entry.star"  # type: ignore[union-attr]


def test_programs_for_sharing_are_commands_that_keys_can_be_given() -> None:
    commands = [*COMMANDS, *share_commands(["mail"])]
    keymap = Keymap(commands, [("share.mail", ("M",))])
    assert keymap.find("story", ("M",)).name == "share.mail"  # type: ignore[union-attr]


async def test_a_macro_does_its_commands_one_after_the_other(open_screen: OpenScreen) -> None:
    config = parse_config(
        '[macros]\nkeep = ["entry.star", "entry.later", "move.down", "entry.tag", "entry.star"]\n'
        '[keys]\n"macro.keep" = ", k"',
        name="config.toml",
    )
    async with open_screen(config=config, keys=config.keys) as screen:
        await screen.press(",", "k")
        assert screen.ask(lambda reader: reader.count("is:starred is:later")) == 1
        assert screen.main.entries.cursor == 1
        assert screen.app.screen is not screen.main, "a dialog ends it"
        await screen.press("escape")
        assert screen.ask(lambda reader: reader.count("is:starred")) == 1


def test_a_macro_of_an_unknown_command_is_refused_in_words() -> None:
    with pytest.raises(ConfigError, match=r"macros: x: .*'entry.sta'; did you mean 'entry.star'"):
        check_macros([("x", ["entry.star", "entry.sta"])], COMMANDS)


def test_names_are_unique_and_contexts_known() -> None:
    names = [command.name for command in COMMANDS]
    assert len(set(names)) == len(names)
    assert {context for command in COMMANDS for context in command.contexts} == set(CONTEXTS)


async def test_a_rebound_key_works_and_the_hints_show_it(open_screen: OpenScreen) -> None:
    async with open_screen(keys=[("entry.star", ("Z",))]) as screen:
        assert "Z star" in screen.status
        await screen.press("Z")
        assert screen.ask(lambda reader: reader.count("is:starred")) == 1


async def test_a_begun_chord_shows_what_may_follow(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("g")
        assert "g to the top" in screen.status
        await screen.press("escape")
        assert "read on" in screen.status
        assert screen.main.pane == "list"


async def test_an_unknown_chord_says_so(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("g", "y")
        assert "g y means nothing here." in screen.status


def test_the_page_of_keys_is_that_of_the_registry(request: pytest.FixtureRequest) -> None:
    page = Path(__file__).parent.parent.parent / "docs" / "keys.md"
    intro, mark, tables = page.read_text(encoding="utf-8").partition("## ")
    if request.config.getoption("--update-snapshots", default=False):
        page.write_text(intro + describe_keys(), encoding="utf-8")
    else:
        assert mark + tables == describe_keys()


def test_the_example_of_the_page_of_keys_can_be_used() -> None:
    page = Path(__file__).parent.parent.parent / "docs" / "keys.md"
    example = page.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]
    config = parse_config(example, name="docs/keys.md")
    assert Keymap(COMMANDS, config.keys).find("list", ("*",)) is not None


async def test_the_palette_finds_commands_by_words_and_does_them(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press(":")
        await screen.type("star or take")
        await screen.until(lambda: "Star, or take the star away (Mark)" in screen.text)
        await screen.press("enter")
        await screen.until(lambda: screen.app.screen is screen.main)
        await screen.rest()
        assert screen.ask(lambda reader: reader.count("is:starred")) == 1


async def test_the_palette_offers_every_command_before_a_word_is_typed(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        provider = CommandProvider(screen.main)
        offered = [hit.help async for hit in provider.discover()]
        assert len(offered) == len(COMMANDS)


def test_keys_of_the_documented_example_can_be_used() -> None:
    page = Path(__file__).parents[2].joinpath("docs", "configuration.md").read_text()
    example = page[page.index("[keys]\n") :].partition("```")[0]
    config = parse_config(example, name="config.toml")
    assert config.keys
    Keymap(COMMANDS, config.keys)
