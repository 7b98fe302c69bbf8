"""Letters that open links: short, none the beginning of another, easy to reach."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from feedreader.core.document import Line

_LETTERS: Final = "asdfjklgheiowruc"


class Target(NamedTuple):
    """A link on the screen: a number, or an id inside the story."""

    row: int
    start: int
    """Offset in the text of its line."""
    link: int
    anchor: str


def make_labels(count: int) -> list[str]:
    """Return so many labels of one length, as short as can be."""
    labels = [""]
    while len(labels) < count or labels == [""]:
        labels = [label + letter for label in labels for letter in _LETTERS]
    return labels[:count]


def find_targets(lines: Iterable[tuple[int, Line]]) -> list[Target]:
    """Return the links in the lines (row, line), once each, where they begin."""
    targets: dict[tuple[int, str], Target] = {}
    for row, line in lines:
        offset = 0
        for span in line.spans:
            if span.link and span.text.strip():
                targets.setdefault((span.link, ""), Target(row, offset, span.link, ""))
            elif span.anchor and span.text.strip():
                targets.setdefault((0, span.anchor), Target(row, offset, 0, span.anchor))
            offset += len(span.text)
    return list(targets.values())
