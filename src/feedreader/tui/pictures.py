"""The pictures of a story in a dialog, one at a time and only when asked for.

Nothing is fetched before the user asks for that picture. textual-image draws it: by the
protocols of kitty or sixel where the terminal is known for one, else in coloured half blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from feedreader.core.document import Image
from feedreader.core.links import link_host
from feedreader.core.text import clean_line
from feedreader.errors import FeedreaderError
from feedreader.tui.dialogs.dialog import Dialog, Spinner
from feedreader.tui.picture_drawing import (
    NOT_INSTALLED,
    Picture,
    can_show_pictures,
    decode_picture,
    drawing_widget,
)
from feedreader.tui.status import Hint

if TYPE_CHECKING:
    from feedreader.reader import Reader


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
            self.show_error(NOT_INSTALLED)
            return
        self.show_error("")
        self.query_one(Spinner).start(f"Fetching it from {link_host(image.url)} …")

        def work(reader: Reader) -> Picture:
            return decode_picture(reader.fetch_image(self._entry_id, image.url))

        self.fetch(work, partial(self._show, self._place), self._failed)

    def _show(self, place: int, picture: Picture) -> None:
        if place != self._place:
            return
        self.query_one(Spinner).stop()
        kind = drawing_widget(self.reader_app.env)
        self.query_one("#picture").mount(kind(image=picture.pixels))

    def _failed(self, error: FeedreaderError) -> None:
        self.query_one(Spinner).stop()
        self.show_error(f"{error}. o opens it in the browser")
