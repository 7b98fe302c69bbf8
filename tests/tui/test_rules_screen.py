"""Rules on the screen: written while one sees what they do, listed, taken back."""

from __future__ import annotations

from conftest import OpenScreen, Screen, Snapshot
from feedreader.config import Config
from feedreader.model import Hook
from feedreader.tui.dialogs.rules import RemoveRuleDialog, RulesDialog
from feedreader.tui.dialogs.write_rule import RuleDialog


async def settle(screen: Screen) -> None:
    """Wait until the preview is that of the line."""
    dialog = screen.app.screen
    assert isinstance(dialog, RuleDialog)
    await screen.until(lambda: dialog.is_settled)


async def write(screen: Screen, text: str) -> None:
    """Write a rule in place of the one that stands in the dialog."""
    await screen.press("ctrl+u", "ctrl+k")
    names = {
        " ": "space",
        ":": "colon",
        "-": "minus",
        "+": "plus",
        ",": "comma",
        ">": "greater_than_sign",
    }
    await screen.press(*(names.get(char, char) for char in text))
    await settle(screen)


async def add_rule(screen: Screen, text: str) -> None:
    screen.ask(lambda reader: reader.rules.add(text))


async def test_rule_begins_with_the_entry_and_shows_what_it_would_have_hidden(
    open_screen: OpenScreen, snapshot: Snapshot
) -> None:
    async with open_screen(size=(100, 30)) as screen:
        await screen.press("/")
        await screen.type("beans")
        await screen.press("enter", "escape")
        title = screen.title
        await screen.press("M")
        await settle(screen)
        assert f'intitle:"{title}" then mute' in screen.app.screen.query_one("Input").value
        await write(screen, "when beans then mute")
        snapshot("rule-new-100x30", screen.text)
        assert "would have hidden 2 of the 40 entries of the last 90 days · 2 in all" in screen.text
        await screen.press("escape")
        assert screen.ask(lambda reader: reader.rules.all()) == ()


async def test_rule_begins_with_the_filter(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press("/")
        await screen.type("beans is:unread")
        await screen.press("enter", "M")
        await settle(screen)
        assert screen.app.screen.query_one("Input").value == "when beans is:unread then mute"


async def test_new_rule_hides_what_is_here_too_if_asked_and_u_takes_it_back(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        count = screen.main.entries.row_count
        await screen.press("M")
        await write(screen, "when beans then mute")
        await screen.press("tab", "tab", "right")
        await screen.press("enter")
        await screen.rest()
        assert "rule 1 added, 2 entries acted on" in screen.status
        assert screen.main.entries.row_count == count - 2
        node = next(one for one in screen.main.feeds.nodes if one.key == "muted")
        assert (node.label, node.count) == ("Muted", 2)
        await screen.press("U")
        assert screen.main.entries.row_count == count
        assert screen.ask(lambda reader: (reader.rules.all(), reader.count("is:muted"))) == ((), 0)


async def test_what_cannot_be_read_is_pointed_at_and_not_kept(open_screen: OpenScreen) -> None:
    async with open_screen(size=(100, 30)) as screen:
        await screen.press("M")
        await write(screen, "when autor:x then mute")
        await screen.press("space", "enter")
        await settle(screen)
        await screen.until(lambda: "▲" in screen.text)
        lines = screen.lines()
        line = next(at for at, text in enumerate(lines) if "when autor:x" in text)
        assert lines[line + 1].index("▲") == lines[line].index("autor")
        assert "did you mean author:?" in lines[line + 2]
        assert isinstance(screen.app.screen, RuleDialog)
        await screen.press("escape")
        assert screen.ask(lambda reader: reader.rules.all()) == ()


async def test_tab_completes_the_query_and_the_actions(open_screen: OpenScreen) -> None:
    config = Config(hooks=(Hook("archive", command=("true",)),))
    async with open_screen(config=config) as screen:
        await screen.press("M")
        await write(screen, "when feed:tide")
        await screen.press("tab")
        line = screen.app.screen.query_one("Input")
        assert line.value == 'when feed:"Tidewater Lab Notes" '
        for text in ("th", "hi"):
            await screen.type(text)
            await screen.press("tab")
        await screen.type("bl")
        await screen.press("tab", "comma", "space", "r", "u", "n", "colon", "tab")
        assert line.value.strip() == (
            'when feed:"Tidewater Lab Notes" then highlight:blue , run:archive'
        )


async def test_list_of_rules_shows_hits_and_what_each_says(
    open_screen: OpenScreen, snapshot: Snapshot
) -> None:
    async with open_screen(size=(80, 24)) as screen:
        await add_rule(screen, "when beans then mute")
        await add_rule(screen, "when intitle:the then score:+5, highlight:green")
        screen.ask(lambda reader: reader.rules.apply(1))
        screen.ask(lambda reader: reader.rules.switch(2, False))
        await screen.press("g", "m")
        assert isinstance(screen.app.screen, RulesDialog)
        snapshot("rules-80x24", screen.text)
        await screen.press("enter")
        assert screen.main.filter == "rule:1"
        assert screen.main.entries.row_count == 2
        assert "⊘" in screen.lines()[1]
        assert "beans" in screen.lines()[1]


async def test_rules_are_turned_off_moved_applied_undone_and_removed(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        await add_rule(screen, "when beans then mute")
        await add_rule(screen, "when sails then star")
        await screen.press("g", "m", "space")
        assert screen.ask(lambda reader: reader.rules.rule(1)).is_active is False
        await screen.press("space", "J")
        assert [one.number for one in screen.ask(lambda reader: reader.rules.all())] == [2, 1]
        dialog = screen.app.screen
        assert isinstance(dialog, RulesDialog)
        assert dialog.current is not None
        assert dialog.current.number == 1
        await screen.press("a")
        assert screen.ask(lambda reader: reader.count("is:muted")) == 2
        assert "2 hits" in screen.text
        await screen.press("u")
        assert screen.ask(lambda reader: reader.count("is:muted")) == 0
        await screen.press("a", "x")
        assert isinstance(screen.app.screen, RemoveRuleDialog)
        await screen.press("u")
        assert screen.ask(lambda reader: reader.count("is:muted")) == 0
        assert [one.number for one in screen.ask(lambda reader: reader.rules.all())] == [2]
        await screen.press("escape", "U")
        assert screen.ask(lambda reader: reader.count("is:muted")) == 2
        assert [one.number for one in screen.ask(lambda reader: reader.rules.all())] == [2, 1]


async def test_changed_rule_acts_anew_and_undo_brings_the_former_back(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        await add_rule(screen, "when beans then star")
        screen.ask(lambda reader: reader.rules.apply(1))
        await screen.press("g", "m", "e")
        await write(screen, "when beans then mute")
        await screen.press("tab", "tab", "left", "enter")
        await screen.rest()
        counts = screen.ask(lambda reader: (reader.count("is:muted"), reader.count("is:starred")))
        assert counts == (2, 0)
        await screen.press("U")
        counts = screen.ask(lambda reader: (reader.count("is:muted"), reader.count("is:starred")))
        assert counts == (0, 2)
        assert screen.ask(lambda reader: reader.rules.rule(1)).text == "when beans then star"


async def test_entry_is_muted_and_shown_again_by_hand(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        title = screen.title
        await screen.press("g", "M")
        assert screen.title != title
        await screen.press("/")
        await screen.type("is:muted")
        await screen.press("enter")
        assert screen.title == title
        await screen.press("g", "M")
        assert screen.main.entries.row_count == 0
        assert screen.ask(lambda reader: reader.count("is:muted")) == 0


async def test_highlighted_entry_has_a_sign_and_its_score(open_screen: OpenScreen) -> None:
    async with open_screen(size=(100, 30)) as screen:
        await add_rule(screen, "when beans then highlight:green, score:+5")
        screen.ask(lambda reader: reader.rules.apply(1))
        await screen.press("/")
        await screen.type("beans")
        await screen.press("enter")
        assert "◆" in screen.lines()[1]
        assert "+5" in screen.lines()[1]


async def test_story_names_the_rule_that_muted_it(open_screen: OpenScreen) -> None:
    async with open_screen(size=(100, 40)) as screen:
        screen.ask(lambda reader: reader.rules.add("when beans then mute", name="Sea [b]grass"))
        screen.ask(lambda reader: reader.rules.apply(1))
        await screen.press("/")
        await screen.type("is:muted")
        await screen.press("enter", "enter")
        assert "Muted by the rule “Sea [b]grass”" in screen.text


async def test_nested_search_is_counted_in_the_tree_and_follows_marks(
    open_screen: OpenScreen,
) -> None:
    async with open_screen() as screen:
        screen.ask(lambda reader: reader.save_search("Sea", "beans"))
        screen.ask(lambda reader: reader.save_search("Sea too", "search:Sea is:unread"))
        screen.main.reload_facts()
        await screen.rest()

        def counts() -> dict[str, int | None]:
            nodes = screen.main.feeds.nodes
            return {node.label: node.count for node in nodes if node.kind == "search"}

        assert counts() == {"Sea": 2, "Sea too": 2}
        await screen.press("/")
        await screen.type("beans")
        await screen.press("enter", "N")
        unread = screen.ask(lambda reader: reader.count("beans is:unread"))
        assert unread < 2
        await screen.until(lambda: counts() == {"Sea": unread, "Sea too": unread})


async def test_what_did_nothing_cannot_be_taken_back(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await add_rule(screen, "when beans then star")
        await screen.press("g", "m", "u")
        assert "There is nothing that it could change." in screen.text
        assert "takes it back" not in screen.text.replace("takes back what it did", "")


async def test_what_is_wrong_with_a_rule_hangs_below_the_line(open_screen: OpenScreen) -> None:
    async with open_screen(size=(60, 24)) as screen:
        await screen.press("M")
        await write(screen, "when beans highlight:green then mute")
        lines = screen.lines()
        place = next(at for at, line in enumerate(lines) if "▲" in line)
        begin = lines[place - 1].index("when beans")
        assert lines[place].index("▲") == lines[place - 1].index("highlight")
        assert lines[place + 1].index("unknown") == begin
        assert lines[place + 2][begin - 1] == " " != lines[place + 2][begin]
