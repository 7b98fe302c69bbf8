"""`copies`: the entries of different feeds that tell one story, and how they differ."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from feedreader.cli.moments import SHORT_WIDTH, rfc3339, short
from feedreader.cli.output import Output, cell
from feedreader.cli.plain import marks
from feedreader.cli.records import entry_record
from feedreader.cli.session import Session, pass_session
from feedreader.core.copies import lay_out_difference, tell_difference

if TYPE_CHECKING:
    from feedreader.model import StoredEntry

_DIFFERENCE_WIDTH = 28


@click.command("copies")
@click.argument("entry_id", metavar="ID", type=click.IntRange(min=1))
@click.option("--json", "form", flag_value="json", help="One JSON object a line.")
@click.option("--changes", "form", flag_value="changes", help="The words in which they differ.")
@pass_session
def copies(session: Session, entry_id: int, form: str | None) -> None:
    """List the copies of a story in other feeds.

    ID is any of them. The fullest comes first; the others say by how many words they differ from
    it. --changes shows these words, without colours as [-gone-] and {+new+}.

    \b
    Examples:
      feedreader copies 4711
      feedreader copies 4711 --changes
      feedreader copies 4711 --json | jq -r .link
    """
    out = session.out
    with session.open_reader() as reader:
        found = [reader.entry(one) for one in reader.copies(entry_id)]
        if form == "json":
            urls = {feed.id: feed.url for feed in reader.subscriptions()}
    if form == "json":
        for entry in found:
            url = urls.get(entry.summary.feed_id, "")
            record = entry_record(entry.summary, url, entry.enclosures)
            out.json(record | {"word_count": entry.summary.word_count})
    elif form == "changes":
        with out.paged(wanted=True):
            _write_changes(out, found)
    elif out.is_terminal:
        _write_table(out, found, session.config.ui.date_format)
    else:
        for entry in found:
            summary = entry.summary
            date = rfc3339(summary.published or summary.received_at) or ""
            words, told = str(summary.word_count), tell_difference(found[0].text, entry.text)
            out.fields((str(summary.id), date, summary.feed_title, words, told, summary.link))


def _write_table(out: Output, found: Sequence[StoredEntry], pattern: str) -> None:
    now = datetime.now(UTC)
    date_width = SHORT_WIDTH if pattern == "auto" else len(short(now, now, pattern))
    id_width = max(len(str(entry.summary.id)) for entry in found)
    feed_width = max(8, min(28, out.width * 22 // 100))
    room = out.width - id_width - date_width - feed_width - _DIFFERENCE_WIDTH - 12
    for number, entry in enumerate(found):
        summary = entry.summary
        told = "the fullest" if not number else tell_difference(found[0].text, entry.text)
        words = f"{summary.word_count:,} words" + (f" · {told}" if len(found) > 1 else "")
        out.line(
            (str(summary.id).rjust(id_width), "dim"),
            " ",
            *marks(summary),
            " ",
            (cell(short(summary.sorted_at, now, pattern), date_width, right=True), "dim"),
            "  ",
            (cell(summary.feed_title, feed_width), "feed"),
            " ",
            (cell(summary.title or summary.summary or "(no title)", max(10, room)), ""),
            "  ",
            (cell(words, _DIFFERENCE_WIDTH), "dim"),
        )


def _write_changes(out: Output, found: Sequence[StoredEntry]) -> None:
    from feedreader.core.document import to_ansi

    fullest, *others = found
    out.line((fullest.summary.title or "(no title)", "title"), f" · {fullest.summary.feed_title}")
    for other in others:
        out.line("")
        page = lay_out_difference(
            fullest, other, width=min(80, out.width), has_signs=not out.has_colour
        )
        out.rendered(to_ansi(page))
    if not others:
        out.line(("No other feed has this story.", "dim"))
