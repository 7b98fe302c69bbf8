"""A picture's bytes -> pixels -> rows of cells: the extra `images` and what the terminal can do.

Rows of cells scroll, are cut and are drawn over like any text. Half blocks need nothing of the
terminal but colours; kitty shows the pixels where it finds its placeholders, which are text too
(https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders).
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from feedreader.errors import FetchError

if TYPE_CHECKING:
    from PIL.Image import Image as Pixels
    from PIL.ImageFile import ImageFile
    from textual.widget import Widget

_MOST_PIXELS: Final = 25_000_000
"""Of a camera of today; four bytes of memory for each while the picture is made small."""
_DIALOG_PIXELS: Final = 1600
_FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
"""Each with a decoder of good repute; a picture in any other format is opened elsewhere."""

NOT_INSTALLED: Final = (
    "Pictures need an extra: pip install 'feedreader[images]'. o opens it in the browser"
)
_SIXEL_PROGRAMS: Final = frozenset({"WezTerm", "iTerm.app", "mintty", "contour"})
_KITTY_PROGRAMS: Final = frozenset({"ghostty"})

_CELL: Final = (10, 20)
"""Pixels of a cell, as textual-image has it where it must not ask the terminal."""
_MOST_CELLS: Final = 250
"""Kitty counts no further than 297."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels, fewer than were sent if those were many; `width` and `height` are as sent."""

    pixels: Pixels
    width: int
    height: int

    def fit(self, most_columns: int, most_rows: int) -> tuple[int, int]:
        """Return (columns, rows) to draw it in: in proportion, and never larger than it is."""
        columns, rows = self.width / _CELL[0], self.height / _CELL[1]
        most_columns, most_rows = min(most_columns, _MOST_CELLS), min(most_rows, _MOST_CELLS)
        scale = min(1.0, most_columns / columns, most_rows / rows)
        return max(1, round(columns * scale)), max(1, round(rows * scale))


def can_show_pictures() -> bool:
    """Say whether the extra `images` is installed."""
    return find_spec("textual_image") is not None and find_spec("PIL") is not None


def decode_picture(data: bytes, *, most_pixels: int = _DIALOG_PIXELS) -> Picture:
    """Return a picture, made small: `most_pixels` wide and high; raises `FetchError`."""
    from PIL import Image as Decoder

    try:
        opened = Decoder.open(io.BytesIO(data), formats=_FORMATS)
    except Exception as error:  # decoders fail in many ways on what is no picture
        raise FetchError("it is no picture that can be drawn here") from error
    width, height = opened.size
    if width * height > _MOST_PIXELS:
        raise FetchError(f"the picture is too large to be drawn: {width} × {height}")
    try:
        pixels = _shrunk(opened, most_pixels)
    except Exception as error:
        raise FetchError("the picture is damaged") from error
    scale = max(width, height) / max(pixels.size)  # it may have been turned
    return Picture(pixels, round(pixels.width * scale), round(pixels.height * scale))


def _shrunk(opened: ImageFile, most: int) -> Pixels:
    from PIL import ImageOps

    opened.draft("RGB", (most, most))
    opened.thumbnail((most, most))
    return ImageOps.exif_transpose(opened).convert("RGBA")


# --- the terminal ---


def protocol_of(env: Mapping[str, str]) -> str:
    """Return "kitty", "sixel" or "": multiplexers and unknown terminals get half blocks."""
    term, program = env.get("TERM", ""), env.get("TERM_PROGRAM", "")
    if env.get("TMUX") or term.startswith(("screen", "tmux")):
        return ""
    if env.get("KITTY_WINDOW_ID") or term == "xterm-kitty" or program in _KITTY_PROGRAMS:
        return "kitty"
    if program in _SIXEL_PROGRAMS or term.startswith(("foot", "mlterm", "contour")):
        return "sixel"
    return ""


def drawing_widget(env: Mapping[str, str]) -> Callable[..., Widget]:
    """Return textual-image's widget for the terminal that the environment names."""
    # Its import asks the terminal questions, whose answers Textual would take for keys.
    with _no_terminal():
        from textual_image import widget
    chosen = protocol_of(env)
    if chosen == "kitty":
        return widget.TGPImage
    if chosen == "sixel":
        return widget.SixelImage
    return widget.HalfcellImage


@contextmanager
def _no_terminal() -> Iterator[io.StringIO]:
    """Let textual-image find no terminal; gives what it writes to it."""
    real, kept = sys.__stdout__, io.StringIO()
    sys.__stdout__ = kept  # type: ignore[misc, assignment]
    try:
        yield kept
    finally:
        sys.__stdout__ = real  # type: ignore[misc]


# --- rows of cells ---


class HalfBlocks:
    """A picture in coloured half blocks, two pixels to a cell, each row drawn when it is asked."""

    def __init__(
        self, picture: Picture, columns: int, rows: int, ground: tuple[int, int, int]
    ) -> None:
        """`ground` shines through what the picture leaves clear."""
        from PIL import Image as Painter

        scaled = picture.pixels.resize((columns, 2 * rows))
        paper = Painter.new("RGBA", scaled.size, (*ground, 255))
        self._bytes = Painter.alpha_composite(paper, scaled).convert("RGB").tobytes()
        self._stride = 3 * columns

    def draw_row(self, row: int) -> Strip:
        """Return a row of cells, counted from 0."""
        start, stride = 2 * row * self._stride, self._stride
        upper = self._bytes[start : start + stride]
        lower = self._bytes[start + stride : start + 2 * stride]
        runs: list[tuple[bytes, int]] = []
        for at in range(0, stride, 3):
            pair = upper[at : at + 3] + lower[at : at + 3]
            if runs and runs[-1][0] == pair:
                runs[-1] = (pair, runs[-1][1] + 1)
            else:
                runs.append((pair, 1))
        return Strip(
            [
                Segment(
                    "▀" * count,
                    Style.from_color(Color.from_rgb(*pair[:3]), Color.from_rgb(*pair[3:])),
                )
                for pair, count in runs
            ],
            stride // 3,
        )

    def forget(self) -> str:
        """Return what tells the terminal that the picture is gone: nothing."""
        return ""


class Placeholders:
    """A picture that kitty draws: its cells are placeholders of an image sent beforehand."""

    def __init__(self, picture: Picture, columns: int, rows: int, send: Callable[[str], None]):
        """`send` brings words to the terminal, in order with all that the screen writes."""
        with _no_terminal() as sent:
            from textual_image.renderable.tgp import Image as Renderable

            drawn = Renderable(picture.pixels, width=columns, height=rows)
            console = Console(file=io.StringIO(), width=columns, color_system="truecolor")
            lines = list(Segment.split_lines(console.render(drawn)))
        self._strips = [Strip(line, columns) for line in lines]
        self._id = drawn.terminal_image_id
        # Its own way to the terminal could break into a sequence that Textual is writing.
        send(sent.getvalue())

    def draw_row(self, row: int) -> Strip:
        """Return a row of cells, counted from 0."""
        return self._strips[row]

    def forget(self) -> str:
        """Return what tells the terminal that the picture is gone."""
        return f"\x1b_Ga=d,d=I,i={self._id},q=2\x1b\\"
