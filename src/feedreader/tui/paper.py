"""Whether the terminal's background is light: asked of the terminal itself, before Textual reads.

The question is OSC 11 (xterm, "Operating System Commands"). Behind it goes DA1, which every
terminal answers: once that answer is there no other can come late and be taken for keys. If it
does not come in time, `late_answer` keeps it from the keys.
"""

from __future__ import annotations

import os
import re
import select
import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self

_QUESTION: Final = b"\x1b]11;?\x1b\\\x1b[c"
_PAPER: Final = re.compile(
    rb"\x1b\]11;rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})"
)
_FENCE: Final = re.compile(rb"\x1b\[\?[\d;]*c")
_MUTE_TERMINALS: Final = ("dumb", "unknown", "linux", "eterm", "emacs", "cons25", "vt")
"""Terminals (the beginnings of TERM) that print the question, or know no such colour."""
_PATIENCE_S: Final = 0.1
_REMOTE_PATIENCE_S: Final = 1.0
_LONGEST_ANSWER: Final = 4096


class PaperQuestion:
    """Asks when it is entered, so that other things can be done while the answer travels.

    What is typed meanwhile is lost. Where there is no terminal, or one that might show the
    question, nothing is asked.
    """

    def __init__(self, env: Mapping[str, str], stdin: int = 0, stdout: int = 1) -> None:
        self._env = env
        self._stdin, self._stdout = stdin, stdout
        self._attributes: list[object] | None = None
        self._asked_at = 0.0
        self.is_owed = False
        """Whether the terminal was asked and its answer, or the end of it, is still to come."""

    def __enter__(self) -> Self:
        if self._may_ask():
            import termios
            import tty

            try:
                self._attributes = termios.tcgetattr(self._stdin)
                tty.setcbreak(self._stdin, termios.TCSANOW)
                os.write(self._stdout, _QUESTION)
                self.is_owed = True
            except (OSError, termios.error):
                self._restore()
            self._asked_at = time.monotonic()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._restore()

    def is_light(self) -> bool | None:
        """Say whether the background is light; None if the terminal does not tell in time."""
        if self._attributes is None:
            return None
        is_remote = bool(self._env.get("SSH_CONNECTION") or self._env.get("SSH_TTY"))
        until = time.monotonic() + _PATIENCE_S
        if is_remote:
            until = max(until, self._asked_at + _REMOTE_PATIENCE_S)
        told = b""
        while not _FENCE.search(told) and len(told) < _LONGEST_ANSWER:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._stdin], [], [], left)[0]:
                break
            if not (some := os.read(self._stdin, 1024)):
                break
            told += some
        self.is_owed = _FENCE.search(told) is None
        return read_answer(told)

    def _may_ask(self) -> bool:
        term = self._env.get("TERM", "")
        is_screen = term.startswith("screen") and not self._env.get("TMUX")
        if not term or term.startswith(_MUTE_TERMINALS) or is_screen or sys.platform == "win32":
            return False
        if "INSIDE_EMACS" in self._env or "TEXTUAL_DRIVER" in self._env:
            return False
        if not (os.isatty(self._stdin) and os.isatty(self._stdout)):
            return False
        try:
            return os.tcgetpgrp(self._stdin) == os.getpgrp()  # else asking would stop us
        except OSError:
            return True  # a terminal that does not control us cannot

    def _restore(self) -> None:
        if self._attributes is not None:
            import termios

            attributes, self._attributes = self._attributes, None
            termios.tcsetattr(self._stdin, termios.TCSAFLUSH, attributes)  # type: ignore[arg-type]


def read_answer(told: bytes) -> bool | None:
    """Say whether a terminal's answer names a light colour; None if it names none."""
    found = _PAPER.search(told)
    if found is None:
        return None
    red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in found.groups())
    brightness: float = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return brightness > 0.5
