"""A feed's vital signs in words: how it answers, how often it posts, how much of it is read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from feedreader.core.urls import mask_secrets
from feedreader.model.health import ACTIVITY_WEEKS, FeedHealth

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400
_UNITS: Final = (
    (1, "second", 90),
    (_MINUTE_S, "minute", 59.5 * _MINUTE_S),
    (_HOUR_S, "hour", 23.5 * _HOUR_S),
    (_DAY_S, "day", 60 * _DAY_S),
    (30.44 * _DAY_S, "month", 2 * 365 * _DAY_S),
)
"""Seconds of a unit, its name, and the seconds below which it is used."""
_YEAR_S: Final = 365.25 * _DAY_S


def describe(
    health: FeedHealth, *, now: datetime, kept_bytes: int | None = None
) -> tuple[tuple[str, str], ...]:
    """Return what is known of a feed, as names and words."""
    subscription = health.subscription
    facts = [("Answers", _answers(health, now)), ("Posts", _posts(health, now))]
    facts.append(("Read", _read(health)))
    facts.append(("Size", _size(health, kept_bytes, now)))
    if subscription.poll.requests:
        facts.append(("Requests", _requests(health)))
    facts.append(("Address", mask_secrets(subscription.url)))
    return tuple(facts)


def _answers(health: FeedHealth, now: datetime) -> str:
    poll = health.subscription.poll
    if health.subscription.kind == "pages":
        return "it is not asked"
    if poll.checked_at is None:
        return "it has not been asked yet"
    words = "never well yet"
    if poll.succeeded_at is not None:
        words = f"well {_ago(poll.succeeded_at, now)}"
    if poll.status is not None:
        words += f"; the last answer was {poll.status}"
    if poll.gone_at is None and not health.subscription.settings.is_archived:
        if poll.next_check_at is None or poll.next_check_at <= now:
            words += "; it is asked again at the next refresh"
        else:
            words += f"; it is asked again in {span_words(poll.next_check_at - now)}"
    return words


def _posts(health: FeedHealth, now: datetime) -> str:
    if health.last_post_at is None:
        return "none yet"
    last = f"the last one {_ago(health.last_post_at, now)}"
    if health.gap_s is None:
        return last
    gap = every_words(timedelta(seconds=health.gap_s))
    return f"about {gap}, {last}" if health.gap_s else last


def _read(health: FeedHealth) -> str:
    share = health.read_share
    if share is None:
        return "there was nothing to read in the last 3 months"
    posted = entries_words(health.posted_count)
    return f"{share_words(share)}: {health.read_count:,} of {posted} of the last 3 months"


def _size(health: FeedHealth, kept_bytes: int | None, now: datetime) -> str:
    subscription = health.subscription
    kept = f"{entries_words(subscription.entry_count)} kept"
    if kept_bytes is not None:
        kept += f", {bytes_words(kept_bytes)}"
    words = f"{_rounded(health.posts_per_month)} entries a month"
    months = max((now - subscription.added_at).total_seconds() / (30.44 * _DAY_S), 1.0)
    if subscription.poll.bytes_received:
        words += f", {bytes_words(subscription.poll.bytes_received / months)} to fetch them"
    return f"{words}; {kept}"


def _requests(health: FeedHealth) -> str:
    poll = health.subscription.poll
    share = share_words(poll.not_modified / poll.requests)
    return f"{poll.requests:,} so far; {share} answered “nothing new”"


def activity_words(health: FeedHealth) -> str:
    """Return what a sparkline of its weeks shows."""
    return f"{entries_words(sum(health.weeks))} in {ACTIVITY_WEEKS} weeks"


def entries_words(count: int) -> str:
    """Return "1 entry" or "3 entries"."""
    return f"{count:,} entr{'y' if count == 1 else 'ies'}"


def span_words(span: timedelta) -> str:
    """Return a span as people say it: "45 minutes", "3 days", "14 months", "2 years"."""
    seconds = max(0.0, span.total_seconds())
    unit_s, unit = next(
        ((size_s, name) for size_s, name, below_s in _UNITS if seconds < below_s),
        (_YEAR_S, "year"),
    )
    count = max(1, round(seconds / unit_s))
    return f"{count:,} {unit}{'s' * (count != 1)}"


def every_words(span: timedelta) -> str:
    """Return how often something is that comes after each such span: "every 4 hours"."""
    words = span_words(span)
    return f"every {words.removeprefix('1 ')}" if words.startswith("1 ") else f"every {words}"


def short_span(span: timedelta) -> str:
    """Return a span in at most four cells: "45m", "3h", "12d", "14mo", "2y"."""
    count, unit = span_words(span).split()
    return count + ("mo" if unit.startswith("month") else unit[0])


def share_words(share: float) -> str:
    """Return a share as people say it: "none", "under 1%", "12%"."""
    if not share:
        return "none"
    return "under 1%" if share < 0.01 else f"{share:.0%}"


def bytes_words(count: float) -> str:
    """Return an amount of data: "820 bytes", "12 kB", "3.4 MB"."""
    if count < 1000:
        return f"{count:.0f} bytes"
    for unit in ("kB", "MB", "GB"):
        count /= 1000
        if count < 999.5 or unit == "GB":
            break
    return f"{count:.1f} {unit}" if count < 10 else f"{count:.0f} {unit}"


def _ago(moment: datetime, now: datetime) -> str:
    return f"{span_words(now - moment)} ago" if now - moment >= timedelta(minutes=1) else "just now"


def _rounded(number: float) -> str:
    return f"{number:.0f}" if number >= 9.5 or not number else f"{number:.1f}"
