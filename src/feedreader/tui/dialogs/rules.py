"""The rules in their order, with what they did, and what becomes of it when one is removed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from feedreader.core.text import clean_line
from feedreader.model import Rule
from feedreader.tui.dates import short_date
from feedreader.tui.dialogs.dialog import Dialog
from feedreader.tui.dialogs.rows import Row, RowList
from feedreader.tui.line_list import LineList
from feedreader.tui.status import Hint

Wish = Literal["show", "new", "edit"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user wants to do, and with which rule."""

    wish: Wish
    rule: Rule | None = None


class RulesDialog(Dialog[Wanted]):
    """The rules in their order, with what they did; most is done right here."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "wish('new')", show=False),
        Binding("e", "wish('edit')", show=False),
        Binding("space", "switch", show=False),
        Binding("a", "apply", show=False),
        Binding("u", "take_back", show=False),
        Binding("x,delete", "remove", show=False),
        Binding("J", "shift(1)", show=False),
        Binding("K", "shift(-1)", show=False),
        Binding("q", "close", show=False),
    ]
    DEFAULT_CSS = """
    RulesDialog {
        & > .dialog--box { width: 100; }
        & #none { display: none; }
        & #whole { height: auto; padding: 0 1; margin-top: 1; color: $muted; }
    }
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        *,
        now: datetime,
        zone: tzinfo | None,
        act: Callable[[str, Rule, RulesDialog], None],
    ) -> None:
        """`act` does what a key asks for and shows the rules anew."""
        super().__init__("Rules")
        self.rules = tuple(rules)
        self._now, self._zone = now, zone
        self._act = act

    def compose_body(self) -> ComposeResult:
        yield Static(
            Content(
                "A rule says what is done with new entries: when intitle:sponsored then mute."
                " There is none yet."
            ),
            id="none",
            classes="dialog--words",
        )
        yield _RuleRows()
        yield Static(id="whole")

    def on_mount(self) -> None:
        self.show(self.rules)

    def hints(self) -> Sequence[Hint]:
        close = Hint("esc", "close", "close")
        if not self.rules:
            return (Hint("n", "write one", "wish('new')"), close)
        return (
            Hint("enter", "hits", "wish('show')"),
            Hint("n", "new", "wish('new')"),
            Hint("e", "edit", "wish('edit')"),
            Hint("space", "on/off", "switch"),
            Hint("a", "apply", "apply"),
            close,
        )

    def show(self, rules: Sequence[Rule]) -> None:
        """Show these rules; the cursor stays where it is."""
        self.rules = tuple(rules)
        rows = self.query_one(RowList)
        self.query_one("#none").display = not rules
        rows.display = bool(rules)
        rows.show([self._row(rule) for rule in rules])
        rows.fit(8 if self.app.size.height < 30 else 20)
        self.show_hints()

    def _row(self, rule: Rule) -> Row:
        if rule.error:
            note = "cannot be applied"
        elif not rule.is_active:
            note = "off"
        elif rule.last_hit_at is not None:
            when = short_date(rule.last_hit_at, self._now, self._zone)
            note = f"{rule.hit_count:,} hit{'s' * (rule.hit_count != 1)}, last {when}"
        else:
            note = "no hits yet"
        tone: Literal["", "dim", "bad"] = "bad" if rule.error else "" if rule.is_active else "dim"
        sign = "!" if rule.error else "●" if rule.is_active else "○"
        return Row(
            rule.title, lead=f"{sign} {rule.number}", note=note, value=rule.number, tone=tone
        )

    @property
    def current(self) -> Rule | None:
        """The rule under the cursor."""
        row = self.query_one(RowList).current
        return next((one for one in self.rules if row and one.number == row.value), None)

    def on_line_list_highlighted(self, event: LineList.Highlighted) -> None:
        rule = self.current
        whole = self.query_one("#whole", Static)
        whole.display = rule is not None
        if rule is not None:
            trouble = f"\nIt is passed over: {clean_line(rule.error)}." if rule.error else ""
            keys = "\nx removes it · u takes back what it did · J and K move it"
            whole.update(Content(clean_line(rule.text) + trouble + keys))

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        self.action_wish("show")

    def action_wish(self, wish: Wish) -> None:
        """Close with what is wanted of the rule under the cursor."""
        if wish == "new":
            self.dismiss(Wanted("new"))
        elif self.current is not None:
            self.dismiss(Wanted(wish, self.current))

    def _do(self, act: str) -> None:
        if self.current is not None:
            self._act(act, self.current, self)

    def action_switch(self) -> None:
        """Turn the rule on, or off."""
        self._do("switch")

    def action_apply(self) -> None:
        """Apply it to what is here already."""
        self._do("apply")

    def action_take_back(self) -> None:
        """Take back all it did."""
        self._do("take_back")

    def action_remove(self) -> None:
        """Remove it."""
        self._do("remove")

    def action_shift(self, step: int) -> None:
        """Move it down, or up."""
        self._do("down" if step > 0 else "up")


class _RuleRows(RowList):
    """Rows that leave Space to the dialog."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "screen.switch", show=False)]


class RemoveRuleDialog(Dialog[Literal["keep", "take_back"]]):
    """Whether what a rule did stays when it goes."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,k", "choose('keep')", show=False),
        Binding("u", "choose('take_back')", show=False),
        Binding("n", "close", show=False),
    ]

    def __init__(self, rule: Rule) -> None:
        super().__init__(f"Remove rule {rule.number}?")
        self._rule = rule

    def compose_body(self) -> ComposeResult:
        count = self._rule.hit_count
        yield Static(Content(clean_line(self._rule.title)), classes="dialog--words")
        yield Static(
            Content(
                f"It acted on {count:,} entr{'y' if count == 1 else 'ies'}. What it did can stay"
                " – what it hid then still names it – or be taken back."
                if count
                else "It has not acted on any entry yet."
            ),
            classes="dialog--words",
        )

    def hints(self) -> Sequence[Hint]:
        close = Hint("esc", "leave it", "close")
        if not self._rule.hit_count:
            return (Hint("enter", "remove", "choose('keep')"), close)
        return (
            Hint("enter", "remove, what it did stays", "choose('keep')"),
            Hint("u", "remove and take back", "choose('take_back')"),
            close,
        )

    def action_choose(self, answer: Literal["keep", "take_back"]) -> None:
        """Remove it so."""
        self.dismiss(answer)
