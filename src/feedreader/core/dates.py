"""The instants that feeds' date strings mean.

RSS 2.0 asks for RFC 822 dates, Atom and JSON Feed for RFC 3339; publishers write much else.
What names no real day, or needs a guess between day and month, is no date: an entry without
one keeps its first received time, which is better than a wrong one.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

MAX_DATE_LENGTH = 200
"""Characters; no honest date is longer, and the patterns below stay cheap."""

# Outside of these a year is a typing error, and near 1 and 9999 time zones overflow.
_MIN_YEAR, _MAX_YEAR = 1000, 3000

# What nearly all publishers write; the rest of this module is for the others.
_RFC_822 = re.compile(
    r"""(?xa) (?: (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [ ] )? (\d\d?) [ ] ([A-Z][a-z][a-z]) [ ] (\d{4})
    [ ] ([01]\d|2[0-3]) : ([0-5]\d) : ([0-5]\d) [ ]
    (?: GMT | UTC | ([+-])([01]\d|2[0-3])([0-5]\d) )"""
)
_RFC_3339 = re.compile(
    r"""(?xa) \d{4}-\d\d-\d\d T (?:[01]\d|2[0-3]) : [0-5]\d : [0-5]\d (?: \.\d{1,6} )?
    (?: Z | [+-](?:[01]\d|2[0-3]):[0-5]\d )"""
)
_ENGLISH_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
_ISO = re.compile(
    r"""(?xia) (?P<year>\d{4})
    (?: -?(?P<month>\d\d) (?: -?(?P<day>\d\d) )? | -(?P<month1>\d)-(?P<day1>\d\d?)
      | -(?P<ordinal>\d{3}) | -?W(?P<week>\d\d)-?(?P<weekday>[1-7]) )?
    (?: (?: \s* [T\s_] \s* | (?<=\d{8}) (?= (?:\d\d){2,3} \Z ) ) (?P<hour>\d\d?)
        (?: :? (?P<minute>\d\d) (?: :? (?P<second>\d\d) (?: [.,](?P<fraction>\d+) )? )? )?
        \s* (?P<zone> z | [a-z]{1,5} | (?:gmt|utc)? \s* [+-] \s* \d\d? (?: :? \d\d )? )? )? """
)
_TIME = re.compile(
    r"""(?xia) (?<!\d) (?P<hour>\d\d?) [:.h] (?P<minute>\d\d|\d(?=:\d))
    (?: [:.] (?P<second>\d\d?) (?: [.,]\d+ )? )? (?!\d) (?: \s* (?P<half>[ap]) \.? m \b \.? )? """
)
_OFFSET = re.compile(r"(?ia)(?:\b(?:gmt|utc))?\s*([+-])\s*(\d\d?)(?::?(\d\d))?(?!\d)")
_DAY_MONTH_YEAR = re.compile(r"(?a)(?<!\d)(\d\d?)([./-])(\d\d?)\2(\d{4}|\d\d)(?!\d)")
_YEAR_MONTH_DAY = re.compile(r"(?a)(?<!\d)(\d{4})([./-])\s?(\d\d?)\2\s?(\d\d?)(?!\d)")
_YEAR = re.compile(r"(?a)(?<![\d:.+-])\d{4}(?![\d:.])")
_WORD_OR_NUMBER = re.compile(r"[^\W\d_]+|[0-9]+")
_EAST_ASIAN = re.compile(
    r"""(?xa) (\d{4}) \s* ([年년]) \s* (\d\d?) \s* [月월] \s* (\d\d?) \s* [日일]
    (?: \D{0,12}? (?P<half> 오전|오후|上午|下午|午前|午後 )? \s*
    (\d\d?) \s* [:時时시] \s* (\d\d) (?: \s* [:分분] \s* (\d\d) )? )?"""
)
_HALVES = {"오전": "a", "上午": "a", "午前": "a", "오후": "p", "下午": "p", "午後": "p"}
_SEOUL_MINUTES = 9 * 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# First letters in the languages that feeds were seen to use.
_MONTH_STEMS = """
    jan jän ene gen ian ιαν янв січ sty led oca tammi
    feb fév fev φεβ фев лют lut úno şub helmi
    mar mär maer mrz maa mrt μαρ μάρ мар бер már bře
    apr avr abr απρ апр кві ápr kwi dub nis huhti
    may mai mag mei maj μάι μάϊ μαι μαϊ μαΐ мая май тра máj kvě touko
    jun juin giu iun ιουν ιούν июн чер jún cze červ čvn haz kesä
    jul juil lug iul ιουλ ιούλ июл лип júl lip červenc červenec čvc tem heinä
    aug aoû aou ago agu αυγ αύγ авг сер sie srp ağu elo
    sep set σεπ сен вер szep wrz zář eyl syys
    oct okt out ott οκτ окт жов paź říj eki loka
    nov noi νοε νοέ ноя лис lis kas marras
    dec dez dic déc des δεκ дек гру gru prosin ara joulu
"""
# Tuesday in Romance languages, Wednesday in Ukrainian, Monday in Dutch and Finnish.
_WEEKDAYS_LIKE_MONTHS = ("mar", "сер", "maa")
# Longest first: "juin" is June, "jui" alone would be either.
_MONTHS = sorted(
    (
        (stem, number)
        for number, stems in enumerate(_MONTH_STEMS.strip().splitlines(), 1)
        for stem in stems.split()
    ),
    key=lambda pair: -len(pair[0]),
)

# RFC 822 section 5.1; military letters keep that document's signs, since RSS 2.0 builds on it.
_ZONES = """
    -10:00 hst  -9:00 akst  -8:00 akdt pst pt  -7:00 mst mt pdt  -6:00 cst ct mdt
    -5:00 est et cdt  -4:00 ast edt  -3:30 nst  -3:00 adt art brt  -2:30 ndt
    +0:00 z ut utc gmt wet  +1:00 bst cet met mez wat west  +2:00 cat cest eet mest mesz sast
    +3:00 eat eest msk  +4:00 msd  +5:00 pkt  +5:30 ist  +7:00 ict wib  +8:00 awst hkt pht sgt
    +9:00 jst kst  +9:30 acst  +10:00 aest  +10:30 acdt  +11:00 aedt  +12:00 nzst  +13:00 nzdt
"""


def _read_zones(table: str) -> dict[str, int]:
    minutes = 0
    zones = {letter: -60 * hours for hours, letter in enumerate("abcdefghiklm", 1)}
    zones |= {letter: 60 * hours for hours, letter in enumerate("nopqrstuvwxy", 1)}
    for word in table.split():
        if word[0] in "+-":
            hours, _, rest = word[1:].partition(":")
            minutes = (int(hours) * 60 + int(rest)) * (-1 if word[0] == "-" else 1)
        else:
            zones[word] = minutes
    return zones


_ZONE_MINUTES = _read_zones(_ZONES)


def parse_date(text: str) -> datetime | None:
    """Return the instant that a date string means, in UTC; None if it means none.

    A date without a zone is taken as UTC, one without a time as midnight. Zones: RFC 822
    section 5.1; two-digit years: RFC 5322 section 4.3.
    """
    text = text.strip()
    if not text or len(text) > MAX_DATE_LENGTH:
        return None
    try:
        if (usual := _read_usual(text)) is not None:
            return _in_range(usual)
        text = _drop_comments(text.replace("\N{MINUS SIGN}", "-"))
        if text.isascii() and text.isdigit() and len(text) in (9, 10, 13):
            return read_timestamp(int(text))
        iso = _ISO.fullmatch(text)
        if iso:
            return _read_iso(iso)
        east_asian = _EAST_ASIAN.search(text)
        if east_asian:
            return _read_east_asian(east_asian)
        return _read_words(text)
    except (ValueError, OverflowError):
        return None


def _read_usual(text: str) -> datetime | None:
    """Read the common forms of RFC 822 and RFC 3339; raise ValueError for a day that is none."""
    match = _RFC_822.fullmatch(text)
    if match:
        day, month_name, year, hour, minute, second, sign, hours, minutes = match.groups()
        month = _ENGLISH_MONTHS.get(month_name)
        if month is None:
            return None
        moment = datetime(
            int(year), month, int(day), int(hour), int(minute), int(second), tzinfo=UTC
        )
        if sign is None:
            return moment
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        return moment + offset if sign == "-" else moment - offset
    if _RFC_3339.fullmatch(text):
        return datetime.fromisoformat(text).astimezone(UTC)
    return None


def read_timestamp(number: float) -> datetime | None:
    """Return the instant of a Unix time in seconds, or in milliseconds when it is that large."""
    seconds = number / 1000 if abs(number) >= 1e11 else number
    try:
        return _in_range(_EPOCH + timedelta(seconds=seconds))
    except (ValueError, OverflowError):
        return None


def _drop_comments(text: str) -> str:
    """Replace RFC 822 comments, which nest and escape, by spaces."""
    if "(" not in text:
        return text.strip()
    kept: list[str] = []
    depth = 0
    is_escaped = False
    for char in text:
        if depth and is_escaped:
            is_escaped = False
        elif depth and char == "\\":
            is_escaped = True
        elif char == "(":
            depth += 1
            kept.append(" ")
        elif char == ")" and depth:
            depth -= 1
        elif not depth:
            kept.append(char)
    return "".join(kept).strip()


def _read_iso(match: re.Match[str]) -> datetime | None:
    year = int(match["year"])
    if match["week"]:
        day = datetime.fromisocalendar(year, int(match["week"]), int(match["weekday"]))
    elif match["ordinal"]:
        day = datetime(year, 1, 1) + timedelta(days=int(match["ordinal"]) - 1)  # noqa: DTZ001
        if day.year != year:
            return None
    else:
        month = int(match["month"] or match["month1"] or 1)
        day = datetime(year, month, int(match["day"] or match["day1"] or 1))  # noqa: DTZ001
    fraction = (match["fraction"] or "")[:6].ljust(6, "0")
    time = _time_of_day(match["hour"], match["minute"], match["second"])
    zone = _zone_minutes(match["zone"] or "")
    return _combine(day, time + timedelta(microseconds=int(fraction)), zone)


def _read_east_asian(match: re.Match[str]) -> datetime | None:
    year, sign, month, day, half, hour, minute, second = match.groups()
    time = _time_of_day(hour, minute, second, _HALVES.get(half, ""))
    offset = _OFFSET.search(match.string, match.end())
    zone = _zone_minutes(offset[0]) if offset else _SEOUL_MINUTES if sign == "년" else 0
    return _combine(datetime(int(year), int(month), int(day)), time, zone)  # noqa: DTZ001


def _read_words(text: str) -> datetime | None:
    """Read a date with a month's name in any order, or day, month and year in numbers."""
    time = timedelta()
    zone = 0
    numeric = _YEAR_MONTH_DAY.search(text) or _DAY_MONTH_YEAR.search(text)
    rest = text[: numeric.start()] + " " + text[numeric.end() :] if numeric else text
    if numeric and max(map(len, numeric.groups())) < 4 and numeric[2] == "." and _YEAR.search(rest):
        # "15.04.05" beside a year is a time.
        numeric, rest = None, text
    clock = _TIME.search(rest)
    if clock:
        time = _time_of_day(clock["hour"], clock["minute"], clock["second"], clock["half"] or "")
        after = rest[clock.end() :]
        offset = _OFFSET.search(after)
        if offset:
            zone = _zone_minutes(offset[0])
            after = after[: offset.start()] + " " + after[offset.end() :]
        else:
            names = [word for word in _WORD_OR_NUMBER.findall(after.lower()) if word.isalpha()]
            zone = next((_ZONE_MINUTES[name] for name in names if name in _ZONE_MINUTES), 0)
        rest = rest[: clock.start()] + " " + after
    if numeric:
        return _combine(_read_numeric(numeric), time, zone)
    months: list[int] = []
    numbers: list[str] = []
    words = _WORD_OR_NUMBER.findall(rest.lower())
    for word in words:
        if word[0] in "0123456789":
            numbers.append(word)
        elif month := next((number for stem, number in _MONTHS if word.startswith(stem)), 0):
            months.append(month)
    if not months or len(numbers) < 2:
        return None
    is_weekday_first = len(months) > 1 and words[0][:3] in _WEEKDAYS_LIKE_MONTHS
    month = months[1] if is_weekday_first else months[0]
    day, year = numbers[0], numbers[1]
    if len(day) > 2:
        day, year = year, day
    return _combine(datetime(_full_year(year), month, int(day)), time, zone)  # noqa: DTZ001


def _read_numeric(match: re.Match[str]) -> datetime:
    """Read numbers in the order of "2024/12/31", "31.12.2024" or "12/31/2024".

    Raise ValueError where the month could be either.
    """
    first, separator, second, year = int(match[1]), match[2], int(match[3]), match[4]
    if len(match[1]) == 4:
        return datetime(first, second, int(year))  # noqa: DTZ001
    if separator == "." or first > 12 or first == second:
        return datetime(_full_year(year), second, first)  # noqa: DTZ001
    if second > 12:
        return datetime(_full_year(year), first, second)  # noqa: DTZ001
    raise ValueError("day and month cannot be told apart")


def _full_year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 2:
        return year + (2000 if year < 50 else 1900)
    # RFC 5322, 4.3: three digits count from 1900; the year 2024 as "124" was seen.
    return year + 1900 if len(digits) == 3 and year < 200 else year


def _time_of_day(
    hour: str | None, minute: str | None, second: str | None, half: str = ""
) -> timedelta:
    hours, minutes, seconds = int(hour or 0), int(minute or 0), int(second or 0)
    if half:
        if not 1 <= hours <= 12:
            raise ValueError("no such hour")
        hours = hours % 12 + (12 if half.lower() == "p" else 0)
    is_midnight = hours == 24 and not minutes and not seconds
    if (hours > 23 and not is_midnight) or minutes > 59 or seconds > 60:
        raise ValueError("no such time")
    # A leap second does not exist in Python.
    return timedelta(hours=hours, minutes=minutes, seconds=min(seconds, 59))


def _zone_minutes(zone: str) -> int:
    """Return a zone's distance from UTC; an unknown name counts as UTC (RFC 5322 4.3)."""
    offset = _OFFSET.search(zone)
    if not offset:
        return _ZONE_MINUTES.get(zone.strip().lower(), 0)
    hours, minutes = int(offset[2]), int(offset[3] or 0)
    if hours > 23 or minutes > 59:
        raise ValueError("no such zone")
    return (hours * 60 + minutes) * (-1 if offset[1] == "-" else 1)


def _combine(day: datetime, time: timedelta, zone_minutes: int) -> datetime | None:
    return _in_range(day.replace(tzinfo=UTC) + time - timedelta(minutes=zone_minutes))


def _in_range(moment: datetime) -> datetime | None:
    return moment if _MIN_YEAR <= moment.year <= _MAX_YEAR else None
