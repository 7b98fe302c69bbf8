"""Numbers drawn as block characters: sparklines, bars, columns, shades.

Every function gives back plain text of a known width in cells. Values that are not finite, or
below zero, count as zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, floor, isfinite, log10

_EIGHTHS_UP = " ▁▂▃▄▅▆▇█"
_EIGHTHS_RIGHT = " ▏▎▍▌▋▊▉█"
_SHADES = "·░▒▓█"


def sparkline(values: Sequence[float], width: int) -> str:
    """`width` cells ▁▂▃▄▅▆▇█ of the values from left to right, the highest being full.

    Nothing is blank, anything at all is seen (▁ at least). More values than cells are added up
    into `width` groups; fewer stand at the right, where time ends.
    """
    if width <= 0:
        return ""
    sums = grouped(values, width)
    highest = max(sums, default=0.0)
    line = "".join(_EIGHTHS_UP[_eighths(value, highest)] for value in sums)
    return line.rjust(width)


def bar(share: float, width: int) -> str:
    """`width` cells, of which `share` (0 to 1) is filled from the left, to an eighth of a cell.

    A share above zero is never blank, one below 1 never full.
    """
    if width <= 0:
        return ""
    share = min(_counted(share), 1.0)
    eighths = round(share * width * 8)
    if 0 < share < 1:
        eighths = min(max(eighths, 1), width * 8 - 1)
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (_EIGHTHS_RIGHT[rest] if rest else "")).ljust(width)


def columns(values: Sequence[float], height: int, top: float = 0.0) -> list[str]:
    """`height` lines, the topmost first, in which each value is a column one cell wide.

    A column as high as `top` (or, without it, as the highest value) fills all lines.
    """
    highest = max(top, *map(_counted, values), 0.0)
    filled = [_eighths(value, highest, height) for value in values]
    return [
        "".join(_EIGHTHS_UP[min(max(eighths - below * 8, 0), 8)] for eighths in filled)
        for below in range(height - 1, -1, -1)
    ]


def stacked(parts: Sequence[float], totals: Sequence[float], height: int, top: float) -> list[str]:
    """`height` lines, the topmost first: columns of totals `░` whose parts are filled `█`.

    A part ends to an eighth of a cell; of a total that is not zero something is always seen.
    """
    full = columns(parts, height, top)
    whole = [_eighths(total, top, height) for total in totals]
    lines = []
    for row, line in enumerate(full):
        below = (height - 1 - row) * 8
        least = 1 if below == 0 else 4
        lines.append(
            "".join(
                char if char != " " else "░" if total - below >= least else " "
                for char, total in zip(line, whole, strict=True)
            )
        )
    return lines


def shade(value: float, highest: float) -> str:
    """One of `·░▒▓█`: `·` for nothing, then by quarters of `highest`."""
    value = _counted(value)
    if value == 0 or highest <= 0:
        return _SHADES[0]
    return _SHADES[min(max(ceil(value / highest * 4), 1), 4)]


def grouped(values: Sequence[float], count: int) -> list[float]:
    """The values added up into at most `count` neighbouring groups of near-equal size."""
    counted = [_counted(value) for value in values]
    if len(counted) <= count:
        return counted
    bounds = [index * len(counted) // count for index in range(count + 1)]
    return [sum(counted[start:end]) for start, end in pairwise(bounds)]


def rounded_up(value: float) -> int:
    """The least of 1, 2, 3, 4, 5, 6, 8, 10, 20, 30 … that is not below `value`.

    It is the top of an axis: its half and its whole are numbers that one reads at a glance.
    """
    value = _counted(value)
    if value <= 1:
        return 1
    power = 10 ** floor(log10(value))
    return next(int(step * power) for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * power >= value)


def _counted(value: float) -> float:
    return value if isfinite(value) and value > 0 else 0.0


def _eighths(value: float, highest: float, height: int = 1) -> int:
    """Of `height` cells, how many eighths a value fills; at least one if it is above zero."""
    value = _counted(value)
    if value == 0 or highest <= 0:
        return 0
    return max(1, round(min(value / highest, 1.0) * 8 * height))
