"""Who is asked when: due feeds, the next check, backoff and holds; each with its reason.

The rules, in order of weight:

- A host that asked us to wait (429, 503) is left alone until then.
- A feed that is gone (410) is asked only when the user names it and forces it.
- Between two requests lies the feed's minimum (an hour, or what the user set); a server may
  shorten that by a small max-age or ttl, never below a quarter of an hour.
- max-age, Expires, ttl, `sy:` and skipHours/skipDays lengthen it, up to a day.
- Within these bounds a feed is asked about four times per usual gap between its entries.
- Failures double the wait from an hour to a day; one success ends that.

A server that answers 304 for ever may be stuck: after 8 days of 304 without a validator in
any of them, one request goes out unconditionally. `PollState.unconditional_at` is the time of
the last proof of life: a whole body, or a 304 that brought a validator.
"""

from __future__ import annotations

import hashlib
import statistics
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

from feedreader.core.headers import freshness_s, header, retry_after_s
from feedreader.core.urls import (
    has_userinfo,
    host_key,
    host_of,
    is_private_name,
    origin_of,
    with_userinfo_of,
)
from feedreader.model import (
    FeedHints,
    Fetched,
    FetchFailed,
    FetchResult,
    NotAsked,
    NotModified,
    PollState,
    RefreshSettings,
    Request,
    Subscription,
)

HOUR_S = 3600
DAY_S = 86_400
SHORTEST_INVITED_S = 900
LONGEST_ASKED_S = DAY_S
STUCK_AFTER = timedelta(days=8)
RUNS_TO_PROVE_A_MOVE = 2
# A timer or cron that fires a moment early should not have to come again.
_TOLERANCE = timedelta(seconds=30)
_CHECKS_PER_GAP = 4
_QUIET_SHARE = 10
_JITTER_S = 36 * 60
_ENTRIES_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Selection:
    """Whom to ask now, a host's feeds side by side; whom not, and why."""

    due: tuple[Subscription, ...]
    skipped: tuple[tuple[Subscription, str], ...]


# --- whom to ask ------------------------------------------------------------


def select(
    subscriptions: Sequence[Subscription],
    now: datetime,
    *,
    settings: RefreshSettings,
    force: bool = False,
    only_ids: Collection[int] | None = None,
    host_holds: Mapping[str, datetime] | None = None,
) -> Selection:
    """Return who is due, the longest overdue first, and why the others are not.

    `only_ids` names feeds, None means all; feeds that are not named do not appear. `force`
    overrides intervals, for named feeds also holds and 410. Reasons give times in the time
    zone of `now`.
    """
    named = frozenset(only_ids) if only_ids is not None else frozenset()
    due: list[tuple[datetime, Subscription]] = []
    skipped: list[tuple[Subscription, str]] = []
    for subscription in subscriptions:
        if only_ids is not None and subscription.id not in named:
            continue
        is_meant = force and subscription.id in named
        reason = "" if is_meant else _standing_reason(subscription, now, host_holds or {})
        if not reason and not force:
            reason = _not_due_reason(subscription, now, settings)
        if reason:
            skipped.append((subscription, reason))
        else:
            due.append((subscription.poll.checked_at or subscription.added_at, subscription))
    due.sort(key=lambda pair: pair[0])
    by_host: dict[str, list[Subscription]] = {}
    for _, subscription in due:
        by_host.setdefault(host_key(subscription.url), []).append(subscription)
    return Selection(
        due=tuple(subscription for queue in by_host.values() for subscription in queue),
        skipped=tuple(skipped),
    )


def _standing_reason(
    subscription: Subscription, now: datetime, host_holds: Mapping[str, datetime]
) -> str:
    poll = subscription.poll
    if poll.gone_at is not None:
        since = f"{poll.gone_at.astimezone(now.tzinfo):%-d %b %Y}"
        return f"gone for good since {since} (410); force it by name to ask again"
    host = host_key(subscription.url)
    hold = host_holds.get(host)
    # No hold is longer than a day: one that seems so was set by a clock that ran ahead.
    if hold is not None and now < hold <= now + timedelta(seconds=LONGEST_ASKED_S):
        return f"{host} asked us to wait until {clock_words(hold, now)}"
    return ""


def _not_due_reason(subscription: Subscription, now: datetime, settings: RefreshSettings) -> str:
    poll = subscription.poll
    if poll.checked_at is None:
        return ""
    due_at = _due_at(poll, now, _minimum_s(subscription, settings))
    if due_at > now + _TOLERANCE:
        ago = duration_words((now - poll.checked_at).total_seconds())
        why = f" ({poll.next_check_reason})" if poll.next_check_reason else ""
        return f"checked {ago} ago; next check at {clock_words(due_at, now)}{why}"
    if _is_skipped(now, poll.hints):
        opens = clock_words(_after_skipped(now, poll.hints), now)
        return f"the feed asks not to be checked now; next check at {opens} (skipHours, skipDays)"
    return ""


def _due_at(poll: PollState, now: datetime, minimum_s: int) -> datetime:
    """Return when a feed is due; a clock that was wrong freezes none for more than a day."""
    assert poll.checked_at is not None
    due_at = poll.next_check_at or poll.checked_at + timedelta(seconds=minimum_s)
    longest_s = max(LONGEST_ASKED_S, minimum_s) * 1.2
    if poll.checked_at > now + _TOLERANCE:
        longest_s = DAY_S
    return due_at if due_at <= now + timedelta(seconds=longest_s) else now


def _minimum_s(subscription: Subscription, settings: RefreshSettings) -> int:
    own = subscription.settings.min_interval_s
    return own if own is not None else settings.min_interval_s


# --- what to ask ------------------------------------------------------------


def conditional_request(
    subscription: Subscription, settings: RefreshSettings, *, now: datetime
) -> Request:
    """Return the request for a feed, with the validators of its last whole answer.

    A host may be private if its name says so (`nas.lan`, `192.168.1.2`) or the settings name
    it. A public name that leads inside may not: whoever owns it can point it anywhere.
    """
    poll = subscription.poll
    host = host_of(subscription.url)
    is_trusted = is_private_name(host) or host in settings.private_hosts
    is_conditional = not _may_be_stuck(poll, now)
    return Request(
        url=subscription.url,
        kind=subscription.kind,
        etag=poll.etag if is_conditional else "",
        last_modified=poll.last_modified if is_conditional else "",
        settings=subscription.settings,
        accept="page" if subscription.kind == "pages" else "feed",
        trusted_hosts=frozenset({host}) if is_trusted else frozenset(),
        limits=settings.limits,
    )


def _may_be_stuck(poll: PollState, now: datetime) -> bool:
    return (
        poll.status == 304
        and poll.unconditional_at is not None
        and now - poll.unconditional_at >= STUCK_AFTER
    )


# --- what an answer means ---------------------------------------------------


def after_fetch(
    poll: PollState,
    result: FetchResult | NotAsked,
    *,
    now: datetime,
    random: Random,
    hints: FeedHints | None = None,
    parse_error: str = "",
    recent: Sequence[datetime] = (),
    min_interval_s: int | None = None,
    settings: RefreshSettings,
) -> PollState:
    """Return what we know of a feed after a request.

    `hints`: what the document says, None if none was read. `parse_error`: why a body that
    came is no feed. `recent`: times of the feed's newest entries. `min_interval_s`: the
    user's own choice for this feed.
    """
    if isinstance(result, NotAsked):
        later = max(result.until, poll.next_check_at or result.until)
        return replace(poll, next_check_at=later, next_check_reason=result.reason)
    asked = replace(poll, checked_at=now)
    pace = _Pace(now, random, settings, min_interval_s)
    if isinstance(result, FetchFailed):
        return _after_failure(asked, result, result.status, result.reason, pace)
    if isinstance(result, Fetched) and parse_error:
        return _after_failure(asked, result, result.status, parse_error, pace)
    return _after_success(asked, result, hints, recent, pace)


@dataclass(frozen=True, slots=True)
class _Pace:
    """What bounds the next interval, whatever the answer."""

    now: datetime
    random: Random
    settings: RefreshSettings
    min_interval_s: int | None

    @property
    def minimum_s(self) -> int:
        own = self.min_interval_s
        return own if own is not None else self.settings.min_interval_s

    def later(self, interval_s: float) -> datetime:
        """Return now + interval, spread so that feeds checked together part company."""
        spread_s = max(interval_s / 10, min(0.6 * interval_s, _JITTER_S))
        return self.now + timedelta(seconds=interval_s + self.random.uniform(0, spread_s))


def _after_failure(
    poll: PollState,
    result: Fetched | FetchFailed,
    status: int | None,
    reason: str,
    pace: _Pace,
) -> PollState:
    failures = poll.failures + 1
    failed = replace(poll, failures=failures, status=status, error=reason)
    if status == 410:
        return replace(
            failed,
            gone_at=poll.gone_at or pace.now,
            next_check_at=None,
            next_check_reason="the feed is gone for good",
        )
    backoff_s = min(HOUR_S * 2 ** min(failures - 1, 10), DAY_S)
    times = "the last check failed" if failures == 1 else f"failed {failures} times in a row"
    interval_s, why = max(backoff_s, pace.minimum_s), times
    asked_s = retry_after_s(result, pace.now)
    if asked_s is not None and asked_s > interval_s:
        interval_s, why = _capped("the server asked us to wait", asked_s, "Retry-After")
    return replace(failed, next_check_at=pace.later(interval_s), next_check_reason=why)


def _after_success(
    poll: PollState,
    result: Fetched | NotModified,
    hints: FeedHints | None,
    recent: Sequence[datetime],
    pace: _Pace,
) -> PollState:
    now = pace.now
    etag, last_modified = header(result, "etag"), header(result, "last-modified")
    fresh = freshness_s(result, now)
    known = replace(
        poll,
        succeeded_at=now,
        failures=0,
        error="",
        gone_at=None,
        hints=poll.hints if hints is None else hints,
        server_interval_s=fresh[0] if fresh else None,
        moved_to=result.moved_permanently_to,
        moved_seen=_count_moves(poll, result.moved_permanently_to),
    )
    if isinstance(result, Fetched):
        known = replace(
            known,
            status=result.status,
            etag=etag,
            last_modified=last_modified,
            body_hash=hash_body(result.body),
            unconditional_at=now,
        )
    else:
        says_freshness = header(result, "cache-control") or header(result, "expires")
        known = replace(
            known,
            status=304,
            etag=etag or poll.etag,
            last_modified=last_modified or poll.last_modified,
            unconditional_at=now if etag or last_modified else poll.unconditional_at,
            # RFC 9111 section 4.3.4: a 304 updates what it names; the rest stays as it was.
            server_interval_s=known.server_interval_s if says_freshness else poll.server_interval_s,
        )
    interval_s, why = _interval(known, fresh[1] if fresh else "max-age", recent, pace)
    due_at = pace.later(interval_s)
    if _is_skipped(due_at, known.hints):
        opens = _after_skipped(due_at, known.hints)
        due_at = opens + timedelta(seconds=pace.random.uniform(0, _JITTER_S))
        why = "the feed asks not to be checked sooner (skipHours, skipDays)"
    return replace(known, next_check_at=due_at, next_check_reason=why)


def _count_moves(poll: PollState, moved_to: str) -> int:
    if not moved_to:
        return 0
    return poll.moved_seen + 1 if moved_to == poll.moved_to else 1


def hash_body(body: bytes) -> bytes:
    """Return the digest by which a body is known again, 16 bytes."""
    return hashlib.blake2b(body, digest_size=16).digest()


# --- intervals --------------------------------------------------------------


def _interval(
    poll: PollState, header_name: str, recent: Sequence[datetime], pace: _Pace
) -> tuple[float, str]:
    """Return the seconds to wait after a success, and why."""
    wishes = [
        ("the server asked for", poll.server_interval_s or 0, header_name),
        ("the feed asks for", poll.hints.ttl_s or 0, "ttl"),
        ("the feed asks for", poll.hints.update_period_s or 0, "sy:updatePeriod"),
    ]
    who, asked_s, name = max(wishes, key=lambda wish: wish[1])
    minimum_s = pace.minimum_s
    if pace.min_interval_s is None and asked_s > 0:
        minimum_s = min(minimum_s, max(asked_s, SHORTEST_INVITED_S))
    longest_s = max(pace.settings.max_interval_s, minimum_s)
    usual_s, why = _usual_interval(recent, pace.now)
    interval_s = min(max(usual_s, minimum_s), longest_s)
    if interval_s == minimum_s and usual_s <= minimum_s:
        why = f"at most every {duration_words(minimum_s)}"
    if asked_s > interval_s:
        capped_s, asked_why = _capped(who, asked_s, name)
        if capped_s > interval_s:
            return capped_s, asked_why
    return interval_s, why


def _capped(who: str, asked_s: float, name: str) -> tuple[float, str]:
    words = f"{who} {duration_words(asked_s)} ({name})"
    if asked_s > LONGEST_ASKED_S:
        return LONGEST_ASKED_S, f"{words}, of which we keep {duration_words(LONGEST_ASKED_S)}"
    return asked_s, words


def _usual_interval(recent: Sequence[datetime], now: datetime) -> tuple[float, str]:
    """Return a fourth of the usual gap between entries, more for a feed that fell silent."""
    times = sorted({time for time in recent if time <= now}, reverse=True)[:_ENTRIES_LOOKED_AT]
    if not times:
        return 0.0, ""
    silent_s = (now - times[0]).total_seconds()
    by_silence = silent_s / _QUIET_SHARE, f"nothing new for {duration_words(silent_s)}"
    if len(times) < 3:
        return by_silence
    gap_s = statistics.median((newer - older).total_seconds() for newer, older in pairwise(times))
    return max((gap_s / _CHECKS_PER_GAP, f"posts about every {duration_words(gap_s)}"), by_silence)


def _is_skipped(moment: datetime, hints: FeedHints) -> bool:
    """Tell whether the feed wants no visit now (RSS 2.0 skipHours and skipDays, GMT)."""
    moment = moment.astimezone(UTC)
    # A feed that skips all hours or all days asks for the impossible.
    skips_hour = len(hints.skip_hours) < 24 and moment.hour in hints.skip_hours
    skips_day = len(hints.skip_days) < 7 and moment.weekday() in hints.skip_days
    return skips_hour or skips_day


def _after_skipped(moment: datetime, hints: FeedHints) -> datetime:
    """Return the next full hour that the feed does not skip."""
    while _is_skipped(moment, hints):
        full_hour = moment.replace(minute=0, second=0, microsecond=0)
        moment = full_hour + timedelta(hours=1)
    return moment


# --- holds and moves --------------------------------------------------------


def host_hold(result: FetchResult, now: datetime) -> datetime | None:
    """Return until when a host is to be left alone after 429 or 503; None otherwise.

    What `Retry-After` says, between a minute and a day; an hour if it says nothing sane.
    """
    if not isinstance(result, FetchFailed) or result.status not in (429, 503):
        return None
    asked_s = retry_after_s(result, now)
    seconds = HOUR_S if asked_s is None else min(max(asked_s, 60), LONGEST_ASKED_S)
    return now + timedelta(seconds=seconds)


def proved_move(subscription: Subscription, poll: PollState) -> str:
    """Return the address a feed has moved to for good, "" if that is not proved.

    `poll` is the newest state. A permanent redirect counts after two runs that agree, so a
    hotel's login page or a passing mistake moves nothing. A feed with credentials moves only
    within its origin: what was given for one server is not handed to another.
    """
    if poll.moved_seen < RUNS_TO_PROVE_A_MOVE or poll.moved_to == subscription.url:
        return ""
    settings = subscription.settings
    has_credentials = bool(
        settings.username
        or settings.password
        or settings.bearer_token
        or settings.headers
        or has_userinfo(subscription.url)
    )
    if has_credentials and origin_of(poll.moved_to) != origin_of(subscription.url):
        return ""
    return with_userinfo_of(subscription.url, poll.moved_to)


def after_move(poll: PollState) -> PollState:
    """Return the state of a feed whose address changed: validators belong to the old one."""
    return replace(poll, etag="", last_modified="", moved_to="", moved_seen=0)


# --- words ------------------------------------------------------------------


def duration_words(seconds: float) -> str:
    """Return a span for humans, in one unit: "45 s", "12 min", "2 h", "3 d"."""
    seconds = max(0.0, seconds)
    for unit_s, unit, below_s in ((1, "s", 60), (60, "min", HOUR_S), (HOUR_S, "h", 2 * DAY_S)):
        if seconds < below_s - unit_s / 2:
            number = round(seconds / unit_s, 1 if unit == "h" and seconds < 10 * HOUR_S else 0)
            return f"{number:g} {unit}"
    return f"{round(seconds / DAY_S):,} d"


def clock_words(moment: datetime, now: datetime) -> str:
    """Return a near time for humans, in the time zone of `now`: "14:05", "Thu 14:05"."""
    moment = moment.astimezone(now.tzinfo)
    if moment.date() == now.date():
        return f"{moment:%H:%M}"
    if abs(moment - now) < timedelta(days=6):
        return f"{moment:%a %H:%M}"
    return f"{moment:%-d %b %Y %H:%M}"
