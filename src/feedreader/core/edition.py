"""Candidates -> the entries of a finite paper, chosen fairly; and when the next paper is due."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from feedreader.model import EditionEntry, EditionPlan, EditionSection, Schedule

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SCHEDULED_DAYS: Mapping[Schedule, frozenset[int]] = {
    "daily": frozenset(range(7)),
    "weekdays": frozenset(range(5)),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that may stand in a paper."""

    id: int
    feed_id: int
    minutes: int
    copy_keys: frozenset[str] = frozenset()
    """Entries that share one of these are copies of one story."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """An entry of the paper before that nobody read, and the section where it stood."""

    section: str
    candidate: Candidate


def compose(
    plan: EditionPlan,
    candidates: Sequence[Sequence[Candidate]],
    leftovers: Iterable[Leftover] = (),
) -> tuple[EditionEntry, ...]:
    """Return the entries of a paper in its order: section by section, leftovers first.

    `candidates` are those of each section, best first. Of what two sections could have, the
    first of them takes its part. In a section the feeds take turns, so that a loud one does
    not drown the others. If all of it is more than the paper may hold, the sections take
    turns, so that none of them starves; a story that is longer than the minutes that are left
    makes room for a shorter one. No story stands there twice, whatever its copies' feeds and
    sections.
    """
    paper = _Paper(plan)
    titles = [section.title for section in plan.sections]
    for leftover in leftovers:
        if titles and paper.has_room_for(leftover.candidate):
            title = leftover.section if leftover.section in titles else titles[0]
            paper.take(title, leftover.candidate, is_carried=True)
    chosen = _Stories(paper.stories)
    picks = [
        _pick(section, some, chosen, section.most - len(paper.of(section.title)))
        for section, some in zip(plan.sections, candidates, strict=True)
    ]
    waiting = deque(
        # Who is too long for the paper is followed by what no section chose.
        (section, deque([*picked, *(one for one in some if chosen.has_no(one))]))
        for section, picked, some in zip(plan.sections, picks, candidates, strict=True)
    )
    while waiting:
        section, queue = waiting.popleft()
        if (candidate := _next_fitting(section, queue, paper)) is not None:
            paper.take(section.title, candidate)
            waiting.append((section, queue))
    return tuple(entry for title in dict.fromkeys(titles) for entry in paper.of(title))


def _pick(
    section: EditionSection, candidates: Iterable[Candidate], chosen: _Stories, most: int
) -> list[Candidate]:
    """Return what a section would have if the paper had no end, and choose it."""
    feeds: dict[int, deque[Candidate]] = {}
    for candidate in candidates:
        if chosen.has_no(candidate):
            feeds.setdefault(candidate.feed_id, deque()).append(candidate)
    picked: list[Candidate] = []
    turns = deque((feed, 0) for feed in feeds.values())
    while turns and len(picked) < most:
        feed, given = turns.popleft()
        while feed:
            candidate = feed.popleft()
            if chosen.has_no(candidate):
                chosen.add(candidate)
                picked.append(candidate)
                if given + 1 < section.per_feed:
                    turns.append((feed, given + 1))
                break
    return picked


def _next_fitting(
    section: EditionSection, queue: deque[Candidate], paper: _Paper
) -> Candidate | None:
    """Return the next entry of a section that there is room for; None if it has all it may."""
    taken = paper.of(section.title)
    while queue and len(taken) < section.most:
        candidate = queue.popleft()
        given = paper.given(section.title, candidate.feed_id)
        if given < section.per_feed and paper.has_room_for(candidate):
            return candidate
    return None


class _Stories:
    """Stories, told apart by entry and by what copies share."""

    def __init__(self, others: _Stories | None = None) -> None:
        self._ids: set[int] = set(others._ids) if others else set()
        self._copy_keys: set[str] = set(others._copy_keys) if others else set()

    def __len__(self) -> int:
        return len(self._ids)

    def has_no(self, candidate: Candidate) -> bool:
        return candidate.id not in self._ids and self._copy_keys.isdisjoint(candidate.copy_keys)

    def add(self, candidate: Candidate) -> None:
        self._ids.add(candidate.id)
        self._copy_keys |= candidate.copy_keys


class _Paper:
    """What was taken so far, and whether more may be."""

    def __init__(self, plan: EditionPlan) -> None:
        self._plan = plan
        self._taken: dict[str, list[EditionEntry]] = {}
        self._given: Counter[tuple[str, int]] = Counter()
        self._minutes = 0
        self.stories = _Stories()

    def of(self, title: str) -> list[EditionEntry]:
        """Return what stands in a section."""
        return self._taken.get(title, [])

    def given(self, title: str, feed_id: int) -> int:
        """Return how many new entries of a feed stand in a section."""
        return self._given[title, feed_id]

    def has_room_for(self, candidate: Candidate) -> bool:
        plan = self._plan
        if plan.most_entries is not None and len(self.stories) >= plan.most_entries:
            return False
        if plan.most_minutes is not None and self._minutes + candidate.minutes > plan.most_minutes:
            return False
        return self.stories.has_no(candidate)

    def take(self, title: str, candidate: Candidate, *, is_carried: bool = False) -> None:
        self._taken.setdefault(title, []).append(EditionEntry(candidate.id, title, is_carried))
        self._given[title, candidate.feed_id] += not is_carried
        self._minutes += candidate.minutes
        self.stories.add(candidate)


# --- when ---------------------------------------------------------------------


def last_due(plan: EditionPlan, now: datetime) -> datetime | None:
    """Return the last moment up to `now` when a paper was due; None: only by hand.

    `now` is a time of the place where the user lives.
    """
    return next((one for one in _due(plan, now, step=-1) if one <= now), None)


def next_due(plan: EditionPlan, now: datetime) -> datetime | None:
    """Return the first moment after `now` when a paper is due; None: only by hand."""
    return next((one for one in _due(plan, now, step=1) if one > now), None)


def schedule_in_words(plan: EditionPlan) -> str:
    """Return "daily at 07:00", "weekdays at 06:30", "Saturdays at 09:00" or "by hand"."""
    at = f"at {plan.at_minute // 60:02}:{plan.at_minute % 60:02}"
    match plan.schedule:
        case "by_hand":
            return "by hand"
        case "weekly":
            return f"{WEEKDAYS[plan.weekday]}s {at}"
        case _:
            return f"{plan.schedule} {at}"


def _due(plan: EditionPlan, now: datetime, *, step: int) -> Iterable[datetime]:
    """Return when papers are due around a moment, forwards or backwards from its day."""
    days = _SCHEDULED_DAYS.get(plan.schedule, frozenset({plan.weekday}))
    if plan.schedule == "by_hand":
        return
    for distance in range(9):
        day = now + step * timedelta(days=distance)
        if day.weekday() in days:
            hour, minute = divmod(plan.at_minute, 60)
            yield day.replace(hour=hour, minute=minute, second=0, microsecond=0)
