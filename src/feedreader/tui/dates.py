"""Moments as people say them: 14:05, Tue, 3 Nov, 2024."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONG_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONG_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

DATE_WIDTH = 6
"""Cells of the widest `short_date`: "14 Nov"."""


def short_date(moment: datetime, now: datetime, zone: tzinfo | None) -> str:
    """Return a moment as shortly as it can be understood, at most `DATE_WIDTH` cells.

    Today gives the time, the six days before it the weekday, the last eleven months the day,
    all else the year. `zone` is where the reader lives; None is the system's.
    """
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    day = local.date()
    if day == today:
        return f"{local:%H:%M}"
    if day > today:
        return _day_of_month(day) if day - today < timedelta(days=300) else str(day.year)
    if today - day < timedelta(days=7):
        return _WEEKDAYS[day.weekday()]
    if today - day < timedelta(days=330):
        return _day_of_month(day)
    return str(day.year)


def long_day(day: date, today: date) -> str:
    """Return a day as a heading: "Today", "Tuesday 24 November", "3 March 2024"."""
    if day == today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    month = f"{day.day} {_LONG_MONTHS[day.month - 1]}"
    if timedelta(0) < today - day < timedelta(days=180):
        return f"{_LONG_WEEKDAYS[day.weekday()]} {month}"
    return f"{month} {day.year}"


def long_moment(moment: datetime, now: datetime, zone: tzinfo | None) -> str:
    """Return a moment in full: "Tuesday 24 November, 14:05"."""
    local = moment.astimezone(zone)
    return f"{long_day(local.date(), now.astimezone(zone).date())}, {local:%H:%M}"


def short_moment(moment: datetime, now: datetime, zone: tzinfo | None) -> str:
    """Return the same where there is less room: "14:05", "Tue, 14:05", "14 Nov, 14:05", "2024"."""
    local = moment.astimezone(zone)
    date, time = short_date(moment, now, zone), f"{local:%H:%M}"
    return date if date == time or date == str(local.year) else f"{date}, {time}"


def age(moment: datetime, now: datetime) -> str:
    """Return how long ago something was: "just now", "5 min ago", "2 h ago", "3 days ago"."""
    seconds = (now - moment).total_seconds()
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{int(seconds // 60)} min ago"
    if seconds < 86_400:
        return f"{int(seconds // 3600)} h ago"
    days = int(seconds // 86_400)
    return f"{days} day{'s' * (days != 1)} ago"


def _day_of_month(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]}"
