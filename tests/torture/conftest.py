"""The torture suite's scale, and its table: fault, tries, survived, lost.

`make test` runs it in a short form; FEEDREADER_TORTURE=full (`make torture`) in full.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from scenes import IS_FULL, Tally

_KEY = "torture"


@pytest.fixture(autouse=True)
def no_proxy_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in tuple(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def signals_that_nohup_ignores() -> None:
    """What is ignored here, the programs under test would ignore as well, and rightly so."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Tally:
    """Note a line of the table: `tally("SIGKILL", tries=200, lost=0)`, words behind it."""

    def note(fault: str, *, tries: int, lost: int, words: str = "") -> None:
        record_property(_KEY, (fault, tries, tries - lost, lost, words))

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [one for some in ("passed", "failed") for one in terminalreporter.getreports(some)]
    rows: dict[str, tuple[int, int, int, str]] = {}
    for one in reports:
        for key, (fault, *counts, words) in one.user_properties:
            if key == _KEY:
                before = rows.get(fault, (0, 0, 0, ""))
                sums = [had + more for had, more in zip(before, counts, strict=False)]
                rows[fault] = (*sums, words)
    if not rows or not (IS_FULL or terminalreporter.verbosity > 0):
        return
    terminalreporter.section("torture")
    terminalreporter.write_line(f"{'fault':<52}{'tries':>7}{'survived':>10}{'lost':>6}")
    for fault, (tries, survived, lost, words) in sorted(rows.items()):
        line = f"{fault:<52}{tries:>7,}{survived:>10,}{lost:>6,}"
        terminalreporter.write_line(f"{line}  {words}" if words else line)
