"""Code in a story -> which of its letters are keywords, strings, comments and so on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Literal

from feedreader.core.document import CodeBlock, Line, Style

CodePart = Literal["keyword", "string", "number", "comment", "name"]
Colours = dict[int, list[tuple[int, int, CodePart]]]
"""Row -> (start, end, part) in the text of its line."""

_MAX_CHARS: Final = 40_000
"""Longer code stays plain: colouring it would take longer than reading its first lines."""
_TAB: Final = 4

# A sure sign, or none: wrong colours are worse than no colours.
_SIGNS: Final = (
    ("python", r"^(?:from [\w.]+ )?import [\w., ]+$|^ *(?:def|class) \w+.*:$"),
    ("rust", r"^ *(?:pub )?fn \w+.*\{$|^use [\w:]+(?:::\{.*\})?;$|\blet mut \w"),
    ("go", r"^package \w+$|^func (?:\(\w+ \*?\w+\) )?\w+\("),
    ("c", r"^#include\s*[<\"]|^int main\("),
    ("php", r"<\?php"),
    ("diff", r"^@@ -\d+|^diff --git "),
    ("javascript", r"^(?:const|let|var) \w+ = |^(?:export |async )*function \w*\(|=> \{$"),
    ("sql", r"^(?i:select\b.+\bfrom|insert into|create table|update \w+ set)\b"),
    ("html", r"^\s*<(?:!doctype|html|head|body|div|span|p|a|ul|script|img|form|svg)\b"),
    ("json", r"^\s*[\[{]\s*$(?:\n\s*[\[{\"}\]])"),
    ("console", r"^\$ \w"),
    ("bash", r"^#!.*\b(?:ba|z)?sh\b"),
    ("css", r"^[.#]?[\w-]+(?: [.#]?[\w-]+)* \{$(?:\n\s+[\w-]+: )"),
)  # fmt: skip
_SIGN_PATTERNS: Final = tuple((name, re.compile(sign, re.MULTILINE)) for name, sign in _SIGNS)
_GUESS_CHARS: Final = 4_000


def guess_language(code: str) -> str:
    """Return the language that a code's beginning shows for sure, or ""."""
    head = code[:_GUESS_CHARS]
    return next((name for name, sign in _SIGN_PATTERNS if sign.search(head)), "")


def colour_block(block: CodeBlock, lines: tuple[Line, ...]) -> Colours:
    """Return the colours of a block that stands in `lines`; none for what is not understood."""
    if len(block.code) > _MAX_CHARS:
        return {}
    source = [line.expandtabs(_TAB).rstrip() for line in block.code.split("\n")]
    parts = _parts_of("\n".join(source), block.language or guess_language(block.code))
    if not parts:
        return {}
    colours: Colours = {}
    number = -1
    shown = 0
    for row in range(block.start, min(block.end, len(lines))):
        texts, start, is_continued = _code_of(lines[row])
        if not is_continued:
            number, shown = number + 1, 0
        if number >= len(source) or source[number][shown : shown + len(texts)] != texts:
            return {}
        end = shown + len(texts)
        for first, last, part in parts.get(number, ()):
            if first < end and last > shown:
                colours.setdefault(row, []).append(
                    (start + max(first, shown) - shown, start + min(last, end) - shown, part)
                )
        shown = end
    return colours


def _code_of(line: Line) -> tuple[str, int, bool]:
    """Return the code in a line, where it begins, and whether it continues the line before."""
    offset = 0
    is_continued = False
    for place, span in enumerate(line.spans):
        if span.style & Style.CODE:
            return "".join(one.text for one in line.spans[place:]), offset, is_continued
        is_continued = span.text == "↪ "
        offset += len(span.text)
    return "", offset, False


@lru_cache(maxsize=32)
def _parts_of(code: str, language: str) -> dict[int, list[tuple[int, int, CodePart]]]:
    """Return line number -> (start, end, part)."""
    if not language:
        return {}
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped, unused-ignore]
    from pygments.util import ClassNotFound  # type: ignore[import-untyped, unused-ignore]

    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return {}
    parts: dict[int, list[tuple[int, int, CodePart]]] = {}
    number = offset = 0
    for token, text in lexer.get_tokens(code):
        part = _part(token)
        for place, piece in enumerate(text.split("\n")):
            if place:
                number, offset = number + 1, 0
            if part is not None and piece.strip():
                parts.setdefault(number, []).append((offset, offset + len(piece), part))
            offset += len(piece)
    return parts


def _part(token: object) -> CodePart | None:
    for name in _names(token):
        if name in _PARTS:
            return _PARTS[name]
    return None


def _names(token: object) -> Iterator[str]:
    """Yield a token type's name, then those of what it is a kind of."""
    names = str(token).removeprefix("Token.").split(".")
    for length in range(len(names), 0, -1):
        yield ".".join(names[:length])


_PARTS: Final[dict[str, CodePart | None]] = {
    "Keyword": "keyword",
    "Operator.Word": "keyword",
    "Name.Tag": "keyword",
    "Literal.String": "string",
    "Literal.Number": "number",
    "Keyword.Constant": "number",
    "Comment": "comment",
    "Comment.Preproc": "keyword",
    "Name.Function": "name",
    "Name.Class": "name",
    "Name.Decorator": "name",
    "Name.Attribute": "name",
    "Name.Builtin": "name",
    "Generic.Inserted": "string",
    "Generic.Deleted": "number",
    "Generic.Heading": "name",
    "Generic.Subheading": "name",
    "Generic.Prompt": "comment",
    "Generic.Output": None,
}
