"""Stories in the store: who joins whom, what lists show, what reading one does to the others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedreader.core.identity import identify
from feedreader.core.plan import KnownEntries, plan_entries
from feedreader.model import Entry, FeedUpdate, FullText, PollState
from feedreader.store import upkeep
from newsroom import BAKERS, BRIDGE, OWLS, Newsroom


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    newsroom = Newsroom(tmp_path / "feeds.db")
    yield newsroom
    newsroom.close()


def tell_bridge(room: Newsroom) -> tuple[int, int, int]:
    """Bring one story in three feeds: the beginning, the whole, the whole with a few words more."""
    return (
        room.bring("short", "Bridge", " ".join(BRIDGE.split()[:32]) + " …"),
        room.bring("whole", "Dear bridge", BRIDGE),
        room.bring("agency", "Steel", f"HARBOURTON — {BRIDGE}"),
    )


def test_list_shows_a_story_once_as_its_fullest_copy(room: Newsroom) -> None:
    tell_bridge(room)
    room.bring("short", "Owls", OWLS)
    assert sorted(room.titles()) == ["Dear bridge", "Owls"]
    assert room.counts() == {"Bridge": 3, "Dear bridge": 3, "Steel": 3, "Owls": 1}
    assert room.reader.count("", stories=True) == 2
    assert len(room.reader.entry_ids("")) == 4


def test_feeds_own_list_shows_its_own_copy(room: Newsroom) -> None:
    tell_bridge(room)
    assert room.titles(f"feed:{room.feeds['short']}") == ["Bridge"]


def test_folder_without_the_fullest_copy_shows_one_of_its_own(room: Newsroom) -> None:
    tell_bridge(room)
    room.bring("owlet", "Owls", OWLS, folder="Birds")
    room.bring("warden", "Young owls", f"{OWLS} {BAKERS}")
    assert room.titles("folder:Birds") == ["Owls"]
    assert "Owls" not in room.titles()


def test_marks_list_all_copies_but_not_what_only_leaves_marks_out(room: Newsroom) -> None:
    short, whole, agency = tell_bridge(room)
    room.reader.star([short, agency])
    room.reader.tag([short, whole], "x")
    for query, shown in (
        ("is:starred", {"Bridge", "Steel"}),
        ("bridge (tag:x OR is:later)", {"Bridge", "Dear bridge"}),
        ("-is:starred", {"Dear bridge"}),
        ("-is:later -tag:y -rule:1 -has:code", {"Dear bridge"}),
        ("-tag:x", {"Steel"}),
        ("is:unread -is:muted -(is:later OR has:tag)", {"Steel"}),
    ):
        assert set(room.titles(query)) == shown, query
        assert room.reader.count(query, stories=True) == len(shown), query
        assert len(room.reader.first_keys(query, 5, stories=True).keys.ids) == len(shown), query


def test_copy_that_alone_has_the_words_sought_is_found(room: Newsroom) -> None:
    tell_bridge(room)
    assert room.titles("intitle:steel") == ["Steel"]


def test_limit_counts_stories(room: Newsroom) -> None:
    for number in range(6):
        text = " ".join(f"{word}{number}" for word in BRIDGE.split())
        room.bring("a", f"Bridge {number}", text, age=timedelta(hours=number))
        room.bring("b", f"River {number}", text, age=timedelta(hours=number, minutes=1))
    assert room.reader.count("", stories=True) == 6
    found = [one.story_id for one in room.reader.entries("", limit=4, stories=True)]
    assert len(found) == len(set(found)) == 4


def test_copies_are_listed_with_the_fullest_first(room: Newsroom) -> None:
    short, whole, agency = tell_bridge(room)
    assert room.reader.copies(agency) == [whole, agency, short]
    owls = room.bring("short", "Owls", OWLS)
    assert room.reader.copies(owls) == [owls]


def test_one_address_makes_copies_of_different_texts(room: Newsroom) -> None:
    room.bring("paper", "Bridge", BRIDGE, link="https://paper.example/bridge?utm_source=rss")
    room.bring("links", "Bridge dearer", "Comments", link="http://www.paper.example/bridge/amp")
    assert room.counts() == {"Bridge": 2, "Bridge dearer": 2}


def test_copy_of_two_stories_makes_them_one(room: Newsroom) -> None:
    page = "https://paper.example/bridge"
    room.bring("paper", "Bridge", OWLS, link=page)
    room.bring("links", "Bridge, found", "Comments", link=f"{page}?utm_source=rss")
    room.bring("agency", "Steel", BRIDGE)
    room.bring("whole", "Dear bridge", f"HARBOURTON — {BRIDGE}")
    assert set(room.counts().values()) == {2}
    room.bring("town", "Our bridge", BRIDGE, link=page)
    assert room.counts() == dict.fromkeys(
        ("Bridge", "Bridge, found", "Steel", "Dear bridge", "Our bridge"), 5
    )
    assert len(room.titles()) == 1
    assert room.reader.find_problems() == ()


def test_stories_that_one_feed_tells_apart_stay_apart(room: Newsroom) -> None:
    page = "https://paper.example/bridge"
    room.bring("paper", "Bridge", OWLS, link=page)
    room.bring("paper", "Steel", BRIDGE)
    room.bring("town", "Our bridge", BRIDGE, link=page)
    assert sorted(room.counts().values()) == [1, 2, 2]


def test_canonical_address_of_a_fetched_page_makes_copies(room: Newsroom) -> None:
    room.bring("paper", "Bridge", "", link="https://paper.example/bridge")
    short = room.bring("links", "Dear bridge", "", link="https://links.example/r/8812")
    with room.store.transaction():
        room.store.entries.save_page(short, FullText(f"<p>{OWLS}</p>", OWLS, 50))
        room.store.grouping.regroup([short], "https://paper.example/bridge")
    assert room.counts() == {"Bridge": 2, "Dear bridge": 2}


def test_address_that_many_entries_of_a_feed_have_says_nothing(room: Newsroom) -> None:
    for number, text in enumerate((OWLS, BAKERS)):
        age = timedelta(hours=number)
        room.bring("a", f"Change {number}", text, link="https://a.example/changes", age=age)
    for number in range(2):
        text = f"Other news of no kinship, told by someone else in words of their own: {number}."
        age = timedelta(hours=number)
        room.bring("b", f"Note {number}", text, link="https://a.example/changes", age=age)
    assert sorted(room.counts().values()) == [1, 1, 1, 1]


def test_places_of_one_page_are_stories_of_their_own(room: Newsroom) -> None:
    room.bring("a", "Release", OWLS, link="https://a.example/changes#1.2")
    room.bring("b", "Next release", BAKERS, link="https://a.example/changes#1.3")
    assert room.counts() == {"Release": 1, "Next release": 1}


def test_entries_of_one_feed_are_never_copies(room: Newsroom) -> None:
    room.bring("a", "Bridge", BRIDGE)
    room.bring("a", "Bridge again", BRIDGE)
    room.bring("b", "Bridge elsewhere", BRIDGE)
    assert sorted(room.counts().values()) == [1, 2, 2]


def test_stories_a_year_apart_are_no_copies(room: Newsroom) -> None:
    room.bring("a", "Bridge", BRIDGE, age=timedelta(days=365))
    room.bring("b", "Bridge elsewhere", BRIDGE)
    assert set(room.counts().values()) == {1}


def test_reading_one_copy_reads_all_and_undo_takes_all_back(room: Newsroom) -> None:
    short, whole, agency = tell_bridge(room)
    change = room.reader.mark_read([short])
    assert sorted(change.entry_ids) == [short, whole, agency]
    assert room.titles("is:unread") == []
    room.reader.undo(change)
    assert room.titles("is:unread") == ["Dear bridge"]
    assert room.reader.count("is:unread") == 3


def test_undo_leaves_alone_what_was_read_before(room: Newsroom) -> None:
    short, whole, _ = tell_bridge(room)
    room.reader.mark_read([short], copies=False)
    change = room.reader.mark_read([whole])
    room.reader.undo(change)
    assert [one.is_read for one in room.reader.summaries([short, whole])] == [True, False]


def test_marking_unread_marks_all_copies(room: Newsroom) -> None:
    ids = tell_bridge(room)
    room.reader.mark_read(ids)
    room.reader.mark_read([ids[0]], False)
    assert room.reader.count("is:unread") == 3


def test_stars_and_tags_are_each_copys_own(room: Newsroom) -> None:
    short, _, agency = tell_bridge(room)
    room.reader.star([short])
    room.reader.star([agency])
    room.reader.tag([short], "river")
    assert sorted(room.titles("is:starred")) == ["Bridge", "Steel"]
    assert room.titles("tag:river") == ["Bridge"]
    assert room.titles() == ["Dear bridge"]


def test_copy_of_a_story_that_was_read_arrives_read(room: Newsroom) -> None:
    room.reader.mark_read([room.bring("a", "Bridge", BRIDGE)])
    room.wait(hours=3)
    room.bring("b", "Dear bridge", BRIDGE)
    assert room.titles("is:unread") == []


def test_much_fuller_copy_of_a_story_that_was_read_arrives_unread(room: Newsroom) -> None:
    room.reader.mark_read([room.bring("a", "Bridge", BRIDGE)])
    room.bring("b", "All about the bridge", f"{BRIDGE} {OWLS} {BAKERS} " * 3)
    assert room.titles("is:unread") == ["All about the bridge"]


def test_copy_of_an_unread_story_arrives_unread(room: Newsroom) -> None:
    tell_bridge(room)
    assert room.reader.count("is:unread") == 3
    assert room.reader.status(stories=True).unread == 1
    assert room.reader.status().unread == 3


def test_feeds_that_share_unread_stories_are_told_with_their_number(room: Newsroom) -> None:
    tell_bridge(room)
    everybody = frozenset(room.feeds.values())
    room.bring("short", "Owls", OWLS)
    room.bring("whole", "Three owls", OWLS)
    pair = frozenset({room.feeds["short"], room.feeds["whole"]})
    assert dict(room.reader.shared_unread()) == {everybody: 1, pair: 1}


def test_muted_fullest_copy_leaves_the_card_to_another(room: Newsroom) -> None:
    _, whole, _ = tell_bridge(room)
    room.reader.mute([whole])
    assert room.titles() in (["Steel"], ["Bridge"])
    assert room.reader.count("", stories=True) == 1


def test_deleted_face_is_followed_by_the_next_fullest_copy(room: Newsroom) -> None:
    _, whole, _ = tell_bridge(room)
    change = room.reader.delete([whole])
    assert room.titles() == ["Steel"]
    assert room.counts() == {"Bridge": 2, "Steel": 2}
    room.reader.undo(change)
    assert room.counts() == {"Bridge": 3, "Dear bridge": 3, "Steel": 3}


def test_copies_of_a_removed_feed_leave_the_card_and_come_back_with_it(room: Newsroom) -> None:
    tell_bridge(room)
    change = room.reader.unsubscribe(room.feeds["whole"])
    assert room.counts() == {"Bridge": 2, "Steel": 2}
    assert room.titles() == ["Steel"]
    room.reader.undo(change)
    assert room.counts() == {"Bridge": 3, "Dear bridge": 3, "Steel": 3}


def test_fuller_page_makes_a_copy_the_face(room: Newsroom) -> None:
    short, _, _ = tell_bridge(room)
    text = f"{BRIDGE} {OWLS} {BAKERS}"
    with room.store.transaction():
        room.store.entries.save_page(short, FullText(f"<p>{text}</p>", text, len(text.split())))
        room.store.grouping.regroup([short])
    assert room.titles() == ["Bridge"]


def test_copy_a_few_words_longer_does_not_take_the_place_of_the_face(room: Newsroom) -> None:
    room.bring("a", "First", BRIDGE)
    room.bring("b", "Second", f"By our own correspondent. {BRIDGE}")
    assert room.titles() == ["First"]


def test_entry_that_becomes_another_story_leaves_the_card(room: Newsroom) -> None:
    room.bring("a", "Bridge", BRIDGE)
    room.bring("b", "Live", BRIDGE, guid="live")
    room.bring("b", "Live", BAKERS, guid="live")
    assert room.counts() == {"Bridge": 1, "Live": 1}


def test_entry_that_is_edited_into_a_story_joins_the_card(room: Newsroom) -> None:
    room.bring("a", "Bridge", BRIDGE)
    room.bring("b", "Live", "Soon more.", guid="live")
    room.bring("b", "Live", BRIDGE, guid="live")
    assert room.counts() == {"Bridge": 2, "Live": 2}


def test_template_of_many_feeds_makes_no_card_and_fills_no_index(room: Newsroom) -> None:
    template = "This week we have gathered all the links that our readers liked best, as ever: {}."
    for number in range(60):
        words = " ".join(f"w{number}x{place}" for place in range(20))
        room.bring(f"feed{number}", f"Links {number}", template.format(words))
    assert set(room.counts().values()) == {1}
    fullest = room.store.connection.value(
        "SELECT max(n) FROM (SELECT count(*) AS n FROM story_keys GROUP BY period, key)"
    )
    assert fullest <= 26


def test_hundred_feeds_may_tell_one_story(room: Newsroom) -> None:
    for number in range(100):
        room.bring(f"feed{number}", f"Bridge{chr(65 + number % 26)}", f"Place{number} — {BRIDGE}")
    assert set(room.counts().values()) == {100}
    rows = room.store.connection.value("SELECT count(*) FROM story_keys")
    assert rows < 700  # a few for each key, whatever comes


def test_keys_of_long_ago_are_forgotten(room: Newsroom) -> None:
    room.bring("a", "Bridge", BRIDGE)
    room.wait(days=70)
    room.store.finish_refresh(room.now)
    assert room.store.connection.value("SELECT count(*) FROM story_keys") == 0


def test_check_finds_wrong_figures_and_repair_puts_them_right(room: Newsroom) -> None:
    tell_bridge(room)
    before = room.counts()
    room.store.connection.execute("UPDATE entries SET copy_count = 7, is_copy = 1")
    room.store.connection.execute("DELETE FROM story_keys")
    assert any("stories" in words for words in room.reader.find_problems())
    room.reader.repair()
    assert room.reader.find_problems() == ()
    assert room.counts() == before
    room.bring("late", "Bridge once more", BRIDGE)
    assert room.counts()["Bridge once more"] == 4


def test_copy_whose_text_is_gone_says_nothing_of_one_that_changes(room: Newsroom) -> None:
    gone = room.bring("agency", "Steel", BRIDGE)
    room.bring("whole", "Dear bridge", BRIDGE)
    room.reader.delete([gone])
    room.wait(days=8)
    room.reader.vacuum()
    room.bring("whole", "Owls after all", OWLS, guid="Dear bridge")
    assert room.counts() == {"Owls after all": 1}
    assert room.reader.repair() == ()


def test_copy_that_a_rule_marked_read_is_not_one_that_was_read(room: Newsroom) -> None:
    first = room.bring("agency", "Steel", BRIDGE)
    room.reader.rules.apply(room.reader.rules.add("when bridge then read").number)
    second = room.bring("whole", "Dear bridge", BRIDGE)
    assert room.reader.entry(first).summary.is_read
    assert not room.reader.entry(second).summary.is_read
    room.reader.mark_read([second])
    third = room.bring("town", "Our bridge", BRIDGE)
    assert room.reader.entry(third).summary.is_read


def test_feed_that_was_removed_while_it_was_asked_adds_no_copy(room: Newsroom) -> None:
    room.bring("agency", "Steel", BRIDGE)
    room.bring("whole", "Owls", OWLS)
    room.reader.unsubscribe(room.feeds["whole"])
    entry = Entry(guid="x", title="Dear bridge", content_html=f"<p>{BRIDGE}</p>")
    plan = plan_entries(identify([entry]), KnownEntries())
    room.store.apply([FeedUpdate(room.feeds["whole"], PollState(), new=plan.new)], room.now)
    assert room.counts() == {"Steel": 1}
    assert room.reader.find_problems() == ()


def test_deleted_entries_are_not_marked_and_come_back_whole_or_not_at_all(room: Newsroom) -> None:
    bridge, owls = room.bring("agency", "Steel", BRIDGE), room.bring("agency", "Owls", OWLS)
    deleted = room.reader.delete([bridge])
    marks = [
        room.reader.star([bridge, owls]),
        room.reader.read_later([bridge, owls]),
        room.reader.mute([bridge, owls]),
        room.reader.mark_read([bridge, owls]),
        room.reader.tag([bridge, owls], "x"),
    ]
    assert [one.entry_ids for one in marks] == [(owls,)] * 5
    assert [one.id for one in room.reader.summaries([bridge, owls])] == [owls]
    room.reader.undo(deleted)
    room.reader.tag([bridge], "y")
    room.reader.undo(room.reader.delete([bridge]))
    assert room.reader.tags() == (("x", 1), ("y", 1))
    room.reader.delete([bridge])
    assert room.reader.tags() == (("x", 1),)
    room.reader.undo(deleted)
    assert room.titles() == ["Steel"]
    room.reader.delete([bridge])
    room.wait(days=8)
    room.reader.vacuum()
    room.reader.undo(deleted)
    assert room.titles() == []
    assert room.reader.find_problems() == ()


def test_repair_finds_copies_that_were_never_brought_together(room: Newsroom) -> None:
    tell_bridge(room)
    room.store.connection.execute("UPDATE entries SET story_id = NULL")
    assert set(room.counts().values()) == {1}
    upkeep.repair_derived(room.store.connection)
    assert set(room.counts().values()) == {3}


TEXTS = st.sampled_from([BRIDGE, OWLS, BAKERS, f"{BRIDGE} {OWLS}", "Comments"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("bring"), st.sampled_from("abcd"), st.integers(0, 3), TEXTS),
        st.tuples(st.sampled_from(["read", "delete", "mute", "undo"]), st.integers(1, 9)),
        st.tuples(st.sampled_from(["remove", "restore"]), st.sampled_from("abcd")),
    ),
    max_size=25,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_whatever_happens_the_figures_agree_with_the_entries(
    steps: list[tuple[object, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    room = Newsroom(tmp_path_factory.mktemp("steps") / "feeds.db")
    changes = []
    for step in steps:
        match step:
            case ("bring", str(feed), int(number), str(text)):
                room.bring(feed, f"{feed}{number}", text, guid=str(number))
            case ("read", int(entry_id)):
                changes.append(room.reader.mark_read([entry_id]))
            case ("delete", int(entry_id)):
                changes.append(room.reader.delete([entry_id]))
            case ("mute", int(entry_id)):
                changes.append(room.reader.mute([entry_id]))
            case ("undo", int()) if changes:
                room.reader.undo(changes.pop())
            case ("remove", str(feed)) if feed in room.feeds:
                with room.store.transaction():
                    room.store.feeds.remove(room.feeds[feed], room.now)
            case ("restore", str(feed)) if feed in room.feeds:
                with room.store.transaction():
                    room.store.feeds.restore(room.feeds[feed])
    for query in ("", "is:unread", "bridge", "copies:>1"):
        listed = list(room.reader.entries(query, stories=True))
        everything = list(room.reader.entries(query))
        stories = [one.story_id for one in listed if one.story_id]
        assert len(stories) == len(set(stories)) == len({e.story_id for e in everything} - {None})
        assert len(listed) == room.reader.count(query, stories=True)
        for limit in (1, 2):
            assert [one.id for one in room.reader.entries(query, limit=limit, stories=True)] == [
                one.id for one in listed
            ][:limit]
    assert room.reader.status(stories=True).unread == room.reader.count("is:unread", stories=True)
    room.close()
