"""The column of lines that a story becomes: margins that collapse, bars and indents in front.

A block asks for blank lines; the largest wish before the next line wins. Prefixes (quote bars,
bullets, indents) nest, but never take more than half of the width.
"""

from __future__ import annotations

from dataclasses import dataclass

from feedreader.core.document import Line, Span


@dataclass(slots=True)
class _Prefix:
    """Stands before the lines of a block: once `first`, then `rest`, of equal width."""

    first: Span
    rest: Span
    is_bullet: bool
    is_fresh: bool = True


class Column:
    """Lines of at most `width` cells; only what is added behind the prefixes must fit."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.lines: list[Line] = []
        self._prefixes: list[_Prefix] = []
        self._gap = 0
        self._gap_depth = 0

    @property
    def room(self) -> int:
        """Cells left for text."""
        return self.width - sum(len(prefix.rest.text) for prefix in self._prefixes)

    def ask_gap(self, count: int) -> None:
        """Ask for blank lines before the next line; right behind a bullet there are none."""
        if self._prefixes and self._prefixes[-1].is_fresh and self._prefixes[-1].is_bullet:
            return
        if not self._gap:
            self._gap_depth = len(self._prefixes)
        self._gap = max(self._gap, count)

    def set_gap(self, count: int) -> None:
        """Have exactly so many blank lines before the next line, whatever was asked for."""
        self._gap = count
        self._gap_depth = len(self._prefixes)

    def open(self, first: Span, rest: Span, *, is_bullet: bool = True) -> bool:
        """Put a prefix before the lines to come; say False if there is no room for it."""
        if self.room - len(rest.text) < max(self.width // 2, 3):
            return False
        self._prefixes.append(_Prefix(first, rest, is_bullet))
        return True

    def close(self) -> None:
        """Take the last prefix away."""
        self._prefixes.pop()
        self._gap_depth = min(self._gap_depth, len(self._prefixes))

    def add(self, spans: tuple[Span, ...]) -> None:
        """Add a line behind the open prefixes, after the blank lines asked for."""
        if self._gap and self.lines:
            depth = min(self._gap_depth, len(self._prefixes))
            blank = _without_end([prefix.rest for prefix in self._prefixes[:depth]])
            self.lines += [Line(tuple(blank))] * self._gap
        self._gap = 0
        front = [prefix.first if prefix.is_fresh else prefix.rest for prefix in self._prefixes]
        for prefix in self._prefixes:
            prefix.is_fresh = False
        self.lines.append(Line((*(front if spans else _without_end(front)), *spans)))


def _without_end(spans: list[Span]) -> list[Span]:
    """Return spans without blanks at their end."""
    while spans and not spans[-1].text.strip():
        spans = spans[:-1]
    if spans:
        spans = [*spans[:-1], spans[-1]._replace(text=spans[-1].text.rstrip())]
    return spans
