"""The beginning of a list: found at once, and the same that the whole list begins with."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedreader import selecting
from feedreader.core.identity import identify
from feedreader.core.plan import plan_entries
from feedreader.model import Entry, Feed, FeedUpdate, PollState
from feedreader.reader import Reader
from feedreader.store import Store

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
COUNT = 400
POLLS = 8


def add(store: Store, feed_id: int, entries: Sequence[Entry], now: datetime) -> None:
    identified = identify(entries)
    plan = plan_entries(identified, store.entries.known(feed_id, identified))
    store.apply([FeedUpdate(feed_id, PollState(), feed=Feed(title="A"), new=plan.new)], now)


def text_of(number: int) -> str:
    """Half of the entries are of the harbour, a tenth of harvests, the oldest ones of a lynx."""
    words = ["harbour" if number % 2 else "meadow", "harvest" if number % 10 == 3 else "plough"]
    return f"{' '.join(words)} {'lynx' if number >= COUNT - 3 else 'otter'} w{number:03}"


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """Entries of eight polls, most of them of the hours before it, some of them of long ago."""
    monkeypatch.setattr(selecting, "_LOOKS", (40, 120))
    monkeypatch.setattr(selecting, "_FEW", 30)
    monkeypatch.setattr(selecting, "_MOST_WORDS", 20)
    chance = random.Random(5)
    with Store(tmp_path / "feeds.db") as store:
        with store.transaction():
            feed_ids = [
                store.feeds.add(f"https://{one}.example/feed", now=NOW)[0] for one in range(4)
            ]
        for poll in reversed(range(POLLS)):
            moment = NOW - timedelta(days=poll)
            for place, feed_id in enumerate(feed_ids):
                numbers = range(poll * COUNT // POLLS, (poll + 1) * COUNT // POLLS)
                entries = [
                    Entry(
                        guid=str(number),
                        title=text_of(number),
                        published=moment
                        - timedelta(hours=chance.choice((2, 9, 20, 9, 2, 20_000)), seconds=number),
                    )
                    for number in numbers
                    if number % len(feed_ids) == place
                ]
                add(store, feed_id, entries, moment)
    with Reader(tmp_path / "feeds.db", clock=lambda: NOW) as reader:
        ids = reader.entry_ids()
        reader.mark_read(ids[: COUNT // 2])
        reader.mark_read([one for one in ids if one % 3])
        reader.star(ids[5:300:40])
        reader.mute(ids[7:12])
        yield reader


QUERIES = (
    *("", "harbour", "har*", "har* -harvest", "lynx", "ly*", "harvest lynx*", "nowhere", "no*"),
    *("is:unread", "is:unread har*", "is:unread lynx", "is:starred harbour", "feed:2 harv*"),
    *("harbour OR lynx", "meadow (harv* OR lynx*)", "-harbour", "sort:date har*", "limit:5 har*"),
    *("limit:5 lynx", "is:muted", "newer:2d har*", "intitle:harb* -plough", "id:7", "tag:none"),
    *("/harv.st/", "is:unread /lynx/", "words:>3", "w*", "w1* harbour"),
)


@pytest.mark.parametrize("oldest_first", [False, True])
@pytest.mark.parametrize("count", [1, 6, 50])
@pytest.mark.parametrize("query", QUERIES)
def test_full_beginning_is_that_of_the_whole_list(
    reader: Reader, query: str, count: int, oldest_first: bool
) -> None:
    whole = reader.entry_keys(query, oldest_first=oldest_first)
    keys, is_whole = reader.first_keys(query, count, oldest_first=oldest_first)
    assert set(keys.ids) <= set(whole.ids)
    if is_whole:
        assert keys == whole
    elif len(keys.ids) == count and not oldest_first:
        assert list(keys.ids) == list(whole.ids)[:count]


@pytest.mark.parametrize("query", ["harbour", "har*", "feed:2 har*", "harbour -otter", "lynx"])
def test_words_frequent_or_rare_give_the_full_beginning(reader: Reader, query: str) -> None:
    whole = reader.entry_keys(query)
    assert list(reader.first_keys(query, 6).keys.ids) == list(whole.ids)[:6]


@pytest.mark.parametrize("query", ["lynx", "ly*", "nowhere", "no*", "is:starred", "limit:5 har*"])
def test_few_hits_are_known_to_be_all(reader: Reader, query: str) -> None:
    keys, is_whole = reader.first_keys(query, 50)
    assert is_whole
    assert keys == reader.entry_keys(query)


def test_search_of_whole_texts_does_not_go_through_all_entries(reader: Reader) -> None:
    seen = 0

    def counting(pattern: str, text: str) -> bool:
        nonlocal seen
        seen += 1
        return False

    reader._store.connection._sqlite.create_function("regexp", 2, counting)
    keys, is_whole = reader.first_keys("/lynx/", 50)
    assert not keys.ids
    assert not is_whole
    assert 0 < seen < COUNT  # two columns of each of 40 entries


def test_words_that_may_go_on_in_too_many_ways_are_left_to_the_whole_list(reader: Reader) -> None:
    keys, is_whole = reader.first_keys("w*", 200)
    assert 0 < len(keys.ids) < 200
    assert not is_whole


def test_short_list_is_whole_without_a_look_at_its_beginning(tmp_path: Path) -> None:
    with Reader(tmp_path / "empty.db") as reader:
        keys, is_whole = reader.first_keys("har*", 10)
        assert is_whole
        assert not keys.ids


def test_index_names_the_words_that_begin_so(reader: Reader) -> None:
    search = reader._store.search
    assert search.words_beginning("har", 5) == ("harbour", "harvest")
    assert search.words_beginning("harbour", 5) == ("harbour",)
    assert search.words_beginning("w00", 10) == tuple(f"w{number:03}" for number in range(10))
    assert search.words_beginning("w00", 9) is None
    assert search.words_beginning("zz", 9) == ()


def test_database_that_cannot_be_written_is_searched_all_the_same(reader: Reader) -> None:
    path = reader.path
    reader.close()
    path.chmod(0o400)
    with Reader(path, clock=lambda: NOW) as again:
        assert len(again.first_keys("har*", 6).keys.ids) == 6
