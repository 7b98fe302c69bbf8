"""A paragraph in the making: styled runs of text, folded as HTML folds white space, wrapped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from feedreader.core.document import Span, Style
from feedreader.core.text import clean_text
from feedreader.core.width import cell_width, wrap

_BLANKS: Final = re.compile("[ \t\n]+")


class Flow:
    """Text of one paragraph with its styles, and the ids that stand in it."""

    def __init__(self) -> None:
        self._runs: list[Span] = []
        self._length = 0
        self._last = "\n"  # as if a line had just begun: leading spaces go
        self.ids: list[tuple[int, str]] = []
        """(offset, id)"""

    def add(self, text: str, style: Style = Style.PLAIN, link: int = 0, anchor: str = "") -> None:
        """Append text; runs of white space become one space."""
        text = _BLANKS.sub(" ", clean_text(text))
        if self._last in " \n":
            text = text.removeprefix(" ")
        if text:
            self._append(Span(text, style, link, anchor))

    def part(self) -> None:
        """Keep what follows, a thing of its own, off the number of the link or picture before."""
        if self._last == "]":
            self._append(Span(" "))

    def break_line(self) -> None:
        """End the line, as `<br>` does."""
        if self._last == " ":
            last = self._runs.pop()
            self._length -= 1
            if len(last.text) > 1:
                self._runs.append(last._replace(text=last.text[:-1]))
        self._append(Span("\n"))

    def end_line(self) -> None:
        """Begin a new line unless one has just begun."""
        if self._last != "\n":
            self.break_line()

    def join(self, other: Flow) -> None:
        """Append all of another flow."""
        for run in other._runs:
            self._append(run)

    def mark(self, name: str) -> None:
        """Remember that an id stands here."""
        self.ids.append((self._length, name))

    def _append(self, run: Span) -> None:
        self._runs.append(run)
        self._length += len(run.text)
        self._last = run.text[-1]

    @property
    def text(self) -> str:
        """The text without styles, folded."""
        return "".join(run.text for run in self._runs)

    @property
    def length(self) -> int:
        """Characters so far."""
        return self._length

    def is_blank(self) -> bool:
        """Say whether there is nothing to see."""
        return all(not run.text or run.text.isspace() for run in self._runs)

    def is_only(self, styles: Style) -> bool:
        """Say whether all that can be seen is in one of these styles."""
        return all(run.style & styles or run.text.isspace() for run in self._runs)

    def widths(self) -> tuple[int, int]:
        """Return cells of the widest word and of the widest line."""
        lines = self.text.split("\n")
        words = [cell_width(word) for line in lines for word in line.split(" ")]
        return max(words, default=0), max(cell_width(line.rstrip()) for line in lines)

    def wrap(self, width: int) -> Iterator[tuple[int, tuple[Span, ...]]]:
        """Yield (offset, spans) of each line; no two blank lines in a row, none at the ends."""
        text = self.text
        end = len(text.rstrip(" \n"))
        start = len(text) - len(text.lstrip("\n"))
        cursor = _Cursor(self._runs)
        was_blank = True
        while start < end:
            stop = text.find("\n", start, end)
            if stop < 0:
                stop = end
            if stop > start:
                for first, last in wrap(text[start:stop], width):
                    while last > first and text[start + last - 1] in " \xa0":
                        last -= 1
                    yield start + first, cursor.slice(start + first, start + last)
                was_blank = False
            elif not was_blank:
                yield start, ()
                was_blank = True
            start = stop + 1


class _Cursor:
    """Cuts runs at rising offsets."""

    def __init__(self, runs: list[Span]) -> None:
        self._runs = runs
        self._place = 0
        self._offset = 0

    def slice(self, start: int, end: int) -> tuple[Span, ...]:
        spans: list[Span] = []
        while self._place < len(self._runs):
            run = self._runs[self._place]
            stop = self._offset + len(run.text)
            if stop > start:
                piece = run.text[max(0, start - self._offset) : end - self._offset]
                if piece:
                    # No-break spaces have done their work.
                    spans.append(run._replace(text=piece.replace("\xa0", " ")))
            if stop >= end:
                break
            self._place += 1
            self._offset = stop
        return tuple(spans)
