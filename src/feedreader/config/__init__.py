"""TOML and the environment -> where the files are (`Paths`) and how to behave (`Config`).

Every start imports this: nothing heavier than tomllib, and that only if there is a file.
"""

from feedreader.config.load import load_config, parse_config
from feedreader.config.paths import Paths, config_template, default_paths, write_template
from feedreader.config.schema import NAMED, SETTINGS, SITE_RULE
from feedreader.config.settings import Command, Config, OpenSettings, UiSettings

__all__ = [
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
