"""What the configuration can say: frozen values, with what holds if it says nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from feedreader.model import Hook, RefreshSettings, RetentionSettings, SiteRule

Command = tuple[str, ...]
"""A program and its arguments, run without a shell; `{url}`, `{title}` and `{file}` stand for
the story's. Empty: the reader chooses."""


@dataclass(frozen=True, slots=True)
class OpenSettings:
    """What opens, plays, saves and shares."""

    browser: Command = ()
    player: Command = ()
    downloader: Command = ("curl", "--location", "--fail", "--output", "{file}", "{url}")
    download_folder: str = "~/Downloads"
    share: tuple[tuple[str, Command], ...] = ()


@dataclass(frozen=True, slots=True)
class UiSettings:
    """How the terminal screen looks and behaves; `theme` is checked by its home, the TUI."""

    theme: str = "default"
    layout: Literal["auto", "three", "two", "one"] = "auto"
    story_width: int = 80
    """Columns."""
    date_format: str = "auto"
    """"auto", or a strftime pattern."""
    order: Literal["newest", "oldest"] = "newest"
    show: Literal["unread", "all"] = "unread"
    mark_read: Literal["on_open", "at_end", "by_key"] = "on_open"
    mouse: bool = True
    background_refresh: bool = True
    pictures: Literal["ask", "inline"] = "ask"
    """"inline" fetches the pictures of a story as soon as it is opened."""
    stories: bool = True
    """Each story once in a list, however many feeds tell it."""


@dataclass(frozen=True, slots=True)
class Config:
    """All that the configuration file says, checked. `Config()` is what no file says."""

    refresh: RefreshSettings = field(default_factory=RefreshSettings)
    site_rules: tuple[SiteRule, ...] = ()
    retention: RetentionSettings = RetentionSettings()
    open: OpenSettings = OpenSettings()
    ui: UiSettings = UiSettings()
    hooks: tuple[Hook, ...] = ()
    keys: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(command, keys), names unchecked; no keys: the command has none."""
    macros: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(name, commands one after the other), their names unchecked."""
