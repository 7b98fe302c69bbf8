"""What comes of the polls of one refresh: read, planned, and stored in small batches."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from feedreader.core import schedule
from feedreader.core.urls import host_key, host_of, is_private_name
from feedreader.errors import NotAFeed
from feedreader.model import (
    Feed,
    FeedUpdate,
    Fetched,
    FetchFailed,
    FetchResult,
    NotAsked,
    NotModified,
    Outcome,
    PollState,
    RefreshOutcome,
    RefreshSettings,
    Subscription,
)
from feedreader.refresh.backlog import READ_TIMEOUT_S, Backlog, response_of
from feedreader.rules import Rules
from feedreader.store import Store
from feedreader.workers import WorkerPool, WorkFailed, outcome_of

if TYPE_CHECKING:
    # Many a refresh finds nothing new: what reads, cleans and compares takes longer to load
    # than a hundred feeds take to ask.
    from feedreader.core.plan import KnownEntries, Plan
    from feedreader.core.reading import Reading

_MOST_CLEANED_HERE = 256 * 1024  # characters of HTML: the worst of it takes a second or two
_RECENT_ENTRIES = 20
_ENTRIES_TO_LOOK = 4  # a look at a whole document takes longer than all else of a poll with news
_WINDOW_TO_OVERRUN = 3  # entries of a document; of fewer, none being known says nothing
_LONGEST_WATCH = timedelta(days=2)  # who was away for longer has missed something anyway
_HOSTS_TO_BE_OFFLINE = 3  # fewer may all have died
_PRINTABLE = re.compile(rb"[!-~]")


class Polls:
    """What comes of the polls of one refresh."""

    def __init__(
        self,
        store: Store,
        workers: WorkerPool,
        settings: RefreshSettings,
        clock: Callable[[], datetime],
        rules: Rules,
        due: Collection[Subscription],
    ) -> None:
        self._store = store
        self._rules = rules
        self._workers = workers
        self._settings = settings
        self._clock = clock
        self._random = random.Random()  # noqa: S311 (jitter is no secret)
        self._is_online = False
        self._perhaps_offline: dict[str, list[FeedUpdate]] = {}
        self._unsaved: list[FeedUpdate] = []
        self._unsaved_holds: list[tuple[str, datetime]] = []
        unread = sum(one.poll.succeeded_at is None for one in due)
        self._backlog = Backlog(workers, asked=len(due), unread=unread)
        self.read_one_here = self._backlog.read_one_here
        self._body_hashes: dict[int, bytes] = {}
        """By feed: of bodies whose poll is not finished."""

    def start_reading(
        self, subscription: Subscription, result: FetchResult | NotAsked
    ) -> Future[Reading] | None:
        """Start to read a body that is not the one we know: here, or in a worker (backlog.py)."""
        self._backlog.note_answer()
        if not isinstance(result, Fetched):
            return None
        body_hash = self._body_hashes[subscription.id] = schedule.hash_body(result.body)
        if body_hash == subscription.poll.body_hash:
            return None
        if _is_plain_text(result.body):
            no_feed: Future[Reading] = Future()
            no_feed.set_exception(NotAFeed("not a feed: no XML and no JSON"))
            return no_feed
        is_first = subscription.poll.succeeded_at is None
        has_much_to_clean = is_first and len(result.body) > _MOST_CLEANED_HERE
        return self._backlog.read(
            result.body,
            response_of(result),
            b"" if is_first else self._store.feeds.items(subscription.id),
            all_new=is_first,
            is_costly=has_much_to_clean,
        )

    def finish(
        self,
        subscription: Subscription,
        result: FetchResult | NotAsked,
        work: Future[Reading] | None,
    ) -> RefreshOutcome:
        """Say what a poll brought; `save` stores it."""
        now = self._clock()
        if isinstance(result, NotAsked):
            return self._put_off(subscription, result, now)
        reading: Reading | None = None
        known: KnownEntries | None = None
        parse_error = ""
        if work is not None:
            assert isinstance(result, Fetched), "work is started on a body"
            try:
                reading, known = self._compare(subscription, result, outcome_of(work))
            except NotAFeed as error:
                parse_error = str(error)
            except WorkFailed as error:
                parse_error = f"the feed could not be read: {error}"
        poll = self._next_poll(subscription, result, reading, parse_error, now)
        poll, new_url, moved_reason = self._follow_move(subscription, poll, now)
        plan: Plan | None = None
        update = FeedUpdate(subscription.id, poll, new_url=new_url)
        if reading is not None and known is not None:
            update, plan = self._plan(subscription, reading, known, update)
        if isinstance(result, FetchFailed) and result.is_offline:
            self._perhaps_offline.setdefault(host_key(subscription.url), []).append(update)
        else:
            self._is_online = self._is_online or _proves_network(subscription, result)
            self._unsaved.append(update)
            if hold := schedule.host_hold(result, now):
                self._unsaved_holds.append((host_key(result.url), hold))
        return RefreshOutcome(
            feed_id=subscription.id,
            url=subscription.url,
            title=(reading.parsed.feed.title if reading else "") or subscription.title,
            outcome=_name_outcome(result, poll, plan, new_url, parse_error),
            new=len(plan.new) if plan else 0,
            changed=sum(change.is_edited for change in plan.changed) if plan else 0,
            unread_again=sum(change.is_unread_again for change in plan.changed) if plan else 0,
            reason=moved_reason or poll.error,
            status=poll.status,
            duration_ms=round(result.elapsed_s * 1000),
            is_offline=isinstance(result, FetchFailed) and result.is_offline,
        )

    def _compare(
        self, subscription: Subscription, result: Fetched, reading: Reading
    ) -> tuple[Reading, KnownEntries]:
        """Return what was read and what the store knows of it.

        All of the body is read if one of its news may be what the store knows as an unchanged
        entry, or if any may be any. What is much to be made safe, a worker has made so. Raises
        `WorkFailed` and `NotAFeed`.
        """
        from feedreader.core.plan import find_uncleaned
        from feedreader.core.reading import clean_elsewhere, html_chars

        unchanged = reading.unchanged
        entries = self._store.entries
        known = entries.known(subscription.id, reading.identified, unchanged=len(unchanged))
        if unchanged and (known.recent or not unchanged.isdisjoint(entries.keys_of(known.ids))):
            reading = self._read_whole(result)
            known = entries.known(subscription.id, reading.identified)
        if reading.cleaned or html_chars(reading.identified) <= _MOST_CLEANED_HERE:
            return reading, known
        uncleaned = find_uncleaned(reading.identified, known.by_key)
        if html_chars(uncleaned) <= _MOST_CLEANED_HERE:
            return reading, known
        work = self._workers.submit(clean_elsewhere, uncleaned, timeout_s=READ_TIMEOUT_S)
        return replace(reading, cleaned=outcome_of(work)), known

    def _read_whole(self, result: Fetched) -> Reading:
        """Read a body once more, with what has not changed; raise `WorkFailed`, `NotAFeed`."""
        from feedreader.core.reading import read_at_once, read_elsewhere

        response = response_of(result)
        if (reading := read_at_once(result.body, b"", **response)) is not None:
            return reading
        work = self._workers.submit(
            read_elsewhere, result.body, all_new=False, timeout_s=READ_TIMEOUT_S, **response
        )
        return outcome_of(work)

    def save(self) -> None:
        """Store what was finished so far, in one transaction."""
        if self._unsaved:
            with self._store.transaction():
                is_first = any(update.unread_limit is not None for update in self._unsaved)
                with self._rules.applied_to_new(names_changed=is_first):
                    self._store.apply(self._unsaved, self._clock())
                for host, until in self._unsaved_holds:
                    self._store.feeds.hold_host(host, until)
            self._unsaved.clear()
            self._unsaved_holds.clear()

    def settle(self) -> None:
        """Store the failures that may have been this computer's, unless they were.

        A laptop that wakes without a network must not back off from all of its feeds.
        """
        if self._is_online or len(self._perhaps_offline) < _HOSTS_TO_BE_OFFLINE:
            updates = [one for updates in self._perhaps_offline.values() for one in updates]
            self._store.apply(updates, self._clock())

    def _put_off(
        self, subscription: Subscription, refusal: NotAsked, now: datetime
    ) -> RefreshOutcome:
        poll = schedule.after_fetch(
            subscription.poll, refusal, now=now, random=self._random, settings=self._settings
        )
        self._unsaved.append(FeedUpdate(subscription.id, poll))
        return RefreshOutcome(
            subscription.id,
            subscription.url,
            subscription.title,
            "skipped",
            reason=refusal.reason,
        )

    def _next_poll(
        self,
        subscription: Subscription,
        result: FetchResult,
        reading: Reading | None,
        parse_error: str,
        now: datetime,
    ) -> PollState:
        if reading is not None:
            dates = [entry.published or entry.updated for entry in reading.parsed.entries]
            if reading.unchanged:
                dates += self._store.entries.recent_times(subscription.id, _RECENT_ENTRIES)
            recent = sorted((date for date in dates if date), reverse=True)[:_RECENT_ENTRIES]
        else:
            recent = list(self._store.entries.recent_times(subscription.id, _RECENT_ENTRIES))
        return schedule.after_fetch(
            subscription.poll,
            result,
            now=now,
            random=self._random,
            hints=reading.parsed.hints if reading else None,
            parse_error=parse_error,
            body_hash=self._body_hashes.pop(subscription.id, None),
            recent=recent,
            min_interval_s=subscription.settings.min_interval_s,
            settings=self._settings,
        )

    def _follow_move(
        self, subscription: Subscription, poll: PollState, now: datetime
    ) -> tuple[PollState, str, str]:
        """Return the polling state, the new address if the feed moved there, and the words."""
        new_url = schedule.proved_move(subscription, poll)
        if not new_url:
            return poll, "", ""
        self.save()  # another feed may just have moved there
        taken_by = self._store.feeds.feed_id_of(new_url)
        if taken_by is not None:
            reason = f"it moved to {new_url}, which you follow already (feed {taken_by})"
            return replace(poll, gone_at=now, error=reason), "", reason
        return schedule.after_move(poll), new_url, f"it moved for good to {new_url}"

    def _plan(
        self,
        subscription: Subscription,
        reading: Reading,
        known: KnownEntries,
        update: FeedUpdate,
    ) -> tuple[FeedUpdate, Plan]:
        from feedreader.core.plan import plan_entries

        parsed = reading.parsed
        own_share = subscription.settings.unread_again
        plan = plan_entries(
            reading.identified,
            known,
            reading.cleaned,
            unread_again=self._settings.unread_again if own_share is None else own_share,
            unchanged=len(reading.unchanged),
        )
        is_first = subscription.poll.succeeded_at is None
        has_summaries = _has_summaries(subscription, reading, plan)
        items = reading.items
        if has_summaries is None:  # the next reading is to be of all
            has_summaries, items = subscription.is_summary_only, b""
        mode = subscription.settings.full_text_mode(self._settings.full_text)
        poll = replace(update.poll, defect=parsed.defect)
        if _is_overrun(subscription.poll, poll, reading, plan):
            poll = replace(poll, overruns=poll.overruns + 1, overrun_at=poll.checked_at)
        return (
            replace(
                update,
                poll=poll,
                feed=_keep_link(parsed.feed, subscription),
                format=parsed.format,
                is_summary_only=has_summaries,
                new=plan.new,
                changed=plan.changed,
                unread_limit=self._settings.unread_on_first_fetch if is_first else None,
                pages_wanted=mode == "always" or (mode == "auto" and has_summaries),
                items=items,
            ),
            plan,
        )


def _has_summaries(subscription: Subscription, reading: Reading, plan: Plan) -> bool | None:
    """Say whether a feed gives summaries only; of a feed that we know, its news may tell.

    If they do not bear out what we hold of the feed, all of its document is looked at. None:
    it should be, but was not read. News that say nothing call for it once in a few entries.
    """
    from feedreader.core.fulltext import is_summary_only

    if reading.is_summary_only is not None:
        return reading.is_summary_only
    believed = subscription.is_summary_only
    news = (*plan.new, *(change.clean for change in plan.changed))
    if subscription.poll.succeeded_at is not None:
        told = is_summary_only([clean.entry for clean in news], news) if news else believed
        if told == believed:
            return believed
        if reading.unchanged:
            count = subscription.entry_count
            is_time = count // _ENTRIES_TO_LOOK != (count + len(plan.new)) // _ENTRIES_TO_LOOK
            return believed if told is None and not is_time else None
    return bool(is_summary_only(reading.parsed.entries, news))


def _proves_network(subscription: Subscription, result: FetchResult) -> bool:
    """Say whether an answer came from beyond this computer and its local network."""
    if subscription.kind in ("file", "exec"):
        return False
    if isinstance(result, FetchFailed):
        return result.status is not None and not is_private_name(host_of(result.url))
    return not result.is_local


def _is_plain_text(body: bytes) -> bool:
    """Say whether a body is neither XML nor JSON nor packed or wide: an error message, say.

    Who sends such a thing sends it each time, and all that reads feeds would be loaded for it.
    """
    start = _PRINTABLE.search(body)
    return (
        start is not None
        and start[0] not in (b"{", b"[")
        and b"<" not in body
        and b"\0" not in body
        and not body.startswith(b"\x1f\x8b")
    )


def _is_overrun(before: PollState, after: PollState, reading: Reading, plan: Plan) -> bool:
    """Say whether all that a document holds came since the poll before, and more may have."""
    if before.succeeded_at is None or after.checked_at is None or reading.unchanged:
        return False
    was_away = after.checked_at - before.succeeded_at > _LONGEST_WATCH
    return not was_away and len(plan.new) == len(reading.parsed.entries) >= _WINDOW_TO_OVERRUN


def _keep_link(feed: Feed, subscription: Subscription) -> Feed:
    """Return the feed with what it no longer says of itself, but said before."""
    known = subscription.feed
    return replace(feed, title=feed.title or known.title, link=feed.link or known.link)


def _name_outcome(
    result: FetchResult, poll: PollState, plan: Plan | None, new_url: str, parse_error: str
) -> Outcome:
    if poll.gone_at is not None:
        return "gone"
    if new_url:
        return "moved"
    if isinstance(result, FetchFailed) or parse_error:
        return "failed"
    if isinstance(result, NotModified):
        return "not_modified"
    return "new" if plan and plan.new else "unchanged"
