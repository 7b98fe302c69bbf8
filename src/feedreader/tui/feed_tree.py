"""The pane of folders, feeds, tags and saved searches, with what is unread in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message

from feedreader.core.text import clean_line
from feedreader.core.width import cell_width
from feedreader.tui.feed_nodes import FeedFacts, Node, build_nodes
from feedreader.tui.line_list import LineList, put

_ICONS = {"all": "≡", "starred": "★", "later": "◷"}


class FeedTree(LineList):
    """Nodes that can be seen, one in a row; folders and headings fold."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "tree--unread",
        "tree--quiet",
        "tree--count",
        "tree--heading",
        "tree--rule",
        "tree--trouble",
    }
    DEFAULT_CSS = """
    FeedTree {
        & > .tree--unread { text-style: bold; }
        & > .tree--quiet { color: $muted; }
        & > .tree--count { color: $accent; }
        & > .tree--heading { color: $muted; text-style: bold; }
        & > .tree--rule { color: $faint; }
        & > .tree--trouble { color: $error; }
    }
    """

    @dataclass
    class Folded(Message):
        """A folder was opened or closed."""

        tree: FeedTree

    @dataclass
    class Dropped(Message):
        """A feed was dragged onto a folder, or onto a node inside one."""

        tree: FeedTree
        dragged: Node
        onto: Node

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.facts = FeedFacts()
        self.collapsed: set[str] = set()
        self.nodes: list[Node] = []
        self._dragged: Node | None = None
        self._dragged_to = -1

    # --- what it shows ---

    def show(self, facts: FeedFacts) -> None:
        """Show these figures; the cursor stays on its node."""
        self.facts = facts
        self._rebuild(self.node.key if self.node else "")

    def _rebuild(self, key: str) -> None:
        self.nodes = build_nodes(self.facts, self.collapsed)
        row = self.find(key)
        if row is not None and row != self.cursor:
            with self.prevent(LineList.Highlighted):
                self.cursor = row
        self.rows_changed()

    @property
    def node(self) -> Node | None:
        """The node under the cursor."""
        return self.nodes[self.cursor] if self.cursor < len(self.nodes) else None

    def find(self, key: str) -> int | None:
        """Return the row of a node, if it can be seen; a feed that moved is found by its id."""
        feed = key.partition("@")[0] + "@"
        by_id = None
        for row, node in enumerate(self.nodes):
            if node.key == key:
                return row
            if by_id is None and node.kind == "feed" and node.key.startswith(feed):
                by_id = row
        return by_id

    def select(self, key: str) -> bool:
        """Put the cursor on a node; say whether it is there."""
        row = self.find(key)
        if row is None:
            return False
        self.move_to(row)
        return True

    # --- folding ---

    def unfold(self) -> bool:
        """Unfold the node under the cursor; say whether it was folded."""
        if self.node and self.node.has_children and self.node.key in self.collapsed:
            self.toggle()
            return True
        return False

    def collapse_or_climb(self) -> bool:
        """Fold the node under the cursor, else go to the one it is in; say if either happened."""
        node = self.node
        if node is None:
            return False
        if node.has_children and node.key not in self.collapsed:
            self.toggle()
            return True
        for row in range(self.cursor - 1, -1, -1):
            above = self.nodes[row]
            if above.kind == "heading" or (above.has_children and above.depth < node.depth):
                self.move_to(row)
                return True
        return False

    def toggle(self) -> None:
        """Fold the node under the cursor, or unfold it."""
        if self.node and self.node.has_children:
            self.collapsed ^= {self.node.key}
            self._rebuild(self.node.key)
            self.post_message(self.Folded(self))

    def next_unread_feed(self, step: int) -> Node | None:
        """Return the next feed below (or above) with something unread, going round."""
        for distance in range(1, len(self.nodes)):
            node = self.nodes[(self.cursor + step * distance) % len(self.nodes)]
            if node.kind == "feed" and node.count:
                return node
        return None

    # --- rows ---

    @property
    def row_count(self) -> int:
        return len(self.nodes)

    def render_row(self, row: int, width: int, base: Style) -> list[Segment]:
        node = self.nodes[row]
        count = f"{node.count:,}" if node.count else ""
        mark = self._mark(node)
        indent = " " * (1 + 2 * node.depth)
        room = width - len(indent) - len(mark) - len(count) - 2
        label = clean_line(node.label)
        if node.kind == "heading":
            style = self.part_style("tree--heading", base)
            rule = "─" * max(0, width - len(mark) - cell_width(label) - 3)
            return [
                Segment(f" {mark}{label} ", style),
                Segment(rule, self.part_style("tree--rule", base)),
                Segment(" ", base),
            ]
        is_lively = bool(node.count) and node.counts_unread
        style = base
        if is_lively and node.kind != "feed":
            style = self.part_style("tree--unread", base)
        elif not is_lively and node.kind in ("folder", "feed"):
            style = self.part_style("tree--quiet", base)
        count_style = self.part_style("tree--count" if is_lively else "tree--quiet", base)
        mark_style = self.part_style("tree--trouble" if node.trouble else "tree--quiet", base)
        return [
            Segment(indent, base),
            Segment(mark, mark_style),
            put(label, max(1, room), style),
            Segment(" ", base),
            Segment(count, count_style),
            Segment(" ", base),
        ]

    def _mark(self, node: Node) -> str:
        if node.has_children:
            return "▸ " if node.key in self.collapsed else "▾ "
        if node.kind == "view":
            return _ICONS[node.key] + " "
        if node.trouble:
            return "! "
        return {"tag": "# ", "search": "/ "}.get(node.kind, "  ")

    # --- the mouse ---

    def on_mouse_down(self, event: events.MouseDown) -> None:
        node = self._node_at(event.y)
        if node is not None and node.kind == "feed":
            self._dragged = node

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._dragged is not None and event.button:
            self._dragged_to = round(self.scroll_y) + event.y

    def on_mouse_up(self, event: events.MouseUp) -> None:
        dragged, self._dragged = self._dragged, None
        onto = self._node_at(event.y)
        if dragged is None or onto is None or self._dragged_to < 0:
            return
        self._dragged_to = -1
        if onto.kind in ("folder", "feed", "heading") and onto.key != dragged.key:
            self.post_message(self.Dropped(self, dragged, onto))

    def _node_at(self, y: int) -> Node | None:
        row = round(self.scroll_y) + y
        return self.nodes[row] if 0 <= row < len(self.nodes) else None

    def on_click(self, event: events.Click) -> None:
        node = self._node_at(event.y)
        if node is None:
            return
        event.prevent_default()
        self.move_to(round(self.scroll_y) + event.y)
        is_on_fold_mark = node.has_children and event.x <= 2 + 2 * node.depth
        if is_on_fold_mark or node.kind == "heading":
            self.toggle()
        elif event.chain > 1:
            self.choose()
