"""Who is asked when: due feeds, the next check, backoff and holds; each with its reason.

The rules, in order of weight:

- A host that asked us to wait (429, 503) is left alone until then.
- A feed that is gone (410) is asked only when the user names it and forces it.
- Between two requests lies the feed's minimum (an hour, or what the user set); a server may
  shorten that by a max-age or ttl of a quarter of an hour or more.
- max-age, Expires, ttl, `sy:` and skipHours/skipDays lengthen it, up to a day.
- Within these bounds a feed is asked about four times per usual gap between its entries.
- Failures double the wait from an hour to a day; one success ends that.

A server that answers 304 for ever may be stuck: after 8 days of 304 without a validator in
any of them, one request goes out unconditionally. `PollState.unconditional_at` is the time of
the last proof of life: a whole body, or a 304 that brought a validator.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from feedreader.core.headers import freshness_s, header, retry_after_s
from feedreader.core.intervals import (
    DAY_S,
    HOUR_S,
    JITTER_S,
    LONGEST_ASKED_S,
    Pace,
    Wishes,
    after_skipped,
    cap_wish,
    choose_interval,
    clock_words,
    duration_words,
    is_skipped,
)
from feedreader.core.urls import (
    has_userinfo,
    host_key,
    host_of,
    is_private_name,
    may_send_on,
    with_userinfo_of,
)
from feedreader.model import (
    FeedHints,
    FeedSettings,
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

STUCK_AFTER = timedelta(days=8)
RUNS_TO_PROVE_A_MOVE = 2
# A timer or cron that fires a moment early should not have to come again.
_TOLERANCE = timedelta(seconds=30)


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
    if subscription.settings.is_archived:
        return "archived: no longer asked; force it by name to ask again"
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
    if is_skipped(now, poll.hints):
        opens = clock_words(after_skipped(now, poll.hints), now)
        return f"the feed asks not to be checked now; next check at {opens} (skipHours, skipDays)"
    return ""


def _due_at(poll: PollState, now: datetime, minimum_s: int) -> datetime:
    """Return when a feed is due; a clock that was wrong freezes none for more than a day."""
    assert poll.checked_at is not None
    due_at = poll.next_check_at or poll.checked_at + timedelta(seconds=minimum_s)
    longest_s = max(LONGEST_ASKED_S, minimum_s) * 1.2
    if poll.checked_at > now + _TOLERANCE:
        longest_s = DAY_S
    # What the feed asks not to be visited in may come on top of the longest interval.
    latest = after_skipped(now + timedelta(seconds=longest_s), poll.hints)
    return due_at if due_at <= latest + timedelta(seconds=JITTER_S) else now


def _minimum_s(subscription: Subscription, settings: RefreshSettings) -> int:
    own = subscription.settings.min_interval_s
    return own if own is not None else settings.min_interval_s


# --- what to ask ------------------------------------------------------------


def conditional_request(
    subscription: Subscription, settings: RefreshSettings, *, now: datetime
) -> Request:
    """Return the request for a feed, with the validators of its last whole answer."""
    poll = subscription.poll
    is_conditional = not _may_be_stuck(poll, now)
    return Request(
        url=subscription.url,
        kind=subscription.kind,
        etag=poll.etag if is_conditional else "",
        last_modified=poll.last_modified if is_conditional else "",
        settings=subscription.settings,
        accept="page" if subscription.kind == "pages" else "feed",
        trusted_hosts=trusted_hosts(subscription, settings),
        limits=settings.limits,
    )


def trusted_hosts(subscription: Subscription, settings: RefreshSettings) -> frozenset[str]:
    """Return the feed's own host if that may be in the local network.

    It may if its name says so (`nas.lan`, `192.168.1.2`), if the settings name it, or if it
    was so when the user added it. A name that was public and comes to lead inside may not:
    whoever owns it can point it anywhere.
    """
    host = host_of(subscription.url)
    poll = subscription.poll
    is_trusted = (
        is_private_name(host)
        or host in settings.private_hosts
        or poll.succeeded_at is None
        or poll.is_local
    )
    return frozenset({host}) if is_trusted else frozenset()


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
    body_hash: bytes | None = None,
    recent: Sequence[datetime] = (),
    min_interval_s: int | None = None,
    settings: RefreshSettings,
) -> PollState:
    """Return what we know of a feed after a request.

    `hints`: what the document says, None if none was read. `parse_error`: why a body that
    came is no feed. `body_hash`: what `hash_body` says of it, None if nobody asked. `recent`:
    times of the feed's newest entries. `min_interval_s`: the user's own choice for this feed.
    """
    if isinstance(result, NotAsked):
        later = max(result.until, poll.next_check_at or result.until)
        return replace(poll, next_check_at=later, next_check_reason=result.reason)
    pace = Pace(now, random, settings, min_interval_s)
    if isinstance(result, FetchFailed):
        return _after_failure(_count(poll, 0, now), result, result.status, result.reason, pace)
    if isinstance(result, Fetched) and parse_error:
        asked = _count(poll, len(result.body), now)
        return _after_failure(asked, result, result.status, parse_error, pace)
    return _after_success(poll, result, hints, body_hash, recent, pace)


def _count(poll: PollState, body_bytes: int, now: datetime) -> PollState:
    """Return the state with one more request in it."""
    return replace(
        poll,
        checked_at=now,
        requests=poll.requests + 1,
        bytes_received=poll.bytes_received + body_bytes,
    )


def _after_failure(
    poll: PollState,
    result: Fetched | FetchFailed,
    status: int | None,
    reason: str,
    pace: Pace,
) -> PollState:
    failures = poll.failures + 1
    failed = replace(poll, failures=failures, status=status, error=reason)
    # What a temporary redirect leads to may be gone: that is no word on the feed.
    is_elsewhere = isinstance(result, FetchFailed) and result.is_elsewhere
    if status == 410 and not is_elsewhere:
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
        interval_s, why = cap_wish("the server asked us to wait", asked_s, "Retry-After")
    return replace(failed, next_check_at=pace.later(interval_s), next_check_reason=why)


def _after_success(
    poll: PollState,
    result: Fetched | NotModified,
    hints: FeedHints | None,
    body_hash: bytes | None,
    recent: Sequence[datetime],
    pace: Pace,
) -> PollState:
    now = pace.now
    etag, last_modified = header(result, "etag"), header(result, "last-modified")
    fresh = freshness_s(result, now)
    server_interval_s = fresh[0] if fresh else None
    proved_at: datetime | None = now
    if isinstance(result, Fetched):
        body_hash = hash_body(result.body) if body_hash is None else body_hash
        body_bytes, status = len(result.body), result.status
    else:
        body_hash, body_bytes, status = poll.body_hash, 0, 304
        if not (etag or last_modified):
            proved_at = poll.unconditional_at
        # RFC 9111 section 4.3.4: a 304 updates what it names; the rest stays as it was.
        etag, last_modified = etag or poll.etag, last_modified or poll.last_modified
        if not (header(result, "cache-control") or header(result, "expires")):
            server_interval_s = poll.server_interval_s
    hints = poll.hints if hints is None else hints
    header_name = fresh[1] if fresh else "max-age"
    wishes = Wishes(server_interval_s, header_name, hints)
    interval_s, why = choose_interval(wishes, recent, pace)
    due_at = pace.later(interval_s)
    if is_skipped(due_at, hints):
        opens = after_skipped(due_at, hints)
        due_at = opens + timedelta(seconds=pace.random.uniform(0, JITTER_S))
        why = "the feed asks not to be checked sooner (skipHours, skipDays)"
    return replace(
        poll,
        checked_at=now,
        succeeded_at=now,
        next_check_at=due_at,
        next_check_reason=why,
        requests=poll.requests + 1,
        bytes_received=poll.bytes_received + body_bytes,
        failures=0,
        error="",
        gone_at=None,
        status=status,
        etag=etag,
        last_modified=last_modified,
        body_hash=body_hash,
        not_modified=poll.not_modified + (body_hash == poll.body_hash),
        unconditional_at=proved_at,
        is_local=result.is_local,
        hints=hints,
        server_interval_s=server_interval_s,
        moved_to=result.moved_permanently_to,
        moved_seen=_count_moves(poll, result.moved_permanently_to),
    )


def _count_moves(poll: PollState, moved_to: str) -> int:
    if not moved_to:
        return 0
    return poll.moved_seen + 1 if moved_to == poll.moved_to else 1


def hash_body(body: bytes) -> bytes:
    """Return the digest by which a body is known again, 16 bytes."""
    return hashlib.blake2b(body, digest_size=16).digest()


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
    if not may_move(subscription, poll.moved_to):
        return ""
    return with_userinfo_of(subscription.url, poll.moved_to)


def may_move(subscription: Subscription, url: str) -> bool:
    """Say whether what a feed sends to log in, if anything, may go to an address."""
    settings = subscription.settings
    has_credentials = bool(
        settings.username
        or settings.password
        or settings.bearer_token
        or settings.headers
        or has_userinfo(subscription.url)
    )
    return not has_credentials or may_send_on(subscription.url, url)


def settings_at(subscription: Subscription, url: str) -> FeedSettings:
    """Return what of a feed's settings holds at an address that it leads to.

    What it sends to log in goes there if the feed itself might; its leave to skip certificates
    is for its own host.
    """
    own = subscription.settings
    is_same_host = host_of(url) == host_of(subscription.url)
    if is_same_host and may_move(subscription, url):
        return own
    return FeedSettings(
        user_agent=own.user_agent, proxy=own.proxy, verify_tls=own.verify_tls or not is_same_host
    )


def after_move(poll: PollState) -> PollState:
    """Return the state of a feed whose address changed.

    What the old address said of its bodies is nothing to the new one.
    """
    return replace(poll, etag="", last_modified="", body_hash=b"", moved_to="", moved_seen=0)
