"""Notifications of the desktop, by the small program that each system has for them.

One process for each refresh at most, started without a shell; titles of stories are arguments
or literals, never parts of a script. A library would speak to the same services in our own
process: what it adds (buttons, sounds, an event loop) is not needed, and cron has no loop.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Final

from feedreader.core.notice import Notice
from feedreader.hooks.running import HookFailed, run

_TIMEOUT_S: Final = 10.0
_APPLESCRIPT: Final = (
    *("-e", "on run argv"),
    *("-e", "display notification (item 2 of argv) with title (item 1 of argv)"),
    *("-e", "end run"),
)
_SERVICE: Final = "org.freedesktop.Notifications"
_NOBODY_THERE: Final = ("ServiceUnknown", "was not provided by any", "Could not connect")


class NoDesktop(Exception):
    """There is no desktop here that could show a notification."""


def show(notice: Notice, env: Mapping[str, str]) -> None:
    """Show a notification; raises `NoDesktop`, or `HookFailed` if it should have worked."""
    if sys.platform == "darwin":
        run(("osascript", *_APPLESCRIPT, notice.title, notice.text), timeout_s=_TIMEOUT_S)
        return
    env = _with_bus(env)
    if "DBUS_SESSION_BUS_ADDRESS" not in env:
        raise NoDesktop("there is no desktop session here")
    # The text is markup by the specification; the title is not.
    text = escape(notice.text, quote=False)
    if program := shutil.which("notify-send", path=env.get("PATH")):
        argv: tuple[str, ...] = (program, "--app-name=feedreader", "--", notice.title, text)
    elif program := shutil.which("gdbus", path=env.get("PATH")):
        argv = (program, *_gdbus_call(notice.title, text))
    else:
        raise NoDesktop("neither notify-send nor gdbus is installed")
    try:
        run(argv, timeout_s=_TIMEOUT_S, env=env)
    except HookFailed as error:
        if any(words in str(error) for words in _NOBODY_THERE):
            raise NoDesktop("no desktop here shows notifications") from error
        raise


def _with_bus(env: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment with the user's message bus in it, which cron does not name."""
    if env.get("DBUS_SESSION_BUS_ADDRESS"):
        return env
    bus = Path(env.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}") / "bus"
    if not bus.is_socket():
        return {name: value for name, value in env.items() if name != "DBUS_SESSION_BUS_ADDRESS"}
    return {**env, "DBUS_SESSION_BUS_ADDRESS": f"unix:path={bus}"}


def _gdbus_call(title: str, text: str) -> tuple[str, ...]:
    """Return arguments that call the service (Desktop Notifications Specification, 9.1)."""
    return (
        *("call", "--session", "--dest", _SERVICE),
        *("--object-path", "/org/freedesktop/Notifications"),
        *("--method", f"{_SERVICE}.Notify"),
        *(_literal("feedreader"), "uint32 0", _literal(""), _literal(title), _literal(text)),
        *("@as []", "@a{sv} {}", "int32 -1"),
    )


def _literal(text: str) -> str:
    """Return a string as GVariant text, which JSON's form is; clean text holds no controls."""
    return json.dumps(text, ensure_ascii=False)
