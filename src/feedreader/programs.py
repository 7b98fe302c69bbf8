"""Other programs: browser, player, clipboard, pipes. No shell ever sees what feeds say."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final

from feedreader.core.links import safe_link

_TEXT_BROWSERS: Final = frozenset(
    {"w3m", "lynx", "links", "elinks", "links2", "browsh", "carbonyl"}
)
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Launch:
    """A program with its arguments; `needs_terminal` if it draws where we do."""

    argv: tuple[str, ...]
    needs_terminal: bool = False


def browser_for(
    url: str, title: str, configured: Sequence[str], env: Mapping[str, str]
) -> Launch | None:
    """Return what opens an address: the user's browser, $BROWSER, the system's; None: nothing.

    An address that is not http, https or mailto gives nothing.
    """
    url = safe_link(url)
    if not url:
        return None
    if configured:
        return _launch(fill(configured, url=url, title=title))
    for named in env.get("BROWSER", "").split(os.pathsep):
        try:
            argv = shlex.split(named)
        except ValueError:  # a quotation mark that is never closed
            continue
        if argv and shutil.which(argv[0], path=env.get("PATH")):
            filled = [word.replace("%s", url) for word in argv]
            return _launch(tuple(filled if "%s" in named else [*argv, url]))
    if sys.platform == "darwin":
        return Launch(("open", url))
    if env.get("DISPLAY") or env.get("WAYLAND_DISPLAY"):
        return Launch(("xdg-open", url)) if shutil.which("xdg-open") else None
    if shutil.which("wslview"):
        return Launch(("wslview", url))
    return None


def fill(command: Sequence[str], **values: str) -> tuple[str, ...]:
    """Return a command with its `{placeholders}` filled, each in the word where it stands.

    One pass: what a feed says is never filled again. A word that was a placeholder and
    nothing else cannot become an option: leading dashes are taken off.
    """
    filled = []
    for word in command:
        text = _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), word)
        is_value = _PLACEHOLDER.fullmatch(word) and text != word
        filled.append(text.lstrip("-") if is_value else text)
    return tuple(filled)


def _launch(argv: tuple[str, ...]) -> Launch:
    return Launch(argv, Path(argv[0]).name in _TEXT_BROWSERS)


def start(launch: Launch) -> None:
    """Start a program beside ours and forget it; raises `OSError` if it cannot be started."""
    subprocess.Popen(
        launch.argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def run_in_terminal(argv: Sequence[str], text: str | None = None) -> int:
    """Run a program in the terminal, with a text on its input, and return its exit code.

    Ctrl-C is for the program: it does not end ours.
    """
    data = None if text is None else text.encode()
    with _interrupts_do(lambda *_: None):  # a handler, since what is ignored a child ignores too
        return subprocess.run(list(argv), input=data, check=False).returncode


def wait_for_enter(words: str) -> None:
    """Ask for Enter in the terminal; Ctrl-C and Ctrl-D will do as well."""
    with _interrupts_do(signal.default_int_handler), suppress(EOFError, KeyboardInterrupt):
        input(words)


@contextmanager
def _interrupts_do(act: Callable[[int, FrameType | None], Any]) -> Iterator[None]:
    before = signal.signal(signal.SIGINT, act)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def copy_with_tool(text: str, env: Mapping[str, str]) -> bool:
    """Give text to the desktop's clipboard; say whether a tool for it took it.

    Terminals that know OSC 52 need no tool; not all do.
    """
    tools: list[tuple[str, ...]] = []
    if env.get("WAYLAND_DISPLAY"):
        tools.append(("wl-copy",))
    if env.get("DISPLAY"):
        tools += [("xclip", "-selection", "clipboard"), ("xsel", "--clipboard", "--input")]
    if sys.platform == "darwin":
        tools.append(("pbcopy",))
    for argv in tools:
        if shutil.which(argv[0]):
            try:
                subprocess.run(
                    argv,
                    input=text.encode(),
                    check=True,
                    timeout=2,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            except (OSError, subprocess.SubprocessError):
                continue
            return True
    return False
