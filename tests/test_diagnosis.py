"""What is found about feeds from their facts: kinds, evidence, remedies, words."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedreader.core.alike import find_candidates, may_go
from feedreader.core.diagnosis import GROUPS, diagnose, https_twin, questions
from feedreader.core.probe_words import questions_in_words
from feedreader.core.vitals import (
    bytes_words,
    describe,
    every_words,
    share_words,
    short_span,
    span_words,
)
from feedreader.model import Feed, FeedSettings, PollState, RefreshSettings, Subscription
from feedreader.model.health import FeedHealth, Finding, Probe, Question, Twin

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
DAY_S = 86_400
SETTINGS = RefreshSettings()


def a_feed(
    number: int = 1, url: str = "https://one.example/feed", **fields: object
) -> Subscription:
    values: dict[str, object] = {
        "id": number,
        "url": url,
        "kind": "http",
        "feed": Feed(title="One", link="https://one.example/"),
        "user_title": "",
        "folders": (),
        "tags": (),
        "settings": FeedSettings(),
        "poll": a_poll(),
        "added_at": NOW - timedelta(days=400),
        "entry_count": 50,
        "unread_count": 10,
    }
    return Subscription(**(values | fields))  # type: ignore[arg-type]


def a_poll(**fields: object) -> PollState:
    values: dict[str, object] = {
        "checked_at": NOW - timedelta(hours=2),
        "succeeded_at": NOW - timedelta(hours=2),
        "next_check_at": NOW + timedelta(hours=10),
        "status": 200,
        "requests": 100,
        "not_modified": 90,
    }
    return PollState(**(values | fields))  # type: ignore[arg-type]


def failing(error: str, status: int | None = None, *, times: int = 4, days: float = 3) -> PollState:
    return a_poll(
        error=error, status=status, failures=times, succeeded_at=NOW - timedelta(days=days)
    )


def health(subscription: Subscription | None = None, **fields: object) -> FeedHealth:
    values: dict[str, object] = {
        "subscription": subscription or a_feed(),
        "last_post_at": NOW - timedelta(days=1),
        "gap_s": 2 * DAY_S,
        "weeks": (3,) * 26,
        "followed_weeks": 26,
        "read_count": 20,
    }
    return FeedHealth(**(values | fields))  # type: ignore[arg-type]


def look(facts: FeedHealth, *probes: Probe, settings: RefreshSettings = SETTINGS) -> list[Finding]:
    return list(diagnose(facts, now=NOW, settings=settings, probes=probes))


def only(facts: FeedHealth, *probes: Probe, settings: RefreshSettings = SETTINGS) -> Finding:
    (finding,) = look(facts, *probes, settings=settings)
    return finding


def test_feed_that_answers_posts_and_is_read_gives_no_finding() -> None:
    assert look(health()) == []


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        ("there is nothing at this address (404)", 404, "lost"),
        ("not a feed: an HTML page", 200, "lost"),
        ("not a feed: the document is empty", 200, "lost"),
        ("the server asks for a password (401)", 401, "login"),
        ("the server refuses us (403)", 403, "refused"),
        ("the server's certificate has expired", None, "certificate"),
        ("the server's certificate is self-signed", None, "certificate"),
        ("there is no host named one.example", None, "unreachable"),
        ("the server says that we ask too often (429)", 429, "too_often"),
        ("the server has an internal error (500)", 500, "failing"),
        ("the body is larger than 20 MB", None, "failing"),
    ],
)
def test_failure_is_named_by_its_kind_with_its_own_words_and_something_to_do(
    error: str, status: int | None, kind: str
) -> None:
    finding = only(health(a_feed(poll=failing(error, status))))
    assert finding.kind == kind
    assert finding.severity == "trouble"
    assert finding.words == error
    assert finding.evidence == "failed 4 times in a row; the last good answer was 3 days ago"
    assert finding.advice or finding.remedy


def test_failure_of_a_kind_that_passes_is_only_noted_at_first() -> None:
    finding = only(health(a_feed(poll=failing("the server has an error (500)", 500, times=2))))
    assert (finding.kind, finding.severity) == ("hiccup", "note")
    assert only(health(a_feed(poll=failing("(404)", 404, times=1)))).severity == "trouble"


def test_certificate_that_cannot_be_trusted_is_never_accepted_by_a_key() -> None:
    finding = only(health(a_feed(poll=failing("the server's certificate is self-signed"))))
    assert finding.remedy is None
    assert "verify_tls=false" in finding.advice


def test_feed_that_failed_for_weeks_is_dead_and_can_be_archived() -> None:
    poll = failing("there is no host named one.example", times=20, days=40)
    finding = only(health(a_feed(poll=poll)))
    assert finding.kind == "dead"
    assert finding.remedy is not None
    assert finding.remedy.action == "archive"
    few = replace(poll, failures=3)
    assert only(health(a_feed(poll=few))).kind == "unreachable"
    late = replace(poll, succeeded_at=NOW - timedelta(days=10))
    assert only(health(a_feed(poll=late))).kind == "unreachable"


def test_feed_that_wants_a_password_for_weeks_is_not_dead() -> None:
    poll = failing("the server asks for a password (401)", 401, times=40, days=80)
    assert only(health(a_feed(poll=poll))).kind == "login"


def test_feed_that_its_publisher_ended_can_be_archived() -> None:
    poll = replace(failing("the feed is gone for good (410)", 410), gone_at=NOW)
    finding = only(health(a_feed(poll=poll)))
    assert finding.kind == "gone"
    assert finding.remedy is not None
    assert finding.remedy.action == "archive"


def test_feed_that_moved_to_one_that_is_followed_can_go() -> None:
    words = "it moved to https://two.example/, which you follow already (feed 2)"
    poll = a_poll(gone_at=NOW, status=301, error=words)
    finding = only(health(a_feed(poll=poll)))
    assert (finding.kind, finding.words) == ("duplicate", words)
    assert finding.remedy is not None
    assert finding.remedy.action == "unfollow"


def test_archived_feed_is_only_noted_whatever_else_is_wrong_with_it() -> None:
    subscription = a_feed(
        settings=FeedSettings(is_archived=True), poll=failing("(404)", 404, times=99)
    )
    finding = only(health(subscription))
    assert (finding.kind, finding.severity) == ("archived", "note")
    assert finding.remedy is not None
    assert (finding.remedy.action, finding.remedy.is_matter_of_taste) == ("unarchive", True)


# --- addresses ---


def test_permanent_redirect_seen_once_proposes_the_address() -> None:
    poll = a_poll(moved_to="https://two.example/feed", moved_seen=1)
    finding = only(health(a_feed(poll=poll)))
    assert finding.kind == "moved"
    assert "seen once" in finding.evidence
    assert finding.remedy is not None
    assert (finding.remedy.action, finding.remedy.url) == ("readdress", "https://two.example/feed")
    assert finding.remedy.asks_network


def test_feed_with_a_password_is_not_moved_to_another_server() -> None:
    settings = FeedSettings(username="ann", password="secret")
    poll = a_poll(moved_to="https://two.example/feed", moved_seen=3)
    finding = only(health(a_feed(poll=poll, settings=settings)))
    assert finding.kind == "moved"
    assert finding.remedy is None
    assert "feedreader set 1 url=https://two.example/feed" in finding.advice


def test_secrets_in_addresses_are_not_told() -> None:
    poll = a_poll(moved_to="https://one.example/feed?token=hush", moved_seen=1)
    facts = health(a_feed(url="https://ann:hush@one.example/feed?key=hush", poll=poll))
    said = repr([(one.words, one.evidence, one.advice, one.remedy and one.remedy.words)
                 for one in look(facts)])  # fmt: skip
    assert "hush" not in said
    assert "hush" not in repr(describe(facts, now=NOW))


def test_address_is_proposed_only_if_it_gives_entries_that_we_know() -> None:
    facts = health(a_feed(url="http://one.example/feed"))
    question = Question(1, "https", "https://one.example/feed")
    found = Probe(question, found_url=question.url, shared_count=4)
    finding = only(facts, found)
    assert finding.kind == "https"
    assert "4 entries that we know" in finding.evidence
    assert finding.remedy is not None
    assert finding.remedy.url == "https://one.example/feed"
    other = only(facts, replace(found, shared_count=0))
    assert (other.kind, other.remedy) == ("plain_http", None)
    assert "https gives another feed" in other.advice
    failed = only(facts, Probe(question, reason="the server refuses connections"))
    assert "the server refuses connections" in failed.advice


def test_feed_that_its_site_names_is_proposed_if_it_is_the_same() -> None:
    facts = health(a_feed(poll=failing("there is nothing at this address (404)", 404)))
    question = Question(1, "site", "https://one.example/")
    found = Probe(question, found_url="https://one.example/new.xml", shared_count=1)
    kinds = {one.kind: one for one in look(facts, found)}
    assert set(kinds) == {"rediscovered", "lost"}
    remedy = kinds["rediscovered"].remedy
    assert remedy is not None
    assert remedy.url == "https://one.example/new.xml"
    stranger = only(facts, replace(found, shared_count=0))
    assert stranger.remedy is None
    assert "has none of the entries" in stranger.advice


def test_one_request_at_most_is_asked_about_a_feed_and_none_about_a_sound_one() -> None:
    sound = health()
    assert list(questions(sound, look(sound))) == []
    lost = health(a_feed(url="http://one.example/feed", poll=failing("(404)", 404)))
    assert [one.purpose for one in questions(lost, look(lost))] == ["site"]
    plain = health(a_feed(url="http://one.example/feed"))
    assert list(questions(plain, look(plain))) == [Question(1, "https", "https://one.example/feed")]


def test_site_of_a_feed_without_link_is_the_root_of_its_server() -> None:
    feed = a_feed(url="https://a:b@one.example/x/feed", feed=Feed(), poll=failing("", 410))
    poll = replace(feed.poll, gone_at=NOW, error="gone")
    facts = health(replace(feed, poll=poll))
    assert [one.url for one in questions(facts, look(facts))] == ["https://one.example/"]


@pytest.mark.parametrize(
    ("url", "twin"),
    [
        ("http://one.example/feed?x=1", "https://one.example/feed?x=1"),
        ("http://one.example:80/feed", "https://one.example/feed"),
        ("http://one.example:8080/feed", ""),
        ("https://one.example/feed", ""),
        ("http://192.168.1.2/feed", ""),
        ("http://nas.lan/feed", ""),
        ("http://[broken/feed", ""),
        ("file:///tmp/feed", ""),
    ],
)
def test_https_twin_is_sought_only_where_one_can_be(url: str, twin: str) -> None:
    assert https_twin(url) == twin


# --- posts ---


def test_feed_without_a_post_for_a_year_is_dead_if_that_is_long_for_it() -> None:
    silent = health(last_post_at=NOW - timedelta(days=500), gap_s=20 * DAY_S, weeks=(0,) * 26)
    finding = only(silent)
    assert finding.kind == "dead"
    assert finding.words == "nothing new for 16 months"
    assert finding.evidence == "it used to post about every 20 days"
    yearly = replace(silent, gap_s=200 * DAY_S)
    assert look(yearly) == []


def test_feed_that_fell_silent_is_noted() -> None:
    facts = health(last_post_at=NOW - timedelta(days=70), gap_s=5 * DAY_S, weeks=(0,) * 26)
    finding = only(facts)
    assert (finding.kind, finding.severity) == ("silent", "note")
    assert look(replace(facts, gap_s=30 * DAY_S)) == []


def test_loud_feed_that_is_hardly_read_offers_to_clear_what_is_old() -> None:
    loud = health(weeks=(140,) * 26, read_count=20, gap_s=4000)
    finding = only(loud)
    assert finding.kind == "loud"
    assert finding.words == "it posts 20 entries a day, of which you read 1%"
    assert finding.remedy is not None
    assert (finding.remedy.action, finding.remedy.is_matter_of_taste) == ("read_older", True)
    assert look(replace(loud, read_count=900)) == []


def test_feed_that_is_never_read_offers_to_stop_following_it() -> None:
    finding = only(health(read_count=0))
    assert finding.kind == "never_read"
    assert finding.remedy is not None
    assert (finding.remedy.action, finding.remedy.is_matter_of_taste) == ("unfollow", True)


@pytest.mark.parametrize(
    "facts",
    [
        health(a_feed(starred_count=1), read_count=0),
        health(a_feed(added_at=NOW - timedelta(days=10)), read_count=0, followed_weeks=2),
        health(read_count=0, weeks=(1,) * 26),
    ],
    ids=["starred", "new", "few entries"],
)
def test_feed_is_not_called_unread_without_good_reason(facts: FeedHealth) -> None:
    assert look(facts) == []


def test_what_came_before_a_feed_was_followed_is_not_held_against_it() -> None:
    facts = health(followed_weeks=2, weeks=(50,) * 24 + (2, 2), read_count=2)
    assert facts.posted_count == 4
    assert facts.read_share == 0.5


def test_twin_may_go_and_what_is_starred_in_it_is_told() -> None:
    facts = health(twin=Twin(2, "Two", 1.0))
    finding = only(facts)
    assert finding.kind == "duplicate"
    assert finding.remedy is not None
    assert not finding.remedy.is_matter_of_taste
    starred = only(replace(facts, subscription=a_feed(starred_count=3)))
    assert "3 of its entries are starred" in starred.advice
    assert starred.remedy is not None
    assert starred.remedy.is_matter_of_taste


# --- polls ---


def test_feed_that_outruns_its_checks_is_to_be_asked_more_often() -> None:
    poll = a_poll(overruns=3, overrun_at=NOW - timedelta(days=1),
                  next_check_at=NOW + timedelta(hours=1))  # fmt: skip
    finding = only(health(a_feed(poll=poll), gap_s=600))
    assert finding.kind == "overrun"
    assert finding.remedy is not None
    assert (finding.remedy.action, finding.remedy.interval_s) == ("pace", 3600)
    held = replace(poll, server_interval_s=7200)
    assert only(health(a_feed(poll=held), gap_s=600)).remedy is None
    once = replace(poll, overruns=1)
    assert look(health(a_feed(poll=once), gap_s=600)) == []
    long_ago = replace(poll, overrun_at=NOW - timedelta(days=60))
    assert look(health(a_feed(poll=long_ago), gap_s=600)) == []


def test_feed_that_posts_monthly_and_is_asked_hourly_is_to_be_asked_less() -> None:
    poll = a_poll(checked_at=NOW, next_check_at=NOW + timedelta(hours=1))
    facts = health(a_feed(poll=poll), gap_s=30 * DAY_S, last_post_at=NOW - timedelta(days=9))
    finding = only(facts)
    assert finding.kind == "eager"
    assert finding.words == "it is asked every hour, and posts about every 30 days"
    assert "10 of 100 requests brought anything" in finding.evidence
    assert finding.remedy is not None
    assert finding.remedy.interval_s == DAY_S
    assert look(replace(facts, gap_s=10 * 3600)) == []


def test_feed_that_says_we_ask_too_often_is_to_be_asked_less_if_it_is_not_yet() -> None:
    poll = failing("the server says that we ask too often (429)", 429)
    finding = only(health(a_feed(poll=poll)))
    assert finding.remedy is not None
    assert finding.remedy.interval_s == 4 * 3600
    seldom = a_feed(poll=poll, settings=FeedSettings(min_interval_s=4 * 3600))
    assert only(health(seldom)).remedy is None
    assert only(health(seldom)).advice


def test_summaries_that_are_read_ask_for_full_stories_only_where_these_are_off() -> None:
    subscription = a_feed(is_summary_only=True, settings=FeedSettings(full_text="never"))
    finding = only(health(subscription))
    assert finding.kind == "full_text_on"
    assert finding.remedy is not None
    assert finding.remedy.full_text == "always"
    general = RefreshSettings(full_text="never")
    assert only(health(a_feed(is_summary_only=True)), settings=general).kind == "full_text_on"
    assert look(health(a_feed(is_summary_only=True))) == []
    assert look(health(subscription, read_count=1)) == []


def test_pages_that_give_no_story_are_to_be_fetched_no_more() -> None:
    facts = health(a_feed(is_summary_only=True), pages_found=1, pages_failed=11)
    finding = only(facts)
    assert finding.kind == "full_text_off"
    assert finding.evidence == "11 of the last 12 pages gave none"
    assert finding.remedy is not None
    assert finding.remedy.full_text == "never"
    assert look(replace(facts, pages_found=6, pages_failed=6)) == []
    assert look(replace(facts, pages_found=0, pages_failed=3)) == []


# --- notes ---


def test_notes_ask_for_nothing() -> None:
    facts = health(
        a_feed(url="http://one.example/feed", poll=a_poll(defect="mismatched tag (line 8)")),
        held_until=NOW + timedelta(minutes=20),
    )
    notes = look(facts)
    assert [one.kind for one in notes] == ["held", "defect", "plain_http"]
    assert {one.severity for one in notes} == {"note"}
    assert "20 minutes" in notes[0].words
    empty = health(last_post_at=None, gap_s=None, weeks=(0,) * 26, read_count=0)
    assert only(empty).kind == "empty"


def test_each_kind_stands_in_one_group() -> None:
    from typing import get_args

    from feedreader.model.health import FindingKind

    kinds = [kind for _, kinds in GROUPS for kind in kinds]
    assert sorted(kinds) == sorted(get_args(FindingKind))


def test_document_of_the_doctor_tells_of_each_kind() -> None:
    page = (Path(__file__).parent.parent / "docs" / "doctor.md").read_text()
    told = re.findall(r"^\| `(\w+)` \| .* \|$", page.partition("## What is found")[2], re.MULTILINE)
    assert sorted(told) == sorted(kind for _, kinds in GROUPS for kind in kinds)


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=20))
def test_no_address_of_a_stranger_breaks_the_diagnosis(url: str, link: str, error: str) -> None:
    for address in (url, f"http://{url}", f"http://[{url}", f"https://a:{url}/"):
        feed = a_feed(url=address, feed=Feed(title=url, link=link), poll=failing(error, 404))
        for facts in (health(feed), health(replace(feed, poll=a_poll(moved_to=link)))):
            list(questions(facts, look(facts)))
        find_candidates([feed, replace(feed, id=2)])


# --- feeds that are alike ---


def test_feeds_of_one_address_site_or_title_are_looked_at_together() -> None:
    feeds = [
        a_feed(1, "http://www.one.example/feed/", feed=Feed(title="A", link="")),
        a_feed(2, "https://one.example/feed", feed=Feed(title="B", link="")),
        a_feed(3, "https://three.example/", feed=Feed(title="C", link="https://s.example/")),
        a_feed(
            4, "https://four.example/", feed=Feed(title="D", link="http://s.example/index.html")
        ),
        a_feed(5, "https://five.example/", feed=Feed(title="Same", link="")),
        a_feed(6, "https://six.example/", feed=Feed(title="same ", link="")),
        a_feed(7, "https://seven.example/", feed=Feed(title="", link="")),
        a_feed(8, "https://eight.example/", feed=Feed(title="", link="")),
    ]
    assert [sorted(group) for group in find_candidates(feeds)] == [[1, 2], [3, 4], [5, 6]]


def test_of_two_alike_the_one_that_answers_is_encrypted_or_starred_stays() -> None:
    well = a_feed(1)
    assert may_go(well, a_feed(2, poll=failing("(404)", 404)), 1.0) == a_feed(
        2, poll=failing("(404)", 404)
    )
    assert may_go(a_feed(1, "http://one.example/feed"), a_feed(2), 1.0) == a_feed(
        1, "http://one.example/feed"
    )
    starred = a_feed(2, "http://one.example/feed", starred_count=1)
    assert may_go(well, starred, 1.0) == well
    assert may_go(well, a_feed(2), 0.5) is None
    assert may_go(well, a_feed(2, entry_count=1), 1.0) is None


# --- words ---


def test_spans_are_said_as_people_say_them() -> None:
    said = [
        span_words(timedelta(seconds=seconds))
        for seconds in (0, 45, 300, 3600, 7200, 47 * 3600, 3 * DAY_S, 90 * DAY_S, 800 * DAY_S)
    ]
    assert said == ["1 second", "45 seconds", "5 minutes", "1 hour", "2 hours", "2 days",
                    "3 days", "3 months", "2 years"]  # fmt: skip
    assert every_words(timedelta(hours=1)) == "every hour"
    assert every_words(timedelta(hours=4)) == "every 4 hours"
    assert every_words(timedelta(days=10)) == "every 10 days"
    assert short_span(timedelta(days=400)) == "13mo"
    assert all(len(short_span(timedelta(days=days))) <= 4 for days in range(1, 30_000, 7))


def test_amounts_are_said_shortly() -> None:
    assert [bytes_words(count) for count in (0, 999, 3400, 999_600, 3_400_000, 5e12)] == [
        "0 bytes", "999 bytes", "3.4 kB", "1.0 MB", "3.4 MB", "5000 GB",
    ]  # fmt: skip
    assert [share_words(share) for share in (0, 0.001, 0.5, 1)] == [
        "none", "under 1%", "50%", "100%",
    ]  # fmt: skip


def test_vital_signs_tell_of_answers_posts_reading_size_and_requests() -> None:
    subscription = a_feed(poll=a_poll(bytes_received=13_000_000))
    facts = dict(describe(health(subscription), now=NOW, kept_bytes=2_000_000))
    answers = "well 2 hours ago; the last answer was 200; it is asked again in 10 hours"
    assert facts["Answers"] == answers
    assert facts["Posts"] == "about every 2 days, the last one 1 day ago"
    assert facts["Read"] == "51%: 20 of 39 entries of the last 3 months"
    assert facts["Size"] == "13 entries a month, 989 kB to fetch them; 50 entries kept, 2.0 MB"
    assert facts["Requests"] == "100 so far; 90% answered “nothing new”"


def test_probe_is_announced_by_servers_and_purposes() -> None:
    asked = [
        Question(1, "https", "https://a.example/1"),
        Question(2, "https", "https://a.example/2"),
        Question(3, "site", "https://b.example/"),
        Question(4, "moved", "https://c.example/"),
    ]
    words = "3 servers: 1 new address, 1 site, 2 encrypted addresses"
    assert questions_in_words(asked) == words
