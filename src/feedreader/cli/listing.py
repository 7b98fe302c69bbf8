"""`list`: the entries that a query selects, for people and for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from feedreader.cli.output import Output
from feedreader.cli.plain import DEFAULT_QUERY, write_entries
from feedreader.cli.records import ENTRY_KEYS, Record, entry_record
from feedreader.cli.session import QUERY_SETTINGS, Session, pass_session, query_argument
from feedreader.cli.template import TemplateError, compile_template, flat, spreadsheet_safe

if TYPE_CHECKING:
    from feedreader.reader import Reader

_CSV_KEYS = tuple(key for key in ENTRY_KEYS if key not in ("feed_id", "enclosures"))


@click.command("list", context_settings=QUERY_SETTINGS)
@query_argument()
@click.option("--json", "form", flag_value="json", help="One JSON object a line.")
@click.option("--csv", "form", flag_value="csv", help="A table for spreadsheets.")
@click.option("--count", "form", flag_value="count", help="Print only how many there are.")
@click.option("--format", "template", metavar="TEMPLATE", help="Fields, as in '{title:40} {link}'.")
@click.option("--copies", is_flag=True, help="All copies of stories that several feeds tell.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many.")
@click.option("--no-pager", is_flag=True, help="Print straight to the terminal.")
@pass_session
def list_entries(
    session: Session,
    query: tuple[str, ...],
    form: str | None,
    template: str | None,
    copies: bool,
    limit: int | None,
    no_pager: bool,
) -> None:
    """List entries: unread ones, or what you ask for.

    Without a query the unread entries are listed, newest first. A query is words,
    "phrases", -not, OR, parentheses, and fields such as feed:, folder:, tag:, author:,
    intitle:, is:starred, newer:3d, before:2026-11-01. `feedreader list ''` lists all.

    A story that several feeds tell is listed once, as its fullest copy, with ⧉3 if three
    have it; `feedreader copies ID` lists these. --copies lists each by itself, as do queries
    for stars and tags.

    Marks on a terminal: N unread, M muted, * starred, + to read later, ✎ edited by its
    publisher, @ with media. Muted entries name the rule that hid them. Without a terminal the
    columns are id, date (UTC), feed, title and link, separated by tabs.

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
    text = " ".join(query).strip() if query else DEFAULT_QUERY
    if form and template:
        raise click.UsageError(f"--format and --{form} exclude each other")
    write = _template_writer(out, template) if template is not None else None
    with session.open_reader() as reader:
        if form == "count":
            count = reader.count(text, stories=not copies)
            out.line(str(count if limit is None else min(count, limit)))
        elif form == "json":
            for record in _records(reader, text, limit, copies=copies):
                out.json(record)
        elif form == "csv":
            _write_csv(out, _records(reader, text, limit, copies=copies))
        elif write is not None:
            for record in _records(reader, text, limit, copies=copies):
                write(record)
        else:
            write_entries(
                session, reader, text, limit=limit, has_copies=copies, has_pager=not no_pager
            )


def _records(reader: Reader, query: str, limit: int | None, *, copies: bool) -> Iterator[Record]:
    urls = {feed.id: feed.url for feed in reader.subscriptions()}
    for entry in reader.entries(query, limit=limit, stories=not copies):
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
