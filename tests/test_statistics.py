"""What is counted as read, what the figures say, and that a large store answers at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedreader.core.document import Style, to_plain
from feedreader.core.identity import identify
from feedreader.core.plan import plan_entries
from feedreader.core.statistics_page import duration_in_words, lay_out_statistics
from feedreader.core.width import cell_width
from feedreader.model import Entry, FeedUpdate, PollState
from feedreader.model.statistics import FeedFigures, Figures, Statistics
from feedreader.reader import Reader
from feedreader.store import Store
from feedreader.store.statistics import day_of, hour_of

TODAY = datetime(2026, 11, 25, 12, tzinfo=UTC)


class Desk:
    """A reader whose clock can be set, and feeds that send what a test wants."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = TODAY
        self.reader = Reader(path, clock=lambda: self.now)
        self._sent = 0

    def follow(self, title: str = "Feed") -> int:
        feed, _ = self.reader.subscribe(f"https://{title.lower()}.example/feed", title=title)
        return feed.id

    def send(
        self, feed_id: int, count: int, *, words: int = 100, unread_limit: int | None = None
    ) -> list[int]:
        """Let entries come; return their ids."""
        numbers = range(self._sent, self._sent + count)
        self._sent += count
        entries = identify(
            [Entry(guid=str(n), title=f"e{n}", summary_html="word " * words) for n in numbers]
        )
        with Store(self.path) as store:
            plan = plan_entries(entries, store.entries.known(feed_id, entries))
            update = FeedUpdate(feed_id, PollState(), new=plan.new, unread_limit=unread_limit)
            store.apply([update], self.now)
        return sorted(self.reader.entry_ids(""))[-count:]

    def total(self, days: int = 30) -> Figures:
        return self.reader.statistics.over(days).total


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "feeds.db")
    yield desk
    assert desk.reader.find_problems() == ()
    desk.reader.close()


def test_what_comes_is_counted_by_feed_and_day(desk: Desk) -> None:
    feed_id = desk.follow()
    desk.send(feed_id, 3)
    desk.now += timedelta(days=2)
    desk.send(feed_id, 2)
    statistics = desk.reader.statistics.over(5)
    assert [day.received for day in statistics.days] == [0, 0, 3, 0, 2]
    assert [(one.title, one.figures.received) for one in statistics.feeds] == [("Feed", 5)]


def test_of_a_first_fetch_only_what_is_unread_counts_as_come(desk: Desk) -> None:
    desk.send(desk.follow(), 50, unread_limit=20)
    assert desk.total().received == 20


def test_entries_that_came_before_the_stretch_do_not_count(desk: Desk) -> None:
    desk.send(desk.follow(), 3)
    desk.now += timedelta(days=7)
    assert desk.total(7).received == 0
    assert desk.total(8).received == 3


def test_one_by_one_is_read_and_together_is_skipped(desk: Desk) -> None:
    ids = desk.send(desk.follow(), 10)
    desk.reader.mark_read([ids[0]])
    desk.reader.mark_read([ids[0]])
    desk.reader.mark_read("is:unread")
    assert (desk.total().read, desk.total().skipped) == (1, 9)


def test_copies_of_one_story_are_read_with_it_in_their_own_feeds(desk: Desk) -> None:
    first, second = desk.follow("First"), desk.follow("Second")
    ids = [*desk.send(first, 1, words=300), *desk.send(second, 1, words=300)]
    desk.send(second, 3, words=20)
    with Store(desk.path) as store, store.transaction():
        store.connection.execute("UPDATE entries SET story_id = 7 WHERE id IN (?, ?)", ids)
    change = desk.reader.mark_read(ids[:1])
    figures = {one.feed_id: one.figures for one in desk.reader.statistics.over(7).feeds}
    assert [figures[feed].read for feed in (first, second)] == [1, 1]
    assert desk.total().skipped == 0
    desk.reader.undo(change)
    assert desk.total().read == 0


def test_undone_mark_of_unread_leaves_all_as_it_was_read(desk: Desk) -> None:
    feed_id = desk.follow()
    past = desk.send(feed_id, 3, unread_limit=0)
    (read,) = desk.send(feed_id, 1)
    desk.reader.mark_read([read])
    before = [(one.id, one.is_read) for one in desk.reader.entries("")]
    desk.now += timedelta(days=2)
    unread = desk.reader.mark_read([*past, read], False)
    assert (unread.count, desk.total().read) == (4, 0)
    desk.reader.undo(unread)
    assert [(one.id, one.is_read) for one in desk.reader.entries("")] == before
    assert [(day.read, day.skipped) for day in desk.reader.statistics.over(3).days] == [
        (1, 0), (0, 0), (0, 0),
    ]  # fmt: skip


def test_undone_mark_of_what_is_unread_again_leaves_it_so(desk: Desk) -> None:
    ids = desk.send(desk.follow(), 1)
    desk.reader.mark_read(ids)
    with Store(desk.path) as store:
        store.connection.execute("UPDATE entries SET is_read = 0")  # as an edit does
    desk.now += timedelta(days=1)
    desk.reader.undo(desk.reader.mark_read(ids))
    assert [one.is_unread_again for one in desk.reader.entries("")] == [True]


def test_what_was_read_one_by_one_can_be_taken_back_together(desk: Desk) -> None:
    ids = desk.send(desk.follow(), 3)
    for entry_id in ids:
        desk.reader.mark_read([entry_id])
    desk.reader.mark_read(ids[:2], False)
    assert (desk.total().read, desk.total().skipped) == (1, 0)


def test_what_a_rule_read_takes_nothing_back_from_what_the_user_read(desk: Desk) -> None:
    ids = desk.send(desk.follow(), 2)
    desk.reader.rules.apply(desk.reader.rules.add("when intitle:e0 then read").number)
    desk.reader.mark_read(ids)
    desk.reader.mark_read("intitle:e0", False)
    assert (desk.total().read, desk.total().skipped) == (1, 0)
    desk.now += timedelta(minutes=1)
    desk.reader.mark_read("intitle:e0")
    assert desk.total().read == 2
    desk.reader.mark_read("intitle:e0", False)
    assert desk.total().read == 1


def test_days_and_feeds_add_up_to_the_same_though_the_clock_was_ahead(desk: Desk) -> None:
    feed_id = desk.follow()
    desk.now += timedelta(days=3)
    desk.reader.mark_read(desk.send(feed_id, 1))
    desk.now -= timedelta(days=3)
    desk.reader.mark_read(desk.send(feed_id, 1))
    statistics = desk.reader.statistics.over(7)
    assert [(one.received, one.read) for one in (feed.figures for feed in statistics.feeds)] == [
        (statistics.total.received, statistics.total.read)
    ]
    assert sum(map(sum, statistics.hours)) == 1


def test_pages_that_the_user_added_are_followed_but_never_called_unread(desk: Desk) -> None:
    page, _ = desk.reader.subscribe("feedreader:pages", kind="pages", title="Saved pages")
    desk.now += timedelta(days=20)
    (entry_id,) = desk.send(page.id, 1)
    assert desk.reader.statistics.over(30).never_read == ()
    desk.reader.mark_read([entry_id])
    assert [one.title for one in desk.reader.statistics.over(30).feeds] == ["Saved pages"]


def test_undone_marks_are_taken_back_where_they_were_counted(desk: Desk) -> None:
    ids = desk.send(desk.follow(), 5)
    one = desk.reader.mark_read([ids[0]])
    desk.now += timedelta(days=1)
    many = desk.reader.mark_read("")
    desk.reader.undo(many)
    desk.reader.undo(one)
    assert (desk.total().read, desk.total().skipped) == (0, 0)
    desk.reader.undo(one)
    assert desk.total().read == 0


def test_seconds_and_the_words_that_they_are_enough_for_are_counted(desk: Desk) -> None:
    short, long = desk.send(desk.follow(), 1, words=50)[0], desk.send(1, 1, words=5000)[0]
    desk.reader.statistics.note_reading([(short, 60.0), (long, 60.4)])
    total = desk.total()
    assert total.seconds == 120
    assert total.words == 50 + 220


def test_reading_of_an_entry_that_is_gone_is_not_counted(desk: Desk) -> None:
    desk.reader.statistics.note_reading([(4711, 60.0)])
    assert desk.total() == Figures()


def test_figures_outlive_entries_and_feeds(desk: Desk) -> None:
    feed_id = desk.follow()
    ids = desk.send(feed_id, 2)
    desk.reader.mark_read([ids[0]])
    desk.reader.delete("")
    desk.reader.unsubscribe(feed_id)
    desk.now += timedelta(days=40)
    desk.reader.vacuum()
    statistics = desk.reader.statistics.over(60)
    assert (statistics.total.received, statistics.total.read) == (2, 1)
    assert [one.title for one in statistics.feeds] == [""]
    assert statistics.never_read == ()


def test_one_feed_can_be_looked_at_alone(desk: Desk) -> None:
    first, second = desk.follow("First"), desk.follow("Second")
    desk.send(first, 2)
    desk.send(second, 3)
    statistics = desk.reader.statistics.over(7, second)
    assert statistics.total.received == 3
    assert [one.feed_id for one in statistics.feeds] == [second]
    assert {one.feed_id for one in statistics.longest_unread} == {second}


def test_hours_of_the_week_hold_seconds_if_there_are_any_else_entries(desk: Desk) -> None:
    ids = desk.send(desk.follow(), 2)
    desk.reader.mark_read([ids[0]])
    local = desk.now.astimezone()
    statistics = desk.reader.statistics.over(7)
    assert not statistics.is_timed
    assert statistics.hours[local.weekday()][local.hour] == 1
    desk.reader.statistics.note_reading([(ids[0], 30.0)])
    statistics = desk.reader.statistics.over(7)
    assert statistics.is_timed
    assert statistics.hours[local.weekday()][local.hour] == 30
    assert sum(map(sum, statistics.hours)) == 30


def test_streak_counts_days_up_to_today_or_yesterday(desk: Desk) -> None:
    ids = desk.send(desk.follow(), 9)
    for at, days in enumerate((0, 2, 3, 4)):
        desk.now = TODAY + timedelta(days=days)
        desk.reader.mark_read([ids[at]])
    for days, streak in ((4, 3), (5, 3), (6, 0)):
        desk.now = TODAY + timedelta(days=days)
        assert desk.reader.statistics.over(30).streak_days == streak


def test_never_read_are_feeds_that_sent_and_were_never_looked_at(desk: Desk) -> None:
    names = ("Loud", "Quiet", "Read", "Glanced", "Starred", "Silent")
    feeds = {name: desk.follow(name) for name in names}
    desk.now += timedelta(days=10)
    sent = {name: desk.send(feeds[name], 2) for name in names[1:5]}
    desk.send(feeds["Loud"], 5)
    desk.reader.mark_read([sent["Read"][0]])
    desk.reader.statistics.note_reading([(sent["Glanced"][0], 9.0)])
    desk.reader.star([sent["Starred"][0]])
    desk.send(desk.follow("Fresh"), 3)
    statistics = desk.reader.statistics.over(30)
    assert [one.title for one in statistics.never_read] == ["Loud", "Quiet"]


def test_oldest_unread_entries_come_first(desk: Desk) -> None:
    feed_id = desk.follow()
    ids = []
    for _ in range(8):
        ids += desk.send(feed_id, 1)
        desk.now += timedelta(days=1)
    desk.reader.mark_read([ids[0]])
    found = desk.reader.statistics.over(7).longest_unread
    assert [one.id for one in found] == ids[1:6]


def test_a_read_only_store_counts_nothing_and_goes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = desk.send(desk.follow(), 1)
    with Reader(desk.path) as reader:
        monkeypatch.setattr(reader._store.connection, "is_read_only", True)
        reader.statistics.note_reading([(ids[0], 60.0)])
    assert desk.total().seconds == 0


def test_day_and_hour_are_those_of_the_wall_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
    try:
        for zone, hour in (("UTC0", 23), ("Asia/Kolkata", 29), ("America/New_York", 18)):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            start = datetime(2026, 11, 25).toordinal() * 24
            assert hour_of(moment) - start == hour
            assert day_of(moment) == (start + hour) // 24
    finally:
        monkeypatch.undo()
        time.tzset()


def test_figures_of_a_large_store_come_at_once(desk: Desk) -> None:
    """Three years of 400 feeds, each day something of each: as rows, a million entries and more."""
    with Store(desk.path) as store, store.transaction():
        today = day_of(desk.now)
        store.connection.execute_many(
            "INSERT INTO feeds (url, kind, title, added_at) VALUES (?, 'http', ?, 0)",
            ((f"http://{number}.example/", f"Feed {number}") for number in range(400)),
        )
        store.connection.execute_many(
            "INSERT INTO arrival_days (day, feed_id, received) VALUES (?, ?, 3)",
            ((today - day, feed) for day in range(1095) for feed in range(1, 401)),
        )
        store.connection.execute_many(
            "INSERT INTO reading_hours (hour, feed_id, read, seconds) VALUES (?, ?, 1, 60)",
            (
                ((today - day) * 24 + hour, feed)
                for day in range(1095)
                for hour in (8, 12, 21)
                for feed in range(1, 21)
            ),
        )
    began = time.process_time()
    statistics = desk.reader.statistics.over(30)
    assert time.process_time() - began < 0.5
    assert statistics.total.received == 30 * 400 * 3
    assert statistics.streak_days == 1095


# --- the page -------------------------------------------------------------------------------


def some(days: int = 30, title: str = "A feed", scale: int = 1) -> Statistics:
    figures = tuple(
        Figures(scale * (day % 7 * 3), scale * (day % 3), 0, scale * 60, scale * 200)
        for day in range(days)
    )
    feeds = tuple(
        FeedFigures(number, f"{title} {number}", 5, Figures(20 - number, max(0, 10 - number)))
        for number in range(18)
    )
    hours = tuple(tuple(scale * (hour * weekday) for hour in range(24)) for weekday in range(7))
    return Statistics(
        datetime(2026, 10, 27).date(), figures, feeds, hours, True, 4, feeds[10:], ()
    )  # fmt: skip


@pytest.mark.parametrize("width", [24, 40, 60, 76, 80, 100, 200])
@pytest.mark.parametrize("days", [1, 7, 30, 90, 365, 3660])
def test_no_line_is_wider_than_the_terminal(width: int, days: int) -> None:
    for statistics in (some(days), some(days, "漢字の新聞" * 30), some(days, scale=10**7)):
        document = lay_out_statistics(statistics, width=width, now=TODAY)
        assert max(cell_width(line.text) for line in document.lines) <= min(max(width, 24), 100)


@pytest.mark.parametrize(
    ("days", "span"), [(30, "27 Oct – 25 Nov"), (365, "27 Oct 2026 – 26 Oct 2027")]
)
def test_stretch_names_the_years_that_it_joins(days: int, span: str) -> None:
    text = to_plain(lay_out_statistics(some(days), width=80, now=TODAY))
    assert text.splitlines()[0].endswith(f"  {span}")


def test_what_is_read_is_solid_and_what_is_not_is_shaded() -> None:
    document = lay_out_statistics(some(), width=80, now=TODAY)
    assert "█ read  ░ not read" in to_plain(document)
    starts = {heading.text: heading.line for heading in document.headings}
    chart = document.lines[starts["Each day"] + 1 : starts["When you read"]]
    spans = [span for line in chart for span in line.spans]
    shaded = {span.style for span in spans if "░" in span.text}
    solid = {span.style for span in spans if set("▁▂▃▄▅▆▇█") & set(span.text)}
    assert (shaded, solid) == ({Style.DIM}, {Style.TAG})


def test_titles_from_strangers_are_made_safe() -> None:
    document = lay_out_statistics(some(title="evil\x1b]0;x\x07\u202e"), width=80, now=TODAY)
    assert "\x1b" not in to_plain(document)
    assert "\u202e" not in to_plain(document)


def test_nothing_to_tell_is_told_in_a_few_lines() -> None:
    nothing = Statistics(TODAY.date(), (Figures(),), (), ((0,) * 24,) * 7, False, 0, (), ())
    text = to_plain(lay_out_statistics(nothing, width=80, now=TODAY))
    assert "0 received" in text
    assert len(text.splitlines()) <= 6


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3720, "1 h 02 min")]
)
def test_durations_in_words(seconds: int, words: str) -> None:
    assert duration_in_words(seconds) == words


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1, max_size=400))
def test_any_figures_can_be_drawn(days: list[tuple[int, int]]) -> None:
    figures = tuple(Figures(received, read) for received, read in days)
    statistics = Statistics(TODAY.date(), figures, (), ((0,) * 24,) * 7, False, 0, (), ())
    document = lay_out_statistics(statistics, width=60, now=TODAY)
    assert all(cell_width(line.text) <= 60 for line in document.lines)
