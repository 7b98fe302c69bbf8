"""How long commands take that ask nothing of the network, against a bare Python.

python bench/startup.py
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import mean

from growth import build_store
from measure import FEEDREADER, PYTHON, clean_environment, table, verdict

GOALS = {"--version": 2.5, "status": 5.0, "list": 5.0, "list --limit 30": 5.0, "status --json": 5.0}
FEEDS, ENTRIES = 200, 5_000
_RUNS = 40


def measure() -> str:
    with tempfile.TemporaryDirectory() as temporary:
        database = Path(temporary) / "feeds.db"
        build_store(database, feeds=FEEDS, entries=ENTRIES)
        commands = {"python -c pass": [PYTHON, "-c", "pass"]}
        commands |= {words: [FEEDREADER, *words.split()] for words in GOALS}
        environment = {**clean_environment(), "FEEDREADER_DB": str(database)}
        times = {name: _time_s(command, environment) for name, command in commands.items()}
    bare = times.pop("python -c pass")
    rows = [["`python -c pass`", f"{bare * 1000:.1f} ms", ""]]
    for name, seconds in times.items():
        ratio = verdict(seconds / bare, GOALS[name])
        rows.append([f"`feedreader {name}`", f"{seconds * 1000:.1f} ms", ratio])
    told = f"{FEEDS} feeds, {ENTRIES:,} entries, of which a tenth is unread; by {_timer()}."
    return f"{told}\n\n" + table(["", "mean", "against bare Python"], rows)


def _timer() -> str:
    if shutil.which("hyperfine") is None:
        return "a loop of this program's, since hyperfine is not here"
    return "hyperfine"


def _time_s(command: list[str], environment: Mapping[str, str]) -> float:
    """Return the mean of many runs, bytecode cached: hyperfine's if it is here."""
    if shutil.which("hyperfine") is None:
        for _ in range(3):
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
        times = []
        for _ in range(_RUNS):
            started = time.perf_counter()
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
            times.append(time.perf_counter() - started)
        return mean(times)
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        subprocess.run(
            [
                *("hyperfine", "-N", "--warmup", "5", "--runs", str(_RUNS)),
                *("--export-json", report.name, " ".join(command)),
            ],
            env=environment,
            capture_output=True,
            check=True,
        )
        found: float = json.load(report)["results"][0]["mean"]
        return found


if __name__ == "__main__":
    print(measure())
