"""The command palette's view of the registry: every command, found by its words."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from feedreader.tui.commands import Command

if TYPE_CHECKING:
    from feedreader.tui.app import ReaderApp


class CommandProvider(Provider):
    """All commands, with their keys beside them."""

    @property
    def _app(self) -> ReaderApp:
        return cast("ReaderApp", self.app)

    async def discover(self) -> Hits:
        for command in self._app.keymap.commands:
            yield DiscoveryHit(
                Content(command.help), self._runner(command), help=self._note(command)
            )

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command in self._app.keymap.commands:
            text = f"{command.help} ({command.group})"
            score = matcher.match(text)
            if score > 0:
                yield Hit(
                    score, matcher.highlight(text), self._runner(command), help=self._note(command)
                )

    def _runner(self, command: Command) -> Callable[[], None]:
        return partial(self._app.main_screen.run_named, command.name)

    def _note(self, command: Command) -> str:
        keys = "  ".join(self._app.keymap.keys(command))
        return keys or "no key"
