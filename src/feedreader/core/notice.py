"""New entries as hooks tell of them: records for programs, a few words for the desktop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from feedreader.core.text import clean_line
from feedreader.model import EntrySummary

_TITLES_SHOWN = 3
_LONGEST_TITLE = 80


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notification says. Plain text, safe for any screen; `title` never begins with "-"."""

    title: str
    text: str
    """A few lines."""


def notice_of(entries: Sequence[EntrySummary]) -> Notice:
    """Return one notice for all entries: "7 new stories", some titles, "… and 4 more"."""
    if len(entries) == 1:
        return Notice(f"New in {_shortened(entries[0].feed_title)}", _title(entries[0]))
    lines = [_title(entry) for entry in entries[:_TITLES_SHOWN]]
    if len(entries) == _TITLES_SHOWN + 1:
        lines.append(_title(entries[-1]))
    elif len(entries) > _TITLES_SHOWN:
        lines.append(f"… and {len(entries) - _TITLES_SHOWN:,} more")
    return Notice(f"{len(entries):,} new stories", "\n".join(lines))


def entry_record(entry: EntrySummary) -> dict[str, object]:
    """Return an entry as commands and webhooks get it; keys as in `list --json`."""
    return {
        "id": entry.id,
        "feed_id": entry.feed_id,
        "feed_title": entry.feed_title,
        "title": entry.title,
        "link": entry.link,
        "authors": list(entry.authors),
        "published_at": _rfc3339(entry.published),
        "received_at": _rfc3339(entry.received_at),
        "summary": entry.summary,
        "tags": list(entry.tags),
        "word_count": entry.word_count,
    }


def _title(entry: EntrySummary) -> str:
    return _shortened(entry.title or entry.summary or "(untitled)")


def _shortened(text: str) -> str:
    text = clean_line(text)
    return text if len(text) <= _LONGEST_TITLE else text[: _LONGEST_TITLE - 1].rstrip() + "…"


def _rfc3339(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
