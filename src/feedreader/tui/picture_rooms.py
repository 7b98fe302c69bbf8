"""A page of a story with room for its pictures: lines put between the others, above captions."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final

from feedreader.core.document import Image, Line, Span, Style
from feedreader.core.width import cell_width
from feedreader.tui.story_lines import StoryPage, wrapped

_CAPTION: Final = "[image"
_LONGEST_CAPTION: Final = 30
"""Lines."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands above a caption: a picture of so many cells, or words in its place."""

    columns: int = 0
    rows: int = 0
    words: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Room:
    """Where something stands above the caption of an image; `image` is its place in `images`."""

    image: int
    above: int
    """The line of the text below it, by its row in the page without rooms."""
    gap: int
    """Blank rows at its beginning."""
    row: int
    """Its first row in the page, or that of its gap."""
    height: int
    """Rows, those of the gap among them."""
    left: int
    """Cells from the edge of the column."""
    columns: int
    """Cells of the picture; 0: words."""


@dataclass(frozen=True, slots=True)
class RoomyPage:
    """A page with rooms, and where the lines of the text are in it."""

    page: StoryPage
    rooms: tuple[Room, ...] = ()

    def row_of(self, line: int) -> int:
        """Return the row of a line of the text."""
        return line + sum(room.height for room in self.rooms if room.above <= line)

    def room_at(self, row: int) -> Room | None:
        """Return the room that a row belongs to, if any."""
        place = bisect_right(self.rooms, row, key=lambda room: room.row) - 1
        room = self.rooms[place] if place >= 0 else None
        return room if room is not None and row < room.row + room.height else None

    def count_lines(self, row: int) -> int:
        """Return how many lines of the text stand before a row."""
        return row - sum(min(room.height, row - room.row) for room in self.rooms if room.row < row)


def moved(before: RoomyPage, after: RoomyPage) -> Callable[[int], int]:
    """Return what gives the row now of a row before: the same words, or the same picture."""
    begins = {room.image: room for room in after.rooms}

    def move(row: int) -> int:
        was = before.room_at(row)
        if was is None:
            return after.row_of(before.count_lines(row))
        now = begins.get(was.image)
        if now is None:
            return after.row_of(was.above)
        return now.row + min(row - was.row, now.height - 1)

    return move


def caption_rows(page: StoryPage) -> tuple[int, ...]:
    """Return the line above which each image of a page belongs: where its caption begins."""
    named = Style.IMAGE | Style.LINK_NUMBER
    rows_of: dict[int, list[int]] = {}
    for row, line in enumerate(page.lines):
        for span in line.spans:
            if span.link and span.style & named:
                rows_of.setdefault(span.link, []).append(row)
    captions: list[int] = []
    start = 0
    for image in page.images:
        rows = rows_of.get(image.link, [])
        place = bisect_left(rows, start)
        if place < len(rows):
            start = _begin_of_caption(page.lines, rows[place], start)
        captions.append(_out_of_table(page.lines, start))
    return tuple(captions)


def make_rooms(page: StoryPage, captions: Sequence[int], shown: Mapping[int, Shown]) -> RoomyPage:
    """Return a page with what is shown above the captions, by the place of its image."""
    lines: list[Line] = []
    rooms: list[Room] = []
    counts: list[int] = []
    old = [after - before for before, after in zip(page.letters, page.letters[1:], strict=False)]
    done = 0
    for place in sorted(shown, key=lambda place: (captions[place], place)):
        above = captions[place]
        lines += page.lines[done:above]
        counts += old[done:above]
        done = above
        edge = _edge(page.lines[above])
        put = _lines_of(shown[place], edge, page.images[place], page.width)
        is_stacked = bool(rooms) and rooms[-1].above == above
        gap = int(is_stacked or (bool(lines) and bool(lines[-1].text.strip(" │"))))
        left = cell_width(edge)
        rooms.append(
            Room(place, above, gap, len(lines), len(put) + gap, left, shown[place].columns)
        )
        lines += [Line((Span(edge, Style.FRAME),)) if edge.strip() else Line()] * gap + put
        counts += [0] * (gap + len(put))
    lines += page.lines[done:]
    counts += old[done:]
    roomy = RoomyPage(page, tuple(rooms))
    to_row = roomy.row_of
    return RoomyPage(
        replace(
            page,
            lines=tuple(lines),
            letters=tuple(accumulate(counts, initial=0)),
            headings=tuple(one._replace(line=to_row(one.line)) for one in page.headings),
            code_blocks=tuple(
                one._replace(start=to_row(one.start), end=to_row(one.end - 1) + 1)
                for one in page.code_blocks
            ),
            images=tuple(
                one._replace(line=to_row(line))
                for one, line in zip(page.images, captions, strict=True)
            ),
            anchors={name: to_row(line) for name, line in page.anchors.items()},
        ),
        tuple(rooms),
    )


def room_width(page: StoryPage, caption: int) -> int:
    """Return how many cells a picture above a caption may be wide."""
    return max(1, page.width - cell_width(_edge(page.lines[caption])))


def _lines_of(shown: Shown, edge: str, image: Image, width: int) -> list[Line]:
    before = (Span(edge, Style.FRAME),) if edge else ()
    if shown.columns:
        # Cells of the picture lead where its caption leads.
        cells = Span(" " * shown.columns, Style.FRAME, image.link)
        return [Line((*before, cells))] * shown.rows
    room = max(1, width - cell_width(edge))
    return [Line((*before, *line.spans)) for line in wrapped(shown.words, room)]


def _edge(line: Line) -> str:
    """Return what stands left of a line's words: the bars of quotes, blanks for bullets."""
    edge = ""
    for span in line.spans:
        if not span.style & Style.FRAME:
            break
        edge += "".join(char if char == "│" else " " * cell_width(char) for char in span.text)
    return edge


def _begin_of_caption(lines: Sequence[Line], end: int, start: int) -> int:
    """Return the row where a caption begins that has a number at `end`, at `start` or below."""
    for row in range(end, max(start, end - _LONGEST_CAPTION) - 1, -1):
        spans = lines[row].spans
        if any(span.style & Style.IMAGE and span.text.startswith(_CAPTION) for span in spans):
            return row
    return end


def _out_of_table(lines: Sequence[Line], row: int) -> int:
    """Return the first row of the table that a row is in: no picture breaks one in two."""
    if not any(span.text == " │ " and span.style & Style.FRAME for span in lines[row].spans):
        return row
    while row and lines[row - 1].text.strip(" │"):
        row -= 1
    return row
