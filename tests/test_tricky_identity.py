"""The corpus's small hard cases, as far as they speak of ids and repeated fetches."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from feedreader.core.identity import identify
from feedreader.core.parse import parse_feed
from feedreader.core.plan import plan_entries
from feedreader.model import Entry, FeedUpdate, ParsedFeed, PollState
from feedreader.store import Store

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def expectations(corpus: Path, *operations: str) -> list[dict[str, Any]]:
    lines = (corpus / "feeds" / "tricky" / "expectations.jsonl").read_text().splitlines()
    return [row for row in map(json.loads, lines) if row["op"] in operations]


def parse(corpus: Path, name: str) -> ParsedFeed:
    body = (corpus / "feeds" / "tricky" / name).read_bytes()
    return parse_feed(body, url="https://feeds.example/feed")


def poll(store: Store, feed_id: int, parsed: ParsedFeed) -> int:
    """Store a document; return how many entries were new."""
    identified = identify(parsed.entries)
    plan = plan_entries(identified, store.entries.known(feed_id, identified))
    update = FeedUpdate(feed_id, PollState(), new=plan.new, changed=plan.changed)
    store.apply([update], NOW)
    return len(plan.new)


def test_second_fetch_of_a_tricky_feed_adds_nothing(corpus: Path, tmp_path: Path) -> None:
    rows = expectations(corpus, "stable-ids")
    assert rows
    with Store(tmp_path / "feeds.db") as store:
        for number, row in enumerate(rows):
            with store.transaction():
                feed_id, _ = store.feeds.add(f"https://feeds.example/{number}", now=NOW)
            parsed = parse(corpus, row["file"])
            assert poll(store, feed_id, parsed) == len(identify(parsed.entries)), row["file"]
            unread = store.status().unread
            assert poll(store, feed_id, parsed) == 0, row["file"]
            assert store.status().unread == unread, row["file"]


def test_entry_without_guid_is_known_by_its_link_or_id(corpus: Path) -> None:
    rows = expectations(corpus, "identity")
    assert rows
    for row in rows:
        number = int(row["path"].partition("[")[2].partition("]")[0])
        (one,) = identify([parse(corpus, row["file"]).entries[number]])
        named = [Entry(guid=row["value"]), Entry(link=row["value"])]
        assert one.key in {other.key for entry in named for other in identify([entry])}, row
