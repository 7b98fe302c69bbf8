"""The terminal reader: three panes over one `Reader`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feedreader.config import Config
    from feedreader.reader import Reader

__all__ = ["run"]


def run(
    open_reader: Callable[[], Reader],
    config: Config,
    *,
    state_file: Path | None = None,
    node: str = "",
) -> None:
    """Show the reader until the user quits.

    `open_reader` is called once in each thread that needs the database. `state_file` is where
    the screen's state is remembered, if not at the user's usual place; `node` is the key of
    the node of the tree where it begins, if not where it was left. Raises `ConfigError` for
    keys or a theme that cannot be used, before the terminal is touched.
    """
    # Textual draws at the next tick of its clock: at 60 Hz that alone may cost 16 ms a key.
    os.environ.setdefault("TEXTUAL_FPS", "240")
    if not os.isatty(2):
        # Textual draws on stderr; who sends that elsewhere still wants to see the screen.
        sys.__stderr__ = sys.__stdout__  # type: ignore[misc]
    from feedreader.tui.paper import PaperQuestion

    with PaperQuestion(os.environ) as question:
        # textual costs 250 ms: only for those who look, and the terminal answers meanwhile.
        from feedreader.tui.app import run_app

        is_light = question.is_light()
    if question.is_owed:
        from feedreader.tui.late_answer import expect_late_answer

        expect_late_answer()
    run_app(open_reader, config, state_file=state_file, node=node, is_light=is_light)
