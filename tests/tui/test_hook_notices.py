"""Hooks while the screen is open: told beside it, and said at the bottom."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from conftest import OpenScreen
from feedreader.config import Config
from feedreader.core.notice import Notice
from feedreader.model import Hook
from feedreader.reader import Reader
from feedreader.tui.hook_actions import notification_sequence
from seed import NOW


def queue(path: Path, hook: str, count: int = 2) -> None:
    with Reader(path, clock=lambda: NOW) as reader:
        reader.hooks.put(hook, reader.entry_ids("")[:count])


async def test_after_a_refresh_hooks_are_told_and_it_is_said(
    open_screen: OpenScreen, database: Path, tmp_path: Path
) -> None:
    queue(database, "keep")
    told = tmp_path / "told"
    code = f"import sys; open({str(told)!r}, 'w').write(sys.stdin.read())"
    config = Config(hooks=(Hook("keep", command=(sys.executable, "-c", code)),))
    async with open_screen(config=config) as screen:
        screen.main._tell_hooks()
        await screen.until(lambda: "2 stories told to keep." in screen.status)
        assert len(json.loads(told.read_text())) == 2


async def test_a_refresh_sets_it_off(
    open_screen: OpenScreen, database: Path, tmp_path: Path
) -> None:
    queue(database, "keep")
    told = tmp_path / "told"
    config = Config(hooks=(Hook("keep", command=("touch", str(told))),))
    async with open_screen(config=config) as screen:
        await screen.press("R")
        await screen.until(told.exists)


async def test_a_failure_is_said_with_the_next_try(open_screen: OpenScreen, database: Path) -> None:
    queue(database, "bad")
    config = Config(hooks=(Hook("bad", command=("false",)),))
    async with open_screen(config=config) as screen:
        screen.main._tell_hooks()
        words = "Hook bad: false failed with code 1; tried again 12:01"
        await screen.until(lambda: words in screen.status)


async def test_a_hook_that_hangs_never_blocks_the_screen(
    open_screen: OpenScreen, database: Path
) -> None:
    queue(database, "slow")
    config = Config(hooks=(Hook("slow", command=("sleep", "30"), timeout_s=60),))
    async with open_screen(config=config) as screen:
        screen.main._tell_hooks()
        started = time.monotonic()
        await screen.press("j", "j", "s")
        assert time.monotonic() - started < 15
        assert "starred" in screen.status
        started = time.monotonic()
    assert time.monotonic() - started < 15, "nor does it hold up the end"


async def test_where_there_is_no_desktop_the_notice_stands_at_the_bottom(
    open_screen: OpenScreen, database: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    queue(database, "notify", 5)
    async with open_screen() as screen:
        screen.main._tell_hooks()
        await screen.until(lambda: "5 new stories: " in screen.status)
        with Reader(database) as reader:
            assert reader.hooks.queues() == ()


@pytest.mark.parametrize(
    ("env", "sequence"),
    [
        ({"TERM_PROGRAM": "WezTerm"}, "\x1b]9;2 new stories: a, b\x1b\\"),
        ({"KITTY_WINDOW_ID": "1"}, "\x1b]9;2 new stories: a, b\x1b\\"),
        ({"TERM": "foot"}, "\x1b]777;notify;2 new stories;a, b\x1b\\"),
        ({"TERM": "rxvt-unicode-256color"}, "\x1b]777;notify;2 new stories;a, b\x1b\\"),
        ({"TERM": "xterm-256color"}, ""),
        ({"TERM": "linux"}, ""),
        ({"TERM": "foot", "TMUX": "/tmp/x"}, ""),
    ],
)
def test_terminals_that_know_notifications_get_theirs(env: dict[str, str], sequence: str) -> None:
    assert notification_sequence(Notice("2 new stories", "a\nb"), env) == sequence


def test_titles_cannot_end_the_sequence_or_begin_another() -> None:
    notice = Notice("New in a;b\x07", "x\x1b\\\x1b]52;c;AAAA\x07\x9c\n4;2;50")
    for env, start in (
        ({"TERM_PROGRAM": "kitty"}, "9;New in"),
        ({"TERM": "foot"}, "777;notify;New"),
    ):
        sequence = notification_sequence(notice, env)
        inner = sequence.removeprefix("\x1b]").removesuffix("\x1b\\")
        assert inner.isprintable()
        assert inner.startswith(start)
    assert inner.split(";", 3)[2] == "New in a,b", "the title ends where the text begins"
