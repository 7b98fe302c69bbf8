"""Publishers who change everything about their entries, and entries of awkward identity."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedreader.reader import Reader
from scenes import SETTINGS, Tally
from servers import Answer, LoopbackServer

ENTRIES = range(1, 11)


def item(n: int, **changes: str | None) -> str:
    """Return an RSS item of its own title, link, guid, date and text, but for the changes."""
    fields: dict[str, str | None] = {
        "title": f"The {n}th report on the harbour of a town",
        "link": f"http://town.example/reports/{n}",
        "guid": f"http://town.example/?p={n}",
        "pubDate": f"Tue, {n:02} Nov 2026 08:00:00 GMT",
        "description": f"Report {n} says at length what came in and what went out again. " * 8,
    } | changes
    return "<item>" + "".join(
        f"<{name}>{value.replace('&', '&amp;')}</{name}>"
        for name, value in fields.items() if value is not None
    ) + "</item>"  # fmt: skip


def rss(items: list[str]) -> bytes:
    return (
        "<rss version='2.0'><channel><title>Reports</title>" + "".join(items) + "</channel></rss>"
    ).encode()


REPUBLISHED: dict[str, tuple[list[str], list[str]]] = {
    "all guids change": (
        [item(n) for n in ENTRIES],
        [item(n, guid=f"tag:town.example,2026:{n * 7919}") for n in ENTRIES],
    ),
    "guid and link from http to https": (
        [item(n) for n in ENTRIES],
        [
            item(
                n,
                guid=f"https://town.example/?p={n}",
                link=f"https://town.example/reports/{n}",
            )
            for n in ENTRIES
        ],
    ),
    "the host gains www.": (
        [item(n) for n in ENTRIES],
        [
            item(
                n,
                guid=f"http://www.town.example/?p={n}",
                link=f"http://www.town.example/reports/{n}",
            )
            for n in ENTRIES
        ],
    ),
    "no guid, the link gains utm": (
        [item(n, guid=None) for n in ENTRIES],
        [
            item(n, guid=None, link=f"http://town.example/reports/{n}?utm_source=rss&utm_medium=x")
            for n in ENTRIES
        ],
    ),
    "no guid, dates change": (
        [item(n, guid=None) for n in ENTRIES],
        [item(n, guid=None, pubDate=f"Wed, {n + 10} Nov 2026 09:00:00 GMT") for n in ENTRIES],
    ),
    "titles are edited": (
        [item(n) for n in ENTRIES],
        [item(n, title=f"Corrected: the report number {n}") for n in ENTRIES],
    ),
    "the order is reversed": (
        [item(n) for n in ENTRIES],
        [item(n) for n in reversed(ENTRIES)],
    ),
    "bodies are stamped per fetch": (
        [item(n, description=f"What report {n} says. Served at 10:00:01.") for n in ENTRIES],
        [item(n, description=f"What report {n} says. Served at 17:31:59.") for n in ENTRIES],
    ),
    "guids gain white space": (
        [item(n) for n in ENTRIES],
        [item(n, guid=f"\n   http://town.example/?p={n}\t ") for n in ENTRIES],
    ),
}


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 25, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as server:
        yield server


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    with Reader(tmp_path / "feeds.db", refresh_settings=SETTINGS, clock=Clock()) as reader:
        yield reader
        assert reader.find_problems() == ()


def test_republished_entries_stay_read(
    reader: Reader, server: LoopbackServer, tally: Tally
) -> None:
    for number, (first, _) in enumerate(REPUBLISHED.values()):
        server.answers[f"/{number}"] = Answer(body=rss(first))
        reader.subscribe(server.url(f"/{number}"))
    list(reader.refresh())
    assert reader.status().entries == 90
    reader.mark_read("")
    reader.star("")
    for number, (_, second) in enumerate(REPUBLISHED.values()):
        server.answers[f"/{number}"] = Answer(body=rss(second))
    for _ in range(2):
        list(reader.refresh(force=True))
    unread = reader.count("is:unread")
    assert (unread, reader.status().entries, reader.status().starred) == (0, 90, 90)
    tally("90 read entries republished in 9 ways", tries=90, lost=unread, words="unread again")


AWKWARD: dict[str, list[list[str]]] = {
    "one guid for ten entries": [[item(n, guid="post") for n in ENTRIES]],
    "one link, no guid, ten dates": [
        [item(n, guid=None, link="http://town.example/", title="Status") for n in ENTRIES]
    ],
    "titles only": [
        [item(n, guid=None, link=None, pubDate=None, description=None) for n in ENTRIES]
    ],
    "texts only": [[item(n, guid=None, link=None, pubDate=None, title=None) for n in ENTRIES]],
    "the same guids in two feeds": [
        [item(n, title=f"North {n}") for n in ENTRIES],
        [item(n, title=f"South {n}") for n in ENTRIES],
    ],
}


def test_entries_of_awkward_identity_are_all_kept(
    reader: Reader, server: LoopbackServer, tally: Tally
) -> None:
    feeds = [feed for feeds in AWKWARD.values() for feed in feeds]
    for number, items in enumerate(feeds):
        server.answers[f"/{number}"] = Answer(body=rss(items))
        reader.subscribe(server.url(f"/{number}"))
    list(reader.refresh())
    kept = reader.status().entries
    assert {one.title: one.entry_count for one in reader.subscriptions()}
    assert kept == 60
    reader.mark_read("")
    for number, items in enumerate(feeds):
        server.answers[f"/{number}"] = Answer(body=rss(items) + b"\n")
    list(reader.refresh(force=True))
    assert (reader.status().entries, reader.status().unread) == (60, 0)
    tally("60 entries of awkward identity", tries=60, lost=60 - kept)
