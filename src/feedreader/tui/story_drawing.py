"""Lines of a story -> strips of segments in the colours of the theme."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.strip import Strip

from feedreader.core.document import Line, Span, Style
from feedreader.core.width import cell_width, pad
from feedreader.model.words import COLOURS

if TYPE_CHECKING:
    from textual.widget import Widget

# In this order, the later over the earlier.
_PARTS: Final = (
    (Style.QUOTE, "story--quote"),
    (Style.CODE, "story--code"),
    (Style.IMAGE, "story--image"),
    (Style.HEADING, "story--heading"),
    (Style.LINK, "story--link"),
    (Style.MARK, "story--mark"),
    (Style.DIM, "story--dim"),
    (Style.LINK_NUMBER, "story--number"),
    (Style.FRAME, "story--frame"),
    (Style.TITLE, "story--title"),
    (Style.TAG, "story--tag"),
    (Style.WARNING, "story--warning"),
    (Style.GONE, "story--gone"),
    (Style.CAME, "story--came"),
)
_ATTRIBUTES: Final = (
    (Style.BOLD, RichStyle(bold=True)),
    (Style.ITALIC, RichStyle(italic=True)),
    (Style.STRIKE, RichStyle(strike=True)),
    (Style.UNDERLINE, RichStyle(underline=True)),
)
PARTS: Final = frozenset(
    {name for _, name in _PARTS}
    | {f"story--code-{part}" for part in ("keyword", "string", "number", "comment", "name")}
    | {"story--panel", "story--match", "story--match-here", "story--hint", "story--bullet"}
    | {"story--foot", "story--foot-key", "story--foot-warning", "story--selection"}
    | {f"story--found-{colour}" for colour in COLOURS}
)
"""The component classes that a theme may style."""

CSS: Final = """
    & > .story--title { color: $accent; text-style: bold; }
    & > .story--heading { color: $accent; text-style: bold; }
    & > .story--link { color: $secondary; text-style: underline; }
    & > .story--number { color: $muted; text-style: none; }
    & > .story--dim { color: $muted; }
    & > .story--frame { color: $faint; text-style: none; }
    & > .story--bullet { color: $accent; }
    & > .story--image { color: $secondary; text-style: italic; }
    & > .story--mark { background: $warning; color: $background; }
    & > .story--tag { color: $accent; }
    & > .story--warning { color: $warning; text-style: bold; }
    & > .story--gone { color: $error; text-style: strike; }
    & > .story--came { color: $success; text-style: underline; }
    & > .story--quote { text-style: italic; }
    & > .story--code { background: $panel; color: $secondary; }
    & > .story--panel { background: $surface; color: $foreground; }
    & > .story--code-keyword { color: $accent; }
    & > .story--code-string { color: $success; }
    & > .story--code-number { color: $warning; }
    & > .story--code-comment { color: $muted; text-style: italic; }
    & > .story--code-name { color: $secondary; }
    & > .story--match { background: $panel; text-style: bold underline; }
    & > .story--match-here {
        background: $accent; color: $background; text-style: bold;
    }
    & > .story--found-red { color: $highlight-red; text-style: bold underline; }
    & > .story--found-orange { color: $highlight-orange; text-style: bold underline; }
    & > .story--found-yellow { color: $highlight-yellow; text-style: bold underline; }
    & > .story--found-green { color: $highlight-green; text-style: bold underline; }
    & > .story--found-blue { color: $highlight-blue; text-style: bold underline; }
    & > .story--found-violet { color: $highlight-violet; text-style: bold underline; }
    & > .story--hint { background: $accent; color: $background; text-style: bold; }
    & > .story--selection { background: $input-selection-background; }
    & > .story--foot { background: $panel; color: $foreground; }
    & > .story--foot-key { background: $panel; color: $accent; text-style: bold; }
    & > .story--foot-warning { background: $panel; color: $warning; text-style: bold; }
"""

_LINES: Final = frozenset("─═│┼↪·⋯ ")


@dataclass(frozen=True, slots=True)
class Overlay:
    """A part of a line, by offsets in its text, that looks different; `text` takes its place."""

    start: int
    end: int
    part: str
    text: str = ""


class Inks:
    """The styles of a widget's parts, looked up once for each theme."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._spans: dict[tuple[Style, bool], RichStyle] = {}
        self._parts: dict[str, RichStyle] = {}

    def clear(self) -> None:
        """Look everything up anew: the theme or the focus changed."""
        self._spans.clear()
        self._parts.clear()

    @property
    def base(self) -> RichStyle:
        """The style of plain text."""
        return self.part("")

    def part(self, name: str) -> RichStyle:
        """Return the style of a component class on its own; "" for plain text."""
        style = self._parts.get(name)
        if style is None:
            if not name:
                style = self._widget.rich_style
            else:
                style = self._widget.get_component_rich_style(name, partial=True)
                if style.bgcolor is not None:
                    # Themes have see-through grounds; only the full style is blended.
                    full = self._widget.get_component_rich_style(name)
                    style += RichStyle(bgcolor=full.bgcolor)
            self._parts[name] = style
        return style

    def span(self, span: Span, *, on_panel: bool) -> RichStyle:
        """Return the style of a span."""
        key = (span.style, on_panel)
        is_bullet = bool(span.style & Style.FRAME) and not _LINES.issuperset(span.text)
        style = None if is_bullet else self._spans.get(key)
        if style is not None:
            return style
        style = self.base
        for flag, name in _PARTS:
            if span.style & flag:
                style += self.part(name)
        if on_panel:
            panel = self.part("story--panel")
            style += panel if span.style & Style.CODE else RichStyle(bgcolor=panel.bgcolor)
        for flag, attribute in _ATTRIBUTES:
            if span.style & flag:
                style += attribute
        if is_bullet:
            return style + self.part("story--bullet")
        self._spans[key] = style
        return style


def draw_line(
    line: Line,
    inks: Inks,
    *,
    left: int,
    column: int,
    width: int,
    on_panel: bool = False,
    overlays: Sequence[Overlay] = (),
) -> Strip:
    """Return a line on a strip of `width` cells, its text beginning at the cell `left`."""
    pieces = [(span.text, inks.span(span, on_panel=on_panel)) for span in line.spans]
    if overlays:
        pieces = _overlaid(pieces, overlays, inks)
    used = sum(cell_width(text) for text, _ in pieces)
    segments = [Segment(" " * left, inks.base)]
    segments += [Segment(text, style) for text, style in pieces]
    if on_panel:
        segments.append(Segment(" " * (column - used), inks.base + inks.part("story--panel")))
        used = max(used, column)
    segments.append(Segment(" " * max(0, width - left - used), inks.base))
    return Strip(segments).adjust_cell_length(width, inks.base)


def draw_edge(char: str, inks: Inks, *, left: int, column: int, width: int) -> Strip:
    """Return the upper or lower edge of a code panel: half a line of its ground."""
    ground = inks.part("story--panel").bgcolor
    style = inks.base + RichStyle(color=ground)
    return Strip(
        [
            Segment(" " * left, inks.base),
            Segment(char * column, style),
            Segment(" " * max(0, width - left - column), inks.base),
        ]
    ).adjust_cell_length(width, inks.base)


def _overlaid(
    pieces: list[tuple[str, RichStyle]], overlays: Iterable[Overlay], inks: Inks
) -> list[tuple[str, RichStyle]]:
    for overlay in overlays:
        laid: list[tuple[str, RichStyle]] = []
        offset = 0
        is_placed = False
        over = inks.part(overlay.part)
        for text, style in pieces:
            start = min(max(overlay.start - offset, 0), len(text))
            end = min(max(overlay.end - offset, 0), len(text))
            if start >= end:
                laid.append((text, style))
            else:
                shown = text[start:end]
                if overlay.text:
                    # What is covered may be wider, and may go on in the next piece.
                    shown = "" if is_placed else pad(overlay.text, cell_width(shown))
                    is_placed = True
                laid += [(text[:start], style), (shown, style + over), (text[end:], style)]
            offset += len(text)
        pieces = [(text, style) for text, style in laid if text]
    return pieces
