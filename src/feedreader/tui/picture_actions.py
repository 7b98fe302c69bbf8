"""What leads to the pictures of a story: the extra `images` draws them, the browser without it."""

from __future__ import annotations

from feedreader.core.render import render
from feedreader.tui.dialog_actions import DialogActions


class PictureActions(DialogActions):
    """Pictures are fetched when the user asks for them, one at a time."""

    def action_story_pictures(self) -> None:
        """Show the pictures, the one in sight first."""
        entry = self.current_story()
        if entry is None:
            return
        shown = self.story.entry
        is_shown = shown is not None and shown.summary.id == entry.summary.id
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
