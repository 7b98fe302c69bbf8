"""`status`, `backup`, `check` and `vacuum`: how things stand, and the care of the database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from feedreader.cli.moments import from_now
from feedreader.cli.output import Piece, plural
from feedreader.cli.records import status_record
from feedreader.cli.session import Session, pass_session


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@pass_session
def status(session: Session, as_json: bool) -> None:
    """Say how many are unread, failing, and when more come.

    Answers at once, also while a refresh is running.

    \b
    Examples:
      feedreader status
      feedreader status --json | jq .unread
    """
    out = session.out
    with session.open_reader() as reader:
        now_is = reader.status()
    if as_json:
        out.json(status_record(now_is))
        return
    now = datetime.now(UTC)
    pieces: list[Piece] = [
        (f"{now_is.unread:,} unread", "unread" if now_is.unread else "dim"),
        f", {now_is.starred:,} starred, {plural(now_is.feeds, 'feed')}",
    ]
    if now_is.failing:
        pieces.append((f", {now_is.failing:,} failing", "bad"))
    out.line(*pieces)
    if now_is.is_refreshing:
        out.line("a refresh is running")
    elif now_is.feeds:
        last, due = now_is.last_refresh_at, now_is.next_due_at
        told = f"last refresh {from_now(last, now)}" if last else "never refreshed"
        if due is not None:
            told += ", feeds are due" if due <= now else f", next feed due {from_now(due, now)}"
        out.line((told, "dim"))
    else:
        out.line("no feeds yet: `feedreader add ADDRESS` or `feedreader import FILE`")


@click.command("backup")
@click.argument(
    "target", metavar="[FILE]", required=False, type=click.Path(dir_okay=False, path_type=Path)
)
@pass_session
def backup(session: Session, target: Path | None) -> None:
    """Write a checked copy of the database.

    To FILE, or under a dated name beside the database, where the newest seven are kept.
    Prints where. It is one file that `feedreader --db FILE` can read.

    \b
    Examples:
      feedreader backup
      feedreader backup /media/stick/feeds.db
    """
    with session.open_reader() as reader:
        session.out.line(str(reader.back_up(target)))


@click.command("check")
@click.option("--repair", is_flag=True, help="Make search index and counts anew.")
@pass_session
def check(session: Session, repair: bool) -> int:
    """Look for damage in the database.

    Exit code 1 if there is any. What is derived from the entries --repair makes anew;
    for other damage there are the backups.

    \b
    Examples:
      feedreader check
      feedreader check --repair
    """
    with session.open_reader() as reader:
        if repair:
            reader.repair()
        problems = reader.find_problems()
    for problem in problems:
        session.out.line((problem, "bad"))
    if not problems:
        session.out.line(("the database is sound", "good"))
    return 1 if problems else 0


@click.command("vacuum")
@pass_session
def vacuum(session: Session) -> None:
    """Give unused space back to the disk.

    \b
    Examples:
      feedreader vacuum
    """
    with session.open_reader() as reader:
        before, after = reader.vacuum()
    session.out.line(f"{before / 1e6:,.1f} MB before, {after / 1e6:,.1f} MB now")
