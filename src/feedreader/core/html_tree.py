"""What a tree of HTML says of its code blocks, lists and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborNode

from feedreader.core.text import clean_text

SKIPPED_TAGS: Final = frozenset(
    {"script", "style", "template", "head", "title", "noembed", "noframes", "svg", "textarea", "rp"}
)
MAX_COLUMNS: Final = 24
_LANGUAGE: Final = re.compile(r"(?:lang(?:uage)?-|highlight-source-|brush:)([\w+#.-]+)")
_LONG_CELL: Final = 400
"""Characters; more is prose, not data."""


def code_text(node: LexborNode) -> str:
    """Return what stands in a `pre`, line by line, without blank lines at its ends."""
    parts = []
    for child in node.traverse(include_text=True):
        if child.tag == "-text":
            parts.append(child.text_content or "")
        elif child.tag == "br":
            parts.append("\n")
    return clean_text("".join(parts)).strip("\n").rstrip()


def code_language(node: LexborNode) -> str:
    """Return the language that a `pre`, its `code` or a wrapper names, in lower case, or ""."""
    code = node.css_first("code")
    parent = node.parent
    for one in (node, code, parent, parent.parent if parent is not None else None):
        if one is not None and (match := _LANGUAGE.search(one.attributes.get("class") or "")):
            return match[1].lower()
    return ""


def table_rows(table: LexborNode) -> list[list[LexborNode]]:
    """Return the cells of each row, without those of tables inside."""
    rows = []
    for child in table.iter():
        if child.tag == "tr":
            rows.append(child)
        elif child.tag in ("thead", "tbody", "tfoot"):
            rows += [row for row in child.iter() if row.tag == "tr"]
    return [[cell for cell in row.iter() if cell.tag in ("td", "th")] for row in rows]


def padded_rows(rows: list[list[LexborNode]]) -> list[list[LexborNode | None]]:
    """Return rows of one length: cells that span several columns leave empty ones behind."""
    wide: list[list[LexborNode | None]] = []
    for row in rows:
        cells: list[LexborNode | None] = []
        for cell in row:
            span = min(to_int(cell.attributes.get("colspan"), 1), MAX_COLUMNS)
            cells += [cell, *[None] * (span - 1)]
        wide.append(cells)
    longest = max(map(len, wide), default=0)
    return [cells + [None] * (longest - len(cells)) for cells in wide]


def is_layout_table(table: LexborNode) -> bool:
    """Say whether a table only places things on a page, as old pages and newsletters do."""
    rows = table_rows(table)
    if max(map(len, rows), default=0) < 2:
        return True
    blocks = table.css("table, pre, h1, h2, h3, blockquote, figure, hr, dl")
    if any(block.mem_id != table.mem_id for block in blocks):
        return True
    if table.css_first("th, caption") is not None:
        return False
    return len(rows) < 2 or any(
        len(cell.text(deep=True)) > _LONG_CELL for row in rows for cell in row
    )


def to_int(text: str | None, default: int) -> int:
    """Return an attribute's whole number, or the default."""
    text = (text or "").strip()
    return int(text) if re.fullmatch(r"-?[0-9]{1,9}", text) else default


def item_numbers(node: LexborNode, items: list[LexborNode]) -> Iterator[int]:
    """Yield the number of each item of an `ol` (HTML, "The ol element")."""
    attributes = node.attributes
    is_reversed = "reversed" in attributes
    number = to_int(attributes.get("start"), len(items) if is_reversed else 1)
    for item in items:
        number = to_int(item.attributes.get("value"), number)
        yield number
        number += -1 if is_reversed else 1
