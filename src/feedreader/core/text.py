"""Text from strangers made safe for any terminal, any line and any folder.

What a terminal must never be given is gone: control characters, direction overrides, lone
surrogates, noncharacters, and whatever draws nothing but takes part in search or in widths.
"""

from __future__ import annotations

import re
from typing import Final

# Patterns are compiled when they are used (`re` keeps them): every start waits for this module.

# A text of these alone needs no second look; it is most text, and this look is quick.
_ODD: Final = (
    "[^\t\n -~\xa0-\xac\xae-\u02ff\u0370-\u0482\u048a-\u0590\u2010-\u2027\u202f-\u205f"
    "\u2070-\u20cf\u2100-\u2bff\u3000-\u3098\u309b-\u3163\u3165-\ud7ff\uf900-\ufaff\uff01-\uff9f"
    "\U0001f000-\U0001faff]"
)
# Of short texts this look needs no pattern, whose making takes as long as a list of entries.
_WESTERN_LINE: Final = frozenset(
    map(chr, (*range(0x20, 0x7F), *range(0xA0, 0xAD), *range(0xAE, 0x300), *range(0x2010, 0x2028)))
)
_ODD_BYTES: Final = bytes({*range(0x20), 0x7F} - {0x09, 0x0A})
_JOINED_SCRIPTS: Final = (
    "\u0600-\u0604\u0606-\u061a\u061c-\u07ff\u0840-\u0dff"  # Arabic, Syriac, N'Ko, Indic
    "\u0f00-\u109f\u1780-\u17b3\u17b6-\u18af\u1900-\u1cff\ufb50-\ufdcf\ufdf0-\ufdff"
    "\ufe70-\ufefe\U00011000-\U00011fff"
)
_EMOJI: Final = "#*0-9\u00a9\u00ae\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff\ufe0f"

_UNSAFE: Final = (
    # C0 but tab and line feed, DEL, C1; soft hyphen, grapheme joiner, Arabic letter mark.
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c"
    # Letters and marks that draw nothing: Hangul and Khmer fillers, Mongolian separators.
    "\u115f\u1160\u17b4\u17b5\u180e\u180f\u3164\uffa0"
    # Zero width, direction marks, embeddings, overrides, isolates, invisible operators.
    "\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    # Surrogates, noncharacters, marks of shorthand and scores; above plane 3 there are only
    # tags, private use and selectors that draw nothing.
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U0001fffe\U0001ffff\U0002fffe\U0002ffff\U0003fffe-\U0010ffff]"
)
# Joiners, except between letters that they join and inside emoji.
_LOOSE_JOINER: Final = (
    f"[\u200c\u200d](?![{_JOINED_SCRIPTS}{_EMOJI}])|(?<![{_JOINED_SCRIPTS}{_EMOJI}])[\u200c\u200d]"
)
_LINE_BREAKS: Final = frozenset("\r\x0b\x0c\x85\u2028\u2029")

_MARK: Final = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    "\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0e31\u0e34-\u0e3a"
    "\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff"
    "\u3099\u309a\ufe00-\ufe0f\ufe20-\ufe2f"
)
# Biblical Hebrew stacks four; more than six in a row is noise that climbs over its neighbours.
_MARK_FLOOD: Final = f"([{_MARK}]{{6}})[{_MARK}]+"
_LEADING_MARKS: Final = f"^[{_MARK} \u200c\u200d]+"


def clean_line(text: str) -> str:
    """Return one line that any terminal can print: no controls, white space collapsed."""
    if (text.isascii() and text.isprintable()) or _WESTERN_LINE.issuperset(text):
        return " ".join(text.split())
    return re.sub(_LEADING_MARKS, "", " ".join(clean_text(text).split()))


def clean_text(text: str) -> str:
    """Return text that any terminal can print; line feeds and tabs stay.

    Gone are control characters, direction overrides, lone surrogates, noncharacters and
    whatever draws nothing. Joiners stay where they shape letters or emoji.
    """
    if text.isascii():
        data = text.encode()
        if len(data.translate(None, _ODD_BYTES)) == len(data):
            return text
    elif re.search(_ODD, text) is None:
        return text
    text = text.replace("\r\n", "\n")
    text = re.sub(_UNSAFE, _drop_unsafe, text)
    if "\u200c" in text or "\u200d" in text:
        text = re.sub(_LOOSE_JOINER, "", text)
    return re.sub(_MARK_FLOOD, r"\1", text)


def _drop_unsafe(char: re.Match[str]) -> str:
    return "\n" if char[0] in _LINE_BREAKS else ""


# Between words stand white space, slashes and dashes; what holds no letter and no figure is no
# word. Most texts can be written in Western bytes, and bytes are sorted out much faster.
WESTERN: Final = "cp1252"
_WESTERN_CHARS: Final = bytes(range(256)).decode(WESTERN, "replace")
_WORDS_AND_BREAKS: Final = "".join(
    " " if char.isspace() or char in "/–—" else "x" for char in _WESTERN_CHARS
).encode()
_WESTERN_SIGNS: Final = bytes(
    code
    for code, char in enumerate(_WESTERN_CHARS)
    if not (char.isalnum() or char.isspace() or char in "_/–—")
)
_SIGNS_ALONE: Final = r"\s[^\w\s]+(?!\S)"
# Scripts that are written without spaces between words.
UNSPACED: Final = (
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)


WORDS_PER_MINUTE: Final = 220
"""How fast people are taken to read."""


def reading_minutes(words: int) -> int:
    """Return how many minutes so many words take to read, begun ones counted; at least one."""
    return max(1, -(-words // WORDS_PER_MINUTE))


def count_words(text: str) -> int:
    """Return the number of words; two letters count as one where words have no spaces."""
    try:
        data = text.encode("ascii" if text.isascii() else WESTERN)
        shape = data.translate(_WORDS_AND_BREAKS, _WESTERN_SIGNS)
        return shape.count(b" x") + shape.startswith(b"x")
    except UnicodeError:
        pass
    unspaced = len(re.findall(UNSPACED, text))
    if unspaced:
        text = re.sub(UNSPACED, " ", text)
    text = text.replace("/", " ").replace("—", " ").replace("–", " ")
    return len(text.split()) - len(re.findall(_SIGNS_ALONE, f" {text}")) + (unspaced + 1) // 2


def summarise(text: str, limit: int = 300) -> str:
    """Return the beginning of a text as one safe line of at most `limit` characters."""
    line = clean_line(text[: limit * 2])
    if len(line) <= limit < len(text):
        line = clean_line(text[: limit * 8])
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    if not line[limit - 1].isspace():
        # Where words have no spaces, the last space may be far away.
        head, _, tail = cut.rpartition(" ")
        if head and len(tail) <= max(20, limit // 4):
            cut = head
    return cut.rstrip(" ,;:.–—-\u200c\u200d") + "…"


# --- names of files ---------------------------------------------------------

_NOT_IN_NAMES: Final = r'[\\/:*?"<>|\x00-\x1f\x7f\s]+'
_RESERVED: Final = r"(?i)(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?"
MAX_NAME_BYTES: Final = 120


def safe_filename(name: str, fallback: str) -> str:
    """Return a file name that stays in its folder on every system, at most 120 bytes long.

    The extension survives a cut. `fallback` is a safe name, used when nothing is left.
    """
    name = re.sub(_NOT_IN_NAMES, " ", clean_line(name)).strip(" .-~")
    if not name or re.fullmatch(_RESERVED, name):
        name = f"{fallback} {name}".strip()
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    if not stem or not extension.isalnum() or len(extension.encode()) > 10:
        stem, dot, extension = name, "", ""
    room = MAX_NAME_BYTES - len((dot + extension).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .-") + dot + extension
