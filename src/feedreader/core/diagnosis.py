"""The facts of a feed -> what is wrong with it or could be better, and what can be done.

Whatever is proposed rests on evidence that is told with it. An address is never proposed on
a server's or a page's word alone: the new one must give entries that we know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from feedreader.core.advice import advise
from feedreader.core.intervals import DAY_S, HOUR_S, SHORTEST_INVITED_S
from feedreader.core.schedule import may_move
from feedreader.core.urls import is_private_name, mask_secrets
from feedreader.core.vitals import entries_words, every_words, share_words, span_words
from feedreader.model import RefreshSettings
from feedreader.model.health import (
    READING_WEEKS,
    FeedHealth,
    Finding,
    FindingKind,
    Probe,
    Question,
    Remedy,
    Severity,
)

GROUPS: Final[tuple[tuple[str, tuple[FindingKind, ...]], ...]] = (
    (
        "Not answering",
        ("gone", "lost", "login", "certificate", "unreachable", "refused", "failing", "too_often"),
    ),
    ("Has another address", ("moved", "rediscovered", "https")),
    ("Dead", ("dead",)),
    ("Loud", ("loud",)),
    ("Never read", ("never_read",)),
    ("Here twice", ("duplicate",)),
    ("Could be better", ("overrun", "eager", "full_text_on", "full_text_off")),
    ("Silent", ("silent",)),
    ("Worth knowing", ("hiccup", "held", "empty", "defect", "plain_http")),
    ("Archived", ("archived",)),
)
"""Kinds of findings that belong together, the gravest first."""

_ORDER: Final = {
    kind: number for number, kind in enumerate(kind for _, kinds in GROUPS for kind in kinds)
}

_YEAR = timedelta(days=365)
_MONTH = timedelta(days=30)
_FAILING_IS_DEAD = timedelta(days=21)
_FAILURES_TO_BE_DEAD = 5
_HICCUPS = 3
"""Fewer failures in a row of a kind that passes are only noted."""
_GAPS_TO_BE_SILENT = 5
_GAPS_TO_BE_DEAD = 8
_SILENT_AFTER = timedelta(days=60)
_LOUD_A_DAY, _LOUD_READ_SHARE = 10, 0.1
_NEVER_READ_AFTER, _NEVER_READ_ENTRIES = _MONTH, 20
_OVERRUNS, _OVERRUN_COUNTS = 2, _MONTH
_REQUESTS_A_POST = 20
_EAGER_BELOW_S = 6 * HOUR_S
_LESS_S = 4 * HOUR_S
"""How often a feed is asked whose server finds that we ask too often."""
_PAGES_TO_JUDGE, _PAGES_FOUND_SHARE = 8, 0.2
_READ_TO_WANT_MORE = 3
_DEFINITE: Final = frozenset({401, 402, 403, 404, 406, 410, 451})
_LOST: Final = frozenset({404, 410})
_GONE: Final = "Asking the network may find another feed of its site."
_LOST_ADVICE: Final = "Its address may have changed: asking the network looks on its site."
_PLAIN_HTTP: Final = re.compile(r"http://([^/?#:@\[\]\s]+)(?::80)?(?=[/?#]|$)")
"""At the usual port, and without secrets."""
_NO_FEED: Final = "not a feed"
_UNREACHABLE: Final = re.compile(r"no host named|the name |cannot be reached|network is")
_ARCHIVE: Final = Remedy("archive", "Archive it: its entries stay, and it is asked no more")


def diagnose(
    health: FeedHealth,
    *,
    now: datetime,
    settings: RefreshSettings,
    probes: Sequence[Probe] = (),
) -> tuple[Finding, ...]:
    """Return what was found about a feed, the gravest first."""
    if health.subscription.settings.is_archived:
        return (_archived(health, now),)
    found: list[Finding] = []
    better = _better_address(health, probes)
    trouble = _trouble(health, now, has_better=better is not None, probes=probes)
    found += [one for one in (better, trouble) if one is not None]
    if trouble is None or trouble.severity == "note":
        found += _from_posts(health, now)
        found += _from_polls(health, now, settings)
    found += _twin(health)
    found += _remarks(health, now, has_better=better is not None, probes=probes)
    return tuple(sorted(found, key=lambda one: _ORDER[one.kind]))


def questions(health: FeedHealth, findings: Sequence[Finding]) -> Iterator[Question]:
    """Return what the network could be asked about a feed: one request at most."""
    subscription = health.subscription
    if subscription.kind != "http" or subscription.settings.is_archived:
        return
    kinds = {one.kind for one in findings}
    poll = subscription.poll
    if poll.moved_to and poll.moved_to != subscription.url:
        yield Question(subscription.id, "moved", poll.moved_to)
    elif kinds & {"gone", "lost", "unreachable", "dead"} and poll.error:
        if site := _site_of(health):
            yield Question(subscription.id, "site", site)
    elif twin := https_twin(subscription.url):
        yield Question(subscription.id, "https", twin)


def https_twin(url: str) -> str:
    """Return the https address beside an http one; "" if there is none to ask for."""
    found = _PLAIN_HTTP.match(url)
    if found is None or is_private_name(found[1]):
        return ""
    return f"https://{found[1]}{url[found.end() :]}"


def _site_of(health: FeedHealth) -> str:
    """Return where a feed's site is: what it says, else its server's root; "" if there is none."""
    subscription = health.subscription
    if subscription.feed.link.startswith(("http://", "https://")):
        return subscription.feed.link
    try:
        parts = urlsplit(subscription.url)
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}/" if host else ""


# --- it does not answer -----------------------------------------------------


def _trouble(
    health: FeedHealth, now: datetime, *, has_better: bool, probes: Sequence[Probe]
) -> Finding | None:
    subscription, poll = health.subscription, health.subscription.poll
    if not poll.error and poll.gone_at is None:
        return None
    if poll.gone_at is not None and poll.status != 410:
        return _taken_move(health)
    evidence = _since(health, now)
    looked = _looked_at_site(probes)
    archive = None if has_better else _ARCHIVE
    if poll.gone_at is not None:
        return Finding(
            "gone", "trouble", "its publisher says that it is gone for good (410)", evidence,
            looked or _GONE, archive,
        )  # fmt: skip
    kind = _kind_of_failure(poll.error, poll.status)
    is_dead = (
        poll.failures >= _FAILURES_TO_BE_DEAD
        and now - (poll.succeeded_at or subscription.added_at) >= _FAILING_IS_DEAD
        and kind in ("lost", "unreachable", "failing", "refused", "certificate")
    )
    if is_dead:
        return Finding("dead", "advice", poll.error, evidence,
                       looked or advise(poll.error, poll.status), archive)  # fmt: skip
    if kind == "too_often":
        remedy = _ask_less(health)
        advice = "" if remedy is not None else advise(poll.error, poll.status)
        return Finding(kind, "trouble", poll.error, evidence, advice, remedy)
    severity: Severity = "trouble"
    if poll.failures < _HICCUPS and kind in ("failing", "unreachable"):
        kind, severity = "hiccup", "note"
    advice = _LOST_ADVICE if kind == "lost" else advise(poll.error, poll.status)
    return Finding(kind, severity, poll.error, evidence, looked or advice)


def _kind_of_failure(error: str, status: int | None) -> FindingKind:
    if status == 429:
        return "too_often"
    if status in _LOST or (status is not None and status < 300 and error.startswith(_NO_FEED)):
        return "lost"
    if status in (401, 407):
        return "login"
    if "certificate" in error:
        return "certificate"
    if status in _DEFINITE:
        return "refused"
    return "unreachable" if status is None and _UNREACHABLE.search(error) else "failing"


def _taken_move(health: FeedHealth) -> Finding:
    return Finding(
        "duplicate", "advice", mask_secrets(health.subscription.poll.error),
        remedy=_unfollow("the other one gives its entries"),
    )  # fmt: skip


def _looked_at_site(probes: Sequence[Probe]) -> str:
    for probe in probes:
        if probe.purpose != "site":
            continue
        if not probe.found_url:
            return f"Its site was looked at, and names no other feed: {probe.reason}."
        if not probe.shared_count:
            return (
                f"Its site names {mask_secrets(probe.found_url)}, which has none of the entries"
                " that we know: add it as a feed of its own if it is what you want."
            )
    return ""


def _since(health: FeedHealth, now: datetime) -> str:
    poll = health.subscription.poll
    times = f"failed {poll.failures} times in a row" if poll.failures > 1 else "failed once"
    if poll.succeeded_at is None:
        return f"{times}; it never answered well"
    return f"{times}; the last good answer was {span_words(now - poll.succeeded_at)} ago"


# --- it has another address -------------------------------------------------


def _better_address(health: FeedHealth, probes: Sequence[Probe]) -> Finding | None:
    subscription = health.subscription
    for probe in probes:
        if not probe.found_url or not probe.shared_count or probe.found_url == subscription.url:
            continue
        if not may_move(subscription, probe.found_url):
            continue
        shown = mask_secrets(probe.found_url)
        evidence = f"asked just now: it gives {entries_words(probe.shared_count)} that we know"
        remedy = Remedy("readdress", f"Follow it at {shown}", url=probe.found_url)
        match probe.purpose:
            case "https":
                words = "the same feed can be had encrypted"
                return Finding("https", "advice", words, evidence, remedy=remedy)
            case "moved":
                words = f"it has moved to {shown}"
                return Finding("moved", "advice", words, evidence, remedy=remedy)
            case "site":
                words = f"its site names another feed: {shown}"
                return Finding("rediscovered", "advice", words, evidence, remedy=remedy)
    target = subscription.poll.moved_to
    if not target or target == subscription.url or subscription.poll.gone_at is not None:
        return None
    shown = mask_secrets(target)
    if not may_move(subscription, target):
        return Finding(
            "moved", "advice", f"its server says that it has moved to {shown}",
            "what you gave to log in is not handed to another server",
            f"If you trust it: feedreader set {subscription.id} url={shown}",
        )  # fmt: skip
    seen = subscription.poll.moved_seen
    times = "once" if seen == 1 else f"{seen} times in a row"
    return Finding(
        "moved", "advice", f"its server says that it has moved to {shown}",
        f"a permanent redirect, seen {times}",
        remedy=Remedy("readdress", f"Follow it at {shown}", url=target),
    )  # fmt: skip


# --- what its posts say -----------------------------------------------------


def _from_posts(health: FeedHealth, now: datetime) -> Iterator[Finding]:
    subscription = health.subscription
    last = health.last_post_at
    if last is not None and subscription.kind != "pages":
        silence, gap = now - last, timedelta(seconds=health.gap_s or 0)
        words = f"nothing new for {span_words(silence)}"
        evidence = f"it used to post about {every_words(gap)}" if health.gap_s else ""
        if silence >= max(_YEAR, _GAPS_TO_BE_DEAD * gap):
            yield Finding("dead", "advice", words, evidence, remedy=_ARCHIVE)
            return
        if silence >= max(_SILENT_AFTER, _GAPS_TO_BE_SILENT * gap):
            yield Finding(
                "silent", "note", words, evidence, "Nothing: a quiet feed is asked once a day."
            )
            return
    if (finding := _never_read(health, now)) or (finding := _loud(health)):
        yield finding


def _never_read(health: FeedHealth, now: datetime) -> Finding | None:
    subscription = health.subscription
    if (
        now - subscription.added_at < _NEVER_READ_AFTER
        or health.posted_count < _NEVER_READ_ENTRIES
        or health.read_count
        or subscription.starred_count
    ):
        return None
    return Finding(
        "never_read", "advice",
        f"you read none of its last {health.posted_count:,} entries",
        f"in {READING_WEEKS} weeks; {subscription.unread_count:,} are unread",
        remedy=_unfollow("for 30 days it can be had back with its entries", is_taste=True),
    )  # fmt: skip


def _loud(health: FeedHealth) -> Finding | None:
    share, a_day = health.read_share, health.posts_per_day
    if share is None or a_day < _LOUD_A_DAY or share >= _LOUD_READ_SHARE:
        return None
    unread = health.subscription.unread_count
    return Finding(
        "loud", "advice",
        f"it posts {a_day:.0f} entries a day, of which you read {share_words(share)}",
        f"{health.read_count:,} of {health.posted_count:,} read; {unread:,} are unread",
        "An edition that takes its best, or a rule, would keep it in bounds.",
        Remedy("read_older", "Mark its entries read that are older than a week",
               is_matter_of_taste=True) if unread else None,
    )  # fmt: skip


def _twin(health: FeedHealth) -> Iterator[Finding]:
    twin = health.twin
    if twin is not None:
        starred = health.subscription.starred_count
        yield Finding(
            "duplicate", "advice",
            f"“{twin.title}” ({twin.feed_id}) gives the same entries",
            f"{twin.shared_share:.0%} of the newest ones are the same",
            f"{starred:,} of its entries are starred: they would go with it." if starred else "",
            _unfollow(f"“{twin.title}” stays", is_taste=starred > 0),
        )  # fmt: skip


# --- what its polls say -----------------------------------------------------


def _from_polls(health: FeedHealth, now: datetime, settings: RefreshSettings) -> Iterator[Finding]:
    if finding := _overrun(health, now) or _eager(health):
        yield finding
    subscription = health.subscription
    mode = subscription.settings.full_text_mode(settings.full_text)
    if subscription.is_summary_only and mode == "never" and health.read_count >= _READ_TO_WANT_MORE:
        yield Finding(
            "full_text_on", "advice", "it gives only summaries, and you read it",
            f"{health.read_count} entries read in {READING_WEEKS} weeks",
            remedy=Remedy("full_text", "Fetch its stories from their pages", full_text="always"),
        )  # fmt: skip
    looked_at = health.pages_found + health.pages_failed
    if (
        mode != "never"
        and looked_at >= _PAGES_TO_JUDGE
        and health.pages_found < looked_at * _PAGES_FOUND_SHARE
    ):
        yield Finding(
            "full_text_off", "advice", "its pages give no stories",
            f"{health.pages_failed} of the last {looked_at} pages gave none",
            "A rule for its site in the configuration may find them.",
            Remedy("full_text", "Fetch its pages no more", full_text="never"),
        )  # fmt: skip


def _overrun(health: FeedHealth, now: datetime) -> Finding | None:
    poll, interval = health.subscription.poll, health.interval
    if (
        poll.overruns < _OVERRUNS
        or poll.overrun_at is None
        or now - poll.overrun_at > _OVERRUN_COUNTS
        or interval is None
    ):
        return None
    interval_s = interval.total_seconds()
    wanted_s = int(max(SHORTEST_INVITED_S, min(interval_s / 3, HOUR_S)))
    is_asked_to_wait = max(
        poll.server_interval_s or 0, poll.hints.ttl_s or 0, poll.hints.update_period_s or 0
    )
    may_ask = is_asked_to_wait <= wanted_s < interval_s
    return Finding(
        "overrun", "advice", "it posts more between two checks than it shows at once",
        f"{poll.overruns} times nothing was left of what it held before;"
        f" it is asked {every_words(interval)}",
        "" if may_ask else "It asks not to be checked more often: some of its entries are lost.",
        Remedy("pace", f"Ask it {every_words(timedelta(seconds=wanted_s))}",
               interval_s=wanted_s) if may_ask else None,
    )  # fmt: skip


def _eager(health: FeedHealth) -> Finding | None:
    interval, gap_s = health.interval, health.gap_s
    if interval is None or gap_s is None:
        return None
    interval_s = interval.total_seconds()
    if interval_s >= _EAGER_BELOW_S or gap_s < interval_s * _REQUESTS_A_POST:
        return None
    wanted_s = int(min(max(gap_s / _REQUESTS_A_POST, _EAGER_BELOW_S), DAY_S))
    poll = health.subscription.poll
    brought = poll.requests - poll.not_modified
    counted = f"; {brought:,} of {poll.requests:,} requests brought anything"
    return Finding(
        "eager", "advice",
        f"it is asked {every_words(interval)}, and posts about"
        f" {every_words(timedelta(seconds=gap_s))}",
        f"{_REQUESTS_A_POST} requests a post are plenty{counted if poll.requests else ''}",
        remedy=Remedy("pace", f"Ask it {every_words(timedelta(seconds=wanted_s))}",
                      interval_s=wanted_s),
    )  # fmt: skip


def _ask_less(health: FeedHealth) -> Remedy | None:
    if (health.subscription.settings.min_interval_s or 0) >= _LESS_S:
        return None
    return Remedy("pace", f"Ask it {every_words(timedelta(seconds=_LESS_S))}", interval_s=_LESS_S)


# --- what is worth knowing --------------------------------------------------


def _remarks(
    health: FeedHealth, now: datetime, *, has_better: bool, probes: Sequence[Probe]
) -> Iterator[Finding]:
    subscription, poll = health.subscription, health.subscription.poll
    if health.held_until is not None and health.held_until > now and not poll.error:
        yield Finding(
            "held", "note",
            f"its server asked us to wait for {span_words(health.held_until - now)} more",
            advice="Nothing: it is asked again by itself.",
        )  # fmt: skip
    if poll.succeeded_at is not None and not poll.error and not health.last_post_at:
        yield Finding("empty", "note", "it answers, and holds nothing",
                      advice="Open its site to see whether this is the right feed.")  # fmt: skip
    if poll.defect and not poll.error:
        yield Finding(
            "defect", "note", "its document has a flaw that we read around", poll.defect,
            "Its publisher should know.",
        )  # fmt: skip
    if not poll.error and not has_better and subscription.kind == "http":
        if not https_twin(subscription.url):
            return
        tried = next((one for one in probes if one.purpose == "https"), None)
        advice = "Asking the network shows whether it can be had encrypted."
        if tried is not None:
            advice = f"It cannot be had encrypted: {tried.reason or 'https gives another feed'}."
        yield Finding(
            "plain_http", "note", "who carries it can read and change it (http)", advice=advice
        )


def _archived(health: FeedHealth, now: datetime) -> Finding:
    last = health.last_post_at
    return Finding(
        "archived", "note", "you archived it: it is asked no more",
        f"its last entry came {span_words(now - last)} ago" if last else "",
        remedy=Remedy("unarchive", "Ask it again", is_matter_of_taste=True),
    )  # fmt: skip


def _unfollow(what: str, *, is_taste: bool = False) -> Remedy:
    return Remedy("unfollow", f"Stop following it: {what}", is_matter_of_taste=is_taste)
