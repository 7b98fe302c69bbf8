"""A slow world: 1,000 feeds on 1,000 hosts, 300 ms away; some hang, some trickle.

    python bench/slow_world.py [--hosts 1000]

The goal: done within 1.3 times the longest single timeout, or 1.5 times the ideal for the
concurrency, whichever is more; a host that hangs delays nobody else.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import urllib.request
from pathlib import Path
from statistics import median

from measure import FEEDREADER, PYTHON, free_port, run, serving, table, verdict
from world import hosts, manner

LATENCY_MS, HANG_PERCENT, TRICKLE_PERCENT, ENTRIES = 300, 2, 3, 20
CONCURRENCY, READ_TIMEOUT_S, TOTAL_TIMEOUT_S = 24, 15, 30  # as the program comes


def ideal_s(count: int) -> float:
    """Return how long so many slots take if none is ever idle."""
    costs = {
        "answers": LATENCY_MS / 1000,
        "hangs": READ_TIMEOUT_S,
        "trickles": TOTAL_TIMEOUT_S,
    }
    work = sum(costs[manner(number, HANG_PERCENT, TRICKLE_PERCENT)] for number in range(count))
    return work / CONCURRENCY


def measure(count: int) -> str:
    port = free_port()
    program = str(Path(__file__).with_name("world.py"))
    options = [port, count, LATENCY_MS, HANG_PERCENT, TRICKLE_PERCENT, ENTRIES]
    with (
        tempfile.TemporaryDirectory() as temporary,
        serving([PYTHON, program, *map(str, options)], hosts(1)[0], port),
    ):
        folder = Path(temporary)
        (folder / "urls").write_text(
            "\n".join(f"http://{host}:{port}/feed/0" for host in hosts(count))
        )
        feedreader = [FEEDREADER, "--db", str(folder / "feeds.db")]
        run([*feedreader, "import", str(folder / "urls")])
        cost = run([*feedreader, "refresh", "--json", "--no-pages"])
        address = f"http://{hosts(1)[0]}:{port}/most-open"
        most_open = int(urllib.request.urlopen(address).read()) - 1
    outcomes = [json.loads(line) for line in cost.output.splitlines()][:-1]
    good = [one for one in outcomes if one["outcome"] == "new"]
    wanted = sum(manner(n, HANG_PERCENT, TRICKLE_PERCENT) == "answers" for n in range(count))
    ideal = ideal_s(count)
    goal = max(1.3 * TOTAL_TIMEOUT_S, 1.5 * ideal)
    durations = [one["duration_ms"] for one in good]
    return table(
        ["", "value"],
        [
            ["hosts", f"{count:,}: {HANG_PERCENT}% hang, {TRICKLE_PERCENT}% trickle"],
            ["wall", verdict(cost.wall_s, goal, " s")],
            ["ideal for the concurrency", f"{ideal:.1f} s"],
            ["CPU", f"{cost.cpu_s:.1f} s"],
            ["peak memory", f"{cost.peak_mb:.0f} MB"],
            ["feeds read", f"{len(good):,} of the {wanted:,} that answer"],
            ["one answer took, median (most)", f"{median(durations)} ms ({max(durations)} ms)"],
            ["connections open at once, at most", f"{most_open} (concurrency {CONCURRENCY})"],
        ],
    )


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--hosts", type=int, default=1000)
    print(measure(arguments.parse_args().hosts))
