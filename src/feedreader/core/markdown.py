"""Safe HTML -> Markdown: CommonMark, with the tables, task lists and strikes of GFM.

Text that would be markup is escaped; a paragraph is one line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedreader.core.html_tree import (
    MAX_COLUMNS,
    SKIPPED_TAGS,
    code_language,
    code_text,
    is_layout_table,
    item_numbers,
    padded_rows,
    table_rows,
)
from feedreader.core.links import safe_link
from feedreader.core.text import clean_line, clean_text

_MAX_DEPTH: Final = 100
_BLANKS: Final = re.compile("[ \t\n]+")
# An underscore inside a word is no markup, and "<", "&" only where HTML may begin.
_SPECIAL: Final = re.compile(r"[\\`*\[\]]|(?<!\w)_|_(?!\w)|~(?=~)|<(?=[\w/!?])|&(?=#?\w+;)")
_LINE_START: Final = re.compile(r"^( *)(?:([#>+=-]|~~~)|(\d{1,9})([.)](?=\s|$)))", re.MULTILINE)
_TICKS: Final = re.compile("`+")
_BREAK: Final = "\\\n"

_BLOCK_NAMES: Final = """
    address article aside blockquote body caption center dd details dir div dl dt fieldset
    figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr li main menu nav ol p pre
    section summary table tbody td tfoot th thead tr ul
"""
_BLOCK_TAGS: Final = frozenset(_BLOCK_NAMES.split())
_MARKS: Final = {
    **dict.fromkeys(("b", "strong"), "**"),
    **dict.fromkeys(("i", "em", "cite", "dfn", "var"), "*"),
    **dict.fromkeys(("s", "del", "strike"), "~~"),
}


def to_markdown(html: str) -> str:
    """Return HTML that `clean_html` gave as Markdown, ending in a line feed."""
    body = LexborHTMLParser(html).body
    blocks = _blocks(body, 0) if body is not None else []
    return "\n\n".join(blocks) + "\n" if blocks else ""


def escape_markdown(text: str) -> str:
    """Return plain text of one line as Markdown that shows it."""
    return _escape_starts(_escape(clean_line(text)))


# --- blocks -------------------------------------------------------------------


def _blocks(node: LexborNode, depth: int) -> list[str]:
    blocks: list[str] = []
    inline: list[str] = []

    def end_paragraph() -> None:
        paragraph = _tidy("".join(inline))
        inline.clear()
        if paragraph:
            blocks.append(_escape_starts(paragraph))

    if depth > _MAX_DEPTH:
        return [text] if (text := escape_markdown(node.text(deep=True, separator=" "))) else []
    for child in node.iter(include_text=True, skip_empty=False):
        tag = child.tag or "-"
        if tag in _BLOCK_TAGS:
            end_paragraph()
            blocks += _BLOCK_WRITERS.get(tag, _blocks)(child, depth + 1)
        else:
            inline.append(_inline_node(child, depth + 1))
    end_paragraph()
    return blocks


def _heading(node: LexborNode, depth: int) -> list[str]:
    text = _inline(node, depth).replace(_BREAK, " ").strip()
    return [f"{'#' * int((node.tag or 'h6')[1])} {text}"] if text else []


def _quote(node: LexborNode, depth: int) -> list[str]:
    text = "\n\n".join(_blocks(node, depth))
    return [_prefixed(text, "> ", "> ")] if text else []


def _code_block(node: LexborNode, depth: int) -> list[str]:
    code = code_text(node)
    if not code.strip():
        return []
    fence = "`" * max(3, _longest_ticks(code) + 1)
    return [f"{fence}{code_language(node)}\n{code}\n{fence}"]


def _list(node: LexborNode, depth: int) -> list[str]:
    items = [child for child in node.iter() if child.tag == "li"]
    numbers = item_numbers(node, items) if node.tag == "ol" else None
    written: list[str] = []
    is_loose = False
    for child in node.iter():
        if child.tag != "li":
            # A list right inside a list belongs to the item before it.
            inner = "\n\n".join(_list(child, depth + 1) if child.tag in ("ul", "ol") else [])
            if inner and written:
                written[-1] += "\n" + _prefixed(inner, "  ", "  ")
            continue
        marker = f"{max(0, next(numbers))}. " if numbers else "- "
        blocks = _blocks(child, depth + 1)
        is_loose = is_loose or sum(block[:2] not in ("- ", "1.") for block in blocks) > 1
        separator = "\n\n" if is_loose else "\n"
        text = re.sub("^☑ ", "[x] ", re.sub("^☐ ", "[ ] ", separator.join(blocks)))
        written.append(_prefixed(text, marker, " " * len(marker)))
    return [("\n\n" if is_loose else "\n").join(written)] if written else []


def _rule(node: LexborNode, depth: int) -> list[str]:
    return ["---"]


def _strong_line(node: LexborNode, depth: int) -> list[str]:
    text = _marked(_inline(node, depth).replace(_BREAK, " "), "**").strip()
    return [text] if text else []


def _caption(node: LexborNode, depth: int) -> list[str]:
    text = _marked(_inline(node, depth).replace(_BREAK, " "), "*").strip()
    return [text] if text else []


def _table(node: LexborNode, depth: int) -> list[str]:
    if is_layout_table(node):
        return _blocks(node, depth)
    rows = padded_rows(table_rows(node))
    if len(rows[0]) > MAX_COLUMNS:
        return _blocks(node, depth)
    lines = [[_cell(cell, depth) if cell is not None else "" for cell in row] for row in rows]
    has_head = all(cell is None or cell.tag == "th" for cell in rows[0])
    head, body = (lines[0], lines[1:]) if has_head else ([""] * len(lines[0]), lines)
    rule = ["---"] * len(head)
    table = "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *body))
    captions = [_strong_line(child, depth) for child in node.iter() if child.tag == "caption"]
    return [*(line for caption in captions for line in caption), table]


def _cell(node: LexborNode, depth: int) -> str:
    text = "<br>".join(_blocks(node, depth)).replace(_BREAK, "<br>")
    return _BLANKS.sub(" ", text).replace("|", "\\|")


_BLOCK_WRITERS: Final[dict[str, Callable[[LexborNode, int], list[str]]]] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _heading),
    **dict.fromkeys(("ul", "ol", "menu", "dir"), _list),
    **dict.fromkeys(("dt", "summary"), _strong_line),
    "blockquote": _quote,
    "figcaption": _caption,
    "hr": _rule,
    "pre": _code_block,
    "table": _table,
}


# --- inline -------------------------------------------------------------------


def _inline(node: LexborNode, depth: int) -> str:
    if depth > _MAX_DEPTH:
        return _escape(clean_line(node.text(deep=True, separator=" ")))
    return "".join(
        _inline_node(child, depth + 1) for child in node.iter(include_text=True, skip_empty=False)
    )


def _inline_node(node: LexborNode, depth: int) -> str:
    tag = node.tag or "-"
    if tag == "-text":
        return _escape(_BLANKS.sub(" ", clean_text(node.text_content or "")))
    if tag.startswith("-") or tag in SKIPPED_TAGS:
        return ""
    if tag == "br":
        return _BREAK
    if tag == "img":
        return _image(node)
    if tag in ("code", "kbd", "samp", "tt"):
        return _code(node)
    text = _inline(node, depth)
    if mark := _MARKS.get(tag):
        return _marked(text, mark)
    if tag == "a":
        return _link(node, text)
    if tag in ("sup", "sub") and text.strip():
        return f"<{tag}>{text}</{tag}>"
    if tag == "q":
        return f"“{text}”"
    if tag == "rt":
        return f"({text})"
    # A block where only words may stand, as in a link: keep it apart from its neighbours.
    return f" {text} " if tag in _BLOCK_TAGS else text


def _marked(text: str, mark: str) -> str:
    """Put marks around the words, with white space outside, where Markdown wants it."""
    words = text.strip(" \xa0\\\n")
    if not words:
        return text
    start = text.index(words)
    return f"{text[:start]}{mark}{words}{mark}{text[start + len(words) :]}"


def _link(node: LexborNode, text: str) -> str:
    url = safe_link(node.attributes.get("href") or "")
    if not url:
        return text
    words = _BLANKS.sub(" ", text.replace(_BREAK, " ")).strip()
    if not words:
        return ""
    if "](" in words and not words.startswith("!["):
        return text  # a link inside a link
    return f"{' ' * text.startswith(' ')}[{words}]({_target(url)}){' ' * text.endswith(' ')}"


def _image(node: LexborNode) -> str:
    url = safe_link(node.attributes.get("src") or "")
    alt = _escape(clean_line(node.attributes.get("alt") or ""))
    return f"![{alt}]({_target(url)})" if url else alt


def _code(node: LexborNode) -> str:
    code = clean_line(node.text(deep=True))
    if not code:
        return ""
    ticks = "`" * (_longest_ticks(code) + 1)
    blank = " " if code[0] == "`" or code[-1] == "`" else ""
    return f"{ticks}{blank}{code}{blank}{ticks}"


# --- text ---------------------------------------------------------------------


def _escape(text: str) -> str:
    return _SPECIAL.sub(lambda char: f"\\{char[0]}", text)


def _escape_starts(text: str) -> str:
    """Escape what would open a heading, quote, list, rule or fence at the start of a line."""
    return _LINE_START.sub(
        lambda found: (
            f"{found[1]}{found[3]}\\{found[4]}" if found[3] else f"{found[1]}\\{found[2]}"
        ),
        text,
    )


def _tidy(text: str) -> str:
    lines = [_BLANKS.sub(" ", line).strip(" ") for line in text.split(_BREAK)]
    while lines and not lines[-1].strip():
        lines.pop()
    while lines and not lines[0].strip():
        del lines[0]
    paragraphs = re.split(r"\n{2,}", "\n".join(lines))
    return "\n\n".join(paragraph.replace("\n", _BREAK) for paragraph in paragraphs)


def _target(url: str) -> str:
    return f"<{url}>" if "(" in url or ")" in url else url


def _longest_ticks(text: str) -> int:
    return max(map(len, _TICKS.findall(text)), default=0)


def _prefixed(text: str, first: str, rest: str) -> str:
    lines = text.split("\n")
    return "\n".join(
        f"{first if number == 0 else rest}{line}".rstrip() for number, line in enumerate(lines)
    )
