"""Cards on the screen: a row for a story that several feeds tell, and its copies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from feedreader.errors import NotFound
from feedreader.model import Change, StoredEntry
from feedreader.reader import Reader
from feedreader.tui.dialog_actions import DialogActions

_MOST_LOOKED_FOR = 20
"""Rows that are looked for one by one; after more were marked the list is made anew anyway."""


class CardActions(DialogActions):
    """What shows the copies of a story, and keeps rows of copies in step."""

    def action_story_copies(self) -> None:
        """List the copies of the story in other feeds, and read one of them."""
        entry = self.current_entry()
        if entry is None:
            return

        def work(reader: Reader) -> list[StoredEntry]:
            return [reader.entry(one) for one in reader.copies(entry.id)]

        self.reader_app.glancer.submit(work, self._show_copies, self.fail, slot="copies")

    def _show_copies(self, copies: list[StoredEntry]) -> None:
        if len(copies) < 2:
            self.say("No other feed has this story.")
            return
        from feedreader.tui.dialogs.copies import CopiesDialog

        app = self.reader_app
        dialog = CopiesDialog(copies, now=app.clock(), zone=app.zone)
        self.app.push_screen(dialog, self._read_copy)

    def _read_copy(self, entry_id: int | None) -> None:
        if entry_id is None:
            return
        place = self.entries.find(entry_id)
        if place is not None:
            self.entries.move_to_place(place)
            self.open_story()
            return
        try:
            entry = self.reader_app.reader.entry(entry_id)
        except NotFound as error:
            self.fail(error)
            return
        self.focus_pane("story")
        self.keep_position()
        self.story.show(entry, self.reader_app.state.position(entry_id))
        self.show_titles()
        if not entry.summary.is_read and self.reader_app.config.ui.mark_read == "on_open":
            self.write(lambda reader: reader.mark_read([entry_id]))

    def write(
        self,
        work: Callable[[Reader], Change | tuple[Change, ...]],
        *,
        words: str = "",
        ids: tuple[int, ...] = (),
        then: Callable[[Any], None] = lambda change: None,
        fields: Mapping[str, Any] | None = None,
    ) -> None:
        """Change the database as other actions do; listed copies of what was read show it too."""
        super().write(
            work, words=words, ids=ids, then=partial(self._show_in_copies, then), fields=fields
        )

    def _show_in_copies(
        self, then: Callable[[Any], None], changed: Change | tuple[Change, ...]
    ) -> None:
        for change in changed if isinstance(changed, tuple) else (changed,):
            if change.action == "read" and change.count < _MOST_LOOKED_FOR:
                self.entries.change(change.entry_ids, is_read=change.value)
        then(changed)
