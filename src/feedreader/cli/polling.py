"""One refresh as the commands run it: stoppable, counted, with the retention after it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from feedreader.cli.output import plural
from feedreader.cli.stopping import Stoppable
from feedreader.core.urls import mask_secrets
from feedreader.errors import RefreshRunning
from feedreader.model import PageOutcome, RefreshOutcome

if TYPE_CHECKING:
    from feedreader.model import Subscription
    from feedreader.reader import Reader

NO_NETWORK = "this computer seems to have no network: none of the feeds' hosts can be found"

_LOOK_AGAIN_S = 0.25
_LONG_FAILING = timedelta(days=7)


class Tally:
    """What a refresh did, feed by feed and in sum."""

    def __init__(self) -> None:
        self.outcomes: list[RefreshOutcome] = []
        self.pages = 0
        self.failed_pages = 0
        self._started = time.monotonic()

    def count(self, event: RefreshOutcome | PageOutcome) -> None:
        """Take in what became of a feed or of an article page."""
        if isinstance(event, RefreshOutcome):
            self.outcomes.append(event)
        else:
            self.pages += 1
            self.failed_pages += event.reason != ""

    @property
    def asked(self) -> list[RefreshOutcome]:
        return [one for one in self.outcomes if one.outcome != "skipped"]

    @property
    def failed(self) -> list[RefreshOutcome]:
        return [one for one in self.outcomes if one.outcome in ("failed", "gone")]

    @property
    def new(self) -> int:
        return sum(one.new for one in self.outcomes)

    @property
    def changed(self) -> int:
        return sum(one.changed for one in self.outcomes)

    def has_only_failures(self) -> bool:
        """Say whether feeds were asked and every one of them failed."""
        return bool(self.asked) and len(self.failed) == len(self.asked)

    def seems_offline(self) -> bool:
        """Say whether this computer seems to have no network: all failed, most for that."""
        unreached = sum(one.is_offline for one in self.failed)
        return self.has_only_failures() and unreached > 2 and unreached * 4 > len(self.asked) * 3

    def summary(self, *, is_stopped: bool) -> dict[str, object]:
        """Return the last line of `refresh --json`."""
        return {
            "feeds": len(self.outcomes),
            "asked": len(self.asked),
            "failed": len(self.failed),
            "new": self.new,
            "changed": self.changed,
            "pages": self.pages,
            "failed_pages": self.failed_pages,
            "duration_ms": round((time.monotonic() - self._started) * 1000),
            "stopped": is_stopped,
        }

    def in_words(self) -> str:
        """Return the sum in one line."""
        words = [
            plural(self.new, "new entry", "new entries"),
            f"{len(self.asked):,} of {plural(len(self.outcomes), 'feed')} asked",
        ]
        if self.changed:
            again = sum(one.unread_again for one in self.outcomes)
            told = f" ({again:,} unread again)" if again else ""
            words.append(f"{self.changed:,} edited{told}")
        if self.pages:
            words.append(plural(self.pages - self.failed_pages, "full story", "full stories"))
        if self.failed:
            words.append(f"{len(self.failed):,} failed")
        return ", ".join(words)


def poll(
    reader: Reader,
    stoppable: Stoppable,
    *,
    feed_ids: Iterable[int] | None = None,
    force: bool = False,
    wait: bool = False,
    pages: bool = True,
) -> Iterator[RefreshOutcome | PageOutcome]:
    """Refresh and yield what came of it; raises `RefreshRunning` unless told to wait."""
    chosen = None if feed_ids is None else list(feed_ids)
    while not stoppable.is_stopped():
        try:
            # Waiting happens here, where a signal is seen, not inside a system call.
            yield from reader.refresh(
                chosen, force=force, pages=pages, is_cancelled=stoppable.is_stopped
            )
        except RefreshRunning:
            if not wait:
                raise
            time.sleep(_LOOK_AGAIN_S)
        else:
            return


def calls_for_a_person(
    tally: Tally, before: Iterable[Subscription], now: datetime | None = None
) -> list[str]:
    """Return what a refresh that nobody watches has to say, nothing on most days.

    `before` is how the feeds stood before it. Told once, when it happens: a feed that is
    gone or has moved, one that failed for seven days; and that everything failed.
    """
    if tally.seems_offline():
        return [NO_NETWORK]
    if tally.has_only_failures() and len(tally.asked) > 1:
        first = tally.failed[0]
        return [f"all {len(tally.asked)} feeds failed; {_named(first)}: {first.reason}"]
    feeds = {feed.id: feed for feed in before}
    calls = []
    for one in tally.outcomes:
        if one.outcome == "gone":
            calls.append(f"{_named(one)} is gone for good: {one.reason}")
        elif one.outcome == "moved":
            calls.append(f"{_named(one)} has moved: {one.reason}")
        elif one.outcome == "failed" and one.feed_id in feeds:
            feed, moment = feeds[one.feed_id], now or datetime.now(UTC)
            limit = (feed.poll.succeeded_at or feed.added_at) + _LONG_FAILING
            if (feed.poll.checked_at or feed.added_at) < limit <= moment:
                calls.append(
                    f"{_named(one)} has failed for {_LONG_FAILING.days} days: {one.reason}"
                )
    return calls


def _named(outcome: RefreshOutcome) -> str:
    return f"{outcome.title} (feed {outcome.feed_id}, {mask_secrets(outcome.url)})"
