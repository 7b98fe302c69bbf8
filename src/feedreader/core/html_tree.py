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
_EMPTY_CELLS: Final = 10_000
"""So many, and four for each that was written, a table may be short of."""
_CODE_LINES: Final = frozenset({"div", "p", "li", "tr"})
"""What begins and ends a line of code where it stands in a `pre`."""


def code_text(node: LexborNode) -> str:
    """Return what stands in a `pre`, line by line, without blank lines at its ends."""
    return clean_text("".join(text for text, _ in _code_parts(node))).strip("\n").rstrip()


def code_links(node: LexborNode) -> list[tuple[int, int, str]]:
    """Return (start, end, address) of the links in a `pre`, by offsets in its `code_text`."""
    if node.css_first("a[href]") is None:
        return []
    parts = [(clean_text(text), url) for text, url in _code_parts(node)]
    code = "".join(text for text, _ in parts)
    shift = len(code) - len(code.lstrip("\n"))
    if code.strip("\n").rstrip() != code_text(node):
        return []  # letters that are cleaned by what stands beside them
    links: list[tuple[int, int, str]] = []
    at = -shift
    for text, url in parts:
        start, at = max(0, at), at + len(text)
        if url and links and links[-1][1:] == (start, url):
            links[-1] = (links[-1][0], at, url)  # one link, parted by tags
        elif url and text.strip():
            links.append((start, at, url))
    return links


def _code_parts(code: LexborNode) -> Iterator[tuple[str, str]]:
    """Yield the pieces of text in a `pre`, each with the address that it leads to, or ""."""
    has_lines = code.css_first(", ".join(sorted(_CODE_LINES))) is not None
    link, url = None, ""
    before: str | None = None
    last_line = None
    for node in code.traverse(include_text=True):
        if node.tag == "a":
            link, url = node, node.attributes.get("href") or ""
        if node.tag not in ("br", "-text"):
            continue
        text = "\n" if node.tag == "br" else node.text_content or ""
        if has_lines:
            line = _code_line_of(node, code)
            # A line feed that stands between two lines is the end of the first.
            is_end = line == 0 and text.startswith("\n")
            is_next = before is not None and line != last_line and not before.endswith("\n")
            if is_next and not is_end:
                yield "\n", ""
            last_line = line
        before = text
        yield text, url if link is not None and _is_within(node, link) else ""


def _is_within(node: LexborNode, outer: LexborNode) -> bool:
    at = node.parent
    while at is not None and at.tag != "pre":
        if at.mem_id == outer.mem_id:
            return True
        at = at.parent
    return False


def _code_line_of(node: LexborNode, code: LexborNode) -> int:
    """Return the identity of the innermost line of the code around a node; 0 if none is one."""
    above = node.parent
    while above is not None and above.mem_id != code.mem_id and above.tag not in _CODE_LINES:
        above = above.parent
    return above.mem_id if above is not None and above.tag in _CODE_LINES else 0


def code_language(node: LexborNode) -> str:
    """Return the language that a `pre`, its `code` or a wrapper names, in lower case, or ""."""
    code = node.css_first("code")
    parent = node.parent
    for one in (node, code, parent, parent.parent if parent is not None else None):
        if one is not None and (match := _LANGUAGE.search(one.attributes.get("class") or "")):
            return match[1].lower()
    return ""


def table_rows(table: LexborNode) -> list[list[LexborNode]]:
    """Return the cells of each row, without those of tables inside; the foot comes last."""
    rows: list[LexborNode] = []
    foot: list[LexborNode] = []
    for child in table.iter():
        if child.tag == "tr":
            rows.append(child)
        elif child.tag in ("thead", "tbody", "tfoot"):
            # HTML 4 wanted the foot before the body.
            part = foot if child.tag == "tfoot" else rows
            part += [row for row in child.iter() if row.tag == "tr"]
    return [[cell for cell in row.iter() if cell.tag in ("td", "th")] for row in rows + foot]


def padded_rows(rows: list[list[LexborNode]]) -> list[list[LexborNode | None]]:
    """Return rows of one length: cells that span columns or rows leave empty ones behind.

    Not for layout tables: these may become more cells than memory holds.
    """
    wide: list[list[LexborNode | None]] = []
    free_from: dict[int, int] = {}  # by column: the first row that no cell above reaches
    for number, row in enumerate(rows):
        cells: list[LexborNode | None] = []
        for cell in row:
            while len(cells) < MAX_COLUMNS and free_from.get(len(cells), 0) > number:
                cells.append(None)
            across, down = _span(cell, "colspan"), _span(cell, "rowspan")
            if down != 1:
                end = number + (down or len(rows))
                free_from.update((len(cells) + place, end) for place in range(across))
            cells += [cell, *[None] * (across - 1)]
        wide.append(cells)
    longest = max(map(len, wide), default=0)
    return [cells + [None] * (longest - len(cells)) for cells in wide]


def _span(cell: LexborNode, name: str) -> int:
    span = to_int(cell.attributes.get(name), 1)
    return span if name == "rowspan" else max(1, min(span, MAX_COLUMNS))


def is_layout_table(table: LexborNode) -> bool:
    """Say whether a table only places things on a page, as old pages and newsletters do.

    So is taken what has a few long rows or wide spans, and would be mostly empty cells.
    """
    rows = table_rows(table)
    if max(map(len, rows), default=0) < 2:
        return True
    blocks = table.css("table, pre, h1, h2, h3, blockquote, figure, hr, dl")
    if any(block.mem_id != table.mem_id for block in blocks):
        return True
    written = sum(map(len, rows))
    columns = max(sum(_span(cell, "colspan") for cell in row) for row in rows)
    if any("rowspan" in cell.attributes for row in rows for cell in row):
        columns += MAX_COLUMNS
    if len(rows) * columns > 4 * written + _EMPTY_CELLS:
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
