"""What a publisher changed: the words that went and the words that came, with dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from difflib import SequenceMatcher
from typing import Final

from feedreader.core.document import Document, Line, Span, Style
from feedreader.core.sanitize import html_to_text
from feedreader.core.text import clean_line
from feedreader.model import EntryVersion, StoredEntry
from feedreader.tui.dates import long_moment
from feedreader.tui.story_lines import StoryPage, make_page, wrapped

_WORDS_COMPARED: Final = 3_000
"""Of one changed passage; longer ones are shown as gone and come, not word by word."""
_CONTEXT: Final = 1
"""Unchanged paragraphs around a change."""


def lay_out_edits(
    entry: StoredEntry,
    versions: Sequence[EntryVersion],
    *,
    width: int,
    now: datetime,
    zone: tzinfo | None,
) -> StoryPage:
    """Return all changes of an entry, the latest first; `versions` are newest first.

    Versions hold what the feed said, so the feed's text of today is the last of them.
    """
    title = clean_line(entry.summary.title) or "(no title)"
    head = [Line(), *wrapped([Span(title, Style.TITLE)], width)]
    count = len(versions)
    told = f"Edited {count} time{'s' * (count != 1)} by its publisher" if count else "Never edited"
    legend = [
        Span(f"{told} · ", Style.DIM),
        Span("gone", Style.GONE),
        Span(" · ", Style.DIM),
        Span("new", Style.CAME),
    ]
    head += [*wrapped(legend, width), Line((Span("─" * width, Style.FRAME),)), Line()]
    body: list[Line] = []
    after_title, after = title, _paragraphs(entry.feed_html)
    for version in versions:
        before_title, before = clean_line(version.title), _paragraphs(version.html)
        moment = long_moment(version.replaced_at, now, zone)
        body += [*wrapped([Span(moment, Style.HEADING)], width), Line()]
        if before_title != after_title:
            words = _word_changes(before_title, after_title)
            body += [*wrapped([Span("Title: ", Style.DIM), *words], width), Line()]
        changes = list(_changes(before, after))
        for spans in changes:
            body += [*wrapped(spans, width), Line()]
        if before_title == after_title and not changes:
            words_of_none = "No words changed: only links, pictures or their order."
            body += [*wrapped([Span(words_of_none, Style.DIM)], width), Line()]
        body.append(Line())
        after_title, after = before_title, before
    return make_page(width, head, Document(width, tuple(body)))


def _paragraphs(html: str) -> list[str]:
    return [line for line in map(clean_line, html_to_text(html).split("\n")) if line]


def _changes(before: list[str], after: list[str]) -> Iterator[list[Span]]:
    """Yield the changed paragraphs with their neighbours; "⋯" stands for those between."""
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(_CONTEXT)):
        if number:
            yield [Span("⋯", Style.FRAME)]
        for action, first, last, new_first, new_last in group:
            if action == "equal":
                for paragraph in before[first:last]:
                    yield [Span(paragraph, Style.DIM)]
                continue
            gone, came = before[first:last], after[new_first:new_last]
            # Paragraph for paragraph as far as they go together, then what is left over.
            for old, new in zip(gone, came, strict=False):
                yield _word_changes(old, new)
            for paragraph in gone[len(came) :]:
                yield [Span(paragraph, Style.GONE)]
            for paragraph in came[len(gone) :]:
                yield [Span(paragraph, Style.CAME)]


def _word_changes(before: str, after: str) -> list[Span]:
    old, new = before.split(), after.split()
    if len(old) + len(new) > _WORDS_COMPARED:
        return [Span(before, Style.GONE), Span(" "), Span(after, Style.CAME)]
    spans: list[Span] = []
    for action, first, last, new_first, new_last in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if action == "equal":
            spans += [Span(" ".join(old[first:last])), Span(" ")]
            continue
        if last > first:
            spans += [Span(" ".join(old[first:last]), Style.GONE), Span(" ")]
        if new_last > new_first:
            spans += [Span(" ".join(new[new_first:new_last]), Style.CAME), Span(" ")]
    return spans
