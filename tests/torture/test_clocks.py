"""A clock that was wrong freezes no feed, storms no server and shuffles no list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from feedreader.model import RefreshOutcome
from feedreader.reader import Reader
from scenes import IS_FULL, SETTINGS, Tally, rss
from servers import Answer, LoopbackServer

FEEDS = 5
RIGHT = datetime(2026, 11, 25, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = RIGHT

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(host="0.0.0.0") as server:
        for number in range(1, FEEDS + 1):
            server.answers[f"/{number}"] = Answer(body=rss(3, 2, 1), headers={"ETag": '"1"'})
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reader(server: LoopbackServer, clock: Clock, tmp_path: Path) -> Iterator[Reader]:
    with Reader(tmp_path / "feeds.db", refresh_settings=SETTINGS, clock=clock) as reader:
        for number in range(1, FEEDS + 1):
            reader.subscribe(server.url(f"/{number}", host=f"127.0.1.{number}"))
        yield reader
        assert reader.find_problems() == ()


def asked(reader: Reader) -> int:
    """Refresh once; return how many feeds were asked."""
    return sum(
        isinstance(one, RefreshOutcome) and one.outcome != "skipped" for one in reader.refresh()
    )


JUMPS = {
    "1 h ahead": timedelta(hours=1),
    "1 h behind": timedelta(hours=-1),
    "10 years ahead": timedelta(days=3650),
    "10 years behind": timedelta(days=-3650),
    "1970": datetime(1970, 1, 2, tzinfo=UTC) - RIGHT,
    "2106, past 32 bits": datetime(2106, 2, 8, tzinfo=UTC) - RIGHT,
}


@pytest.mark.parametrize("jump", JUMPS if IS_FULL else ["1 h behind", "10 years ahead", "1970"])
@pytest.mark.parametrize("had_polled", [False, True])
def test_clock_that_jumps_and_comes_back_freezes_no_feed_and_storms_no_server(
    jump: str,
    had_polled: bool,
    reader: Reader,
    clock: Clock,
    server: LoopbackServer,
    tally: Tally,
) -> None:
    if had_polled:
        assert asked(reader) == FEEDS
        clock.now += timedelta(days=2)
    right = clock.now
    clock.now = right + JUMPS[jump]
    for _ in range(5):  # each feed at most once while the clock is wrong
        asked(reader)
    wrongly = len(server.requests)
    assert wrongly <= FEEDS * (1 + had_polled)
    clock.now = right
    before = len(server.requests)
    hours = 0
    while len({one.target for one in server.requests[before:]}) < FEEDS:
        hours += 1
        assert hours <= 25, "a feed is frozen"
        clock.now += timedelta(hours=1)
        asked(reader)
    for path in (f"/{number}" for number in range(1, FEEDS + 1)):
        since = [one for one in server.requests[before:] if one.target == path]
        assert len(since) <= 2
    assert reader.status().entries == FEEDS * 3
    tally(f"clock {jump} and back", tries=1, lost=0, words="")


def test_order_of_entries_does_not_follow_a_wrong_clock(
    reader: Reader, clock: Clock, server: LoopbackServer
) -> None:
    undated = b"<rss version='2.0'><channel><title>F</title>%s</channel></rss>"
    item = "<item><guid>{0}</guid><title>Undated {0}</title></item>"

    def publish(last: int) -> None:
        items = "".join(item.format(n) for n in range(last, 0, -1))
        server.answers["/1"] = Answer(body=undated % items.encode())

    publish(2)
    asked(reader)
    before = [one.title for one in reader.entries("intitle:undated")]
    clock.now += timedelta(days=2)
    publish(3)
    asked(reader)
    assert [one.title for one in reader.entries("intitle:undated")] == ["Undated 3", *before]
    stamps = {one.title: one.sorted_at for one in reader.entries("")}
    clock.now = datetime(2036, 1, 1, tzinfo=UTC)
    asked(reader)
    assert {one.title: one.sorted_at for one in reader.entries("")} == stamps


def test_entries_dated_in_the_future_do_not_stay_on_top(
    reader: Reader, clock: Clock, server: LoopbackServer
) -> None:
    dated = (
        "<rss version='2.0'><channel><title>F</title><item><guid>f</guid><title>From 2099</title>"
        "<pubDate>Tue, 24 Nov 2099 10:00:00 GMT</pubDate></item></channel></rss>"
    )
    server.answers["/1"] = Answer(body=dated.encode())
    asked(reader)
    clock.now += timedelta(days=2)
    server.answers["/2"] = Answer(body=rss(9, 3, 2, 1).replace(b"24 Nov 2026", b"27 Nov 2026"))
    asked(reader)
    assert next(reader.entries("")).title == "Story 9"


@pytest.mark.parametrize(
    ("zone", "moment"),
    [
        ("Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 3, 29, 0, 30, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 14, 50, tzinfo=UTC)),
    ],
)
def test_summer_time_neither_doubles_nor_drops_a_poll(
    zone: str, moment: datetime, reader: Reader, clock: Clock, server: LoopbackServer
) -> None:
    clock.now = moment.astimezone(ZoneInfo(zone))
    asked(reader)
    gaps = []
    last = clock.now
    for _ in range(24 * 4):
        clock.now = (clock.now.astimezone(UTC) + timedelta(minutes=15)).astimezone(ZoneInfo(zone))
        before = len(server.asked("/1"))
        asked(reader)
        if len(server.asked("/1")) > before:
            gaps.append((clock.now - last).total_seconds())
            gaps[-1] = (clock.now.astimezone(UTC) - last.astimezone(UTC)).total_seconds()
            last = clock.now
    assert gaps
    assert min(gaps) >= 3600 - 30
    assert max(gaps) <= 25 * 3600


def test_eight_hours_of_sleep_end_in_one_poll_of_each_feed(
    reader: Reader, clock: Clock, server: LoopbackServer
) -> None:
    asked(reader)
    clock.now += timedelta(days=2, hours=8)
    assert asked(reader) == FEEDS
    assert asked(reader) == 0
    assert len(server.requests) == 2 * FEEDS
