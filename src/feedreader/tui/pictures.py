"""The pictures of a story, one at a time and only when asked for: the extra `images`.

Nothing is fetched before the user asks for that picture. textual-image draws it: by the
protocols of kitty or sixel where the terminal is known for one, else in coloured half blocks.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from feedreader.core.document import Image
from feedreader.core.links import link_host
from feedreader.core.text import clean_line
from feedreader.errors import FeedreaderError, FetchError
from feedreader.tui.dialogs.dialog import Dialog, Spinner
from feedreader.tui.status import Hint

if TYPE_CHECKING:
    from PIL.Image import Image as Pixels
    from PIL.ImageFile import ImageFile

    from feedreader.reader import Reader

_MOST_PIXELS: Final = 40_000_000
_SHOWN_PIXELS: Final = (1600, 1600)
_FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
"""Each with a decoder of good repute; a picture in any other format is opened elsewhere."""

_NOT_INSTALLED: Final = (
    "Pictures need an extra: pip install 'feedreader[images]'. o opens it in the browser"
)
_SIXEL_PROGRAMS: Final = frozenset({"WezTerm", "iTerm.app", "mintty", "contour"})
_KITTY_PROGRAMS: Final = frozenset({"ghostty"})


def can_show_pictures() -> bool:
    """Say whether the extra `images` is installed."""
    return find_spec("textual_image") is not None and find_spec("PIL") is not None


def decode_picture(data: bytes) -> Pixels:
    """Return a picture's pixels, made small enough for any screen; raises `FetchError`."""
    from PIL import Image as Decoder

    try:
        picture = Decoder.open(io.BytesIO(data), formats=_FORMATS)
    except Exception as error:  # decoders fail in many ways on what is no picture
        raise FetchError("it is no picture that can be drawn here") from error
    width, height = picture.size
    if width * height > _MOST_PIXELS:
        raise FetchError(f"the picture is too large to be drawn: {width} × {height}")
    try:
        return _shrunk(picture)
    except Exception as error:
        raise FetchError("the picture is damaged") from error


def _shrunk(picture: ImageFile) -> Pixels:
    from PIL import ImageOps

    picture.draft("RGB", _SHOWN_PIXELS)
    picture.thumbnail(_SHOWN_PIXELS)
    return ImageOps.exif_transpose(picture).convert("RGBA")


def drawing_widget(env: Mapping[str, str]) -> Callable[..., Widget]:
    """Return textual-image's widget for the terminal that the environment names."""
    real = sys.__stdout__
    # Its import asks the terminal questions, whose answers Textual would take for keys.
    sys.__stdout__ = io.StringIO()  # type: ignore[misc, assignment]
    try:
        from textual_image import widget
    finally:
        sys.__stdout__ = real  # type: ignore[misc]
    chosen = _protocol(env)
    if chosen == "kitty":
        return widget.TGPImage
    if chosen == "sixel":
        return widget.SixelImage
    return widget.HalfcellImage


def _protocol(env: Mapping[str, str]) -> str:
    """Return "kitty", "sixel" or "": multiplexers and unknown terminals get half blocks."""
    term, program = env.get("TERM", ""), env.get("TERM_PROGRAM", "")
    if env.get("TMUX") or term.startswith(("screen", "tmux")):
        return ""
    if env.get("KITTY_WINDOW_ID") or term == "xterm-kitty" or program in _KITTY_PROGRAMS:
        return "kitty"
    if program in _SIXEL_PROGRAMS or term.startswith(("foot", "mlterm", "contour")):
        return "sixel"
    return ""


class PictureDialog(Dialog[str]):
    """The pictures of one entry, by number; it closes with an address to open, or None."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,j,right,down,space", "step(1)", show=False),
        Binding("p,k,left,up", "step(-1)", show=False),
        Binding("o,enter", "open", show=False),
        Binding("q,i", "close", show=False),
    ]
    DEFAULT_CSS = """
    PictureDialog {
        & > .dialog--box { width: 90%; height: 90%; padding: 0 1; }
        & .dialog--body { height: 1fr; }
        & #picture { height: 1fr; width: 1fr; align: center middle; }
        & #picture > Image { width: auto; height: auto; max-width: 100%; max-height: 100%; }
        & #caption { height: auto; max-height: 3; color: $muted; text-align: center; }
    }
    """

    def __init__(self, entry_id: int, images: Sequence[Image], place: int = 0) -> None:
        """`images` are those of the story, `place` is the one to begin with."""
        super().__init__("Picture")
        self._entry_id = entry_id
        self._images = images
        self._place = place

    def compose_body(self) -> ComposeResult:
        yield Vertical(id="picture")
        yield Spinner()
        yield Static(id="caption")

    def hints(self) -> Sequence[Hint]:
        more = [Hint("n", "next", "step(1)"), Hint("p", "previous", "step(-1)")]
        return (
            *(more if len(self._images) > 1 else ()),
            Hint("o", "open in the browser", "open"),
            Hint("esc", "close", "close"),
        )

    def on_mount(self) -> None:
        super().on_mount()
        self._load()

    def action_step(self, step: int) -> None:
        """Go to another picture of the story."""
        if len(self._images) > 1:
            self._place = (self._place + step) % len(self._images)
            self._load()

    def action_open(self) -> None:
        """Close with the picture's address."""
        self.dismiss(self._images[self._place].url)

    def _load(self) -> None:
        image = self._images[self._place]
        self.retitle(f"Picture {self._place + 1} of {len(self._images)}")
        self.query_one("#picture").remove_children()
        caption = " · ".join(filter(None, (image.alt, link_host(image.url))))
        self.query_one("#caption", Static).update(Content(clean_line(caption)))
        if not can_show_pictures():
            self.show_error(_NOT_INSTALLED)
            return
        self.show_error("")
        self.query_one(Spinner).start(f"Fetching it from {link_host(image.url)} …")

        def work(reader: Reader) -> Pixels:
            return decode_picture(reader.fetch_image(self._entry_id, image.url))

        self.fetch(work, partial(self._show, self._place), self._failed)

    def _show(self, place: int, pixels: Pixels) -> None:
        if place != self._place:
            return
        self.query_one(Spinner).stop()
        kind = drawing_widget(self.reader_app.env)
        self.query_one("#picture").mount(kind(image=pixels))

    def _failed(self, error: FeedreaderError) -> None:
        self.query_one(Spinner).stop()
        self.show_error(f"{error}. o opens it in the browser")
