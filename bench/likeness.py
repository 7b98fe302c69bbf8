"""How well copies of stories are found, and what it costs.

python bench/likeness.py [--rows 10000,100000,1000000] [--half tuning|test] [--show-errors]

story_pairs.py makes pairs with a known answer; they are split by site into a half for tuning and
a half for the test. A pair counts as found if the two share a key of the index, so that they are
compared at all, and are then said to be copies.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from feedreader.core.canonical import fragments_differ
from feedreader.core.identity import identify
from feedreader.core.likeness import is_copy, is_of_address, make_telling, story_keys
from feedreader.core.plan import clean_entry
from feedreader.model import Entry, FeedUpdate, PollState
from feedreader.store import Store
from feedreader.store.grouping import period_of
from measure import table, verdict_at_least
from story_pairs import Article, Pair, make_pairs, pair_id, read_feeds

# --- measuring ----------------------------------------------------------------


def judge(pair: Pair) -> tuple[bool, bool]:
    """Return whether the two would be compared, and whether they are found to be copies."""
    both = pair.one, pair.other
    keys = [set(story_keys([one.link], one.text)) for one in both]
    shared = keys[0] & keys[1]
    if any(map(is_of_address, shared)):
        return True, not fragments_differ(pair.one.link, pair.other.link)
    tellings = [make_telling(one.title, one.text, one.siblings) for one in both]
    return bool(shared), bool(shared) and is_copy(*tellings)


def report(pairs: Sequence[Pair], half: str, *, shows_errors: bool) -> None:
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    totals: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for pair in pairs:
        if pair.one.half != half:
            continue
        meets, found = judge(pair)
        counted = {"pairs": 1, "met": meets, "found": found, "right": found == pair.is_copy}
        kinds[pair.kind].update(counted)
        totals[pair.is_copy].update(counted)
        if shows_errors and found != pair.is_copy:
            error = "missed" if pair.is_copy else "wrong"
            print(f"\n{error}: {pair.kind}, {pair_id(pair.one, pair.other)}")
            for one in (pair.one, pair.other):
                print(f"  {one.feed} | {one.title[:90]} | {one.link[:80]} | {one.text[:200]!r}")
    rows = [
        (
            kind,
            *(str(n[name]) for name in ("pairs", "met", "found")),
            f"{n['right'] / n['pairs']:.3f}",
        )
        for kind, n in kinds.items()
    ]
    print(f"\n### Pairs, {half} half\n")
    print(table(("kind", "pairs", "share a key", "found", "right"), rows))
    copies, others = totals[True], totals[False]
    recall = copies["found"] / copies["pairs"]
    precision = copies["found"] / (copies["found"] + others["found"])
    print(f"\n{copies['pairs']:,} pairs of copies, {others['pairs']:,} that are none.\n")
    figures = [
        [f"{half} half", "precision", verdict_at_least(precision, 0.99)],
        [f"{half} half", "recall", verdict_at_least(recall, 0.9)],
    ]
    print(table(("", "", "of all pairs"), figures))


# --- what it costs ------------------------------------------------------------


def report_costs(feeds: Sequence[Sequence[Article]], sizes: Sequence[int]) -> None:
    """Print what the keys of an entry take, and finding its place among so many others."""
    entries = [one for some in feeds for one in some]
    began = time.process_time()
    for one in entries:
        story_keys([one.link], one.text)
    spent = (time.process_time() - began) / len(entries) * 1e6
    print(f"\n### Cost\n\nKeys of an entry of a real feed: {spent:.0f} µs on average.\n")
    rows = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "feeds.db") as store:
            _fill(store, size)
            rows.append((f"{size:,}", *(f"{_time_add(store, n):.0f}" for n in (0, 1))))
    print(table(("entries in the index", "a story of its own, µs", "a copy, µs"), rows))


def _fill(store: Store, size: int) -> None:
    """Put so many entries of 100 feeds into a store, with keys of made-up texts."""
    draw = random.Random(size)
    now = datetime.now(UTC)
    moment = int(now.timestamp())
    with store.transaction():
        feed_ids = [store.feeds.add(f"https://{n}.example/", now=now)[0] for n in range(100)]
        store.connection.execute_many(
            """INSERT INTO entries (id, feed_id, sort_at, received_at, key, alt_key, content_hash)
               VALUES (?, ?, ?, ?, ?, x'', x'')""",
            (
                (n, feed_ids[n % 100], moment - n % 2_000_000, moment, n.to_bytes(4, "big"))
                for n in range(1, size + 1)
            ),
        )
        period = period_of(now)
        store.connection.execute_many(
            "INSERT INTO entry_bodies (entry_id, text) VALUES (?, ?)",
            ((n, f"words of entry {n} and no others") for n in range(1, size + 1)),
        )
        # The least of a hundred values, as those of a text are.
        keys = (
            (period, int((1 - draw.random() ** 0.01) * 2**32) | number << 32, n)
            for n in range(1, size + 1)
            for number in range(1, 7)
        )
        store.connection.execute_many("INSERT OR IGNORE INTO story_keys VALUES (?, ?, ?)", keys)


def _time_add(store: Store, copies: int, entries: int = 20, rounds: int = 25) -> float:
    """Return the microseconds for each entry of a poll, its keys known; the best of some rounds.

    With `copies` another feed has told all of it just before.
    """
    draw, now = random.Random(copies), datetime.now(UTC)
    times = []
    for number in range(rounds):
        texts = [" ".join(f"w{draw.getrandbits(40):x}" for _ in range(120)) for _ in range(entries)]
        for teller in range(copies + 1):
            with store.transaction():
                url = f"https://{copies}.{number}.{teller}.example/"
                feed_id, _ = store.feeds.add(url, now=now)
                update = FeedUpdate(
                    feed_id,
                    PollState(),
                    new=tuple(
                        clean_entry(one)
                        for one in identify(
                            Entry(guid=str(place), title=text[:40], content_html=text)
                            for place, text in enumerate(texts)
                        )
                    ),
                )
                new = store.entries.apply(update, now)
                began = time.perf_counter()
                store.grouping.add(feed_id, new, now)
                took = time.perf_counter() - began
        times.append(took / entries * 1e6)
    return min(times)


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--show-errors", action="store_true")
    options.add_argument("--half", choices=("tuning", "test"))
    options.add_argument("--rows", default="10000,100000,1000000", help="sizes of the index")
    chosen = options.parse_args()
    pairs = make_pairs()
    for half in [chosen.half] if chosen.half else ["tuning", "test"]:
        report(pairs, half, shows_errors=chosen.show_errors)
    report_costs(list(read_feeds()), [int(size) for size in chosen.rows.split(",") if size])


if __name__ == "__main__":
    main()
