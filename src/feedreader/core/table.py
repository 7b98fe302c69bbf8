"""A table of cells laid out in terminal cells, or told not to fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from feedreader.core.document import Span, Style
from feedreader.core.flow import Flow
from feedreader.core.width import cell_width

_GAP: Final = " │ "
_MIN_COLUMN: Final = 8
_MAX_WORD: Final = 20
"""Longer words may be broken rather than make a column wide."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one cell."""

    flow: Flow
    is_header: bool = False
    is_right: bool = False


def lay_out(rows: Sequence[Sequence[Cell]], width: int) -> list[tuple[Span, ...]] | None:
    """Return the lines of a table, or None if it cannot be read at this width.

    Rows are of one length. A rule stands under a header row, and between all rows when any
    of them takes more than one line.
    """
    columns = _column_widths(rows, width)
    if columns is None:
        return None
    blocks = [_row_lines(row, columns) for row in rows]
    rule = (Span("─┼─".join("─" * column for column in columns), Style.FRAME),)
    is_ruled = any(len(block) > 1 for block in blocks)
    lines: list[tuple[Span, ...]] = []
    for place, block in enumerate(blocks):
        lines += block
        is_head = place == 0 and all(cell.is_header for cell in rows[0])
        if place + 1 < len(blocks) and (is_ruled or is_head):
            lines.append(rule)
    return lines


def _column_widths(rows: Sequence[Sequence[Cell]], width: int) -> list[int] | None:
    least: list[int] = []
    full: list[int] = []
    for column in zip(*rows, strict=True):
        sizes = [cell.flow.widths() for cell in column]
        line = max(size[1] for size in sizes)
        word = min(max(size[0] for size in sizes), _MAX_WORD)
        full.append(max(1, line))
        least.append(max(1, min(line, max(word, _MIN_COLUMN))))
    room = width - len(_GAP) * (len(full) - 1)
    if sum(full) <= room:
        return full
    spare = room - sum(least)
    if spare < 0:
        return None
    # The columns that wish for least get all they wish: prose wraps better than names.
    widths = list(least)
    wishes = sorted(
        (want - have, place) for place, (want, have) in enumerate(zip(full, least, strict=True))
    )
    for served, (wish, place) in enumerate(wishes):
        given = min(wish, spare // (len(wishes) - served))
        widths[place] += given
        spare -= given
    return widths


def _row_lines(row: Sequence[Cell], columns: Sequence[int]) -> list[tuple[Span, ...]]:
    wrapped = [
        [spans for _, spans in cell.flow.wrap(column)]
        for cell, column in zip(row, columns, strict=True)
    ]
    lines: list[tuple[Span, ...]] = []
    for place in range(max(1, *map(len, wrapped))):
        spans: list[Span] = []
        for number, (cell, column, pieces) in enumerate(zip(row, columns, wrapped, strict=True)):
            if number:
                spans.append(Span(_GAP, Style.FRAME))
            piece = pieces[place] if place < len(pieces) else ()
            blanks = Span(" " * (column - sum(cell_width(span.text) for span in piece)))
            if cell.is_right:
                spans += [blanks, *piece]
            elif number + 1 < len(row):
                spans += [*piece, blanks]
            else:
                spans += piece
        if spans:
            spans[-1] = spans[-1]._replace(text=spans[-1].text.rstrip())
        lines.append(tuple(span for span in spans if span.text))
    return lines
