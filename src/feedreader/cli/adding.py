"""`add` and `add-page`: new feeds, found from what the user typed, and single pages."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedreader.cli.output import note, plural
from feedreader.cli.polling import Tally, poll
from feedreader.cli.records import feed_record, outcome_record, story_record
from feedreader.cli.session import Session, folder_path, is_interactive, pass_session
from feedreader.cli.stopping import Stoppable
from feedreader.core.text import clean_line
from feedreader.core.urls import has_userinfo, mask_secrets
from feedreader.errors import NotFound, RefreshRunning
from feedreader.model import FeedSettings, FullTextMode, SubscriptionKind

if TYPE_CHECKING:
    from feedreader.core.discover import FeedLink
    from feedreader.model import Subscription
    from feedreader.reader import Reader


@click.command("add")
@click.argument("address", metavar="URL|FILE", required=False)
@click.option("--folder", metavar="A/B", default="", help="Where it stands; made if need be.")
@click.option(
    "--full-text",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Whether stories are fetched from their pages.",
)
@click.option("--title", default="", help="A name of your own.")
@click.option("--tag", "tags", multiple=True, help="A tag of the feed; may be repeated.")
@click.option("--yes", is_flag=True, help="Take the first feed if there are several.")
@click.option("--user", "username", metavar="NAME", default="", help="Log in with this name.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--token-stdin", is_flag=True, help="Read a bearer token from standard input.")
@click.option("--exec", "exec_command", metavar="CMD", help="Follow what a command prints.")
@click.option("--filter", "filter_command", metavar="CMD", help="Send the feed through a command.")
@click.option("--json", "as_json", is_flag=True, help="Print the feed and what came as JSON.")
@pass_session
def add(
    session: Session,
    address: str | None,
    folder: str,
    full_text: FullTextMode,
    title: str,
    tags: tuple[str, ...],
    yes: bool,
    username: str,
    password_stdin: bool,
    token_stdin: bool,
    exec_command: str | None,
    filter_command: str | None,
    as_json: bool,
) -> int:
    """Follow a feed, or find the feeds of a site.

    URL is a feed or any page of a site; a path or file: address is a feed on this computer.
    Of several feeds you are asked which; without a terminal they are listed and nothing is
    added, unless --yes takes the first. The feed is fetched at once.

    Commands run without a shell, each time the feed is refreshed.

    \b
    Examples:
      feedreader add https://example.org/
      feedreader add example.org --folder News/World --full-text always
      feedreader add https://example.org/private.xml --user ann --password-stdin < secret
      feedreader add --exec 'my-scraper --rss' --title 'Town council'
      feedreader add https://example.org/feed.xml --filter 'sed s/http:/https:/'
    """
    if (address is None) == (exec_command is None):
        raise click.UsageError("give either an address or --exec")
    if exec_command is not None and filter_command is not None:
        raise click.UsageError("--exec and --filter exclude each other")
    if password_stdin and token_stdin:
        raise click.UsageError("--password-stdin and --token-stdin exclude each other")
    secret = sys.stdin.readline().rstrip("\r\n") if password_stdin or token_stdin else ""
    command = filter_command if exec_command is None else exec_command
    if command is not None:
        _check_command(command)
    settings = FeedSettings(
        full_text=full_text,
        username=username,
        password=secret if password_stdin else "",
        bearer_token=secret if token_stdin else "",
        command=command or "",
    )
    with session.open_online_reader() as reader:
        reader.require_writable()
        kind, url, title_found = _find(
            reader,
            address,
            exec_command,
            is_filter=filter_command is not None,
            has_secrets=bool(username or secret),
            yes=yes,
        )
        feed, change = reader.subscribe(
            url, kind=kind, title=title, folder=folder_path(folder), settings=settings
        )
        if tags:
            reader.tag_feed(feed.id, add=tags)
        if change is None and (title or settings != FeedSettings() or has_userinfo(url)):
            note(
                "feedreader: it was followed before, and its title and settings stay as they are:"
                " `feedreader rename` and `feedreader set` change them"
            )
        return _fetch_first(session, reader, feed, title_found, change is not None, as_json)


@click.command("add-page")
@click.argument("url")
@click.option("--tag", "tags", multiple=True, help="A tag of the story; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print the story as JSON.")
@pass_session
def add_page(session: Session, url: str, tags: tuple[str, ...], as_json: bool) -> None:
    """Make any web page a story to read later.

    Its main text is kept, searchable, and never dropped.

    \b
    Examples:
      feedreader add-page https://example.org/essay.html
      feedreader list is:later
    """
    with session.open_online_reader() as reader:
        story = reader.add_page(_web_address(url))
        for tag in filter(None, map(clean_line, tags)):
            reader.tag([story.summary.id], tag)
        story = reader.entry(story.summary.id)
    if as_json:
        session.out.json(story_record(story))
    else:
        words = plural(story.summary.word_count, "word")
        session.out.line(
            (f"{story.summary.id} ", "dim"),
            (story.summary.title or "(no title)", "title"),
            f", {words}",
        )


def _find(
    reader: Reader,
    address: str | None,
    exec_command: str | None,
    *,
    is_filter: bool,
    has_secrets: bool,
    yes: bool,
) -> tuple[SubscriptionKind, str, str]:
    """Return kind, address and title of the feed that is meant."""
    if exec_command is not None:
        return "exec", f"exec:{exec_command}", ""
    assert address is not None
    if (path := _local_path(address)) is not None:
        if is_filter:
            raise click.UsageError("--filter is for feeds of the web; --exec can read a file, too")
        if not path.is_file():
            raise NotFound(f"there is no file {path}")
        return "file", path.as_uri(), ""
    url = _web_address(address)
    if is_filter or has_secrets:
        # What needs a login or a filter cannot be looked at beforehand.
        return ("filter" if is_filter else "http"), url, ""
    links = reader.discover(url)
    link = links[0] if len(links) == 1 or yes else _choose(links)
    return "http", link.url, link.title


def _check_command(command: str) -> None:
    """Raise `UsageError` for what never could be run."""
    import shlex

    try:
        is_empty = not shlex.split(command)
    except ValueError as error:
        raise click.UsageError(f"the command cannot be read: {error}") from None
    if is_empty:
        raise click.UsageError("which command?")


def _choose(links: Sequence[FeedLink]) -> FeedLink:
    for number, link in enumerate(links, 1):
        title = f"{link.title}  " if link.title else ""
        note(f"{number:>3}  {title}{mask_secrets(link.url)}")
    if not is_interactive():
        raise NotFound(
            f"there are {len(links)} feeds: add one of these addresses, or --yes for the first"
        )
    chosen = click.prompt("Which feed?", type=click.IntRange(1, len(links)), default=1, err=True)
    return links[int(chosen) - 1]


def _local_path(address: str) -> Path | None:
    if address.lower().startswith("file:"):
        from urllib.parse import unquote, urlsplit

        path = unquote(urlsplit(address).path)
    else:
        # pathlib raises for users that are not here, and for what is too long for a path.
        path = os.path.expanduser(address)  # noqa: PTH111
        is_file = os.path.isfile(path)  # noqa: PTH113
        if not (is_file or address.startswith(("/", "./", "../", "~/"))):
            return None
    # Without "..": a feed has one address, however it was named. Links stay.
    return Path(os.path.abspath(path))  # noqa: PTH100


def _web_address(text: str) -> str:
    from feedreader.core.addresses import read_address

    try:
        return read_address(text)
    except ValueError as error:
        raise click.UsageError(f"{mask_secrets(text)!r} cannot be followed: {error}") from None


def _fetch_first(
    session: Session, reader: Reader, feed: Subscription, title: str, is_new: bool, as_json: bool
) -> int:
    out = session.out
    tally = Tally()
    try:
        with Stoppable() as stoppable:
            for event in poll(reader, stoppable, feed_ids=[feed.id], force=True):
                tally.count(event)
    except RefreshRunning:
        note("feedreader: another refresh is running; the feed comes with the next one")
    feed = reader.subscription(feed.id)
    failure = next((one.reason for one in tally.failed), "")
    if as_json:
        outcome = outcome_record(tally.outcomes[0]) if tally.outcomes else None
        out.json({"feed": feed_record(feed), "added": is_new, "outcome": outcome})
    else:
        verb = "following" if is_new else "already followed:"
        named = title if title and feed.title == feed.url else feed.title
        out.line(f"{verb} ", (named, "feed"), f" ({feed.id}, {mask_secrets(feed.url)})")
        if not failure and tally.outcomes:
            words = plural(feed.entry_count, "entry", "entries")
            out.line(f"{words}, {feed.unread_count:,} unread")
    if failure:
        note(f"feedreader: it could not be fetched: {failure}")
        return 1
    return 0
