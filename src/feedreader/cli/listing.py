"""`list`: the entries that a query selects, for people and for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from feedreader.cli.moments import SHORT_WIDTH, rfc3339, short
from feedreader.cli.output import Output, Piece, cell
from feedreader.cli.records import ENTRY_KEYS, Record, entry_record
from feedreader.cli.session import QUERY_SETTINGS, Session, pass_session, query_argument
from feedreader.cli.template import TemplateError, compile_template, flat, spreadsheet_safe

if TYPE_CHECKING:
    from feedreader.model import EntrySummary
    from feedreader.reader import Reader

_DEFAULT_QUERY = "is:unread"
_CSV_KEYS = tuple(key for key in ENTRY_KEYS if key not in ("feed_id", "enclosures"))
_MARKS_WIDTH = 4


@click.command("list", context_settings=QUERY_SETTINGS)
@query_argument()
@click.option("--json", "form", flag_value="json", help="One JSON object a line.")
@click.option("--csv", "form", flag_value="csv", help="A table for spreadsheets.")
@click.option("--count", "form", flag_value="count", help="Print only how many there are.")
@click.option("--format", "template", metavar="TEMPLATE", help="Fields, as in '{title:40} {link}'.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many.")
@click.option("--no-pager", is_flag=True, help="Print straight to the terminal.")
@pass_session
def list_entries(
    session: Session,
    query: tuple[str, ...],
    form: str | None,
    template: str | None,
    limit: int | None,
    no_pager: bool,
) -> None:
    """List entries: unread ones, or what you ask for.

    Without a query the unread entries are listed, newest first. A query is words,
    "phrases", -not, OR, parentheses, and fields such as feed:, folder:, tag:, author:,
    intitle:, is:starred, newer:3d, before:2026-11-01. `feedreader list ''` lists all.

    Marks on a terminal: N unread, * starred, + to read later, ~ edited by its publisher,
    @ with media. Without a terminal the columns are id, date (UTC), feed, title and link,
    separated by tabs.

    A template has fields in braces, named like the keys of --json; \\t and \\n work.
    {title:40} is cut and padded to 40 cells, {id:>6} goes to the right, times take strftime:
    {published_at:%d %b}.

    \b
    Examples:
      feedreader list
      feedreader list linux kernel -intitle:sponsored newer:3d
      feedreader list '"free software" (author:stallman OR tag:law)' --limit 20
      feedreader list is:starred --json | jq -r .link
      feedreader list --format '{published_at:%Y-%m-%d} {feed_title:20} {title}'
    """
    out = session.out
    text = " ".join(query).strip() if query else _DEFAULT_QUERY
    if form and template:
        raise click.UsageError(f"--format and --{form} exclude each other")
    write = _template_writer(out, template) if template is not None else None
    with session.open_reader() as reader:
        if form == "count":
            out.line(str(reader.count(text)))
        elif form == "json":
            for record in _records(reader, text, limit):
                out.json(record)
        elif form == "csv":
            _write_csv(out, _records(reader, text, limit))
        elif write is not None:
            for record in _records(reader, text, limit):
                write(record)
        elif out.is_terminal:
            ids = reader.entry_ids(text, limit=limit)
            pattern = session.config.ui.date_format
            with out.paged(wanted=not no_pager):
                write_table(out, reader.summaries(ids), id_width=_digits(ids), pattern=pattern)
        else:
            for entry in reader.entries(text, limit=limit):
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
        out.line(
            (str(entry.id).rjust(id_width), "dim"),
            " ",
            *marks(entry),
            " ",
            (cell(short(entry.sorted_at, now, pattern), date_width, right=True), "dim"),
            "  ",
            (cell(entry.feed_title, feed_width), "feed"),
            " ",
            (cell(entry.title or entry.summary or "(no title)", max(10, room)), title_style),
        )


def marks(entry: EntrySummary) -> list[Piece]:
    """Return the state of an entry as four cells that read without colour."""
    return [
        (" " if entry.is_read else "N", "unread"),
        ("*" if entry.is_starred else "+" if entry.is_later else " ", "star"),
        ("~" if entry.is_edited else " ", "dim"),
        ("@" if entry.enclosure_count else " ", "dim"),
    ]


def _digits(ids: list[int]) -> int:
    return len(str(max(ids, default=0)))


def _records(reader: Reader, query: str, limit: int | None) -> Iterator[Record]:
    urls = {feed.id: feed.url for feed in reader.subscriptions()}
    for entry in reader.entries(query, limit=limit):
        enclosures = reader.entry(entry.id).enclosures if entry.enclosure_count else ()
        yield entry_record(entry, urls.get(entry.feed_id, ""), enclosures)


def _template_writer(out: Output, template: str) -> Callable[[Record], None]:
    try:
        fill = compile_template(template, ENTRY_KEYS)
    except TemplateError as error:
        raise click.BadParameter(str(error), param_hint="--format") from None

    def write(record: Record) -> None:
        out.stream.write(fill(record) + "\n")

    return write


def _write_csv(out: Output, records: Iterator[Record]) -> None:
    """Write RFC 4180, with cells that no spreadsheet takes for formulas."""
    import csv

    writer = csv.writer(out.stream)
    writer.writerow(_CSV_KEYS)
    for record in records:
        writer.writerow([spreadsheet_safe(flat(record[key])) for key in _CSV_KEYS])
