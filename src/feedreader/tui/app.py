"""The Textual app: what all screens share, from the start to the end."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import ClassVar

from textual.app import App
from textual.command import Provider
from textual.screen import Screen

from feedreader.config import Config, default_paths
from feedreader.errors import ConfigError
from feedreader.reader import Reader
from feedreader.tui.background import Background
from feedreader.tui.commands import COMMANDS, share_commands
from feedreader.tui.keymap import Keymap
from feedreader.tui.main_screen import MainScreen
from feedreader.tui.state import load_state, save_state
from feedreader.tui.theme import DARK, DEFAULT, LIGHT, OWN_THEMES, own_variables

_SETTLED_S = 1.5


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
    ) -> None:
        """Raises `ConfigError` for keys or a theme that cannot be used, `StoreError` too."""
        super().__init__()
        self.animation_level = "none"
        self.config = config
        self.keymap = Keymap(
            [*COMMANDS, *share_commands(name for name, _ in config.open.share)], config.keys
        )
        for theme in OWN_THEMES:
            self.register_theme(theme)
        if config.ui.theme != DEFAULT and config.ui.theme not in self.available_themes:
            known = ", ".join([DEFAULT, *sorted(self.available_themes)])
            raise ConfigError(f"ui.theme: there is no theme {config.ui.theme!r}; known are {known}")
        self.env = os.environ if env is None else env
        self.open_reader = open_reader
        self.reader = open_reader()
        self.clock = clock
        self.zone = zone
        self.state_file = state_file
        self.state = load_state(state_file, self.reader.path)
        self.writer = Background(self, open_reader, "writer")
        self.glancer = Background(self, open_reader, "glancer")
        """For what takes a moment."""
        self.loader = Background(self, open_reader, "loader")
        """For what may take seconds: the whole of a list, all figures."""
        self.network = Background(self, open_reader, "network")
        self.main_screen = MainScreen()

    def get_default_screen(self) -> Screen[None]:
        return self.main_screen

    def on_mount(self) -> None:
        chosen = self.state.theme or self.config.ui.theme
        if chosen == DEFAULT or chosen not in self.available_themes:
            chosen = LIGHT if _is_light(self.env) else DARK
        self.theme = chosen
        self._theme_at_start = chosen
        if not self.is_headless:
            self.set_timer(_SETTLED_S, self.settle)

    def settle(self) -> None:
        """Spare what is there after the start from garbage collection: 80 ms each time."""
        gc.freeze()

    def get_css_variables(self) -> dict[str, str]:
        return {**super().get_css_variables(), **own_variables(self.current_theme)}

    def on_unmount(self) -> None:
        self.main_screen.refresher.stop()
        self.writer.stop()
        self.glancer.stop()
        self.loader.stop()
        self.network.stop()
        if self.theme != self._theme_at_start:
            self.state.theme = self.theme
        save_state(self.state_file, self.state)
        self.reader.close()


def _is_light(env: Mapping[str, str]) -> bool:
    """Say whether the terminal's paper is light, as far as it tells (COLORFGBG: "ink;paper")."""
    paper = env.get("COLORFGBG", "").rpartition(";")[2]
    return paper in ("7", "15")


def run_app(open_reader: Callable[[], Reader], config: Config, *, state_file: Path | None) -> None:
    """Run the app until the user quits."""
    if state_file is None:
        state_file = default_paths(os.environ).state_dir / "screen.json"
    while True:
        app = ReaderApp(open_reader, config, state_file=state_file)
        if app.run(mouse=config.ui.mouse) != "demo":
            return
        from feedreader.tui.demonstration import run_demonstration

        run_demonstration(config)
