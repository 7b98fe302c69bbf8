"""All commands with their keys, found by typing; Enter does one."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from feedreader.tui.commands import Command, Context
from feedreader.tui.dialogs.dialog import Dialog
from feedreader.tui.dialogs.rows import FilteredRows, Row
from feedreader.tui.keymap import Keymap
from feedreader.tui.status import Hint

_PANES = {"tree": "feeds", "list": "list", "story": "story"}


class HelpDialog(Dialog[Command]):
    """The registry, grouped."""

    DEFAULT_CSS = """
    HelpDialog > .dialog--box { width: 92; }
    """

    def __init__(self, keymap: Keymap) -> None:
        super().__init__("Keys", is_tall=True)
        self._keymap = keymap

    def compose_body(self) -> ComposeResult:
        yield FilteredRows(
            help_rows(self._keymap),
            placeholder="type what you want to do, or a key",
            nothing="No command is called so.",
        )

    def hints(self) -> Sequence[Hint]:
        return (
            Hint("enter", "do it", "run"),
            Hint("↑↓", "choose", ""),
            Hint("esc", "close", "close"),
        )

    def action_run(self) -> None:
        """Do the command under the cursor."""
        row = self.query_one(FilteredRows).list.current
        if row is not None:
            self.dismiss(row.value)

    def on_filtered_rows_chosen(self, event: FilteredRows.Chosen) -> None:
        self.action_run()


def help_rows(keymap: Keymap) -> list[Row]:
    """Return a row for each command, under the heading of its group."""
    rows: list[Row] = []
    for group in dict.fromkeys(command.group for command in keymap.commands):
        rows.append(Row(group, is_heading=True))
        rows.extend(
            Row(
                command.help,
                lead="  ".join(keymap.keys(command)),
                note=_note(command.contexts, command.name),
                value=command,
            )
            for command in keymap.commands
            if command.group == group
        )
    return rows


def _note(contexts: Sequence[Context], name: str) -> str:
    """Return the name for the configuration, and the panes if it is not for all."""
    if len(contexts) == len(_PANES):
        return name
    return f"{name} ({', '.join(_PANES[one] for one in contexts)})"
