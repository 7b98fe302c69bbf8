"""The reader in a real terminal, fed with hostile text: every byte that it writes is looked at."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from dataclasses import replace
from pathlib import Path

import pytest

from corpus_place import CORPUS
from feedreader.model import EditionPlan
from feedreader.reader import Reader
from outputs import acting, environment
from scenes import IS_FULL, SETTINGS, Tally
from servers import Answer, LoopbackServer
from test_hostile_text import FORMATS, PAYLOADS

COLUMNS, LINES = 110, 34
# ECMA-48: CSI with its parameters; designating a character set; saving the cursor; keypad.
OWN = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[()][0-9A-Z]|\x1b[78=>]"
    r"|\x1b_Gi=\d+,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"  # asks the terminal whether it shows pictures
    r"|\x1b\]11;\?\x1b\\"  # asks for the colour of the background
    r"|\x1b\]22;(?:default|pointer|text)\x07|[\r\t]"  # the shape of the mouse pointer
)
WALK = (
    "j" * 12, "\r", "jjj", "\r", "\t", "jjjj", "G", "k" * 8, "gg", "?", "\x1b", "J" * 4,
    "n" * 3, "u", "\x1b", "F", "\x1b", "v", "D", "\x1b", "z", "z", "!", "\x1b", "gr", "\x1b", "gf",
    "/ships\r", "\x1b", ":", "\x1b", "e", "\x1b", "t", "\x1b", "s", "N", "U", "gt", "\x1b",
    "C", "jj", "\x1b", "M", "\x1b", "gm", "jj", "\x1b", "ge", "j", "\r", "\x1b", "gi", "jjj",
    "\x1b", "gh", "jj", "\r", "\x1b", "\x1b", "gD", "\x1b", "E", "\x1b",
)  # fmt: skip


class Terminal:
    """A pseudo-terminal that answers nothing and keeps all that it is sent."""

    def __init__(self, database: Path) -> None:
        self.sent = b""
        self.master, slave = pty.openpty()
        size = struct.pack("HHHH", LINES, COLUMNS, 0, 0)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
        env = environment(database) | {"BROWSER": "true", "TEXTUAL_ANIMATIONS": "none"}
        del env["COLUMNS"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "feedreader"],
            stdin=slave, stdout=slave, stderr=slave, env=env, start_new_session=True,
        )  # fmt: skip
        os.close(slave)

    def listen(self, *, quiet_s: float, most_s: float) -> None:
        """Take what comes until nothing came for a while."""
        end = time.monotonic() + most_s
        while time.monotonic() < end:
            ready, _, _ = select.select([self.master], [], [], quiet_s)
            if not ready:
                return
            try:
                chunk = os.read(self.master, 65536)
            except OSError:
                return
            if not chunk:
                return
            self.sent += chunk

    def await_screen(self) -> None:
        """Take what comes until the program draws and has drawn, however slow it starts."""
        end = time.monotonic() + 60
        while b"\x1b[?1049h" not in self.sent and time.monotonic() < end:
            self.listen(quiet_s=0.2, most_s=1)
        self.listen(quiet_s=1.0, most_s=15)

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())
        self.listen(quiet_s=0.15 if IS_FULL else 0.1, most_s=4)

    def end(self) -> int:
        """Quit, whatever dialog may be open; return the exit code."""
        for _ in range(10):
            for key in ("\x1b", "\x1b", "q"):
                if self.process.poll() is None:
                    self.press(key)
            if self.process.poll() is not None:
                break
        else:
            self.process.kill()
        self.process.wait(timeout=10)
        self.listen(quiet_s=0.1, most_s=2)
        os.close(self.master)
        return self.process.returncode


def hostile_database(folder: Path) -> Path:
    """Return a database of hostile strings and, if there is a corpus, of its attacks."""
    database = folder / "feeds.db"
    with (
        LoopbackServer(host="0.0.0.0") as server,
        Reader(database, refresh_settings=replace(SETTINGS, full_text="never")) as reader,
    ):
        for number, name in enumerate(PAYLOADS):
            for form, make in FORMATS.items():
                path = f"/{form}/{number}"
                server.answers[path] = Answer(body=make(name, host="http://evil.example"))
        if (CORPUS / "attacks").is_dir():
            for file in (CORPUS / "attacks").iterdir():
                if file.suffix in (".rss", ".atom", ".json"):
                    server.answers[f"/corpus/{file.name}"] = Answer(body=file.read_bytes())
        for number, path in enumerate(server.answers, 1):
            reader.subscribe(server.url(path, host=f"127.0.10.{number}"))
        list(reader.refresh())
        reader.save_search("\x1b]0;search\x07[/]", "ships")
        reader.rename(1, "\x1b]52;c;UFdORUQ=\x07[@click=app.quit]renamed[/]")
        reader.tag("", "\x1b]0;tag\x07[/b]")
        reader.rules.add(
            'when mark then tag:"\x1b]0;rule\x07[/]", highlight:red', name="[/]\x1b[2J"
        )
        reader.editions.define(EditionPlan("[/] paper", at_minute=0))
        reader.editions.make("[/] paper")
        # What no server is asked again for is not refreshed while the test looks.
        assert reader.status().entries > 40
    return database


def test_screen_writes_no_sequence_but_its_own_and_does_not_crash(
    tmp_path: Path, tally: Tally
) -> None:
    terminal = Terminal(hostile_database(tmp_path))
    terminal.await_screen()
    first = len(terminal.sent)
    assert first > 2000, terminal.sent
    rounds = 12 if IS_FULL else 1
    for _ in range(rounds):
        for keys in WALK if IS_FULL else WALK[:22]:
            assert terminal.process.poll() is None, terminal.sent[-3000:].decode("utf-8", "replace")
            terminal.press(keys)
    code = terminal.end()
    text = terminal.sent.decode()
    assert code == 0, text[-3000:]
    assert "Traceback" not in text
    left = acting(OWN.sub("", text).replace("\n", ""))
    tally("hostile text on the screen", tries=rounds * len(WALK), lost=len(left),
          words=f"{len(terminal.sent):,} bytes looked at")  # fmt: skip
    assert left == []
    assert "UFdORUQ=" in text  # what is left of a sequence that is no sequence any more
    # The terminal is left as it was found.
    assert "\x1b[?1049l" in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")
    assert len(terminal.sent) > first


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signal_leaves_the_terminal_as_it_was(number: signal.Signals, tmp_path: Path) -> None:
    database = tmp_path / "feeds.db"
    with Reader(database) as reader:
        reader.subscribe("https://one.example/feed")
    terminal = Terminal(database)
    terminal.await_screen()
    terminal.process.send_signal(number)
    terminal.listen(quiet_s=1.0, most_s=8)
    terminal.process.wait(timeout=10)
    terminal.listen(quiet_s=0.2, most_s=2)
    os.close(terminal.master)
    text = terminal.sent.decode()
    assert "Traceback" not in text
    assert terminal.process.returncode == 128 + number
    assert "\x1b[?1049l" in text
    with Reader(database) as reader:
        assert reader.find_problems() == ()


@pytest.mark.parametrize("is_told", [True, False])
def test_terminal_that_is_closed_ends_the_reader(is_told: bool, tmp_path: Path) -> None:
    database = tmp_path / "feeds.db"
    with Reader(database) as reader:
        reader.subscribe("https://one.example/feed")
    terminal = Terminal(database)
    terminal.await_screen()
    os.close(terminal.master)
    if is_told:
        terminal.process.send_signal(signal.SIGHUP)  # what the kernel tells a session's leader
    terminal.process.wait(timeout=60)
    assert terminal.process.returncode == 128 + signal.SIGHUP
    with Reader(database) as reader:
        assert reader.find_problems() == ()
