"""An entry laid out for one width: header, body, and what is attached to it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import lru_cache
from itertools import accumulate
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

from feedreader.core.document import CodeBlock, Document, Heading, Image, Line, Link, Span, Style
from feedreader.core.flow import Flow
from feedreader.core.links import link_host, safe_link
from feedreader.core.render import render
from feedreader.core.sanitize import html_to_text
from feedreader.core.text import clean_line, count_words, reading_minutes
from feedreader.core.width import cut_to_width
from feedreader.model import Enclosure, EntrySummary, StoredEntry
from feedreader.tui.dates import long_moment, short_moment

BodyKind = Literal["feed", "page"]

ORIGIN: Final = -1
"""The link number of the entry's own page."""

BUSY: Final = "◌"
"""Begins a note about what is under way; the view lets it turn."""

_FIRST_CHARS: Final = 24_000
"""So much of a long body is laid out at once; it fills any screen."""


@dataclass(frozen=True, slots=True)
class StoryPage:
    """Lines as they stand on the screen, and where things are in them."""

    width: int
    lines: tuple[Line, ...]
    links: tuple[Link, ...] = ()
    """Of the body, then comments and enclosures; numbers from 1 without a gap in use."""
    origin: str = ""
    """The address of the entry's own page; number `ORIGIN`."""
    headings: tuple[Heading, ...] = ()
    code_blocks: tuple[CodeBlock, ...] = ()
    images: tuple[Image, ...] = ()
    anchors: Mapping[str, int] = field(default_factory=dict)
    is_whole: bool = True
    """False while only the beginning is laid out."""
    letters: tuple[int, ...] = ()
    """How many letters stand before each line, and in all: the same at any width."""
    head_rows: int = 0
    """Lines before the body …"""
    tail_rows: int = 0
    """… and after it."""

    def url_of(self, number: int) -> str:
        """Return the address of a link, "" if there is no such number."""
        if number == ORIGIN:
            return self.origin
        return next((link.url for link in self.links if link.number == number), "")

    def share_at(self, line: int) -> float:
        """Return which share of the letters stands before a line."""
        total = self.letters[-1]
        return self.letters[min(line, len(self.lines))] / total if total else 0.0

    def line_at(self, share: float) -> int:
        """Return the line where a share of the letters is reached."""
        wanted = share * self.letters[-1]
        # Shares are remembered rounded: half a letter is no reason to go a line back.
        return max(0, min(bisect_right(self.letters, wanted + 0.5) - 1, len(self.lines) - 1))


def make_page(
    width: int,
    head: Sequence[Line],
    body: Document,
    tail: Sequence[Line] = (),
    *,
    tail_links: Iterable[Link] = (),
    origin: str = "",
    is_whole: bool = True,
) -> StoryPage:
    """Return a page with everything in the body moved down by the head."""
    start = len(head)
    lines = (*head, *body.lines, *tail)
    return StoryPage(
        width=width,
        lines=lines,
        links=(*body.links, *tail_links),
        origin=origin,
        headings=tuple(one._replace(line=one.line + start) for one in body.headings),
        code_blocks=tuple(
            one._replace(start=one.start + start, end=one.end + start) for one in body.code_blocks
        ),
        images=tuple(one._replace(line=one.line + start) for one in body.images),
        anchors={name: line + start for name, line in body.anchors.items()},
        is_whole=is_whole,
        letters=tuple(accumulate(map(_letters, lines), initial=0)),
        head_rows=start,
        tail_rows=len(tail),
    )


@lru_cache(maxsize=12)
def render_body(html: str, width: int) -> Document:
    """Return a body wrapped for a width; the latest are kept, for going back and forth."""
    return render(html, width=width)


def body_html(entry: StoredEntry, kind: BodyKind) -> str:
    """Return the HTML of one of an entry's texts."""
    return entry.page_html if kind == "page" else entry.feed_html


def lay_out(
    entry: StoredEntry,
    kind: BodyKind,
    *,
    width: int,
    now: datetime,
    zone: tzinfo | None,
    key_of: Callable[[str], str],
    notes: Sequence[Span] = (),
    only_beginning: bool = False,
) -> StoryPage:
    """Return an entry as lines of at most `width` cells.

    `notes` stand in the place of the words on which text this is. `only_beginning` lays out
    no more than the first screens of a long body.
    """
    html = body_html(entry, kind)
    is_whole = not only_beginning or len(html) <= _FIRST_CHARS
    if not is_whole:
        html = html[: html.rfind("<", 0, _FIRST_CHARS)]
    body = render_body(html, width)
    origin = safe_link(entry.summary.link)
    head = _head(entry, kind, width, now, zone, notes or _source(entry, kind, key_of))
    tail, links = _tail(entry, width, 1 + max((one.number for one in body.links), default=0))
    if not body.lines:
        tail = [*_nothing(entry, kind, width, key_of), *tail]
    return make_page(width, head, body, tail, tail_links=links, origin=origin, is_whole=is_whole)


def wrapped(spans: Iterable[Span], width: int) -> list[Line]:
    """Return styled words as lines."""
    flow = Flow()
    for span in spans:
        flow.add(*span)
    return [Line(pieces) for _, pieces in flow.wrap(width)]


# --- the head ---


def _head(
    entry: StoredEntry,
    kind: BodyKind,
    width: int,
    now: datetime,
    zone: tzinfo | None,
    notes: Sequence[Span],
) -> list[Line]:
    summary = entry.summary
    title = clean_line(summary.title) or "(no title)"
    lines = [Line(), *wrapped([Span(title, Style.TITLE)], width), Line()]
    lines += _byline(summary, width, now, zone)
    words = _word_count(entry, kind)
    host = link_host(summary.link)
    lines += wrapped(
        _joined(
            [
                [Span(f"{host} ↗", Style.LINK, ORIGIN)] if host else [],
                [Span(f"{words:,} word{'s' * (words != 1)}", Style.DIM)] if words else [],
                [Span(f"{reading_minutes(words)}\xa0min", Style.DIM)] if words else [],
                [Span(_edited(entry.summary), Style.TAG)] if summary.is_edited else [],
                [Span(f"score {summary.score:+}", Style.TAG)] if summary.score else [],
                *([Span(f"#{clean_line(tag)}", Style.TAG)] for tag in summary.tags),
                *([Span(clean_line(one), Style.DIM)] for one in entry.categories[:4]),
            ]
        ),
        width,
    )
    if summary.is_muted:
        why = f"Muted by the rule “{clean_line(summary.muted_by)}”" if summary.muted_by else "Muted"
        lines += wrapped([Span(why, Style.WARNING)], width)
    lines += wrapped(notes, width)
    return [*lines, Line((Span("─" * width, Style.FRAME),)), Line()]


def _byline(summary: EntrySummary, width: int, now: datetime, zone: tzinfo | None) -> list[Line]:
    """Return feed, authors and date: in one line if shorter words make that possible."""
    moment = summary.published or summary.received_at
    feed = clean_line(summary.feed_title)
    names = [name for one in summary.authors if (name := clean_line(one)) and name != feed]
    # A name may be as long as a story: it has a line, not the screen.
    feed, *names = (cut_to_width(name, width) for name in (feed, *names))
    shorter = [f"{names[0]} +{len(names) - 1}"] if len(names) > 1 else names
    lines: list[Line] = []
    for authors, dated in (
        (names, long_moment(moment, now, zone)),
        (names, short_moment(moment, now, zone)),
        (shorter, short_moment(moment, now, zone)),
    ):
        if summary.published is None:
            dated = f"received {dated.replace('Today', 'today', 1)}"
        told = (Span(feed, Style.BOLD), Span(", ".join(authors), Style.DIM), Span(dated, Style.DIM))
        lines = wrapped(_joined([one] for one in told), width)
        if len(lines) == 1:
            break
    return lines


def _edited(summary: EntrySummary) -> str:
    return "✎ edited: unread again, much of it is new" if summary.is_unread_again else "✎ edited"


def _joined(parts: Iterable[Sequence[Span]]) -> list[Span]:
    joined: list[Span] = []
    for part in parts:
        if any(span.text for span in part):
            joined += [Span(" · ", Style.FRAME), *part] if joined else part
    return joined


@lru_cache(maxsize=12)
def _count_words_of(html: str) -> int:
    return count_words(html_to_text(html))


def _word_count(entry: StoredEntry, kind: BodyKind) -> int:
    if body_html(entry, kind) == entry.best_html:
        return entry.summary.word_count
    return _count_words_of(body_html(entry, kind))


def source_words(entry: StoredEntry, kind: BodyKind, key_of: Callable[[str], str]) -> str:
    """Return which text is shown, and why this one."""
    cycle = key_of("story.cycle")
    if kind == "page":
        method = clean_line(entry.page_method)
        words = "Full text from the page" + (f" ({method})" if method else "")
        return words + (f" · {cycle}: the feed's text" if entry.feed_html and cycle else "")
    if entry.page_html:
        return "Text of the feed" + (f" · {cycle}: the full text from the page" if cycle else "")
    if entry.page_error:
        what = "Text of the feed" if entry.feed_html else "No text"
        return f"{what}: its page gave no story ({clean_line(entry.page_error)})"
    fetch = key_of("story.fetch")
    is_fetchable = bool(fetch and safe_link(entry.summary.link))
    return "Text of the feed" + (f" · {fetch}: fetch the full story" if is_fetchable else "")


def _source(entry: StoredEntry, kind: BodyKind, key_of: Callable[[str], str]) -> list[Span]:
    return [Span(source_words(entry, kind, key_of), Style.DIM | Style.ITALIC)]


def _nothing(
    entry: StoredEntry, kind: BodyKind, width: int, key_of: Callable[[str], str]
) -> list[Line]:
    lines = wrapped([Span("This entry has no text.", Style.BOLD)], width)
    ways = []
    if entry.summary.link:
        if kind == "feed" and (key := key_of("story.fetch")):
            ways.append(f"{key} fetches the full story")
        if key := key_of("entry.open"):
            ways.append(f"{key} opens it in the browser")
    told = ", ".join(ways)
    return [*lines, *wrapped([Span(f"{told}.", Style.DIM)], width)] if told else lines


# --- the tail ---


def _tail(entry: StoredEntry, width: int, number: int) -> tuple[list[Line], list[Link]]:
    lines: list[Line] = []
    links: list[Link] = []
    for one in entry.enclosures:
        if not (url := safe_link(one.url)):
            continue
        name = cut_to_width(clean_line(one.title) or file_name(url), max(8, width - 10))
        links.append(Link(number, url, name))
        facts = " · ".join([*_facts(one), link_host(url)])
        lines += wrapped(
            [
                Span(f"{_icon(one)} ", Style.FRAME),
                Span(name, Style.LINK, number),
                Span(f"[{number}]", Style.LINK_NUMBER, number),
            ],
            width,
        )
        lines += [
            Line((Span("  "), *line.spans)) for line in wrapped([Span(facts, Style.DIM)], width - 2)
        ]
        number += 1
    if url := safe_link(entry.comments_url):
        links.append(Link(number, url, "Comments"))
        if lines:
            lines.append(Line())
        lines += wrapped(
            [
                Span("Comments", Style.LINK, number),
                Span(f"[{number}]", Style.LINK_NUMBER, number),
                Span(f" {link_host(url)}", Style.DIM),
            ],
            width,
        )
    if lines:
        lines = [Line(), Line((Span("─" * width, Style.FRAME),)), Line(), *lines]
    return [*lines, Line()], links


def _icon(enclosure: Enclosure) -> str:
    kind = enclosure.type.partition("/")[0]
    return {"audio": "♪", "video": "▸", "image": "▣"}.get(kind, "⇩")


def _facts(enclosure: Enclosure) -> list[str]:
    facts = [clean_line(enclosure.type)] if enclosure.type else []
    if enclosure.duration_s:
        minutes, seconds = divmod(enclosure.duration_s, 60)
        hours, minutes = divmod(minutes, 60)
        facts.append(f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}")
    if enclosure.length:
        from feedreader.tui.downloads import size_words  # few stories need it

        facts.append(size_words(enclosure.length))
    return facts


def file_name(url: str) -> str:
    """Return the last part of an address's path, else its host."""
    path = urlsplit(url).path.rstrip("/").rpartition("/")[2]
    return clean_line(unquote(path)) or link_host(url)


def _letters(line: Line) -> int:
    """Return how many letters the author wrote in a line: not our rules, bars and bullets."""
    return sum(
        len(span.text) - span.text.count(" ") for span in line.spans if not span.style & Style.FRAME
    )
