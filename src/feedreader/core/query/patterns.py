"""Regular expressions that cannot hang the program.

The engine is the package regex, for its deadline: Python's own `re` cannot be stopped.
Patterns that are known to explode are refused when they are read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

MAX_PATTERN_CHARS = 500
MAX_TEXT_CHARS = 64 * 1024
"""How much of a text a pattern sees."""
TIMEOUT_S = 0.1
"""A search that takes longer than this on one text counts as no match."""

FLAGS = "ims"
_MANY = 10
"""A repeat of more than this many counts as one that can explode inside of another."""
_BRACES = re.compile(r"\{(\d{0,4})(,?)(\d{0,4})\}", re.ASCII)
_REFERENCE = re.compile(r"\\(?:[1-9]|[gkL]<)|\(\?(?:P=|P>|R\)|&|\(|[0-9+-][0-9]*\))")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)


@lru_cache(maxsize=128)
def compile_regex(pattern: str) -> Callable[[str], bool]:
    """Return a test whether a text contains a match; flags stand in front as `(?im)`.

    Only the first `MAX_TEXT_CHARS` of a text count. Raises ValueError with the reason for
    a pattern that is no regular expression, too long, or of a kind that can take for ever.
    """
    compiled = _compile(pattern)

    def is_found(text: str) -> bool:
        try:
            return compiled.search(text[:MAX_TEXT_CHARS], timeout=TIMEOUT_S) is not None
        except TimeoutError:
            return False

    return is_found


def find_regex(pattern: str, text: str, *, timeout_s: float) -> Iterator[tuple[int, int]]:
    """Yield where the matches in a text begin and end, as far as `compile_regex` looks.

    Raises TimeoutError if all of them take longer than `timeout_s`, ValueError as it does.
    """
    matches = _compile(pattern).finditer(text[:MAX_TEXT_CHARS], timeout=timeout_s)
    return (match.span() for match in matches)


@lru_cache(maxsize=128)
def _compile(pattern: str) -> Any:
    # Not needed by most runs, and it takes 20 ms.
    import regex  # type: ignore[import-untyped]

    check_regex(pattern)
    try:
        # V0 is Python's own dialect, whatever the package's default will become.
        return regex.compile(pattern, regex.V0)
    except (regex.error, ValueError, OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from error


def regexp(pattern: str, text: str | None) -> bool:
    """The SQL function `regexp(pattern, text)` that compiled queries call; NULL never matches."""
    return text is not None and compile_regex(pattern)(text)


def check_regex(pattern: str) -> None:
    """Raise ValueError with the reason if a pattern is too long or can take for ever."""
    if len(pattern) > MAX_PATTERN_CHARS:
        raise ValueError(f"longer than {MAX_PATTERN_CHARS} characters")
    repeats_within = [False]  # per open group: does something in it repeat without bounds?
    closed_repeats = False  # was the last item a group with such a repeat in it?
    index = 0
    while index < len(pattern):
        width = 1
        char = pattern[index]
        if _REFERENCE.match(pattern, index):
            raise ValueError("references to other groups can take for ever")
        if char == "\\":
            width, closed_repeats = 2, False
        elif char == "[":
            match = _CLASS.match(pattern, index)
            width, closed_repeats = (match.end() - index if match else 1), False
        elif char == "(":
            repeats_within.append(False)
            closed_repeats = False
            if pattern.startswith("(?", index):
                width = 2
        elif char == ")":
            closed_repeats = repeats_within.pop() if len(repeats_within) > 1 else False
            repeats_within[-1] |= closed_repeats
        elif char in "*+{":
            braces = _BRACES.match(pattern, index) if char == "{" else None
            if char == "{":
                if braces is None:
                    raise ValueError(r"{ must begin a repeat such as {2,5}; else write \{")
                width = braces.end() - index
            if braces is None or _repeats_many(braces):
                if closed_repeats:
                    raise ValueError("a repeat inside of a repeat can take for ever")
                repeats_within[-1] = True
        elif char != "?":
            closed_repeats = False
        index += width


def _repeats_many(braces: re.Match[str]) -> bool:
    low, comma, high = braces.groups()
    most = high if comma else low
    return not most or int(most) > _MANY
