"""`feeds`, `remove`, `rename` and `move`: what the user follows, and in which folders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from feedreader.cli.moments import from_now, rfc3339
from feedreader.cli.output import Output, Piece, cell, cells, plural
from feedreader.cli.records import feed_record, folder_name
from feedreader.cli.session import Session, folder_path, one_feed, pass_session
from feedreader.core.urls import mask_secrets

if TYPE_CHECKING:
    from feedreader.model import FolderPath, Subscription

_COUNT_WIDTH = 11
_WHEN_WIDTH = 11


@click.command("feeds")
@click.argument("texts", metavar="[FEED]...", nargs=-1)
@click.option("--json", "form", flag_value="json", help="One JSON object a line.")
@click.option("--tree", "form", flag_value="tree", help="Feeds below their folders.")
@click.option("--failing", is_flag=True, help="Only feeds whose last request failed.")
@click.option("--no-pager", is_flag=True, help="Print straight to the terminal.")
@pass_session
def feeds(
    session: Session, texts: tuple[str, ...], form: str | None, failing: bool, no_pager: bool
) -> None:
    """List the feeds and how they fare.

    FEED is an id, an address, or words of a title; without one all feeds are listed. On a
    terminal the columns are id, unread/all entries, title, last good answer and next check;
    below stands why it failed. Without a terminal: id, unread, entries, title, address, next
    check (UTC) and error, separated by tabs.

    \b
    Examples:
      feedreader feeds
      feedreader feeds lwn
      feedreader feeds --failing
      feedreader feeds --json | jq 'select(.unread > 100) | .title'
    """
    out = session.out
    with session.open_reader() as reader:
        found = (
            tuple(dict.fromkeys(one for text in texts for one in reader.find_subscriptions(text)))
            if texts
            else reader.subscriptions()
        )
        folders = reader.folders()
    if failing:
        found = tuple(
            one
            for one in found
            if (one.poll.error or one.poll.gone_at) and not one.settings.is_archived
        )
    if form == "json":
        for feed in found:
            out.json(feed_record(feed))
    elif form == "tree":
        with out.paged(wanted=not no_pager):
            _write_tree(out, found, () if texts or failing else folders)
    elif out.is_terminal:
        with out.paged(wanted=not no_pager):
            _write_table(out, found)
    else:
        for feed in found:
            _write_fields(out, feed)


@click.command("remove")
@click.argument("texts", metavar="FEED...", nargs=-1, required=True)
@pass_session
def remove(session: Session, texts: tuple[str, ...]) -> None:
    """Stop following feeds.

    FEED is an id, an address, or words of a title that only one feed has. For 30 days
    `feedreader add ADDRESS` brings a feed back with its entries and their marks.

    \b
    Examples:
      feedreader remove 12
      feedreader remove https://example.org/feed.xml
    """
    with session.open_reader() as reader:
        for feed in [one_feed(reader, text) for text in texts]:
            reader.unsubscribe(feed.id)
            session.out.line("no longer followed: ", (feed.title, "feed"), f" ({_address(feed)})")


@click.command("rename")
@click.argument("text", metavar="FEED")
@click.argument("title")
@pass_session
def rename(session: Session, text: str, title: str) -> None:
    """Call a feed by a name of your own.

    An empty TITLE goes back to the publisher's.

    \b
    Examples:
      feedreader rename 12 'Linux news'
      feedreader rename 12 ''
    """
    with session.open_reader() as reader:
        feed = one_feed(reader, text)
        reader.rename(feed.id, title)
        renamed = reader.subscription(feed.id)
    session.out.line((feed.title, "feed"), " is now called ", (renamed.title, "feed"))


@click.command("move")
@click.argument("text", metavar="FEED")
@click.argument("folders", metavar="[FOLDER]...", nargs=-1)
@pass_session
def move(session: Session, text: str, folders: tuple[str, ...]) -> None:
    """Put a feed into folders.

    It then stands in these folders and no others; without a FOLDER it stands in none.
    Folders are made as they are needed; "/" stands between a folder and those in it, "\\/"
    is a slash of a name.

    \b
    Examples:
      feedreader move 12 News/Technology
      feedreader move 12 News Favourites
      feedreader move 12
    """
    paths = [path for folder in folders if (path := folder_path(folder))]
    with session.open_reader() as reader:
        feed = one_feed(reader, text)
        reader.move(feed.id, paths or [()])
    where = ", ".join(map(folder_name, paths)) or "no folder"
    session.out.line((feed.title, "feed"), " is now in ", (where, "folder"))


def _write_table(out: Output, feeds: Sequence[Subscription]) -> None:
    now = datetime.now(UTC)
    id_width = max(2, len(str(max((feed.id for feed in feeds), default=0))))
    room = out.width - id_width - _COUNT_WIDTH - 2 * _WHEN_WIDTH - 6
    width = max(10, min(room, max((cells(feed.title) for feed in feeds), default=0)))

    def row(first: Piece, counts: Piece, title: Piece, last: Piece, following: Piece) -> None:
        out.line(first, " ", counts, "  ", title, " ", last, " ", following)

    def when(text: str) -> Piece:
        return cell(text, _WHEN_WIDTH, right=True), "dim"

    if feeds:
        row(
            ("id".rjust(id_width), "dim"),
            ("unread/all".rjust(_COUNT_WIDTH), "dim"),
            (cell("feed", width), "dim"),
            when("fetched"),
            when("next"),
        )
    for feed in feeds:
        succeeded = feed.poll.succeeded_at
        row(
            (str(feed.id).rjust(id_width), "dim"),
            _counts(feed),
            (cell(feed.title, width), "feed"),
            when(from_now(succeeded, now) if succeeded else "never"),
            when(_next_check(feed, now)),
        )
        for text in _troubles(feed, now):
            indent = " " * (id_width + _COUNT_WIDTH + 3)
            out.line(indent, (cell(text, out.width - len(indent)), "bad"))


def _write_tree(
    out: Output, feeds: Sequence[Subscription], empty_folders: Sequence[FolderPath]
) -> None:
    children: dict[FolderPath, list[Subscription]] = {path: [] for path in empty_folders}
    for feed in feeds:
        for path in feed.folders or ((),):
            children.setdefault(path, []).append(feed)
    paths = {path[:depth] for path in children for depth in range(len(path) + 1)}
    now = datetime.now(UTC)
    for path in sorted(paths, key=lambda path: tuple(name.casefold() for name in path)):
        indent = "  " * (len(path) - 1)
        if path:
            below = {
                feed.id: feed.unread_count
                for inner, inside in children.items()
                if inner[: len(path)] == path
                for feed in inside
            }
            out.line(indent, (path[-1], "folder"), (f"  {sum(below.values()):,}", "dim"))
            indent += "  "
        for feed in children.get(path, ()):
            out.line(
                indent,
                (f"{feed.id} ", "dim"),
                (feed.title, "feed"),
                (f"  {feed.unread_count:,}", "unread" if feed.unread_count else "dim"),
                *((f"  {text}", "bad") for text in _troubles(feed, now)),
            )


def _write_fields(out: Output, feed: Subscription) -> None:
    out.fields(
        (
            str(feed.id),
            str(feed.unread_count),
            str(feed.entry_count),
            feed.title,
            _address(feed),
            rfc3339(feed.poll.next_check_at) or "",
            feed.poll.error,
        )
    )


def _counts(feed: Subscription) -> tuple[str, str]:
    counts = f"{feed.unread_count}/{feed.entry_count}".rjust(_COUNT_WIDTH)
    return counts, "unread" if feed.unread_count else "dim"


def _next_check(feed: Subscription, now: datetime) -> str:
    if feed.settings.is_archived:
        return "archived"
    if feed.kind == "pages" or feed.poll.gone_at:
        return ""
    moment = feed.poll.next_check_at
    return from_now(moment, now) if moment and moment > now else "due"


def _troubles(feed: Subscription, now: datetime) -> list[str]:
    poll = feed.poll
    troubles: list[str] = []
    if feed.settings.is_archived:
        return troubles
    if poll.gone_at:
        troubles.append("gone for good (410): no longer asked; --force asks again")
    elif poll.error:
        since = f", last good {from_now(poll.succeeded_at, now)}" if poll.succeeded_at else ""
        times = f" ({plural(poll.failures, 'failure')} in a row{since})" if poll.failures else ""
        troubles.append(f"{poll.error}{times}")
    if poll.moved_to:
        troubles.append(f"seems to have moved to {mask_secrets(poll.moved_to)}")
    return troubles


def _address(feed: Subscription) -> str:
    return mask_secrets(feed.url)
