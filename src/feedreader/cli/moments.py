"""Times as people and as programs read them. Local time for people, UTC for programs."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime

from feedreader.cli.output import note

SHORT_WIDTH = 6
_DAY_S = 86_400


def heed_time_zone() -> None:
    """Take UTC instead of a zone that datetime cannot tell, such as `TZ=UTC+25`."""
    if max(abs(time.timezone), abs(time.altzone)) >= _DAY_S:
        note(f"feedreader: TZ={os.environ['TZ']} is a day or more from UTC: times are told in UTC")
        os.environ["TZ"] = "UTC"
        time.tzset()


def rfc3339(moment: datetime | None) -> str | None:
    """Return "2026-11-25T09:14:00Z"."""
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def short(moment: datetime, now: datetime, pattern: str = "auto") -> str:
    """Return a date for a list: today the time, this week the day, else day and month, year.

    `auto` takes at most `SHORT_WIDTH` cells; other patterns are strftime's.
    """
    local, today = moment.astimezone(), now.astimezone()
    if pattern != "auto":
        return local.strftime(pattern)
    days = (today.date() - local.date()).days
    if days == 0:
        return f"{local:%H:%M}"
    if 0 < days < 7:
        return f"{local:%a}"
    if abs(days) < 300:
        return f"{local.day} {local:%b}"
    return f"{local:%Y}"


def long(moment: datetime) -> str:
    """Return "Wed 25 Nov 2026, 09:14"."""
    local = moment.astimezone()
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}"


def span(seconds: float) -> str:
    """Return "40 s", "35 min", "5 h" or "3 days"."""
    seconds = abs(seconds)
    if seconds < 90:
        return f"{round(seconds)} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    if seconds < 36 * 3600:
        return f"{round(seconds / 3600)} h"
    return f"{round(seconds / 86400)} days"


def from_now(moment: datetime, now: datetime) -> str:
    """Return "35 min ago", "in 2 h" or "now"."""
    seconds = (moment - now).total_seconds()
    if abs(seconds) < 1:
        return "now"
    return f"in {span(seconds)}" if seconds > 0 else f"{span(seconds)} ago"
