"""Subscription lists through Reader: what goes in comes out."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedreader.core.opml import list_feeds, read_opml
from feedreader.errors import ImportFailed
from feedreader.model import FeedSettings, RetentionSettings, SavedSearch
from feedreader.reader import Reader
from feedreader.store.feeds import FeedStore

LIST = b"""<opml version="2.0"><body>
  <outline text="News"><outline text="World"><outline text="A" xmlUrl="https://a.example/feed"
      htmlUrl="https://a.example/" category="one,two" custom="kept"/></outline></outline>
  <outline text="Tech"><outline text="A" xmlUrl="https://a.example/feed"/></outline>
  <outline text="B &amp; C" type="rss" xmlUrl="https://b.example/feed"/>
  <outline text="Empty"/>
  <outline text="evil" xmlUrl="file:///etc/passwd"/>
</body></opml>"""


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    with Reader(tmp_path / "feeds.db") as reader:
        yield reader


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Reader]:
    with Reader(tmp_path / "other.db") as reader:
        yield reader


def contents(reader: Reader) -> dict[str, object]:
    """What a list can carry, in a form that compares."""
    feeds = {
        one.url: (
            one.title,
            set(one.folders),
            one.tags,
            one.feed.link,
            one.outline_attributes,
            one.settings,
        )
        for one in reader.subscriptions()
    }
    searches = {one.name: one.query for one in reader.saved_searches()}
    return {"feeds": feeds, "folders": set(reader.folders()), "searches": searches}


def test_feed_in_two_folders_is_one_feed_in_both(reader: Reader) -> None:
    report = reader.import_list(LIST)
    (first, second) = reader.subscriptions()
    assert first.folders == (("News", "World"), ("Tech",))
    assert first.tags == ("one", "two")
    assert (second.title, second.folders) == ("B & C", ((),))
    assert ("Empty",) in reader.folders()
    assert len(report.added) == 2
    assert [what for what, _ in report.skipped] == ["evil"]


def test_second_import_changes_nothing(reader: Reader) -> None:
    reader.import_list(LIST)
    before = contents(reader)
    report = reader.import_list(LIST)
    assert (report.added, len(report.known)) == ((), 2)
    assert contents(reader) == before


def test_export_gives_back_what_was_imported(reader: Reader, other: Reader) -> None:
    reader.import_list(LIST)
    feed_id = reader.subscriptions()[0].id
    settings = FeedSettings(
        full_text="always", min_interval_s=7200, keep_days=9, unread_again=0.2, is_archived=True
    )
    reader.configure(feed_id, settings)
    reader.configure(reader.subscriptions()[1].id, FeedSettings(unread_again=0.0))
    reader.tag_feed(feed_id, add=["c/c++"])
    reader.save_search("Long reads", "is:unread words:>2000")
    other.import_list(reader.export_list())
    assert contents(other) == contents(reader)


def test_import_leaves_searches_of_ones_own(reader: Reader, other: Reader) -> None:
    reader.save_search("Long reads", "words:>2000")
    reader.save_search("Ships", "harbour")
    other.save_search("long reads", "words:>1500")
    report = other.import_list(reader.export_list())
    assert report.skipped == (("search 'Long reads': words:>2000", "another search has this name"),)
    kept = [(one.name, one.query) for one in other.saved_searches()]
    assert kept == [("long reads", "words:>1500"), ("Ships", "harbour")]
    assert reader.import_list(reader.export_list()).skipped == ()


def test_searches_that_could_not_be_used_are_not_imported(reader: Reader) -> None:
    reader.save_search("ship", "harbour")
    report = reader.import_list(
        b"""<opml version="2.0" xmlns:feedreader="urn:x"><body>
        <outline type="search" text="A" feedreader:query="search:b OR search:Fine"/>
        <outline type="search" text="B" feedreader:query="search:A"/>
        <outline type="search" text="C" feedreader:query="search:c"/>
        <outline type="search" text="Fine" feedreader:query="search:Later search:Ship"/>
        <outline type="search" text="Later" feedreader:query="is:later"/>
        <outline type="search" text="Lost" feedreader:query="search:Nowhere"/>
        </body></opml>"""
    )
    assert [(what, why.rpartition("'A': ")[2]) for what, why in report.skipped] == [
        ("search 'A': search:b OR search:Fine", "the saved search 'b' contains itself"),
        ("search 'B': search:A", "in the saved search 'b': the saved search 'A' contains itself"),
        ("search 'C': search:c", "in the saved search 'c': the saved search 'c' contains itself"),
        ("search 'Lost': search:Nowhere", "no saved search is called 'Nowhere'"),
    ]  # fmt: skip
    assert [one.name for one in reader.saved_searches()] == ["ship", "Fine", "Later"]
    assert reader.count("search:Fine") == 0


def test_many_searches_are_not_read_again_for_each_other(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []
    saved_searches = FeedStore.saved_searches

    def counted(store: FeedStore) -> tuple[SavedSearch, ...]:
        reads.append(store)
        return saved_searches(store)

    monkeypatch.setattr(FeedStore, "saved_searches", counted)
    searches = "".join(
        f'<outline type="search" text="S{number}" feedreader:query="is:unread"/>'
        for number in range(50)
    )
    opml = f'<opml version="2.0" xmlns:feedreader="urn:x"><body>{searches}</body></opml>'
    reader.import_list(opml.encode())
    assert len(reads) == 1
    assert len(reader.saved_searches()) == 50


@pytest.mark.parametrize("number", ["0", "-5", "99999999", "x", "1e3", "١", ""])
def test_settings_that_nobody_may_choose_are_not_imported(reader: Reader, number: str) -> None:
    reader.import_list(
        f"""<opml version="2.0" xmlns:feedreader="urn:x"><body>
        <outline type="rss" text="A" xmlUrl="https://a.example/feed" feedreader:keepDays="{number}"
            feedreader:minIntervalSeconds="{number}" feedreader:unreadAgain="{number[1:]}%"
            feedreader:userAgent="a&#13;&#10;b"/>
        <outline type="search" feedreader:query="nameless"/>
        </body></opml>""".encode()
    )
    (feed,) = reader.subscriptions()
    assert (feed.settings.keep_days, feed.settings.min_interval_s) == (None, None)
    assert feed.settings.user_agent == "a b"
    assert reader.saved_searches() == ()


def test_retention_goes_on_beside_days_beyond_the_calendar(reader: Reader) -> None:
    feed, _ = reader.subscribe("https://a.example/feed")
    reader.configure(feed.id, FeedSettings(keep_days=99_999_999))
    assert reader.apply_retention(RetentionSettings(keep_days=3)).entry_ids == ()


def test_import_into_a_folder_keeps_the_list_together(reader: Reader) -> None:
    reader.import_list(LIST, folder=("From a friend",))
    assert ("From a friend", "News", "World") in reader.folders()
    assert all(path[0] == "From a friend" for one in reader.subscriptions() for path in one.folders)


def test_list_that_cannot_be_read_imports_nothing(reader: Reader) -> None:
    with pytest.raises(ImportFailed):
        reader.import_list(b"<rss version='2.0'><channel><title>no list</title></channel></rss>")
    assert reader.subscriptions() == ()


def test_newsboat_urls_bring_feeds_tags_names_and_searches(reader: Reader) -> None:
    report = reader.import_list(
        b'https://a.example/feed tech "~My A"\n'
        b'"query:Unread tech:unread = \\"yes\\" and tags # \\"tech\\""\n'
        b'"exec:~/bin/make-feed" local\n'
    )
    (feed,) = reader.subscriptions()
    assert (feed.title, feed.tags) == ("My A", ("tech",))
    (search,) = reader.saved_searches()
    assert (search.name, search.query) == ("Unread tech", "is:unread tag:tech")
    assert report.skipped[0][0].startswith("exec:")


def test_newsboat_commands_come_only_when_asked_for(reader: Reader) -> None:
    reader.import_list(
        b'"exec:make-feed --all" local\n"filter:./sieve:https://b.example/feed"\n'
        b"file:///home/user/feed.xml\n",
        allow_commands=True,
    )
    kinds = {one.kind: one for one in reader.subscriptions()}
    assert set(kinds) == {"exec", "filter", "file"}
    assert kinds["exec"].settings.command == "make-feed --all"
    assert kinds["filter"].url == "https://b.example/feed"


def test_opml_can_never_bring_a_command(reader: Reader) -> None:
    report = reader.import_list(
        b'<opml><body><outline text="x" xmlUrl="|rm -rf /"/>'
        b'<outline text="y" xmlUrl="exec:touch /tmp/x"/></body></opml>',
        allow_commands=True,
    )
    assert reader.subscriptions() == ()
    assert len(report.skipped) == 2


def test_newsboat_cache_brings_its_read_state(reader: Reader, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from feedreader.core.identity import identify
    from feedreader.core.plan import plan_entries
    from feedreader.model import Entry, FeedUpdate, PollState
    from feedreader.store import Store

    feed_id = reader.subscribe("https://a.example/feed")[0].id
    with Store(tmp_path / "feeds.db") as store:
        entries = identify([Entry(guid=f"g{n}", title=f"t{n}") for n in range(3)])
        plan = plan_entries(entries, store.entries.known(feed_id, entries))
        update = FeedUpdate(feed_id, PollState(), new=plan.new)
        store.apply([update], datetime(2026, 11, 25, tzinfo=UTC))
    cache = tmp_path / "cache.db"
    with sqlite3.connect(cache) as connection:
        connection.execute(
            "CREATE TABLE rss_item (feedurl, guid, url, unread INTEGER, flags, deleted INTEGER)"
        )
        connection.executemany(
            "INSERT INTO rss_item VALUES ('https://a.example/feed', ?, '', ?, ?, 0)",
            [("g0", 0, ""), ("g1", 1, "s"), ("gone", 0, "")],
        )
    reader.import_newsboat_cache(cache)
    assert [one.title for one in reader.entries("is:read")] == ["t0"]
    assert [one.title for one in reader.entries('tag:"flag:s"')] == ["t1"]


def test_file_that_is_no_cache_is_refused(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    path.write_bytes(b"no database at all, but long enough to look at" * 40)
    with pytest.raises(ImportFailed, match=r"no cache\.db"):
        reader.import_newsboat_cache(path)


def test_lists_of_the_corpus_survive_import_export_import(corpus: Path, tmp_path: Path) -> None:
    with (corpus / "opml" / "index.tsv").open() as index:
        names = [row["file"] for row in csv.DictReader(index, delimiter="\t")]
    for name in names:
        data = (corpus / "opml" / name).read_bytes()
        with Reader(tmp_path / f"{name}.1.db") as one, Reader(tmp_path / f"{name}.2.db") as two:
            try:
                report = one.import_list(data)
            except ImportFailed:
                continue
            expected = {feed.url for feed in list_feeds(read_opml(data)).feeds}
            assert len(report.added) == len(expected), name
            if expected:
                two.import_list(one.export_list(with_secrets=True))
                assert contents(two) == contents(one), name
