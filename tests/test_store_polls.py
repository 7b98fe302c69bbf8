"""Polls against a real database: which entries are new, known, edited."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedreader.core.identity import identify
from feedreader.core.plan import Plan, plan_entries
from feedreader.model import Entry, Feed, FeedUpdate, PollState
from feedreader.store import Store, upkeep

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


class PolledStore:
    """A store and one poll after the other."""

    def __init__(self, path: Path) -> None:
        self.store = Store(path)
        self.now = NOW

    def add_feed(self, url: str = "https://a.example/feed") -> int:
        with self.store.transaction():
            return self.store.feeds.add(url, now=self.now)[0]

    def poll(self, feed_id: int, entries: Sequence[Entry], **options: object) -> Plan:
        self.now += timedelta(hours=1)
        identified = identify(entries)
        plan = plan_entries(identified, self.store.entries.known(feed_id, identified))
        update = FeedUpdate(
            feed_id, PollState(), feed=Feed(title="f"), new=plan.new, changed=plan.changed
        )
        self.store.apply([replace(update, **options)], self.now)  # type: ignore[arg-type]
        return plan

    def unread(self) -> int:
        return self.store.status().unread

    def count(self) -> int:
        return self.store.status().entries

    def read_all(self) -> None:
        with self.store.transaction():
            self.store.entries.set_flag("is_read", True, "e.deleted_at IS NULL", (), self.now)


@pytest.fixture
def polled(tmp_path: Path) -> Iterator[PolledStore]:
    polled = PolledStore(tmp_path / "feeds.db")
    yield polled
    assert upkeep.find_problems(polled.store.connection) == ()
    polled.store.close()


def ten(**fields: Callable[[int], object]) -> list[Entry]:
    """Ten usual entries, with some fields replaced by functions of their number."""
    usual: dict[str, Callable[[int], object]] = {
        "guid": lambda n: f"tag:a.example,2026:{n}",
        "link": lambda n: f"http://a.example/story-{n}",
        "title": lambda n: f"Story number {n}",
        "summary_html": lambda n: f"<p>The text of story {n}.</p>",
        "published": lambda n: NOW - timedelta(days=n),
    }
    usual.update(fields)
    return [
        Entry(**{name: value(n) for name, value in usual.items()})  # type: ignore[arg-type]
        for n in range(10)
    ]


def without_guid(**fields: Callable[[int], object]) -> list[Entry]:
    return ten(guid=lambda n: "", **fields)


def test_id_that_was_given_up_may_come_back_beside_the_one_that_took_its_place(
    polled: PolledStore,
) -> None:
    feed_id = polled.add_feed()
    old, renamed, *others = [
        Entry(guid=guid, link=f"http://a.example/{guid}", title=title, summary_html=guid)
        for guid, title in (("old", "One"), ("new", "One"), ("2", "Two"), ("3", "Three"))
    ]
    polled.poll(feed_id, [old])
    polled.poll(feed_id, [renamed, *others])
    assert polled.count() == 3
    plan = polled.poll(feed_id, [old, renamed, *others])
    assert [one.entry.guid for one in plan.new] == ["old"]
    assert polled.count() == 4
    plan = polled.poll(feed_id, [old, renamed, *others])
    assert (plan.new, plan.changed) == ((), ())


REPUBLISHED = {
    "all guids changed": (ten(), ten(guid=lambda n: f"new-{n}")),
    "guid and link from http to https": (
        ten(guid=lambda n: f"http://a.example/{n}"),
        ten(
            guid=lambda n: f"https://a.example/{n}",
            link=lambda n: f"https://a.example/story-{n}",
        ),
    ),
    "host gains www": (
        ten(guid=lambda n: f"http://a.example/{n}"),
        ten(
            guid=lambda n: f"http://www.a.example/{n}",
            link=lambda n: f"http://www.a.example/story-{n}",
        ),
    ),
    "no guid and tracking parameters change": (
        without_guid(link=lambda n: f"http://a.example/{n}?utm_source=a"),
        without_guid(link=lambda n: f"http://a.example/{n}?utm_source=b&utm_medium=c"),
    ),
    "no guid and dates change": (
        without_guid(),
        without_guid(published=lambda n: NOW - timedelta(days=n, hours=3)),
    ),
    "titles edited": (ten(), ten(title=lambda n: f"Corrected title {n}")),
    "order reversed": (ten(), ten()[::-1]),
    "bodies stamped per fetch": (ten(), ten(summary_html=lambda n: f"<p>Served at 12:0{n}</p>")),
    "guids gain white space": (ten(), ten(guid=lambda n: f"\n  tag:a.example,2026:{n} ")),
    "guids and texts changed, dates to the thousandth of a second": (
        ten(published=lambda n: NOW - timedelta(days=n, milliseconds=877)),
        ten(
            guid=lambda n: f"new-{n}",
            summary_html=lambda n: f"<p>Another text {n}.</p>",
            published=lambda n: NOW - timedelta(days=n, milliseconds=877),
        ),
    ),
    "guids and hosts changed, one title for all": (
        ten(title=lambda n: "Daily"),
        ten(
            guid=lambda n: f"https://new.example/?p={n}",
            link=lambda n: f"https://new.example/story-{n}",
            title=lambda n: "Daily",
        ),
    ),
    "guids and hosts changed, no titles": (
        ten(title=lambda n: ""),
        ten(
            guid=lambda n: f"https://new.example/?p={n}",
            link=lambda n: f"https://new.example/story-{n}",
            title=lambda n: "",
        ),
    ),
    "nothing but titles, dates and texts, and one text is edited": (
        without_guid(link=lambda n: ""),
        without_guid(
            link=lambda n: "",
            summary_html=lambda n: f"<p>The {'edited ' * (n == 4)}text of story {n}.</p>",
        ),
    ),
    "guids, hosts and paths changed at once": (
        ten(),
        ten(
            guid=lambda n: f"https://new.example/?p={n}",
            link=lambda n: f"https://new.example/2026/{n}/",
        ),
    ),
}


@pytest.mark.parametrize("case", REPUBLISHED)
def test_republished_entries_stay_read_and_single(polled: PolledStore, case: str) -> None:
    before, after = REPUBLISHED[case]
    feed_id = polled.add_feed()
    polled.poll(feed_id, before)
    polled.read_all()
    polled.poll(feed_id, after)
    polled.poll(feed_id, before)
    polled.poll(feed_id, after)
    assert (polled.count(), polled.unread()) == (10, 0)


AWKWARD = {
    "one guid for all": ten(guid=lambda n: "g"),
    "one guid and one link for all": ten(guid=lambda n: "g", link=lambda n: "http://a.example/"),
    "no guid, one link, ten dates": without_guid(
        link=lambda n: "http://a.example/", title=lambda n: "Daily", summary_html=lambda n: "same"
    ),
    "titles only": [Entry(title=f"Title {n}") for n in range(10)],
    "descriptions only": [Entry(summary_html=f"Text {n}") for n in range(10)],
    "near-equal bodies": ten(summary_html=lambda n: "<p>" + "word " * 100 + f"{n}</p>"),
}


@pytest.mark.parametrize("case", AWKWARD)
def test_awkward_entries_are_all_kept_and_never_doubled(polled: PolledStore, case: str) -> None:
    feed_id = polled.add_feed()
    for _ in range(3):
        polled.poll(feed_id, AWKWARD[case])
    polled.poll(feed_id, AWKWARD[case][::-1])
    assert polled.count() == 10


def test_two_feeds_may_use_the_same_guids(polled: PolledStore) -> None:
    for url in ("https://a.example/feed", "https://b.example/feed"):
        polled.poll(polled.add_feed(url), ten())
    assert polled.count() == 20


def test_guid_that_comes_to_be_repeated_keeps_its_first_entry(polled: PolledStore) -> None:
    feed_id = polled.add_feed()
    first = Entry(guid="1", link="http://a.example/1", title="first")
    second = Entry(guid="1", link="http://a.example/2", title="second")
    polled.poll(feed_id, [first])
    polled.read_all()
    polled.poll(feed_id, [second, first])
    assert (polled.count(), polled.unread()) == (2, 1)
    polled.poll(feed_id, [second])
    polled.poll(feed_id, [second, first])
    assert (polled.count(), polled.unread()) == (2, 1)
    assert polled.store.entries.entry(1).summary.title == "first"


def dailies(*days: int, guid: str = "") -> list[Entry]:
    """Entries of one address."""
    return [
        Entry(
            guid=guid,
            link="http://a.example/",
            title="Weekly" if day == 3 else "Daily",
            summary_html=f"text {day}",
            published=NOW - timedelta(days=day),
        )
        for day in days
    ]


@pytest.mark.parametrize("guid", ["", "one for all"])
@pytest.mark.parametrize("later", [(1,), (3,), (2, 3), (1, 2), (4, 3, 2)])
def test_copies_of_one_link_are_known_whatever_stands_beside_them(
    polled: PolledStore, guid: str, later: tuple[int, ...]
) -> None:
    feed_id = polled.add_feed()
    polled.poll(feed_id, dailies(1, 2, 3, 4, 5, guid=guid))
    polled.read_all()
    polled.poll(feed_id, dailies(*later, guid=guid))
    assert (polled.count(), polled.unread()) == (5, 0)
    polled.poll(feed_id, dailies(1, 2, 3, 4, 5, guid=guid))
    assert (polled.count(), polled.unread()) == (5, 0)
    polled.poll(feed_id, dailies(0, *later, guid=guid))
    assert (polled.count(), polled.unread()) == (6, 1)


@pytest.mark.parametrize("guid", ["", "one for all"])
def test_id_of_one_entry_that_two_come_to_have_stays_with_the_first(
    polled: PolledStore, guid: str
) -> None:
    feed_id = polled.add_feed()
    polled.poll(feed_id, dailies(1, guid=guid))
    polled.read_all()
    polled.poll(feed_id, dailies(0, 1, guid=guid))
    unread = polled.store.entries.ids("e.is_read = 0", (), "e.id")
    assert [one.summary for one in polled.store.entries.summaries(unread)] == ["text 0"]
    polled.poll(feed_id, dailies(0, 1, guid=guid))
    polled.poll(feed_id, dailies(-1, 0, 1, guid=guid))
    assert (polled.count(), polled.unread()) == (3, 2)


def test_daily_entry_with_one_link_and_one_title_is_new_each_day(polled: PolledStore) -> None:
    feed_id = polled.add_feed()
    for day in range(5):
        entry = Entry(
            guid=f"day-{day}",
            link="http://a.example/",
            title="Picture of the day",
            summary_html=f"picture {day}",
            published=NOW + timedelta(days=day),
        )
        polled.poll(feed_id, [entry])
    assert polled.count() == 5


def test_empty_document_deletes_nothing(polled: PolledStore) -> None:
    feed_id = polled.add_feed()
    polled.poll(feed_id, ten())
    polled.poll(feed_id, [])
    polled.poll(feed_id, ten()[:2])
    assert polled.count() == 10


def test_deleted_entries_do_not_come_back(polled: PolledStore) -> None:
    feed_id = polled.add_feed()
    polled.poll(feed_id, ten())
    with polled.store.transaction():
        polled.store.entries.delete("e.title LIKE ?", ("%number 3",), polled.now)
    polled.poll(feed_id, ten())
    with polled.store.transaction():
        assert polled.store.entries.blank_deleted(polled.now + timedelta(days=1)) == 1
    polled.poll(feed_id, ten(title=lambda n: f"Edited {n}"))
    polled.poll(feed_id, ten(guid=lambda n: f"new-{n}"))
    assert (polled.count(), polled.unread()) == (9, 9)


def test_edit_is_kept_as_a_version_and_does_not_unread(polled: PolledStore) -> None:
    feed_id = polled.add_feed()
    polled.poll(feed_id, [Entry(guid="1", title="old", summary_html="<p>old text</p>")])
    polled.read_all()
    polled.poll(feed_id, [Entry(guid="1", title="new", summary_html="<p>new text</p>")])
    entry = polled.store.entries.entry(1)
    (version,) = polled.store.entries.versions(1)
    assert (entry.summary.title, entry.text, entry.summary.is_edited) == ("new", "new text", True)
    assert (version.title, version.html) == ("old", "<p>old text</p>")
    assert polled.unread() == 0
    found = "e.id IN (SELECT rowid FROM entries_fts WHERE entries_fts MATCH ?)"
    assert polled.store.entries.count(found, ("new",)) == 1
    assert polled.store.entries.count(found, ("old",)) == 0


def test_first_fetch_leaves_only_the_newest_unread(polled: PolledStore) -> None:
    feed_id = polled.add_feed()
    polled.poll(feed_id, ten(), unread_limit=3)
    unread = polled.store.entries.ids("e.is_read = 0", (), "sort_at DESC, id DESC")
    titles = [one.title for one in polled.store.entries.summaries(unread)]
    assert titles == ["Story number 0", "Story number 1", "Story number 2"]


def test_entry_dated_in_the_future_sorts_by_when_it_came(polled: PolledStore) -> None:
    feed_id = polled.add_feed()
    polled.poll(feed_id, [Entry(guid="1", published=NOW + timedelta(days=400))])
    summary = polled.store.entries.entry(1).summary
    assert summary.sorted_at == summary.received_at == polled.now


def test_removed_feed_comes_back_with_its_entries(polled: PolledStore) -> None:
    feed_id = polled.add_feed()
    polled.poll(feed_id, ten())
    with polled.store.transaction():
        polled.store.feeds.remove(feed_id, polled.now)
    assert polled.count() == 0
    assert polled.add_feed() == feed_id
    assert polled.count() == 10


def test_removed_feed_is_forgotten_in_the_end(polled: PolledStore) -> None:
    feed_id = polled.add_feed()
    polled.poll(feed_id, ten())
    with polled.store.transaction():
        polled.store.feeds.remove(feed_id, polled.now)
        assert polled.store.feeds.forget_removed(polled.now + timedelta(days=31)) == 1
    assert polled.add_feed() != feed_id
    assert polled.count() == 0
