"""The time of reading is counted as a person reads; the charts open, turn and lead to remedies."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from feedreader.model.statistics import Figures
from feedreader.reader import Reader
from feedreader.tui.dialogs.statistics import StatisticsDialog, StatisticsPage
from feedreader.tui.reading_time import IDLE_S, ReadingTime
from seed import NOW


class TestReadingTime:
    def test_a_visit_lasts_until_another_story_is_in_sight(self) -> None:
        time = ReadingTime()
        time.look_at(1, 100)
        time.look_at(2, 160)
        time.look_at(None, 170)
        assert time.take() == [(1, 60), (2, 10)]
        assert time.take() == []

    def test_a_glance_is_no_visit(self) -> None:
        time = ReadingTime()
        time.look_at(1, 100)
        time.look_at(2, 102)
        time.look_at(None, 110)
        assert time.take() == [(2, 8)]

    def test_who_gives_no_sign_of_life_reads_no_longer(self) -> None:
        time = ReadingTime()
        time.look_at(1, 0)
        time.look_at(None, 3600)
        assert time.take() == [(1, IDLE_S)]

    def test_signs_of_life_keep_the_time_running(self) -> None:
        time = ReadingTime()
        time.look_at(1, 0)
        for moment in range(100, 1001, 100):
            time.stir(moment)
        time.stir(5000)
        time.look_at(None, 5010)
        assert time.take() == [(1, 1000 + IDLE_S + 10)]

    def test_the_same_story_again_is_one_visit(self) -> None:
        time = ReadingTime()
        time.look_at(1, 0)
        time.look_at(1, 30)
        time.look_at(None, 40)
        assert time.take() == [(1, 40)]

    def test_a_clock_that_is_set_back_takes_nothing_away(self) -> None:
        time = ReadingTime()
        time.look_at(1, 1000)
        time.stir(1020)
        time.stir(10)
        time.look_at(None, 20)
        assert time.take() == [(1, 30)]

    def test_nothing_in_sight_is_nothing_read(self) -> None:
        time = ReadingTime()
        time.look_at(None, 0)
        time.look_at(1, 500)
        time.look_at(None, 505)
        assert time.take() == [(1, 5)]


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def total(reader: Reader) -> Figures:
    return reader.statistics.over(7).total


async def test_a_story_that_was_open_for_a_minute_counts_a_minute(open_screen: Any) -> None:
    clock = Clock()
    async with open_screen(size=(80, 24), clock=clock) as screen:
        await screen.press("enter")
        clock.pass_s(60)
        await screen.press("J")
        await screen.press("g", "i", "escape")
        assert (screen.ask(total).read, screen.ask(total).seconds) == (2, 60)


async def test_what_was_read_last_is_kept_when_the_reader_ends(open_screen: Any) -> None:
    clock = Clock()
    async with open_screen(size=(120, 40), clock=clock) as screen:
        await screen.press("enter")
        clock.pass_s(45)
        assert screen.ask(total).seconds == 0
    assert screen.ask(total).seconds == 45


async def test_a_terminal_without_the_focus_reads_nothing(open_screen: Any) -> None:
    clock = Clock()
    async with open_screen(clock=clock) as screen:
        await screen.press("enter")
        clock.pass_s(20)
        screen.app.app_focus = False
        await screen.rest()
        clock.pass_s(100)
        screen.app.app_focus = True
        await screen.rest()
        clock.pass_s(10)
    assert screen.ask(total).seconds == 30


async def test_time_in_a_dialog_is_not_time_of_reading(open_screen: Any) -> None:
    clock = Clock()
    async with open_screen(clock=clock) as screen:
        await screen.press("enter")
        clock.pass_s(20)
        await screen.press("question_mark")
        clock.pass_s(100)
        await screen.press("escape")
        clock.pass_s(5)
    assert screen.ask(total).seconds == 25


async def test_a_held_key_writes_nothing(open_screen: Any) -> None:
    async with open_screen() as screen:
        await screen.press(*["j"] * 20)
        assert screen.main._reading_time.take() == []


async def test_charts_open_turn_and_close(open_screen: Any) -> None:
    async with open_screen(size=(80, 24)) as screen:
        screen.ask(_follow_since_long)
        await screen.press("enter", "h", "g", "i")
        assert "Last 30 days" in screen.text
        assert "received" in screen.text
        await screen.press("greater_than_sign")
        assert "Last 90 days" in screen.text
        await screen.press("less_than_sign", "less_than_sign")
        assert "Last 7 days" in screen.text
        await screen.press("tab")
        assert "Never read" in screen.text
        await screen.press("tab", "escape")
        assert screen.app.screen is screen.main


@pytest.mark.parametrize("size", [(80, 24), (200, 50), (40, 12)])
async def test_charts_fit_any_terminal(open_screen: Any, size: tuple[int, int]) -> None:
    async with open_screen(size=size) as screen:
        await screen.press("g", "i", "G", "tab")
        assert all(len(line) <= size[0] for line in screen.lines())
        assert "close" in screen.text


async def test_a_feed_that_is_never_read_can_be_left_and_taken_back(open_screen: Any) -> None:
    async with open_screen() as screen:
        screen.ask(_follow_since_long)
        feeds = len(screen.ask(lambda reader: reader.subscriptions()))
        await screen.press("g", "i", "tab", "x")
        assert "no longer followed" in screen.status
        assert len(screen.ask(lambda reader: reader.subscriptions())) == feeds - 1
        await screen.press("U")
        assert len(screen.ask(lambda reader: reader.subscriptions())) == feeds


async def test_enter_on_a_feed_lists_it(open_screen: Any) -> None:
    async with open_screen() as screen:
        await screen.press("g", "i", "tab", "j")
        dialog = screen.app.screen
        assert isinstance(dialog, StatisticsDialog)
        assert not dialog.query_one(StatisticsPage).display
        await screen.press("enter")
        node = screen.main.listed
        assert node is not None
        assert node.kind == "feed"


def _follow_since_long(reader: Reader) -> None:
    with reader._store.transaction():
        reader._store.connection.execute("UPDATE feeds SET added_at = 0")
