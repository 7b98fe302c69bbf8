"""Hooks: commands, webhooks and the desktop are told of entries that rules chose for them.

Rules put entries into a queue in the transaction that stores them. After a refresh each hook
is told once of all that waits for it, and what it was told of leaves the queue only then: a
crash in between tells it twice, never not at all. A hook that fails is tried again, later and
later, for two days.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from feedreader.core.headers import retry_after_s
from feedreader.core.notice import Notice, entry_record, notice_of
from feedreader.core.text import clean_line
from feedreader.hooks import desktop
from feedreader.hooks.desktop import NoDesktop
from feedreader.hooks.running import HookFailed, run
from feedreader.model import (
    EntrySummary,
    Hook,
    HookOutcome,
    HookQueue,
    QuietHours,
    RefreshSettings,
)
from feedreader.store import Store
from feedreader.store.hooks import HookStore, Waiting

__all__ = ["NOTIFY", "Hooks"]

NOTIFY = Hook("notify", notification=True)
"""What `notify` in a rule means unless the configuration says otherwise."""

_MOST_TOLD = 500
"""Entries of one call."""
_MOST_CALLS = 20
_MOST_FAILURES = 12
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 60, 4 * 3600
_KEPT = timedelta(days=2)
_CLAIM_BEYOND_S = 30

Elsewhere = Callable[[Notice], bool]
"""Shows a notice where there is no desktop; says whether it could."""


class Hooks:
    """The queue of one store, and how it is emptied."""

    def __init__(
        self, store: Store, settings: RefreshSettings, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._queue = HookStore(store.connection)

    def queues(self) -> tuple[HookQueue, ...]:
        """Return what waits for each hook that anything waits for."""
        return self._queue.queues()

    def put(self, hook: str, entry_ids: Sequence[int]) -> None:
        """Let a hook be told of entries, with the next refresh."""
        with self._store.transaction():
            self._queue.put(hook, entry_ids, self._clock())

    def retry(self, names: Sequence[str] = ()) -> None:
        """Let hooks be tried at the next occasion, whatever failed before; all without names."""
        with self._store.transaction():
            self._queue.hurry(names or [one.hook for one in self._queue.queues()])

    def drop(self, name: str) -> int:
        """Let a hook not be told of what waits for it; return how many entries that were."""
        with self._store.transaction():
            return self._queue.drop(name)

    def deliver(
        self,
        hooks: Sequence[Hook],
        *,
        elsewhere: Elsewhere = lambda notice: False,
    ) -> Iterator[HookOutcome]:
        """Tell each hook of what waits for it, once, and yield what came of it.

        Nothing comes of hooks that wait: for their next try, for the end of quiet hours, for
        a desktop, or for another process that is telling them.
        """
        known = {NOTIFY.name: NOTIFY, **{hook.name: hook for hook in hooks}}
        for queue in self._queue.queues():
            now = self._clock()
            if queue.oldest_at < now - _KEPT:
                with self._store.transaction():
                    dropped = self._queue.drop(queue.hook, now - _KEPT)
                words = queue.error or "it could not be told for two days"
                yield HookOutcome(queue.hook, dropped=dropped, error=words)
            hook = known.get(queue.hook)
            is_early = queue.next_try_at is not None and queue.next_try_at > now
            if is_early or (hook is not None and is_quiet(hook.quiet, now.astimezone())):
                continue
            yield from self._deliver(queue, hook, elsewhere)

    def test(self, hook: Hook, *, elsewhere: Elsewhere = lambda notice: False) -> str:
        """Tell a hook of a made-up entry; return why that failed, "" if it did not."""
        now = self._clock()
        entry = EntrySummary(
            id=0, feed_id=0, feed_title="feedreader", title="A test of this hook",
            link="https://example.org/", authors=(), published=now, updated=None,
            received_at=now, sorted_at=now, is_read=False, is_starred=False, is_later=False,
            is_edited=False, summary="If you can read this, it works.", word_count=7,
            enclosure_count=0, full_text_source="feed",
        )  # fmt: skip
        try:
            self._tell(hook, [entry], elsewhere)
        except (HookFailed, NoDesktop) as error:
            return str(error)
        return ""

    # --- one hook ---

    def _deliver(
        self, queue: HookQueue, hook: Hook | None, elsewhere: Elsewhere
    ) -> Iterator[HookOutcome]:
        """Tell one hook of all that waits, in few calls, and keep what came of it."""
        told = 0
        try:
            for _ in range(_MOST_CALLS):
                waiting = self._claim(queue.hook, hook)
                if not waiting:
                    break
                entries = list(self._store.entries.summaries(one.entry_id for one in waiting))
                if entries:
                    self._tell(hook, entries, elsewhere)
                with self._store.transaction():
                    self._queue.succeeded(queue.hook, waiting)
                told += len(entries)
        except NoDesktop:
            with self._store.transaction():
                self._queue.release(queue.hook)
        except HookFailed as error:
            yield self._failed(queue.hook, 0 if told else queue.failures, error)
        if told:
            yield HookOutcome(queue.hook, told=told)

    def _claim(self, name: str, hook: Hook | None) -> tuple[Waiting, ...]:
        """Return the entries to tell of next; none if another process is about it."""
        now = self._clock()
        timeout_s = (hook.timeout_s if hook is not None else 0) + _CLAIM_BEYOND_S
        with self._store.transaction():
            waiting = self._queue.waiting(name, _MOST_TOLD)
            if not waiting or not self._queue.claim(name, now, now + timedelta(seconds=timeout_s)):
                return ()
            return waiting

    def _failed(self, name: str, failures: int, error: HookFailed) -> HookOutcome:
        """Remember a failure after others and when to try again; after many, drop what waits."""
        failures += 1
        now = self._clock()
        pause_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** (failures - 1))
        if isinstance(error, _AskedToWait):
            pause_s = max(pause_s, min(error.pause_s, _LONGEST_PAUSE_S))
        next_try_at = now + timedelta(seconds=pause_s)
        with self._store.transaction():
            if failures < _MOST_FAILURES:
                self._queue.failed(name, failures, next_try_at, str(error))
                return HookOutcome(name, error=str(error), next_try_at=next_try_at)
            dropped = self._queue.drop(name)
        return HookOutcome(name, dropped=dropped, error=str(error))

    def _tell(
        self, hook: Hook | None, entries: Sequence[EntrySummary], elsewhere: Elsewhere
    ) -> None:
        """Tell a hook, or raise `HookFailed`, or `NoDesktop`."""
        if hook is None:
            raise HookFailed("the configuration has no hook of this name")
        if hook.command:
            self._run(hook, entries)
        elif hook.webhook:
            self._post(hook, entries)
        else:
            notice = notice_of(entries)
            try:
                desktop.show(notice, os.environ)
            except NoDesktop:
                if not elsewhere(notice):
                    raise

    def _run(self, hook: Hook, entries: Sequence[EntrySummary]) -> None:
        values = {"{count}": str(len(entries)), "{hook}": hook.name}
        argv = [_filled(word, values) for word in hook.command]
        env = {
            **os.environ,
            "FEEDREADER_HOOK": hook.name,
            "FEEDREADER_COUNT": str(len(entries)),
        }
        data = json.dumps([entry_record(entry) for entry in entries]).encode()
        run(argv, data, timeout_s=hook.timeout_s, env=env)

    def _post(self, hook: Hook, entries: Sequence[EntrySummary]) -> None:
        from feedreader.fetch.post import post  # 145 ms: only for webhooks

        records = [entry_record(entry) for entry in entries]
        body = json.dumps({"hook": hook.name, "count": len(records), "entries": records}).encode()
        delivery = hashlib.sha256(f"{hook.name} {[entry.id for entry in entries]}".encode())
        headers = {
            "X-Feedreader-Hook": clean_line(hook.name),
            "X-Feedreader-Delivery": delivery.hexdigest()[:32],
        }
        if secret := _secret_of(hook):
            signature = hmac.new(secret.encode(), body, "sha256").hexdigest()
            headers["X-Feedreader-Signature"] = f"sha256={signature}"
        failure = post(
            hook.webhook,
            body,
            headers=headers,
            settings=self._settings,
            timeout_s=hook.timeout_s,
        )
        if failure is None:
            return
        asked_s = retry_after_s(failure, self._clock())
        if asked_s is not None:
            raise _AskedToWait(failure.reason, asked_s)
        raise HookFailed(failure.reason)


class _AskedToWait(HookFailed):
    """The server said when to come back."""

    def __init__(self, reason: str, pause_s: int) -> None:
        super().__init__(reason)
        self.pause_s = pause_s


def is_quiet(hours: QuietHours | None, now: datetime) -> bool:
    """Say whether quiet hours last at a local time; equal ends mean never."""
    if hours is None:
        return False
    start, end = hours
    minute = now.hour * 60 + now.minute
    return start <= minute < end if start <= end else minute >= start or minute < end


def _filled(word: str, values: dict[str, str]) -> str:
    for placeholder, value in values.items():
        word = word.replace(placeholder, value)
    return word


def _secret_of(hook: Hook) -> str:
    """Return what signs a message; "env:NAME" is looked up in the environment."""
    if not hook.secret.startswith("env:"):
        return hook.secret
    name = hook.secret.removeprefix("env:")
    if not os.environ.get(name):
        raise HookFailed(f"its secret is missing: the environment has no {name}")
    return os.environ[name]
