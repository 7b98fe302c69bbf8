"""Editions in a real database: made once a day, read to the end, leftovers by rule."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desk import MORNING, Desk
from feedreader.errors import NotFound, QueryError
from feedreader.model import EditionPlan, EditionSection
from feedreader.reader import Reader
from feedreader.store import Store
from feedreader.store.editions import EditionStore
from newsroom import BRIDGE, OWLS, Newsroom

NEWS = EditionSection("News", "folder:News", most=4, per_feed=2)
REST = EditionSection("Rest", "", most=4, per_feed=2)
PLAN = EditionPlan("Morning", (NEWS, REST))


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "feeds.db")
    desk.bring("daily", "d1", "d2", "d3", "d4", folder="News")
    desk.bring("weekly", "w1", folder="News")
    desk.bring("blog", "b1", "b2", "b3")
    return desk


# --- making ---------------------------------------------------------------------------------


def test_a_paper_has_its_sections_in_order_and_feeds_by_turns(desk: Desk) -> None:
    desk.reader.editions.define(PLAN)
    made = desk.reader.editions.make("Morning")
    assert made.is_new
    assert desk.titles() == [
        "News: d1", "News: w1", "News: d2", "Rest: b1", "Rest: d3", "Rest: b2", "Rest: d4",
    ]  # fmt: skip
    assert made.edition is not None
    assert (made.edition.entry_count, made.edition.unread_count) == (7, 7)


def test_making_it_again_on_a_day_changes_nothing(desk: Desk) -> None:
    desk.reader.editions.define(PLAN)
    first = desk.reader.editions.make("Morning")
    desk.bring("daily", "news of noon", folder="News")
    second = desk.reader.editions.make("Morning")
    assert (second.edition, second.is_new) == (first.edition, False)


def test_it_can_be_made_anew_when_asked(desk: Desk) -> None:
    desk.reader.editions.define(PLAN)
    desk.reader.editions.make("Morning")
    desk.bring("daily", "news of noon", folder="News")
    assert desk.reader.editions.make("Morning", again=True).is_new
    assert "News: news of noon" in desk.titles()
    assert len(desk.reader.editions.all()) == 1


def test_nothing_new_makes_no_paper(desk: Desk) -> None:
    desk.reader.editions.define(PLAN)
    desk.reader.mark_read("")
    assert desk.reader.editions.make("Morning").edition is None
    assert desk.reader.editions.all() == ()


def test_a_story_of_two_feeds_stands_there_once(desk: Desk) -> None:
    with Store(desk.path) as store, store.transaction():
        store.connection.execute("UPDATE entries SET link = 'https://x.example/s?utm_source=a'")
    desk.reader.editions.define(PLAN)
    desk.reader.editions.make("Morning")
    assert len(desk.titles()) == 1


def test_a_story_told_at_two_addresses_stands_there_once(tmp_path: Path) -> None:
    room = Newsroom(tmp_path / "news.db")
    for feed in ("Harbour Post", "Island Times"):
        link = f"https://{feed.split()[0].lower()}.example/bridge"
        room.bring(feed, f"Bridge to be built, says {feed}", BRIDGE, link=link)
    room.bring("Island Times", "Owls in the mill", OWLS, link="https://island.example/owls")
    room.reader.editions.define(EditionPlan("Morning", (EditionSection("News", ""),)))
    room.reader.editions.make("Morning")
    (edition,) = room.reader.editions.all()
    assert len(room.reader.editions.entries(edition.id)) == 2
    room.close()


def test_a_copy_of_what_stood_in_a_paper_stands_in_no_later_one(tmp_path: Path) -> None:
    room = Newsroom(tmp_path / "copies.db")
    room.reader.editions.define(EditionPlan("Morning", (EditionSection("All", ""),)))
    room.bring("agency", "Steel", BRIDGE)
    assert room.reader.editions.make("Morning").is_new
    room.wait(days=1)
    room.bring("whole", "Dear bridge", BRIDGE)
    assert not room.reader.editions.make("Morning").is_new
    room.close()


def test_an_edition_is_one_however_its_name_is_capitalised(desk: Desk) -> None:
    desk.reader.editions.define(EditionPlan("Morning", (EditionSection("All", ""),)))
    desk.reader.editions.define(EditionPlan("MORNING", (EditionSection("New", ""),)))
    (plan,) = desk.reader.editions.plans()
    assert (plan.name, [one.title for one in plan.sections]) == ("Morning", ["New"])
    made = desk.reader.editions.make("morning")
    assert made.edition is not None
    assert made.edition.name == "Morning"
    assert not desk.reader.editions.make("Morning").is_new
    desk.reader.editions.remove("mORNING")
    assert desk.reader.editions.all() == desk.reader.editions.plans() == ()


def test_muted_and_deleted_entries_and_those_of_removed_feeds_stay_out(desk: Desk) -> None:
    desk.reader.editions.define(PLAN)
    desk.reader.editions.make("Morning")
    desk.reader.delete(desk.ids("d1"))
    desk.reader.unsubscribe(desk.feeds["blog"])
    with Store(desk.path) as store, store.transaction():
        store.connection.execute("UPDATE entries SET is_muted = 1 WHERE title = 'w1'")
    assert desk.titles() == ["News: d2", "Rest: d3", "Rest: d4"]
    edition = desk.reader.editions.find(["Morning"])
    assert (edition.entry_count, edition.unread_count) == (3, 3)


def test_a_query_may_bring_its_own_order_and_limit(desk: Desk) -> None:
    section = EditionSection("Oldest", "folder:News sort:date limit:2", most=9, per_feed=1)
    desk.reader.editions.define(EditionPlan("Morning", (section,)))
    desk.reader.editions.make("Morning")
    assert desk.titles() == ["Oldest: d4", "Oldest: w1"]


def test_progress_follows_the_reading(desk: Desk) -> None:
    desk.reader.editions.define(PLAN)
    desk.reader.editions.make("Morning")
    desk.reader.mark_read(desk.ids("d1", "b1"))
    edition = desk.reader.editions.find([])
    assert (edition.unread_count, edition.minutes, edition.minutes_left) == (5, 7, 5)
    desk.reader.mark_read("")
    assert desk.reader.editions.find([]).is_done


# --- leftovers ------------------------------------------------------------------------------


@pytest.fixture
def next_day(desk: Desk) -> Callable[..., None]:
    """Make a paper, read one story, let a day go by that brings one more, make the next."""

    def go(leftovers: str) -> None:
        desk.reader.editions.define(replace(PLAN, leftovers=leftovers))  # type: ignore[arg-type]
        desk.reader.editions.make("Morning")
        desk.reader.mark_read(desk.ids("d1"))
        desk.now += timedelta(days=1)
        desk.bring("daily", "tomorrow", folder="News")
        desk.reader.editions.make("Morning")

    return go


def test_leftovers_that_are_kept_stay_unread_and_do_not_come_again(
    desk: Desk, next_day: Callable[..., None]
) -> None:
    next_day("keep")
    assert desk.titles() == ["News: tomorrow", "Rest: b3"]
    assert desk.is_unread("w1")


def test_leftovers_can_count_as_read(desk: Desk, next_day: Callable[..., None]) -> None:
    desk.reader.read_later(desk.ids("b2"))
    next_day("read")
    assert desk.titles() == ["News: tomorrow", "Rest: b3"]
    assert not desk.is_unread("w1")
    assert desk.is_unread("b2"), "what was put aside is not thrown away"
    assert desk.is_unread("b3"), "it never stood in a paper"


def test_leftovers_come_again_once(desk: Desk, next_day: Callable[..., None]) -> None:
    next_day("carry")
    first = desk.titles()
    assert first == [
        "News: w1", "News: d2", "News: tomorrow", "Rest: b1", "Rest: d3", "Rest: b2", "Rest: d4",
    ]  # fmt: skip
    desk.now += timedelta(days=1)
    desk.reader.editions.make("Morning")
    assert desk.titles() == ["News: tomorrow", "Rest: b3"]
    assert desk.is_unread("w1")


def test_leftovers_wait_until_there_is_a_next_paper(desk: Desk) -> None:
    desk.reader.editions.define(replace(PLAN, leftovers="read"))
    desk.reader.editions.make("Morning")
    desk.reader.mark_read(desk.ids("b3"))
    desk.now += timedelta(days=1)
    assert desk.reader.editions.make("Morning").edition is None
    assert desk.is_unread("w1")


# --- when it is due -------------------------------------------------------------------------


def test_papers_are_made_when_they_are_due_and_not_before(desk: Desk) -> None:
    editions = desk.reader.editions
    editions.define(replace(PLAN, at_minute=9 * 60, name="Nine"))
    editions.define(replace(PLAN, schedule="by_hand", name="Hand"))
    desk.now = MORNING - timedelta(days=1) + timedelta(hours=2)
    assert [one.name for one in editions.make_due()] == ["Nine"]
    assert editions.make_due() == ()
    desk.now = MORNING
    desk.bring("daily", "morning", folder="News")
    assert editions.make_due() == ()
    desk.now += timedelta(hours=2)
    assert [one.name for one in editions.make_due()] == ["Nine"]


def test_a_paper_that_was_slept_through_is_made_later(desk: Desk) -> None:
    editions = desk.reader.editions
    editions.define(replace(PLAN, schedule="weekly", weekday=0))
    desk.now = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    editions.make("Morning")
    desk.now = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)  # a Tuesday evening
    desk.bring("daily", "of monday", folder="News")
    (made,) = editions.make_due()
    assert made.edition is not None
    assert made.edition.day.isoformat() == "2026-11-24"


def test_a_query_that_names_what_is_gone_is_told_and_holds_up_no_other(desk: Desk) -> None:
    editions = desk.reader.editions
    desk.reader.save_search("mine", "d1")
    editions.define(EditionPlan("Broken", (EditionSection("A", "search:mine"),)))
    editions.define(PLAN)
    desk.reader.remove_search("mine")
    broken, fine = editions.make_due()
    assert (broken.name, broken.edition, bool(broken.error)) == ("Broken", None, True)
    assert fine.is_new


def test_local_days_count_where_the_user_lives(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    desk.now = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)
    desk.reader.editions.define(PLAN)
    made = desk.reader.editions.make("Morning")
    assert made.edition is not None
    assert made.edition.day.isoformat() == "2026-11-26"
    due = desk.reader.editions.next_due(PLAN)
    assert due is not None
    assert f"{due:%Y-%m-%d %H:%M}" == "2026-11-27 07:00"


# --- plans and names ------------------------------------------------------------------------


def test_plans_are_kept_as_they_were_given(desk: Desk) -> None:
    plan = EditionPlan("Ünï", (NEWS, replace(REST, title="⚽")), None, 45, "weekly", 6, 61, "carry")
    desk.reader.editions.define(plan)
    assert desk.reader.editions.plans() == (plan,)
    desk.reader.editions.remove("Ünï")
    assert desk.reader.editions.plans() == ()


@pytest.mark.parametrize(
    "plan",
    [
        replace(PLAN, name=""),
        replace(PLAN, name="a\nb"),
        replace(PLAN, name="2026-11-25"),
        replace(PLAN, sections=(NEWS, NEWS)),
        replace(PLAN, sections=(replace(NEWS, title=""),)),
        replace(PLAN, sections=(replace(NEWS, most=0),)),
        replace(PLAN, most_minutes=-1),
    ],
)
def test_plans_that_make_no_paper_are_refused(desk: Desk, plan: EditionPlan) -> None:
    with pytest.raises(ValueError):
        desk.reader.editions.define(plan)


def test_a_query_that_cannot_be_read_is_refused(desk: Desk) -> None:
    with pytest.raises(QueryError):
        desk.reader.editions.define(replace(PLAN, sections=(EditionSection("A", "is:what"),)))


def test_papers_are_found_by_name_and_day(desk: Desk) -> None:
    editions = desk.reader.editions
    for name in ("Morning", "Evening"):
        editions.define(replace(PLAN, name=name))
    editions.make("Morning")
    desk.now += timedelta(days=1)
    desk.bring("daily", "new", folder="News")
    editions.make("Morning")
    editions.make("Evening")
    found = [editions.find(words) for words in (["morning"], ["2026-11-25"], ["Evening"], [])]
    assert [(one.name, str(one.day)) for one in found] == [
        ("Morning", "2026-11-26"),
        ("Morning", "2026-11-25"),
        ("Evening", "2026-11-26"),
        ("Evening", "2026-11-26"),
    ]
    for words in (["Nobody"], ["2020-01-01"], ["Evening", "2026-11-25"]):
        with pytest.raises(NotFound):
            editions.find(words)


def test_removing_an_edition_leaves_the_stories_in_their_feeds(desk: Desk) -> None:
    desk.reader.editions.define(PLAN)
    desk.reader.editions.make("Morning")
    desk.reader.editions.remove("Morning")
    assert desk.reader.editions.all() == ()
    assert desk.reader.count("is:unread") == 8


def test_old_papers_are_forgotten(desk: Desk) -> None:
    editions = desk.reader.editions
    editions.define(EditionPlan("Morning", (EditionSection("All", "", 1, 1),)))
    for day in range(70):
        desk.now = MORNING + timedelta(days=day)
        desk.bring("daily", f"of day {day}")
        assert editions.make("Morning").is_new
    assert len(editions.all()) == 60


# --- as files -------------------------------------------------------------------------------


def test_a_paper_and_a_query_can_be_exported(desk: Desk) -> None:
    editions = desk.reader.editions
    editions.define(PLAN)
    made = editions.make("Morning")
    assert made.edition is not None
    paper = editions.paper(made.edition)
    assert [section.title for section in paper.sections] == ["News", "Rest"]
    assert [one.title for one in paper.entries][:2] == ["d1", "w1"]
    assert editions.paper(made.edition).identifier == paper.identifier
    found = editions.paper_of("Two", "folder:News", limit=2)
    assert [one.title for one in found.entries] == ["d1", "w1"]


def test_making_it_anew_may_take_the_same_stories_again(desk: Desk) -> None:
    desk.reader.editions.define(PLAN)
    desk.reader.editions.make("Morning")
    first = desk.titles()
    assert desk.reader.editions.make("Morning", again=True).is_new
    assert desk.titles() == first
    desk.reader.mark_read("")
    kept = desk.reader.editions.make("Morning", again=True)
    assert (kept.is_new, kept.edition is not None) == (False, True)


def test_others_may_write_while_a_paper_is_chosen(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.reader.editions.define(PLAN)
    original = EditionStore.candidates
    wrote: list[bool] = []

    def choose(store: EditionStore, *words: object, **values: object) -> object:
        with Reader(desk.path) as other:
            wrote.append(other.star(desk.ids("d4"), not wrote).count == 1)
        return original(store, *words, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(EditionStore, "candidates", choose)
    assert desk.reader.editions.make("Morning").is_new
    assert wrote == [True, True]


def test_after_the_paper_of_today_the_next_is_one_of_another_day(desk: Desk) -> None:
    plan = replace(PLAN, at_minute=18 * 60)
    desk.reader.editions.define(plan)
    assert f"{desk.reader.editions.next_due(plan):%d %H:%M}" == "25 18:00"
    desk.reader.editions.make("Morning")
    assert f"{desk.reader.editions.next_due(plan):%d %H:%M}" == "26 18:00"
