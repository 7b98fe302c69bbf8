"""Editions: the papers there are, how each is made, and the page after the last story."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from feedreader.core.edition import WEEKDAYS, schedule_in_words
from feedreader.core.paper import amount_in_words
from feedreader.core.query import parse
from feedreader.core.text import clean_line
from feedreader.editions import check
from feedreader.errors import QueryError
from feedreader.model import Edition, EditionPlan, EditionSection
from feedreader.tui.dates import long_day
from feedreader.tui.dialogs.dialog import Confirm, Dialog
from feedreader.tui.dialogs.fields import Choice, Field
from feedreader.tui.dialogs.rows import Row, RowList
from feedreader.tui.line_list import LineList
from feedreader.tui.status import Hint

Wish = Literal["read", "make", "new", "edit", "remove", "export"]
_BAR = 8
_FEWEST_SECTIONS, _MOST_SECTIONS = 3, 12


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user wants to do, and with which."""

    wish: Wish
    edition: Edition | None = None
    plan: EditionPlan | None = None


class EditionsDialog(Dialog[Wanted]):
    """The papers of each name, newest first, with how far they are read."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "wish('make')", show=False),
        Binding("n,a", "wish('new')", show=False),
        Binding("e", "wish('edit')", show=False),
        Binding("x,delete", "wish('remove')", show=False),
        Binding("w", "wish('export')", show=False),
        Binding("q", "close", show=False),
    ]
    DEFAULT_CSS = """
    EditionsDialog {
        & #none { display: none; }
    }
    """

    def __init__(
        self,
        plans: Sequence[EditionPlan],
        editions: Sequence[Edition],
        due: Mapping[str, datetime | None],
        *,
        today: date,
    ) -> None:
        """`due` says when the next paper of each name is made, in local time."""
        super().__init__("Editions")
        self._plans = {plan.name: plan for plan in plans}
        self._editions = editions
        self._due = due
        self._today = today

    def compose_body(self) -> ComposeResult:
        yield Static(
            Content(
                "An edition is a paper with an end: so many stories of each feed, so many in"
                " all, chosen from what is unread and made once a day. There is none yet."
            ),
            id="none",
            classes="dialog--words",
        )
        yield RowList(self._rows())

    def on_mount(self) -> None:
        self.query_one("#none").display = not self._plans
        self.query_one(RowList).display = bool(self._plans)
        self._fit()

    def show(self, editions: Sequence[Edition], due: Mapping[str, datetime | None]) -> None:
        """Show the papers there are now: one was made meanwhile."""
        self._editions, self._due = editions, due
        self.query_one(RowList).show(self._rows())
        self._fit()

    def _fit(self) -> None:
        self.query_one(RowList).fit(10 if self.app.size.height < 30 else 20)

    def hints(self) -> Sequence[Hint]:
        close = Hint("esc", "close", "close")
        if not self._plans:
            return (Hint("n", "define one", "wish('new')"), close)
        return (
            Hint("enter", "read", "wish('read')"),
            Hint("m", "make", "wish('make')"),
            Hint("n", "new", "wish('new')"),
            Hint("e", "change", "wish('edit')"),
            Hint("w", "write", "wish('export')"),
            Hint("x", "remove", "wish('remove')"),
            close,
        )

    def _rows(self) -> list[Row]:
        rows: list[Row] = []
        for plan in self._plans.values():
            due = self._due.get(plan.name)
            when = f" · next {due_in_words(due, self._today)}" if due else ""
            rows.append(Row(f"{plan.name} · {schedule_in_words(plan)}{when}", is_heading=True))
            papers = [one for one in self._editions if one.name == plan.name]
            rows += [self._row(plan, one) for one in papers]
            if not papers:
                rows.append(Row("nothing made yet", value=(plan, None), tone="dim"))
        return rows

    def _row(self, plan: EditionPlan, paper: Edition) -> Row:
        read = paper.entry_count - paper.unread_count
        full = _BAR * read // paper.entry_count if paper.entry_count else _BAR
        left = f"{paper.minutes_left} min left" if paper.unread_count else "done"
        return Row(
            long_day(paper.day, self._today),
            lead="█" * full + "░" * (_BAR - full),
            note=f"{read} of {paper.entry_count} · {left}",
            value=(plan, paper),
            tone="dim" if paper.is_done else "",
        )

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        self.action_wish("read")

    def action_wish(self, wish: Wish) -> None:
        """Close with what is wanted of the row under the cursor."""
        current = self.query_one(RowList).current
        plan, paper = current.value if current is not None else (None, None)
        if wish == "new":
            self.dismiss(Wanted("new"))
        elif plan is not None and (paper is not None or wish in ("make", "edit", "remove")):
            self.dismiss(Wanted(wish, paper, plan))
        elif plan is not None:
            self.say("Nothing is made yet: m makes today's.")


class EditionEndDialog(Dialog[Edition]):
    """The page after the last story. Enter goes on to another paper, if one is unread."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "go_on", show=False),
        Binding("q", "close", show=False),
    ]
    DEFAULT_CSS = """
    EditionEndDialog {
        & > .dialog--box { width: 56; padding: 1 2 0 2; }
        & .end { text-align: center; height: auto; }
        & #mark { color: $accent; margin-bottom: 1; }
        & #that-was { text-style: bold; }
        & #amount { margin-bottom: 1; }
        & #next { color: $muted; margin-bottom: 1; }
    }
    EditionEndDialog.-small > .dialog--box { width: 56; max-width: 100%; padding: 1 2 0 2; }
    """

    def __init__(
        self, paper: Edition, next_at: datetime | None, another: Edition | None, *, today: date
    ) -> None:
        super().__init__(paper.name)
        self._paper = paper
        self._next_at = next_at
        self._another = another
        self._today = today

    def compose_body(self) -> ComposeResult:
        paper = self._paper
        yield Static(Content("─── ❦ ───"), id="mark", classes="end")
        yield Static(
            Content(f"That was the paper of {_day_of(paper.day, self._today)}."),
            id="that-was",
            classes="end",
        )
        amount = amount_in_words(paper.entry_count, paper.minutes)
        yield Static(Content(f"{amount}."), id="amount", classes="end")
        if self._next_at is not None:
            when = due_in_words(self._next_at, self._today)
            yield Static(Content(f"The next one comes {when}."), id="next", classes="end")
        if self._another is not None:
            yield Static(
                Content(
                    f"{clean_line(self._another.name)} has"
                    f" {amount_in_words(self._another.unread_count, self._another.minutes_left)}"
                    " left."
                ),
                classes="end",
            )

    def hints(self) -> Sequence[Hint]:
        close = Hint("esc", "close", "close")
        if self._another is None:
            return (close,)
        return (Hint("enter", f"read {clean_line(self._another.name)}", "go_on"), close)

    def action_go_on(self) -> None:
        """Read the other paper, or be done."""
        self.dismiss(self._another)


_SCHEDULES = (
    ("daily", "daily"),
    ("weekdays", "weekdays"),
    ("weekly", "weekly"),
    ("by_hand", "by hand"),
)
_DAYS = tuple((str(number), name[:2]) for number, name in enumerate(WEEKDAYS))
_LEFTOVERS = (
    ("keep", "stay unread"),
    ("read", "count as read"),
    ("carry", "come again, once"),
)


class EditionPlanDialog(Dialog[EditionPlan]):
    """How an edition is made."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "save", show=False)]
    DEFAULT_CSS = """
    EditionPlanDialog {
        & #form { height: auto; max-height: 100%; }
        & .gap { margin-top: 1; }
    }
    EditionPlanDialog.-small #form { height: 1fr; }
    EditionPlanDialog.-small .dialog--body { height: 1fr; }
    EditionPlanDialog.-small > .dialog--box { height: 100%; }
    """

    def __init__(self, plan: EditionPlan, taken: Sequence[str], *, is_new: bool) -> None:
        """`taken` are the names that other editions have."""
        super().__init__("A new edition" if is_new else plan.name)
        self._plan = plan
        self._taken = {name.casefold() for name in taken}
        self._is_new = is_new

    def compose_body(self) -> ComposeResult:
        plan = self._plan
        written = [f"{one.title}: {one.query}".strip() for one in plan.sections]
        count = min(_MOST_SECTIONS, max(_FEWEST_SECTIONS, len(written) + 1))
        written += [""] * (count - len(written))
        with VerticalScroll(id="form", can_focus=False):
            if self._is_new:
                yield Field("Name", plan.name, read=self._read_name, id="name")
            for number, text in enumerate(written):
                placeholder = "World: folder:News newer:2d" if not number else ""
                yield Field(
                    f"Section {number + 1}", text, read=_read_section,
                    id=f"section-{number}", placeholder=placeholder,
                )  # fmt: skip
            yield Field(
                "Each section", _common(one.most for one in plan.sections), read=_read_count,
                id="most", placeholder="stories; each as it is",
            )  # fmt: skip
            yield Field(
                "Each feed", _common(one.per_feed for one in plan.sections), read=_read_count,
                id="per-feed", placeholder="stories in a section; each as it is",
            )  # fmt: skip
            yield Field(
                "Stories in all", _written(plan.most_entries), read=_read_count, id="entries",
                placeholder="as many as the sections take",
            )  # fmt: skip
            yield Field(
                "Minutes in all", _written(plan.most_minutes), read=_read_count, id="minutes",
                placeholder="no limit",
            )  # fmt: skip
            yield Choice("Made", _SCHEDULES, plan.schedule, id="schedule")
            yield Choice("If weekly, on", _DAYS, str(plan.weekday), id="weekday")
            at = f"{plan.at_minute // 60:02}:{plan.at_minute % 60:02}"
            yield Field("At", at, read=_read_minute, id="at")
            yield Choice("Leftovers", _LEFTOVERS, plan.leftovers, id="leftovers")

    def hints(self) -> Sequence[Hint]:
        return (
            Hint("ctrl+s", "save", "save"),
            Hint("tab", "next field", ""),
            Hint("←→", "choose", ""),
            Hint("esc", "close", "close"),
        )

    def on_field_entered(self, event: Field.Entered) -> None:
        self.action_save()

    def on_choice_entered(self, event: Choice.Entered) -> None:
        self.action_save()

    def action_save(self) -> None:
        """Keep the plan, if all of it can be read."""
        fields = list(self.query(Field))
        for field in fields:
            if not field.check():
                field.input.focus()
                return
        plan = self._read()
        try:
            check(plan)
        except ValueError as error:
            self.show_error(f"{error}.".capitalize())
            return
        if not plan.sections:
            self.show_error("A paper needs a section: World: folder:News newer:2d")
            return
        self.write(lambda reader: reader.editions.define(plan), lambda _: self.answer(plan))

    def _read(self) -> EditionPlan:
        def value(name: str) -> int | None:
            number: int | None = self.query_one(f"#{name}", Field).read()
            return number

        most, per_feed = value("most"), value("per-feed")
        known = {one.title: one for one in self._plan.sections}
        sections = []
        for field in self.query(Field):
            if (field.id or "").startswith("section-") and field.text:
                title, query = field.read()
                section = replace(known.get(title, EditionSection(title, "")), query=query)
                section = replace(
                    section, most=most or section.most, per_feed=per_feed or section.per_feed
                )
                sections.append(section)
        name = self.query_one("#name", Field).text if self._is_new else self._plan.name
        return replace(
            self._plan,
            name=clean_line(name),
            sections=tuple(sections),
            most_entries=value("entries"),
            most_minutes=value("minutes"),
            at_minute=value("at") or 0,
            schedule=self.query_one("#schedule", Choice).value,  # type: ignore[arg-type]
            weekday=int(self.query_one("#weekday", Choice).value),
            leftovers=self.query_one("#leftovers", Choice).value,  # type: ignore[arg-type]
        )

    def _read_name(self, text: str) -> str:
        if not text:
            raise ValueError("What shall it be called?")
        if text.casefold() in self._taken:
            raise ValueError("Another edition has this name.")
        return text


def confirm_removal(plan: EditionPlan) -> Confirm:
    """Return the question before an edition is forgotten."""
    return Confirm(
        f"Remove {clean_line(plan.name)}?",
        "Its papers are forgotten; the stories stay in their feeds.",
        yes="remove",
    )


def due_in_words(moment: datetime, today: date) -> str:
    """Return when a paper comes: "today at 18:00", "tomorrow at 07:00", "on Monday at 07:00"."""
    days = (moment.date() - today).days
    named = {0: "today", 1: "tomorrow"}
    return f"{named.get(days, f'on {WEEKDAYS[moment.weekday()]}')} at {moment:%H:%M}"


def _day_of(day: date, today: date) -> str:
    if timedelta(0) <= today - day < timedelta(days=7):
        return WEEKDAYS[day.weekday()]
    return long_day(day, today)


def _read_section(text: str) -> tuple[str, str]:
    """Return title and query of "World: folder:News"; nothing is no section."""
    if not text:
        return "", ""
    found = re.fullmatch(r"(.+?):(?:\s+(.*))?", text)
    if found is None:
        raise ValueError("Write a title, a colon and a query: World: folder:News newer:2d")
    title, query = clean_line(found[1]), found[2] or ""
    try:
        parse(query)
    except QueryError as error:
        hint = f" ({error.hint})" if error.hint else ""
        raise ValueError(f"{error.message}{hint}") from None
    return title, query


def _read_count(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= 9999):
        raise ValueError("This must be a number from 1, or nothing.")
    return int(text)


def _read_minute(text: str) -> int:
    found = re.fullmatch(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])", text)
    if found is None:
        raise ValueError("This must be a time such as 06:30.")
    return int(found[1]) * 60 + int(found[2])


def _common(values: Iterable[int]) -> str:
    """Return the number that all sections share, or nothing."""
    different = set(values)
    return str(different.pop()) if len(different) == 1 else ""


def _written(number: int | None) -> str:
    return "" if number is None else str(number)
