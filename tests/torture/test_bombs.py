"""Bodies that never end, explode or trickle: memory and time are bounded, the others update."""

from __future__ import annotations

import asyncio
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedreader.model import FetchLimits, RefreshOutcome
from feedreader.reader import Reader
from scenes import IS_FULL, SETTINGS, Tally, contents, reader_at, rss, start_child
from servers import Answer, Exchange, LoopbackServer, drip, drip_headers, endless, gzip_bomb

MOST_MIB = 150
MOST_MIB_WITHIN_THE_CAP = 200
needs_proc = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs /proc")


def family(parent: int) -> set[int]:
    """Return a process and all that descend from it."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(folder.name)] = int(fields[1])
    found = {parent}
    while more := {one for one, above in parents.items() if above in found} - found:
        found |= more
    return found


def resident_mib(process_id: int) -> float:
    """Return a process's memory; what it shares with others counts by its share."""
    try:
        for line in Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


class Watch:
    """The peak memory of a process and its children, looked at fifty times a second."""

    def __init__(self, process_id: int) -> None:
        self.peak_mib = 0.0
        self.peak_of_one_mib = 0.0
        self._process_id = process_id
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._is_over.wait(0.02):
            sizes = [resident_mib(one) for one in family(self._process_id)]
            self.peak_mib = max(self.peak_mib, sum(sizes))
            self.peak_of_one_mib = max(self.peak_of_one_mib, *sizes)


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(host="0.0.0.0") as server:
        for number in range(1, 6):
            server.answers[f"/{number}"] = Answer(body=rss(3, 2, 1))
        yield server


MEGABYTES = 1024 if IS_FULL else 100


@needs_proc
@pytest.mark.parametrize(
    "bomb", ["gzip bomb", "endless body", "gzip without an end", "one title of 50 MiB"]
)
def test_bomb_costs_its_own_feed_alone(
    bomb: str, server: LoopbackServer, tmp_path: Path, tally: Tally
) -> None:
    squeezed = {"Content-Encoding": "gzip"}
    title = b"<rss version='2.0'><channel><item><title>" + b"A" * (50 * 2**20)
    server.answers["/bomb"] = {
        "gzip bomb": lambda: Answer(body=gzip_bomb(MEGABYTES), headers=squeezed),
        "endless body": lambda: endless(b"<item>" * 10_000, b""),
        "gzip without an end": lambda: endless(
            zlib.compress(b" " * 2**20, wbits=31), b"Content-Encoding: gzip\r\n"
        ),
        "one title of 50 MiB": lambda: Answer(body=title),
    }[bomb]()
    database = tmp_path / "feeds.db"
    with reader_at(database) as reader:
        reader.subscribe(server.url("/bomb", host="127.0.5.9"))
        for number in range(1, 6):
            reader.subscribe(server.url(f"/{number}", host=f"127.0.5.{number}"))
    started = time.monotonic()
    child = start_child("refresh", database)
    with Watch(child.pid) as watch:
        _, err = child.communicate(timeout=120)
    took_s = time.monotonic() - started
    assert child.returncode == 0, err
    assert len(contents(database)["entries"]) == 15
    with reader_at(database) as reader:
        (failed,) = [one for one in reader.subscriptions() if one.poll.error]
        assert "larger than 20 MiB" in failed.poll.error
    assert watch.peak_mib <= MOST_MIB
    assert took_s < 60
    tally(
        f"bomb: {bomb}", tries=1, lost=0,
        words=f"peak {watch.peak_mib:.0f} MiB of all processes, {took_s:.1f} s",
    )  # fmt: skip


@needs_proc
@pytest.mark.parametrize(
    "shape", ["deep nesting", "many entries", "one long title"][: 3 if IS_FULL else 1]
)
def test_large_feed_within_the_cap_stays_within_memory(
    shape: str, server: LoopbackServer, tmp_path: Path, tally: Tally
) -> None:
    head = b"<rss version='2.0'><channel><title>F</title>"
    server.answers["/bomb"] = Answer(
        body={
            "many entries": head + b"".join(
                b"<item><guid>%d</guid><title>Entry %d</title></item>" % (n, n)
                for n in range(100_000)
            ) + b"</channel></rss>",
            "deep nesting": head + b"<item><guid>x</guid><description>"
            + b"&lt;div&gt;" * 100_000 + b"</description></item></channel></rss>",
            "one long title": head + b"<item><guid>x</guid><title>" + b"A" * (19 * 2**20)
            + b"</title></item></channel></rss>",
        }[shape]
    )  # fmt: skip
    database = tmp_path / "feeds.db"
    with reader_at(database) as reader:
        reader.subscribe(server.url("/bomb", host="127.0.5.9"))
        for number in range(1, 6):
            reader.subscribe(server.url(f"/{number}", host=f"127.0.5.{number}"))
    child = start_child("refresh", database)
    with Watch(child.pid) as watch:
        _, err = child.communicate(timeout=120)
    assert child.returncode == 0, err
    assert sum(row[1] == 3 for row in contents(database)["counts"]) == 5
    tally(f"large feed: {shape}", tries=1, lost=0, words=f"peak {watch.peak_mib:.0f} MiB")
    assert watch.peak_mib <= MOST_MIB_WITHIN_THE_CAP


@pytest.mark.parametrize("way", ["body", "headers"])
def test_server_that_trickles_ends_at_the_total_limit(
    way: str, server: LoopbackServer, tmp_path: Path, tally: Tally
) -> None:
    total_s = 30.0 if IS_FULL else 2.0
    server.answers["/slow"] = (
        drip(rss(*range(50)), interval_s=1) if way == "body" else drip_headers(interval_s=0.5)
    )
    settings = replace(SETTINGS, limits=FetchLimits(total_s=total_s))
    with Reader(
        tmp_path / "feeds.db",
        refresh_settings=settings,
        clock=lambda: datetime(2026, 11, 25, tzinfo=UTC),
    ) as reader:
        reader.subscribe(server.url("/slow", host="127.0.5.9"))
        for number in range(1, 6):
            reader.subscribe(server.url(f"/{number}", host=f"127.0.5.{number}"))
        started = time.monotonic()
        arrived = {}
        for one in reader.refresh():
            assert isinstance(one, RefreshOutcome)
            arrived[one.url] = (one.outcome, time.monotonic() - started)
    slow_outcome, slow_s = arrived.pop(server.url("/slow", host="127.0.5.9"))
    assert slow_outcome == "failed"
    assert slow_s < total_s + 15
    # The others did not wait for it.
    assert {outcome for outcome, _ in arrived.values()} == {"new"}
    assert max(at_s for _, at_s in arrived.values()) < slow_s
    tally(f"1 byte a second, {way}", tries=1, lost=0, words=f"{slow_s:.1f} s in all")


def test_connection_flood_of_a_stalling_server_ends(server: LoopbackServer, tmp_path: Path) -> None:
    async def stall(exchange: Exchange) -> None:
        await asyncio.sleep(3600)

    settings = replace(SETTINGS, limits=FetchLimits(connect_s=1, read_s=0.5, total_s=1))
    with Reader(tmp_path / "feeds.db", refresh_settings=settings) as reader:
        for number in range(1, 31):
            server.answers[f"/stall/{number}"] = stall
            reader.subscribe(server.url(f"/stall/{number}", host=f"127.0.6.{number}"))
        started = time.monotonic()
        outcomes = list(reader.refresh())
        assert len(outcomes) == 30
        assert time.monotonic() - started < 25  # one by one they would take longer
