"""What plays an enclosure, and whether it remembers how far one got."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from feedreader.core.links import safe_link
from feedreader.programs import Launch, browser_for, fill

_KEEPS: Final = "--save-position-on-quit"
_TERMINAL_PLAYERS: Final = frozenset({"mpv", "mplayer", "cmus", "mpg123", "ogg123", "ffplay"})


@dataclass(frozen=True, slots=True)
class Player:
    """A program that plays one address."""

    name: str
    launch: Launch
    keeps_position: bool
    """It goes on where it was left; the position is the player's own to keep."""


def player_for(
    url: str, title: str, configured: Sequence[str], env: Mapping[str, str]
) -> Player | None:
    """Return the configured player, else mpv, else the browser; None: nothing can play it."""
    url = safe_link(url)
    if not url.startswith(("http:", "https:")):
        return None
    has_windows = bool(env.get("DISPLAY") or env.get("WAYLAND_DISPLAY"))
    if configured:
        argv = fill(configured, url=url, title=title)
        name = Path(argv[0]).name
        in_terminal = name in _TERMINAL_PLAYERS and not has_windows
        return Player(name, Launch(argv, in_terminal), _KEEPS in argv)
    if shutil.which("mpv", path=env.get("PATH")):
        window = ("--force-window=yes",) if has_windows else ()
        argv = ("mpv", _KEEPS, *window, "--", url)
        return Player("mpv", Launch(argv, needs_terminal=not has_windows), keeps_position=True)
    launch = browser_for(url, title, (), env)
    return None if launch is None else Player("the browser", launch, keeps_position=False)
