"""Whatever happens in whatever order: figures agree with rows, and undo brings back what was."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from feedreader.model import Change, EditionPlan, EditionSection, FullText, RetentionSettings
from feedreader.rules import Rules
from feedreader.selecting import Selector
from newsroom import BAKERS, BRIDGE, OWLS, Newsroom

FEEDS = st.sampled_from("abcd")
TEXTS = st.sampled_from(
    [BRIDGE, OWLS, BAKERS, f"{BRIDGE} {OWLS} {BAKERS}", f"HARBOURTON — {BRIDGE}", "short", ""]
)
QUERIES = st.sampled_from(
    ["bridge", "owls -is:starred", "feed:1", "is:unread", "score:>0", "copies:>1", "is:muted",
     "tag:x", "-tag:x", "minutes:1", "rule:1"]
)  # fmt: skip
IDS = st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True)
ACTIONS = st.lists(
    st.sampled_from(["mute", "read", "star", "tag:x", "score:+5", "score:-3", "notify"]),
    min_size=1, max_size=3, unique=True,
)  # fmt: skip
RULES = st.builds(
    lambda query, actions: f"when {query} then {', '.join(actions)}", QUERIES, ACTIONS
)
STATE = (
    """SELECT id, is_read, read_at, is_starred, is_later, is_muted, deleted_at, score, story_id,
           copy_count FROM entries""",
    "SELECT * FROM entry_tags",
    "SELECT entry_id, rule_id, effects, is_spared FROM rule_hits WHERE rule_id OR is_spared",
    "SELECT * FROM feed_counts",
    "SELECT id, removed_at FROM feeds",
    "SELECT entry_id, hook FROM hook_queue",
)


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.room = Newsroom(self.folder / "feeds.db")
        self.reader = self.room.reader
        selector = Selector(self.room.store, lambda: self.room.now)
        self.rules = Rules(self.room.store, selector, lambda: self.room.now)
        self.hidden: set[int] = set()
        """By hand."""
        self.shown: set[int] = set()
        """By hand: no rule hides them."""
        self.steps: list[tuple[Change, object, set[int], set[int]]] = []

    def teardown(self) -> None:
        self.room.close()
        shutil.rmtree(self.folder)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        return sorted(map(tuple, self.room.store.connection.rows(sql)), key=repr)

    def state(self) -> object:
        return [self.rows(sql) for sql in STATE]

    def change(self, work: Callable[[], Change]) -> Change:
        before = self.state(), set(self.hidden), set(self.shown)
        change = work()
        self.steps.append((change, *before))
        return change

    # --- what feeds, time and the user do ---

    @rule(feed=FEEDS, number=st.integers(1, 3), text=TEXTS, page=st.booleans())
    def bring(self, feed: str, number: int, text: str, page: bool) -> None:
        self.steps.clear()
        link = f"https://paper.example/{number}" if page else ""
        with self.rules.applied_to_new(names_changed=True):
            self.room.bring(feed, f"Story {number}", text, guid=str(number), link=link)

    @rule(entry_id=st.integers(1, 9), text=TEXTS)
    def fetch_page(self, entry_id: int, text: str) -> None:
        self.steps.clear()
        with self.room.store.transaction():
            page = FullText(f"<p>{text}</p>", text, len(text.split()))
            self.room.store.entries.save_page(entry_id, page)
            self.room.store.grouping.regroup([entry_id])

    @rule(days=st.sampled_from([0.01, 1, 9, 40]))
    def wait(self, days: float) -> None:
        self.room.wait(days=days)

    @rule(what=IDS | QUERIES, value=st.booleans())
    def read(self, what: list[int] | str, value: bool) -> None:
        self.change(lambda: self.reader.mark_read(what, value))

    @rule(what=IDS | QUERIES, value=st.booleans())
    def star(self, what: list[int] | str, value: bool) -> None:
        self.change(lambda: self.reader.star(what, value))

    @rule(ids=IDS, value=st.booleans())
    def tag(self, ids: list[int], value: bool) -> None:
        self.change(lambda: self.reader.tag(ids, "x", value))

    @rule(ids=IDS, value=st.booleans())
    def mute(self, ids: list[int], value: bool) -> None:
        changed = set(self.change(lambda: self.reader.mute(ids, value)).entry_ids)
        self.hidden = self.hidden | changed if value else self.hidden - changed
        self.shown = self.shown - changed if value else self.shown | changed

    @rule(entry_id=st.integers(1, 9))
    def delete(self, entry_id: int) -> None:
        self.change(lambda: self.reader.delete([entry_id]))

    @rule(ids=IDS)
    def restore(self, ids: list[int]) -> None:
        self.steps.clear()
        self.reader.undo(Change("deleted", entry_ids=tuple(ids)))

    @rule(feed=FEEDS)
    def unsubscribe(self, feed: str) -> None:
        if self.room.feeds.get(feed) in {one.id for one in self.reader.subscriptions()}:
            self.change(lambda: self.reader.unsubscribe(self.room.feeds[feed]))

    @precondition(lambda self: self.steps)
    @rule()
    def undo(self) -> None:
        change, before, self.hidden, self.shown = self.steps.pop()
        self.reader.undo(change)
        assert self.state() == before

    # --- rules ---

    @rule(text=RULES)
    def add_rule(self, text: str) -> None:
        self.reader.rules.add(text)

    @rule(
        place=st.integers(0, 3), what=st.sampled_from(["apply", "undo", "keep", "drop", "change"])
    )
    def use_rule(self, place: int, what: str) -> None:
        rules = self.reader.rules
        numbers = [one.number for one in rules.all()][place : place + 1]
        for number in numbers:
            match what:
                case "apply":
                    self.change(lambda: rules.apply(number))  # noqa: B023
                    return
                case "undo":
                    rules.take_back(number)
                case "keep" | "drop":
                    rules.remove(number, takes_back=what == "drop")
                case "change":
                    rules.change(number, text="when bridge then mute, score:+1")
            # What a rule hid may have been hidden by hand again: these two cannot be told apart.
            self.hidden &= {
                int(str(one)) for (one,) in self.rows("SELECT id FROM entries WHERE is_muted")
            }
            self.steps.clear()

    # --- upkeep ---

    @rule(days=st.sampled_from([None, 1]), most=st.sampled_from([None, 1]), drops=st.booleans())
    def retain(self, days: int | None, most: int | None, drops: bool) -> None:
        self.steps.clear()
        kept = {
            one.id for one in self.reader.entries("is:starred OR has:tag OR is:later OR words:>100")
        } | set(self.reader.entry_ids("is:unread"))
        settings = RetentionSettings(
            keep_days=days,
            keep_entries=most,
            keep=("words:>100",),
            drop=(("bridge", 2),) if drops else (),
        )
        assert kept.isdisjoint(self.reader.apply_retention(settings).entry_ids)

    @rule()
    def vacuum(self) -> None:
        self.steps.clear()
        self.reader.vacuum()

    @rule(leftovers=st.sampled_from(["keep", "carry"]))
    def make_paper(self, leftovers: str) -> None:
        sections = (EditionSection("Long", "words:>20"), EditionSection("Rest", ""))
        editions = self.reader.editions
        editions.define(EditionPlan("Paper", sections, leftovers=leftovers))  # type: ignore[arg-type]
        editions.make("paper")
        new = [
            one.entry_id
            for paper in editions.all()
            for one in editions.entries(paper.id)
            if not one.is_carried
        ]
        assert len(new) == len(set(new))

    # --- what always holds ---

    @invariant()
    def figures_agree_with_the_rows(self) -> None:
        assert self.reader.find_problems() == ()
        status = self.reader.status()
        assert (
            status.unread
            == self.reader.count("is:unread")
            == len(self.reader.entry_ids("is:unread"))
        )
        stories = self.reader.status(stories=True).unread
        assert stories == len(self.reader.entry_ids("is:unread", stories=True))

    @invariant()
    def what_is_hidden_was_hidden_by_a_rule_or_by_hand(self) -> None:
        by_rules = {
            entry_id
            for entry_id, effects in self.rows("SELECT entry_id, effects FROM rule_hits")
            if "mute" in str(effects).split("\n")
        }
        muted = {entry_id for (entry_id,) in self.rows("SELECT id FROM entries WHERE is_muted")}
        assert muted <= by_rules | self.hidden
        assert muted.isdisjoint(self.shown)

    @invariant()
    def scores_are_those_of_the_rules(self) -> None:
        assert not self.rows(
            """SELECT id, score, effects FROM entries LEFT JOIN rule_hits ON entry_id = id
               GROUP BY id HAVING score <> coalesce(
                   sum(5 * (instr(effects, 'score:+5') > 0) - 3 * (instr(effects, 'score:-3') > 0)
                       + (instr(effects, 'score:+1') > 0)), 0)"""
        )


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=15, stateful_step_count=40, deadline=None)
