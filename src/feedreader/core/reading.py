"""A body, read: its document, which entry is which, and the entries made safe if all are new."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from feedreader.core.identity import IdentifiedEntry, identify
from feedreader.core.parse import parse_fast, parse_feed
from feedreader.core.unchanged import Items
from feedreader.errors import NotAFeed
from feedreader.model import CleanEntry, Entry, ParsedFeed


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from one body."""

    parsed: ParsedFeed
    """Without the entries that are known to be unchanged."""
    identified: tuple[IdentifiedEntry, ...]
    cleaned: Mapping[bytes, CleanEntry] = field(default_factory=dict)
    """By key: entries that were made safe already."""
    is_summary_only: bool | None = None
    """None: nobody has looked; see polls.py."""
    unchanged: frozenset[bytes] = frozenset()
    """Keys of the entries that were not read, since their items are what they were."""
    items: bytes = b""
    """What to remember, so that the next reading may leave items out; see unchanged.py."""


def read_at_once(body: bytes, remembered: bytes = b"", **response: str) -> Reading | None:
    """Return what a body holds, if a millisecond or two will do to find out, else None.

    `remembered` is `items` of the reading before. Raises NotAFeed if it plainly is none.
    """
    try:
        return _read_with(parse_fast, body, remembered, response)
    except NotAFeed:
        raise
    except Exception:
        # A worker will stumble over it too, and there it costs this feed alone.
        return None


def read_elsewhere(
    body: bytes, remembered: bytes = b"", *, all_new: bool, **response: str
) -> Reading:
    """Return what a body holds, with all that takes time done; raise NotAFeed.

    `response` is what `parse_feed` wants to know of it. `all_new`: no entry is known yet, so
    each will have to be made safe.
    """
    from feedreader.core.fulltext import is_summary_only

    reading = _read_with(parse_feed, body, remembered, response)
    assert reading is not None, "parse_feed reads it or raises"
    if not all_new:
        return reading
    parsed = reading.parsed
    cleaned = clean_elsewhere(reading.identified)
    has_summaries = bool(is_summary_only(parsed.entries, cleaned.values()))
    _drop_raw_html(parsed.entries)
    return replace(reading, cleaned=cleaned, is_summary_only=has_summaries)


def _read_with(
    parse: Callable[..., ParsedFeed | None],
    body: bytes,
    remembered: bytes,
    response: Mapping[str, str],
) -> Reading | None:
    """Return what is new in a body, or all of it where that alone would tell too little."""
    items = Items(remembered)
    parsed = parse(body, items=items, **response)
    if parsed is None:
        return None
    identified = identify(parsed.entries)
    to_remember = items.remember(parsed, identified, response.values())
    if items.unchanged and not to_remember:
        return _read_with(parse, body, b"", response)
    return Reading(parsed, identified, unchanged=items.unchanged, items=to_remember)


def _drop_raw_html(entries: Sequence[Entry]) -> None:
    """Empty the bodies of entries that no one else has, and of which safe ones are at hand.

    They are more than a third of what goes back to the main process and waits there.
    """
    for entry in entries:
        for name in ("content_html", "summary_html"):
            object.__setattr__(entry, name, "")  # a copy of each would take a while


def clean_elsewhere(identified: Sequence[IdentifiedEntry]) -> Mapping[bytes, CleanEntry]:
    """Return by key the entries, made safe; how long that takes, their author may decide."""
    from feedreader.core.plan import clean_entry

    return {one.key: clean_entry(one) for one in identified}


def html_chars(identified: Sequence[IdentifiedEntry]) -> int:
    """Return how much HTML there is to be made safe."""
    return sum(len(one.entry.content_html) + len(one.entry.summary_html) for one in identified)
