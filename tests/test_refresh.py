"""A refresh as a user sees it: a loopback server on one side, Reader on the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedreader.core.parse import parse_feed
from feedreader.errors import AlreadyFollowed, NotAFeed, RefreshRunning
from feedreader.model import (
    FeedSettings,
    FetchLimits,
    PageOutcome,
    RefreshOutcome,
    RefreshSettings,
)
from feedreader.reader import Reader
from feedreader.refresh import polls
from feedreader.store import RefreshLock
from servers import Answer, LoopbackServer, cut_after

SETTINGS = RefreshSettings(
    host_pause_s=0.0, limits=FetchLimits(connect_s=2, read_s=2, total_s=4), unread_on_first_fetch=3
)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 25, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_days(self, days: float) -> None:
        self.now += timedelta(days=days)


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reader(tmp_path: Path, clock: Clock) -> Iterator[Reader]:
    with Reader(tmp_path / "feeds.db", refresh_settings=SETTINGS, clock=clock) as reader:
        yield reader
        assert reader.find_problems() == ()


def rss(
    *numbers: int, body: str = "A text that is long enough to be a whole story. " * 30
) -> bytes:
    items = "".join(
        f"<item><title>Story {n}</title><guid isPermaLink='false'>id-{n}</guid>"
        f"<link>/story/{n}</link><description>{body}</description></item>"
        for n in numbers
    )
    return f"<rss version='2.0'><channel><title>Feed</title>{items}</channel></rss>".encode()


def subscribe(reader: Reader, url: str, **settings: object) -> int:
    return reader.subscribe(url, settings=FeedSettings(**settings))[0].id  # type: ignore[arg-type]


def poll(reader: Reader, **options: object) -> RefreshOutcome:
    """Refresh the one feed there is and return what became of it."""
    (outcome,) = [
        one
        for one in reader.refresh(**options)  # type: ignore[arg-type]
        if isinstance(one, RefreshOutcome)
    ]
    return outcome


def test_new_entries_come_with_their_validators(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    server.answers["/feed"] = Answer(
        body=rss(2, 1), headers={"ETag": 'W/"a,b--gzip"', "Last-Modified": "Tue, 24 Nov 2026"}
    )
    subscribe(reader, server.url())
    assert (poll(reader).outcome, reader.status().entries) == ("new", 2)
    clock.pass_days(2)
    server.answers["/feed"] = Answer(status=304)
    assert poll(reader).outcome == "not_modified"
    headers = server.requests[-1].headers
    assert headers["if-none-match"] == 'W/"a,b--gzip"'
    assert headers["if-modified-since"] == "Tue, 24 Nov 2026"


def test_same_bytes_bring_nothing_but_fresh_validators(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    server.answers["/feed"] = [
        Answer(body=rss(1), headers={"ETag": '"1"'}),
        Answer(body=rss(1), headers={"ETag": '"2"'}),
        Answer(status=304),
    ]
    subscribe(reader, server.url())
    poll(reader)
    for outcome in ("unchanged", "not_modified"):
        clock.pass_days(2)
        assert poll(reader).outcome == outcome
    assert server.requests[-1].headers["if-none-match"] == '"2"'


def test_validators_of_a_body_that_was_cut_are_not_kept(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    head = b'HTTP/1.1 200 OK\r\nContent-Length: 99999\r\nETag: "cut"\r\n\r\n'
    server.answers["/feed"] = [cut_after(head, rss(1)[:100]), Answer(body=rss(1))]  # type: ignore[list-item]
    subscribe(reader, server.url())
    assert poll(reader).outcome == "failed"
    clock.pass_days(2)
    assert poll(reader).outcome == "new"
    assert "if-none-match" not in server.requests[-1].headers


def test_page_that_is_no_feed_keeps_entries_and_validators(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    portal = Answer(body=b"<html><body>Please log in</body></html>", headers={"ETag": '"portal"'})
    server.answers["/feed"] = [
        Answer(body=rss(1), headers={"ETag": '"1"'}),
        portal,
        Answer(status=304),
    ]
    subscribe(reader, server.url())
    poll(reader)
    clock.pass_days(2)
    outcome = poll(reader)
    assert (outcome.outcome, reader.status().entries, reader.status().failing) == ("failed", 1, 1)
    assert "HTML" in outcome.reason
    clock.pass_days(2)
    poll(reader)
    assert server.requests[-1].headers["if-none-match"] == '"1"'
    assert reader.status().failing == 0


def test_feed_that_is_not_due_is_not_asked(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    server.answers["/feed"] = Answer(body=rss(1))
    subscribe(reader, server.url())
    poll(reader)
    clock.pass_days(1 / 48)
    outcome = poll(reader)
    assert (outcome.outcome, len(server.requests)) == ("skipped", 1)
    assert "30 min ago" in outcome.reason
    assert poll(reader, force=True).outcome == "unchanged"


def test_permanent_redirect_moves_the_feed_when_it_has_proved_itself(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    server.answers["/feed"] = Answer(301, headers={"Location": "/new", "Content-Length": "0"})
    server.answers["/new"] = Answer(body=rss(1), headers={"ETag": '"1"'})
    feed_id = subscribe(reader, server.url())
    assert poll(reader).outcome == "new"
    assert reader.subscription(feed_id).url == server.url()
    clock.pass_days(2)
    assert poll(reader).outcome == "moved"
    assert reader.subscription(feed_id).url == server.url("/new")
    clock.pass_days(2)
    poll(reader)
    assert len(server.asked("/feed")) == 2
    assert "if-none-match" not in server.requests[-1].headers
    assert reader.status().entries == 1


def test_temporary_redirect_moves_nothing(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    server.answers["/feed"] = Answer(302, headers={"Location": "/new", "Content-Length": "0"})
    server.answers["/new"] = Answer(body=rss(1))
    feed_id = subscribe(reader, server.url())
    for _ in range(4):
        poll(reader)
        clock.pass_days(2)
    assert reader.subscription(feed_id).url == server.url()


def test_feed_that_moves_onto_another_one_is_asked_no_more(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    server.answers["/feed"] = Answer(301, headers={"Location": "/new", "Content-Length": "0"})
    server.answers["/new"] = Answer(body=rss(1))
    moving = subscribe(reader, server.url())
    subscribe(reader, server.url("/new"))
    for _ in range(4):
        outcomes = {one.feed_id: one for one in reader.refresh() if isinstance(one, RefreshOutcome)}
        clock.pass_days(2)
    assert len(server.asked("/feed")) == 2
    assert outcomes[moving].outcome == "skipped"
    assert "which you follow already" in reader.subscription(moving).poll.error


def test_feed_that_is_gone_is_asked_no_more_unless_named(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    server.answers["/feed"] = [Answer(body=rss(1)), Answer(410), Answer(410), Answer(body=rss(2))]
    feed_id = subscribe(reader, server.url())
    poll(reader)
    clock.pass_days(2)
    assert poll(reader).outcome == "gone"
    clock.pass_days(30)
    assert poll(reader, force=True).outcome == "skipped"
    assert len(server.requests) == 2
    assert poll(reader, feed_ids=[feed_id], force=True).outcome == "gone"
    assert poll(reader, feed_ids=[feed_id], force=True).outcome == "new"
    assert reader.status().entries == 2


def test_host_that_asks_to_wait_is_left_alone_by_all_its_feeds(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    for path in ("/a", "/b", "/c"):
        server.answers[path] = Answer(429, headers={"Retry-After": "7200"})
        subscribe(reader, server.url(path))
    outcomes = [one.outcome for one in reader.refresh() if isinstance(one, RefreshOutcome)]
    assert sorted(outcomes) == ["failed", "skipped", "skipped"]
    clock.pass_days(1 / 24)
    list(reader.refresh(force=True))
    assert len(server.requests) == 1
    clock.pass_days(2)
    list(reader.refresh())
    assert len(server.requests) == 2


def test_hold_set_by_a_clock_that_ran_ahead_freezes_no_feed(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    server.answers["/feed"] = [Answer(429), Answer(body=rss(1))]
    subscribe(reader, server.url())
    clock.pass_days(3650)
    assert poll(reader).outcome == "failed"
    clock.pass_days(-3650)
    assert poll(reader).outcome == "new"


def test_first_fetch_does_not_bury_the_user(reader: Reader, server: LoopbackServer) -> None:
    server.answers["/feed"] = Answer(body=rss(*range(50, 0, -1)))
    subscribe(reader, server.url())
    poll(reader)
    titles = [one.title for one in reader.entries("is:unread")]
    assert titles == ["Story 50", "Story 49", "Story 48"]
    assert reader.status().entries == 50


PAGE = """<html><head><title>Story | Site</title></head><body><nav><a href="/">Home</a></nav>
<article><h1>Story</h1>{}</article><footer>All rights reserved</footer></body></html>"""
WHOLE = "".join(
    f"<p>Paragraph {n} says with <a href='/x'>a link</a> what the summary, which was cut, "
    "has left out, in several clauses, so that it is plainly the main text.</p>"
    for n in range(8)
)


def test_summary_only_feed_gets_its_full_text_from_the_page(
    reader: Reader, server: LoopbackServer
) -> None:
    server.answers["/feed"] = Answer(body=rss(3, 2, 1, body="A summary that ends …"))
    for n in (1, 2):
        server.answers[f"/story/{n}"] = Answer(
            body=PAGE.format(WHOLE).encode(), headers={"Content-Type": "text/html"}
        )
    server.answers["/story/3"] = Answer(500)
    subscribe(reader, server.url(), full_text="always")
    pages = [one for one in reader.refresh() if isinstance(one, PageOutcome)]
    assert sorted(bool(one.reason) for one in pages) == [False, False, True]
    entries = {one.title: reader.entry(one.id) for one in reader.entries("")}
    whole = entries["Story 1"]
    assert whole.summary.full_text_source == "page"
    assert "Paragraph 7 says with a link what" in whole.text
    assert "All rights reserved" not in whole.text
    assert "500" in entries["Story 3"].page_error
    assert reader.count("clauses") == 2
    server.answers["/story/3"] = Answer(body=PAGE.format(WHOLE).encode())
    list(reader.refresh())
    assert reader.count("clauses") == 3
    assert len(server.asked("/story/1")) == 1


def test_feed_that_comes_to_give_summaries_is_noticed_by_its_news(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    whole, teaser = "whole " * 300, "A few plain words of what the page goes on to tell at length."
    texts = dict.fromkeys(range(1, 13), whole)

    def poll_with(text: str) -> bool:
        texts[max(texts) + 1] = text
        server.answers["/feed"] = Answer(
            body=b"".join(
                (
                    b"<rss><channel><title>Feed</title>",
                    *(
                        b"<item><guid>%d</guid><title>Story number %d</title>"
                        b"<link>http://site.example/story/%d</link>"
                        b"<description>%b</description></item>" % (n, n, n, texts[n].encode())
                        for n in sorted(texts, reverse=True)[:12]
                    ),
                    b"</channel></rss>",
                )
            )
        )
        clock.pass_days(1)
        assert poll(reader).new
        return reader.subscriptions()[0].is_summary_only

    subscribe(reader, server.url(), full_text="never")
    assert [poll_with(whole) for _ in range(3)] == [False] * 3
    noticed = [poll_with(teaser) for _ in range(16)]
    assert not any(noticed[:11])
    assert all(noticed[14:])  # a plain short text says nothing: all is looked at now and then
    poll_with(whole)
    assert not poll_with(whole)


@pytest.mark.parametrize(
    ("deadline_s", "paragraphs", "reason"),
    [(0.02, 20_000, "it took too long"), (5.0, 110_000, "the body is larger than 5 MiB")],
)
def test_page_that_is_too_much_ends_with_a_reason(
    reader: Reader,
    server: LoopbackServer,
    monkeypatch: pytest.MonkeyPatch,
    deadline_s: float,
    paragraphs: int,
    reason: str,
) -> None:
    monkeypatch.setattr("feedreader.refresh.pages._EXTRACT_TIMEOUT_S", deadline_s)
    page = "<html><body>" + "<p>A paragraph of an article that never ends.</p>" * paragraphs
    server.answers["/story/1"] = Answer(body=page.encode(), headers={"Content-Type": "text/html"})
    server.answers["/feed"] = Answer(body=rss(1, body="In short …"))
    subscribe(reader, server.url(), full_text="always")
    told = [one for one in reader.refresh() if isinstance(one, PageOutcome)]
    assert [one.reason for one in told] == [reason]
    assert reader.entry(told[0].entry_id).text == "In short …"


def test_read_entries_of_a_first_fetch_ask_for_no_pages(
    reader: Reader, server: LoopbackServer
) -> None:
    server.answers["/feed"] = Answer(body=rss(*range(20, 0, -1), body="Short …"))
    subscribe(reader, server.url(), full_text="always")
    list(reader.refresh())
    assert len(server.requests) == 1 + SETTINGS.unread_on_first_fetch


def test_password_of_a_feed_goes_to_no_story_of_another_origin(
    reader: Reader, server: LoopbackServer
) -> None:
    with LoopbackServer(default=Answer(404)) as other:
        body = rss(1).replace(b"/story/1", other.url("/story").encode())
        server.answers["/feed"] = Answer(body=body)
        subscribe(reader, server.url(), full_text="always", username="ann", password="s3cret")
        list(reader.refresh())
        assert "authorization" in server.requests[0].headers
        (request,) = other.requests
        assert "authorization" not in request.headers


def test_address_found_is_followed_for_good_only_by_permanent_redirects(
    reader: Reader, server: LoopbackServer
) -> None:
    server.answers["/new"] = Answer(body=rss(1))
    for status, path in ((301, "/new"), (302, "/feed"), (307, "/feed"), (308, "/new")):
        server.answers["/feed"] = Answer(status, headers={"Location": "/new"})
        (link,) = reader.discover(server.url())
        assert link.url == server.url(path)


def test_page_of_the_internet_names_no_feed_in_the_local_network(
    reader: Reader, server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = "<link rel='alternate' type='application/rss+xml' href='http://{}/feed'>"
    hosts = ("192.168.1.1", "router", "nas.lan", "[::1]", "2130706433", "good.example")
    server.answers["/"] = Answer(body="".join(["<html>", *map(link.format, hosts)]).encode())
    assert len(reader.discover(server.url("/"))) == len(hosts)
    monkeypatch.setattr("feedreader.fetch.exchange.is_public_address", lambda address: True)
    (found,) = reader.discover(server.url("/"))
    assert found.url == "http://good.example/feed"


@pytest.mark.parametrize("path", ["/feed", "/page", "/bare/page.html"])
def test_password_in_an_address_stays_with_the_feeds_found_there(
    reader: Reader, server: LoopbackServer, path: str
) -> None:
    server.answers["/feed"] = server.answers["/bare/feed"] = Answer(body=rss(1))
    link = b"<link rel='alternate' type='application/rss+xml' href='/feed'>"
    server.answers["/page"] = Answer(body=b"<html>" + link)
    server.answers["/bare/page.html"] = Answer(body=b"<html>")
    (found,) = reader.discover(server.url(path).replace("//", "//ann:s3cret@"))
    assert found.url.startswith("http://ann:s3cret@127.0.0.1:")
    assert all("authorization" in request.headers for request in server.requests)


def test_second_refresh_at_the_same_time_is_refused(reader: Reader, tmp_path: Path) -> None:
    with RefreshLock(tmp_path / "feeds.db").acquire():
        assert reader.status().is_refreshing
        with pytest.raises(RefreshRunning):
            list(reader.refresh())
    assert not reader.status().is_refreshing
    assert list(reader.refresh()) == []


def test_cancelled_refresh_keeps_what_came(reader: Reader, server: LoopbackServer) -> None:
    for n in range(20):
        server.answers[f"/{n}"] = Answer(body=rss(n))
        subscribe(reader, server.url(f"/{n}"))
    outcomes = reader.refresh()
    came = [next(outcomes) for _ in range(5)]
    outcomes.close()  # type: ignore[attr-defined]
    assert len(came) == 5
    assert reader.status().entries >= 5
    list(reader.refresh())
    assert reader.status().entries == 20


def test_password_in_an_address_is_used_and_not_shown(
    reader: Reader, server: LoopbackServer
) -> None:
    server.answers["/feed"] = [Answer(401), Answer(body=rss(1))]
    feed_id = subscribe(reader, server.url().replace("//", "//user:s3cret@"))
    outcome = poll(reader)
    assert outcome.outcome == "failed"
    assert server.requests[0].headers["authorization"].startswith("Basic ")
    assert "s3cret" not in f"{outcome} {reader.subscription(feed_id).url}"
    assert b"s3cret" not in reader.export_list()
    assert b"s3cret" in reader.export_list(with_secrets=True)


def test_feed_whose_filter_changed_is_read_whole(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    server.answers["/feed"] = Answer(body=rss(1), headers={"ETag": '"1"'})
    tale, saga = (FeedSettings(command=f"sed s/Story/{word}/") for word in ("Tale", "Saga"))
    feed_id = reader.subscribe(server.url(), kind="filter", settings=tale)[0].id
    for settings in (tale, replace(tale, full_text="never"), saga):
        reader.configure(feed_id, settings)
        clock.pass_days(2)
        poll(reader)
    asked = ["if-none-match" in request.headers for request in server.requests]
    assert asked == [False, True, False]
    assert [one.title for one in reader.entries("")] == ["Saga 1"]


def test_computer_without_network_backs_off_from_no_feed(reader: Reader) -> None:
    for n in range(3):
        subscribe(reader, f"http://host-{n}.invalid/feed")
    outcomes = [one.outcome for one in reader.refresh() if isinstance(one, RefreshOutcome)]
    assert outcomes == ["failed"] * 3
    assert reader.status().failing == 0
    assert [one.poll.checked_at for one in reader.subscriptions()] == [None] * 3


def test_what_is_near_says_nothing_of_the_network(
    reader: Reader, server: LoopbackServer, tmp_path: Path
) -> None:
    file = tmp_path / "feed.xml"
    file.write_bytes(rss(1))
    server.answers["/feed"] = Answer(body=rss(1))
    reader.subscribe(file.as_uri(), kind="file")
    subscribe(reader, server.url())
    subscribe(reader, server.url("/none"))
    for n in range(3):
        subscribe(reader, f"http://host-{n}.invalid/feed")
    list(reader.refresh())
    assert reader.status().failing == 1


def test_name_that_leads_nowhere_is_a_failure_while_others_answer(
    reader: Reader, server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedreader.fetch.exchange.is_public_address", lambda address: True)
    server.answers["/feed"] = Answer(body=rss(1))
    subscribe(reader, server.url())
    for n in range(3):
        subscribe(reader, f"http://host-{n}.invalid/feed")
    list(reader.refresh())
    assert reader.status().failing == 3


def test_local_feed_stays_local_and_a_public_one_public(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    server.answers["/feed"] = Answer(body=rss(1))
    feed_id = subscribe(reader, server.url(host="localhost"))
    poll(reader)
    assert reader.subscription(feed_id).poll.is_local


def test_any_page_becomes_a_story_to_read_later(reader: Reader, server: LoopbackServer) -> None:
    server.answers["/essay"] = Answer(
        body=PAGE.format(WHOLE).encode(), headers={"Content-Type": "text/html"}
    )
    entry = reader.add_page(server.url("/essay"))
    assert (entry.summary.full_text_source, entry.summary.is_later) == ("page", True)
    assert "Paragraph 7" in entry.text
    assert reader.add_page(server.url("/essay")).summary.id == entry.summary.id
    assert reader.count("is:later paragraph") == 1
    assert [one.kind for one in reader.subscriptions()] == ["pages"]
    assert list(reader.refresh()) == []


@pytest.mark.parametrize("days", [1, 8])
def test_page_that_was_deleted_comes_back_when_it_is_added_again(
    reader: Reader, server: LoopbackServer, clock: Clock, days: int
) -> None:
    server.answers["/essay"] = Answer(
        body=PAGE.format(WHOLE).encode(), headers={"Content-Type": "text/html"}
    )
    reader.delete([reader.add_page(server.url("/essay")).summary.id])
    clock.now += timedelta(days=days)
    reader.vacuum()
    assert "Paragraph 7" in reader.add_page(server.url("/essay")).text
    assert reader.count("is:later paragraph") == 1
    assert reader.find_problems() == ()


def test_feed_takes_the_address_of_a_removed_one_but_not_of_another(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    server.answers["/feed"] = Answer(301, headers={"Location": "/new", "Content-Length": "0"})
    server.answers["/new"] = Answer(body=rss(1))
    moving, removed = subscribe(reader, server.url()), subscribe(reader, server.url("/new"))
    other = subscribe(reader, server.url("/other"))
    with pytest.raises(AlreadyFollowed, match=f"feed {removed}"):
        reader.change_url(other, server.url("/new"))
    reader.unsubscribe(removed)
    for _ in range(2):
        list(reader.refresh([moving]))
        clock.pass_days(2)
    assert reader.subscription(moving).url == server.url("/new")


# --- bodies that are no documents -------------------------------------------


_BITS = st.sampled_from(
    [
        b"<rss",
        b"<",
        b"{",
        b"[",
        b"error",
        b" ",
        b"\n",
        b"\x00",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\x1f\x8b",
        b"\xa0",
        b"\xe3\x80\x80",
        b'"items": []',
        b"}",
        b"\xc3\xa9",
        b">",
        b"&lt;",
    ]
)


@given(st.lists(_BITS, max_size=6).map(b"".join))
def test_body_is_called_plain_text_only_if_the_parser_finds_nothing(body: bytes) -> None:
    if polls._is_plain_text(body):
        with pytest.raises(NotAFeed, match=r"^not a feed: no XML and no JSON$"):
            parse_feed(body, url="http://example.org/feed")


def test_error_message_in_plain_text_is_no_feed(reader: Reader, server: LoopbackServer) -> None:
    server.answers["/feed"] = Answer(body=b"Error: too many connections [42]")
    subscribe(reader, server.url())
    outcome = poll(reader)
    assert (outcome.outcome, outcome.reason) == ("failed", "not a feed: no XML and no JSON")


def test_feeds_are_read_anew_after_anybody_changed_them(
    reader: Reader, server: LoopbackServer, tmp_path: Path
) -> None:
    feed_id = subscribe(reader, server.url())
    before = reader.subscriptions()
    assert reader.subscriptions() is before
    with Reader(tmp_path / "feeds.db") as other:
        other.rename(feed_id, "named elsewhere")
    assert [feed.title for feed in reader.subscriptions()] == ["named elsewhere"]
    reader.rename(feed_id, "named here")
    assert [feed.title for feed in reader.subscriptions()] == ["named here"]


def test_feeds_as_they_were_in_a_transaction_that_failed_are_forgotten(
    reader: Reader, server: LoopbackServer
) -> None:
    feed_id = subscribe(reader, server.url())
    store = reader._store

    def rename_and_fail() -> None:
        with store.transaction():
            store.feeds.rename(feed_id, "never")
            assert [feed.title for feed in store.feeds.subscriptions()] == ["never"]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        rename_and_fail()
    assert [feed.user_title for feed in store.feeds.subscriptions()] == [""]
