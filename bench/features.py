"""What rules, story cards, papers, hooks and statistics cost a reader of 1,000,000 entries.

    python bench/features.py [--entries 1000000] [--rounds 15] [--each]

Two copies of one store take turns: one without any of these, one that uses them all. With
`--each` there is a copy more for each of them, which says where a difference comes from.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from feedreader.model import EditionPlan, EditionSection
from feedreader.reader import Reader
from growth import FEEDS, REFRESH, VOCABULARY, Grown, copy_of, time_in_turn, web_of_feeds
from measure import FEEDREADER, clean_environment, table, verdict

GOAL = 1.1
NONE, ALL = "none of them", "all of them"
RULES = 20
_MEASURED = ("list, 50 unread", "list, a feed by number", "status", REFRESH)
_STARTS = ("status", "list --limit 30")


class _NoCards:
    """Stands in for what finds copies of stories, and finds none."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_, **__: None


def without_cards(reader: Reader) -> None:
    reader._store.__dict__["grouping"] = _NoCards()


def use_rules(reader: Reader) -> None:
    actions = ("mute", "read", "star", "tag:some", "score:+5")
    for number in range(RULES):
        word, action = VOCABULARY[7 * number], actions[number % len(actions)]
        reader.rules.add(f"when {word} words:>{number} -feed:{number} then {action}")


def use_hooks(reader: Reader) -> None:
    reader.rules.add("when words:>100 then notify")


def use_editions(reader: Reader) -> None:
    section = EditionSection("All", "is:unread", most=30)
    for number in range(3):
        reader.editions.define(EditionPlan(f"Paper {number}", (section,)))
        reader.editions.make(f"Paper {number}")


def use_statistics(reader: Reader) -> None:
    ids = reader.entry_ids("is:unread", limit=200)
    reader.statistics.note_reading([(entry_id, 30.0) for entry_id in ids])
    reader.statistics.over(90)


FEATURES: Mapping[str, Callable[[Reader], None]] = {
    f"{RULES} rules": use_rules,
    "a hook for all": use_hooks,
    "three papers": use_editions,
    "statistics": use_statistics,
}
CARDS = "story cards"


def prepare(name: str, reader: Reader) -> None:
    """Let a store use what the name says."""
    if name not in (CARDS, ALL):
        without_cards(reader)
    for feature, use in FEATURES.items():
        if name in (feature, ALL):
            use(reader)


def time_starts(paths: Mapping[str, Path], rounds: int) -> dict[str, dict[str, float]]:
    """Return the median milliseconds of whole commands on each store, in turn."""
    environment = clean_environment()
    found: dict[str, dict[str, float]] = {}
    for words in _STARTS:
        times: dict[str, list[float]] = {name: [] for name in paths}
        for _ in range(3 * rounds):
            for name, path in paths.items():
                command = [FEEDREADER, "--db", str(path), *words.split()]
                started = time.perf_counter()
                subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
                times[name].append((time.perf_counter() - started) * 1000)
        found[f"`feedreader {words}`"] = {name: median(some) for name, some in times.items()}
    return found


def measure(entries: int, rounds: int, *, is_each: bool) -> str:
    names = [NONE, ALL, *((CARDS, *FEATURES) if is_each else ())]
    with ExitStack() as stack:
        port = stack.enter_context(web_of_feeds())
        paths = {name: stack.enter_context(copy_of(entries)) for name in names}
        stores = {name: Grown(path, port, rounds) for name, path in paths.items()}
        for name, store in stores.items():
            stack.enter_context(store.reader)
            prepare(name, store.reader)
        figures = time_in_turn(stores, port, rounds, only=_MEASURED)
        figures |= time_starts(paths, rounds)
    rows = []
    for action, by_store in figures.items():
        ratio = by_store[ALL] / by_store[NONE]
        values = [f"{by_store[name]:.2f}" for name in names]
        rows.append([action, *values, verdict(ratio, GOAL)])
    told = f"{entries:,} entries, {FEEDS:,} feeds, {os.cpu_count()} cores, stores in turn."
    return f"{told}\n\n" + table(["ms, median", *names, "all against none"], rows)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--entries", type=int, default=1_000_000)
    arguments.add_argument("--rounds", type=int, default=15)
    arguments.add_argument("--each", action="store_true")
    chosen = arguments.parse_args()
    print(measure(chosen.entries, chosen.rounds, is_each=chosen.each))
