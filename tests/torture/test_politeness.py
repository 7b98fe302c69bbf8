"""Weeks of cron on a virtual clock, judged from the server's own log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest

from feedreader.model import PageOutcome
from feedreader.reader import Reader
from scenes import IS_FULL, SETTINGS, TEASER, Tally, rss
from servers import Answer, Behaviour, Exchange, LoopbackServer, SeenRequest

DAYS = 30 if IS_FULL else 10
STEP = timedelta(minutes=20 if IS_FULL else 60)
HOUR_S = 3600
TOLERANCE_S = 31
ETAG = 'W/"a,b--gzip:1"'
MODIFIED = "Tue, 24 Nov 2026 00:00:00 UTC"  # no date of RFC 9110: not to be rebuilt as one
START = datetime(2026, 11, 23, 0, 7, tzinfo=UTC)


class Weeks:
    """A reader asked by cron, and when the server saw what."""

    def __init__(self, server: LoopbackServer, reader: Reader) -> None:
        self.server = server
        self.reader = reader
        self.now = START
        self.seen: list[tuple[datetime, SeenRequest]] = []
        self.pages = 0

    def follow(self, path: str, behaviour: Answer | Behaviour | list[Answer], host: str) -> int:
        self.server.answers[path] = behaviour
        return self.reader.subscribe(self.server.url(path, host=host))[0].id

    def run(self, days: float = DAYS) -> None:
        end = self.now + timedelta(days=days)
        while self.now < end:
            before = len(self.server.requests)
            self.pages += sum(isinstance(one, PageOutcome) for one in self.reader.refresh())
            self.seen += [(self.now, one) for one in self.server.requests[before:]]
            self.now += STEP

    def asked(self, path: str) -> list[tuple[datetime, SeenRequest]]:
        return [(at, one) for at, one in self.seen if one.target == path]

    def gaps_s(self, path: str) -> list[float]:
        times = [at for at, _ in self.asked(path)]
        return [(b - a).total_seconds() for a, b in pairwise(times)]


@pytest.fixture
def weeks(tmp_path: Path) -> Iterator[Weeks]:
    with LoopbackServer(host="0.0.0.0") as server:
        made: list[Weeks] = []
        with Reader(
            tmp_path / "feeds.db", refresh_settings=SETTINGS, clock=lambda: made[0].now
        ) as reader:
            made.append(Weeks(server, reader))
            yield made[0]
            assert reader.find_problems() == ()


def compares(body: bytes, *, etag: str = "", modified: str = "", **headers: str) -> Behaviour:
    """Answer 304 to whoever brings the validators, byte for byte; always set a cookie."""
    sent = {"ETag": etag} if etag else {}
    sent |= {"Last-Modified": modified} if modified else {}
    sent |= {"Set-Cookie": "seen=1; Path=/"} | {k.replace("_", "-"): v for k, v in headers.items()}

    async def behave(exchange: Exchange) -> None:
        got = exchange.request.headers
        is_known = (etag or modified) and (
            got.get("if-none-match", "") == etag and got.get("if-modified-since", "") == modified
        )
        answer = Answer(304, headers=sent) if is_known else Answer(body=body, headers=sent)
        await exchange.send(answer.encode())

    return behave


def answers(status: int, **headers: str) -> Answer:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, headers={"Content-Length": "0", **fields})


def test_weeks_of_cron_are_polite_to_every_kind_of_server(weeks: Weeks, tally: Tally) -> None:
    old = rss(3, 2, 1).replace(b"2026", b"2025")
    hourly = old.replace(b"</title><link>", b"</title><ttl>180</ttl><link>", 1)
    night = "".join(f"<hour>{hour}</hour>" for hour in range(12)).encode()
    skips = old.replace(
        b"</title><link>", b"</title><skipHours>" + night + b"</skipHours><link>", 1
    )
    kinds = {
        "/etag": compares(old, etag=ETAG),
        "/modified": compares(old, modified=MODIFIED),
        "/both": compares(old, etag=ETAG, modified=MODIFIED),
        "/neither": compares(old),
        "/max-age": compares(old, etag=ETAG, Cache_Control="max-age=43200"),
        "/ttl": compares(hourly, etag=ETAG),
        "/skip": compares(skips, etag=ETAG),
        "/410": answers(410),
        "/404": answers(404),
        "/500": answers(500),
        "/429": answers(429, Retry_After="86000"),
        "/503": answers(503, Retry_After=format_datetime(START + timedelta(hours=20), usegmt=True)),
        "/301": answers(301, Location="/moved"),
        "/302": answers(302, Location="/lent"),
    }
    weeks.server.answers["/moved"] = compares(old, etag=ETAG)
    weeks.server.answers["/lent"] = compares(old)
    for number, (path, behaviour) in enumerate(kinds.items(), 1):
        weeks.follow(path, behaviour, f"127.0.4.{number}")
    weeks.run()

    for path in kinds:
        assert len(weeks.asked(path)) <= 24 * DAYS, path
        assert min(weeks.gaps_s(path), default=HOUR_S) >= HOUR_S - TOLERANCE_S, path
        longest_s = (42 if path == "/skip" else 30) * HOUR_S
        assert max(weeks.gaps_s(path), default=0) <= longest_s, path
    shares = []
    for path, name, value in (
        ("/etag", "if-none-match", ETAG),
        ("/modified", "if-modified-since", MODIFIED),
        ("/both", "if-none-match", ETAG),
        ("/both", "if-modified-since", MODIFIED),
        ("/max-age", "if-none-match", ETAG),
        ("/moved", "if-none-match", ETAG),
    ):
        first, *others = weeks.asked(path)
        assert name not in first[1].headers
        if path == "/moved":  # what the old address said is nothing to the new one
            others = others[:1] + others[2:]
        assert {one.headers[name] for _, one in others} == {value}, path
        shares.append(len(others) / (len(others) + 1))
    assert "if-modified-since" not in weeks.asked("/etag")[-1][1].headers
    assert "if-none-match" not in weeks.asked("/neither")[-1][1].headers
    assert min(weeks.gaps_s("/max-age")) >= 43_200 - TOLERANCE_S
    assert min(weeks.gaps_s("/ttl")) >= 3 * HOUR_S - TOLERANCE_S
    # The first poll cannot know what the feed asks; the others keep to it.
    assert all(at.hour >= 12 for at, _ in weeks.asked("/skip")[1:])
    assert len(weeks.asked("/410")) == 1
    assert len(weeks.asked("/301")) == 2
    assert len(weeks.asked("/302")) == len(weeks.asked("/lent"))
    assert min(weeks.gaps_s("/429")) >= 86_000 - TOLERANCE_S
    assert weeks.gaps_s("/503")[0] >= 19.5 * HOUR_S
    for path in ("/404", "/500"):
        gaps = weeks.gaps_s(path)
        assert gaps[:4] == sorted(gaps[:4])
        assert gaps[3] >= 7 * HOUR_S
        assert min(gaps[6:]) >= 20 * HOUR_S
    for _, one in weeks.seen:
        assert one.method == "GET"
        assert not {"cookie", "referer", "authorization"} & set(one.headers)
        assert "?" not in one.target
        assert one.headers["accept-encoding"] == "gzip, deflate"
        assert one.headers["user-agent"].startswith("feedreader/")
        assert "http" in one.headers["user-agent"]
    unchanged = weeks.asked("/etag")
    tally(
        f"{DAYS} days of cron, {len(kinds)} kinds of servers",
        tries=len(weeks.seen),
        lost=0,
        words=f"unchanged feed: {len(unchanged)} requests, {100 * shares[0]:.0f} % of them 304",
    )
    if IS_FULL:
        assert shares[0] >= 0.95
        assert len(unchanged) <= 720


def test_one_host_gets_one_connection_and_one_request_at_a_time(weeks: Weeks, tally: Tally) -> None:
    for number in range(20):
        weeks.follow(f"/same/{number}", Answer(body=rss(1)), "127.0.4.1")
    weeks.run(days=1)
    assert {len(weeks.asked(f"/same/{n}")) > 0 for n in range(20)} == {True}
    assert weeks.server.most_open == 1
    tally("20 feeds on one host: connections at once", tries=20, lost=0, words="1")


def test_minutes_of_refreshing_by_hand_ask_once_an_hour(weeks: Weeks) -> None:
    weeks.follow("/feed", Answer(body=rss(1)), "127.0.4.1")
    for _ in range(59):
        list(weeks.reader.refresh())
        weeks.now += timedelta(minutes=1)
    assert len(weeks.server.requests) == 1


def test_hosts_that_asked_for_peace_have_it_across_restarts(tmp_path: Path) -> None:
    now = START
    with LoopbackServer(default=answers(429, Retry_After="7200")) as server:
        for minutes in range(0, 119, 30):
            now = START + timedelta(minutes=minutes)
            with Reader(
                tmp_path / "feeds.db", refresh_settings=SETTINGS, clock=lambda now=now: now
            ) as reader:
                for number in range(3):
                    reader.subscribe(server.url(f"/{number}"))
                list(reader.refresh(force=True))
        assert len(server.requests) == 1


def test_many_feeds_do_not_come_at_the_same_minute(tmp_path: Path) -> None:
    feeds = 400
    with (
        LoopbackServer(host="0.0.0.0", default=Answer(body=rss(1))) as server,
        Reader(tmp_path / "feeds.db", refresh_settings=SETTINGS, clock=lambda: START) as reader,
    ):
        for number in range(feeds):
            reader.subscribe(server.url(f"/{number}", host=f"127.0.12.{number % 200 + 1}"))
        list(reader.refresh())
        due = [one.poll.next_check_at for one in reader.subscriptions()]
    minutes = [at.replace(second=0) for at in due if at is not None]
    assert len(minutes) == feeds
    assert max(minutes.count(minute) for minute in set(minutes)) <= feeds * 0.08


def test_article_pages_are_asked_once(weeks: Weeks) -> None:
    host = weeks.server.url("", host="127.0.4.1")
    weeks.follow("/feed", compares(rss(*range(12, 0, -1), story=TEASER, host=host)), "127.0.4.1")
    weeks.server.default = Answer(body=b"<html><body><p>No article here.</p></body></html>")
    weeks.run(days=3)
    pages = [one.target for _, one in weeks.seen if one.target.startswith("/page/")]
    assert sorted(pages) == sorted(f"/page/{n}" for n in range(1, 13))
