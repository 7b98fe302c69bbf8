"""What a slow terminal answers to `PaperQuestion` after Textual began to read is no keys.

Textual's parser knows no answers of OSC sequences and no DA1: it takes each of their letters for a
key, "/" and digits among them. There is no place in it for a filter but its own class.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.message import Message

_ANSWERS: Final = re.compile(
    # The colour, or the end of it if its beginning came in time, and the fence …
    r"(?:(?:\x1b?\]11;rgba?:)?[0-9a-fA-F/]*(?:\x1b\\|\x07))?\x1b\[\?[\d;]*c"
    # … or the colour without the fence.
    r"|\x1b?\]11;rgba?:[0-9a-fA-F/]*(?:\x1b\\|\x07)"
)
_BEGUN: Final = re.compile(r"\x1b(?:\](?:1(?:1(?:;[rgba:0-9a-fA-F/]*\x1b?)?)?)?|\[\?[\d;]*)\Z")
"""The end of what was read, if it may go on as an answer; a lone Escape is a key."""
_LONGEST_ANSWER: Final = 64


class PatientParser(XTermParser):
    """Textual's parser of keys, which leaves out answers about the terminal's colour."""

    _held = ""

    def feed(self, data: str) -> Iterable[Message]:
        if not data:  # the end of the input
            return super().feed(data)
        data = _ANSWERS.sub("", self._held + data)
        begun = _BEGUN.search(data)
        self._held = begun[0] if begun is not None and len(begun[0]) < _LONGEST_ANSWER else ""
        data = data.removesuffix(self._held)
        return super().feed(data) if data else ()


def expect_late_answer() -> None:
    """Let the screen that is opened next be deaf to the answer that is still to come."""
    linux_driver.XTermParser = PatientParser  # type: ignore[attr-defined]
