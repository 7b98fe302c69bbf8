"""Rules on a store: what they would do, do to new entries, did, and how that is taken back.

A rule acts once on an entry: when it is stored, or when the user applies the rule to what is
here already. What each rule did to each entry is kept, so that every hidden entry names its
rule and all can be taken back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from feedreader.core.text import clean_line
from feedreader.errors import QueryError
from feedreader.model import Change, Rule, RuleHit, RulePreview
from feedreader.selecting import Selected, Selector
from feedreader.store.hooks import HookStore
from feedreader.store.rules import AMONG, NOT_SPARED, RuleStore, among, not_hit_by

if TYPE_CHECKING:
    # The language is imported when there are rules: every refresh waits for this module.
    from feedreader.core.query import Context, Query
    from feedreader.core.rules import Action, ReadRule
    from feedreader.store import Store
    from feedreader.store.entries import Flag

PREVIEW_DAYS = 90
_MOST_SHOWN = 200
_FLAGS: dict[str, Flag] = {
    "mute": "is_muted",
    "read": "is_read",
    "star": "is_starred",
    "later": "is_later",
}
_log = logging.getLogger(__name__)


class Rules:
    """The rules of one store."""

    def __init__(self, store: Store, selector: Selector, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._selector = selector
        self._clock = clock
        self._rules = RuleStore(store.connection)
        self._queue = HookStore(store.connection)
        self._compiled: dict[str, Selected] = {}
        """The rules that were applied, as SQL: names of feeds are looked up once a refresh."""

    # --- the list of rules ---

    def all(self) -> tuple[Rule, ...]:
        """Return the rules in the order in which they are applied, each with what ails it."""
        rules = self._rules.all()
        if not rules:
            return ()
        context = self._selector.context()
        return tuple(replace(rule, error=_find_error(rule.text, context)) for rule in rules)

    def rule(self, number: int) -> Rule:
        """Return one rule, or raise `NotFound`."""
        return self._rules.rule(number)

    def add(self, text: str, *, name: str = "") -> Rule:
        """Apply a rule to all entries that come from now on; raises `QueryError`."""
        self.check(text)
        with self._store.transaction():
            number = self._rules.add(text.strip(), clean_line(name), self._clock())
        return self._rules.rule(number)

    def change(self, number: int, *, text: str | None = None, name: str | None = None) -> Rule:
        """Let a rule say something else; what it did stays. Raises `QueryError`."""
        rule = self._rules.rule(number)
        if text is not None:
            self.check(text)
        with self._store.transaction():
            self._rules.change(
                number,
                rule.text if text is None else text.strip(),
                rule.name if name is None else clean_line(name),
            )
        return self._rules.rule(number)

    def switch(self, number: int, is_active: bool) -> None:
        """Apply a rule to what comes from now on, or no longer."""
        self._rules.rule(number)
        with self._store.transaction():
            self._rules.switch(number, is_active)

    def move(self, number: int, place: int) -> None:
        """Put a rule at a place of the order, counted from 1."""
        self._rules.rule(number)
        with self._store.transaction():
            others = [rule.number for rule in self._rules.all() if rule.number != number]
            others.insert(max(0, place - 1), number)
            self._rules.place(others)

    def remove(self, number: int, *, takes_back: bool = False) -> Change:
        """Remove a rule; what it did stays, or is taken back and returned."""
        self._rules.rule(number)
        change = Change("ruled", False, rule_number=number)
        with self._store.transaction():
            if takes_back:
                change = self.take_back(number)
            self._rules.remove(number, self._clock())
        return change

    def restore(self, number: int) -> None:
        """Take a removal back."""
        with self._store.transaction():
            self._rules.restore(number)

    def check(self, text: str) -> ReadRule:
        """Return a rule, read; raises `QueryError` if it cannot be applied here."""
        from feedreader.core.rules import check_rule, read_rule

        rule = read_rule(text)
        check_rule(rule, self._selector.context())
        return rule

    def users_of_search(self, name: str) -> tuple[str, ...]:
        """Return in words which rules and saved searches would be nothing without a search."""
        context = self._selector.context()
        searches = {one: query for one, query in context.searches.items() if one != name}
        without = replace(context, searches=searches)
        rules = [(f"rule {rule.number}", rule.text) for rule in self._rules.all()]
        others = [
            (f"the search {one!r}", f"when {query or 'id:0'} then mute")
            for one, query in searches.items()
        ]
        return tuple(
            user
            for user, text in rules + others
            if _find_error(text, without) and not _find_error(text, context)
        )

    # --- what a rule would do ---

    def preview(self, text: str, *, days: int = PREVIEW_DAYS) -> RulePreview:
        """Return what a rule would have done to the entries of the last days.

        The cost is that of these entries. Raises `QueryError`.
        """
        from feedreader.core.query import Query

        rule = self.check(text)
        first_id = self._rules.first_id_since(self._clock() - timedelta(days=days))
        entries, context, since = self._store.entries, self._selector.context(), f">= {first_id}"
        where, params, _ = self._select(rule, since, context)
        every, none, _ = self._selector.compile(Query(), context, ids=since, shows_muted=True)
        ids = entries.ids(where, params, "e.id DESC", _MOST_SHOWN)
        count = len(ids) if len(ids) < _MOST_SHOWN else entries.count(where, params)
        return RulePreview(count, entries.count(every, none), tuple(ids))

    def count(self, text: str) -> int:
        """Return how many of all entries a rule would find; raises `QueryError`."""
        rule = self.check(text)
        where, params, _ = self._select(rule, "", self._selector.context())
        return self._store.entries.count(where, params)

    def count_left(self, number: int) -> int:
        """Return how many entries `apply` would find; raises `QueryError`."""
        return self._store.entries.count(*self._left(self._rules.rule(number)))

    def colours(self) -> tuple[tuple[int, str, Query], ...]:
        """Return number, colour and query of the active rules that give entries a colour."""
        found = []
        for number, text in self._rules.active():
            try:
                rule = _read_known(text)
            except QueryError:  # written by a later version
                continue
            found += [
                (number, one.value, rule.query) for one in rule.actions if one.kind == "highlight"
            ]
        return tuple(found)

    # --- what rules do ---

    def apply(self, number: int) -> Change:
        """Apply a rule to the entries that are here, apart from those it acted on before.

        Nobody is notified of these. Raises `QueryError`.
        """
        rule = self._rules.rule(number)
        with self._store.transaction():
            found = self._store.entries.ids(*self._left(rule), "e.id")
            self._act(number, _read_known(rule.text).actions, dict.fromkeys(found, False))
        return Change("ruled", entry_ids=tuple(found), rule_number=number)

    def apply_again(self, number: int, ids: Sequence[int]) -> None:
        """Do once more to entries what was taken back, unless it was done since."""
        with self._store.transaction():
            rule = self._rules.rule(number)
            where = f"{AMONG} AND {not_hit_by(number)}"
            found = self._store.entries.ids(where, (among(ids),), "e.id")
            self._act(number, _read_known(rule.text).actions, dict.fromkeys(found, False))

    def take_back(self, number: int, ids: Sequence[int] | None = None) -> Change:
        """Undo what a rule did: to all entries, or to some."""
        from feedreader.core.rules import read_action

        undone: list[int] = []
        with self._store.transaction():
            for effects, some in self._rules.effects(number, ids).items():
                for effect in effects:
                    self._take_back(read_action(effect), some)
                undone += some
            self._rules.forget_hits(number, undone)
        return Change("ruled", False, tuple(undone), rule_number=number)

    def mute(self, ids: Sequence[int], value: bool, *, is_undo: bool = False) -> Change:
        """Hide entries by hand, or let them be seen: then no rule hides them again.

        To undo what was hidden by hand is no word against rules: they may hide it as before.
        """
        where, now = f"{AMONG} AND e.deleted_at IS NULL", self._clock()
        with self._store.transaction():
            changed = self._store.entries.set_flag("is_muted", value, where, (among(ids),), now)
            if not (value or is_undo):
                self._rules.take_in_hand(changed, now)
            self._rules.spare(changed, not value)
        return Change("muted", value, changed)

    def hits(self, entry_id: int) -> tuple[RuleHit, ...]:
        """Return what rules did to an entry, in the order of the rules."""
        return self._rules.hits(entry_id)

    @contextmanager
    def applied_to_new(self, *, names_changed: bool = False) -> Iterator[None]:
        """Apply the active rules to all entries that the block stores, in its transaction.

        The cost is that of the new entries, however many others there are. `names_changed`
        says that feeds may have got other names since the last time.
        """
        if names_changed:
            self._compiled.clear()
        before = self._store.entries.last_id()
        yield
        last = self._store.entries.last_id()
        if last > before:
            self._judge(before + 1, last)

    def judge(self, entry_id: int) -> None:
        """Apply to an entry, after its text became another one, the rules that did not act yet."""
        self._judge(entry_id, entry_id)

    def _judge(self, first_id: int, last_id: int) -> None:
        active = self._rules.active()
        if not active:
            return
        context = self._selector.context()
        with self._store.transaction():
            for number, text in active:
                try:
                    rule = _read_known(text)
                    if text not in self._compiled:
                        self._compiled[text] = self._selector.compile(
                            rule.query, context, ids="BETWEEN ?1 AND ?2"
                        )
                    where, params, _ = self._compiled[text]
                except QueryError as error:
                    # A search it names was removed, say: the list of rules shows it.
                    _log.warning("rule %d cannot be applied: %s", number, error)
                    continue
                found = self._rules.find(
                    f"{where} AND {not_hit_by(number)}", (first_id, last_id, *params)
                )
                if found:
                    self._act(number, rule.actions, found)

    def _act(self, number: int, actions: Sequence[Action], found: dict[int, bool]) -> None:
        """Do to entries what a rule says; hooks are told of those that are marked True."""
        from feedreader.core.rules import write_action

        entries, now = self._store.entries, self._clock()
        ids = list(found)
        param = among(ids)
        effects: dict[int, list[str]] = {entry_id: [] for entry_id in ids}
        for action in actions:
            written = write_action(action)
            changed: Sequence[int] = ids
            match action.kind:
                case "mute":
                    where = f"{AMONG} AND {NOT_SPARED}"
                    changed = entries.set_flag("is_muted", True, where, (param,), now)
                case "read" | "star" | "later":
                    flag = _FLAGS[action.kind]
                    changed = entries.set_flag(flag, True, AMONG, (param,), now)
                case "tag":
                    changed = entries.tag(action.value, AMONG, (param,))
                case "score":
                    self._rules.add_points(action.points, ids)
                case "notify" | "run":
                    # What comes as read is the past of a new feed: no news.
                    changed = [entry_id for entry_id, is_news in found.items() if is_news]
                    changed = self._rules.untold(written, changed)
                    self._queue.put(action.hook, changed, now)
            for entry_id in changed:
                effects[entry_id].append(written)
        self._rules.add_hits(number, effects, now)

    def _take_back(self, action: Action, ids: Sequence[int]) -> None:
        entries, now = self._store.entries, self._clock()
        match action.kind:
            case "mute" | "read" | "star" | "later":
                entries.set_flag(_FLAGS[action.kind], False, AMONG, (among(ids),), now)
            case "tag":
                entries.untag(action.value, AMONG, (among(ids),))
            case "score":
                self._rules.add_points(-action.points, ids)
            case "notify" | "run":
                self._rules.take_off_queue(action.hook, ids)

    def _left(self, rule: Rule) -> tuple[str, Sequence[object]]:
        """Return the condition of the entries that a rule finds and has not acted on."""
        read = self.check(rule.text)
        where, params, _ = self._selector.compile(read.query, self._selector.context())
        return f"{where} AND {not_hit_by(rule.number)}", params

    def _select(self, rule: ReadRule, ids: str, context: Context) -> Selected:
        # What is hidden already counts for a rule that hides: it may be the one that did it.
        hides = rule.does("mute")
        return self._selector.compile(rule.query, context, ids=ids, shows_muted=hides)


@lru_cache(maxsize=1000)
def _read_known(text: str) -> ReadRule:
    from feedreader.core.rules import read_rule

    return read_rule(text)


def _find_error(text: str, context: Context) -> str:
    from feedreader.core.rules import check_rule

    try:
        check_rule(_read_known(text), context)
    except QueryError as error:
        return error.message
    return ""
