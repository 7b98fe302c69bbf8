"""Date strings of feeds."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedreader.core.dates import MAX_DATE_LENGTH, parse_date, read_timestamp

NOON = datetime(2024, 3, 5, 12, 30, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Tue, 05 Mar 2024 12:30:45 GMT",
        "Tue, 5 Mar 24 12:30:45 +0000",
        "5 Mar 2024 12:30:45 Z",
        "tue, 05 mar 2024 13:30:45 cet",
        "Tue, 05 Mar 2024 07:30:45 EST",
        "Tue, 05 Mar 2024 12:30:45 UTC+0000",
        "Tue, 05 Mar 2024 14:30:45 GMT+02:00",
        "Wed, 05 Mar 2024 12:30:45 +0000",  # a Tuesday in truth
        "Tue Mar  5 12:30:45 2024",
        "Tue Mar 5 07:30:45 EST 2024",
        "March 5, 2024 12:30:45 pm",
        "Dienstag, 5. März 2024 12:30:45",
        "mardi 5 mars 2024 12:30:45",
        "Τρι, 05 Μάρ 2024 12:30:45",
        "2024년 03월 05일 오후 09:30:45",
        "2024年3月5日 12:30:45",
        "2024年03月05日(火) 下午9:30:45 +0900",
        "05.03.2024 12:30:45",
        "2024/03/05 12:30:45",
        "Tue, 2024/03/05 07:30:45 EST",
        "12:30:45 2024-03-05",
        "Tue, 05 Mar 2024 12.30.45 GMT",
        "mar, 05 mar 2024 12:30:45",
        "20240305123045",
        "2024-03-05T05:30:45\N{MINUS SIGN}07:00",
        "Sal, 05 Mar 2024 15:30:45 +0300",
        "úterý 5. března 2024 12:30:45",
        "2024-03-05T12:30:45Z",
        "2024-03-05t12:30:45.999999999z",
        "2024-03-05 12:30:45",
        "2024-03-05T13:30:45+01:00",
        "2024-03-05T13:30:45+0100",
        "2024-03-05T13:30:45 +01",
        "20240305T123045Z",
        "2024-065T12:30:45Z",
        "2024-W10-2T12:30:45Z",
        "1709641845",
        "1709641845000",
        "Tue(a (nested) day), 5(th) Mar(ch) 2024 ()12:30:45 +0000 (\\) escaped)",
    ],
)
def test_many_spellings_mean_one_instant(text: str) -> None:
    parsed = parse_date(text)
    assert parsed is not None
    assert parsed.replace(microsecond=0) == NOON
    assert parsed.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-05", datetime(2024, 3, 5, tzinfo=UTC)),
        ("2024-03", datetime(2024, 3, 1, tzinfo=UTC)),
        ("2024", datetime(2024, 1, 1, tzinfo=UTC)),
        ("05/31/2024", datetime(2024, 5, 31, tzinfo=UTC)),
        ("31/05/2024 08:00", datetime(2024, 5, 31, 8, tzinfo=UTC)),
        ("2024-12-31T24:00:00Z", datetime(2025, 1, 1, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("Sun, 09 Feb 1806 23:59:45 GMT", datetime(1806, 2, 9, 23, 59, 45, tzinfo=UTC)),
        ("mar., 14 mai 2024 08:00", datetime(2024, 5, 14, 8, tzinfo=UTC)),
        ("Сер, 05 чер 2024", datetime(2024, 6, 5, tzinfo=UTC)),
        ("5. července 2024", datetime(2024, 7, 5, tzinfo=UTC)),
        ("5 Μαΐου 2024", datetime(2024, 5, 5, tzinfo=UTC)),
        ("Per, 05 Eyl 2024", datetime(2024, 9, 5, tzinfo=UTC)),
        ("2 Jan 2024 5:4:3", datetime(2024, 1, 2, 5, 4, 3, tzinfo=UTC)),
        ("2024.12.31", datetime(2024, 12, 31, tzinfo=UTC)),
        ("2024. 3. 5.", datetime(2024, 3, 5, tzinfo=UTC)),
        ("maandag 5 februari 2024", datetime(2024, 2, 5, tzinfo=UTC)),
        ("31.12.2024 1530", datetime(2024, 12, 31, tzinfo=UTC)),
        ("2024.12.31 / 2025", datetime(2024, 12, 31, tzinfo=UTC)),
        ("1 Jan 49 00:00 GMT", datetime(2049, 1, 1, tzinfo=UTC)),
        ("1 Jan 50 00:00 GMT", datetime(1950, 1, 1, tzinfo=UTC)),
    ],
)
def test_parts_that_are_missing_or_odd_are_filled_in(text: str, expected: datetime) -> None:
    assert parse_date(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "yesterday",
        "0",
        "-1",
        "NaN",
        "Sat, 31 Jun 2006 23:08:26 +1000",
        "2023-02-29",
        "2024-366-1",
        "2023-366",
        "2024-01-01T25:00:00Z",
        "2024-01-01T12:60:00Z",
        "2024-01-01T00:00:00+25:00",
        "2024-01-01T00:00:00+01:99",
        "0000-00-00T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "Mon, 01 Jan 10000 00:00:00 GMT",
        "Mon, 01 Jan -500 00:00:00 GMT",
        "99 Mar 2024",
        "13:30 pm 5 Mar 2024",
        "04/05/2024",  # April or May
        "٢٠٢٤-٠١-٠١",
        "2024-01-01" + " " * MAX_DATE_LENGTH + "x",
    ],
)
def test_what_names_no_certain_day_is_no_date(text: str) -> None:
    assert parse_date(text) is None


def test_military_zones_keep_the_signs_of_rfc_822() -> None:
    assert parse_date("Thu, 09 Feb 2006 16:59:45 G") == parse_date("2006-02-09T23:59:45Z")
    assert parse_date("Fri, 10 Feb 2006 03:59:45 Q") == parse_date("2006-02-09T23:59:45Z")


def test_unknown_zone_counts_as_utc() -> None:
    assert parse_date("Tue, 05 Mar 2024 12:30:45 XYZ") == NOON


@pytest.mark.parametrize("number", [1e308, -1e308, float("nan"), float("inf"), 10**30])
def test_timestamp_out_of_range_is_no_date(number: float) -> None:
    assert read_timestamp(number) is None


@pytest.mark.parametrize("piece", ["1 ", "(", ")", "\\", "1:", "+1", "Mar ", "9", "(a", "--"])
def test_flood_of_one_piece_costs_next_to_nothing(piece: str) -> None:
    started = time.perf_counter()
    parse_date(piece * 1_000_000)
    parse_date((piece * MAX_DATE_LENGTH)[:MAX_DATE_LENGTH])
    assert time.perf_counter() - started < 0.5


@given(st.text(max_size=60) | st.from_regex(r"[0-9TZWa-zA-Z:+\-./, ()]{0,50}", fullmatch=True))
def test_any_text_gives_an_utc_instant_or_none(text: str) -> None:
    parsed = parse_date(text)
    assert parsed is None or (parsed.tzinfo is UTC and 1000 <= parsed.year <= 3000)
