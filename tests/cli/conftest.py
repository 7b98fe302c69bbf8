"""A real database, and the program run in this process or in one of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from feedreader.cli import main
from feedreader.reader import Reader
from runs import Result, seed


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, and an environment without the developer's habits."""
    for name in (
        "FEEDREADER_CONFIG", "FEEDREADER_PAGER", "PAGER", "VISUAL", "EDITOR", "BROWSER", "DISPLAY",
        "WAYLAND_DISPLAY", "NO_COLOR", "FORCE_COLOR", "XDG_DATA_HOME", "XDG_STATE_HOME",
        "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
    ):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("FEEDREADER_DB", str(tmp_path / "feeds.db"))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


@pytest.fixture
def database(home: Path) -> Path:
    return home / "feeds.db"


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., Result]:
    """Run the program in this process."""

    def run_main(*words: str) -> Result:
        sys.stdout.flush()
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as exit_info:
            main(words)
        sys.stdout.flush()
        sys.stderr.flush()
        captured = capfdbinary.readouterr()
        code = exit_info.value.code
        assert isinstance(code, int)
        return Result(code, captured.out.decode(), captured.err.decode())

    return run_main


@pytest.fixture
def seeded(database: Path) -> Iterator[Reader]:
    """The database with its seven entries, open to look into."""
    seed(database)
    with Reader(database) as reader:
        yield reader


@pytest.fixture
def ids(seeded: Reader) -> dict[str, int]:
    """Entry ids by the first word of their titles."""
    return {one.title.split()[0]: one.id for one in seeded.entries("")}
