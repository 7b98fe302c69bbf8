"""The pictures between the lines of a story: which are shown, asked for, and drawn.

One is asked for at a time, and only what is in sight or a page from it: of a story with a
hundred pictures nobody looks at, nothing is fetched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from textual.strip import Strip

from feedreader.core.document import Span, Style
from feedreader.core.links import link_host
from feedreader.core.text import clean_line
from feedreader.tui.picture_drawing import HalfBlocks, Picture, Placeholders, protocol_of
from feedreader.tui.picture_rooms import (
    Room,
    RoomyPage,
    Shown,
    caption_rows,
    make_rooms,
    moved,
    room_width,
)

if TYPE_CHECKING:
    from feedreader.tui.story_lines import StoryPage
    from feedreader.tui.story_view import StoryView

MOST_PIXELS: Final = {"kitty": 1000, "sixel": 400, "": 400}
"""Width and height that are kept of a picture; half blocks show no more than two to a cell."""
_MOST_PICTURES: Final = 40
"""Of one story; with what is kept of each this bounds the memory to some 150 MB in kitty."""
_SHARE_OF_HEIGHT: Final = 0.6
_LEAST_ROWS: Final = 4
_LEAST_SIDE: Final = 3
"""Pixels; what is smaller was made to be fetched, not to be seen."""


class _Look(NamedTuple):
    """All that a drawing depends on."""

    url: str
    columns: int
    rows: int
    ground: tuple[int, int, int]


class StoryPictures:
    """The pictures of a story view; they are forgotten with the story."""

    def __init__(self, view: StoryView) -> None:
        self._view = view
        self.is_on = False
        """Whether pictures stand between the lines."""
        self._is_unwanted = False
        """Whether the user took them away from this story."""
        self._found: dict[str, Picture | str] = {}
        """By address: the picture, or why there is none."""
        self._asked = ""
        self._captions: tuple[int, ...] = ()
        self._roomy = RoomyPage(view.page_shown)
        self._base = view.page_shown
        self._drawn: dict[_Look, HalfBlocks | Placeholders] = {}

    def leave(self) -> None:
        """Forget all: another story is shown."""
        self.is_on = self._is_unwanted = False
        self._found.clear()
        self._asked = ""
        self._roomy = RoomyPage(self._view.page_shown)
        self._forget(*self._drawn)

    def begin(self) -> None:
        """Show them, unless the user took them away from this story."""
        if not self.is_on and not self._is_unwanted:
            self.toggle()

    def toggle(self) -> None:
        """Put them between the lines, or take them away."""
        self.is_on = not self.is_on
        self._is_unwanted = not self.is_on
        self._make_rooms()
        self.look()

    # --- rooms ---

    def place(self, page: StoryPage) -> StoryPage:
        """Return a page that was just laid out with room for the pictures that are there."""
        self._base = page
        self._captions = ()
        self._roomy = self._with_rooms()
        looks = {self._look_of(room) for room in self._roomy.rooms if room.columns}
        self._forget(*(self._drawn.keys() - looks))
        return self._roomy.page

    def room_at(self, row: int) -> Room | None:
        """Return the room at a row, if a picture or words about it stand there."""
        return self._roomy.room_at(row)

    def row_in(self, room: Room, row: int) -> int | None:
        """Return where a row of a room is now, in another layout of the story."""
        now = next((one for one in self._roomy.rooms if one.image == room.image), None)
        if now is None:
            return None
        return now.row + (row - room.row) * now.height // room.height

    def share_above(self, row: int) -> float:
        """Return which share of the lines of text stands above a row."""
        return min(1.0, self._roomy.count_lines(row) / max(1, len(self._base.lines)))

    def _with_rooms(self) -> RoomyPage:
        if not self.is_on or not self._base.images:
            return RoomyPage(self._base)
        self._captions = self._captions or caption_rows(self._base)
        height = self._view.scrollable_content_region.height
        most_rows = max(_LEAST_ROWS, int(height * _SHARE_OF_HEIGHT))
        shown: dict[int, Shown] = {}
        for place, image in enumerate(self._base.images):
            found = self._found.get(image.url)
            if isinstance(found, Picture):
                width = room_width(self._base, self._captions[place])
                shown[place] = Shown(*found.fit(width, most_rows))
            elif found is not None:
                why = Span(f"Not shown: {found}", Style.DIM)
                shown[place] = Shown(words=(Span("! ", Style.WARNING), why))
            elif image.url == self._asked:
                told = f"Loading the picture from {link_host(image.url)} …"
                shown[place] = Shown(words=(Span(told, Style.TAG),))
        return make_rooms(self._base, self._captions, shown)

    def _make_rooms(self) -> None:
        before, self._roomy = self._roomy, self._with_rooms()
        self._view.move_lines(self._roomy.page, moved(before, self._roomy))

    # --- asking ---

    def look(self) -> None:
        """Ask for the next picture that is in sight or near it, unless one is under way."""
        view = self._view
        if not self.is_on or self._asked or view.entry is None:
            return
        top, height = view.top, view.scrollable_content_region.height
        near = [
            (image.line < top, image.line, image.url)
            for image in self._roomy.page.images
            if top - height <= image.line < top + 2 * height and image.url not in self._found
        ]
        if not near:
            return
        if len(self._found) < _MOST_PICTURES:
            _, _, self._asked = min(near)
            view.post_message(view.PictureWanted(view.entry.summary.id, self._asked))
        else:
            why = f"there are more than {_MOST_PICTURES} pictures"
            self._found.update((url, why) for _, _, url in near)
        self._make_rooms()

    def take(self, url: str, found: Picture | str) -> None:
        """Show a picture that came, or say why it did not."""
        if isinstance(found, Picture) and min(found.width, found.height) < _LEAST_SIDE:
            found = f"it has no more than {found.width} × {found.height} pixels"
        elif isinstance(found, str):
            found = clean_line(found)
        self._found[url] = found
        if url == self._asked:
            self._asked = ""
        self._make_rooms()
        self.look()

    # --- drawing ---

    def draw_on(self, strip: Strip, row: int, left: int) -> Strip:
        """Return a line with the cells of a picture, if one stands there.

        `left` is where the column begins.
        """
        room = self._roomy.room_at(row)
        if room is None or not room.columns or row < room.row + room.gap:
            return strip
        start = left + room.left
        cells = self._drawing(room).draw_row(row - room.row - room.gap)
        end = start + room.columns
        return Strip.join([strip.crop(0, start), cells, strip.crop(end, strip.cell_length)])

    def _look_of(self, room: Room) -> _Look:
        url = self._base.images[room.image].url
        return _Look(url, room.columns, room.height - room.gap, self._view.ground)

    def _drawing(self, room: Room) -> HalfBlocks | Placeholders:
        look = self._look_of(room)
        drawing = self._drawn.get(look)
        if drawing is None:
            picture = self._found[look.url]
            assert isinstance(picture, Picture)
            drawing = self._drawn[look] = self._draw(picture, look)
        return drawing

    def _draw(self, picture: Picture, look: _Look) -> HalfBlocks | Placeholders:
        app = self._view.app
        # Kitty knows an image by the colour of its cells: it must arrive as it is.
        is_exact = app.console.color_system == "truecolor" and not app.no_color
        if is_exact and self.protocol == "kitty":
            return Placeholders(picture, look.columns, look.rows, self._send)
        return HalfBlocks(picture, look.columns, look.rows, look.ground)

    @property
    def protocol(self) -> str:
        """By what the terminal shows pictures; see `protocol_of`."""
        return protocol_of(self._view.env)

    def _forget(self, *looks: _Look) -> None:
        for look in looks:
            self._send(self._drawn.pop(look).forget())

    def _send(self, words: str) -> None:
        driver = self._view.app._driver
        if words and driver is not None:
            driver.write(words)
