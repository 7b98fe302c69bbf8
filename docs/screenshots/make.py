"""Draw the pictures of the documents: the reader on the demonstration site, at a fixed time.

`make screenshots` writes them beside this file. Nothing in them is loaded from elsewhere.
"""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from rich.cells import cell_len
from textual.pilot import Pilot

from feedreader.config import Config
from feedreader.demo import DemoSite
from feedreader.model import RefreshSettings
from feedreader.reader import Reader
from feedreader.tui.app import ReaderApp

HERE = Path(__file__).parent
NOW = datetime(2026, 4, 3, 8, 30, tzinfo=UTC)
_MOST_BYTES = 200_000
_CELL = 12.2  # a cell of Rich's SVG
_PORT = 8765  # it stands in the stories' addresses
_SITE_AGE = timedelta(minutes=20)


class Picture(NamedTuple):
    """What is pressed, and how the screen is then kept."""

    name: str
    keys: Sequence[str]
    size: tuple[int, int] = (120, 36)
    theme: str = "feedreader-dark"


def typed(text: str) -> list[str]:
    names = {" ": "space", ":": "colon", "/": "slash", ".": "full_stop"}
    return [names.get(char, char) for char in text]


CAPTURED = ["enter"]  # the newest entry, of a feed that gives summaries
CODE = ["j", "j", "enter"]
PICTURES = (
    Picture("main", CAPTURED),
    Picture("main-light", CODE, theme="feedreader-light"),
    Picture("zen", [*CAPTURED, "z"]),
    Picture("pictures", [*CAPTURED, "z", "I", *"jjjjjj"], size=(90, 40)),
    Picture("search", ["/", *typed("eelgrass OR bar* OR harbour sort:d")]),
    Picture("subscribe", ["a"]),
    Picture("small", CAPTURED, size=(80, 24)),
    Picture("help", ["question_mark"]),
)


async def draw(database: Path, picture: Picture, state_file: Path) -> str:
    """Return the picture as SVG."""
    config = Config()
    config = replace(config, ui=replace(config.ui, background_refresh=False, theme=picture.theme))
    app = ReaderApp(
        partial(Reader, database, clock=lambda: NOW),
        config,
        state_file=state_file,
        clock=lambda: NOW,
        zone=UTC,
        env={},
    )
    async with app.run_test(size=picture.size) as pilot:
        await rest(app, pilot)
        for key in picture.keys:
            await pilot.press(key)
            await rest(app, pilot)
        return self_contained(app.export_screenshot(title="feedreader"))


async def rest(app: ReaderApp, pilot: Pilot[str]) -> None:
    """Wait until the threads are idle and nothing waits for the keys to come to rest."""
    workers = (app.writer, app.glancer, app.loader, app.network)
    await pilot.pause()
    for _ in range(1000):
        if all(worker.is_idle for worker in workers) and app.main_screen.is_settled:
            break
        await asyncio.sleep(0.01)
    else:
        raise TimeoutError("the screen did not come to rest")
    await pilot.pause()


def self_contained(svg: str) -> str:
    """Leave out the fonts that the picture would load from elsewhere."""
    svg = re.sub(r"@font-face \{.*?\n    \}\n", "", svg, flags=re.DOTALL)
    svg = _TEXT.sub(_without_spaces, svg)
    svg = svg.replace("Fira Code, monospace", "'Fira Code', 'DejaVu Sans Mono', monospace")
    assert re.search(r"url\([^#]|href=", svg) is None
    assert len(svg.encode()) < _MOST_BYTES, f"{len(svg.encode())} bytes are too many"
    return svg


_TEXT = re.compile(r'<text class="([^"]*)" x="([^"]*)" (y="[^"]*") textLength="[^"]*" ([^>]*)>'
                   r"([^<]*)</text>")  # fmt: skip


def _without_spaces(match: re.Match[str]) -> str:
    """Draw a piece of a line from its first letter: some programs drop spaces before it."""
    kind, x, y, rest, text = match.groups()
    text = html.unescape(text)
    words = text.strip()
    if not words:
        return ""
    left = float(x) + _CELL * (len(text) - len(text.lstrip()))
    length = _CELL * cell_len(words)  # Rich counts letters, also those that are two cells wide
    return (
        f'<text class="{kind}" x="{left:g}" {y} textLength="{length:g}" {rest}>'
        f"{html.escape(words, quote=False)}</text>"
    )


def fill(database: Path, site: DemoSite) -> None:
    """Read the demonstration site, and leave traces of a reader: stars, tags, a search."""
    with Reader(
        database, clock=lambda: NOW, refresh_settings=RefreshSettings(host_pause_s=0)
    ) as reader:
        reader.import_list(site.opml())
        for _ in reader.refresh():
            pass
        ids = {entry.title: entry.id for entry in reader.entries("")}
        reader.star([ids["A spell checker in twelve lines"]])
        reader.mark_read(list(ids.values())[-7:])
        reader.tag([ids["Barnacles Keep Time by the Tide, Even in a Bucket"]], "quotes")


def main() -> None:
    with (
        DemoSite(port=_PORT, clock=lambda: NOW - _SITE_AGE) as site,
        TemporaryDirectory() as folder,
    ):
        database = Path(folder) / "feeds.db"
        fill(database, site)
        for picture in PICTURES:
            copy = Path(folder) / f"{picture.name}.db"
            copy.write_bytes(database.read_bytes())
            svg = asyncio.run(draw(copy, picture, Path(folder) / f"{picture.name}.json"))
            (HERE / f"{picture.name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
