"""How long to wait before asking a feed again, and why; spans and times in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import NamedTuple

from feedreader.model import FeedHints, RefreshSettings

HOUR_S = 3600
DAY_S = 86_400
SHORTEST_INVITED_S = 900
LONGEST_ASKED_S = DAY_S
JITTER_S = 36 * 60
_CHECKS_PER_GAP = 4
_QUIET_SHARE = 10
_ENTRIES_LOOKED_AT = 20
_EACH_HOUR = frozenset(range(24))
_EACH_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Pace:
    """What bounds the next interval, whatever the answer."""

    now: datetime
    random: Random
    settings: RefreshSettings
    min_interval_s: int | None

    @property
    def minimum_s(self) -> int:
        own = self.min_interval_s
        return own if own is not None else self.settings.min_interval_s

    def later(self, interval_s: float) -> datetime:
        """Return now + interval, spread so that feeds checked together part company."""
        spread_s = max(interval_s / 10, min(0.6 * interval_s, JITTER_S))
        return self.now + timedelta(seconds=interval_s + self.random.uniform(0, spread_s))


class Wishes(NamedTuple):
    """How long a server and its feed wish us to wait."""

    server_interval_s: int | None
    header_name: str
    """Which header says so."""
    hints: FeedHints


def choose_interval(wishes: Wishes, recent: Sequence[datetime], pace: Pace) -> tuple[float, str]:
    """Return the seconds to wait after a success, and why."""
    who, asked_s, name = max(
        ("the server asked for", wishes.server_interval_s or 0, wishes.header_name),
        ("the feed asks for", wishes.hints.ttl_s or 0, "ttl"),
        ("the feed asks for", wishes.hints.update_period_s or 0, "sy:updatePeriod"),
        key=lambda wish: wish[1],
    )
    minimum_s = pace.minimum_s
    # Less than that is how long a cache may be stale, not how often guests are welcome.
    if pace.min_interval_s is None and asked_s >= SHORTEST_INVITED_S:
        minimum_s = min(minimum_s, asked_s)
    longest_s = max(pace.settings.max_interval_s, minimum_s)
    usual_s, why = _usual_interval(recent, pace.now)
    interval_s = min(max(usual_s, minimum_s), longest_s)
    if interval_s == minimum_s and usual_s <= minimum_s:
        why = f"at most every {duration_words(minimum_s)}"
    if asked_s > interval_s:
        capped_s, asked_why = cap_wish(who, asked_s, name)
        if capped_s > interval_s:
            return capped_s, asked_why
    return interval_s, why


def cap_wish(who: str, asked_s: float, name: str) -> tuple[float, str]:
    """Return how much of a wish we grant, at most a day, and the words for it."""
    words = f"{who} {duration_words(asked_s)} ({name})"
    if asked_s > LONGEST_ASKED_S:
        return LONGEST_ASKED_S, f"{words}, of which we keep {duration_words(LONGEST_ASKED_S)}"
    return asked_s, words


def _usual_interval(recent: Sequence[datetime], now: datetime) -> tuple[float, str]:
    """Return a fourth of the usual gap between entries, more for a feed that fell silent."""
    times = sorted({time for time in recent if time <= now}, reverse=True)[:_ENTRIES_LOOKED_AT]
    if not times:
        return 0.0, ""
    silent_s = (now - times[0]).total_seconds()
    by_silence = silent_s / _QUIET_SHARE, f"nothing new for {duration_words(silent_s)}"
    if len(times) < 3:
        return by_silence
    gaps_s = sorted((newer - older).total_seconds() for newer, older in pairwise(times))
    middle = len(gaps_s) // 2
    gap_s = (gaps_s[middle] + gaps_s[~middle]) / 2
    return max((gap_s / _CHECKS_PER_GAP, f"posts about every {duration_words(gap_s)}"), by_silence)


def is_skipped(moment: datetime, hints: FeedHints) -> bool:
    """Tell whether the feed wants no visit now (RSS 2.0 skipHours and skipDays, GMT)."""
    moment = moment.astimezone(UTC)
    # A feed that skips all hours or all days asks for the impossible.
    skips_hour = moment.hour in hints.skip_hours and not hints.skip_hours >= _EACH_HOUR
    skips_day = moment.weekday() in hints.skip_days and not hints.skip_days >= _EACH_DAY
    return skips_hour or skips_day


def after_skipped(moment: datetime, hints: FeedHints) -> datetime:
    """Return the next full hour that the feed does not skip."""
    while is_skipped(moment, hints):
        full_hour = moment.replace(minute=0, second=0, microsecond=0)
        moment = full_hour + timedelta(hours=1)
    return moment


# --- words ------------------------------------------------------------------


def duration_words(seconds: float) -> str:
    """Return a span for humans, in one unit: "45 s", "12 min", "2 h", "3 d"."""
    seconds = max(0.0, seconds)
    for unit_s, unit, below_s in ((1, "s", 60), (60, "min", HOUR_S), (HOUR_S, "h", 2 * DAY_S)):
        if seconds < below_s - unit_s / 2:
            number = round(seconds / unit_s, 1 if unit == "h" and seconds < 10 * HOUR_S else 0)
            return f"{number:g} {unit}"
    return f"{round(seconds / DAY_S):,} d"


def clock_words(moment: datetime, now: datetime) -> str:
    """Return a near time for humans, in the time zone of `now`: "14:05", "Thu 14:05"."""
    moment = moment.astimezone(now.tzinfo)
    if moment.date() == now.date():
        return f"{moment:%H:%M}"
    if abs(moment - now) < timedelta(days=6):
        return f"{moment:%a %H:%M}"
    return f"{moment:%-d %b %Y %H:%M}"
