"""Lists of any length as columns: the same entries in the same order as `entries`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedreader.core.identity import identify
from feedreader.core.plan import plan_entries
from feedreader.model import Entry, Feed, FeedUpdate, PollState
from feedreader.reader import Reader
from feedreader.store import Store

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    path = tmp_path / "feeds.db"
    with Store(path) as store:
        with store.transaction():
            feed_id, _ = store.feeds.add("https://a.example/feed", now=NOW)
        entries = [
            Entry(
                guid=str(number),
                title=f"{'even' if number % 2 == 0 else 'odd'} {chr(122 - number)}",
                published=NOW - timedelta(hours=number),
            )
            for number in range(20)
        ]
        plan = plan_entries(identify(entries), store.entries.known(feed_id, identify(entries)))
        store.apply([FeedUpdate(feed_id, PollState(), feed=Feed(title="A"), new=plan.new)], NOW)
    with Reader(path, clock=lambda: NOW) as reader:
        reader.mark_read(list(reader.entry_ids("odd")))
        yield reader


@pytest.mark.parametrize("query", ["", "is:unread", "odd", "sort:title", "limit:3", "-even"])
def test_keys_are_those_of_the_entries(reader: Reader, query: str) -> None:
    keys = reader.entry_keys(query)
    entries = list(reader.entries(query))
    assert list(keys.ids) == [entry.id for entry in entries]
    assert list(keys.feed_ids) == [entry.feed_id for entry in entries]
    assert list(keys.sorted_at) == [entry.sorted_at.timestamp() for entry in entries]
    assert list(keys.unread) == [not entry.is_read for entry in entries]


def test_oldest_first_turns_the_order_round_unless_the_query_has_its_own(reader: Reader) -> None:
    assert list(reader.entry_keys(oldest_first=True).ids) == list(reader.entry_keys().ids)[::-1]
    by_title = reader.entry_keys("sort:title").ids
    assert reader.entry_keys("sort:title", oldest_first=True).ids == by_title


def test_a_limit_cuts_the_keys(reader: Reader) -> None:
    assert reader.entry_keys("odd", limit=4).ids == reader.entry_keys("odd").ids[:4]


def test_entries_that_came_after_one_are_counted(reader: Reader) -> None:
    ids = sorted(reader.entry_keys().ids)
    assert reader.count(after_id=ids[14]) == 5
    assert reader.count("odd", after_id=ids[14]) == sum(
        one > ids[14] for one in reader.entry_ids("odd")
    )


def test_an_empty_store_has_no_keys(tmp_path: Path) -> None:
    with Reader(tmp_path / "empty.db") as reader:
        assert len(reader.entry_keys().ids) == 0
