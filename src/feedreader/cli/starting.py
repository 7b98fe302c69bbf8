"""The reader on the screen: opened plainly, for the first time, or on the demonstration site."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from feedreader.cli.ending import ALL_FAILED
from feedreader.cli.output import note, plural
from feedreader.cli.session import Session, is_interactive, pass_session
from feedreader.errors import ImportFailed

if TYPE_CHECKING:
    from feedreader.model import StoredEntry
    from feedreader.reader import Reader

_LISTED = 20


@click.command("start")
@click.option(
    "--opml",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The list to import if there are no feeds yet.",
)
@pass_session
def start(session: Session, opml: Path | None) -> int | None:
    """Import a list if there is none, refresh, and read.

    What a first run needs in one step; later it refreshes and opens the reader. If no feed
    can be reached, the demonstration site is offered.

    \b
    Examples:
      feedreader start --opml feeds.opml
    """
    from feedreader.cli.refreshing import refresh_and_tell

    out = session.out
    with session.open_online_reader() as reader:
        if not reader.subscriptions() and opml is not None:
            try:
                report = reader.import_list(opml.read_bytes())
            except OSError as error:
                raise ImportFailed(f"{opml} cannot be read: {error.strerror}") from error
            out.line(f"{plural(len(report.added), 'feed')} imported from {opml}")
        tally = refresh_and_tell(session, reader, is_quiet=not out.is_terminal)
    if tally.has_only_failures():
        if not tally.seems_offline():
            reason = tally.failed[0].reason
            note(f"feedreader: no feed could be fetched ({len(tally.asked)} asked): {reason}")
        if not is_interactive():
            note("`feedreader demo` shows the reader on a small web site of its own.")
            return ALL_FAILED
        if click.confirm(
            "Show the reader on its demonstration site instead?", default=True, err=True
        ):
            return show_demo(session, port=0, only_list=False)
    open_screen(session)
    return None


@click.command("demo")
@click.option("--list", "only_list", is_flag=True, help="List the stories, open no reader.")
@click.option(
    "--port", metavar="N", type=click.IntRange(0, 65535), default=0, help="0 takes a free one."
)
@pass_session
def demo(session: Session, port: int, only_list: bool) -> int | None:
    """Try the reader on a small web site of its own.

    The site is served on this computer and read into a database that is thrown away: no
    network is needed and nothing of yours is touched. Without a terminal its stories are
    listed, and one is shown whole that its feed gives as a summary only.

    \b
    Examples:
      feedreader demo
      feedreader demo --list
    """
    return show_demo(session, port=port, only_list=only_list)


def show_demo(session: Session, *, port: int, only_list: bool) -> int | None:
    """Serve the demonstration site, read it into a throwaway database, and show it."""
    from feedreader.cli.refreshing import refresh_and_tell
    from feedreader.demo import DemoSite

    out = session.out
    with ExitStack() as stack:
        try:
            site = stack.enter_context(DemoSite(port=port, live=out.is_terminal))
        except OSError as error:
            raise click.ClickException(f"cannot serve on port {port}: {error.strerror}") from error
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="feedreader-demo-")))
        throwaway = Session(database=folder / "demo.db", config_file=session.config_file, out=out)
        # The server is our own: nobody is spared by a pause.
        with throwaway.open_online_reader(host_pause_s=0) as reader:
            reader.import_list(site.opml())
            refresh_and_tell(throwaway, reader, force=True, is_quiet=not out.is_terminal)
            if only_list or not has_screen():
                _list_demo(throwaway, reader, site.url)
                return None
        open_screen(throwaway, host_pause_s=0, state_file=folder / "screen.json")
    return None


def open_screen(
    session: Session,
    *,
    host_pause_s: float | None = None,
    state_file: Path | None = None,
    node: str = "",
) -> None:
    """Open the reader on the screen; where there is none, say so and list what is unread.

    `node` is the key of the node of the feed tree where it begins; "": where it was left.
    """
    if has_screen():
        from feedreader.tui import run

        run(
            partial(session.open_online_reader, host_pause_s=host_pause_s),
            session.config,
            state_file=state_file,
            node=node,
        )
        return
    note("feedreader: this is no terminal; here is what is unread")
    _list_unread(session)


def has_screen() -> bool:
    """Say whether there is a terminal, or a browser, for the reader to be drawn on."""
    # Under `serve` the screen is a browser, which a driver of Textual's writes to.
    is_served = os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")
    return is_served or (sys.stdin.isatty() and sys.stdout.isatty())


def _list_unread(session: Session) -> None:
    from feedreader.cli.listing import list_entries

    command = list_entries.make_context("list", [], obj=session)
    with command as context:
        list_entries.invoke(context)


def _list_demo(session: Session, reader: Reader, url: str) -> None:
    from feedreader.cli.plain import write_table
    from feedreader.cli.story import write_story

    out = session.out
    entries = list(reader.entries("", limit=_LISTED))
    out.line(f"{plural(reader.count(''), 'story', 'stories')} from {url}")
    out.line("")
    write_table(out, iter(entries), id_width=len(str(max((one.id for one in entries), default=0))))
    if (story := _captured_story(reader)) is not None:
        out.line("")
        write_story(out, story, now=datetime.now(UTC))


def _captured_story(reader: Reader) -> StoredEntry | None:
    """Return the newest story that came from its page, its feed giving a summary only."""
    for entry in reader.entries(""):
        if entry.full_text_source == "page":
            return reader.entry(entry.id)
    return None
