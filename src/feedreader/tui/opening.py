"""What plays and downloads enclosures: commands filled without a shell, files kept in a folder."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from feedreader.core.links import safe_link
from feedreader.core.text import clean_line, safe_filename
from feedreader.model import Enclosure
from feedreader.tui.story_lines import file_name

_PLACEHOLDER: Final = re.compile(r"\{(url|title|file)\}")
_MOST_COPIES: Final = 1_000


def fill_command(command: Sequence[str], *, url: str, title: str = "", file: str = "") -> list[str]:
    """Return a command with `{url}`, `{title}` and `{file}` filled in, a word staying a word.

    In one pass: a title that says "{file}" stays a title. No value can pass for an option or
    carry a control character: one that begins a word loses its leading "-". Returns [] for an
    address that is not http, https or mailto.
    """
    url = safe_link(url)
    if not url:
        return []
    values = {"url": url, "title": clean_line(title), "file": file}
    filled = []
    for word in command:
        text = _PLACEHOLDER.sub(lambda found: values[found[1]], word)
        if text.startswith("-") and not word.startswith("-"):
            text = text.lstrip("- ")
        filled.append(text)
    return filled


def download_path(enclosure: Enclosure, folder: str) -> Path:
    """Return a file that is not there yet, straight inside a folder that may begin with "~".

    The name is the address's, made safe for every file system; its extension stays.
    """
    name = safe_filename(file_name(enclosure.url), "download")
    home = Path(folder).expanduser()
    path = home / name
    for number in range(2, _MOST_COPIES):
        if not path.exists() and not path.is_symlink():
            break
        path = home / f"{Path(name).stem} ({number}){Path(name).suffix}"
    return path


def play_command(enclosure: Enclosure, title: str, player: Sequence[str]) -> list[str]:
    """Return what plays an enclosure; [] if there is no player or no address to play."""
    return _with_address(enclosure, title, player, file="")


def download_command(
    enclosure: Enclosure, title: str, downloader: Sequence[str], path: Path
) -> list[str]:
    """Return what writes an enclosure to `path`; [] if there is no address to fetch."""
    return _with_address(enclosure, title, downloader, file=str(path))


def _with_address(
    enclosure: Enclosure, title: str, command: Sequence[str], *, file: str
) -> list[str]:
    if not command:
        return []
    filled = fill_command(command, url=enclosure.url, title=title, file=file)
    has_address = any("{url}" in word for word in command)
    return filled if has_address or not filled else [*filled, safe_link(enclosure.url)]
