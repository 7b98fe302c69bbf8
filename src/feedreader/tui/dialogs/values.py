"""What people type into forms -> values, or a gentle word on what is expected; and back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from feedreader.config.kinds import Kind, duration, share, whole
from feedreader.core.addresses import read_address
from feedreader.core.text import clean_line
from feedreader.model import FolderPath

_INTERVAL = duration("10m", "30d", int)
_DAYS = whole(1, 36_500)
_SHARE = share()


def read_web_address(text: str) -> str:
    """Return the http(s) address that is meant."""
    try:
        return read_address(text)
    except ValueError as error:
        raise ValueError(f"This cannot be followed: {error}.") from None


def read_folder(text: str) -> FolderPath:
    r"""Return the path that "News/World" means; "\/" is a slash of a name."""
    names = (clean_line(name.replace("\\/", "/")) for name in re.split(r"(?<!\\)/", text))
    return tuple(name for name in names if name)


def read_folders(text: str) -> tuple[FolderPath, ...]:
    r"""Return the paths between commas, () if there is none; "\," is a comma of a name."""
    parts = (part.replace("\\,", ",") for part in re.split(r"(?<!\\),", text))
    return tuple(dict.fromkeys(path for part in parts if (path := read_folder(part))))


def write_folder(path: FolderPath) -> str:
    """Return a path as it is typed."""
    return "/".join(name.replace("/", "\\/") for name in path)


def write_folders(paths: Sequence[FolderPath]) -> str:
    """Return paths as they are typed, with commas between them."""
    return ", ".join(write_folder(path).replace(",", "\\,") for path in paths if path)


def read_tags(text: str) -> tuple[str, ...]:
    """Return the tags between commas, each once."""
    return tuple(dict.fromkeys(tag for part in text.split(",") if (tag := clean_line(part))))


def read_interval(text: str) -> int | None:
    """Return seconds; None for nothing, which is the general setting."""
    return int(_read(_INTERVAL, text)) if text else None


def write_interval(seconds: int | None) -> str:
    """Return a time as it is typed: "1h 30m"."""
    if seconds is None:
        return ""
    parts = []
    for unit, length in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        if count := seconds // length:
            parts.append(f"{count}{unit}")
            seconds -= count * length
    return " ".join(parts)


def read_days(text: str) -> int | None:
    """Return a number of days; None for nothing, which is the general setting."""
    if not text:
        return None
    return int(_read(_DAYS, int(text) if text.isascii() and text.isdecimal() else text))


def read_share(text: str) -> float | None:
    """Return a share, 0 for "off"; None for nothing, which is the general setting."""
    return _read(_SHARE, text) if text else None


def write_share(share: float | None) -> str:
    """Return a share as it is typed: "20%"."""
    return "" if share is None else f"{share:.0%}" if share else "off"


def read_line(text: str) -> str:
    """Return one line of printable ASCII, as headers of requests hold it."""
    if not text.isprintable() or not text.isascii():
        raise ValueError("This must be one line of plain ASCII text.")
    return text


def host_of_address(url: str) -> str:
    """Return the host for a sentence: "example.org"."""
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


def _read(kind: Kind, value: object) -> float:
    try:
        return float(kind.read(value))
    except ValueError:
        raise ValueError(f"This must be {kind.allowed}.") from None
