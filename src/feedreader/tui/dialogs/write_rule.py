"""A rule is written, and at once one sees what it would have done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from feedreader.core.query import Context
from feedreader.core.rules import in_words, read_rule
from feedreader.core.text import clean_line
from feedreader.errors import FeedreaderError, QueryError
from feedreader.model import EntrySummary, Rule, RulePreview
from feedreader.reader import Reader
from feedreader.tui.background import Background
from feedreader.tui.dates import short_date
from feedreader.tui.dialogs.dialog import Dialog
from feedreader.tui.dialogs.fields import Choice, Field
from feedreader.tui.dialogs.rows import Row, RowList
from feedreader.tui.dialogs.rule_line import RuleLine
from feedreader.tui.line_list import LineList
from feedreader.tui.status import Hint

Reach = Literal["new", "here", "again"]
"""What a rule acts on when it is kept: new entries, those here too, or those here anew."""

_DAYS = 90


@dataclass(frozen=True, slots=True)
class Written:
    """A rule as it was written, and what it is to act on."""

    text: str
    name: str
    reach: Reach


class RuleDialog(Dialog[Written]):
    """The line of the rule, the titles it is about, its name and its reach."""

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
        self._previewer = Background(self.app, self.reader_app.open_reader, "rule")

    def on_unmount(self) -> None:
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
