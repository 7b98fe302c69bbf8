"""A reader on a real database in a terminal that is not there, and pictures of it as text."""

from __future__ import annotations

import asyncio
import time
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.app import App
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key
from textual.pilot import Pilot

from feedreader.config import Config
from feedreader.model import RefreshSettings
from feedreader.reader import Reader
from feedreader.tui.app import ReaderApp
from feedreader.tui.main_screen import MainScreen
from seed import NOW, seed

_HASTY = RefreshSettings(host_pause_s=0)
SNAPSHOTS = Path(__file__).parent / "snapshots"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-snapshots", action="store_true", help="write tests/tui/snapshots anew"
    )


@pytest.fixture(scope="session")
def seeded_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the demonstration feeds; to be copied, not used."""
    path = tmp_path_factory.mktemp("seed") / "feeds.db"
    seed(path)
    return path


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the screen not wait for keys to come to rest: tests wait for the screen."""
    monkeypatch.setattr("feedreader.tui.reading._PREVIEW_PAUSE_S", 0.001)
    monkeypatch.setattr("feedreader.tui.reading._WHOLE_PAUSE_S", 0.001)
    monkeypatch.setattr("feedreader.tui.reading._FACTS_PAUSE_S", 0.001)
    monkeypatch.setattr("feedreader.tui.search_bar._PAUSE_S", 0.001)


@pytest.fixture
def database(seeded_database: Path, tmp_path: Path) -> Path:
    """A database of the test's own with the demonstration feeds."""
    path = tmp_path / "feeds.db"
    path.write_bytes(seeded_database.read_bytes())
    return path


_NETWORK_S = 0.5
_PATIENCE_S = 30.0


def send_key(app: App[Any], key: str) -> None:
    """Let a key arrive as the terminal's driver would bring it."""
    name = _character_to_key(key) if len(key) == 1 else key
    try:
        character = unicodedata.lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(name, name)))
    except KeyError:
        character = key if len(key) == 1 else None
    event = events.Key(name, character)
    event.set_sender(app)
    assert app._driver is not None
    app._driver.send_message(event)


async def come_to_rest(app: App[Any], is_busy: Callable[[], object] = lambda: False) -> None:
    """Wait until all messages are dealt with and all is drawn, and stays so for a second look."""
    until = time.monotonic() + _PATIENCE_S
    looks_still = 0
    while looks_still < 2 and app.is_running:
        assert time.monotonic() < until, f"no rest: {is_busy() or _unrest(app)}"
        await asyncio.sleep(0)
        if not await Pilot(app)._wait_for_screen():
            return  # it ended by an error, which the end of the test raises
        app.screen._on_timer_update()
        if is_busy() or not all(worker.is_finished for worker in app.workers):
            looks_still = 0
            await asyncio.sleep(0.002)
        else:
            looks_still = 0 if _unrest(app) else looks_still + 1


def _unrest(app: App[Any]) -> list[str]:
    """Return what is still to be done: messages that wait, widgets to be laid out or drawn."""
    screen = app.screen
    unrest = [f"{one!r} is to be drawn" for one in screen._dirty_widgets]
    unrest += [f"{one!r} is to be called" for one, _ in screen._callbacks]
    for pump in (app, screen, *screen.walk_children()):
        if pump.message_queue_size or pump._next_callbacks:
            unrest.append(f"{pump!r} has {pump.message_queue_size} messages")
    for widget in screen.walk_children():
        if widget._layout_required or widget._repaint_required:
            unrest.append(f"{widget!r} is to be laid out")
    return unrest


class Screen:
    """The reader as its user sees it."""

    def __init__(self, app: ReaderApp, pilot: Pilot[None], database: Path) -> None:
        self.app = app
        self.pilot = pilot
        self.database = database

    @property
    def main(self) -> MainScreen:
        return self.app.main_screen

    async def press(self, *keys: str) -> None:
        """Press keys one by one, and wait after each until what it set off has come to rest."""
        for key in keys:
            send_key(self.app, key)
            await self.rest()

    async def type(self, text: str) -> None:
        names = {" ": "space", ":": "colon", "-": "minus", "/": "slash"}
        await self.press(*(names.get(char, char) for char in text))

    async def rest(self) -> None:
        """Wait until nothing is under way: no message, thread, timer or line to be drawn.

        What the network is asked for may take longer than a test that looks on meanwhile.
        """
        app = self.app
        threads = (app.writer, app.glancer, app.loader)
        began = time.monotonic()

        def has_work_in_threads() -> bool:
            waits_for_network = not app.network.is_idle and time.monotonic() < began + _NETWORK_S
            return (
                waits_for_network
                or not all(one.is_idle for one in threads)
                or not self.main.is_settled
            )

        await come_to_rest(app, has_work_in_threads)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is the case, at most some seconds."""
        for _ in range(500):
            if is_so():
                await self.pilot.pause()
                return
            await asyncio.sleep(0.02)
        raise AssertionError("it did not come to be so")

    def lines(self) -> list[str]:
        """What stands on the screen."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]

    @property
    def text(self) -> str:
        return "\n".join(self.lines()) + "\n"

    @property
    def status(self) -> str:
        return self.lines()[-1]

    @property
    def title(self) -> str:
        """The title of the entry under the cursor."""
        current = self.main.entries.current
        return current.title if current else ""

    def ask(self, act: Callable[[Reader], Any]) -> Any:
        """Look into the database, as another process would."""
        with Reader(self.database, clock=lambda: NOW) as reader:
            return act(reader)


OpenScreen = Callable[..., Any]


@pytest.fixture
def open_screen(database: Path, tmp_path: Path) -> OpenScreen:
    """Open the reader on the database: `async with open_screen(size=(80, 24)) as screen`."""

    @asynccontextmanager
    async def open_it(
        *,
        size: tuple[int, int] = (120, 40),
        path: Path = database,
        keys: Iterable[tuple[str, tuple[str, ...]]] = (),
        env: dict[str, str] | None = None,
        config: Config | None = None,
        clock: Callable[[], Any] = lambda: NOW,
        is_light: bool | None = None,
        **ui: Any,
    ) -> AsyncIterator[Screen]:
        config = config or Config()
        config = replace(
            config, keys=tuple(keys), ui=replace(config.ui, background_refresh=False, **ui)
        )
        app = ReaderApp(
            lambda: Reader(path, clock=clock, refresh_settings=_HASTY),
            config,
            state_file=tmp_path / "state" / "screen.json",
            clock=clock,
            zone=UTC,
            env=env or {},
            is_light=is_light,
        )
        async with app.run_test(size=size) as pilot:
            screen = Screen(app, pilot, path)
            await screen.rest()
            yield screen

    return open_it


Snapshot = Callable[[str, str], None]


@pytest.fixture
def snapshot(request: pytest.FixtureRequest) -> Snapshot:
    """Compare text with the file of a name; --update-snapshots writes it."""

    def compare(name: str, text: str) -> None:
        path = SNAPSHOTS / f"{name}.txt"
        if request.config.getoption("--update-snapshots", default=False):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            return
        assert path.exists(), f"{path} is missing: pytest --update-snapshots writes it"
        assert text == path.read_text(encoding="utf-8")

    return compare
