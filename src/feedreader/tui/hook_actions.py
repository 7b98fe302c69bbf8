"""Hooks while the screen is open: told after each refresh, beside it; what came of it is said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from feedreader.core.notice import Notice
from feedreader.core.text import clean_line
from feedreader.model import HookOutcome
from feedreader.reader import Reader
from feedreader.tui.background import Background
from feedreader.tui.dates import short_date
from feedreader.tui.dialog_actions import DialogActions
from feedreader.tui.refreshing import RefreshEnded

_LOOK_S = 60.0
"""How often it is seen whether quiet hours are over, or a hook is to be tried again."""
_OSC_9: Final = ("iTerm.app", "WezTerm", "ghostty", "kitty")
_OSC_777: Final = ("foot", "rxvt")


class HookActions(DialogActions):
    """Tells hooks of what rules chose for them."""

    def begin(self) -> None:
        super().begin()
        app = self.reader_app
        self._hook_teller = Background(self.app, app.open_reader, "hooks")
        if app.config.ui.background_refresh:
            self.set_interval(_LOOK_S, self._tell_hooks)

    def on_unmount(self) -> None:
        # A hook may hang until its timeout; what it was not told of stays in the queue.
        self._hook_teller.stop(timeout_s=0)

    def on_refresh_ended(self, event: RefreshEnded) -> None:
        self._tell_hooks()

    def _tell_hooks(self) -> None:
        hooks = self.reader_app.config.hooks

        def work(reader: Reader) -> tuple[HookOutcome, ...]:
            return tuple(reader.hooks.deliver(hooks, elsewhere=self._show_here))

        self._hook_teller.submit(work, self._say_outcomes, self.fail, slot="hooks")

    def _say_outcomes(self, outcomes: tuple[HookOutcome, ...]) -> None:
        app = self.reader_app
        for one in outcomes:
            stories = (
                f"{one.told or one.dropped:,} stor{'y' if 1 in (one.told, one.dropped) else 'ies'}"
            )
            if one.dropped:
                self.say(f"Hook {one.hook}: {stories} given up: {one.error}", "error")
            elif one.error:
                again = (
                    f"; tried again {short_date(one.next_try_at, app.clock(), app.zone)}"
                    if one.next_try_at
                    else ""
                )
                self.say(f"Hook {one.hook}: {one.error}{again}", "warning")
            elif not self.status.message:
                self.say(f"{stories} told to {one.hook}.")

    # --- where there is no desktop ---

    def _show_here(self, notice: Notice) -> bool:
        """Show a notice by the terminal, and at the bottom; called in the thread of hooks."""
        self.app.call_later(self._show_notice, notice)
        return True

    def _show_notice(self, notice: Notice) -> None:
        lines = notice.text.splitlines()
        self.say(f"{notice.title}: {', '.join(lines)}")
        sequence = notification_sequence(notice, self.reader_app.env)
        driver = self.app._driver
        if sequence and driver is not None:
            driver.write(sequence)
            driver.flush()


def notification_sequence(notice: Notice, env: Mapping[str, str]) -> str:
    """Return what makes the terminal show a notification, "" if it is not known to do so.

    OSC 9 of iTerm2, OSC 777 of rxvt; others would print what they do not know.
    """
    if env.get("TMUX") or env.get("STY"):
        return ""
    title = clean_line(notice.title).replace(";", ",")
    text = clean_line(notice.text.replace("\n", ", "))
    program = "kitty" if env.get("KITTY_WINDOW_ID") else env.get("TERM_PROGRAM", "")
    if program in _OSC_9:
        return f"\x1b]9;{title}: {text}\x1b\\"
    if env.get("TERM", "").startswith(_OSC_777):
        return f"\x1b]777;notify;{title};{text}\x1b\\"
    return ""
