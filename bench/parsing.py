"""Milliseconds a feed for each way of reading feeds, over a folder of documents.

    python bench/parsing.py [FOLDER] [ROUNDS]

The ways are run in turn, several times, in one process, and the best processor time of each
counts. Documents in JSON, which no other way reads, are left out.
"""

from __future__ import annotations

import dataclasses
import importlib
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import feedparser
from lxml import etree

from feedreader.core.encoding import decode_document
from feedreader.core.parse import _find_root, parse_fast, parse_feed
from feedreader.core.reference import read_reference
from feedreader.errors import NotAFeed
from feedreader.model import ParsedFeed

FOLDER = Path(__file__).parent.parent.parent / "shared" / "corpus" / "feeds" / "real"
SUFFIXES = {".rss", ".atom", ".rdf", ".xml"}
URL = "https://feed.example/feed.xml"
ROUNDS = 3
GOAL = 0.999  # of the fields

Read = Callable[[bytes], object]


def read_with_quick_tier(body: bytes) -> ParsedFeed | None:
    return parse_fast(body, url=URL)


def read_with_both_tiers(body: bytes) -> ParsedFeed | None:
    try:
        return parse_feed(body, url=URL)
    except NotAFeed:
        return None


def read_with_reference(body: bytes) -> ParsedFeed:
    text = decode_document(body).text
    return read_reference(text, root=_find_root(text).name, url=URL, language="")


def read_with_lxml(body: bytes) -> object:
    try:
        return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return None


def read_with_feedparser(body: bytes) -> object:
    return feedparser.parse(body)


def list_ways() -> dict[str, Read]:
    ways: dict[str, Read] = {
        "quick tier": read_with_quick_tier,
        "both tiers": read_with_both_tiers,
        "reference": read_with_reference,
        "bare lxml": read_with_lxml,
        "feedparser": read_with_feedparser,
    }
    try:
        fastfeedparser = importlib.import_module("fastfeedparser")
    except ImportError:
        return ways

    def read_with_fastfeedparser(body: bytes) -> object:
        try:
            return fastfeedparser.parse(body)
        except Exception:
            return None  # it raises what it likes for documents that it cannot read

    return {**ways, "fastfeedparser": read_with_fastfeedparser}


def measure(ways: dict[str, Read], bodies: Sequence[bytes], rounds: int) -> dict[str, float]:
    """Return the least processor time of each way, in milliseconds a document."""
    least = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for name, read in ways.items():
            start = time.process_time()
            for body in bodies:
                read(body)
            least[name] = min(least[name], time.process_time() - start)
    return {name: seconds / len(bodies) * 1000 for name, seconds in least.items()}


def fields_of(parsed: ParsedFeed) -> list[Any]:
    """Return all fields of a document, feed's and entries'."""
    values: list[Any] = [parsed.format, parsed.hints, len(parsed.entries)]
    for one in (parsed.feed, *parsed.entries):
        values += [getattr(one, field.name) for field in dataclasses.fields(one)]
    return values


def compare(bodies: Sequence[bytes]) -> tuple[int, int, int]:
    """Return how many documents the quick tier takes, their fields, and how many agree."""
    taken = fields = agreeing = 0
    for body in bodies:
        quick = read_with_quick_tier(body)
        if quick is None:
            continue
        taken += 1
        ours, theirs = fields_of(quick), fields_of(read_with_reference(body))
        fields += len(theirs)
        agreeing += sum(one == other for one, other in zip(ours, theirs, strict=False))
    return taken, fields, agreeing


def main(arguments: Sequence[str]) -> int:
    folder = Path(arguments[0]) if arguments else FOLDER
    rounds = int(arguments[1]) if len(arguments) > 1 else ROUNDS
    if not folder.is_dir():
        print(f"Nothing is measured: there are no feeds at {folder}. Name a folder of feeds.")
        return 0
    paths = [path for path in sorted(folder.iterdir()) if path.suffix in SUFFIXES]
    bodies = [path.read_bytes() for path in paths]
    if not bodies:
        print(f"Nothing is measured: {folder} holds no .rss, .atom, .rdf or .xml files.")
        return 0
    size_mb = sum(map(len, bodies)) / 1e6
    print(f"{len(bodies)} documents, {size_mb:.1f} MB, best of {rounds} rounds\n")
    costs = measure(list_ways(), bodies, rounds)
    print(f"{'':16}{'ms a feed':>10}{'MB/s':>8}{'to quick':>10}")
    for name, cost in costs.items():
        speed = size_mb / len(bodies) / cost * 1000
        print(f"{name:16}{cost:10.2f}{speed:8.1f}{cost / costs['quick tier']:9.1f}x")
    if "fastfeedparser" not in costs:
        print("fastfeedparser is not installed and was left out.")
    taken, fields, agreeing = compare(bodies)
    print(f"\nThe quick tier takes {taken} of {len(bodies)} documents ({taken / len(bodies):.1%});")
    print(
        f"{agreeing} of their {fields} fields agree with the reference ({agreeing / fields:.3%};"
        f" goal {GOAL:.1%}: {'met' if agreeing >= GOAL * fields else '**missed**'})."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
