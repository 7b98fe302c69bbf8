"""Whether a text has words in a row, or a piece, without regard to case."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from feedreader.core.query.unicode61 import split_words

_UNSPACED = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029"
    "\u3040-\u31ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc"
    "\U00016fe0-\U00018fff\U0001aff0-\U0001b2ff\U00020000-\U0003ffff]"
)
"""Thai, Lao, Tibetan, Burmese, Khmer, Hangul, Han, kana, Bopomofo, Yi, Tangut."""

_NAME_CHARS = 200
"""Longer texts are no names of feeds."""
_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def find_words(text: str) -> tuple[str, ...]:
    """Return the words to look for, or () if a text can only be found as a piece of another.

    So it is with scripts that put no spaces between words, of which FTS5 makes one long word,
    and with symbols, which it does not index.
    """
    return () if _UNSPACED.search(text) else tuple(split_words(text))


def has_words(text: str, words: tuple[str, ...], is_prefix: bool) -> bool:
    """True if the words stand in a row in the text; the last may go on if `is_prefix`."""
    spaced = (_spaced_name if len(text) <= _NAME_CHARS else _spaced)(text)
    return f" {' '.join(words)}{'' if is_prefix else ' '}" in spaced


def has_piece(text: str, needles: Iterable[str]) -> bool:
    """True if one of the needles (see `case_forms`) is a piece of the text."""
    lower = lower_ascii(text)
    return any(needle in lower for needle in needles)


def case_forms(text: str) -> tuple[str, ...]:
    """Return the usual spellings of a text in upper and lower case, as `lower_ascii` gives them.

    SQLite knows case in ASCII only: asking for each of "école", "École" and "ÉCOLE" is how the
    others are found.
    """
    forms = (text, text.lower(), text.upper(), text.title(), text.capitalize())
    return tuple(dict.fromkeys(map(lower_ascii, forms)))


def lower_ascii(text: str) -> str:
    """Return a text as SQLite's lower() gives it."""
    return text.lower() if text.isascii() else text.translate(_ASCII_LOWER)


def _spaced(text: str) -> str:
    return f" {' '.join(split_words(text))} "


# Each feed: in a query asks for the names of all feeds.
_spaced_name = lru_cache(maxsize=50_000)(_spaced)
