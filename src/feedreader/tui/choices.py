"""What the configuration says of the screen: whether its keys, macros and colours are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.theme import BUILTIN_THEMES

from feedreader.errors import ConfigError
from feedreader.tui.commands import COMMANDS, macro_commands, share_commands
from feedreader.tui.keymap import Keymap, check_macros
from feedreader.tui.theme import DEFAULT, OWN_THEMES

if TYPE_CHECKING:
    from feedreader.config import Config


def theme_names() -> tuple[str, ...]:
    """Return what `ui.theme` may be."""
    return DEFAULT, *sorted({*BUILTIN_THEMES, *(theme.name for theme in OWN_THEMES)})


def check_choices(config: Config) -> Keymap:
    """Return the keys if these and the colours can be used; raises `ConfigError`."""
    commands = [*COMMANDS, *share_commands(name for name, _ in config.open.share)]
    check_macros(config.macros, commands)
    keymap = Keymap([*commands, *macro_commands(config.macros)], config.keys)
    if config.ui.theme not in theme_names():
        known = ", ".join(theme_names())
        raise ConfigError(f"ui.theme: there is no theme {config.ui.theme!r}; known are {known}")
    return keymap
