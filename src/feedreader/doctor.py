"""The feed doctor: looks at feeds, asks the network if told to, and does what helps.

Looking asks the store alone. What it does about a feed can be taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from feedreader.core.alike import find_candidates, may_go
from feedreader.core.diagnosis import diagnose, questions
from feedreader.core.urls import host_key, mask_secrets
from feedreader.core.vitals import entries_words
from feedreader.model import Change, FeedSettings, RefreshSettings, Subscription
from feedreader.model.health import (
    READING_WEEKS,
    Checkup,
    FeedHealth,
    Probe,
    Question,
    Remedy,
    Treatment,
    Twin,
)
from feedreader.selecting import Selector
from feedreader.store import Store
from feedreader.store.entries import among
from feedreader.store.health import PageResults, Pulse

_OLD = timedelta(days=7)


class Doctor:
    """Examines feeds, and treats them."""

    def __init__(
        self,
        store: Store,
        selector: Selector,
        settings: RefreshSettings,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._selector = selector
        self._settings = settings
        self._clock = clock

    # --- looking ---

    def examine(self, feed_id: int | None = None) -> tuple[Checkup, ...]:
        """Return how feeds fare, all by title or one; asks the store alone.

        Raises `NotFound` if there is no such feed.
        """
        now = self._clock()
        feeds, health = self._store.feeds, self._store.health
        with self._store.connection.snapshot():
            everything = feeds.subscriptions()
            asked = everything if feed_id is None else (feeds.subscription(feed_id),)
            pulses = health.pulses(now, feed_id)
            read = health.read_counts(now - timedelta(weeks=READING_WEEKS))
            holds = feeds.host_holds(now)
            pages = health.page_results(one.id for one in asked if self._wants_pages(one))
            twins = self._twins(everything)
        checkups = []
        for subscription in asked:
            pulse = pulses.get(subscription.id, Pulse())
            result = pages.get(subscription.id, PageResults())
            facts = FeedHealth(
                subscription,
                last_post_at=pulse.last_post_at,
                gap_s=pulse.gap_s,
                weeks=pulse.weeks,
                followed_weeks=(now - subscription.added_at) // timedelta(weeks=1) + 1,
                read_count=read.get(subscription.id, 0),
                pages_found=result.found,
                pages_failed=result.failed,
                held_until=holds.get(host_key(subscription.url)) if holds else None,
                twin=twins.get(subscription.id),
            )
            checkups.append(self._checkup(facts))
        return tuple(checkups)

    def kept_bytes(self, feed_id: int) -> int:
        """Return about how much room a feed's entries take; reads them all."""
        return self._store.health.kept_bytes(feed_id)

    def _checkup(self, health: FeedHealth, probes: tuple[Probe, ...] = ()) -> Checkup:
        findings = diagnose(health, now=self._clock(), settings=self._settings, probes=probes)
        return Checkup(health, findings, probes)

    def _wants_pages(self, subscription: Subscription) -> bool:
        mode = subscription.settings.full_text_mode(self._settings.full_text)
        return mode == "always" or (mode == "auto" and subscription.is_summary_only)

    def _twins(self, subscriptions: Sequence[Subscription]) -> dict[int, Twin]:
        by_id = {one.id: one for one in subscriptions}
        shares = self._store.health.shared_shares(find_candidates(subscriptions))
        twins: dict[int, Twin] = {}
        for (one_id, other_id), share in sorted(shares.items(), key=lambda pair: -pair[1]):
            chosen = may_go(by_id[one_id], by_id[other_id], share)
            if chosen is not None and chosen.id not in twins:
                stays = by_id[other_id if chosen.id == one_id else one_id]
                if stays.id not in twins:
                    twins[chosen.id] = Twin(stays.id, stays.title, share)
        return twins

    # --- asking the network ---

    def questions(self, checkups: Iterable[Checkup]) -> tuple[Question, ...]:
        """Return what `probe` would ask."""
        return tuple(
            question for one in checkups for question in questions(one.health, one.findings)
        )

    def probe(
        self,
        checkups: Sequence[Checkup],
        *,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> Iterator[Checkup]:
        """Ask the network about feeds, and yield how each looks then, as soon as it is known.

        A feed about which there is no question is left out. Nothing is stored.
        """
        from feedreader.refresh.probing import ask

        by_id = {one.health.subscription.id: one.health for one in checkups}
        for probe in ask(
            self._store,
            self.questions(checkups),
            {feed_id: health.subscription for feed_id, health in by_id.items()},
            settings=self._settings,
            clock=self._clock,
            is_cancelled=is_cancelled,
        ):
            yield self._checkup(by_id[probe.question.feed_id], (probe,))

    # --- treating ---

    def treat(self, feed_id: int, remedy: Remedy) -> Treatment:
        """Do what a remedy says; `take_back` undoes it.

        Raises `FetchError` or `NotAFeed` if a new address does not hold what it must, then
        nothing is changed; `AlreadyFollowed`, and `RefreshRunning`.
        """
        before = self._store.feeds.subscription(feed_id)
        settings, change = before.settings, None
        match remedy.action:
            case "readdress":
                self._readdress(before, remedy.url)
            case "pace":
                self._configure(before, replace(settings, min_interval_s=remedy.interval_s))
            case "full_text":
                self._configure(before, replace(settings, full_text=remedy.full_text))
            case "archive":
                self._configure(before, replace(settings, is_archived=True))
            case "unarchive":
                self._configure(before, replace(settings, is_archived=False))
            case "unfollow":
                with self._store.transaction():
                    self._store.feeds.remove(feed_id, self._clock())
                change = Change("subscribed", value=False, feed_id=feed_id)
            case "read_older":
                change = self._read_older(before)
        return Treatment(_done_words(before, remedy, change), before, change)

    def take_back(self, treatment: Treatment) -> None:
        """Make a feed what it was before a treatment."""
        before, change = treatment.before, treatment.change
        with self._store.transaction():
            if change is not None and change.action == "subscribed":
                self._store.feeds.restore(before.id)
            elif change is not None:
                where, params = among(change.entry_ids)
                self._store.statistics.uncount_read(where, params)
                self._store.entries.set_flag("is_read", False, where, params, self._clock())
            elif self._store.feeds.subscription(before.id).url != before.url:
                self._store.feeds.change_url(before.id, before.url)
                self._store.feeds.save_poll(before.id, before.poll)
            else:
                self._store.feeds.configure(before.id, before.settings)
                self._change_poll(
                    before.id,
                    next_check_at=before.poll.next_check_at,
                    overruns=before.poll.overruns,
                    overrun_at=before.poll.overrun_at,
                )

    def _configure(self, before: Subscription, settings: FeedSettings) -> None:
        """Replace the settings; what advised to do so is counted anew."""
        with self._store.transaction():
            self._store.feeds.configure(before.id, settings)
            self._change_poll(
                before.id,
                # The next check was chosen by the settings that were.
                next_check_at=_next_check(before, settings),
                overruns=0,
                overrun_at=None,
            )

    def _change_poll(self, feed_id: int, **fields: object) -> None:
        """Change these fields of what is known of polling a feed, and leave all others alone."""
        poll = self._store.feeds.subscription(feed_id).poll
        self._store.feeds.save_poll(feed_id, replace(poll, **fields))  # type: ignore[arg-type]

    def _read_older(self, before: Subscription) -> Change:
        now = self._clock()
        params = before.id, int((now - _OLD).timestamp())
        where = "e.feed_id = ? AND e.sort_at < ? AND e.deleted_at IS NULL"
        with self._store.transaction():
            ids = self._store.entries.set_flag("is_read", True, where, params, now)
            self._store.statistics.count_read(ids, now)
        return Change("read", True, ids)

    def _readdress(self, before: Subscription, url: str) -> None:
        from feedreader.refresh.probing import readdress

        readdress(
            self._store, self._selector, before, url, settings=self._settings, clock=self._clock
        )


def _next_check(before: Subscription, settings: FeedSettings) -> datetime | None:
    poll = before.poll
    if settings.is_archived != before.settings.is_archived:
        return None if before.settings.is_archived else poll.next_check_at
    if settings.min_interval_s is None or poll.checked_at is None:
        return poll.next_check_at
    wanted = poll.checked_at + timedelta(seconds=settings.min_interval_s)
    # Who failed, or asked us to wait, is not asked sooner for that.
    return max(wanted, poll.next_check_at or wanted) if poll.error else wanted


def _done_words(before: Subscription, remedy: Remedy, change: Change | None) -> str:
    title = before.title
    match remedy.action:
        case "readdress":
            return f"“{title}” is followed at {mask_secrets(remedy.url)}"
        case "pace" | "full_text":
            return f"“{title}”: {remedy.words[0].lower()}{remedy.words[1:]}"
        case "archive":
            return f"“{title}” is archived"
        case "unarchive":
            return f"“{title}” is asked again"
        case "unfollow":
            return f"“{title}” is no longer followed"
        case "read_older":
            count = change.count if change is not None else 0
            return f"{entries_words(count)} of “{title}” marked read"
