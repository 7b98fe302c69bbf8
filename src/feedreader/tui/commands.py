"""The one registry of commands: what the reader can do, by which keys, in which panes.

Keymap, help, footer, command palette and docs/keys.md all read from `COMMANDS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Context = Literal["tree", "list", "story"]
"""The pane that has the focus."""

CONTEXTS: Final[tuple[Context, ...]] = ("tree", "list", "story")
_ENTRY: Final[tuple[Context, ...]] = ("list", "story")
_TREE: Final[tuple[Context, ...]] = ("tree",)
_LIST: Final[tuple[Context, ...]] = ("list",)
_STORY: Final[tuple[Context, ...]] = ("story",)


@dataclass(frozen=True, slots=True)
class Command:
    """Something a key can do. The screen's method `action_<name with _>` does it."""

    name: str
    keys: tuple[str, ...]
    """By default; a chord is written with spaces: "g g"."""
    help: str
    group: str
    contexts: tuple[Context, ...] = CONTEXTS
    label: str = ""
    """A word for the footer; "" keeps it out of there."""

    @property
    def method(self) -> str:
        """The name of the screen's method."""
        return "action_" + self.name.replace(".", "_").replace("-", "_")

    @property
    def needs_entry(self) -> bool:
        """Whether it means an entry: where there is none it can do nothing."""
        # Zen is left by the key that began it, whatever became of the story.
        return self.contexts in (_ENTRY, _STORY) and self.name != "story.zen"


COMMANDS: Final[tuple[Command, ...]] = (
    Command("move.down", ("j", "down"), "Down", "Move"),
    Command("move.up", ("k", "up"), "Up", "Move"),
    Command("move.half_down", ("ctrl+d",), "Half a page down", "Move"),
    Command("move.half_up", ("ctrl+u",), "Half a page up", "Move"),
    Command("move.page_down", ("pagedown", "ctrl+f"), "A page down", "Move"),
    Command("move.page_up", ("pageup", "ctrl+b"), "A page up", "Move"),
    Command("move.top", ("g g", "home"), "To the top", "Move"),
    Command("move.bottom", ("G", "end"), "To the bottom", "Move"),
    Command("move.in", ("enter", "l", "right"), "Open what the cursor is on", "Move", label="open"),
    Command("move.out", ("h", "left", "escape", "backspace"), "Back to the pane before", "Move"),
    Command("pane.next", ("tab",), "To the next pane", "Move"),
    Command("pane.previous", ("shift+tab",), "To the pane before", "Move"),
    # --- reading ---
    Command("read.next_unread", ("n",), "Next unread entry, in any feed", "Read", label="next"),
    Command("read.previous_unread", ("p",), "Previous unread entry", "Read"),
    Command("read.next", ("J",), "Next entry", "Read"),
    Command("read.previous", ("K",), "Previous entry", "Read"),
    Command(
        "read.on", ("space",), "Read on: a page down, then the next unread", "Read", label="read on"
    ),
    Command("story.fetch", ("f",), "Fetch the full story from its page", "Read", _ENTRY),
    Command("story.cycle", ("v",), "Show the feed's text, or that of the page", "Read", _ENTRY),
    Command("story.links", ("u",), "List the links of the story", "Read", _ENTRY),
    Command("story.pictures", ("i",), "Look at the story's pictures", "Read", _ENTRY),
    Command(
        "story.inline_pictures", ("I",), "Show or hide the pictures in the text", "Read", _STORY
    ),
    Command("story.find", ("/",), "Find words in the story", "Read", _STORY, label="find"),
    Command("story.next_heading", ("}",), "To the next heading", "Read", _STORY),
    Command("story.previous_heading", ("{",), "To the heading before", "Read", _STORY),
    Command("story.hints", ("F",), "Open a link by letters that appear on it", "Read", _STORY),
    Command("story.copies", ("C",), "Show the story's copies in other feeds", "Read", _ENTRY),
    Command("story.diff", ("D",), "Show what its publisher changed", "Read", _ENTRY),
    Command("story.zen", ("z",), "Nothing but the story", "Read", _ENTRY, label="zen"),
    # --- marks ---
    Command("entry.read", ("N", "m"), "Read or unread", "Mark", _ENTRY, label="read"),
    Command("entry.star", ("s",), "Star, or take the star away", "Mark", _ENTRY, label="star"),
    Command("entry.later", ("b",), "Read later, or no longer", "Mark", _ENTRY),
    Command("entry.tag", ("t",), "Give or take tags", "Mark", _ENTRY),
    Command("rule.new", ("M",), "Write a rule about this: mute, tag, star …", "Mark"),
    Command("rule.list", ("g m",), "Rules, and what they did", "Mark"),
    Command("entry.mute", ("g M",), "Mute the entry, or let it be seen again", "Mark", _ENTRY),
    Command("entry.delete", ("x", "delete"), "Delete the entry", "Mark", _ENTRY),
    Command("list.read", ("A",), "Mark all of this list read", "Mark", label="all read"),
    Command("list.read_older", ("g A",), "Mark this entry and all below read", "Mark", _ENTRY),
    Command("app.undo", ("U", "ctrl+z"), "Undo, again and again", "Mark", label="undo"),
    # --- sharing ---
    Command("entry.open", ("o",), "Open in the browser", "Share", _ENTRY, label="browser"),
    Command("entry.open_read", ("O",), "Open in the browser and mark read", "Share", _ENTRY),
    Command("entry.copy", ("y",), "Copy the link", "Share", _ENTRY),
    Command("entry.save", ("S",), "Save the story to a file", "Share", _ENTRY),
    Command("entry.pipe", ("|",), "Pipe the story into a program", "Share", _ENTRY),
    Command("entry.enclosure", ("E",), "Play or download what is enclosed", "Share", _ENTRY),
    # --- feeds ---
    Command("feed.refresh", ("r",), "Refresh this feed", "Feeds", label="refresh"),
    Command("feed.refresh_all", ("R",), "Refresh all feeds that are due", "Feeds"),
    Command("refresh.show", ("g r",), "Show how the refresh goes, feed by feed", "Feeds"),
    Command("refresh.cancel", ("ctrl+x",), "Stop the refresh", "Feeds"),
    Command("feed.add", ("a",), "Add a feed", "Feeds", label="add"),
    Command("feed.edit", ("e",), "Change the feed's name, address, settings", "Feeds"),
    Command("feed.move", ("m",), "Move the feed to another folder", "Feeds", _TREE, label="move"),
    Command("feed.remove", ("x", "delete"), "Stop following the feed", "Feeds", _TREE),
    Command("feed.doctor", ("!", "g h"), "Feed doctor: what is wrong, and what helps", "Feeds"),
    Command("feed.next", ("]",), "The next feed with something unread", "Feeds"),
    Command("feed.previous", ("[",), "The feed with something unread before", "Feeds"),
    Command("list.import", ("I",), "Import a list of feeds", "Feeds", ("tree", "list")),
    Command("list.export", ("X",), "Export the list of feeds", "Feeds"),
    Command("edition.list", ("g e",), "Editions: papers to read to the end", "Feeds"),
    # --- the view ---
    Command(
        "filter.open", ("/",), "Filter by words or a query", "View", ("tree", "list"), "filter"
    ),
    Command("filter.save", ("g /",), "Keep the filter as a saved search", "View"),
    Command("view.read", ("H",), "Hide or show what is read", "View", label="unread only"),
    Command("view.new", (".",), "Take in new entries", "View"),
    Command("view.group_day", ("g d",), "Group the list by day", "View"),
    Command("view.group_feed", ("g f",), "Group the list by feed", "View"),
    Command("view.order", ("g s",), "Newest first, or oldest first", "View"),
    Command("view.tree", ("\\",), "Hide or show the feeds", "View"),
    Command("view.theme", ("g t",), "Choose colours", "View"),
    Command("pane.wider", (">",), "Make this pane wider", "View"),
    Command("pane.narrower", ("<",), "Make this pane narrower", "View"),
    # --- the program ---
    Command("app.help", ("?", "f1"), "All keys", "Program", label="help"),
    Command("app.palette", (":", "ctrl+p"), "Find a command by its words", "Program"),
    Command("app.downloads", ("g D",), "Downloads", "Program"),
    Command("stats.show", ("g i",), "Statistics: what came, what you read, what never", "Program"),
    Command("app.back", ("q",), "Back; in the feeds: quit", "Program", label="back"),
    Command("app.quit", ("Q", "ctrl+q"), "Quit", "Program"),
)

GROUPS: Final = tuple(dict.fromkeys(command.group for command in COMMANDS))

COUNTED: Final = frozenset({"move.down", "move.up", "read.next", "read.previous"})
"""Commands that digits before them repeat, as in `5j`."""


def share_commands(names: Iterable[str]) -> tuple[Command, ...]:
    """Return a command for each program that the user set up for sharing; keys are theirs."""
    return tuple(
        Command(f"share.{name}", (), f"Hand the entry to “{name}”", "Share", _ENTRY)
        for name in names
    )


def macro_commands(macros: Iterable[tuple[str, Sequence[str]]]) -> tuple[Command, ...]:
    """Return a command for each row of commands that the user made; keys are theirs."""
    return tuple(
        Command(f"macro.{name}", (), ", then ".join(steps), "Macros") for name, steps in macros
    )


def describe_keys() -> str:
    """Return a Markdown table of all commands for each group: the heart of docs/keys.md."""
    parts = []
    for group in GROUPS:
        rows = [
            f"| {' '.join(map(_written, command.keys)) or '–'} | {command.help} |"
            f" {', '.join(command.contexts) if command.contexts != CONTEXTS else 'everywhere'} |"
            f" `{command.name}` |"
            for command in COMMANDS
            if command.group == group
        ]
        parts.append(
            "\n".join([f"## {group}", "", "| Keys | What | Where | Name |", "|-|-|-|-|", *rows])
        )
    return "\n\n".join(parts) + "\n"


def _written(key: str) -> str:
    # A bar ends a cell even inside code.
    return "<code>&#124;</code>" if key == "|" else f"`{key}`"


def find_commands(commands: Sequence[Command], context: Context) -> tuple[Command, ...]:
    """Return the commands that a pane knows."""
    return tuple(command for command in commands if context in command.contexts)
