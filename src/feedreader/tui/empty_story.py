"""What stands in the story's place while none is shown: how to begin."""

from __future__ import annotations

from collections.abc import Callable

from feedreader.core.document import Document, Line, Span, Style
from feedreader.core.width import cell_width
from feedreader.tui.story_lines import StoryPage, make_page


def empty_page(column: int, height: int, key_of: Callable[[str], str]) -> StoryPage:
    """Return a page that says how to begin."""
    hints = [
        (key_of("move.in"), "read the entry under the cursor"),
        (key_of("read.on"), "read on: page after page, story after story"),
        (key_of("app.help"), "see all keys"),
    ]
    keys = max(cell_width(key) for key, _ in hints)
    told = [Line((Span("Nothing is open.", Style.BOLD),))]
    told += [
        Line((Span(f"{key:>{keys}}", Style.TAG), Span(f"  {does}", Style.DIM)))
        for key, does in hints
        if key
    ]
    block = [line for one in told for line in (one, Line())][:-1]
    widest = max(cell_width(line.text) for line in block)
    blanks = Span(" " * max(0, (column - widest) // 2), Style.FRAME)
    above = max(1, (height - len(block)) // 3)
    lines = [Line((blanks, *line.spans)) if line.spans else line for line in block]
    return make_page(column, [Line()] * above, Document(column, tuple(lines)))
