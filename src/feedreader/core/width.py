"""How many terminal cells text takes, and where its lines may break.

wcwidth has the tables (emoji sequences and combining marks included). Most text is of
one-cell characters only and never asks it, so it is imported only when it is needed.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

_NARROW: Final = re.compile(
    "[ -~\xa0-\xac\xae-\u02ff\u0370-\u0482\u048a-\u0590\u2010-\u2027\u202f-\u205e\u2070-\u20cf"
    "\u2100-\u2193\u2500-\u25a8\u2600-\u2603]*"
)
# Japanese and Chinese rules: these never begin a line …
_NOT_FIRST: Final = frozenset(
    "!%),.:;?]}’”»›¢°·†‡›℃‥…"
    "、。々〆〉》」』】〕〗〙〛〞〟〻・ーゝゞヽヾ"
    "\uff01\uff05\uff09\uff0c\uff0e\uff1a\uff1b\uff1f\uff3d\uff5d\uff5e\uff60\uff61\uff63\uff64"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ"
)
# … and these never end one.
_NOT_LAST: Final = frozenset(
    "$([{£¥‘“«‹〈《「『【〔〖〘〚〝\uff04\uff08\uff3b\uff5b\uff5f\uff62\uffe1\uffe5"
)
_BREAK_AFTER: Final = ("/?&", "-_.,:;=%+")


def cell_width(text: str) -> int:
    """Return how many cells the text takes; it holds no control characters."""
    if _NARROW.fullmatch(text):
        return len(text)
    from wcwidth import wcswidth

    return max(0, wcswidth(text))


def cut_to_width(text: str, width: int) -> str:
    """Return the text itself if it fits into `width` cells, else its beginning and "…"."""
    if cell_width(text) <= width:
        return text
    if width < 1:
        return ""
    end = 0
    used = 1
    for _, stop, cells in _clusters(text):
        used += cells
        if used > width:
            break
        end = stop
    return text[:end].rstrip() + "…"


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Return the text filled up with spaces to `width` cells, in front if `right`."""
    blanks = " " * (width - cell_width(text))
    return blanks + text if right else text + blanks


def whole_clusters(text: str, ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return ranges of offsets, widened so that none parts what the eye sees as one character."""
    if not ranges or _NARROW.fullmatch(text):
        return list(ranges)
    edges = [0, *(stop for _, stop, _ in _clusters(text))]
    return [
        (edges[bisect_right(edges, start) - 1], edges[bisect_left(edges, end)])
        for start, end in ranges
    ]


def wrap(text: str, width: int) -> list[tuple[int, int]]:
    """Return the lines of a text as (start, end) offsets, each at most `width` cells wide.

    Lines break at spaces, between characters of scripts without spaces, and inside a word
    only if it is wider than a line; never inside what the eye sees as one character. Spaces
    at a break belong to no line. One cluster may be wider than `width` if that is 1.
    """
    width = max(1, width)
    if _NARROW.fullmatch(text):
        return list(_wrap_narrow(text, width))
    return list(_wrap_clusters(text, width))


def hard_wrap(text: str, first_width: int, width: int) -> list[tuple[int, int]]:
    """Return the pieces of a line of code as (start, end), as full as the cells allow."""
    pieces: list[tuple[int, int]] = []
    piece_start = used = 0
    room = first_width
    for start, _, cells in _clusters(text):
        if used + cells > room and start > piece_start:
            pieces.append((piece_start, start))
            piece_start, used, room = start, 0, width
        used += cells
    return [*pieces, (piece_start, len(text))]


def _wrap_narrow(text: str, width: int) -> Iterator[tuple[int, int]]:
    length = len(text)
    start = 0
    while length - start > width:
        end = text.rfind(" ", start, start + width + 1)
        if end > start:
            yield start, end
            start = end + 1
        else:
            end = _break_long_word(text, start, start + width)
            yield start, end
            start = end
    yield start, length


def _wrap_clusters(text: str, width: int) -> Iterator[tuple[int, int]]:
    clusters = list(_clusters(text))
    line_start = 0  # offset in text
    used = 0
    space = -1  # index of the cluster after which the line may break
    first = 0
    place = 0
    while place < len(clusters):
        start, stop, cells = clusters[place]
        if used + cells > width and place > first and text[start:stop] != " ":
            if space >= first:
                break_at = space + 1
                end = clusters[space][0] if _is_space(text, clusters[space]) else clusters[space][1]
            else:
                end = _break_long_word(text, line_start, start)
                break_at = next(i for i in range(first, place + 1) if clusters[i][0] >= end)
                end = clusters[break_at][0]
            yield line_start, end
            first = place = break_at
            line_start = clusters[first][0]
            used = 0
            space = -1
            continue
        used += cells
        if _may_break(text, clusters, place):
            space = place
        place += 1
    end = len(text.rstrip(" "))
    yield line_start, end if end > line_start else len(text)


def _is_space(text: str, cluster: tuple[int, int, int]) -> bool:
    return text[cluster[0] : cluster[1]] == " "


def _may_break(text: str, clusters: list[tuple[int, int, int]], place: int) -> bool:
    start, _, cells = clusters[place]
    char = text[start]
    if char == " ":
        return True
    if place + 1 == len(clusters):
        return False
    next_start, _, next_cells = clusters[place + 1]
    after = text[next_start]
    if after == " " or (cells < 2 and next_cells < 2):
        return False
    return after not in _NOT_FIRST and char not in _NOT_LAST


def _break_long_word(text: str, start: int, limit: int) -> int:
    """Return where to break a word that fills a whole line: after a mark, or at the limit."""
    for marks in _BREAK_AFTER:
        for end in range(limit, start + (limit - start) // 2, -1):
            if text[end - 1] in marks:
                return end
    return limit


def _clusters(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, cells) for what the eye sees as one character."""
    from wcwidth import iter_graphemes, wcswidth

    start = 0
    for cluster in iter_graphemes(text):
        stop = start + len(cluster)
        yield (
            start,
            stop,
            1 if stop - start == 1 and " " <= cluster <= "~" else max(0, wcswidth(cluster)),
        )
        start = stop
