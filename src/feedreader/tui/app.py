"""The Textual app: what all screens share, from the start to the end."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import ClassVar

from textual.app import App
from textual.await_complete import AwaitComplete
from textual.command import Provider
from textual.events import Event, InputEvent
from textual.screen import Screen

from feedreader.config import Config, default_paths
from feedreader.errors import FeedreaderError
from feedreader.reader import Reader
from feedreader.tui.background import Background
from feedreader.tui.choices import check_choices
from feedreader.tui.main_screen import MainScreen
from feedreader.tui.state import load_state, save_state
from feedreader.tui.theme import DARK, DEFAULT, LIGHT, OWN_THEMES, own_variables

STOPPING = (signal.SIGTERM, signal.SIGHUP)
_TERMINAL_LOOK_S = 2.0
_SETTLED_S = 1.5
_TIDY_S = 10.0
_REST_S = 1.0
_GARBAGE_THRESHOLDS = (10_000, 300, 100)
"""Objects that come before the young ones are looked through, then how often that is done
before all are: rarely, and yet often enough should keys never rest."""


def _command_provider() -> type[Provider]:
    from feedreader.tui.palette import CommandProvider

    return CommandProvider


class ReaderApp(App[str]):
    """The terminal reader. It ends with "demo" if the user wants to see the demonstration."""

    TITLE = "feedreader"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+backslash"  # the keymap of the registry opens it
    BINDINGS: ClassVar = []
    COMMANDS: ClassVar[set[Callable[[], type[Provider]] | type[Provider]]] = {_command_provider}
    CSS = """
    MainScreen { background: $background; color: $foreground; }
    """

    def __init__(
        self,
        open_reader: Callable[[], Reader],
        config: Config,
        *,
        state_file: Path,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        zone: tzinfo | None = None,
        env: Mapping[str, str] | None = None,
        is_light: bool | None = None,
    ) -> None:
        """`is_light` says what the terminal told of its background, if it did.

        Raises `ConfigError` for keys or a theme that cannot be used, `StoreError` too.
        """
        super().__init__()
        self.animation_level = "none"
        self.config = config
        self.keymap = check_choices(config)
        for theme in OWN_THEMES:
            self.register_theme(theme)
        self._key_at = 0.0
        """When a key or the mouse was used last, by the monotonic clock."""
        self.env = os.environ if env is None else env
        self._is_light = _is_light(self.env) if is_light is None else is_light
        self.stopped_by: signal.Signals | None = None
        self.failure: FeedreaderError | None = None
        """What went wrong, if the app ended by it."""
        self.open_reader = open_reader
        self.reader = open_reader()
        self.clock = clock
        self.zone = zone
        self.state_file = state_file
        self.state = load_state(state_file, self.reader.path)
        self.writer = Background(self, open_reader, "writer", takes_long=self._say_that_it_waits)
        self.glancer = Background(self, open_reader, "glancer")
        """For what takes a moment, such as the figures of feeds."""
        self.loader = Background(self, open_reader, "loader")
        """For what may take seconds, such as the whole of a list: no figure waits for it."""
        self.counter = Background(self, open_reader, "counter")
        """For the figures of saved searches, which may take longer still."""
        self.network = Background(self, open_reader, "network")
        self.main_screen = MainScreen()

    @property
    def today(self) -> date:
        """The day where the user lives."""
        return self.clock().astimezone(self.zone).date()

    def get_default_screen(self) -> Screen[None]:
        return self.main_screen

    def pop_screen(self) -> AwaitComplete:
        """Close what is over the panes; Textual's palette asks twice if Escape is hit twice."""
        return super().pop_screen() if len(self.screen_stack) > 1 else AwaitComplete()

    def on_mount(self) -> None:
        chosen = self.state.theme or self.config.ui.theme
        if chosen == DEFAULT or chosen not in self.available_themes:
            chosen = LIGHT if self._is_light else DARK
        self.theme = chosen
        self._theme_at_start = chosen
        if not self.is_headless:
            self.set_timer(_SETTLED_S, self.settle)
            self._heed_signals()

    def _heed_signals(self) -> None:
        """End as by `q` when a signal wants it, or when the terminal is gone without one.

        A handler that raises would be heeded between two callbacks of the event loop only:
        within one, asyncio takes whatever is raised for that callback's own fault.
        """
        loop = asyncio.get_running_loop()
        for number in STOPPING:
            if callable(signal.getsignal(number)):
                loop.add_signal_handler(number, self._stop, number)
        if not self.is_web and sys.stdin.isatty():
            self.set_interval(_TERMINAL_LOOK_S, self._look_for_terminal)

    def _stop(self, number: signal.Signals) -> None:
        self.stopped_by = number
        self.exit()

    def _look_for_terminal(self) -> None:
        if not sys.stdin.isatty():
            self._stop(signal.SIGHUP)

    def _say_that_it_waits(self) -> None:
        words = "Waiting to write: another program may be using the database …"
        self.main_screen.say(words, "warning")

    def settle(self) -> None:
        """Keep garbage collection from between a key and what it shows: up to 80 ms each time.

        What is there after the start is spared; the rest is looked through when keys rest.
        """
        gc.freeze()
        gc.set_threshold(*_GARBAGE_THRESHOLDS)
        self.set_interval(_TIDY_S, self._tidy)

    def _tidy(self) -> None:
        if time.monotonic() - self._key_at > _REST_S:
            gc.collect()

    def _handle_exception(self, error: Exception) -> None:
        """End; a failure that has words of its own, such as a damaged database, needs no more."""
        told = self._exit_renderables.copy()
        super()._handle_exception(error)
        if isinstance(error, FeedreaderError):
            self.failure = self.failure or error
            self._exit_renderables = told

    async def on_event(self, event: Event) -> None:
        if isinstance(event, InputEvent):
            self._key_at = time.monotonic()
        await super().on_event(event)

    def get_css_variables(self) -> dict[str, str]:
        return {**super().get_css_variables(), **own_variables(self.current_theme)}

    def on_unmount(self) -> None:
        self.main_screen.refresher.stop()
        self.writer.stop()
        self.glancer.stop()
        self.loader.stop()
        self.counter.stop(timeout_s=0)
        self.network.stop()
        if self.theme != self._theme_at_start:
            self.state.theme = self.theme
        save_state(self.state_file, self.state)
        self.reader.close()


def _is_light(env: Mapping[str, str]) -> bool:
    """Say whether the terminal's paper is light, as far as it tells (COLORFGBG: "ink;paper")."""
    paper = env.get("COLORFGBG", "").rpartition(";")[2]
    return paper in ("7", "15")


def run_app(
    open_reader: Callable[[], Reader],
    config: Config,
    *,
    state_file: Path | None,
    node: str = "",
    is_light: bool | None = None,
) -> None:
    """Run the app until the user quits; `node` is the one of the tree where it begins.

    Raises the `FeedreaderError` that ended it, if one did.
    """
    if state_file is None:
        state_file = default_paths(os.environ).state_dir / "screen.json"
    while True:
        app = ReaderApp(open_reader, config, state_file=state_file, is_light=is_light)
        if node:
            app.state.node, app.state.entry_id = node, 0
        handlers = {number: signal.getsignal(number) for number in STOPPING}
        result = app.run(mouse=config.ui.mouse)
        for number, handler in handlers.items():  # the event loop took them off at its end
            signal.signal(number, handler)
        if app.stopped_by is not None:
            signal.raise_signal(app.stopped_by)
        if app.failure is not None:
            raise app.failure
        if result != "demo":
            return
        from feedreader.tui.demonstration import run_demonstration

        run_demonstration(config)
