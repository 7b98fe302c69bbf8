"""The torture suite's scale, and its table: fault, tries, survived, lost.

`make test` runs it in a short form; FEEDREADER_TORTURE=full (`make torture`) in full.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scenes import IS_FULL

Tally = Callable[..., None]
_KEY = "torture"


@pytest.fixture(autouse=True)
def no_proxy_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in tuple(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Tally:
    """Note a line of the table: `tally("SIGKILL", tries=200, lost=0)`, words behind it."""

    def note(fault: str, *, tries: int, lost: int, words: str = "") -> None:
        record_property(_KEY, (fault, tries, tries - lost, lost, words))

    return note


@pytest.fixture
def full_only() -> None:
    if not IS_FULL:
        pytest.skip("part of `make torture` only")


@pytest.fixture
def small_disk(tmp_path: Path) -> Any:
    """A file system of 1 MiB; needs to be mounted, so it is skipped for ordinary users."""
    import subprocess

    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("only root can mount a small disk")
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=1024k", "tmpfs", str(folder)],
        capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [one for some in ("passed", "failed") for one in terminalreporter.getreports(some)]
    rows = sorted({value for one in reports for key, value in one.user_properties if key == _KEY})
    if not rows or not (IS_FULL or terminalreporter.verbosity > 0):
        return
    terminalreporter.section("torture")
    terminalreporter.write_line(f"{'fault':<52}{'tries':>7}{'survived':>10}{'lost':>6}")
    for fault, tries, survived, lost, words in rows:
        line = f"{fault:<52}{tries:>7,}{survived:>10,}{lost:>6,}"
        terminalreporter.write_line(f"{line}  {words}" if words else line)
