"""Numbers as block characters: of the width asked for, honest at both ends."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedreader.core.charts import bar, columns, rounded_up, shade, sparkline, stacked

VALUES = st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=60)
WIDTHS = st.integers(0, 80)


def test_sparkline_is_blank_for_nothing_and_full_for_the_highest() -> None:
    assert sparkline([0, 1, 4, 8], 4) == " ▁▄█"
    assert sparkline([], 3) == "   "
    assert sparkline([0, 0], 2) == "  "


def test_sparkline_shows_anything_at_all_beside_a_giant() -> None:
    assert sparkline([1, 1_000_000], 2) == "▁█"


def test_sparkline_of_few_values_stands_at_the_right() -> None:
    assert sparkline([3], 4) == "   █"


def test_sparkline_adds_up_more_values_than_there_are_cells() -> None:
    assert sparkline([1, 1, 2, 2, 0, 0], 3) == "▄█ "


def test_bar_is_filled_to_an_eighth_of_a_cell() -> None:
    assert bar(0.5, 4) == "██  "
    assert bar(0.375, 1) == "▍"
    assert (bar(0, 3), bar(1, 3), bar(7, 3)) == ("   ", "███", "███")


def test_bar_of_a_little_is_seen_and_of_nearly_all_is_not_full() -> None:
    assert bar(0.0001, 3) == "▏  "
    assert bar(0.9999, 3) == "██▉"


def test_columns_grow_from_the_last_line_up() -> None:
    assert columns([0, 2, 4], 2) == ["  █", " ██"]
    assert columns([1], 2, top=4) == [" ", "▄"]


def test_stacked_columns_fill_the_part_and_shade_the_rest() -> None:
    assert stacked([2, 0, 4], [4, 2, 4], 2, 4) == ["░ █", "█░█"]


def test_stacked_column_of_very_little_is_seen() -> None:
    assert stacked([0], [1], 3, 1000)[-1] == "░"


@pytest.mark.parametrize(
    ("value", "char"), [(0, "·"), (1, "░"), (25, "░"), (26, "▒"), (75, "▓"), (76, "█"), (100, "█")]
)
def test_shade_goes_by_quarters(value: float, char: str) -> None:
    assert shade(value, 100) == char


@pytest.mark.parametrize(
    ("value", "top"), [(0, 1), (1, 1), (7, 8), (9, 10), (11, 20), (22, 30), (100, 100), (101, 200)]
)
def test_axis_ends_at_the_next_round_number(value: float, top: int) -> None:
    assert rounded_up(value) == top


@given(VALUES, WIDTHS)
def test_every_drawing_has_the_width_asked_for(values: list[float], width: int) -> None:
    assert len(sparkline(values, width)) == width
    for share in values:
        assert len(bar(share, width)) == width
    assert [len(line) for line in columns(values, 3)] == [len(values)] * 3
    assert [len(line) for line in stacked(values, values, 3, 5)] == [len(values)] * 3


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=20))
def test_a_cell_of_a_sparkline_is_blank_for_zero_alone(values: list[float]) -> None:
    drawn = sparkline(values, len(values))
    assert [char == " " for char in drawn] == [value == 0 for value in values]


def test_what_is_no_number_counts_as_nothing() -> None:
    assert sparkline([math.nan, -3, math.inf, 1], 4) == "   █"
    assert bar(math.nan, 2) == "  "
