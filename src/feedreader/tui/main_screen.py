"""The main screen: one dispatcher from keys to actions, and the actions of the program."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import events
from textual.timer import Timer
from textual.widgets import Input

from feedreader.errors import ExtractionFailed, FeedreaderError, FetchError
from feedreader.model import StoredEntry
from feedreader.reader import Reader
from feedreader.tui.card_actions import CardActions
from feedreader.tui.commands import COUNTED, Command, find_commands
from feedreader.tui.doctor_actions import DoctorActions
from feedreader.tui.edition_actions import EditionActions
from feedreader.tui.hook_actions import HookActions
from feedreader.tui.line_list import LineList
from feedreader.tui.picture_actions import PictureActions
from feedreader.tui.rule_actions import RuleActions
from feedreader.tui.state import Group
from feedreader.tui.statistics_actions import StatisticsActions
from feedreader.tui.status import Hint, StatusBar
from feedreader.tui.story_view import StoryView

if TYPE_CHECKING:
    from feedreader.tui.keymap import Chord

_NUMBER_WAIT_S = 0.7
_MOST_STEPS = 9999


class MainScreen(
    DoctorActions,
    EditionActions,
    HookActions,
    StatisticsActions,
    RuleActions,
    CardActions,
    PictureActions,
):
    """Three panes, a filter, a status line; all that keys do starts here."""

    def __init__(self) -> None:
        super().__init__()
        self._pending: Chord = ()
        self._number = ""
        self._number_timer: Timer | None = None

    def on_mount(self) -> None:
        self.begin()
        self.focus_pane("list")
        self.show_hints()

    # --- keys ---

    def on_key(self, event: events.Key) -> None:
        """Find what a key means in the pane that has the focus, and do it."""
        if self.app.screen is not self or isinstance(self.focused, Input):
            self._take_typed_ahead(event)
            return
        event.stop()
        event.prevent_default()
        key = _name_of(event)
        if self._takes_digit(key):
            return
        count, self._number = min(int(self._number or 1), _MOST_STEPS), ""
        chord = (*self._pending, key)
        keymap = self.reader_app.keymap
        command = keymap.find(self.pane, chord)
        if command is None and keymap.is_prefix(self.pane, chord):
            self._pending = chord
            self.show_hints()
            return
        was_pending, self._pending = bool(self._pending), ()
        if command is not None:
            self.status.hush()
            self.run_command(command, count)
        elif was_pending and key != "escape":
            self.say(f"{' '.join(chord)} means nothing here.")
        elif key == "ctrl+c" and (quits := keymap.first_key("app.quit")):
            self.say(f"{quits} quits.")  # what ends other programs shall not seem to be dead here
        self.show_hints()

    def _take_typed_ahead(self, event: events.Key) -> None:
        """Keep a key off the panes that was on its way to them when a line or dialog opened.

        Who types fast after `/` means the line: the letter goes there. A dialog is not ready
        for it yet, so it is dropped.
        """
        if self.app.screen is not self:
            event.stop()
            event.prevent_default()
        elif isinstance(self.focused, Input) and event.is_printable and event.character:
            event.stop()
            event.prevent_default()
            self.focused.insert_text_at_cursor(event.character)

    def _takes_digit(self, key: str) -> bool:
        """Take a digit: in the story the number of a link, elsewhere how often to do it."""
        if self._pending or not (key.isascii() and key.isdigit()):
            return self._ends_number(key)
        if key == "0" and not self._number:
            return False
        if self.reader_app.keymap.find(self.pane, (key,)) is not None:
            return False
        self._number += key
        if self.pane == "story":
            self._await_link()
        return True

    def _await_link(self) -> None:
        """Open the link as soon as no further digit can make another number."""
        if self._number_timer is not None:
            self._number_timer.stop()
        count = len(self.story.links)
        if int(self._number) * 10 > count:
            self._open_numbered()
        else:
            self.say(f"Link {self._number}…")
            self._number_timer = self.set_timer(_NUMBER_WAIT_S, self._open_numbered)

    def _ends_number(self, key: str) -> bool:
        if not self._number or self.pane != "story":
            return False
        if self._number_timer is not None:
            self._number_timer.stop()
        if key == "enter":
            self._open_numbered()
            return True
        self._number = ""
        return False

    def _open_numbered(self) -> None:
        number, self._number = int(self._number or 0), ""
        links = self.story.links
        if 1 <= number <= len(links):
            link = links[number - 1]
            self.say(f"Opening {link.url}")
            self.open_url(link.url, link.text)
        else:
            self.say(f"There is no link {number}.")

    def run_command(self, command: Command, count: int = 1) -> None:
        """Do what a command says, so many times if it can be counted."""
        if command.needs_entry and self.current_entry() is None:
            self.say("There is no entry here.")
            return
        if command.name.startswith("share."):
            self.share(command.name.removeprefix("share."))
            return
        if command.name.startswith("macro."):
            self._run_macro(command.name.removeprefix("macro."))
            return
        act = getattr(self, command.method)
        if command.name in COUNTED:
            act(count)
        else:
            act()

    def _run_macro(self, name: str) -> None:
        """Do the commands of a macro until one asks for more: a dialog, or a line to type in."""
        for step in dict(self.reader_app.config.macros)[name]:
            self.run_named(step)
            if self.app.screen is not self or isinstance(self.focused, Input):
                return

    def run_named(self, name: str) -> None:
        """Do what the command of a name does: for clicks and the palette."""
        command = next(one for one in self.reader_app.keymap.commands if one.name == name)
        if self.pane not in command.contexts:
            self.focus_pane(command.contexts[0])
        self.run_command(command)

    def show_hints(self) -> None:
        """Show the keys that matter in this pane, or that may follow the ones pressed."""
        keymap = self.reader_app.keymap
        if self.search.display:
            self.status.hint(
                [Hint("tab", "completes"), Hint("enter", "keeps"), Hint("esc", "drops")]
            )
            return
        if self._pending:
            following = keymap.following(self.pane, self._pending)
            self.status.hint([Hint(key, one.help.lower(), one.name) for key, one in following])
            return
        hints = [
            Hint(keys[0], command.label, command.name)
            for command in find_commands(keymap.commands, self.pane)
            if command.label and (keys := keymap.keys(command))
        ]
        first = ("app.help", "read.on", "move.in")
        self.status.hint(
            sorted(
                hints, key=lambda hint: -first.index(hint.command) if hint.command in first else 1
            )
        )

    def lay_out_panes(self) -> None:
        super().lay_out_panes()
        self.show_hints()

    def on_status_bar_clicked(self, event: StatusBar.Clicked) -> None:
        self.run_named(event.command)

    # --- moving ---

    def action_move_down(self, count: int = 1) -> None:
        self.pane_widget(self.pane).move_by(count)

    def action_move_up(self, count: int = 1) -> None:
        self.pane_widget(self.pane).move_by(-count)

    def action_move_half_down(self) -> None:
        self._page(0.5)

    def action_move_half_up(self) -> None:
        self._page(-0.5)

    def action_move_page_down(self) -> None:
        self._page(1)

    def action_move_page_up(self) -> None:
        self._page(-1)

    def _page(self, pages: float) -> None:
        widget = self.pane_widget(self.pane)
        if isinstance(widget, LineList):
            widget.move_by(round(pages * widget.page_height))
        else:
            widget.page(pages)

    def action_move_top(self) -> None:
        widget = self.pane_widget(self.pane)
        if isinstance(widget, LineList):
            widget.move_to(0)
        else:
            widget.go_top()

    def action_move_bottom(self) -> None:
        widget = self.pane_widget(self.pane)
        if isinstance(widget, LineList):
            widget.move_to(widget.row_count - 1)
        else:
            widget.go_bottom()

    def action_move_in(self) -> None:
        """Go one pane in: from a node to its entries, from an entry to its story."""
        if self.pane == "list":
            self.open_story()
        elif self.pane == "tree" and (node := self.feeds.node):
            if node.kind == "heading":
                self.feeds.toggle()
            elif not self.feeds.unfold():
                self.focus_pane("list")

    def action_move_out(self) -> None:
        """Go one pane out; in the tree, close the folder or go up to it."""
        if self.is_zen:
            self.action_story_zen()
        elif self.pane == "story":
            self.keep_position()
            self.focus_pane("list")
        elif self.pane == "list":
            if self.filter:
                self.drop_filter()
            else:
                self.focus_pane("tree")
        else:
            self.feeds.collapse_or_climb()

    def action_app_back(self) -> None:
        """Go back; from the tree there is nowhere to go but out."""
        if self.pane == "tree":
            self.action_app_quit()
        else:
            self.action_move_out()

    def action_pane_next(self) -> None:
        self.next_pane(1)

    def action_pane_previous(self) -> None:
        self.next_pane(-1)

    def action_pane_wider(self) -> None:
        self.resize_pane(4)

    def action_pane_narrower(self) -> None:
        self.resize_pane(-4)

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        if event.list is self.entries:
            self.open_story()
        elif event.list is self.feeds:
            self.focus_pane("list")

    # --- reading ---

    def action_read_next_unread(self) -> None:
        self.go_unread(1)

    def action_read_previous_unread(self) -> None:
        self.go_unread(-1)

    def action_read_next(self, count: int = 1) -> None:
        self.go_entry(count)

    def action_read_previous(self, count: int = 1) -> None:
        self.go_entry(-count)

    def action_read_on(self) -> None:
        self.read_on()

    def action_story_fetch(self) -> None:
        """Fetch the full story from its page; it takes its place when it has come."""
        entry = self.current_story()
        if entry is None:
            return
        self.show_story()
        self.story.fetch_began()
        if "story" not in self.shown_panes:
            self.say("Fetching the full story …")

        def work(reader: Reader) -> StoredEntry | FeedreaderError:
            try:
                return reader.fetch_full_text(entry.summary.id)
            except (FetchError, ExtractionFailed) as error:
                return error

        self.reader_app.network.submit(work, partial(self._fetched, entry.summary.id), self.fail)

    def _fetched(self, entry_id: int, found: StoredEntry | FeedreaderError) -> None:
        self.entries.forget([entry_id])
        shown = self.story.entry
        if shown is None or shown.summary.id != entry_id:
            return
        is_in_sight = "story" in self.shown_panes
        if isinstance(found, StoredEntry):
            self.story.replace(found)
            if not is_in_sight:
                self.say("The full story is here.")
        else:
            self.story.fetch_failed(str(found))
            if not is_in_sight:
                self.say(f"No full story: {found}", "warning")

    def action_story_cycle(self) -> None:
        """Show the feed's text, or that of the page."""
        if self.show_story() is not None and (words := self.story.cycle_text()):
            self.say(words)

    def action_story_diff(self) -> None:
        """Show what the publisher changed, or the story again."""
        entry = self.show_story()
        if entry is None:
            return
        if self.story.shows_edits:
            self.story.hide_edits()
            return
        versions = self.reader_app.reader.versions(entry.summary.id)
        if versions:
            if "story" not in self.shown_panes:
                self.focus_pane("story")
            self.story.show_edits(versions)
        else:
            self.say("Its publisher has not changed it since it came.")

    def action_story_find(self) -> None:
        """Find words in the story."""
        self.story.find()

    def action_story_hints(self) -> None:
        """Put letters on the links in sight."""
        self.story.show_hints()

    def action_story_next_heading(self) -> None:
        self.story.go_heading(1)

    def action_story_previous_heading(self) -> None:
        self.story.go_heading(-1)

    def action_story_zen(self) -> None:
        """Show nothing but the story, or all again."""
        self.is_zen = not self.is_zen
        if self.is_zen and self.show_story() is None:
            self.is_zen = False
            self.say("There is no story to read.")
            return
        self.focus_pane("story")

    def on_story_view_link_chosen(self, event: StoryView.LinkChosen) -> None:
        self.open_url(event.url)

    # --- the view ---

    def action_filter_open(self) -> None:
        """Type a filter; the list follows."""
        self.open_filter()
        self.show_hints()

    def action_view_read(self) -> None:
        """Hide what is read, or show it again."""
        self.reader_app.state.shows_read = not self.shows_read
        self.say("Showing all entries." if self.shows_read else "Showing unread entries only.")
        self.reload_list(keep=False, holds_read=False)

    def action_view_group_day(self) -> None:
        self._group("day")

    def action_view_group_feed(self) -> None:
        self._group("feed")

    def _group(self, group: Group) -> None:
        state = self.reader_app.state
        state.group = "" if state.group == group else group
        self.say(f"Grouped by {group}." if state.group else "Not grouped.")
        self.reload_list(keep=False)

    def action_view_order(self) -> None:
        """Turn the order round."""
        self.reader_app.state.is_oldest_first = not self.is_oldest_first
        self.say("Oldest first." if self.is_oldest_first else "Newest first.")
        self.reload_list(keep=False)

    def action_view_tree(self) -> None:
        """Hide the tree where there is room for it, or show it again."""
        state = self.reader_app.state
        state.is_tree_hidden = not state.is_tree_hidden
        if state.is_tree_hidden and self.pane == "tree":
            self.focus_pane("list")
        self.lay_out_panes()

    def action_view_theme(self) -> None:
        """Choose colours from all themes there are."""
        self.app.search_themes()

    # --- the program ---

    def action_app_palette(self) -> None:
        """Find a command by words."""
        self.app.action_command_palette()


def _name_of(event: events.Key) -> str:
    """Return a key as the keymap calls it: what it types, else its name."""
    is_modified = "+" in event.key and not event.key.startswith("shift+")
    if event.character and event.is_printable and event.character != " " and not is_modified:
        return event.character
    return event.key
