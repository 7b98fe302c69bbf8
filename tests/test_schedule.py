"""When feeds are asked, with which validators, and which reasons people are given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from itertools import pairwise
from random import Random

import pytest

from feedreader.core.headers import freshness_s, parse_http_date, retry_after_s
from feedreader.core.intervals import clock_words, duration_words
from feedreader.core.schedule import (
    after_fetch,
    after_move,
    conditional_request,
    host_hold,
    proved_move,
    select,
    settings_at,
)
from feedreader.model import (
    Feed,
    FeedHints,
    FeedSettings,
    Fetched,
    FetchFailed,
    FetchResult,
    NotAsked,
    NotModified,
    PollState,
    RefreshSettings,
    Subscription,
)

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SETTINGS = RefreshSettings()
URL = "https://feed.example/rss"


def follow(number: int = 1, url: str = URL, **changes: object) -> Subscription:
    plain = Subscription(
        id=number,
        url=url,
        kind="http",
        feed=Feed(),
        user_title="",
        folders=(),
        tags=(),
        settings=FeedSettings(),
        poll=PollState(),
        added_at=START,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def fetched(body: bytes = b"<rss/>", moved: str = "", **headers: str) -> Fetched:
    return Fetched(URL, 200, body, named(headers), moved)


def not_modified(moved: str = "", **headers: str) -> NotModified:
    return NotModified(URL, named(headers), moved)


def failed(status: int | None = None, url: str = URL, **headers: str) -> FetchFailed:
    return FetchFailed(url, "it went wrong", status, named(headers))


def named(headers: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((name.replace("_", "-"), value) for name, value in headers.items())


def after(
    poll: PollState, result: FetchResult | NotAsked, now: datetime = START, **options: object
) -> PollState:
    random = options.pop("random", Random(1))
    return after_fetch(poll, result, now=now, random=random, settings=SETTINGS, **options)  # type: ignore[arg-type]


def wait_s(poll: PollState, now: datetime = START) -> float:
    assert poll.next_check_at is not None
    return (poll.next_check_at - now).total_seconds()


def posting_every(gap: timedelta, now: datetime = START, count: int = 10) -> list[datetime]:
    return [now - gap * number for number in range(count)]


def run_cron(
    answer: Callable[[bool], FetchResult],
    *,
    every: timedelta,
    lasting: timedelta,
    recent: Callable[[datetime], Sequence[datetime]] = lambda now: posting_every(HOUR, now),
    start: datetime = START,
    seed: int = 7,
    **options: object,
) -> Iterator[tuple[datetime, bool]]:
    """Give the time of each request and whether it was conditional, as `answer` is told too."""
    subscription, random = follow(), Random(seed)
    now = start
    while now < start + lasting:
        for due in select([subscription], now, settings=SETTINGS).due:
            request = conditional_request(due, SETTINGS, now=now)
            is_conditional = bool(request.etag or request.last_modified)
            yield now, is_conditional
            result = answer(is_conditional)
            poll = after(due.poll, result, now, random=random, recent=recent(now), **options)
            subscription = replace(due, poll=poll)
        now += every


# --- who is due -------------------------------------------------------------


def test_feed_never_asked_is_due() -> None:
    assert select([follow()], START, settings=SETTINGS).due == (follow(),)


def test_cron_every_minute_asks_once_an_hour_at_most() -> None:
    minute = timedelta(minutes=1)
    requests = list(run_cron(lambda _: fetched(), every=minute, lasting=HOUR))
    assert len(requests) == 1
    week = [at for at, _ in run_cron(lambda _: fetched(), every=minute, lasting=7 * DAY)]
    assert all(later - sooner >= HOUR - timedelta(seconds=30) for sooner, later in pairwise(week))
    assert len(week) > 7 * 24 / 2


def test_restarting_asks_nothing_that_is_not_due() -> None:
    poll = after(PollState(), fetched())
    starts = [START + timedelta(minutes=5 * number) for number in range(10)]
    selections = [select([follow(poll=poll)], now, settings=SETTINGS) for now in starts]
    assert all(selection.due == () for selection in selections)


def test_skip_says_when_it_was_checked_when_it_comes_next_and_why() -> None:
    poll = after(PollState(), fetched(cache_control="max-age=7200"), random=Random(3))
    now = START + timedelta(minutes=12)
    ((_, reason),) = select([follow(poll=poll)], now, settings=SETTINGS).skipped
    assert poll.next_check_at is not None
    expected = f"next check at {poll.next_check_at:%H:%M} (the server asked for 2 h (max-age))"
    assert reason == f"checked 12 min ago; {expected}"


def test_reasons_give_the_time_of_the_callers_zone() -> None:
    poll = PollState(checked_at=START, next_check_at=START + 2 * HOUR)
    local = (START + HOUR).astimezone(timezone(timedelta(hours=5)))
    ((_, reason),) = select([follow(poll=poll)], local, settings=SETTINGS).skipped
    assert "next check at 19:00" in reason


def test_only_named_feeds_appear() -> None:
    feeds = [follow(1), follow(2, "https://b.example/")]
    selection = select(feeds, START, settings=SETTINGS, only_ids={2})
    assert selection.due == (feeds[1],)
    assert selection.skipped == ()


def test_due_feeds_of_a_host_stand_together_the_longest_waiting_first() -> None:
    def feed(number: int, url: str, hours_ago: int) -> Subscription:
        checked_at = START - hours_ago * HOUR
        return follow(number, url, poll=PollState(checked_at=checked_at, next_check_at=checked_at))

    feeds = [
        feed(1, "https://a.example/1", 2),
        feed(2, "https://b.example/", 3),
        feed(3, "http://A.example/2", 4),
    ]
    due = select(feeds, START, settings=SETTINGS).due
    assert [subscription.id for subscription in due] == [3, 1, 2]


def test_force_overrides_the_interval_and_stays_conditional() -> None:
    poll = after(PollState(), fetched(etag='"1"', last_modified="yesterday"))
    due = select([follow(poll=poll)], START, settings=SETTINGS, force=True).due
    request = conditional_request(due[0], SETTINGS, now=START)
    assert (request.etag, request.last_modified) == ('"1"', "yesterday")


# --- gone and held ----------------------------------------------------------


def test_gone_feed_is_asked_only_when_named_and_forced() -> None:
    poll = after(PollState(), failed(410))
    subscription, later = follow(poll=poll), START + 400 * DAY
    assert poll.gone_at == START
    for options in ({}, {"force": True}, {"only_ids": {1}}):
        selection = select([subscription], later, settings=SETTINGS, **options)  # type: ignore[arg-type]
        assert selection.due == ()
        assert "gone for good since 2 Mar 2026" in selection.skipped[0][1]
    meant = select([subscription], later, settings=SETTINGS, force=True, only_ids={1})
    assert meant.due == (subscription,)
    assert after(poll, fetched(), later).gone_at is None


def test_held_host_is_left_alone_unless_the_feed_is_named_and_forced() -> None:
    feeds = [follow(1), follow(2, "https://other.example/")]
    holds = {"feed.example": START + HOUR}
    for force in (False, True):
        selection = select(feeds, START, settings=SETTINGS, host_holds=holds, force=force)
        assert selection.due == (feeds[1],)
        assert selection.skipped == ((feeds[0], "feed.example asked us to wait until 13:00"),)
    meant = select(feeds, START, settings=SETTINGS, host_holds=holds, force=True, only_ids={1})
    assert meant.due == (feeds[0],)
    assert select(feeds, START + HOUR, settings=SETTINGS, host_holds=holds).due == tuple(feeds)


def test_hold_set_by_a_clock_far_ahead_is_void() -> None:
    holds = {"feed.example": START + 3650 * DAY}
    assert select([follow()], START, settings=SETTINGS, host_holds=holds).due == (follow(),)


SERVER_NOW = "Mon, 02 Mar 2026 07:00:00 GMT"  # five hours behind our clock
RETRY_AFTER = {
    "120": 120,
    "7200": 7200,
    "0": 60,
    "-1": 3600,
    "soon": 3600,
    "": 3600,
    "1.5": 3600,
    "1000000000000": 86_400,
    "9" * 4000: 86_400,
    "²": 3600,
    "Mon, 02 Mar 2026 09:00:00 GMT": 7200,
    "Mon, 02 Mar 2026 06:00:00 GMT": 3600,
    "Sat, 01 Jan 9999 00:00:00 GMT": 86_400,
}


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("value", RETRY_AFTER)
def test_hold_obeys_retry_after_within_sane_bounds(status: int, value: str) -> None:
    result = failed(status, retry_after=value, date=SERVER_NOW)
    assert host_hold(result, START) == START + timedelta(seconds=RETRY_AFTER[value])
    least_s = max(RETRY_AFTER[value], 3600)
    assert least_s <= wait_s(after(PollState(), result)) <= least_s * 1.61


@pytest.mark.parametrize("result", [failed(404), failed(500), failed(), fetched(), not_modified()])
def test_other_answers_hold_no_host(result: FetchResult) -> None:
    assert host_hold(result, START) is None


def test_feed_that_was_not_asked_has_neither_failed_nor_been_checked() -> None:
    poll = after(PollState(), fetched(etag='"1"'), START - HOUR)
    waiting = after(poll, NotAsked(URL, "its host asked us to wait", START + 5 * HOUR))
    assert waiting.next_check_at == START + 5 * HOUR
    assert waiting.next_check_reason == "its host asked us to wait"
    assert (waiting.checked_at, waiting.failures, waiting.etag) == (poll.checked_at, 0, '"1"')


# --- validators -------------------------------------------------------------


def test_newest_validators_are_kept_also_with_the_same_body() -> None:
    poll = after(PollState(), fetched(etag='"1"', last_modified="a"))
    poll = after(poll, fetched(etag='"2"', last_modified="b"))
    assert (poll.etag, poll.last_modified) == ('"2"', "b")


def test_304_renews_the_validators_it_names_and_keeps_the_others() -> None:
    poll = after(PollState(), fetched(etag='"1"', last_modified="a"))
    poll = after(poll, not_modified(etag='"2"'))
    assert (poll.etag, poll.last_modified) == ('"2"', "a")


def test_withdrawn_validators_are_forgotten() -> None:
    poll = after(PollState(), fetched(etag='"1"', last_modified="a"))
    poll = after(poll, fetched(last_modified="b"))
    request = conditional_request(follow(poll=poll), SETTINGS, now=START)
    assert (request.etag, request.last_modified) == ("", "b")


@pytest.mark.parametrize(
    ("result", "parse_error"),
    [
        (fetched(b"<html>portal", etag='"portal"', last_modified="p"), "this is no feed"),
        (failed(200, etag='"cut"'), ""),
        (failed(500, etag='"error"'), ""),
        (failed(), ""),
    ],
)
def test_failed_or_unreadable_answer_changes_no_validator(
    result: FetchResult, parse_error: str
) -> None:
    poll = after(PollState(), fetched(b"<rss>1", etag='"1"', last_modified="a"))
    broken = after(poll, result, parse_error=parse_error)
    assert (broken.etag, broken.last_modified) == ('"1"', "a")
    assert broken.body_hash == poll.body_hash
    assert (broken.failures, broken.error) == (1, parse_error or "it went wrong")


def test_moved_feed_is_first_asked_unconditionally() -> None:
    poll = after_move(after(PollState(), fetched(etag='"1"', last_modified="a")))
    request = conditional_request(
        follow(url="https://new.example/", poll=poll), SETTINGS, now=START
    )
    assert (request.etag, request.last_modified) == ("", "")


def test_unchanged_feed_is_asked_unconditionally_once() -> None:
    def answer(is_conditional: bool) -> FetchResult:
        return not_modified(etag='"1"') if is_conditional else fetched(etag='"1"')

    requests = list(run_cron(answer, every=timedelta(minutes=15), lasting=30 * DAY))
    assert [conditional for _, conditional in requests].count(False) == 1
    assert 300 < len(requests) <= 720


def test_server_that_says_304_for_ever_is_asked_unconditionally_after_eight_days() -> None:
    def answer(is_conditional: bool) -> FetchResult:
        return not_modified() if is_conditional else fetched(etag='"1"')

    requests = run_cron(answer, every=HOUR / 4, lasting=10 * DAY)
    first, second = (at for at, is_conditional in requests if not is_conditional)
    assert 8 * DAY <= second - first <= 8 * DAY + 2 * HOUR


def test_one_unconditional_retry_renews_the_eight_days() -> None:
    def answer(is_conditional: bool) -> FetchResult:
        return not_modified() if is_conditional else fetched(etag='"1"')

    requests = run_cron(answer, every=HOUR / 4, lasting=30 * DAY)
    whole = [at for at, is_conditional in requests if not is_conditional]
    assert len(whole) == 4
    assert all(later - sooner >= 8 * DAY for sooner, later in pairwise(whole))


# --- what the request says --------------------------------------------------


@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        ("https://feed.example/", set()),
        ("http://nas.lan/", {"nas.lan"}),
        ("http://192.168.1.2:8080/", {"192.168.1.2"}),
        ("http://[::1]/", {"::1"}),
        ("https://home.example/", {"home.example"}),
    ],
)
def test_only_hosts_that_are_the_users_own_may_be_private(url: str, trusted: set[str]) -> None:
    settings = RefreshSettings(private_hosts=frozenset({"home.example"}))
    subscription = follow(url=url, poll=PollState(succeeded_at=START))
    request = conditional_request(subscription, settings, now=START)
    assert request.trusted_hosts == trusted


@pytest.mark.parametrize(
    ("poll", "is_trusted"),
    [
        (PollState(), True),
        (PollState(succeeded_at=START, is_local=True), True),
        (PollState(succeeded_at=START), False),
    ],
)
def test_host_that_was_public_at_first_may_not_become_private(
    poll: PollState, is_trusted: bool
) -> None:
    request = conditional_request(follow(poll=poll), RefreshSettings(), now=START)
    assert bool(request.trusted_hosts) is is_trusted


def test_request_carries_the_feeds_kind_settings_and_limits() -> None:
    own = FeedSettings(command="x", user_agent="y")
    request = conditional_request(follow(kind="exec", settings=own), SETTINGS, now=START)
    assert (request.kind, request.settings, request.limits) == ("exec", own, SETTINGS.limits)


# --- intervals --------------------------------------------------------------


@pytest.mark.parametrize(
    ("gap", "hours"),
    [
        (timedelta(minutes=5), 1),
        (4 * HOUR, 1),
        (12 * HOUR, 3),
        (DAY, 6),
        (7 * DAY, 24),
        (300 * DAY, 24),
    ],
)
def test_interval_follows_how_often_a_feed_posts(gap: timedelta, hours: float) -> None:
    poll = after(PollState(), fetched(), recent=posting_every(gap))
    assert hours * 3600 <= wait_s(poll) <= hours * 3600 * 1.61


def test_feed_that_fell_silent_is_asked_less_and_less() -> None:
    waits = [
        wait_s(after(PollState(), not_modified(), recent=posting_every(HOUR, START - age)))
        for age in (HOUR, DAY, 3 * DAY, 10 * DAY, 1000 * DAY)
    ]
    assert waits == sorted(waits)
    assert 3600 <= waits[0] < 2 * 3600
    assert 86_400 <= waits[-1] < 86_400 * 1.11


def test_reason_for_the_interval_names_the_habit() -> None:
    poll = after(PollState(), fetched(), recent=posting_every(DAY))
    assert poll.next_check_reason == "posts about every 24 h"
    poll = after(PollState(), fetched(), recent=posting_every(HOUR, START - 5 * DAY))
    assert poll.next_check_reason == "nothing new for 5 d"
    assert after(PollState(), fetched()).next_check_reason == "at most every 1 h"


def test_entries_dated_in_the_future_or_all_at_once_do_no_harm() -> None:
    future = [START + DAY * number for number in range(5)]
    for recent in (future, [START] * 10, [START, START - HOUR], []):
        assert 3600 <= wait_s(after(PollState(), fetched(), recent=recent)) < 6000


FRESH = {
    "max-age=7200": 7200,
    "public, max-age=7200, must-revalidate": 7200,
    'max-age="7200"': 7200,
    "MAX-AGE = 7200": 7200,
    "max-age=86400": 86_400,
    "max-age=31536000, immutable": 86_400,
    "max-age=" + "9" * 3000: 86_400,
    "max-age=0": 3600,
    "no-cache, max-age=7200": 3600,
    "no-store": 3600,
    'no-cache="set-cookie", max-age=7200': 7200,
    "max-age=-5": 3600,
    "s-maxage=7200": 3600,
    "x-max-age=7200": 3600,
    "nonsense": 3600,
}


@pytest.mark.parametrize("control", FRESH)
def test_max_age_lengthens_the_interval_up_to_a_day(control: str) -> None:
    poll = after(PollState(), fetched(cache_control=control))
    assert FRESH[control] <= wait_s(poll) <= FRESH[control] * 1.61


def test_cap_on_a_silly_wish_is_told() -> None:
    poll = after(PollState(), fetched(cache_control="max-age=31536000"))
    words = "the server asked for 365 d (max-age), of which we keep 24 h"
    assert poll.next_check_reason == words


def test_age_is_taken_off_max_age() -> None:
    result = fetched(cache_control="max-age=7200", age="1000")
    assert freshness_s(result, START) == (6200, "max-age")


@pytest.mark.parametrize(
    ("expires", "seconds"),
    [
        ("Mon, 02 Mar 2026 10:00:00 GMT", 3 * 3600),  # by the server's clock
        ("Mon, 02 Mar 2026 06:00:00 GMT", None),
        ("0", None),
        ("-1", None),
        ("Mon, 99 Mar 2026", None),
    ],
)
def test_expires_counts_from_the_servers_date(expires: str, seconds: int | None) -> None:
    fresh = freshness_s(fetched(expires=expires, date=SERVER_NOW), START)
    assert fresh == (None if seconds is None else (seconds, "Expires"))


def test_304_renews_the_schedule_with_its_own_max_age() -> None:
    poll = after(PollState(), fetched())
    poll = after(replace(poll, failures=3, error="x"), not_modified(cache_control="max-age=18000"))
    assert wait_s(poll) >= 18_000
    assert (poll.failures, poll.error, poll.status) == (0, "", 304)
    assert poll.succeeded_at == START


def test_304_that_says_nothing_of_freshness_keeps_what_was_asked() -> None:
    poll = after(PollState(), fetched(cache_control="max-age=7200"))
    assert wait_s(after(poll, not_modified())) >= 7200
    assert wait_s(after(poll, not_modified(cache_control="max-age=1"))) < 7200


@pytest.mark.parametrize(
    ("hints", "least_s"),
    [
        (FeedHints(ttl_s=4 * 3600), 4 * 3600),
        (FeedHints(update_period_s=6 * 3600), 6 * 3600),
        (FeedHints(ttl_s=60), 3600),
        (FeedHints(ttl_s=10**12), 86_400),
        (FeedHints(update_period_s=365 * 86_400), 86_400),
    ],
)
def test_ttl_and_update_period_lengthen_the_interval(hints: FeedHints, least_s: int) -> None:
    poll = after(PollState(), fetched(), hints=hints, recent=posting_every(HOUR))
    assert least_s <= wait_s(poll) <= least_s * 1.61
    assert wait_s(after(poll, not_modified())) >= least_s


def test_server_may_invite_to_come_sooner_than_hourly_if_the_feed_posts_that_often() -> None:
    often, seldom = posting_every(timedelta(minutes=5)), posting_every(7 * DAY)
    inviting = fetched(cache_control="max-age=1200")
    assert 1200 <= wait_s(after(PollState(), inviting, recent=often)) < 2000
    assert wait_s(after(PollState(), inviting, recent=seldom)) >= 86_400
    cached = after(PollState(), fetched(cache_control="max-age=600"), recent=often)
    assert wait_s(cached) >= 3600


def test_users_minimum_is_kept_below_and_above_the_hour() -> None:
    often = posting_every(timedelta(minutes=5))
    poll = after(PollState(), fetched(), recent=often, min_interval_s=600)
    assert 600 <= wait_s(poll) < 1000
    poll = after(PollState(), fetched(cache_control="max-age=60"), min_interval_s=7 * 86_400)
    assert wait_s(poll) >= 7 * 86_400
    poll = after(PollState(), failed(500), min_interval_s=7 * 86_400)
    assert wait_s(poll) >= 7 * 86_400


def test_due_times_of_a_thousand_feeds_spread() -> None:
    for result in (fetched(), fetched(cache_control="max-age=86400"), failed(500)):
        random = Random(5)
        minutes = Counter(
            int(wait_s(after(PollState(), result, random=random)) // 60) for _ in range(1000)
        )
        assert max(minutes.values()) <= 50


# --- skipHours and skipDays -------------------------------------------------


def test_skipped_hours_and_days_see_no_request() -> None:
    hints = FeedHints(skip_hours=frozenset(range(8)), skip_days=frozenset({5, 6}))
    requests = [
        at
        for at, _ in run_cron(
            lambda _: fetched(), every=timedelta(minutes=5), lasting=21 * DAY, hints=hints
        )
    ]
    assert len(requests) > 15 * 5
    assert all(at.hour >= 8 and at.weekday() < 5 for at in requests)


@pytest.mark.parametrize("days", [frozenset(), frozenset({4, 5, 6})])
def test_wait_that_skipped_hours_lengthen_past_a_day_is_no_fault_of_the_clock(
    days: frozenset[int],
) -> None:
    hints = FeedHints(skip_hours=frozenset(range(12)), skip_days=days)
    requests = [
        at
        for at, _ in run_cron(
            lambda _: fetched(cache_control="max-age=86400"),
            every=timedelta(minutes=20),
            lasting=28 * DAY,
            hints=hints,
        )
    ]
    assert min(b - a for a, b in pairwise(requests)) >= DAY


def test_skipped_hour_is_kept_when_the_feed_was_due_before_it() -> None:
    hints = FeedHints(skip_hours=frozenset({12}))
    poll = PollState(checked_at=START - DAY, next_check_at=START - HOUR, hints=hints)
    ((_, reason),) = select([follow(poll=poll)], START, settings=SETTINGS).skipped
    assert "asks not to be checked now; next check at 13:00" in reason


@pytest.mark.parametrize(
    "hints",
    [FeedHints(skip_hours=frozenset(range(24))), FeedHints(skip_days=frozenset(range(7)))],
)
def test_feed_that_skips_everything_is_asked_all_the_same(hints: FeedHints) -> None:
    poll = after(PollState(), fetched(), hints=hints)
    later = START + 2 * HOUR
    assert len(select([follow(poll=poll)], later, settings=SETTINGS).due) == 1


# --- failures ---------------------------------------------------------------


@pytest.mark.parametrize("status", [None, 401, 403, 404, 451, 500, 502])
def test_failures_double_the_wait_up_to_a_day_and_never_stop(status: int | None) -> None:
    poll, hours = PollState(), []
    for _ in range(9):
        poll = after(poll, failed(status), random=Random(0.0))
        hours.append(wait_s(poll) / 3600)
    for wait, least in zip(hours, (1, 2, 4, 8, 16, 24, 24, 24, 24), strict=True):
        assert least <= wait <= least * 1.61
    assert poll.failures == 9
    assert poll.next_check_reason == "failed 9 times in a row"
    fine = after(poll, fetched())
    assert (fine.failures, fine.error) == (0, "")
    assert wait_s(after(fine, failed(500))) < 2 * 3600


def test_410_behind_a_temporary_redirect_is_a_failure_like_others() -> None:
    poll = after(PollState(), replace(failed(410), is_elsewhere=True))
    assert (poll.gone_at, poll.failures) == (None, 1)
    assert 3600 <= wait_s(poll) <= 3600 * 1.61


def test_ten_thousand_failures_still_give_a_date() -> None:
    assert wait_s(after(PollState(failures=10_000), failed(500))) <= 86_400 * 1.11


# --- moves ------------------------------------------------------------------

NEW = "https://new.example/rss"


def test_permanent_redirect_counts_after_two_runs_that_agree() -> None:
    poll = after(PollState(), fetched(moved=NEW))
    assert proved_move(follow(), poll) == ""
    poll = after(poll, not_modified(moved=NEW))
    assert proved_move(follow(), poll) == NEW


@pytest.mark.parametrize("between", [fetched(), fetched(moved="https://else.example/")])
def test_runs_that_disagree_prove_no_move(between: FetchResult) -> None:
    poll = after(after(after(PollState(), fetched(moved=NEW)), between), fetched(moved=NEW))
    assert proved_move(follow(), poll) == ""


def test_failure_between_neither_proves_nor_disproves_a_move() -> None:
    poll = after(after(PollState(), fetched(moved=NEW)), failed(500))
    assert proved_move(follow(), poll) == ""
    assert proved_move(follow(), after(poll, fetched(moved=NEW))) == NEW


def test_login_page_of_a_hotel_moves_nothing() -> None:
    poll = PollState()
    for _ in range(5):
        poll = after(poll, fetched(b"<html>", moved=NEW), parse_error="this is no feed")
    assert proved_move(follow(), poll) == ""


@pytest.mark.parametrize(
    "settings",
    [
        FeedSettings(password="p"),
        FeedSettings(username="u"),
        FeedSettings(bearer_token="t"),
        FeedSettings(headers=(("X-Key", "k"),)),
    ],
)
def test_feed_with_credentials_moves_only_within_its_origin(settings: FeedSettings) -> None:
    subscription = follow(settings=settings)
    away = PollState(moved_to=NEW, moved_seen=5)
    within = PollState(moved_to="https://feed.example/atom", moved_seen=5)
    assert proved_move(subscription, away) == ""
    assert proved_move(subscription, within) == "https://feed.example/atom"


@pytest.mark.parametrize(
    ("feed", "url", "goes"),
    [
        ("https://feed.example/rss", "https://feed.example/story", True),
        ("http://feed.example/rss", "https://feed.example/story", True),
        ("https://feed.example/rss", "http://feed.example/story", False),
        ("https://feed.example/rss", "https://feed.example:8443/story", False),
        ("https://feed.example/rss", "https://other.example/story", False),
    ],
)
def test_what_logs_in_goes_to_stories_only_where_the_feed_might_go(
    feed: str, url: str, goes: bool
) -> None:
    own = FeedSettings(username="u", password="p", headers=(("X-Key", "k"),), user_agent="a")
    found = settings_at(follow(url=feed, settings=own), url)
    assert found == (own if goes else FeedSettings(user_agent="a"))


def test_leave_to_skip_certificates_is_for_the_feeds_own_host() -> None:
    subscription = follow(settings=FeedSettings(verify_tls=False))
    assert not settings_at(subscription, "https://feed.example/story").verify_tls
    assert settings_at(subscription, "https://other.example/rss").verify_tls


def test_move_keeps_the_password_in_the_address() -> None:
    subscription = follow(url="https://u:p@feed.example/rss")
    assert proved_move(subscription, PollState(moved_to=NEW, moved_seen=2)) == ""
    within = PollState(moved_to="https://feed.example/atom", moved_seen=2)
    assert proved_move(subscription, within) == "https://u:p@feed.example/atom"


# --- clocks -----------------------------------------------------------------


@pytest.mark.parametrize("wrong_by", [HOUR, 10 * HOUR, DAY, 3650 * DAY, -HOUR, -20_000 * DAY])
def test_wrong_clock_freezes_no_feed_and_starts_no_storm(wrong_by: timedelta) -> None:
    result = fetched(cache_control="max-age=86400")
    wrong = after(PollState(), result, START + wrong_by)
    subscription, now, requests = follow(poll=wrong), START, []
    while now < START + 2 * DAY:
        for due in select([subscription], now, settings=SETTINGS).due:
            requests.append(now)
            subscription = replace(due, poll=after(due.poll, result, now))
        now += timedelta(minutes=10)
    assert requests[0] - START <= DAY + timedelta(hours=3)
    assert len(requests) <= 2


def test_summer_time_changes_nothing() -> None:
    winter, summer = timezone(HOUR), timezone(2 * HOUR)
    poll = after(PollState(), fetched(), START.astimezone(winter))
    almost = (START + 0.9 * HOUR).astimezone(summer)
    assert select([follow(poll=poll)], almost, settings=SETTINGS).due == ()


# --- words and dates --------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *((0, "0 s"), (-5, "0 s"), (45, "45 s"), (60, "1 min"), (59.7, "1 min")),
        *((720, "12 min"), (3599, "1 h"), (3600, "1 h"), (5400, "1.5 h"), (86_400, "24 h")),
        *((3 * 86_400, "3 d"), (10**9, "11,574 d")),
    ],
)
def test_duration_is_said_in_one_unit(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


def test_near_times_are_said_short() -> None:
    assert clock_words(START + HOUR, START) == "13:00"
    assert clock_words(START + DAY, START) == "Tue 12:00"
    assert clock_words(START + 40 * DAY, START) == "11 Apr 2026 12:00"


@pytest.mark.parametrize("text", ["", "0", "x", "Mon, 32 Jan 2026 00:00:00 GMT", "1 2 3 4 5 6"])
def test_no_date_is_no_date(text: str) -> None:
    assert parse_http_date(text) is None


def test_http_dates_are_read_in_all_three_forms() -> None:
    for text in (
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    ):
        assert parse_http_date(text) == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


def test_retry_after_date_without_a_server_date_counts_from_our_clock() -> None:
    result = failed(503, retry_after=format_datetime(START + HOUR, usegmt=True))
    assert retry_after_s(result, START) == 3600
