"""Safe HTML -> lines of styled text with numbered links, wrapped for a terminal's width.

One walk over the tree. Inline content gathers in a `Flow`; where a block ends, the flow is
wrapped and its lines go out behind the prefixes (quote bars, bullets, indents) that are open.
Margins collapse: a block asks for blank lines, and the largest wish before the next line wins.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedreader.core.column import Column
from feedreader.core.document import (
    CodeBlock,
    Document,
    Heading,
    Image,
    Link,
    Span,
    Style,
    to_ansi,
    to_plain,
)
from feedreader.core.flow import Flow
from feedreader.core.html_tree import (
    MAX_COLUMNS,
    SKIPPED_TAGS,
    code_language,
    code_links,
    code_text,
    is_layout_table,
    item_numbers,
    padded_rows,
    table_rows,
)
from feedreader.core.links import safe_link
from feedreader.core.table import Cell, lay_out
from feedreader.core.text import clean_line
from feedreader.core.width import cell_width, cut_to_width, hard_wrap

__all__ = ["DEFAULT_WIDTH", "render", "to_ansi", "to_plain"]

DEFAULT_WIDTH: Final = 80
"""Cells of a readable column: some 12 to 14 words of English."""

_MAX_DEPTH: Final = 120
_TAB: Final = 4
_MAX_NAME: Final = 60
"""Characters of a column's name, where it stands before each of its cells."""
_BULLETS: Final = ("•", "◦", "▪")
_SUPERSCRIPT: Final = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_SUBSCRIPT: Final = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_NUMBER: Final = re.compile(r"[-+−–$€£¥]?\s*\d[\d,.\s']*\s*[%kKMB€$£]?|[-–—]")
_FOOTNOTE_ID: Final = re.compile(r"(?i)_?(?:fn|ftn|foot|note|cite|ref|sdfoot)")
_IMAGE_PATH: Final = re.compile(r"(?i)\.(?:jpe?g|png|gif|webp|avif|svg)$")

_INLINE: Final = {
    **dict.fromkeys(("b", "strong"), Style.BOLD),
    **dict.fromkeys(("i", "em", "cite", "dfn", "var"), Style.ITALIC),
    **dict.fromkeys(("code", "kbd", "samp", "tt"), Style.CODE),
    **dict.fromkeys(("u", "ins"), Style.UNDERLINE),
    "mark": Style.MARK,
    "small": Style.DIM,
}
_TIGHT_BLOCKS: Final = """
    div section article header footer main nav aside center hgroup address dir caption tr td th
    form fieldset
"""
# Blocks by the blank lines around them.
_BLOCKS: Final = {
    **dict.fromkeys(("p", "dl"), 1),
    **dict.fromkeys(_TIGHT_BLOCKS.split(), 0),
}
_LINE_NUMBERS: Final = re.compile(r"\s*\d+(?:\s+\d+)+\s*")
_ORDINALS: Final = frozenset(
    {"st", "nd", "rd", "th", "er", "re", "e", "o", "a", "º", "ª", "TM", "SM", "tm", "sm"}
)
_PERMALINK_SIGNS: Final = frozenset("#¶§⚓🔗∞")
_PERMALINK_WORDS: Final = re.compile(
    r"(?:perma(?:nent )?link|(?:direct|section|copy) link|link to (?:this|the)|anchor)\b",
    re.IGNORECASE,
)


def render(html: str, *, width: int = DEFAULT_WIDTH) -> Document:
    """Return HTML that `clean_html` gave as lines of at most `width` cells (4 or more)."""
    width = max(4, width)
    walker = _Walker(Column(width))
    tree = LexborHTMLParser(html)
    if " id=" in html:
        walker.known_ids = {node.id for node in tree.css("[id]") if node.id}
    if tree.body is not None:
        walker.walk(tree.body)
    return walker.document()


@dataclass(frozen=True, slots=True)
class _Look:
    """What inline content inherits."""

    style: Style = Style.PLAIN
    link: int = 0
    anchor: str = ""

    def plus(self, style: Style) -> _Look:
        return _Look(self.style | style, self.link, self.anchor)


@dataclass(slots=True)
class _OpenLink:
    """A link being walked; its number shows once, after its first words."""

    url: str
    number: int = 0
    text: list[str] = field(default_factory=list)
    is_numbered: bool = False


class _Walker:
    def __init__(self, column: Column) -> None:
        self.known_ids: set[str] = set()
        self._column = column
        self._links: dict[str, Link] = {}
        self._images: list[Image] = []
        self._headings: list[Heading] = []
        self._code_blocks: list[CodeBlock] = []
        self._anchors: dict[str, int] = {}
        self._abbreviations: set[str] = set()
        self._flow = Flow()
        self._flow_images: list[Image] = []
        self._depth = 0
        self._list_depth = 0
        self._is_flat = False
        """In a table cell blocks are lines of one flow."""
        self._open_link: _OpenLink | None = None
        self._is_in_heading = False
        self._heading_ids: set[str] = set()
        """The ids in the heading being walked: its links to them lead nowhere else."""
        self._script: dict[int, int] | None = None
        """Superscript or subscript letters, while inside such an element."""

    def document(self) -> Document:
        return Document(
            width=self._column.width,
            lines=tuple(self._column.lines),
            links=tuple(self._links.values()),
            images=tuple(self._images),
            headings=tuple(self._headings),
            code_blocks=tuple(self._code_blocks),
            anchors=self._anchors,
        )

    def walk(self, body: LexborNode) -> None:
        self._children(body, _Look())
        self._flush()
        self._place_ids(max(0, len(self._column.lines) - 1))

    # --- lines ---------------------------------------------------------------

    def _flush(self) -> None:
        """Wrap the inline content gathered so far and send its lines out."""
        flow = self._flow
        if flow.is_blank():
            if "\n" in flow.text:
                self._column.ask_gap(1)
                self._flow = Flow()
                self._flow.ids = [(0, name) for _, name in flow.ids]
            return
        self._show_link_number()
        self._flow = Flow()
        images, self._flow_images = self._flow_images, []
        is_picture = bool(images) and flow.is_only(Style.IMAGE | Style.LINK_NUMBER)
        if is_picture:
            self._column.ask_gap(1)
        starts: list[tuple[int, int]] = []
        for offset, spans in flow.wrap(self._column.room):
            self._column.add(spans)
            starts.append((offset, len(self._column.lines) - 1))
        for offset, name in flow.ids:
            place = bisect_right(starts, (offset, len(self._column.lines)))
            self._anchors.setdefault(name, starts[max(0, place - 1)][1])
        self._images += [image._replace(line=starts[0][1]) for image in images]
        if is_picture:
            self._column.ask_gap(1)

    def _place_ids(self, line: int) -> None:
        """Let the ids that stand before a table, code block or the end lead to this line."""
        for _, name in self._flow.ids:
            self._anchors.setdefault(name, line)
        self._flow.ids.clear()

    def _end_block(self, gap: int = 0) -> None:
        if self._is_flat:
            self._flow.end_line()
            return
        self._flush()
        if gap:
            self._column.ask_gap(gap)

    def _indented(self, node: LexborNode, look: _Look, indent: Span) -> None:
        if self._is_flat or not self._column.open(indent, indent, is_bullet=False):
            self._children(node, look)
            self._end_block()
            return
        self._children(node, look)
        self._flush()
        self._column.close()

    # --- nodes ---------------------------------------------------------------

    def _children(self, node: LexborNode, look: _Look) -> None:
        for child in node.iter(include_text=True, skip_empty=False):
            self._node(child, look)

    def _node(self, node: LexborNode, look: _Look) -> None:
        tag = node.tag or "-"
        if tag == "-text":
            self._text(node.text_content or "", look)
            return
        if tag.startswith("-") or tag in SKIPPED_TAGS:
            return
        if self._depth >= _MAX_DEPTH:
            self._text(node.text(deep=True, separator=" "), look)
            return
        self._depth += 1
        if self.known_ids and node.id:
            if tag in _BLOCKS or tag in _HANDLERS:
                self._flow.end_line() if self._is_flat else None
            self._flow.mark(node.id)
        style = _INLINE.get(tag)
        if style is not None:
            self._children(node, look.plus(style))
        elif (gap := _BLOCKS.get(tag)) is not None:
            self._end_block(gap)
            self._children(node, look)
            self._end_block(gap)
        elif handler := _HANDLERS.get(tag):
            handler(self, node, look)
        else:
            self._children(node, look)
        self._depth -= 1

    def _text(self, text: str, look: _Look) -> None:
        if self._script:
            text = text.translate(self._script)
        if self._open_link:
            self._open_link.text.append(text)
        self._flow.add(text, look.style, look.link, look.anchor)

    # --- inline --------------------------------------------------------------

    def _link(self, node: LexborNode, look: _Look) -> None:
        attributes = node.attributes
        if name := attributes.get("name"):
            self._flow.mark(clean_line(name))
        url = attributes.get("href") or ""
        fragment = url.partition("#")[2]
        if fragment and self._is_permalink(node):
            return
        if fragment in self._heading_ids:
            self._children(node, look)
            return
        is_note = url.startswith("#") or _FOOTNOTE_ID.match(fragment) is not None
        if is_note and fragment in self.known_ids:
            self._children(node, _Look(look.style | Style.LINK, 0, fragment))
            return
        url = safe_link(url)
        if not url or look.link:
            self._children(node, look)
            return
        images = node.css("img") if node.css_first("img") else []
        if images and not node.text(deep=True).strip() and self._is_picture_of(url, images):
            # A thumbnail that leads to its large version: one picture, one number.
            self._image_at(images[0].attributes, look, url)
            return
        is_known = url in self._links
        number = self._number(url, "")
        if node.text(deep=True).startswith("▶ "):  # a player, as cleaning left it
            self._flow.part()
        outer, self._open_link = self._open_link, _OpenLink(url, number)
        self._children(node, _Look(look.style | Style.LINK, number, ""))
        self._show_link_number()
        link, self._open_link = self._open_link, outer
        if not self._links[url].text:
            self._links[url] = Link(number, url, clean_line("".join(link.text)))
        if not is_known and not link.is_numbered and len(self._links) == number:
            del self._links[url]  # nothing to see, nothing to open

    def _is_permalink(self, node: LexborNode) -> bool:
        """Say whether a link to a fragment is the sign by which sites offer its address."""
        text = clean_line(node.text(deep=True)).strip("[]()\u200b\ufe0f ")
        if text and _PERMALINK_SIGNS.issuperset(text):
            return True
        return self._is_in_heading and _PERMALINK_WORDS.match(text) is not None

    def _is_picture_of(self, url: str, images: list[LexborNode]) -> bool:
        path = urlsplit(url).path
        return len(images) == 1 and (
            _IMAGE_PATH.search(path) is not None or images[0].attributes.get("src") == url
        )

    def _show_link_number(self) -> None:
        link = self._open_link
        if link is None or link.is_numbered or not "".join(link.text).strip():
            return
        link.is_numbered = True
        self._flow.add(f"[{link.number}]", Style.LINK_NUMBER, link.number)

    def _image(self, node: LexborNode, look: _Look) -> None:
        attributes = node.attributes
        self._image_at(attributes, look, attributes.get("src") or "")

    def _image_at(self, attributes: dict[str, str | None], look: _Look, url: str) -> None:
        url = safe_link(url)
        alt = clean_line(attributes.get("alt") or attributes.get("title") or "")
        if alt and not any(char.isalnum() for char in alt) and len(alt) <= 8:
            self._text(alt, look)  # a smiley
            return
        if not url:
            return
        if self._images_of_flow_or_last() == url:
            return  # the copy for browsers without scripts
        if self._open_link:
            self._open_link.text.append(alt or "image")
        number = self._number(url, alt)
        self._flow_images.append(Image(number, url, alt, 0))
        label = f"image: {alt}" if alt else f"image: {_file_name(url)}".removesuffix(": ")
        style = look.style | Style.IMAGE
        self._flow.part()
        self._flow.add(f"[{label}]", style, look.link or number)
        if number != look.link:
            self._flow.add(f"[{number}]", Style.LINK_NUMBER, number)

    def _number(self, url: str, text: str) -> int:
        """Return the number of a safe link; one that is new gets the next."""
        if url not in self._links:
            self._links[url] = Link(len(self._links) + 1, url, text)
        return self._links[url].number

    def _images_of_flow_or_last(self) -> str:
        images = self._flow_images or self._images
        return images[-1].url if images else ""

    def _line_break(self, node: LexborNode, look: _Look) -> None:
        self._flow.break_line()

    def _raised(self, node: LexborNode, look: _Look) -> None:
        self._shifted(node, look, _SUPERSCRIPT, "^")

    def _lowered(self, node: LexborNode, look: _Look) -> None:
        self._shifted(node, look, _SUBSCRIPT, "_")

    def _shifted(self, node: LexborNode, look: _Look, letters: dict[int, int], mark: str) -> None:
        text = node.text(deep=True).strip()
        outer = self._script
        if text and all(ord(char) in letters or char == " " for char in text):
            self._script = letters
        elif 0 < len(text) <= 12 and text[0].isalnum() and text not in _ORDINALS:
            self._text(mark if len(text) == 1 else f"{mark}(", look)
            self._children(node, look)
            self._text("" if len(text) == 1 else ")", look)
            return
        self._children(node, look)
        self._script = outer

    def _deleted(self, node: LexborNode, look: _Look) -> None:
        # Without colours, words that no longer hold must not read like the others.
        self._text("~~", look)
        self._children(node, look.plus(Style.STRIKE))
        self._text("~~", look)

    def _quoted(self, node: LexborNode, look: _Look) -> None:
        self._text("“", look)
        self._children(node, look)
        self._text("”", look)

    def _abbreviation(self, node: LexborNode, look: _Look) -> None:
        self._children(node, look)
        title = clean_line(node.attributes.get("title") or "")
        if title and title not in self._abbreviations and title != node.text(deep=True).strip():
            self._abbreviations.add(title)
            self._text(f" ({title})", look)

    def _ruby_text(self, node: LexborNode, look: _Look) -> None:
        self._text("(", look)
        self._children(node, look)
        self._text(")", look)

    # --- blocks --------------------------------------------------------------

    def _heading(self, node: LexborNode, look: _Look) -> None:
        outer = self._is_in_heading, self._heading_ids
        self._is_in_heading, self._heading_ids = True, _names_in(node)
        self._heading_lines(node, look)
        self._is_in_heading, self._heading_ids = outer

    def _heading_lines(self, node: LexborNode, look: _Look) -> None:
        level = int((node.tag or "h6")[1])
        self._end_block(2 if level <= 2 else 1)
        if self._is_flat:
            self._children(node, look.plus(Style.BOLD))
            self._end_block()
            return
        lead = {3: "── ", 4: "─ "}.get(level, "· ")
        is_led = level > 2 and self._column.open(
            Span(lead, Style.FRAME), Span(" " * len(lead)), is_bullet=False
        )
        before = len(self._column.lines)
        self._children(node, look.plus(Style.HEADING))
        text = clean_line(self._flow.text)
        self._flush()
        if is_led:
            self._column.close()
        if len(self._column.lines) == before:
            return
        start = next(
            i for i in range(before, len(self._column.lines)) if self._column.lines[i].text.strip()
        )
        if text:
            self._headings.append(Heading(start, level, text))
        if level <= 2:
            indent = self._column.width - self._column.room
            widest = max(cell_width(line.text) for line in self._column.lines[start:]) - indent
            self._column.add((Span("═─"[level - 1] * max(1, widest), Style.FRAME),))
        self._column.ask_gap(1)

    def _quote(self, node: LexborNode, look: _Look) -> None:
        self._end_block(1)
        self._indented(node, look.plus(Style.QUOTE), Span("│ ", Style.FRAME))
        self._end_block(1)

    def _rule(self, node: LexborNode, look: _Look) -> None:
        self._end_block(1)
        if self._is_flat:
            return
        room = self._column.room
        length = max(1, room // 3)
        blanks = " " * ((room - length) // 2)
        self._column.add((Span(blanks), Span("─" * length, Style.FRAME)))
        self._column.ask_gap(1)

    def _list(self, node: LexborNode, look: _Look) -> None:
        items = [child for child in node.iter() if child.tag == "li"]
        is_loose = any(sum(child.tag == "p" for child in item.iter()) > 1 for item in items)
        is_nested = self._list_depth > 0
        self._end_block(0 if is_nested else 1)
        markers = _markers(node, items, _BULLETS[min(self._list_depth, len(_BULLETS) - 1)])
        self._list_depth += 1
        is_first = True
        for child in node.iter(include_text=True, skip_empty=False):
            if child.tag != "li":
                self._node(child, look)
                continue
            self._end_block()
            if not is_first or is_nested:
                self._column.set_gap(1 if is_loose and not is_first else 0)
            self._item(child, look, next(markers))
            is_first = False
        self._list_depth -= 1
        self._end_block(0 if is_nested else 1)

    def _item(self, node: LexborNode, look: _Look, marker: str) -> None:
        if self.known_ids and node.id:
            self._flow.mark(node.id)
        words = node.child.text_content if node.child is not None else None
        if words and words.lstrip()[:1] in ("☐", "☑"):
            marker = ""  # a task list: the box is the bullet
        if self._is_flat or not self._column.open(
            Span(marker, Style.FRAME), Span(" " * len(marker))
        ):
            self._flow.add(marker, Style.FRAME)
            self._children(node, look)
            self._end_block()
            return
        self._children(node, look)
        self._flush()
        self._column.close()

    def _stray_item(self, node: LexborNode, look: _Look) -> None:
        self._end_block()
        self._item(node, look, f"{_BULLETS[0]} ")

    def _term(self, node: LexborNode, look: _Look) -> None:
        self._end_block(0)
        self._children(node, look.plus(Style.BOLD))
        self._end_block()

    def _definition(self, node: LexborNode, look: _Look) -> None:
        self._end_block()
        self._column.set_gap(0)
        self._indented(node, look, Span("    "))
        self._end_block(1)

    def _details(self, node: LexborNode, look: _Look) -> None:
        self._end_block(1)
        for child in node.iter():
            if child.tag == "summary":
                self._summary_line(child, look)
        self._indented(node, look, Span("  "))
        self._end_block(1)

    def _summary(self, node: LexborNode, look: _Look) -> None:
        """Its details, if it has any, have shown it before their indent."""
        if node.parent is None or node.parent.tag != "details":
            self._summary_line(node, look)

    def _summary_line(self, node: LexborNode, look: _Look) -> None:
        self._end_block()
        self._flow.add("▾ ", Style.FRAME)
        self._children(node, look.plus(Style.BOLD))
        self._end_block(1)

    def _figure(self, node: LexborNode, look: _Look) -> None:
        self._end_block(1)
        self._children(node, look)
        self._end_block(1)

    def _caption(self, node: LexborNode, look: _Look) -> None:
        self._end_block()
        self._column.set_gap(0)
        self._children(node, look.plus(Style.ITALIC | Style.DIM))
        self._end_block()

    def _preformatted(self, node: LexborNode, look: _Look) -> None:
        code = code_text(node)
        if self._is_flat:
            for line in code.split("\n"):
                self._flow.end_line()
                self._flow.add(line, look.style | Style.CODE)
            self._flow.end_line()
            return
        if _LINE_NUMBERS.fullmatch(code) or not code.strip():
            return
        self._end_block(1)
        indent = Span("  ")
        is_indented = self._column.open(indent, indent)
        starts = []
        links = [
            (first, last, self._number(url, clean_line(code[first:last])))
            for first, last, address in code_links(node)
            if (url := safe_link(address))
        ]
        lines = code.split("\n")
        for line, here in zip(lines, _links_by_line(lines, links), strict=True):
            for spans in self._code_line(line.expandtabs(_TAB).rstrip(), here):
                self._column.add(spans)
                starts.append(len(self._column.lines) - 1)
        start = starts[0]
        if is_indented:
            self._column.close()
        self._code_blocks.append(
            CodeBlock(start, len(self._column.lines), code_language(node), code)
        )
        self._column.ask_gap(1)

    def _code_line(self, line: str, links: list[_Place]) -> Iterator[tuple[Span, ...]]:
        """Yield the lines that a line of code takes.

        The numbers of its links stand nowhere: it would not be the code any more.
        """
        room = self._column.room
        if cell_width(line) <= room:
            yield tuple(_code_spans(line, 0, len(line), links))
            return
        for number, (first, last) in enumerate(hard_wrap(line, room, room - 2)):
            mark = (Span("↪ ", Style.FRAME),) if number else ()
            yield (*mark, *_code_spans(line, first, last, links))

    # --- tables --------------------------------------------------------------

    def _table(self, node: LexborNode, look: _Look) -> None:
        self._end_block(1)
        if self._is_flat or is_layout_table(node):
            self._children(node, look)
            self._end_block(1)
            return
        for caption in node.iter():
            if caption.tag == "caption":
                self._children(caption, look.plus(Style.BOLD))
                self._flush()
        rows = [[self._cell(cell, look) for cell in row] for row in padded_rows(table_rows(node))]
        used = [
            place
            for place, column in enumerate(zip(*rows, strict=True))
            if not all(cell.flow.is_blank() for cell in column)
        ]
        rows = [[row[place] for place in used] for row in rows]
        rows = [row for row in rows if not all(cell.flow.is_blank() for cell in row)]
        if not rows:
            return
        before = len(self._column.lines)
        lines = lay_out(rows, self._column.room) if len(used) <= MAX_COLUMNS else None
        if lines is None:
            self._stacked(rows)
        for line in lines or ():
            self._column.add(line)
        first = min(before + 1, len(self._column.lines) - 1) if before else 0
        self._place_ids(first)
        images, self._flow_images = self._flow_images, []
        self._images += [image._replace(line=first) for image in images]
        self._column.ask_gap(1)

    def _cell(self, node: LexborNode | None, look: _Look) -> Cell:
        outer, self._flow, self._is_flat = self._flow, Flow(), True
        is_header = node is not None and node.tag == "th"
        if node is not None:
            if self.known_ids and node.id:
                outer.mark(node.id)
            self._children(node, look.plus(Style.BOLD) if is_header else look)
        flow, self._flow, self._is_flat = self._flow, outer, False
        outer.ids += [(outer.length, name) for _, name in flow.ids]
        text = flow.text.strip()
        is_right = not is_header and len(text) <= 20 and _NUMBER.fullmatch(text) is not None
        return Cell(flow, is_header, is_right)

    def _stacked(self, rows: list[list[Cell]]) -> None:
        """Show a table too wide for columns: each row as a paragraph, a cell on each line."""
        names = [cell.flow.text.strip() for cell in rows[0]]
        is_head = all(cell.is_header or cell.flow.is_blank() for cell in rows[0])
        # A long one names nothing, and repeated in each row it would be most of the text.
        if len(rows) > 1 and is_head and max(map(len, names)) <= _MAX_NAME:
            rows = rows[1:]
        else:
            names = [""] * len(names)
        for row in rows:
            for name, cell in zip(names, row, strict=True):
                if cell.flow.is_blank():
                    continue
                if name:
                    self._flow.add(f"{name}: ", Style.BOLD)
                self._flow.join(cell.flow)
                self._flush()
            self._column.ask_gap(1)


_Place = tuple[int, int, int]
"""(start, end, number) of a link in code. They stand in order, and many may: see each once."""


def _links_by_line(lines: list[str], links: list[_Place]) -> Iterator[list[_Place]]:
    """Yield the links of each line, by offsets in the line with blanks for its tabs."""
    left = deque(links)
    begin = 0
    for line in lines:
        end = begin + len(line)
        here: list[_Place] = []
        at = column = 0
        while left and left[0][0] < end:
            first, last, number = left[0]
            spots = []
            for spot in (max(first, begin) - begin, min(last, end) - begin):
                lead = column % _TAB
                column += len((" " * lead + line[at:spot]).expandtabs(_TAB)) - lead
                at = spot
                spots.append(column)
            here.append((spots[0], spots[1], number))
            if last > end:
                break  # it goes on in the next line
            left.popleft()
        yield here
        begin = end + 1


def _code_spans(line: str, first: int, last: int, links: list[_Place]) -> Iterator[Span]:
    """Yield a piece of a line of code, parted where links begin and end."""
    at = first
    for place in range(bisect_right(links, first, key=itemgetter(1)), len(links)):
        start, end, number = links[place]
        if start >= last:
            break
        start, end = max(start, at), min(end, last)
        if at < start:
            yield Span(line[at:start], Style.CODE)
        if start < end:
            yield Span(line[start:end], Style.CODE | Style.LINK, number)
        at = max(at, end)
    if at < last:
        yield Span(line[at:last], Style.CODE)


_Handler = Callable[[_Walker, LexborNode, _Look], None]
_HANDLERS: Final[dict[str, _Handler]] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _Walker._heading),
    **dict.fromkeys(("ul", "ol", "menu"), _Walker._list),
    **dict.fromkeys(("s", "del", "strike"), _Walker._deleted),
    **dict.fromkeys(("abbr", "acronym"), _Walker._abbreviation),
    "a": _Walker._link,
    "blockquote": _Walker._quote,
    "br": _Walker._line_break,
    "dd": _Walker._definition,
    "details": _Walker._details,
    "dt": _Walker._term,
    "figcaption": _Walker._caption,
    "figure": _Walker._figure,
    "hr": _Walker._rule,
    "img": _Walker._image,
    "li": _Walker._stray_item,
    "pre": _Walker._preformatted,
    "q": _Walker._quoted,
    "rt": _Walker._ruby_text,
    "sub": _Walker._lowered,
    "summary": _Walker._summary,
    "sup": _Walker._raised,
    "table": _Walker._table,
}


def _markers(node: LexborNode, items: list[LexborNode], bullet: str) -> Iterator[str]:
    """Yield what stands before each item of a list (HTML, "The ol element")."""
    if node.tag != "ol":
        yield from [f"{bullet} "] * len(items)
        return
    kind = node.attributes.get("type") or "1"
    labels = [f"{_numeral(number, kind)}." for number in item_numbers(node, items)]
    longest = max(map(len, labels), default=0)
    yield from (f"{label:>{longest}} " for label in labels)


def _numeral(number: int, kind: str) -> str:
    if kind in ("a", "A") and number > 0:
        letters = ""
        while number:
            number, rest = divmod(number - 1, 26)
            letters = chr(ord(kind) + rest) + letters
        return letters
    if kind in ("i", "I") and 0 < number < 4000:
        roman = ""
        for value, letters in _ROMAN:
            count, number = divmod(number, value)
            roman += letters * count
        return roman if kind == "I" else roman.lower()
    return str(number)


_ROMAN: Final = (
    *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L")),
    *((40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
)


def _names_in(node: LexborNode) -> set[str]:
    """Return the names that links may use for an element or what is in it."""
    named = [node, *node.css("[id], a[name]")]
    return {name for one in named for name in (one.id, one.attributes.get("name")) if name}


def _file_name(url: str) -> str:
    name = clean_line(unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2]))
    return cut_to_width(name, 40)
