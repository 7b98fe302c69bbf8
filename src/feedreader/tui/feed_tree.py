"""The pane of folders, feeds, tags and saved searches, with what is unread in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.timer import Timer

from feedreader.core.text import clean_line
from feedreader.core.width import cell_width
from feedreader.tui.feed_nodes import FeedFacts, Node, build_nodes
from feedreader.tui.line_list import LineList, put

_EDGE_SCROLL_S = 0.06
_REMOVED = ("feed", "folder", "search")
"""Kinds of nodes that go only because somebody removed them."""
_ICONS = {"all": "≡", "starred": "★", "later": "◷", "muted": "⊘"}


class FeedTree(LineList):
    """Nodes that can be seen, one in a row; folders and headings fold."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "tree--unread",
        "tree--quiet",
        "tree--count",
        "tree--heading",
        "tree--rule",
        "tree--trouble",
        "tree--dragged",
        "tree--target",
    }
    DEFAULT_CSS = """
    FeedTree {
        & > .tree--unread { text-style: bold; }
        & > .tree--quiet { color: $muted; }
        & > .tree--count { color: $accent; }
        & > .tree--heading { color: $muted; text-style: bold; }
        & > .tree--rule { color: $faint; }
        & > .tree--trouble { color: $error; }
        & > .tree--dragged { color: $accent; text-style: italic; }
        & > .tree--target { color: $accent; text-style: bold reverse; }
    }
    """

    @dataclass
    class Folded(Message):
        """A folder was opened or closed."""

        tree: FeedTree

    @dataclass
    class Dragged(Message):
        """A feed is being dragged, over a place where it may be dropped or not."""

        tree: FeedTree
        dragged: Node
        onto: Node | None
        """The folder, or the heading of all feeds."""

    @dataclass
    class Dropped(Message):
        """A feed was dragged onto a folder, or to nowhere: then it stays where it was."""

        tree: FeedTree
        dragged: Node
        onto: Node | None

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.facts = FeedFacts()
        self.collapsed: set[str] = set()
        self.nodes: list[Node] = []
        self._pressed: Node | None = None
        """The feed under the mouse since its button is down."""
        self._dragged: Node | None = None
        self._target: Node | None = None
        self._edge_timer: Timer | None = None
        self._edge_step = 0
        """Which way to scroll while a feed is held at the edge."""
        self._was_dragged = False

    # --- what it shows ---

    def show(self, facts: FeedFacts) -> None:
        """Show these figures; the cursor stays on its node, or goes to one beside it."""
        self.facts = facts
        node = self.node
        self._rebuild(node.key if node else "")
        # Tags and the muted come and go with entries: who reads these is not led elsewhere.
        if node and self.find(node.key) is None and (self.has_focus or node.kind in _REMOVED):
            self.post_message(self.Highlighted(self, self.cursor))

    def _rebuild(self, key: str) -> None:
        self.nodes = build_nodes(self.facts, self.collapsed)
        row = self.find(key)
        if row is None:
            row = min(self.cursor, len(self.nodes) - 1)
            if key and self.nodes[row].kind == "heading":
                row -= 1  # the last of its kind: the one above is nearer than what follows
        if row != self.cursor:
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
        if self._dragged is not None and node.key in (self._dragged.key, _key_of(self._target)):
            return self._render_drag(node, width, base)
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

    def _render_drag(self, node: Node, width: int, base: Style) -> list[Segment]:
        """Return the row of the feed in the hand, or of the folder it would go to."""
        is_target = self._dragged is not None and node.key != self._dragged.key
        style = self.part_style("tree--target" if is_target else "tree--dragged", base)
        sign = "→ " if is_target else "↕ "
        indent = " " * (1 + 2 * node.depth)
        return [put(f"{indent}{sign}{clean_line(node.label)}", width, style)]

    def _mark(self, node: Node) -> str:
        if node.has_children:
            return "▸ " if node.key in self.collapsed else "▾ "
        if node.kind == "view":
            return _ICONS[node.key] + " "
        if node.trouble:
            return "! "
        return {"tag": "# ", "search": "/ ", "edition": "▤ "}.get(node.kind, "  ")

    # --- the mouse ---

    def on_mouse_down(self, event: events.MouseDown) -> None:
        node = self._node_at(event.y)
        self._was_dragged = False
        self._pressed = node if node is not None and node.kind == "feed" else None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._pressed is None or not event.button:
            return
        if self._dragged is None:
            if self._node_at(event.y) is self._pressed:
                return
            self._dragged = self._pressed
            self._edge_timer = self.set_interval(_EDGE_SCROLL_S, self._scroll_at_edge)
            self.capture_mouse()
        self._edge_step = (event.y >= self.size.height - 1) - (event.y <= 0)
        inside = 0 <= event.x < self.size.width
        self._target = self._place_for(self._dragged, event.y) if inside else None
        self.post_message(self.Dragged(self, self._dragged, self._target))
        self.refresh()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if self._dragged is not None:
            self._end_drag(self._target)

    def on_key(self, event: events.Key) -> None:
        if self._dragged is not None:
            # Nothing else is to happen with a feed in the hand.
            event.stop()
            event.prevent_default()
            if event.key == "escape":
                self._end_drag(None)

    def _end_drag(self, onto: Node | None) -> None:
        dragged = self._dragged
        assert dragged is not None
        self.release_mouse()
        if self._edge_timer is not None:
            self._edge_timer.stop()
        self._pressed = self._dragged = self._target = None
        self._was_dragged = True
        self.post_message(self.Dropped(self, dragged, onto))
        self.refresh()

    def _scroll_at_edge(self) -> None:
        if self._edge_step:
            self.scroll_relative(y=self._edge_step, animate=False)

    def _place_for(self, dragged: Node, y: int) -> Node | None:
        """Return the folder at a line, or the heading of all feeds, if the feed may go there."""
        at = self._node_at(y)
        if at is None or at.kind not in ("folder", "feed", "heading"):
            return None
        folder = at.folder
        if (at.kind == "heading" and at.key != "feeds") or folder == dragged.folder:
            return None
        kind = "folder" if folder else "heading"
        return next(
            one
            for one in self.nodes
            if one.kind == kind and one.folder == folder and (folder or one.key == "feeds")
        )

    def _node_at(self, y: int) -> Node | None:
        row = round(self.scroll_y) + y
        return self.nodes[row] if 0 <= row < len(self.nodes) else None

    def on_click(self, event: events.Click) -> None:
        node = self._node_at(event.y)
        event.prevent_default()
        if node is None or self._was_dragged:
            return
        self.move_to(round(self.scroll_y) + event.y)
        is_on_fold_mark = node.has_children and event.x <= 2 + 2 * node.depth
        if is_on_fold_mark or node.kind == "heading":
            self.toggle()
        elif event.chain > 1:
            self.choose()


def _key_of(node: Node | None) -> str:
    return node.key if node is not None else ""
