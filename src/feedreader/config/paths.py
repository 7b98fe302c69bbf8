"""Where a user's files are, and the configuration file to start from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from feedreader.errors import ConfigError


class Paths(NamedTuple):
    """Where things are kept (XDG Base Directory Specification 0.8, on macOS too)."""

    config_file: Path
    database: Path
    state_dir: Path


def default_paths(env: Mapping[str, str]) -> Paths:
    """Return where a user with this environment keeps things; nothing is created.

    Raises ConfigError if neither HOME nor the variables that make it unneeded are set.
    """

    def folder(variable: str, below_home: str) -> Path:
        # XDG: "all paths must be absolute; if relative, consider the path invalid and ignore it".
        if (named := Path(env.get(variable, ""))).is_absolute():
            return named / "feedreader"
        home = Path(env.get("HOME", ""))
        if not home.is_absolute():
            raise ConfigError(
                f"HOME is {'not an absolute path' if env.get('HOME') else 'not set'}, "
                f"so there is no {below_home}: set HOME or {variable}"
            )
        return home / below_home / "feedreader"

    config_file, database = env.get("FEEDREADER_CONFIG"), env.get("FEEDREADER_DB")
    return Paths(
        config_file=Path(config_file)
        if config_file
        else folder("XDG_CONFIG_HOME", ".config") / "config.toml",
        database=Path(database)
        if database
        else folder("XDG_DATA_HOME", ".local/share") / "feedreader.db",
        state_dir=folder("XDG_STATE_HOME", ".local/state"),
    )


def config_template() -> str:
    """Return the commented file that users start from; it says nothing but the defaults."""
    return Path(__file__).with_name("template.toml").read_text("utf-8")


def write_template(path: Path) -> None:
    """Write `config_template()` for the user alone (0600, new folders 0700).

    Raises ConfigError if there is a file already, or none can be written.
    """
    try:
        for folder in reversed(path.parents):
            if not folder.exists():
                folder.mkdir(mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(config_template())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from error
