"""An entry's edits laid out for the story view: a head, then each change with its date."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

from feedreader.core.document import Line, Span, Style
from feedreader.core.edit_page import State
from feedreader.core.edit_page import lay_out_edits as lay_out_changes
from feedreader.core.text import clean_line
from feedreader.model import EntryVersion, StoredEntry
from feedreader.tui.dates import long_moment
from feedreader.tui.story_lines import StoryPage, make_page, wrapped


def lay_out_edits(
    entry: StoredEntry,
    versions: Sequence[EntryVersion],
    *,
    width: int,
    now: datetime,
    zone: tzinfo | None,
    has_signs: bool = False,
    key_of: Callable[[str], str] = lambda name: "",
) -> StoryPage:
    """Return all changes of an entry, the latest first; `versions` are newest first.

    Versions hold what the feed said, so the feed's text of today is the last of them.
    """
    title = clean_line(entry.summary.title) or "(no title)"
    count = len(versions)
    told = f"Edited {count} time{'s' * (count != 1)} by its publisher" if count else "Never edited"
    came = long_moment(entry.summary.received_at, now, zone).replace("Today", "today", 1)
    signs = [
        Span("[-gone-]" if has_signs else "gone", Style.GONE),
        Span(" · ", Style.DIM),
        Span("{+new+}" if has_signs else "new", Style.CAME),
    ]
    keys = [f"{key} {does}" for name, does in _KEYS if count > 1 and (key := key_of(name))]
    head = [
        Line(),
        *wrapped([Span(title, Style.TITLE)], width),
        *wrapped([Span(f"{told}, received {came} · ", Style.DIM), *signs], width),
        *(wrapped([Span(" · ".join(keys), Style.DIM)], width) if keys else []),
        Line((Span("─" * width, Style.FRAME),)),
        Line(),
    ]
    states = [
        State(entry.summary.title, entry.feed_html, ""),
        *(State(one.title, one.html, long_moment(one.replaced_at, now, zone)) for one in versions),
    ]
    return make_page(width, head, lay_out_changes(states, width=width, has_signs=has_signs))


_KEYS = (
    ("story.next_heading", "the change before"),
    ("story.previous_heading", "the one after"),
    ("story.diff", "the story"),
)
