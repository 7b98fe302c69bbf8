"""TOML and the environment -> where the files are (`Paths`) and how to behave (`Config`).

Names are resolved when they are first used: most commands ask only where the files are.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feedreader.config.load import load_config, parse_config
    from feedreader.config.paths import Paths, config_template, default_paths, write_template
    from feedreader.config.schema import HOOK, NAMED, SETTINGS, SITE_RULE
    from feedreader.config.settings import Command, Config, OpenSettings, UiSettings

__all__ = [
    "HOOK",
    "NAMED",
    "SETTINGS",
    "SITE_RULE",
    "Command",
    "Config",
    "OpenSettings",
    "Paths",
    "UiSettings",
    "config_template",
    "default_paths",
    "load_config",
    "parse_config",
    "write_template",
]

_HOMES = {
    "load": ("load_config", "parse_config"),
    "paths": ("Paths", "config_template", "default_paths", "write_template"),
    "schema": ("HOOK", "NAMED", "SETTINGS", "SITE_RULE"),
    "settings": ("Command", "Config", "OpenSettings", "UiSettings"),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"feedreader.config.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
