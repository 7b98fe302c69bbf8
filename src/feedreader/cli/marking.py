"""`mark` and `tag`: the user's word on entries, one or thousands at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from feedreader.cli.groups import Group
from feedreader.cli.output import plural
from feedreader.cli.session import (
    QUERY_SETTINGS,
    Session,
    pass_session,
    query_argument,
    selection_of,
)
from feedreader.errors import NotFound

if TYPE_CHECKING:
    from feedreader.model import Change
    from feedreader.reader import Reader

STATES = (
    *("read", "unread", "starred", "unstarred", "later", "unlater", "muted", "unmuted"),
    *("deleted", "restored"),
)


@click.command("mark", context_settings=QUERY_SETTINGS)
@click.argument("state", type=click.Choice(STATES))
@query_argument("selection")
@click.option("--all", "everything", is_flag=True, help="All entries.")
@click.option("--json", "as_json", is_flag=True, help="Print what changed as JSON.")
@pass_session
def mark(
    session: Session, state: str, selection: tuple[str, ...], everything: bool, as_json: bool
) -> None:
    """Mark entries read, unread, starred and so on.

    SELECTION is ids, or a query as `feedreader list` takes it. Deleted entries do not come
    back with their feed; for a week `mark restored` with their ids takes that back.

    \b
    Examples:
      feedreader mark read 4711 4712
      feedreader mark read feed:lwn before:2026-11-01
      feedreader mark starred 4711
      feedreader mark read --all
    """
    with session.open_reader() as reader:
        if state == "restored":
            change = _restore(reader, selection, everything=everything)
        else:
            chosen = selection_of(selection, everything=everything, has_all=True)
            _require_known(reader, chosen)
            change = _mark(reader, state, chosen)
    _tell(session, change, state, as_json=as_json)


def _mark(reader: Reader, state: str, chosen: str | list[int]) -> Change:
    match state:
        case "read" | "unread":
            return reader.mark_read(chosen, state == "read")
        case "starred" | "unstarred":
            return reader.star(chosen, state == "starred")
        case "later" | "unlater":
            return reader.read_later(chosen, state == "later")
        case "muted":
            return reader.mute(chosen)
        case "unmuted":
            return _unmute(reader, chosen)
        case _:
            return reader.delete(chosen)


def _unmute(reader: Reader, chosen: str | list[int]) -> Change:
    # Queries find what is muted only if they speak of it, and here all of it is meant.
    if isinstance(chosen, str):
        chosen = reader.entry_ids(f"({chosen}) is:muted" if chosen.strip() else "is:muted")
    return reader.mute(chosen, False)


def _restore(reader: Reader, words: tuple[str, ...], *, everything: bool) -> Change:
    from feedreader.model import Change

    chosen = selection_of(words, everything=everything)
    if isinstance(chosen, str):
        raise click.UsageError("deleted entries are not found by queries: give their ids")
    reader.undo(Change("deleted", entry_ids=tuple(chosen)))
    _require_known(reader, chosen)
    return Change("deleted", value=False, entry_ids=tuple(chosen))


@click.group("tag", cls=Group, context_settings=QUERY_SETTINGS)
def tag() -> None:
    """Give entries tags, and take them away.

    Tagged entries are never dropped by retention.

    \b
    Examples:
      feedreader tag add physics 4711 4712
      feedreader tag add later-read feed:lwn newer:1d
      feedreader tag remove physics tag:physics is:read
      feedreader tag list
    """


@tag.command("add", context_settings=QUERY_SETTINGS)
@click.argument("name", metavar="TAG")
@query_argument("selection")
@click.option("--json", "as_json", is_flag=True, help="Print what changed as JSON.")
@pass_session
def add_tag(session: Session, name: str, selection: tuple[str, ...], as_json: bool) -> None:
    """Give entries a tag, by ids or by a query."""
    _change_tag(session, name, selection, value=True, as_json=as_json)


@tag.command("remove", context_settings=QUERY_SETTINGS)
@click.argument("name", metavar="TAG")
@query_argument("selection")
@click.option("--json", "as_json", is_flag=True, help="Print what changed as JSON.")
@pass_session
def remove_tag(session: Session, name: str, selection: tuple[str, ...], as_json: bool) -> None:
    """Take a tag from entries, by ids or by a query."""
    _change_tag(session, name, selection, value=False, as_json=as_json)


@tag.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@pass_session
def list_tags(session: Session, as_json: bool) -> None:
    """List the tags in use and how many entries carry each."""
    out = session.out
    with session.open_reader() as reader:
        for name, count in reader.tags():
            if as_json:
                out.json({"tag": name, "entries": count})
            elif out.is_terminal:
                out.line((f"{count:>6}", "dim"), " ", name)
            else:
                out.fields((name, str(count)))


def _change_tag(
    session: Session, name: str, words: tuple[str, ...], *, value: bool, as_json: bool
) -> None:
    from feedreader.core.text import clean_line

    name = clean_line(name)
    if not name:
        raise click.UsageError("a tag needs a name")
    chosen = selection_of(words)
    with session.open_reader() as reader:
        _require_known(reader, chosen)
        change = reader.tag(chosen, name, value)
    _tell(session, change, f"{'tagged' if value else 'no longer tagged'} {name}", as_json=as_json)


def _require_known(reader: Reader, chosen: str | list[int]) -> None:
    """Raise `NotFound` if one of the ids is no entry's: nothing is done by halves."""
    if isinstance(chosen, list):
        known = {entry.id for entry in reader.summaries(chosen)}
        if unknown := [str(one) for one in chosen if one not in known]:
            raise NotFound(f"there is no entry {', '.join(unknown)}")


def _tell(session: Session, change: Change, state: str, *, as_json: bool) -> None:
    if as_json:
        session.out.json(
            {
                "action": change.action,
                "value": change.value,
                "tag": change.tag or None,
                "changed": change.count,
                "ids": list(change.entry_ids),
            }
        )
        return
    session.out.line(f"{plural(change.count, 'entry', 'entries')} {state}")
