"""What leads to the pictures of a story: between its lines, in a dialog, or in the browser."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from feedreader.core.render import render
from feedreader.core.urls import mask_secrets
from feedreader.errors import FeedreaderError
from feedreader.tui.background import Background
from feedreader.tui.dialog_actions import DialogActions
from feedreader.tui.picture_drawing import NOT_INSTALLED, can_show_pictures, decode_picture
from feedreader.tui.story_pictures import MOST_PIXELS
from feedreader.tui.story_view import StoryView

if TYPE_CHECKING:
    from feedreader.reader import Reader
    from feedreader.tui.picture_drawing import Picture


class PictureActions(DialogActions):
    """Pictures are fetched when the user asks for them, one at a time."""

    def begin(self) -> None:
        super().begin()
        self._picture_fetcher = self._make_fetcher()
        self._fetched_for = 0
        """The entry whose picture was asked for last."""

    def _make_fetcher(self) -> Background:
        return Background(self.app, self.reader_app.open_reader, "pictures")

    def on_unmount(self) -> None:
        self._picture_fetcher.stop(timeout_s=0)

    # --- in the dialog ---

    def action_story_pictures(self) -> None:
        """Show the pictures, the one in sight first."""
        entry = self.current_story()
        if entry is None:
            return
        is_shown = self.story.has_laid_out(entry.summary.id)
        images = self.story.images if is_shown else render(entry.best_html, width=80).images
        if not images:
            self.say("There are no pictures in this story.")
            return
        from feedreader.tui.pictures import PictureDialog

        def closed(url: str | None) -> None:
            if url:
                self.open_url(url)

        place = self.story.image_in_sight() if is_shown else 0
        self.app.push_screen(PictureDialog(entry.summary.id, images, place), closed)

    # --- between the lines ---

    def action_story_inline_pictures(self) -> None:
        """Show the pictures between the lines of this story, or no longer."""
        if self.show_story() is None:
            return
        if not self.story.images:
            self.say("There are no pictures in this story.")
        elif not can_show_pictures():
            self.say(NOT_INSTALLED, "warning")
        else:
            self.story.pictures.toggle()

    def open_story(self, *, focus: bool = True) -> None:
        super().open_story(focus=focus)
        self._begin_pictures()

    def read_on(self) -> None:
        super().read_on()
        self._begin_pictures()

    def _begin_pictures(self) -> None:
        """Show the pictures of a story that was opened, if that is what the user set up."""
        is_set_up = self.reader_app.config.ui.pictures == "inline"
        if is_set_up and self.story.images and can_show_pictures():
            self.story.pictures.begin()

    def on_story_view_picture_wanted(self, event: StoryView.PictureWanted) -> None:
        """Fetch a picture off the screen's thread; only for the story that is shown."""
        entry_id, url = event.entry_id, event.url
        most_pixels = MOST_PIXELS[self.story.pictures.protocol]
        if entry_id != self._fetched_for and not self._picture_fetcher.is_idle:
            # A slow host of the story before is not waited for.
            self._picture_fetcher.stop(timeout_s=0)
            self._picture_fetcher = self._make_fetcher()
        self._fetched_for = entry_id

        def work(reader: Reader) -> Picture:
            return decode_picture(reader.fetch_image(entry_id, url), most_pixels=most_pixels)

        def failed(error: FeedreaderError) -> None:
            # The address stands in the caption's link.
            reason = str(error).removeprefix(f"cannot fetch {mask_secrets(url)}: ")
            self._take_picture(entry_id, url, reason)

        taken = partial(self._take_picture, entry_id, url)
        self._picture_fetcher.submit(work, taken, failed, slot="picture")

    def _take_picture(self, entry_id: int, url: str, found: Picture | str) -> None:
        shown = self.story.entry
        if shown is not None and shown.summary.id == entry_id:
            self.story.pictures.take(url, found)
