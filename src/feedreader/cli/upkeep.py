"""`status`, `backup`, `check` and `vacuum`: how things stand, and the care of the database."""

from __future__ import annotations

from pathlib import Path

import click

from feedreader.cli.output import plural
from feedreader.cli.plain import write_status
from feedreader.cli.session import Session, pass_session
from feedreader.errors import DatabaseDamaged, StoreError


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
    write_status(session, as_json=as_json)


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
@click.option("--repair", is_flag=True, help="Mend what can be mended; a damaged file is kept.")
@pass_session
def check(session: Session, repair: bool) -> int:
    """Look for damage in the database.

    Exit code 1 if there is any. --repair makes search index and counts anew. Of a file that
    is damaged itself it saves all that can be read into a new one, with the newest backup to
    fill the gaps; the damaged file is kept beside it, its name ending in .damaged and a date.
    Close other feedreaders first.

    \b
    Examples:
      feedreader check
      feedreader check --repair
    """
    out = session.out
    is_salvaged = False
    try:
        caveats, problems = _examine(session, repair=repair)
    except DatabaseDamaged as error:
        if not repair:
            raise
        problems = (str(error),)
    if problems and repair:
        _salvage(session)
        is_salvaged = True
        caveats, problems = _examine(session, repair=False)
    for words in caveats:
        out.line((words, "dim"))
    for problem in problems:
        out.line((problem, "bad"))
    if not problems:
        out.line(("the database is sound" + (" now" if is_salvaged else ""), "good"))
    return 1 if problems else 0


def _examine(session: Session, *, repair: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    with session.open_reader() as reader:
        return reader.caveats(), reader.repair() if repair else reader.find_problems()


def _salvage(session: Session) -> None:
    from feedreader.reader import salvage

    out = session.out
    try:
        saved = salvage(session.database)
    except DatabaseDamaged as error:
        raise StoreError(str(error)) from error  # to advise a repair is of no use now
    feeds, entries = plural(saved.feeds, "feed"), plural(saved.entries, "entry", "entries")
    out.line(f"saved {feeds} and {entries} into a new file")
    if saved.lost_tables:
        out.line("not all could be read of: " + ", ".join(saved.lost_tables))
    if saved.backup is not None:
        out.line(f"the backup {saved.backup} filled gaps")
    if saved.without_text:
        out.line(
            f"{plural(saved.without_text, 'entry', 'entries')} lost the text:"
            " a refresh brings back what feeds still have"
        )
    out.line(f"the damaged file is kept as {saved.old_file}")


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
