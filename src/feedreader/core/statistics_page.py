"""Statistics -> lines of styled text that fit a terminal: charts by block characters.

What is read is solid, the rest is shaded: it can be told without colours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from feedreader.core.charts import bar, rounded_up, shade, stacked
from feedreader.core.document import Document, Heading, Line, Span, Style
from feedreader.core.text import clean_line
from feedreader.core.width import cell_width, cut_to_width, pad
from feedreader.model.statistics import FeedFigures, Figures, Statistics

_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_CHART_HEIGHT: Final = 7
_NARROW: Final = 60
"""Columns below which the heat map has one cell for an hour."""
_LEAST_FOR_WEEK: Final = 32
WIDEST: Final = 100
"""Columns; more are not used."""
_MOST_FEEDS: Final = 12


class _Page:
    """Lines, with the headings among them."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.lines: list[Line] = []
        self.headings: list[Heading] = []

    def add(self, *spans: Span) -> None:
        """Add a line; what does not fit is cut off."""
        kept, room = [], self.width
        for span in spans:
            text = span.text if cell_width(span.text) <= room else cut_to_width(span.text, room)
            room -= cell_width(text)
            kept.append(span._replace(text=text))
        self.lines.append(Line(tuple(span for span in kept if span.text)))

    def head(self, text: str, *legend: Span) -> None:
        if self.lines:
            self.add()
        self.headings.append(Heading(len(self.lines), 2, text))
        used = len(text) + sum(len(span.text) for span in legend)
        if legend and used + 2 <= self.width:
            self.add(Span(text, Style.HEADING), Span(" " * (self.width - used)), *legend)
        else:
            self.add(Span(text, Style.HEADING))


def lay_out_statistics(
    statistics: Statistics,
    *,
    width: int,
    now: datetime,
    of_feed: str = "",
) -> Document:
    """Return statistics as lines of at most `width` cells; at most 100 are used.

    `of_feed` is the title of the one feed that they tell of, if it is one.
    """
    page = _Page(max(24, min(width, WIDEST)))
    _add_sum(page, statistics, of_feed)
    if any(day.received or day.read for day in statistics.days):
        _add_days(page, statistics)
    if any(map(any, statistics.hours)) and page.width >= _LEAST_FOR_WEEK:
        _add_week(page, statistics)
    if not of_feed and statistics.feeds:
        _add_feeds(page, statistics.feeds)
    if statistics.never_read and not of_feed:
        _add_never_read(page, statistics.never_read)
    if statistics.longest_unread:
        _add_longest_unread(page, statistics, now)
    return Document(page.width, tuple(page.lines), headings=tuple(page.headings))


def duration_in_words(seconds: int) -> str:
    """Return "6 h 12 min", "12 min", "40 s"."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours:,} h {minutes:02} min"
    return f"{minutes} min" if minutes else f"{rest} s"


# --- the sum ---


def _add_sum(page: _Page, statistics: Statistics, of_feed: str) -> None:
    total = statistics.total
    count = len(statistics.days)
    first = statistics.first_day
    last = first + timedelta(days=count - 1)
    years = ("", "") if first.year == last.year else (f" {first.year}", f" {last.year}")
    span = f"{_day(first)}{years[0]} – {_day(last)}{years[1]}"
    name = clean_line(of_feed)
    told = f"Last {count} days" if count > 1 else "Today"
    page.head(
        cut_to_width(
            f"{name}: {told.lower()}" if name else told, max(10, page.width - len(span) - 2)
        ),
        _dim(span),
    )
    page.add()
    told_figures = [(f"{total.received:,}", "received"), (f"{total.read:,}", "read")]
    if total.skipped:
        told_figures.append((f"{total.skipped:,}", "marked read unopened"))
    if total.seconds:
        told_figures.append((duration_in_words(total.seconds), "of reading"))
    if total.words:
        told_figures.append((f"{total.words:,}", "words"))
    _add_flowing(page, told_figures)
    if statistics.streak_days > 1 and not of_feed:
        page.add(_dim(f"You have read on each of the last {statistics.streak_days} days."))


def _add_flowing(page: _Page, figures: Sequence[tuple[str, str]]) -> None:
    line: list[Span] = []
    used = 0
    for number, word in figures:
        cells = len(number) + len(word) + 1
        if line and used + cells + 3 > page.width:
            page.add(*line)
            line, used = [], 0
        if line:
            line.append(Span(" · ", Style.FRAME))
            used += 3
        line += [Span(number, Style.BOLD), _dim(f" {word}")]
        used += cells
    page.add(*line)


# --- days ---


def _add_days(page: _Page, statistics: Statistics) -> None:
    days = statistics.days
    per_column = -(-len(days) // (page.width - 6))  # rounded up
    if per_column > 1:
        per_column = max(7, per_column)
    groups = [days[at : at + per_column] for at in range(0, len(days), per_column)]
    sums = [sum(group, Figures()) for group in groups]
    totals = [float(max(one.received, one.read)) for one in sums]
    reads = [float(one.read) for one in sums]
    top = rounded_up(max(totals))
    room = page.width - len(f"{top:,}") - 2
    stride = max(1, min(4, room // len(sums)))
    unit = "day" if per_column == 1 else "week" if per_column == 7 else f"{per_column} days"
    page.head(
        f"Each {unit}",
        Span("█", Style.TAG),
        _dim(" read  "),
        Span("░", Style.DIM),
        _dim(" not read"),
    )
    axis_width = len(f"{top:,}")
    labels = {0: f"{top:,}", _CHART_HEIGHT - 1: ""}
    if top % 2 == 0:
        labels[_CHART_HEIGHT // 2] = f"{top // 2:,}"
    bars = stacked(reads, totals, _CHART_HEIGHT, top)
    thick = max(1, stride - 1)
    for row, line in enumerate(bars):
        label = labels.get(row, "")
        spans = [_dim(label.rjust(axis_width)), _dim(" ┤" if label else " │")]
        wide = "".join(char * thick + " " * (stride - thick) for char in line)
        page.add(*spans, *_shaded(wide))
    page.add(_dim("0".rjust(axis_width)), _dim(" └" + "─" * (len(sums) * stride)))
    page.add(
        Span(" " * (axis_width + 2)),
        _dim(_dates(statistics.first_day, len(sums), per_column, stride)),
    )


def _dates(first: date, count: int, per_column: int, stride: int) -> str:
    """Return the dates below the columns, with room between them."""
    line = ""
    for at in range(count):
        label = _day(first + timedelta(days=at * per_column))
        is_fitting = at * stride + len(label) <= max(count * stride, len(label))
        if at * stride >= len(line) + 3 * bool(line) and is_fitting:
            line = line.ljust(at * stride) + label
    return line


def _shaded(text: str) -> Iterator[Span]:
    """Yield runs of what is read and of what is not in their styles."""
    run, is_rest = "", False
    for char in text:
        if run and (char == "░") != is_rest and char != " ":
            yield Span(run, Style.DIM if is_rest else Style.TAG)
            run = ""
        if char != " ":
            is_rest = char == "░"
        run += char
    if run:
        yield Span(run, Style.DIM if is_rest else Style.TAG)


# --- the week ---


def _add_week(page: _Page, statistics: Statistics) -> None:
    cells = 1 if page.width < _NARROW else 2 if page.width < 84 else 3
    highest = max(map(max, statistics.hours))
    most = duration_in_words(highest) if statistics.is_timed else f"{highest:,} read"
    page.head("When you read", _dim("· ░ ▒ ▓ "), Span("█", Style.TAG), _dim(f" {most} an hour"))
    scale = "".join(f"{hour:<{6 * cells}}" for hour in range(0, 24, 6))
    page.add(_dim(f"      {scale}".rstrip()))
    for name, hours in zip(_WEEKDAYS, statistics.hours, strict=True):
        shades = "".join(
            shade(value, highest) * max(1, cells - 1) + " " * (cells > 1) for value in hours
        )
        total = sum(hours)
        told = (duration_in_words(total) if statistics.is_timed else f"{total:,}") if total else ""
        page.add(_dim(f"{name}   "), *_heated(shades), _dim(f"  {told}".rstrip()))


def _heated(shades: str) -> Iterator[Span]:
    run = ""
    for char in shades:
        if run and (char == "·") != (run[0] == "·") and char != " ":
            yield Span(run, Style.FRAME if run[0] == "·" else Style.TAG)
            run = ""
        run += char
    yield Span(run, Style.FRAME if run[0] == "·" else Style.TAG)


# --- feeds ---


def _add_feeds(page: _Page, feeds: Sequence[FeedFigures]) -> None:
    shown = feeds[:_MOST_FEEDS]
    widest = max(one.figures.received for one in shown)
    name_width = max(12, page.width * 2 // 5)
    bar_width = max(6, page.width - name_width - 18)
    page.head("Feeds", _dim("read of received"))
    for one in shown:
        figures = one.figures
        share = figures.received / widest if widest else 0.0
        length = max(1, round(share * bar_width)) if figures.received else 0
        read = bar(one.read_share, length)
        told = f"{figures.read:,} of {figures.received:,}"
        page.add(
            Span(_name(one, name_width), Style.PLAIN),
            Span(" "),
            Span(read.rstrip(), Style.TAG),
            Span("░" * (length - len(read.rstrip())), Style.DIM),
            Span(" " * (bar_width - length + 1)),
            _dim(told.rjust(15)),
        )
    if len(feeds) > _MOST_FEEDS:
        page.add(_dim(f"and {len(feeds) - _MOST_FEEDS:,} more"))


def _add_never_read(page: _Page, feeds: Sequence[FeedFigures]) -> None:
    count = len(feeds)
    page.head(f"Never read: {count:,} feed{'s' * (count != 1)}")
    note_width = 24
    for one in feeds[:_MOST_FEEDS]:
        came = f"{one.figures.received:,} came"
        told = f"{came}, {one.unread:,} unread" if one.unread else came
        page.add(
            Span(_name(one, page.width - note_width - 8)),
            _dim(f"feed {one.feed_id}".rjust(8)),
            _dim(told.rjust(note_width)),
        )
    if count > _MOST_FEEDS:
        page.add(_dim(f"and {count - _MOST_FEEDS:,} more"))


def _add_longest_unread(page: _Page, statistics: Statistics, now: datetime) -> None:
    page.head("Oldest unread entries")
    for entry in statistics.longest_unread:
        waited = _age((now - entry.sorted_at).days)
        title = clean_line(entry.title) or clean_line(entry.summary) or "(no title)"
        feed_width = max(8, page.width // 4)
        title_width = page.width - feed_width - 14
        page.add(
            Span(pad(cut_to_width(title, title_width), title_width)),
            Span("  "),
            _dim(pad(cut_to_width(clean_line(entry.feed_title), feed_width), feed_width)),
            _dim(waited.rjust(12)),
        )


def _age(days: int) -> str:
    if days < 1:
        return "of today"
    if days < 60:
        return f"{days} day{'s' * (days != 1)} old"
    return f"{days // 30} months old" if days < 730 else f"{days // 365} years old"


def _name(one: FeedFigures, width: int) -> str:
    return pad(cut_to_width(clean_line(one.title) or "(no longer followed)", width), width)


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def _dim(text: str) -> Span:
    return Span(text, Style.DIM)
