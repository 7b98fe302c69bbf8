"""`status` and `list`: what they print, and their whole run where they come without options.

Click takes longer to import than these take to answer, and status bars ask often. So the word
alone, with a database, a limit or `--json`, is answered here; with more beside it, program.py
reads the arguments.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from feedreader.cli.ending import DONE, run_to_the_end
from feedreader.cli.moments import SHORT_WIDTH, from_now, rfc3339, short
from feedreader.cli.output import Output, Piece, cell, cells, plural, wants_colour
from feedreader.cli.session import Session

if TYPE_CHECKING:
    from feedreader.model import EntrySummary
    from feedreader.reader import Reader

DEFAULT_QUERY = "is:unread"
_MARKS_WIDTH = 4
_REASON_WIDTH = 30
"""Of why an entry is muted."""


def run(word: str, database: str = "", *, limit: int | None = None, as_json: bool = False) -> int:
    """Run the command that one word alone is, on the usual database or this; return its code.

    `limit`: how many entries are listed at most. `as_json` is for `status`.
    """

    def answer() -> int:
        has_colour = wants_colour("auto", sys.stdout, os.environ)
        out = Output(sys.stdout, has_colour=has_colour)
        path = Path(database) if database else None
        session = Session(database=path, config_file=None, out=out)
        if word == "status":
            write_status(session, as_json=as_json)
        else:
            with session.open_reader() as reader:
                write_entries(session, reader, DEFAULT_QUERY, limit=limit)
        return DONE

    return run_to_the_end(answer)


def write_status(session: Session, *, as_json: bool) -> None:
    """Print how many are unread, failing, and when more come."""
    out = session.out
    with session.open_reader() as reader:
        now_is = reader.status(stories=True)
        caveats = reader.caveats()
    if as_json:
        from feedreader.cli.records import status_record

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
    for words in caveats:
        out.line((words, "dim"))
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


def write_entries(
    session: Session,
    reader: Reader,
    query: str,
    *,
    limit: int | None = None,
    has_copies: bool = False,
    has_pager: bool = True,
) -> None:
    """Print the entries that a query selects: a table for people, columns for programs."""
    out = session.out
    if out.is_terminal:
        ids = reader.entry_ids(query, limit=limit, stories=not has_copies)
        pattern = session.config.ui.date_format
        with out.paged(wanted=has_pager):
            write_table(out, reader.summaries(ids), id_width=_digits(ids), pattern=pattern)
        return
    for entry in reader.entries(query, limit=limit, stories=not has_copies):
        date = rfc3339(entry.published or entry.received_at) or ""
        out.fields((str(entry.id), date, entry.feed_title, entry.title, entry.link))


def write_table(
    out: Output, entries: Iterator[EntrySummary], *, id_width: int, pattern: str = "auto"
) -> None:
    """Print entries as a table that fits the terminal."""
    now = datetime.now(UTC)
    date_width = SHORT_WIDTH if pattern == "auto" else len(short(now, now, pattern))
    feed_width = max(8, min(28, out.width * 22 // 100))
    room = out.width - id_width - _MARKS_WIDTH - date_width - feed_width - 4 * 1 - 1
    for entry in entries:
        title_style = "" if entry.is_read else "title"
        title = entry.title or entry.summary or "(no title)"
        copies = f" ⧉{entry.copy_count}" if entry.copy_count > 1 else ""
        title_width = max(10, room - cells(copies))
        why = f" {_reason(entry)}" if entry.muted_by else ""
        if why:
            title_width = min(cells(title), max(10, title_width - cells(why) - 1))
        out.line(
            (str(entry.id).rjust(id_width), "dim"),
            " ",
            *marks(entry),
            " ",
            (cell(short(entry.sorted_at, now, pattern), date_width, right=True), "dim"),
            "  ",
            (cell(entry.feed_title, feed_width), "feed"),
            " ",
            (cell(title, title_width), title_style),
            (copies, "dim"),
            (why, "dim"),
        )


def _reason(entry: EntrySummary) -> str:
    """Return the rule that muted an entry, in parentheses."""
    # Few lists have muted entries, and these commands do without the query language.
    from feedreader.core.rules import short_title

    why = f"({short_title(entry.muted_by)})"
    return cell(why, min(_REASON_WIDTH, cells(why)))


def marks(entry: EntrySummary) -> list[Piece]:
    """Return the state of an entry as four cells that read without colour."""
    return [
        ("M" if entry.is_muted else " " if entry.is_read else "N", "unread"),
        ("*" if entry.is_starred else "+" if entry.is_later else " ", "star"),
        ("✎" if entry.is_edited else " ", "dim"),
        ("@" if entry.enclosure_count else " ", "dim"),
    ]


def _digits(ids: list[int]) -> int:
    return len(str(max(ids, default=0)))
