"""A dialog closes once, however many keys were under way when it did."""

from __future__ import annotations

import pytest
from textual.command import CommandPalette

from conftest import OpenScreen, send_key
from feedreader.tui.dialogs.dialog import Dialog


@pytest.mark.parametrize("keys", [("?",), ("g", "r")], ids=" ".join)
async def test_second_escape_that_was_under_way_closes_nothing_else(
    open_screen: OpenScreen, keys: tuple[str, ...]
) -> None:
    async with open_screen() as screen:
        await screen.press(*keys)
        dialog = screen.app.screen
        assert isinstance(dialog, Dialog)
        for _ in range(4):
            send_key(screen.app, "escape")
        await screen.press("j")
        assert screen.app.is_running
        assert len(screen.app.screen_stack) == 1
        assert dialog not in screen.app.screen_stack
        # Two calls before the screen has changed are the same as two keys.
        await screen.press(*keys)
        dialog = screen.app.screen
        assert isinstance(dialog, Dialog)
        dialog.action_close()
        dialog.action_close()
        await screen.press("k")
        assert len(screen.app.screen_stack) == 1


async def test_second_escape_closes_nothing_but_the_palette(open_screen: OpenScreen) -> None:
    async with open_screen() as screen:
        await screen.press(":")
        palette = screen.app.screen
        assert isinstance(palette, CommandPalette)
        palette._action_escape()
        palette._action_escape()
        await screen.press("j")
        assert screen.app.is_running
        assert screen.app.screen is screen.main
