"""The feed doctor on the screen: how feeds fare, what is wrong, and what helps."""

from __future__ import annotations

from feedreader.tui.dialog_actions import DialogActions
from feedreader.tui.refreshing import RefreshEnded


class DoctorActions(DialogActions):
    """One place for what is wrong with feeds."""

    def action_feed_doctor(self) -> None:
        """Show how feeds fare, what is wrong, and what helps."""
        from feedreader.tui.dialogs.doctor import DoctorDialog

        def closed(feed_id: int | None) -> None:
            if feed_id is not None:
                self.edit_feed(feed_id)

        self.app.push_screen(DoctorDialog(self.reader_app.clock()), closed)

    def on_refresh_ended(self, event: RefreshEnded) -> None:
        if len(self.app.screen_stack) == 1:
            return
        from feedreader.tui.dialogs.doctor import DoctorDialog

        for screen in self.app.screen_stack:
            if isinstance(screen, DoctorDialog):
                screen.refreshed()
