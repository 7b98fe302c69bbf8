"""`open`: entries in the user's browser. Links are checked and never reach a shell."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from feedreader import programs
from feedreader.cli.output import Output, note
from feedreader.cli.session import Session, pass_session
from feedreader.core.links import safe_link
from feedreader.errors import NotFound


@click.command("open")
@click.argument("ids", metavar="ID...", type=click.IntRange(min=1), nargs=-1, required=True)
@click.option("--enclosure", is_flag=True, help="Open the attached media instead of the page.")
@click.option("--comments", is_flag=True, help="Open the page of comments instead.")
@click.option("--print", "only_print", is_flag=True, help="Print the addresses, open nothing.")
@click.option("--mark-read", is_flag=True, help="Mark the entries read.")
@pass_session
def open_entries(
    session: Session,
    ids: tuple[int, ...],
    enclosure: bool,
    comments: bool,
    only_print: bool,
    mark_read: bool,
) -> None:
    """Open entries in the browser.

    The browser is the one of the configuration (open.browser), else $BROWSER, else the
    system's own choice. Where there is none, the address is printed.

    \b
    Examples:
      feedreader open 4711
      feedreader open 4711 4712 --mark-read
      feedreader open --enclosure 4713
    """
    with session.open_reader() as reader:
        for entry_id in ids:
            entry = reader.entry(entry_id)
            if enclosure:
                urls, what = [one.url for one in entry.enclosures], "media"
            elif comments:
                urls, what = [entry.comments_url], "comments"
            else:
                urls, what = [entry.summary.link], "link"
            # Stored links are safe already; what starts programs looks again.
            safe = [link for url in urls if (link := safe_link(url))]
            if not safe:
                raise NotFound(f"entry {entry_id} has no {what} that may be opened")
            title = entry.summary.title
            for url in safe:
                if only_print or not open_url(url, title, session.config.open.browser):
                    _print_address(session.out, url, only_print=only_print)
            if mark_read:
                reader.mark_read([entry_id])


def open_url(url: str, title: str, browser: Sequence[str]) -> bool:
    """Open a safe address; say whether something took it."""
    launch = programs.browser_for(url, title, browser, os.environ)
    if launch is None:
        return False
    try:
        if launch.needs_terminal or browser:
            return programs.run_in_terminal(launch.argv) == 0
        programs.start(launch)
    except OSError as error:
        note(f"feedreader: cannot run {launch.argv[0]}: {error.strerror}")
        return False
    return True


def _print_address(out: Output, url: str, *, only_print: bool) -> None:
    if not only_print:
        note("feedreader: no browser took this address:")
    out.line(url)
