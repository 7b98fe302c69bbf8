"""Words found in a story, across the ends of its lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from feedreader.core.document import Line, Style

_MOST: Final = 2_000


@dataclass(frozen=True, slots=True)
class Match:
    """A place that was found; more than one piece if it goes on in the next line."""

    pieces: tuple[tuple[int, int, int], ...]
    """(row, start, end) in the text of that line."""

    @property
    def row(self) -> int:
        """Where it begins."""
        return self.pieces[0][0]


class StoryText:
    """The words of a page in one string, with where each line of it stands."""

    def __init__(self, lines: Sequence[Line], *, only: Style | None = None) -> None:
        """`only` leaves out words of any other style."""
        parts: list[str] = []
        self._starts: list[int] = []
        """Offset in `text` of each run of the author's words …"""
        self._places: list[tuple[int, int]] = []
        """… and its (row, offset in the line)."""
        length = 0
        for row, line in enumerate(lines):
            offset = 0
            for span in line.spans:
                is_left_out = span.style & (Style.FRAME | Style.LINK_NUMBER)
                if not is_left_out and (only is None or span.style & only):
                    self._starts.append(length)
                    self._places.append((row, offset))
                    parts.append(span.text)
                    length += len(span.text)
                offset += len(span.text)
            parts.append("\n")
            length += 1
        self.text = "".join(parts)

    def find(self, words: str) -> list[Match]:
        """Return where words stand, in any case; without capitals in them if they have none."""
        wanted = words.split()
        if not wanted:
            return []
        flags = 0 if any(char.isupper() for char in words) else re.IGNORECASE
        pattern = re.compile(r"\s+".join(map(re.escape, wanted)), flags)
        matches = []
        for found in pattern.finditer(self.text):
            matches.append(Match(tuple(self.pieces(found.start(), found.end()))))
            if len(matches) == _MOST:
                break
        return matches

    def pieces(self, start: int, end: int) -> list[tuple[int, int, int]]:
        """Return where a part of `text` stands: (row, start, end) for each line it is in."""
        pieces = []
        place = bisect_right(self._starts, start) - 1
        while start < end:
            row, offset = self._places[place]
            follows = place + 1 < len(self._starts)
            stop = min(end, self._starts[place + 1] if follows else end)
            inside = start - self._starts[place]
            length = len(self.text[start:stop].rstrip("\n"))
            if length:
                pieces.append((row, offset + inside, offset + inside + length))
            start = stop
            place += 1
        return pieces
