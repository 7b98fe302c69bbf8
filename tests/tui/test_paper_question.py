"""The terminal is asked for its background: what it answers is understood, and never left over."""

from __future__ import annotations

import os
import pty
import select
import termios
import time
from collections.abc import Iterator
from threading import Thread

import pytest
from textual import constants
from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.events import Paste

from conftest import OpenScreen
from feedreader.tui.late_answer import PatientParser, expect_late_answer
from feedreader.tui.paper import PaperQuestion, read_answer

XTERM = {"TERM": "xterm-256color"}
FENCE = b"\x1b[?62;22c"


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """A terminal: (the end of its user, the end of the program)."""
    user, program = pty.openpty()
    yield user, program
    os.close(user)
    os.close(program)


def answer(user: int, told: bytes, *, after_s: float = 0.0) -> Thread:
    """Answer the question as soon as it comes."""

    def act() -> None:
        if select.select([user], [], [], 5)[0]:
            os.read(user, 1024)
            time.sleep(after_s)
            os.write(user, told)

    thread = Thread(target=act)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("told", "is_light"),
    [
        (b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\" + FENCE, True),
        (b"\x1b]11;rgb:1717/1818/1b1b\x07" + FENCE, False),
        (b"\x1b]11;rgba:fb/f9/f4/ff\x1b\\" + FENCE, True),
        (b"jk\x1b]11;rgb:0/0/0\x1b\\j" + FENCE, False),
        (FENCE, None),
        (b"\x1b]11;rgb:zzzz/0/0\x1b\\" + FENCE, None),
    ],
)
def test_what_a_terminal_answers_is_understood_and_taken_from_the_input(
    terminal: tuple[int, int], told: bytes, is_light: bool | None
) -> None:
    user, program = terminal
    before = termios.tcgetattr(program)
    thread = answer(user, told)
    with PaperQuestion(XTERM, program, program) as question:
        assert question.is_light() is is_light
    thread.join()
    assert termios.tcgetattr(program) == before
    assert not select.select([program], [], [], 0)[0]
    assert not select.select([user], [], [], 0)[0], "the answer was shown on the screen"


def test_a_terminal_that_says_nothing_costs_a_tenth_of_a_second(
    terminal: tuple[int, int],
) -> None:
    _, program = terminal
    began = time.monotonic()
    with PaperQuestion(XTERM, program, program) as question:
        assert question.is_light() is None
    assert time.monotonic() - began < 1


def test_an_answer_over_a_slow_line_is_waited_for(terminal: tuple[int, int]) -> None:
    user, program = terminal
    thread = answer(user, b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\" + FENCE, after_s=0.3)
    env = {**XTERM, "SSH_TTY": "/dev/pts/1"}
    with PaperQuestion(env, program, program) as question:
        assert question.is_light() is True
    thread.join()


@pytest.mark.parametrize(
    "env",
    [{}, {"TERM": "dumb"}, {"TERM": "linux"}, {"TERM": "screen"}, {**XTERM, "INSIDE_EMACS": "1"},
     {**XTERM, "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver"}],
)  # fmt: skip
def test_terminals_that_might_print_the_question_are_not_asked(
    terminal: tuple[int, int], env: dict[str, str]
) -> None:
    user, program = terminal
    with PaperQuestion(env, program, program) as question:
        assert question.is_light() is None
    assert not select.select([user], [], [], 0)[0]


def test_what_is_no_terminal_is_not_asked() -> None:
    reading, writing = os.pipe()
    with PaperQuestion(XTERM, reading, writing) as question:
        assert question.is_light() is None
    assert not select.select([reading], [], [], 0)[0]
    os.close(reading)
    os.close(writing)


def test_black_ink_is_no_paper() -> None:
    assert read_answer(b"\x1b]10;rgb:0000/0000/0000\x1b\\") is None


@pytest.mark.parametrize(("is_light", "theme"), [(True, "light"), (False, "dark")])
async def test_the_answer_wins_over_the_environment_and_the_setting_over_both(
    open_screen: OpenScreen, is_light: bool, theme: str
) -> None:
    env = {"COLORFGBG": "15;0" if is_light else "0;15"}
    async with open_screen(env=env, is_light=is_light) as screen:
        assert screen.app.theme == f"feedreader-{theme}"
    async with open_screen(env=env, is_light=is_light, theme="nord") as screen:
        assert screen.app.theme == "nord"


def keys_of(parser: XTermParser, *parts: str) -> str:
    """The keys that Textual finds in what was read in so many parts, and in the pause after."""
    found = [event for part in parts for event in parser.feed(part)]
    time.sleep(constants.ESCAPE_DELAY * 1.5)
    found += parser.tick()
    return " ".join(one.text if isinstance(one, Paste) else one.key for one in found)  # type: ignore[attr-defined]


COLOUR = "\x1b]11;rgb:fbfb/f9f9/f4f4\x1b\\"
DEVICE = "\x1b[?62;22c"


@pytest.mark.parametrize(
    "parts",
    [
        ("j" + COLOUR + DEVICE + "k",),
        ("j", COLOUR, DEVICE, "k"),
        ("j" + COLOUR[:8], COLOUR[8:20], COLOUR[20:-1], "\\" + DEVICE[:4], DEVICE[4:] + "k"),
        ("j", COLOUR.replace("\x1b\\", "\x07") + "k"),
        ("j", "f/f4f4\x1b\\" + DEVICE + "k"),
        ("j" + DEVICE, "k"),
    ],
)
def test_an_answer_that_comes_when_the_screen_is_open_presses_no_keys(
    parts: tuple[str, ...],
) -> None:
    assert keys_of(PatientParser(), *parts) == "j k"


@pytest.mark.parametrize(
    "typed", ["\x1b", "\x1b[A", "\x1b[200~]11;rgb\x1b[201~x", "f/\x1bOP", "]11;"]
)
def test_what_is_typed_while_an_answer_is_awaited_is_what_it_always_is(typed: str) -> None:
    assert keys_of(PatientParser(), typed) == keys_of(XTermParser(), typed) != ""


def test_only_an_answer_that_is_owed_changes_how_keys_are_read(
    terminal: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    user, program = terminal
    thread = answer(user, FENCE)
    with PaperQuestion(XTERM, program, program) as question:
        question.is_light()
    thread.join()
    assert not question.is_owed
    with PaperQuestion(XTERM, program, program) as question:
        assert question.is_light() is None
    assert question.is_owed
    monkeypatch.setattr(linux_driver, "XTermParser", XTermParser)
    expect_late_answer()
    assert linux_driver.XTermParser is PatientParser
