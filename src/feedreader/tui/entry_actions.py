"""What the user does with entries: marks, links, files."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from feedreader import programs
from feedreader.core.links import safe_link
from feedreader.errors import FeedreaderError, NotFound, StoreError
from feedreader.model import Change, EntrySummary, StoredEntry
from feedreader.reader import Reader
from feedreader.tui.entry_list import short_name
from feedreader.tui.reading import ReadingScreen
from feedreader.tui.undo import Step


class EntryActions(ReadingScreen):
    """Actions on the entry under the cursor, and on the list as a whole."""

    # --- marks ---

    def action_entry_read(self) -> None:
        """Turn read into unread and back."""
        if (entry := self.current_entry()) is not None:
            value = not entry.is_read
            self._mark(entry, Reader.mark_read, value, "is_read", "read" if value else "unread")

    def action_entry_star(self) -> None:
        """Give the entry a star, or take it."""
        if (entry := self.current_entry()) is not None:
            value = not entry.is_starred
            self._mark(
                entry, Reader.star, value, "is_starred", "starred" if value else "not starred"
            )

    def action_entry_later(self) -> None:
        """Put the entry aside, or take it back."""
        if (entry := self.current_entry()) is not None:
            value = not entry.is_later
            told = "put aside to read later" if value else "no longer to read later"
            self._mark(entry, Reader.read_later, value, "is_later", told)

    def _mark(
        self,
        entry: EntrySummary,
        act: Callable[[Reader, list[int], bool], Change],
        value: bool,
        field: str,
        told: str,
    ) -> None:
        self.write(
            lambda reader: act(reader, [entry.id], value),
            words=f"“{short_name(entry)}” {told}",
            ids=(entry.id,),
            fields={field: value},
        )

    def action_entry_delete(self) -> None:
        """Delete the entry; the cursor goes on to the next."""
        entry = self.current_entry()
        if entry is None:
            return
        self.write(
            lambda reader: reader.delete([entry.id]),
            words=f"“{short_name(entry)}” deleted",
            then=lambda _: self.reload_list(),
        )
        if entry.id == self.entries.entry_id:
            self.entries.move_off()  # now: the next key may come before the list does

    def action_list_read(self) -> None:
        """Mark all that is listed read; what came since is left alone."""
        listed = self.entries.listing.keys
        ids = tuple(
            entry_id
            for entry_id, is_unread in zip(listed.ids, listed.unread, strict=True)
            if is_unread
        )
        self._mark_many(ids)

    def action_list_read_older(self) -> None:
        """Mark the entry under the cursor and all below it read."""
        place = self.entries.place
        if place is None:
            return
        listed = self.entries.listing.keys
        ids = tuple(
            entry_id
            for entry_id, is_unread in zip(listed.ids[place:], listed.unread[place:], strict=True)
            if is_unread
        )
        self._mark_many(ids)

    def _mark_many(self, ids: tuple[int, ...]) -> None:
        if not ids:
            self.say("Nothing is unread here.")
            return
        self.write(
            lambda reader: reader.mark_read(ids),
            words="{n} marked read",
            then=lambda _: self._show_all_changed(ids),
        )

    def _show_all_changed(self, ids: tuple[int, ...]) -> None:
        self.entries.change(ids, is_read=True)

    def action_app_undo(self) -> None:
        """Take the latest step back."""
        step = self.undo_stack.pop()
        if step is None:
            self.say("There is nothing to undo.")
            return

        def work(reader: Reader) -> None:
            step.undo(reader)

        def failed(error: FeedreaderError) -> None:
            if isinstance(error, StoreError):
                self.undo_stack.push(step)  # no database is locked, no disk full, for ever
            self.fail(error)

        self.reader_app.writer.submit(work, lambda _: self._undone(step), failed)

    def _undone(self, step: Step) -> None:
        self.say(f"Undone: {step.words}")
        self.reload_facts()
        self.reload_list()

    # --- writing ---

    def write(
        self,
        work: Callable[[Reader], Change | tuple[Change, ...]],
        *,
        words: str = "",
        ids: tuple[int, ...] = (),
        then: Callable[[Any], None] = lambda change: None,
        fields: Mapping[str, Any] | None = None,
    ) -> None:
        if fields:
            self.entries.change(ids, **fields)

        def written(changed: Change | tuple[Change, ...]) -> None:
            changes = changed if isinstance(changed, tuple) else (changed,)
            if words:
                count = sum(change.count for change in changes)
                entries = f"{count:,} entr{'y' if count == 1 else 'ies'}"
                if not self.remember(Step(words.replace("{n}", entries), changes)):
                    self.say("Nothing to change: it is so already, or no longer here.")
            self.entries.forget(ids)
            self.reload_facts()
            then(changed)

        def failed(error: FeedreaderError) -> None:
            self.entries.forget(ids)
            self.fail(error)

        self.reader_app.writer.submit(work, written, failed)

    # --- links and files ---

    def current_entry(self) -> EntrySummary | None:
        """Return the entry that a command means: in the story's pane the story, else the row."""
        if self.pane == "story" and self.story.entry is not None:
            shown = self.story.entry.summary
            place = self.entries.place
            if place is None or self.entries.entry_id != shown.id:
                return shown
        return self.entries.current

    def current_story(self) -> StoredEntry | None:
        """Return the same with its texts."""
        summary = self.current_entry()
        if summary is None:
            return None
        shown = self.story.entry
        if shown is not None and shown.summary.id == summary.id:
            return shown
        try:
            return self.reader_app.reader.entry(summary.id)
        except NotFound as error:
            self.fail(error)
            return None

    def action_entry_open(self) -> None:
        """Open the entry's page in the browser."""
        if (entry := self.current_entry()) is not None:
            self.open_url(entry.link, entry.title)

    def action_entry_open_read(self) -> None:
        """Open the entry's page in the browser and count it as read."""
        if (entry := self.current_entry()) is not None:
            self.open_url(entry.link, entry.title)
            self.mark_opened(entry)

    def open_url(self, url: str, title: str = "") -> None:
        """Open an address in the browser, if it is one that may be opened."""
        app = self.reader_app
        if not safe_link(url):
            self.say("There is no link that may be opened.", "warning")
            return
        if app.is_web:
            app.open_url(safe_link(url))  # in the browser that shows the screen
            return
        launch = programs.browser_for(url, title, app.config.open.browser, app.env)
        if launch is None:
            self.copy(url)
            self.say("No browser was found: the link is copied instead.", "warning")
            return
        self.launch(launch)

    def launch(self, launch: programs.Launch) -> bool:
        """Start a program, beside ours or in our place until it ends; say whether it began."""
        if launch.needs_terminal and self._has_no_terminal(launch.argv[0]):
            return False
        try:
            if launch.needs_terminal:
                with self.app.suspend():
                    programs.run_in_terminal(launch.argv)
            else:
                programs.start(launch)
        except OSError as error:
            self.say(f"{launch.argv[0]} cannot be run: {error.strerror}", "error")
            return False
        return True

    def action_entry_copy(self) -> None:
        """Copy the entry's link."""
        entry = self.current_entry()
        if entry is None or not safe_link(entry.link):
            self.say("There is no link to copy.", "warning")
            return
        self.copy(entry.link)
        self.say("Link copied.")

    def copy(self, text: str) -> None:
        """Give text to the clipboard: through the terminal, and a tool where there is one."""
        self.app.copy_to_clipboard(text)
        if not self.app.is_web:
            programs.copy_with_tool(text, self.reader_app.env)

    def _has_no_terminal(self, program: str) -> bool:
        """Say whether the screen is shown by a browser, and tell the user what that means."""
        if self.app.is_web:
            self.say(f"{program} needs a terminal, and this is a browser.", "warning")
        return self.app.is_web

    def action_entry_pipe(self) -> None:
        """Ask for a program and give it the story on its input."""
        if (entry := self.current_story()) is not None:
            self.ask("Pipe the text into:", partial(self._pipe, entry))

    def _pipe(self, entry: StoredEntry, answer: str) -> None:
        try:
            argv = shlex.split(answer)
        except ValueError as error:
            self.say(f"That cannot be read: {error}", "warning")
            return
        if self._has_no_terminal(argv[0]):
            return
        from feedreader.core.story_file import to_markdown_file

        text = to_markdown_file(entry)
        try:
            with self.app.suspend():
                code = programs.run_in_terminal(argv, text)
                programs.wait_for_enter("\n[Enter] back to feedreader ")
        except OSError as error:
            self.say(f"{argv[0]} cannot be run: {error.strerror}", "error")
        else:
            if code:
                self.say(f"{argv[0]} ended with {code}", "warning")

    def share(self, name: str) -> None:
        """Hand the entry to a program of the configuration."""
        entry = self.current_entry()
        command = dict(self.reader_app.config.open.share).get(name)
        if entry is None or command is None:
            return
        url = safe_link(entry.link)
        if not url:
            self.say("There is no link to share.", "warning")
            return
        argv = programs.fill(command, url=url, title=entry.title)
        if self.launch(programs.Launch(argv)):
            self.say(f"Handed to {name}.")

    def ask(
        self,
        question: str,
        answered: Callable[[str], None],
        *,
        value: str = "",
        suggestions: tuple[str, ...] | list[str] = (),
    ) -> None:
        """Ask for a line at the bottom; the focus returns to its pane."""
        pane = self.pane
        self.prompt.ask(
            question, answered, lambda: self.focus_pane(pane), value=value, suggestions=suggestions
        )
