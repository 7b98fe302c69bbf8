"""What opens dialogs, and what their answers lead to. Each dialog is imported when it opens."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from feedreader.core.links import safe_link
from feedreader.core.text import clean_line, safe_filename
from feedreader.errors import NotWritten
from feedreader.model import Change, FolderPath, PageOutcome, StoredEntry
from feedreader.reader import Reader
from feedreader.tui.entry_actions import EntryActions
from feedreader.tui.feed_actions import FeedActions
from feedreader.tui.feed_nodes import Node
from feedreader.tui.refreshing import RefreshEnded, RefreshProgress

if TYPE_CHECKING:
    from collections.abc import Hashable

    from feedreader.core.document import Link
    from feedreader.model import EntrySummary
    from feedreader.tui.commands import Command
    from feedreader.tui.dialogs.enclosures import Wanted
    from feedreader.tui.dialogs.lists import Target
    from feedreader.tui.dialogs.progress import RefreshLog
    from feedreader.tui.dialogs.start import Way
    from feedreader.tui.downloads import Download, Downloads

_ASK_FROM = 1000
"""So many entries are marked read only after a question."""
_MEASURE_S = 0.5


class DialogActions(EntryActions, FeedActions):
    """The actions that ask for more than a key can say."""

    def __init__(self) -> None:
        super().__init__()
        self._refresh_log: RefreshLog | None = None
        self._downloads: Downloads | None = None
        self._was_welcomed = False

    # --- the start ---

    def on_screen_resume(self) -> None:
        """Welcome those who have no feeds yet; fetch feeds that never were. Only once."""
        if self._was_welcomed:
            return
        self._was_welcomed = True
        app = self.reader_app
        status = app.reader.status()
        if not status.feeds:
            self.call_after_refresh(self.welcome)
        elif not status.entries and app.config.ui.background_refresh:
            self.call_after_refresh(self._start, None, force=False)

    def on_unmount(self) -> None:
        """Leave no program behind that still downloads, however the reader ends."""
        if self._downloads is not None:
            self._downloads.stop_all()

    def welcome(self) -> None:
        """Show the first screen."""
        from feedreader.tui.dialogs.start import StartDialog

        self.app.push_screen(StartDialog(), self._begin)

    def _begin(self, way: Way | None) -> None:
        match way:
            case "add":
                self.action_feed_add()
            case "import":
                self.action_list_import()
            case "samples":
                self._take_samples()
            case "demo":
                self.keep_position()
                self.app.exit("demo")
            case "quit":
                self.action_app_quit()

    def _take_samples(self) -> None:
        from feedreader.tui.dialogs.start import sample_feeds

        data = sample_feeds()

        def taken(_: object) -> None:
            self._start(None, force=False)

        self.reader_app.writer.submit(lambda reader: reader.import_list(data), taken, self.fail)

    # --- help ---

    def action_app_help(self) -> None:
        """Show all commands with their keys."""
        from feedreader.tui.dialogs.help import HelpDialog

        def closed(command: Command | None) -> None:
            if command is not None:
                self.run_named(command.name)

        self.app.push_screen(HelpDialog(self.reader_app.keymap), closed)

    def run_named(self, name: str) -> None:
        """Do what the command of a name does."""
        raise NotImplementedError

    # --- the refresh ---

    def refresh_feeds(self, feed_ids: tuple[int, ...]) -> bool:
        """Ask feeds now; say whether it began."""
        if self.refresher.is_running:
            return False
        self._start(feed_ids, force=True)
        return True

    def _start(
        self, feed_ids: tuple[int, ...] | None, *, force: bool, is_quiet: bool = False
    ) -> None:
        reader, facts = self.reader_app.reader, self.feeds.facts
        feeds = reader.subscriptions()
        if len(feeds) != len(facts.subscriptions):
            # They came a moment ago; the figures that must be counted follow.
            self._take_facts(replace(facts, subscriptions=feeds, folders=reader.folders()))
            self.reload_facts()
        if not self.refresher.is_running:
            self.refresh_log.begin([one for one in feeds if feed_ids is None or one.id in feed_ids])
        super()._start(feed_ids, force=force, is_quiet=is_quiet)

    @property
    def refresh_log(self) -> RefreshLog:
        """What is known of the latest refresh."""
        from feedreader.tui.dialogs.progress import RefreshLog

        if self._refresh_log is None:
            self._refresh_log = RefreshLog()
        return self._refresh_log

    def note_asked(self, feed_id: int) -> None:
        self.refresh_log.asked.add(feed_id)

    def action_refresh_show(self) -> None:
        """Show how the refresh goes, feed by feed."""
        from feedreader.tui.dialogs.progress import RefreshDialog

        self.app.push_screen(RefreshDialog(self.refresh_log))

    def on_refresh_progress(self, event: RefreshProgress) -> None:
        log = self.refresh_log
        if isinstance(event.outcome, PageOutcome):
            log.pages += not event.outcome.reason
        else:
            log.add(event.outcome)
        self._tell_dialogs()

    def on_refresh_ended(self, event: RefreshEnded) -> None:
        self.refresh_log.close(error=event.error, was_cancelled=event.was_cancelled)
        self._tell_dialogs()

    def _tell_dialogs(self) -> None:
        if len(self.app.screen_stack) == 1:
            return
        from feedreader.tui.dialogs.progress import RefreshDialog

        for screen in self.app.screen_stack:
            if isinstance(screen, RefreshDialog):
                screen.refreshed()

    # --- feeds ---

    def action_feed_move(self) -> None:
        """Choose the folders where a feed stands."""
        node = self.feeds.node
        feed = self.subscription(node.feed_id) if node and node.kind == "feed" else None
        if node is None or feed is None:
            self.say("Go to a feed to move it.")
            return
        from feedreader.tui.dialogs.picking import pick_folders

        before = feed.folders or ((),)

        def closed(picked: frozenset[Hashable] | None) -> None:
            if picked is not None:
                self._place(node, before, tuple(one for one in picked if isinstance(one, tuple)))

        self.app.push_screen(
            pick_folders(f"Move “{feed.title}”", self.feeds.facts.folders, before), closed
        )

    def _place(
        self, node: Node, before: tuple[FolderPath, ...], after: tuple[FolderPath, ...]
    ) -> None:
        """Let a feed stand in these folders; the root only if there is no other."""
        after = tuple(sorted(path for path in after if path)) or ((),)
        if set(after) == set(before):
            return
        where = ", ".join("/".join(path) for path in after if path) or "no folder"
        self.place_feed(node, before, after, clean_line(where))

    # --- lists in and out ---

    def action_list_import(self) -> None:
        """Take in a list of feeds."""
        from feedreader.tui.dialogs.lists import ImportDialog

        def closed(wants_refresh: bool | None) -> None:
            self.reload_facts()
            self.reload_list()
            if wants_refresh:
                self._start(None, force=False)

        self.app.push_screen(ImportDialog(self.reader_app.reader.folders()), closed)

    def action_list_export(self) -> None:
        """Write all feeds to a file."""
        from feedreader.tui.dialogs.lists import PathDialog

        def closed(target: Target | None) -> None:
            if target is not None:
                self.reader_app.loader.submit(
                    partial(_export, target), self.say, self.fail, slot="export"
                )

        dialog = PathDialog(
            "Export the list of feeds",
            "Folders, names, tags and settings, as OPML that every reader understands.",
            "~/feeds.opml",
            choice_name="Passwords",
            choices=(("no", "leave out"), ("yes", "write too")),
        )
        self.app.push_screen(dialog, closed)

    # --- entries ---

    def action_story_links(self) -> None:
        """List the links of the story."""
        entry = self.current_story()
        if entry is None:
            return
        links = self._links_of(entry)
        if not links:
            self.say("There are no links in this story.")
            return
        from feedreader.tui.dialogs.links import LinksDialog

        def closed(link: Link | None) -> None:
            if link is not None:
                self.open_url(link.url, link.text)

        self.app.push_screen(LinksDialog(links), closed)

    def _links_of(self, entry: StoredEntry) -> tuple[Link, ...]:
        from feedreader.core.document import Link

        if self.story.has_laid_out(entry.summary.id):
            links = self.story.links
        else:
            from feedreader.core.render import render

            links = render(entry.best_html, width=80).links
        page = safe_link(entry.summary.link)
        if not page or any(link.url == page for link in links):
            return links
        return (*links, Link(0, page, "The story on its site"))  # 0 opens it in the story, too

    def action_entry_tag(self) -> None:
        """Give the entry tags, or take them."""
        entry = self.current_entry()
        if entry is None:
            return
        from feedreader.tui.dialogs.picking import pick_tags

        def closed(picked: frozenset[Hashable] | None) -> None:
            if picked is not None:
                self._tag_as(entry, frozenset(str(tag) for tag in picked))

        self.app.push_screen(
            pick_tags("Tags", self.feeds.facts.tag_counts or (), entry.tags), closed
        )

    def _tag_as(self, entry: EntrySummary, wanted: frozenset[str]) -> None:
        given = sorted(wanted - set(entry.tags))
        taken = sorted(set(entry.tags) - wanted)
        if not given and not taken:
            return

        def work(reader: Reader) -> tuple[Change, ...]:
            return (
                *(reader.tag([entry.id], tag) for tag in given),
                *(reader.tag([entry.id], tag, value=False) for tag in taken),
            )

        words = " ".join([*(f"+{tag}" for tag in given), *(f"-{tag}" for tag in taken)])
        self.write(work, words=f"tagged {clean_line(words)}", ids=(entry.id,))

    def action_entry_save(self) -> None:
        """Ask where to save the story, as Markdown or HTML by the name's end."""
        entry = self.current_story()
        if entry is None:
            return
        from feedreader.tui.dialogs.lists import PathDialog

        folder = self.reader_app.config.open.download_folder.rstrip("/")
        name = safe_filename(f"{entry.summary.title}.md", f"entry-{entry.summary.id}")

        def closed(target: Target | None) -> None:
            if target is not None:
                self._save_story(entry, target.path)

        self.app.push_screen(
            PathDialog(
                "Save the story",
                "As Markdown, or as a page if the name ends in .html.",
                f"{folder}/{name}",
            ),
            closed,
        )

    def _save_story(self, entry: StoredEntry, path: Path) -> None:
        from feedreader.core.story_file import to_html_file, to_markdown_file
        from feedreader.files import write_file

        as_html = path.suffix.lower() in (".html", ".htm")
        text = (to_html_file if as_html else to_markdown_file)(entry)
        try:
            write_file(path, text.encode(), makes_folders=True)
        except NotWritten as error:
            self.say(str(error), "error")
        else:
            self.say(f"Saved to {path}")

    def _mark_many(self, ids: tuple[int, ...]) -> None:
        if len(ids) < _ASK_FROM:
            super()._mark_many(ids)
            return
        from feedreader.tui.dialogs.dialog import Confirm

        key = self.reader_app.keymap.first_key("app.undo")
        question = Confirm(
            f"Mark {len(ids):,} entries read?", f"{key} would take it back.", yes="mark read"
        )

        def closed(yes: bool | None) -> None:
            if yes:
                super(DialogActions, self)._mark_many(ids)

        self.app.push_screen(question, closed)

    # --- enclosures ---

    def action_entry_enclosure(self) -> None:
        """Show what is enclosed, to play or download it."""
        entry = self.current_story()
        if entry is None:
            return
        if not entry.enclosures:
            self.say("Nothing is enclosed in this entry.")
            return
        from feedreader.tui.dialogs.enclosures import EnclosuresDialog

        title = entry.summary.title

        def closed(wanted: Wanted | None) -> None:
            if wanted is not None:
                self._take_enclosure(wanted, title)

        self.app.push_screen(EnclosuresDialog(title, entry.enclosures), closed)

    def _take_enclosure(self, wanted: Wanted, title: str) -> None:
        from feedreader.tui.dialogs.enclosures import name_of

        url = safe_link(wanted.enclosure.url)
        if not url:
            self.say("Its address is none that may be opened.", "warning")
        elif wanted.act == "copy":
            self.copy(url)
            self.say("Address copied.")
        elif self.app.is_web:
            self.open_url(url)  # who looks on from a browser plays and downloads there
        elif wanted.act == "play":
            self._play(url, title)
        else:
            try:
                download = self.downloads.start(
                    wanted.enclosure, title or name_of(wanted.enclosure)
                )
            except (OSError, ValueError) as error:
                reason = error.strerror if isinstance(error, OSError) else str(error)
                self.say(f"It cannot be downloaded: {reason}", "error")
            else:
                key = self.reader_app.keymap.first_key("app.downloads")
                self.say(f"Downloading to {download.path} · {key} shows how far it is")

    def _play(self, url: str, title: str) -> None:
        from feedreader.tui.playing import player_for

        app = self.reader_app
        player = player_for(url, title, app.config.open.player, app.env)
        if player is None:
            self.say("Nothing here can play it: `player` in the configuration names a program.",
                     "warning")  # fmt: skip
            return
        self.say(f"Playing with {player.name}.")
        self.launch(player.launch)

    @property
    def downloads(self) -> Downloads:
        """All downloads since the start."""
        if self._downloads is None:
            from feedreader.tui.downloads import Downloads

            options = self.reader_app.config.open
            folder = Path(options.download_folder).expanduser()
            self._downloads = Downloads(options.downloader, folder, self._download_ended)
            self.set_interval(_MEASURE_S, self._show_downloads)
        return self._downloads

    def _show_downloads(self) -> None:
        """Show in the status line how far the downloads are, unless a refresh is shown there."""
        if self._downloads is None or self.refresher.is_running:
            return
        running = self._downloads.running
        if not running:
            return
        for download in running:
            download.measure()
        known = [one for one in running if one.total]
        done, total = sum(one.size for one in known), sum(one.total or 0 for one in known)
        if total:
            percent = min(99, 100 * done // total)
            names = running[0].title if len(running) == 1 else f"{len(running)} downloads"
            self.status.progress(percent, 100, f"% {names}")

    def _download_ended(self, download: Download) -> None:
        # Called in the download's thread.
        self.app.call_later(self._tell_download, download)

    def _tell_download(self, download: Download) -> None:
        if not self.downloads.running and not self.refresher.is_running:
            self.status.progress()
        if download.state == "done":
            self.say(f"Downloaded to {download.path}")
        elif download.state == "failed":
            # The reason first: a title may be longer than the line.
            self.say(f"Not downloaded: {download.error} – {download.title}", "error")

    def action_app_downloads(self) -> None:
        """Show the downloads."""
        from feedreader.tui.dialogs.enclosures import DownloadsDialog

        self.app.push_screen(DownloadsDialog(self.downloads))

    def action_app_quit(self) -> None:
        """End the program; what is being downloaded is asked about."""
        running = self._downloads.running if self._downloads is not None else []
        if not running:
            self.leave()
            return
        from feedreader.tui.dialogs.dialog import Confirm

        def closed(yes: bool | None) -> None:
            if yes:
                self.downloads.stop_all()
                self.leave()

        count = len(running)
        words = "A download is" if count == 1 else f"{count} downloads are"
        self.app.push_screen(
            Confirm("Quit?", f"{words} under way; quitting stops them.", yes="quit"), closed
        )

    def leave(self) -> None:
        """End the program."""
        self.keep_position()
        self.app.exit()


def _export(target: Target, reader: Reader) -> str:
    """Write the list and say so."""
    from feedreader.files import write_file

    data = reader.export_list(with_secrets=target.choice == "yes")
    write_file(target.path, data, makes_folders=True)
    count = sum(feed.kind != "pages" for feed in reader.subscriptions())
    return f"{count:,} feed{'s' * (count != 1)} written to {target.path}"
