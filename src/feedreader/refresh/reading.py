"""A body, read: its document, which entry is which, and the entries made safe if all are new."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from feedreader.core.identity import IdentifiedEntry, identify
from feedreader.core.parse import parse_fast, parse_feed
from feedreader.core.plan import clean_entry
from feedreader.model import CleanEntry, ParsedFeed


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from one body."""

    parsed: ParsedFeed
    identified: tuple[IdentifiedEntry, ...]
    cleaned: Mapping[bytes, CleanEntry] = field(default_factory=dict)
    """By key: entries that were made safe already."""


def read_at_once(body: bytes, **response: str) -> Reading | None:
    """Return what `read` would, if a millisecond or two will do, else None."""
    try:
        parsed = parse_fast(body, **response)
        return None if parsed is None else Reading(parsed, identify(parsed.entries))
    except Exception:
        # A worker will stumble over it too, and there it costs this feed alone.
        return None


def read(body: bytes, **response: str) -> Reading:
    """Return what a body holds; raise NotAFeed. `response` is what `parse_feed` wants to know."""
    parsed = parse_feed(body, **response)
    return Reading(parsed, identify(parsed.entries))


def read_new(body: bytes, **response: str) -> Reading:
    """Return what a body holds with all its entries made safe; raise NotAFeed."""
    reading = read(body, **response)
    cleaned = {one.key: clean_entry(one) for one in reading.identified}
    return Reading(reading.parsed, reading.identified, cleaned)
