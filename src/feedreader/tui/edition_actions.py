"""Editions on the screen: papers in the tree, read section by section, with an end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from feedreader.core.query.parse import parse
from feedreader.core.query.tree import Ids, Query, join_and
from feedreader.core.text import safe_filename
from feedreader.errors import NotFound
from feedreader.model import Edition, EditionPlan, EditionSection, EntryKeys
from feedreader.reader import Reader
from feedreader.tui.background import Background
from feedreader.tui.dialog_actions import DialogActions
from feedreader.tui.feed_nodes import Node, edition_node
from feedreader.tui.listing import Listing, in_order
from feedreader.tui.refreshing import RefreshEnded
from feedreader.tui.state import Group

if TYPE_CHECKING:
    from feedreader.editions import Made
    from feedreader.tui.dialogs.editions import Wanted
    from feedreader.tui.dialogs.lists import Target

_FIRST_LOOK_S, _LOOK_S = 2.0, 60.0
"""How often it is seen whether the time of a paper has come."""
_DEFAULT_SECTION = EditionSection("Today", "newer:3d", most=30)


class EditionActions(DialogActions):
    """The list of papers, and reading one of them to its end."""

    def begin(self) -> None:
        app = self.reader_app
        wanted, entry_id = app.state.node, app.state.entry_id
        super().begin()
        self._edition_maker = Background(self.app, app.open_reader, "editions")
        if wanted.startswith("edition:"):
            self._begin_at(wanted, entry_id)
        if app.config.ui.background_refresh:
            self.set_timer(_FIRST_LOOK_S, self._make_due)
            self.set_interval(_LOOK_S, self._make_due)

    def on_unmount(self) -> None:
        self._edition_maker.stop(timeout_s=1)

    def on_refresh_ended(self, event: RefreshEnded) -> None:
        self._make_due()

    # --- what is listed ---

    def _begin_at(self, key: str, entry_id: int) -> None:
        """Begin with a paper: most starts do without the cost of looking for one."""
        editions = self.reader_app.reader.editions
        self.feeds.show(replace(self.feeds.facts, editions=editions.latest()))
        if self.feeds.select(key):
            self.show_node(self.feeds.node, entry_id=entry_id, at_once=True)
            return
        name, _, day = key.removeprefix("edition:").rpartition("@")
        try:
            date.fromisoformat(day)
            paper = editions.find((name, day))
        except (ValueError, NotFound):
            return
        self._open(paper, at_once=True)

    def _open(self, paper: Edition, *, at_once: bool = False) -> None:
        """List a paper; an older one has no node in the tree."""
        latest = self.reader_app.reader.editions.latest()
        self.feeds.show(replace(self.feeds.facts, editions=latest))
        if paper in latest:
            self.feeds.collapsed.discard("editions")
            self.feeds.show(self.feeds.facts)
            self.feeds.select(edition_node(paper).key)
        self.filter = ""
        self.show_node(edition_node(paper, is_latest=paper in latest), at_once=at_once)
        self.reader_app.state.node = edition_node(paper).key
        self.focus_pane("list")

    def list_query(self, node: Node, also: int = 0) -> Query:
        if node.kind != "edition":
            return super().list_query(node, also)
        # Read or not: a paper is the same from its first to its last story.
        entries = self.reader_app.reader.editions.entries(node.edition_id)
        listed = Ids("id", tuple(one.entry_id for one in entries) or (0,))
        filtered = parse(self.filter)
        return Query(join_and([listed, filtered.tree]), filtered.sort, filtered.limit)

    def arrange_rows(self, reader: Reader, node: Node, keys: EntryKeys, group: Group) -> Listing:
        if node.kind != "edition":
            return super().arrange_rows(reader, node, keys, group)
        places = {entry_id: place for place, entry_id in enumerate(keys.ids)}
        entries = [
            one for one in reader.editions.entries(node.edition_id) if one.entry_id in places
        ]
        order = [places[one.entry_id] for one in entries]
        starts, labels, place = [], [], 0
        for label, section in groupby(entries, key=lambda one: one.section):
            starts.append(place)
            labels.append(label)
            place += sum(1 for _ in section)
        return Listing(in_order(keys, order), tuple(starts), labels=tuple(labels))

    def show_titles(self) -> None:
        super().show_titles()
        node = self.listed
        if node is not None and node.kind == "edition" and not self.filter:
            unread = self.entries.listing.keys.unread
            read = len(unread) - sum(unread)
            self.titles["list"].say(
                self._path("Editions", node.label), f"{read}/{len(unread)} read"
            )

    def go_unread(self, step: int) -> None:
        """Open the next unread story of the paper; after the last there is its last page."""
        node = self.listed
        is_paper = node is not None and node.kind == "edition" and not self.filter
        if node is None or not is_paper or self.entries.first_unread(step) is not None:
            super().go_unread(step)
            return
        # After what was just read is written: the page says how much it was.
        self.reader_app.writer.submit(partial(_end_of, node.edition_id), self._show_end, self.fail)

    def _show_end(self, end: tuple[Edition, datetime | None, Edition | None]) -> None:
        from feedreader.tui.dialogs.editions import EditionEndDialog

        paper, next_at, another = end

        def closed(wanted: Edition | None) -> None:
            if wanted is not None:
                self._open(wanted)
            else:
                self.focus_pane("list")

        self.app.push_screen(
            EditionEndDialog(paper, next_at, another, today=self.reader_app.today), closed
        )

    # --- papers and plans ---

    def action_edition_list(self) -> None:
        """List the papers, and what can be done with them."""
        from feedreader.tui.dialogs.editions import EditionsDialog

        editions = self.reader_app.reader.editions
        self.app.push_screen(
            EditionsDialog(
                editions.plans(), editions.all(), self._next_papers(), today=self.reader_app.today
            ),
            self._act_on_edition,
        )

    def _act_on_edition(self, wanted: Wanted | None) -> None:
        if wanted is None:
            return
        if wanted.wish in ("new", "edit"):
            self._change_plan(wanted.plan)
        elif wanted.wish == "make" and wanted.plan is not None:
            name = wanted.plan.name
            self._edition_maker.submit(
                lambda reader: (reader.editions.make(name),), self._made_by_hand, self.fail
            )
        elif wanted.wish == "remove" and wanted.plan is not None:
            self._remove_plan(wanted.plan)
        elif wanted.edition is not None and wanted.wish == "export":
            self._export_edition(wanted.edition)
        elif wanted.edition is not None:
            self._open(wanted.edition)

    def _change_plan(self, plan: EditionPlan | None) -> None:
        from feedreader.tui.dialogs.editions import EditionPlanDialog

        is_new = plan is None
        taken = [one.name for one in self.reader_app.reader.editions.plans()]
        plan = plan or EditionPlan("", (_DEFAULT_SECTION,))

        def closed(saved: EditionPlan | None) -> None:
            if saved is not None:
                self.say(f"“{saved.name}” is kept.")
                self._make_due()
                self.action_edition_list()

        self.app.push_screen(EditionPlanDialog(plan, taken, is_new=is_new), closed)

    def _remove_plan(self, plan: EditionPlan) -> None:
        from feedreader.tui.dialogs.editions import confirm_removal

        def removed(_: object) -> None:
            self.say(f"“{plan.name}” is no more.")
            self.reload_facts()

        def closed(yes: bool | None) -> None:
            if yes:
                self.reader_app.writer.submit(
                    lambda reader: reader.editions.remove(plan.name), removed, self.fail
                )

        self.app.push_screen(confirm_removal(plan), closed)

    def _export_edition(self, paper: Edition) -> None:
        from feedreader.tui.dialogs.lists import PathDialog

        folder = self.reader_app.config.open.download_folder.rstrip("/")
        name = safe_filename(f"{paper.name} {paper.day}.epub", f"edition-{paper.id}.epub")

        def closed(target: Target | None) -> None:
            if target is not None:
                self.reader_app.loader.submit(
                    partial(_export, paper, target.path), self.say, self.fail, slot="export"
                )

        self.app.push_screen(
            PathDialog(
                f"Write {paper.name} to a file",
                "A book for e-readers; a page if the name ends in .html, Markdown if in .md.",
                f"{folder}/{name}",
            ),
            closed,
        )

    # --- making ---

    def _make_due(self) -> None:
        self._edition_maker.submit(
            lambda reader: reader.editions.make_due(), self._tell_made, self.fail, slot="due"
        )

    def _made_by_hand(self, made: tuple[Made, ...]) -> None:
        (one,) = made
        if one.edition is None:
            self.say(f"There is nothing to put into “{one.name}”.")
        elif not one.is_new:
            self.say(f"Today's “{one.name}” is there already.")
            self._open(one.edition)
        else:
            self._tell_made(made)
            self._open(one.edition)

    def _tell_made(self, made: tuple[Made, ...]) -> None:
        from feedreader.core.paper import amount_in_words

        for one in made:
            if one.error:
                self.say(f"“{one.name}” cannot be made: {one.error}", "warning")
            elif one.edition is not None:
                words = amount_in_words(one.edition.entry_count, one.edition.minutes)
                key = self.reader_app.keymap.first_key("edition.list")
                self.say(f"“{one.name}” is here: {words} · {key} opens it")
        if made:
            self.reload_facts()
            self._show_made()

    def _show_made(self) -> None:
        """Let the list of papers, if it is open, have those that were made meanwhile."""
        if len(self.app.screen_stack) == 1:
            return
        from feedreader.tui.dialogs.editions import EditionsDialog

        for screen in self.app.screen_stack:
            if isinstance(screen, EditionsDialog):
                screen.show(self.reader_app.reader.editions.all(), self._next_papers())

    def _next_papers(self) -> dict[str, datetime | None]:
        """Return when the next paper of each name is made."""
        editions = self.reader_app.reader.editions
        return {plan.name: editions.next_due(plan) for plan in editions.plans()}


def _end_of(edition_id: int, reader: Reader) -> tuple[Edition, datetime | None, Edition | None]:
    """Return a paper, when its next one comes, and another that is not read."""
    editions = reader.editions
    paper = editions.edition(edition_id)
    plan = next((one for one in editions.plans() if one.name == paper.name), None)
    another = next((one for one in editions.latest() if one.unread_count), None)
    return paper, None if plan is None else editions.next_due(plan), another


def _export(paper: Edition, path: Path, reader: Reader) -> str:
    """Write a paper and say so."""
    from feedreader.core.paper_file import ENDINGS, to_file
    from feedreader.files import write_file

    form = ENDINGS.get(path.suffix.lower(), "epub")
    data = to_file(reader.editions.paper(paper), reader.entry, form)
    write_file(path, data, makes_folders=True)
    return f"{paper.name} written to {path}"
