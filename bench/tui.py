"""How the terminal reader behaves with many entries: first paint, key to paint, filter, memory.

    python bench/tui.py [ENTRIES…]        (100,000 and 1,000,000 if nothing is said)

Makes a database of that many entries, once, in the folder for temporary files. Keys go through
the app's own queue to a screen of 160x50; a move is over when the list has been drawn anew.
Each figure is the median of three runs, sizes in turn.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from feedreader.config import Config, UiSettings
from feedreader.reader import Reader
from measure import table, verdict

DATA = Path(tempfile.gettempdir()) / "feedreader-bench"
FEEDS = 200
GOALS = {"first paint": 600.0, "move, p99": 16.0, "filter": 100.0}
SIZE = (160, 50)
ROUNDS = 3
COMMON = "the of to and in for is on that by".split()  # noqa: SIM905
WORDS = [f"{one}{two}" for one in ("river", "stone", "lamp", "winter", "silver", "paper", "garden",
         "copper", "signal", "amber") for two in ("field", "light", "house", "bird", "wood", "gate",
         "mark", "song", "way", "port")]  # fmt: skip


def make_database(count: int) -> Path:
    """Return a database with this many entries, a tenth of them unread."""
    path = DATA / f"tui-{count}.db"
    if path.exists():
        return path
    DATA.mkdir(exist_ok=True)
    building = path.with_suffix(".building")
    building.unlink(missing_ok=True)
    with Reader(building) as reader:
        for number in range(FEEDS):
            folder = (f"Folder {number % 12}",) if number % 5 else ()
            reader.subscribe(
                f"https://feed-{number}.example/feed", title=f"Feed {number}", folder=folder
            )
    chance = random.Random(7)
    now = int(time.time())
    connection = sqlite3.connect(building)
    connection.execute("PRAGMA synchronous = OFF")
    feed_ids = [row[0] for row in connection.execute("SELECT id FROM feeds ORDER BY id")]
    rows = (
        (
            entry_id,
            feed_ids[chance.randrange(FEEDS)],
            now - (count - entry_id) * 60,
            now - (count - entry_id) * 60,
            chance.random() > 0.1,
            entry_id.to_bytes(8),
            f"{' '.join(chance.choices(WORDS, k=5))} {entry_id}",
            " ".join(chance.choices(WORDS, k=8) + chance.choices(COMMON, k=8)),
        )
        for entry_id in range(1, count + 1)
    )
    with connection:
        connection.executemany(
            """INSERT INTO entries (id, feed_id, sort_at, received_at, is_read, key, alt_key,
                   content_hash, title, summary, full_text_source, word_count)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?6, ?7, ?8, 1, 20)""",
            rows,
        )
        connection.execute(
            """INSERT INTO entry_bodies (entry_id, text, feed_html)
               SELECT id, summary, '<p>' || summary || '</p>' FROM entries"""
        )
        connection.execute("INSERT INTO entries_fts (entries_fts) VALUES ('rebuild')")
        connection.execute("ANALYZE")
    connection.close()
    building.rename(path)
    return path


def measure(path: Path) -> dict[str, float]:
    """Return the figures of one database, in milliseconds and megabytes."""
    return asyncio.run(_measure(path))


async def _measure(path: Path) -> dict[str, float]:
    began = time.perf_counter()
    os.environ["TEXTUAL_FPS"] = "240"  # as tui.run does
    from feedreader.tui.app import ReaderApp  # a part of the start
    from feedreader.tui.listing import Listing

    figures: dict[str, float] = {"import": 1000 * (time.perf_counter() - began)}
    config = Config(ui=UiSettings(show="all", background_refresh=False))
    app = ReaderApp(
        lambda: Reader(path), config, state_file=DATA / "screen.json",
        clock=lambda: datetime.now(UTC), zone=UTC, env={},
    )  # fmt: skip
    async with app.run_test(size=SIZE) as pilot:
        screen = app.main_screen
        drawn = asyncio.Event()
        draw = screen.entries.render_line

        def noting(y: int):  # type: ignore[no-untyped-def]
            drawn.set()
            return draw(y)

        screen.entries.render_line = noting  # type: ignore[method-assign]
        await drawn.wait()
        figures["first paint"] = 1000 * (time.perf_counter() - began)
        while len(screen.entries.listing.keys.ids) <= 200:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        figures["whole list"] = 1000 * (time.perf_counter() - began)
        await pilot.pause(0.5)
        app.settle()

        async def key_to_paint(key: str) -> float:
            drawn.clear()
            start = time.perf_counter()
            app.post_message(_key(key))
            await drawn.wait()
            took = 1000 * (time.perf_counter() - start)
            await asyncio.sleep(0.005)
            return took

        async def often(name: str, times: int, act: Callable[[], Awaitable[float]]) -> None:
            taken = sorted([await act() for _ in range(times)])
            figures[f"{name}, median"] = statistics.median(taken)
            figures[f"{name}, p99"] = taken[int(len(taken) * 0.99)]

        await often("move", 300, lambda: key_to_paint("j"))
        await often("page", 300, lambda: key_to_paint("pagedown"))
        await key_to_paint("G")
        await often("page from the end", 300, lambda: key_to_paint("pageup"))

        shown = asyncio.Event()
        show = screen.entries.show

        def noting_list(listing: Listing, **options: int) -> None:
            show(listing, **options)
            shown.set()

        screen.entries.show = noting_list  # type: ignore[method-assign]

        async def filtered(query: str) -> float:
            await pilot.press("slash")
            await pilot.pause(0.3)
            shown.clear()
            start = time.perf_counter()
            screen.search.input.value = query
            await asyncio.wait_for(shown.wait(), 30)
            took = 1000 * (time.perf_counter() - start)
            shown.clear()
            await pilot.press("escape")
            await asyncio.wait_for(shown.wait(), 30)
            await pilot.pause(1)
            return took

        frequent = ("the", "riverlight paperport", "is:unread silver", "intitle:amberwood -of")
        rare = ("riverlight paperport silvergate amberwood", "zeppelin", "feed:7 silver")
        for words in frequent + rare:
            figures[f"filter {words}"] = await filtered(words)
    figures["memory, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures


def _key(name: str):  # type: ignore[no-untyped-def]
    from textual import events

    return events.Key(name, name if len(name) == 1 else None)


def main() -> None:
    """Measure each size in processes of its own, and print a table."""
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(Path(sys.argv[2]))))
        return
    counts = [int(one.replace(",", "")) for one in sys.argv[1:]] or [100_000, 1_000_000]
    paths = [make_database(count) for count in counts]
    runs: list[list[dict[str, float]]] = [[] for _ in paths]
    for _ in range(ROUNDS):
        for path, runs_of_size in zip(paths, runs, strict=True):
            runs_of_size.append(_run_one(path))
    rows = []
    for name in runs[0][0]:
        values = [statistics.median(run[name] for run in runs_of_size) for runs_of_size in runs]
        goal = next((goal for start, goal in GOALS.items() if name.startswith(start)), None)
        worst = "" if goal is None else verdict(max(values), goal, " ms")
        rows.append([name, *(f"{value:.1f}" for value in values), worst])
    head = ["ms", *(f"{count:,} entries" for count in counts), "at most"]
    print(f"A screen of {SIZE[0]} by {SIZE[1]}. Medians of {ROUNDS} runs, sizes in turn.\n")
    print(table(head, rows))


def _run_one(path: Path) -> dict[str, float]:
    (DATA / "screen.json").unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, __file__, "--one", str(path)], capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(done.stderr)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


if __name__ == "__main__":
    main()
