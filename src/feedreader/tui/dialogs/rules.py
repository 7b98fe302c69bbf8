"""Rules: the list of them, and the line in which one is written, with what it would have done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from typing import ClassVar, Literal

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from feedreader.core.query import Context, point_at
from feedreader.core.query.complete import Completion
from feedreader.core.rules import check_rule, complete_rule, in_words, read_rule
from feedreader.core.text import clean_line
from feedreader.core.width import cell_width
from feedreader.errors import FeedreaderError, QueryError
from feedreader.model import EntrySummary, Rule, RulePreview
from feedreader.reader import Reader
from feedreader.tui.background import Background
from feedreader.tui.dates import short_date
from feedreader.tui.dialogs.dialog import Dialog
from feedreader.tui.dialogs.fields import Choice, Field
from feedreader.tui.dialogs.rows import Row, RowList
from feedreader.tui.line_list import LineList
from feedreader.tui.search_bar import Completions
from feedreader.tui.status import Hint

Wish = Literal["show", "new", "edit"]
Reach = Literal["new", "here", "again"]
"""What a rule acts on when it is kept: new entries, those here too, or those here anew."""

_PAUSE_S = 0.12
_DAYS = 90


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user wants to do, and with which rule."""

    wish: Wish
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A rule as it was written, and what it is to act on."""

    text: str
    name: str
    reach: Reach


class RuleLine(Vertical):
    """A line to write a rule in: it completes, and points at what cannot be read."""

    DEFAULT_CSS = """
    RuleLine {
        height: auto;
        & > Horizontal { height: 1; padding: 0 1; }
        & Input { width: 1fr; background: $panel; padding: 0 1; }
        & Input.-textual-compact { padding: 0 1; }
        & > Completions { max-height: 6; margin: 0 1; }
        & > .rule--error { height: auto; padding: 0 1; color: $error; display: none; }
    }
    """

    @dataclass
    class Typed(Message):
        """The line is another one; `is_rule` says whether it can be read."""

        text: str
        is_rule: bool

    @dataclass
    class Entered(Message):
        """Enter was pressed, and the line can be read."""

    def __init__(
        self, text: str, cursor: int, context: Callable[[], Context], hooks: Sequence[str]
    ) -> None:
        """`context` says what the query may refer to; `hooks` are there to be told."""
        super().__init__()
        self._first, self._cursor = text, cursor
        self._make_terms = context
        self._terms: Context | None = None
        self._hooks = tuple(hooks)
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Input(self._first, compact=True, select_on_focus=False)
        yield Static(classes="rule--error")
        yield Completions()

    def on_mount(self) -> None:
        self._terms = self._make_terms()
        self.input.cursor_position = self._cursor
        self.call_after_refresh(self._tell)

    @property
    def input(self) -> Input:
        """The line itself."""
        return self.query_one(Input)

    @property
    def text(self) -> str:
        """What stands in it."""
        return self.input.value.strip()

    @property
    def is_settled(self) -> bool:
        """Whether all that was typed has been told."""
        return self._timer is None

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._offer()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PAUSE_S, self._tell)

    def _offer(self) -> None:
        assert self._terms is not None
        text, cursor = self.input.value, self.input.cursor_position
        before = text[:cursor]
        is_begun = bool(before) and (not before[-1].isspace() or before.endswith("then "))
        offers = complete_rule(text, cursor, self._terms, self._hooks) if is_begun else ()
        if len(offers) == 1 and offers[0].text == text[offers[0].start : offers[0].end]:
            offers = ()
        self.query_one(Completions).offer(offers if self.input.has_focus else ())

    def _tell(self) -> None:
        self._timer = None
        is_half = bool(self.query_one(Completions).offers)
        self.post_message(self.Typed(self.text, self.check(is_quiet=is_half)))

    def check(self, *, is_quiet: bool = False) -> bool:
        """Say whether the rule can be read, and below it what is wrong if not.

        One that is `is_quiet` may still be at its word.
        """
        assert self._terms is not None
        try:
            check_rule(read_rule(self.input.value), self._terms)
        except QueryError as error:
            self.show_error(None if is_quiet else error)
            return False
        self.show_error(None)
        return True

    def show_error(self, error: QueryError | None) -> None:
        """Point at what is wrong, or no longer."""
        shown = self.query_one(".rule--error", Static)
        shown.display = error is not None
        if error is None:
            return
        head = error.query[: error.position]
        if self.input.size.width > cell_width(clean_line(error.query)) + 2:
            spot = " " * (1 + cell_width(head)) + "▲\n"
        else:
            spot = point_at(error).replace("^", "▲") + "\n"
        hint = clean_line(error.hint.partition(" Otherwise ")[0])
        hint = f" – {hint}" if hint else ""
        shown.update(Content(f"{spot} {clean_line(error.message)}{hint}"))

    def on_key(self, event: events.Key) -> None:
        offers = self.query_one(Completions)
        if event.key == "enter" and not offers.is_chosen:
            if self.check():
                self.post_message(self.Entered())
        elif event.key in ("tab", "enter") and offers.row_count:
            self._take(offers.offers[offers.cursor])
        elif event.key in ("down", "up") and offers.row_count:
            if offers.is_chosen:
                offers.move_to(offers.cursor + (1 if event.key == "down" else -1))
            offers.is_chosen = True
            offers.refresh()
        elif event.key == "escape" and offers.row_count:
            offers.offer(())
        else:
            return
        event.stop()
        event.prevent_default()

    def _take(self, offer: Completion) -> None:
        value = self.input.value
        rest = value[offer.end :]
        is_open = offer.text.endswith((":", " ")) or rest.startswith((" ", ","))
        space = "" if is_open else " "
        self.input.value = value[: offer.start] + offer.text + space + rest
        self.input.cursor_position = offer.start + len(offer.text) + len(space)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()

    def on_input_blurred(self, event: Input.Blurred) -> None:
        event.stop()
        self.query_one(Completions).offer(())
        self.check()


class RuleDialog(Dialog[Written]):
    """A rule is written, and at once one sees what it would have done."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
    ]
    DEFAULT_CSS = """
    RuleDialog {
        & .rule--about { height: auto; padding: 0 1; margin-bottom: 1; color: $muted; }
        & .rule--found { height: auto; padding: 0 1; margin-top: 1; }
        & .rule--found.-stale { color: $muted; }
        & RowList { height: 1fr; min-height: 1; margin-top: 1; }
        & Field { margin-top: 1; }
    }
    RuleDialog.-small .rule--about { display: none; }
    RuleDialog.-small RowList { margin-top: 0; }
    RuleDialog.-small Field { margin-top: 0; }
    """

    def __init__(
        self,
        text: str,
        *,
        cursor: int | None = None,
        rule: Rule | None = None,
        context: Callable[[], Context],
        hooks: Sequence[str] = (),
    ) -> None:
        """`rule` is the one that is changed; without it the rule is new."""
        super().__init__("A new rule" if rule is None else f"Rule {rule.number}", is_tall=True)
        self._first = text
        self._cursor = len(text) if cursor is None else cursor
        self._rule = rule
        self._terms = context
        self._hooks = hooks
        self._previewer: Background | None = None
        self._reading: Reader | None = None
        self._total: int | None = None
        self._found: RulePreview | None = None

    def compose_body(self) -> ComposeResult:
        yield Static(
            Content("when QUERY then mute, read, star, later, notify, tag: run: score: highlight:"),
            classes="rule--about",
        )
        yield RuleLine(self._first, self._cursor, self._terms, self._hooks)
        yield Static(classes="rule--found")
        titles = RowList()
        titles.can_focus = False
        yield titles
        name = self._rule.name if self._rule else ""
        yield Field("Name", name, id="name", placeholder="it is called what it says")
        reaches = [("new", "new entries"), ("here", "those here, too")]
        if self._rule is not None and self._rule.hit_count:
            reaches.append(("again", "those here, anew"))
        yield Choice("Acts on", reaches, "new", id="reach")

    def hints(self) -> Sequence[Hint]:
        return (
            Hint("enter", "keep", "save"),
            Hint("tab", "completes, next field", ""),
            Hint("pgdn", "titles", "page(1)"),
            Hint("esc", "close", "close"),
        )

    def on_mount(self) -> None:
        super().on_mount()
        self._previewer = Background(self.app, self.reader_app.open_reader, "rule")

    def on_unmount(self) -> None:
        super().on_unmount()
        if self._previewer is not None:
            self._hurry()
            self._previewer.stop(timeout_s=0)

    @property
    def is_settled(self) -> bool:
        """Whether what is shown is what the line says."""
        is_idle = self._previewer is None or self._previewer.is_idle
        return self.query_one(RuleLine).is_settled and is_idle

    # --- what it would have done ---

    def on_rule_line_typed(self, event: RuleLine.Typed) -> None:
        assert self._previewer is not None
        self.show_error("")
        found = self.query_one(".rule--found", Static)
        if not event.is_rule:
            self._previewer.forget("preview")
            self._previewer.forget("total")
            found.set_class(True, "-stale")
            return
        found.set_class(True, "-stale")
        self._hurry()
        self._found = self._total = None
        self._previewer.submit(
            partial(self._preview, event.text),
            partial(self._show, event.text),
            self._failed,
            slot="preview",
        )
        self._previewer.submit(
            partial(self._count, event.text),
            partial(self._show_total, event.text),
            self._failed,
            slot="total",
        )

    def _preview(self, text: str, reader: Reader) -> tuple[RulePreview, list[EntrySummary]]:
        self._reading = reader
        found = reader.rules.preview(text, days=_DAYS)
        entries = reader.summaries(found.entry_ids)
        return found, sorted(entries, key=lambda entry: entry.sorted_at, reverse=True)

    def _count(self, text: str, reader: Reader) -> int:
        return reader.rules.count(text)

    def _hurry(self) -> None:
        """Let no query of before hold up the next one."""
        if self._reading is not None and self._previewer and not self._previewer.is_idle:
            self._reading.interrupt()

    def _show(self, text: str, result: tuple[RulePreview, list[EntrySummary]]) -> None:
        self._found, entries = result
        app = self.reader_app
        self.query_one(RowList).show(
            [
                Row(
                    entry.title or entry.summary,
                    lead=short_date(entry.sorted_at, app.clock(), app.zone),
                    note=entry.feed_title,
                    value=entry.id,
                )
                for entry in entries
            ],
            cursor=0,
        )
        self._say_found(text)

    def _show_total(self, text: str, total: int) -> None:
        self._total = total
        self._say_found(text)

    def _say_found(self, text: str) -> None:
        if self._found is None:
            return
        shown = self.query_one(".rule--found", Static)
        shown.set_class(False, "-stale")
        count, of_count = self._found.count, self._found.of_count
        all_told = "" if self._total is None else f" · {self._total:,} in all"
        shown.update(
            Content.assemble(
                f"would have {clean_line(in_words(read_rule(text)))} ",
                (f"{count:,}" if count else "none", "bold $accent"),
                f" of the {of_count:,} entries of the last {_DAYS} days",
                (all_told, "$muted"),
            )
        )

    def _failed(self, error: FeedreaderError) -> None:
        if isinstance(error, QueryError):
            self.query_one(RuleLine).show_error(error)
        else:
            self.fail(error)

    # --- keys ---

    def action_page(self, pages: int) -> None:
        """Turn the pages of the titles."""
        self.query_one(RowList).action_page(pages)

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        event.stop()

    def on_rule_line_entered(self, event: RuleLine.Entered) -> None:
        self.action_save()

    def on_field_entered(self, event: Field.Entered) -> None:
        self.action_save()

    def on_choice_entered(self, event: Choice.Entered) -> None:
        self.action_save()

    def action_save(self) -> None:
        """Keep the rule, if it can be read."""
        line = self.query_one(RuleLine)
        if not line.check():
            line.input.focus()
            return
        reach: Reach = self.query_one("#reach", Choice).value  # type: ignore[assignment]
        self.dismiss(Written(line.text, self.query_one("#name", Field).text, reach))


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
        number: int = 0,
    ) -> None:
        """`act` does what a key asks for and shows the rules anew; the cursor is on `number`."""
        super().__init__("Rules")
        self.rules = tuple(rules)
        self._now, self._zone = now, zone
        self._act = act
        self._number = number

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
        super().on_mount()
        self.show(self.rules, number=self._number)

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

    def show(self, rules: Sequence[Rule], *, number: int | None = None) -> None:
        """Show these rules; the cursor stays where it is, or goes to the rule of a number."""
        self.rules = tuple(rules)
        rows = self.query_one(RowList)
        self.query_one("#none").display = not rules
        rows.display = bool(rules)
        at = next((at for at, rule in enumerate(rules) if rule.number == number), None)
        rows.show([self._row(rule) for rule in rules], cursor=at)
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
