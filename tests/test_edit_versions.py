"""What the store keeps of edits: versions, signs, and which entries are unread once more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from feedreader.core.identity import identify
from feedreader.core.plan import plan_entries
from feedreader.model import Entry, EntrySummary, Feed, FeedUpdate, FullText, PollState
from feedreader.store import Store, upkeep
from test_store_polls import NOW


class EditedStore:
    """One feed that is polled again and again, with half of the words as the limit."""

    def __init__(self, path: Path) -> None:
        self.store = Store(path)
        self.now = NOW
        with self.store.transaction():
            self.feed_id, _ = self.store.feeds.add("https://a.example/feed", now=self.now)

    def poll(self, *bodies: str, title: str = "Title", unread_again: float = 0.5) -> None:
        self.now += timedelta(hours=1)
        entries = identify(
            [
                Entry(guid=str(number), title=title, summary_html=body)
                for number, body in enumerate(bodies)
            ]
        )
        known = self.store.entries.known(self.feed_id, entries)
        plan = plan_entries(entries, known, unread_again=unread_again)
        update = FeedUpdate(
            self.feed_id, PollState(), feed=Feed(title="f"), new=plan.new, changed=plan.changed
        )
        self.store.apply([update], self.now)

    def read(self, entry_id: int = 1) -> None:
        with self.store.transaction():
            self.store.entries.set_flag("is_read", True, "e.id = ?", (entry_id,), self.now)

    def summary(self, entry_id: int = 1) -> EntrySummary:
        return self.store.entries.entry(entry_id).summary

    def versions(self, entry_id: int = 1) -> list[str]:
        """The bodies before, newest first."""
        return [one.html for one in self.store.entries.versions(entry_id)]


@pytest.fixture
def edited(tmp_path: Path) -> Iterator[EditedStore]:
    edited = EditedStore(tmp_path / "feeds.db")
    yield edited
    assert upkeep.find_problems(edited.store.connection) == ()
    edited.store.close()


def words(count: int, name: str = "word") -> str:
    return " ".join(f"{name}{number}" for number in range(count))


def story(*parts: str) -> str:
    return "".join(f"<p>{part}</p>" for part in parts)


def test_an_edit_is_kept_with_its_date_and_signed(edited: EditedStore) -> None:
    edited.poll("<p>The quake left 12 dead.</p>")
    edited.poll("<p>The quake left 14 dead.</p>")
    assert edited.versions() == ["<p>The quake left 12 dead.</p>"]
    assert edited.store.entries.versions(1)[0].replaced_at == edited.now
    assert edited.summary().is_edited


def test_what_changes_by_itself_is_stored_without_version_or_sign(edited: EditedStore) -> None:
    edited.poll(story(words(30), "5 comments"))
    edited.poll(story(words(30), "7 comments"))
    assert edited.versions() == []
    assert not edited.summary().is_edited
    assert "7 comments" in edited.store.entries.entry(1).feed_html
    found = "e.id IN (SELECT rowid FROM entries_fts WHERE entries_fts MATCH '7')"
    assert edited.store.entries.count(found, ()) == 1


def test_a_new_title_alone_is_an_edit(edited: EditedStore) -> None:
    edited.poll(story(words(30)), title="12 dead")
    edited.poll(story(words(30)), title="14 dead")
    assert edited.store.entries.versions(1)[0].title == "12 dead"
    assert edited.summary().is_edited


def test_the_text_of_the_page_is_no_edit(edited: EditedStore) -> None:
    edited.poll(story("A summary."))
    for text in ("the whole story", "the whole story, read better"):
        with edited.store.transaction():
            edited.store.entries.save_page(1, FullText(f"<p>{text}</p>", text, 3))
    assert edited.versions() == []
    assert not edited.summary().is_edited


def test_the_first_version_and_the_latest_are_kept_of_hundreds(edited: EditedStore) -> None:
    for number in range(60):
        edited.poll(story(words(20), f"It is {words(1, f'hour{number}x')} now."))
    versions = edited.versions()
    assert len(versions) == 20
    assert "hour0x" in versions[-1]
    assert [f"hour{number}x" in html for number, html in zip((58, 57), versions, strict=False)] == [
        True,
        True,
    ]


def test_versions_of_large_texts_take_bounded_room(edited: EditedStore) -> None:
    for number in range(12):
        edited.poll(story(words(60_000), f"It is hour{number}x now."))
    versions = edited.versions()
    assert "hour0x" in versions[-1]
    assert "hour10x" in versions[0]
    assert 2 <= len(versions) <= 5
    assert sum(map(len, versions)) < 3_000_000


@pytest.mark.parametrize(
    ("keep", "kept"), [(0, []), (1, ["b0"]), (3, ["b5", "b4", "b0"]), (99, ["b5", "b4", "b3"])]
)
def test_retention_keeps_the_first_version_and_the_newest(
    edited: EditedStore, keep: int, kept: list[str]
) -> None:
    for number in range(7):
        edited.poll(story(f"a{number}"), story(f"b{number}"))
    with edited.store.transaction():
        edited.store.entries.trim_versions(keep)
    found = [html[3:5] for html in edited.versions()]
    assert found[: len(kept)] == kept
    assert len(found) == min(keep, 6)
    assert len(edited.versions(2)) == min(keep, 6)


# --- unread once more -----------------------------------------------------------------------

STUB, STORY = story(words(20)), story(words(20), words(100, "more"))


def test_a_story_that_was_read_is_unread_again_past_the_limit(edited: EditedStore) -> None:
    edited.poll(STUB)
    edited.read()
    edited.poll(STORY)
    summary = edited.summary()
    assert (summary.is_read, summary.is_unread_again, summary.is_edited) == (False, True, True)
    assert edited.store.status().unread == 1
    edited.read()
    assert not edited.summary().is_unread_again


@pytest.mark.parametrize("limit", [0, 0.9])
def test_below_the_limit_it_stays_read(edited: EditedStore, limit: float) -> None:
    edited.poll(STUB)
    edited.read()
    edited.poll(STORY, unread_again=limit)
    assert edited.summary().is_read
    assert edited.summary().is_edited


def test_what_the_user_marks_unread_is_not_unread_again(edited: EditedStore) -> None:
    edited.poll(STUB)
    edited.read()
    with edited.store.transaction():
        edited.store.entries.set_flag("is_read", False, "e.id = 1", (), edited.now)
    edited.poll(STORY)
    assert not edited.summary().is_unread_again


def test_what_the_first_fetch_left_read_stays_read(edited: EditedStore) -> None:
    edited.poll(STUB)
    with edited.store.transaction():
        edited.store.connection.execute("UPDATE entries SET is_read = 1")
    edited.poll(STORY)
    assert edited.summary().is_read


def test_a_text_that_goes_back_and_forth_is_unread_again_once(edited: EditedStore) -> None:
    edited.poll(STUB)
    edited.read()
    edited.poll(STORY)
    edited.read()
    for body in (STUB, STORY, STUB, STORY):
        edited.poll(body)
    assert edited.summary().is_read


def test_a_feed_that_turns_to_whole_stories_brings_nothing_back(edited: EditedStore) -> None:
    names = ("a", "b", "c", "d")
    edited.poll(*(story(words(20, name)) for name in names))
    for entry_id in (1, 2, 3, 4):
        edited.read(entry_id)
    edited.poll(*(story(words(20, name), words(200, f"{name}x")) for name in names))
    assert edited.store.status().unread == 0
    assert all(edited.summary(entry_id).is_edited for entry_id in (1, 2, 3, 4))


def test_a_plea_below_every_story_is_no_edit_of_any(edited: EditedStore) -> None:
    names = ("a", "b", "c", "d")
    edited.poll(*(story(words(20, name)) for name in names))
    edited.poll(*(story(words(20, name), "Give us a small gift.") for name in names))
    assert [edited.summary(entry_id).is_edited for entry_id in (1, 2, 3, 4)] == [False] * 4


def test_a_deleted_entry_stays_deleted_whatever_is_edited(edited: EditedStore) -> None:
    edited.poll(STUB)
    edited.read()
    with edited.store.transaction():
        edited.store.entries.delete("e.id = 1", (), edited.now)
    edited.poll(STORY)
    assert edited.store.status().entries == 0
    assert edited.versions() == []


def test_the_page_of_a_story_that_is_unread_again_is_asked_for(edited: EditedStore) -> None:
    edited.poll(STUB)
    with edited.store.transaction():
        edited.store.entries.save_page(1, FullText("<p>old page</p>", "old page", 2))
    edited.read()
    edited.poll(STORY)
    assert [one[0] for one in edited.store.entries.pages_wanted()] == [1]
