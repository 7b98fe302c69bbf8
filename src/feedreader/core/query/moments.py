"""Stretches of time as people write them -> unix seconds."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta, tzinfo

DAY_NAMES = ("today", "yesterday")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT = re.compile(
    r"""(?xa) (?P<year>\d{4})
    (?: -(?P<month>\d\d)
      (?: -(?P<day>\d\d)
        (?: [Tt](?P<hour>\d\d) (?: :(?P<minute>\d\d) (?: :(?P<second>\d\d) )? )?
            (?P<offset> [Zz] | [+-]\d\d:?\d\d )? )? )? )?"""
)
_STEPS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
}
_EARLIEST = -(2**53)


def is_moment(text: str) -> bool:
    """True for "today", "yesterday", and ISO dates from a year down to a second that exist."""
    try:
        span(text, _EPOCH, UTC)
    except ValueError:
        return False
    return True


def span(text: str, now: datetime, zone: tzinfo) -> tuple[int, int]:
    """Return where a stretch of time begins and ends (excluded), in unix seconds.

    Dates without an offset are in `zone`. Raises ValueError if there is no such time.
    """
    if text in DAY_NAMES:
        day = now.astimezone(zone).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
        day -= timedelta(days=DAY_NAMES.index(text))
        return _seconds(day, zone), _seconds(day + timedelta(days=1), zone)
    match = _MOMENT.fullmatch(text)
    if match is None or not 1 <= int(match["year"]) <= 9998:
        raise ValueError(text)
    parts = {unit: int(match[unit]) for unit in _UNITS if match[unit] is not None}
    start = datetime(1970, 1, 1).replace(**parts)  # type: ignore[arg-type]  # noqa: DTZ001
    unit = list(parts)[-1]
    if unit in _STEPS:
        first = _seconds(start, _offset(match["offset"]) or zone)
        return first, first + int(_STEPS[unit].total_seconds())
    if unit == "day":
        end = start + timedelta(days=1)
    else:
        end = _shift_months(start, 12 if unit == "year" else 1)
    return _seconds(start, zone), _seconds(end, zone)


_UNITS = ("year", "month", "day", "hour", "minute", "second")


def ago(amount: int, unit: str, now: datetime, zone: tzinfo) -> int:
    """Return the moment so many hours, days, weeks, months or years ago, in unix seconds."""
    hours = {"h": 1, "d": 24, "w": 24 * 7}.get(unit)
    if hours is not None:
        return _seconds(now.astimezone(UTC).replace(tzinfo=None), UTC) - amount * hours * 3600
    local = now.astimezone(zone).replace(tzinfo=None)
    try:
        return _seconds(_shift_months(local, -amount * (12 if unit == "y" else 1)), zone)
    except ValueError:  # before the year 1
        return _EARLIEST


def _shift_months(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    if year < 1:
        raise ValueError(year)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def _offset(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    return datetime.strptime(text.upper(), "%z").tzinfo


def _seconds(moment: datetime, zone: tzinfo) -> int:
    return (moment.replace(tzinfo=zone) - _EPOCH) // timedelta(seconds=1)
