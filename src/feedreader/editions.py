"""Editions: finite papers of what is unread, made once a day, read to their end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from feedreader.core.edition import compose, last_due, next_due
from feedreader.core.text import clean_line
from feedreader.errors import NotFound, QueryError
from feedreader.model import Edition, EditionEntry, EditionPlan
from feedreader.selecting import NEWEST_FIRST, Selector
from feedreader.store import Store
from feedreader.store.editions import EditionStore
from feedreader.store.entries import among

if TYPE_CHECKING:
    from feedreader.core.paper import Paper


@dataclass(frozen=True, slots=True)
class Made:
    """What came of making a paper."""

    name: str
    edition: Edition | None = None
    """None: there was nothing to put into it, or an `error`."""
    is_new: bool = False
    leftovers_read: int = 0
    """How many entries of the paper before nobody read, and count as read now."""
    error: str = ""


class Editions:
    """The papers of one store, and the plans by which they are made."""

    def __init__(self, store: Store, selector: Selector, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._selector = selector
        self._clock = clock
        self._editions = EditionStore(store.connection)

    # --- plans ---

    def plans(self) -> tuple[EditionPlan, ...]:
        """Return how each edition is made, by name."""
        return self._editions.plans()

    def plan(self, name: str) -> EditionPlan:
        """Return how the edition of a name, in capitals or not, is made; raises `NotFound`."""
        return self._editions.plan(name)

    def define(self, plan: EditionPlan) -> None:
        """Keep a plan in place of the one of its name, in capitals or not, whose name stays.

        Raises `QueryError`, or ValueError.
        """
        check(plan)
        with suppress(NotFound):
            plan = replace(plan, name=self._editions.plan(plan.name).name)
        for section in plan.sections:
            self._selector.select(section.query)
        with self._store.transaction():
            self._editions.save_plan(plan)

    def remove(self, name: str) -> None:
        """Forget a plan and its papers, or raise `NotFound`; entries stay in their feeds."""
        name = self._editions.plan(name).name
        with self._store.transaction():
            self._editions.remove_plan(name)

    def next_due(self, plan: EditionPlan) -> datetime | None:
        """Return when the next paper is to be made, in local time; None: only by hand."""
        now = self._now()
        if self._editions.of_day(plan.name, now.date()) is not None:
            now = now.replace(hour=23, minute=59)  # one a day
        return _with_own_offset(next_due(plan, now))

    # --- making ---

    def make(self, name: str, *, again: bool = False) -> Made:
        """Make the paper of today, once: what is there already is returned as it is.

        `again` makes it anew from what is unread now. What nobody read of the paper before
        becomes what the plan says. Raises `NotFound`, or `QueryError` if a query of a section
        names what is gone.
        """
        plan = self._editions.plan(name)
        name, now = plan.name, self._now()
        today = self._editions.of_day(name, now.date())
        if today is not None and not again:
            return Made(name, today)
        # To choose may take seconds in a large store: others may write meanwhile.
        entries = self._compose(plan, today)
        with self._store.transaction():
            known = self._editions.of_day(name, now.date())
            if not entries or (known is not None and (today is None or known.id != today.id)):
                return Made(name, known)
            if known is not None:
                self._editions.remove(known.id)
            before = self._editions.latest_of(name)
            read = 0
            if before is not None and plan.leftovers == "read":
                read = len(self._mark_read(self._editions.unread(before.id), now))
            edition_id = self._editions.add(name, now.date(), now, entries)
            return Made(name, self._editions.edition(edition_id), True, read)

    def make_due(self) -> tuple[Made, ...]:
        """Make the papers whose time has come; costs next to nothing if there are none.

        One whose queries name what is gone says so in its `error`.
        """
        made = []
        now = self._now()
        for plan in self._editions.plans():
            due = _with_own_offset(last_due(plan, now))
            last = self._editions.latest_of(plan.name)
            is_made = last is not None and (
                last.day >= now.date() or (due is not None and last.made_at >= due)
            )
            if due is None or is_made:
                continue
            try:
                one = self.make(plan.name)
            except QueryError as error:
                one = Made(plan.name, error=error.message)
            if one.is_new or one.error:
                made.append(one)
        return tuple(made)

    def sketch(self, plan: EditionPlan) -> tuple[EditionEntry, ...]:
        """Return what a paper by a plan would hold now; nothing is kept."""
        check(plan)
        return self._compose(plan)

    def _compose(self, plan: EditionPlan, today: Edition | None = None) -> tuple[EditionEntry, ...]:
        """Choose what a paper holds, as if the one of today had not been made."""
        with self._store.connection.snapshot():
            return self._choose(plan, today.id if today is not None else 0)

    def _choose(self, plan: EditionPlan, today_id: int) -> tuple[EditionEntry, ...]:
        before = self._editions.latest_of(plan.name, without_id=today_id)
        sections, candidates = [], []
        for section in plan.sections:
            where, params, compiled = self._selector.select(section.query)
            if compiled.limit is not None:
                section = replace(section, most=compiled.limit)
            sections.append(section)
            candidates.append(
                self._editions.candidates(
                    plan.name,
                    where,
                    params,
                    compiled.order_by or NEWEST_FIRST,
                    feeds=section.most,
                    per_feed=min(section.per_feed, section.most),
                    without_id=today_id,
                )
            )
        leftovers = (
            self._editions.leftovers(before.id)
            if before is not None and plan.leftovers == "carry"
            else ()
        )
        return compose(replace(plan, sections=tuple(sections)), candidates, leftovers)

    def _mark_read(self, ids: Sequence[int], now: datetime) -> tuple[int, ...]:
        if not ids:
            return ()
        return self._store.entries.set_flag("is_read", True, *among(ids), now)

    # --- reading ---

    def latest(self) -> tuple[Edition, ...]:
        """Return the last paper of each name, newest first."""
        return self._editions.latest()

    def all(self) -> tuple[Edition, ...]:
        """Return all papers that are remembered, newest first."""
        return self._editions.all()

    def edition(self, edition_id: int) -> Edition:
        """Return one paper, or raise `NotFound`."""
        return self._editions.edition(edition_id)

    def find(self, words: Sequence[str]) -> Edition:
        """Return the paper that a name, a day (2026-11-25) or both mean, the newest of these.

        Without words it is the newest of all. Raises `NotFound`.
        """
        name, day = "", None
        for word in words:
            try:
                day = date.fromisoformat(word)
            except ValueError:
                name = word
        for edition in self._editions.all():
            is_named = not name or edition.name.casefold() == name.casefold()
            if is_named and (day is None or edition.day == day):
                return edition
        if name and name.casefold() not in {plan.name.casefold() for plan in self.plans()}:
            raise NotFound(f"no edition is called {name!r}")
        which = " ".join(filter(None, (name, day.isoformat() if day else "")))
        raise NotFound(f"there is no paper{f' {which!r}' if which else ''} yet")

    def entries(self, edition_id: int) -> tuple[EditionEntry, ...]:
        """Return what stands in a paper, in its order; what is gone is left out."""
        return self._editions.entries(edition_id)

    def paper(self, edition: Edition) -> Paper:
        """Return a paper as it can be exported."""
        from feedreader.core.paper import Paper, PaperSection

        entries = self._editions.entries(edition.id)
        by_section: dict[str, list[int]] = {}
        for entry in entries:
            by_section.setdefault(entry.section, []).append(entry.entry_id)
        sections = tuple(
            PaperSection(title, tuple(self._store.entries.summaries(ids)))
            for title, ids in by_section.items()
        )
        identifier = f"feedreader:edition:{edition.name}:{edition.day}"
        return Paper(edition.name, edition.day, edition.made_at, sections, _urn(identifier))

    def paper_of(self, title: str, query: str, *, limit: int) -> Paper:
        """Return what a query selects as a paper without sections; raises `QueryError`."""
        from feedreader.core.paper import Paper, PaperSection

        now = self._now()
        where, params, compiled = self._selector.select(query)
        most = limit if compiled.limit is None else min(limit, compiled.limit)
        ids = self._store.entries.ids(where, params, compiled.order_by or NEWEST_FIRST, most)
        section = PaperSection("", tuple(self._store.entries.summaries(ids)))
        urn = _urn(f"feedreader:query:{query}:{now.date()}")
        return Paper(title, now.date(), now, (section,), urn)

    def _now(self) -> datetime:
        """Return the time where the user lives: papers have days."""
        return self._clock().astimezone()


def _with_own_offset(moment: datetime | None) -> datetime | None:
    """Return a local time with the offset of its own day: clocks may change in between."""
    return None if moment is None else moment.replace(tzinfo=None).astimezone()


def check(plan: EditionPlan) -> None:
    """Raise ValueError, in words, for a plan that no paper can be made by."""
    if not plan.name or clean_line(plan.name) != plan.name:
        raise ValueError("an edition needs a name of one line")
    try:
        date.fromisoformat(plan.name)
    except ValueError:
        pass
    else:
        raise ValueError("a day cannot be the name of an edition")
    titles = [section.title for section in plan.sections]
    if not all(titles) or [clean_line(title) for title in titles] != titles:
        raise ValueError("each section needs a title of one line")
    if len({title.casefold() for title in titles}) < len(titles):
        raise ValueError("two sections have the same title")
    counts = [*(one.most for one in plan.sections), *(one.per_feed for one in plan.sections)]
    if any(count < 1 for count in (*counts, plan.most_entries or 1, plan.most_minutes or 1)):
        raise ValueError("a paper or a section of nothing cannot be made")


def _urn(text: str) -> str:
    from uuid import NAMESPACE_URL, uuid5  # 20 ms: only for exports

    return f"urn:uuid:{uuid5(NAMESPACE_URL, text)}"
