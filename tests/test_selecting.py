"""The short way of the most frequent query selects what the query language says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from feedreader.core.query import Context, parse
from feedreader.selecting import Selector
from feedreader.store import Store

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture(params=["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ZoneInfo]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield ZoneInfo(request.param)
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("has_removed_feed", [False, True])
def test_unread_is_selected_as_the_query_language_selects_it(
    tmp_path: Path, has_removed_feed: bool
) -> None:
    with Store(tmp_path / "feeds.db") as store:
        feed_id, _ = store.feeds.add("https://a.example/feed", now=NOW)
        if has_removed_feed:
            store.feeds.remove(feed_id, NOW)
        selector = Selector(store, lambda: NOW)
        assert selector.select("is:unread") == selector.compile(
            parse("is:unread"), selector.context()
        )


@pytest.mark.parametrize("now", [NOW, datetime(2026, 3, 29, 12, tzinfo=UTC), NOW.replace(month=7)])
@pytest.mark.parametrize(
    "query",
    ["on:today", "on:yesterday", "on:2026-07-01", "on:2026-01-01", "on:2026-10-25", "before:2026",
     "newer:4m", "older:1y", "after:2026-03-29T10:00", "on:2026-07-01T10:00Z"],
)  # fmt: skip
def test_days_begin_by_the_clocks_of_that_day(
    tmp_path: Path, zone: ZoneInfo, now: datetime, query: str
) -> None:
    with Store(tmp_path / "feeds.db") as store:
        selector = Selector(store, lambda: now)
        meant = Context(now=now, timezone=zone)
        assert selector.select(query) == selector.compile(parse(query), meant)


@pytest.mark.parametrize("minutes", range(0, 240, 30))
def test_hour_that_comes_twice_is_told_apart(tmp_path: Path, zone: ZoneInfo, minutes: int) -> None:
    now = datetime(2026, 10, 24, 23, 15, tzinfo=UTC) + timedelta(minutes=minutes)
    with Store(tmp_path / "feeds.db") as store:
        selector = Selector(store, lambda: now)
        meant = Context(now=now, timezone=zone)
        assert selector.select("newer:0d") == selector.compile(parse("newer:0d"), meant)
        assert now.astimezone(selector.context().timezone).astimezone(UTC) == now


@pytest.mark.parametrize("query", ["after:0001", "before:0001-01-01", "before:9998", "newer:9999y"])
def test_ends_of_the_calendar_are_within_reach(tmp_path: Path, zone: ZoneInfo, query: str) -> None:
    with Store(tmp_path / "feeds.db") as store:
        assert Selector(store, lambda: NOW).select(query)
