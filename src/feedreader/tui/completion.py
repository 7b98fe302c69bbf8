"""What a line of input could go on with: offers that keys choose and write."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.widgets import Input

from feedreader.core.query.complete import Completion
from feedreader.core.text import clean_line
from feedreader.core.width import cell_width
from feedreader.tui.line_list import LineList, put

_MOST_SHOWN = 8

Find = Callable[[str, int], tuple[Completion, ...]]
"""(text, cursor) -> offers."""


class Completions(LineList, can_focus=False):
    """What could stand at the cursor of a line; the line keeps the focus."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"completion--meaning"}
    DEFAULT_CSS = """
    Completions {
        height: auto;
        background: $surface;
        display: none;
        & > .completion--meaning { color: $muted; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.offers: tuple[Completion, ...] = ()
        self.is_chosen = False
        """The user went to one of the offers: Enter takes it."""

    def offer(self, offers: tuple[Completion, ...]) -> None:
        """Show other offers, none of them chosen."""
        self.offers = offers
        self.is_chosen = False
        self.cursor = 0
        self.styles.height = min(_MOST_SHOWN, len(offers))
        self.display = bool(offers)
        self.rows_changed()

    def complete(self, line: Input, find: Find) -> None:
        """Offer what may stand at the cursor of a line, unless it stands there already."""
        text = line.value
        offers = find(text, line.cursor_position)
        if len(offers) == 1 and offers[0].text == text[offers[0].start : offers[0].end]:
            offers = ()
        self.offer(offers)

    def take_key(self, key: str, line: Input) -> bool:
        """Go to an offer, or write the one that is meant; say False if the key does neither."""
        if not self.row_count:
            return False
        if key in ("tab", "enter"):
            _write(self.offers[self.cursor], line)
        elif key in ("down", "up"):
            if self.is_chosen:
                self.move_to(self.cursor + (1 if key == "down" else -1))
            self.is_chosen = True
            self.refresh()
        else:
            return False
        return True

    @property
    def row_count(self) -> int:
        return len(self.offers)

    @property
    def cursor_style(self) -> Style:
        if not self.is_chosen:
            return Style.null()
        return self.get_component_rich_style("list--cursor", partial=True)

    def render_row(self, row: int, width: int, base: Style) -> list[Segment]:
        offer = self.offers[row]
        widest = max(cell_width(clean_line(one.text)) for one in self.offers)
        column = min(widest, max(12, width // 2))
        meaning = self.part_style("completion--meaning", base)
        return [
            Segment("   ", base),
            put(clean_line(offer.text), column, base),
            Segment("  ", base),
            put(clean_line(offer.meaning), max(1, width - column - 6), meaning),
        ]


def _write(offer: Completion, line: Input) -> None:
    rest = line.value[offer.end :]
    is_open = offer.text.endswith((":", " ")) or rest.startswith((" ", ","))
    space = "" if is_open else " "
    line.value = line.value[: offer.start] + offer.text + space + rest
    line.cursor_position = offer.start + len(offer.text) + len(space)
