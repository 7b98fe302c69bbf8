"""The panes on the screen: which are shown at which width, how wide they are, who has focus."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from feedreader.core.query.resolve import Context
from feedreader.tui.chrome import Pane, PaneTitle, Splitter
from feedreader.tui.entry_list import EntryList
from feedreader.tui.feed_tree import FeedTree
from feedreader.tui.prompt import Prompt
from feedreader.tui.search_bar import SearchBar
from feedreader.tui.status import StatusBar
from feedreader.tui.story_view import StoryView

if TYPE_CHECKING:
    from feedreader.tui.app import ReaderApp

_PANES: tuple[Pane, ...] = ("tree", "list", "story")
_THREE_FROM, _TWO_FROM = 110, 70
_STACKED_FROM = 16
"""Lines from which list and story share a screen one above the other."""
_NARROWEST, _LOWEST = 16, 4


class PaneScreen(Screen[None]):
    """Tree, list and story: three, two or one of them at a time."""

    AUTO_FOCUS = "EntryList"
    BINDINGS: ClassVar[list[BindingType]] = []  # the keymap of the registry is the only one
    DEFAULT_CSS = """
    PaneScreen {
        layout: vertical;
        & #panes { height: 1fr; }
        & .pane { height: 1fr; }
        & #right { width: 1fr; layout: horizontal; }
        & #right.-stacked { layout: vertical; }
        & #list-pane { width: 1fr; }
        & #story-pane { width: 1fr; }
        & #right.-stacked #list-pane { width: 100%; }
        & #right.-stacked #story-pane { width: 100%; height: 1fr; }
        & #right.-stacked #list-splitter { display: none; }
        & #status { dock: bottom; }
        & #search { dock: bottom; margin-bottom: 1; }
        & .-off { display: none; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_zen = False
        self._focused_pane: Pane = "list"

    @property
    def reader_app(self) -> ReaderApp:
        """The app, which holds what all screens share."""
        return cast("ReaderApp", self.app)

    def compose(self) -> ComposeResult:
        app = self.reader_app
        ui = app.config.ui
        with Horizontal(id="panes"):
            with Vertical(id="tree-pane", classes="pane"):
                yield PaneTitle("tree", "Feeds")
                yield FeedTree(id="tree")
            yield Splitter("tree")
            with Container(id="right"):
                with Vertical(id="list-pane", classes="pane"):
                    yield PaneTitle("list")
                    yield EntryList(
                        lambda ids: app.reader.summaries(ids),
                        clock=app.clock,
                        zone=app.zone,
                        date_format=ui.date_format,
                        id="list",
                    )
                yield Splitter("list")
                with Vertical(id="story-pane", classes="pane"):
                    yield PaneTitle("story")
                    yield StoryView(
                        width=ui.story_width,
                        clock=app.clock,
                        zone=app.zone,
                        key_of=app.keymap.first_key,
                        env=app.env,
                        id="story",
                    )
        yield SearchBar(self.query_context, id="search")
        yield Prompt(id="prompt")
        yield StatusBar(id="status")

    def query_context(self) -> Context:
        """Return what queries may refer to."""
        raise NotImplementedError

    # --- parts; asked for at every key, so they are found once ---

    def begin(self) -> None:
        """Start once; `on_mount` of a base class would run again for each class below."""
        self.feeds = self.query_one("#tree", FeedTree)
        self.entries = self.query_one("#list", EntryList)
        self.story = self.query_one("#story", StoryView)
        self.search = self.query_one("#search", SearchBar)
        self.prompt = self.query_one("#prompt", Prompt)
        self.status = self.query_one("#status", StatusBar)
        self.titles = {pane: self.query_one(f"#{pane}-title", PaneTitle) for pane in _PANES}
        self.lay_out_panes()

    def pane_widget(self, pane: Pane) -> FeedTree | EntryList | StoryView:
        """Return the widget that has the focus in a pane."""
        if pane == "tree":
            return self.feeds
        return self.entries if pane == "list" else self.story

    @property
    def pane(self) -> Pane:
        """The pane with the focus, or the last one that had it."""
        return self._focused_pane

    def show_titles(self) -> None:
        """Let the titles say what is shown."""

    # --- layout ---

    @property
    def shown_panes(self) -> tuple[Pane, ...]:
        """Which panes the width, the layout setting and the focus give room to."""
        width, height = self.size
        layout = self.reader_app.config.ui.layout
        if self.is_zen:
            return ("story",)
        is_three = layout == "three" or (layout == "auto" and width >= _THREE_FROM)
        if is_three and width >= 3 * _NARROWEST:
            return ("list", "story") if self._hides_tree else _PANES
        is_two = layout in ("two", "three") or (layout == "auto" and width >= _TWO_FROM)
        if is_two and width >= 2 * _NARROWEST:
            if self.pane == "tree":
                return ("tree", "list")
            return ("list", "story") if height >= _STACKED_FROM else (self.pane,)
        return (self.pane,)

    @property
    def _hides_tree(self) -> bool:
        return self.reader_app.state.is_tree_hidden and self.pane != "tree"

    @property
    def is_stacked(self) -> bool:
        """Whether the list stands over the story."""
        shown = self.shown_panes
        return (
            "list" in shown
            and "story" in shown
            and self.size.width < _THREE_FROM
            and self.reader_app.config.ui.layout != "three"
        )

    def lay_out_panes(self) -> None:
        """Show the panes that there is room for, as wide as the user had them."""
        width, height = self.size
        state = self.reader_app.state
        shown = self.shown_panes
        for pane in _PANES:
            self.query_one(f"#{pane}-pane").set_class(pane not in shown, "-off")
            self.titles[pane].set_class(self.is_zen, "-off")
        right = self.query_one("#right")
        right.set_class(shown == ("tree",), "-off")
        right.set_class(self.is_stacked, "-stacked")
        self.query_one("#tree-splitter").set_class("tree" not in shown or len(shown) == 1, "-off")
        self.query_one("#list-splitter").set_class(not {"list", "story"} <= set(shown), "-off")
        self.status.be_quiet(self.is_zen)
        tree_width = state.tree_width or (26 if width < 150 else 30)
        tree_width = max(_NARROWEST, min(tree_width, width - 2 * _NARROWEST))
        self.query_one("#tree-pane").styles.width = "1fr" if shown == ("tree",) else tree_width
        list_pane = self.query_one("#list-pane")
        if "story" not in shown or shown == ("list",):
            list_pane.styles.width, list_pane.styles.height = "1fr", "1fr"
        elif self.is_stacked:
            wanted = state.list_height or max(_LOWEST + 1, round(height * 0.38))
            list_pane.styles.width = "100%"
            list_pane.styles.height = max(_LOWEST, min(wanted, height - 2 * _LOWEST))
        else:
            rest = width - (tree_width + 1 if "tree" in shown else 0)
            wanted = state.list_width or round(rest * 0.45)
            list_pane.styles.width = max(_NARROWEST, min(wanted, rest - _NARROWEST))
            list_pane.styles.height = "1fr"
        self.show_focus()
        self.show_titles()

    def on_resize(self, event: events.Resize) -> None:
        if self.is_mounted:
            self.lay_out_panes()

    def resize_pane(self, cells: int) -> None:
        """Make the pane with the focus wider, or narrower, at the cost of its neighbour."""
        state = self.reader_app.state
        if self.pane == "tree":
            state.tree_width = max(_NARROWEST, self.query_one("#tree-pane").size.width + cells)
        elif "story" in self.shown_panes and "list" in self.shown_panes:
            sign = 1 if self.pane == "list" else -1
            pane = self.query_one("#list-pane")
            if self.is_stacked:
                state.list_height = max(_LOWEST, pane.size.height + sign * (cells // 2))
            else:
                state.list_width = max(_NARROWEST, pane.size.width + sign * cells)
        self.lay_out_panes()

    def on_splitter_dragged(self, event: Splitter.Dragged) -> None:
        left = self.query_one(f"#{event.pane}-pane").region.x
        width = max(_NARROWEST, event.screen_x - left)
        if event.pane == "tree":
            self.reader_app.state.tree_width = width
        else:
            self.reader_app.state.list_width = width
        self.lay_out_panes()

    def on_pane_title_dragged(self, event: PaneTitle.Dragged) -> None:
        if event.pane == "story" and self.is_stacked:
            top = self.query_one("#list-pane").region.y
            self.reader_app.state.list_height = max(_LOWEST, event.screen_y - top)
            self.lay_out_panes()

    # --- focus ---

    def focus_pane(self, pane: Pane) -> None:
        """Give a pane the focus, and room if it has none."""
        self._focused_pane = pane
        self.lay_out_panes()
        self.set_focus(self.pane_widget(pane))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        pane = self.pane_of(event.widget)
        if pane is not None and (self._leaves_lines() or pane != self._focused_pane):
            self._focused_pane = pane
            self.lay_out_panes()
        self.show_focus()

    def _leaves_lines(self) -> bool:
        """Close the lines to type in once a click leads out of them; say whether one was open."""
        if isinstance(self.focused, Input):
            return False  # it was opened since
        was_open = self.search.display or self.prompt.display
        self.search.leave()
        self.prompt.leave()
        return was_open

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        self.show_focus()

    def pane_of(self, widget: Widget | None) -> Pane | None:
        """Return the pane whose widget this is."""
        names: dict[str | None, Pane] = {"tree": "tree", "list": "list", "story": "story"}
        return names.get(widget.id) if widget is not None else None

    def show_focus(self) -> None:
        """Let the titles say which pane has the focus."""
        for pane, title in self.titles.items():
            title.activate(pane == self._focused_pane)

    def next_pane(self, step: int) -> None:
        """Go to the next pane, or the one before, around the end."""
        self.focus_pane(_PANES[(_PANES.index(self.pane) + step) % len(_PANES)])
