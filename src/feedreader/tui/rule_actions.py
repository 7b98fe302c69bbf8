"""Rules on the screen: written from the entry or the filter at hand, listed, taken back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from feedreader.core.query.parse import parse
from feedreader.core.query.tree import Ids, Node, Query, Words, join_and
from feedreader.core.query.unparse import to_text
from feedreader.core.text import clean_line
from feedreader.core.width import cell_width
from feedreader.model import Change, EntrySummary, Rule
from feedreader.reader import Reader
from feedreader.tui.dialog_actions import DialogActions
from feedreader.tui.entry_list import short_name
from feedreader.tui.undo import Step

if TYPE_CHECKING:
    from feedreader.tui.dialogs.rules import RulesDialog, Wanted
    from feedreader.tui.dialogs.write_rule import Written

_LONGEST_TITLE = 30
"""Cells of a feed's title that leave room for the rest of a rule."""
_ASK_FROM = 100
"""So many entries are acted on only after a question."""


class RuleActions(DialogActions):
    """What opens the dialogs of rules, and what their answers lead to."""

    def action_rule_new(self) -> None:
        """Write a rule; it begins with the entry, or with the filter."""
        text, cursor = self._begin_rule()
        self._write_rule(text, cursor)

    def _begin_rule(self) -> tuple[str, int]:
        """Return the beginning of a rule about what the user looks at, and where to write on."""
        entry = self.current_entry()
        node = self.feeds.node
        parts: list[Node] = []
        if self.filter and self.pane != "story":
            if self.listed is not None:
                parts.append(parse(self.listed.query).tree)
            parts.append(parse(self.filter).tree)
        elif self.pane == "tree" and node is not None:
            parts.append(parse(node.query).tree)
        elif entry is not None:
            title = clean_line(entry.title)
            parts.append(_feed_of(entry))
            parts += [Words("intitle", title)] if title else []
        query = to_text(Query(join_and(parts))) if parts else ""
        # The words of a title are what one changes first.
        cursor = len("when ") + len(query) - query.endswith('"')
        return f"when {query} then mute", cursor

    def _write_rule(self, text: str, cursor: int | None = None, rule: Rule | None = None) -> None:
        from feedreader.tui.dialogs.write_rule import RuleDialog

        hooks = tuple(hook.name for hook in self.reader_app.config.hooks)
        self.app.push_screen(
            RuleDialog(text, cursor=cursor, rule=rule, context=self.query_context, hooks=hooks),
            partial(self._keep_rule, rule),
        )

    def _keep_rule(self, rule: Rule | None, written: Written | None) -> None:
        if written is None:
            return

        def work(reader: Reader) -> tuple[Rule, tuple[Change, ...]]:
            changes: list[Change] = []
            if rule is None:
                kept = reader.rules.add(written.text, name=written.name)
            else:
                if written.reach == "again":
                    reader.rules.check(written.text)
                    changes.append(reader.rules.take_back(rule.number))
                kept = reader.rules.change(rule.number, text=written.text, name=written.name)
            if written.reach != "new":
                changes.append(reader.rules.apply(kept.number))
            return kept, tuple(changes)

        def kept(result: tuple[Rule, tuple[Change, ...]]) -> None:
            new, changes = result
            count = changes[-1].count if changes else 0
            words = f"rule {new.number} {'added' if rule is None else 'changed'}"
            if changes:
                words += f", {_entries(count)} acted on"
            self.done(Step(words, takes_back=partial(_put_back, new.number, rule, changes)))

        self.reader_app.writer.submit(work, kept, self.fail)

    # --- the list of rules ---

    def action_rule_list(self) -> None:
        """List the rules with what they did."""
        from feedreader.tui.dialogs.rules import RulesDialog

        app = self.reader_app
        self.app.push_screen(
            RulesDialog(
                app.reader.rules.all(),
                now=app.clock(),
                zone=app.zone,
                act=self._act_on_rule,
            ),
            self._rule_wanted,
        )

    def _rule_wanted(self, wanted: Wanted | None) -> None:
        if wanted is None:
            return
        rule = wanted.rule
        if rule is None:
            self.action_rule_new()
        elif wanted.wish == "edit":
            self._write_rule(rule.text, rule=rule)
        else:
            self.feeds.select("all")
            self.filter = f"rule:{rule.number}"
            self.show_node(self.feeds.node)
            self.focus_pane("list")

    def _act_on_rule(self, act: str, rule: Rule, dialog: RulesDialog) -> None:
        match act:
            case "switch":
                self._switch_rule(rule, dialog)
            case "apply":
                self._ask_to_apply(rule, dialog)
            case "take_back":
                self._change_by_rule(
                    lambda reader: reader.rules.take_back(rule.number),
                    f"what rule {rule.number} did to {{n}} taken back",
                    dialog,
                )
            case "remove":
                self._ask_to_remove(rule, dialog)
            case "up" | "down":
                self._move_rule(rule, 1 if act == "down" else -1, dialog)

    def _switch_rule(self, rule: Rule, dialog: RulesDialog) -> None:
        value = not rule.is_active

        def take_back(reader: Reader) -> None:
            reader.rules.switch(rule.number, not value)

        self._change_rule(
            lambda reader: reader.rules.switch(rule.number, value),
            Step(f"rule {rule.number} turned {'on' if value else 'off'}", takes_back=take_back),
            dialog,
        )

    def _move_rule(self, rule: Rule, step: int, dialog: RulesDialog) -> None:
        numbers = [one.number for one in dialog.rules]
        place = numbers.index(rule.number) + 1
        if not 1 <= place + step <= len(numbers):
            return

        def take_back(reader: Reader) -> None:
            reader.rules.move(rule.number, place)

        self._change_rule(
            lambda reader: reader.rules.move(rule.number, place + step),
            Step(f"rule {rule.number} moved", takes_back=take_back),
            dialog,
        )

    def _ask_to_apply(self, rule: Rule, dialog: RulesDialog) -> None:
        def apply() -> None:
            self._change_by_rule(
                lambda reader: reader.rules.apply(rule.number),
                f"rule {rule.number} applied to {{n}}",
                dialog,
            )

        def counted(count: int) -> None:
            if not count:
                dialog.say("There is nothing here that it has not acted on.")
            elif count < _ASK_FROM:
                apply()
            else:
                from feedreader.tui.dialogs.dialog import Confirm

                question = Confirm(
                    f"Apply it to {count:,} entries?", clean_line(rule.text), yes="apply"
                )
                self.app.push_screen(question, lambda yes: apply() if yes else None)

        self.reader_app.loader.submit(
            lambda reader: reader.rules.count_left(rule.number), counted, dialog.fail, slot="rule"
        )

    def _ask_to_remove(self, rule: Rule, dialog: RulesDialog) -> None:
        from feedreader.tui.dialogs.rules import RemoveRuleDialog

        def closed(answer: str | None) -> None:
            if answer is not None:
                self._remove_rule(rule, dialog, takes_back=answer == "take_back")

        self.app.push_screen(RemoveRuleDialog(rule), closed)

    def _remove_rule(self, rule: Rule, dialog: RulesDialog, *, takes_back: bool) -> None:
        def restore(reader: Reader, changes: tuple[Change, ...] = ()) -> None:
            reader.rules.restore(rule.number)
            for change in changes:
                reader.undo(change)

        def removed(change: Change) -> None:
            words = f"rule {rule.number} removed"
            if takes_back:
                words += f", what it did to {change.count:,} taken back"
            changes = (change,) if change.entry_ids else ()
            self._rules_changed(Step(words, takes_back=partial(restore, changes=changes)), dialog)

        self.reader_app.writer.submit(
            lambda reader: reader.rules.remove(rule.number, takes_back=takes_back),
            removed,
            dialog.fail,
        )

    def _change_rule(self, work: Callable[[Reader], None], step: Step, dialog: RulesDialog) -> None:
        self.reader_app.writer.submit(
            work, lambda _: self._rules_changed(step, dialog), dialog.fail
        )

    def _change_by_rule(
        self, work: Callable[[Reader], Change], words: str, dialog: RulesDialog
    ) -> None:
        def done(change: Change) -> None:
            if not change.count:
                dialog.say("There is nothing that it could change.")
                return
            told = words.replace("{n}", _entries(change.count))
            self._rules_changed(Step(told, (change,)), dialog)

        self.reader_app.writer.submit(work, done, dialog.fail)

    def _rules_changed(self, step: Step, dialog: RulesDialog) -> None:
        """Remember what was done, and show it: in the dialog, and in the list below it."""
        self.done(step)
        if dialog.is_attached:
            dialog.show(self.reader_app.reader.rules.all())
            key = self.reader_app.keymap.first_key("app.undo")
            words = f"{step.words}; {key} in the list takes it back"
            dialog.say(words[0].upper() + words[1:])

    # --- by hand ---

    def action_entry_mute(self) -> None:
        """Hide the entry, or let it be seen again."""
        entry = self.current_entry()
        if entry is None:
            return
        value = not entry.is_muted
        self.write(
            lambda reader: reader.mute([entry.id], value),
            words=f"“{short_name(entry)}” " + ("hidden" if value else "is seen again"),
            ids=(entry.id,),
            fields={"is_muted": value, "muted_by": ""},
            then=lambda _: self.reload_list(),
        )


def _feed_of(entry: EntrySummary) -> Node:
    """Return what a query calls the feed of an entry: a title reads better than a number."""
    title = clean_line(entry.feed_title)
    if title and cell_width(title) <= _LONGEST_TITLE:
        return Words("feed", title)
    return Ids("feed", (entry.feed_id,))


def _entries(count: int) -> str:
    return f"{count:,} entr{'y' if count == 1 else 'ies'}"


def _put_back(number: int, old: Rule | None, changes: tuple[Change, ...], reader: Reader) -> None:
    """Let a rule be what it was before it was written, and its entries too."""
    for change in changes:
        if change.value:
            reader.undo(change)
    if old is None:
        reader.rules.remove(number)
        return
    reader.rules.change(number, text=old.text, name=old.name)
    # What the former rule had done is done again only by the former rule.
    for change in changes:
        if not change.value:
            reader.undo(change)
