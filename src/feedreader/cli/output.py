"""The one place where text goes to the terminal: cleaned, coloured, cut to cells.

Feeds are written by strangers. Whatever is printed passes `clean_text` here, on a pipe as
well as on a terminal, so the only escape sequences that come out are our own.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, BinaryIO

from feedreader.core.text import clean_line, clean_text

Piece = str | tuple[str, str]
"""Text, or text and the name of its style."""

STYLES: Mapping[str, str] = {
    "heading": "1",
    "title": "1",
    "unread": "1;34",
    "star": "33",
    "feed": "36",
    "folder": "1;34",
    "link": "4;34",
    "key": "36",
    "dim": "2",
    "good": "32",
    "bad": "31",
}
_SGR = r"(\x1b\[[0-9;]*m)"
# These are compiled when they are used (`re` keeps them): every start waits for this module.
# What JSON leaves as it is, though a terminal would act on it: C1 controls, what draws
# nothing, direction overrides, lone surrogates, tags.
_UNSAFE_IN_JSON = (
    "[\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
_DEFAULT_WIDTH = 80


class Output:
    """Where results go (`stream`); notes for the user go to stderr."""

    def __init__(self, stream: IO[str], *, has_colour: bool) -> None:
        self.stream = stream
        self.has_colour = has_colour
        self.is_terminal = stream.isatty()
        self.width = _columns(stream) if self.is_terminal else _DEFAULT_WIDTH

    def line(self, *pieces: Piece) -> None:
        """Print one line."""
        self.stream.write(self.painted(*pieces) + "\n")

    def text(self, text: str) -> None:
        """Print lines of plain text."""
        self.stream.write(clean_text(text).rstrip("\n") + "\n")

    def rendered(self, text: str) -> None:
        """Print text that holds SGR sequences of our own; nothing else passes."""
        parts = re.split(_SGR, text)
        parts[::2] = map(clean_text, parts[::2])
        if not self.has_colour:
            parts[1::2] = [""] * len(parts[1::2])
        self.stream.write("".join(parts))

    def fields(self, values: Iterable[str]) -> None:
        """Print one line of tab-separated values, none of which holds a tab."""
        self.stream.write("\t".join(map(clean_line, values)) + "\n")

    def json(self, value: object) -> None:
        """Print one line of JSON (RFC 8259)."""
        self.stream.write(to_json(value, is_ascii=not _speaks_utf8(self.stream)) + "\n")

    def data(self, data: bytes) -> None:
        """Pass bytes on as they are: a document, not text for a reader."""
        self.stream.flush()
        buffer: BinaryIO = self.stream.buffer  # type: ignore[attr-defined]
        buffer.write(data)
        buffer.flush()

    def painted(self, *pieces: Piece) -> str:
        """Return the pieces as one line, with colours if there are to be any."""
        line = ""
        for piece in pieces:
            text, style = (piece, "") if isinstance(piece, str) else piece
            text = clean_text(text).replace("\n", " ")
            line += f"\x1b[{STYLES[style]}m{text}\x1b[0m" if style and self.has_colour else text
        return line.rstrip(" ")

    @contextmanager
    def paged(self, *, wanted: bool) -> Iterator[None]:
        """Send what the block prints through the user's pager, on a terminal."""
        from feedreader.cli.pager import open_pager

        pager = open_pager() if wanted and self.is_terminal else None
        if pager is None:
            yield
            return
        stream = self.stream
        try:
            with pager as self.stream:
                yield
        finally:
            self.stream = stream


def note(*pieces: Piece) -> None:
    """Tell the user something that is no result, on stderr."""
    sys.stderr.write(Output(sys.stderr, has_colour=False).painted(*pieces) + "\n")


def cell(text: str, width: int, *, right: bool = False) -> str:
    """Return text from a stranger as a column of a table, exactly `width` cells wide."""
    text = clean_line(text)
    if text.isascii():
        cut = text if len(text) <= width else text[: max(0, width - 1)].rstrip() + "…"
        return cut.rjust(width) if right else cut.ljust(width)
    from feedreader.core.width import cut_to_width, pad

    return pad(cut_to_width(text, width), width, right=right)


def cells(text: str) -> int:
    """Return how many cells the text takes once it is clean."""
    text = clean_line(text)
    if text.isascii():
        return len(text)
    from feedreader.core.width import cell_width

    return cell_width(text)


def to_json(value: object, *, is_ascii: bool = False) -> str:
    """Return JSON on one line that no terminal acts on."""
    import json

    written = json.dumps(value, ensure_ascii=is_ascii)
    return written if is_ascii else re.sub(_UNSAFE_IN_JSON, _escape, written)


def wants_colour(choice: str, stream: IO[str], env: Mapping[str, str]) -> bool:
    """Say whether to colour: `--color`, else NO_COLOR, else FORCE_COLOR, else a terminal.

    See no-color.org and force-color.org: both count when they are not empty.
    """
    if choice != "auto":
        return choice == "always"
    if env.get("NO_COLOR"):
        return False
    if env.get("FORCE_COLOR"):
        return True
    return stream.isatty() and env.get("TERM") != "dumb"


def plural(count: int, one: str, many: str = "") -> str:
    """Return "1 feed" or "3 feeds"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def prepare_streams() -> None:
    """Let neither a closed stream nor what its encoding lacks end the program."""
    # The next file opened, a database say, would take the place of a closed stream.
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115
    streams = ((sys.stdin, "surrogateescape"), (sys.stdout, "replace"), (sys.stderr, "replace"))
    for stream, errors in streams:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=errors)


def drop_stdout() -> None:
    """Let nobody see that stdout is closed, the interpreter's last flush included."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


def _escape(char: re.Match[str]) -> str:
    code = ord(char[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def _columns(stream: IO[str]) -> int:
    # As shutil.get_terminal_size does it; importing shutil takes as long as all of this module.
    named = os.environ.get("COLUMNS", "")
    if named.isdecimal() and len(named) < 5 and int(named):
        return int(named)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _DEFAULT_WIDTH
    except (OSError, ValueError):
        return _DEFAULT_WIDTH


def _speaks_utf8(stream: IO[str]) -> bool:
    return (getattr(stream, "encoding", None) or "").lower().replace("-", "") == "utf8"
