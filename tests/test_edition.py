"""Composing a paper fairly, and when the next is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedreader.core.edition import (
    Candidate,
    Leftover,
    compose,
    last_due,
    next_due,
    schedule_in_words,
)
from feedreader.core.text import reading_minutes
from feedreader.model import EditionPlan, EditionSection


def candidate(entry_id: int, feed_id: int = 1, minutes: int = 1, *copy_keys: str) -> Candidate:
    return Candidate(entry_id, feed_id, minutes, frozenset(copy_keys))


def plan(*sections: EditionSection, **values: object) -> EditionPlan:
    return EditionPlan("Paper", sections, **values)  # type: ignore[arg-type]


def ids(entries: object) -> list[int]:
    return [entry.entry_id for entry in entries]  # type: ignore[attr-defined]


ONE = EditionSection("One", "", most=6, per_feed=2)
TWO = EditionSection("Two", "", most=6, per_feed=2)


def test_a_loud_feed_does_not_drown_the_others() -> None:
    loud = [candidate(number, 1) for number in range(1, 50)]
    quiet = [candidate(100, 2), candidate(200, 3)]
    paper = compose(plan(ONE), [[*loud, *quiet]])
    assert ids(paper) == [1, 100, 200, 2]


def test_feeds_take_turns_in_the_order_of_their_best_entries() -> None:
    some = [candidate(1, 1), candidate(2, 2), candidate(3, 2), candidate(4, 1)]
    assert ids(compose(plan(ONE), [some])) == [1, 2, 4, 3]


def test_a_limit_on_the_whole_starves_no_section() -> None:
    first = [candidate(number, number) for number in range(1, 20)]
    second = [candidate(number, number) for number in range(101, 120)]
    paper = compose(plan(ONE, TWO, most_entries=5), [first, second])
    assert [entry.section for entry in paper] == ["One"] * 3 + ["Two"] * 2
    assert ids(paper) == [1, 2, 3, 101, 102]


def test_a_section_takes_no_more_than_it_may() -> None:
    many = [candidate(number, number) for number in range(1, 20)]
    assert len(compose(plan(ONE), [many])) == 6


def test_no_story_stands_there_twice() -> None:
    original = candidate(1, 1, 1, "link a.example/x")
    copy = candidate(2, 2, 1, "link a.example/x")
    paper = compose(plan(ONE, TWO), [[original, candidate(3, 1)], [copy, original, candidate(4)]])
    assert ids(paper) == [1, 3, 4]


def test_a_copy_does_not_use_up_what_its_feed_may_give() -> None:
    first = [candidate(1, 1, 1, "same")]
    second = [candidate(2, 2, 1, "same"), candidate(3, 2), candidate(4, 2), candidate(5, 2)]
    paper = compose(plan(ONE, TWO), [first, second])
    assert ids(paper) == [1, 3, 4]


def test_a_long_story_makes_room_for_shorter_ones() -> None:
    some = [candidate(1, 1, 12), candidate(2, 2, 30), candidate(3, 3, 5), candidate(4, 4, 3)]
    paper = compose(plan(ONE, most_minutes=20), [some])
    assert ids(paper) == [1, 3, 4]


def test_leftovers_come_first_in_their_section_and_count() -> None:
    leftovers = [Leftover("Two", candidate(7)), Leftover("Gone", candidate(8))]
    paper = compose(
        plan(ONE, EditionSection("Two", "", most=2)),
        [[candidate(1)], [candidate(7), candidate(2), candidate(3)]],
        leftovers,
    )
    assert [(entry.section, entry.entry_id, entry.is_carried) for entry in paper] == [
        ("One", 8, True),
        ("One", 1, False),
        ("Two", 7, True),
        ("Two", 2, False),
    ]


def test_a_plan_without_sections_makes_nothing() -> None:
    assert compose(plan(), [], [Leftover("One", candidate(1))]) == ()


def nth(number: int) -> Candidate:
    """One of sixty entries of five feeds, some of them copies of others."""
    return candidate(number, number % 5, number * 7 % 30 + 1, f"story {number % 17}")


SOME = st.lists(st.builds(nth, st.integers(1, 60)), unique_by=lambda one: one.id, max_size=40)


@given(
    st.tuples(SOME, SOME),
    st.one_of(st.none(), st.integers(1, 12)),
    st.one_of(st.none(), st.integers(1, 60)),
)
def test_a_paper_keeps_every_limit(
    some: tuple[list[Candidate], list[Candidate]],
    most_entries: int | None,
    most_minutes: int | None,
) -> None:
    made = plan(ONE, TWO, most_entries=most_entries, most_minutes=most_minutes)
    paper = compose(made, some)
    assert len(paper) <= (most_entries or 12)
    chosen = {entry: nth(entry.entry_id) for entry in paper}
    keys = [key for one in chosen.values() for key in one.copy_keys]
    assert len(set(keys)) == len(keys)
    assert most_minutes is None or sum(one.minutes for one in chosen.values()) <= most_minutes
    for title in ("One", "Two"):
        feeds = [one.feed_id for entry, one in chosen.items() if entry.section == title]
        assert len(feeds) <= 6
        assert all(feeds.count(feed) <= 2 for feed in feeds)


def test_a_section_of_everything_leaves_the_ones_before_it_their_stories() -> None:
    of_news = [candidate(number, number) for number in range(1, 5)]
    others = [candidate(number, number) for number in range(11, 15)]
    paper = compose(plan(ONE, TWO), [of_news, [*of_news, *others]])
    assert [(one.section, one.entry_id) for one in paper] == [
        *(("One", number) for number in range(1, 5)),
        *(("Two", number) for number in range(11, 15)),
    ]


def test_what_is_too_long_is_replaced_by_what_no_section_chose() -> None:
    long = [candidate(number, number, 50) for number in range(1, 7)]
    short = [candidate(number, number, 2) for number in range(11, 15)]
    assert ids(compose(plan(ONE, most_minutes=5), [[*long, *short]])) == [11, 12]


def test_reading_takes_at_least_a_minute_and_begun_ones_count() -> None:
    words = (0, 40, 220, 221, 440, 441, 2200)
    assert [reading_minutes(count) for count in words] == [1, 1, 1, 2, 2, 3, 10]


# --- when -----------------------------------------------------------------------------------

WEDNESDAY = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "last", "following"),
    [
        ({}, "2026-11-25 07:00", "2026-11-26 07:00"),
        ({"at_minute": 18 * 60}, "2026-11-24 18:00", "2026-11-25 18:00"),
        ({"schedule": "weekly", "weekday": 5}, "2026-11-21 07:00", "2026-11-28 07:00"),
        ({"schedule": "weekly", "weekday": 2}, "2026-11-25 07:00", "2026-12-02 07:00"),
        (
            {"schedule": "weekly", "weekday": 2, "at_minute": 900},
            "2026-11-18 15:00",
            "2026-11-25 15:00",
        ),
    ],
)
def test_papers_are_due_at_their_time(values: dict[str, object], last: str, following: str) -> None:
    made = plan(**values)
    found = last_due(made, WEDNESDAY), next_due(made, WEDNESDAY)
    assert [f"{one:%Y-%m-%d %H:%M}" for one in found if one] == [last, following]


def test_papers_of_weekdays_rest_at_weekends() -> None:
    saturday = WEDNESDAY + timedelta(days=3)
    made = plan(schedule="weekdays")
    assert f"{last_due(made, saturday):%a}" == "Fri"
    assert f"{next_due(made, saturday):%a}" == "Mon"


def test_papers_by_hand_are_never_due() -> None:
    made = plan(schedule="by_hand")
    assert last_due(made, WEDNESDAY) is None
    assert next_due(made, WEDNESDAY) is None


def test_papers_are_due_once_a_day_when_clocks_change() -> None:
    zone = ZoneInfo("Europe/Berlin")
    before = datetime(2026, 10, 24, 8, 0, tzinfo=zone)
    found = next_due(plan(), before)
    assert found is not None
    assert (found.day, found.hour) == (25, 7)


def test_schedules_are_said_in_words() -> None:
    said = [
        schedule_in_words(plan()),
        schedule_in_words(plan(schedule="weekdays", at_minute=390)),
        schedule_in_words(plan(schedule="weekly", weekday=6)),
        schedule_in_words(plan(schedule="by_hand")),
    ]
    assert said == ["daily at 07:00", "weekdays at 06:30", "Sundays at 07:00", "by hand"]
