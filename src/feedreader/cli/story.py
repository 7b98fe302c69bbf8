"""`show`: whole stories, for the eye, for other programs, and as files."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from feedreader.cli.moments import from_now, long
from feedreader.cli.output import Output, cell, note, plural
from feedreader.cli.records import story_record
from feedreader.cli.session import Session, pass_session
from feedreader.core.text import reading_minutes
from feedreader.errors import ExtractionFailed, FetchError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feedreader.model import Enclosure, EntrySummary, EntryVersion, StoredEntry
    from feedreader.reader import Reader

_LABEL_WIDTH = 8


@click.command("show")
@click.argument("ids", metavar="ID...", type=click.IntRange(min=1), nargs=-1, required=True)
@click.option("--json", "form", flag_value="json", help="One JSON object a line, bodies included.")
@click.option("--markdown", "form", flag_value="markdown", help="As Markdown.")
@click.option("--html", "form", flag_value="html", help="As a page that loads nothing.")
@click.option("--changes", "form", flag_value="changes", help="What its publisher changed.")
@click.option("--fetch", is_flag=True, help="Fetch the full story from its page first.")
@click.option("--mark-read", is_flag=True, help="Mark it read.")
@click.option(
    "--width", metavar="N", type=click.IntRange(20, 400), help="Columns; else at most 80."
)
@click.option("--no-pager", is_flag=True, help="Print straight to the terminal.")
@pass_session
def show(
    session: Session,
    ids: tuple[int, ...],
    form: str | None,
    fetch: bool,
    mark_read: bool,
    width: int | None,
    no_pager: bool,
) -> int:
    """Print whole stories.

    The full text if it is there, else what the feed gave; the header says which. Links are
    numbered and listed at the end. Showing a story does not mark it read.

    --changes shows, for each time its publisher edited it, the words that went and those that
    came; without colours as [-gone-] and {+new+}.

    \b
    Examples:
      feedreader show 4711
      feedreader show 4711 --fetch --mark-read
      feedreader show 4711 --markdown > story.md
      feedreader show 4711 --changes
      feedreader show 4711 4712 --json | jq -r .content_text
    """
    out = session.out
    code = 0
    with session.open_online_reader() if fetch else session.open_reader() as reader:
        stories = [reader.entry(entry_id) for entry_id in ids]
        if fetch:
            stories = [_fetched(reader, story) for story in stories]
            code = int(any(story.page_error and not story.page_html for story in stories))
        now = datetime.now(UTC)
        with out.paged(wanted=form in (None, "changes") and not no_pager):
            for number, story in enumerate(stories):
                if form == "json":
                    out.json(story_record(story))
                elif form == "markdown":
                    from feedreader.core.story_file import to_markdown_file

                    out.text(to_markdown_file(story))
                elif form == "html":
                    from feedreader.core.story_file import to_html_file

                    out.text(to_html_file(story))
                else:
                    if number:
                        out.line("")
                    columns = width or min(session.config.ui.story_width, out.width)
                    if form == "changes":
                        versions = reader.versions(story.summary.id)
                        write_changes(out, story, versions, width=columns)
                        continue
                    write_story(out, story, now=now, width=columns)
        if mark_read:
            reader.mark_read(list(ids))
    return code


def write_story(out: Output, story: StoredEntry, *, now: datetime, width: int = 80) -> None:
    """Print one story with its header."""
    from feedreader.core.document import to_ansi
    from feedreader.core.render import render
    from feedreader.core.width import wrap

    entry = story.summary
    title = entry.title or "(no title)"
    for start, end in wrap(title, width):
        out.line((title[start:end], "title"))
    for label, text, style in _header(story, now):
        room = max(10, width - _LABEL_WIDTH - 1)
        shown = text if style == "link" else cell(text, room).rstrip()
        out.line((label.ljust(_LABEL_WIDTH), "dim"), " ", (shown, style) if style else shown)
    out.line("")
    document = render(story.best_html, width=width)
    if document.lines:
        out.rendered(to_ansi(document))
    else:
        out.line(("This entry has no text.", "dim"))


def write_changes(
    out: Output, story: StoredEntry, versions: Sequence[EntryVersion], *, width: int
) -> None:
    """Print what a story's publisher changed, the latest first."""
    from feedreader.core.document import to_ansi
    from feedreader.core.edit_page import State, lay_out_edits
    from feedreader.core.width import wrap

    title = story.summary.title or "(no title)"
    for start, end in wrap(title, width):
        out.line((title[start:end], "title"))
    told = f"edited {plural(len(versions), 'time')}" if versions else "never edited"
    out.line((f"{told}, received {long(story.summary.received_at)}", "dim"))
    if versions:
        states = [
            State(story.summary.title, story.feed_html, ""),
            *(State(one.title, one.html, long(one.replaced_at)) for one in versions),
        ]
        out.line("")
        page = lay_out_edits(states, width=width, has_signs=not out.has_colour)
        out.rendered(to_ansi(page))


def _header(story: StoredEntry, now: datetime) -> list[tuple[str, str, str]]:
    entry = story.summary
    lines = [("Feed", entry.feed_title, "feed")]
    if entry.authors:
        lines.append(("By", ", ".join(entry.authors), ""))
    moment = entry.published or entry.received_at
    received = "" if entry.published else ", when it was received: it has no date"
    lines.append(("Date", f"{long(moment)} ({from_now(moment, now)}{received})", ""))
    if entry.updated and entry.updated != entry.published:
        lines.append(("Updated", long(entry.updated), ""))
    if entry.link:
        lines.append(("Link", entry.link, "link"))
    lines += [("Media", _media(one), "") for one in story.enclosures]
    if story.comments_url:
        lines.append(("Comments", story.comments_url, "link"))
    if state := _state(story):
        lines.append(("State", state, "star"))
    lines.append(("Text", text_source(story), ""))
    return lines


def text_source(story: StoredEntry) -> str:
    """Return how long the text is, where it came from, and why it is no better."""
    entry = story.summary
    length = f"{plural(entry.word_count, 'word')}, {reading_minutes(entry.word_count)} min"
    match entry.full_text_source:
        case "page":
            method = f" ({story.page_method})" if story.page_method else ""
            return f"{length}, from its page{method}"
        case "feed":
            failed = f"; its page gave no story: {story.page_error}" if story.page_error else ""
            return f"{length}, as the feed gave it{failed}"
        case _:
            return f"none; {story.page_error}" if story.page_error else "none"


def _state(story: StoredEntry) -> str:
    entry = story.summary
    states = [
        "unread" * (not entry.is_read),
        "starred" * entry.is_starred,
        "to read later" * entry.is_later,
        "edited by its publisher" * entry.is_edited,
        "unread again, as much of it is new" * entry.is_unread_again,
        _muted_in_words(entry),
        f"score {entry.score:+}" * bool(entry.score),
        *(f"#{tag}" for tag in entry.tags),
    ]
    return ", ".join(filter(None, states))


def _muted_in_words(entry: EntrySummary) -> str:
    """Return that an entry is muted, and by what; "" if it is not."""
    if not entry.is_muted:
        return ""
    return f"muted by the rule “{entry.muted_by}”" if entry.muted_by else "muted by hand"


def _media(enclosure: Enclosure) -> str:
    facts = [enclosure.type]
    if enclosure.length:
        facts.append(f"{enclosure.length / 1e6:.1f} MB")
    if enclosure.duration_s:
        minutes, seconds = divmod(enclosure.duration_s, 60)
        facts.append(f"{minutes}:{seconds:02}")
    told = ", ".join(filter(None, facts))
    return f"{enclosure.url} ({told})" if told else enclosure.url


def _fetched(reader: Reader, story: StoredEntry) -> StoredEntry:
    entry_id = story.summary.id
    try:
        return reader.fetch_full_text(entry_id)
    except (FetchError, ExtractionFailed) as error:
        note(f"feedreader: entry {entry_id}: no full story: {error}")
        return reader.entry(entry_id)
