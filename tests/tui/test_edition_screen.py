"""Editions on the screen: in the tree, read section by section, to a last page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from conftest import OpenScreen, Snapshot
from feedreader.config import Config, OpenSettings
from feedreader.model import EditionPlan, EditionSection
from feedreader.reader import Reader
from feedreader.tui.dialogs.editions import (
    EditionEndDialog,
    EditionPlanDialog,
    EditionsDialog,
    due_in_words,
)
from papers import read_book
from seed import NOW

PLAN = EditionPlan(
    "Morning",
    (
        EditionSection("World", "folder:News", most=4, per_feed=2),
        EditionSection("Machines", "folder:Technology", most=3, per_feed=3),
    ),
    most_entries=6,
)


@pytest.fixture
def made(database: Path) -> Path:
    """The database with a paper of today."""
    with Reader(database, clock=lambda: NOW) as reader:
        reader.editions.define(PLAN)
        reader.editions.make("Morning")
    return database


def paper(path: Path) -> tuple[int, int]:
    with Reader(path, clock=lambda: NOW) as reader:
        edition = reader.editions.find(["Morning"])
    return edition.entry_count, edition.unread_count


async def test_a_paper_stands_in_the_tree_with_what_is_unread(
    open_screen: OpenScreen, made: Path, snapshot: Snapshot
) -> None:
    async with open_screen() as screen:
        node = screen.main.feeds.nodes[screen.main.feeds.find("edition:Morning")]
        assert (node.label, node.count) == ("Morning", 6)
        await screen.press("h", "j", "j", "j", "j")
        assert screen.main.listed.key == "edition:Morning"
        snapshot("edition-120x40", screen.text)


async def test_its_list_has_the_order_and_the_sections_of_the_paper(
    open_screen: OpenScreen, made: Path
) -> None:
    with Reader(made, clock=lambda: NOW) as reader:
        order = [one.entry_id for one in reader.editions.entries(1)]
    async with open_screen() as screen:
        screen.main._open(screen.ask(lambda reader: reader.editions.find([])))
        await screen.rest()
        listing = screen.main.entries.listing
        assert list(listing.keys.ids) == order
        assert listing.labels == ("World", "Machines")
        assert "0/6 read" in screen.text


async def test_reading_on_comes_to_the_last_page(open_screen: OpenScreen, made: Path) -> None:
    async with open_screen(size=(80, 24)) as screen:
        await screen.press("g", "e", "enter")
        await screen.press("n")
        for _ in range(5):
            await screen.press("n")
        assert paper(made) == (6, 0)
        assert not isinstance(screen.app.screen, EditionEndDialog)
        await screen.press("n")
        assert isinstance(screen.app.screen, EditionEndDialog)
        assert "That was the paper of Wednesday." in screen.text
        assert "6 stories, 7 minutes." in screen.text
        assert "The next one comes tomorrow at 07:00." in screen.text
        await screen.press("escape")
        assert "6/6 read" in screen.text


async def test_the_last_page_leads_to_a_paper_that_is_unread(
    open_screen: OpenScreen, made: Path
) -> None:
    with Reader(made, clock=lambda: NOW) as reader:
        reader.mark_read([one.entry_id for one in reader.editions.entries(1)])
        rest = EditionSection("Rest", "folder:Leisure", most=2)
        reader.editions.define(EditionPlan("Weekend", (rest,), schedule="by_hand"))
        reader.editions.make("Weekend")
    async with open_screen() as screen:
        screen.main._open(screen.ask(lambda reader: reader.editions.find(["Morning"])))
        await screen.rest()
        await screen.press("n")
        assert "Weekend has 2 stories, 2 minutes left." in screen.text
        await screen.press("enter")
        assert screen.main.listed.label == "Weekend"


async def test_what_is_read_stays_in_the_paper(open_screen: OpenScreen, made: Path) -> None:
    async with open_screen() as screen:
        screen.main._open(screen.ask(lambda reader: reader.editions.find([])))
        await screen.rest()
        await screen.press("enter", "h", "h", "l")
        screen.main.reload_list()
        await screen.rest()
        assert len(screen.main.entries.listing.keys.ids) == 6
        assert "1/6 read" in screen.text


async def test_a_filter_narrows_a_paper_down(open_screen: OpenScreen, made: Path) -> None:
    async with open_screen() as screen:
        screen.main._open(screen.ask(lambda reader: reader.editions.find([])))
        await screen.rest()
        await screen.press("/")
        await screen.type("folder")
        await screen.press("colon")
        await screen.type("Technology")
        await screen.press("enter")
        assert screen.main.entries.listing.labels == ("Machines",)


async def test_editions_are_listed_with_their_progress(
    open_screen: OpenScreen, made: Path, snapshot: Snapshot
) -> None:
    with Reader(made, clock=lambda: NOW) as reader:
        reader.mark_read([one.entry_id for one in reader.editions.entries(1)][:3])
    async with open_screen(size=(80, 24)) as screen:
        await screen.press("g", "e")
        assert "████░░░░  Today" in screen.text
        assert "3 of 6 · 3 min left" in screen.text
        snapshot("editions-80x24", screen.text)


async def test_without_editions_one_can_be_defined(open_screen: OpenScreen, database: Path) -> None:
    async with open_screen(size=(80, 24)) as screen:
        await screen.press("g", "e")
        assert "There is none yet" in screen.text
        await screen.press("n")
        assert isinstance(screen.app.screen, EditionPlanDialog)
        await screen.type("Evening")
        await screen.press("ctrl+s")
        await screen.until(lambda: isinstance(screen.app.screen, EditionsDialog))
        (plan,) = screen.ask(lambda reader: reader.editions.plans())
        assert plan.name == "Evening"
        assert plan.sections == (EditionSection("Today", "newer:3d", most=30),)


async def test_a_plan_is_changed_in_a_form(
    open_screen: OpenScreen, made: Path, snapshot: Snapshot
) -> None:
    async with open_screen(size=(80, 24)) as screen:
        await screen.press("g", "e", "e")
        snapshot("edition-plan-80x24", screen.text)
        dialog = screen.app.screen
        dialog.query_one("#section-1").text = "Machines: folder:Technology limit:2"
        dialog.query_one("#section-2").text = "Comics:"
        dialog.query_one("#minutes").text = "20"
        dialog.query_one("#at").text = "6:30"
        dialog.query_one("#leftovers").value = "carry"
        await screen.press("ctrl+s")
        (plan,) = screen.ask(lambda reader: reader.editions.plans())
        assert [(one.title, one.query, one.most) for one in plan.sections] == [
            ("World", "folder:News", 4),
            ("Machines", "folder:Technology limit:2", 3),
            ("Comics", "", 8),
        ]
        assert (plan.most_minutes, plan.at_minute, plan.leftovers) == (20, 390, "carry")


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("section-0", "no colon", "Write a title, a colon and a query"),
        ("section-0", "A: is:nothing", "is:nothing"),
        ("section-0", "Machines: x", "two sections have the same title"),
        ("entries", "many", "a number from 1"),
        ("at", "7", "a time such as"),
    ],
)
async def test_a_form_says_what_is_wrong(
    open_screen: OpenScreen, made: Path, field: str, text: str, words: str
) -> None:
    async with open_screen(size=(100, 40)) as screen:
        await screen.press("g", "e", "e")
        screen.app.screen.query_one(f"#{field}").text = text
        await screen.press("ctrl+s")
        assert words.casefold() in screen.text.casefold()
        assert screen.ask(lambda reader: reader.editions.plans()) == (PLAN,)


async def test_a_paper_is_made_by_hand_and_opened(open_screen: OpenScreen, database: Path) -> None:
    with Reader(database, clock=lambda: NOW) as reader:
        reader.editions.define(replace(PLAN, schedule="by_hand"))
    async with open_screen() as screen:
        await screen.press("g", "e", "m")
        await screen.until(lambda: screen.main.listed.kind == "edition")
        await screen.rest()
        assert "0/6 read" in screen.text


async def test_what_is_due_is_made_after_a_refresh(open_screen: OpenScreen, database: Path) -> None:
    with Reader(database, clock=lambda: NOW) as reader:
        reader.editions.define(PLAN)
    async with open_screen() as screen:
        await screen.press("R")
        await screen.until(lambda: screen.main.feeds.find("edition:Morning") is not None)
        assert paper(database) == (6, 6)


async def test_a_paper_that_is_made_while_editions_are_listed_joins_the_list(
    open_screen: OpenScreen, database: Path
) -> None:
    with Reader(database, clock=lambda: NOW) as reader:
        reader.editions.define(PLAN)
    async with open_screen() as screen:
        await screen.press("g", "e")
        assert "nothing made yet" in screen.text
        screen.main._make_due()
        await screen.until(lambda: "0 of 6" in screen.text)
        await screen.press("enter")
        assert screen.main.listed.kind == "edition"


async def test_an_edition_is_removed_after_a_question(open_screen: OpenScreen, made: Path) -> None:
    async with open_screen() as screen:
        await screen.press("g", "e", "x", "enter")
        await screen.rest()
        assert screen.ask(lambda reader: reader.editions.plans()) == ()
        assert screen.main.feeds.find("edition:Morning") is None


async def test_a_paper_is_written_to_a_file(
    open_screen: OpenScreen, made: Path, tmp_path: Path
) -> None:
    config = Config(open=OpenSettings(download_folder=str(tmp_path)))
    async with open_screen(config=config) as screen:
        await screen.press("g", "e", "w", "enter")
        target = tmp_path / "Morning 2026-11-25.epub"
        await screen.until(target.exists)
        read_book(target.read_bytes())


async def test_the_screen_begins_where_reading_was_left(
    open_screen: OpenScreen, made: Path
) -> None:
    async with open_screen() as screen:
        await screen.press("g", "e", "enter", "J")
        title = screen.title
    async with open_screen() as screen:
        assert screen.main.listed.key == "edition:Morning"
        assert screen.title == title


async def test_an_older_paper_can_be_read_again(open_screen: OpenScreen, made: Path) -> None:
    later = NOW + timedelta(days=1)
    with Reader(made, clock=lambda: later) as reader:
        reader.editions.make("Morning")
    async with open_screen(clock=lambda: later) as screen:
        await screen.press("g", "e", "j", "enter")
        assert screen.main.listed.key == "edition:Morning@2026-11-25"
        assert screen.app.state.node == "edition:Morning"


async def test_hostile_names_and_sections_end_as_text(
    open_screen: OpenScreen, database: Path
) -> None:
    name = "[/oops] $(id)"
    with Reader(database, clock=lambda: NOW) as reader:
        reader.editions.define(
            EditionPlan(name, (EditionSection("[bold]x[/] \u4e16", "folder:News"),))
        )
        reader.editions.make(name)
    async with open_screen() as screen:
        assert name in screen.text
        await screen.press("g", "e", "enter")
        assert "[bold]x[/] \u4e16" in screen.text
        for _ in range(9):
            await screen.press("n")
        assert isinstance(screen.app.screen, EditionEndDialog)


def test_moments_are_said_as_people_say_them() -> None:
    today = NOW.date()
    said = [due_in_words(NOW + timedelta(days=days), today) for days in (0, 1, 3)]
    assert said == ["today at 12:00", "tomorrow at 12:00", "on Saturday at 12:00"]
