"""Twenty feeds of which one is faulty: the others update, it is asked once, its fault is told."""

from __future__ import annotations

import asyncio
import gzip
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedreader.core.reading import read_at_once
from feedreader.model import FetchLimits, RefreshOutcome
from feedreader.reader import Reader
from feedreader.workers import WorkerPool, WorkFailed, outcome_of
from scenes import IS_FULL, SETTINGS, Tally, rss
from servers import (
    Answer,
    Behaviour,
    Exchange,
    LoopbackServer,
    cut_after,
    drip,
    drip_headers,
    endless,
    gzip_bomb,
    make_certificate,
    raw,
    reset,
    silence,
)

QUICK = replace(SETTINGS, limits=FetchLimits(connect_s=1, read_s=1, total_s=2, max_bytes=2 * 2**20))
GOOD = rss(3, 2, 1)
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@dataclass(frozen=True)
class Fault:
    """What the server does, what the reason says, how many requests may come of it."""

    does: Answer | Behaviour
    words: str
    requests: int = 1
    outcome: str = "failed"


async def stall_in_the_body(exchange: Exchange) -> None:
    await exchange.send(OK + b"Content-Length: 900\r\n\r\n" + GOOD[:300])
    await asyncio.sleep(3600)


async def stop_after_headers(exchange: Exchange) -> None:
    await exchange.send(OK + b"Content-Length: 900\r\n\r\n")
    await asyncio.sleep(3600)


def moved(status: int, to: str | bytes) -> Answer:
    return Answer(status, headers={"Location": to, "Content-Length": "0"})


def coded(coding: str, body: bytes, **headers: str) -> Answer:
    return Answer(body=body, headers={"Content-Encoding": coding, **headers})


def refusing(status: int, **headers: str) -> Answer:
    return Answer(status, headers={"Content-Length": "0", **headers})


_MANY = b"".join(b"X-%d: yyyy\r\n" % n for n in range(10_000))

FAULTS: dict[str, Fault] = {
    "reset at once": Fault(reset, "broke the connection off"),
    "reset after the headers": Fault(
        cut_after(b"Content-Length: 900\r\n", b""), "broke the connection off"
    ),
    "reset in the body": Fault(
        cut_after(b"Content-Length: 900\r\n", GOOD[:300]), "broke the connection off"
    ),
    "silence": Fault(silence, "sent nothing for 1 s"),
    "stop after the headers": Fault(stop_after_headers, "sent nothing for 1 s"),
    "stall in the middle": Fault(stall_in_the_body, "sent nothing for 1 s"),
    "a byte now and then": Fault(drip(GOOD, interval_s=0.2), "longer than 2 s"),
    "a header now and then": Fault(drip_headers(interval_s=0.2), "longer than 2 s"),
    "a header of 100 KiB": Fault(
        raw(OK + b"X: " + b"x" * 102_400 + b"\r\n\r\n"), "too long headers"
    ),
    "10,000 headers": Fault(raw(OK + _MANY + b"Content-Length: 1\r\n\r\nx"), "too long headers"),
    "endless body": Fault(endless(), "larger than 2 MiB"),
    "gzip bomb": Fault(coded("gzip", gzip_bomb(60)), "larger than 2 MiB"),
    "brotli unasked": Fault(coded("br", b"\x1b\xff\xff" * 9), "did not ask for"),
    "zstd unasked": Fault(coded("zstd", b"(\xb5/\xfd" * 9), "did not ask for"),
    "gzip cut": Fault(coded("gzip", gzip.compress(GOOD)[:-20]), "cut"),
    "length too long": Fault(raw(OK + b"Content-Length: 9000\r\n\r\n" + GOOD), "cut"),
    "length too large": Fault(raw(OK + b"Content-Length: 1000000000000\r\n\r\nx"), "larger than"),
    "broken chunk": Fault(raw(CHUNKED + b"zz\r\nabc\r\n"), "cut"),
    "cut chunk": Fault(raw(CHUNKED + b"fff\r\nabc\r\n"), "cut"),
    "empty 200": Fault(Answer(body=b""), "empty"),
    "portal": Fault(Answer(body=b"<html><body>Log in to the hotel</body></html>"), "HTML"),
    "204": Fault(Answer(204), "nothing (204)"),
    "205": Fault(Answer(205, headers={"Content-Length": "0"}), "nothing (205)"),
    "206": Fault(Answer(206, body=GOOD[:100]), "part"),
    "226": Fault(Answer(226, body=GOOD), "only the changes"),
    "304 to an unconditional request": Fault(Answer(304), "nothing yet (304)"),
    **{
        str(status): Fault(refusing(status), f"({status})")
        for status in (400, 401, 403, 404, 418, 451, 500, 502, 503)
    },
    "410": Fault(refusing(410), "gone for good", outcome="gone"),
    **{
        f"429, Retry-After {value!r}": Fault(refusing(429, **{"Retry-After": value}), "too often")
        for value in ("120", "Wed, 25 Nov 2026 14:00:00 GMT", "", "-1", "1" + "0" * 12, "soon")
    },
    "redirect to itself": Fault(moved(302, "/fault"), "redirect"),
    "redirect loop": Fault(moved(302, "/loop-1"), "redirect", requests=6),
    "50 hops": Fault(moved(302, "/hop-1"), "redirect", requests=6),
    **{
        f"redirect to {target}": Fault(moved(302, target), "redirect")
        for target in (
            "file:///etc/passwd", "data:text/xml,x", "ftp://127.0.0.1/x", "javascript:alert(1)",
            "gopher://127.0.0.1:9/", "//[::1",
        )
    },
    "redirect without a target": Fault(refusing(302), "redirect"),
    "malformed XML": Fault(Answer(body=b"<rss><channel><item"), ""),
    "not HTTP": Fault(raw(b"SSH-2.0-OpenSSH\r\n\r\n"), "proper HTTP"),
    "entity bomb": Fault(
        Answer(
            body=b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">'
            + b"".join(b'<!ENTITY %c "&%c;&%c;&%c;">' % (n, *[n - 1] * 3) for n in range(98, 118))
            + b"]><rss version='2.0'><channel><item><title>&u;</title></item></channel></rss>"
        ),
        "",
        outcome="any",
    ),
    "external entity": Fault(
        Answer(
            body=b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss version="2.0">'
            b"<channel><item><guid>x</guid><title>&x;</title></item></channel></rss>"
        ),
        "",
        outcome="any",
    ),
}  # fmt: skip

HARMLESS: dict[str, Answer | Behaviour] = {
    "gzip label on plain text": coded("gzip", GOOD),
    "length too short": raw(OK + b"Connection: close\r\n\r\n" + GOOD),
    "relative redirect": moved(302, "good"),
    "redirect with bytes beyond ASCII": moved(302, "/good?é".encode()),
    "octet-stream": Answer(body=GOOD, headers={"Content-Type": "application/octet-stream"}),
    "HTML by its label": Answer(body=GOOD, headers={"Content-Type": "text/html; charset=klingon"}),
    "UTF-16": Answer(body=GOOD.decode().encode("utf-16")),
    "byte order mark and white space": Answer(body=b"\xef\xbb\xbf\n\n" + GOOD),
    "NUL bytes": Answer(body=GOOD.replace(b"Story", b"Sto\0ry")),
    "cookies": Answer(body=GOOD, headers={"Set-Cookie": "id=1; Path=/"}),
}


class Scene:
    """Nineteen good feeds and some faulty ones, each on an address of its own."""

    def __init__(self, server: LoopbackServer, reader: Reader) -> None:
        self.server = server
        self.reader = reader
        self.now = datetime(2026, 11, 25, 12, tzinfo=UTC)
        self.good = [server.url(f"/feed-{n}", host=f"127.0.1.{n}") for n in range(1, 20)]
        for number in range(1, 20):
            server.answers[f"/feed-{number}"] = Answer(body=GOOD)
        server.answers["/good"] = server.answers["/good?%C3%A9"] = Answer(body=GOOD)
        for number in range(1, 51):
            server.answers[f"/hop-{number}"] = moved(302, f"/hop-{number + 1}")
        server.answers["/loop-1"] = moved(302, "/loop-2")
        server.answers["/loop-2"] = moved(302, "/loop-1")

    def clock(self) -> datetime:
        return self.now

    def follow_all(self, faulty: list[str]) -> None:
        """Follow the feeds while all are well, so that there is something to lose."""
        for path in faulty:
            self.server.answers[path] = Answer(body=rss(1))
        for number, path in enumerate(faulty, 1):
            self.reader.subscribe(self.server.url(path, host=f"127.0.2.{number}"))
        for url in self.good:
            self.reader.subscribe(url)
        assert {one.outcome for one in self.refresh().values()} == {"new"}
        self.now += timedelta(days=2)
        for number in range(1, 20):
            self.server.answers[f"/feed-{number}"] = Answer(body=rss(4, 3, 2, 1))
        self.server.requests.clear()

    def refresh(self) -> dict[str, RefreshOutcome]:
        return {one.url: one for one in self.reader.refresh() if isinstance(one, RefreshOutcome)}


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with LoopbackServer(host="0.0.0.0") as server:
        moment: list[Scene] = []
        with Reader(
            tmp_path / "feeds.db", refresh_settings=QUICK, clock=lambda: moment[0].now
        ) as reader:
            moment.append(Scene(server, reader))
            yield moment[0]
            assert reader.find_problems() == ()


def assert_fault(fault: Fault, outcome: RefreshOutcome) -> None:
    if fault.outcome != "any":
        assert outcome.outcome == fault.outcome, outcome
        assert fault.words in outcome.reason, outcome
        assert outcome.reason.isprintable()
        assert outcome.reason
    assert "root:" not in outcome.reason


def test_all_faults_at_once_spoil_no_good_feed_and_lose_no_entry(
    scene: Scene, tally: Tally
) -> None:
    paths = {name: f"/fault-{number}" for number, name in enumerate(FAULTS)}
    scene.follow_all(list(paths.values()))
    for name, path in paths.items():
        scene.server.answers[path] = FAULTS[name].does
    itself = paths["redirect to itself"]
    scene.server.answers[itself] = moved(302, itself)
    started = time.monotonic()
    outcomes = scene.refresh()
    took_s = time.monotonic() - started
    assert [outcomes[url].new for url in scene.good] == [1] * 19
    for number, (name, path) in enumerate(paths.items(), 1):
        url = scene.server.url(path, host=f"127.0.2.{number}")
        assert_fault(FAULTS[name], outcomes[url])
        assert len(scene.server.asked(path)) == 1, name
    kept = {one.url: one.entry_count for one in scene.reader.subscriptions()}
    assert min(kept.values()) >= 1
    assert took_s < 120
    tally("faulty servers among good ones", tries=len(FAULTS), lost=0, words=f"{took_s:.0f} s")


@pytest.mark.parametrize("name", FAULTS if IS_FULL else ["stall in the middle"])
def test_one_faulty_feed_of_twenty(name: str, scene: Scene, tally: Tally) -> None:
    fault = FAULTS[name]
    scene.follow_all(["/fault"])
    scene.server.answers["/fault"] = fault.does
    started = time.monotonic()
    outcomes = scene.refresh()
    assert time.monotonic() - started < 60
    assert [outcomes[url].new for url in scene.good] == [1] * 19
    assert_fault(fault, outcomes[scene.server.url("/fault", host="127.0.2.1")])
    asked = [one for one in scene.server.requests if "feed" not in one.target]
    assert len(asked) <= fault.requests
    tally(f"one of 20: {name}", tries=1, lost=0)


def test_oddities_are_read_all_the_same(scene: Scene, tally: Tally) -> None:
    paths = {name: f"/odd-{number}" for number, name in enumerate(HARMLESS)}
    scene.follow_all(list(paths.values()))
    for name, path in paths.items():
        scene.server.answers[path] = HARMLESS[name]
    outcomes = scene.refresh()
    for number, (name, path) in enumerate(paths.items(), 1):
        outcome = outcomes[scene.server.url(path, host=f"127.0.2.{number}")]
        assert (outcome.outcome, outcome.new) == ("new", 2), (name, outcome)
    assert not any("cookie" in one.headers for one in scene.server.requests)
    tally("odd but whole answers", tries=len(HARMLESS), lost=0)


def test_feed_cut_anywhere_loses_no_entry_and_keeps_no_validators(
    scene: Scene, tally: Tally
) -> None:
    body = rss(*range(30, 0, -1))
    steps = range(1, 50) if IS_FULL else range(1, 50, 7)
    paths = [f"/cut-{step}" for step in steps]
    scene.follow_all(paths)
    for step, path in zip(steps, paths, strict=True):
        # The server's length says that all is well: only the document is cut.
        scene.server.answers[path] = Answer(
            body=body[: len(body) * step // 50], headers={"ETag": '"cut"'}
        )
    scene.refresh()
    scene.now += timedelta(days=2)
    for path in paths:
        scene.server.answers[path] = Answer(body=body, headers={"ETag": '"whole"'})
    scene.refresh()
    counts = [one.entry_count for one in scene.reader.subscriptions() if "/cut" in one.url]
    assert counts == [30] * len(paths)
    tally("document cut at every fiftieth", tries=len(paths), lost=0)


def test_bad_certificates_and_dead_hosts_are_told_apart(
    scene: Scene, tmp_path: Path, tally: Tally
) -> None:
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))
    dead_port = closed.getsockname()[1]
    closed.close()
    wanted = {
        f"http://127.0.3.1:{dead_port}/": "refuses connections",
        "http://no-such-host.invalid/": "no host named",
    }
    with ExitStack() as stack:
        for name, options, words in (
            ("expired", {"host": "localhost", "days": -1}, "certificate"),
            ("self-signed", {"host": "localhost"}, "certificate"),
            ("elsewhere", {"host": "elsewhere.example"}, "certificate"),
        ):
            context = make_certificate(tmp_path, name, **options).server_context()  # type: ignore[arg-type]
            server = stack.enter_context(
                LoopbackServer(tls=context, answers={"/": Answer(body=GOOD)})
            )
            wanted[server.url("/", host="localhost")] = words
        stalled = stack.enter_context(LoopbackServer(on_connect=lambda *_: asyncio.sleep(3600)))
        wanted[f"https://localhost:{stalled.port}/"] = " s"
        for url in [*wanted, *scene.good]:
            scene.reader.subscribe(url)
        outcomes = scene.refresh()
        spoken_to = [one for one in scene.server.requests if "feed" not in one.target]
    assert [outcomes[url].outcome for url in scene.good] == ["new"] * 19
    for url, words in wanted.items():
        assert outcomes[url].outcome == "failed", url
        assert words in outcomes[url].reason, outcomes[url]
    assert spoken_to == []
    tally("bad certificates, dead hosts, unknown names", tries=len(wanted), lost=0)


def test_fault_of_ours_in_one_document_costs_that_feed_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stumble(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("feedreader.core.reading.parse_fast", stumble)
    assert read_at_once(GOOD, url="https://site.example/") is None
    with (
        WorkerPool() as workers,
        pytest.raises(WorkFailed, match="this program has a fault"),
    ):
        outcome_of(workers.submit(divmod, 1, 0, timeout_s=30))
