"""From the first command to a whole story, in a real terminal, as a new user goes."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from feedreader.demo import DemoSite
from feedreader.reader import Reader

TITLE = "NATO Plans a Liaison Office in Japan"
SENTENCE = (
    "Dave DeCamp[1] of Antiwar.com[2] noted that the alliance had paid growing attention to Asia"
)
FURNITURE = ("cookies", "Advertisement", "Share this story", "Most read", "All rights reserved")
COLUMNS, LINES = 120, 36


class Terminal:
    """A command in a tmux of its own."""

    def __init__(self, folder: Path, words: list[str]) -> None:
        self._tmux = ["tmux", "-L", f"feedreader-{os.getpid()}", "-f", "/dev/null"]
        self._code = folder / "code"
        environment = {
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "TZ": "UTC",
        }
        command = f"{shlex.join(words)}; echo $? > {shlex.quote(str(self._code))}"
        subprocess.run(
            [*self._tmux, "-u", "new-session", "-d", "-x", str(COLUMNS), "-y", str(LINES), command],
            env=environment,
            check=True,
        )

    def screen(self) -> str:
        done = subprocess.run(
            [*self._tmux, "capture-pane", "-p"], capture_output=True, text=True, check=False
        )
        return done.stdout

    def press(self, *keys: str) -> None:
        subprocess.run([*self._tmux, "send-keys", *keys], check=False, capture_output=True)

    def type(self, text: str) -> None:
        self.press("-l", text)

    def until(self, is_so: Callable[[str], bool], *, timeout_s: float = 20) -> str:
        """Return the screen as soon as it is so."""
        end = time.monotonic() + timeout_s
        while not is_so(screen := self.screen()):
            assert time.monotonic() < end, f"the screen did not come to be so:\n{screen}"
            assert self.exit_code is None, f"ended with {self.exit_code}:\n{screen}"
            time.sleep(0.05)
        return screen

    def until_ended(self, key: str) -> int:
        """Press the key until the command has ended; return its exit code."""
        end = time.monotonic() + 10
        while self.exit_code is None:
            assert time.monotonic() < end, f"it did not end:\n{self.screen()}"
            self.press(key)
            time.sleep(0.2)
        return self.exit_code

    @property
    def exit_code(self) -> int | None:
        text = self._code.read_text() if self._code.exists() else ""
        return int(text) if text.endswith("\n") else None

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """What `make run` starts, in a home without a trace of the program, on a list of its own."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    config = tmp_path / "config" / "feedreader" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[refresh]\nhost_pause = "0s"\n')  # all feeds are on one server
    with DemoSite() as site:
        (tmp_path / "feeds.opml").write_bytes(site.opml())
        command = [sys.executable, "-m", "feedreader", "start", "--opml"]
        terminal = Terminal(tmp_path, [*command, str(tmp_path / "feeds.opml")])
        try:
            yield terminal
        finally:
            terminal.close()


def flowing(screen: str) -> str:
    """Return the words of the screen without the lines they stand in."""
    return re.sub(r"\s+", " ", screen)


def test_new_user_reads_a_whole_story_whose_feed_gives_a_summary(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.until(lambda screen: "All entries" in screen and TITLE[:20] in screen)
    terminal.press("/")
    terminal.until(lambda screen: "words, or feed:" in screen)
    terminal.type("liaison office")
    terminal.press("Enter")
    terminal.until(lambda screen: "A spell checker" not in screen and TITLE[:20] in screen)
    terminal.press("Enter")
    terminal.until(lambda screen: "Dave DeCamp" in screen)
    terminal.press("z")
    story = terminal.until(lambda screen: "All entries" not in screen and "Dave DeCamp" in screen)
    assert SENTENCE in flowing(story)
    assert TITLE in story
    assert [word for word in FURNITURE if word.casefold() in story.casefold()] == []
    terminal.press("z")
    terminal.until(lambda screen: "All entries" in screen)
    terminal.press("s")
    terminal.until(lambda screen: "starred" in screen)
    assert terminal.until_ended("q") == 0
    (database,) = tmp_path.glob("data/**/*.db")
    with Reader(database) as reader:
        (entry,) = reader.entries(f'intitle:"{TITLE}"')
        assert (entry.is_read, entry.is_starred, entry.full_text_source) == (True, True, "page")
        assert reader.count("is:read") == 1
