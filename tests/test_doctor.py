"""The feed doctor on real databases and a loopback server: figures, probes, remedies, undo."""

from __future__ import annotations

import random
import sqlite3
import statistics
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from feedreader.errors import FetchError, NotAFeed, NotFound, RefreshRunning
from feedreader.model import FeedSettings, RefreshSettings, Subscription
from feedreader.model.health import Checkup, Finding, Remedy
from feedreader.reader import Reader
from feedreader.store import RefreshLock
from servers import Answer, LoopbackServer, make_certificate

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
HASTY = RefreshSettings(host_pause_s=0)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def go(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reader(tmp_path: Path, clock: Clock) -> Iterator[Reader]:
    with Reader(tmp_path / "feeds.db", clock=clock, refresh_settings=HASTY) as opened:
        yield opened


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as served:
        yield served


def document(*numbers: int, title: str = "One", hours: float = 24, link: str = "") -> bytes:
    """An RSS feed with these entries, the highest number the newest, some hours apart."""
    items = "".join(
        f"<item><guid>urn:{title}:{number}</guid><title>Entry {number}</title>"
        f"<link>https://{title.lower()}.example/{number}</link><description>Words of {number}."
        f"</description><pubDate>{_rfc822(number, hours)}</pubDate></item>"
        for number in sorted(numbers, reverse=True)
    )
    return (
        f'<rss version="2.0"><channel><title>{title}</title><link>{link}</link>{items}'
        "</channel></rss>"
    ).encode()


def _rfc822(number: int, hours: float) -> str:
    return f"{NOW - timedelta(hours=hours * (100 - number)):%a, %d %b %Y %H:%M:%S +0000}"


def follow(reader: Reader, server: LoopbackServer, path: str, body: bytes) -> Subscription:
    server.answers[path] = Answer(body=body)
    subscription, _ = reader.subscribe(server.url(path))
    poll(reader)
    return reader.subscription(subscription.id)


def poll(reader: Reader) -> None:
    list(reader.refresh(force=True, pages=False))


def look(reader: Reader, feed: Subscription) -> Checkup:
    (checkup,) = reader.doctor.examine(feed.id)
    return checkup


def finding(checkup: Checkup, kind: str) -> Finding:
    (found,) = [one for one in checkup.findings if one.kind == kind]
    return found


def remedy(checkup: Checkup, kind: str) -> Remedy:
    found = finding(checkup, kind).remedy
    assert found is not None
    return found


def state(reader: Reader, feed: Subscription) -> tuple[object, ...]:
    """All that a treatment may change."""
    now = reader.subscription(feed.id)
    entries = [(one.id, one.title, one.is_read) for one in reader.entries(f"feed:{feed.id}")]
    return now.url, now.settings, now.poll, entries


# --- figures ---


def test_figures_are_those_of_a_count_entry_by_entry(reader: Reader, tmp_path: Path) -> None:
    draw = random.Random(5)
    feeds = [reader.subscribe(f"https://{n}.example/")[0] for n in range(4)]
    posted: dict[int, list[int]] = {feed.id: [] for feed in feeds}
    end = int(NOW.timestamp())
    with sqlite3.connect(tmp_path / "feeds.db") as database:
        for number in range(400):
            feed_id = draw.choice(feeds[:3]).id
            moment = end - draw.randrange(250 * 86_400)
            # What the user or the retention deleted was posted all the same.
            is_deleted = number % 9 == 0
            database.execute(
                """INSERT INTO entries (feed_id, sort_at, received_at, key, alt_key, content_hash,
                       deleted_at) VALUES (?, ?, ?, ?, ?, x'', ?)""",
                (feed_id, moment, moment, b"%d" % number, b"%d" % number, end * is_deleted or None),
            )
            posted[feed_id].append(moment)
    for checkup in reader.doctor.examine():
        health = checkup.health
        times = sorted(posted[health.subscription.id], reverse=True)
        weeks = [0] * 26
        for moment in times:
            if (age := (end - moment) // (7 * 86_400)) < 26:
                weeks[25 - age] += 1
        assert list(health.weeks) == weeks
        if not times:
            assert (health.last_post_at, health.gap_s) == (None, None)
            continue
        newest = times[:20]
        assert len(newest) > 3
        gaps = [newer - older for newer, older in pairwise(newest)]
        assert health.last_post_at == datetime.fromtimestamp(times[0], UTC)
        assert health.gap_s == statistics.median(gaps)
    for feed in feeds:
        alone, among = look(reader, feed), {one.health for one in reader.doctor.examine()}
        assert alone.health in among


def test_entries_dated_in_the_future_count_for_this_week(reader: Reader, tmp_path: Path) -> None:
    feed, _ = reader.subscribe("https://one.example/")
    later = int((NOW + timedelta(days=400)).timestamp())
    with sqlite3.connect(tmp_path / "feeds.db") as database:
        database.execute(
            """INSERT INTO entries (feed_id, sort_at, received_at, key, alt_key, content_hash)
               VALUES (?, ?, ?, x'01', x'01', x'')""",
            (feed.id, later, later),
        )
    assert look(reader, feed).health.weeks[-1] == 1


def test_no_figure_reads_the_rows_of_all_entries(reader: Reader) -> None:
    seen: list[str] = []
    database = reader._store.connection._sqlite
    database.set_trace_callback(seen.append)
    reader.doctor.examine()
    database.set_trace_callback(None)
    asked = [sql for sql in seen if "FROM entries" in sql]
    assert len(asked) == 2
    for sql in asked:
        plans = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {sql}")]
        on_entries = [plan for plan in plans if "entries" in plan]
        assert on_entries
        assert all("COVERING INDEX entries_of_feed" in plan for plan in on_entries), plans


def test_share_read_counts_what_was_read_one_by_one(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    feed = follow(reader, server, "/feed", document(*range(90, 100)))
    ids = reader.entry_ids(f"feed:{feed.id}")
    reader.mark_read(ids[:1])
    reader.mark_read(ids[1:2])
    reader.mark_read(ids[2:])
    health = look(reader, feed).health
    assert health.read_count == 2
    clock.go(days=120)
    assert look(reader, feed).health.read_count == 0


def test_polls_count_requests_bytes_and_what_was_not_modified(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    body = document(98, 99)
    feed = follow(reader, server, "/feed", body)
    server.answers["/feed"] = Answer(body=body, headers={"ETag": '"1"'})
    clock.go(hours=3)
    poll(reader)
    server.answers["/feed"] = Answer(304)
    clock.go(hours=3)
    poll(reader)
    server.answers["/feed"] = Answer(500)
    clock.go(hours=3)
    poll(reader)
    now = reader.subscription(feed.id).poll
    assert (now.requests, now.not_modified, now.bytes_received) == (4, 2, 2 * len(body))
    reader.change_url(feed.id, server.url("/other"))
    kept = reader.subscription(feed.id).poll
    assert (kept.requests, kept.not_modified, kept.bytes_received) == (4, 2, 2 * len(body))


def test_document_that_holds_nothing_known_is_counted_unless_one_was_away(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    feed = follow(reader, server, "/feed", document(10, 11, 12))
    for first, hours, overruns in ((20, 2, 1), (30, 2, 2), (32, 2, 2), (50, 72, 2)):
        server.answers["/feed"] = Answer(body=document(first, first + 1, first + 2))
        clock.go(hours=hours)
        poll(reader)
        assert reader.subscription(feed.id).poll.overruns == overruns
    server.answers["/feed"] = Answer(body=document(80, 81))
    clock.go(hours=2)
    poll(reader)
    assert reader.subscription(feed.id).poll.overruns == 2, "two entries say nothing"


def test_flaw_of_a_document_is_kept_until_it_is_mended(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    broken = document(98, 99).replace(b"Words of 99.", b"Words <b>of & 99.</i>")
    feed = follow(reader, server, "/feed", broken)
    assert finding(look(reader, feed), "defect").evidence
    server.answers["/feed"] = Answer(body=document(98, 99))
    clock.go(hours=3)
    poll(reader)
    assert [one.kind for one in look(reader, feed).findings] == []


def test_feeds_with_the_same_entries_are_found_and_the_worse_one_may_go(
    reader: Reader, server: LoopbackServer
) -> None:
    first = follow(reader, server, "/feed", document(*range(90, 100)))
    second = follow(reader, server, "/feed/", document(*range(90, 100)))
    other = follow(reader, server, "/other", document(*range(90, 100), title="Two"))
    assert [one.kind for one in look(reader, first).findings] == []
    assert [one.kind for one in look(reader, other).findings] == []
    twin = look(reader, second)
    assert twin.health.twin is not None
    assert twin.health.twin.feed_id == first.id
    reader.doctor.treat(second.id, remedy(twin, "duplicate"))
    with pytest.raises(NotFound):
        reader.subscription(second.id)
    assert reader.subscription(first.id).entry_count == 10


# --- remedies that ask nobody ---


def test_archived_feed_is_left_alone_until_it_is_named_or_brought_back(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    feed = follow(reader, server, "/feed", document(98, 99))
    server.answers["/feed"] = Answer(410)
    clock.go(hours=3)
    poll(reader)
    treatment = reader.doctor.treat(feed.id, remedy(look(reader, feed), "gone"))
    assert treatment.words == "“One” is archived"
    assert reader.status().failing == 0
    assert reader.status().next_due_at is None
    asked = len(server.requests)
    clock.go(days=3)
    (outcome,) = reader.refresh(pages=False)
    assert outcome.outcome == "skipped"  # type: ignore[union-attr]
    assert "archived" in outcome.reason
    assert len(server.requests) == asked
    assert reader.subscription(feed.id).entry_count == 2
    server.answers["/feed"] = Answer(body=document(98, 99))
    list(reader.refresh([feed.id], force=True, pages=False))
    assert len(server.requests) == asked + 1
    assert reader.subscription(feed.id).settings.is_archived
    reader.doctor.treat(feed.id, remedy(look(reader, feed), "archived"))
    assert not reader.subscription(feed.id).settings.is_archived
    reader.doctor.take_back(treatment)
    assert reader.subscription(feed.id).settings == feed.settings
    asked = reader.subscription(feed.id).poll.requests
    assert asked == 3, "what was learnt since is kept"


def test_archived_is_kept_by_export_and_import(
    reader: Reader, server: LoopbackServer, tmp_path: Path
) -> None:
    feed = follow(reader, server, "/feed", document(98, 99))
    reader.doctor.treat(feed.id, Remedy("archive", "Archive it"))
    with Reader(tmp_path / "other.db") as other:
        other.import_list(reader.export_list())
        assert other.subscriptions()[0].settings == FeedSettings(is_archived=True)


@pytest.mark.parametrize(
    "wanted",
    [
        Remedy("pace", "Ask it every 4 hours", interval_s=14_400),
        Remedy("full_text", "Fetch its stories", full_text="always"),
        Remedy("archive", "Archive it"),
        Remedy("unfollow", "Stop following it"),
        Remedy("read_older", "Mark old entries read"),
    ],
    ids=lambda one: one.action,
)
def test_each_remedy_changes_something_and_is_taken_back_wholly(
    reader: Reader, server: LoopbackServer, wanted: Remedy
) -> None:
    feed = follow(reader, server, "/feed", document(*range(80, 100)))
    before = state(reader, feed)
    treatment = reader.doctor.treat(feed.id, wanted)
    if wanted.action == "unfollow":
        assert reader.subscriptions() == ()
    else:
        assert state(reader, feed) != before
    reader.doctor.take_back(treatment)
    assert state(reader, feed) == before


def test_another_pace_holds_from_the_next_check_on(reader: Reader, server: LoopbackServer) -> None:
    feed = follow(reader, server, "/feed", document(98, 99))
    reader.doctor.treat(feed.id, Remedy("pace", "Ask it every 2 days", interval_s=2 * 86_400))
    after = reader.subscription(feed.id)
    assert after.settings.min_interval_s == 2 * 86_400
    assert after.poll.next_check_at == NOW + timedelta(days=2)


def test_server_that_asked_us_to_wait_is_not_asked_sooner_for_another_pace(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    feed = follow(reader, server, "/feed", document(98, 99))
    server.answers["/feed"] = Answer(429, headers={"Retry-After": "36000"})
    clock.go(hours=3)
    poll(reader)
    held = reader.subscription(feed.id).poll.next_check_at
    assert held is not None
    reader.doctor.treat(feed.id, remedy(look(reader, feed), "too_often"))
    assert reader.subscription(feed.id).poll.next_check_at == held
    assert finding(look(reader, feed), "too_often").remedy is None


def test_only_entries_older_than_a_week_are_cleared(reader: Reader, server: LoopbackServer) -> None:
    feed = follow(reader, server, "/feed", document(*range(80, 100)))
    treatment = reader.doctor.treat(feed.id, Remedy("read_older", "Mark old entries read"))
    unread = {one.title for one in reader.entries(f"feed:{feed.id} is:unread")}
    assert unread == {f"Entry {number}" for number in range(93, 100)}
    assert treatment.change is not None
    assert treatment.change.count == 13


# --- another address ---


def test_address_is_changed_when_the_new_one_gives_what_is_known_and_nothing_comes_twice(
    reader: Reader, server: LoopbackServer
) -> None:
    feed = follow(reader, server, "/feed", document(96, 97, 98))
    reader.mark_read(reader.entry_ids(f"feed:{feed.id}"))
    server.answers["/new"] = Answer(body=document(97, 98, 99), headers={"ETag": '"n"'})
    before = state(reader, feed)
    treatment = reader.doctor.treat(
        feed.id, Remedy("readdress", "Follow it", url=server.url("/new"))
    )
    after = reader.subscription(feed.id)
    assert (after.url, after.entry_count, after.unread_count) == (server.url("/new"), 4, 1)
    assert after.poll.etag == '"n"'
    assert after.poll.error == ""
    assert len(server.asked("/new")) == 1, "what was looked at is what is stored"
    reader.doctor.take_back(treatment)
    now = state(reader, feed)
    assert now[:3] == before[:3]
    assert reader.subscription(feed.id).entry_count == 4


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=document(97, 98, 99, title="Stranger")),
        Answer(body=b"<html><body>For sale</body></html>"),
        Answer(body=b""),
        Answer(404),
        Answer(body=document()),
    ],
    ids=["another feed", "a page", "nothing", "missing", "no entries"],
)
def test_address_that_does_not_give_what_is_known_changes_nothing(
    reader: Reader, server: LoopbackServer, answer: Answer
) -> None:
    feed = follow(reader, server, "/feed", document(96, 97, 98))
    server.answers["/new"] = answer
    before = state(reader, feed)
    with pytest.raises((NotAFeed, FetchError)):
        reader.doctor.treat(feed.id, Remedy("readdress", "Follow it", url=server.url("/new")))
    assert state(reader, feed) == before


def test_address_is_not_changed_while_a_refresh_runs(
    reader: Reader, server: LoopbackServer, tmp_path: Path
) -> None:
    feed = follow(reader, server, "/feed", document(96, 97, 98))
    server.answers["/new"] = Answer(body=document(97, 98, 99))
    wanted = Remedy("readdress", "Follow it", url=server.url("/new"))
    with (
        RefreshLock(tmp_path / "feeds.db").acquire(wait=False),
        pytest.raises(RefreshRunning),
    ):
        reader.doctor.treat(feed.id, wanted)
    assert server.asked("/new") == []


def test_credentials_do_not_go_to_another_server(reader: Reader, server: LoopbackServer) -> None:
    feed = follow(reader, server, "/feed", document(96, 97, 98))
    reader.configure(feed.id, FeedSettings(username="ann", password="hush"))
    with (
        LoopbackServer(answers={"/new": Answer(body=document(97, 98))}) as other,
        pytest.raises(FetchError, match="may not go to another server"),
    ):
        reader.doctor.treat(feed.id, Remedy("readdress", "Follow it", url=other.url("/new")))
    assert other.requests == []


def test_permanent_redirect_is_proposed_after_one_poll_and_proved(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    feed = follow(reader, server, "/feed", document(96, 97, 98))
    server.answers["/feed"] = Answer(301, headers={"Location": "/new"})
    server.answers["/new"] = Answer(body=document(97, 98, 99))
    clock.go(hours=3)
    poll(reader)
    checkup = look(reader, feed)
    assert remedy(checkup, "moved").url == server.url("/new")
    (probed,) = reader.doctor.probe([checkup])
    assert "gives 3 entries that we know" in finding(probed, "moved").evidence
    reader.doctor.treat(feed.id, remedy(probed, "moved"))
    assert look(reader, feed).findings == ()


def lost_feed(reader: Reader, server: LoopbackServer, clock: Clock, number: int) -> Checkup:
    """A feed that is not there any more, of a site that is."""
    path = f"/{number}/feed"
    body = document(96, 97, 98, title=f"Lost{number}", link=server.url("/site"))
    feed = follow(reader, server, path, body)
    server.answers[path] = Answer(404)
    clock.go(hours=3)
    poll(reader)
    return look(reader, feed)


def test_lost_feed_is_found_again_by_its_site_with_two_requests(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    checkup = lost_feed(reader, server, clock, 1)
    server.answers["/site"] = Answer(
        body=b'<html><head><link rel="alternate" type="application/rss+xml" href="/found">',
        headers={"Content-Type": "text/html"},
    )
    server.answers["/found"] = Answer(body=document(97, 98, 99, title="Lost1"))
    asked = len(server.requests)
    (probed,) = reader.doctor.probe([checkup])
    assert [one.target for one in server.requests[asked:]] == ["/site", "/found"]
    found = remedy(probed, "rediscovered")
    assert found.url == server.url("/found")
    reader.doctor.treat(checkup.health.subscription.id, found)
    after = look(reader, checkup.health.subscription)
    assert after.findings == ()
    assert after.health.subscription.entry_count == 4


@pytest.mark.parametrize(
    ("site", "said"),
    [
        (Answer(body=b"<html><body>Nothing here"), "there is no feed"),
        (Answer(500), "internal error"),
        (
            Answer(body=b'<link rel="alternate" type="application/rss+xml" href="/found">'),
            "none of the entries that we know",
        ),
    ],
    ids=["names none", "fails", "names a stranger"],
)
def test_site_that_names_no_such_feed_leads_to_no_proposal(
    reader: Reader, server: LoopbackServer, clock: Clock, site: Answer, said: str
) -> None:
    checkup = lost_feed(reader, server, clock, 1)
    server.answers["/site"] = site
    server.answers["/found"] = Answer(body=document(97, 98, 99, title="Stranger"))
    (probed,) = reader.doctor.probe([checkup])
    assert [one.kind for one in probed.findings] == ["lost"]
    assert said in finding(probed, "lost").advice


def test_page_of_several_lost_feeds_is_asked_once(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    checkups = [lost_feed(reader, server, clock, number) for number in (1, 2, 3)]
    server.answers["/site"] = Answer(body=b"<html>", headers={"Content-Type": "text/html"})
    assert len(list(reader.doctor.probe(checkups))) == 3
    assert len(server.asked("/site")) == 1


def test_probe_stores_nothing_and_can_be_stopped(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    checkup = lost_feed(reader, server, clock, 1)
    before = state(reader, checkup.health.subscription)
    list(reader.doctor.probe([checkup]))
    assert state(reader, checkup.health.subscription) == before
    assert list(reader.doctor.probe([checkup], is_cancelled=lambda: True)) == []


def test_host_that_asked_to_wait_is_not_probed(
    reader: Reader, server: LoopbackServer, clock: Clock
) -> None:
    checkup = lost_feed(reader, server, clock, 1)
    with reader._store.transaction():
        reader._store.feeds.hold_host(f"127.0.0.1:{server.port}", clock.now + timedelta(hours=2))
    asked = len(server.requests)
    (probed,) = reader.doctor.probe([checkup])
    assert len(server.requests) == asked
    assert "asked us to wait" in finding(probed, "lost").advice


def test_sound_feeds_are_not_probed(reader: Reader, server: LoopbackServer) -> None:
    feed = follow(reader, server, "/feed", document(98, 99))
    asked = len(server.requests)
    assert reader.doctor.questions([look(reader, feed)]) == ()
    assert list(reader.doctor.probe([look(reader, feed)])) == []
    assert len(server.requests) == asked


def test_https_twin_is_asked_and_proposed_if_it_is_the_same_feed(
    reader: Reader, server: LoopbackServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = follow(reader, server, "/feed", document(96, 97, 98))
    certificate = make_certificate(tmp_path, "twin", host="127.0.0.1")
    answers = {"/feed": Answer(body=document(97, 98, 99))}
    reader.configure(feed.id, FeedSettings(verify_tls=False))
    with LoopbackServer(answers=answers, tls=certificate.server_context()) as twin:
        # Only public hosts at the usual port have a twin; a test server is neither.
        monkeypatch.setattr("feedreader.core.diagnosis.https_twin", lambda url: twin.url("/feed"))
        checkup = look(reader, feed)
        assert finding(checkup, "plain_http").remedy is None
        (probed,) = reader.doctor.probe([checkup])
        wanted = remedy(probed, "https")
        assert wanted.url == twin.url("/feed")
        reader.doctor.treat(feed.id, wanted)
    after = reader.subscription(feed.id)
    assert (after.url, after.entry_count) == (twin.url("/feed"), 4)
