"""One refresh of many feeds, against Newsboat, the library `reader` and the limit program.

    python bench/refresh.py [--feeds 500] [--rounds 5] [--only feedreader,limit]

The programs take turns, so that whatever else the machine does falls on all of them. All
feeds come from one server on loopback, hence `host_pause = "0s"`: over a network the pause
between two requests to one host is a second.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median

from measure import (
    FEEDREADER,
    PYTHON,
    ROOT,
    SHARED,
    Cost,
    free_port,
    run,
    serving,
    spread,
    table,
    verdict,
)

SERVER = SHARED / "bench" / "feedserver.py"
READER_PEER = SHARED / "bench" / "reader_peer.py"
PEER_PYTHON = ROOT / "bench" / ".venv" / "bin" / "python"
FEEDS = SHARED / "corpus" / "feeds" / "real" / "*"

ROWS = ("first", "again", "new", "304")
ROW_NAMES = {
    "first": "first refresh",
    "again": "again, same bytes, no validators",
    "new": "one new entry each",
    "304": "again, all 304",
}
# Wall time against Newsboat's, and megabytes.
GOALS = {"first": (0.6, 200), "again": (0.2, 120), "new": (0.3, 150), "304": (0.2, 120)}
READER_GOAL, LIMIT_GOAL, LIMIT_304_GOAL = 1 / 12, 1.5, 4.0

Figures = dict[tuple[str, str], list[Cost]]
Program = Callable[[Path, Sequence[str], bool], Cost]
"""With a folder, the feeds' addresses, and whether to watch memory."""


class Server:
    """The feed server: `/c/` without validators, `/e/` with them."""

    def __init__(self, port: int, feeds: int) -> None:
        self._base = f"http://127.0.0.1:{port}"
        self._feeds = feeds

    def urls(self, mode: str) -> list[str]:
        return [f"{self._base}/{mode}/{number}" for number in range(self._feeds)]

    def publish(self, entries: int) -> None:
        """Let each feed of `/c/` have so many new entries on top."""
        urllib.request.urlopen(f"{self._base}/gen/{entries}").read()


# --- the programs; each gets a folder of its own and refreshes what it knows there ----------


def run_feedreader(folder: Path, urls: Sequence[str], watch: bool) -> Cost:
    config, database = folder / "config.toml", folder / "feeds.db"
    options = [FEEDREADER, "--db", str(database), "--config", str(config)]
    if not database.exists():
        config.write_text('[refresh]\nhost_pause = "0s"\n\n[full_text]\nmode = "never"\n')
        listed = folder / "urls"
        listed.write_text("\n".join(urls))
        run([*options, "import", str(listed)])
    return run([*options, "refresh", "--force", "--quiet", "--wait"], watch=watch)


def run_newsboat(folder: Path, urls: Sequence[str], watch: bool) -> Cost:
    (folder / "urls").write_text("\n".join(urls))
    (folder / "config").write_text("reload-threads 16\n")
    return run(
        [
            *("newsboat", "-u", str(folder / "urls"), "-c", str(folder / "cache.db")),
            *("-C", str(folder / "config"), "-x", "reload"),
        ],
        env={"HOME": str(folder)},
        watch=watch,
    )


def run_reader(folder: Path, urls: Sequence[str], watch: bool) -> Cost:
    (folder / "urls").write_text("\n".join(urls))
    return run(
        [str(PEER_PYTHON), str(READER_PEER), str(folder / "reader.db"), str(folder / "urls")],
        watch=watch,
    )


def run_limit(folder: Path, urls: Sequence[str], watch: bool) -> Cost:
    (folder / "urls").write_text("\n".join(urls))
    program = str(Path(__file__).with_name("limit.py"))
    command = [PYTHON, program, str(folder / "limit.db"), str(folder / "urls")]
    return run(command, watch=watch)


PROGRAMS: dict[str, Program] = {
    "Newsboat": run_newsboat,
    "feedreader": run_feedreader,
    "limit": run_limit,
    "reader": run_reader,
}
_TABLES = {
    "Newsboat": ("cache.db", "rss_item"),
    "feedreader": ("feeds.db", "entries"),
    "limit": ("limit.db", "entries"),
    "reader": ("reader.db", "entries"),
}


def install_reader() -> bool:
    """Put the library `reader` into an environment of its own; say whether it is there."""
    mark = PEER_PYTHON.parent.parent / ".installed"
    if not mark.exists() and READER_PEER.exists():
        pip = [str(PEER_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        with suppress(OSError, subprocess.CalledProcessError):
            subprocess.run([PYTHON, "-m", "venv", str(PEER_PYTHON.parent.parent)], check=True)
            subprocess.run([*pip, "reader", "sgmllib3k"], check=True)
            mark.touch()
    return mark.exists() and READER_PEER.exists()


def install_newsboat() -> bool:
    """Install Newsboat from Debian if it is missing; say whether it is there."""
    if shutil.which("newsboat") is None and shutil.which("apt-get") is not None:
        subprocess.run(["apt-get", "install", "--yes", "newsboat"], check=False)
    return shutil.which("newsboat") is not None


# --- measuring --------------------------------------------------------------


def measure(programs: Sequence[str], feeds: int, rounds: int, reader_rounds: int) -> Figures:
    """Run each program in turn, `rounds` times, through all states of the feeds.

    Memory is watched in a round of its own before these, because to watch it takes time.
    """
    figures: Figures = defaultdict(list)
    port = free_port()
    with serving([PYTHON, str(SERVER), str(port), str(FEEDS)], "127.0.0.1", port):
        server = Server(port, feeds)
        for number in range(rounds + 1):
            for name in programs:
                if name == "reader" and number > reader_rounds:
                    continue
                for row, cost in _run_states(name, server, watch=number == 0):
                    figures[name, row].append(cost)
                    print(
                        f"  {number}/{rounds} {name:10} {row:5} {cost.wall_s:6.2f} s"
                        f" {cost.cpu_s:6.2f} s cpu {cost.peak_mb:6.0f} MB",
                        file=sys.stderr,
                    )
    return figures


def _run_states(name: str, server: Server, *, watch: bool) -> Iterator[tuple[str, Cost]]:
    program = PROGRAMS[name]
    server.publish(0)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        yield "first", program(folder, server.urls("c"), watch)
        if name == "reader":
            return
        before = _count(name, folder)
        yield "again", program(folder, server.urls("c"), watch)
        assert _count(name, folder) == before, f"{name} found news where there were none"
        server.publish(1)
        yield "new", program(folder, server.urls("c"), watch)
        _tell_count(name, before, _count(name, folder))
    server.publish(0)
    with tempfile.TemporaryDirectory() as temporary:
        program(Path(temporary), server.urls("e"), watch)
        yield "304", program(Path(temporary), server.urls("e"), watch)


def _count(name: str, folder: Path) -> int:
    file, of = _TABLES[name]
    database = sqlite3.connect(folder / file)
    count: int = database.execute(f"SELECT count(*) FROM {of}").fetchone()[0]
    database.close()
    return count


def _tell_count(name: str, before: int, after: int) -> None:
    print(f"      {name}: {before:,} entries, then {after - before:,} new", file=sys.stderr)


# --- writing it down --------------------------------------------------------


def report(figures: Figures, feeds: int, rounds: int) -> str:
    """Return the tables in Markdown."""
    names = [name for name in PROGRAMS if (name, "first") in figures]
    rows = []
    for row in ROWS:
        for name in names:
            costs = figures.get((name, row))
            if costs:
                rows.append(
                    [
                        ROW_NAMES[row],
                        name,
                        spread([cost.wall_s for cost in _timed(costs)]),
                        f"{median(cost.cpu_s for cost in _timed(costs)):.2f}",
                        f"{max(cost.peak_mb for cost in costs):.0f}",
                    ]
                )
    parts = [
        f"{feeds} feeds, rounds: {rounds}, programs in turn. Wall seconds: median (least–most).",
        "Memory was watched in a round before these, since to watch it takes time.",
        table(["", "program", "wall s", "CPU s", "peak MB"], rows),
    ]
    if "feedreader" in names:
        parts.append(table(["", "compared", "value"], list(_verdicts(figures))))
    return "\n\n".join(parts)


def _verdicts(figures: Figures) -> Iterator[list[str]]:
    for row, (ratio, megabytes) in GOALS.items():
        ours = figures["feedreader", row]
        if "Newsboat" in (name for name, _ in figures):
            value = _wall(ours) / _wall(figures["Newsboat", row])
            yield [ROW_NAMES[row], "wall, against Newsboat", verdict(value, ratio)]
        peak = max(cost.peak_mb for cost in ours)
        yield [ROW_NAMES[row], "peak memory of all processes", verdict(peak, megabytes, " MB")]
    first, again = figures["feedreader", "first"], figures["feedreader", "304"]
    if figures.get(("reader", "first")):
        value = _wall(first) / _wall(figures["reader", "first"])
        yield [ROW_NAMES["first"], "wall, against `reader`", verdict(value, READER_GOAL)]
    if figures.get(("limit", "first")):
        value = _wall(first) / _wall(figures["limit", "first"])
        yield [ROW_NAMES["first"], "wall, against the limit", verdict(value, LIMIT_GOAL)]
        value = _wall(again) / _wall(figures["limit", "304"])
        yield [ROW_NAMES["304"], "wall, against the limit", verdict(value, LIMIT_304_GOAL)]


def _timed(costs: Sequence[Cost]) -> Sequence[Cost]:
    return [cost for cost in costs if not cost.peak_mb]


def _wall(costs: Sequence[Cost]) -> float:
    return median(cost.wall_s for cost in _timed(costs))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--feeds", type=int, default=500)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--reader-rounds", type=int, default=1)
    arguments.add_argument("--only", default=",".join(PROGRAMS))
    chosen = arguments.parse_args()
    programs = [name for name in PROGRAMS if name in chosen.only.split(",")]
    if not SERVER.exists() or not FEEDS.parent.is_dir():
        print(f"Not measured: {SERVER} or {FEEDS.parent} is missing.")
        return
    for name, install in (("Newsboat", install_newsboat), ("reader", install_reader)):
        if name in programs and not install():
            print(f"{name} is not here and cannot be installed: measured without it.\n")
            programs.remove(name)
    print(
        report(
            measure(programs, chosen.feeds, chosen.rounds, chosen.reader_rounds),
            chosen.feeds,
            chosen.rounds,
        )
    )


if __name__ == "__main__":
    main()
