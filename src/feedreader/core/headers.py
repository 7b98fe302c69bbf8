"""What HTTP headers say about time: freshness, Retry-After, dates (RFC 9110, RFC 9111)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from feedreader.model import FetchResult

# Longer spans say nothing more, and timedelta has an end.
_LONGEST_S = 10 * 366 * 86_400
# Load balancers add no-cache="set-cookie", which is of that header alone (RFC 9111).
_NOT_KEPT = re.compile(r"\bno-(?:cache|store)\b(?!\s*=)", re.IGNORECASE)
_MAX_AGE = re.compile(r'(?:^|[,;\s])max-age\s*=\s*"?(\d+)', re.IGNORECASE)


def header(result: FetchResult, name: str) -> str:
    """Return a header's value by its lower-case name, "" if it is missing."""
    return next((value for key, value in result.headers if key == name), "")


def parse_http_date(text: str) -> datetime | None:
    """Return an HTTP date in UTC; None if it is none."""
    if not text:
        return None
    # Most answers give no date that matters, and the module takes its time to load.
    from email.utils import parsedate_to_datetime

    try:
        date = parsedate_to_datetime(text)
        return (date.replace(tzinfo=UTC) if date.tzinfo is None else date).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def freshness_s(result: FetchResult, now: datetime) -> tuple[int, str] | None:
    """Return for how many seconds an answer stays fresh, and which header says so.

    `max-age` less `Age`, else `Expires` relative to the server's own clock; None if neither
    asks for time.
    """
    control = header(result, "cache-control")
    age = header(result, "age")
    if _NOT_KEPT.search(control):
        return None
    if found := _MAX_AGE.search(control):
        seconds = _bounded(found[1]) - (_bounded(age) if age.isdecimal() else 0)
        return (seconds, "max-age") if seconds > 0 else None
    expires = parse_http_date(header(result, "expires"))
    if expires is None:
        return None
    seconds = int((expires - (parse_http_date(header(result, "date")) or now)).total_seconds())
    return (min(seconds, _LONGEST_S), "Expires") if seconds > 0 else None


def retry_after_s(result: FetchResult, now: datetime) -> int | None:
    """Return how many seconds `Retry-After` asks us to wait; None without a sane value.

    A date counts from the server's `Date`, so a wrong clock on either side does not matter.
    """
    value = header(result, "retry-after").strip()
    if value.isdecimal() and value.isascii():
        return _bounded(value)
    date = parse_http_date(value)
    if date is None:
        return None
    seconds = (date - (parse_http_date(header(result, "date")) or now)) // timedelta(seconds=1)
    return min(seconds, _LONGEST_S) if seconds > 0 else None


def _bounded(digits: str) -> int:
    return _LONGEST_S if len(digits) > 12 else min(int(digits), _LONGEST_S)
