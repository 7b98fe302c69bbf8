"""Stored values as the JSON objects that scripts rely on; docs/cli.md lists the keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from feedreader.cli.moments import rfc3339

if TYPE_CHECKING:
    from feedreader.model import (
        Enclosure,
        EntrySummary,
        RefreshOutcome,
        Status,
        StoredEntry,
        Subscription,
    )

Record = dict[str, object]

ENTRY_KEYS = (
    "id",
    "feed_id",
    "feed_url",
    "feed_title",
    "title",
    "link",
    "authors",
    "published_at",
    "updated_at",
    "received_at",
    "read",
    "starred",
    "tags",
    "summary",
    "enclosures",
    "muted",
    "muted_by",
    "score",
    "highlight",
    "story_id",
    "copies",
    "edited",
)


def entry_record(entry: EntrySummary, feed_url: str, enclosures: Iterable[Enclosure]) -> Record:
    """Return a line of `list --json`."""
    values = (
        entry.id,
        entry.feed_id,
        _shown(feed_url),
        entry.feed_title,
        entry.title,
        entry.link,
        list(entry.authors),
        rfc3339(entry.published),
        rfc3339(entry.updated),
        rfc3339(entry.received_at),
        entry.is_read,
        entry.is_starred,
        list(entry.tags),
        entry.summary,
        [enclosure_record(one) for one in enclosures],
        entry.is_muted,
        entry.muted_by or None,
        entry.score,
        entry.highlight or None,
        entry.story_id,
        entry.copy_count,
        entry.is_edited,
    )
    return dict(zip(ENTRY_KEYS, values, strict=True))


def story_record(entry: StoredEntry) -> Record:
    """Return what `show --json` prints."""
    return {
        **entry_record(entry.summary, entry.feed_url, entry.enclosures),
        "content_html": entry.best_html,
        "content_text": entry.text,
        "full_text_source": entry.summary.full_text_source,
        "word_count": entry.summary.word_count,
    }


def enclosure_record(enclosure: Enclosure) -> Record:
    return {
        "url": enclosure.url,
        "type": enclosure.type,
        "length": enclosure.length,
        "title": enclosure.title,
        "duration_s": enclosure.duration_s,
    }


def feed_record(feed: Subscription) -> Record:
    """Return a line of `feeds --json`; it holds no secrets."""
    poll = feed.poll
    return {
        "id": feed.id,
        "url": _shown(feed.url),
        "kind": feed.kind,
        "title": feed.title,
        "link": feed.feed.link,
        "folders": [folder_name(path) for path in feed.folders],
        "tags": list(feed.tags),
        "entries": feed.entry_count,
        "unread": feed.unread_count,
        "starred": feed.starred_count,
        "format": feed.format,
        "summary_only": feed.is_summary_only,
        "full_text": feed.settings.full_text,
        "added_at": rfc3339(feed.added_at),
        "checked_at": rfc3339(poll.checked_at),
        "succeeded_at": rfc3339(poll.succeeded_at),
        "next_check_at": rfc3339(poll.next_check_at),
        "next_check_reason": poll.next_check_reason,
        "failures": poll.failures,
        "status": poll.status,
        "error": poll.error,
        "gone": poll.gone_at is not None,
        "archived": feed.settings.is_archived,
    }


def outcome_record(outcome: RefreshOutcome) -> Record:
    """Return a line of `refresh --json`."""
    return {
        "feed_id": outcome.feed_id,
        "url": _shown(outcome.url),
        "outcome": outcome.outcome,
        "new": outcome.new,
        "changed": outcome.changed,
        "unread_again": outcome.unread_again,
        "reason": outcome.reason,
        "status": outcome.status,
        "duration_ms": outcome.duration_ms,
    }


def status_record(status: Status) -> Record:
    """Return what `status --json` prints."""
    return {
        "unread": status.unread,
        "starred": status.starred,
        "feeds": status.feeds,
        "failing": status.failing,
        "last_refresh_at": rfc3339(status.last_refresh_at),
        "next_due_at": rfc3339(status.next_due_at),
    }


def folder_name(path: Iterable[str]) -> str:
    r"""Return a folder as users write it: "News/World"; a slash of a name is "\/"."""
    return "/".join(name.replace("/", "\\/") for name in path)


def _shown(url: str) -> str:
    # `status` and `list` have records too, but need no address in them.
    from feedreader.core.urls import mask_secrets

    return mask_secrets(url)
